"""Runs a user's module and says, as one JSON document, what ran.

Started by its path with the user's interpreter, which needs torch and nothing else;
blocklint need not be there. Reads one job from the standard input:

    {"schema": "blocklint.job/1", "answer": "/tmp/x/answer.json",
     "module": {"path": "/abs/model.py"} or {"name": "pkg.mod"},
     "folders": ["/abs"], "memory": 8589934592, "seconds": 60,
     "probe": false,
     "targets": [{"class": "Block", "init": null, "inputs": null,
                  "ranks": {"x": 3}, "bare": false}]}

and writes the answer that `document.py` describes, anew after each target, so that what
is known survives the target that hangs or crashes. Works with Python 3.9 and torch 2.6.
"""

from __future__ import annotations

import errno
import importlib
import importlib.util
import io
import json
import os
import random
import signal
import sys
import time
import traceback
from contextlib import suppress
from types import FrameType, ModuleType, TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Started by its path, this file's folder is where imports are looked for first; the
# user's modules must not find our own there.
if sys.path and os.path.abspath(sys.path[0]) == os.path.dirname(
    os.path.abspath(__file__)
):
    del sys.path[0]


# ---- A. The job, the limits, the user's module and the answer ------------------------

SCHEMA = "blocklint.worker/1"
LONGEST_MESSAGE = 4000

# What the user's code may replace or spoil is bound before that code is loaded.
_encode = json.JSONEncoder(allow_nan=False).encode
_open, _write, _close, _replace = os.open, os.write, os.close, os.replace
_makedirs, _dirname, _chdir = os.makedirs, os.path.dirname, os.chdir
_exit, _getpid, _dup2, _clock = os._exit, os.getpid, os.dup2, time.perf_counter
_alarm = getattr(signal, "alarm", None)
_OWN_PROCESS = os.getpid()
_OWN_FILE = os.path.abspath(__file__)


def main() -> NoReturn:
    """Do the job on the standard input, and end without waiting for any thread."""
    job = json.loads(sys.stdin.buffer.read())
    place = _Place()
    limit = _Memory(job.get("memory"))
    _set_alarm(job)
    sheet = _Sheet(job, limit)
    try:
        namespace = load(job["module"], job.get("folders") or ())
    except BaseException as error:  # whatever the user's module raises
        with limit.lifted():
            _show("import", error)
            sheet.fail_all(problem_of("import", error))
    else:
        limit.count_only_what_is_used()
        for index, wanted in enumerate(job["targets"]):
            place.restore()
            _set_alarm(job)
            sheet.begin(index)
            result = _trace_one(namespace, wanted, job, limit)
            place.restore()
            sheet.finish(index, result)
            if is_of_memory(result.get("problem")):
                break  # What took the memory may still hold it: the rest starts afresh.
    with suppress(BaseException):
        sys.stdout.flush()
    _exit(0)


def load(spec: dict[str, str], folders: Iterable[str] = ()) -> dict[str, Any]:
    """The names of the user's module, imported; raises what the import raises.

    `spec` is `{"name": "pkg.mod"}`, or `{"path": "/abs/pkg/mod.py"}`: a file inside a
    package is imported as a part of that package.
    """
    for folder in reversed(list(folders)):
        sys.path.insert(0, folder)
    random.seed(0)
    if "name" in spec:
        return vars(importlib.import_module(spec["name"]))
    return vars(_Import(os.path.abspath(spec["path"])).load())


def problem_of(kind: str, error: BaseException) -> dict[str, Any]:
    """What the user's code raised, as the answer says it, with the user's own line.

    A want of memory is of the kind `limit`, whatever was being done.
    """
    shown = _message(error)
    path, line = None, None
    with suppress(BaseException):  # an exception may be anything
        path, line = place_of(error)
    return {
        "kind": "limit" if _wants_memory(error, shown) else kind,
        "error": _name(error),
        "message": shown,
        "path": path,
        "line": line,
        "operation": None,
        "shapes": [],
    }


def is_of_memory(problem: dict[str, Any] | None) -> bool:
    """Whether a problem is a want of memory."""
    return problem is not None and problem.get("kind") == "limit"


