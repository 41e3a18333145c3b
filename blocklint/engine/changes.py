"""What has changed since a commit: for each file the lines that are new.

Every file belongs to the repository nearest above it. A submodule is compared with the
commit that the repository around it asked for at that time.
"""

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import field
from functools import cache
from itertools import chain, islice

from blocklint.engine.git import Commit, Repository
from blocklint.engine.request import BadRequest
from blocklint.frozen import dataclass

_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_INNER = frozenset(" \t)]}")  # what no statement of a file begins with
_ABOVE = frozenset("#@")  # what begins a line that belongs to the next one


@dataclass(frozen=True)
class Lines:
    """The lines of a file, from one, that changed.

    `cuts` are lines behind which some of the statement that they belong to is gone.
    """

    new: tuple[range, ...] = ()
    cuts: tuple[int, ...] = ()

    def meet(self, first: int, last: int) -> bool:
        """Whether a line from the first to the last, that included, is new."""
        return any(r.start <= last and first < r.stop for r in self.new)

    def cut(self, first: int, last: int) -> bool:
        """Whether something is gone behind one of these lines."""
        return any(first <= line <= last for line in self.cuts)

    def __bool__(self) -> bool:
        return bool(self.new or self.cuts)


UNCHANGED = Lines()
WHOLE = Lines((range(sys.maxsize),))


@dataclass(frozen=True)
class _Tree:
    """A repository, and what its files are compared with."""

    repository: Repository
    base: Commit


@dataclass
class Changes:
    """The changes against HEAD, or since the work left the branch `since`.

    Raises BadRequest if a file is in no repository, and for whatever git refuses.
    """

    since: str | None = None
    _lines: dict[str, dict[str, Lines]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._top = cache(_top)
        self._tree = cache(self._compared)
        self._repository = cache(Repository.at)

    def of(self, path: str) -> Lines:
        """The lines of a file that changed; all of them where they tell nothing."""
        real = os.path.realpath(path)
        marked = self._top(os.path.dirname(real))
        if marked is None:
            raise BadRequest(f"{path}: is in no git repository")
        tree = self._tree(marked)
        top = tree.repository.top
        if top not in self._lines:
            self._lines[top] = dict(_changed(tree))
        below = os.path.relpath(real, os.path.realpath(top)).replace(os.sep, "/")
        lines = self._lines[top].get(below, UNCHANGED)
        # Lines of a notebook are not lines of its code.
        return WHOLE if lines and not path.endswith((".py", ".pyi")) else lines

    def _compared(self, marked: str) -> _Tree:
        """A repository, by the folder that it seems to begin at."""
        repository = self._repository(marked)
        # A submodule keeps what git knows elsewhere, and a file says where.
        around = self._top(os.path.dirname(repository.top))
        if around and os.path.isfile(os.path.join(repository.top, ".git")):
            parent = self._repository(around)
            path = os.path.relpath(repository.top, parent.top).replace(os.sep, "/")
            if parent.has_module(path):
                asked = parent.module_in(self._tree(around).base, path)
                return _Tree(repository, _as_asked(repository, asked))
        return _Tree(repository, self._base(repository))

    def _base(self, repository: Repository) -> Commit:
        if self.since is not None:
            return repository.fork_of(self.since)
        return repository.head or repository.nothing


def _top(folder: str) -> str | None:
    """The nearest folder that looks like the top of a working tree."""
    while not os.path.lexists(os.path.join(folder, ".git")):
        folder, below = os.path.dirname(folder), folder
        if folder == below:
            return None
    return folder


def _as_asked(submodule: Repository, commit: Commit | None) -> Commit:
    """What a submodule is compared with; one that is new with nothing."""
    if commit is None:
        return submodule.nothing
    if submodule.commit(commit) is None:
        missing = f"the commit {commit} of this submodule is missing; fetch it first"
        raise BadRequest(f"{submodule.top}: {missing}")
    return commit


def _changed(tree: _Tree) -> Iterator[tuple[str, Lines]]:
    yield from lines_in(tree.repository.patch(tree.base))
    for path in tree.repository.untracked():
        yield path, WHOLE


def lines_in(patch: str) -> Iterator[tuple[str, Lines]]:
    """The changed lines of each file of a patch, by the path that it has now.

    The patch has no lines of context, and paths with the prefixes `a/` and `b/`.
    """
    path, found = "", UNCHANGED
    # A remark that the last line has no end stands between the lines of a hunk.
    lines = (line for line in patch.split("\n") if not line.startswith("\\ "))
    for line in chain(lines, ["diff --git "]):
        if line.startswith("diff --git "):
            if path and found:
                yield path, found
            path, found = "", UNCHANGED
        elif line.startswith("+++ "):
            path = _path(line.removeprefix("+++ "))
        elif hunk := _HUNK.match(line):
            gone, start, new = int(hunk[1] or 1), int(hunk[2]), int(hunk[3] or 1)
            removed = [text[1:] for text in islice(lines, gone)]
            found = _with(found, removed, start, len(list(islice(lines, new))))


def _with(before: Lines, removed: list[str], start: int, count: int) -> Lines:
    """The changed lines, with those of one more hunk.

    Where lines are gone and none came, the hunk starts at the line before.
    """
    new = [range(start, start + count)] if count else []
    code = [text for text in removed if text.strip()]
    above = start - 1 if count else start
    # What is left of a statement has changed, if it lost its inner lines at the end.
    cuts = [above] if code and code[0][0] in _INNER else []
    if code and not count and removed[-1][:1] in _ABOVE:
        new = [range(start + 1, start + 2)]
    return Lines((*before.new, *new), (*before.cuts, *cuts))


def _path(text: str) -> str:
    """The path that a header of a patch names; none for a file that is gone."""
    if text.startswith('"'):
        coded = text.rstrip("\t")[1:-1].encode("utf-8", "surrogateescape")
        plain = coded.decode("unicode_escape").encode("latin-1")
        text = plain.decode("utf-8", "surrogateescape")
    # Behind a name with a blank in it there stands a tab.
    return text.removesuffix("\t").removeprefix("b/") if text != "/dev/null" else ""
