"""The two versions that are compared: a commit, the working tree, or a path."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from pathlib import Path

from blocklint.engine.config import Configs
from blocklint.engine.discover import File, discover, skipped
from blocklint.engine.git import Commit, Repository
from blocklint.engine.outside import Outside
from blocklint.engine.request import BadRequest, Request, nearest
from blocklint.engine.snapshot import Snapshot
from blocklint.frontends.static.files import Disk, Files
from blocklint.frozen import dataclass
from blocklint.notebook import SUFFIX

_MOST_PATHS = 2  # that can be compared with each other
_PYTHON = (".py", SUFFIX)


@dataclass(frozen=True)
class Side:
    """One version: its files, by what they are called in both versions.

    `title` says what it is, `disk` where the files that it imports are read.
    """

    title: str
    files: Mapping[str, File] = field(repr=False)
    disk: Files = field(default_factory=Disk, repr=False)


def sides_of(words: tuple[str, ...], request: Request) -> tuple[Side, Side]:
    """The two versions that some words of a command line name.

    Revisions come first, then paths: with a revision, paths say which files are meant;
    two paths without one are compared with each other. Without any, the last commit is
    compared with the files on the disk. Raises BadRequest for what is neither.
    """
    names, paths = _sorted(words)
    if not names and len(paths) == _MOST_PATHS:
        return _at(paths[0], request), _at(paths[1], request)
    if not names and len(paths) > _MOST_PATHS:
        raise BadRequest("give two paths to compare, or a revision before the paths")
    repository = Repository.at(_folder(paths))
    commits = [(name, _commit(repository, name)) for name in names or ["HEAD"]]
    scope = replace(request, paths=paths or (".",))
    old = _committed(repository, *commits[0], scope)
    if len(commits) > 1:
        return old, _committed(repository, *commits[1], scope)
    return old, _working(repository, scope, old)


def _sorted(words: tuple[str, ...]) -> tuple[list[str], tuple[str, ...]]:
    """Words told apart: the revisions in front, and the paths behind them."""
    names: list[str] = []
    for number, word in enumerate(words):
        if ".." in word and not os.path.exists(word) and number == 0:
            names += [part or "HEAD" for part in word.split("..", 1)]
            continue
        is_path = os.path.lexists(word)
        if is_path and not _is_revision(word):
            return names, _existing(words[number:], names)
        if is_path:
            hint = f"write `./{word}` for the path, `heads/{word}` for the branch"
            raise BadRequest(f"`{word}` is a path and a revision; {hint}")
        if not names and _looks_like_path(word):
            raise BadRequest(f"`{word}`: no such file or directory")
        if len(names) < _MOST_PATHS and not (names and _looks_like_path(word)):
            names.append(word)
        else:
            return names, words[number:]
    return names, ()


def _existing(words: tuple[str, ...], names: list[str]) -> tuple[str, ...]:
    """Paths; without a revision, where they could have been, all of them must exist."""
    for word in words:
        if not names and not os.path.lexists(word):
            raise BadRequest(f"`{word}`: no such file or directory")
    return words


def _looks_like_path(word: str) -> bool:
    return word.endswith(_PYTHON) or word.endswith("/")


def _is_revision(word: str) -> bool:
    """Whether a word that is a path could mean a commit, too."""
    if os.sep in word or word.endswith(_PYTHON) or word in (".", ".."):
        return False
    try:
        return Repository.at(".").commit(word) is not None
    except BadRequest:  # outside of any repository a word can only be a path
        return False


def _folder(paths: tuple[str, ...]) -> str:
    first = paths[0] if paths else "."
    if os.path.isdir(first):
        return first
    return os.path.dirname(first) or "."


def _commit(repository: Repository, name: str) -> Commit:
    found = repository.commit(name)
    if found is None and name == "HEAD" and repository.head is None:
        raise BadRequest(f"{repository.top}: there is no commit yet to compare with")
    if found is None:
        hint = nearest(name, repository.names())
        raise BadRequest(
            f"`{name}` is no path, and git knows no revision of that name{hint}"
        )
    return found


def _at(path: str, request: Request) -> Side:
    """The version that stands in a folder, or in a single file."""
    if not os.path.lexists(path):
        raise BadRequest(f"`{path}`: no such file or directory")
    found = discover(replace(request, paths=(path,)), Configs(request.options))
    if not os.path.isdir(path):
        return Side(path, dict.fromkeys([""], found[0]) if found else {})
    return Side(
        path,
        {os.path.relpath(f.name, path).replace(os.sep, "/"): f for f in found},
    )


def _committed(
    repository: Repository, title: str, commit: Commit, request: Request
) -> Side:
    """The version that a commit holds."""
    listed = {
        path: content
        for path, content in repository.files_in(commit)
        if path.endswith(_PYTHON)
    }
    contents = repository.contents(listed.values())
    top = os.path.abspath(repository.top)
    given = {os.path.join(top, path): contents[c] for path, c in listed.items()}
    meant = _meant(listed, repository, request)
    files = {path: File(name, contents[listed[path]]) for path, name in meant.items()}
    if not files and request.paths != (".",):
        missing = [path for path in request.paths if not os.path.lexists(path)]
        if missing:
            raise BadRequest(f"`{missing[0]}`: no such file or directory")
    return Side(title, files, Snapshot(given))


def _meant(
    listed: Iterable[str], repository: Repository, request: Request
) -> dict[str, str]:
    """The files of a commit that a request means, with the names that reports show."""
    outside = Outside(Configs(request.options))
    scopes = [os.path.realpath(path) for path in request.paths]
    top = os.path.realpath(repository.top)
    here = os.path.realpath("")
    found: dict[str, str] = {}
    for path in listed:
        real = os.path.join(top, path)
        if not any(_is_within(real, scope) for scope in scopes):
            continue
        name = os.path.relpath(real, here).replace(os.sep, "/")
        hidden = any(map(skipped, Path(path).parts[:-1]))
        if not hidden and not outside.leaves_out(name, is_folder=False):
            found[path] = name
    return found


def _is_within(path: str, scope: str) -> bool:
    return path == scope or path.startswith(scope.rstrip(os.sep) + os.sep)


def _working(repository: Repository, request: Request, old: Side) -> Side:
    """The version on the disk; a path that is there no more has no files."""
    there = tuple(path for path in request.paths if os.path.lexists(path))
    if not there and not old.files:
        raise BadRequest(f"`{request.paths[0]}`: no such file or directory")
    scope = replace(request, paths=there)
    found = discover(scope, Configs(request.options)) if there else []
    top = os.path.realpath(repository.top)
    return Side(
        "the working tree",
        {
            os.path.relpath(os.path.realpath(f.name), top).replace(os.sep, "/"): f
            for f in found
        },
    )
