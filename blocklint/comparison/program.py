"""A program: what a forward pass computes, in a form that refactorings leave alone.

A step reads earlier ones by their numbers; what computes nothing (reshaping, casts, an
`nn.Identity`) is no step.
"""

from collections.abc import Callable, Iterable
from dataclasses import field, replace
from hashlib import blake2b

from blocklint.frozen import dataclass
from blocklint.graph import Dim, Node
from blocklint.lazy import cached_property
from blocklint.source import Place

Token = tuple[object, ...]
Label = Callable[["Step"], "str | None"]


@dataclass(frozen=True)
class Scores:
    """How an attention weighs: its scale, its mask, and the axis of its softmax.

    `scale` is the factor on the scores, `usual` says whether that is one over the root
    of the width of a head, None where it cannot be told. `mask` holds `given` for one
    that comes from an input, `fixed` for one of the module's own, `some` for one whose
    origin cannot be seen; it is None where there may be one or not. `axis` is how far
    the softmax is from the axis that the values are summed over. `late` says that
    weights are masked after the softmax, `drops` that some of them are dropped.
    """

    scale: Dim | None
    usual: bool | None
    mask: frozenset[str] | None
    axis: int | None = 0
    late: bool = False
    drops: bool | None = False


@dataclass(frozen=True)
class Step:
    """One step of a program.

    `kind` and `label` say what it computes: `activation` and `gelu`. `weights` is equal
    for two steps that use the same weights or read the same input. `sizes` are those
    that a layer is made with, None where unknown, `bias` whether it has one.
    `stream` is the number of a site, of whose sum this is the value. `product` says
    that both sides of a product are computed from the stream, as in a gated unit.
    `callee` is the class of a block that is called as a whole.
    """

    kind: str
    label: str = ""
    reads: tuple[int, ...] = ()
    weights: Token = ()
    sizes: tuple[Dim | None, ...] = ()
    bias: bool | None = None
    stream: int | None = None
    scores: Scores | None = None
    product: bool = False
    callee: str = ""

    @property
    def commutes(self) -> bool:
        """Whether the order of what it reads means nothing."""
        return self.kind in ("add", "scale", "join")


@dataclass(frozen=True)
class Program:
    """The steps of one wiring, each after what it reads; `nodes` are what made them."""

    steps: tuple[Step, ...]
    nodes: tuple[Node, ...] = field(default=(), repr=False, compare=False)

    def place(self, step: int) -> Place | None:
        """Where a step stands, by its number."""
        return self.nodes[step].place

    @cached_property
    def order(self) -> tuple[tuple[int, ...], ...]:
        """For each step what it reads, in an order that does not depend on the code."""
        keys = list(zip(self.outlines, self.digests(structure), strict=True))
        return tuple(
            tuple(sorted(step.reads, key=keys.__getitem__))
            if step.commutes
            else step.reads
            for step in self.steps
        )

    @cached_property
    def outlines(self) -> tuple[str, ...]:
        """A name for the outline of what each step computes, see `skeleton`."""
        return self.digests(skeleton)

    def digests(self, label: Label) -> tuple[str, ...]:
        """A name for what each step computes; one without label is passed through."""
        found: list[str] = []
        for step in self.steps:
            own = label(step)
            reads = [found[read] for read in step.reads]
            if own is None:
                found.append(reads[0] if reads else "")
                continue
            if step.commutes:
                reads.sort()
            text = "\0".join([own, *reads])
            found.append(blake2b(text.encode(), digest_size=8).hexdigest())
        return tuple(found)

    def written(self, roots: Iterable[int]) -> tuple[Step, ...]:
        """The steps that some are computed from, numbered anew and without weights."""
        reached = self.reached(roots)
        number = {step: at for at, step in enumerate(reached)}
        return tuple(
            replace(
                self.steps[step],
                reads=tuple(number.get(read, -1) for read in self.order[step]),
                weights=(),
            )
            for step in reached
        )

    def reached(self, roots: Iterable[int]) -> list[int]:
        """The steps that some are computed from, themselves included, in order.

        What the sum of a site is computed from is left out.
        """
        seen: dict[int, None] = {}
        pending = [(root, False) for root in reversed(list(roots))]
        while pending:
            index, done = pending.pop()
            if done:
                seen[index] = None
                continue
            if index in seen:
                continue
            pending.append((index, True))
            reads = reversed(self.order[index])
            pending.extend((read, False) for read in reads if read not in seen)
        return list(seen)


def structure(step: Step) -> str:
    """All that a step computes, whatever its weights and sizes are."""
    if step.stream is not None:
        return f"stream {step.stream}"
    return f"{step.kind} {step.label}"


def skeleton(step: Step) -> str | None:
    """What a step computes; norms, factors and dropout have changes of their own."""
    if step.stream is not None or step.kind == "input":
        return "value"
    if step.kind in ("norm", "dropout") or (step.kind == "scale" and not step.product):
        return None
    return f"{step.kind} {step.label}"


def everything(step: Step) -> str:
    """All that is known of a step but its weights."""
    sizes = [*step.sizes, step.scores.scale if step.scores else None]
    said = (step.kind, step.label, [*map(str, sizes)], step.bias, step.stream)
    scores = step.scores
    mask = sorted(scores.mask) if scores and scores.mask is not None else None
    weighing = (scores.usual, scores.axis, scores.late, scores.drops) if scores else ()
    return repr((*said, mask, weighing, step.product, step.callee))
