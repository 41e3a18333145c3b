"""What running a block showed: its wiring, its shapes, and what went wrong."""

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from blocklint.analysis.block import Site, Variant
from blocklint.analysis.expectation import NOTHING, Expectation
from blocklint.analysis.sublayers import Sublayer
from blocklint.frozen import dataclass
from blocklint.source import Place

_KINDS = {
    "import": "its module cannot be imported",
    "build": "no instance could be made",
    "inputs": "no inputs could be made",
    "run": "its forward raised",
    "measure": "no stack of it could be measured",
    "limit": "it was stopped at a limit",
    "died": "its process died",
    "answer": "the answer makes no sense",
}
_NOTHING: Mapping[str, bool] = MappingProxyType({})
_NO_WEIGHTS: Mapping[str, tuple[int, ...]] = MappingProxyType({})
_NO_SIZES: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class Problem:
    """What stopped a run.

    `kind` is `import` (of the module), `build` (no instance could be made), `inputs`
    (none could be made for its forward), `run` (its forward raised), `measure` (a stack
    of it could not be run), `limit` (of time or memory), `died`, or `answer` (what came
    back makes no sense). `shapes` are those that went into the `operation` that raised,
    with named sizes. `output` is the tail of what was printed.
    """

    kind: str
    message: str
    error: str = ""
    place: Place | None = None
    operation: str = ""
    shapes: tuple[tuple[str, ...], ...] = ()
    output: str = ""

    @property
    def reason(self) -> str:
        """Why there is no whole run, in one line."""
        first = self.message.strip().partition("\n")[0].strip()
        return ": ".join(filter(None, [_KINDS.get(self.kind, ""), self.error, first]))

    @property
    def is_of_shapes(self) -> bool:
        """Whether an operation was given shapes that do not fit together."""
        return self.kind == "run" and bool(self.shapes)


@dataclass(frozen=True)
class Resized:
    """The same block once more with another batch and another length."""

    sizes: Mapping[str, int]
    problem: Problem | None = None


@dataclass(frozen=True)
class Unmet:
    """Something that the project expects of a block, and that it is not.

    `what` is a `placement`, `sites`, `roles`, `modifiers`, a `shape`, an `output`, the
    `wiring` under a condition, or a `condition` that chooses none. `sites` are those
    that are other than expected, `of` is the expectation that this is a part of.
    """

    what: str
    expected: str
    found: str
    sites: tuple[Site, ...] = ()
    of: Expectation = NOTHING


@dataclass(frozen=True, eq=False)
class Run:
    """One block, run once: what `blocklint trace` knows of it.

    `wiring` is the graph that ran, classified; up to the error if `problem` says
    that it did not reach the end. `agrees` says whether the code, as read, has this
    wiring: None where it could not be followed. `taken` is the shape of what went
    in as the stream, `returned` that of what came out; `input` and `output` are
    the same in numbers. `probes` says by name what moved which outputs, `unprobed` why
    nothing can be said. `unused` are the parameters and buffers that nothing read,
    `weights` all parameters by name, with their shapes. `how` is how it was called;
    `causal` why the block must not see the future, if so.
    `sizes` are those that it was run with, by name.
    """

    rung: str | None
    seconds: float
    how: str
    wiring: Variant | None
    problem: Problem | None = None
    agrees: bool | None = None
    static: Variant | None = None  # the wiring, as read, that it has or should have
    sublayers: tuple[Sublayer, ...] = ()
    taken: tuple[str, ...] = ()
    returned: tuple[str, ...] = ()
    input: tuple[int, ...] = ()
    output: tuple[int, ...] = ()
    dtype: str = ""
    unused: tuple[str, ...] = ()
    weights: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: _NO_WEIGHTS)
    resized: Resized | None = None
    causal: str = ""
    sizes: Mapping[str, int] = field(default_factory=lambda: _NO_SIZES)
    configured: bool = False
    unmet: tuple[Unmet, ...] = ()
    probes: Mapping[str, bool] = field(default_factory=lambda: _NOTHING)
    unprobed: Problem | None = None

    @property
    def status(self) -> str:
        """`traced` if it ran to the end, else `failed`."""
        return "failed" if self.problem else "traced"
