"""What the code of a module says about its settings and about its weights."""

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from blocklint.frozen import dataclass
from blocklint.graph.dims import Dim
from blocklint.source import Place

if TYPE_CHECKING:
    from blocklint.graph.model import Call


@dataclass(frozen=True)
class Facts:
    """What holds of a graph's settings and sizes, beside what the layers need.

    `defaults` are the numbers that settings have where nobody gives others, by the
    text of the setting, `config.n_embd`. `equal` are pairs of numbers that the code
    refuses to run with unless they are equal, `divides` pairs `(d, h)` where it refuses
    a `d` that is no multiple of `h`, and `at_most` pairs `(t, longest)` where it
    refuses a `t` that is larger. `unseen` are settings of configs whose class cannot be
    seen, `config.n_embd`, and `given` those that have a value of their own here, while
    the code has one for them where they are None.
    """

    defaults: Mapping[str, int | float] = field(default_factory=dict)
    equal: tuple[tuple[Dim, Dim], ...] = ()
    divides: tuple[tuple[Dim, Dim], ...] = ()
    at_most: tuple[tuple[Dim, Dim], ...] = ()
    unseen: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()


NO_FACTS = Facts()


@dataclass(frozen=True, eq=False)
class Tie:
    """Two modules that are made to share one weight, `self.head.weight = ...`.

    `one` is how the module was made whose attribute is set, `other` how the one was
    that the weight comes from; `one_name` and `other_name` are what the code calls
    them, `self.head`, and `attribute` and `other_attribute` the weights' own names.
    """

    place: Place
    one: "Call"
    other: "Call"
    one_name: str
    other_name: str
    attribute: str = "weight"
    other_attribute: str = "weight"