def place_of(error: BaseException) -> tuple[str | None, int | None]:
    """The user's innermost file and line on the way to an exception.

    Code of torch, of the standard library and of this file is not the user's, and an
    installed package is only where nothing else is.
    """
    if (
        isinstance(error, SyntaxError)
        and error.filename
        and os.path.exists(error.filename)
    ):
        return os.path.abspath(error.filename), error.lineno
    found: list[tuple[str, int]] = []
    for frame, line in _frames(_traceback_of(error)):
        name = frame.f_code.co_filename
        if os.path.isabs(name) and _may_be_the_users(name):
            found.append((name, line))
    own = [it for it in found if not _is_installed(it[0])]
    known = own or found
    return known[-1] if known else (None, None)


def _traceback_of(error: BaseException) -> TracebackType | None:
    # Not by `error.__traceback__`, which the user's class may have replaced.
    descriptor: Any = BaseException.__dict__["__traceback__"]
    found: TracebackType | None = descriptor.__get__(error)
    return found


def _frames(trace: TracebackType | None) -> Iterator[tuple[FrameType, int]]:
    while trace is not None:
        yield trace.tb_frame, trace.tb_lineno
        trace = trace.tb_next


def _may_be_the_users(path: str) -> bool:
    if path == _OWN_FILE or not os.path.exists(path):
        return False
    parts = _parts(path)
    if _is_installed(path):
        return "torch" not in parts[_last_installed(parts) :]
    return not path.startswith(_dirname(os.__file__) + os.sep)


def _is_installed(path: str) -> bool:
    parts = _parts(path)
    return _last_installed(parts) > 0


def _last_installed(parts: list[str]) -> int:
    """After which part an installed package begins; 0 if there is none."""
    places = [
        i for i, it in enumerate(parts) if it in ("site-packages", "dist-packages")
    ]
    return places[-1] + 1 if places else 0


def _parts(path: str) -> list[str]:
    return path.replace(os.sep, "/").split("/")


def _name(error: BaseException) -> str:
    with suppress(BaseException):  # a metaclass may answer anything
        return str(type.__getattribute__(type(error), "__name__"))
    return "BaseException"


def _message(error: BaseException) -> str:
    try:
        if isinstance(error, SystemExit):
            return f"the code ended the process: sys.exit({error.code!r})"[
                :LONGEST_MESSAGE
            ]
        return str(error)[:LONGEST_MESSAGE]
    except BaseException as other:  # __str__ is the user's as well
        return f"(what it says cannot be shown: its __str__ raised {_name(other)})"


def _wants_memory(error: BaseException, shown: str) -> bool:
    if isinstance(error, MemoryError):
        return True
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return True
    signs = ("allocate memory", "not enough memory", "out of memory", "std::bad_alloc")
    return isinstance(error, (RuntimeError, ImportError)) and any(
        it in shown for it in signs
    )


def _show(what: str, error: BaseException) -> None:
    """The traceback from the user's first line on, for the captured output."""
    with suppress(BaseException):
        trace = _traceback_of(error)
        while trace is not None and trace.tb_frame.f_code.co_filename == _OWN_FILE:
            trace = trace.tb_next
        sys.stderr.write(f"{what}:\n")
        traceback.print_exception(type(error), error, trace)


def _trace_one(
    namespace: dict[str, Any],
    wanted: dict[str, Any],
    job: dict[str, Any],
    limit: _Memory,
) -> dict[str, Any]:
    """What is known of one target, with every key of the answer."""
    began = _clock()
    result: dict[str, Any] = {}
    step = "import"
    try:
        cls = _class_of(namespace, wanted["class"])
        _seed()
        step = "run"
        result = dict(trace_target(cls, namespace, wanted, job))
    except BaseException as error:  # whatever the user's class raises
        with limit.lifted():
            _show(wanted["class"], error)
            result = {"status": "failed", "problem": problem_of(step, error)}
    return {**_nothing_known(wanted), "seconds": _clock() - began, **result}


def _nothing_known(wanted: dict[str, Any]) -> dict[str, Any]:
    return {
        "class": wanted["class"],
        "done": True,
        "status": "failed",
        "problem": None,
        "rung": None,
        "seconds": 0.0,
        "how": "",
        "record": None,
        "sizes": {},
        "unused": [],
        "resized": None,
        "probes": {},
    }


