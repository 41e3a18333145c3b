"""Runs a user's module and says, as one JSON document, what ran.

Started by its path with the user's interpreter, which needs torch and nothing else;
blocklint need not be there. Reads one job from the standard input:

    {"schema": "blocklint.job/1", "answer": "/tmp/x/answer.json",
     "module": {"path": "/abs/model.py"} or {"name": "pkg.mod"},
     "memory": 8589934592, "probe": false,
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
if sys.path and os.path.abspath(sys.path[0]) == os.path.dirname(os.path.abspath(__file__)):
    del sys.path[0]

import contextlib
import copy
import dataclasses
import inspect
import math
import re
from typing import Any, Dict, Iterable, Iterator, List, Optional, Sequence, Set, Tuple

import torch
import torch.fx
from torch import nn
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.overrides import TorchFunctionMode


# ---------------------------------------------------------------------------
# Recording: what one run of a module calls, and what reads what.
# ---------------------------------------------------------------------------

TORCH = os.path.dirname(os.path.abspath(torch.__file__)) + os.sep
HERE = os.path.abspath(__file__)
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
_ASKING = frozenset(
    "__get__ __len__ __repr__ __format__ __bool__ __hash__ __contains__ __int__ "
    "__float__ __index__ size dim stride numel nelement ndimension is_floating_point "
    "is_complex is_contiguous data_ptr storage_offset item tolist element_size type "
    "get_device untyped_storage equal allclose register_hook requires_grad_ backward "
    "__deepcopy__ __reduce_ex__ is_same_size __set__ __delete__ is_tensor".split()
)
_VIEWS = frozenset(["T", "mT", "H", "mH", "data", "real", "imag"])  # attributes
Shape = Optional[List[int]]
Site = Tuple[Optional[str], Optional[int]]  # file and line


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
    if name.startswith("native_"):
        name = name[len("native_") :]
    return _OPERATORS.get(name, name)


_DUNDERS = frozenset(
    "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift".split()
)


def user_site(depth: int) -> Site:
    """The innermost line on the stack that is neither torch's nor ours."""
    frame = sys._getframe(depth)
    while frame is not None:
        path = frame.f_code.co_filename
        if not (path.startswith((TORCH, "<")) or path == HERE):
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


def numbers_in(values: Iterable[object]) -> List[float]:
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


def dtype_of(value: object) -> Optional[str]:
    """`float32` and the like."""
    return str(value.dtype)[6:] if isinstance(value, torch.Tensor) else None


def _is_plain(size: object) -> bool:
    return isinstance(size, int) and not isinstance(size, bool)


class Record:
    """The record of one run in the making: modules, calls of modules, nodes."""

    def __init__(self, root: nn.Module) -> None:
        self.modules: List[Dict[str, Any]] = []
        self.calls: List[Dict[str, Any]] = []
        self.nodes: List[Dict[str, Any]] = []
        self._numbers: Dict[int, int] = {}
        self.paths: Dict[int, str] = {}
        for path, module in root.named_modules():
            self.paths.setdefault(id(module), path)
        self.names: Dict[int, str] = {}
        for name, value in (*root.named_parameters(), *root.named_buffers()):
            self.names.setdefault(id(value), name)
        self.used: Set[str] = set()
        self.root = root

    def module(self, module: nn.Module, path: Optional[str] = None) -> int:
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
                    "bases": [base.__name__ for base in kind.__mro__[1:] if base not in (nn.Module, object)],
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

    def call(self, module: int, parent: Optional[int], site: Site) -> int:
        """Note a call of a module."""
        path, line = site
        self.calls.append({"module": module, "parent": parent, "path": path, "line": line})
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
        dtype: Optional[str] = None,
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

    def unused(self) -> List[str]:
        """The parameters and buffers that nothing read, each under its first name."""
        return sorted(name for name in self.names.values() if name not in self.used)

    def document(self) -> Dict[str, Any]:
        """The record as plain data."""
        return {"modules": self.modules, "calls": self.calls, "nodes": self.nodes}


