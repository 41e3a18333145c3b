"""Statements: from the standard library's nodes to bare ones."""

import ast
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from blocklint import cst
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
from blocklint.bare.operators import AUGMENTED
from blocklint.trees import Later, room_for_deep_code

_DOT = cst.Dot()


def lines(body: list[ast.stmt], code: Code) -> tuple[cst.BaseStatement, ...]:
    """The statements of a body; small ones that share a line are one of them."""
    found: list[cst.BaseStatement] = []
    small: list[cst.BaseSmallStatement] = []
    for statement in body:
        compound = _COMPOUND.get(type(statement))
        begins = compound is not None or code.begins_line(statement)
        if small and begins:
            found.append(cst.SimpleStatementLine(tuple(small)))
            small = []
        if compound is not None:
            found.append(compound(statement, code))
        else:
            small.append(_small(statement, code))
    if small:
        found.append(cst.SimpleStatementLine(tuple(small)))
    return tuple(found)


def _suite(body: list[ast.stmt], code: Code) -> cst.BaseSuite:
    """What stands behind a colon: on its line, or indented below."""
    if code.begins_line(body[0]):
        return cst.IndentedBlock(lines(body, code))
    return cst.SimpleStatementSuite(tuple(_small(each, code) for each in body))


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
    return cst.Else(_suite(body, code)) if body else None


def _of_if(node: ast.If, code: Code) -> cst.If:
    test = code.arm(expression(node.test, code), node.test, node.test)
    return cst.If(test, _arm(node.body, code), _otherwise(node.orelse, code))


def _otherwise(body: list[ast.stmt], code: Code) -> cst.If | cst.Else | None:
    """What follows an `if`: an `elif` is an `if` in the place of the `else`."""
    match body:
        case []:
            return None
        case [ast.If() as only] if code.is_word(b"elif", only):
            return code.arm(_of_if(only, code), only, only)
    return code.arm(cst.Else(_suite(body, code)), body[0], body[-1])


def _of_for(node: ast.For | ast.AsyncFor, code: Code) -> cst.For:
    return cst.For(
        expression(node.target, code),
        expression(node.iter, code),
        _suite(node.body, code),
        _orelse(node.orelse, code),
        ASYNCHRONOUS if isinstance(node, ast.AsyncFor) else None,
    )


def _of_while(node: ast.While, code: Code) -> cst.While:
    test, body = expression(node.test, code), _suite(node.body, code)
    return cst.While(test, body, _orelse(node.orelse, code))


def _of_with(node: ast.With | ast.AsyncWith, code: Code) -> cst.With:
    asynchronous = ASYNCHRONOUS if isinstance(node, ast.AsyncWith) else None
    entered = tuple(
        cst.WithItem(
            expression(item.context_expr, code),
            _as(item.optional_vars, code),
        )
        for item in node.items
    )
    return cst.With(entered, _suite(node.body, code), asynchronous)


def _of_try(node: "ast.Try | ast.TryStar", code: Code) -> cst.Try | cst.TryStar:
    body, orelse = _suite(node.body, code), _orelse(node.orelse, code)
    last = cst.Finally(_suite(node.finalbody, code)) if node.finalbody else None
    if isinstance(node, ast.Try):
        plain = tuple(
            cst.ExceptHandler(
                _suite(each.body, code), maybe(each.type, code), _caught(each)
            )
            for each in node.handlers
        )
        return cst.Try(body, plain, orelse, last)
    starred = tuple(
        cst.ExceptStarHandler(
            _suite(each.body, code), expression(each.type, code), _caught(each)
        )
        for each in node.handlers
        if each.type is not None  # Python has no other
    )
    return cst.TryStar(body, starred, orelse, last)


def _caught(handler: ast.ExceptHandler) -> cst.AsName | None:
    return cst.AsName(named(handler.name)) if handler.name else None


def _as(node: ast.expr | None, code: Code) -> cst.AsName | None:
    return cst.AsName(expression(node, code)) if node is not None else None


def _decorators(nodes: list[ast.expr], code: Code) -> tuple[cst.Decorator, ...]:
    return tuple(cst.Decorator(expression(each, code)) for each in nodes)


