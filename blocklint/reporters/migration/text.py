"""A block that was rewritten, for a person: where it normed, where it does now."""

from collections.abc import Iterator

from blocklint.migration.report import Migration, Proof
from blocklint.report import BlockFacts
from blocklint.reporters.inspection.text import site_line, word


def render(found: Migration) -> str:
    """Both wirings, the norms that came and went, the proof, and what is left to do."""
    return "".join(f"{line}\n" for line in _lines(found))


def _lines(found: Migration) -> Iterator[str]:
    before, after, made = found.before, found.after, found.rewritten
    yield f"{before.name}  {before.home}:{before.line}"
    yield from _sites("was", before)
    if not found.edited.differs:
        return
    yield from _sites("is", after)
    if made.flip is not None:
        flip = made.flip
        yield f"  default of {flip.flag}: {flip.default} (line {flip.line})"
    for what, names in (
        ("norms added", made.added),
        ("norms removed", made.removed),
        ("changed with it", made.changed),
    ):
        if names:
            yield f"  {what}: {', '.join(names)}"
    same = "without its norms, it computes what it did"
    turned = "by default, it runs the code that was there for this"
    yield f"  proved by reading: {same if made.flip is None else turned}"
    yield from _run(found.proof)
    yield from (f"  note: {note}" for note in made.notes)


def _sites(verb: str, block: BlockFacts) -> Iterator[str]:
    yield f"  {verb} {word(block.placement, block.naming)}"
    for variant in block.variants:
        if variant.when is not None:
            default = "  (default)" if variant.default else ""
            yield f"    when {variant.when}{default}"
        yield from (f"    {site_line(site, block)}" for site in variant.sites)


def _run(proof: Proof) -> Iterator[str]:
    if not proof.ran:
        yield f"  not proved by running: {proof.unproved}"
        return
    yield (
        f"  proved by running: shapes as before, {proof.kept} parameters as they were, "
        f"{len(proof.new)} new, {len(proof.gone)} gone"
    )
