"""Findings and fixes in the cells of notebooks.

Everything before a report counts the lines of a notebook through all of its cells; a
report, and the fixes in it, count within a cell.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace

from blocklint.engine.fixing import fixed
from blocklint.frozen import dataclass
from blocklint.notebook import is_notebook
from blocklint.notebook.document import Document, document
from blocklint.notebook.joined import Cells
from blocklint.notebook.rewrite import rewritten
from blocklint.report import Edited, EditedCell
from blocklint.rule import Finding, PlacedFix, Replacement
from blocklint.source import Broken, Source, Span, decode, home_of, in_cell

Lines = Mapping[str, tuple[str, ...]]


def in_cells(finding: Finding, cells_of: Callable[[str], Cells | None]) -> Finding:
    """A finding with the places of its notebook counted within their cells.

    `cells_of` gives the cells of a file, None where it is no notebook. A fix that does
    not keep to the Python of one cell is dropped.
    """
    paths = {finding.path, *(other.path for other in finding.related)}
    if not any(map(is_notebook, paths)):
        return finding
    related = (
        replace(other, span=in_cell(other.span, cells_of(other.path)))
        for other in finding.related
    )
    return replace(
        finding,
        span=in_cell(finding.span, cells_of(finding.path)),
        related=tuple(related),
        fix=_fix_in_cell(finding.fix, cells_of) if finding.fix else None,
    )


def shown_broken(broken: Broken, source: Source) -> Broken:
    """A cell that cannot be read, placed within it."""
    at = Span(broken.line, broken.column, broken.line, broken.column)
    span = in_cell(at, source.cells)
    return replace(broken, line=span.line, cell=span.cell)


@dataclass(frozen=True)
class Revised:
    """What came of the fixes of a file, and which were applied.

    `reason` says why the result is not what it should be, if so.
    """

    taken: Sequence[PlacedFix]
    data: bytes = field(default=b"", repr=False)
    text: str = field(default="", repr=False)
    reason: str = ""


def fixed_cells(
    path: str, data: bytes, fixes: Iterable[PlacedFix], lines: Lines
) -> Revised | None:
    """A notebook with fixes applied, each to its cell; nothing around is touched.

    None if a cell is no longer what it was when `lines` were reported.
    """
    found = document(data)
    texts = {cell.number: cell.text for cell in found.cells}
    by_cell: dict[int, list[PlacedFix]] = {}
    for fix in fixes:
        by_cell.setdefault(fix.edits[0].span.cell or 0, []).append(fix)
    taken: list[PlacedFix] = []
    for number, here in by_cell.items():
        shown = lines.get(home_of(path, number))
        if number not in texts or _shown(texts[number]) != shown:
            return None
        texts[number], done = fixed(texts[number], here)
        taken += done
    new = rewritten(found, texts)
    return Revised(taken, new, reason=_unlike(path, data, new, texts))


def with_cells(file: Edited) -> Edited:
    """An edited file that knows its changed cells, if it is a notebook."""
    if not is_notebook(file.path):
        return file
    before, after = document(file.before), document(file.after)
    return replace(file, cells=tuple(_changed(before, after)))


def _changed(before: Document, after: Document) -> Iterator[EditedCell]:
    for old, new in zip(before.cells, after.cells, strict=True):
        if old.text != new.text:
            yield EditedCell(old.number, old.text, new.text)


def _unlike(path: str, old: bytes, new: bytes, texts: Mapping[int, str]) -> str:
    """Why an edited notebook is not what it should be, if so."""
    before, after = decode(old, path), decode(new, path)
    if not isinstance(before, Source) or not isinstance(after, Source):
        return "cannot be read as a notebook"
    if len(after.broken) > len(before.broken):
        faults = (shown_broken(each, after) for each in after.broken)
        said = (
            f"cell {each.cell}, line {each.line}: {each.message}" for each in faults
        )
        return f"cannot be read ({', '.join(said)})"
    if {cell.number: cell.text for cell in document(new).cells} != texts:
        return "reads as another text"
    return ""


def _shown(text: str) -> tuple[str, ...]:
    """The lines of a cell as a report has them."""
    return tuple(io.StringIO(text, newline=None).read().split("\n"))


def _fix_in_cell(
    fix: PlacedFix, cells_of: Callable[[str], Cells | None]
) -> PlacedFix | None:
    cells = cells_of(fix.path)
    if cells is None:
        return fix
    edits = [_edit_in_cell(edit, cells) for edit in fix.edits]
    kept = [edit for edit in edits if edit is not None]
    if len(kept) < len(edits) or len({edit.span.cell for edit in kept}) > 1:
        return None
    return replace(fix, edits=tuple(kept))


def _edit_in_cell(edit: Replacement, cells: Cells) -> Replacement | None:
    """An edit within its cell; None if it leaves it, or touches what is no Python."""
    cell, span = cells.at(edit.span.line), in_cell(edit.span, cells)
    if cell is None:
        return None
    # An edit may end where the line behind the last one would begin, and no further.
    past_end = (len(cell.lines) + 1, 0)
    last = span.end_line - (span.end_column == 0 and span.end_line > span.line)
    touched = set(range(span.line, last + 1))
    if (span.end_line, span.end_column) > past_end or touched & cell.masked:
        return None
    return replace(edit, span=span)
