"""A norm for a stack, made as its blocks make theirs, in the words of the stack."""

from collections.abc import Iterator, Mapping, Sequence

from blocklint import cst
from blocklint.bare import expression_of
from blocklint.migration.edits import Cut, applied, function_of
from blocklint.migration.making import assignments, maker_of
from blocklint.migration.model import Model
from blocklint.source import Chunk, Place
from blocklint.trees import children, nodes_of

Words = Mapping[str, str | None]  # what a parameter is in the code of a stack
_DEEPEST = 4  # attributes that are set from attributes
_TIGHT = (cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.BaseNumber)


def made_alike(
    model: Model, stack: str, owners: Sequence[str], last: str, attribute: str
) -> str | None:
    """The text in which a stack makes a norm as its block makes the norm `last`.

    `owners` are the classes that hold it, from the block inwards. None where the stack
    does not make its blocks itself, or where the size of the norm cannot be told in its
    constructor.
    """
    home = model.chunk_of(stack)
    inner = [owner for owner in owners if owner != stack]
    call = _making(home, inner[0]) if home and inner else None
    if home is None or call is None:
        return None
    code = _norm_in_words_of(model, [stack, *inner], last)
    if code is None:
        return None
    statement = _outer_statement(Place(home, call))
    if statement is None:
        return None
    span = home.span(statement)
    margin = model.layout.margin(span.line)
    _, end = model.layout.whole_lines(span)
    line = f"{margin}self.{attribute} = {code}\n"
    return applied(model.source.text, [Cut(end, end, line)])


def _norm_in_words_of(model: Model, classes: Sequence[str], last: str) -> str | None:
    """How the last of some classes makes its norm, in the words of the first."""
    words: list[Words] = []
    for number in range(1, len(classes)):
        found = _words(model, classes[: number + 1], words)
        if found is None:
            return None
        words.append(found)
    maker = maker_of(classes[-1], last, model)
    chunk = model.chunk_of(maker) if maker else None
    made = (
        next((value for _, value in assignments(chunk, last)), None) if chunk else None
    )
    if chunk is None or not isinstance(made, cst.Call):
        return None
    return _in_words_of(made, words[-1], chunk, model, 0)


def _words(
    model: Model, classes: Sequence[str], known: Sequence[Words]
) -> Words | None:
    """The parameters of the last class, given by the nearest one that makes it."""
    inner = model.chunk_of(classes[-1])
    for number in range(len(classes) - 2, -1, -1):
        chunk = model.chunk_of(classes[number])
        call = _making(chunk, classes[-1]) if chunk else None
        if chunk is not None and call is not None and inner is not None:
            outer = known[number - 1] if number else None
            return _given(call, inner, chunk, outer, model)
    return None


def _making(chunk: Chunk, block: str) -> cst.Call | None:
    """Where a class makes a block, `Block(...)`."""
    for node in nodes_of(chunk.tree):
        match node:
            case cst.Call(func=cst.Name(name)) if name == block:
                function = function_of(Place(chunk, node))
                if isinstance(function, cst.Lambda):
                    return None
                return node
    return None


def _outer_statement(place: Place) -> cst.CSTNode | None:
    """The statement of the constructor itself that a place is in."""
    path = [place.syntax, *place.around()]
    for inner, body, outer in zip(path, path[1:], path[2:], strict=False):
        if isinstance(outer, cst.FunctionDef) and isinstance(body, cst.IndentedBlock):
            return inner if outer.name.value == "__init__" else None
    return None


def _given(
    call: cst.Call, chunk: Chunk, maker: Chunk, outer: Words | None, model: Model
) -> Words | None:
    """What each parameter of a constructor is in the words of a stack.

    `outer` are those of the class that makes it, if that is not the stack itself. None
    for a parameter that is not given and that has no plain default.
    """
    init = _constructor(chunk)
    if init is None:
        return None
    parameters = [*init.params.params[1:], *init.params.kwonly_params]
    given = {each.name.value: _constant(each.default, chunk) for each in parameters}
    positional = [each.name.value for each in init.params.params[1:]]
    for arg in call.args:
        name = arg.keyword.value if arg.keyword else next(iter(positional), None)
        if arg.star or name is None:
            return None
        positional = [each for each in positional if each != name]
        if outer is None:
            given[name] = model.code(Place(maker, arg.value))
        else:
            given[name] = _in_words_of(arg.value, outer, maker, model, 0)
    return given


def _constant(default: cst.BaseExpression | None, chunk: Chunk) -> str | None:
    plain = (cst.Integer, cst.Float, cst.SimpleString, cst.Name, cst.Attribute)
    if isinstance(default, plain):
        return chunk.code(default)
    return None


def _constructor(chunk: Chunk) -> cst.FunctionDef | None:
    for node in nodes_of(chunk.tree):
        if isinstance(node, cst.FunctionDef) and node.name.value == "__init__":
            return node
    return None


def _in_words_of(
    value: cst.BaseExpression,
    given: Words,
    chunk: Chunk,
    model: Model,
    depth: int,
) -> str | None:
    """An expression of a block's constructor as its maker would write it."""
    swaps: dict[cst.CSTNode, str] = {}
    for node in _leaves(value):
        match node:
            case cst.Attribute(cst.Name("self"), cst.Name(name)):
                made = [set_to for _, set_to in assignments(chunk, name)]
                if len(made) != 1 or depth == _DEEPEST:
                    return None
                code = _in_words_of(made[0], given, chunk, model, depth + 1)
            case cst.Name(name) if name in given:
                code = given[name]
            case cst.Name("self"):
                return None
            case cst.Name(name):
                code = name if _is_global(name, chunk, model) else None
            case _:
                continue
        if code is None:
            return None
        swaps[node] = code
    return _swapped(value, swaps, chunk, model)


def _swapped(
    value: cst.BaseExpression,
    swaps: Mapping[cst.CSTNode, str],
    chunk: Chunk,
    model: Model,
) -> str:
    start, end = model.layout.ends(chunk.span(value))
    cuts = []
    for old, code in swaps.items():
        first, last = model.layout.ends(chunk.span(old))
        loose = not isinstance(expression_of(code), _TIGHT)
        inner = loose and old is not value and not code.startswith("(")
        cuts.append(Cut(first - start, last - start, f"({code})" if inner else code))
    return applied(model.source.text[start:end], cuts)


def _leaves(value: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The names that an expression reads, `self.x` as one of them."""
    match value:
        case cst.Name() | cst.Attribute(cst.Name("self"), _):
            yield value
        case cst.Attribute(value=inner):
            yield from _leaves(inner)
        case cst.Arg(value=inner):
            yield from _leaves(inner)
        case _:
            for child in children(value):
                yield from _leaves(child)


def _is_global(name: str, chunk: Chunk, model: Model) -> bool:
    """Whether a name is one of the file or of Python, and no local of a constructor."""
    init = _constructor(chunk)
    local = init is not None and any(
        isinstance(node, cst.AssignTarget)
        and isinstance(node.target, cst.Name)
        and node.target.value == name
        for node in nodes_of(init)
    )
    known = any(name in each.names for each in model.source.outline)
    return not local and (known or name in ("int", "float", "True", "False", "None"))
