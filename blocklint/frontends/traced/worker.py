"""Runs a user's module and says, as one JSON document, what ran.

Started by its path with the user's interpreter, which needs torch and nothing else;
blocklint need not be there. Reads one job from the standard input:

    {"schema": "blocklint.job/1", "answer": "/tmp/x/answer.json",
     "module": {"path": "/abs/model.py"} or {"name": "pkg.mod"},
     "folders": ["/abs"], "memory": 8589934592, "seconds": 60,
     "probe": false, "stability": null,
     "targets": [{"class": "Block", "init": null, "inputs": null,
                  "ranks": {"x": 3}, "bare": false}]}

and writes the answer that `document.py` describes, anew after each target, so that what
is known survives the target that hangs or crashes. A path may come with a `"text"`,
which is run in the place of what the file holds. What `stability.py` beside this file
measures is asked for by `{"depths": [6, 12], "seeds": 5, "init": "own"}`. Works with
Python 3.9 and torch 2.6.
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

import ast
import collections.abc
import contextlib
import copy
import dataclasses
import difflib
import enum
import errno
import functools
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import io
import json
import linecache
import logging
import math
import random
import re
import signal
import time
import traceback
import types
import typing
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, is_dataclass, replace
from types import FrameType, ModuleType, TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of what torch would like to find beside it
    import torch
    import torch.fx
from torch import nn
from torch._subclasses.fake_tensor import (
    FakeTensor,
    FakeTensorMode,
    unset_fake_temporarily,
)
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TypeGuard


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
_MEASURING_FILE = os.path.join(os.path.dirname(_OWN_FILE), "stability.py")


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
    package is imported as a part of that package. With a `text`, that is what it holds.
    """
    for folder in reversed(list(folders)):
        sys.path.insert(0, folder)
    random.seed(0)
    if "name" in spec:
        return vars(importlib.import_module(spec["name"]))
    path, text = os.path.abspath(spec["path"]), spec.get("text")
    if text is not None:
        sys.meta_path.insert(0, _OtherText(path, text))
    return vars(_Import(path, text).load())


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
    if path in (_OWN_FILE, _MEASURING_FILE) or not os.path.exists(path):
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
        "weights": {},
        "resized": None,
        "causal": None,
        "probes": {},
        "unprobed": None,
        "refused": {},
        "stability": None,
        "unmeasured": None,
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

    def __init__(self, path: str, text: str | None = None) -> None:
        self.path = path
        self.text = text
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
        given = self.text is not None and path == self.path
        spec = importlib.util.spec_from_file_location(
            name,
            path,
            loader=_TextLoader(name, path, str(self.text)) if given else None,
            submodule_search_locations=inside,
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


class _TextLoader(importlib.machinery.SourceFileLoader):
    """Runs a text as if a file held it; nothing is read or kept."""

    def __init__(self, name: str, path: str, text: str) -> None:
        super().__init__(name, path)
        self.text = text
        # What shows a line, or asks for the source of a class, is to see this text.
        lines = text.splitlines(keepends=True)
        linecache.cache[path] = (len(text), None, lines, path)

    def get_code(self, fullname: str) -> types.CodeType:
        """The text, compiled."""
        return compile(self.text, self.path, "exec", dont_inherit=True)

    def get_source(self, fullname: str) -> str:
        """The text."""
        return self.text


class _OtherText(importlib.abc.MetaPathFinder):
    """Finds what is always found, and for one file hands out another text."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        """The module of the one file; None for every other, which others find."""
        found = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if found is None or not found.origin or not _is_same(found.origin, self.path):
            return None
        found.loader = _TextLoader(fullname, found.origin, self.text)
        return found


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


# ---- B. Finding an instance and inputs

Sizes = dict[str, int]
Args = tuple[object, ...]
Kwargs = dict[str, object]
Dims = tuple["int | str", ...]
Run = Callable[[nn.Module, Args, Kwargs], object]
Refeed = Callable[[int, int], "tuple[Args, Kwargs] | None"]
Again = Callable[[], nn.Module]

BATCH, SEQ, MEMORY, SIDE = 5, 13, 11, 16
HEADS, HEAD_DIM, WIDTH, FFN, LAYERS, PLACES, WORDS = 4, 24, 96, 160, 2, 64, 99
PATIENCE = 10.0  # seconds for guesses, and again for models
TRIES = 60  # forwards of the wanted class
FEW = 8  # columns that code may cut off an input before it uses it
SAME = 14  # times that the same error may come back
BUILDS = 24  # constructor calls for one class
DEEPEST = 4  # constructors that ask for modules that ask for modules
CONTAINERS = 10  # models that may hold the wanted class
REAL_WEIGHTS = 20_000_000  # what a module on real tensors may hold at most
UNUSUAL = 1e4  # no weight starts beyond it
REAL_INPUT = 2_000_000  # what one input on real tensors may hold at most
WIDEST = 4096  # no guessed width is larger
IMAGE_AXES = 4


@dataclass(frozen=True)
class Found:
    """An instance of the wanted class, in eval mode, and what its forward takes.

    `how` is the code a user could type to get it. `sizes` names the sizes that went
    in: "batch", "seq", and the integers of the constructor and of the config. `refeed`
    makes the same inputs for another batch and length, or None where it cannot; `again`
    makes another instance in the same way.
    """

    module: nn.Module
    args: Args
    kwargs: Kwargs
    how: str
    sizes: Sizes
    refeed: Refeed
    again: Again | None = None


class NotFound(Exception):
    """Nothing ran. `kind` is "build", "inputs", "run", or "values"
    where the code asks fake tensors for their values and only real ones may do.

    `error` is the most telling thing that the user's code raised, with its traceback,
    and `nearest` the candidate that came furthest before it raised that.
    """

    def __init__(
        self,
        kind: str,
        message: str,
        error: BaseException | None = None,
        nearest: Found | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.error = error
        self.nearest = nearest


def find(
    cls: type[nn.Module],
    namespace: dict[str, object],
    wanted: dict[str, object],
    run: Run,
    real: bool = False,
) -> Found:
    """An instance of `cls` whose forward runs; raises NotFound when there is none.

    Under an active fake mode nothing is allocated; with `real` the instance is small
    and in float64. `run` is called with each candidate until it does not raise.
    """
    search = Search(cls, namespace, wanted, run, real)
    loud = logging.getLogger("torch._subclasses.fake_tensor")
    was_disabled, dtype = loud.disabled, torch.get_default_dtype()
    loud.disabled = True  # It prints a traceback for each guess that fails.
    torch.manual_seed(0)
    try:
        with warnings.catch_warnings(), own_copies():
            warnings.simplefilter("ignore")
            if real:
                torch.set_default_dtype(torch.float64)
            return search.find()
    finally:
        loud.disabled = was_disabled
        torch.set_default_dtype(dtype)


@contextlib.contextmanager
def own_copies() -> Iterator[None]:
    """Lets fake tensors be deep-copied, as every other stack of layers does.

    torch copies the fake mode along with the tensor, and a tensor that remembers a
    constant through its storage, which it has not.
    """
    held = vars(FakeTensor).get("__deepcopy__")
    FakeTensor.__deepcopy__ = fake_copy  # type: ignore[assignment,method-assign]
    try:
        yield
    finally:
        if held is None:
            del FakeTensor.__deepcopy__
        else:
            FakeTensor.__deepcopy__ = held  # type: ignore[method-assign]


def fake_copy(tensor: FakeTensor, memo: dict[int, object]) -> object:
    if id(tensor) not in memo:
        with tensor.fake_mode:
            copied: torch.Tensor = tensor.detach().clone()
            if isinstance(tensor, nn.Parameter):
                copied = nn.Parameter(copied, requires_grad=tensor.requires_grad)
        memo[id(tensor)] = copied
    return memo[id(tensor)]


# What a name says ---------------------------------------------------------------------

IS_CONFIG = r"(.*_)?(config|configuration|cfg|conf|hparams|hps|hyperparams)|args|params"
IS_INDEX = (
    r"(.*_)?(layer|block|stage)_?(idx|index|id|num|number|i)|i|idx|index|n_?th|layer_i"
)
IS_DEPTH = (
    r"(n|num|nb|number_of|max)_(.*_)?(layers?|blocks|stages)|depth|depths|nlayers?"
)
IS_DEPTH += r"|n|(.*_)?layers|n_layer|.*(layers|depth|blocks)"
IS_KV_HEADS = r".*(kv|key_?value|key).*heads?.*|n_?kv|n_?query_groups|num_query_groups"
IS_HEADS = r"(.*_)?(n|num|nb|number_of)?_?heads?(_num|_count)?|n_?head|h|.*_heads?"
IS_HEAD_DIM = r".*(dim_?head|head_?(dim|size|width|channels)|d_head|kv_channels).*"
IS_HEAD_DIM += r"|d_[kvq]|d_kv|(key|value|query|qk|v)_dim|dim_(key|value|k|v)"
IS_FFN = r"d_?ff(n|w)?|dff|.*(ffn?|mlp|feed_?forward|intermediate)_?(\w+_)?"
IS_FFN += (
    r"(dim|size|hidden|width|channels|features|units)(_dim|_size)?|.*intermediate_?\w*"
)
IS_FFN += r"|dim_?(ff|ffn|feed_?forward|mlp)|hidden_features|inner_dim|d_inner|n_inner"
IS_FFN += r"|filter_size|pf_dim|d_hid(den)?|inner_size|mlp_hidden|(.*_)?ffn_embed_dim"
IS_VOCAB = r".*vocab.*|.*num_embeddings|n_?tokens?_?types?|ntokens?"
IS_CLASSES = r".*(num|n)_(classes|labels)"
IS_PLACES = r"(.*_)?(block_size|max_(\w+_)?(len|length|positions?|size|tokens)|n_ctx)"
IS_PLACES += r"|.*(max_position|context_(len|length|size)|n_positions|max_seq).*|maxlen"
IS_LENGTH = (
    r"(.*_)?(seq_?(len|length|size)|num_(patches|tokens|queries)|n_tokens|tokens"
)
IS_LENGTH += r"|sequence_length|length|n_patches|dim_seq|t_max|num_patch|token_num)"
IS_WIDTH = (
    r"(.*_)?(d_?model|model_?(dim|size)|dims?|n_?embd?|embd|emb|hidden_?(size|dim)"
)
IS_WIDTH += r"|embed(ding)?_?(dims?|size)|d|size|features|channels|in_(dim|features)"
IS_WIDTH += (
    r"|width|emb_?(dim|size)|d_embed|num_(hidden|features|channels)|c|ch|n_units"
)
IS_WIDTH += r"|d_(in|out)|planes|hidden|units|nhid|ninp|input_size)"
IS_EXPERTS = r".*(num|n)_(\w+_)?experts?|.*experts"
IS_TOP_K = r".*(top_?k|experts_per_tok\w*|active_experts)"
IS_DROP = r".*(drop|prob).*|p|.*_pdrop|\w+_p|.*survival.*"
IS_FACTOR = r".*(ratio|mult|multiplier|expansion|expand)(_factor)?|ff_mult|mult"
IS_SIDE = r".*(input_)?resolution|(img|image|input|feat|fmap|spatial)_?(size|shape)|hw"
IS_EPS = r".*eps(ilon)?"
IS_ACT = r".*(act|activation|nonlinearity|non_linearity)(_?(fn|func|function|layer|type"
IS_ACT += r"|name|cls|class))?|.*activation.*|hidden_act"
IS_NORM = r".*norm(_?(layer|fn|func|cls|class|module|type|constructor))?|.*ln(_\d)?"
IS_FLAG = r"(use|is|has|do|with|no|add|enable|apply|return|output|norm|pre|tie|flash"
IS_FLAG += (
    r"|need|share|learn|scale|gated?|train)_.*|.*bias|causal|.*_first|flash|training"
)
IS_FLAG += (
    r"|(qkv|pre_?norm|prenorm|normalize_before|gradient_checkpointing|debug|rotary)"
)
IS_TYPE = r".*_?(type|mode|implementation|impl|name|style|method|format|backend)"
IS_ATTENTION = r".*(attn|attention|mha|attend).*"
IS_FEED = r".*(ffn|feed_?forward|mlp|moe|expert).*|ff|pwff|.*_ff"
IS_PROJECTION = r".*(proj|linear|dense).*|to_\w+|w_?[qkvo]\d?"
IS_CHILD = (
    r"(fn|func|function|module|layer|sub_?layer|block|net|body|inner|wrapped|mixer"
)
IS_CHILD += r"|branch|core|residual|submodule|op|operation|encoder_layer|decoder_layer"
IS_CHILD += r"|\w+_(layer|block|module|fn|net|mixer))"
IS_SCALE = (
    r".*(scale|alpha|gamma|lambda|temperature|gain|multiplier|factor|decay|theta)"
)

NUMBERS: tuple[tuple[str, int | float], ...] = (
    (IS_INDEX, 0),
    (IS_EPS, 1e-5),
    (IS_DROP, 0.0),
    (IS_VOCAB, WORDS),
    (IS_CLASSES, 7),
    (IS_TOP_K, 2),
    (IS_EXPERTS, 4),
    (IS_KV_HEADS, HEADS),
    (IS_HEAD_DIM, HEAD_DIM),
    (IS_FFN, FFN),
    (IS_HEADS, HEADS),
    (IS_DEPTH, LAYERS),
    (IS_PLACES, PLACES),
    (IS_LENGTH, SEQ),
    (r".*patch_?(size)?", 4),
    (r".*window_?(size)?|ws", 4),
    (r".*shift_?(size)?", 0),
    (r".*kernel_?(size)?|ks|k|conv_k.*", 3),
    (r".*stride.*|.*dilation|groups?|step|.*reduction", 1),
    (r".*padding", 1),
    (r".*rank|.*bottleneck.*|r", 8),
    (r".*state_?(dim|size)?|d_state", 16),
    (r".*d_conv|conv_(dim|size|width)", 4),
    (r".*num_groups|n_?groups", 4),
    (IS_SIDE, SIDE),
    (r"rope_theta|.*rope.*base|theta|base", 10000.0),
    (IS_FACTOR, 4),
    (r".*init_?(values?|std|range|scale)|layer_scale.*|initializer_range", 0.02),
    (
        r".*cond\w*_?(dim|size|channels)|(time|temb|t|emb)\w*_channels|(time|temb|t)\w*_?dim",
        80,
    ),
    (r".*(context|cross|memory|encoder|kv|text|y)\w*_?(dim|size|channels)", 112),
    (IS_WIDTH, WIDTH),
    (IS_SCALE, 1.0),
    (r".*(token_id|_idx|_id)", 0),
    (r"(n|num|max)_.*", 4),
)


def says(pattern: str, name: str) -> bool:
    """Whether a whole name is of a kind; case and outer underscores do not count."""
    return re.fullmatch(pattern, name.strip("_").lower()) is not None


def number_by_name(name: str) -> int | float | None:
    for pattern, value in NUMBERS:
        if says(pattern, name):
            return value
    return None


def is_flag(name: str) -> bool:
    named = r".*_(layers?|cls|class|fn|func|module|type|dim|size|eps|rate|ratio|factor)"
    return says(IS_FLAG, name) and not says(named, name)


def value_by_name(name: str) -> object:
    """What an attribute of an unseen config most likely holds."""
    if says(r".*(types?|pattern)s?_list|.*_types", name):
        return ()
    if says(IS_ACT, name):
        return "gelu"
    if is_flag(name):
        return says(r".*bias|causal|is_causal", name)
    number = number_by_name(name)
    if number is not None:
        return number
    return "default" if says(IS_TYPE, name) and not says(".*dtype", name) else None


# What the code says: class trees and the attributes read of a config ------------------


class Code:
    """The classes of one module's source, by name; parsed once."""

    known: dict[str, Code] = {}  # noqa: RUF012

    def __init__(self, text: str) -> None:
        self.classes: dict[str, ast.ClassDef] = {}
        self.calls: dict[str, set[str]] = {}
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError):
            return
        indirect = indirections(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                self.classes[node.name] = node
                self.calls[node.name] = named_in_functions(node, indirect)

    @classmethod
    def of(cls, subject: type, namespace: dict[str, object]) -> Code:
        module = sys.modules.get(subject.__module__)
        path = getattr(module, "__file__", None) or namespace.get("__file__")
        key = str(path)
        if key not in cls.known:
            try:
                with open(key, encoding="utf-8") as file:
                    text = file.read()
            except (OSError, ValueError):
                text = ""
            cls.known[key] = cls(text)
        return cls.known[key]


def names_of(nodes: list[ast.expr]) -> set[str]:
    return {n.id for node in nodes for n in ast.walk(node) if isinstance(n, ast.Name)}


def indirections(tree: ast.Module) -> dict[str, set[str]]:
    """Names of the module that stand for others: `LAYERS = {"a": Layer}`."""
    found: dict[str, set[str]] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            names = {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)}
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found[target.id] = names
    return found


