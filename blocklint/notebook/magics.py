"""What IPython understands and Python does not, taken out of the text of a cell.

Lines stay where they are: a magic becomes a statement that does nothing but hold its
words, for it may use what they name; a name that is given its result is given something
unknown.
"""

import re
from collections.abc import Iterator

# `%%` at the start of a cell makes it another language, except for these.
_TIMED = {"prun", "time", "timeit"}
_PYTHON = {"capture", "debug", "ipytest", "pypy", "python", "python3", *_TIMED}
_CELL = re.compile(r"\s*%%(\S*)")
# At the start of a statement: no Python begins with one of these.
_ESCAPE = re.compile(r"[ \t]*[%!?,;/]")
_HELP = re.compile(r"[ \t]*[\w.*\[\]'\"]+\?{1,2}[ \t]*(?=\n|\Z)")
_ASSIGNED = re.compile(r"([^\n#=]*[^\n#=!<>]=[ \t]*)(?:!|%[ \t]*\w)")
_WORD = re.compile(r"[A-Za-z_]\w*")
_INDENT = re.compile(r"[ \t]*")
_REST = re.compile(r"(?:[^\n\\]|\\\n|\\)*")  # of a line that a backslash continues
_TOKEN = re.compile(
    r'#[^\n]*|"""(?:[^\\]|\\.)*?(?:"""|\Z)|\'\'\'(?:[^\\]|\\.)*?(?:\'\'\'|\Z)'
    r'|"(?:[^"\\\n]|\\.)*"?|\'(?:[^\'\\\n]|\\.)*\'?|[(\[{]|[)\]}]|\\.|[^#"\'()\[\]{}\\\n]+'
    r"|\n|\\",
    re.DOTALL,
)


def is_foreign(text: str) -> bool:
    """Whether a cell is handed as a whole to something other than Python: `%%bash`."""
    found = _CELL.match(text)
    return found is not None and found[1] not in _PYTHON


def without_magics(text: str) -> tuple[str, frozenset[int]]:
    """A cell as Python, with the numbers of the lines that were something else.

    `text` has line feeds for line ends, and so has what comes of it, as many.
    """
    parts: list[str] = []
    masked: set[int] = set()
    line = at = 0
    while at < len(text):
        found = _magic(text, at)
        end = found[1] if found else _end_of_statement(text, at)
        count = text.count("\n", at, end)
        if found:
            parts.append(found[0] + "\n" * count)
            masked.update(range(line + 1, line + 2 + count))
        else:
            parts.append(text[at:end])
        line, at = line + count, end
        if text[at : at + 1] == "\n":
            parts.append("\n")
            line, at = line + 1, at + 1
    return "".join(parts), frozenset(masked)


def _magic(text: str, at: int) -> tuple[str, int] | None:
    """What a magic at an offset becomes, and where it ends (at the end of a line)."""
    if assigned := _ASSIGNED.match(text, at):
        end = _rest(text, assigned.end())
        return f"{assigned[1]}get_ipython({_words(text, assigned.end(1), end)})", end
    if _ESCAPE.match(text, at) or _HELP.match(text, at):
        indent = _INDENT.match(text, at)
        end = _rest(text, at)
        words = _words(text, at, end)
        held = f"[{words}]" if words else "pass"
        return f"{indent[0] if indent else ''}{held}", end
    return None


def _words(text: str, at: int, end: int) -> str:
    """The words of a magic, each a string: `%timeit norm(x)` may use `norm`."""
    return ", ".join(f'"{word}"' for word in _WORD.findall(text[at:end]))


def _rest(text: str, at: int) -> int:
    found = _REST.match(text, at)
    return found.end() if found else at


def _end_of_statement(text: str, at: int) -> int:
    """The offset of the line end that ends a statement, in no bracket and no string."""
    depth = 0
    for token, end in _tokens(text, at):
        if token == "\n" and depth <= 0:
            return end - 1
        if token in tuple("([{"):
            depth += 1
        elif token in tuple(")]}"):
            depth -= 1
    return len(text)


def _tokens(text: str, at: int) -> Iterator[tuple[str, int]]:
    while found := _TOKEN.match(text, at):
        yield found[0], found.end()
        at = found.end()
