"""Statements: from the standard library's nodes to those of LibCST."""

import ast
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

import libcst as cst

from blocklint.bare.code import Code, Odd
from blocklint.bare.expressions import (
    ASYNCHRONOUS,
    annotation,
    arguments,
    dotted,
    expression,
    items,
    maybe,
    named,
    parameters,
)
from blocklint.bare.making import maker
from blocklint.bare.operators import AUGMENTED
from blocklint.trees import Later, room_for_deep_code

module = maker(cst.Module, "body")
_block = maker(cst.IndentedBlock, "body")
_line = maker(cst.SimpleStatementLine, "body")
_suite_on_line = maker(cst.SimpleStatementSuite, "body")
_expr = maker(cst.Expr, "value")
_assign = maker(cst.Assign, "targets", "value")
_target = maker(cst.AssignTarget, "target")
_ann_assign = maker(cst.AnnAssign, "target", "annotation", "value")
_aug_assign = maker(cst.AugAssign, "target", "operator", "value")
_return = maker(cst.Return, "value")
_raise = maker(cst.Raise, "exc", "cause")
_from = maker(cst.From, "item")
_assert = maker(cst.Assert, "test", "msg")
_del = maker(cst.Del, "target")
_tuple = maker(cst.Tuple, "elements")
_pass = maker(cst.Pass)
_break = maker(cst.Break)
_continue = maker(cst.Continue)
_global = maker(cst.Global, "names")
_nonlocal = maker(cst.Nonlocal, "names")
_name_item = maker(cst.NameItem, "name")
_import = maker(cst.Import, "names")
_import_from = maker(cst.ImportFrom, "module", "names", "relative")
_import_star = maker(cst.ImportStar)
_alias = maker(cst.ImportAlias, "name", "asname")
_as = maker(cst.AsName, "name")
_if = maker(cst.If, "test", "body", "orelse")
_else = maker(cst.Else, "body")
_for = maker(cst.For, "target", "iter", "body", "orelse", "asynchronous")
_while = maker(cst.While, "test", "body", "orelse")
_with = maker(cst.With, "items", "body", "asynchronous")
_with_item = maker(cst.WithItem, "item", "asname")
_try = maker(cst.Try, "body", "handlers", "orelse", "finalbody")
_try_star = maker(cst.TryStar, "body", "handlers", "orelse", "finalbody")
_handler = maker(cst.ExceptHandler, "type", "name", "body")
_star_handler = maker(cst.ExceptStarHandler, "type", "name", "body")
_finally = maker(cst.Finally, "body")
_decorator = maker(cst.Decorator, "decorator")
_function = maker(
    cst.FunctionDef,
    "name",
    "params",
    "body",
    "decorators",
    "returns",
    "asynchronous",
    "type_parameters",
)
_class = maker(
    cst.ClassDef, "name", "body", "bases", "keywords", "decorators", "type_parameters"
)
_DOT = cst.Dot()


def lines(body: list[ast.stmt], code: Code) -> tuple[cst.BaseStatement, ...]:
    """The statements of a body; small ones that share a line are one of them."""
    found: list[cst.BaseStatement] = []
    small: list[cst.BaseSmallStatement] = []
    for statement in body:
        compound = _COMPOUND.get(type(statement))
        begins = compound is not None or code.begins_line(statement)
        if small and begins:
            found.append(_line(tuple(small)))
            small = []
        if compound is not None:
            found.append(compound(statement, code))
        else:
            small.append(_small(statement, code))
    if small:
        found.append(_line(tuple(small)))
    return tuple(found)


def _suite(body: list[ast.stmt], code: Code) -> cst.BaseSuite:
    """What stands behind a colon: on its line, or indented below."""
    if code.begins_line(body[0]):
        return _block(lines(body, code))
    return _suite_on_line(tuple(_small(each, code) for each in body))


