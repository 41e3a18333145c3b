"""Expressions: from the standard library's nodes to those of LibCST."""

import ast
from collections.abc import Callable, Iterable
from typing import Any

import libcst as cst

from blocklint.bare.code import Code, Odd
from blocklint.bare.literals import constant, formatted
from blocklint.bare.making import maker
from blocklint.bare.operators import OPERATORS

_name = maker(cst.Name, "value")
_attribute = maker(cst.Attribute, "value", "attr")
_call = maker(cst.Call, "func", "args")
_arg = maker(cst.Arg, "value", "keyword", "star")
_subscript = maker(cst.Subscript, "value", "slice")
_subscript_element = maker(cst.SubscriptElement, "slice")
_index = maker(cst.Index, "value", "star")
_slice = maker(cst.Slice, "lower", "upper", "step")
_tuple = maker(cst.Tuple, "elements")
_list = maker(cst.List, "elements")
_set = maker(cst.Set, "elements")
_element = maker(cst.Element, "value")
_starred_element = maker(cst.StarredElement, "value")
_dict = maker(cst.Dict, "elements")
_dict_element = maker(cst.DictElement, "key", "value")
_starred_dict_element = maker(cst.StarredDictElement, "value")
_binary = maker(cst.BinaryOperation, "left", "operator", "right")
_boolean = maker(cst.BooleanOperation, "left", "operator", "right")
_unary = maker(cst.UnaryOperation, "operator", "expression")
_comparison = maker(cst.Comparison, "left", "comparisons")
_comparison_target = maker(cst.ComparisonTarget, "operator", "comparator")
_if_exp = maker(cst.IfExp, "test", "body", "orelse")
_lambda = maker(cst.Lambda, "params", "body")
_await = maker(cst.Await, "expression")
_yield = maker(cst.Yield, "value")
_from = maker(cst.From, "item")
_named = maker(cst.NamedExpr, "target", "value")
_generator = maker(cst.GeneratorExp, "elt", "for_in")
_list_comp = maker(cst.ListComp, "elt", "for_in")
_set_comp = maker(cst.SetComp, "elt", "for_in")
_dict_comp = maker(cst.DictComp, "key", "value", "for_in")
_comp_for = maker(cst.CompFor, "target", "iter", "ifs", "inner_for_in", "asynchronous")
_comp_if = maker(cst.CompIf, "test")
_annotation = maker(cst.Annotation, "annotation")
_param = maker(cst.Param, "name", "annotation", "default", "star")
_param_star = maker(cst.ParamStar)
_param_slash = maker(cst.ParamSlash)
_parameters = maker(
    cst.Parameters,
    "params",
    "star_arg",
    "kwonly_params",
    "star_kwarg",
    "posonly_params",
    "posonly_ind",
)
ASYNCHRONOUS = cst.Asynchronous()

_NO_STAR, _STAR, _STARS = "", "*", "**"


def expression(node: ast.expr, code: Code) -> cst.BaseExpression:
    """LibCST's node for an expression; raises Odd where there is none."""
    made: cst.BaseExpression = _EXPRESSIONS.get(type(node), _odd)(node, code)
    if code.noted is not None:
        code.noted[made] = node
    return made


def named(text: str) -> cst.Name:
    """A name."""
    return _name(text)


def dotted(text: str) -> cst.Name | cst.Attribute:
    """A name, or an attribute of one: `torch.nn`."""
    head, *rest = text.split(".")
    found: cst.Name | cst.Attribute = _name(head)
    for name in rest:
        found = _attribute(found, _name(name))
    return found


def maybe(node: ast.expr | None, code: Code) -> cst.BaseExpression | None:
    """The node for an expression that may be left out."""
    return expression(node, code) if node is not None else None


def annotation(node: ast.expr | None, code: Code) -> cst.Annotation | None:
    """The annotation of a parameter, a result or a variable."""
    return _annotation(expression(node, code)) if node is not None else None


