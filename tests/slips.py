"""Correct code with one slip in it: a width, a head count, an axis or a concat.

Each slip is one that people make: `4 * d` where `d` was meant, two axes exchanged, a
`transpose` forgotten, one part of a `cat` left out. Nothing here knows whether a slip
does any harm: whoever uses them runs the code to find out.
"""

import ast
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from edits import Edit, Text

Slip = tuple[str, Edit]

_LAYERS_WITH_TWO = 2
_SHAPING = frozenset(["view", "reshape", "expand", "repeat", "unflatten", "tile"])
_DIVIDING = frozenset(["chunk", "split", "tensor_split", "split_with_sizes"])
_JOINING = frozenset(["cat", "concat", "stack", "hstack", "vstack"])
_PRODUCTS = frozenset(["matmul", "bmm"])
_TURNING = frozenset(["transpose", "permute", "movedim", "swapaxes"])
_FOLDING = frozenset(["flatten", "unflatten", "unsqueeze", "squeeze", "mean"])
_DROPPED = _TURNING | _FOLDING | {"view", "reshape"}
_OVER = frozenset(["chunk", "split", "softmax", "log_softmax", "unbind", "sum"])
_BY_AXIS = _TURNING | _FOLDING | _OVER | {"cat", "concat", "stack"}
_PATTERNS = frozenset(["rearrange", "repeat", "reduce", "Rearrange", "Reduce"])
_AXES = ("dim", "axis", "dim0", "dim1", "start_dim", "end_dim")
_NO_LAYERS = frozenset(["Dropout", "ModuleList", "ModuleDict", "Sequential"])


@dataclass(frozen=True)
class Mutant:
    """A file with one slip: its kind, where it is, and the code before and after."""

    kind: str
    scope: str
    line: int
    before: str
    after: str
    text: str


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of a file, each once, in the order of the lines."""
    text = Text(source)
    for statement in ast.parse(source).body:
        scope = getattr(statement, "name", "")
        if not scope:
            continue
        seen: set[str] = set()
        for kind, edit in _slips(statement, text):
            made = text.edited(edit)
            if edit.new == text.of(edit) or made in seen:
                continue
            seen.add(made)
            line = text.line(edit.start)
            yield Mutant(kind, scope, line, text.of(edit), edit.new, made)


def _slips(statement: ast.stmt, text: Text) -> Iterator[Slip]:
    names = Names.of(statement)
    for node in ast.walk(statement):
        match node:
            case ast.Call():
                yield from _in_call(node, names, text)
            case ast.BinOp():
                yield from _in_arithmetic(node, text)
            case ast.Attribute(attr="T" | "mT", value=value):
                yield "transpose dropped", text.put(node, text.code(value))
            case ast.Assign(targets=[target], value=value):
                yield from _in_assignment(target, value, text)
            case ast.FunctionDef(name="__init__"):
                yield from _in_defaults(node, text)
            case ast.AnnAssign(value=ast.Constant(value=int() as number)) as stated:
                if stated.value is not None and number > 1:
                    for other in _other_numbers(number):
                        yield "default", text.put(stated.value, other)
            case ast.Subscript():
                yield from _in_subscript(node, text)


@dataclass(frozen=True)
class Names:
    """What a class calls its layers, and the settings that its layers are made with."""

    layers: tuple[str, ...]
    settings: tuple[str, ...]

    @classmethod
    def of(cls, statement: ast.stmt) -> "Names":
        """The names of one class, as its `__init__` uses them."""
        layers, settings = dict[str, None](), dict[str, None]()
        asked = {
            argument.arg
            for node in ast.walk(statement)
            if isinstance(node, ast.FunctionDef) and node.name == "__init__"
            for argument in (*node.args.args, *node.args.kwonlyargs)
        }
        for node in ast.walk(statement):
            match node:
                case ast.Assign(
                    targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)],
                    value=ast.Call() as call,
                ) if _called(call)[:1].isupper():
                    layers[name] = None
                case ast.Call() if _is_layer(node):
                    for each in node.args:
                        text = ast.unparse(each)
                        named = isinstance(each, ast.Name | ast.Attribute)
                        if named and text.split(".")[0] in asked and text.isascii():
                            settings[text] = None
        whole = {text.split(".")[0] for text in settings if "." in text}
        return cls(tuple(layers), tuple(t for t in settings if t not in whole))


def _in_call(call: ast.Call, names: Names, text: Text) -> Iterator[Slip]:
    name = _called(call)
    if _is_layer(call):
        yield from _layer(call, names, text)
    if name == "size" and call.args:
        yield from _index(call.args[0], text)
    for words, slips in _BY_NAME:
        if name in words:
            yield from slips(call, text)
    for keyword in call.keywords:
        if keyword.arg == "keepdim" and isinstance(keyword.value, ast.Constant):
            other = str(not keyword.value.value)
            yield "keepdim changed", text.put(keyword.value, other)
    yield from _sublayer(call, names, text)


def _dropped(call: ast.Call, text: Text) -> Iterator[Slip]:
    """A method that is not called: `x.transpose(1, 2)` becomes `x`."""
    if isinstance(call.func, ast.Attribute) and not _is_module(call.func.value):
        kind = "transpose" if call.func.attr in _TURNING else "reshape"
        yield f"{kind} dropped", text.put(call, text.code(call.func.value))


def _operands(call: ast.Call, text: Text) -> Iterator[Slip]:
    if len(call.args) == 2:
        yield "operands swapped", text.swapped(*call.args)


def _layer(call: ast.Call, names: Names, text: Text) -> Iterator[Slip]:
    """Widths that a layer, or a part of one's own, is made with."""
    kind = "attention setting" if "Attention" in _called(call) else "width"
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    for value in values:
        if not _is_number(value):
            continue
        for other in _other_widths(value, text):
            yield kind, text.put(value, other)
        for setting in names.settings:
            if setting != text.code(value):
                yield "another setting", text.put(value, setting)
    numbers = [value for value in values if _is_number(value)]
    for one, two in itertools.pairwise(numbers):
        if text.code(one) != text.code(two):
            yield "arguments swapped", text.swapped(one, two)


