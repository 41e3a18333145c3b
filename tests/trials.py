"""Files whose blocks are mutated, and what became of each mutant that does harm."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha1
from itertools import groupby
from pathlib import Path

from mistakes import Keys, found, keys, new_codes
from reading import blocks_of
from replays import Original, Stage
from slips import Mutant, mutants


@dataclass(frozen=True)
class Trial:
    """A mutant that does harm: which blocks it breaks, and the new findings in it."""

    path: str
    mutant: Mutant
    broken: tuple[str, ...]
    codes: frozenset[str]

    @property
    def found(self) -> bool:
        """Whether any rule says something new."""
        return bool(self.codes)

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
            broken = stage.breaks(given.original, mutant.scope, mutant.text)
            blocks = tuple(name for name in broken if name in given.blocks)
            if blocks:
                yield mutant, blocks
                left -= 1
            if not left:
                break


def trial(given: Subject, mutant: Mutant, broken: tuple[str, ...]) -> Trial:
    """What `check` says of a mutant that it does not say of the file itself."""
    codes = new_codes(given.before, found(given.path, mutant.text))
    return Trial(str(given.path), mutant, broken, codes)


def share(trials: Sequence[Trial], by_shapes: bool = False) -> float:
    """Which part of some mutants is found."""
    hits = sum(t.found_by_shapes if by_shapes else t.found for t in trials)
    return hits / max(len(trials), 1)


def _group(mutant: Mutant) -> tuple[str, str]:
    return mutant.scope, mutant.kind


def _shuffled(mutant: Mutant) -> str:
    """An order that has nothing to do with the code, and is always the same."""
    said = f"{mutant.kind} {mutant.line} {mutant.before} {mutant.after}"
    return sha1(said.encode(), usedforsecurity=False).hexdigest()