def items(nodes: Iterable[ast.expr], code: Code) -> tuple[cst.BaseElement, ...]:
    """The elements of a tuple, a list or a set."""
    return tuple(
        _starred_element(expression(node.value, code))
        if type(node) is ast.Starred
        else _element(expression(node, code))
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
    star: cst.Param | cst.ParamStar | cst.MaybeSentinel = cst.MaybeSentinel.DEFAULT
    if node.vararg is not None:
        star = _parameter(node.vararg, None, code, _STAR)
    elif node.kwonlyargs:
        star = _param_star()
    named_only = zip(node.kwonlyargs, node.kw_defaults, strict=True)
    return _parameters(
        tuple(params[first:]),
        star,
        tuple(_parameter(*each, code) for each in named_only),
        _parameter(node.kwarg, None, code, _STARS) if node.kwarg else None,
        tuple(params[:first]),
        _param_slash() if first else cst.MaybeSentinel.DEFAULT,
    )


def _parameter(
    node: ast.arg, default: ast.expr | None, code: Code, star: str = _NO_STAR
) -> cst.Param:
    hint = annotation(node.annotation, code)
    return _param(_name(node.arg), hint, maybe(default, code), star)


def _argument(node: ast.expr, code: Code) -> cst.Arg:
    if type(node) is ast.Starred:
        return _arg(expression(node.value, code), None, _STAR)
    return _arg(expression(node, code), None, _NO_STAR)


def _keyword(node: ast.keyword, code: Code) -> cst.Arg:
    value = expression(node.value, code)
    if node.arg is None:
        return _arg(value, None, _STARS)
    return _arg(value, _name(node.arg), _NO_STAR)


def _at(node: ast.expr | ast.keyword) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _odd(node: ast.expr, code: Code) -> cst.BaseExpression:
    raise Odd


def _of_name(node: ast.Name, code: Code) -> cst.Name:
    return _name(node.id)


def _of_attribute(node: ast.Attribute, code: Code) -> cst.Attribute:
    return _attribute(expression(node.value, code), _name(node.attr))


def _of_call(node: ast.Call, code: Code) -> cst.Call:
    func = expression(node.func, code)
    return _call(func, arguments(node.args, node.keywords, code))


def _of_subscript(node: ast.Subscript, code: Code) -> cst.Subscript:
    value, inner = expression(node.value, code), node.slice
    if isinstance(inner, ast.Tuple) and not code.is_in_parentheses(inner):
        parts = tuple(_of_index(each, code) for each in inner.elts)
    else:
        parts = (_of_index(inner, code),)
    return _subscript(value, parts)


def _of_index(node: ast.expr, code: Code) -> cst.SubscriptElement:
    match node:
        case ast.Slice(lower, upper, step):
            ends = (maybe(each, code) for each in (lower, upper, step))
            return _subscript_element(_slice(*ends))
        case ast.Starred(value):
            return _subscript_element(_index(expression(value, code), _STAR))
    return _subscript_element(_index(expression(node, code), None))


def _of_dict(node: ast.Dict, code: Code) -> cst.Dict:
    return _dict(
        tuple(
            _starred_dict_element(expression(value, code))
            if key is None
            else _dict_element(expression(key, code), expression(value, code))
            for key, value in zip(node.keys, node.values, strict=True)
        )
    )


def _of_binary(node: ast.BinOp, code: Code) -> cst.BinaryOperation:
    left = expression(node.left, code)
    operator = OPERATORS[type(node.op)]()
    return _binary(left, operator, expression(node.right, code))


def _of_boolean(node: ast.BoolOp, code: Code) -> cst.BaseExpression:
    """`a and b and c` is `(a and b) and c`."""
    first, *rest = node.values
    found = code.arm(expression(first, code), first, first)
    for each in rest:
        right = code.arm(expression(each, code), each, each)
        found = _boolean(found, OPERATORS[type(node.op)](), right)
        code.arm(found, first, each)
    return found


def _of_unary(node: ast.UnaryOp, code: Code) -> cst.UnaryOperation:
    return _unary(OPERATORS[type(node.op)](), expression(node.operand, code))


def _of_comparison(node: ast.Compare, code: Code) -> cst.Comparison:
    left = expression(node.left, code)
    pairs = zip(node.ops, node.comparators, strict=True)
    return _comparison(
        left,
        tuple(
            _comparison_target(OPERATORS[type(op)](), expression(each, code))
            for op, each in pairs
        ),
    )


def _of_choice(node: ast.IfExp, code: Code) -> cst.IfExp:
    body = code.arm(expression(node.body, code), node.body, node.body)
    test = expression(node.test, code)
    orelse = code.arm(expression(node.orelse, code), node.orelse, node.orelse)
    return _if_exp(test, body, orelse)


def _of_comprehension(loops: list[ast.comprehension], code: Code) -> cst.CompFor | None:
    found: cst.CompFor | None = None
    for loop in reversed(loops):
        ifs = tuple(_comp_if(expression(each, code)) for each in loop.ifs)
        target, over = expression(loop.target, code), expression(loop.iter, code)
        asynchronous = ASYNCHRONOUS if loop.is_async else None
        found = _comp_for(target, over, ifs, found, asynchronous)
    return found


_EXPRESSIONS: dict[type[ast.expr], Callable[[Any, Code], Any]] = {
    ast.Attribute: _of_attribute,
    ast.Await: lambda n, c: _await(expression(n.value, c)),
    ast.BinOp: _of_binary,
    ast.BoolOp: _of_boolean,
    ast.Call: _of_call,
    ast.Compare: _of_comparison,
    ast.Constant: constant,
    ast.Dict: _of_dict,
    ast.DictComp: lambda n, c: _dict_comp(
        expression(n.key, c), expression(n.value, c), _of_comprehension(n.generators, c)
    ),
    ast.GeneratorExp: lambda n, c: _generator(
        expression(n.elt, c), _of_comprehension(n.generators, c)
    ),
    ast.IfExp: _of_choice,
    ast.JoinedStr: formatted,
    ast.Lambda: lambda n, c: _lambda(parameters(n.args, c), expression(n.body, c)),
    ast.List: lambda n, c: _list(items(n.elts, c)),
    ast.ListComp: lambda n, c: _list_comp(
        expression(n.elt, c), _of_comprehension(n.generators, c)
    ),
    ast.Name: _of_name,
    ast.NamedExpr: lambda n, c: _named(expression(n.target, c), expression(n.value, c)),
    ast.Set: lambda n, c: _set(items(n.elts, c)),
    ast.SetComp: lambda n, c: _set_comp(
        expression(n.elt, c), _of_comprehension(n.generators, c)
    ),
    ast.Subscript: _of_subscript,
    ast.Tuple: lambda n, c: _tuple(items(n.elts, c)),
    ast.UnaryOp: _of_unary,
    ast.Yield: lambda n, c: _yield(maybe(n.value, c)),
    ast.YieldFrom: lambda n, c: _yield(_from(expression(n.value, c))),
}
