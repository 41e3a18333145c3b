"""Runs git, so that nothing which a repository says in its config is executed.

The config of a repository can name programs for many an occasion: a file monitor, a
differ, a converter, a filter, a hook, a way to a remote. We only ask what has changed,
and each of them is turned off here.
"""

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import field

from blocklint.engine.request import BadRequest, nearest
from blocklint.frozen import dataclass
from blocklint.lazy import cached_property

Commit = str
_KEPT = ("PATH", "HOME", "XDG_CONFIG_HOME", "TMPDIR", "SYSTEMROOT", "USERPROFILE")
_FIXED = {
    "LC_ALL": "C",
    "GIT_OPTIONAL_LOCKS": "0",  # no index is written, so no hook is told of it
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",  # nor does an older git fetch what is missing
    "GIT_TERMINAL_PROMPT": "0",
}
_MODULE = "160000"  # how a tree marks an entry as a submodule
_LINK = "120000"  # and as a symbolic link
_HEADER = 3  # words before a content: its name, its kind, its size
_QUIET = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.quotePath": "false",
}
_DIFF = (
    "diff --no-ext-diff --no-textconv --no-color --no-relative --text -U0"
    " --inter-hunk-context=0 --ignore-submodules=all --find-renames"
    f" --src-prefix=a/ --dst-prefix=b/ -O{os.devnull}"
).split()


@dataclass(frozen=True)
class Repository:
    """The working tree that a folder is the top of."""

    top: str
    _filters: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def at(cls, folder: str) -> "Repository":
        """The repository around a folder. Raises BadRequest if there is none."""
        bare = cls(folder)
        found = bare._asked("rev-parse", "--show-toplevel").removesuffix("\n")
        listed = bare._run("config", "-z", "--name-only", "--get-regexp", r"^filter\.")
        filters = sorted({name for name in listed.told.split("\0") if name})
        if odd := next((name for name in filters if "=" in name), None):
            raise BadRequest(f"{found}: git cannot be told to leave out `{odd}`")
        return cls(found, tuple(filters))

    @cached_property
    def head(self) -> Commit | None:
        """The commit that is checked out; None before the first one."""
        return self.commit("HEAD")

    @cached_property
    def nothing(self) -> Commit:
        """The tree without files: all that there is differs from it."""
        return self._asked("hash-object", "-t", "tree", "--stdin").strip()

    def commit(self, name: str) -> Commit | None:
        """The commit that a branch, a tag or a number stands for."""
        if name.startswith("-"):
            return None
        ran = self._run("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        return None if ran.failed else ran.told.strip()

    def fork_of(self, name: str) -> Commit:
        """The commit at which the present work left `name`.

        Raises BadRequest if there is no such name, or nothing in common with it.
        """
        if self.head is None:
            raise BadRequest(f"{self.top}: there is no commit yet; use `--changed`")
        other = self.commit(name)
        if other is None:
            hint = nearest(name, self.names())
            raise BadRequest(f"{self.top}: git knows no revision `{name}`{hint}")
        ran = self._run("merge-base", other, self.head)
        if not ran.told:
            shallow = self._run("rev-parse", "--is-shallow-repository").told.strip()
            why = "this clone is shallow: fetch the whole history first"
            hint = f"; {why}" if shallow == "true" else ""
            raise BadRequest(f"{self.top}: `{name}` and HEAD share no commit{hint}")
        return ran.told.split()[0]

    def patch(self, base: Commit) -> str:
        """What turns a commit into the files on the disk, without context lines."""
        return self._asked(*_DIFF, base, "--")

    def untracked(self) -> Iterator[str]:
        """The files, from the top, that git does not know and is not to ignore."""
        listed = self._asked("ls-files", "--others", "--exclude-standard", "-z")
        return filter(None, listed.split("\0"))

    def has_module(self, path: str) -> bool:
        """Whether a folder, named from the top, is a submodule."""
        where = f":(top,literal){path}"
        staged = self._asked("ls-files", "--stage", "-z", "--", where)
        return staged.startswith(f"{_MODULE} ")

    def module_in(self, base: Commit, path: str) -> Commit | None:
        """The commit of a submodule that a commit of this repository asks for."""
        listed = self._asked("ls-tree", "-z", base, "--", path)
        match listed.split(maxsplit=3):
            case [mode, _, commit, _] if mode == _MODULE:
                return commit
        return None

    def files_in(self, commit: Commit) -> Iterator[tuple[str, str]]:
        """The files of a commit, from the top, each with the name of its content."""
        listed = self._asked("ls-tree", "-r", "-z", "--full-tree", commit)
        for entry in filter(None, listed.split("\0")):
            kind, _, path = entry.partition("\t")
            match kind.split():
                case [mode, "blob", content] if mode != _LINK:
                    yield path, content

    def contents(self, names: Iterable[str]) -> dict[str, bytes]:
        """What files hold, by the names of their contents, as it was committed."""
        wanted = list(dict.fromkeys(names))
        if not wanted:
            return {}
        asked = "".join(f"{name}\n" for name in wanted).encode()
        ran = self._ran(("cat-file", "--batch"), asked)
        if ran.returncode:
            raise BadRequest(f"{self.top}: {_complaint(_text(ran.stderr), 'cat-file')}")
        found: dict[str, bytes] = {}
        told, at = ran.stdout, 0
        for name in wanted:
            end = told.index(b"\n", at)
            header = told[at:end].split()
            if len(header) != _HEADER:
                raise BadRequest(f"{self.top}: git has lost the content {name}")
            size = int(header[2])
            found[name] = told[end + 1 : end + 1 + size]
            at = end + 1 + size + 1
        return found

    def names(self) -> list[str]:
        """The branches and tags that there are."""
        return self._run("for-each-ref", "--format=%(refname:short)").told.split()

    def _asked(self, *arguments: str) -> str:
        ran = self._run(*arguments)
        if ran.failed:
            raise BadRequest(f"{self.top}: {_complaint(ran.complaint, arguments[0])}")
        return ran.told

    def _run(self, *arguments: str) -> "_Answer":
        ran = self._ran(arguments)
        return _Answer(ran.returncode, _text(ran.stdout), _text(ran.stderr))

    def _ran(
        self, arguments: tuple[str, ...], given: bytes = b""
    ) -> subprocess.CompletedProcess[bytes]:
        git = shutil.which("git")
        if git is None:
            raise BadRequest(
                "git is needed to know what has changed, and is not on the PATH"
            )
        off = [f"{name}={value}" for name, value in _QUIET.items()]
        off += [f"{name}={_idle(name)}" for name in self._filters]
        return subprocess.run(
            [git, "--no-pager", *(w for each in off for w in ("-c", each)), *arguments],
            cwd=self.top,
            env={**_kept(), **_FIXED},
            input=given,
            capture_output=True,
            check=False,
        )


@dataclass(frozen=True)
class _Answer:
    """What git said: on its standard output, and as a complaint."""

    failed: int
    told: str
    complaint: str


def _text(data: bytes) -> str:
    """What git wrote, line ends as they are; a path need not be proper text."""
    return data.decode("utf-8", "surrogateescape")


def _kept() -> dict[str, str]:
    """What git needs of the environment; `GIT_DIR` and its kin are of no use here."""
    return {name: os.environ[name] for name in _KEPT if name in os.environ}


def _idle(name: str) -> str:
    """A value for a key of a filter with which the filter does nothing."""
    return "false" if name.lower().endswith(".required") else ""


def _complaint(said: str, command: str) -> str:
    """What git said, on one line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    told = " ".join(lines).removeprefix("fatal: ")
    return f"git says: {told}" if told else f"git {command} failed"