def named_in_functions(node: ast.ClassDef, indirect: dict[str, set[str]]) -> set[str]:
    named: set[str] = set()
    for part in node.body:
        if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for statement in part.body:
                for inner in ast.walk(statement):
                    if isinstance(inner, ast.Name):
                        named |= {inner.id} | indirect.get(inner.id, set())
    return named


@dataclass(frozen=True)
class Reads:
    """What classes read of an object: with certainty, and with a default at hand."""

    surely: frozenset[str]
    perhaps: frozenset[str]
    nested: frozenset[str]


def reads(cls: type, parameter: str, namespace: dict[str, object]) -> Reads:
    """The attributes that a class, and those it constructs, read of its config."""
    surely: set[str] = set()
    perhaps: set[str] = set()
    nested: set[str] = set()
    ahead, seen = [cls], {cls}
    while ahead and len(seen) < 40:
        subject = ahead.pop(0)
        code = Code.of(subject, namespace)
        scope = scope_of(subject, namespace)
        names = set()
        for kind in subject.__mro__:
            node = Code.of(kind, namespace).classes.get(kind.__name__)
            if node is None or not is_users(kind):
                continue
            if near(kind, cls):
                note_reads(node, parameter, surely, perhaps, nested)
            names |= Code.of(kind, namespace).calls.get(kind.__name__, set())
        for name in sorted(names):
            other = scope.get(name)
            if is_module_class(other) and other not in seen and name in code.classes:
                seen.add(other)
                ahead.append(other)
    return Reads(frozenset(surely - perhaps), frozenset(perhaps), frozenset(nested))


def note_reads(
    node: ast.ClassDef,
    parameter: str,
    surely: set[str],
    perhaps: set[str],
    nested: set[str],
) -> None:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute):
            below = inner.value
            if isinstance(below, ast.Attribute) and is_config(below.value, parameter):
                nested.add(below.attr)
            named = not inner.attr.startswith("__") and isinstance(inner.ctx, ast.Load)
            if named and is_config(below, parameter):
                surely.add(inner.attr)
        elif isinstance(inner, ast.Call) and len(inner.args) > 1:
            asked, by = inner.args[1], inner.func
            guards = isinstance(by, ast.Name) and by.id in ("getattr", "hasattr")
            if guards and is_config(inner.args[0], parameter):
                perhaps.add(str(getattr(asked, "value", "")))


def is_config(node: ast.expr, parameter: str) -> bool:
    """Whether an expression is `config` or `self.config`."""
    name = node.id if isinstance(node, ast.Name) else ""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        name = node.attr
    loose = name in ("args", "params")
    return name == parameter or (not loose and says(IS_CONFIG, name))


def is_users(cls: type) -> bool:
    return cls is not object and not cls.__module__.startswith("torch.")


def near(kind: type, cls: type) -> bool:
    """Whether two classes live in the same folder, so belong to one project."""
    files = [
        getattr(sys.modules.get(k.__module__), "__file__", None) for k in (kind, cls)
    ]
    folders = [os.path.dirname(str(f)) for f in files]
    return kind.__module__ == cls.__module__ or folders[0] == folders[1]


def is_module_class(value: object) -> TypeGuard[type[nn.Module]]:
    return isinstance(value, type) and issubclass(value, nn.Module)


def scope_of(cls: type, namespace: dict[str, object]) -> dict[str, object]:
    """The globals of the module that defines a class."""
    module = sys.modules.get(cls.__module__)
    own = vars(module) if module is not None else {}
    return own if cls.__name__ in own else namespace


# Constructor arguments ----------------------------------------------------------------


class Guessed(types.SimpleNamespace):
    """Stands for a config whose class is nowhere: attributes are guessed when read."""

    def __init__(self, asked: Reads | None = None) -> None:
        super().__init__()
        asked = asked or Reads(frozenset(), frozenset(), frozenset())
        self.__dict__["_asked"] = asked

    def __getattr__(self, name: str) -> object:
        asked = self.__dict__["_asked"]
        if name.startswith("__") or name in asked.perhaps:
            raise AttributeError(name)
        if name in ("get", "items", "keys", "values", "copy", "to_dict"):
            raise AttributeError(name)
        value = None if name.startswith("_") else guess(name, asked)
        self.__dict__[name] = value
        return value

    def __getitem__(self, name: str) -> object:
        return getattr(self, name)

    def __repr__(self) -> str:
        shown = {k: v for k, v in self.__dict__.items() if not k.startswith("_")}
        return (
            "SimpleNamespace(" + ", ".join(f"{k}={v!r}" for k, v in shown.items()) + ")"
        )


@dataclass(frozen=True)
class Choice:
    """One value that a parameter may be given: made anew each time."""

    make: Callable[[], object]
    text: str | None = None


def constant(value: object) -> Choice:
    return Choice(lambda: value)


@dataclass
class Built:
    """A module, the code that makes it, and what went in."""

    module: nn.Module
    text: str
    given: dict[str, object]
    again: Again | None = None


@dataclass
class Wish:
    """One parameter that a constructor asks for, and the choices for it."""

    name: str
    keyword: bool
    choices: list[Choice]
    default: bool  # The first choice is to leave it out.


def describe(value: object) -> str:
    """A value as code, as far as that can be said shortly."""
    if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType)):
        owner = "nn." if value.__module__.startswith("torch.nn.modules") else ""
        return owner + value.__name__
    if isinstance(value, nn.Module):
        return f"nn.{value!r}" if not list(value.children()) else type(value).__name__
    return repr(value)


def parameters_of(call: Callable[..., object], method: bool) -> list[inspect.Parameter]:
    try:
        found = list(inspect.signature(call).parameters.values())
    except (TypeError, ValueError):
        return []
    found = found[1:] if method else found
    skip = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [p for p in found if p.kind not in skip]


def annotation_of(
    parameter: inspect.Parameter, call: object, namespace: dict[str, object]
) -> list[object]:
    """The classes an annotation names, strings evaluated, unions taken apart."""
    annotation = parameter.annotation
    if annotation is inspect.Parameter.empty:
        return []
    if isinstance(annotation, str):
        inner = inspect.unwrap(call) if callable(call) else call
        scope = getattr(inner, "__globals__", namespace)
        try:
            annotation = eval(annotation, dict(scope))
        except Exception:  # Whatever the user's annotation does, it only was a hint.
            return [
                scope[word]
                for word in re.findall(r"\w+", str(parameter.annotation))
                if isinstance(scope.get(word), type)
            ]
    return flat(annotation)


def flat(annotation: object) -> list[object]:
    union: object = typing.Union
    arguments = getattr(annotation, "__args__", None)
    origin = getattr(annotation, "__origin__", None)
    if not arguments or (isinstance(origin, type) and origin is not union):
        return [origin if origin is not None else annotation]
    return [kind for part in arguments for kind in flat(part)]


def is_config_class(value: object) -> TypeGuard[type]:
    """Whether a class holds settings: by its name, or a dataclass with numbers."""
    if not isinstance(value, type) or issubclass(
        value, (nn.Module, Exception, enum.Enum)
    ):
        return False
    if value.__module__ in ("builtins", "typing", "argparse") or is_output(value):
        return False
    named = re.search(
        r"(config|args|cfg|params|options|settings)", value.__name__.lower()
    )
    return bool(named) or is_dataclass(value)


def is_output(value: type) -> bool:
    return re.search(r"(output|kwargs|mixin|cache)", value.__name__.lower()) is not None


