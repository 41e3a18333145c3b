"""Whole trees: LibCST's own, with all that stands between the parts of the code.

They are made where something was found, for places, exact texts and fixes. To import
LibCST takes longer than a check of a small file, so only who needs it imports this.
"""

from collections.abc import Mapping

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider


def parsed(text: str) -> cst.Module:
    """The whole tree of a text."""
    return cst.parse_module(text)


def places(tree: cst.Module) -> Mapping[cst.CSTNode, CodeRange]:
    """Where the nodes of a tree stand, lines from 1 and columns from 0."""
    return MetadataWrapper(tree, unsafe_skip_copy=True).resolve(PositionProvider)


def is_in_parentheses(node: cst.CSTNode) -> bool:
    """Whether an expression has parentheses of its own around it."""
    return isinstance(node, cst.BaseExpression) and bool(node.lpar)


def replaced(tree: cst.Module, old: cst.CSTNode, new: cst.CSTNode) -> str:
    """The text of a tree in which a node has the place of another."""
    made = tree.deep_replace(old, _dressed(new, old))
    return cst.ensure_type(made, cst.Module).code


def _dressed(new: cst.CSTNode, old: cst.CSTNode) -> cst.CSTNode:
    """A node with what stands around another: parentheses, comments, blank lines."""
    match old, new:
        case cst.BaseExpression(), cst.BaseExpression():
            missing = len(old.lpar) - len(new.lpar)
            if missing > 0:
                lpar, rpar = old.lpar[:missing], old.rpar[-missing:]
                return new.with_changes(
                    lpar=(*lpar, *new.lpar), rpar=(*new.rpar, *rpar)
                )
        case cst.SimpleStatementLine(), cst.SimpleStatementLine():
            return new.with_changes(
                leading_lines=old.leading_lines,
                trailing_whitespace=old.trailing_whitespace,
            )
        case cst.BaseCompoundStatement(), cst.BaseCompoundStatement():
            return new.with_changes(leading_lines=old.leading_lines)
        case cst.Arg(), cst.Arg():
            return new.with_changes(comma=old.comma)
    return new
