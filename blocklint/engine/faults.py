"""Where blocklint was when a fault of its own came up."""

from types import TracebackType


class During:
    """Adds what was being done to an exception that passes through, and no more.

    `what` may be set anew as the work goes on.
    """

    def __init__(self, what: str) -> None:
        self.what = what

    def __enter__(self) -> "During":
        """Begin; nothing is to be set up."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Name the work on an exception; it goes on its way."""
        if error is not None:
            error.add_note(self.what)
