"""The norms of a site: which they are, and the code that applies one to a value."""

import re
from collections.abc import Sequence

from blocklint import cst
from blocklint.analysis.block import Site
from blocklint.analysis.placement import Placement
from blocklint.frozen import dataclass
from blocklint.graph import Node, Op, Scope
from blocklint.migration.model import Model, Wired
from blocklint.migration.outcome import Refused
from blocklint.migration.skeleton import NormKey, key_of, path_of
from blocklint.source import Place

_OWN = re.compile(r"\bself\b")


@dataclass(frozen=True)
class Template:
    """A call of a norm with a hole for what it is applied to.

    It can stand in the code of the module `key[0]`, of the class `owner`, as it is. In
    that of a module around it, `self` is what the inner module is called there.
    """

    key: NormKey
    owner: str
    before: str
    after: str

    def on(self, value: str, instead_of_self: str = "self") -> str:
        """The code that norms a value."""
        before, after = (
            _OWN.sub(lambda _: instead_of_self, part)
            for part in (self.before, self.after)
        )
        return f"{before}{value}{after}"

    @property
    def attribute(self) -> str | None:
        """The attribute that holds the norm, if it is simply `self.norm(...)`."""
        found = re.fullmatch(r"self\.(\w+)\(", self.before)
        return found[1] if found and self.after == ")" else None

    def renamed(self, name: str) -> "Template":
        """The same for another attribute of the same object."""
        return Template(
            (self.key[0], name, self.key[2]), self.owner, f"self.{name}(", ")"
        )


@dataclass(frozen=True)
class Norms:
    """The norms of a site by what they do there; `stream` stands on the stream."""

    enter: Template | None = None
    leave: Template | None = None
    stream: Template | None = None

    @property
    def all(self) -> tuple[Template, ...]:
        """Those that there are."""
        every = (self.enter, self.leave, self.stream)
        return tuple(each for each in every if each is not None)


def line_of(site: Site, model: Model) -> int:
    """The line that a refusal about a site names."""
    place = site.add.place
    return place.span.line if place and model.is_here(place) else 1


def norms_of(site: Site, wired: Wired, model: Model) -> Norms:
    """The norms of a site as templates. Raises Refused for what is not that simple."""
    line = line_of(site, model)
    groups: dict[NormKey, Template] = {}
    for norm in site.norms:
        call = template(norm, wired, model, line)
        if groups.setdefault(call.key, call) != call:
            raise Refused(f"{norm.name} is called in several ways", line)
    found = list(groups.values())
    match site.placement, found:
        case (Placement.PRE, [one]):
            return Norms(enter=one)
        case (Placement.OUTPUT, [one]):
            return Norms(leave=one)
        case (Placement.POST | Placement.NORMED_RESIDUAL, [one]):
            return Norms(stream=one)
        case (Placement.PERI, [one, two]):
            return Norms(enter=one, leave=two)
        case (Placement.PREPOST, [one, two]):
            return Norms(enter=one, stream=two)
    raise Refused(_why(site, found), line)


def _why(site: Site, found: Sequence[Template]) -> str:
    role = site.role.value
    match site.placement:
        case Placement.NONE:
            return f"the {role} has no norm that could be moved"
        case Placement.UNKNOWN | Placement.OTHER:
            formula = site.placement.formula
            return f"where the {role} normalises is not understood: {formula}"
    names = ", ".join(each.key[1] for each in found) or "none"
    return f"the norms of the {role} are not one for each place: {names}"


def template(norm: Node, wired: Wired, model: Model, line: int) -> Template:
    """The call that a norm node is, with a hole for its value."""
    call, hole = call_of(norm, wired, model, line)
    start, end = model.layout.ends(call.span)
    hole_start, hole_end = model.layout.ends(hole.span)
    text = model.source.text
    before, after = text[start:hole_start], text[hole_end:end]
    if "\n" in before:
        before = before.rstrip()
    if "\n" in after:
        after = re.sub(r",?\s*$", "", after[: after.rfind(")")]) + ")"
    key, owner = key_of(norm), norm.scope.module.owner
    if key[0] != path_of(norm.scope):  # called from outside, `self.output.norm(x)`
        assert isinstance(call.syntax, cst.Call)
        whole = model.code(Place(call.chunk, call.syntax.func))
        before, owner = f"self.{norm.name}{before.removeprefix(whole)}", key[2]
    return Template(key, owner, before, after)


