"""Real files with a mistake put into them, for what has to mend it.

Each mutation undoes what careful code does: the flag of a dropout, a list of layers
that are each their own, the result of a fill, the transpose before heads are merged.
"""

import re
from collections.abc import Iterator
from pathlib import Path

_MADE = r"(\w+)\(((?:config|dim|d_model|hidden_size)[\w., ]*)\)"
_ROW = rf"\[{_MADE} for _ in range\(([\w.]+)\)\]"
_TURN = r"\.transpose\(1, 2\)(?:\.contiguous\(\))?"
_MUTATIONS = (
    (re.compile(r"(dropout\([^()]*),\s*training=self\.training(?=\s*,?\s*\))"), r"\1"),
    (re.compile(_ROW), r"[\1(\2)] * \3"),
    (re.compile(r"^(\s+)(\w+) = (\2\.masked_fill\()", re.M), r"\1\3"),
    (re.compile(_TURN + r"\.(reshape|view)\("), r".\1("),
)
_IDLE = re.compile(r"^(from torch import nn|import torch)$", re.M)


def mutant(text: str) -> str | None:
    """A file with every mistake that it has room for; None if it has none."""
    made = text
    for pattern, new in _MUTATIONS:
        made = pattern.sub(new, made)
    if made == text:
        return None
    return _IDLE.sub(r"\1  # blocklint: ignore[post-norm]", made, count=1)


def mutants(root: Path, limit: int) -> Iterator[tuple[str, str]]:
    """The smallest real files that can be mutated: a name and the mutated text."""
    files = sorted(root.rglob("*.py"), key=lambda path: (path.stat().st_size, path))
    for path in files:
        text = path.read_text(encoding="utf-8", errors="replace")
        made = mutant(text) if "def forward" in text else None
        if made is not None:
            limit -= 1
            yield path.relative_to(root).as_posix().replace("/", "__"), made
        if not limit:
            return
