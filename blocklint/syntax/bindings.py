"""The names of one function: where it binds them, and where it reads them, in order.

This is text order, with what a loop adds to it. A name that an inner function reads,
or that only some ways rebind, counts as read: the question is what is certain.
"""

from collections.abc import Iterator

from blocklint import cst
from blocklint.frozen import dataclass
from blocklint.lazy import cached_property
from blocklint.source import Place
from blocklint.trees import children, find_all

_LOOPS = (cst.For, cst.While)
_INNER = (cst.FunctionDef, cst.Lambda, cst.ClassDef)


@dataclass(frozen=True, eq=False)
class Occurrence:
    """One mention of a name, in the statements that enclose it, outermost first."""

    syntax: cst.Name
    binds: bool
    inside: tuple[cst.CSTNode, ...]

    @property
    def name(self) -> str:
        """The name."""
        return self.syntax.value

    def is_sure_after(self, other: "tuple[cst.CSTNode, ...]") -> bool:
        """Whether it happens whenever the code after a statement goes on."""
        return len(self.inside) <= len(other) and all(
            mine is theirs for mine, theirs in zip(self.inside, other, strict=False)
        )


class Bindings:
    """The names of the function that a piece of code stands in."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.path = (*reversed([*place.chunk.around(place.syntax)]), place.syntax)
        found = [n for n in self.path[:-1] if isinstance(n, _INNER)]
        inner = found[-1] if found else None
        self.function = inner if isinstance(inner, cst.FunctionDef) else None

    @cached_property
    def occurrences(self) -> tuple[Occurrence, ...]:
        """Every mention of a name in the function, in the order of running."""
        if self.function is None:
            return ()
        return tuple(_mentions(self.function.body, ()))

    @property
    def statement(self) -> cst.BaseSmallStatement | None:
        """The small statement that the code stands in."""
        small = [n for n in self.path if isinstance(n, cst.BaseSmallStatement)]
        return small[-1] if small else None

    @property
    def inside(self) -> tuple[cst.CSTNode, ...]:
        """The suites of the function that enclose the code, outermost first."""
        return _suites(self.path)

    @property
    def targets(self) -> tuple[cst.BaseExpression, ...]:
        """What the statement of the code assigns to."""
        match self.statement:
            case cst.Assign(targets):
                return tuple(each.target for each in targets)
            case cst.AnnAssign(target):
                return (target,)
        return ()

    @property
    def value(self) -> cst.BaseExpression | None:
        """What the statement of the code assigns."""
        match self.statement:
            case cst.Assign(value=value) | cst.AnnAssign(value=value):
                return value
        return None

    def of(self, name: str) -> list[Occurrence]:
        """The mentions of one name, in the order of running."""
        return [each for each in self.occurrences if each.name == name]

    def own(self, name: str) -> list[Occurrence]:
        """The mentions of a name in the statement of the code."""
        numbers = set(self._own)
        return [each for each in self.of(name) if self._at(each) in numbers]

    def after(self, name: str) -> list[Occurrence]:
        """The mentions of a name in later statements."""
        end = self._end
        return [each for each in self.of(name) if self._at(each) > end]

    def last_value(self, name: str) -> cst.BaseExpression | None:
        """What an earlier statement last assigned to a name, if it is that simple."""
        earlier = [o for o in self.of(name) if o.binds and self._at(o) < self._start]
        if self.function is None or not earlier:
            return None
        for each in find_all(self.function, cst.Assign):
            match each:
                case cst.Assign([cst.AssignTarget(target)], value):
                    if target is earlier[-1].syntax:
                        return value
        return None

    def is_read_later(self, name: str) -> bool:
        """Whether what the statement binds to a name may still be read."""
        if self.function is None or any(_is_in_inner(o) for o in self.of(name)):
            return True
        loop = next((n for n in reversed(self.path) if isinstance(n, _LOOPS)), None)
        for later in self.after(name):
            if loop is not None and loop.body not in later.inside:
                break
            return not (later.binds and later.is_sure_after(self.inside))
        else:
            return loop is not None and self._is_read_in(loop, name)
        return True

    def _is_read_in(self, loop: cst.For | cst.While, name: str) -> bool:
        return any(not o.binds and loop.body in o.inside for o in self.of(name))

    def is_bound_between(self, name: str, later: "Bindings") -> bool:
        """Whether a name may be rebound after this statement and before a later one."""
        end, start = self._end, later._start
        return any(
            each.binds and end < self._at(each) < start for each in self.of(name)
        )

    def runs_before(self, later: "Bindings") -> bool:
        """Whether a later statement of the function never runs without this one."""
        outer = self.inside
        return (
            self.function is not None
            and self.function is later.function
            and self._end < later._start
            and len(outer) <= len(later.inside)
            and all(a is b for a, b in zip(outer, later.inside, strict=False))
        )

    @property
    def has_result(self) -> bool:
        """Whether the function returns something."""
        return self.function is not None and any(
            each.value is not None for each in find_all(self.function, cst.Return)
        )

    @property
    def names(self) -> frozenset[str]:
        """Every name that the function mentions, its parameters too."""
        if self.function is None:
            return frozenset()
        parameters = self.function.params
        every = (
            *parameters.posonly_params,
            *parameters.params,
            *parameters.kwonly_params,
            parameters.star_arg,
            parameters.star_kwarg,
        )
        given = {p.name.value for p in every if isinstance(p, cst.Param)}
        return frozenset(given | {each.name for each in self.occurrences})

    @cached_property
    def _order(self) -> dict[int, int]:
        return {id(each.syntax): i for i, each in enumerate(self.occurrences)}

    def _at(self, occurrence: Occurrence) -> int:
        return self._order[id(occurrence.syntax)]

    @cached_property
    def _own(self) -> list[int]:
        """The numbers of the mentions in the statement of the code."""
        if self.statement is None:
            return []
        names = [each.syntax for each in _mentions(self.statement, ())]
        return [self._order[id(n)] for n in names if id(n) in self._order]

    @property
    def _start(self) -> float:
        return min(self._own, default=float("inf"))

    @property
    def _end(self) -> float:
        return max(self._own, default=float("inf"))


def changed_in_place(place: Place | None) -> str | None:
    """The name whose tensor a statement changes, `x += y` or `x.add_(y)`, if one does.

    Whatever else holds the same tensor sees the change.
    """
    match place:
        case Place(syntax=cst.AugAssign(cst.Name(name))):
            return name
        case Place(
            syntax=cst.Call(cst.Attribute(cst.Name(name), cst.Name(method)))
        ) if method.endswith("_"):
            return name
    return None


def _suites(path: tuple[cst.CSTNode, ...]) -> tuple[cst.CSTNode, ...]:
    found: list[cst.CSTNode] = []
    for node in path:
        if isinstance(node, _INNER):
            found = []
        elif isinstance(node, cst.BaseSuite):
            found.append(node)
    return tuple(found)


def _is_in_inner(occurrence: Occurrence) -> bool:
    return any(isinstance(node, _INNER) for node in occurrence.inside)


def _mentions(
    node: cst.CSTNode, inside: tuple[cst.CSTNode, ...]
) -> Iterator[Occurrence]:
    """The names that a piece of code reads and binds, in the order of running."""
    match node:
        case cst.Name():
            yield Occurrence(node, False, inside)
        case cst.Attribute(value) | cst.Arg(value):
            yield from _mentions(value, inside)
        case cst.Annotation():
            return
        case cst.Assign() | cst.AnnAssign() | cst.AugAssign():
            yield from _assigned(node, inside)
        case cst.AsName(name):
            yield from _bound(name, inside)
        case cst.For(target, iterated, body):
            yield from _mentions(iterated, inside)
            yield from _bound(target, (*inside, body))
            yield from _mentions(body, inside)
            yield from _mentions(node.orelse, inside) if node.orelse else ()
        case cst.BaseSuite() | cst.FunctionDef() | cst.Lambda() | cst.ClassDef():
            for child in children(node):
                yield from _mentions(child, (*inside, node))
        case _:
            for child in children(node):
                yield from _mentions(child, inside)


def _assigned(
    node: cst.Assign | cst.AnnAssign | cst.AugAssign, inside: tuple[cst.CSTNode, ...]
) -> Iterator[Occurrence]:
    """The names that an assignment reads, then those that it binds."""
    if node.value is not None:
        yield from _mentions(node.value, inside)
    match node:
        case cst.Assign(targets):
            for each in targets:
                yield from _bound(each.target, inside)
        case cst.AugAssign(target):
            yield from _mentions(target, inside)
            yield from _bound(target, inside)
        case cst.AnnAssign(target):
            yield from _bound(target, inside)


def _bound(
    target: cst.BaseExpression, inside: tuple[cst.CSTNode, ...]
) -> Iterator[Occurrence]:
    match target:
        case cst.Name():
            yield Occurrence(target, True, inside)
        case cst.Tuple(elements) | cst.List(elements):
            for element in elements:
                yield from _bound(element.value, inside)
        case _:
            yield from _mentions(target, inside)
