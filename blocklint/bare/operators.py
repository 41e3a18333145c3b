"""What the operators of the standard library's trees are in bare ones."""

import ast

from blocklint import cst

UNARY: dict[type[ast.unaryop], type[cst.BaseUnaryOp]] = {
    ast.Invert: cst.BitInvert,
    ast.Not: cst.Not,
    ast.UAdd: cst.Plus,
    ast.USub: cst.Minus,
}
BOOLEAN: dict[type[ast.boolop], type[cst.BaseBooleanOp]] = {
    ast.And: cst.And,
    ast.Or: cst.Or,
}
BINARY: dict[type[ast.operator], type[cst.BaseBinaryOp]] = {
    ast.Add: cst.Add,
    ast.BitAnd: cst.BitAnd,
    ast.BitOr: cst.BitOr,
    ast.BitXor: cst.BitXor,
    ast.Div: cst.Divide,
    ast.FloorDiv: cst.FloorDivide,
    ast.LShift: cst.LeftShift,
    ast.MatMult: cst.MatrixMultiply,
    ast.Mod: cst.Modulo,
    ast.Mult: cst.Multiply,
    ast.Pow: cst.Power,
    ast.RShift: cst.RightShift,
    ast.Sub: cst.Subtract,
}
COMPARING: dict[type[ast.cmpop], type[cst.BaseCompOp]] = {
    ast.Eq: cst.Equal,
    ast.Gt: cst.GreaterThan,
    ast.GtE: cst.GreaterThanEqual,
    ast.In: cst.In,
    ast.Is: cst.Is,
    ast.IsNot: cst.IsNot,
    ast.Lt: cst.LessThan,
    ast.LtE: cst.LessThanEqual,
    ast.NotEq: cst.NotEqual,
    ast.NotIn: cst.NotIn,
}
AUGMENTED: dict[type[ast.operator], type[cst.BaseAugOp]] = {
    ast.Add: cst.AddAssign,
    ast.BitAnd: cst.BitAndAssign,
    ast.BitOr: cst.BitOrAssign,
    ast.BitXor: cst.BitXorAssign,
    ast.Div: cst.DivideAssign,
    ast.FloorDiv: cst.FloorDivideAssign,
    ast.LShift: cst.LeftShiftAssign,
    ast.MatMult: cst.MatrixMultiplyAssign,
    ast.Mod: cst.ModuloAssign,
    ast.Mult: cst.MultiplyAssign,
    ast.Pow: cst.PowerAssign,
    ast.RShift: cst.RightShiftAssign,
    ast.Sub: cst.SubtractAssign,
}
