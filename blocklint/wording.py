"""What values and modules are called in messages, as the code itself calls them."""

from blocklint import cst
from blocklint.graph import Argument, Node, Op, Scope
from blocklint.source import Place

_LONGEST = 40  # characters of code in a message
_SIDES = 2
_SIGNS = {"matmul": "@"}


def named(node: Node) -> str:
    """`self.attn.proj`, `x`, `@`, `view`."""
    if node.op is Op.INPUT:
        return node.name
    if node.member or node.op in (Op.PARAM, Op.NORM, Op.BLOCK):
        own = _own_name(node)
        for scope in reversed(node.scope.chain[1:]):
            if scope.owner and not scope.helper:
                own = _inside(scope, own)
        return own
    if isinstance(_syntax(node.place), cst.BinaryOperation):
        return _SIGNS.get(node.name, node.name)
    return node.name


def place_of(place: Place | None, seen_from: Place | None) -> str:
    """`line 22`, or `line 22 of layers.py` (`of cell 3`) where that is another one."""
    if place is None:
        return ""
    span = place.shown_span
    line = f"line {span.line}"
    if seen_from is not None and seen_from.path != place.path:
        return f"{line} of {place.path.rpartition('/')[2]}"
    if seen_from is not None and seen_from.shown_span.cell != span.cell:
        return f"{line} of cell {span.cell}"
    return line


def operand_of(node: Node, value: Node | None) -> str | None:
    """How the code at a node writes a value that it reads: `k.transpose(1, 2)`."""
    if value is None or node.place is None:
        return None
    written = next((s for v, s in _operands(node) if v is value), None)
    return _code(node.place, written) if written is not None else None


def _operands(node: Node) -> list[tuple[Argument, cst.CSTNode]]:
    """What a node reads, each with the syntax that stands for it."""
    match _syntax(node.place):
        case (
            cst.BinaryOperation(left=one, right=two)
            | cst.AugAssign(target=one, value=two)
        ) if len(node.reads) == _SIDES:
            return list(zip(node.reads, (one, two), strict=True))
        case cst.Call(func=func, args=args) if not any(a.star for a in args):
            given = [a.value for a in args if a.keyword is None]
            method = [func.value] if isinstance(func, cst.Attribute) else []
            values = node.call.positional
            written = given if len(values) == len(given) else [*method, *given]
            if len(values) == len(written):
                pairs = zip(values, written, strict=True)
                return [inner for pair in pairs for inner in _flat(*pair)]
    return []


def _flat(value: Argument, written: cst.CSTNode) -> list[tuple[Argument, cst.CSTNode]]:
    """An argument, or each of a list of them."""
    match value, written:
        case tuple(), cst.List(elements=items) | cst.Tuple(elements=items):
            if len(items) == len(value):
                inner = [item.value for item in items]
                return list(zip(value, inner, strict=True))
    return [(value, written)]


def _own_name(node: Node) -> str:
    """What the code around a module's call calls it."""
    if node.op is Op.PARAM:
        return f"self.{node.name}" if node.name.isidentifier() else node.name
    return _called(node.name, node.place)


def _inside(scope: Scope, inner: str) -> str:
    """A name from the code of a module, as the code that calls that module sees it."""
    outer = _called(scope.name, scope.place)
    own, _, rest = inner.partition(".")
    return f"{outer}.{rest}" if own == "self" else f"{inner} of {outer}"


def _called(name: str, place: Place | None) -> str:
    """The function of a call as it is written; `.1` behind it in an nn.Sequential."""
    syntax = _syntax(place)
    head, dot, index = name.partition(".")
    if place is not None and isinstance(syntax, cst.Call):
        written = _code(place, syntax.func)
        if written is not None and written.rpartition(".")[2].startswith(head):
            return f"{written}{dot}{index}"
    plain = all(part.isidentifier() or part.isdigit() for part in name.split("."))
    return f"self.{name}" if plain else name


def _syntax(place: Place | None) -> cst.CSTNode | None:
    return place.syntax if place is not None else None


def _code(place: Place, syntax: cst.CSTNode) -> str | None:
    """The text of some code, if it is short."""
    text = place.chunk.code(syntax)
    return text if len(text) <= _LONGEST and "\n" not in text else None
