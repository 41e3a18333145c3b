"""Bare nodes out of LibCST's, for code of which only its parser can tell the tree."""

from collections.abc import Sequence
from typing import TypeVar

import libcst

from blocklint import cst

N = TypeVar("N", bound=cst.CSTNode)


def expression(text: str) -> cst.BaseExpression:
    """The node of an expression."""
    return _as(cst.BaseExpression, libcst.parse_expression(text))


def statements(text: str) -> Sequence[cst.BaseStatement]:
    """The nodes of some lines that are indented."""
    (whole,) = libcst.parse_module(f"if 1:\n{text}\n").body
    return _as(cst.IndentedBlock, libcst.ensure_type(whole, libcst.If).body).body


def module(whole: libcst.Module) -> cst.Module:
    """The bare tree of a whole one."""
    return _as(cst.Module, whole)


def _as(kind: type[N], node: libcst.CSTNode) -> N:
    made = _taken(node)
    assert isinstance(made, kind)
    return made


def _taken(value: object) -> object:
    """A value of a field of LibCST's, as a bare node has it."""
    match value:
        case libcst.CSTNode():
            kind: type[cst.CSTNode] = getattr(cst, type(value).__name__)
            return kind(*(_taken(getattr(value, each)) for each in kind.__match_args__))
        case list() | tuple():
            return tuple(map(_taken, value))
        case libcst.MaybeSentinel():
            return None
    return value
