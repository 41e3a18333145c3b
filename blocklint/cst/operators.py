"""Operators: what stands between values, and in front of them."""

from blocklint.cst.node import CSTNode


class BaseUnaryOp(CSTNode):
    """An operator in front of a value."""


class BitInvert(BaseUnaryOp):
    """`~`."""


class Minus(BaseUnaryOp):
    """`-`."""


class Not(BaseUnaryOp):
    """`not`."""


class Plus(BaseUnaryOp):
    """`+`."""


class BaseBooleanOp(CSTNode):
    """`and` or `or`."""


class And(BaseBooleanOp):
    """`and`."""


class Or(BaseBooleanOp):
    """`or`."""


class BaseBinaryOp(CSTNode):
    """An operator between two values."""


class Add(BaseBinaryOp):
    """`+`."""


class BitAnd(BaseBinaryOp):
    """`&`."""


class BitOr(BaseBinaryOp):
    """`|`."""


class BitXor(BaseBinaryOp):
    """`^`."""


class Divide(BaseBinaryOp):
    """`/`."""


class FloorDivide(BaseBinaryOp):
    """`//`."""


class LeftShift(BaseBinaryOp):
    """`<<`."""


class MatrixMultiply(BaseBinaryOp):
    """`@`."""


class Modulo(BaseBinaryOp):
    """`%`."""


class Multiply(BaseBinaryOp):
    """`*`."""


class Power(BaseBinaryOp):
    """`**`."""


class RightShift(BaseBinaryOp):
    """`>>`."""


class Subtract(BaseBinaryOp):
    """`-`."""


class BaseAugOp(CSTNode):
    """The operator of an augmented assignment."""


class AddAssign(BaseAugOp):
    """`+=`."""


class BitAndAssign(BaseAugOp):
    """`&=`."""


class BitOrAssign(BaseAugOp):
    """`|=`."""


class BitXorAssign(BaseAugOp):
    """`^=`."""


class DivideAssign(BaseAugOp):
    """`/=`."""


class FloorDivideAssign(BaseAugOp):
    """`//=`."""


class LeftShiftAssign(BaseAugOp):
    """`<<=`."""


class MatrixMultiplyAssign(BaseAugOp):
    """`@=`."""


class ModuloAssign(BaseAugOp):
    """`%=`."""


class MultiplyAssign(BaseAugOp):
    """`*=`."""


class PowerAssign(BaseAugOp):
    """`**=`."""


class RightShiftAssign(BaseAugOp):
    """`>>=`."""


class SubtractAssign(BaseAugOp):
    """`-=`."""


class BaseCompOp(CSTNode):
    """An operator that compares two values."""


class Equal(BaseCompOp):
    """`==`."""


class GreaterThan(BaseCompOp):
    """`>`."""


class GreaterThanEqual(BaseCompOp):
    """`>=`."""


class In(BaseCompOp):
    """`in`."""


class Is(BaseCompOp):
    """`is`."""


class IsNot(BaseCompOp):
    """`is not`."""


class LessThan(BaseCompOp):
    """`<`."""


class LessThanEqual(BaseCompOp):
    """`<=`."""


class NotEqual(BaseCompOp):
    """`!=`."""


class NotIn(BaseCompOp):
    """`not in`."""
