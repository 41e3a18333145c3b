"""A cache that many use at once, that is edited under, or that somebody has damaged."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import repeat, takewhile
from pathlib import Path
from typing import Any

import pytest
from command import run
from crowd import copied, copies, edited, has_parent, told_alone, tree
from endings import drafts
from hypothesis import given, settings, strategies as st
from kept import NO_NORM, NORM, checked, project, write

from blocklint.engine.cache.folder import clean, made
from blocklint.engine.cache.packs import _check, load
from blocklint.engine.cache.store import is_older

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs a fork")

FOUND = ("post-norm", "unused-submodule")
SECOND = 1_000_000_000


def packs(cache: Path) -> list[Path]:
    return sorted(cache.glob("findings-*/*.json"))


def test_many_checks_at_once_share_a_cache(tmp_path: Path) -> None:
    code, cache = tree(tmp_path / "code", 2), tmp_path / "cache"
    time.sleep(0.05)

    said = copies(code, cache, count=80, at_once=80)

    assert said == {told_alone(code): 80}
    assert checked(code, cache).asked == ()
    assert drafts(cache) == []


def test_edits_meanwhile_are_seen_or_not_and_never_kept_for_others(
    tmp_path: Path,
) -> None:
    code, cache = tree(tmp_path / "code", 2), tmp_path / "cache"
    path = code / "code0" / "parts" / "__init__.py"
    states = set()
    for text in (NO_NORM, NORM):
        write(path, text)
        states.add(told_alone(code))

    for _ in range(3):
        with edited(path):
            said = copies(code, cache, count=8, at_once=4)

        assert set(said) <= states
        time.sleep(0.05)
        assert copies(code, cache, count=2, at_once=1) == {told_alone(code): 2}


def test_a_cache_may_be_cleaned_while_it_is_used(tmp_path: Path) -> None:
    code, cache = tree(tmp_path / "code", 2), tmp_path / "cache"
    time.sleep(0.05)

    cleaner = copied(partial(_clean_on, cache))
    said = copies(code, cache, count=12, at_once=4)
    os.kill(cleaner, signal.SIGKILL)
    os.waitpid(cleaner, 0)

    assert said == {told_alone(code): 12}
    assert copies(code, cache, count=2, at_once=1) == {told_alone(code): 2}


def _clean_on(cache: Path) -> None:
    for _ in takewhile(has_parent(), repeat(None)):
        clean(cache)
        time.sleep(0.001)


def test_a_file_that_is_written_while_it_is_read_is_not_trusted(
    tmp_path: Path,
) -> None:
    code, cache = project(tmp_path / "code"), tmp_path / "cache"
    late, rest = code / "parts" / "__init__.py", code / "block.py"
    all_found: list[bool] = []

    def read(path: str) -> bytes:
        if Path(path) == late and all_found:
            write(late, NO_NORM)
        return Path(path).read_bytes()

    during = checked(rest, cache, meanwhile=lambda: all_found.append(True), read=read)
    after = checked(rest, cache)

    assert late.read_text() == NO_NORM
    assert during.rules == FOUND
    assert after.rules == ("unused-submodule",)


def test_an_edit_counts_on_a_disk_whose_clock_is_late(tmp_path: Path) -> None:
    code, cache = project(tmp_path / "code"), tmp_path / "cache"
    late = code / "parts" / "__init__.py"

    during = checked(
        code,
        cache,
        meanwhile=lambda: write(late, NO_NORM),
        clock=lambda: time.time_ns() + 10 * SECOND,
    )
    after = checked(code, cache)

    assert during.rules == FOUND
    assert after.rules == ("unused-submodule",)


@pytest.mark.parametrize(
    ("time_of_file", "moment", "older"),
    [
        (8 * SECOND + 5, 9 * SECOND, True),
        (9 * SECOND - 5, 9 * SECOND, False),
        (8 * SECOND, 9 * SECOND, False),
        (8 * SECOND, 11 * SECOND, True),
    ],
)
def test_a_disk_that_counts_seconds_tells_less(
    time_of_file: int, moment: int, older: bool
) -> None:
    assert is_older((time_of_file, time_of_file, 3), moment) is older


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_pack_that_is_damaged_anywhere_says_nothing(
    pack: tuple[Path, bytes], data: st.DataObject
) -> None:
    place, whole = pack
    at = data.draw(st.integers(0, len(whole) - 1))
    harm = data.draw(
        st.one_of(
            st.integers(1, 255).map(lambda bits: bytes([whole[at] ^ bits])),
            st.binary(max_size=9).filter(lambda new: new != whole[at : at + 1]),
        )
    )
    rest = data.draw(st.sampled_from([whole[at + 1 :], b""]))

    place.write_bytes(whole[:at] + harm + rest)
    found = load(place, str(place.parent))

    assert found.records == {} or place.read_bytes() == whole


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """A pack as a check leaves it, and its bytes."""
    folder = tmp_path_factory.mktemp("packs")
    code, cache = project(folder / "code"), folder / "cache"
    checked(code, cache)
    (place,) = (each for each in packs(cache) if b"block.py" in each.read_bytes())
    return place, place.read_bytes()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2**70) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner)
    ),
    max_leaves=12,
)


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_pack_of_another_form_is_no_pack_even_if_its_sum_is_right(
    pack: tuple[Path, bytes], data: st.DataObject
) -> None:
    place, whole = pack
    document = json.loads(whole.partition(b"\n")[2])
    spots = list(_spots(document))
    holder, key = data.draw(st.sampled_from(spots))

    holder[key] = data.draw(JSON)
    body = json.dumps(document).encode()
    place.write_bytes(_check(body) + b"\n" + body)

    load(place, document.get("folder", ""))


def _spots(inner: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 (of JSON)
    """Every place in a document at which something else may stand."""
    match inner:
        case dict():
            keys: Iterable[Any] = inner.keys()
        case list():
            keys = range(len(inner))
        case _:
            return
    for key in keys:
        yield inner, key
        yield from _spots(inner[key])


def test_a_pack_that_is_nested_without_end_is_no_pack(tmp_path: Path) -> None:
    body = b"[" * 100_000
    (tmp_path / "pack.json").write_bytes(_check(body) + b"\n" + body)

    assert load(tmp_path / "pack.json", "").records == {}


def _folder(place: Path) -> None:
    (place / "within").mkdir(parents=True)


def _link(place: Path) -> None:
    write(place.with_name("elsewhere"), "not ours")
    place.symlink_to("elsewhere")


STAND_INS: dict[str, Callable[[Path], None]] = {
    "folder": _folder,
    "link": _link,
    "link to nothing": lambda place: place.symlink_to("gone"),
    "link to itself": lambda place: place.symlink_to(place.name),
    "pipe": os.mkfifo,
    "endless": lambda place: place.symlink_to("/dev/zero"),
}


@pytest.mark.parametrize("kind", STAND_INS)
def test_what_stands_in_the_place_of_a_pack_says_nothing(
    tmp_path: Path, kind: str
) -> None:
    code, cache = project(tmp_path / "code"), tmp_path / "cache"
    checked(code, cache)
    for place in packs(cache):
        place.unlink()
        STAND_INS[kind](place)

    ran = checked(code, cache)

    assert ran.rules == FOUND
    assert (ran.problem is not None) == (kind == "folder")
    assert kind != "link" or (made(cache) / "elsewhere").read_text() == "not ours"
    assert clean(cache)
    assert not cache.exists()


@pytest.mark.parametrize("kind", STAND_INS)
@pytest.mark.parametrize("part", [False, True])
def test_what_stands_in_the_place_of_the_cache_costs_no_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, part: bool
) -> None:
    monkeypatch.delenv("BLOCKLINT_NO_CACHE")
    code = project(tmp_path / "code")
    place = code / ".blocklint_cache"
    if part:
        place = made(place)
        place.rmdir()
    STAND_INS[kind](place)

    plain = run("check", "-j1", "--format=json", "--no-cache", folder=code)
    ran = run("check", "-j1", "--format=json", folder=code)

    assert (ran.stdout, ran.exit_code) == (plain.stdout, 1)
    assert ("The cache was not used" in ran.stderr) == (kind != "folder")
