"""A graph as stable text, for golden files and for reading."""

from blocklint.graph.model import BlockGraph, Node


def dump(graph: BlockGraph) -> str:
    """One line a node: its number, what it is, what it reads, whose code it is."""
    return "".join([f"block {graph.name}\n", *map(_line, graph.nodes)])


def _line(node: Node) -> str:
    reads = "".join(f" %{read.index}" for read in node.reads)
    kind = f"[{node.kind}]" if node.kind else ""
    guards = "".join(f" ?{'' if g.arm else '!'}{g.condition}" for g in node.guards)
    inside = ".".join(scope.name for scope in node.scope.chain[1:])
    inside = f"  in {inside}" if inside else ""
    return (
        f"  %{node.index} = {node.op.value}{kind} {node.name}{reads}{guards}{inside}\n"
    )