def _class_of(namespace: dict[str, Any], name: str) -> type:
    first, *inner = name.split(".")
    found: Any = namespace.get(first)
    for attribute in inner:
        found = getattr(found, attribute, None)
    if not isinstance(found, type):
        raise AttributeError(f"the module has no class {name} once imported")
    return found


def _seed() -> None:
    """The same random numbers in every run and for every target."""
    import torch

    random.seed(0)
    torch.manual_seed(0)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(0)


class _Sheet:
    """The answer so far, written anew after each step."""

    def __init__(self, job: dict[str, Any], limit: _Memory) -> None:
        self.path = os.path.abspath(job["answer"])
        self.names = [wanted["class"] for wanted in job["targets"]]
        self.limit = limit
        self.texts = [self._open_text(name, started=False) for name in self.names]

    def begin(self, index: int) -> None:
        """Say which target is being worked on, so that it is known who hung."""
        self.texts[index] = self._open_text(self.names[index], started=True)
        self._write(index)

    def finish(self, index: int, result: dict[str, Any]) -> None:
        """Say what is known of a target."""
        with self.limit.lifted():
            try:
                self.texts[index] = _encode(result)
            except BaseException as error:  # ours or theirs: it is this target's loss
                self.texts[index] = self._failed(self.names[index], "answer", error)
            self._write(index + 1)

    def fail_all(self, problem: dict[str, Any]) -> None:
        """Say that nothing could be done for any target."""
        for index, name in enumerate(self.names):
            known = {**_nothing_known({"class": name}), "problem": problem}
            self.texts[index] = _encode(known)
        self._write(len(self.names))

    def _failed(self, name: str, kind: str, error: BaseException) -> str:
        problem = problem_of(kind, error)
        return _encode({**_nothing_known({"class": name}), "problem": problem})

    def _open_text(self, name: str, started: bool) -> str:
        return _encode({"class": name, "done": False, "started": started})

    def _write(self, at: int) -> None:
        if _getpid() != _OWN_PROCESS:
            _exit(0)  # A copy of this process that the user's code made.
        version = getattr(sys.modules.get("torch"), "__version__", None)
        shown = _encode(None if version is None else str(version))
        head = f'{{"schema": "{SCHEMA}", "at": {at}, "torch": {shown}, "targets": ['
        data = (head + ",\n".join(self.texts) + "]}").encode("ascii")
        try:
            _write_anew(self.path, data)
        except OSError:  # The folder may have been removed.
            _makedirs(_dirname(self.path), exist_ok=True)
            _write_anew(self.path, data)


def _write_anew(path: str, data: bytes) -> None:
    """Write a file so that a reader sees either the old one or the whole new one."""
    part = path + ".part"
    binary = getattr(os, "O_BINARY", 0)
    handle = _open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | binary, 0o600)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[_write(handle, rest) :]
    finally:
        _close(handle)
    _replace(part, path)


class _Memory:
    """The limit of address space; without effect where a system has none.

    Libraries map far more than they use, so after the imports only what is used counts.
    """

    MARGIN = 512 * 2**20

    def __init__(self, allowed: int | None) -> None:
        self.allowed = allowed
        self.soft = allowed
        self._set: Any = None
        with suppress(ImportError):
            import resource

            self._kind = resource.RLIMIT_AS
            self._get, self._set = resource.getrlimit, resource.setrlimit
            self._try(resource.RLIMIT_CORE, 0, 0)
        if self._set and allowed:
            self._try(self._kind, allowed, self._hard())

    def count_only_what_is_used(self) -> None:
        """Allow what is mapped into this process and not used on top of the limit."""
        if not self._set or not self.allowed:
            return
        with suppress(OSError, ValueError):
            with open("/proc/self/statm", encoding="ascii") as statm:
                mapped, used = (int(it) for it in statm.read().split()[:2])
            unused = (mapped - used) * os.sysconf("SC_PAGE_SIZE")
            self.soft = min(self.allowed + unused, self._hard() - self.MARGIN)
            self._try(self._kind, self.soft, self._hard())

    def lifted(self) -> _Lifted:
        """A little room above the limit, to write down that it was reached."""
        return _Lifted(self)

    def set_soft(self, soft: int | None) -> None:
        """Set what may be used from now on; the hard limit stays."""
        if self._set and self.allowed and soft:
            self._try(self._kind, soft, self._hard())

    def _hard(self) -> int:
        return 2 * (self.allowed or 0) + self.MARGIN

    def _try(self, kind: int, soft: int, hard: int) -> None:
        with suppress(OSError, ValueError):  # not every system has every limit
            _, highest = self._get(kind)
            if highest >= 0:  # A negative one is no limit.
                soft, hard = min(soft, highest), min(hard, highest)
            self._set(kind, (soft, hard))


