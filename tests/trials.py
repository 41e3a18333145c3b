"""Files whose blocks are mutated, and what became of each mutant that does harm."""

import json
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha1
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from mistakes import NOTES, Keys, found, keys, new_codes
from reading import blocks_of
from replays import Original, Recipe, Stage
from slips import Mutant, mutants

from blocklint.engine import Options, Request, check
from blocklint.rule import Finding


@dataclass(frozen=True)
class Trial:
    """A mutant that does harm: which blocks it breaks, and the new findings in it."""

    path: str
    mutant: Mutant
    broken: tuple[str, ...]
    codes: frozenset[str]
    traced: frozenset[str] | None = None  # those of `check --trace`, if it was asked

    @property
    def found(self) -> bool:
        """Whether any rule says something new."""
        return bool(self.codes)

    @property
    def found_by_run(self) -> bool:
        """Whether `--trace` says more than that a block could not be run."""
        return bool(self.traced and self.traced - NOTES)

    @property
    def found_by_shapes(self) -> bool:
        """Whether a rule on shapes says something new."""
        return any(code.startswith("BL4") for code in self.codes)


@dataclass(frozen=True)
class Subject:
    """A file that is mutated: its blocks that run, and what is found as it stands."""

    original: Original
    blocks: tuple[str, ...]
    before: Keys

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self.original.path


def subject(stage: Stage, path: Path) -> Subject:
    """A file with those of its blocks that run by guesses."""
    every = blocks_of(path)
    original = stage.original(path, [each.name for each in every])
    run = {recipe.name for recipe in original.recipes}
    blocks = tuple(b.name for b in every if b.is_block and b.name in run)
    return Subject(original, blocks, keys(found(path, original.text)))


def harmful(
    stage: Stage, given: Subject, each: int
) -> Iterator[tuple[Mutant, tuple[str, ...]]]:
    """Mutants that break a block, at most so many of a kind in a class."""
    for _, alike in groupby(
        sorted(mutants(given.original.text), key=_group), key=_group
    ):
        left = each
        for mutant in sorted(alike, key=_shuffled):
            broken = stage.breaks(
                given.original, mutant.scope, mutant.text, given.blocks
            )
            if broken:
                yield mutant, broken
                left -= 1
            if not left:
                break


def trial(given: Subject, mutant: Mutant, broken: tuple[str, ...]) -> Trial:
    """What `check` says of a mutant that it does not say of the file itself."""
    codes = new_codes(given.before, found(given.path, mutant.text))
    return Trial(str(given.path), mutant, broken, codes)


def traced(given: Subject, text: str, configured: bool) -> list[Finding]:
    """The findings of `check --trace` for a text in the place of a file's own.

    The project lists its classes, with what they are given and what they return, or
    leaves all that to be guessed.
    """
    path = given.path
    with TemporaryDirectory() as scratch:
        root = Path(scratch) / path.parent.name
        shutil.copytree(path.parent, root, ignore=shutil.ignore_patterns("__pycache__"))
        (root / path.name).write_text(text, encoding="utf-8")
        config = root / "pyproject.toml"
        config.write_text(listed(given.original) if configured else "[tool.blocklint]")
        options = Options(config=config, trace=True, python=sys.executable)
        return list(check(Request((str(root / path.name),), options)).findings)


def listed(original: Original) -> str:
    """A config that lists every class that is run by itself."""
    return "\n".join(
        f"[[tool.blocklint.trace]]\n"
        f"target = {json.dumps(f'{original.path.name}:{recipe.name}')}\n"
        f"init = {json.dumps(_stated(recipe.how))}\n"
        f"inputs = {{ {', '.join(_inputs(recipe))} }}\n{_expected(recipe)}"
        for recipe in original.recipes
        if not recipe.is_inside
    )


def _stated(how: str) -> str:
    """How an object was made, as code that needs no import of a file."""
    return how.replace("SimpleNamespace(", "__import__('types').SimpleNamespace(")


def _inputs(recipe: Recipe) -> Iterator[str]:
    for name, value in recipe.inputs.items():
        if isinstance(value, torch.Tensor):
            yield f"{name} = {json.dumps(_tensor(value.dtype, value.shape))}"


def _expected(recipe: Recipe) -> str:
    if len(recipe.shapes) != 1:
        return ""
    output = _tensor(torch.float32, recipe.shapes[0])
    return f"expect = {{ output = {json.dumps(output)} }}\n"


def _tensor(dtype: torch.dtype, shape: Sequence[int]) -> str:
    return f"{str(dtype).removeprefix('torch.')}[{', '.join(map(str, shape))}]"


def run(given: Subject, trials: Iterable[Trial], configured: bool) -> Iterator[Trial]:
    """The same trials with what `check --trace` says of a mutant, and not before."""
    before = keys(traced(given, given.original.text, configured))
    for each in trials:
        after = traced(given, each.mutant.text, configured)
        yield replace(each, traced=new_codes(before, after))


def share(trials: Sequence[Trial], how: Callable[[Trial], bool]) -> float:
    """Which part of some mutants is found, in one way or another."""
    return sum(map(how, trials)) / max(len(trials), 1)


def _group(mutant: Mutant) -> tuple[str, str]:
    return mutant.scope, mutant.kind


def _shuffled(mutant: Mutant) -> str:
    """An order that has nothing to do with the code, and is always the same."""
    said = f"{mutant.kind} {mutant.line} {mutant.before} {mutant.after}"
    return sha1(said.encode(), usedforsecurity=False).hexdigest()
