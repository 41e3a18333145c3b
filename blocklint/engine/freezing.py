"""Writes down what the blocks of files are, so that later drift is a finding."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import field, replace
from pathlib import Path

from blocklint.analysis import Block, Placement, Variant
from blocklint.analysis.contract import unmet_as_read
from blocklint.analysis.expectation import Expectation, ExpectedSite
from blocklint.analysis.expected_shapes import axes_of
from blocklint.analysis.expected_sites import modifiers_of
from blocklint.engine.blocks import batches
from blocklint.engine.config import Configs
from blocklint.engine.discover import File, discover
from blocklint.engine.expect_keys import frozen, of_target
from blocklint.engine.faults import During
from blocklint.engine.frozen import Frozen, Target, data_of, read_frozen, written
from blocklint.engine.notebooks import shown_broken
from blocklint.engine.request import BadRequest, Request
from blocklint.engine.values import Wrong
from blocklint.engine.work import blocks_of
from blocklint.frozen import dataclass
from blocklint.report import Edited, Freezing
from blocklint.text import Broken

Entry = tuple[Target, Expectation]


def freeze(request: Request) -> Freezing:
    """Work out the file of expectations of some files as they are now; write nothing.

    What the file says of others stays, and of wirings that cannot be followed any more.
    Raises BadRequest if no file is named, or several are.
    """
    configs = Configs(request.options)
    files = discover(request, configs)
    before = read_frozen(_file(configs, files), may_be_missing=True)
    taken = _Taken(os.path.realpath(before.path.parent))
    for file, blocks in batches(files, request.drafts):
        with During(f"inspecting {file.name}"):
            source = file.read()
            if isinstance(source, Broken):
                taken.broken.append(source)
                continue
            taken.broken += [shown_broken(each, source) for each in source.broken]
            taken.file(file, blocks_of(source, blocks))
    return taken.over(before)


def _file(configs: Configs, files: Iterable[File]) -> Path:
    """The one file that all of the files have their expectations in."""
    found = {configs.of(file.name).expected.file for file in files}
    if not found - {None} and configs.options.expectations is None:
        raise BadRequest(
            "`--write-expectations` needs `--expectations FILE`, or the key "
            "`expectations` in [tool.blocklint]"
        )
    first, *others = {configs.options.expectations, *found} - {None}
    if others or first is None:
        raise BadRequest("these files have several files of expectations; name one")
    here = Path.cwd()
    return first.relative_to(here) if first.is_relative_to(here) else first


@dataclass(eq=False)
class _Taken:
    """What blocks are, as far as it is known; paths are seen from `folder`.

    `whole` are the files that were read, `unsure` the wirings that were not followed.
    """

    folder: str
    entries: dict[tuple[Target, str | None], Expectation] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    unsure: set[tuple[Target, str | None]] = field(default_factory=set)
    broken: list[Broken] = field(default_factory=list)

    def file(self, file: File, blocks: Iterable[Block]) -> None:
        """Take the blocks of a file, but for a class that is there twice."""
        where = os.path.relpath(os.path.realpath(file.name), self.folder)
        where = Path(where).as_posix()
        self.whole.add(where)
        by_name: dict[str, list[Block]] = {}
        for block in blocks:
            by_name.setdefault(block.name, []).append(block)
        for name, same in by_name.items():
            target = where, name
            said = list(_said(target, same[0])) if len(same) == 1 else []
            self.entries |= {(target, each.when): each for each in said}
            whens = {_when(v, block) for block in same for v in block.variants}
            self.unsure |= {(target, when) for when in whens - {e.when for e in said}}

    def over(self, before: Frozen) -> Freezing:
        """What becomes of the file as it was."""
        kept = {
            (target, said.when): said
            for target, said in before.entries
            if self._stays(target, said.when, before)
        }
        every = {**kept, **self.entries}
        entries = [(target, said) for (target, _), said in every.items()]
        file = Edited(before.path.as_posix(), before.data, written(entries))
        blocks = len({target for target, _ in every})
        known = len(self.unsure & kept.keys())
        unknown = len(self.unsure) - known
        return Freezing(file, len(every), blocks, unknown, known, tuple(self.broken))

    def _stays(self, target: Target, when: str | None, before: Frozen) -> bool:
        where, _ = target
        if where in self.whole:
            return (target, when) in self.unsure
        return os.path.lexists(before.path.parent / where)


def _said(target: Target, block: Block) -> Iterator[Expectation]:
    """What a file says of the wirings of a block; it must hold where it is read again.

    A shape that would not is left out, and so is a wiring.
    """
    known = [v for v in block.variants if v.sites and not _is_unsure(v)]
    for shaped in (True, False):
        said = [_wiring(each, block, shaped) for each in known]
        if _holds(target, block, said):
            yield from said
            return


def _holds(target: Target, block: Block, said: list[Expectation]) -> bool:
    try:
        read = [frozen(of_target(data_of(target, each))[1]) for each in said]
    except Wrong:
        return False
    return not unmet_as_read(block, read)


def _wiring(variant: Variant, block: Block, shaped: bool) -> Expectation:
    sites = tuple(
        ExpectedSite(site.role, site.placement, modifiers_of(site))
        for site in variant.sites
    )
    found = Expectation(_when(variant, block), sites=sites)
    axes = axes_of(variant) if shaped else None
    return replace(found, taken=axes[0], returned=axes[1]) if axes else found


def _when(variant: Variant, block: Block) -> str | None:
    """The condition that tells a wiring; the default one needs none."""
    return None if variant is block.default else variant.when


def _is_unsure(variant: Variant) -> bool:
    return any(site.placement is Placement.UNKNOWN for site in variant.sites)
