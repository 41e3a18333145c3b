"""From a file and a class to the new text of the file."""

import io
from collections.abc import Iterator
from dataclasses import replace
from difflib import SequenceMatcher

from blocklint.analysis.block import Block, Site
from blocklint.analysis.placement import Placement
from blocklint.frontends.static.files import Disk, Files
from blocklint.graph import Op
from blocklint.migration.arms import answers_of
from blocklint.migration.draft import Draft
from blocklint.migration.flags import chosen_by, turned
from blocklint.migration.model import Kept, Model
from blocklint.migration.outcome import WANTED, Refusal, Refused, Rewritten
from blocklint.migration.rewriting import Rewriting
from blocklint.migration.stacking import Stacked, seen_to
from blocklint.source import Source, lines_of, source_of

_NORMED = (Placement.POST, Placement.PREPOST)


def rewrite(
    source: Source, class_name: str, to: Placement, files: Files | None = None
) -> Rewritten | Refusal:
    """The text of a file in which a block has the wanted placement at every site.

    Other files are read where classes come from them; none is changed. The text has
    the line ends of the old one. Raises ValueError for a placement that is no goal.
    """
    if to not in WANTED:
        raise ValueError(f"{to.value} is no placement to rewrite a block to")
    try:
        made = _rewritten(source, class_name, to, files or Disk())
    except Refused as refused:
        return refused.refusal
    return replace(made, text=_with_line_ends(made.text, source.text))


def _rewritten(
    source: Source, class_name: str, to: Placement, files: Files
) -> Rewritten:
    if source.cells is not None:
        raise Refused("a notebook is not rewritten: move the class to a .py file", 1)
    plain = source_of("\n".join(lines_of(source.text)), source.path)
    assert isinstance(plain, Source)
    model = Model(plain, Kept(files))
    if class_name not in model.readings:
        raise Refused(f"there is no module class {class_name} in this file", 1)
    block = model.block(class_name)
    line = block.place.span.line
    if not block.is_block:
        raise Refused(f"{class_name} joins no sub-layer to a stream", line)
    last = _last(block.sites)
    when = chosen_by(block, to)
    if all(site.placement is to for site in block.sites) and block.sites:
        return Rewritten(plain.text)
    if when is not None:
        return _turned(model, block, when, to)
    work = Rewriting(Draft(model, class_name, answers_of(model, class_name)), to)
    work.run()
    _require_all(work.draft.model.block(class_name), to)
    changed = tuple(_changed_with(model, work.draft.model, class_name))
    stacked = _norms_seen_to(
        work.draft.model, class_name, last, to is not Placement.POST
    )
    return Rewritten(
        stacked.model.source.text,
        tuple(dict.fromkeys([*work.added.values(), *stacked.added])),
        tuple(dict.fromkeys([*work.removed.values(), *stacked.removed])),
        changed,
        notes=(*_of_flags(block, to), *work.notes, *stacked.notes),
    )


def _require_all(block: Block, to: Placement) -> None:
    """Read the result anew: no setting may lead to a site that norms elsewhere."""
    for variant in block.variants:
        for site in variant.sites:
            if site.placement is not to:
                when = f" when {variant.when}" if variant.when else ""
                raise Refused(
                    f"rewritten, the {site.role.value} would still be "
                    f"{site.placement.formula}{when}",
                    block.place.span.line,
                )


def _last(sites: tuple[Site, ...]) -> Site | None:
    """The site that a block ends in, whatever it is given."""
    required = [site for site in sites if not site.optional] or list(sites)
    return required[-1] if required else None


def _turned(model: Model, block: Block, when: str, to: Placement) -> Rewritten:
    """The file with the flag turned that chooses the wiring, and nothing else."""
    found = turned(model, block.name, when, to)
    if found is None:
        raise Refused(
            f"{block.name} is {to.value} when {when}: set that where the block is "
            "made; its default is not in this file",
            block.place.span.line,
        )
    new, flip = found
    note = f"whoever gives {flip.flag} a value decides for themselves"
    changed = tuple(_changed_with(model, new, block.name))
    last, clean = _last(block.sites), to is not Placement.POST
    stacked = _norms_seen_to(new, block.name, last, clean)
    return Rewritten(
        stacked.model.source.text,
        stacked.added,
        stacked.removed,
        changed,
        flip,
        (note, *stacked.notes),
    )


def _norms_seen_to(model: Model, name: str, last: Site | None, clean: bool) -> Stacked:
    """The final norms of the stacks, where the end of the block has changed."""
    if last is None or (last.placement in _NORMED) is not clean or not last.norms:
        return Stacked(model)
    return seen_to(model, name, last.norms[-1], clean)


def _of_flags(block: Block, to: Placement) -> Iterator[str]:
    """What is to be said of a flag that had a say in where the block norms."""
    if len(block.variants) > 1 and len({v.placement for v in block.variants}) > 1:
        when = (block.default.when or "").removeprefix("not ")
        yield f"both ways that `{when}` chooses between are {to.value} now"


def _changed_with(old: Model, new: Model, name: str) -> Iterator[str]:
    """The other blocks of a file whose placements are not what they were.

    They use a class that was edited; blocks in a stack are not part of its own sites.
    """
    texts = {chunk.text for chunk in new.source.outline}
    pending = [
        n for n in old.readings if (c := old.chunk_of(n)) and c.text not in texts
    ]
    seen: set[str] = set()
    while pending:
        other = pending.pop(0)
        if other in seen or other not in new.readings:
            continue
        seen.add(other)
        before = old.block(other)
        if (
            other == name
            or before.is_block
            or not any(before.default.graph.of(Op.BLOCK))
        ):
            pending += old.users(other)
        if other == name or not before.is_block:
            continue
        if _placements(before) != _placements(new.block(other)):
            yield other


def _placements(block: Block) -> list[list[Placement]]:
    return [[site.placement for site in v.sites] for v in block.variants]


def _with_line_ends(new: str, old: str) -> str:
    """A text whose lines end as those of another do where they are the same."""
    if "\r" not in old:
        return new
    lines = list(io.StringIO(old, newline=""))
    bare = [line.rstrip("\r\n") for line in lines]
    ends = [line[len(text) :] for line, text in zip(lines, bare, strict=True)]
    usual = ends[0] or "\n"
    made = new.split("\n")
    found = [usual] * len(made)
    matcher = SequenceMatcher(None, bare, made, autojunk=False)
    for a, b, size in matcher.get_matching_blocks():
        found[b : b + size] = ends[a : a + size]
    found[-1] = ""
    return "".join(f"{line}{end}" for line, end in zip(made, found, strict=True))
