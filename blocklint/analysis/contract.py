"""Holds a block to what is expected of it: as it was read, or as it ran.

What cannot be known breaks no contract. It is undecided, and a run may decide it.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, groupby

from blocklint.analysis.block import Block, Variant
from blocklint.analysis.expectation import Expectation, ExpectedSite
from blocklint.analysis.expected_shapes import (
    compare,
    end_nodes,
    ends_ran,
    ends_read,
    names_of_run,
)
from blocklint.analysis.expected_sites import NONE, listed, shown, unlike
from blocklint.analysis.naming import SizeTexts
from blocklint.analysis.placement import Placement
from blocklint.analysis.run import Run, Unmet
from blocklint.graph import Op


def unmet_as_read(block: Block, told: Iterable[Expectation]) -> list[Unmet]:
    """What the code of a block is not for certain, of all that is expected of it."""
    every = list(told)
    found = [one for each in every if not each.frozen for one in _unmet(block, each)]
    return found + _drifted(block, [each for each in every if each.frozen])


def undecided(block: Block, told: Iterable[Expectation]) -> list[Expectation]:
    """The expectations that the code neither meets nor breaks for certain."""
    every = list(told)
    broken = {each.of for each in unmet_as_read(block, every)}
    return [e for e in every if e not in broken and _is_undecided(block, e)]


def unmet_in_run(
    run: Run, block: Block, told: Iterable[Expectation]
) -> tuple[Unmet, ...]:
    """What a run to its end did not show, of all that is expected of its block.

    A run takes one wiring. Where it is not known to be which, any that is expected of
    the block will do.
    """
    if run.problem is not None or run.wiring is None:
        return ()
    every = list(told)
    found = [u for e in every if e.of_run for u in _unmet_by_run(run, block, e)]
    of_block = [each for each in every if not each.of_run]
    for _, group in groupby(of_block, key=lambda each: each.frozen):
        ways: dict[str | None, list[Unmet]] = {}
        for each in _meant(run, block, [*group]):
            ways.setdefault(each.when, []).extend(_unmet_by_run(run, block, each))
        if all(ways.values()):
            found += next(iter(ways.values()), [])
    return tuple(found)


def _meant(run: Run, block: Block, group: list[Expectation]) -> list[Expectation]:
    """Those of some expectations that are about the wiring that ran."""
    if not run.agrees or len(block.variants) == 1:
        return group
    is_default = run.static is block.default
    when = run.static.when if run.static else None
    return [e for e in group if e.when == when or (is_default and e.when is None)]


def _unmet_by_run(run: Run, block: Block, expected: Expectation) -> Iterator[Unmet]:
    sites = run.wiring.sites if run.wiring else ()
    ways = [
        list(unlike(sites, expected, wanted, True, _takes_modules(block)))
        for wanted in _possible(block, expected)
    ]
    if all(ways):
        yield from ways[0]
    if not _has_shape(expected):
        return
    typed = expected.dtype is not None
    free = frozenset[str]() if typed else names_of_run(block.default)
    compared = compare(expected, ends_ran(run, free))
    other = typed and (compared.unsure or expected.dtype != run.dtype)
    if compared.differs or other:
        yield _of_shape(expected, run.taken, run.returned, run.dtype)


def _takes_modules(block: Block) -> bool:
    """Whether the code of a block calls a module that it was given."""
    nodes = (node for variant in block.variants for node in variant.graph.nodes)
    return any(scope.passed for node in nodes for scope in node.scope.chain)


def _possible(
    block: Block, expected: Expectation
) -> Iterator[tuple[ExpectedSite, ...]]:
    """What a run may show of some sites: any of the optional ones may be left out."""
    wanted = expected.sites or ()
    variant = _variant(block, expected.when)
    read = variant.sites if variant and len(variant.sites) == len(wanted) else ()
    may_lack = [
        number
        for number, each in enumerate(wanted)
        if "optional" in (each.modifiers or ()) or (read and read[number].optional)
    ]
    for count in range(len(may_lack) + 1):
        for left in combinations(may_lack, count):
            yield tuple(each for n, each in enumerate(wanted) if n not in left)


def _unmet(block: Block, expected: Expectation) -> list[Unmet]:
    """What one expectation asks for and the code does not have."""
    if expected.of_run:
        ways = [_in_wiring(variant, expected) for variant in block.variants]
        return ways[0] if all(ways) else []
    variant = _variant(block, expected.when)
    if variant is None:
        conditions = [f"`{each.when}`" for each in block.variants if each.when]
        there = " and ".join(conditions) or "only one"
        return [Unmet("condition", f"`{expected.when}`", there, of=expected)]
    return _in_wiring(variant, expected)


def _drifted(block: Block, frozen: list[Expectation]) -> list[Unmet]:
    """Where the wirings of a block are no longer those that were written down.

    The condition of a wiring may have another name by now; its sites tell it.
    """
    found: list[Unmet] = []
    entries, variants = list(frozen), list(block.variants)
    for entry in frozen:
        variant = _variant(block, entry.when)
        if variant is not None and variant in variants:
            entries.remove(entry)
            variants.remove(variant)
            found += _in_wiring(variant, entry)
    for entry in list(entries):
        renamed = next((v for v in variants if _has_sites_of(v, entry)), None)
        if renamed is not None:
            entries.remove(entry)
            variants.remove(renamed)
    if not frozen or found or any(map(_is_unsure, block.variants)):
        return found
    gone = [(f"{listed(e.sites or ())} when {e.when}", e) for e in entries]
    found += [Unmet("wiring", text, NONE, of=entry) for text, entry in gone]
    if any(entry.when is None for entry in frozen):
        new = [f"{shown(each.sites)} when {each.when}" for each in variants]
        found += [Unmet("wiring", NONE, text, of=frozen[0]) for text in new]
    return found


def _has_sites_of(variant: Variant, expected: Expectation) -> bool:
    return not _is_unsure(variant) and not list(unlike(variant.sites, expected))


def _variant(block: Block, when: str | None) -> Variant | None:
    """The wiring of a block that has a condition; the default one without any."""
    if when is None:
        return block.default
    words = when.split()
    return next((v for v in block.variants if (v.when or "").split() == words), None)


def _in_wiring(variant: Variant, expected: Expectation) -> list[Unmet]:
    found: list[Unmet] = []
    if expected.frozen or not _may_hold_more(variant, expected):
        found += unlike(variant.sites, expected)
    if _has_shape(expected) and compare(expected, ends_read(variant)).differs:
        texts = SizeTexts(variant.graph, variant.shapes)
        taken, given = (
            texts.shape(node) if node else () for node in end_nodes(variant)
        )
        found.append(_of_shape(expected, taken, given, expected.dtype or ""))
    return found


def _is_undecided(block: Block, expected: Expectation) -> bool:
    told = _variant(block, expected.when)
    variants = block.variants if expected.of_run or told is None else (told,)
    of_sites = expected.sites is not None or expected.placement is not None
    return any(
        (of_sites and (_is_unsure(variant) or _may_hold_more(variant, expected)))
        or (_has_shape(expected) and compare(expected, ends_read(variant)).unsure)
        for variant in variants
    )


def _is_unsure(variant: Variant) -> bool:
    return any(site.placement is Placement.UNKNOWN for site in variant.sites)


def _may_hold_more(variant: Variant, expected: Expectation) -> bool:
    """Whether sites are missing that code which could not be followed may hold."""
    wanted = 1 if expected.sites is None else len(expected.sites)
    return len(variant.sites) < wanted and any(variant.graph.of(Op.OPAQUE))


def _has_shape(expected: Expectation) -> bool:
    return expected.taken is not None or expected.returned is not None


def _of_shape(
    expected: Expectation, taken: Sequence[str], returned: Sequence[str], dtype: str
) -> Unmet:
    after = ", ".join(returned)
    if expected.dtype is not None and expected.returned is not None:
        wanted = f"{expected.dtype}[{', '.join(expected.returned.sizes)}]"
        return Unmet("output", wanted, f"{dtype}[{after}]", of=expected)
    found = f"({', '.join(taken)}) -> ({after})"
    return Unmet("shape", expected.shape, found, of=expected)
