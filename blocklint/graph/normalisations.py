"""Whether a graph, as a whole, computes a norm."""

from blocklint.graph.model import BlockGraph, Node, Op
from blocklint.graph.residuals import SUBSTANCE, same_value


def is_normalisation(graph: BlockGraph, named_so: bool) -> bool:
    """Whether a graph computes a norm of its first input, and nothing else of it."""
    source = next(graph.of(Op.INPUT), None)
    result = next(graph.of(Op.OUTPUT), None)
    if source is None or result is None or not graph.reaches(source, result):
        return named_so and not any(n.op in SUBSTANCE for n in graph.nodes)
    between = graph.between(source, result)
    if any(node.op in SUBSTANCE or node.op is Op.BLOCK for node in between):
        return False
    if any(_is_sum_of_inputs(graph, node) for node in between):
        return False
    if _norms_another(graph, source):
        return False
    if named_so or _is_dynamic_tanh(between):
        return True
    opaque = any(node.op is Op.OPAQUE for node in between)
    return not opaque and meets_norm(graph, source, result)


def may_add_too(graph: BlockGraph) -> bool:
    """Whether code that cannot be seen is given two inputs: it may norm their sum."""
    unseen = graph.of(Op.OPAQUE)
    return any(sum(graph.reaches(i, u) for i in graph.of(Op.INPUT)) > 1 for u in unseen)


def _norms_another(graph: BlockGraph, source: Node) -> bool:
    """Whether it gives the norm of another input too, as for blocks of two streams."""
    others = [node for node in graph.of(Op.INPUT) if node is not source]
    results = [node for node in graph.of(Op.OUTPUT) if not graph.reaches(source, node)]
    return any(
        graph.reaches(other, norm) and graph.reaches(norm, result)
        for norm in graph.of(Op.NORM)
        for other in others
        for result in results
    )


def _is_dynamic_tanh(between: list[Node]) -> bool:
    """`tanh(alpha * x) * weight + bias`, DyT (arXiv 2503.10622), by its formula."""
    return any(
        node.name == "tanh"
        and any(r.kind == "scale" and _reads_parameter(r) for r in node.reads)
        for node in between
    ) and any(node.kind == "scale" and _reads_parameter(node) for node in between)


def _reads_parameter(node: Node) -> bool:
    return any(read.op is Op.PARAM for read in node.reads)


def _is_sum_of_inputs(graph: BlockGraph, node: Node) -> bool:
    """`norm(x + residual)` is an addition and a norm, not a norm."""
    if node.op is not Op.ADD:
        return False
    each = [{n.index for n in same_value(r) if n.op is Op.INPUT} for r in node.reads]
    return all(each) and len(set().union(*each)) > 1


def meets_norm(graph: BlockGraph, source: Node, result: Node) -> bool:
    """Whether every path from `source` to `result` meets a norm."""
    pending, seen = [source], set[int]()
    while pending:
        node = pending.pop()
        for reader in graph.readers(node):
            if reader.index in seen or not graph.reaches(reader, result):
                continue
            seen.add(reader.index)
            if reader is result:
                return False
            if reader.op is not Op.NORM:
                pending.append(reader)
    return True
