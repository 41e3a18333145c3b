"""What LibCST calls the operators of the standard library's trees."""

import ast
from collections.abc import Callable

import libcst as cst

from blocklint.bare.making import maker

_not_equal = maker(cst.NotEqual, "value")

OPERATORS: dict[type[ast.AST], Callable[[], cst.CSTNode]] = {
    ast.Add: maker(cst.Add),
    ast.And: maker(cst.And),
    ast.BitAnd: maker(cst.BitAnd),
    ast.BitOr: maker(cst.BitOr),
    ast.BitXor: maker(cst.BitXor),
    ast.Div: maker(cst.Divide),
    ast.Eq: maker(cst.Equal),
    ast.FloorDiv: maker(cst.FloorDivide),
    ast.Gt: maker(cst.GreaterThan),
    ast.GtE: maker(cst.GreaterThanEqual),
    ast.In: maker(cst.In),
    ast.Invert: maker(cst.BitInvert),
    ast.Is: maker(cst.Is),
    ast.IsNot: maker(cst.IsNot),
    ast.LShift: maker(cst.LeftShift),
    ast.Lt: maker(cst.LessThan),
    ast.LtE: maker(cst.LessThanEqual),
    ast.MatMult: maker(cst.MatrixMultiply),
    ast.Mod: maker(cst.Modulo),
    ast.Mult: maker(cst.Multiply),
    ast.Not: maker(cst.Not),
    ast.NotEq: lambda: _not_equal("!="),
    ast.NotIn: maker(cst.NotIn),
    ast.Or: maker(cst.Or),
    ast.Pow: maker(cst.Power),
    ast.RShift: maker(cst.RightShift),
    ast.Sub: maker(cst.Subtract),
    ast.UAdd: maker(cst.Plus),
    ast.USub: maker(cst.Minus),
}
AUGMENTED: dict[type[ast.operator], Callable[[], cst.BaseAugOp]] = {
    ast.Add: maker(cst.AddAssign),
    ast.BitAnd: maker(cst.BitAndAssign),
    ast.BitOr: maker(cst.BitOrAssign),
    ast.BitXor: maker(cst.BitXorAssign),
    ast.Div: maker(cst.DivideAssign),
    ast.FloorDiv: maker(cst.FloorDivideAssign),
    ast.LShift: maker(cst.LeftShiftAssign),
    ast.MatMult: maker(cst.MatrixMultiplyAssign),
    ast.Mod: maker(cst.ModuloAssign),
    ast.Mult: maker(cst.MultiplyAssign),
    ast.Pow: maker(cst.PowerAssign),
    ast.RShift: maker(cst.RightShiftAssign),
    ast.Sub: maker(cst.SubtractAssign),
}
