"""The edited files as a unified diff, byte for byte, so that `patch` can apply it."""

import io
from collections.abc import Iterable, Iterator
from difflib import diff_bytes, unified_diff

from blocklint.report import Edited


def render(edited: Iterable[Edited]) -> bytes:
    """The diff of every file, in order; empty if there is nothing to change."""
    return b"".join(line for file in edited for line in _lines(file))


def _lines(file: Edited) -> Iterator[bytes]:
    before, after = (list(io.BytesIO(data)) for data in (file.before, file.after))
    name = file.path.encode(errors="surrogateescape")
    for line in diff_bytes(unified_diff, before, after, name, name):
        yield (
            line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"
        )
