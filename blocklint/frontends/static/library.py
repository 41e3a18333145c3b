"""What is known of the project's classes and top-level names, worked out once."""

from collections.abc import Callable, Iterator
from dataclasses import field
from pathlib import Path
from typing import Any, TypeVar

from blocklint import cst
from blocklint.frontends.static.cases import conditions_of
from blocklint.frontends.static.class_body import (
    Member,
    annotated_in,
    field_default,
    members_in,
    sets,
)
from blocklint.frontends.static.machine import Frame, Machine
from blocklint.frontends.static.project import File, Project
from blocklint.frontends.static.values import (
    PROPERTIES,
    Class,
    External,
    Function,
    Imported,
    Known,
    Layer,
    Mapping,
    Value,
)
from blocklint.frontends.torch_api import CONTAINERS, is_norm_name
from blocklint.frozen import dataclass
from blocklint.graph import BlockGraph, Node, Scope
from blocklint.graph.normalisations import is_normalisation, may_add_too
from blocklint.graph.residuals import Residuals
from blocklint.regex import Regex
from blocklint.source import Chunk, Source

# Parents outside of the project that make no module of a class.
_PLAIN = frozenset(
    ["object", "ABC", "Protocol", "Generic", "Enum", "dict", "list", "?"]
)
Parent = Class | External
S = TypeVar("S")
T = TypeVar("T")


