"""What one run of a block called: modules, calls of modules, and steps in order."""

from dataclasses import field

from blocklint.frozen import dataclass


@dataclass(frozen=True)
class ModuleRecord:
    """A module: its path below the block, its class, and that class's parents.

    `package` is the dotted name of the Python module that defines the class; `is_item`
    says that the module stands in an `nn.ModuleList`.
    """

    path: str
    name: str
    package: str
    file: str | None = None
    bases: tuple[str, ...] = ()
    is_item: bool = False

    @property
    def of_torch(self) -> bool:
        """Whether the class is torch's own."""
        return self.package.partition(".")[0] == "torch"


@dataclass(frozen=True)
class CallRecord:
    """One call of a module, and the user's line that makes it.

    `parent` is the call in which it is made; None for the block's own, the first.
    `result` is the step whose value it gave back, where that is known.
    """

    module: int
    parent: int | None = None
    path: str | None = None
    line: int | None = None
    result: int | None = None


@dataclass(frozen=True)
class NodeRecord:
    """One step: an `input`, a `param`, a `call` of a function, or the `output`.

    `reads` are earlier steps. `shape` is None for what is no single tensor. `numbers`
    are the plain numbers among the arguments.
    """

    op: str
    name: str
    reads: tuple[int, ...]
    call: int
    path: str | None = None
    line: int | None = None
    shape: tuple[int, ...] | None = None
    dtype: str | None = None
    numbers: tuple[float, ...] = ()


@dataclass(frozen=True)
class Record:
    """A run, as far as it came; the first call is that of the block itself."""

    modules: tuple[ModuleRecord, ...] = field(repr=False)
    calls: tuple[CallRecord, ...] = field(repr=False)
    nodes: tuple[NodeRecord, ...] = field(repr=False)
