"""Where faults end: what a command that cannot be done, or that failed, exits with."""

import errno
import sys
from contextlib import suppress
from typing import IO, Any

import click

# What the system says where a disk, or one's share of it, is full or out of order.
# Files are written where their names are known: what ends here is about a stream.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)

ENDS_SOON = "the process ends with the command"


def ends_soon() -> bool:
    """Whether all that a command holds is given back when it has ended.

    Then it may leave its garbage alone: to look for it takes as long as a fifth of what
    `check` does for a few files.
    """
    return click.get_current_context().find_root().obj is ENDS_SOON


class CannotBeDone(click.ClickException):
    """A request that is at fault itself: exit code 2, without a traceback."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        """Say why, if there is room for that: the exit code says it in any case."""
        with suppress(OSError):
            super().show(file)


class Boundary(click.Group):
    """The one boundary at which a fault of blocklint itself is caught."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 (click's own type)
        """Run a command; anything unforeseen ends with exit code 3."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except BrokenPipeError:
            raise  # click ends quietly when the reader of a pipe is gone
        except Exception as error:
            from blocklint.engine import BadRequest

            if isinstance(error, BadRequest):
                raise CannotBeDone(str(error)) from error
            if isinstance(error, OSError) and error.errno in _NO_ROOM:
                said = f"the output cannot be written: {error.strerror}"
                raise CannotBeDone(said) from error
            from blocklint.summaries import of_fault

            with suppress(OSError):
                click.echo(of_fault(error), err=True)
            sys.exit(3)
