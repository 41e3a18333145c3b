"""Our enumerations do what those of the standard library do."""

import pickle
from copy import deepcopy
from enum import Enum

import pytest

from blocklint.kinds import Kinds


class Ours(Kinds):
    """What a value is."""

    OLD = "was there before"
    NEW = "came later"

    @property
    def is_new(self) -> bool:
        """Whether it came later."""
        return self is Ours.NEW


class Theirs(Enum):
    """The same, made by the standard library."""

    OLD = "was there before"
    NEW = "came later"


def test_lists_its_members_in_order() -> None:
    found = [(each.name, each.value) for each in Ours]

    assert found == [(each.name, each.value) for each in Theirs]


def test_each_member_is_one_object() -> None:
    new = Ours.NEW

    copies = [Ours("came later"), pickle.loads(pickle.dumps(new)), deepcopy(new)]

    assert all(each is new for each in copies)
    assert len({*copies, Ours.OLD}) == 2


def test_members_have_what_their_class_defines() -> None:
    assert [each.is_new for each in Ours] == [False, True]
    assert repr([*Ours]) == "[Ours.OLD, Ours.NEW]"


def test_refuses_what_is_no_member() -> None:
    with pytest.raises(ValueError, match="'neither' is no Ours"):
        Ours("neither")