class Maker:
    """Makes instances of classes that nobody said how to make."""

    def __init__(
        self, namespace: dict[str, object], real: bool, deadline: float
    ) -> None:
        self.namespace = namespace
        self.real = real
        self.deadline = deadline
        self.width = WIDTH
        self.side = SIDE
        self.owned = False  # Whether another argument names the width of the stream.
        self.error: BaseException | None = None
        self.valued = False

    # Calls ----------------------------------------------------------------------------

    def build(
        self, cls: type[nn.Module], depth: int = 0, few: bool = False
    ) -> Iterator[Built]:
        """Instances of a class, the likeliest first; the caller takes what it needs."""
        wishes = self.wishes(cls, cls.__init__, True, depth, few)
        limit = BUILDS if depth == 0 else 8
        ahead: list[tuple[int, ...]] = [(0,) * len(wishes)]
        seen = set(ahead)
        while ahead and limit and time.monotonic() < self.deadline:
            limit -= 1
            state = ahead.pop(0)
            failed: BaseException | None = None
            try:
                built = self.call(cls, wishes, state)
                if isinstance(built.module, nn.Module):
                    built.module.eval()
                yield built
            except Exception as error:  # The user's constructor may raise anything.
                failed = error
                self.valued = self.valued or wants_values(error)
                if self.error is None or depth == 0:
                    self.error = error if self.error is None else self.error
            for further in neighbours(wishes, state, failed):
                if further not in seen:
                    seen.add(further)
                    ahead.append(further)

    def call(
        self, cls: Callable[..., object], wishes: list[Wish], state: tuple[int, ...]
    ) -> Built:
        args: list[object] = []
        kwargs: dict[str, object] = {}
        texts: list[str] = []
        given: dict[str, object] = {}
        left_out = False
        for index, wish in enumerate(wishes):
            if wish.default and state[index] == 0:
                left_out = True
                continue
            choice = wish.choices[state[index] - wish.default]
            value = choice.make()
            given[wish.name] = value
            if wish.keyword or left_out:
                kwargs[wish.name] = value
                texts.append(f"{wish.name}=" + (choice.text or describe(value)))
            else:
                args.append(value)
                texts.append(choice.text or describe(value))
        made = cls(*args, **kwargs)
        # A made-up config knows only now what was read of it.
        for index, text in enumerate(texts):
            if text.startswith("SimpleNamespace("):
                values = list(given.values())
                texts[index] = describe(values[index]) if index < len(values) else text
        name = getattr(cls, "__name__", "")
        text = f"{name}({', '.join(texts)})"
        return Built(
            made,  # type: ignore[arg-type]
            text,
            given,
            lambda: self.again(cls, wishes, state),
        )

    def again(
        self, cls: Callable[..., object], wishes: list[Wish], state: tuple[int, ...]
    ) -> nn.Module:
        """Another instance by the same choices, which may have to make their own."""
        self.deadline = time.monotonic() + PATIENCE
        return self.call(cls, wishes, state).module

    def wishes(
        self,
        cls: type,
        call: Callable[..., object],
        method: bool,
        depth: int,
        few: bool,
    ) -> list[Wish]:
        found = parameters_of(call, method)
        self.settle_width(found)
        asked = []
        for parameter in found:
            has_default = parameter.default is not inspect.Parameter.empty
            kinds = annotation_of(parameter, call, self.namespace)
            choices = self.choices(cls, parameter, kinds, depth, few)
            if (
                has_default
                and says(IS_INDEX, parameter.name)
                and parameter.default is None
            ):
                has_default = False
            if has_default and parameter.default is not None and parameter.default != 0:
                choices = []  # A default that says something is the best guess.
            keyword = parameter.kind is inspect.Parameter.KEYWORD_ONLY
            asked.append(Wish(parameter.name, keyword, choices, has_default))
        return asked

    def settle_width(self, found: list[inspect.Parameter]) -> None:
        """Makes the width a multiple of what the defaults will divide it by."""
        defaults = {p.name: p.default for p in found if type(p.default) is int}
        width = WIDTH
        for name, count in defaults.items():
            if count > 0 and says(IS_HEADS, name) and not says(IS_HEAD_DIM, name):
                width = lcm(width, 2 * count)
            elif count > 0 and says(".*groups", name):
                width = lcm(width, count)
        owns = r"dim|d_model|embed_dim|in_features|input_dim|n_embd|in_dim|width"
        self.owned = any(says(owns, p.name) for p in found)
        windows = [v for k, v in defaults.items() if says(r".*window_?(size)?", k)]
        self.side = 2 * windows[0] if windows and windows[0] > 0 else SIDE
        self.width = width if width <= WIDEST else WIDTH

    # Values ---------------------------------------------------------------------------

    def choices(
        self,
        cls: type,
        parameter: inspect.Parameter,
        kinds: list[object],
        depth: int,
        few: bool,
    ) -> list[Choice]:
        """The values for one parameter, the likeliest first; never empty."""
        name = parameter.name
        stated = self.namespace.get(name)
        if type(stated) in (int, float, bool) and parameter.default is parameter.empty:
            return [constant(stated)]  # a setting of the module, under the same name
        configs: list[object] = [k for k in kinds if is_config_class(k)]
        if configs or says(IS_CONFIG, name):
            found = self.config_choices(cls, name, configs, few)
            if configs or depth > 1 or not says(r"params", name):
                return found or [constant(None)]
        if says(r".*device", name):
            return [constant("cpu"), constant(None)]
        if bool in kinds or (not kinds and is_flag(name)):
            first = says(r".*bias|causal|is_causal", name)
            return [constant(first), constant(not first)]
        modules = [k for k in kinds if is_module_class(k)]
        if modules or Callable in kinds or callable_kind(kinds):
            return self.callables(cls, name, kinds, modules, depth)
        if str in kinds and not (int in kinds or float in kinds):
            return self.words(name)
        return self.by_name(cls, name, kinds, depth)

    def by_name(
        self, cls: type, name: str, kinds: list[object], depth: int
    ) -> list[Choice]:
        if int not in kinds and float not in kinds:
            if says(IS_ACT, name):
                return self.activations(name)
            if says(IS_NORM, name) and not says(IS_EPS, name):
                return self.norms(name)
            asks = any(says(p, name) for p in (IS_ATTENTION, IS_FEED, IS_CHILD))
            if asks and (number_by_name(name) is None or says(IS_CHILD, name)):
                return [*self.children(cls, name, [], depth), constant(WIDTH)]
        return self.numbers(cls, name, kinds, depth)

    def numbers(
        self, cls: type, name: str, kinds: list[object], depth: int
    ) -> list[Choice]:
        value = number_by_name(name)
        if self.owned and says(r"hidden_?(dim|size|features|units|channels)?", name):
            value = FFN
        if value is None and says(IS_PROJECTION, name):
            return self.children(cls, name, [], depth)
        if says(IS_SIDE, name) and int not in kinds:
            return [constant((self.side, self.side)), constant(self.side)]
        if value == WIDTH:
            others = [self.width, 128, 256, 512, 768, 1024]
            found = [constant(v) for v in dict.fromkeys(others)]
            several = [constant([self.width] * 4)] if name.endswith("s") else []
            return [*found[:1], *several, *found[1:]]
        if value is None:
            value = WIDTH if int in kinds or not kinds else None
            value = 0.5 if float in kinds and int not in kinds else value
        if value is None:
            return [constant(None), constant(WIDTH), constant(())]
        if sequence_kind(kinds):
            return [constant([value] * 2), constant((value, value))]
        more: list[object] = [2, 1, 8] if kinds else [(value, value), 2, 1, 8, None]
        return [constant(v) for v in [value, *(m for m in more if m != value)]]

    def words(self, name: str) -> list[Choice]:
        if says(IS_ACT, name):
            options = ["gelu", "relu", "silu", "swish", "geglu", "swiglu"]
        elif says(IS_NORM, name):
            options = [
                "layernorm",
                "layer_norm",
                "LayerNorm",
                "rmsnorm",
                "rms_norm",
                "ln",
            ]
        else:
            options = [
                "default",
                "",
                "none",
                "standard",
                "base",
                "causal",
                "full",
                "pre",
            ]
        return [constant(o) for o in options]

    def activations(self, name: str) -> list[Choice]:
        word, kind, value = (
            constant("gelu"),
            constant(nn.GELU),
            Choice(nn.GELU, "nn.GELU()"),
        )
        if says(r".*(layer|cls|class)", name):
            return [kind, word, value]
        first = (
            [word, value]
            if says(r".*(name|type)|hidden_act|activation", name)
            else [value, word]
        )
        return [*first, kind, constant(nn.functional.gelu), constant("relu")]

    def norms(self, name: str) -> list[Choice]:
        cls = constant(nn.LayerNorm)
        value = Choice(lambda: nn.LayerNorm(self.width), f"nn.LayerNorm({self.width})")
        if says(r".*(layer|cls|class|fn|func|constructor|module)", name):
            return [cls, value, *self.words("norm")]
        if says(r".*type", name):
            return [*self.words("norm"), cls]
        return [value, cls, *self.words("norm"), constant(True)]

    def callables(
        self,
        cls: type,
        name: str,
        kinds: list[object],
        modules: list[type[nn.Module]],
        depth: int,
    ) -> list[Choice]:
        if says(IS_ACT, name):
            value = Choice(nn.GELU, "nn.GELU()")
            if modules:
                return [value, constant(nn.GELU)]
            return [constant(nn.functional.gelu), constant(nn.GELU), value]
        if type in kinds:
            plain = nn.LayerNorm if says(IS_NORM, name) else nn.Linear
            fits = [
                c
                for c in self.fitting(name, cls)
                if issubclass(c, tuple(modules or [nn.Module]))
            ]
            return [constant(c) for c in [*fits[:2], plain, nn.GELU]]
        if says(IS_NORM, name):
            return self.norms(name if not modules else "norm")
        return self.children(cls, name, modules, depth)

    def children(
        self, asker: type, name: str, modules: list[type[nn.Module]], depth: int
    ) -> list[Choice]:
        """Modules that may be handed to a wrapper under this name."""
        found: list[Choice] = []
        fits = [
            m
            for m in modules
            if m is not nn.Module and m.__module__ != "torch.nn.modules.module"
        ]
        if depth < DEEPEST:
            for cls in [*fits, *self.fitting(name, asker)][:3]:
                text = f"{cls.__name__}(...)"
                found.append(
                    Choice(functools.partial(self.child, cls, depth + 1), text)
                )
        return found + stand_ins(name, self.width)

    def child(self, cls: type[nn.Module], depth: int) -> nn.Module:
        width = self.width
        try:
            for built in self.build(cls, depth):
                return built.module
        finally:
            self.width = width
        raise TypeError(f"no way to make {cls.__name__}")

    def fitting(self, name: str, asker: type) -> list[type[nn.Module]]:
        """Classes of the module whose names fit what a parameter asks for."""
        for pattern in (IS_ATTENTION, IS_FEED):
            if says(pattern, name):
                found = [
                    value
                    for value in self.namespace.values()
                    if is_module_class(value)
                    and is_users(value)
                    and says(
                        pattern, re.sub(r"(?<=[a-z])(?=[A-Z])", "_", value.__name__)
                    )
                    and not says(
                        r".*(layer|block|encoder|decoder|model|norm|residual).*",
                        value.__name__,
                    )
                ]
                return sorted(found, key=lambda c: -similar(name, c.__name__))
        return self.layers(asker) if says(r".*(layer|block)", name) else []

    def layers(self, asker: type) -> list[type[nn.Module]]:
        """Classes of the module that a stack under this name may be made of."""
        found = [
            value
            for value in self.namespace.values()
            if is_module_class(value)
            and is_users(value)
            and value is not asker
            and re.search(r"(Layer|Block)$", value.__name__)
        ]
        return sorted(
            found, key=lambda c: -similar(asker.__name__ + "Layer", c.__name__)
        )

    # Configs --------------------------------------------------------------------------

    def config_choices(
        self, cls: type, name: str, annotated: list[object], few: bool
    ) -> list[Choice]:
        """Config objects that have what the class reads, the best first."""
        asked = reads(cls, name, self.namespace)
        ranked: list[tuple[int, int, str, object]] = []
        for order, kind in enumerate(self.config_classes(cls, annotated)):
            for text, value in self.config_values(kind):
                missing = sum(not has(value, a) for a in asked.surely)
                ranked.append((missing, order, text, value))
        ranked.sort(key=lambda r: (r[0], r[1], len(r[2])))
        good = [r for r in ranked if 2 * r[0] <= len(asked.surely) or r[1] == 0][:4]
        found: list[Choice] = []
        for missing, _, text, value in good:
            forms = self.forms(value, text, few)
            found += [patched(f, asked) for f in forms] if missing else forms
        found.append(Choice(lambda: Guessed(asked), "SimpleNamespace()"))
        return found

    def forms(self, config: object, text: str, few: bool) -> list[Choice]:
        plain = Choice(lambda: copy.deepcopy(config), text)
        small = shrunk_choice(config, text, True)
        flat = shrunk_choice(config, text, False)
        if self.real:
            return [small, flat, plain] if few else [small, plain]
        return [flat, plain, small] if few else [plain, small]

    def config_classes(self, cls: type, annotated: list[object]) -> list[type]:
        found: list[type] = [k for k in annotated if isinstance(k, type)]
        held = [
            v for kind in cls.__mro__ if is_users(kind) for v in vars(kind).values()
        ]
        found += [v for v in held if is_config_class(v)]
        for kind in cls.__mro__:
            if is_users(kind) and near(kind, cls):
                scope = scope_of(kind, self.namespace)
                found += [v for v in scope.values() if is_config_class(v)]
        found += [v for v in self.namespace.values() if is_config_class(v)]
        return list(dict.fromkeys(found))[:30]

    def config_values(self, kind: type) -> list[tuple[str, object]]:
        """Instances of a config class: itself by default, and the configs inside it."""
        try:
            value = self.config_value(kind)
        except Exception:  # A config that cannot be made is no candidate.
            return []
        found: list[tuple[str, object]] = [(value.text, value.module)]
        for name, inner in list(getattr(value.module, "__dict__", {}).items()):
            if is_config_class(type(inner)) and not name.startswith("_"):
                found.append((f"{value.text}.{name}", inner))
        return found

    def config_value(self, kind: type) -> Built:
        wishes = []
        for parameter in parameters_of(kind, False):
            if parameter.default is inspect.Parameter.empty:
                kinds = annotation_of(parameter, kind, self.namespace)
                choices = self.choices(kind, parameter, kinds, DEEPEST, False)
                wishes.append(Wish(parameter.name, True, choices, False))
        return self.call(kind, wishes, (0,) * len(wishes))


def lcm(one: int, other: int) -> int:
    return one * other // math.gcd(one, other)


def callable_kind(kinds: list[object]) -> bool:
    return any(k is type or k is collections.abc.Callable for k in kinds)


def sequence_kind(kinds: list[object]) -> bool:
    return bool(kinds) and any(
        k in (list, tuple, collections.abc.Sequence) for k in kinds
    )


def similar(name: str, other: str) -> float:
    return difflib.SequenceMatcher(None, name.lower(), other.lower()).ratio()


def stand_ins(name: str, width: int) -> list[Choice]:
    """Stock modules for a child that no class of the file fits."""
    linear = Choice(lambda: nn.Linear(width, width), f"nn.Linear({width}, {width})")
    if says(IS_ATTENTION, name):
        text = f"nn.MultiheadAttention({width}, {HEADS}, batch_first=True)"
        plain = Choice(lambda: Attends(width), f"Attention({width}, {HEADS})")
        return [
            Choice(lambda: nn.MultiheadAttention(width, HEADS, batch_first=True), text),
            plain,
            linear,
        ]
    if says(IS_FEED, name):
        text = f"nn.Linear({width}, {FFN}), nn.GELU(), nn.Linear({FFN}, {width})"
        text = f"nn.Sequential({text})"
        return [Choice(lambda: feed(width), text), linear]
    return [linear, Choice(nn.Identity, "nn.Identity()")]


