"""What the engine hands to a reporter: everything that a page needs, files included.

A reporter reads no files, so the lines that its excerpts show travel in the report.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from blocklint.frozen import dataclass
from blocklint.product import PAGES
from blocklint.regex import Regex
from blocklint.rule import Finding, Rule, Severity, Verdict
from blocklint.text import Broken, Span, home_of

if TYPE_CHECKING:
    from blocklint.analysis import Placement
    from blocklint.analysis.run import Run
    from blocklint.analysis.streams import Stream
    from blocklint.analysis.sublayers import Sublayer

_NUMBER = Regex(r"(?<![\w.])\d+")  # a size or a line, and no part of a name


@dataclass(frozen=True)
class RuleCount:
    """How often a rule was broken, what runs said of it, and what can be fixed."""

    code: str
    rule: str
    times: int
    confirmed: int = 0
    refuted: int = 0
    fixable: int = 0


@dataclass(frozen=True)
class EditedCell:
    """The text of one cell of a notebook, as it was found and as fixes leave it."""

    number: int
    before: str
    after: str


@dataclass(frozen=True)
class Edited:
    """A file as it was found and as its fixes leave it; `fixes` findings are gone.

    Of a notebook, `cells` are those that changed.
    """

    path: str
    before: bytes = field(repr=False)
    after: bytes = field(repr=False)
    fixes: int = 0
    cells: tuple[EditedCell, ...] = field(default=(), repr=False)

    @property
    def differs(self) -> bool:
        """Whether the fixes came to anything."""
        return self.before != self.after


@dataclass(frozen=True)
class Known:
    """What one baseline did in a check.

    It held back `held` findings; `gone` of those that it counts are not there any more,
    `new` ones are. `file` is the baseline before and after an update, which leaves
    `total` findings in it.
    """

    held: int
    gone: int
    new: int
    total: int
    file: Edited


@dataclass(frozen=True)
class Report:
    """The outcome of one `check`: its findings in order, and how much was read.

    `lines` holds the text of every file that a finding speaks of, each cell of a
    notebook by itself: its keys are what `Span.home` says of a path. `untraced` says
    why blocks were not run although that was asked for. `rules` are those that there
    are, `pages` is the address below which they are explained, if they are. `known`
    tells of the baselines, whose findings are not among those here. `uncached` says why
    the cache could not be used. `undecided` counts the expectations that only a run
    decides.
    """

    findings: tuple[Finding, ...]
    files: int
    lines: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    untraced: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = field(default=(), repr=False)
    pages: str | None = PAGES
    known: tuple[Known, ...] = ()
    uncached: str | None = None
    undecided: int = 0

    @property
    def fails(self) -> bool:
        """Whether a finding is worth more than a note."""
        return any(f.severity is not Severity.NOTE for f in self.findings)

    @property
    def by_severity(self) -> dict[Severity, int]:
        """How many findings there are of each weight, the heaviest first."""
        count = Counter(finding.severity for finding in self.findings)
        return {severity: count[severity] for severity in Severity if count[severity]}

    @property
    def fixable(self) -> tuple[int, int]:
        """How many findings have a safe fix, and how many an unsafe one."""
        fixes = [finding.fix for finding in self.findings if finding.fix]
        safe = sum(fix.safe for fix in fixes)
        return safe, len(fixes) - safe

    @property
    def counts(self) -> tuple[RuleCount, ...]:
        """How often each rule was broken, the most frequent first."""
        groups: dict[tuple[str, str], list[Finding]] = {}
        for finding in self.findings:
            groups.setdefault((finding.code, finding.rule), []).append(finding)
        ranked = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
        return tuple(_count(code, rule, found) for (code, rule), found in ranked)

    def url_of(self, rule: str) -> str | None:
        """The page of a rule, if there is one."""
        return f"{self.pages.rstrip('/')}/{rule}" if self.pages else None

    def fingerprints(self) -> Iterator[str]:
        """For each finding a name that survives edits elsewhere in its file.

        It depends on rule, path, class and message without its numbers; findings that
        agree in all four are told apart by their order. The separators of a path are
        taken as one.
        """
        seen: Counter[str] = Counter()
        for finding in self.findings:
            message = _NUMBER.compiled.sub("#", finding.message)
            named = finding.class_name or ""
            key = "\0".join([finding.rule, slashed(finding.path), named, message])
            seen[key] += 1
            whole = f"{key}\0{seen[key]}".encode(errors="surrogatepass")
            yield hashlib.sha256(whole).hexdigest()[:32]


def slashed(path: str) -> str:
    """A path as programs on any system write it."""
    return path.replace("\\", "/")


def _count(code: str, rule: str, found: list[Finding]) -> RuleCount:
    verdicts = Counter(finding.verdict for finding in found)
    return RuleCount(
        code,
        rule,
        len(found),
        verdicts[Verdict.CONFIRMED],
        verdicts[Verdict.REFUTED],
        sum(finding.fix is not None for finding in found),
    )


@dataclass(frozen=True)
class Freezing:
    """What came of writing down the wirings of some files.

    `file` is the file of expectations before and after; `wirings` of so many `blocks`
    are in it. Of wirings that could not be followed, `unknown` are not in it, and
    `kept` as they were. `broken` could not be read.
    """

    file: Edited
    wirings: int
    blocks: int
    unknown: int
    kept: int = 0
    broken: tuple[Broken, ...] = ()


@dataclass(frozen=True)
class Problem:
    """Why a file was not fixed; `fault` says that blocklint itself is to blame."""

    path: str
    message: str
    fault: bool = False


@dataclass(frozen=True)
class Repair:
    """The outcome of one `fix`: the edited files, and the report on what they became.

    A file with a problem stays as it was, all of it.
    """

    report: Report
    edited: tuple[Edited, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def fixes(self) -> int:
        """How many findings were fixed."""
        return sum(file.fixes for file in self.edited)


@dataclass(frozen=True)
class SiteFacts:
    """One residual addition: where it stands, and where it normalises.

    `line` counts within the cell of this number, if it stands in a notebook.
    `places` are the addition, the sub-layer and the norms, by file; `findings` those
    that are about one of them. Both are there if pictures are asked for.
    """

    role: str
    placement: "Placement"
    path: str
    line: int
    owner: str
    norms: tuple[str, ...] = ()
    optional: bool = False
    modifiers: tuple[str, ...] = ()
    cell: int | None = None
    places: tuple[tuple[str, Span], ...] = field(default=(), repr=False)
    findings: tuple[Finding, ...] = ()

    @property
    def home(self) -> str:
        """The file, or the cell of a notebook, that the line counts in."""
        return home_of(self.path, self.cell)


@dataclass(frozen=True)
class VariantFacts:
    """One wiring of a block; `when` is None for the only one.

    `streams` are there if pictures are asked for.
    """

    when: str | None
    default: bool
    sites: tuple[SiteFacts, ...]
    sublayers: "tuple[Sublayer, ...]" = ()
    streams: "tuple[Stream, ...]" = ()


@dataclass(frozen=True)
class BlockFacts:
    """A block as `inspect` shows it.

    `placement` is the word for the whole block, `naming` the name that its project
    chose for output-norm. `line` counts within the `cell`, if it is in a notebook.
    `findings` are all that are about this block, in order.
    """

    path: str
    name: str
    line: int
    placement: str
    parallel: bool
    variants: tuple[VariantFacts, ...]
    naming: str = "field"
    cell: int | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def home(self) -> str:
        """The file, or the cell of a notebook, that the line counts in."""
        return home_of(self.path, self.cell)


@dataclass(frozen=True)
class Overview:
    """The outcome of one `inspect`: blocks in order of file and line.

    If pictures are asked for, `findings` are those that are about no block, and `rules`
    the rules that found something.
    """

    blocks: tuple[BlockFacts, ...]
    files: int
    broken: tuple[Broken, ...] = ()
    findings: tuple[Finding, ...] = ()
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class Traced:
    """A block that was run, as `trace` shows it.

    `target` is what was asked for, `sites` are those that ran, `findings` what is
    found in this block, each with its verdict. `ended` is the file that the run came to
    its end in, if it did so too early.
    """

    target: str
    path: str
    name: str
    line: int
    run: "Run" = field(repr=False)
    sites: tuple[SiteFacts, ...] = ()
    findings: tuple[Finding, ...] = ()
    naming: str = "field"
    ended: str | None = None

    @property
    def home(self) -> str:
        """The file that the line counts in; a notebook is never run."""
        return self.path

    @property
    def placement(self) -> str:
        """The word for the whole block, as far as it ran."""
        return self.run.wiring.placement if self.run.wiring else "unknown"

    @property
    def parallel(self) -> bool:
        """Whether attention and ffn were seen to read the same value and join."""
        return self.run.wiring is not None and self.run.wiring.parallel


@dataclass(frozen=True)
class TraceReport:
    """The outcome of one `trace`: targets in the order that they were asked for."""

    targets: tuple[Traced, ...]
    files: int
    broken: tuple[Broken, ...] = ()

    @property
    def fails(self) -> bool:
        """Whether something did not run, or is worth more than a note."""
        findings = (f for target in self.targets for f in target.findings)
        return (
            bool(self.broken)
            or any(target.run.problem for target in self.targets)
            or any(finding.severity is not Severity.NOTE for finding in findings)
        )