def file_of(kind: type) -> Optional[str]:
    """The file that a class was defined in."""
    found = getattr(sys.modules.get(kind.__module__), "__file__", None)
    return os.path.abspath(found) if isinstance(found, str) else None


class Recorder(TorchFunctionMode):
    """Notes every function of torch that a forward calls, while it runs."""

    def __init__(self, record: Record) -> None:
        super().__init__()
        self.record = record
        self.stack: List[int] = []
        self._seen: Dict[int, Tuple[int, torch.Tensor]] = {}  # kept: an id stays its own
        self._storages: Dict[int, int] = {}

    def start(self, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> None:
        """Note the inputs of the module itself."""
        top = self.record.call(self.record.module(self.record.root, ""), None, (None, None))
        self.stack = [top]
        for name, value in named_inputs(self.record.root, args, kwargs):
            for number, tensor in enumerate(tensors_in(value)):
                if id(tensor) in self._seen:
                    continue
                shown = name if value is tensor else "%s[%d]" % (name, number)
                self._note(tensor, self.record.node("input", shown, (), top, shape=shape_of(tensor)))

    def finish(self, result: object) -> None:
        """Note what the module returns."""
        reads = [r for r in map(self._find, tensors_in(result)) if r is not None]
        first = next(tensors_in(result), None)
        shape, dtype = shape_of(first), dtype_of(first)
        self.record.node("output", "return", reads, 0, shape=shape, dtype=dtype)

    def enter(self, module: nn.Module, args: object) -> None:
        """A module is called."""
        if module is self.record.root and len(self.stack) == 1 and not self.record.calls[1:]:
            self.stack.append(self.stack[-1])
            return
        parent = self.stack[-1] if self.stack else None
        number = self.record.module(module)
        self.stack.append(self.record.call(number, parent, user_site(2)))

    def leave(self, module: nn.Module, args: object, result: object) -> None:
        """A module returns."""
        if len(self.stack) > 1:
            self.stack.pop()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
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
    def _failing(name: str, args: Any, kwargs: Any) -> Dict[str, Any]:
        """Which operation failed, where, and the shapes that it was given."""
        path, line = user_site(3)
        shapes = [shape_of(tensor) for tensor in tensors_in((args, kwargs))]
        return {
            "operation": bare_name(name),
            "path": path,
            "line": line,
            "shapes": [shape for shape in shapes if shape is not None],
        }

    def _reads(self, args: Any, kwargs: Any) -> List[int]:
        found = []
        for tensor in tensors_in((args, kwargs)):
            node = self._find(tensor)
            if node is not None:
                found.append(node)
        return found

    def _result(
        self, name: str, args: Any, kwargs: Any, result: Any, reads: List[int], given: Any
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
                self._note(target, self.record.node("call", bare, reads, call, site, shape))
            return
        if isinstance(result, torch.Tensor):
            changed = name.endswith("_") and not name.endswith("__") or name.startswith("__i")
            same = any(result is tensor for tensor, _ in given)
            if same and not changed and "out" not in kwargs:
                return  # handed through
            shape = shape_of(result)
            self._note(result, self.record.node("call", bare, reads, call, site, shape, numbers))
            return
        found = [t for t in tensors_in(result)]
        if not found:
            return
        whole = self.record.node("call", bare, reads, call, site, None, numbers)
        for number, tensor in enumerate(found):
            shape = shape_of(tensor)
            self._note(tensor, self.record.node("call", "getitem", [whole], call, site, shape, [number]))

    def _note(self, tensor: torch.Tensor, node: int) -> None:
        self._seen[id(tensor)] = (node, tensor)
        key = storage_of(tensor)
        if key is not None:
            self._storages[key] = node

    def _find(self, tensor: torch.Tensor) -> Optional[int]:
        """The node that a tensor is; parameters get theirs when first read."""
        if id(tensor) in self._seen:
            return self._seen[id(tensor)][0]
        name = self.record.names.get(id(tensor))
        if name is None and not isinstance(tensor, nn.Parameter):
            key = storage_of(tensor)
            return self._storages.get(key) if key is not None else None
        if name is not None:
            self.record.used.add(name)
        node = self.record.node("param", name or "?", (), self._home(name), shape=shape_of(tensor))
        self._seen[id(tensor)] = (node, tensor)
        return node

    def _home(self, name: Optional[str]) -> int:
        return self.stack[-1] if self.stack else 0


def storage_of(tensor: torch.Tensor) -> Optional[int]:
    """What two tensors share if one is a view of the other."""
    try:
        return tensor.untyped_storage()._cdata
    except (RuntimeError, NotImplementedError, AttributeError):
        return None


def named_inputs(
    module: nn.Module, args: Tuple[Any, ...], kwargs: Dict[str, Any]
) -> List[Tuple[str, Any]]:
    """The arguments of a forward under their names."""
    try:
        bound = inspect.signature(module.forward).bind(*args, **kwargs)
    except (TypeError, ValueError):
        unnamed = [("arg%d" % number, value) for number, value in enumerate(args)]
        return [*unnamed, *kwargs.items()]
    found: List[Tuple[str, Any]] = []
    for name, value in bound.arguments.items():
        kind = bound.signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_KEYWORD:
            found.extend(value.items())
        else:
            found.append((name, value))
    return found


def recorded(module: nn.Module, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Record:
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
        error.call = recorder.stack[-1]
        raise
    finally:
        for handle in handles:
            handle.remove()
    return record


# ---------------------------------------------------------------------------
# The ladder: symbolic trace, export, and the recording above.
# ---------------------------------------------------------------------------


def symbolic(module: nn.Module, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Record:
    """What `torch.fx.symbolic_trace` sees; shapes come from running its graph."""
    given = dict(named_inputs(module, args, kwargs))
    tracer = torch.fx.Tracer()
    tracer.record_stack_traces = True
    graph = tracer.trace(module, concrete_args=_settled(module, given))
    traced = torch.fx.GraphModule(tracer.root, graph)
    shapes = _Shapes(traced)
    places = [node for node in graph.nodes if node.op == "placeholder"]
    values = [given.get(str(n.target), n.args[0] if n.args else None) for n in places]
    shapes.run(*values)
    return _Lowering(module, shapes.found).record(graph)


def _settled(module: nn.Module, given: Dict[str, Any]) -> Dict[str, Any]:
    """The arguments that are no tensors: a branch on one of them is taken as it is."""
    found: Dict[str, Any] = {}
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
        self.found: Dict[str, Any] = {}

    def run_node(self, n: torch.fx.Node) -> Any:
        result = super().run_node(n)
        self.found[n.name] = result
        return result


def exported(module: nn.Module, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Record:
    """What `torch.export` sees, in calls of its core library."""
    program = torch.export.export(module, args, kwargs, strict=False)
    return _Exported(module, program).record(program.graph)


class _Lowering:
    """A graph of torch.fx as a record."""

    def __init__(self, module: nn.Module, values: Dict[str, Any]) -> None:
        self.out = Record(module)
        self.values = values
        self.numbers: Dict[str, int] = {}
        self.stack: List[Tuple[str, int]] = []

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
            self.numbers[node.name] = self.out.node("input", str(node.target), (), 0, shape=shape)

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
            for path, _ in self.out.root.get_submodule(str(node.target)).named_parameters():
                self.out.used.add("%s.%s" % (node.target, path))
            for path, _ in self.out.root.get_submodule(str(node.target)).named_buffers():
                self.out.used.add("%s.%s" % (node.target, path))
        if self._is_handed_through(node, reads):
            self.numbers[node.name] = reads[0]
            return
        value = self.values.get(node.name)
        if shape is None and not any(True for _ in tensors_in(value)):
            return  # a size, or a number made of sizes
        numbers = numbers_in((*node.args, *node.kwargs.values()))
        self.numbers[node.name] = self.out.node("call", name, reads, call, site, shape, numbers)

    def _is_handed_through(self, node: torch.fx.Node, reads: List[int]) -> bool:
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

    def _reads(self, node: torch.fx.Node) -> List[int]:
        return [self.numbers[n.name] for n in node.all_input_nodes if n.name in self.numbers]

    def _scope(self, node: torch.fx.Node, site: Site) -> int:
        """The call that a node belongs to, from the stack of modules in its metadata."""
        stack = list((node.meta.get("nn_module_stack") or {}).items())
        if node.op == "call_module" and stack:
            stack = [(k, v) for k, v in stack if _path(v, k) != str(node.target)]
        common = 0
        for (key, _), (mine, _number) in zip(stack, self.stack):
            if key != mine:
                break
            common += 1
        del self.stack[common:]
        for key, value in stack[common:]:
            self.stack.append((key, self._enter(_path(value, key), site)))
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

    def _is_handed_through(self, node: torch.fx.Node, reads: List[int]) -> bool:
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


_HANDING = frozenset(
    "dropout feature_dropout alpha_dropout lift_fresh_copy alias assert_tensor_metadata".split()
)
_CASTS = frozenset(["to", "type_as", "contiguous"])


def site_of(trace: Optional[str]) -> Site:
    """The user's innermost line in a stack trace as text."""
    found: Site = (None, None)
    for path, line in _TRACE_LINE.findall(trace or ""):
        if not path.startswith((TORCH, "<")) and path != HERE:
            found = path, int(line)
    return found


_TRACE_LINE = re.compile(r'File "([^"]+)", line (\d+)')


# ---------------------------------------------------------------------------
# One target: find an instance and inputs, climb the ladder, try other sizes, probe.
# ---------------------------------------------------------------------------

OTHER_BATCH, OTHER_SEQ = 7, 17
LADDER = (("symbolic", symbolic), ("export", exported), ("recorded", recorded))


def trace_target(
    cls: type, namespace: Dict[str, Any], wanted: Dict[str, Any], job: Dict[str, Any]
) -> Dict[str, Any]:
    """Everything that one run of a class shows, as plain data."""
    torch.backends.mha.set_fastpath_enabled(False)  # else stock layers are one fused call
    fake = FakeTensorMode(allow_non_fake_inputs=True)
    answer: Dict[str, Any] = {"status": "failed", "problem": None, "record": None}
    with torch.no_grad():
        try:
            with fake:
                found = find(cls, namespace, wanted, call_once)
        except NotFound as failure:
            answer["problem"] = problem_of(failure.error or failure, failure.kind)
            if failure.nearest is not None:
                answer.update(_up_to_error(failure.nearest, fake))
            return answer
        answer.update(_climbed(found, fake))
        if answer["status"] == "traced":
            answer["resized"] = _resized(found, fake)
            answer["causal"] = causal(found.module)
            if job.get("probe"):
                answer["probes"], answer["probe_problem"] = probed(cls, namespace, wanted)
    return answer


def call_once(module: nn.Module, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
    """One forward pass."""
    return module(*args, **kwargs)


def _climbed(found: "Found", fake: Any) -> Dict[str, Any]:
    """The first rung that holds; what it could not say is left to the next."""
    refused: Dict[str, str] = {}
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
    return {**_described(found), "problem": problem_of(failure, "run"), "refused": refused}


def _described(found: "Found") -> Dict[str, Any]:
    return {"status": "failed", "how": found.how, "sizes": found.sizes}


def _up_to_error(found: "Found", fake: Any) -> Dict[str, Any]:
    """The flow of a run that fails, as far as it comes."""
    try:
        with fake:
            recorded(found.module, found.args, found.kwargs)
    except Exception as error:  # noqa: BLE001 (the user's own, whatever it is)
        record = getattr(error, "record", None)
        problem = problem_of(error, "run")
        problem.update(getattr(error, "failing", None) or {})
        return {
            **_described(found),
            "rung": "recorded",
            "problem": problem,
            "record": record.document() if record is not None else None,
        }
    return {}


def _resized(found: "Found", fake: Any) -> Optional[Dict[str, Any]]:
    """The same block with another batch, another length, then both."""
    batch, seq = found.sizes.get("batch"), found.sizes.get("seq")
    if batch is None or seq is None:
        return None
    tried = None
    for sizes in ((OTHER_BATCH, seq), (batch, OTHER_SEQ), (OTHER_BATCH, OTHER_SEQ)):
        with fake:
            given = found.refeed(*sizes)
            if given is None:
                continue
            tried = {"sizes": {"batch": sizes[0], "seq": sizes[1]}, "problem": None}
            try:
                recorded(found.module, *given)
            except Exception as error:  # noqa: BLE001 (the user's own)
                tried["problem"] = {
                    **problem_of(error, "run"),
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
    return "%s: %s" % (type(error).__name__, lines[0][:500] if lines else "")


# ---------------------------------------------------------------------------
# Probes: finite changes of real inputs, and which outputs move.
# ---------------------------------------------------------------------------

NUDGE = 0.7
MOVED = 1e-9  # of float64 values of about one
FAINT = 1e-3
_CAUSAL_FLAGS = ("causal", "is_causal", "is_decoder", "autoregressive", "unidirectional")


def causal(module: nn.Module) -> Optional[str]:
    """Why a block must not see the future: a name, a mask that it holds, a setting."""
    for path, each in module.named_modules():
        name = type(each).__name__
        if "causal" in name.lower() and "noncausal" not in name.lower().replace("_", ""):
            return "%s is called causal" % name
        for flag in _CAUSAL_FLAGS:
            for holder in (each, getattr(each, "config", None)):
                if getattr(holder, flag, None) is True:
                    return "%s.%s is True" % (name, flag)
        for key, value in each._buffers.items():
            if value is not None and is_triangle(value):
                return "%s is a causal mask" % ("%s.%s" % (path, key) if path else key)
    return None


def is_triangle(value: torch.Tensor) -> bool:
    """Whether a buffer tells the pairs of positions below the diagonal from the rest."""
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
    cls: type, namespace: Dict[str, Any], wanted: Dict[str, Any]
) -> Tuple[Dict[str, bool], Optional[Dict[str, Any]]]:
    """What moves what in a tiny copy with random weights, in float64."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        torch.manual_seed(0)
        found = find(cls, namespace, wanted, call_once, real=True)
        awaken(found.module)
        return probes_of(found), None
    except NotFound as failure:
        return {}, problem_of(failure.error or failure, "probe")
    except Exception as error:  # noqa: BLE001 (the user's own)
        return {}, problem_of(error, "probe")
    finally:
        torch.set_default_dtype(before)


def awaken(module: nn.Module) -> None:
    """Random values for weights that start at next to nothing, and hide what they scale.

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
                noise = torch.randn(parameter.shape, generator=generator, dtype=parameter.dtype)
                parameter.data = noise * max(parameter.shape[-1:] or (1,)) ** -0.5


def probes_of(found: "Found") -> Dict[str, bool]:
    """The probes of a block that takes and gives [batch, seq, width]."""
    place = _stream(found)
    if place is None:
        return {}
    x = place.value
    base = place.run(x)
    if base is None or base.dim() != 3 or base.shape[:2] != x.shape[:2]:
        return {}
    if not torch.equal(base, place.run(x)):
        return {}  # not the same twice: nothing can be said
    batch, seq = x.shape[0], x.shape[1]
    generator = torch.Generator().manual_seed(2)
    noise = NUDGE + torch.rand(x.shape[-1], generator=generator, dtype=x.dtype)
    other = x.clone()
    other[0] += noise
    answer = {"batch-leak": _moved(base, place.run(other))[1:].any().item() if batch > 1 else False}
    early = late = False
    for position in sorted({seq // 2, seq - 1, 1}):
        other = x.clone()
        other[:, position] += noise
        moved = _moved(base, place.run(other)).any(0)
        early = early or bool(moved[:position].any())
        late = late or bool(moved[position + 1 :].any())
    order = torch.randperm(seq, generator=generator)
    swapped = place.run(x[:, order])
    equivariant = not bool(_moved(base[:, order], swapped).any()) if swapped is not None else False
    answer.update(
        {
            "sees-future": early,
            "sees-past": late,
            "mixes-tokens": early or late,
            "permutation-equivariant": equivariant,
            "norm-mixes-tokens": _norm_mixes(found),
        }
    )
    return answer


def _moved(before: torch.Tensor, after: Optional[torch.Tensor]) -> torch.Tensor:
    """For each sequence and position, whether the output moved."""
    if after is None or after.shape != before.shape:
        return torch.zeros(before.shape[:2], dtype=torch.bool)
    change = (after - before).abs().amax(-1)
    return change > MOVED * (1.0 + before.abs().amax())


class _Stream:
    """The input of a block that is its stream, and the run that it goes into."""

    def __init__(self, found: "Found", key: Any, value: torch.Tensor) -> None:
        self.found, self.key, self.value = found, key, value

    def run(self, value: torch.Tensor) -> Optional[torch.Tensor]:
        """The first tensor that the block gives for this one."""
        args, kwargs = list(self.found.args), dict(self.found.kwargs)
        if isinstance(self.key, int):
            args[self.key] = value.clone()
        else:
            kwargs[self.key] = value.clone()
        result = self.found.module(*copy.deepcopy(tuple(args)), **copy.deepcopy(kwargs))
        return next(tensors_in(result), None)


def _stream(found: "Found") -> Optional[_Stream]:
    for key, value in (*enumerate(found.args), *found.kwargs.items()):
        if isinstance(value, torch.Tensor) and value.dim() == 3 and value.is_floating_point():
            return _Stream(found, key, value)
    return None


class _NormProbe(TorchFunctionMode):
    """Asks each norm over several axes whether one token moves another."""

    mixes = False

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        if getattr(func, "__name__", "") in ("layer_norm", "rms_norm"):
            self.mixes = self.mixes or mixes_tokens(lambda x: func(x, *args[1:], **kwargs), args[0])
        return result


def mixes_tokens(norm: Any, x: torch.Tensor) -> bool:
    """Whether the norm of one token of [batch, seq, width] depends on another token."""
    if x.dim() != 3 or x.shape[1] < 2:
        return False
    other = x.clone()
    other[:, 0] += NUDGE + torch.arange(x.shape[-1], dtype=x.dtype) / x.shape[-1]
    moved = _moved(norm(x), norm(other))
    return bool(moved[:, 1:].any())


def _norm_mixes(found: "Found") -> bool:
    probe, seen = _NormProbe(), []

    def watch(module: nn.Module, args: Any, result: Any) -> None:
        name = type(module).__name__
        fits = "Norm" in name and not any(w in name for w in ("Batch", "Group", "Instance"))
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


# ---------------------------------------------------------------------------
# In the user's own process: one pass of a module that is alive.
# ---------------------------------------------------------------------------


def live(module: object, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Dict[str, Any]:
    """The record of one forward pass, in eval mode, which is put back afterwards.

    Raises TypeError for what is no module, and whatever the forward raises.
    """
    if not isinstance(module, nn.Module):
        raise TypeError("blocklint.trace takes an nn.Module, not %s" % type(module).__name__)
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