def _small(node: ast.stmt, code: Code) -> cst.BaseSmallStatement:
    made: cst.BaseSmallStatement = _SMALL.get(type(node), _odd)(node, code)
    if code.noted is not None:
        code.noted[made] = node
    return made


def _odd(node: ast.stmt, code: Code) -> cst.BaseSmallStatement:
    raise Odd


def _arm(body: list[ast.stmt], code: Code) -> cst.BaseSuite:
    return code.arm(_suite(body, code), body[0], body[-1])


def _orelse(body: list[ast.stmt], code: Code) -> cst.Else | None:
    return _else(_suite(body, code)) if body else None


def _of_if(node: ast.If, code: Code) -> cst.If:
    test = code.arm(expression(node.test, code), node.test, node.test)
    return _if(test, _arm(node.body, code), _otherwise(node.orelse, code))


def _otherwise(body: list[ast.stmt], code: Code) -> cst.If | cst.Else | None:
    """What follows an `if`: an `elif` is an `if` in the place of the `else`."""
    match body:
        case []:
            return None
        case [ast.If() as only] if code.is_word(b"elif", only):
            return code.arm(_of_if(only, code), only, only)
    return code.arm(_else(_suite(body, code)), body[0], body[-1])


def _of_for(node: ast.For | ast.AsyncFor, code: Code) -> cst.For:
    return _for(
        expression(node.target, code),
        expression(node.iter, code),
        _suite(node.body, code),
        _orelse(node.orelse, code),
        ASYNCHRONOUS if isinstance(node, ast.AsyncFor) else None,
    )


def _of_while(node: ast.While, code: Code) -> cst.While:
    test, body = expression(node.test, code), _suite(node.body, code)
    return _while(test, body, _orelse(node.orelse, code))


def _of_with(node: ast.With | ast.AsyncWith, code: Code) -> cst.With:
    asynchronous = ASYNCHRONOUS if isinstance(node, ast.AsyncWith) else None
    entered = tuple(
        _with_item(
            expression(item.context_expr, code),
            _as(expression(item.optional_vars, code)) if item.optional_vars else None,
        )
        for item in node.items
    )
    return _with(entered, _suite(node.body, code), asynchronous)


def _of_try(node: "ast.Try | ast.TryStar", code: Code) -> cst.Try | cst.TryStar:
    plain = isinstance(node, ast.Try)
    handler, whole = (_handler, _try) if plain else (_star_handler, _try_star)
    return whole(
        _suite(node.body, code),
        tuple(
            handler(
                maybe(each.type, code),
                _as(named(each.name)) if each.name else None,
                _suite(each.body, code),
            )
            for each in node.handlers
        ),
        _orelse(node.orelse, code),
        _finally(_suite(node.finalbody, code)) if node.finalbody else None,
    )


def _decorators(nodes: list[ast.expr], code: Code) -> tuple[cst.Decorator, ...]:
    return tuple(_decorator(expression(each, code)) for each in nodes)


def _of_function(
    node: ast.FunctionDef | ast.AsyncFunctionDef, code: Code
) -> cst.FunctionDef:
    if getattr(node, "type_params", None):
        raise Odd
    return _function(
        named(node.name),
        parameters(node.args, code),
        _body(node, code),
        _decorators(node.decorator_list, code),
        annotation(node.returns, code),
        ASYNCHRONOUS if isinstance(node, ast.AsyncFunctionDef) else None,
        None,
    )


def _body(node: ast.FunctionDef | ast.AsyncFunctionDef, code: Code) -> cst.BaseSuite:
    """The body of a function. Many are never read, so it is made when it is."""
    if code.noted is not None or not code.begins_line(node.body[0]):
        return _suite(node.body, code)
    return _block(Later(partial(_read, node.body, code)))


def _read(body: list[ast.stmt], code: Code) -> Sequence[cst.BaseStatement]:
    with room_for_deep_code():
        try:
            return lines(body, code)
        except Odd:
            (whole,) = cst.parse_module(f"if 1:\n{code.lines_of(body)}\n").body
    return cast("Sequence[cst.BaseStatement]", cst.ensure_type(whole, cst.If).body.body)


