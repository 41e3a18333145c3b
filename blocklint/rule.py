"""What a rule is, and what it says.

A rule is a generator over a Block that yields Claims. A Claim is about a place, with
its evidence. The engine turns it into a Finding, which has a severity and a verdict.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from blocklint.frozen import sealed
from blocklint.lazy import cached_property
from blocklint.text import Span

if TYPE_CHECKING:
    import libcst

    from blocklint.analysis import Block, Site
    from blocklint.analysis.expectation import Expectation
    from blocklint.analysis.run import Run
    from blocklint.graph import Node
    from blocklint.source import Place


class Severity(Enum):
    """How much a finding should worry its reader."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Verdict(Enum):
    """What a trace says of a finding."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    UNTESTED = "untested"

    def outweighs(self, other: "Verdict") -> bool:
        """Whether, of two runs, this says more: to have been seen is the most."""
        order = (Verdict.UNTESTED, Verdict.REFUTED, Verdict.CONFIRMED)
        return order.index(self) > order.index(other)


class Basis(Enum):
    """What a rule reads its claims off, and so what a run can say of them."""

    SOURCE = "source"  # the text, or how things are built: a run shows nothing of it
    WIRING = "wiring"  # the data flow: the same rule can look at what ran
    WEIGHTS = "weights"  # a module that nothing uses: nothing reads its weights
    CRASH = "crash"  # a statement that cannot run
    RUN = "run"  # the run itself
    CONTRACT = "contract"  # what is expected of the block, which a run shows too


@sealed(frozen=True)
class Related:
    """Another place that a claim speaks of: the norm, the add, the sub-layer."""

    place: "Place"
    label: str


def parts_of(*sites: "Site") -> tuple[Related, ...]:
    """The sub-layer, the addition and the norms of some sites, as places to mark."""
    parts: dict[tuple[str, Span], Related] = {}
    for site in sites:
        marked = [
            (site.sublayer_place, "the sub-layer"),
            (site.add.place, "the addition"),
        ]
        marked += [(norm.place, "the norm") for norm in site.norms]
        for place, label in marked:
            if place is not None:
                parts.setdefault((place.path, place.span), Related(place, label))
    return tuple(parts.values())


class EditKind(Enum):
    """What an edit does with its code."""

    REPLACE = "replace"
    INSERT = "insert"
    DELETE = "delete"


@sealed(frozen=True)
class Edit:
    """New code in the place of one syntax node; all that is around it stays as it is.

    `code` takes the place of the node's own text. Parentheses around an expression are
    not part of that text, nor are the comma after an argument, the comment behind a
    statement and what stands above it. Lines end with a line feed here; the file's own
    line ends are put in later.
    """

    place: "Place"
    code: str
    kind: EditKind = EditKind.REPLACE

    @classmethod
    def to(cls, place: "Place", new: "libcst.CSTNode") -> "Edit":
        """Put a node of LibCST's in its place, made of its `original`, say.

        Its inner line breaks get the indentation of the block that it comes to stand
        in, and what stands around the old node is kept whatever the new one says.
        """
        return cls(place, place.chunk.code_instead(place.syntax, new))

    @classmethod
    def before(cls, place: "Place", code: str) -> "Edit":
        """Put lines above a statement, indented as it is."""
        return cls(place, code, EditKind.INSERT)

    @classmethod
    def without(cls, place: "Place") -> "Edit":
        """Take out the lines of a statement; `pass` stays where it was the only one."""
        return cls(place, "", EditKind.DELETE)


@sealed(frozen=True)
class Fix:
    """Edits of one file that, together, put right what a claim is about.

    `safe` says that the module computes what its author meant and what a checkpoint
    trained with it expects; an unsafe fix may change what a trained model computes.
    `message` says what the edits do: an infinitive, lower case, `call self.norm1 on x`.
    A fix is for what is certain: where it is not, a claim has none.
    """

    message: str
    edits: tuple[Edit, ...]
    safe: bool


@sealed(frozen=True)
class Claim:
    """What one rule says about one node, or about one place, and how to mend it."""

    about: "Node | Place"
    message: str
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    severity: Severity | None = None  # where this one is less sure than its rule
    beside: "tuple[RelatedSpan, ...]" = ()  # related places in files without code


@sealed(frozen=True)
class Policy:
    """What a project has decided about placements.

    `allow` lists placements that are accepted beside the wanted one; `placement` is
    the one that is wanted, or None where the project has not decided. `expected` is
    what is expected of the blocks of one file, by their names.
    """

    placement: str | None = None
    allow: frozenset[str] = frozenset()
    expected: "Mapping[str, tuple[Expectation, ...]]" = field(
        default_factory=lambda: _NOTHING
    )


_NOTHING: Mapping[str, Any] = MappingProxyType({})
_FAMILIES = {
    "BL1": "norm-placement",
    "BL2": "residual-wiring",
    "BL3": "sublayer-contracts",
    "BL4": "shapes",
    "BL5": "run",
    "BL9": "file",
}

Check: TypeAlias = "Callable[[Block, Policy, Run | None], Iterator[Claim]]"


@sealed(frozen=True)
class Rule:
    """One file in `rules/`: its name and its docs are the file's own."""

    code: str
    name: str
    severity: Severity
    doc: str = field(repr=False)
    check: Check = field(repr=False)
    basis: Basis = Basis.SOURCE
    sees_runs: bool = False  # whether it says more of a block that ran

    @property
    def summary(self) -> str:
        """The first line of the rule's documentation."""
        return self.doc.strip().split("\n", 1)[0]

    @property
    def family(self) -> str:
        """What it is about, as the first digit of its code says."""
        return _FAMILIES.get(self.code[:3], "other")

    @cached_property
    def needs_run(self) -> bool:
        """Whether it has nothing to say of a block that did not run."""
        return self.basis is Basis.RUN


