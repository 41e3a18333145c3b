"""What config and comments leave of the findings in one file."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from blocklint.engine.collection import Collection
from blocklint.engine.discover import File
from blocklint.engine.place_text import place_text
from blocklint.engine.removal import removal
from blocklint.engine.suppress import suppress
from blocklint.rule import Finding, Rule, Verdict

Meant = Callable[[str], tuple[Rule, ...]]


def unsuppressed(
    file: File, collection: Collection, active: Mapping[str, Rule], meant: Meant
) -> list[Finding]:
    """The findings of a file once its config and its comments had their say."""
    text, found = collection.of(file)
    found = [finding for finding in found if finding.rule in active]
    if text is None:
        return [*_with_doubts(found, active)]
    comments = collection.comments_in(text)
    if comments.skip_file:
        return []
    given = comments.suppressions
    kept, unused = suppress(found, given, meant, active)
    kept, _ = suppress(_with_doubts(kept, active), given, meant, active)
    if rule := active.get("unused-suppression"):
        for idle in unused:
            fix = removal(text, idle)
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
