"""The edited files as a unified diff, byte for byte, so that `patch` can apply it.

Of a notebook the text of each cell is compared, for a reader; its JSON is not shown.
"""

import io
from collections.abc import Iterable, Iterator
from difflib import diff_bytes, unified_diff

from blocklint.report import Edited, EditedCell
from blocklint.text import home_of


def render(edited: Iterable[Edited]) -> bytes:
    """The diff of every file, in order; empty if there is nothing to change."""
    return b"".join(line for file in edited for line in _lines(file))


def _lines(file: Edited) -> Iterator[bytes]:
    for cell in file.cells:
        yield from _of_cell(file, cell)
    if file.cells:
        return
    before, after = (list(io.BytesIO(data)) for data in (file.before, file.after))
    for line in _unified(before, after, file.path):
        yield (
            line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"
        )


def _of_cell(file: Edited, cell: EditedCell) -> Iterator[bytes]:
    """What changed in a cell; that its last line has no end is as it should be."""
    before, after = (
        [line.removesuffix(b"\n") + b"\n" for line in io.BytesIO(text.encode())]
        for text in (cell.before, cell.after)
    )
    yield from _unified(before, after, home_of(file.path, cell.number))


def _unified(before: list[bytes], after: list[bytes], name: str) -> Iterator[bytes]:
    shown = name.encode(errors="surrogateescape")
    return diff_bytes(unified_diff, before, after, shown, shown)