def rule(
    code: str, severity: Severity, basis: Basis = Basis.SOURCE
) -> Callable[[Callable[..., Iterator[Claim]]], Rule]:
    """Turn a check into the rule of the file that it stands in.

    A check takes the block and, if it asks for them by these names, the project's
    `policy` and the block's `run`; one that asks for a run is called with one only,
    unless its run may be None: then it is called without one first.
    """

    def of(check: Callable[..., Iterator[Claim]]) -> Rule:
        module = sys.modules[check.__module__]
        name = module.__name__.rpartition(".")[2].replace("_", "-")
        asked = check.__code__.co_varnames[1 : check.__code__.co_argcount]
        sees = "run" in asked
        on = basis if not sees or check.__defaults__ else Basis.RUN
        doc = module.__doc__ or ""
        return Rule(code, name, severity, doc, _given(check, asked), on, sees)

    return of


def _given(check: Callable[..., Iterator[Claim]], asked: tuple[str, ...]) -> Check:
    """The check, called with what it asks for and no more."""
    if not asked:
        return lambda block, policy, run: check(block)
    offers_none = "run" not in asked or bool(check.__defaults__)

    def given(block: "Block", policy: Policy, run: "Run | None") -> Iterator[Claim]:
        if run is None and not offers_none:
            return iter(())
        offered = {"policy": policy, "run": run}
        return check(block, **{name: offered[name] for name in asked})

    return given


@sealed(frozen=True)
class RelatedSpan:
    """A related place once it is a place in a file."""

    path: str
    span: Span
    label: str


@sealed(frozen=True, order=True)
class Replacement:
    """Text for a stretch of a file: empty text deletes, an empty stretch inserts."""

    span: Span
    text: str


@sealed(frozen=True)
class PlacedFix:
    """A fix once its edits are places in a file; they are in order, and apart."""

    path: str
    message: str
    edits: tuple[Replacement, ...]
    safe: bool


@sealed(frozen=True)
class Finding:
    """A claim with its place in a file, its weight, and what a trace said of it."""

    path: str
    span: Span
    rule: str
    code: str
    severity: Severity
    message: str
    class_name: str | None = None
    verdict: Verdict = Verdict.UNTESTED
    related: tuple[RelatedSpan, ...] = ()
    fix: PlacedFix | None = None
