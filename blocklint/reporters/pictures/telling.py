"""A picture in words, for those who do not see it."""

from collections.abc import Iterator

from blocklint.analysis import Placement
from blocklint.analysis.streams import Branch, Join, Step, StepKind, Stream
from blocklint.report import BlockFacts, SiteFacts, VariantFacts
from blocklint.reporters.inspection.text import name_of


def told(block: BlockFacts, variant: VariantFacts) -> str:
    """What happens along each stream, in order, one sentence an addition."""
    if all(site.placement is Placement.UNKNOWN for site in variant.sites):
        return f"{block.name}: {Placement.UNKNOWN.formula}."
    return " ".join(
        sentence
        for stream in variant.streams
        for sentence in _stream(stream, block, variant)
    )


def _stream(stream: Stream, block: BlockFacts, variant: VariantFacts) -> Iterator[str]:
    if not stream.joins:
        yield f"Stream {stream.name} is only read."
        return
    yield f"Stream {stream.name}, from bottom to top."
    for join in stream.joins:
        yield from _norms(join.before)
        for branch in join.branches:
            yield _branch(branch, join, variant, block)
        yield from _norms(join.after)
    yield from _norms(stream.end)


def _norms(steps: tuple[Step, ...]) -> Iterator[str]:
    for step in steps:
        yield f"The stream passes through {_named(step)}."


def _branch(
    branch: Branch, join: Join, variant: VariantFacts, block: BlockFacts
) -> str:
    site = variant.sites[branch.site]
    way = ", ".join(_named(step) for step in branch.steps)
    reads = "".join(
        f", which reads {variant.streams[reading.stream].name}"
        for reading in branch.reads
    )
    optional = " if its input is given" if join.optional else ""
    return (
        f"{way or 'a value'}{reads}: added to the stream{optional}; "
        f"{_placement(site, block)}{_found(site)}."
    )


def _placement(site: SiteFacts, block: BlockFacts) -> str:
    name = name_of(site.placement, block.naming)
    extra = "".join(f", {word}" for word in site.modifiers)
    return f"{site.role}, {name}: {site.placement.formula}, line {site.line}{extra}"


def _found(site: SiteFacts) -> str:
    return "".join(f"; {f.severity.value} {f.code} {f.rule}" for f in site.findings)


def _named(step: Step) -> str:
    if step.kind is StepKind.SCALE:
        return f"a factor {step.name}".rstrip()
    if step.kind is StepKind.SUM:
        return f"added to {step.name}"
    return f"{step.role} {step.name}".rstrip()
