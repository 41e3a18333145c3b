"""Sizes that do not fit, as claims: both sizes with where they come from."""

from blocklint.analysis import Block
from blocklint.analysis.mismatches import Mismatch
from blocklint.graph import Dim, Node, Op
from blocklint.rule import Claim, Related, Severity
from blocklint.source import Place

_MODULES = frozenset([Op.LAYER, Op.NORM, Op.BLOCK])


def claim_of(block: Block, found: Mismatch, text: str) -> Claim:
    """The claim that two sizes do not fit, said by `text`.

    `{wanted}` and `{given}` in it are the sizes, `{wanted_by}` and `{given_by}` what
    they come from, `{node}` what they meet at. It is a warning where other settings
    might make them equal.
    """
    message = text.format(
        wanted=_size(block, found.wanted),
        given=_size(block, found.given),
        wanted_by=_named(found.wanted_by),
        given_by=_named(found.given_by),
        node=_named(found.node, line=False),
    )
    severity = None if found.certain else Severity.WARNING
    return Claim(
        _about(found.node), message + _doubt(found), _related(found), None, severity
    )


def _size(block: Block, size: Dim) -> str:
    return block.default.shapes.named(size)


def _named(node: Node | None, line: bool = True) -> str:
    """`self.norm (line 22)`, `x`, `the code`."""
    if node is None:
        return "the code"
    is_module = node.op in _MODULES and (
        node.call.made is not None or not node.call.path
    )
    stored = is_module or node.op is Op.PARAM
    name = f"self.{node.name}" if stored and node.name.isidentifier() else node.name
    return f"{name} (line {node.place.span.line})" if line and node.place else name


def _doubt(found: Mismatch) -> str:
    """Why two sizes that might be equal are not taken to be."""
    if found.certain:
        return ""
    if found.defaults:
        return f" (with the defaults {_listed(found.defaults)})"
    return ", and nothing makes them equal"


def _listed(defaults: tuple[tuple[str, int | float], ...]) -> str:
    return ", ".join(f"{name}={value}" for name, value in defaults)


def _about(node: Node) -> Node | Place:
    """The node, or where its class calls the module whose code it is."""
    if node.is_own:
        return node
    calls = [scope.place for scope in node.scope.chain[1:] if not scope.helper]
    return next((place for place in calls if place is not None), node)


def _related(found: Mismatch) -> tuple[Related, ...]:
    made = found.node.call.made
    marks = [
        (made.place if made is not None else None, "made here"),
        (found.wanted_by.place if found.wanted_by else None, "one size is from here"),
        (found.given_by.place if found.given_by else None, "the other one from here"),
    ]
    if not found.node.is_own:
        marks.insert(0, (found.node.place, "they meet here"))
    return tuple(Related(place, label) for place, label in marks if place is not None)
