"""Expressions: from the standard library's nodes to bare ones."""

import ast
from collections.abc import Callable, Iterable
from typing import Any

from blocklint import cst
from blocklint.bare.code import Code, Odd
from blocklint.bare.literals import constant, formatted
from blocklint.bare.operators import BINARY, BOOLEAN, COMPARING, UNARY

ASYNCHRONOUS = cst.Asynchronous()

_NO_STAR, _STAR, _STARS = "", "*", "**"


def expression(node: ast.expr, code: Code) -> cst.BaseExpression:
    """The bare node for an expression; raises Odd where there is none."""
    made: cst.BaseExpression = _EXPRESSIONS.get(type(node), _odd)(node, code)
    if code.noted is not None:
        code.noted[made] = node
    return made


def named(text: str) -> cst.Name:
    """A name."""
    return cst.Name(text)


def dotted(text: str) -> cst.Name | cst.Attribute:
    """A name, or an attribute of one: `torch.nn`."""
    head, *rest = text.split(".")
    found: cst.Name | cst.Attribute = cst.Name(head)
    for name in rest:
        found = cst.Attribute(found, cst.Name(name))
    return found


def maybe(node: ast.expr | None, code: Code) -> cst.BaseExpression | None:
    """The node for an expression that may be left out."""
    return expression(node, code) if node is not None else None


def annotation(node: ast.expr | None, code: Code) -> cst.Annotation | None:
    """The annotation of a parameter, a result or a variable."""
    return cst.Annotation(expression(node, code)) if node is not None else None


def items(nodes: Iterable[ast.expr], code: Code) -> tuple[cst.BaseElement, ...]:
    """The elements of a tuple, a list or a set."""
    return tuple(
        cst.StarredElement(expression(node.value, code))
        if type(node) is ast.Starred
        else cst.Element(expression(node, code))
        for node in nodes
    )


def arguments(
    given: list[ast.expr], keywords: list[ast.keyword], code: Code
) -> tuple[cst.Arg, ...]:
    """The arguments of a call, in the order of the code."""
    found = [_argument(each, code) for each in given]
    found += [_keyword(each, code) for each in keywords]
    if given and keywords and _at(keywords[0]) < _at(given[-1]):  # `f(a=1, *b)`
        both: list[ast.expr | ast.keyword] = [*given, *keywords]
        in_order = sorted(range(len(both)), key=lambda number: _at(both[number]))
        return tuple(found[number] for number in in_order)
    return tuple(found)


def parameters(node: ast.arguments, code: Code) -> cst.Parameters:
    """The parameters of a function or a lambda."""
    plain = [*node.posonlyargs, *node.args]
    defaults = [*[None] * (len(plain) - len(node.defaults)), *node.defaults]
    params = [_parameter(*each, code) for each in zip(plain, defaults, strict=True)]
    first = len(node.posonlyargs)
    star: cst.Param | cst.ParamStar | None = None
    if node.vararg is not None:
        star = _parameter(node.vararg, None, code, _STAR)
    elif node.kwonlyargs:
        star = cst.ParamStar()
    named_only = zip(node.kwonlyargs, node.kw_defaults, strict=True)
    return cst.Parameters(
        tuple(params[first:]),
        star,
        tuple(_parameter(*each, code) for each in named_only),
        _parameter(node.kwarg, None, code, _STARS) if node.kwarg else None,
        tuple(params[:first]),
        cst.ParamSlash() if first else None,
    )


def _parameter(
    node: ast.arg, default: ast.expr | None, code: Code, star: str = _NO_STAR
) -> cst.Param:
    hint = annotation(node.annotation, code)
    return cst.Param(cst.Name(node.arg), hint, maybe(default, code), star)


def _argument(node: ast.expr, code: Code) -> cst.Arg:
    if type(node) is ast.Starred:
        return cst.Arg(expression(node.value, code), None, _STAR)
    return cst.Arg(expression(node, code), None, _NO_STAR)


def _keyword(node: ast.keyword, code: Code) -> cst.Arg:
    value = expression(node.value, code)
    if node.arg is None:
        return cst.Arg(value, None, _STARS)
    return cst.Arg(value, cst.Name(node.arg), _NO_STAR)


def _at(node: ast.expr | ast.keyword) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _odd(node: ast.expr, code: Code) -> cst.BaseExpression:
    raise Odd


def _of_name(node: ast.Name, code: Code) -> cst.Name:
    return cst.Name(node.id)


def _of_attribute(node: ast.Attribute, code: Code) -> cst.Attribute:
    return cst.Attribute(expression(node.value, code), cst.Name(node.attr))


def _of_call(node: ast.Call, code: Code) -> cst.Call:
    func = expression(node.func, code)
    return cst.Call(func, arguments(node.args, node.keywords, code))


