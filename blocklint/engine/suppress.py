"""Drops what comments suppress, and reports the comments that suppress nothing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from blocklint.engine.comments import Suppression
from blocklint.rule import Finding, Rule


@dataclass(frozen=True)
class Unused:
    """A comment that suppresses nothing, or a selector in it that does not.

    `idle` are all the selectors of the comment that can be taken out, none for the
    whole of it. It is None where the comment may be needed once other rules run too.
    """

    comment: Suppression
    reason: str
    idle: tuple[str, ...] | None = ()


def suppress(
    findings: Sequence[Finding],
    comments: Sequence[Suppression],
    meant: Callable[[str], tuple[Rule, ...]],
    active: Mapping[str, Rule],
) -> tuple[list[Finding], list[Unused]]:
    """Weigh the findings of one file against its comments: what is left of either.

    `meant` gives the rules that a selector stands for, `active` the rules that ran: a
    comment about a rule that did not run may well be needed when it does. So may one
    about a rule that needs a run: not every check runs every block.
    """
    active = {name: rule for name, rule in active.items() if not rule.needs_run}
    kept = [
        finding
        for finding in findings
        if not any(_suppresses(comment, finding, meant) for comment in comments)
    ]
    unused: list[Unused] = []
    for comment in comments:
        if comment.owned:
            found = list(_idle(comment, findings, meant, active))
            idle = tuple(each.selector for each in found if each.certain)
            unused += [
                Unused(comment, each.reason, idle if each.certain else None)
                for each in found
            ]
    return kept, unused


@dataclass(frozen=True)
class _Idle:
    """A selector that is of no use, "" for all of a comment.

    `certain` says that it would be of no use either if every rule ran.
    """

    selector: str
    reason: str
    certain: bool = True


def _suppresses(
    comment: Suppression,
    finding: Finding,
    meant: Callable[[str], tuple[Rule, ...]],
) -> bool:
    if not _covers(comment, finding):
        return False
    if comment.selectors is None:
        return True
    named = {rule.name for text in comment.selectors for rule in meant(text)}
    return finding.rule in named


def _covers(comment: Suppression, finding: Finding) -> bool:
    if comment.first <= finding.span.line <= comment.last:
        return True
    return comment.class_name is not None and comment.class_name == finding.class_name


def _idle(
    comment: Suppression,
    findings: Sequence[Finding],
    meant: Callable[[str], tuple[Rule, ...]],
    active: Mapping[str, Rule],
) -> Iterator[_Idle]:
    """The selectors of a comment that are of no use, and why."""
    covered = {finding.rule for finding in findings if _covers(comment, finding)}
    if comment.selectors is None:
        if not covered:
            certain = all(rule.name in active for rule in _static(meant("ALL")))
            yield _Idle("", "nothing is found here", certain)
        return
    if not comment.selectors:
        yield _Idle("", "no rule is named")
    for selector in comment.selectors:
        named = {rule.name for rule in meant(selector)}
        if not named:
            yield _Idle(selector, f"there is no rule `{selector}`")
        elif named & active.keys() and not named & covered:
            certain = all(r.name in active for r in _static(meant(selector)))
            yield _Idle(selector, f"`{selector}` is not found here", certain)


def _static(rules: tuple[Rule, ...]) -> Iterator[Rule]:
    """The rules that run at every check, for they need no run of the block."""
    return (rule for rule in rules if not rule.needs_run)
