"""What a name can hold while code is followed instead of run."""

from dataclasses import field
from typing import TYPE_CHECKING, TypeAlias

from blocklint import cst
from blocklint.frozen import dataclass
from blocklint.graph import Dim, Node
from blocklint.lazy import cached_property
from blocklint.source import Chunk, Place
from blocklint.trees import find_all, full_name

if TYPE_CHECKING:
    from blocklint.frontends.static.project import File

Reasons: TypeAlias = frozenset[str]
NO_REASON: Reasons = frozenset()
TEXT_METHODS = frozenset(
    ["lower", "upper", "strip", "startswith", "endswith", "removeprefix"]
)
PROPERTIES = frozenset(["property", "cached_property"])
UNROLLED = 8  # longer literal lists are followed as one round


@dataclass(frozen=True, slots=True)
class Known:
    """A Python constant, with the construction-time choices that led to it."""

    value: object
    why: Reasons = NO_REASON


@dataclass(frozen=True, slots=True)
class Symbol:
    """A value fixed at construction whose value we do not know: a size, a setting.

    `text` is the expression as the constructor's caller would write it, `number` what
    arithmetic made of it. It is not `sure` where another value may stand in its place.
    `reset` are the settings in it that the code gave other values.
    """

    text: str
    default: Known | None = None
    config: "Class | Layer | None" = None
    number: Dim | None = None
    sure: bool = True
    reset: "tuple[tuple[str, Known | Symbol], ...]" = ()


@dataclass(frozen=True, slots=True)
class RunTime:
    """A value that exists only while the module runs and is no tensor: a length."""

    text: str = ""
    number: Dim | None = None


@dataclass(frozen=True, slots=True)
class Sizes:
    """The sizes of a tensor's axes, `x.shape[start:stop]`, however many there are."""

    node: Node
    start: int = 0
    stop: int | None = None


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor, by the node of the graph that computes it."""

    node: Node


@dataclass(frozen=True, eq=False, slots=True)
class Source:
    """How a tensor that nothing flows into was made.

    Without a `name` the arguments are its sizes, those of `torch.zeros(1, n, d)`; with
    one they are what that function or method was called with.
    """

    args: "Arguments"
    name: str = ""
    kind: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class Parameter:
    """A tensor that belongs to a module: a parameter, a buffer, a constant.

    `weight_of` is the layer whose attribute this very tensor is, and how the code
    writes that layer.
    """

    text: str = "parameter"
    source: Source | None = None
    weight_of: "tuple[Layer, str] | None" = None


@dataclass(eq=False, slots=True)
class Sequence:
    """A list, a tuple, a ModuleList or an nn.Sequential.

    `repeated` says that the items stand for any number of rounds of themselves;
    `picked` are then those that were asked for by a constant key, and `count` is how
    many rounds there are, where one number says so. A tuple that `may_be_first` is one
    in some cases only: in the others its first item is all there is.
    """

    items: "list[Value]"
    repeated: bool = False
    kind: str = "list"
    picked: "dict[object, Value]" = field(default_factory=dict)
    count: Dim | None = None
    may_be_first: bool = False


@dataclass(eq=False, slots=True)
class Mapping:
    """A dict or a ModuleDict, by constant keys; `rest` is what other keys give."""

    items: "dict[object, Value]" = field(default_factory=dict)
    kind: str = "dict"
    open: bool = False  # there are keys that we do not know of


@dataclass(frozen=True, eq=False)
class Class:
    """A class of the project."""

    name: str
    chunk: Chunk
    file: "File"

    @cached_property
    def node(self) -> cst.ClassDef:
        """The class statement, parsed now if it was not before."""
        for statement in self.chunk.tree.body:
            match statement:
                case cst.ClassDef(cst.Name(self.name)):
                    return statement
        inner = find_all(self.chunk.tree, cst.ClassDef)  # inside an `if`
        found, *_ = [each for each in inner if each.name.value == self.name]
        return found

    @property
    def bases(self) -> tuple[str, ...]:
        """The dotted names of its bases, `?` for one that has none."""
        if self.chunk.header is not None:
            return self.chunk.header.bases
        return tuple(full_name(base.value) or "?" for base in self.node.bases)

    def may_have(self, name: str) -> bool:
        """Whether the class body may bind a name."""
        header = self.chunk.header
        return header is None or name in header.members

    @property
    def place(self) -> Place:
        """Where its name stands in the class statement."""
        return Place(self.chunk, self.node.name)

    @cached_property
    def key(self) -> tuple[str, str]:
        """The file and the name."""
        return self.file.path, self.name


@dataclass(frozen=True, eq=False)
class Function:
    """A function, method or lambda of the project, perhaps bound."""

    name: str
    node: cst.FunctionDef | cst.Lambda
    chunk: Chunk
    file: "File"
    owner: Class | None = None
    bound: "Value | None" = None
    closure: "dict[str, Value] | None" = None

    @cached_property
    def decorators(self) -> frozenset[str]:
        """The names of its decorators."""
        found = set()
        for each in getattr(self.node, "decorators", ()):  # a lambda has none
            match each.decorator:
                case cst.Name(name) | cst.Attribute(attr=cst.Name(name)):
                    found.add(name)
        return frozenset(found)


@dataclass(eq=False, slots=True)
class Instance:
    """An object of a class of the project; its `__init__` is followed when needed.

    `made` counts up with each object that the code makes; what was given has zero.
    `copy_of` is the object that this one is a deep copy of. `stock_args` are those
    that the constructor of a parent outside the project was called with.
    """

    cls: Class
    args: "Arguments"
    made_at: Place | None = None
    made: int = 0
    copy_of: "Value | None" = None
    attributes: "dict[str, Value]" = field(default_factory=dict)
    set_at: dict[str, Place] = field(default_factory=dict)
    built: bool = False
    items: "Sequence | None" = None  # of a class that is itself a list of modules
    stock_args: "Arguments | None" = None


@dataclass(frozen=True, eq=False, slots=True)
class External:
    """Something outside the project, by its dotted name."""

    path: str

    @property
    def name(self) -> str:
        """The last part of the dotted name."""
        return self.path.rpartition(".")[2]


@dataclass(frozen=True, eq=False, slots=True)
class Layer:
    """An object of a class outside the project: `nn.Linear(...)`, a given module.

    `made`, `made_at` and `copy_of` are those of an Instance.
    """

    path: str
    args: "Arguments"
    passed: bool = False
    made: int = 0
    copy_of: "Value | None" = None
    made_at: Place | None = None

    @property
    def name(self) -> str:
        """The class's own name."""
        return self.path.rpartition(".")[2]