def _of_subscript(node: ast.Subscript, code: Code) -> cst.Subscript:
    value, inner = expression(node.value, code), node.slice
    if isinstance(inner, ast.Tuple) and not code.is_in_parentheses(inner):
        parts = tuple(_of_index(each, code) for each in inner.elts)
    else:
        parts = (_of_index(inner, code),)
    return cst.Subscript(value, parts)


def _of_index(node: ast.expr, code: Code) -> cst.SubscriptElement:
    match node:
        case ast.Slice(lower, upper, step):
            ends = (maybe(each, code) for each in (lower, upper, step))
            return cst.SubscriptElement(cst.Slice(*ends))
        case ast.Starred(value):
            return cst.SubscriptElement(cst.Index(expression(value, code), _STAR))
    return cst.SubscriptElement(cst.Index(expression(node, code), None))


def _of_dict(node: ast.Dict, code: Code) -> cst.Dict:
    return cst.Dict(
        tuple(
            cst.StarredDictElement(expression(value, code))
            if key is None
            else cst.DictElement(expression(key, code), expression(value, code))
            for key, value in zip(node.keys, node.values, strict=True)
        )
    )


def _of_binary(node: ast.BinOp, code: Code) -> cst.BinaryOperation:
    left = expression(node.left, code)
    operator = BINARY[type(node.op)]()
    return cst.BinaryOperation(left, operator, expression(node.right, code))


def _of_boolean(node: ast.BoolOp, code: Code) -> cst.BaseExpression:
    """`a and b and c` is `(a and b) and c`."""
    first, *rest = node.values
    found = code.arm(expression(first, code), first, first)
    for each in rest:
        right = code.arm(expression(each, code), each, each)
        found = cst.BooleanOperation(found, BOOLEAN[type(node.op)](), right)
        code.arm(found, first, each)
    return found


def _of_unary(node: ast.UnaryOp, code: Code) -> cst.UnaryOperation:
    operator = UNARY[type(node.op)]()
    return cst.UnaryOperation(operator, expression(node.operand, code))


def _of_comparison(node: ast.Compare, code: Code) -> cst.Comparison:
    left = expression(node.left, code)
    pairs = zip(node.ops, node.comparators, strict=True)
    return cst.Comparison(
        left,
        tuple(
            cst.ComparisonTarget(COMPARING[type(op)](), expression(each, code))
            for op, each in pairs
        ),
    )


def _of_choice(node: ast.IfExp, code: Code) -> cst.IfExp:
    body = code.arm(expression(node.body, code), node.body, node.body)
    test = expression(node.test, code)
    orelse = code.arm(expression(node.orelse, code), node.orelse, node.orelse)
    return cst.IfExp(test, body, orelse)


def _of_comprehension(loops: list[ast.comprehension], code: Code) -> cst.CompFor:
    loop, *inner = loops
    return cst.CompFor(
        expression(loop.target, code),
        expression(loop.iter, code),
        tuple(cst.CompIf(expression(each, code)) for each in loop.ifs),
        _of_comprehension(inner, code) if inner else None,
        ASYNCHRONOUS if loop.is_async else None,
    )


_EXPRESSIONS: dict[type[ast.expr], Callable[[Any, Code], Any]] = {
    ast.Attribute: _of_attribute,
    ast.Await: lambda n, c: cst.Await(expression(n.value, c)),
    ast.BinOp: _of_binary,
    ast.BoolOp: _of_boolean,
    ast.Call: _of_call,
    ast.Compare: _of_comparison,
    ast.Constant: constant,
    ast.Dict: _of_dict,
    ast.DictComp: lambda n, c: cst.DictComp(
        expression(n.key, c), expression(n.value, c), _of_comprehension(n.generators, c)
    ),
    ast.GeneratorExp: lambda n, c: cst.GeneratorExp(
        expression(n.elt, c), _of_comprehension(n.generators, c)
    ),
    ast.IfExp: _of_choice,
    ast.JoinedStr: formatted,
    ast.Lambda: lambda n, c: cst.Lambda(parameters(n.args, c), expression(n.body, c)),
    ast.List: lambda n, c: cst.List(items(n.elts, c)),
    ast.ListComp: lambda n, c: cst.ListComp(
        expression(n.elt, c), _of_comprehension(n.generators, c)
    ),
    ast.Name: _of_name,
    ast.NamedExpr: lambda n, c: cst.NamedExpr(
        expression(n.target, c), expression(n.value, c)
    ),
    ast.Set: lambda n, c: cst.Set(items(n.elts, c)),
    ast.SetComp: lambda n, c: cst.SetComp(
        expression(n.elt, c), _of_comprehension(n.generators, c)
    ),
    ast.Subscript: _of_subscript,
    ast.Tuple: lambda n, c: cst.Tuple(items(n.elts, c)),
    ast.UnaryOp: _of_unary,
    ast.Yield: lambda n, c: cst.Yield(maybe(n.value, c)),
    ast.YieldFrom: lambda n, c: cst.Yield(cst.From(expression(n.value, c))),
}
