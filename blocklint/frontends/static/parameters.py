"""Tensors that no input flows into: parameters, buffers, constants, and their sizes."""

from dataclasses import replace
from math import ceil

from blocklint.frontends.static.arguments import number
from blocklint.frontends.static.values import (
    Arguments,
    Known,
    Layer,
    Parameter,
    RunTime,
    Sequence,
    Sizes,
    Source,
    Symbol,
    Tensor,
    Value,
)
from blocklint.frontends.torch_api import (
    KEEPS_SIZES,
    SETTINGS,
    SIZED,
    VIEWING,
    is_torch,
)
from blocklint.graph import Dim


def created(name: str, args: Arguments) -> Parameter:
    """The tensor that a function of torch makes of sizes, or of other tables."""
    if not args.spread and (sizes := _sizes(name, args)):
        return Parameter(name, Source(Arguments(sizes)))
    match args.positional:
        case (Known(int() | float()), *_) if name == "tensor":
            return Parameter(name, Source(Arguments((Sequence([], False, "tuple"),))))
        case (Sequence(items) as listed, *_) if name == "tensor" and _is_row(listed):
            return Parameter(name, Source(Arguments((Known(len(items)),))))
        case (Parameter() as first, *_):
            return replace(applied(first, name, args), text=name)
        case (Sequence(items), *_) if any(isinstance(i, Parameter) for i in items):
            return Parameter(name, Source(args, name))
    return Parameter(name)


def _is_row(listed: Sequence) -> bool:
    """Whether a list holds numbers, all of which are written out; an empty one none."""
    written = all(isinstance(item, Known | Symbol) for item in listed.items)
    return written and bool(listed.items) and not listed.repeated


def applied(table: Parameter, name: str, args: Arguments, kind: str = "") -> Parameter:
    """What a function or a method makes of a table, its first argument."""
    if table.source is None or args.spread:
        return Parameter(table.text)
    if keeps_sizes(name):
        return Parameter(table.text, table.source)
    return Parameter(table.text, Source(args, name, kind))


_SEVERAL = ("shape", "sizes", "dims")  # how settings end that hold a list of sizes


def keeps_sizes(name: str) -> bool:
    """Whether what a function gives is as large as its first argument."""
    in_place = name.endswith("_") and not name.startswith("_")
    bare = name.rstrip("_")
    return bare in KEEPS_SIZES or (in_place and bare not in VIEWING)


def combined(left: Value, sign: str, right: Value) -> Parameter:
    """Arithmetic on tables, or on a table and a number."""
    match left, right:
        case Parameter(source=None), _:
            return Parameter("number")
        case Parameter(), Known() | Symbol() | RunTime():
            return Parameter("number", left.source)
        case Known() | Symbol() | RunTime(), Parameter():
            return Parameter("number", right.source)
        case Parameter(), Parameter() if right.source is not None and sign != "?":
            source = Source(Arguments((left, right)), sign, "arithmetic")
            return Parameter("number", source)
    return Parameter("number")


def shape(table: Parameter) -> Value:
    """The sizes of a table that was made of them."""
    match table.source:
        case Source(name="", args=args) if not any(
            isinstance(each, Sizes) for each in args.positional
        ):
            return Sequence(list(args.positional), False, "tuple")
    return RunTime("shape")


def weight(layer: Layer, name: str, written: str = "") -> Parameter:
    """`layer.weight` and `layer.bias`, with the sizes that torch gives them."""
    if layer.passed or layer.args.spread or not is_torch(layer.path):
        return Parameter(name)
    sizes = _weight_sizes(layer, name)
    source = Source(Arguments(sizes)) if sizes else None
    return Parameter(name, source, (layer, written))


def kept(layer: Layer, name: str) -> Value | None:
    """What a layer of torch was made with and keeps: `self.drop.p`."""
    if name not in SETTINGS:
        return None
    position, default = SETTINGS[name]
    if layer.args.spread:  # a flag may be among what is handed on
        flag = Symbol(name, Known(default)) if isinstance(default, bool) else None
        return layer.args.named.get(name, flag)
    found = layer.args.get(position, name)
    return Known(default) if found is None and default is not None else found


def _weight_sizes(layer: Layer, name: str) -> tuple[Value, ...]:
    get = layer.args.get
    wide: Value | None
    match layer.name:
        case "Linear":
            wide, narrow = get(1, "out_features"), get(0, "in_features")
        case "Embedding":
            wide, narrow = get(0, "num_embeddings"), get(1, "embedding_dim")
        case "LayerNorm" | "RMSNorm":
            return _listed(get(0, "normalized_shape"))
        case "BatchNorm1d" | "BatchNorm2d" | "BatchNorm3d":
            return _listed(get(0, "num_features"))
        case _:
            return ()
    if name == "bias":
        return _listed(wide)
    return (wide, narrow) if wide is not None and narrow is not None else ()


def _listed(value: Value | None) -> tuple[Value, ...]:
    match value:
        case None:
            return ()
        case Sequence(items):
            return tuple(items) if not value.repeated else ()
    return (value,)


def _sizes(name: str, args: Arguments) -> tuple[Value, ...]:
    """The sizes of a new tensor; none where they are unknown."""
    bare = name.removeprefix("new_")
    given = args.positional
    match bare:
        case _ if bare in SIZED:
            return _told(_listed(args.named.get("size")) or given)
        case "full":
            return _listed(args.get(0, "size"))
        case "randint":
            last = given[-1] if given else None
            found = args.named.get("size", last)
            return _listed(found) if isinstance(found, Sequence | Sizes) else ()
        case "eye":
            return (given[0], given[-1]) if given else ()
        case "randperm":
            return given[:1]
        case "linspace":
            return _listed(args.get(2, "steps"))
        case "arange":
            return _counted(given)
    return _alike(given[0]) if bare.endswith("_like") and given else ()


def _told(sizes: tuple[Value, ...]) -> tuple[Value, ...]:
    """The sizes that a tensor is made of; none where one of them may be several."""
    match sizes:
        case (RunTime(number=None),):
            return ()
        case (Symbol(said),) if said.endswith(_SEVERAL):
            return ()
        case _ if any(isinstance(s, Known) and s.value == 0 for s in sizes):
            return ()  # it keeps a place for what comes later
        case (one,):
            return _listed(one)
    return sizes


def _alike(value: Value) -> tuple[Value, ...]:
    match value:
        case Tensor(node):
            return (Sizes(node),)
        case Parameter(source=Source(name="") as source):
            return source.args.positional
    return ()


def _counted(given: tuple[Value, ...]) -> tuple[Value, ...]:
    """How many numbers `arange(stop)` or `arange(start, stop, step)` gives."""
    ends = [number(each) for each in given]
    match ends:
        case [stop] if stop is not None:
            return (given[0],)
        case [start, stop, *step] if start is not None and stop is not None:
            by = step[0] if step else None
            if step and by is None:
                return ()
            count = stop - start
            if by is not None:
                return (_rounded(count / by if by.terms else None),)
            return (RunTime("size", count),)
    return ()


def _rounded(count: Dim | None) -> Value:
    """A number of steps; one of settings is taken as exact."""
    if count is not None and count.constant is not None:
        return Known(ceil(count.constant))
    return RunTime("size", count)
