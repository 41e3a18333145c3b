"""What is asked of the engine, and the answer that it cannot be done."""

from collections.abc import Iterable, Mapping
from dataclasses import field
from pathlib import Path

from blocklint.frozen import dataclass


class BadRequest(Exception):
    """The request cannot be carried out: a bad option, config or path."""


@dataclass(frozen=True)
class Selection:
    """Which rules run: selectors are names, codes, prefixes of codes, or ALL."""

    select: tuple[str, ...] = ("ALL",)
    ignore: tuple[str, ...] = ()

    def extended(self, select: Iterable[str], ignore: Iterable[str]) -> "Selection":
        """This selection with more selectors on both sides."""
        return Selection((*self.select, *select), (*self.ignore, *ignore))


@dataclass(frozen=True)
class Options:
    """What the command line decides, over what a project's config says.

    `select` replaces the config's whole choice of rules; `extend_select` and `ignore`
    add to it. `config` names the one file to use, `isolated` that there is none.
    So does `baseline` the file of known findings; `update_baseline` takes what is found
    for known. `expectations` is the file of what blocks are expected to be. What is
    None is left to the config.
    `trace` asks for the blocks to be run, `probe` for more runs with other numbers;
    `python` and `timeout` say how. `changed` leaves what is as in the last commit, and
    `since` what is as where the work left that branch; `shard` is a part, as in `1/4`.
    `caching` lets answers be kept on the disk, in `cache_dir` or beside the config.
    `jobs` is how many processes may be used, zero for as many as there are processors.
    """

    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    force_exclude: bool | None = None
    respect_gitignore: bool | None = None
    config: Path | None = None
    isolated: bool = False
    baseline: Path | None = None
    update_baseline: bool = False
    expectations: Path | None = None
    trace: bool = False
    probe: bool = False
    python: str | None = None
    timeout: float | None = None
    changed: bool = False
    since: str | None = None
    shard: str | None = None
    caching: bool = False
    cache_dir: Path | None = None
    jobs: int = 1


@dataclass(frozen=True)
class Request:
    """Paths as they were given; the file `stdin` stands for the path `-`.

    `drafts` holds, by real path, what is to be read in place of files on the disk.
    """

    paths: tuple[str, ...] = (".",)
    options: Options = field(default_factory=Options)
    stdin: bytes | None = None
    stdin_name: str = "-"
    drafts: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    def is_stdin(self, path: str) -> bool:
        """Whether a file is the standard input, by the name that reports show."""
        return "-" in self.paths and path == self.stdin_name


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint at the known word that is closest to an unknown one, or nothing."""
    from difflib import get_close_matches  # noqa: PLC0415 (for mistakes alone)

    lowered = {name.lower(): name for name in known}
    close = get_close_matches(word.lower(), lowered, n=1)
    return f"; did you mean `{lowered[close[0]]}`?" if close else ""
