"""A flag that chooses where a block norms: its default is turned, if that is all."""

import re
from collections.abc import Iterator

from blocklint import cst
from blocklint.analysis.block import Block
from blocklint.analysis.placement import Placement
from blocklint.migration.edits import Cut, applied
from blocklint.migration.model import Model
from blocklint.migration.outcome import Flip
from blocklint.migration.skeleton import Skeletons, key_of
from blocklint.source import Chunk, Place
from blocklint.trees import nodes_of

_WHEN = re.compile(r"(?P<no>not )?(?P<path>\w+(\.\w+)*)( == (?P<text>'[^']*'))?")
_PLAIN = (cst.Name, cst.SimpleString)  # what a default may be that is turned


def chosen_by(block: Block, to: Placement) -> str | None:
    """The condition under which a block is wired as wanted, if there is one.

    It must be about the norms alone: else, the block computes what it did.
    """
    sites = [site for variant in block.variants for site in variant.sites]
    skeletons = Skeletons({key_of(norm) for site in sites for norm in site.norms})
    computed = skeletons.results(block.default.graph)
    for variant in block.variants:
        placed = variant.sites and all(s.placement is to for s in variant.sites)
        if placed and skeletons.results(variant.graph) == computed:
            return variant.when or ""
    return None


def turned(
    model: Model, name: str, when: str, to: Placement
) -> tuple[Model, Flip] | None:
    """The file with a flag's default turned, so that a block is wired as wanted."""
    found = _WHEN.fullmatch(when)
    if found is None:
        return None
    flag = found["path"].rpartition(".")[2]
    value = found["text"] or ("False" if found["no"] else "True")
    if found["text"] and found["no"]:
        return None
    for place in _defaults(model, name, flag, "." in found["path"]):
        cut = Cut(*model.layout.ends(place.span), value)
        new = model.changed(applied(model.source.text, [cut]))
        if new is None or name not in new.readings:
            continue
        sites = new.block(name).default.sites
        if sites and all(site.placement is to for site in sites):
            return new, Flip(found["path"], value, place.span.line)
    return None


def _defaults(model: Model, name: str, flag: str, of_config: bool) -> Iterator[Place]:
    """Where a flag has its default: in the class itself, or in a config class."""
    for chunk in model.source.outline:
        if chunk.header is not None and (of_config or name in chunk.names):
            yield from _in_class(chunk, flag)


def _in_class(chunk: Chunk, flag: str) -> Iterator[Place]:
    for node in nodes_of(chunk.tree):
        match node:
            case cst.Param(cst.Name(name), default=value):
                pass
            case cst.AnnAssign(cst.Name(name), _, value):
                pass
            case cst.Assign([cst.AssignTarget(cst.Name(name))], value):
                pass
            case _:
                continue
        if name == flag and isinstance(value, _PLAIN):
            yield Place(chunk, value)
