"""The names that the changes between two versions reach, over all their files."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from blocklint.engine.reach.spreading import Spread
from blocklint.engine.reach.survey import Survey, survey
from blocklint.frontends.static.importers import imported_in

Texts = Mapping[str, str]
Pair = tuple[str, str | None, str | None]
T = TypeVar("T")
U = TypeVar("U")
Apply = Callable[[Callable[[list[T]], U], list[list[T]]], Iterable[U]]

PART = 60  # files that are looked over at once


def reached(old: Texts, new: Texts, apply: Apply[Pair, list[Survey]]) -> Spread:
    """What the changes between some texts may have reached.

    `apply` applies a function to each of several lists, by several processes maybe.
    """
    keys = list(_worth_it(old, new))
    pairs = [(key, old.get(key), new.get(key)) for key in keys]
    parts = [pairs[at : at + PART] for at in range(0, len(pairs), PART)]
    surveys = [each for part in apply(_surveys, parts) for each in part]
    return Spread.over(surveys)


def _surveys(pairs: list[Pair]) -> list[Survey]:
    return [survey(*pair) for pair in pairs]


def _worth_it(old: Texts, new: Texts) -> Iterator[str]:
    """The files with model code, and those that they import, directly or not."""
    every = list(dict.fromkeys((*new, *old)))
    text_of = {key: new.get(key) or old.get(key, "") for key in every}
    by_word: dict[str, list[str]] = {}
    for key in every:
        by_word.setdefault(_word(key), []).append(key)
    pending = [key for key in every if "forward" in text_of[key]]
    seen = set(pending)
    while pending:
        key = pending.pop()
        yield key
        for word in imported_in(text_of[key]):
            for other in by_word.get(word, ()):
                if other not in seen:
                    seen.add(other)
                    pending.append(other)


def _word(key: str) -> str:
    """What an import calls a file: its name, or its folder's."""
    folder, _, name = key.rpartition("/")
    stem = name.partition(".")[0]
    return folder.rpartition("/")[2] if stem == "__init__" else stem
