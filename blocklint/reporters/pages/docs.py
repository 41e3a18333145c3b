"""The documentation of a rule as HTML: headings, paragraphs, lists and code."""

import re
from collections.abc import Iterator

from blocklint.reporters.pictures.elements import quoted

_FENCE = "```"


def docs(text: str) -> Iterator[str]:
    """The text in pieces of HTML; what is no heading, list or code is a paragraph."""
    code: list[str] | None = None
    lines: list[str] = []
    for line in [*text.strip().split("\n"), ""]:
        if line.startswith(_FENCE):
            if code is None:
                yield from _paragraph(lines)
                lines, code = [], []
            else:
                yield _code(code)
                code = None
        elif code is not None:
            code.append(line)
        elif line.startswith("#"):
            yield from _paragraph(lines)
            lines = []
            yield f"<h4>{inline(line.lstrip('# '))}</h4>"
        elif not line.strip():
            yield from _paragraph(lines)
            lines = []
        else:
            lines.append(line.strip())
    if code is not None:
        yield _code(code)


def inline(text: str) -> str:
    """A text with its code set as code."""
    parts = re.split(r"`([^`]+)`", text)
    return "".join(
        f"<code>{quoted(part)}</code>" if number % 2 else quoted(part)
        for number, part in enumerate(parts)
    )


def _code(lines: list[str]) -> str:
    return f'<pre tabindex="0"><code>{quoted(chr(10).join(lines))}</code></pre>'


def _paragraph(lines: list[str]) -> Iterator[str]:
    if not lines:
        return
    if lines[0].startswith(("- ", "* ")):
        items = re.split(r"(?:^|\n)[-*] ", "\n".join(lines))
        listed = "".join(f"<li>{inline(item)}</li>" for item in items if item)
        yield f"<ul>{listed}</ul>"
    else:
        yield f"<p>{inline(' '.join(lines))}</p>"
