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

import os
import sys

# Started by its path, this file's folder is where imports are looked for first; the
# user's modules must not find our own there.
if sys.path and os.path.abspath(sys.path[0]) == os.path.dirname(
    os.path.abspath(__file__)
):
    del sys.path[0]

import contextlib
import copy
import dataclasses
import errno
import importlib
import importlib.util
import inspect
import io
import json
import math
import random
import re
import signal
import time
import traceback
from contextlib import suppress
from types import FrameType, ModuleType, TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import torch
import torch.fx
from torch import nn
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.overrides import TorchFunctionMode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


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

    A folder with a `types.py` in it must not stand before the standard library. Torch
    has been imported, so that a `torch.py` cannot come before it.
    """
    names = {it.split(".")[0] for it in os.listdir(folder)}
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


# ---- Recording: what one run of a module calls, and what reads what.

TORCH = os.path.dirname(os.path.abspath(torch.__file__)) + os.sep
HERE = os.path.abspath(__file__)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_OPERATORS = {
    "truediv": "div",
    "floordiv": "floor_divide",
    "subtract": "sub",
    "multiply": "mul",
    "divide": "div",
    "mod": "remainder",
    "true_divide": "div",
}
# Methods and attributes of a tensor that tell about it, and give no tensor of its own.
_ASKING = _words(
    "__get__ __len__ __repr__ __format__ __bool__ __hash__ __contains__ __int__ "
    "__float__ __index__ size dim stride numel nelement ndimension "
    "is_floating_point is_complex is_contiguous data_ptr storage_offset item tolist "
    "element_size type get_device untyped_storage equal allclose register_hook "
    "requires_grad_ backward __deepcopy__ __reduce_ex__ is_same_size __set__ "
    "__delete__ is_tensor"
)
_VIEWS = frozenset(["T", "mT", "H", "mH", "data", "real", "imag"])  # attributes
Shape = Any  # list[int] | None, which Python 3.9 cannot say outside of annotations
Site = Any  # tuple[str | None, int | None]: file and line


def bare_name(name: str) -> str:
    """`add` for `__add__`, `__radd__`, `__iadd__`, `add_` and `aten.add.Tensor`."""
    if name.startswith("__") and name.endswith("__"):
        name = name.strip("_")
        for prefix in ("r", "i"):
            rest = name[1:]
            if name.startswith(prefix) and rest in _DUNDERS:
                name = rest
    name = name.rstrip("_") or name
    if name.startswith("_") and name.strip("_"):
        name = name.lstrip("_")
    for prefix in ("native_", "linalg_", "special_", "fft_fft", "fft_rfft", "fft_ifft"):
        if name.startswith(prefix) and name != prefix:
            name = name[prefix.index("_") + 1 :]
    return _OPERATORS.get(name, name)


_DUNDERS = _words(
    "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift"
)


def user_site(depth: int) -> Site:
    """The innermost line on the stack that is neither torch's nor ours."""
    frame: FrameType | None = sys._getframe(depth)
    while frame is not None:
        path = frame.f_code.co_filename
        if is_users(path):
            return path, frame.f_lineno
        frame = frame.f_back
    return None, None


