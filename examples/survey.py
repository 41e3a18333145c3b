"""Counts how the blocks of many repositories normalise, on one machine or a cluster.

    python examples/survey.py files.parquet --output counts.jsonl

The tables, Parquet or JSON lines, hold one source file a row: `repository`, `path` and
`content`. Ray Data reads them piece by piece, hands the rows to whatever machines it
has, and adds up what comes back; only counts travel. A row that is no text, is too
large or takes too long is counted as such and passed over, and so is a file that is no
Python. Nothing of the code that is read is run.

What is counted, one line for each of a repository: `file` (what became of its rows:
`read`, `not text`, `too large`, `timed out`, `syntax error`, `failed: ...`), `block`
(blocks by their placement, as `blocklint inspect` words it), `site` (residual additions
by their placement) and `finding` (findings of `blocklint check`, by rule).
"""

import argparse
import json
import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING

import blocklint

if TYPE_CHECKING:
    import pyarrow as pa
    import ray.data

_COLUMNS = ("repository", "path", "content")
_BATCH = 64  # rows; each is let go before the next are taken
_KEYS = ("repository", "kind", "name")

Counts = Counter[tuple[str, str, str]]


@dataclass(frozen=True)
class Limits:
    """What a single file may cost: bytes of UTF-8, seconds of processor time."""

    bytes: int = 1_000_000
    seconds: float = 20.0


class _TooSlowError(Exception):
    """The time of a file is up."""


def outcomes(
    path: object, content: object, limits: Limits
) -> Iterator[tuple[str, str]]:
    """What one row adds to the counts: what became of the file, and what is in it."""
    text = _text(content)
    if text is None:
        yield "file", "not text"
        return
    if len(text.encode("utf-8", "surrogatepass")) > limits.bytes:
        yield "file", "too large"
        return
    try:
        with _at_most(limits.seconds):
            found = tuple(_facts(text, str(path)))
    except _TooSlowError:
        found = (("file", "timed out"),)
    except Exception as error:
        # The boundary of a long run: a fault on one file is counted, and seen there.
        found = (("file", f"failed: {type(error).__name__}"),)
    yield from found


def _text(content: object) -> str | None:
    if isinstance(content, bytes):
        try:
            return content.decode()
        except UnicodeDecodeError:
            return None
    return content if isinstance(content, str) else None


def _facts(text: str, path: str) -> Iterator[tuple[str, str]]:
    findings = blocklint.check_source(text, path)
    if any(finding.rule == "syntax-error" for finding in findings):
        yield "file", "syntax error"
        return
    yield "file", "read"
    for finding in findings:
        yield "finding", finding.rule
    for block in blocklint.inspect_source(text, path):
        yield "block", block.placement
        for site in block.variants[0].sites:  # of the default variant
            yield "site", site.placement.value


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raise _TooSlowError where the work takes longer, on systems with alarms."""
    alarms = hasattr(signal, "setitimer")
    if not alarms or threading.current_thread() is not threading.main_thread():
        yield
        return

    rung: list[int] = []

    def ring(number: int, frame: FrameType | None) -> None:
        rung.append(number)
        raise _TooSlowError

    before = signal.signal(signal.SIGPROF, ring)
    try:
        # It rings again, for Python drops what is raised while it collects garbage.
        signal.setitimer(signal.ITIMER_PROF, seconds, 0.5)
        yield
    except SystemError as error:  # what C code makes of it if it rings there
        if rung:
            raise _TooSlowError from error
        raise
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def tally(batch: "pa.Table", limits: Limits) -> "pa.Table":
    """The counts of some rows: repository, kind, name, count."""
    import pyarrow as pa  # noqa: PLC0415 (this runs wherever the rows are)

    blocklint.check_source("")  # The rules are loaded now, at no file's expense.
    counts: Counts = Counter()
    columns = (batch.column(name) for name in _COLUMNS)
    for repository, path, content in zip(*columns, strict=True):
        for kind, name in outcomes(path.as_py(), content.as_py(), limits):
            counts[str(repository.as_py()), kind, name] += 1
    rows = [(*key, count) for key, count in counts.items()]
    names = [*_KEYS, "count"]
    types = [pa.string()] * len(_KEYS) + [pa.int64()]
    arrays = [pa.array([row[i] for row in rows], each) for i, each in enumerate(types)]
    return pa.table(arrays, names=names)


def survey(tables: Sequence[str], limits: Limits) -> Counts:
    """The counts of whole tables. One batch of rows a process is held at a time."""
    import ray.data  # noqa: PLC0415 (`--help` needs no cluster)

    parquet = [table for table in tables if table.endswith(".parquet")]
    lines = [table for table in tables if not table.endswith(".parquet")]
    parts = [ray.data.read_parquet(parquet)] if parquet else []
    parts += [ray.data.read_json(lines, lines=True)] if lines else []
    counts: Counts = Counter()
    for part in parts:
        for row in _counted(part, limits).iter_rows():
            counts[row["repository"], row["kind"], row["name"]] += row["count"]
    return counts


def _counted(rows: "ray.data.Dataset", limits: Limits) -> "ray.data.Dataset":
    return rows.select_columns(list(_COLUMNS)).map_batches(
        tally,
        batch_size=_BATCH,
        batch_format="pyarrow",
        fn_kwargs={"limits": limits},
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tables", nargs="+", help="files in Parquet or JSON lines")
    parser.add_argument(
        "--output", help="a file in JSON lines; default: standard output"
    )
    parser.add_argument("--max-bytes", type=int, default=Limits.bytes)
    parser.add_argument("--seconds", type=float, default=Limits.seconds)
    return parser.parse_args()


def main() -> None:
    """Count, and write one JSON object a line."""
    given = _arguments()
    limits = Limits(given.max_bytes, given.seconds)
    counts = sorted(survey(given.tables, limits).items())
    rows = (dict(zip((*_KEYS, "count"), (*key, n), strict=True)) for key, n in counts)
    text = "".join(f"{json.dumps(row)}\n" for row in rows)
    if given.output:
        with open(given.output, "w", encoding="utf-8") as file:
            file.write(text)
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
