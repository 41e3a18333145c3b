"""The code cells of a notebook as one Python text, and the way back to the cells."""

import io
import re
from bisect import bisect_right
from dataclasses import field

from blocklint.frozen import dataclass
from blocklint.notebook.document import Document
from blocklint.notebook.magics import is_foreign, without_magics
from blocklint.outline import parse

# It ends what a cell says: a comment on a cell's last line is not about the next cell.
_END_OF_CELL = "pass\n"
_HALF_LETTER = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Cell:
    """A cell of Python in the joined text.

    `number` counts all cells from one, `first` is its first line in the text, `lines`
    are those that the notebook shows, `masked` those of them (from one) that are no
    Python.
    """

    number: int
    first: int
    lines: tuple[str, ...] = field(repr=False)
    masked: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Cells:
    """Which line of a joined text stands in which cell."""

    cells: tuple[Cell, ...]

    def at(self, line: int) -> Cell | None:
        """The cell of a line; the line after a cell's last one belongs to it too."""
        index = bisect_right(self.cells, line, key=lambda cell: cell.first)
        return self.cells[index - 1] if index else None

    def numbered(self, number: int) -> Cell | None:
        """The cell with a number."""
        return next((cell for cell in self.cells if cell.number == number), None)


@dataclass(frozen=True)
class Fault:
    """Why a cell is no Python; line (from one) and column (from zero) in the text."""

    message: str
    line: int
    column: int = 0


@dataclass(frozen=True)
class Joined:
    """A notebook as Python: a cell that does not parse is blank, and a fault."""

    text: str
    cells: Cells
    faults: tuple[Fault, ...] = ()


def joined(found: Document) -> Joined:
    """Join the cells in order, each with all of its lines and one more behind it."""
    cells: list[Cell] = []
    parts: list[str] = []
    faults: list[Fault] = []
    line = 1
    for written in found.cells:
        shown = io.StringIO(written.text, newline=None).read()
        if is_foreign(shown):
            continue
        lines = tuple(shown.split("\n"))
        code, masked, fault = _as_python(shown)
        if fault is not None:
            faults.append(Fault(fault.message, fault.line + line - 1, fault.column))
        cells.append(Cell(written.number, line, lines, masked))
        parts.append(f"{code}\n{_END_OF_CELL}")
        line += len(lines) + 1
    return Joined("".join(parts), Cells(tuple(cells)), tuple(faults))


def _as_python(shown: str) -> tuple[str, frozenset[int], Fault | None]:
    """The code of a cell, its masked lines, and why there is none if so."""
    if (fault := _fault_of(shown)) is None:
        return shown, frozenset(), None
    code, masked = without_magics(shown)
    if masked:
        fault = _fault_of(code)
    if fault is None:
        return code, masked, None
    return "\n" * shown.count("\n"), frozenset(), fault


def _fault_of(code: str) -> Fault | None:
    for wrong, message in (("\0", "contains a NUL byte"), (_HALF_LETTER, "")):
        match = re.search(wrong, code)
        if match:
            text = message or f"contains half a letter, {match[0]!a}"
            return Fault(text, code.count("\n", 0, match.start()) + 1)
    try:
        parse(code)
    except SyntaxError as error:
        line = min(error.lineno or 1, code.count("\n") + 1)
        return Fault(error.msg, line, max((error.offset or 1) - 1, 0))
    except (RecursionError, MemoryError):
        return Fault("is nested too deeply to be parsed", 1)
    return None
