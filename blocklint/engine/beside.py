"""Both versions of blocks run with the same weights and the same inputs."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from blocklint.comparison.change import Comparison, Place, Ran
from blocklint.engine.config import Configs
from blocklint.engine.faults import During
from blocklint.engine.request import Request
from blocklint.engine.sides import Side
from blocklint.engine.snapshot import Snapshot
from blocklint.engine.tracing import NoTorch, interpreter_for
from blocklint.frontends.traced.client import Limits
from blocklint.frontends.traced.versions import run_beside


def run_both(
    found: list[Comparison], old: Side, new: Side, request: Request
) -> tuple[list[Comparison], tuple[str, ...]]:
    """Run each block that is in both versions, and say why if none can be run."""
    configs = Configs(request.options)
    with _on_disk(old) as before, _on_disk(new) as after:
        try:
            ran = [_ran(each, before, after, configs) for each in found]
        except NoTorch as problem:
            return found, (str(problem),)
    return ran, ()


def _ran(
    comparison: Comparison, before: Path, after: Path, configs: Configs
) -> Comparison:
    if comparison.old is None or comparison.new is None or not comparison.is_block:
        return comparison
    tracing = configs.of(comparison.new.path).tracing
    interpreter = interpreter_for(tracing, Path(comparison.new.path))
    limits = Limits(tracing.timeout, tracing.memory or Limits.memory)
    with During(f"running both versions of {comparison.name}"):
        told = run_beside(
            (_file(before, comparison.old), comparison.was),
            (_file(after, comparison.new), comparison.name),
            interpreter,
            limits,
        )
    return replace(comparison, ran=Ran(**asdict(told)))


def _file(root: Path, place: Place) -> Path:
    """Where a version of a file can be imported from."""
    path = Path(place.path).absolute()
    return root / path.relative_to(path.anchor)


@contextmanager
def _on_disk(side: Side) -> Iterator[Path]:
    """A folder below which the files of a version stand under their own paths."""
    if not isinstance(side.disk, Snapshot):
        yield Path(Path.cwd().anchor)
        return
    with tempfile.TemporaryDirectory(prefix="blocklint-") as folder:
        _write(side.disk.given, Path(folder))
        yield Path(folder)


def _write(files: Mapping[str, bytes], root: Path) -> None:
    for path, data in files.items():
        target = root / Path(path).relative_to(Path(path).anchor)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