class _Lifted:
    def __init__(self, memory: _Memory) -> None:
        self.memory = memory

    def __enter__(self) -> None:
        self.memory.set_soft(self.memory._hard())

    def __exit__(self, *error: object) -> None:
        self.memory.set_soft(self.memory.soft)


def _set_alarm(job: dict[str, Any]) -> None:
    """End this process long after its time, in case nobody is left to do that."""
    seconds = job.get("seconds")
    if _alarm is not None and seconds is not None:
        _alarm(1 + int(3 * seconds))


class _Place:
    """The surroundings that each target finds as the first one did.

    The working folder, and the standard streams: the input is empty, and what is
    printed goes to who started us, even after the user's code closed or replaced them.
    """

    def __init__(self) -> None:
        empty = _open(os.devnull, os.O_RDONLY)
        _dup2(empty, 0)
        _close(empty)
        self.folder = os.getcwd()
        self.saved = {number: os.dup(number) for number in (1, 2)}
        self.streams: dict[int, TextIO] = {1: sys.stdout, 2: sys.stderr}

    def restore(self) -> None:
        """Put everything back that the user's code may have moved."""
        with suppress(OSError):
            _chdir(self.folder)
        for number, saved in self.saved.items():
            with suppress(BaseException):
                self.streams[number].flush()
            with suppress(OSError):
                _dup2(saved, number)
            if _is_closed(self.streams[number]):
                raw = io.FileIO(number, "w", closefd=False)
                stream = io.TextIOWrapper(raw, "utf-8", "replace", line_buffering=True)
                self.streams[number] = stream
        sys.stdout, sys.stderr = self.streams[1], self.streams[2]


def _is_closed(stream: TextIO) -> bool:
    try:
        return bool(stream.closed)
    except ValueError:  # Its buffer has been taken away.
        return True


