"""Drops what comments suppress, and reports the comments that suppress nothing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from blocklint.engine.comments import Suppression
from blocklint.rule import Finding, Rule


@dataclass(frozen=True)
class Unused:
    """A comment that suppresses nothing, or a selector in it that does not."""

    comment: Suppression
    reason: str


def suppress(
    findings: Sequence[Finding],
    comments: Sequence[Suppression],
    meant: Callable[[str], tuple[Rule, ...]],
    active: Mapping[str, Rule],
) -> tuple[list[Finding], list[Unused]]:
    """Weigh the findings of one file against its comments: what is left of either.

    `meant` gives the rules that a selector stands for, `active` the rules that ran: a
    comment about a rule that did not run may well be needed when it does.
    """
    kept = [
        finding
        for finding in findings
        if not any(_suppresses(comment, finding, meant) for comment in comments)
    ]
    unused = [
        Unused(comment, reason)
        for comment in comments
        if comment.owned
        for reason in _idle(comment, findings, meant, active)
    ]
    return kept, unused


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
) -> Iterator[str]:
    """Why a comment, or one of its selectors, is of no use."""
    covered = {finding.rule for finding in findings if _covers(comment, finding)}
    if comment.selectors is None:
        if not covered:
            yield "nothing is found here"
        return
    if not comment.selectors:
        yield "no rule is named"
    for selector in comment.selectors:
        named = {rule.name for rule in meant(selector)}
        if not named:
            yield f"there is no rule `{selector}`"
        elif named & active.keys() and not named & covered:
            yield f"`{selector}` is not found here"