class Attends(nn.Module):
    """An attention that returns its output alone, whatever else it is called with."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(width, HEADS, batch_first=True)

    def forward(
        self,
        query: torch.Tensor,
        key: torch.Tensor | None = None,
        value: torch.Tensor | None = None,
        *rest: object,
        **options: object,
    ) -> torch.Tensor:
        source = (
            key if isinstance(key, torch.Tensor) and key.is_floating_point() else query
        )
        output: torch.Tensor = self.attention(
            query, source, source, need_weights=False
        )[0]
        return output


def feed(width: int) -> nn.Module:
    return nn.Sequential(nn.Linear(width, FFN), nn.GELU(), nn.Linear(FFN, width))


def shrunk_choice(config: object, text: str, all_of_it: bool) -> Choice:
    small = shrunk(copy.deepcopy(config), all_of_it)
    before = getattr(config, "__dict__", {})
    held = getattr(small, "__dict__", {}).items()
    changed = [f"{k}={v!r}" for k, v in held if type(v) is int and v != before.get(k)]
    said = text[:-2] if text.endswith("()") else f"{text}.replace"
    shown = f"{said}({', '.join(changed)})" if changed else text
    return Choice(lambda: shrunk(copy.deepcopy(config), all_of_it), shown)


def has(value: object, name: str) -> bool:
    """hasattr, for objects that raise whatever they like when they are asked."""
    try:
        getattr(value, name)
    except Exception:  # A property of the user's may raise anything.
        return False
    return True


def guess(name: str, asked: Reads) -> object:
    return Guessed(asked) if name in asked.nested else value_by_name(name)


def patched(form: Choice, asked: Reads) -> Choice:
    """A config with guesses for the attributes that it lacks."""

    def make() -> object:
        config = form.make()
        for name in sorted(asked.surely):
            if not has(config, name):
                with contextlib.suppress(Exception):
                    object.__setattr__(config, name, guess(name, asked))
        return config

    return Choice(make, form.text)


def shrunk(config: object, all_of_it: bool, depth: int = 0) -> object:
    """The same config with few layers and, if all of it is meant, narrow ones."""
    held = getattr(config, "__dict__", {})
    heads = [v for k, v in held.items() if says(IS_HEADS, k) and type(v) is int]
    for name, value in list(held.items()):
        if is_config_class(type(value)) and depth < DEEPEST:
            shrunk(value, all_of_it, depth + 1)
            continue
        small = smaller(name, value, heads, all_of_it)
        if small != value:
            with contextlib.suppress(Exception):
                object.__setattr__(config, name, small)
    return config


SMALL = (
    (IS_DEPTH, LAYERS),
    (IS_VOCAB, WORDS),
    (r".*token_id|.*_idx", 1),
    (IS_EXPERTS, 4),
    (IS_TOP_K, 2),
    (IS_HEAD_DIM, HEAD_DIM),
    (IS_FFN, FFN),
    (IS_HEADS, HEADS),
    (IS_PLACES, PLACES),
    (IS_SIDE, 32),
    (IS_WIDTH, WIDTH),
)


def smaller(name: str, value: object, heads: list[int], all_of_it: bool) -> object:
    if (
        isinstance(value, list)
        and value
        and says(r".*depths?|.*num_blocks|n_blocks", name)
    ):
        return [min(v, 2) if isinstance(v, int) else v for v in value]
    if type(value) is not int or value <= 0 or says(IS_INDEX, name):
        return value
    if says(IS_KV_HEADS, name):
        if not all_of_it:
            return value
        return HEADS if value >= max(heads, default=value) else HEADS // 2
    for pattern, small in SMALL if all_of_it else SMALL[:1]:
        if says(pattern, name):
            return min(value, small)
    return value


def neighbours(
    wishes: list[Wish], state: tuple[int, ...], error: BaseException | None
) -> list[tuple[int, ...]]:
    """The states one step from this; what the error speaks of is changed first."""
    words: set[str] = set()
    if error is not None:
        words |= set(re.findall(r"\w+", _message(error)))
        words |= names_on_line(users_frames(error)[:1])
    spoken: list[tuple[int, int, tuple[int, ...]]] = []
    alike = [i for i, w in enumerate(wishes) if says(IS_ATTENTION, w.name)]
    if len(alike) > 1 and all(state[i] + 1 < len(wishes[i].choices) for i in alike):
        together = tuple(n + (i in alike) for i, n in enumerate(state))
        spoken.append((0, -len(wishes), together))
    for index, wish in enumerate(wishes):
        if state[index] + 1 >= len(wish.choices) + wish.default:
            continue
        further = (*state[:index], state[index] + 1, *state[index + 1 :])
        config = says(IS_CONFIG, wish.name)
        first = 0 if config or wish.name in words else 1
        if wish.default and state[index] == 0:
            first += 1
        spoken.append((first, -len(wish.choices), further))
    return [further for _, _, further in sorted(spoken)]


# Inputs -------------------------------------------------------------------------------

NAMED_IDS = r"(.*_)?(ids|idx|tokens_ids|token_ids|indices|input_seq)"
NAMED_PIXELS = r"(.*_)?(pixel_values(_videos)?|images?|imgs?|pixels|video|frames)"
NAMED_SOUND = (
    r"input_(features|values)|audio_(features|values)|waveform|mel|spectrogram"
)
NAMED_SOUND += r"|input_spectrogram"
NAMED_MASK = r".*mask.*|.*attn_bias|.*attention_bias|bias|.*padding"
NAMED_ROTARY = (
    r".*(position_emb(edding)?s?.*|rotary.*|rope.*|cos_sin|freqs.*|pos_embeds?"
)
NAMED_ROTARY += r"|rel_pos.*|position_bias|relative_position\w*)|cos|sin|pe|pos_emb"
NAMED_PLACES = r".*(position_?ids?|positions?|input_pos)|pos|start_pos|offset"
NAMED_CACHE = r".*(past|cache|incremental|layer_state).*|state"
NAMED_FLAG = (
    r"(output|return|use|is|need|needs|with|do|deterministic|train)_.*|training"
)
NAMED_FLAG += r"|causal|deterministic"
NAMED_MEMORY = (
    r".*(encoder|cross|memory|context|media|enc_out|enc_output|image_embeds).*"
)
NAMED_MEMORY += (
    r"|enc|encoded|mem|ctx|key|value|k|v|kv|key_value\w*|src_out\w*|cond_tokens"
)
NAMED_VECTOR = (
    r"t|c|temb|t_emb|time.*|timesteps?|emb|cond\w*|vec|y|adaln\w*|mod\w*|embed"
)
NAMED_HIDDEN = (
    r"x|(.*_)?hidden_states?|inputs?|inp|src|tgt|query|queries|q|tokens|features|z"
)
NAMED_HIDDEN += (
    r"|(inputs_)?embed(ding)?s|h|tensor|latents?|trg|target|source|hidden|xs?"
)
NAMED_SIDE = r"h|w|height|width|grid_h|grid_w"
NAMED_GRID = r"(input_)?(dimensions|resolution|shape|size|hw|spatial_shape|x_size)"
NAMED_CHILD = r"(sub_?layer|fn|func|module|layer|block|net|branch)"


@dataclass(frozen=True)
class Feed:
    """What one parameter of a forward is given; dims are numbers or names of sizes."""

    kind: str
    dims: Dims = ()
    value: object = None

    @property
    def key(self) -> str:
        return f"{self.kind}{self.dims}{self.value!r}"[:200]

    def shape(self, sizes: Sizes) -> tuple[int, ...]:
        return tuple(sizes[d] if isinstance(d, str) else d for d in self.dims)

    def make(self, sizes: Sizes) -> object:
        shape = self.shape(sizes)
        makers: dict[str, Callable[[], object]] = {
            "value": lambda: self.value,
            "float": lambda: torch.randn(shape),
            "zeros": lambda: torch.zeros(shape),
            "true": lambda: torch.ones(shape, dtype=torch.bool),
            "false": lambda: torch.zeros(shape, dtype=torch.bool),
            "causal": lambda: torch.ones(shape, dtype=torch.bool).tril(),
            "ids": lambda: torch.randint(0, 3, shape),
            "places": lambda: torch.arange(shape[-1]).expand(shape),
            "turns": lambda: torch.polar(torch.ones(shape), torch.randn(shape)),
            "pair": lambda: (torch.randn(shape), torch.randn(shape)),
            "list": lambda: [torch.randn(shape)],
            "child": lambda: nn.Linear(shape[-1], shape[-1]).eval(),
            "ends": lambda: torch.tensor([0, shape[0]], dtype=torch.int32),
        }
        return makers[self.kind]()


ABSENT = Feed("absent")
NOTHING = Feed("value", (), None)


def value_feed(value: object) -> Feed:
    return Feed("value", (), value)


def leaves(module: nn.Module) -> Iterator[nn.Module]:
    return (m for m in module.modules() if not list(m.children()))


def want_of(leaf: nn.Module) -> tuple[int, int] | None:
    """(axis, size) that a stock layer wants of its input."""
    if isinstance(leaf, nn.Linear):
        return -1, leaf.in_features
    if isinstance(leaf, (nn.LayerNorm, nn.RMSNorm)):
        return -1, int(leaf.normalized_shape[-1])
    if isinstance(leaf, (nn.Conv1d, nn.Conv2d, nn.Conv3d)):
        return 1, leaf.in_channels
    if isinstance(leaf, nn.GroupNorm):
        return 1, leaf.num_channels
    if isinstance(leaf, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
        return 1, leaf.num_features
    if isinstance(leaf, nn.MultiheadAttention):
        return -1, leaf.embed_dim
    return None


@dataclass
class Hints:
    """What an instance tells of its inputs."""

    width: int
    images: bool
    head_dim: int
    side: int
    lengths: list[int]
    crossed: bool
    memory: int
    vector: int


def hints_of(built: Built, sizes: Sizes) -> Hints:
    module = built.module
    stock = [(m, want_of(m)) for m in module.modules()]
    wants = [want[1] for _, want in stock if want is not None]
    first = next((m for m, want in stock if want is not None), None)
    weights = [w for n, w in module.named_parameters() if n.endswith("weight")]
    wants += [w.shape[0] for w in weights if w.dim() == 1]
    named = [v for k, v in sizes.items() if number_by_name(k) == WIDTH and v in wants]
    width = (named or wants or [WIDTH])[0]
    held = [getattr(m, a, None) for m in module.modules() for a in HEAD_ATTRIBUTES]
    heads = [h for h in held if type(h) is int]
    return Hints(
        width=width,
        images=isinstance(first, (nn.Conv2d, nn.BatchNorm2d, nn.GroupNorm)),
        head_dim=(heads or [width // HEADS])[0],
        side=side_of(module),
        lengths=lengths_of(module),
        crossed=is_crossed(module),
        memory=named_size(sizes, r"(context|cross|memory|kv)\w*_?dim", width),
        vector=named_size(sizes, r"(cond|time|temb|emb|t)\w*_(dim|channels)", width),
    )


def named_size(sizes: Sizes, pattern: str, otherwise: int) -> int:
    return next((v for k, v in sizes.items() if says(pattern, k)), otherwise)


def is_crossed(module: nn.Module) -> bool:
    """Whether a module seems to hold a cross-attention."""
    children = [n.lower() for n, _ in module.named_children()]
    spoken = r"cross|encoder|enc_|src|context|memory|xattn"
    several = sum(says(IS_ATTENTION, n) for n in children) > 1
    return several or any(re.search(spoken, n) for n in children)


HEAD_ATTRIBUTES = ("head_dim", "attention_head_size", "head_size", "dim_head", "d_k")


def lengths_of(module: nn.Module) -> list[int]:
    """Lengths that a module may insist on, by its attributes."""
    found = []
    for part in module.modules():
        for name, value in vars(part).items():
            if isinstance(value, (tuple, list)) and len(value) == 2:
                if all(type(v) is int and v > 1 for v in value):
                    found.append(value[0] * value[1])
            elif type(value) is int and value > 1 and says(IS_LENGTH, name):
                found.append(value)
    return list(dict.fromkeys(found))[:4]


def batches_of(module: nn.Module) -> list[int]:
    """Counts that a module may have folded into its batch."""
    folded = r".*(num_frames|n_frames|frames|views|clips|segments|tubelet)\w*"
    found = [v for m in module.modules() for k, v in vars(m).items() if says(folded, k)]
    return list(dict.fromkeys(v for v in found if type(v) is int and v > 1))[:2]


def side_of(module: nn.Module) -> int:
    for part in module.modules():
        for name, value in vars(part).items():
            if says(r".*(image_size|img_size|resolution)", name):
                side = value[0] if isinstance(value, (tuple, list)) and value else value
                if type(side) is int:
                    return side
            if says(r".*window_?(size)?", name) and name != "window":
                side = value[0] if isinstance(value, (tuple, list)) and value else value
                if type(side) is int and side > 0:
                    return 2 * side
    return SIDE


class Inputs:
    """Guesses what a forward wants, and reads its errors to guess better."""

    def __init__(
        self,
        built: Built,
        sizes: Sizes,
        ranks: dict[str, int],
        call: Callable[..., object],
    ) -> None:
        self.built = built
        self.sizes = dict(sizes)
        self.ranks = ranks
        self.hints = hints_of(built, sizes)
        self.sizes.update(batch=BATCH, seq=SEQ, memory=MEMORY, side=self.hints.side)
        self.parameters = parameters_of(call, False)
        self.call = call
        self.dtype: torch.dtype | None = None
        names = {p.name.lower() for p in self.parameters[1:]}
        self.middle = (
            "area" if names & {"h", "height"} and names & {"w", "width"} else "seq"
        )
        self.sizes["area"] = self.hints.side**2
        self.packed = any(says(r".*cu_seq_?lens.*", p.name) for p in self.parameters)
        self.options = {
            p.name: self.options_of(p, i) for i, p in enumerate(self.parameters)
        }

    # First guesses --------------------------------------------------------------------

    def options_of(self, parameter: inspect.Parameter, place: int) -> list[Feed]:
        name, default = parameter.name, parameter.default
        required = default is inspect.Parameter.empty
        found = self.by_name(name, place)
        if required:
            return found or [self.hidden(), NOTHING]
        if self.is_primary(name, place) or (
            self.hints.crossed
            and says(NAMED_MEMORY, name)
            and default is None
            and not says(NAMED_MASK, name)
        ):
            return [*found, ABSENT]
        if default is None and says(NAMED_ROTARY, name) and not says(NAMED_MASK, name):
            return [*found[:1], ABSENT, *found[1:]]
        return [ABSENT, *(found if default is None else [])]

    def is_primary(self, name: str, place: int) -> bool:
        """Whether a parameter that may be left out is what the forward is about."""
        names = [p.name for p in self.parameters]
        if says("input_ids|decoder_input_ids|idx", name) or (
            says(NAMED_HIDDEN, name) and place == 0
        ):
            return True
        ids = any(says("input_ids|idx", n) for n in names)
        return not ids and (
            says(NAMED_PIXELS, name)
            or says(NAMED_SOUND, name)
            or says("inputs_embeds", name)
        )

    def by_name(self, name: str, place: int) -> list[Feed]:
        if name in self.ranks and not says(NAMED_ROTARY + "|" + NAMED_MASK, name):
            return [*self.ranked(self.ranks[name], name), *self.hiddens()]
        found = self.by_kind(name)
        if found is not None:
            return found
        if place == 0:
            return self.hiddens()
        return [
            self.hidden(),
            Feed("float", ("batch", self.hints.width)),
            NOTHING,
            value_feed(1),
            Feed("ids", ("batch", "seq")),
        ]

    def by_kind(self, name: str) -> list[Feed] | None:
        """Feeds for a parameter whose name says what it is; None where it does not."""
        side = self.hints.side
        settled: list[tuple[str, list[Feed]]] = [
            (NAMED_FLAG, [value_feed(False)]),
            (NAMED_CACHE, [NOTHING]),
            (NAMED_CHILD, [Feed("child", (self.hints.width,)), NOTHING]),
            (NAMED_PIXELS, self.pixels()),
            (NAMED_SOUND, self.sounds()),
            (NAMED_IDS, [Feed("ids", ("batch", "seq"))]),
            (NAMED_PLACES, self.places()),
            (r".*cu_seq_?lens.*", [Feed("ends", ("seq",))]),
            (r".*max_?seq_?len.*", [value_feed(SEQ)]),
            (NAMED_MASK, self.masks(name)),
            (NAMED_ROTARY, self.rotaries(name)),
            (NAMED_SIDE, [value_feed(side), value_feed(1)]),
            (NAMED_GRID, [value_feed((side, side)), NOTHING]),
            (r".*spatial_shapes.*", [Feed("ids", (1, 2))]),
            (r".*lens|.*lengths?", [Feed("ids", ("batch",)), NOTHING]),
            (NAMED_MEMORY, self.memories()),
            (NAMED_HIDDEN, self.hiddens()),
            (NAMED_VECTOR, self.vectors()),
        ]
        first = self.parameters[0].name.lower()
        for pattern, found in settled:
            if says(pattern, name) and not (pattern == NAMED_SIDE and name == first):
                return found
        return None

    def places(self) -> list[Feed]:
        shapes: list[Dims] = [("batch", "seq"), ("seq",), (1, "seq")]
        return [*(Feed("places", d) for d in shapes), value_feed(0)]

    def memories(self) -> list[Feed]:
        whole = Feed("float", ("batch", "memory", self.hints.memory))
        return [whole, self.hidden(), Feed("float", ("batch", self.hints.width))]

    def vectors(self) -> list[Feed]:
        return [
            Feed("float", ("batch", self.hints.vector)),
            self.hidden(),
            Feed("float", ("batch", 1, self.hints.width)),
            Feed("ids", ("batch",)),
        ]

    def hidden(self) -> Feed:
        if self.packed:
            return Feed("float", ("seq", self.hints.width))
        return Feed("float", ("batch", self.middle, self.hints.width))

    def hiddens(self) -> list[Feed]:
        # More axes than three are an answer to an error that asks for them: else a
        # product that can never fit might come to fit by chance.
        order = (4, 3, 2) if self.hints.images else (3, 2)
        found = [f for rank in order for f in self.ranked(rank, "")]
        return [self.hidden(), *found] if self.packed else found

    def ranked(self, rank: int, name: str) -> list[Feed]:
        width = self.hints.width
        middle = "memory" if says(NAMED_MEMORY, name) else self.middle
        if middle == "memory":
            width = self.hints.memory
        elif says(NAMED_VECTOR, name):
            width = self.hints.vector
        forms: dict[int, list[Dims]] = {
            0: [()],
            1: [("batch",), (width,)],
            2: [("batch", width), ("seq", width), ("batch", "seq")],
            3: [("batch", middle, width), ("batch", width, middle)],
            4: [
                ("batch", width, "side", "side"),
                ("batch", "side", "side", width),
                ("batch", 2, "seq", width),
            ],
            5: [
                ("batch", width, 2, "side", "side"),
                ("batch", 2, "side", "side", width),
            ],
        }
        found = [Feed("float", d) for d in forms.get(rank, [])]
        if rank == 2 and says(NAMED_IDS, name):
            found.insert(0, Feed("ids", ("batch", "seq")))
        if rank == IMAGE_AXES and self.hints.images is False:
            found[0], found[1] = found[1], found[0]
        return found or self.hiddens()

    def pixels(self) -> list[Feed]:
        channels = next(
            (
                v
                for k, v in self.sizes.items()
                if says(r".*num_channels|.*in_chans?|.*in_channels|channels", k)
            ),
            3,
        )
        channels = channels if channels <= 16 else 3
        forms: list[Dims] = [
            ("batch", channels, "side", "side"),
            ("batch", 2, channels, "side", "side"),
            ("batch", 1, 1, channels, "side", "side"),
        ]
        return [Feed("float", d) for d in forms]

    def sounds(self) -> list[Feed]:
        bins = next(
            (
                v
                for k, v in self.sizes.items()
                if says(
                    r".*(mel_bins|feat_per_channel|input_dim|feature_size|num_mel\w*|n_mels)",
                    k,
                )
            ),
            80,
        )
        forms: list[Dims] = [
            ("batch", 400, bins),
            ("batch", bins, 3000),
            ("batch", 6400),
            ("batch", bins, 400),
        ]
        return [Feed("float", d) for d in forms]

    def masks(self, name: str) -> list[Feed]:
        square: list[Dims] = [
            ("batch", 1, "seq", "seq"),
            ("seq", "seq"),
            ("batch", "seq", "seq"),
            ("batch", "seq"),
        ]
        if says(r".*pad.*|input_mask|.*non_?pad.*", name):
            square.insert(0, square.pop())
        ones = [Feed(k, d) for d in square for k in ("true", "zeros")]
        return [
            NOTHING,
            *ones,
            Feed("true", ("batch", 1, 1, "memory")),
            Feed("false", ("batch", "seq")),
        ]

    def rotaries(self, name: str) -> list[Feed]:
        head = self.hints.head_dim
        half = max(head // 2, 1)
        pairs = [Feed("pair", ("batch", "seq", head)), Feed("pair", ("seq", head))]
        turns = Feed("turns", ("seq", half))
        return [
            *([turns] if says(r".*(cis|complex)", name) else []),
            *(pairs[::-1] if self.packed else pairs),
            turns,
            self.hidden(),
            Feed("float", ("seq", half)),
            Feed("pair", ("seq", half)),
            Feed("pair", ("batch", "seq", half)),
            Feed("float", ("seq", head)),
            Feed("float", ("seq", half, 2)),
            NOTHING,
        ]

    # Attempts -------------------------------------------------------------------------

    def start(self) -> dict[str, Feed]:
        return {name: options[0] for name, options in self.options.items()}

    def values(self, feeds: dict[str, Feed], sizes: Sizes) -> tuple[Args, Kwargs]:
        """The arguments, by position as long as none before is left out."""
        args: list[object] = []
        kwargs: dict[str, object] = {}
        gap = False
        for parameter in self.parameters:
            feed = feeds[parameter.name]
            if feed is ABSENT:
                gap = True
                continue
            value = self.cast(feed.make(sizes))
            if gap or parameter.kind is inspect.Parameter.KEYWORD_ONLY:
                kwargs[parameter.name] = value
            else:
                args.append(value)
        return tuple(args), kwargs

    def largest(self, feeds: dict[str, Feed]) -> int:
        return max((math.prod(f.shape(self.sizes)) for f in feeds.values()), default=0)

    def cast(self, value: object) -> object:
        if isinstance(value, tuple):
            return tuple(self.cast(v) for v in value)
        if self.dtype and isinstance(value, torch.Tensor) and value.is_floating_point():
            return value.to(self.dtype)
        return value

    def further(
        self, feeds: dict[str, Feed], error: BaseException
    ) -> list[dict[str, Feed]]:
        """Other inputs to try after an error, what it speaks of first."""
        found = [
            {**feeds, **change} for change in Remedies(self, feeds, error).changes()
        ]
        spoken = []
        blamed = self.blamed(feeds, error)
        for name, options in self.options.items():
            keys = [o.key for o in options]
            at = keys.index(feeds[name].key) if feeds[name].key in keys else -1
            steps = 7 if name in blamed else 3
            for ahead in options[at + 1 : at + steps]:
                spoken.append((name not in blamed, {**feeds, name: ahead}))
        spoken.sort(key=lambda s: s[0])
        return found + [s for _, s in spoken]

    def blamed(self, feeds: dict[str, Feed], error: BaseException) -> set[str]:
        """The parameters that stand, by name or by shape, on the line that failed."""
        message, frames = _message(error), users_frames(error)
        words = set(re.findall(r"\w+", message)) | names_on_line(frames)
        found = {name for name in feeds if name in words and len(name) > 1}
        for frame in frames[:1]:
            for word in names_on_line([frame]):
                value = frame.f_locals.get(word)
                if isinstance(value, torch.Tensor):
                    shape = tuple(value.shape)
                    found |= {
                        n
                        for n, f in feeds.items()
                        if f.dims and f.shape(self.sizes) == shape
                    }
        return found


WRONG_PRODUCT = (
    r"got \[(\d+), (\d+)\] X \[(\d+), (\d+)\]|\((\d+)x(\d+) and (\d+)x(\d+)\)"
)
WRONG_SIZES = r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\)"
WRONG_BROADCAST = r"at (-\d+)! .* had torch.Size\(\[([\d, ]*)\]\); .* to \[([\d, ]*)\]"
WRONG_RANK = r"not enough values to unpack \(expected (\d+), got (\d+)\)"
WRONG_EINOPS = r"expected (\d+) dims\. Received (\d+)-dim"
TOO_MANY = r"too many values to unpack \(expected (\d+)"


def _keeps(feeds: dict[str, Feed], said: dict[str, list[Feed]]) -> bool:
    """Whether inputs that were stated in numbers are as they were stated."""
    for name, (feed, *_) in said.items():
        stated = all(isinstance(dim, int) for dim in feed.dims)
        if stated and name in feeds and feeds[name].key != feed.key:
            return False
    return True


class Remedies:
    """What an error says should be given instead."""

    def __init__(
        self, inputs: Inputs, feeds: dict[str, Feed], error: BaseException
    ) -> None:
        self.inputs = inputs
        self.feeds = feeds
        self.error = error
        self.sizes = inputs.sizes
        self.frames = frames_of(error)
        self.message = _message(error)

    def changes(self) -> list[dict[str, Feed]]:
        found = [
            *self.by_norm(),
            *self.by_layer(),
            *self.by_product(),
            *self.by_broadcast(),
            *self.by_rank(),
            *self.by_dtype(),
            *self.by_none(),
            *self.by_pair(),
            *self.by_length(),
        ]
        return [c for c in found if c]

    def widened(
        self, old: int, new: int, rows: int | None = None
    ) -> Iterator[dict[str, Feed]]:
        """The feeds whose width is `old`, with `new` instead; likeliest first."""
        exact = {}
        for name, feed in self.feeds.items():
            shape = feed.shape(self.sizes)
            if shape and shape[-1] == old and not isinstance(feed.dims[-1], str):
                changed = Feed(feed.kind, (*feed.dims[:-1], new), feed.value)
                if rows is None or math.prod(shape[:-1]) == rows:
                    exact[name] = changed
        for name, feed in exact.items():
            yield {name: feed}
        if len(exact) > 1:
            yield exact
        yield from self.cut(old, new, rows)
        yield from self.parts(old, new)

    def parts(self, old: int, new: int) -> Iterator[dict[str, Feed]]:
        """Feeds that were cut into equal parts before one of them met a layer."""
        for name, feed in self.feeds.items():
            shape = feed.shape(self.sizes)
            if feed.kind != "float" or not shape or isinstance(feed.dims[-1], str):
                continue
            if shape[-1] > old and shape[-1] % old == 0 and shape[-1] == new:
                width = new * (shape[-1] // old)
                yield {name: Feed(feed.kind, (*feed.dims[:-1], width), feed.value)}

    def cut(self, old: int, new: int, rows: int | None) -> Iterator[dict[str, Feed]]:
        """Feeds that lost or gained a few columns before they met a layer."""
        for name, feed in self.feeds.items():
            shape = feed.shape(self.sizes)
            if rows is None or len(shape) < 2 or math.prod(shape[:-1]) != rows:
                continue
            if 0 < abs(shape[-1] - old) <= FEW and feed.kind == "float":
                width = new + shape[-1] - old
                yield {name: Feed(feed.kind, (*feed.dims[:-1], width), feed.value)}

    def by_layer(self) -> Iterator[dict[str, Feed]]:
        for frame in self.frames:
            layer, given = frame.f_locals.get("self"), frame.f_locals.get("input")
            if given is None:
                given = frame.f_locals.get("query")
            if not isinstance(layer, nn.Module) or not isinstance(given, torch.Tensor):
                continue
            if isinstance(layer, nn.Embedding):
                for name in self.those_like(given):
                    yield {name: Feed("ids", ("batch", "seq"))}
            source = frame.f_locals.get("key")
            if isinstance(layer, nn.MultiheadAttention) and source is not None:
                rows = math.prod(source.shape[:-1])
                if source.shape[-1] != layer.kdim:
                    yield from self.widened(source.shape[-1], layer.kdim, rows)
            want = want_of(layer)
            if want is None:
                continue
            axis, size = want
            if axis == -1 and given.dim() and given.shape[-1] != size:
                rows = math.prod(given.shape[:-1])
                yield from self.widened(given.shape[-1], size, rows)
            elif axis == 1:
                for name in self.those_like(given):
                    yield from self.channels(name, layer, size)
            return

    def by_norm(self) -> Iterator[dict[str, Feed]]:
        """A norm over tokens and width says how many tokens there must be."""
        hit = re.search(r"normalized_shape=\[(\d+), (\d+)\]", self.message)
        for name, feed in self.feeds.items() if hit else ():
            if feed.kind == "float" and hit is not None:
                yield {name: Feed("float", ("batch", int(hit[1]), int(hit[2])))}

    def channels(
        self, name: str, layer: nn.Module, size: int
    ) -> Iterator[dict[str, Feed]]:
        two: Dims = ("batch", size, "side", "side")
        one: Dims = ("batch", size, "seq")
        flat = isinstance(layer, (nn.Conv1d, nn.BatchNorm1d))
        yield {name: Feed("float", one if flat else two)}

    def those_like(self, tensor: torch.Tensor) -> list[str]:
        shape = tuple(tensor.shape)
        return [
            n for n, f in self.feeds.items() if f.dims and f.shape(self.sizes) == shape
        ]

    def by_product(self) -> Iterator[dict[str, Feed]]:
        hit = re.search(WRONG_PRODUCT, self.message)
        if hit:
            rows, old, new = [int(g) for g in hit.groups() if g][:3]
            yield from self.widened(old, new, rows)
            yield from self.widened(old, new)

    def by_broadcast(self) -> Iterator[dict[str, Feed]]:
        hit = re.search(WRONG_SIZES, self.message)
        pairs = [(int(hit[1]), int(hit[2])), (int(hit[2]), int(hit[1]))] if hit else []
        hit = re.search(WRONG_BROADCAST, self.message)
        if hit:
            axis, one, other = int(hit[1]), numbers_in(hit[2]), numbers_in(hit[3])
            if min(len(one), len(other)) >= -axis:
                pairs = [(other[axis], one[axis]), (one[axis], other[axis])]
        for old, new in pairs:
            yield from self.widened(old, new)
            for name, feed in self.feeds.items():
                shape = feed.shape(self.sizes)
                if old in shape[:-1] and feed.kind != "value":
                    dims = [
                        self.named(new) if n == old else d for n, d in self.axes(feed)
                    ]
                    yield {name: Feed(feed.kind, tuple(dims), feed.value)}

    def axes(self, feed: Feed) -> list[tuple[int, int | str]]:
        """The size of each dim beside the dim."""
        return [(self.sizes[d] if isinstance(d, str) else d, d) for d in feed.dims]

    def named(self, size: int) -> int | str:
        """The name of a size that is one of the axes', so that it changes with it."""
        names = ("batch", "seq", "memory")
        return next((n for n in names if self.sizes[n] == size), size)

    def by_rank(self) -> Iterator[dict[str, Feed]]:
        hit = re.search(WRONG_RANK, self.message) or re.search(
            WRONG_EINOPS, self.message
        )
        expected = int(hit[1]) if hit else 0
        given = int(hit[2]) if hit else 0
        if not hit:
            many = re.search(TOO_MANY, self.message)
            expected = int(many[1]) if many else 0
        hit = re.search(
            r"[Ee]xpected (\d)D|(\d)D input|expects? .*?(\d)D", self.message
        )
        if not expected and hit:
            expected = int(next(g for g in hit.groups() if g))
        yield from self.by_unpacking()
        if not expected:
            return
        for name, feed in self.feeds.items():
            if feed.kind != "float" or (given and len(feed.dims) != given):
                continue
            for other in self.inputs.ranked(expected, name):
                yield {name: other}

    def by_unpacking(self) -> Iterator[dict[str, Feed]]:
        """`h, w = x.shape[2:]` wants as many axes more as there were too few."""
        hit = re.search(
            r"not enough values to unpack \(expected (\d), got (\d)\)", self.message
        )
        for name, feed in self.feeds.items() if hit else ():
            if feed.kind == "float" and hit is not None:
                wanted = len(feed.dims) + int(hit[1]) - int(hit[2])
                for other in self.inputs.ranked(wanted, name):
                    yield {name: other}

    def by_dtype(self) -> Iterator[dict[str, Feed]]:
        if re.search(r"Long|Int\b|indices|integer|index tensors", self.message):
            for name, feed in self.feeds.items():
                if feed.kind == "float":
                    yield {name: Feed("ids", feed.dims[:2])}
        if "bool" in self.message.lower() or "NaN" in self.message:
            for name, feed in self.feeds.items():
                other = {"true": "zeros", "zeros": "true", "causal": "zeros"}.get(
                    feed.kind
                )
                if other:
                    yield {name: Feed(other, feed.dims)}

    def by_pair(self) -> Iterator[dict[str, Feed]]:
        """A pair where one tensor was meant, and the other way round."""
        if re.search(r"'tuple'|not tuple|tuple object", self.message):
            pairs = [n for n, f in self.feeds.items() if f.kind == "pair"]
            yield {n: self.inputs.hidden() for n in pairs}
            for name in pairs:
                yield {name: self.inputs.hidden()}
        if re.search(r"unpack \(expected 2|cannot unpack", self.message):
            named = names_on_line(users_frames(self.error))
            head = self.inputs.hints.head_dim
            for name, feed in self.feeds.items():
                if name in named and feed.kind != "pair":
                    yield {name: Feed("pair", ("batch", "seq", head))}

    def by_none(self) -> Iterator[dict[str, Feed]]:
        if "None" not in self.message:
            return
        named = names_on_line(users_frames(self.error))
        empty = [
            n for n, f in self.feeds.items() if f is ABSENT or f.key == NOTHING.key
        ]
        for name in sorted(empty, key=lambda n: n not in named):
            place = [p.name for p in self.inputs.parameters].index(name)
            for feed in self.inputs.by_name(name, place)[:9]:
                if feed.key != NOTHING.key:
                    yield {name: feed}

    def by_length(self) -> Iterator[dict[str, Feed]]:
        """Other lengths, where a module seems to insist on one."""
        if re.search(WRONG_PRODUCT, self.message):
            return
        if not re.search(
            r"size|shape|wrong|must|assert|divis|dim|length|^$", self.message
        ):
            return
        for batch in batches_of(self.inputs.built.module):
            yield {
                n: Feed(
                    f.kind, tuple(batch if d == "batch" else d for d in f.dims), f.value
                )
                for n, f in self.feeds.items()
                if "batch" in f.dims
            }
        for length in self.inputs.hints.lengths:
            yield {
                n: Feed(
                    f.kind, tuple(length if d == "seq" else d for d in f.dims), f.value
                )
                for n, f in self.feeds.items()
                if "seq" in f.dims
            }
        for side in (14, 32, 64, 224):
            yield {
                n: Feed(
                    f.kind, tuple(side if d == "side" else d for d in f.dims), f.value
                )
                for n, f in self.feeds.items()
                if "side" in f.dims
            }


