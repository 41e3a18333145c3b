"""Our dataclasses do what those of the standard library do."""

import pickle
from dataclasses import FrozenInstanceError, field, replace

import pytest

from blocklint.frozen import dataclass, sealed


@dataclass(frozen=True, order=True)
class Ours:
    """With each kind of field."""

    name: str
    size: int = 3
    seen: list[int] = field(default_factory=list, compare=False)
    whole: str = field(init=False)
    times: dict[str, int] = field(init=False, default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "whole", f"{self.name}{self.size}")


@dataclass
class Open:
    """One that may change, and so has no hash."""

    size: int = 0


@dataclass(frozen=True, eq=False)
class Itself:
    """One that equals nothing but itself."""

    size: int = 0


@sealed(frozen=True)
class Sealed:
    """One that is handed to others."""

    name: str
    size: int = 3


def test_objects_are_made_compared_and_shown() -> None:
    given = Ours("a", seen=[1])

    other = replace(given, size=3, seen=[2])

    assert (given, hash(given)) == (other, hash(("a", 3, "a3")))
    assert given != replace(given, name="b")
    assert given < Ours("b") > given
    assert given <= other >= given
    assert given.times is not other.times
    assert repr(given) == "Ours(name='a', size=3, seen=[1], whole='a3', times={})"


def test_another_class_is_never_equal() -> None:
    given: object = Ours("a")

    assert given != Sealed("a")
    assert given != "a"


def test_what_is_open_has_no_hash_and_what_is_itself_has_its_own() -> None:
    first, second = Itself(1), Itself(1)

    assert Open(1) == Open(1)
    assert Open.__hash__ is None
    assert len({first, second}) == 2


def test_a_wrong_number_of_values_is_refused_each_time() -> None:
    for _ in range(2):
        with pytest.raises(TypeError, match=r"Sealed\.__init__\(\)"):
            Sealed()  # type: ignore[call-arg]


def test_what_is_sealed_cannot_be_changed_and_goes_to_other_processes() -> None:
    given = Sealed("a")

    sent = pickle.loads(pickle.dumps(given))

    assert sent == given == Sealed(name="a", size=3)
    with pytest.raises(FrozenInstanceError):
        given.size = 4  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del given.size


@dataclass(frozen=True, slots=True)
class Slotted:
    """One with slots."""

    one: int
    two: list[int] = field(default_factory=list)


def test_objects_with_slots_are_like_others() -> None:
    found = Slotted(1)

    assert not hasattr(found, "__dict__")
    assert (found.one, found.two, Slotted.__match_args__) == (1, [], ("one", "two"))
    assert found == Slotted(1, []) != Slotted(2)
    assert repr(found) == "Slotted(one=1, two=[])"
    assert replace(found, one=2) == Slotted(2)