def call_of(norm: Node, wired: Wired, model: Model, line: int) -> tuple[Place, Place]:
    """The call of a norm in the code, and the argument that is normed.

    Raises Refused unless all else that it is given is the module's own or a constant.
    """
    place = norm.place
    if place is None or not isinstance(place.syntax, cst.Call):
        raise Refused(f"{norm.name} is written out where it is used", line)
    if not model.is_here(place):
        raise Refused(f"{norm.name} is called in another file, {place.path}", line)
    stock = next((s.owner for s in norm.scope.chain if s.helper and s.place), None)
    if stock is not None:  # of helpers, only a layer of torch has a place
        raise Refused(
            f"{norm.name} is inside of nn.{stock}, whose code is torch's", line
        )
    line = place.span.line
    if re.search(r"\.\d+$", norm.name):
        whole, _, item = norm.name.rpartition(".")
        raise Refused(
            f"the norm is item {item} of the nn.Sequential {whole}: make it an "
            "attribute of its own first",
            line,
        )
    if any(read.op is not Op.PARAM for read in norm.reads[1:]):
        raise Refused(f"{norm.name} takes more than the value that it norms", line)
    hole: cst.BaseExpression | None = None
    for arg in place.syntax.args:
        held = wired.held(arg.value, norm.scope)
        if hole is None and held == norm.reads[:1] and not arg.star:
            hole = arg.value
        elif not _is_settled(arg.value):
            raise Refused(f"{norm.name} takes more than the value that it norms", line)
    if hole is None:
        raise Refused(f"what {norm.name} is applied to is not seen here", line)
    return place, Place(place.chunk, hole)


def _is_settled(syntax: cst.BaseExpression) -> bool:
    """Whether an argument is the same wherever in the module it is written."""
    match syntax:
        case cst.Integer() | cst.Float() | cst.SimpleString() | cst.Name("None"):
            return True
        case cst.Name("True" | "False"):
            return True
        case cst.Attribute(value=cst.Name("self")):
            return True
        case cst.Attribute(value=inner):
            return _is_settled(inner)
        case cst.Tuple(elements) | cst.List(elements):
            return all(_is_settled(element.value) for element in elements)
    return False


def reach(scope: Scope, key: NormKey, wired: Wired, model: Model) -> str | None:
    """What `self` of a norm's module is called in the code of a module around it.

    None if the norm's module is not below the one whose code this is.
    """
    here, there = path_of(scope), key[0]
    if there[: len(here)] != here:
        return None
    if here == there:
        return "self"
    below = _scopes(wired, there)
    return None if below is None else _named(below[len(here) :], model)


def _scopes(wired: Wired, path: tuple[str, ...]) -> list[Scope] | None:
    """The modules of a path, as some node of the graph was made in them."""
    for node in wired.graph.nodes:
        chain = [each for each in node.scope.chain if not each.helper]
        if len(chain) >= len(path) and path_of(chain[len(path) - 1]) == path:
            return chain[: len(path)]
    return None


def _named(below: Sequence[Scope], model: Model) -> str | None:
    """How code calls a module, and what is in it: `self.output`, `block.fn.net[1]`."""
    said = ""
    for number, scope in enumerate(below):
        match scope.place:
            case Place(syntax=cst.Call(func=func)) as place if model.is_here(place):
                named = model.code(Place(place.chunk, func))
            case _:
                return None
        if not re.fullmatch(r"[\w.\[\]]+", named):
            return None
        named += "".join(f"[{item}]" for item in re.findall(r"\.(\d+)", scope.name))
        if number:
            if not named.startswith("self."):
                return None
            named = said + named.removeprefix("self")
        said = named
    return said or None
