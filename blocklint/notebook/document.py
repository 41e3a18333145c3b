"""A notebook as it is written: the text of each code cell, and where that stands.

Known are format 4 (`cells`, `source`) and format 3 (`worksheets`, `input`), whoever
wrote them. What makes a file no notebook is said by `Damaged`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field
from json import JSONDecodeError

from blocklint.frozen import dataclass
from blocklint.notebook.located import DECODER, Scanner

LARGEST = 100_000_000  # bytes; hosts of repositories take no larger file either
MARK = "\ufeff"
_TEXTS = {"source", "input"}  # the key of a cell's text, in format 4 and 3
# Kernels that older notebooks name without a word about their language.
_OTHER_KERNELS = ("ir", "julia", "bash", "xcpp", "scala")


class Damaged(Exception):
    """A file that is no notebook: why, and where in its JSON (from one and zero)."""

    def __init__(self, message: str, line: int = 1, column: int = 0) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


@dataclass(frozen=True)
class Written:
    """A code cell: its number among all cells, its text, the offsets of its value."""

    number: int
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Document:
    """The JSON text of a notebook and its code cells; none in another language."""

    json: str = field(repr=False)
    cells: tuple[Written, ...]


@dataclass
class _Found:
    """What was seen of a notebook on the way through."""

    metadata: object = None
    has_cells: bool = False
    count: int = 0
    cells: list[Written] = field(default_factory=list)


def document(data: bytes) -> Document:
    """The code cells of a notebook. Raises Damaged for what is none."""
    text = _decoded(data)
    _must_be_json(text.removeprefix(MARK))
    scanner = Scanner(text.removeprefix(MARK))
    if scanner.next != "{":
        raise Damaged("is no notebook: its JSON is no object")
    found = _Found()
    for key in scanner.members():
        _top_level(scanner, key, found)
    if not found.has_cells:
        raise Damaged("is no notebook: it has no `cells`")
    cells = found.cells if _is_python(found.metadata) else []
    return Document(text, tuple(cells))


def _decoded(data: bytes) -> str:
    if len(data) > LARGEST:
        raise Damaged(f"is larger than {LARGEST // 1_000_000} MB; clear its outputs")
    if not data.strip():
        raise Damaged("is no notebook: it is empty")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Damaged(f"cannot be decoded: {error}") from error


def _must_be_json(text: str) -> None:
    try:
        DECODER.decode(text)
    except JSONDecodeError as error:
        message = f"is no notebook: its JSON is broken: {error.msg}"
        raise Damaged(message, error.lineno, error.colno - 1) from error
    except RecursionError as error:
        raise Damaged("is nested too deeply to be parsed") from error


def _top_level(scanner: Scanner, key: str, found: _Found) -> None:
    match key:
        case "cells":
            found.has_cells = True
            _cells(scanner, found)
        case "worksheets":
            _expect(scanner, "[", "`worksheets` must be a list")
            for _ in scanner.items():
                _expect(scanner, "{", "each of `worksheets` must be an object")
                for inner in scanner.members():
                    if inner == "cells":
                        found.has_cells = True
                        _cells(scanner, found)
                    else:
                        scanner.value()
        case "metadata":
            found.metadata = scanner.value()
        case _:
            scanner.value()


def _cells(scanner: Scanner, found: _Found) -> None:
    _expect(scanner, "[", "`cells` must be a list")
    for _ in scanner.items():
        found.count += 1
        _expect(scanner, "{", f"cell {found.count} must be an object")
        if cell := _cell(scanner, found.count):
            found.cells.append(cell)


def _cell(scanner: Scanner, number: int) -> Written | None:
    """A cell, if it is one of Python code."""
    at, text = scanner.at, None
    known: dict[str, object] = {}
    for key in scanner.members():
        start = scanner.at
        value = scanner.value()
        if key in _TEXTS:
            text = value, start, scanner.end
        elif key in {"cell_type", "language", "metadata"}:
            known[key] = value
    if "cell_type" not in known:
        raise _wrong(scanner, at, f"cell {number} has no `cell_type`")
    if known["cell_type"] != "code" or not _is_python_cell(known):
        return None
    if text is None:
        raise _wrong(scanner, at, f"cell {number} has no `source`")
    value, start, end = text
    match value:
        case str():
            return Written(number, value, start, end)
        case list() if all(isinstance(line, str) for line in value):
            return Written(number, "".join(map(str, value)), start, end)
    message = f"the `source` of cell {number} must be a string or a list of strings"
    raise _wrong(scanner, start, message)


def _expect(scanner: Scanner, opening: str, message: str) -> None:
    if scanner.next != opening:
        raise _wrong(scanner, scanner.at, message)


def _wrong(scanner: Scanner, at: int, message: str) -> Damaged:
    above = scanner.text[:at]
    column = at - (above.rfind("\n") + 1)
    return Damaged(f"is no notebook: {message}", above.count("\n") + 1, column)


def _is_python(metadata: object) -> bool:
    """Whether the code of a notebook is Python; it is if nothing says otherwise."""
    kernel = _part(metadata, "kernelspec")
    words = (_part(kernel, "language"), _part(_part(metadata, "language_info"), "name"))
    for word in words:
        if isinstance(word, str) and word:
            return _names_python(word)
    name = _part(kernel, "name")
    return not (isinstance(name, str) and name.lower().startswith(_OTHER_KERNELS))


def _is_python_cell(cell: Mapping[str, object]) -> bool:
    """Whether a cell is in the language of its notebook: some editors mix them."""
    editor = _part(cell.get("metadata"), "vscode")
    words = (cell.get("language"), _part(editor, "languageId"))
    return all(_names_python(word) for word in words if isinstance(word, str))


def _names_python(word: str) -> bool:
    return word.lower().startswith(("python", "ipython"))


def _part(value: object, key: str) -> object:
    return value.get(key) if isinstance(value, dict) else None


def offsets(found: Document) -> Iterator[tuple[Written, int, int]]:
    """Each cell with where its text stands in the JSON, the byte-order mark counted."""
    shift = len(found.json) - len(found.json.removeprefix(MARK))
    for cell in found.cells:
        yield cell, cell.start + shift, cell.end + shift
