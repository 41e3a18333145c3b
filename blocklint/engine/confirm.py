"""Confirms and refutes: what the runs of a block say of a claim about it.

A claim about the data flow is put to what ran by the rule that made it: on a block with
that one wiring it makes the same claim again, or it does not. A claim that a module is
unused is one about weights that nothing reads, a claim that a statement cannot work one
that it raises. What a run shows nothing of stays untested.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from blocklint.analysis import Block, Placement, Variant
from blocklint.analysis.run import Run
from blocklint.engine.place import place
from blocklint.graph import Node
from blocklint.rule import Basis, Finding, Policy, Rule, Verdict
from blocklint.source import Place, Span


def verdict_of(
    finding: Finding, rule: Rule, block: Block, policy: Policy, runs: Iterable[Run]
) -> Verdict:
    """The verdict on what a rule found in a block: seen in one run is confirmed."""
    found = Verdict.UNTESTED
    for run in runs:
        verdict = _verdict(finding, rule, block, policy, run)
        found = verdict if verdict.outweighs(found) else found
    return found


def _verdict(
    finding: Finding, rule: Rule, block: Block, policy: Policy, run: Run
) -> Verdict:
    match rule.basis:
        case Basis.RUN:
            return Verdict.CONFIRMED
        case Basis.CONTRACT:
            return _by_contract(run)
        case Basis.WIRING:
            return _by_wiring(finding, rule, block, policy, run)
        case Basis.WEIGHTS:
            return _by_weights(finding, block, run)
        case Basis.CRASH:
            return _by_crash(finding, run)
    return Verdict.UNTESTED


def _by_contract(run: Run) -> Verdict:
    """Whether what ran is not what is expected either.

    What ran as it was read and is as expected is another wiring than the one in
    question, about which nothing is known.
    """
    if run.problem is not None or run.wiring is None:
        return Verdict.UNTESTED
    if run.unmet:
        return Verdict.CONFIRMED
    return Verdict.UNTESTED if run.agrees else Verdict.REFUTED


def _by_wiring(
    finding: Finding, rule: Rule, block: Block, policy: Policy, run: Run
) -> Verdict:
    """Whether the rule says the same of what ran.

    Silence refutes a claim only if what ran is wired in another way than what was read,
    if the claim was made about the wiring that should have run, and if the code that it
    is about did run. Else another setting may be meant, or a detail that no run shows.
    """
    ran = run.wiring
    if ran is None or run.problem or _is_unsure(ran):
        return Verdict.UNTESTED
    if any(_is_same(each, finding, block) for each in _made(rule, block, policy, ran)):
        return Verdict.CONFIRMED
    if run.agrees or run.static is None:
        return Verdict.UNTESTED
    meant = _made(rule, block, policy, run.static)
    if not any(_is_same(each, finding, block) for each in meant):
        return Verdict.UNTESTED
    whole = finding.span == block.place.span
    return Verdict.REFUTED if whole or _ran(finding, ran) else Verdict.UNTESTED


def _made(
    rule: Rule, block: Block, policy: Policy, wiring: Variant
) -> Iterator[Finding]:
    """What a rule finds in a block that has this wiring and no other."""
    alone = replace(block, variants=(wiring,))
    for claim in rule.check(alone, policy, None):
        yield place(claim, rule, alone)


def _is_same(other: Finding, finding: Finding, block: Block) -> bool:
    """Whether a finding in what ran is this one; some nodes that ran have no place."""
    if other.span == block.place.span:
        return True
    return other.path == finding.path and _meet(other.span, finding.span)


def _is_unsure(ran: Variant) -> bool:
    return any(site.placement is Placement.UNKNOWN for site in ran.sites)


def _by_weights(finding: Finding, block: Block, run: Run) -> Verdict:
    """Whether nothing read the weights of the module that is said to be unused."""
    names = [
        member.name
        for member in block.members
        if (member.place.path, member.place.span) == (finding.path, finding.span)
    ]
    if run.problem or run.wiring is None or not names:
        return Verdict.UNTESTED
    if any(f"{weight}.".startswith(f"{names[0]}.") for weight in run.unused):
        return Verdict.CONFIRMED
    called = any(names[0] in _names(node) for node in run.wiring.graph.nodes)
    return Verdict.REFUTED if called else Verdict.UNTESTED


def _names(node: Node) -> tuple[str, ...]:
    """The attributes that a node was made under, that of its own module included."""
    inside = tuple(scope.name for scope in node.scope.chain[1:2])
    return inside or (node.name,)


def _by_crash(finding: Finding, run: Run) -> Verdict:
    """Whether the run ended at a statement that cannot work."""
    if run.problem is not None:
        at = run.problem.place
        ended = run.problem.kind == "run" and at is not None and _holds(finding, at)
        return Verdict.CONFIRMED if ended else Verdict.UNTESTED
    ran = run.wiring is not None and _ran(finding, run.wiring)
    return Verdict.REFUTED if ran else Verdict.UNTESTED


def _ran(finding: Finding, ran: Variant) -> bool:
    """Whether the code that a finding is about made something that ran."""
    return any(
        node.place is not None and _holds(finding, node.place)
        for node in ran.graph.nodes
    )


def _holds(finding: Finding, place: Place) -> bool:
    return place.path == finding.path and _meet(place.span, finding.span)


def _meet(one: Span, other: Span) -> bool:
    """Whether two stretches have a line in common: what ran is known by its lines."""
    return one.line <= other.end_line and other.line <= one.end_line
