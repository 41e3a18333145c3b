"""Calling functions outside the project: those of torch, and others."""

from dataclasses import replace

from blocklint import cst
from blocklint.frontends.static import functions, parameters, tensors
from blocklint.frontends.static.arguments import Called
from blocklint.frontends.static.machine import Frame, Machine
from blocklint.frontends.static.values import (
    Arguments,
    External,
    RunTime,
    Sequence,
    Symbol,
    Value,
    tensors as nodes_of,
)
from blocklint.frontends.torch_api import (
    CREATION,
    function_meaning,
    is_torch,
)
from blocklint.graph import Op


def call(
    m: Machine, func: External, args: Arguments, syntax: cst.CSTNode, frame: Frame
) -> Value:
    """The value that calling a function outside the project gives."""
    name, has_tensors = func.name, bool(nodes_of(*args.all()))
    of_torch = is_torch(func.path)
    if of_torch and (frame.building or name in CREATION or not has_tensors):
        return parameters.created(name, args)
    if frame.building:
        return Symbol(f"{name}(...)")
    if not has_tensors:
        return RunTime(name)
    return _computed(m, func, args, syntax, frame)


def _computed(
    m: Machine, func: External, args: Arguments, syntax: cst.CSTNode, frame: Frame
) -> Value:
    """A function of tensors, by what its name stands for."""
    values = args.all()
    meaning = function_meaning(func.path)
    if meaning is None:
        return functions.opaque(m, func.name, args, syntax, frame)
    op, kind = meaning
    called = Called(args, path=func.path)
    if is_torch(func.path) and values:
        match func.name:
            case "add" if len(values) > 1:
                return tensors.add(m, values[0], values[1], syntax, frame)
            case "mul" | "multiply" if len(values) > 1:
                return tensors.multiply(m, values[0], values[1], syntax, frame)
            case "div" | "divide" if len(values) > 1:
                return tensors.divide(m, values[0], values[1], syntax, frame)
            case "chunk" | "split" | "unbind" | "tensor_split":
                rest = replace(args, positional=args.positional[1:])
                return tensors.pieces(m, values[0], func.name, rest, syntax, frame)
            case "matmul" | "bmm" | "mm" if len(values) > 1:
                return tensors.product(m, values[0], values[1], syntax, frame)
    if op is Op.NORM:
        return m.op(op, func.name, values[:1], syntax, frame, kind, called)
    if func.name == "pack":  # einops: the packed tensor, and the shapes it came from
        packed = m.op(op, func.name, values, syntax, frame, kind)
        return Sequence([packed, RunTime("shapes")], False, "tuple")
    return m.op(op, func.name, values, syntax, frame, kind, called)