def _other_widths(value: ast.expr, text: Text) -> Iterator[str]:
    code = text.closed(value)
    match value:
        case ast.Constant(value=int() as number):
            yield from _other_numbers(number)
        case ast.Tuple() | ast.List():
            for one, two in zip(value.elts, value.elts[1:], strict=False):
                yield text.with_swapped(value, one, two)
        case _:
            yield f"4 * {code}"
            yield f"2 * {code}"
            yield f"{code} // 2"
            yield f"{code} + 1"
            yield from _less(value, text)


def _less(value: ast.expr, text: Text) -> Iterator[str]:
    """A product, a quotient or a sum with one of its parts left out."""
    match value:
        case ast.BinOp(left=left, op=ast.Mult() | ast.Add(), right=right):
            for part in (left, right):
                if not isinstance(part, ast.Constant):
                    yield text.code(part)
        case ast.BinOp(left=left, op=ast.FloorDiv() | ast.Sub()):
            yield text.code(left)


def _other_numbers(number: int) -> Iterator[str]:
    yield str(2 * number)
    yield str(number + 1)
    if number > 3:
        yield str(number // 2)
    if number > 1:
        yield str(number - 1)


def _in_arithmetic(node: ast.BinOp, text: Text) -> Iterator[Slip]:
    if isinstance(node.op, ast.MatMult):
        yield "operands swapped", text.swapped(node.left, node.right)
    if not isinstance(node.op, ast.Mult | ast.FloorDiv):
        return
    for less in _less(node, text):
        yield "factor dropped", text.put(node, less)
    for part in (node.left, node.right):
        match part:
            case ast.Constant(value=int() as number) if number > 1:
                for other in (number + 1, number - 1):
                    yield "factor changed", text.put(part, str(other))


def _in_assignment(target: ast.expr, value: ast.expr, text: Text) -> Iterator[Slip]:
    """Settings that are kept or worked out, and shapes that are unpacked."""
    match target, value:
        case (ast.Tuple(elts=names), ast.Attribute(attr="shape") | ast.Call()):
            of_shape = isinstance(value, ast.Attribute) or _called(value) == "size"
            for one, two in itertools.pairwise(names) if of_shape else ():
                if text.code(one) != text.code(two):
                    yield "unpacked in another order", text.swapped(one, two)
        case (ast.Name() | ast.Attribute(), ast.BinOp() | ast.Name() | ast.Attribute()):
            if _is_number(value):
                code = text.closed(value)
                for other in (f"{code} + 1", f"2 * {code}", f"{code} // 2"):
                    yield "kept setting", text.put(value, other)


def _in_defaults(init: ast.FunctionDef, text: Text) -> Iterator[Slip]:
    for default in (*init.args.defaults, *init.args.kw_defaults):
        match default:
            case ast.Constant(value=int() as number) if number > 1:
                for other in (*_other_numbers(number), "7"):
                    yield "default", text.put(default, other)


def _in_subscript(node: ast.Subscript, text: Text) -> Iterator[Slip]:
    if isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
        yield from _index(node.slice, text)
        return
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    for part in parts:
        if isinstance(part, ast.Slice):
            for bound in (part.lower, part.upper):
                if bound is not None and _is_number(bound):
                    code = text.closed(bound)
                    for other in (f"{code} + 1", f"2 * {code}"):
                        yield "slice", text.put(bound, other)
        elif isinstance(part, ast.Constant) and part.value is None and len(parts) > 1:
            yield "new axis dropped", text.without(part, parts)


def _index(index: ast.expr, text: Text) -> Iterator[Slip]:
    for other in _other_axes(index):
        yield "size of another axis", text.put(index, other)


def _other_axes(axis: ast.expr) -> Iterator[str]:
    others = {0: (1, 2), 1: (0, 2), 2: (1, -1), 3: (2, 1)}
    match axis:
        case ast.Constant(value=int() as number) if number in others:
            yield from map(str, others[number])
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as number)):
            yield from map(str, {1: (-2, 1), 2: (-1, 1), 3: (-2,)}.get(number, ()))


