"""A small project to check again and again, and what each check has to ask for."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from blocklint.engine.answers import Answer
from blocklint.engine.cache.folder import made
from blocklint.engine.cache.packs import save
from blocklint.engine.cache.store import Save, Store
from blocklint.engine.cache.use import remembered
from blocklint.engine.config import Configs
from blocklint.engine.crew import answers
from blocklint.engine.discover import File, discover
from blocklint.engine.request import Options, Request
from blocklint.engine.rulebook import RulesByFile, load_rules
from blocklint.frontends.static.importers import Importers
from blocklint.rule import Finding

BLOCK = """
from torch import nn
from parts import After


class Block(nn.Module):
    def __init__(self, d_model):
        super().__init__()
        self.norm = After(d_model)
        self.spare = nn.Linear(d_model, d_model)
        self.attn = nn.MultiheadAttention(d_model, 8, batch_first=True)

    def forward(self, x):
        x = x + self.attn(x, x, x)[0]
        return self.norm(x)
"""
NORM = "from torch import nn\n\n\nclass After(nn.LayerNorm):\n    pass\n"
NO_NORM = NORM.replace("LayerNorm", "Dropout")
OTHER = "import os\n"


@dataclass(frozen=True)
class Checked:
    """What a check had to ask for, what is found, and what went wrong on the disk."""

    asked: tuple[str, ...]
    rules: tuple[str, ...]
    problem: str | None


def project(folder: Path, norm: str = NORM, parts: str = "parts/__init__.py") -> Path:
    """A block in one file, its norm in another, and a file that is neither."""
    for name, text in (("block.py", BLOCK), (parts, norm), ("other.py", OTHER)):
        write(folder / name, text)
    return folder


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def checked(
    folder: Path,
    cache: Path,
    write: Save = save,
    ignore: tuple[str, ...] = (),
    meanwhile: Callable[[], object] = lambda: None,
    **given: Any,  # noqa: ANN401 (of the store)
) -> Checked:
    """Check a folder as the command does, and look at who was asked.

    What happens `meanwhile` comes when all is found and nothing is kept yet.
    """
    # A file that was written just now is not trusted to stay as it is.
    time.sleep(0.05)
    typed = Options(ignore=ignore, caching=True)
    request, configs = Request((str(folder),), typed), Configs(typed)
    rules, files = RulesByFile(load_rules(), configs), discover(request, configs)
    asked: list[str] = []
    ask = partial(_asked, asked, request, rules, meanwhile)
    store = Store(made(cache), write, **given)
    found = remembered(store, files, rules, ask)
    names = [finding.rule for finding in findings_of(found)]
    return Checked(tuple(sorted(asked)), tuple(names), store.problem)


def findings_of(found: dict[str, Answer]) -> list[Finding]:
    return [finding for name in sorted(found) for finding in found[name].findings]


def _asked(
    asked: list[str],
    request: Request,
    rules: RulesByFile,
    meanwhile: Callable[[], object],
    files: Sequence[File],
    importers: Importers,
) -> Iterator[Answer]:
    asked += [Path(file.name).name for file in files]
    yield from answers(files, request, rules, importers)
    meanwhile()
