"""What the rules find in one file, and what comments leave of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from blocklint.analysis import Block
from blocklint.analysis.run import Run
from blocklint.engine.blocks import Blocks
from blocklint.engine.collection import Collection
from blocklint.engine.comments import suppressions_in
from blocklint.engine.confirm import verdict_of
from blocklint.engine.discover import File
from blocklint.engine.editions import of_cells
from blocklint.engine.faults import During
from blocklint.engine.place import Placed, place, place_text
from blocklint.engine.removal import removal
from blocklint.engine.suppress import suppress
from blocklint.rule import Finding, Policy, RelatedSpan, Rule, Verdict
from blocklint.source import Source

Meant = Callable[[str], tuple[Rule, ...]]


def modules_of(source: Source, blocks: Blocks) -> list[Block]:
    """The module classes of a file: most files say nothing of a forward."""
    if "forward" not in source.text:
        return []
    read = blocks.of(source) if source.cells is None else of_cells(source, blocks)
    return list(read)


def claimed(
    block: Block,
    rules: Mapping[str, Rule],
    policy: Policy,
    runs: Sequence[Run],
    collection: Collection,
) -> Iterator[Placed]:
    """What the rules claim about a block, and what its runs say of that."""
    for rule in rules.values():
        with During(f"checking class {block.name} with {rule.name}"):
            for run in runs if rule.needs_run else (None,):
                for claim in rule.check(block, policy, run):
                    placed = place(claim, rule, block)
                    if run is not None and not collection.has(placed.finding.path):
                        placed = _brought_home(placed, block)
                    finding = placed.finding
                    verdict = verdict_of(finding, rule, block, policy, runs)
                    yield replace(placed, finding=replace(finding, verdict=verdict))


def _brought_home(placed: Placed, block: Block) -> Placed:
    """A run may end in a file that nobody asked about: then its block is at fault."""
    finding, home = placed.finding, block.place
    far = RelatedSpan(finding.path, finding.span, "it happens here")
    moved = replace(
        finding, path=home.path, span=home.span, related=(far, *finding.related)
    )
    return Placed(moved, (*placed.sources, home.chunk.source))


def unsuppressed(
    file: File, collection: Collection, active: Mapping[str, Rule], meant: Meant
) -> list[Finding]:
    """The findings of a file once its config and its comments had their say."""
    source, found = collection.of(file)
    found = [finding for finding in found if finding.rule in active]
    if source is None:
        return [*_with_doubts(found, active)]
    comments = suppressions_in(source)
    if comments.skip_file:
        return []
    given = comments.suppressions
    kept, unused = suppress(found, given, meant, active)
    kept, _ = suppress(_with_doubts(kept, active), given, meant, active)
    if rule := active.get("unused-suppression"):
        for idle in unused:
            fix = removal(source, idle)
            kept.append(
                place_text(file.name, idle.comment.span, rule, idle.reason, fix)
            )
    return sorted(kept, key=lambda finding: finding.span)


def _with_doubts(found: Iterable[Finding], active: Mapping[str, Rule]) -> list[Finding]:
    """The findings, each that a run refutes followed by one that says so."""
    every: list[Finding] = []
    doubt = active.get("static-claim-refuted")
    for finding in found:
        every.append(finding)
        if doubt and finding.verdict is Verdict.REFUTED:
            message = f"{finding.rule} is claimed here, and what ran shows otherwise"
            beside = place_text(finding.path, finding.span, doubt, message)
            every.append(
                replace(
                    beside,
                    class_name=finding.class_name,
                    verdict=Verdict.CONFIRMED,
                )
            )
    return every
