"""Weights that two modules are made to share, although they are of different sizes."""

from collections.abc import Iterator

from blocklint.analysis.shapes import Shapes
from blocklint.frozen import dataclass
from blocklint.graph import Argument, Call, Dim, Tie
from blocklint.graph.relations import Comparison, Relation, compared


@dataclass(frozen=True, eq=False)
class Unlike:
    """A shared weight, and the sizes that each of both modules was made for.

    It is `certain` where no settings make them equal; `defaults` are else those that
    speak against it.
    """

    tie: Tie
    one: tuple[Dim, ...]
    other: tuple[Dim, ...]
    certain: bool
    defaults: tuple[tuple[str, int | float], ...] = ()


def unlike_ties(shapes: Shapes) -> Iterator[Unlike]:
    """The shared weights of a graph whose two sizes are not the same."""
    for tie in shapes.graph.ties:
        one = _sizes(shapes, tie.one, tie.attribute)
        other = _sizes(shapes, tie.other, tie.other_attribute)
        if not one or not other:
            continue
        if len(one) != len(other):
            yield Unlike(tie, one, other, certain=True)
            continue
        facts = shapes.graph.facts
        found = [compared(a, b, facts) for a, b in zip(one, other, strict=True)]
        worst = min(found, key=_rank)
        if worst.relation in (Relation.NEVER, Relation.DIFFERENT):
            certain = worst.relation is Relation.NEVER
            yield Unlike(tie, one, other, certain, worst.defaults)


def _rank(comparison: Comparison) -> int:
    """The worst first; what is not known of one size tells nothing of the other one."""
    match comparison.relation:
        case Relation.NEVER:
            return 0
        case Relation.DIFFERENT:
            return 1
    return 2


def _sizes(shapes: Shapes, made: Call, attribute: str) -> tuple[Dim, ...]:
    """The sizes of a module's weight; none where they are not known."""
    given: tuple[Argument, ...]
    match made.of_torch, attribute:
        case "Linear", "weight":
            given = made.get(1, "out_features"), made.get(0, "in_features")
        case "Linear", "bias":
            given = (made.get(1, "out_features"),)
        case "Embedding", "weight":
            given = made.get(0, "num_embeddings"), made.get(1, "embedding_dim")
        case (("LayerNorm" | "RMSNorm"), ("weight" | "bias")):
            shape = made.get(0, "normalized_shape")
            given = shape if isinstance(shape, tuple) else (shape,)
        case _:
            return ()
    return tuple(shapes.dims(given) or ())