class _Import:
    """A file, and under which name it is imported.

    A file in a package has the package's name before its own. So has one that imports
    by `from ..x`, whether or not the folders above it have an `__init__.py`. A made-up
    name replaces one that another module has, or the standard library, or torch.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        folder, file = os.path.split(path)
        names = [os.path.splitext(file)[0]]
        above = _dots(path)
        if file == "__init__.py":
            folder, package = os.path.split(folder)
            names, above = [package], above - 1
        while folder != _dirname(folder) and (
            len(names) <= above or os.path.isfile(os.path.join(folder, "__init__.py"))
        ):
            folder, package = os.path.split(folder)
            names.insert(0, package)
        self.root = folder
        self.names = names
        self.bare: set[int] = set()  # Packages left out, by how many names they have.

    def load(self) -> ModuleType:
        """The module; raises what its import raises.

        A package whose own start fails may still have parts that work: then it is left
        out, and only shows the way to its parts.
        """
        known = set(sys.modules)
        _put_on_path(self.root)
        first: BaseException | None = None
        while True:
            try:
                return self._load()
            except BaseException as error:
                first = first or error
                failed = self._failed_package(error)
                if failed is None or failed in self.bare:
                    raise first from None
                self.bare.add(failed)
            for name in set(sys.modules) - known:
                if name.split(".")[0] in (self.names[0], self._made_up):
                    del sys.modules[name]

    @property
    def _made_up(self) -> str:
        # The name of a file or folder may be any text.
        return "traced_" + "".join(it if it.isalnum() else "_" for it in self.names[0])

    def _load(self) -> ModuleType:
        if self._is_free(self.names[0]):
            module = self._load_under(self.names[0])
            if self._is_it(module):
                return module
        return self._load_under(self._made_up)

    def _load_under(self, first: str) -> ModuleType:
        """The module, with another name for what stands first in its own."""
        is_own = first == self.names[0]
        if len(self.names) == 1:
            return importlib.import_module(first) if is_own else self._by_file(first)
        for depth in self.bare:
            folder = os.path.join(self.root, *self.names[:depth])
            _put_empty_package(".".join([first, *self.names[1:depth]]), folder)
        if not is_own and 1 not in self.bare:
            self._by_file(first, os.path.join(self.root, self.names[0]))
        return importlib.import_module(".".join([first, *self.names[1:]]))

    def _is_it(self, module: ModuleType) -> bool:
        found = getattr(module, "__file__", None)
        return bool(found) and _is_same(str(found), self.path)

    def _by_file(self, name: str, package: str | None = None) -> ModuleType:
        path = os.path.join(package, "__init__.py") if package else self.path
        if package and not os.path.isfile(path):
            return _put_empty_package(name, package)
        inside = [_dirname(path)] if path.endswith("__init__.py") else None
        spec = importlib.util.spec_from_file_location(
            name, path, submodule_search_locations=inside
        )
        if spec is None or spec.loader is None:
            raise ImportError(f"{path} is no Python module")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module

    def _is_free(self, name: str) -> bool:
        """Whether the name means this file, or its package, and nothing else."""
        there = sys.modules.get(name)
        if there is not None:
            own = os.path.join(self.root, name)
            return any(_is_same(it, own) for it in getattr(there, "__path__", ()))
        is_torch = name == "torch" and not _is_installed(self.root + os.sep)
        return name.isidentifier() and name not in _reserved() and not is_torch

    def _failed_package(self, error: BaseException) -> int | None:
        """How many names the outermost package has that failed before it came to us."""
        files = {frame.f_code.co_filename for frame, _ in _frames(_traceback_of(error))}
        if isinstance(error, SyntaxError) and isinstance(error.filename, str):
            files.add(error.filename)
        if self.path in files:
            return None
        for depth in range(1, len(self.names)):
            folder = os.path.join(self.root, *self.names[:depth])
            if os.path.join(folder, "__init__.py") in files:
                return depth
        return None


def _put_empty_package(name: str, folder: str) -> ModuleType:
    """A package that finds its parts, and runs nothing of its own."""
    module = ModuleType(name)
    module.__path__ = [folder]
    sys.modules[name] = module
    return module


def _is_same(path: str, other: str) -> bool:
    try:
        return os.path.samefile(path, other)
    except OSError:
        return False


def _dots(path: str) -> int:
    """How many folders up the relative imports of a file reach, at most."""
    import ast

    try:
        with open(path, "rb") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return 0  # Importing it will say what is wrong with it.
    return max(
        (it.level for it in ast.walk(tree) if isinstance(it, ast.ImportFrom)), default=0
    )


def _put_on_path(folder: str) -> None:
    """Make a folder the first place for imports, or the second.

    A folder with a `types.py` in it must not stand before the standard library, nor one
    with a `torch.py` before torch.
    """
    names = {it.split(".")[0] for it in os.listdir(folder)}
    if "torch" in names and not _is_installed(folder + os.sep):
        import torch  # noqa: F401
    index = 0
    if names & _reserved():
        library = _dirname(os.__file__)
        places = [i for i, it in enumerate(sys.path) if it.startswith(library)]
        index = next(
            (i + 1 for i in reversed(places) if not _is_installed(sys.path[i])), 0
        )
    if folder not in sys.path[: index + 1]:
        sys.path.insert(index, folder)


def _reserved() -> frozenset[str]:
    """The names of the standard library, from Python 3.9 on."""
    names = getattr(sys, "stdlib_module_names", None)
    if names is None:
        files = os.listdir(_dirname(os.__file__))
        names = {it.split(".")[0] for it in files} | set(sys.builtin_module_names)
    return frozenset(names)


# ---- C. Recording a run: a stand-in, which is to be replaced -------------------------


def trace_target(
    cls: type, namespace: dict[str, Any], wanted: dict[str, Any], job: dict[str, Any]
) -> dict[str, Any]:
    """Call an instance once; a stand-in for what records the run."""
    import torch

    cls()(torch.ones(5, 13, 64))
    empty: dict[str, Any] = {"modules": [], "calls": [], "nodes": []}
    return {
        "status": "traced",
        "rung": "recorded",
        "record": empty,
        "how": f"{cls.__name__}()",
    }


# ---- The start -----------------------------------------------------------------------

if __name__ == "__main__":
    main()
