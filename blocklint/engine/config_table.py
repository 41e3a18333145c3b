"""What the table `[tool.blocklint]` of a file comes to."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from blocklint.engine.config import Settings
from blocklint.engine.expectations import Expected
from blocklint.engine.expected_lines import entries_in, with_lines
from blocklint.engine.keys import parse
from blocklint.engine.patterns import Pattern
from blocklint.engine.request import Selection
from blocklint.engine.trace_settings import Tracing
from blocklint.rule import Policy, Severity


def settings_of(table: object, path: Path, text: str) -> Settings:
    """The settings that a table stands for; `text` is that of its file.

    Raises BadRequest that names the key and what was expected there.
    """
    values = parse(table, str(path))
    root = Path(os.path.abspath(path)).parent
    tracing = with_lines(values.get("trace", Tracing()), path, text)
    listed = values.get("expect", ())
    frozen = root / values["expectations"] if "expectations" in values else None
    selection = Selection(values.get("select", ("ALL",)), values.get("ignore", ()))
    exclude = (*values.get("exclude", ()), *values.get("extend-exclude", ()))
    return Settings(
        selection=selection.extended(values.get("extend-select", ()), ()),
        exclude=tuple(Pattern(text, root) for text in exclude),
        per_file_ignores=tuple(
            (_per_file(text, root), selectors)
            for text, selectors in values.get("per-file-ignores", {}).items()
        ),
        severity={
            name: Severity(weight)
            for name, weight in values.get("severity", {}).items()
        },
        policy=Policy(values.get("placement"), frozenset(values.get("allow", ()))),
        naming=values.get("naming", "field"),
        tracing=tracing.seen_from(root),
        expected=Expected(entries_in(listed, tracing, path, text), root, frozen),
        baseline=root / values["baseline"] if "baseline" in values else None,
        force_exclude=values.get("force-exclude", False),
        respect_gitignore=values.get("respect-gitignore", True),
        origin=str(path),
        mentions=tuple(mentions_in(values)),
    )


def _per_file(text: str, root: Path) -> Pattern:
    """A pattern of `per-file-ignores`; with `!` in front it means all other files."""
    return Pattern(text.removeprefix("!"), root, inverted=text.startswith("!"))


def mentions_in(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The selectors that a table names, each with the key that it stands at."""
    for key in ("select", "extend-select", "ignore"):
        yield from ((key, selector) for selector in values.get(key, ()))
    for text, selectors in values.get("per-file-ignores", {}).items():
        where = f'per-file-ignores."{text}"'
        yield from ((where, selector) for selector in selectors)
    for selector in values.get("severity", {}):
        yield "severity", selector
