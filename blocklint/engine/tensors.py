"""The words for a tensor in a config: `float32[batch, seq, 4*n_embd]`."""

import re

from blocklint.engine.request import nearest
from blocklint.engine.values import Wrong
from blocklint.frozen import dataclass

TYPES = (
    "float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8",
    "uint8", "bool", "complex64", "complex128",
)  # fmt: skip
_FORM = re.compile(r"\s*(\w+)\s*\[([^\[\]]*)\]\s*")
_SIZE = re.compile(r"[A-Za-z_]\w*|[1-9]\d{0,8}")
_EXAMPLE = '"float32[batch, seq, n_embd]"'


@dataclass(frozen=True)
class Tensor:
    """A type, and for each axis the factors of its size: `4*n_embd` is (4, "n_embd").

    No axis at all is a single number.
    """

    dtype: str
    axes: tuple[tuple[int | str, ...], ...]

    def __str__(self) -> str:
        return f"{self.dtype}[{', '.join(self.sizes)}]"

    @property
    def sizes(self) -> tuple[str, ...]:
        """The size of each axis as a text, `4*n_embd`."""
        return tuple("*".join(map(str, factors)) for factors in self.axes)

    @property
    def names(self) -> frozenset[str]:
        """The names of sizes in it."""
        every = (factor for factors in self.axes for factor in factors)
        return frozenset(factor for factor in every if isinstance(factor, str))


def tensor(value: object) -> Tensor:
    """Read the words for a tensor. Raises Wrong that says what does not fit."""
    form = _FORM.fullmatch(value) if isinstance(value, str) else None
    if form is None:
        written = f'"{value}"' if isinstance(value, str) else repr(value)
        raise Wrong(f"must be a tensor such as {_EXAMPLE}, not {written}")
    dtype, inside = form.groups()
    if dtype not in TYPES:
        listed = ", ".join(TYPES)
        hint = nearest(dtype, TYPES)
        raise Wrong(f"must begin with one of {listed}; not `{dtype}`{hint}")
    if not inside.strip():
        return Tensor(dtype, ())
    return Tensor(dtype, tuple(_axis(text) for text in inside.split(",")))


def _axis(text: str) -> tuple[int | str, ...]:
    factors = [part.strip() for part in text.split("*")]
    if not all(_SIZE.fullmatch(factor) for factor in factors):
        raise Wrong(
            "must have sizes that are names, positive numbers or products of them, "
            f"as in {_EXAMPLE} or `4*n_embd`; not `{text.strip()}`"
        )
    return tuple(int(f) if f.isdecimal() else f for f in factors)