@dataclass(frozen=True, eq=False, slots=True)
class Partial:
    """A call with some of its arguments given: functools.partial, a bound method."""

    func: "Value"
    args: "Arguments"


@dataclass(frozen=True, eq=False, slots=True)
class Method:
    """A method of a value that is no object of the project: `x.view`, `list.append`."""

    owner: "Value"
    name: str


@dataclass(frozen=True, eq=False, slots=True)
class Super:
    """What `super()` gives inside a method of `cls` called on `instance`."""

    instance: Instance
    cls: Class


@dataclass(frozen=True, eq=False, slots=True)
class Imported:
    """A module of the project, imported by name."""

    file: "File"


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of a call; `spread`: a `*args` or `**kwargs` of unknown length."""

    positional: "tuple[Value, ...]" = ()
    named: "dict[str, Value]" = field(default_factory=dict)
    spread: bool = False

    def get(self, position: int | None, name: str) -> "Value | None":
        """An argument by its position or its name."""
        if position is not None and position < len(self.positional):
            return self.positional[position]
        return self.named.get(name)

    def all(self) -> "tuple[Value, ...]":
        """Every value given."""
        if not self.named:
            return self.positional
        return (*self.positional, *self.named.values())


NO_ARGUMENTS = Arguments()
Value: TypeAlias = (
    Known
    | Symbol
    | RunTime
    | Sizes
    | Tensor
    | Parameter
    | Sequence
    | Mapping
    | Class
    | Function
    | Instance
    | External
    | Layer
    | Partial
    | Method
    | Super
    | Imported
)


def tensors(*values: Value) -> list[Node]:
    """The nodes that values hold, in order."""
    found: list[Node] = []
    for value in values:
        if type(value) is Tensor:
            found.append(value.node)
        elif type(value) is Sequence:
            found += tensors(*value.items)
        elif type(value) is Mapping:
            found += tensors(*value.items.values())
    return found


def reads(*values: Value) -> tuple[Node, ...]:
    """The nodes that values hold, in order, each once."""
    found = tensors(*values)
    return tuple(dict.fromkeys(found) if len(found) > 1 else found)


def reasons(*values: Value) -> Reasons:
    """The construction-time choices that led to these values."""
    return frozenset().union(*(v.why for v in values if isinstance(v, Known)))
