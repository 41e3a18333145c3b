"""Files of both versions looked over, before any of them is read closely."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from blocklint.engine.reach import Name
from blocklint.engine.stirred import Survey, module_of, stirred, surveyed
from blocklint.frontends.static.importers import imported_in

Texts = Mapping[str, str]
Pair = tuple[str, str | None, str | None]
T = TypeVar("T")
U = TypeVar("U")
Spread = Callable[[Callable[[list[T]], U], list[list[T]]], Iterable[U]]

PART = 60  # files that are looked over at once


def reached(
    old: Texts, new: Texts, spread: Spread[Pair, list[Survey]]
) -> frozenset[Name]:
    """The names that what changed between some texts may have reached.

    `spread` applies a function to each of several lists, by several processes maybe.
    """
    keys = list(_worth_it(old, new))
    pairs = [(key, old.get(key), new.get(key)) for key in keys]
    parts = [pairs[at : at + PART] for at in range(0, len(pairs), PART)]
    return stirred(each for part in spread(survey, parts) for each in part)


def survey(pairs: list[Pair]) -> list[Survey]:
    """Look over some files, given their names and their texts in both versions."""
    return [surveyed(*pair) for pair in pairs]


def _worth_it(old: Texts, new: Texts) -> Iterator[str]:
    """The files with model code, and those that they import, directly or not."""
    every = list(dict.fromkeys((*new, *old)))
    text_of = {key: new.get(key) or old.get(key, "") for key in every}
    by_word: dict[str, list[str]] = {}
    for key in every:
        by_word.setdefault(module_of(key), []).append(key)
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