def _of_class(node: ast.ClassDef, code: Code) -> cst.ClassDef:
    if getattr(node, "type_params", None):
        raise Odd
    name = named(node.name)
    if code.noted is not None:
        code.noted[name] = node
    return _class(
        name,
        _suite(node.body, code),
        arguments(node.bases, [], code),
        arguments([], node.keywords, code),
        _decorators(node.decorator_list, code),
        None,
    )


def _of_assign(node: ast.Assign, code: Code) -> cst.Assign:
    targets = tuple(_target(expression(each, code)) for each in node.targets)
    return _assign(targets, expression(node.value, code))


def _of_annotated(node: ast.AnnAssign, code: Code) -> cst.AnnAssign:
    target, hint = expression(node.target, code), annotation(node.annotation, code)
    return _ann_assign(target, hint, maybe(node.value, code))


def _of_augmented(node: ast.AugAssign, code: Code) -> cst.AugAssign:
    target, operator = expression(node.target, code), AUGMENTED[type(node.op)]()
    return _aug_assign(target, operator, expression(node.value, code))


def _of_raise(node: ast.Raise, code: Code) -> cst.Raise:
    cause = _from(expression(node.cause, code)) if node.cause else None
    return _raise(maybe(node.exc, code), cause)


def _of_del(node: ast.Delete, code: Code) -> cst.Del:
    match node.targets:
        case [only]:
            if (only.end_lineno, only.end_col_offset) != (
                node.end_lineno,
                node.end_col_offset,
            ):
                raise Odd  # `del a,` is a tuple, `del (a)` is none
            return _del(expression(only, code))
    return _del(_tuple(items(node.targets, code)))


def _of_import_from(node: ast.ImportFrom, code: Code) -> cst.ImportFrom:
    module = dotted(node.module) if node.module else None
    is_star = node.names[0].name == "*"
    names = _import_star() if is_star else _aliases(node.names)
    return _import_from(module, names, (_DOT,) * node.level)


def _aliases(names: list[ast.alias]) -> tuple[cst.ImportAlias, ...]:
    return tuple(
        _alias(dotted(each.name), _as(named(each.asname)) if each.asname else None)
        for each in names
    )


def _names(names: list[str]) -> tuple[cst.NameItem, ...]:
    return tuple(_name_item(named(name)) for name in names)


_COMPOUND: dict[type[ast.stmt], Callable[[Any, Code], cst.BaseStatement]] = {
    ast.AsyncFor: _of_for,
    ast.AsyncFunctionDef: _of_function,
    ast.AsyncWith: _of_with,
    ast.ClassDef: _of_class,
    ast.For: _of_for,
    ast.FunctionDef: _of_function,
    ast.If: _of_if,
    ast.Try: _of_try,
    ast.TryStar: _of_try,
    ast.While: _of_while,
    ast.With: _of_with,
}
_SMALL: dict[type[ast.stmt], Callable[[Any, Code], cst.BaseSmallStatement]] = {
    ast.AnnAssign: _of_annotated,
    ast.Assert: lambda n, c: _assert(expression(n.test, c), maybe(n.msg, c)),
    ast.Assign: _of_assign,
    ast.AugAssign: _of_augmented,
    ast.Break: lambda n, c: _break(),
    ast.Continue: lambda n, c: _continue(),
    ast.Delete: _of_del,
    ast.Expr: lambda n, c: _expr(expression(n.value, c)),
    ast.Global: lambda n, c: _global(_names(n.names)),
    ast.Import: lambda n, c: _import(_aliases(n.names)),
    ast.ImportFrom: _of_import_from,
    ast.Nonlocal: lambda n, c: _nonlocal(_names(n.names)),
    ast.Pass: lambda n, c: _pass(),
    ast.Raise: _of_raise,
    ast.Return: lambda n, c: _return(maybe(n.value, c)),
}
