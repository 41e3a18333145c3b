"""A property is worked out once, for plain objects and for those that are frozen."""

from dataclasses import dataclass

import pytest

from blocklint.frozen import sealed
from blocklint.lazy import cached_property


class Plain:
    """One that counts how often it is asked."""

    times = 0

    @cached_property
    def doubled(self) -> int:
        """Twice the count."""
        self.times += 1
        return 2 * self.times


@sealed(frozen=True)
class Sealed:
    """One whose attributes nobody may set."""

    size: int

    @cached_property
    def doubled(self) -> int:
        """Twice the size."""
        return 2 * self.size


@dataclass(frozen=True)
class Other:
    """One of the standard library's."""

    size: int

    @cached_property
    def doubled(self) -> int:
        """Twice the size."""
        return 2 * self.size


def test_is_worked_out_once_for_each_object() -> None:
    one, two = Plain(), Plain()

    found = [one.doubled, one.doubled, two.doubled]

    assert found == [2, 2, 2]
    assert one.times == two.times == 1


@pytest.mark.parametrize("kind", [Sealed, Other])
def test_is_kept_by_what_is_frozen(kind: type[Sealed] | type[Other]) -> None:
    frozen = kind(2)

    found = frozen.doubled

    assert found == 4
    assert vars(frozen) == {"size": 2, "doubled": 4}


def test_tells_what_it_is_for() -> None:
    assert Plain.doubled.__doc__ == "Twice the count."
