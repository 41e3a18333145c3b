"""The cache of one run: recalls answers that still hold, and keeps new ones."""

import os
import stat
import time
from collections.abc import Callable, Mapping
from hashlib import blake2b
from pathlib import Path

from blocklint.engine.answers import Answer, digest_of
from blocklint.engine.atomic import sweep
from blocklint.engine.cache.packs import Kept, Pack, Record, Stamp, load, save
from blocklint.engine.comments import Comments, suppressions_in
from blocklint.frontends.static.files import Disk
from blocklint.frontends.static.importers import Importers, imported_in
from blocklint.frontends.static.lookups import Ground, Query
from blocklint.text import Text

_NO_FILE, _UNREADABLE = "-", "!"
_SECOND = 1_000_000_000  # ns
_LAG = 20_000_000  # ns by which the times of files may lag behind the clock
_COARSE = 2 * _SECOND  # the same where they are counted in seconds, or in pairs of them

Save = Callable[[Path, Pack], None]
Read = Callable[[str], bytes]


def _bytes_of(path: str) -> bytes:
    return Path(path).read_bytes()


class Store:
    """Answers on the disk, in a folder that is there.

    An answer is recalled if all that it depends on is as it was: files by their content
    (which is read only if a file's times or size have changed), missing files by being
    missing still. `problem` says why something could not be written.
    """

    def __init__(
        self,
        folder: Path,
        write: Save = save,
        read: Read = _bytes_of,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.problem: str | None = None
        self._folder = folder
        self._write = write
        self._read = read
        self._began = clock()
        self._packs: dict[str, Pack] = {}
        self._forget()

    def recall(self, path: str, key: str) -> Answer | None:
        """What was found by way of a file under the settings that a key stands for."""
        record = self._record(path)
        kept = record.answers.get(key) if record else None
        return kept.answer if kept and self._holds(kept) else None

    def words(self, path: str) -> frozenset[str]:
        """The names that a file imports, and the last parts of the modules' names."""
        record = self._record(path)
        if record is None:
            return frozenset()
        if record.words is None:
            record.words = imported_in(Disk().text(Path(path)))
            self._pack(os.path.dirname(path)).changed = True
        return record.words

    def comments(self, text: Text, digest: str) -> Comments:
        """The suppressing comments of the text that an answer is about."""
        path = os.path.abspath(text.path)
        record = self._record(path)
        answers = record.answers.values() if record else ()
        if record is None or all(k.answer.digest != digest for k in answers):
            return suppressions_in(text)
        if record.comments is None:
            record.comments = suppressions_in(text)
            self._pack(os.path.dirname(path)).changed = True
        return record.comments

    def keep(self, answers: Mapping[tuple[str, str], Answer]) -> None:
        """Keep answers, by path and key, unless what they depend on may have changed.

        All of it is looked at once more: it counts as changed if it was written after
        the run began, or if it is not what was seen at first.
        """
        seen = self._states
        self._forget()
        for (path, key), answer in answers.items():
            kept = Kept(self._summed(answer.ground), answer)
            record = self._record(path)
            is_as_seen = self._is_as_seen(answer.ground, seen)
            if record and is_as_seen and self._holds(kept):
                folder, name = os.path.split(path)
                self._pack(folder).keep(name, key, kept)

    def commit(self) -> None:
        """Write what is new; once that fails, the rest is not tried."""
        if any(pack.changed for pack in self._packs.values()):
            sweep(self._folder)
        for pack in self._packs.values():
            if pack.changed and self.problem is None:
                try:
                    self._write(self._place(pack.folder), pack)
                except OSError as error:
                    self.problem = f"{self._folder}: {error.strerror}"
            pack.changed = False

    def _forget(self) -> None:
        """Look at the disk anew from now on."""
        self._stamps: dict[str, Stamp | None] = {}
        self._states: dict[str, str] = {}
        self._there: dict[str, bool] = {}
        self.importers = Importers(words_of=self.words)

    def _place(self, folder: str) -> Path:
        name = blake2b(os.fsencode(folder), digest_size=12).hexdigest()
        return self._folder / f"{name}.json"

    def _pack(self, folder: str) -> Pack:
        if folder not in self._packs:
            self._packs[folder] = load(self._place(folder), folder)
        return self._packs[folder]

    def _record(self, path: str) -> Record | None:
        """What is known of a file as it is now; None if it cannot be read."""
        if self._state(path) in (_NO_FILE, _UNREADABLE):
            return None
        folder, name = os.path.split(path)
        return self._pack(folder).records[name]

    def _holds(self, kept: Kept) -> bool:
        """Whether all that an answer depends on is as it was."""
        ground = kept.answer.ground
        return (
            not any(map(self._is_there, ground.missing))
            and all(map(self._is_there, ground.packages))
            and self._summed(ground) == kept.state
            and all(map(self._answers, ground.queries))
        )

    def _summed(self, ground: Ground) -> str:
        return digest_of("\n".join(map(self._state, ground.files)))

    def _answers(self, query: Query) -> bool:
        """Whether a query still has the answer that it had."""
        path, root = Path(query.path), Path(query.root)
        return tuple(self.importers.of(path, root, query.names)) == query.answer

    def _is_there(self, path: str) -> bool:
        if path not in self._there:
            self._there[path] = os.path.exists(path)
        return self._there[path]

    def _is_as_seen(self, ground: Ground, seen: Mapping[str, str]) -> bool:
        """Whether no file was written since the run began, as far as times tell.

        They tell nothing if the clock of a disk is not ours: what was `seen` then does.
        """
        stamps = map(self._stamp, (*ground.files, *ground.packages))
        return all(stamp and self._is_old(stamp) for stamp in stamps) and all(
            seen.get(path, self._state(path)) == self._state(path)
            for path in ground.files
        )

    def _is_old(self, stamp: Stamp) -> bool:
        return is_older(stamp, self._began)

    def _state(self, path: str) -> str:
        """A digest of what a file holds now."""
        if path not in self._states:
            self._states[path] = self._looked_up(path)
        return self._states[path]

    def _looked_up(self, path: str) -> str:
        stamp = self._stamp(path)
        if stamp is None:
            return _NO_FILE
        folder, name = os.path.split(path)
        pack = self._pack(folder)
        known = pack.records.get(name)
        if known and known.stamp == stamp:
            return known.digest
        try:
            digest = blake2b(self._read(path), digest_size=16).hexdigest()
        except OSError:
            return _UNREADABLE
        # The times tell of a write that came in between; it is what was read, or not.
        self._stamps[path] = after = stamp_of(path)
        if after is None or (after != stamp and self._is_old(after)):
            return _UNREADABLE
        if known is None or known.digest != digest:
            known = pack.records[name] = Record(digest)
        known.stamp = after if self._is_old(after) else None
        pack.changed = True
        return digest

    def _stamp(self, path: str) -> Stamp | None:
        if path not in self._stamps:
            self._stamps[path] = stamp_of(path)
        return self._stamps[path]


def stamp_of(path: str) -> Stamp | None:
    """Times and size of a file; None if there is none."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    is_file = stat.S_ISREG(found.st_mode)
    return (found.st_mtime_ns, found.st_ctime_ns, found.st_size) if is_file else None


def is_older(stamp: Stamp, moment: int) -> bool:
    """Whether a file was written before a moment (ns), as far as its times tell.

    Times in whole seconds are those of a disk that knows no others.
    """
    lag = _COARSE if all(time % _SECOND == 0 for time in stamp[:2]) else _LAG
    return max(stamp[:2]) < moment - lag
