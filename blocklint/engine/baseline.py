"""Baselines: findings that a project knows of, counted so that lines may shift.

A baseline counts findings by file, rule and class. As many as it counts are held back;
what is beyond is reported. Pure but for reading: an update is only worked out here.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import NamedTuple

from blocklint.engine.config import Configs
from blocklint.engine.discover import File
from blocklint.engine.request import BadRequest
from blocklint.engine.rulebook import RulesByFile
from blocklint.engine.values import Wrong, mapping, record, shown, string, within
from blocklint.frozen import dataclass
from blocklint.report import Edited, Known
from blocklint.rule import Finding

SCHEMA = "blocklint.baseline/1"
_ANEW = "mend it, or delete it and make it anew with `--update-baseline`"


class Key(NamedTuple):
    """What findings are counted by; `owner` is their class, empty if they have none.

    `path` is seen from the folder of the baseline, with forward slashes.
    """

    path: str
    rule: str
    owner: str


@dataclass(frozen=True)
class Baseline:
    """One baseline as it was read; `data` is empty for one that is yet to be made."""

    path: Path
    counts: Mapping[Key, int] = field(default_factory=dict)
    data: bytes = b""

    def key(self, finding: Finding) -> Key:
        """What a finding is counted under."""
        return Key(self.seen(finding.path), finding.rule, finding.class_name or "")

    def seen(self, path: str) -> str:
        """A file as this baseline names it."""
        folder = os.path.realpath(self.path.parent)
        return Path(os.path.relpath(os.path.realpath(path), folder)).as_posix()

    def has_file(self, key: Key) -> bool:
        """Whether the file of an entry is still there."""
        return os.path.lexists(self.path.parent / key.path)


class Baselines:
    """The baselines of some files, each read once.

    Raises BadRequest for one that is missing, unless it is to be made, or damaged.
    """

    def __init__(self, configs: Configs, files: Sequence[File]) -> None:
        self._configs = configs
        self._update = configs.options.update_baseline
        self._read: dict[str, Baseline] = {}
        self._of: dict[str, Baseline] = {}
        if configs.options.baseline is not None:
            self._load(configs.options.baseline)
        for file in files:
            found = self._meant(configs, file)
            if found is not None:
                self._of[file.name] = found
        if self._update and not self._read and files:
            raise BadRequest(
                "`--update-baseline` needs `--baseline FILE`, or the key `baseline` in "
                "[tool.blocklint]"
            )

    def weigh(
        self, findings: Iterable[Finding], rules: RulesByFile, ran: bool
    ) -> tuple[list[Finding], tuple[Known, ...]]:
        """What is beyond the baselines, and what each of them knew.

        `ran` says that blocks were run: else nothing can be said of what only a run
        finds. Nor of files and rules that this check left out: their entries stay.
        """
        every = list(findings)
        known: list[Known] = []
        held: Counter[int] = Counter()
        for baseline in tuple(self._read.values()):
            names = {baseline.seen(n): n for n, b in self._of.items() if b is baseline}
            mine = [f for f in every if self._for(f.path) is baseline]
            found = Counter(baseline.key(finding) for finding in mine)
            judged = _Judged(baseline, names, _unread(mine), rules, ran)
            after = _updated(baseline.counts, found, judged)
            left = Counter(after if self._update else baseline.counts)
            for finding in mine:
                key = baseline.key(finding)
                held[id(finding)] = int(left[key] > 0)
                left[key] -= 1
            known.append(_known(baseline, found, after, judged))
        return [finding for finding in every if not held[id(finding)]], tuple(known)

    def _for(self, path: str) -> Baseline | None:
        """The baseline for findings in a file, which need not hold code."""
        found = self._of.get(path)
        return found or self._meant(self._configs, File(path))

    def _meant(self, configs: Configs, file: File) -> Baseline | None:
        """The baseline of a file; the standard input has one if it has a name."""
        settings, typed = configs.of(file.name), configs.options.baseline
        path = typed or settings.baseline
        if path is None or file.name == "-":
            return None
        try:
            return self._load(path)
        except BadRequest as error:
            key = "`baseline` in [tool.blocklint]"
            raise BadRequest(f"{settings.origin}: {key}: {error}") from error

    def _load(self, path: Path) -> Baseline:
        real = os.path.realpath(path)
        if real not in self._read:
            self._read[real] = _read(_shown(path), self._update)
        return self._read[real]


@dataclass(frozen=True)
class _Judged:
    """Whether a check can tell that an entry of a baseline is out of date."""

    baseline: Baseline
    names: Mapping[str, str]
    unread: frozenset[str]
    rules: RulesByFile
    ran: bool

    def tells(self, key: Key) -> bool:
        """Whether findings that are not found are gone for certain."""
        name = self.names.get(key.path)
        if name is None:
            return not self.baseline.has_file(key)
        if not self.rules.book.meant(key.rule):
            return True
        rule = self.rules.of(name).get(key.rule)
        spoke = rule is not None and (self.ran or not rule.sees_runs)
        return spoke and (name not in self.unread or key.rule == "syntax-error")


def _unread(findings: Iterable[Finding]) -> frozenset[str]:
    """The files that hide what may be found in them, for they do not parse."""
    return frozenset(f.path for f in findings if f.rule == "syntax-error")


def _updated(
    before: Mapping[Key, int], found: Mapping[Key, int], judged: _Judged
) -> Mapping[Key, int]:
    kept = {key: count for key, count in before.items() if not judged.tells(key)}
    return {key: max(kept.get(key, 0), found.get(key, 0)) for key in {*kept, *found}}


def _known(
    baseline: Baseline,
    found: Mapping[Key, int],
    after: Mapping[Key, int],
    judged: _Judged,
) -> Known:
    before = baseline.counts
    gone = sum(
        max(count - found.get(key, 0), 0)
        for key, count in before.items()
        if judged.tells(key)
    )
    return Known(
        held=sum(min(count, before.get(key, 0)) for key, count in found.items()),
        gone=gone,
        new=sum(max(count - before.get(key, 0), 0) for key, count in found.items()),
        total=sum(after.values()),
        file=Edited(baseline.path.as_posix(), baseline.data, _written(after)),
    )


def _written(counts: Mapping[Key, int]) -> bytes:
    """A baseline as a file: one entry a line, in order."""
    import json

    entries = [
        json.dumps(
            {"path": path, "rule": rule, "class": owner or None, "count": count},
            ensure_ascii=False,
        )
        for (path, rule, owner), count in sorted(counts.items())
    ]
    listed = ",".join(f"\n    {entry}" for entry in entries)
    end = "\n  " if entries else ""
    text = f'{{\n  "schema": "{SCHEMA}",\n  "findings": [{listed}{end}]\n}}\n'
    return text.encode(errors="surrogateescape")


def _shown(path: Path) -> Path:
    """A path as short as it can be said from here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _read(path: Path, may_be_missing: bool) -> Baseline:
    from blocklint.engine.kept import read_kept

    kept = read_kept(path, "baseline", _ANEW)
    if kept is None and may_be_missing:
        return Baseline(path)
    if kept is None:
        make = "`--update-baseline` makes it"
        raise BadRequest(f"{path}: there is no such baseline; {make}")
    try:
        return Baseline(path, dict(_counts(kept.document)), kept.data)
    except Wrong as error:
        raise BadRequest(f"{path}: `{error.where}` {error}; {_ANEW}") from error


def _counts(document: object) -> Iterator[tuple[Key, int]]:
    """The entries of a document. Raises Wrong that names the part that is wrong."""
    top = within("the file", mapping, document)
    if top.get("schema") != SCHEMA:
        raise Wrong(f'must be "{SCHEMA}", not {shown(top.get("schema"))}', "schema")
    entries = top.get("findings")
    if not isinstance(entries, list):
        raise Wrong(f"must be a list, not {shown(entries)}", "findings")
    seen: set[Key] = set()
    for number, value in enumerate(entries, start=1):
        key, count = within(f"findings[{number}]", _entry, value)
        if key in seen:
            raise Wrong("counts what is counted before", f"findings[{number}]")
        seen.add(key)
        yield key, count


def _entry(value: object) -> tuple[Key, int]:
    found = record(_KEYS)(value)
    for key in _KEYS:
        if key not in found:
            raise Wrong(f"must have a `{key}`")
    return Key(found["path"], found["rule"], found["class"]), found["count"]


def _class(value: object) -> str:
    return "" if value is None else string(value)


def _count(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise Wrong(f"must be a positive whole number, not {shown(value)}")


_KEYS = {"path": string, "rule": string, "class": _class, "count": _count}