def tensors_in(value: object) -> Iterator[torch.Tensor]:
    """The tensors in arguments or results: in lists, tuples, dicts and dataclasses."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from tensors_in(item)
    elif isinstance(value, (list, tuple, set)):
        for item in value:
            yield from tensors_in(item)
    elif isinstance(value, slice):
        yield from tensors_in((value.start, value.stop, value.step))
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from tensors_in(getattr(value, field.name, None))


def numbers_in(values: Iterable[object]) -> list[float]:
    """The plain numbers among some arguments."""
    return [
        float(value)
        for value in values
        if isinstance(value, (int, float))
        and not isinstance(value, bool)
        and math.isfinite(value)
        and abs(value) < 1e300
    ]


def shape_of(value: object) -> Shape:
    """The sizes of a tensor; None for what is none, or whose sizes are not numbers."""
    if not isinstance(value, torch.Tensor):
        return None
    sizes = list(value.shape)
    return [int(size) for size in sizes] if all(map(_is_plain, sizes)) else None


def dtype_of(value: object) -> str | None:
    """`float32` and the like."""
    return str(value.dtype)[6:] if isinstance(value, torch.Tensor) else None


def _is_plain(size: object) -> bool:
    return isinstance(size, int) and not isinstance(size, bool)


class Record:
    """The record of one run in the making: modules, calls of modules, nodes."""

    def __init__(self, root: nn.Module) -> None:
        self.modules: list[dict[str, Any]] = []
        self.calls: list[dict[str, Any]] = []
        self.nodes: list[dict[str, Any]] = []
        self._numbers: dict[int, int] = {}
        self.paths: dict[int, str] = {}
        for path, module in root.named_modules():
            self.paths.setdefault(id(module), path)
        self.names: dict[int, str] = {}
        for name, value in (*root.named_parameters(), *root.named_buffers()):
            self.names.setdefault(id(value), name)
        self.used: set[str] = set()
        self.root = root

    def module(self, module: nn.Module, path: str | None = None) -> int:
        """The number of a module, noted when it is first met."""
        if id(module) not in self._numbers:
            kind = type(module)
            known = self.paths.get(id(module), path or "?")
            self._numbers[id(module)] = len(self.modules)
            self.modules.append(
                {
                    "path": known,
                    "class": kind.__name__,
                    "module": kind.__module__,
                    "file": file_of(kind),
                    "bases": [
                        base.__name__
                        for base in kind.__mro__[1:]
                        if base not in (nn.Module, object)
                    ],
                    "list": self._is_item(known),
                }
            )
        return self._numbers[id(module)]

    def _is_item(self, path: str) -> bool:
        """Whether a module is an item of a list of modules."""
        parent, _, name = path.rpartition(".")
        if not name.isdigit():
            return False
        try:
            holder = self.root.get_submodule(parent)
        except AttributeError:
            return False
        return isinstance(holder, nn.ModuleList)

    def call(self, module: int, parent: int | None, site: Site) -> int:
        """Note a call of a module."""
        path, line = site
        self.calls.append(
            {"module": module, "parent": parent, "path": path, "line": line}
        )
        return len(self.calls) - 1

    def node(
        self,
        op: str,
        name: str,
        reads: Iterable[int],
        call: int,
        site: Site = (None, None),
        shape: Shape = None,
        numbers: Sequence[float] = (),
        dtype: str | None = None,
    ) -> int:
        """Note a step of the run."""
        path, line = site
        self.nodes.append(
            {
                "op": op,
                "name": name,
                "reads": list(dict.fromkeys(reads)),
                "call": call,
                "path": path,
                "line": line,
                "shape": shape,
                "numbers": list(numbers)[:8],
                "dtype": dtype,
            }
        )
        return len(self.nodes) - 1

    def unused(self) -> list[str]:
        """The parameters and buffers that nothing read, each under its first name."""
        return sorted(name for name in self.names.values() if name not in self.used)

    def document(self) -> dict[str, Any]:
        """The record as plain data."""
        return {"modules": self.modules, "calls": self.calls, "nodes": self.nodes}


def file_of(kind: type) -> str | None:
    """The file that a class was defined in."""
    found = getattr(sys.modules.get(kind.__module__), "__file__", None)
    return os.path.abspath(found) if isinstance(found, str) else None


class Recorder(TorchFunctionMode):
    """Notes every function of torch that a forward calls, while it runs."""

    def __init__(self, record: Record) -> None:
        super().__init__()
        self.record = record
        self.stack: list[int] = []
        self._seen: dict[
            int, tuple[int, torch.Tensor]
        ] = {}  # kept: an id stays its own
        self._storages: dict[int, int] = {}
        self._sharing: dict[int, dict[int, torch.Tensor]] = {}  # tensors of one storage

    def start(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Note the inputs of the module itself."""
        top = self.record.call(
            self.record.module(self.record.root, ""), None, (None, None)
        )
        self.stack = [top]
        for name, value in named_inputs(self.record.root, args, kwargs):
            for number, tensor in enumerate(tensors_in(value)):
                if id(tensor) in self._seen:
                    continue
                shown = name if value is tensor else f"{name}[{number}]"
                self._note(
                    tensor,
                    self.record.node("input", shown, (), top, shape=shape_of(tensor)),
                )

    def finish(self, result: object) -> None:
        """Note what the module returns."""
        reads = [r for r in map(self._find, tensors_in(result)) if r is not None]
        first = next(tensors_in(result), None)
        shape, dtype = shape_of(first), dtype_of(first)
        self.record.node("output", "return", reads, 0, shape=shape, dtype=dtype)

    def enter(self, module: nn.Module, args: object) -> None:
        """A module is called."""
        if (
            module is self.record.root
            and len(self.stack) == 1
            and not self.record.calls[1:]
        ):
            self.stack.append(self.stack[-1])
            return
        parent = self.stack[-1] if self.stack else None
        number = self.record.module(module)
        self.stack.append(self.record.call(number, parent, user_site(2)))

    def leave(self, module: nn.Module, args: object, result: object) -> None:
        """A module returns."""
        if len(self.stack) > 1:
            self.stack.pop()

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "") or "function"
        if name == "__get__":
            owner = getattr(getattr(func, "__self__", None), "__name__", "")
            if owner not in _VIEWS:
                return func(*args, **kwargs)
            name = owner
        elif name in _ASKING:
            return func(*args, **kwargs)
        before = self._reads(args, kwargs)
        versions = [(t, id(t)) for t in tensors_in((args, kwargs))]
        try:
            result = func(*args, **kwargs)
        except Exception as error:
            if not hasattr(error, "failing"):
                error.failing = self._failing(name, args, kwargs)  # type: ignore[attr-defined]
            raise
        self._result(name, args, kwargs, result, before, versions)
        return result

    @staticmethod
    def _failing(name: str, args: Any, kwargs: Any) -> dict[str, Any]:
        """Which operation failed, where, and the shapes that it was given."""
        path, line = user_site(3)
        shapes = [shape_of(tensor) for tensor in tensors_in((args, kwargs))]
        return {
            "operation": bare_name(name),
            "path": path,
            "line": line,
            "shapes": [shape for shape in shapes if shape is not None],
        }

    def _reads(self, args: Any, kwargs: Any) -> list[int]:
        found = []
        for tensor in tensors_in((args, kwargs)):
            node = self._find(tensor)
            if node is not None:
                found.append(node)
        return found

    def _result(
        self,
        name: str,
        args: Any,
        kwargs: Any,
        result: Any,
        reads: list[int],
        given: Any,
    ) -> None:
        if not reads:
            return  # made of numbers alone: a constant
        bare = bare_name(name)
        site = user_site(3)
        numbers = numbers_in((*args, *kwargs.values()))
        call = self.stack[-1] if self.stack else 0
        if result is None or bare == "setitem":  # `x[i] = y` changes x
            target = next(tensors_in(args), None)
            if target is not None:
                shape = shape_of(target)
                node = self.record.node("call", bare, reads, call, site, shape)
                self._written(target, node)
            return
        if isinstance(result, torch.Tensor):
            same = any(result is tensor for tensor, _ in given)
            changed = "out" in kwargs or is_change(name)
            if same and not changed:
                return  # handed through
            shape = shape_of(result)
            node = self.record.node("call", bare, reads, call, site, shape, numbers)
            if same:
                self._written(result, node)
            else:
                self._note(result, node)
            return
        found = [t for t in tensors_in(result)]
        if not found:
            return
        whole = self.record.node("call", bare, reads, call, site, None, numbers)
        for number, tensor in enumerate(found):
            shape = shape_of(tensor)
            self._note(
                tensor,
                self.record.node(
                    "call", "getitem", [whole], call, site, shape, [number]
                ),
            )

    def _note(self, tensor: torch.Tensor, node: int) -> None:
        self._seen[id(tensor)] = (node, tensor)
        key = storage_of(tensor)
        if key is not None:
            self._storages[key] = node
            self._sharing.setdefault(key, {})[id(tensor)] = tensor

    def _written(self, tensor: torch.Tensor, node: int) -> None:
        """A tensor was changed where it is, and with it all that share its memory."""
        key = storage_of(tensor)
        others = {} if key is None else self._sharing.get(key, {})
        call = self.record.nodes[node]["call"]
        for other in [t for t in others.values() if t is not tensor]:
            before = self._seen[id(other)][0]
            if self.record.nodes[before]["op"] == "param":
                continue
            changed = self.record.node(
                "call", "copy", [before, node], call, shape=shape_of(other)
            )
            self._seen[id(other)] = (changed, other)
        self._note(tensor, node)

    def _find(self, tensor: torch.Tensor) -> int | None:
        """The node that a tensor is; parameters get theirs when first read."""
        if id(tensor) in self._seen:
            return self._seen[id(tensor)][0]
        name = self.record.names.get(id(tensor))
        if name is None and not isinstance(tensor, nn.Parameter):
            key = storage_of(tensor)
            return self._storages.get(key) if key is not None else None
        if name is not None:
            self.record.used.add(name)
        node = self.record.node(
            "param", name or "?", (), self._home(name), shape=shape_of(tensor)
        )
        self._seen[id(tensor)] = (node, tensor)
        return node

    def _home(self, name: str | None) -> int:
        return self.stack[-1] if self.stack else 0


