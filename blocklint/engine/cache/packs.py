"""One file of the cache: what is known of the files of one folder of code."""

import json
import os
from collections.abc import Iterable
from dataclasses import field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from blocklint.engine.answers import Answer
from blocklint.engine.atomic import replace_atomically
from blocklint.engine.cache.plain import plain, restored
from blocklint.engine.comments import Comments
from blocklint.frontends.static.lookups import Ground, Query
from blocklint.frozen import dataclass
from blocklint.rule import Finding

MOST = 4  # answers of one file, under so many settings
Stamp = tuple[int, int, int]

# What reading comes to where a file is away, or holds data of any other form.
_NOT_OURS = (
    OSError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    RecursionError,
)


@dataclass(frozen=True)
class Kept:
    """An answer, and the state of all that it depends on as one digest."""

    state: str
    answer: Answer


@dataclass
class Record:
    """What is known of the content of one file, which `digest` names.

    A file with the same `stamp` still has this content; None for one that was written
    too recently to tell. `words` are those of its imports.
    """

    digest: str
    stamp: Stamp | None = None
    words: frozenset[str] | None = None
    comments: Comments | None = None
    answers: dict[str, Kept] = field(default_factory=dict)


@dataclass
class Pack:
    """The records of the files of one folder, by name."""

    folder: str
    records: dict[str, Record] = field(default_factory=dict)
    changed: bool = False

    def keep(self, name: str, key: str, kept: Kept) -> None:
        """Put an answer to the others of a file; the oldest has to go."""
        answers = self.records[name].answers
        answers.pop(key, None)
        answers[key] = kept
        while len(answers) > MOST:
            del answers[next(iter(answers))]
        self.changed = True

    def put(self, name: str, record: Record) -> None:
        """Have another record for a file."""
        self.records[name] = record
        self.changed = True


def load(place: Path, folder: str) -> Pack:
    """The pack of a folder; an empty one if there is none that is whole.

    What is no file is not read: a pipe in its place would never come to an end.
    """
    try:
        if place.is_file():
            check, _, data = place.read_bytes().partition(b"\n")
            if check == _check(data):
                return _Paths().pack(json.loads(data), folder)
    except _NOT_OURS:
        pass  # Whatever was there is not ours, or is no longer whole: it is made anew.
    return Pack(folder)


def save(place: Path, pack: Pack) -> None:
    """Write a pack in one step, so that whoever reads it sees all of it or none.

    Raises OSError; what was there before then stays.
    """
    data = _Paths().data(pack)
    replace_atomically(place, _check(data) + b"\n" + data, lasting=False)


def _check(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).hexdigest().encode()


class _Paths:
    """Writes each path of a pack once, for many answers stand on the same files."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._listed: list[str] = []

    def data(self, pack: Pack) -> bytes:
        files = {
            name: self._record_data(record)
            for name, record in sorted(pack.records.items())
            if os.path.lexists(os.path.join(pack.folder, name))
        }
        document = {"folder": pack.folder, "files": files, "paths": [*self._numbers]}
        return json.dumps(document, separators=(",", ":")).encode()

    def _record_data(self, record: Record) -> list[Any]:
        words, comments = record.words, record.comments
        return [
            record.digest,
            record.stamp,
            None if words is None else " ".join(sorted(words)),
            None if comments is None else plain(comments),
            {key: self._kept_data(kept) for key, kept in record.answers.items()},
        ]

    def _kept_data(self, kept: Kept) -> list[Any]:
        answer, ground = kept.answer, kept.answer.ground
        queries = [
            [*self._encoded([q.path, q.root]), q.names, self._encoded(q.answer)]
            for q in ground.queries
        ]
        paths = (ground.files, ground.missing, ground.packages)
        looked = [*map(self._encoded, paths), queries]
        found = [plain(finding) for finding in answer.findings]
        apart = [plain(finding) for finding in answer.apart]
        told = [answer.name, answer.digest, answer.judged, answer.undecided]
        return [kept.state, *told, found, apart, looked]

    def _encoded(self, paths: Iterable[str]) -> list[int]:
        numbers = self._numbers
        return [numbers.setdefault(path, len(numbers)) for path in paths]

    def pack(self, document: Any, folder: str) -> Pack:  # noqa: ANN401 (of JSON)
        self._listed = document["paths"]
        if document["folder"] != folder:
            return Pack(folder)
        files = document["files"].items()
        return Pack(folder, {name: self._record(data) for name, data in files})

    def _record(self, data: Any) -> Record:  # noqa: ANN401 (of JSON)
        digest, stamp, words, comments, answers = data
        return Record(
            digest,
            None if stamp is None else (stamp[0], stamp[1], stamp[2]),
            None if words is None else frozenset(words.split()),
            None if comments is None else restored(Comments, comments),
            {key: self._kept(kept) for key, kept in answers.items()},
        )

    def _kept(self, data: Any) -> Kept:  # noqa: ANN401 (of JSON)
        state, name, digest, judged, undecided, found, aside, (*paths, queries) = data
        asked = tuple(
            Query(self._listed[p], self._listed[r], tuple(names), self._decoded(answer))
            for p, r, names, answer in queries
        )
        files, missing, packages = map(self._decoded, paths)
        ground = Ground(files, missing, packages, asked)
        findings, apart = (
            tuple(restored(Finding, finding) for finding in each)
            for each in (found, aside)
        )
        answer = Answer(name, digest, findings, judged, ground, apart, int(undecided))
        return Kept(state, answer)

    def _decoded(self, numbers: list[int]) -> tuple[str, ...]:
        return tuple([self._listed[number] for number in numbers])
