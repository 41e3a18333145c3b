"""Sizes that do not fit, as claims: both sizes with where they come from."""

from blocklint.analysis import Block
from blocklint.analysis.mismatches import Half, Mismatch
from blocklint.graph import Dim, Node
from blocklint.rule import Claim, Related, Severity
from blocklint.source import Place
from blocklint.wording import named, operand_of, place_of


def claim_of(block: Block, found: Mismatch, text: str) -> Claim:
    """The claim that two sizes do not fit, said by `text`.

    `{node}` in it is what they meet at, `{wanted}` and `{given}` are the sizes with
    what they come from, `{wanted_size}` and `{given_size}` without; `{made}` is where
    the layer was made. It is a warning where other settings might make them equal.
    """
    here = _seen_from(found.node)
    ways = _told(block, found)
    message = text.format(
        node=named(found.node),
        wanted=ways[0],
        given=ways[1],
        wanted_size=size_of(block, found.wanted.size),
        given_size=size_of(block, found.given.size),
        made=_made(found, here),
    )
    severity = None if found.certain else Severity.WARNING
    related = _related(found)
    return Claim(
        about(found.node),
        message + (_once(found) or doubt(found.certain, found.defaults)),
        related,
        None,
        severity,
    )


def size_of(block: Block, size: Dim) -> str:
    """A size as its reader would write it: `(n_heads + 1) * d_model / n_heads`."""
    common, rest = size.factored()
    if len(rest.terms) > 1 and common.atoms:
        shapes = block.default.shapes
        return shapes.named(common * Dim.of(shapes.named(rest)))
    return block.default.shapes.named(size)


def doubt(certain: bool, defaults: tuple[tuple[str, int | float], ...]) -> str:
    """Why two sizes that might be equal are not taken to be."""
    if certain:
        return ""
    if defaults:
        listed = ", ".join(f"{name}={value}" for name, value in defaults)
        return f" (with the defaults {listed})"
    return ", and nothing makes them equal"


def _once(found: Mismatch) -> str:
    return f", once {found.once} has a value of its own" if found.once else ""


def about(node: Node) -> Node | Place:
    """The node, or where its class calls the module whose code it is."""
    if node.is_own:
        return node
    calls = [scope.place for scope in node.scope.chain[1:] if not scope.helper]
    return next((place for place in calls if place is not None), node)


def _seen_from(node: Node) -> Place | None:
    """Where a claim about a node stands."""
    match about(node):
        case Place() as place:
            return place
        case Node(place=place):
            return place
    return None


def _told(block: Block, found: Mismatch) -> tuple[str, str]:
    """Both sizes with their origins; two from one origin with the operands' text."""
    halves = found.wanted, found.given
    sizes = [size_of(block, half.size) for half in halves]
    texts = [operand_of(found.node, half.of) for half in halves]
    by = [half.by for half in halves]
    if by[0] is by[1] and None not in texts and texts[0] != texts[1]:
        return f"{sizes[0]} of {texts[0]}", f"{sizes[1]} of {texts[1]}"
    one, two = (
        f"{size} from {_origin(found, half)}"
        for size, half in zip(sizes, halves, strict=True)
    )
    return one, two


def _origin(found: Mismatch, half: Half) -> str:
    """`self.norm (line 22)`, `x (self.norm at line 22 reads it)`, `the code`."""
    if half.by is None:
        return "the code"
    name = named(half.by)
    if half.read_by is not None and half.read_by is not found.node:
        line = place_of(half.read_by.place, _seen_from(found.node))
        return f"{name} ({named(half.read_by)} at {line} reads it)"
    line = place_of(half.by.place, _seen_from(found.node))
    return f"{name} ({line})" if line else name


def _made(found: Mismatch, here: Place | None) -> str:
    """` (line 14)`, where a layer is made; where a weight is its own, that."""
    if found.wanted.by is not None:
        return f" as {_origin(found, found.wanted)}"
    made = found.node.call.made
    line = place_of(made.place, here) if made is not None else ""
    return f" ({line})" if line else ""


def _related(found: Mismatch) -> tuple[Related, ...]:
    made = found.node.call.made
    one, two = found.wanted, found.given
    marks = [
        (made.place if made is not None else None, "made here"),
        (one.by.place if one.by else None, "one size is from here"),
        (two.by.place if two.by else None, "the other one from here"),
    ]
    marks += [
        (half.read_by.place, "this tells the size")
        for half in (one, two)
        if half.read_by is not None and half.read_by is not found.node
    ]
    if not found.node.is_own:
        marks.insert(0, (found.node.place, "they meet here"))
    return tuple(Related(place, label) for place, label in marks if place is not None)
