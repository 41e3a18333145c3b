"""Names for sizes: the run was given sizes that cannot be mistaken for each other."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from blocklint.frozen import dataclass
from blocklint.lazy import cached_property

_FIRST = ("batch", "seq")
_SINGLE = (*_FIRST, "side")
_MULTIPLES = (2, 3, 4, 6, 8)
# Settings that count something else than the elements of an axis.
_NO_SIZE = re.compile(
    r"layer|depth|blocks|patch|kernel|stride|_idx$|_id$|index|max_|position|block_size|seed|version|eps|"
    r"dropout|rate|theta|n_ctx|context_len|token|num_label|epoch|stage|buckets"
)


@dataclass(frozen=True)
class SizeNames:
    """The names of the sizes that one run was given, such as `{"batch": 5}`."""

    sizes: Mapping[str, int]
    _known: dict[int, str] = field(default_factory=dict, repr=False)

    def shape(self, shape: Sequence[int]) -> tuple[str, ...]:
        """A shape with its sizes named, as `("batch", "seq", "3*n_embd")`."""
        return tuple(self._name(size) for size in shape)

    def _name(self, size: int) -> str:
        if size not in self._known:
            self._known[size] = next(self._found(size), str(size))
        return self._known[size]

    def _found(self, size: int) -> Iterator[str]:
        """What a size may be called, the likeliest first; 1 stays a number."""
        if size <= 1:
            return
        plain = self._plain
        yield from (name for name, value in plain.items() if value == size)
        for name, value in plain.items():
            if name not in _SINGLE:
                yield from (f"{k}*{name}" for k in _MULTIPLES if k * value == size)
                yield from (f"{name}/{k}" for k in _MULTIPLES if k * size == value)
        for name, value in plain.items():
            for other, by in plain.items():
                if name != other and by > 1 and by * size == value:
                    yield f"{name}/{other}"
        names = list(plain)
        for place, name in enumerate(names):
            for other in names[place + 1 :]:
                if plain[name] > 1 and plain[name] * plain[other] == size:
                    yield f"{name}*{other}"

    @cached_property
    def _plain(self) -> dict[str, int]:
        """The names that may stand for an axis; batch and length first, words last."""
        first = {
            name: self.sizes[name] for name in ("batch", "seq") if name in self.sizes
        }
        rest = {
            name: value
            for name, value in self.sizes.items()
            if value > 1 and name not in first and not _NO_SIZE.search(name)
        }
        return {**first, **rest}