@dataclass(eq=False)
class Library:
    """Classes with their parents and members; which of them are norms or blocks."""

    project: Project
    graph_of: Callable[["Library", Class], BlockGraph]
    remembered: dict[tuple[str, str], Class] = field(default_factory=dict)
    _parents: dict[Class, tuple[Parent, ...]] = field(default_factory=dict)
    _members: dict[Class, dict[str, Member]] = field(default_factory=dict)
    _norms: dict[Class, bool] = field(default_factory=dict)
    _adds: dict[tuple[str, str], bool] = field(default_factory=dict)
    _blocks: dict[Class, bool] = field(default_factory=dict)
    _mentions: dict[tuple[int, str], bool] = field(default_factory=dict)
    _matches: dict[int, cst.If | cst.Else] = field(default_factory=dict)
    _values: dict[tuple[File, str], Value] = field(default_factory=dict)
    _inherited: dict[tuple[Class, str], tuple[Class, Member] | None] = field(
        default_factory=dict
    )
    _properties: dict[tuple[Class, str], Function | None] = field(default_factory=dict)
    _defaults: dict[tuple[Class, str], Known | None] = field(default_factory=dict)
    _told: dict[tuple[object, object], Any] = field(default_factory=dict)
    _stock: File | None = None

    def once(self, tell: Callable[[S], T], of: S) -> T:
        """What a function says of a class, or of code, worked out the first time."""
        key = (tell, of)
        if key not in self._told:
            self._told[key] = tell(of)
        known: T = self._told[key]
        return known

    def top_level(self, m: Machine, file: File, name: str) -> Value:
        """What a top-level name of a file holds."""
        key = (file, name)
        found = self._values.get(key)
        if found is None:
            self._values[key] = External(name)  # Until we know, or if it names itself.
            found = self._values[key] = self._top_level(m, file, name)
        return found

    def _top_level(self, m: Machine, file: File, name: str) -> Value:
        match file.lookup(name):
            case None:
                return External(name)
            case (expression, chunk):
                value = m.evaluate(m, expression, self.file_frame(file, chunk))
                if type(value) is Mapping and not value.items:
                    value.open = True  # a registry, which others write into
                return value
            case External(path):
                return self.stock(path) or External(path)
            case found:
                return found

    def file_frame(self, file: File, chunk: Chunk) -> Frame:
        """A frame for code at the top level of a file."""
        scope = Scope(None, file.path, "")
        return Frame(file, chunk, scope, {}, building=True, own=False)

    def stock(self, path: str) -> Class | None:
        """Our own description of a stock layer of torch, written as a class."""
        if not path.startswith(("torch.nn.", "nn.")):
            return None
        if self._stock is None:  # a cached property would slow all other fields down
            text = Path(__file__).with_name("stock_layers.txt").read_text("utf-8")
            self._stock = File(Source("torch.nn", text), self.project, is_stock=True)
        found = self._stock.lookup(path.rpartition(".")[2])
        return found if isinstance(found, Class) else None

    def parents(self, cls: Class) -> tuple[Parent, ...]:
        """A class and its ancestors, nearest first, each once."""
        if cls not in self._parents:
            self._parents[cls] = (cls,)  # A class among its own ancestors.
            found: list[Parent] = [cls]
            for name in cls.bases:
                base = self._base(cls, name)
                more = self.parents(base) if isinstance(base, Class) else (base,)
                found.extend(more)
            self._parents[cls] = _each_last(found)
        return self._parents[cls]

    def _base(self, cls: Class, dotted: str) -> Parent:
        module, _, name = dotted.rpartition(".")
        if not module:
            found = cls.file.lookup(name)
            return found if isinstance(found, Class | External) else External(name)
        match cls.file.lookup(module.partition(".")[0]):
            case Imported(file):
                found = file.lookup(name)
                if isinstance(found, Class | External):
                    return found
            case External(path):
                return External(f"{path}.{name}")
        return External(dotted)

    def member(self, cls: Class, name: str) -> Member | None:
        """A method or class-level value of this very class."""
        if not cls.may_have(name):
            return None
        if cls not in self._members:
            self._members[cls] = dict(members_in(cls))
        return self._members[cls].get(name)

    def fields(self, cls: Class) -> list[tuple[str, cst.BaseExpression | None]]:
        """The annotated names of a class, in order, with their defaults."""
        found: list[tuple[str, cst.BaseExpression | None]] = []
        for parent in reversed(self.parents(cls)):
            if isinstance(parent, Class):
                found.extend(self.once(annotated_in, parent).items())
        return found

    def config_default(self, m: Machine, cls: Class | Layer, name: str) -> Known | None:
        """The default of a setting in a config class, where it is a constant."""
        if isinstance(cls, Layer):
            value = cls.args.named.get(name)
            return value if isinstance(value, Known) else None
        key = (cls, name)
        if key not in self._defaults:
            self._defaults[key] = self._config_default(m, cls, name)
        return self._defaults[key]

    def _config_default(self, m: Machine, cls: Class, name: str) -> Known | None:
        for parent in self.parents(cls):
            if isinstance(parent, External):
                continue
            default = self._visible_default(parent, name)
            if default is not None:
                frame = self.file_frame(parent.file, parent.chunk)
                found = m.evaluate(m, default, frame)
                return found if isinstance(found, Known) else None
        return None

    def _visible_default(self, cls: Class, name: str) -> cst.BaseExpression | None:
        found = None if self._sets_anew(cls, name) else self._default(cls, name)
        return field_default(found) if type(found) is cst.Call else found

    def _default(self, cls: Class, name: str) -> cst.BaseExpression | None:
        annotated = self.once(annotated_in, cls)
        if name in annotated:
            return annotated[name]
        match self.member(cls, "__init__"):
            case Function(_, cst.FunctionDef(params=parameters)):
                for each in (*parameters.params, *parameters.kwonly_params):
                    if each.name.value == name:
                        return each.default
        match self.member(cls, name):
            case cst.BaseExpression() as value:
                return value
        return None

    def inherited(self, cls: Class, name: str) -> tuple[Class, Member] | None:
        """A method or class-level value of a class or an ancestor, and whose it is."""
        key = (cls, name)
        if key not in self._inherited:
            self._inherited[key] = next(self._holders(cls, name), None)
        return self._inherited[key]

    def _holders(self, cls: Class, name: str) -> Iterator[tuple[Class, Member]]:
        for parent in self.parents(cls):
            if isinstance(parent, Class):
                found = self.member(parent, name)
                if found is not None:
                    yield parent, found

    def property_of(self, cls: Class, name: str) -> Function | None:
        """The method that a class's objects answer an attribute with, if one does."""
        key = (cls, name)
        if key not in self._properties:
            methods = (
                m for _, m in self._holders(cls, name) if isinstance(m, Function)
            )
            found = next(methods, None)
            works = found and not found.decorators.isdisjoint(PROPERTIES)
            self._properties[key] = found if works else None
        return self._properties[key]

    def _sets_anew(self, cls: Class, name: str) -> bool:
        """Whether objects of a class hold something else than they were given."""
        return name in self.once(self._anew, cls)

    def _anew(self, cls: Class) -> frozenset[str]:
        found: set[str] = set()
        for method in ("__init__", "__post_init__"):
            match self.member(cls, method):
                case Function(_, cst.FunctionDef(body=cst.IndentedBlock(body))):
                    found.update(name for each in body for name in sets(each))
        return frozenset(found)

    def is_module_class(self, cls: Class) -> bool:
        """Whether a class is an nn.Module, as far as its parents can be seen."""
        return self.once(self._is_module, cls)

    def _is_module(self, cls: Class) -> bool:
        unseen = [p for p in self.parents(cls) if isinstance(p, External)]
        return any(parent.name not in _PLAIN for parent in unseen)

    def remember(self, cls: Class) -> tuple[str, str]:
        """Keep a class for whoever meets its key in a graph."""
        self.remembered[cls.key] = cls
        return cls.key

    def as_conditions(self, statement: cst.Match) -> cst.If | cst.Else:
        """A `match` statement as the chain of conditions that it stands for, kept."""
        if id(statement) not in self._matches:
            self._matches[id(statement)] = conditions_of(statement)
        return self._matches[id(statement)]

    def mentions(self, chunk: Chunk, syntax: cst.CSTNode, words: Regex[str]) -> bool:
        """Whether the text of part of a condition has one of these words in it."""
        key = (id(syntax), words.pattern)  # a pattern itself takes long to hash
        if key not in self._mentions:
            self._mentions[key] = chunk.mentions(syntax, words)
        return self._mentions[key]

    def is_framework(self, parent: Class, cls: Class) -> bool:
        """Whether a parent is machinery: from another file, with no `forward`.

        What such constructors do (weights, hooks, configs) is none of our concern.
        """
        return parent.file is not cls.file and not any(
            isinstance(each, Class) and self.member(each, "forward") is not None
            for each in self.parents(parent)
        )

    def is_closed(self, cls: Class) -> bool:
        """Whether a module is not to be looked into."""
        asked = self.project.is_closed
        return asked is not None and not cls.file.is_stock and asked(cls)

    def is_norm(self, cls: Class) -> bool:
        """Whether a class of the project computes a normalisation of its input."""
        if self.is_closed(cls):
            return self._is_called_norm(cls)
        if cls not in self._norms:
            self._norms[cls] = False
            named = self._is_called_norm(cls)
            if named or self._computes(cls):
                graph = self.graph_of(self, cls)
                self._norms[cls] = is_normalisation(graph, named)
                self._adds[cls.key] = may_add_too(graph)
        return self._norms[cls]

    def _computes(self, cls: Class) -> bool:
        """Whether objects of a class compute anything: a base of models does not."""
        row = any(each.name in CONTAINERS for each in self.parents(cls))
        return row or self.inherited(cls, "forward") is not None

    def may_add_too(self, norm: Node) -> bool:
        """Whether a norm whose code cannot be seen may be a fused addition and norm."""
        return norm.callee is None or self._adds.get(norm.callee, False)

    def is_block(self, cls: Class) -> bool:
        """Whether a class of the project joins two or more sub-layers to a stream."""
        if self.is_closed(cls):
            return False
        if cls not in self._blocks:
            self._blocks[cls] = False
            graph = self.graph_of(self, cls)
            self._blocks[cls] = len(Residuals(graph).outer) >= 2  # noqa: PLR2004
        return self._blocks[cls]

    def _is_called_norm(self, cls: Class) -> bool:
        return any(is_norm_name(parent.name) for parent in self.parents(cls))


def _each_last(found: list[Parent]) -> tuple[Parent, ...]:
    """Each once, where it stands last: close to Python's own order of lookup."""
    kept: list[Parent] = []
    for parent in reversed(found):
        same = [k for k in kept if k is parent]
        if not same:
            kept.insert(0, parent)
    return tuple(kept)
