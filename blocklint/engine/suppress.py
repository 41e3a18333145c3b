"""Drops what comments suppress, and reports the comments that suppress nothing."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from blocklint.engine.comments import Suppression
from blocklint.engine.request import nearest
from blocklint.frozen import dataclass
from blocklint.rule import Finding, Rule

UNUSED = "unused-suppression"
Meant = Callable[[str], tuple[Rule, ...]]


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
    meant: Meant,
    active: Mapping[str, Rule],
) -> tuple[list[Finding], list[Unused]]:
    """Weigh the findings of one file against its comments: what is left of either.

    `meant` gives the rules that a selector stands for, `active` the rules that ran: a
    comment about a rule that did not run may well be needed when it does. So may one
    about a rule that looks at runs: not every check runs every block. That a comment
    suppresses nothing can be suppressed too, by a comment that names the rule.
    """
    active = {name: rule for name, rule in active.items() if not rule.sees_runs}
    kept = [
        finding
        for finding in findings
        if not any(_suppresses(comment, finding, meant) for comment in comments)
    ]
    owned = [comment for comment in comments if comment.owned]
    unused: list[Unused] = []
    for comment in owned:
        covered = {finding.rule for finding in findings if _covers(comment, finding)}
        unused += _unused(comment, _idle(comment, covered, meant, active))
    hushing = [comment for comment in owned if any(_hushing(comment, meant))]
    left = [
        each
        for each in unused
        if not any(_reaches(comment, each.comment) for comment in hushing)
    ]
    for comment in hushing:
        if UNUSED in active and not any(_reaches(comment, u.comment) for u in unused):
            found = [
                _Idle(selector, f"`{selector}` is not found here")
                for selector in _hushing(comment, meant)
            ]
            left += _unused(comment, found)
    return kept, left


@dataclass(frozen=True)
class _Idle:
    """A selector that is of no use, "" for all of a comment.

    `certain` says that it would be of no use either if every rule ran.
    """

    selector: str
    reason: str
    certain: bool = True


def _unused(comment: Suppression, found: Iterable[_Idle]) -> list[Unused]:
    every = list(found)
    idle = tuple(each.selector for each in every if each.certain)
    return [
        Unused(comment, each.reason, idle if each.certain else None) for each in every
    ]


def _suppresses(comment: Suppression, finding: Finding, meant: Meant) -> bool:
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


def _hushing(comment: Suppression, meant: Meant) -> Iterator[str]:
    """The selectors that name the rule about comments, and no other rule."""
    for selector in comment.selectors or ():
        if [rule.name for rule in meant(selector)] == [UNUSED]:
            yield selector


def _reaches(comment: Suppression, idle: Suppression) -> bool:
    """Whether a comment is about another: it stands beside it, or covers its line."""
    beside = comment.span == idle.span
    return beside or comment.first <= idle.span.line <= comment.last


def _idle(
    comment: Suppression,
    covered: set[str],
    meant: Meant,
    active: Mapping[str, Rule],
) -> Iterator[_Idle]:
    """The selectors of a comment that are of no use, and why."""
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
            hint = _hint(selector, meant)
            yield _Idle(selector, f"there is no rule `{selector}`{hint}")
        elif named & active.keys() and named != {UNUSED} and not named & covered:
            certain = all(r.name in active for r in _static(meant(selector)))
            yield _Idle(selector, f"`{selector}` is not found here", certain)


def _hint(selector: str, meant: Meant) -> str:
    return nearest(selector, (n for r in meant("ALL") for n in (r.name, r.code)))


def _static(rules: tuple[Rule, ...]) -> Iterator[Rule]:
    """The rules that say the same at every check, whether or not it runs the block."""
    return (rule for rule in rules if not rule.sees_runs)
