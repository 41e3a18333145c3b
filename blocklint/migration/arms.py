"""All the code that a block may run: the wirings that a rewriting must look at.

Two arms of a flag that norm at the same place are one variant to a reader of facts,
and two pieces of code to whoever moves the norms.
"""

from collections.abc import Iterator

from blocklint.migration.model import Answers, Model, Wired

_MOST = 40  # wirings that are looked at beyond the variants


def answers_of(model: Model, name: str) -> tuple[Answers, ...]:
    """The answers to a constructor's questions under which every arm is run once."""
    kept = [variant.graph.assumed for variant in model.block(name).variants]
    covered = {place for given in kept for place in _places(model.wired(name, given))}
    for tried, given in enumerate(_others(model, name, list(kept))):
        wired = model.wired(name, given)
        places = set(_places(wired))
        if not wired.refused and wired.sites and places - covered:
            kept.append(given)
            covered |= places
        if tried == _MOST:
            break
    return tuple(kept)


def _others(model: Model, name: str, start: list[Answers]) -> Iterator[Answers]:
    """The same answers but for one, for each that decides on what code runs."""
    for given in start:
        for setting, asked in model.wired(name, given).asked.items():
            for answer in asked.instead if asked.matters else ():
                yield {**given, setting: answer}


def _places(wired: Wired) -> Iterator[int]:
    """The code of the additions and of the norms of all sites."""
    for site in wired.sites:
        for node in (site.add, *site.norms):
            if node.place is not None:
                yield id(node.place.syntax)