def storage_of(tensor: torch.Tensor) -> int | None:
    """What two tensors share if one is a view of the other."""
    try:
        return int(tensor.untyped_storage()._cdata)
    except (RuntimeError, NotImplementedError, AttributeError):
        return None


def named_inputs(
    module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> list[tuple[str, Any]]:
    """The arguments of a forward under their names."""
    try:
        bound = inspect.signature(module.forward).bind(*args, **kwargs)
    except (TypeError, ValueError):
        unnamed = [(f"arg{number}", value) for number, value in enumerate(args)]
        return [*unnamed, *kwargs.items()]
    found: list[tuple[str, Any]] = []
    for name, value in bound.arguments.items():
        kind = bound.signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_KEYWORD:
            found.extend(value.items())
        else:
            found.append((name, value))
    return found


def recorded(
    module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Record:
    """Run a module once and note what it calls; what it raises carries the record."""
    record = Record(module)
    recorder = Recorder(record)
    recorder.start(args, kwargs)
    hooks = torch.nn.modules.module
    handles = [
        hooks.register_module_forward_pre_hook(recorder.enter),
        hooks.register_module_forward_hook(recorder.leave),
    ]
    try:
        with recorder:
            result = module(*args, **kwargs)
        recorder.finish(result)
    except Exception as error:
        error.record = record  # type: ignore[attr-defined]
        raise
    finally:
        for handle in handles:
            handle.remove()
    return record


# ---- The ladder: symbolic trace, export, and the recording above.


def symbolic(
    module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Record:
    """What `torch.fx.symbolic_trace` sees; shapes come from running its graph."""
    given = dict(named_inputs(module, args, kwargs))
    tracer = _Tracer()
    tracer.record_stack_traces = True
    graph = tracer.trace(module, concrete_args=_settled(module, given))
    for node in graph.nodes:
        name = getattr(node.target, "__name__", str(node.target))
        if node.op.startswith("call_") and (is_change(name) or name == "setitem"):
            raise Lost(f"{name} changes a value where it is")
    traced = torch.fx.GraphModule(tracer.root, graph)
    shapes = _Shapes(traced)
    places = [node for node in graph.nodes if node.op == "placeholder"]
    values = [given.get(str(n.target), n.args[0] if n.args else None) for n in places]
    shapes.run(*values)
    return _Lowering(module, shapes.found).record(graph)


class Lost(Exception):
    """A graph does not say what a value is: it was changed where it is."""


def is_change(name: str) -> bool:
    """Whether a method changes its tensor: `add_`, `__iadd__`."""
    plain = name.endswith("_") and not name.endswith("__")
    return plain or (name.startswith("__i") and bare_name(name) != name.strip("_"))


class _Tracer(torch.fx.Tracer):
    """Looks into torch's stock Transformer layers too."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        """Whether a call of a module is one step."""
        stock = type(m).__name__.startswith("Transformer")
        return not stock and super().is_leaf_module(m, module_qualified_name)


def _settled(module: nn.Module, given: dict[str, Any]) -> dict[str, Any]:
    """The arguments that are no tensors: a branch on one of them is taken as it is."""
    found: dict[str, Any] = {}
    for name, parameter in inspect.signature(module.forward).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        value = given.get(name, parameter.default)
        if value is None or isinstance(value, (bool, int, float, str)):
            found[name] = value
    return found


class _Shapes(torch.fx.Interpreter):
    """Runs a graph and keeps every value's shape."""

    def __init__(self, module: torch.fx.GraphModule) -> None:
        super().__init__(module)
        self.found: dict[str, Any] = {}

    def run_node(self, n: torch.fx.Node) -> Any:
        result = super().run_node(n)
        self.found[n.name] = result
        return result


def exported(
    module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Record:
    """What `torch.export` sees, in calls of its core library."""
    program = torch.export.export(module, args, kwargs, strict=False)
    for node in program.graph.nodes:
        schema = getattr(node.target, "_schema", None)
        if schema is not None and schema.is_mutable and _is_view(node.args[0]):
            raise Lost(f"{node.target} changes a part of a value where it is")
    return _Exported(module, program).record(program.graph)


def _is_view(value: object) -> bool:
    """Whether a value of an exported graph is a part of an earlier one."""
    packet = getattr(getattr(value, "target", None), "overloadpacket", None)
    name = "getitem" if packet is None else packet.__name__
    return name in _PARTS and getattr(value, "op", "") == "call_function"


_PARTS = _words(
    "getitem slice select narrow view reshape transpose permute unsqueeze squeeze "
    "expand unflatten flatten diagonal detach alias t"
)


class _Lowering:
    """A graph of torch.fx as a record."""

    def __init__(self, module: nn.Module, values: dict[str, Any]) -> None:
        self.out = Record(module)
        self.values = values
        self.numbers: dict[str, int] = {}
        self.stack: list[tuple[str, int]] = []

    def record(self, graph: torch.fx.Graph) -> Record:
        """Every node of the graph, in order."""
        self.out.call(self.out.module(self.out.root, ""), None, (None, None))
        for node in graph.nodes:
            self._node(node)
        return self.out

    def _node(self, node: torch.fx.Node) -> None:
        shape = shape_of(self.values.get(node.name))
        if node.op == "placeholder":
            self._input(node, shape)
        elif node.op == "get_attr":
            self._parameter(node, str(node.target), shape)
        elif node.op == "output":
            reads = self._reads(node)
            first = next(iter(node.all_input_nodes), None)
            value = self.values.get(first.name) if first is not None else None
            shape, dtype = shape_of(value), dtype_of(value)
            self.out.node("output", "return", reads, 0, shape=shape, dtype=dtype)
        else:
            self._call(node, shape)

    def _input(self, node: torch.fx.Node, shape: Shape) -> None:
        if shape is not None:
            self.numbers[node.name] = self.out.node(
                "input", str(node.target), (), 0, shape=shape
            )

    def _parameter(self, node: torch.fx.Node, name: str, shape: Shape) -> None:
        self.out.used.add(name)
        self.numbers[node.name] = self.out.node("param", name, (), 0, shape=shape)

    def _call(self, node: torch.fx.Node, shape: Shape) -> None:
        name = self._name(node)
        reads = self._reads(node)
        if name in _ASKING or not reads:
            return
        site = site_of(node.stack_trace)
        call = self._scope(node, site)
        if node.op == "call_module":
            number = self.out.module(self.out.root.get_submodule(str(node.target)))
            call = self.out.call(number, call, site)
            for path, _ in self.out.root.get_submodule(
                str(node.target)
            ).named_parameters():
                self.out.used.add(f"{node.target}.{path}")
            for path, _ in self.out.root.get_submodule(
                str(node.target)
            ).named_buffers():
                self.out.used.add(f"{node.target}.{path}")
        if self._is_handed_through(node, reads):
            self.numbers[node.name] = reads[0]
            return
        value = self.values.get(node.name)
        if shape is None and not any(True for _ in tensors_in(value)):
            return  # a size, or a number made of sizes
        numbers = numbers_in((*node.args, *node.kwargs.values()))
        self.numbers[node.name] = self.out.node(
            "call", name, reads, call, site, shape, numbers
        )

    def _is_handed_through(self, node: torch.fx.Node, reads: list[int]) -> bool:
        return False

    def _name(self, node: torch.fx.Node) -> str:
        if node.op == "call_module":
            return "module"
        if node.op == "call_method":
            return bare_name(str(node.target))
        if node.target is getattr:
            asked = node.args[1]
            return str(asked) if asked in _VIEWS else "__get__"
        return bare_name(getattr(node.target, "__name__", "function"))

    def _reads(self, node: torch.fx.Node) -> list[int]:
        return [
            self.numbers[n.name] for n in node.all_input_nodes if n.name in self.numbers
        ]

    def _scope(self, node: torch.fx.Node, site: Site) -> int:
        """The call that a node belongs to, from the modules that its metadata names."""
        stack = list((node.meta.get("nn_module_stack") or {}).items())
        if node.op == "call_module" and stack:
            stack = [(k, v) for k, v in stack if _path(v, k) != str(node.target)]
        common = 0
        for (key, _), (mine, _number) in zip(stack, self.stack):
            if key != mine:
                break
            common += 1
        del self.stack[common:]
        calls = call_sites(node.stack_trace)
        first = 0 if stack and _path(stack[0][1], stack[0][0]) == "" else 1
        for depth, (key, value) in enumerate(stack[common:], common + first):
            at = calls[depth - 1] if 0 < depth <= len(calls) else site
            self.stack.append((key, self._enter(_path(value, key), at)))
        return self.stack[-1][1] if self.stack else 0

    def _enter(self, path: str, site: Site) -> int:
        parent = self.stack[-1][1] if self.stack else 0
        if path == "":
            return 0
        try:
            module = self.out.root.get_submodule(path)
        except AttributeError:
            return parent
        return self.out.call(self.out.module(module), parent, site)


def _path(entry: Any, key: str) -> str:
    """The dotted path of a module in an entry of `nn_module_stack`."""
    path = entry[0] if isinstance(entry, tuple) else str(entry)
    return path.split("@")[0]


class _Exported(_Lowering):
    """A graph of torch.export: parameters are inputs, functions are overloads."""

    def __init__(self, module: nn.Module, program: Any) -> None:
        values = {n.name: n.meta.get("val") for n in program.graph.nodes}
        super().__init__(module, values)
        signature = program.graph_signature
        self.lifted = {
            **signature.inputs_to_parameters,
            **signature.inputs_to_buffers,
        }
        self.constants = set(signature.inputs_to_lifted_tensor_constants)

    def _input(self, node: torch.fx.Node, shape: Shape) -> None:
        if node.name in self.lifted:
            if node.users:
                self._parameter(node, self.lifted[node.name], shape)
        elif node.name not in self.constants:
            super()._input(node, shape)

    def _name(self, node: torch.fx.Node) -> str:
        packet = getattr(node.target, "overloadpacket", None)
        return bare_name(packet.__name__) if packet is not None else super()._name(node)

    def _is_handed_through(self, node: torch.fx.Node, reads: list[int]) -> bool:
        """What returns its input as it is: later code then speaks of the input."""
        name = self._name(node)
        if name in _HANDING:
            return True
        if name not in _CASTS:
            return False
        before = self.values.get(node.all_input_nodes[0].name)
        after = self.values.get(node.name)
        return (
            isinstance(before, torch.Tensor)
            and isinstance(after, torch.Tensor)
            and before.dtype == after.dtype
            and before.shape == after.shape
        )


_HANDING = _words(
    "dropout feature_dropout alpha_dropout lift_fresh_copy alias assert_tensor_metadata"
)
_CASTS = frozenset(["to", "type_as", "contiguous"])


def site_of(trace: str | None) -> Site:
    """The user's innermost line in a stack trace as text."""
    found: Site = (None, None)
    for path, line, _ in _TRACE_LINE.findall(trace or ""):
        if is_users(path):
            found = path, int(line)
    return found


def call_sites(trace: str | None) -> list[Site]:
    """For each module but the outermost on a stack trace, the line that calls it."""
    found: list[Site] = []
    last: Site = (None, None)
    entered = False
    for path, line, function in _TRACE_LINE.findall(trace or ""):
        if function == "forward":
            if entered:
                found.append(last)
            entered = True
        if is_users(path):
            last = path, int(line)
    return found


def is_users(path: str) -> bool:
    """Whether a file is neither torch's nor ours, nor made up."""
    return not path.startswith((TORCH, "<")) and path != HERE


_TRACE_LINE = re.compile(r'File "([^"]+)", line (\d+), in (\w+)')


# ---- One target: an instance and inputs, the ladder, other sizes, probes

OTHER_BATCH, OTHER_SEQ = 7, 17
LADDER = (("symbolic", symbolic), ("export", exported), ("recorded", recorded))


def trace_target(
    cls: type, namespace: dict[str, Any], wanted: dict[str, Any], job: dict[str, Any]
) -> dict[str, Any]:
    """Everything that one run of a class shows, as plain data."""
    torch.backends.mha.set_fastpath_enabled(
        False
    )  # else stock layers are one fused call
    fake = FakeTensorMode(allow_non_fake_inputs=True)
    answer: dict[str, Any] = {"status": "failed", "problem": None, "record": None}
    with torch.no_grad():
        try:
            with fake:
                found = find(cls, namespace, wanted, call_once)
        except NotFound as failure:
            answer["problem"] = problem_of(failure.kind, failure.error or failure)
            if failure.nearest is not None:
                answer.update(_up_to_error(failure.nearest, fake))
            return answer
        answer.update(_climbed(found, fake))
        if answer["status"] == "traced":
            answer["resized"] = _resized(found, fake)
            answer["causal"] = causal(found.module)
            if job.get("probe"):
                answer["probes"], answer["unprobed"] = probed(cls, namespace, wanted)
    return answer


def call_once(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """One forward pass."""
    return module(*args, **kwargs)


def _climbed(found: Found, fake: Any) -> dict[str, Any]:
    """The first rung that holds; what it could not say is left to the next."""
    refused: dict[str, str] = {}
    for rung, way in LADDER:
        try:
            with contextlib.ExitStack() as stack:
                if rung != "export":  # it finds the fake mode in what it is given
                    stack.enter_context(fake)
                record = way(found.module, found.args, found.kwargs)
        except Exception as error:  # noqa: BLE001 (whatever a rung of torch raises)
            refused[rung] = first_line(error)
            failure = error
            continue
        return {
            "status": "traced",
            "rung": rung,
            "refused": refused,
            "how": found.how,
            "sizes": found.sizes,
            "record": record.document(),
            "unused": record.unused(),
        }
    return {
        **_described(found),
        "problem": problem_of("run", failure),
        "refused": refused,
    }


def _described(found: Found) -> dict[str, Any]:
    return {"status": "failed", "how": found.how, "sizes": found.sizes}


def _up_to_error(found: Found, fake: Any) -> dict[str, Any]:
    """The flow of a run that fails, as far as it comes."""
    try:
        with fake:
            recorded(found.module, found.args, found.kwargs)
    except Exception as error:  # noqa: BLE001 (the user's own, whatever it is)
        record = getattr(error, "record", None)
        problem = problem_of("run", error)
        problem.update(getattr(error, "failing", None) or {})
        return {
            **_described(found),
            "rung": "recorded",
            "problem": problem,
            "record": record.document() if record is not None else None,
        }
    return {}


def _resized(found: Found, fake: Any) -> dict[str, Any] | None:
    """The same block with another batch, another length, then both."""
    batch, seq = found.sizes.get("batch"), found.sizes.get("seq")
    if batch is None or seq is None:
        return None
    tried = None
    # A length that the constructor was told is not free to change.
    told = [name for name, size in found.sizes.items() if size == seq and name != "seq"]
    other = seq if told else OTHER_SEQ
    for sizes in dict.fromkeys(
        ((OTHER_BATCH, seq), (batch, other), (OTHER_BATCH, other))
    ):
        with fake:
            given = found.refeed(*sizes)
            if given is None:
                continue
            tried = {"sizes": {"batch": sizes[0], "seq": sizes[1]}, "problem": None}
            try:
                recorded(found.module, *given)
            except Exception as error:  # noqa: BLE001 (the user's own)
                tried["problem"] = {
                    **problem_of("run", error),
                    **(getattr(error, "failing", None) or {}),
                }
                return tried
    return tried


def first_line(error: BaseException) -> str:
    """An error in one line; its own words may fail too."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 (a __str__ of the user's)
        text = ""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return "{}: {}".format(type(error).__name__, lines[0][:500] if lines else "")


# ---- Probes: finite changes of real inputs, and which outputs move.

NUDGE = 0.7
MOVED = 1e-9  # of float64 values of about one
FAINT = 1e-3
_CAUSAL_FLAGS = (
    "causal",
    "is_causal",
    "is_decoder",
    "autoregressive",
    "unidirectional",
)


def causal(module: nn.Module) -> str | None:
    """Why a block must not see the future: a name, a mask that it holds, a setting."""
    for path, each in module.named_modules():
        name = type(each).__name__
        if "causal" in name.lower() and "noncausal" not in name.lower().replace(
            "_", ""
        ):
            return f"{name} is called causal"
        for flag in _CAUSAL_FLAGS:
            for holder in (each, getattr(each, "config", None)):
                if getattr(holder, flag, None) is True:
                    return f"{name}.{flag} is True"
        for key, value in each._buffers.items():
            if value is not None and is_triangle(value):
                return "%s is a causal mask" % (f"{path}.{key}" if path else key)
    return None


def is_triangle(value: torch.Tensor) -> bool:
    """Whether a buffer tells what is below the diagonal from what is above it."""
    if value.dim() < 2 or value.shape[-1] != value.shape[-2] or value.shape[-1] < 3:
        return False
    if value.numel() > 4096 * 4096 or isinstance(value, FakeTensor):
        return False
    square = value.reshape(-1, *value.shape[-2:])[0]
    size = square.shape[-1]
    below = torch.ones(size, size, dtype=torch.bool).tril()
    low, high = square[below], square[~below]
    return bool((low == low[0]).all() and (high == high[0]).all() and low[0] != high[0])


def probed(
    cls: type, namespace: dict[str, Any], wanted: dict[str, Any]
) -> tuple[dict[str, bool], dict[str, Any] | None]:
    """What moves what in a tiny copy with random weights, in float64."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        torch.manual_seed(0)
        found = find(cls, namespace, wanted, call_once, real=True)
        awaken(found.module)
        return probes_of(found), None
    except NotFound as failure:
        return {}, problem_of("probe", failure.error or failure)
    except Exception as error:  # noqa: BLE001 (the user's own)
        return {}, problem_of("probe", error)
    finally:
        torch.set_default_dtype(before)


def awaken(module: nn.Module) -> None:
    """Random values for weights that start near zero, and hide what they scale.

    Zero-initialised projections, LayerScale, the scalars of ReZero; not the weights of
    norms and no biases, whose usual start is what the probes expect.
    """
    generator = torch.Generator().manual_seed(1)
    for each in module.modules():
        if "Norm" in type(each).__name__:
            continue
        for name, parameter in each.named_parameters(recurse=False):
            faint = parameter.is_floating_point() and parameter.numel() > 0
            if faint and "bias" not in name and parameter.abs().max() < FAINT:
                noise = torch.randn(
                    parameter.shape, generator=generator, dtype=parameter.dtype
                )
                parameter.data = noise * max(parameter.shape[-1:] or (1,)) ** -0.5


def probes_of(found: Found) -> dict[str, bool]:
    """The probes of a block that takes and gives [batch, seq, width].

    `batch-leak`: one sequence moves another. `sees-future`, `sees-past`: a position
    moves an earlier one, a later one. `norm-mixes-tokens`: a norm lets it.
    """
    stream = _stream(found)
    base = stream.run(stream.value) if stream else None
    if stream is None or base is None or base.dim() != 3:
        return {}
    x = stream.value
    again = stream.run(x)
    if base.shape[:2] != x.shape[:2] or again is None or not torch.equal(base, again):
        return {}  # not the same twice, say: nothing can be told
    generator = torch.Generator().manual_seed(2)
    noise = NUDGE + torch.rand(x.shape[-1], generator=generator, dtype=x.dtype)
    leaked = _moved(base, stream.run(_nudged(x, 0, noise)))[1:]
    early = late = False
    for position in sorted({1, x.shape[1] // 2, x.shape[1] - 1}):
        moved = _moved(base, stream.run(_nudged(x, (slice(None), position), noise)))
        early = early or bool(moved[:, :position].any())
        late = late or bool(moved[:, position + 1 :].any())
    order = torch.randperm(x.shape[1], generator=generator)
    swapped = stream.run(x[:, order])
    return {
        "batch-leak": bool(leaked.any()),
        "sees-future": early,
        "sees-past": late,
        "mixes-tokens": early or late,
        "permutation-equivariant": not bool(_moved(base[:, order], swapped).any()),
        "norm-mixes-tokens": _norm_mixes(found),
    }


def _nudged(x: torch.Tensor, where: Any, noise: torch.Tensor) -> torch.Tensor:
    other = x.clone()
    other[where] += noise
    return other


def _moved(before: torch.Tensor, after: torch.Tensor | None) -> torch.Tensor:
    """For each sequence and position, whether the output moved."""
    if after is None or after.shape != before.shape:
        return torch.zeros(before.shape[:2], dtype=torch.bool)
    change = (after - before).abs().amax(-1)
    return change > MOVED * (1.0 + before.abs().amax())


class _Stream:
    """The input of a block that is its stream, and the run that it goes into."""

    def __init__(self, found: Found, key: Any, value: torch.Tensor) -> None:
        self.found, self.key, self.value = found, key, value

    def run(self, value: torch.Tensor) -> torch.Tensor | None:
        """The first tensor that the block gives for this one."""
        args, kwargs = list(self.found.args), dict(self.found.kwargs)
        if isinstance(self.key, int):
            args[self.key] = value.clone()
        else:
            kwargs[self.key] = value.clone()
        result = self.found.module(*copy.deepcopy(tuple(args)), **copy.deepcopy(kwargs))
        return next(tensors_in(result), None)


def _stream(found: Found) -> _Stream | None:
    for key, value in (*enumerate(found.args), *found.kwargs.items()):
        if (
            isinstance(value, torch.Tensor)
            and value.dim() == 3
            and value.is_floating_point()
        ):
            return _Stream(found, key, value)
    return None


class _NormProbe(TorchFunctionMode):
    """Asks each norm over several axes whether one token moves another."""

    mixes = False

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        if getattr(func, "__name__", "") in ("layer_norm", "rms_norm"):
            self.mixes = self.mixes or mixes_tokens(
                lambda x: func(x, *args[1:], **kwargs), args[0]
            )
        return result


def mixes_tokens(norm: Any, x: torch.Tensor) -> bool:
    """Whether the norm of one token of [batch, seq, width] depends on another token."""
    if x.dim() != 3 or x.shape[1] < 2:
        return False
    other = x.clone()
    other[:, 0] += NUDGE + torch.arange(x.shape[-1], dtype=x.dtype) / x.shape[-1]
    moved = _moved(norm(x), norm(other))
    return bool(moved[:, 1:].any())


def _norm_mixes(found: Found) -> bool:
    probe, seen = _NormProbe(), []

    def watch(module: nn.Module, args: Any, result: Any) -> None:
        name = type(module).__name__
        fits = "Norm" in name and not any(
            w in name for w in ("Batch", "Group", "Instance")
        )
        if fits and len(args) == 1 and isinstance(args[0], torch.Tensor):
            seen.append((module, args[0].clone()))

    handles = [m.register_forward_hook(watch) for m in found.module.modules()]
    try:
        with probe:
            call_once(found.module, *copy.deepcopy((found.args, found.kwargs)))
    finally:
        for handle in handles:
            handle.remove()
    for module, x in seen:
        result = module(x)
        if isinstance(result, torch.Tensor) and result.shape == x.shape:
            probe.mixes = probe.mixes or mixes_tokens(module, x)
    return probe.mixes


# ---- In the user's own process: one pass of a module that is alive.


def live(
    module: object, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any]:
    """The record of one forward pass, in eval mode, which is put back afterwards.

    Raises TypeError for what is no module, and whatever the forward raises.
    """
    if not isinstance(module, nn.Module):
        raise TypeError(
            f"blocklint.trace takes an nn.Module, not {type(module).__name__}"
        )
    modes = [(each, each.training) for each in module.modules()]
    fast = torch.backends.mha.get_fastpath_enabled()
    try:
        module.eval()
        torch.backends.mha.set_fastpath_enabled(False)
        with torch.no_grad():
            return recorded(module, args, kwargs).document()
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
        for each, training in modes:
            each.training = training


# ---- The start -----------------------------------------------------------------------

if __name__ == "__main__":
    main()
