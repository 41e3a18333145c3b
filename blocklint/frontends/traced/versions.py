"""Has both versions of a class run by the user's interpreter, one after the other.

Nothing of the user's code runs here. A version that hangs or dies costs that class.
"""

import json
import tempfile
from pathlib import Path

from blocklint.frontends.traced.client import WORKER, Limits, environment
from blocklint.frontends.traced.interpreter import Interpreter
from blocklint.frontends.traced.process import Worker
from blocklint.frozen import dataclass

BESIDE = Path(__file__).with_name("beside.py")
_KEYS = ("largest", "scale", "parts_at", "weights", "reason")


@dataclass(frozen=True)
class Beside:
    """What came of running both versions: see `Ran`, which says the same of a block."""

    largest: float | None = None
    scale: float | None = None
    parts_at: str | None = None
    weights: str = ""
    reason: str = ""


def run_beside(
    old: tuple[Path, str],
    new: tuple[Path, str],
    interpreter: Interpreter,
    limits: Limits,
) -> Beside:
    """Run two versions of a class, each a file and a name, and compare them.

    Raises OSError if the interpreter cannot be started.
    """
    with tempfile.TemporaryDirectory(
        prefix="blocklint-", ignore_cleanup_errors=True
    ) as folder:
        answers = Path(folder, "old.json"), Path(folder, "new.json")
        for (path, name), answer, side in (
            (old, answers[0], "old"),
            (new, answers[1], "new"),
        ):
            other = answers[0] if answer is answers[1] else None
            job = _job(path, name, answer, other, limits)
            if not _finished(job, answer, interpreter, limits):
                return Beside(reason=f"the {side} version did not run to its end")
        return _read(answers[1])


def _job(
    path: Path, name: str, answer: Path, other: Path | None, limits: Limits
) -> dict[str, object]:
    return {
        "worker": str(WORKER),
        "answer": str(answer),
        "other": str(other) if other is not None else None,
        "module": {"path": str(path.absolute())},
        "class": name,
        "memory": limits.memory,
    }


def _finished(
    job: dict[str, object], answer: Path, interpreter: Interpreter, limits: Limits
) -> bool:
    """Whether a version ran to its end, in time."""
    ask = answer.with_suffix(".job")
    ask.write_text(json.dumps(job))
    command = [str(interpreter.path), "-X", "faulthandler", str(BESIDE)]
    with Worker(command, ask, answer, environment()) as worker:
        worker.watch(1, limits.seconds)
    return answer.exists()


def _read(answer: Path) -> Beside:
    """What the second version says; it may be anything, for foreign code ran there."""
    try:
        told = json.loads(answer.read_bytes())
    except ValueError:
        return Beside(reason="the answer makes no sense")
    if not isinstance(told, dict):
        return Beside(reason="the answer makes no sense")
    match {key: told.get(key) for key in _KEYS}:
        case {"reason": str() as reason}:
            return Beside(reason=reason)
        case {
            "largest": int() | float() as largest,
            "scale": int() | float() as scale,
            "parts_at": str() | None as parts_at,
            "weights": str() as weights,
        }:
            return Beside(float(largest), float(scale), parts_at, weights)
    return Beside(reason="the answer makes no sense")
