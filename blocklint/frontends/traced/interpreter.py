"""Which Python runs the user's modules, and whether it can: it needs torch."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from blocklint.frozen import dataclass

OLDEST = (3, 9)
_PATIENCE = 30.0

# Names a Python and says whether it has torch, without importing it. A folder called
# torch in the working folder does not count, so that one is not looked in.
_QUESTION = """
import sys
sys.path[:] = [path for path in sys.path if path]
from importlib.util import find_spec
found = find_spec("torch")
has = found is not None and found.origin is not None
print("python", sys.version_info[0], sys.version_info[1], int(has))
"""

_WHERE = """
import sys
from importlib.util import find_spec
spec = find_spec(sys.argv[1])
sys.stdout.write("\\n" + str(spec and spec.origin))
"""


@dataclass(frozen=True)
class Interpreter:
    """A Python, and who named it: `--python`, the config, `.venv` or another."""

    path: Path
    origin: str


def choose(given: str | None, configured: Path | None, start: Path) -> Interpreter:
    """The interpreter for the modules at `start`, a file or a folder.

    `given` is what `--python` says: a path, the folder of an environment, or a name to
    be looked up as a shell does. `configured` is the config's `python`, joined to the
    folder of that config. Then come the project's `.venv`, the environment that is
    active, and the Python that is running. Whether it can do it, `complaint` says.
    """
    if given is not None:
        found = shutil.which(given) if os.path.basename(given) == given else None
        return Interpreter(_python(Path(found or given).expanduser()), "--python")
    if configured is not None:
        return Interpreter(_python(configured.expanduser()), "config")
    for folder in _upwards(start):
        path = _inside(folder / ".venv")
        if path is not None:
            return Interpreter(path, ".venv")
    active = os.environ.get("VIRTUAL_ENV")
    path = _inside(Path(active)) if active else None
    if path is not None:
        return Interpreter(path, "$VIRTUAL_ENV")
    return Interpreter(Path(sys.executable), "running")


def has_torch(interpreter: Interpreter) -> bool:
    """Whether it is a Python that can run the worker. Asked once for each path."""
    return complaint(interpreter) is None


def complaint(interpreter: Interpreter) -> str | None:
    """Why it cannot run the worker, and what to do about that; None if it can."""
    path = interpreter.path
    other = (
        "choose another interpreter with --python"
        if interpreter.origin != "--python"
        else "choose another interpreter"
    )
    found = _ask(path)
    if isinstance(found, str):
        return f"{path}: {found}; {other}"
    if found.version < OLDEST:
        version, oldest = (".".join(map(str, it)) for it in (found.version, OLDEST))
        return f"{path}: is Python {version}, older than {oldest}; {other}"
    if not found.has_torch:
        return f"no torch in {path}: install it there, or {other}"
    return None


def file_of_module(name: str, interpreter: Interpreter) -> str | None:
    """The file of a module that an interpreter knows; packages around it are imported.

    None for a name that it does not know, and for a module without a file.
    """
    if not all(part.isidentifier() for part in name.split(".")):
        return None
    try:
        ran = subprocess.run(
            [str(interpreter.path), "-c", _WHERE, name],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_PATIENCE,
        )
    except (subprocess.TimeoutExpired, OSError):
        return None
    found = os.fsdecode(ran.stdout).rpartition("\n")[2]
    return found if found.endswith(".py") and os.path.isfile(found) else None


@dataclass(frozen=True)
class _Python:
    version: tuple[int, int]
    has_torch: bool


@cache
def _ask(path: Path) -> _Python | str:
    """What a Python says of itself, or why it does not."""
    if not path.exists():
        return "does not exist"
    try:
        ran = subprocess.run(
            [str(path), "-c", _QUESTION],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return f"does not answer within {_PATIENCE:g} s"
    except OSError as error:
        return f"cannot be run: {error.strerror}"
    words = ran.stdout.decode("ascii", "replace").split()[-4:]
    match words:
        case ["python", major, minor, ("0" | "1") as has]:
            if major.isdecimal() and minor.isdecimal():
                return _Python((int(major), int(minor)), has == "1")
    return "is no Python"


def _python(path: Path) -> Path:
    """The interpreter that a path means: that of an environment, if it is a folder."""
    return _inside(path) or path


def _inside(environment: Path) -> Path | None:
    for place in ("bin/python", "Scripts/python.exe"):
        if (environment / place).is_file():
            return environment / place
    return None


def _upwards(start: Path) -> Iterator[Path]:
    # The links in a path are kept: an environment lies beside what people see.
    path = Path(os.path.abspath(start))
    yield path
    yield from path.parents
