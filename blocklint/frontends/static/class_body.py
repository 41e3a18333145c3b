"""What the body of a class binds, read off its statements."""

from collections.abc import Iterator
from typing import TypeAlias

from blocklint import cst
from blocklint.frontends.static.values import Class, Function

Member: TypeAlias = Function | cst.BaseExpression


def members_in(cls: Class) -> list[tuple[str, Member]]:
    """The methods and class-level values, in order; setters of properties are none."""
    found: list[tuple[str, Member]] = []
    for statement in _body(cls):
        match statement:
            case cst.FunctionDef(cst.Name(name)):
                made = Function(name, statement, cls.chunk, cls.file, cls)
                if not _is_setter(statement):
                    found.append((name, made))
            case cst.SimpleStatementLine(body):
                for small in body:
                    match small:
                        case cst.Assign([cst.AssignTarget(cst.Name(name))], value):
                            found.append((name, value))
                        case cst.AnnAssign(
                            cst.Name(name), _, cst.BaseExpression() as v
                        ):
                            found.append((name, v))
    return found


def _body(cls: Class) -> list[cst.CSTNode]:
    """The statements of a class, those under a class-level `if` too."""
    found: list[cst.CSTNode] = []
    for statement in cls.node.body.body:
        if type(statement) is cst.If:
            found.extend(statement.body.body)
        else:
            found.append(statement)
    return found


def _is_setter(function: cst.FunctionDef) -> bool:
    return any(
        isinstance(d.decorator, cst.Attribute)
        and d.decorator.attr.value in ("setter", "deleter")
        for d in function.decorators
    )


def annotated_in(cls: Class) -> dict[str, cst.BaseExpression | None]:
    """The annotated names, as of a dataclass, with their values."""
    found: dict[str, cst.BaseExpression | None] = {}
    for statement in cls.node.body.body:
        if isinstance(statement, cst.SimpleStatementLine):
            for small in statement.body:
                match small:
                    case cst.AnnAssign(cst.Name(name), _, value):
                        found.setdefault(name, value)
    return found


def sets(statement: cst.CSTNode) -> Iterator[str]:
    """The name in a statement `self.name = ...`, with anything but `name`."""
    match statement:
        case cst.SimpleStatementLine(
            [
                cst.Assign(
                    [cst.AssignTarget(cst.Attribute(cst.Name("self"), cst.Name(name)))],
                    value,
                )
            ]
        ) if not (isinstance(value, cst.Name) and value.value == name):
            yield name


def field_default(call: cst.Call) -> cst.BaseExpression | None:
    """`field(default=x)` of a dataclass stands for `x`."""
    if not isinstance(call.func, cst.Name) or call.func.value not in ("field", "Field"):
        return call
    named = {arg.keyword.value: arg.value for arg in call.args if arg.keyword}
    return named.get("default")
