"""Which settings the sizes of a graph can be made of, without working out any."""

from blocklint.analysis.shapes.signatures import Signature, Signatures
from blocklint.graph import Argument, BlockGraph, Call, Dim, Several, Slice


def speaks_of(graph: BlockGraph, setting: str, signatures: Signatures) -> bool:
    """Whether a setting may be in any size of a graph.

    If so, the code calls something with it, demands something of it, or calls a class
    as a whole that has one of this name: `config.n_embd` of the config it is given.
    """
    facts = graph.facts
    demanded = (*facts.equal, *facts.divides, *facts.at_most)
    if any(setting in size.atoms for pair in demanded for size in pair):
        return True
    for node in graph.nodes:
        call: Call | None = node.call
        while call is not None:
            if _is_in(setting, (*call.positional, *call.named.values())):
                return True
            call = call.made
        if node.callee is not None:
            inner = signatures(node)
            if inner is not None and _has_one_like(setting, inner):
                return True
    return False


def _is_in(setting: str, arguments: tuple[Argument, ...]) -> bool:
    for each in arguments:
        match each:
            case Dim():
                found = setting in each.atoms
            case tuple():
                found = _is_in(setting, each)
            case Slice():
                found = _is_in(setting, (each.start, each.stop, each.step))
            case Several():
                found = _is_in(setting, (each.item, each.count))
            case _:
                continue
        if found:
            return True
    return False


def _has_one_like(setting: str, inner: Signature) -> bool:
    """Whether a class needs or returns a size that a setting of what it is given is."""
    sizes = (*inner.needed.values(), *inner.returned.axes)
    inner_settings = (a for size in sizes for a in size.atoms if isinstance(a, str))
    names = (name.partition(".")[2] for name in inner_settings)
    return any(name and setting.endswith(f".{name}") for name in names)
