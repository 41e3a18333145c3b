"""Files are read into blocks, and rules look at each: the part that takes time."""

import gc
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module

from blocklint.analysis import Block
from blocklint.analysis.run import Run
from blocklint.engine.answers import (
    NOTHING,
    Answer,
    broken_answer,
    broken_found,
    digest_of,
)
from blocklint.engine.blocks import Blocks
from blocklint.engine.comments import speaks_to_us, suppressions_in
from blocklint.engine.confirm import verdict_of
from blocklint.engine.contracts import Contracts, contracts_of
from blocklint.engine.discover import File
from blocklint.engine.expectations import Told
from blocklint.engine.faults import During
from blocklint.engine.lost import RULE
from blocklint.engine.place import place
from blocklint.engine.room import with_room
from blocklint.engine.rulebook import Chosen
from blocklint.frontends.static.importers import Importers
from blocklint.frontends.static.project import Project
from blocklint.frozen import dataclass
from blocklint.rule import Finding, Policy, RelatedSpan, Rule, Verdict
from blocklint.source import Broken, Source

RunsOf = Callable[[Source, list[Block], Told], Mapping[str, Sequence[Run]]]


_READ = (None,)
MOST = 1_100_000  # letters of model code whose syntax trees are held at once


@dataclass(eq=False)
class Workbench:
    """Where files are looked at: what those before have led to is still at hand.

    That takes about 120 bytes of memory for each letter, so now and then it is cleared,
    unless its process ends soon. What is found is the same whatever was looked at
    before. What that depends on is said if it is `cached`.
    """

    chosen: Chosen
    importers: Importers
    cached: bool
    is_cleared: bool = True
    letters: int = 0  # looked at since it was cleared
    _blocks: Blocks | None = None

    def answered(self, files: Iterable[File], letters: int) -> list[Answer]:
        """What is found by way of each file; `letters` is how long all are."""
        blocks = self._cleared()
        self.letters += letters
        told = partial(answer_of, grounded=self.cached)
        return with_room(lambda: [told(file, blocks, self.chosen) for file in files])

    def share(self, file: File) -> None:
        """Make ready for the processes that begin with this: what is here stays.

        Sooner or later each of them asks who imports the files around a file, and finds
        something whose exact place only LibCST can tell.
        """
        import_module("blocklint.whole")
        self._cleared().project.index(file.name)

    def _cleared(self) -> Blocks:
        if self._blocks is None or (self.is_cleared and self.letters > MOST):
            if self._blocks is not None:
                self._blocks, self.letters = None, 0
                gc.collect()
            project = Project(importers=self.importers, files=self.importers.files)
            self._blocks = Blocks(project)
        return self._blocks


def answer_of(
    file: File,
    blocks: Blocks,
    chosen: Chosen,
    runs_of: RunsOf = lambda source, modules, told: {},
    asked_for: Callable[[str], bool] = lambda path: True,
    grounded: bool = False,
) -> Answer:
    """What the rules, and the runs if there are any, say of one file.

    It is `grounded` if it says what it depends on.
    """
    rules, policy = chosen(file.name)
    with During(f"checking {file.name}"):
        source = file.read()
        if isinstance(source, Broken):
            return broken_answer(source, rules)
        contracts = contracts_of(source, policy.expected)
        modules = modules_of(source, blocks, bool(contracts.told))
        policy = replace(policy, expected=contracts.told)
        runs = runs_of(source, modules, contracts.told)
        broken = broken_found(source.broken, rules)
        rule = rules.get(RULE)
        found = list(contracts.findings(source, modules, rule)) if rule else []
        found += [
            finding
            for block in modules
            for finding in found_in(
                block, rules, policy, runs.get(block.name, ()), asked_for
            )
        ]
        return Answer(
            file.name,
            digest_of(source.text),
            (*broken, *dict.fromkeys(found)),
            speaks_to_us(source.text),
            blocks.project.ground(source) if grounded else NOTHING,
            _apart(contracts, source, modules, rule) if rule else (),
            contracts.undecided(source, modules, runs) if rule else 0,
        )


def _apart(
    contracts: Contracts, source: Source, modules: list[Block], rule: Rule
) -> tuple[Finding, ...]:
    """The findings beside a file, unless it asks to be skipped."""
    found = tuple(contracts.apart(source, modules, rule))
    return () if found and suppressions_in(source).skip_file else found


def modules_of(source: Source, blocks: Blocks, told: bool = False) -> list[Block]:
    """The module classes of a file: most files say nothing of a forward.

    Classes of which something is `told` may have one from another file.
    """
    if "forward" not in source.text and not told:
        return []
    if source.cells is None:
        return list(blocks.of(source))
    from blocklint.engine.editions import of_cells  # noqa: PLC0415

    return list(of_cells(source, blocks))


def blocks_of(source: Source, blocks: Blocks) -> Iterator[Block]:
    """The classes of a file that join a sub-layer to a stream."""
    for block in modules_of(source, blocks):
        with During(f"inspecting class {block.name}"):
            if block.is_block:
                yield block


def found_in(
    block: Block,
    rules: Mapping[str, Rule],
    policy: Policy,
    runs: Sequence[Run],
    asked_for: Callable[[str], bool],
) -> Iterator[Finding]:
    """What the rules claim about a block, and what its runs say of that.

    `asked_for` tells whether a file is one of those to be checked.
    """
    what = f"checking class {block.name}"
    with During(what) as during:
        for rule in rules.values():
            if rule.needs_run and not runs:
                continue
            during.what = f"{what} with {rule.name}"
            for run in _looked_at(rule, runs):
                for claim in rule.check(block, policy, run):
                    finding = place(claim, rule, block)
                    if run is not None and not asked_for(finding.path):
                        finding = _brought_home(finding, block)
                    verdict = Verdict.CONFIRMED
                    if run is None:
                        verdict = verdict_of(finding, rule, block, policy, runs)
                    yield _absolute(replace(finding, verdict=verdict))


def _looked_at(rule: Rule, runs: Sequence[Run]) -> Sequence[Run | None]:
    """What a rule is asked about one after the other: None is the code alone."""
    read = () if rule.needs_run else _READ
    return (*read, *runs) if runs and rule.sees_runs else read


def _brought_home(finding: Finding, block: Block) -> Finding:
    """A run may end in a file that nobody asked about: then its block is at fault."""
    home = block.place
    far = RelatedSpan(finding.path, finding.span, "it happens here")
    related = (far, *finding.related)
    return replace(finding, path=home.path, span=home.span, related=related)


def _absolute(finding: Finding) -> Finding:
    """A finding whose paths mean the same wherever it is looked at."""
    related = tuple(
        replace(other, path=os.path.abspath(other.path)) for other in finding.related
    )
    fix = finding.fix and replace(finding.fix, path=os.path.abspath(finding.fix.path))
    return replace(
        finding, path=os.path.abspath(finding.path), related=related, fix=fix
    )