def _sizes(call: ast.Call, text: Text) -> Iterator[Slip]:
    """Sizes of a reshape, the number or the sizes of pieces."""
    sizes: list[ast.expr] = []
    for each in call.args[_first(call) :]:
        sizes += each.elts if isinstance(each, ast.Tuple | ast.List) else [each]
    kind = "pieces" if _called(call) in _DIVIDING else "reshape"
    if _called(call) in _DIVIDING:
        sizes = [each for each in sizes if not _is_axis(each)]
    for one, two in itertools.pairwise(sizes):
        if text.code(one) != text.code(two) and not isinstance(one, ast.Starred):
            yield f"{kind} swapped", text.swapped(one, two)
    for size in sizes:
        if _is_number(size):
            for other in _other_widths(size, text):
                yield f"{kind} size", text.put(size, other)


def _first(call: ast.Call) -> int:
    """Where the arguments start that are no tensor: `torch.cat(x)`, not `x.cat()`."""
    func = call.func
    free = isinstance(func, ast.Name) or _is_module(getattr(func, "value", func))
    return int(free)


def _is_module(value: ast.expr) -> bool:
    return isinstance(value, ast.Name) and value.id in ("torch", "F", "nn", "einops")


def _axes(call: ast.Call, text: Text) -> Iterator[Slip]:
    """Axes that are named by number."""
    axes = [each for each in call.args[_first(call) :] if _is_axis(each)]
    for each in call.args:
        if isinstance(each, ast.Tuple) and all(map(_is_axis, each.elts)):
            axes += each.elts
    if _called(call) in ("chunk", "split", "cat", "stack", "unflatten") and axes:
        axes = axes[-1:] if len(call.args) > 1 else []
    axes += [word.value for word in call.keywords if word.arg in _AXES]
    if _called(call) == "permute":
        for one, two in itertools.pairwise(axes):
            yield "axis", text.swapped(one, two)
        return
    for axis in axes:
        for other in _other_axes(axis):
            yield "axis", text.put(axis, other)


def _is_axis(value: ast.expr) -> bool:
    if isinstance(value, ast.UnaryOp):
        value = value.operand
    return isinstance(value, ast.Constant) and type(value.value) is int


def _parts(call: ast.Call, text: Text) -> Iterator[Slip]:
    if not call.args or not isinstance(call.args[0], ast.Tuple | ast.List):
        return
    parts = call.args[0].elts
    for part in parts:
        if len(parts) > 1:
            yield "part dropped", text.without(part, parts)
        if not isinstance(part, ast.Starred):
            code = text.code(part)
            yield "part doubled", text.put(part, f"{code}, {code}")


