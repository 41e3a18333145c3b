"""Notebooks made by hand, and the writers that they may have come from."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

HEAD = "from torch import nn\n"
POST = """\
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(d, d), nn.GELU(), nn.Linear(d, d))
        self.norm = nn.LayerNorm(d)

    def forward(self, x):
        return self.norm(x + self.mlp(x))
"""
PRE = POST.replace("self.norm(x + self.mlp(x))", "x + self.mlp(self.norm(x))")
IDLE = "y = 1  # blocklint: ignore[post-norm]"


@dataclass(frozen=True)
class Writer:
    """How a program writes notebooks; `lines` says that it writes lists of lines."""

    version: int = 4
    indent: int | str | None = 1
    ensure_ascii: bool = False
    compact: bool = False
    lines: bool = True
    end: str = "\n"
    mark: str = ""

    def write(self, *cells: tuple[str, str], title: str = "\u00e9") -> bytes:
        """The bytes of a notebook with these cells, each a kind and a text."""
        made = [self._cell(kind, text) for kind, text in cells]
        head: dict[str, Any] = {"metadata": {"title": title, "n": 1e3}}
        if self.version == 3:
            sheet = {"cells": made, "metadata": {}}
            whole = {**head, "nbformat": 3, "worksheets": [sheet]}
        else:
            whole = {"cells": made, **head, "nbformat": 4, "nbformat_minor": 5}
        text = json.dumps(
            whole,
            indent=self.indent,
            ensure_ascii=self.ensure_ascii,
            separators=(",", ":") if self.compact else None,
        )
        if self.end != "\n":
            text = text.replace("\n", self.end)
        return f"{self.mark}{text}{self.end}".encode()

    def _cell(self, kind: str, text: str) -> Mapping[str, object]:
        cut = text.split("\n")
        listed = [f"{line}\n" for line in cut[:-1]] + [cut[-1]] * bool(cut[-1])
        source = listed if self.lines else text
        if kind != "code":
            return {"cell_type": kind, "metadata": {}, "source": source}
        key = "input" if self.version == 3 else "source"
        picture = {"data": {"image/png": "iVBORw0KGgo=\n", "text/plain": ["\u00e9"]}}
        return {
            "outputs": [{"output_type": "display_data", "metadata": {}, **picture}],
            "cell_type": kind,
            key: source,
            "metadata": {"tags": ["a\u2028"], "half": 0.50},
        }


def notebook(*texts: str) -> bytes:
    """A notebook of code cells."""
    return Writer().write(*(("code", text) for text in texts))