def numbers_in(text: str) -> list[int]:
    return [int(n) for n in re.findall(r"\d+", text)]


def frames_of(error: BaseException) -> list[types.FrameType]:
    """The frames an error went through, the innermost first."""
    found = []
    trace = error.__traceback__
    while trace is not None:
        found.append(trace.tb_frame)
        trace = trace.tb_next
    return found[::-1]


def users_frames(error: BaseException) -> list[types.FrameType]:
    """The frames of the user's code, the innermost first."""
    torchs = os.path.dirname(torch.__file__)
    return [
        f
        for f in frames_of(error)
        if not f.f_code.co_filename.startswith(torchs)
        and f.f_code.co_filename != __file__
    ]


def names_on_line(frames: list[types.FrameType]) -> set[str]:
    found: set[str] = set()
    for frame in frames[:6]:
        line = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
        found |= set(re.findall(r"\w+", line))
    return found


# The search ---------------------------------------------------------------------------


class Search:
    """Looks for one wanted class: guesses first, then the models that hold it."""

    def __init__(
        self,
        cls: type[nn.Module],
        namespace: dict[str, object],
        wanted: dict[str, object],
        run: Run,
        real: bool,
    ) -> None:
        self.cls = cls
        self.namespace = namespace
        self.wanted = wanted
        self.run = run
        self.real = real
        self.deadline = time.monotonic() + PATIENCE
        self.tries = TRIES
        self.error: BaseException | None = None
        self.nearest: Found | None = None
        self.progress = -1
        self.sites: collections.Counter[str] = collections.Counter()
        self.valued = False  # Whether a model asked fake tensors for values.

    def find(self) -> Found:
        init = self.wanted.get("init")
        found = self.from_init(str(init)) if init else self.direct()
        if found is None and not init:
            found = self.inside()
        if found is not None:
            return found
        maker_error = getattr(self, "maker_error", None)
        error = self.error or maker_error
        kind = "inputs" if self.nearest is not None else "build"
        if self.valued or (error is not None and wants_values(error)):
            kind = "values"
        said = first_line(error) if error else "nothing could be tried"
        raise NotFound(kind, said, error, self.nearest)

    # Direct guesses -------------------------------------------------------------------

    def maker(self) -> Maker:
        scope = scope_of(self.cls, self.namespace)
        return Maker({**scope, **self.namespace}, self.real, self.deadline)

    def direct(self) -> Found | None:
        maker = self.maker()
        builds = 0
        frugal = Frugal() if self.real else contextlib.nullcontext()
        for built in entered(frugal, maker.build(self.cls)):
            builds += 1
            if self.real and weights_of(built.module) > REAL_WEIGHTS:
                continue
            found = self.fed(built)
            if found is not None or builds >= FEW or self.spent() or self.valued:
                return found
        self.maker_error = maker.error
        return None

    def spent(self) -> bool:
        return self.tries <= 0 or time.monotonic() > self.deadline

    def fed(self, built: Built) -> Found | None:
        """Inputs for an instance, by guessing; None when none of them ran."""
        ready(built.module, self.real)
        inputs = Inputs(
            built, sizes_of(built), self.ranks(), type_forward(built.module)
        )
        said = self.said_inputs(inputs)
        inputs.options.update(said)
        ahead = [inputs.start()]
        seen: set[str] = set()
        most = REAL_INPUT if self.real else REAL_WEIGHTS
        share = max(self.tries - (TRIES // 3), 8)
        while ahead and share and not self.spent():
            feeds = ahead.pop(0)
            key = repr(sorted((n, f.key) for n, f in feeds.items()))
            if key in seen or inputs.largest(feeds) > most:
                continue
            seen.add(key)
            share -= 1
            candidate, error = self.attempt(built, inputs, feeds)
            if error is None:
                return candidate
            if self.halved(built, inputs, error):
                seen.discard(key)
                ahead.insert(0, feeds)
                continue
            self.valued = self.valued or wants_values(error)
            if wants_values(error) or self.hopeless(error):
                return None
            fixes = [f for f in inputs.further(feeds, error) if _keeps(f, said)]
            ahead = fixes[:4] + ahead + fixes[4:]
        return None

    def halved(self, built: Built, inputs: Inputs, error: BaseException) -> bool:
        """Goes over to the short floats that some kernels insist on; once."""
        asked = re.search(r"BF16|[Bb][Ff]loat16", _message(error))
        if not asked or self.real or inputs.dtype is not None:
            return False
        shorten(built.module)
        inputs.dtype = torch.bfloat16
        return True

    def hopeless(self, error: BaseException) -> bool:
        """Whether the same line failed in the same way whatever was tried."""
        frame = (users_frames(error) or frames_of(error))[0]
        site = f"{frame.f_code.co_filename}:{frame.f_lineno}:{_message(error)}"
        self.sites[site] += 1
        return self.sites[site] > SAME

    def attempt(
        self, built: Built, inputs: Inputs, feeds: dict[str, Feed]
    ) -> tuple[Found | None, BaseException | None]:
        self.tries -= 1
        count = Count()
        try:
            args, kwargs = inputs.values(feeds, inputs.sizes)
        except Exception as error:  # A child or tensor of odd size may not be possible.
            return None, error
        candidate = Found(
            built.module,
            args,
            kwargs,
            built.text,
            inputs.sizes,
            refeeder(inputs, feeds),
            built.again,
        )
        try:
            with count:
                result = self.run(built.module, args, kwargs)
            if self.real and has_nan(result):
                raise ValueError("the output is NaN")
        except Exception as error:  # The user's forward may raise anything.
            if count.calls > self.progress:
                self.progress, self.error, self.nearest = count.calls, error, candidate
            return None, error
        return candidate, None

    def ranks(self) -> dict[str, int]:
        ranks = self.wanted.get("ranks")
        return dict(ranks) if isinstance(ranks, dict) else {}

    def said_inputs(self, inputs: Inputs) -> dict[str, list[Feed]]:
        """Feeds for what is configured: `x = "float32[batch, seq, n_embd]"`."""
        said = self.wanted.get("inputs")
        found: dict[str, list[Feed]] = {}
        named = {p.name for p in inputs.parameters}
        for name, text in said.items() if isinstance(said, dict) else ():
            kinds = {p.kind for p in inspect.signature(inputs.call).parameters.values()}
            if name not in named and inspect.Parameter.VAR_KEYWORD not in kinds:
                known = ", ".join(sorted(named)) or "nothing"
                raise NotFound("inputs", f"forward takes {known}, and no `{name}`")
            hit = re.fullmatch(r"\s*(\w+)\s*\[(.*)\]\s*", str(text))
            if hit is None:
                continue
            dims = [d.strip() for d in hit[2].split(",") if d.strip()]
            last = len(dims) - 1
            shape = tuple(self.known(d, i, last, inputs) for i, d in enumerate(dims))
            kind = "ids" if "int" in hit[1] else "true" if hit[1] == "bool" else "float"
            found[name] = [Feed(kind, shape)]
        return found

    def known(self, dim: str, place: int, last: int, inputs: Inputs) -> int | str:
        """A stated dim: a number, the name of a size, a product, or by its place."""
        factors = [factor.strip() for factor in dim.split("*")]
        if len(factors) > 1:
            sizes = {**inputs.sizes, **{f: int(f) for f in factors if f.isdigit()}}
            if all(factor in sizes for factor in factors):
                return math.prod(sizes[factor] for factor in factors)
        if dim.isdigit():
            return int(dim)
        if dim in inputs.sizes:
            return dim
        if place == last and last > 0:
            inputs.sizes[dim] = inputs.hints.width
            return dim
        return "batch" if place == 0 else "seq"

    # Stated constructions -------------------------------------------------------------

    def from_init(self, text: str) -> Found | None:
        scope = {**scope_of(self.cls, self.namespace), **self.namespace}
        try:
            made = self.called(text, scope)
            value = eval(text, scope) if made is None else made.module
        except Exception as error:  # What the user wrote may raise anything.
            said = f"init raised {first_line(error)}"
            raise NotFound("build", said, error) from error
        if made is not None:
            return self.fed(made)
        if isinstance(value, nn.Module):
            stated = Built(
                value.eval(), text, given_of(value), lambda: eval(text, scope)
            )
            is_it = isinstance(value, self.cls)
            return self.fed(stated) if is_it else self.captured(stated)
        return self.with_value(value, text)

    def called(self, text: str, scope: dict[str, object]) -> Built | None:
        """A stated call of the class itself: then its arguments have names."""
        call = ast.parse(text, mode="eval").body
        if not isinstance(call, ast.Call) or any(k.arg is None for k in call.keywords):
            return None
        if any(isinstance(each, ast.Starred) for each in call.args):
            return None
        if eval(ast.unparse(call.func), scope) is not self.cls:
            return None
        args = [eval(ast.unparse(each), scope) for each in call.args]
        named = {str(k.arg): eval(ast.unparse(k.value), scope) for k in call.keywords}
        module = self.cls(*args, **named).eval()
        bound = inspect.signature(self.cls.__init__).bind(module, *args, **named)
        given = dict(list(bound.arguments.items())[1:])
        return Built(module, text, given, lambda: eval(text, scope))

    def with_value(self, value: object, text: str) -> Found | None:
        """The class made of a config that was stated, the rest guessed."""
        maker = self.maker()
        wishes = maker.wishes(self.cls, self.cls.__init__, True, 0, False)
        for wish in wishes[:1]:
            wish.choices, wish.default = [Choice(lambda: value, text)], False
        try:
            built = maker.call(self.cls, wishes, (0,) * len(wishes))
        except Exception as error:  # The user's constructor may raise anything.
            said = first_line(error)
            raise NotFound("build", said, error) from error
        built.module.eval()
        return self.fed(built)

    # The models that hold it ----------------------------------------------------------

    def inside(self) -> Found | None:
        """The wanted class as a model of the same file feeds it."""
        # A class that asks for values itself does so wherever it stands, mostly.
        patience = PATIENCE / 2 if self.valued else PATIENCE
        self.deadline = time.monotonic() + patience
        for container in self.containers():
            self.valued = False
            for on_real in (False, True):
                if time.monotonic() > self.deadline or (on_real and not self.valued):
                    break
                found = self.in_container(container, on_real)
                if found is not None:
                    return found
        return None

    def in_container(self, container: type[nn.Module], on_real: bool) -> Found | None:
        mode = fake_mode()
        with contextlib.ExitStack() as scope:
            if on_real:
                scope.enter_context(unset_fake_temporarily())
            if self.real or on_real:
                scope.enter_context(Frugal())
            found = None
            maker = self.maker()
            maker.real = self.real or on_real
            tries = 0
            for built in maker.build(container, few=True):
                tries += 1
                if not any(isinstance(m, self.cls) for m in built.module.modules()):
                    if tries > 2:
                        break
                    continue
                found = self.captured(built)
                if found is not None or tries > 3 or time.monotonic() > self.deadline:
                    break
        self.valued = (self.valued or maker.valued) and mode is not None
        if found is None or not on_real or mode is None:
            return found
        return faked(found, mode)

    def containers(self) -> list[type[nn.Module]]:
        """Classes of the file that construct the wanted one, the nearest first."""
        code = Code.of(self.cls, self.namespace)
        scope = {**self.namespace, **scope_of(self.cls, self.namespace)}
        found: list[type[nn.Module]] = []
        level = {self.cls.__name__}
        seen = set(level)
        while level and len(found) < CONTAINERS:
            above = {n for n, names in code.calls.items() if names & level} - seen
            above |= {n for n, k in code.classes.items() if names_of(k.bases) & above}
            above -= seen
            seen |= above
            for name in code.classes:
                value = scope.get(name)
                if name in above and is_module_class(value):
                    found.append(value)
            level = above
        return found[:CONTAINERS]

    def captured(self, built: Built) -> Found | None:
        """What a model feeds the first instance of the wanted class that it holds."""
        inside = [m for m in built.module.modules() if isinstance(m, self.cls)]
        ready(built.module, self.real)
        inputs = Inputs(built, sizes_of(built), {}, type_forward(built.module))
        ahead = [inputs.start()]
        seen: set[str] = set()
        for _ in range(TRIES // 2):
            if not ahead or time.monotonic() > self.deadline:
                return None
            feeds = ahead.pop(0)
            key = repr(sorted((n, f.key) for n, f in feeds.items()))
            if key in seen:
                continue
            seen.add(key)
            caught, error = self.capture(
                built.module, inputs, feeds, inputs.sizes, inside
            )
            if caught is not None:
                found = self.confirmed(built, inputs, feeds, caught)
                if found is not None:
                    return found
            self.valued = self.valued or (error is not None and wants_values(error))
            if error is None or wants_values(error):
                return None
            if self.halved(built, inputs, error):
                seen.discard(key)
                ahead.insert(0, feeds)
                continue
            fixes = inputs.further(feeds, error)
            ahead = fixes[:4] + ahead + fixes[4:]
        return None

    def capture(
        self,
        model: nn.Module,
        inputs: Inputs,
        feeds: dict[str, Feed],
        sizes: Sizes,
        inside: list[nn.Module],
    ) -> tuple[tuple[nn.Module, Args, Kwargs] | None, BaseException | None]:
        caught: list[tuple[nn.Module, Args, Kwargs]] = []

        def note(module: nn.Module, args: Args, kwargs: Kwargs) -> None:
            if not caught:
                caught.append((module, args, kwargs))

        hooks = [m.register_forward_pre_hook(note, with_kwargs=True) for m in inside]
        error: BaseException | None = None
        try:
            args, kwargs = inputs.values(feeds, sizes)
            model(*args, **kwargs)
        except Exception as failed:  # The user's model may raise anything.
            error = failed
        finally:
            for hook in hooks:
                hook.remove()
        return (caught[0] if caught else None), error

    def confirmed(
        self,
        built: Built,
        inputs: Inputs,
        feeds: dict[str, Feed],
        caught: tuple[nn.Module, Args, Kwargs],
    ) -> Found | None:
        module, args, kwargs = caught

        def refeed(batch: int, seq: int) -> tuple[Args, Kwargs] | None:
            sizes = {**inputs.sizes, "batch": batch, "seq": seq}
            again, _ = self.capture(built.module, inputs, feeds, sizes, [module])
            return None if again is None else plain(module, again[1], again[2])

        text, again = f"inside {built.text}", part_again(built, module)
        whole = Found(module, args, kwargs, text, inputs.sizes, refeed, again)
        args, kwargs = plain(module, args, kwargs)
        for candidate in (replace(whole, args=args, kwargs=kwargs), whole):
            count = Count()
            try:
                with count:
                    self.run(module, candidate.args, candidate.kwargs)
            except Exception as error:  # The user's forward may raise anything.
                if count.calls >= self.progress:
                    self.progress, self.error, self.nearest = (
                        count.calls,
                        error,
                        candidate,
                    )
                continue
            return candidate
        return None


def part_again(built: Built, part: nn.Module) -> Again | None:
    """Makes a model once more, for the sake of one of its parts."""
    model = built.again
    where = next(name for name, each in built.module.named_modules() if each is part)
    return (lambda: model().get_submodule(where)) if model else None


def entered(
    scope: contextlib.AbstractContextManager[object], each: Iterator[Built]
) -> Iterator[Built]:
    """The same instances, each made inside of a context."""
    while True:
        with scope:
            built = next(each, None)
        if built is None:
            return
        yield built


def wants_values(error: BaseException) -> bool:
    """Whether code asked a fake tensor for a value; no other input cures that."""
    return re.search("DataDependent|DynamicOutput", type(error).__name__) is not None


class Frugal(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Stops real code that would fill the memory, where a fake tensor costs nothing."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.made = 0

    def __torch_dispatch__(
        self,
        func: Callable[..., object],
        kinds: object,
        args: Args = (),
        kwargs: dict[str, object] | None = None,
    ) -> object:
        result = func(*args, **(kwargs or {}))
        if isinstance(result, torch.Tensor):
            if re.match(r"aten\.(empty|zeros|ones|full|rand|arange|eye)", str(func)):
                self.made += result.numel()
            if max(result.numel(), self.made // 8) > REAL_WEIGHTS:
                raise MemoryError("too large for real tensors")
        return result


class Count:
    """Counts the modules that ran to their end while it is entered."""

    def __init__(self) -> None:
        self.calls = 0

    def __enter__(self) -> Count:
        self.hook = nn.modules.module.register_module_forward_hook(self.note)
        return self

    def note(self, module: nn.Module, args: object, result: object) -> None:
        self.calls += 1

    def __exit__(self, *exception: object) -> None:
        self.hook.remove()


def ready(module: nn.Module, real: bool) -> None:
    module.eval()
    if real:
        module.double()
        for weight in module.parameters():
            if weight.is_floating_point() and not isinstance(weight, FakeTensor):
                written(weight)


def written(weight: nn.Parameter) -> None:
    """Numbers in the place of what nobody wrote: a model may fill its weights later.

    What memory happens to hold is anything, NaN too, and another thing in each run.
    """
    values = weight.data
    usual = torch.isfinite(values) & (values.abs() < UNUSUAL)
    if not bool(usual.all()):
        generator = torch.Generator().manual_seed(3)
        fresh = torch.randn(values.shape, generator=generator, dtype=values.dtype)
        weight.data = 0.02 * fresh


def shorten(module: nn.Module) -> None:
    """Makes the floats of a module short, by hand: fake tensors cannot be swapped."""
    for part in module.modules():
        for name, weight in list(part._parameters.items()):
            if weight is not None and weight.is_floating_point():
                short = weight.detach().to(torch.bfloat16)
                part._parameters[name] = nn.Parameter(short, weight.requires_grad)
        for name, buffer in list(part._buffers.items()):
            if buffer is not None and buffer.is_floating_point():
                part._buffers[name] = buffer.to(torch.bfloat16)


def weights_of(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def has_nan(result: object) -> bool:
    if isinstance(result, torch.Tensor):
        return result.is_floating_point() and bool(result.isnan().any())
    if isinstance(result, (tuple, list)):
        return any(has_nan(part) for part in result)
    return False


def type_forward(module: nn.Module) -> Callable[..., object]:
    return module.forward


def refeeder(inputs: Inputs, feeds: dict[str, Feed]) -> Refeed:
    def refeed(batch: int, seq: int) -> tuple[Args, Kwargs] | None:
        same = seq == inputs.sizes["seq"]
        lengths = [v for k, v in inputs.built.given.items() if says(IS_LENGTH, k)]
        if not same and (
            SEQ in lengths or not any("seq" in f.dims for f in feeds.values())
        ):
            return None
        return inputs.values(feeds, {**inputs.sizes, "batch": batch, "seq": seq})

    return refeed


def given_of(module: nn.Module) -> dict[str, object]:
    """What an instance that was stated seems to have been made with."""
    held = {k: v for k, v in vars(module).items() if not k.startswith("_")}
    configs = [
        v
        for m in module.modules()
        for v in vars(m).values()
        if is_config_class(type(v))
    ]
    return {**held, **({"config": configs[0]} if configs else {})}


def sizes_of(built: Built) -> Sizes:
    """The integers that went into a constructor, by name; configs opened."""
    found: Sizes = {}
    defaults = {
        p.name: p.default for p in parameters_of(type(built.module).__init__, True)
    }
    for name, value in {**defaults, **built.given}.items():
        if type(value) is int and value > 1:
            found[name] = value
        elif is_config_class(type(value)) or isinstance(value, Guessed):
            for inner, held in getattr(value, "__dict__", {}).items():
                if type(held) is int and held > 1 and not inner.startswith("_"):
                    found.setdefault(inner, held)
    return found


def plain(module: nn.Module, args: Args, kwargs: Kwargs) -> tuple[Args, Kwargs]:
    """Captured arguments without the objects that a forward can do without."""
    optional = {
        p.name for p in parameters_of(module.forward, False) if p.default is None
    }
    kept = {k: v for k, v in kwargs.items() if k not in optional or is_plain(v)}
    return args, kept


def is_plain(value: object) -> bool:
    if isinstance(value, (tuple, list)):
        return all(is_plain(v) for v in value)
    return value is None or isinstance(value, (torch.Tensor, int, float, bool, str))


def fake_mode() -> FakeTensorMode | None:
    mode = torch._C._get_dispatch_mode(torch._C._TorchDispatchModeKey.FAKE)
    return mode if isinstance(mode, FakeTensorMode) else None


def faked(found: Found, mode: FakeTensorMode) -> Found:
    """What was found on real tensors, with fake ones in their place."""
    for part in found.module.modules():
        for name, weight in list(part._parameters.items()):
            if weight is not None:
                part._parameters[name] = nn.Parameter(mode.from_tensor(weight.detach()))
        for name, buffer in list(part._buffers.items()):
            if buffer is not None:
                part._buffers[name] = mode.from_tensor(buffer)
    args = tuple(swapped(value, mode) for value in found.args)
    kwargs = {name: swapped(value, mode) for name, value in found.kwargs.items()}
    return replace(found, args=args, kwargs=kwargs, refeed=lambda batch, seq: None)


def swapped(value: object, mode: FakeTensorMode) -> object:
    if isinstance(value, torch.Tensor):
        return mode.from_tensor(value)
    if isinstance(value, (tuple, list)):
        return type(value)(swapped(v, mode) for v in value)
    if isinstance(value, dict):
        return {k: swapped(v, mode) for k, v in value.items()}
    return value


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
        if is_user_file(path):
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


def plain_numbers(values: Iterable[object]) -> list[float]:
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
            known = self.paths.get(id(module), kind.__name__ if path is None else path)
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
            {
                "module": module,
                "parent": parent,
                "path": path,
                "line": line,
                "result": None,
            }
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
        own = {
            f"{path}.{name}" if path else name
            for path, module in self.root.named_modules()
            if type(module).__module__.split(".")[0] == "torch"
            for name, _ in module.named_buffers(recurse=False)
        }  # torch's own bookkeeping, such as how many batches a BatchNorm has seen
        idle = [name for name in self.names.values() if name not in self.used]
        return sorted(name for name in idle if name not in own)

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
            given = (self._find(tensor) for tensor in tensors_in(result))
            self.record.calls[self.stack.pop()]["result"] = next(given, None)

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
        given = list(tensors_in((args, kwargs)))
        try:
            result = func(*args, **kwargs)
        except Exception as error:
            if not hasattr(error, "failing"):
                call = self.stack[-1] if self.stack else 0
                self.record.node("call", bare_name(name), before, call, user_site(2))
                error.failing = self._failing(name, args, kwargs)  # type: ignore[attr-defined]
            raise
        self._result(name, args, kwargs, result, before, given)
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
        if result is None or bare == "setitem":  # `x[i] = y` changes x
            target = next(tensors_in(args), None)
            if target is not None:
                self._written(target, self._step(bare, reads, target))
        elif isinstance(result, torch.Tensor):
            same = any(result is tensor for tensor in given)
            changed = "out" in kwargs or is_change(name)
            if same and not changed:
                return  # handed through
            numbers = plain_numbers((*args, *kwargs.values()))
            step = self._step(bare, reads, result, numbers)
            self._written(result, step) if same else self._note(result, step)
        elif found := list(tensors_in(result)):
            whole = self._step(bare, reads, None)
            for number, tensor in enumerate(found):
                self._note(tensor, self._step("getitem", [whole], tensor, [number]))

    def _step(
        self, name: str, reads: list[int], result: Any, numbers: Sequence[float] = ()
    ) -> int:
        """Note a call of a function by the module that is running."""
        call = self.stack[-1] if self.stack else 0
        shape, site = shape_of(result), user_site(4)
        return self.record.node("call", name, reads, call, site, shape, numbers)

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
    if any(callable(value) for value in given.values()):
        raise Lost("what is handed in to be called is not looked into")
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
            leaf = self.out.root.get_submodule(str(node.target))
            call = self.out.call(self.out.module(leaf), call, site)
            reads = [*reads, *self._weights(leaf, str(node.target), call)]
        if self._is_handed_through(node, reads):
            self.numbers[node.name] = reads[0]
            return
        value = self.values.get(node.name)
        if shape is None and not any(True for _ in tensors_in(value)):
            return  # a size, or a number made of sizes
        numbers = plain_numbers((*node.args, *node.kwargs.values()))
        self.numbers[node.name] = self.out.node(
            "call", name, reads, call, site, shape, numbers
        )

    def _weights(self, leaf: nn.Module, path: str, call: int) -> Iterator[int]:
        """What a module that is one step reads of its own."""
        for name, value in (*leaf.named_parameters(), *leaf.named_buffers()):
            known = self.out.names.get(id(value), f"{path}.{name}")
            self.out.used.add(known)
            yield self.out.node("param", known, (), call, shape=shape_of(value))

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
        if is_user_file(path):
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
        if is_user_file(path):
            last = path, int(line)
    return found


def is_user_file(path: str) -> bool:
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
    began = _clock()
    # Otherwise a stock layer is one fused call.
    torch.backends.mha.set_fastpath_enabled(False)
    quieten()
    fake: Any = FakeTensorMode(allow_non_fake_inputs=True)
    with torch.no_grad(), contextlib.ExitStack() as scope:
        try:
            with fake:
                found = find(cls, namespace, wanted, call_once)
        except NotFound as failure:
            if not asks_for_values(failure):
                return _failed(failure, fake)
            scope.enter_context(in_double())
            try:
                found, fake = _real(cls, namespace, wanted), contextlib.nullcontext()
            except NotFound:
                return _failed(failure, fake)
        answer = _climbed(found, fake)
        if answer["status"] == "traced":
            answer["resized"] = _resized(found, fake)
            answer["causal"] = causal(found.module)
            if job.get("probe"):
                probes, answer["unprobed"] = probed(cls, namespace, wanted)
                answer["probes"] = probes
            if job.get("stability"):
                left = job["seconds"] * MEASURING - (_clock() - began)
                said, problem = stack_measured(cls, namespace, wanted, job, left)
                answer["stability"], answer["unmeasured"] = said, problem
    return answer


@contextlib.contextmanager
def in_double() -> Iterator[None]:
    """Tensors that are made without a type are float64, as the tiny copies are."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def asks_for_values(failure: NotFound) -> bool:
    """Whether a run failed because fake tensors have no values, only shapes."""
    if failure.kind == "values":
        return True
    if failure.error is None:
        return False
    of_fakes = type(failure.error).__module__.startswith("torch._subclasses")
    words = ("meta tensor", "FakeTensor", "fake tensor", "numpy", "data-dependent")
    return of_fakes or any(word in first_line(failure.error) for word in words)


def _real(cls: type, namespace: dict[str, Any], wanted: dict[str, Any]) -> Found:
    """A tiny instance with real weights."""
    torch.manual_seed(0)
    return find(cls, namespace, wanted, call_once, real=True)


def _failed(failure: NotFound, fake: Any) -> dict[str, Any]:
    answer: dict[str, Any] = {"status": "failed", "record": None}
    kind = "run" if failure.kind == "values" else failure.kind
    answer["problem"] = problem_of(kind, failure.error or failure)
    if failure.nearest is not None:
        again = _up_to_error(failure.nearest, fake)
        # Code that cannot be run twice fails in another way the second time.
        same = again.get("problem", {}).get("error") == answer["problem"]["error"]
        answer = {**answer, **again} if same else {**again, **answer}
    return answer


def quieten() -> None:
    """Keep torch from printing what is no news: that a guess failed, how it traces."""
    logging.getLogger("torch._subclasses.fake_tensor").disabled = True
    warnings.filterwarnings("ignore", module=r"torch\.")


def call_once(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """One forward pass."""
    return module(*args, **kwargs)


def held(rung: str, way: Any, found: Found, fake: Any) -> Record | Exception:
    """What one rung of the ladder records, or why it does not hold."""
    try:
        with contextlib.ExitStack() as stack:
            stack.enter_context(own_copies())
            if rung != "export":  # it finds the fake mode in what it is given
                stack.enter_context(fake)
            record: Record = way(found.module, found.args, found.kwargs)
            return record
    except Exception as error:  # whatever torch, or the user's code, raises
        return error


def _climbed(found: Found, fake: Any) -> dict[str, Any]:
    """The first rung that holds; what it could not say is left to the next."""
    refused: dict[str, str] = {}
    failure: BaseException = NotFound("run", "no rung was tried")
    for rung, way in LADDER:
        record = held(rung, way, found, fake)
        if isinstance(record, Exception):
            refused[rung] = first_line(record)
            failure = record
            continue
        return {
            "status": "traced",
            "rung": rung,
            "refused": refused,
            "how": found.how,
            "sizes": found.sizes,
            "record": record.document(),
            "unused": record.unused(),
            "weights": {
                name: list(each.shape)
                for name, each in nn.Module.named_parameters(found.module)
                if not nn.parameter.is_lazy(each)
            },
        }
    described = _described(found)
    return {**described, "problem": problem_of("run", failure), "refused": refused}


def _described(found: Found) -> dict[str, Any]:
    return {"status": "failed", "how": found.how, "sizes": found.sizes}


def _up_to_error(found: Found, fake: Any) -> dict[str, Any]:
    """The flow of a run that fails, as far as it comes."""
    try:
        with own_copies(), fake:
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
    tensors = list(tensors_in((found.args, found.kwargs)))
    muddled = any(batch in tensor.shape[1:] for tensor in tensors)
    muddled = muddled or tensors[0].shape[:1] != (batch,)
    muddled = muddled or (tensors[0].dim() == 3 and tensors[0].shape[1] != seq)
    if batch is None or seq is None or muddled:
        return None  # Which axes are the batch, or the length, is not certain.
    tried = None
    first = (batch, seq)
    # A length that the constructor was told is not free to change.
    told = [name for name, size in found.sizes.items() if size == seq and name != "seq"]
    other = seq if told else OTHER_SEQ
    ways = ((OTHER_BATCH, seq), (batch, other), (OTHER_BATCH, other))
    for sizes in dict.fromkeys(way for way in ways if way != first):
        with own_copies(), fake:
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
    """An error in one line."""
    lines = [line.strip() for line in _message(error).splitlines() if line.strip()]
    return f"{_name(error)}: {lines[0][:500] if lines else ''}"


# ---- Probes: finite changes of real inputs, and which outputs move.

NUDGE = 0.7
MOVED = 1e-9  # of float64 values of about one
ROUNDED = 1e-5
FAINT = 1e-3
_CAUSAL_FLAGS = (
    "causal",
    "is_causal",
    "is_decoder",
    "autoregressive",
    "unidirectional",
)


def causal(module: nn.Module) -> str | None:
    """Why a block must not see the future: a name, a mask that it holds, a setting.

    None if the caller may give a mask: then it is up to that.
    """
    if any("mask" in name for name in inspect.signature(module.forward).parameters):
        return None
    for path, each in module.named_modules():
        name = type(each).__name__
        if "causal" in name.lower() and "noncausal" not in name.lower().replace(
            "_", ""
        ):
            return f"{name} is called causal"
        for flag in _CAUSAL_FLAGS:
            for holder in (each, getattr(each, "config", None)):
                if getattr(holder, "__dict__", {}).get(flag) is True:
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
    with in_double():
        try:
            found = _real(cls, namespace, wanted)
            awaken(found.module)
            return probes_of(found), None
        except NotFound as failure:
            return {}, problem_of("probe", failure.error or failure)
        except Exception as error:  # the user's own
            return {}, problem_of("probe", error)


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
    if not bool(torch.isfinite(base).all()):
        raise ValueError("its result holds NaN or infinity, which no nudge moves")
    x = stream.value
    again = stream.run(x)
    if base.shape[:2] != x.shape[:2] or again is None or not torch.equal(base, again):
        return {}  # not the same twice, say: nothing can be told
    generator = torch.Generator().manual_seed(2)
    noise = NUDGE + torch.rand(x.shape[-1], generator=generator, dtype=x.dtype)
    leaked = _moved(base, stream.run(_nudged(x, 0, noise)))[1:]
    early = late = False
    for position in range(x.shape[1]):
        moved = _moved(base, stream.run(_nudged(x, (slice(None), position), noise)))
        early = early or bool(moved[:, :position].any())
        late = late or bool(moved[:, position + 1 :].any())
    order = torch.randperm(x.shape[1], generator=generator)
    # Sums in another order, perhaps in float32, are not the same to the last bit.
    changed = _moved(base[:, order], stream.run(x[:, order]), by=ROUNDED)
    return {
        "batch-leak": bool(leaked.any()),
        "sees-future": early,
        "sees-past": late,
        "mixes-tokens": early or late,
        "permutation-equivariant": not bool(changed.any()),
        "norm-mixes-tokens": _norm_mixes(found),
    }


def _nudged(x: torch.Tensor, where: Any, noise: torch.Tensor) -> torch.Tensor:
    other = x.clone()
    other[where] += noise
    return other


def _moved(
    before: torch.Tensor, after: torch.Tensor | None, by: float = MOVED
) -> torch.Tensor:
    """For each sequence and position, whether the output moved."""
    if after is None or after.shape != before.shape:
        return torch.zeros(before.shape[:2], dtype=torch.bool)
    change = (after - before).abs().amax(-1)
    return change > by * (1.0 + before.abs().amax())


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
        across = any(word in name for word in ("Batch", "Group", "Instance"))
        leaf = next(module.children(), None) is None
        fits = "Norm" in name and leaf and not across
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


# ---- Stability: many fresh copies in a stack, measured by the file beside this one.

MEASURING_MODULE = "blocklint_stability"
MEASURING = 0.9  # of the time; the rest is for what stands around it
MEASURED_WEIGHTS = 2_000_000  # of an instance that nobody asked for
MEASURED_BATCH, MEASURED_SEQ = 8, 32


def stack_measured(
    cls: type,
    namespace: dict[str, Any],
    wanted: dict[str, Any],
    job: dict[str, Any],
    seconds: float,
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """What the gradients and the stream of stacks are, or why that is not known."""
    usual = torch.get_default_dtype()
    try:
        program = measuring_program()
        torch.set_default_dtype(torch.float32)
        found = _instance(cls, namespace, wanted)
        with torch.enable_grad():
            subject = _subject(found, program)
            plan = program.plan_of(job["stability"])
            return {"how": found.how, **program.measure(subject, plan, seconds)}, None
    except NotFound as failure:
        return None, problem_of("measure", failure.error or failure)
    except Exception as error:  # the user's own, or what the program says of it
        problem = problem_of("measure", error)
        ours = type(error).__module__ == MEASURING_MODULE
        return None, {**problem, "error": ""} if ours else problem
    finally:
        torch.set_default_dtype(usual)


def measuring_program() -> Any:
    """The module that measures, loaded by its path."""
    name = MEASURING_MODULE
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, _MEASURING_FILE)
        if spec is None or spec.loader is None:
            raise ImportError(f"{_MEASURING_FILE} cannot be loaded")
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def _instance(cls: type, namespace: dict[str, Any], wanted: dict[str, Any]) -> Found:
    """As the project says; by a guess, of its usual size if that is a bearable one."""
    if wanted.get("init"):
        return find(cls, namespace, wanted, call_once)
    with suppress(NotFound), Frugal():
        found = find(cls, namespace, wanted, call_once)
        if weights_of(found.module) <= MEASURED_WEIGHTS:
            return found
    return find(cls, namespace, wanted, call_once, real=True)


def _subject(found: Found, program: Any) -> Any:
    """What a stack is made of: instances in float32, on a stream that is certain."""
    again = found.again
    if again is None:
        raise program.Unmeasurable("no second instance can be made of it")
    args, kwargs = _inputs_for(fresh(again), found)
    given: dict[Any, Any] = {**dict(enumerate(args)), **kwargs}
    stream = _stream(replace(found, args=args, kwargs=kwargs))
    if stream is None:
        raise program.Unmeasurable("it takes no stream of [batch, seq, width]")
    shape = tuple(stream.value.shape)

    def call(module: nn.Module, x: torch.Tensor) -> torch.Tensor:
        now = {**given, stream.key: x.clone()}
        ordered = [now[key] for key in range(len(args))]
        named = {key: now[key] for key in kwargs}
        for each in tensors_in(module(*ordered, **named)):
            if tuple(each.shape) == shape and each.is_floating_point():
                return each
        raise program.Unmeasurable("it returns no stream of the shape that it takes")

    return program.Subject(lambda: fresh(again), call, shape)


def _inputs_for(module: nn.Module, found: Found) -> tuple[Args, Kwargs]:
    """Inputs of the usual size if it runs with them, else those that were found."""
    held = in_single(found.args), in_single(found.kwargs)
    other = found.refeed(MEASURED_BATCH, MEASURED_SEQ)
    if other is None:
        return held
    args, kwargs = in_single(other[0]), in_single(other[1])
    try:
        with torch.no_grad():
            module(*args, **kwargs)
    except Exception:  # noqa: BLE001 (the user's own; what it was found by, it takes)
        return held
    return args, kwargs


def fresh(again: Again) -> nn.Module:
    """Another instance, in float32 and in eval mode: without dropout."""
    module = again().float().eval()
    for part in module.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            part.train()  # Before any training it knows no mean of its own.
    for weight in module.parameters():
        if weight.is_floating_point():
            written(weight)
    return module


def in_single(value: Any) -> Any:
    """Inputs with float32 in the place of other floats, whatever they stand in."""
    if isinstance(value, torch.Tensor):
        return value.detach().float() if value.is_floating_point() else value
    if isinstance(value, (tuple, list)):
        return type(value)(in_single(each) for each in value)
    if isinstance(value, dict):
        return {name: in_single(each) for name, each in value.items()}
    return value


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