def _row(call: ast.Call, text: Text) -> Iterator[Slip]:
    """The layers of an `nn.Sequential`."""
    for part in call.args:
        if len(call.args) > 1:
            yield "layer dropped", text.without(part, call.args)
    for one, two in zip(call.args, call.args[1:], strict=False):
        yield "layers swapped", text.swapped(one, two)


def _sublayer(call: ast.Call, names: Names, text: Text) -> Iterator[Slip]:
    """Another layer than the one that was meant, or none."""
    match call.func:
        case ast.Attribute(value=ast.Name(id="self"), attr=name) as func:
            if name not in names.layers:
                return
            for other in names.layers:
                if other != name:
                    yield "another layer", text.put(func, f"self.{other}")
            if len(call.args) == 1 and not call.keywords:
                yield "layer dropped", text.put(call, text.closed(call.args[0]))


def _pattern(call: ast.Call, text: Text) -> Iterator[Slip]:
    for pattern in call.args:
        match pattern:
            case ast.Constant(value=str() as words) if "->" in words:
                for other in _other_patterns(words):
                    yield "einops pattern", text.put(pattern, repr(other))
    for word in call.keywords:
        if _is_number(word.value):
            for other in _other_widths(word.value, text):
                yield "einops size", text.put(word.value, other)


def _other_patterns(pattern: str) -> Iterator[str]:
    """Names exchanged on one side, or the sides exchanged."""
    left, right = pattern.split("->")
    for side in (left, right):
        words = side.split()
        bare = [i for i, word in enumerate(words) if word.strip("()").isidentifier()]
        for i, j in itertools.pairwise(bare):
            one, two = words[i].strip("()"), words[j].strip("()")
            changed = words.copy()
            changed[i] = words[i].replace(one, two)
            changed[j] = words[j].replace(two, one)
            other = " ".join(changed)
            yield f"{other} -> {right}" if side is left else f"{left} -> {other}"
    yield f"{right} -> {left}"


def _letters(call: ast.Call, text: Text) -> Iterator[Slip]:
    if not call.args:
        return
    match call.args[0]:
        case ast.Constant(value=str() as words) as pattern:
            for i in range(len(words) - 1):
                if words[i].isalpha() and words[i + 1].isalpha():
                    turned = words[i + 1] + words[i]
                    other = words[:i] + turned + words[i + 2 :]
                    yield "einsum letters", text.put(pattern, repr(other))
            for i, letter in enumerate(words):
                if letter.isalpha():
                    other = words[:i] + words[i + 1 :]
                    yield "einsum letters", text.put(pattern, repr(other))


_BY_NAME: tuple[tuple[frozenset[str], Callable[[ast.Call, Text], Iterator[Slip]]], ...]
_BY_NAME = (
    (_SHAPING | _DIVIDING, _sizes),
    (_BY_AXIS, _axes),
    (_DROPPED, _dropped),
    (_JOINING, _parts),
    (_PRODUCTS, _operands),
    (_PATTERNS, _pattern),
    (frozenset(["einsum"]), _letters),
    (frozenset(["Sequential"]), _row),
)


def _called(node: ast.expr) -> str:
    """The last name of what a call calls."""
    if not isinstance(node, ast.Call):
        return ""
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _is_layer(call: ast.Call) -> bool:
    name = _called(call)
    known = name in ("zeros", "ones", "randn", "empty", "rand")
    return known or (
        name[:1].isupper() and name not in _NO_LAYERS and name not in _PATTERNS
    )


def _is_number(value: ast.expr) -> bool:
    """Whether an expression may be a size."""
    match value:
        case ast.Constant(value=number):
            return type(number) is int and number > 0
        case ast.Name(id=name) | ast.Attribute(attr=name):
            words = ("drop", "bias", "eps", "act", "norm_layer", "device", "dtype")
            return not any(word in name for word in words) and name != "self"
        case ast.BinOp(op=ast.Mult() | ast.FloorDiv() | ast.Add() | ast.Sub()):
            return _is_number(value.left) and _is_number(value.right)
        case ast.Tuple() | ast.List():
            return bool(value.elts) and all(map(_is_number, value.elts))
    return False