def _of_function(
    node: ast.FunctionDef | ast.AsyncFunctionDef, code: Code
) -> cst.FunctionDef:
    if getattr(node, "type_params", None):
        raise Odd
    return cst.FunctionDef(
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
    if not code.begins_line(node.body[0]):
        return _suite(node.body, code)
    return cst.IndentedBlock(Later(partial(_read, node.body, code)))


def _read(body: list[ast.stmt], code: Code) -> Sequence[cst.BaseStatement]:
    with room_for_deep_code():
        try:
            return lines(body, code)
        except Odd:
            from blocklint.bare import taken

            return taken.statements(code.lines_of(body))


def _of_class(node: ast.ClassDef, code: Code) -> cst.ClassDef:
    if getattr(node, "type_params", None):
        raise Odd
    name = named(node.name)
    if code.noted is not None:
        code.noted[name] = node
    return cst.ClassDef(
        name,
        _suite(node.body, code),
        arguments(node.bases, [], code),
        arguments([], node.keywords, code),
        _decorators(node.decorator_list, code),
        None,
    )


def _of_assign(node: ast.Assign, code: Code) -> cst.Assign:
    targets = tuple(cst.AssignTarget(expression(each, code)) for each in node.targets)
    return cst.Assign(targets, expression(node.value, code))


def _of_annotated(node: ast.AnnAssign, code: Code) -> cst.AnnAssign:
    hint = cst.Annotation(expression(node.annotation, code))
    return cst.AnnAssign(expression(node.target, code), hint, maybe(node.value, code))


def _of_augmented(node: ast.AugAssign, code: Code) -> cst.AugAssign:
    target, operator = expression(node.target, code), AUGMENTED[type(node.op)]()
    return cst.AugAssign(target, operator, expression(node.value, code))


def _of_raise(node: ast.Raise, code: Code) -> cst.Raise:
    cause = cst.From(expression(node.cause, code)) if node.cause else None
    return cst.Raise(maybe(node.exc, code), cause)


def _of_del(node: ast.Delete, code: Code) -> cst.Del:
    match node.targets:
        case [only]:
            if (only.end_lineno, only.end_col_offset) != (
                node.end_lineno,
                node.end_col_offset,
            ):
                raise Odd  # `del a,` is a tuple, `del (a)` is none
            return cst.Del(expression(only, code))
    return cst.Del(cst.Tuple(items(node.targets, code)))


def _of_import_from(node: ast.ImportFrom, code: Code) -> cst.ImportFrom:
    module = dotted(node.module) if node.module else None
    is_star = node.names[0].name == "*"
    names = cst.ImportStar() if is_star else _aliases(node.names)
    return cst.ImportFrom(module, names, (_DOT,) * node.level)


def _aliases(names: list[ast.alias]) -> tuple[cst.ImportAlias, ...]:
    return tuple(
        cst.ImportAlias(
            dotted(each.name), cst.AsName(named(each.asname)) if each.asname else None
        )
        for each in names
    )


def _names(names: list[str]) -> tuple[cst.NameItem, ...]:
    return tuple(cst.NameItem(named(name)) for name in names)


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
    ast.Assert: lambda n, c: cst.Assert(expression(n.test, c), maybe(n.msg, c)),
    ast.Assign: _of_assign,
    ast.AugAssign: _of_augmented,
    ast.Break: lambda n, c: cst.Break(),
    ast.Continue: lambda n, c: cst.Continue(),
    ast.Delete: _of_del,
    ast.Expr: lambda n, c: cst.Expr(expression(n.value, c)),
    ast.Global: lambda n, c: cst.Global(_names(n.names)),
    ast.Import: lambda n, c: cst.Import(_aliases(n.names)),
    ast.ImportFrom: _of_import_from,
    ast.Nonlocal: lambda n, c: cst.Nonlocal(_names(n.names)),
    ast.Pass: lambda n, c: cst.Pass(),
    ast.Raise: _of_raise,
    ast.Return: lambda n, c: cst.Return(maybe(n.value, c)),
}
