"""Targets in, blocks that were run out: what `trace` does.

Targets become files and classes, classes are read, then run. What the rules find in a
block, by its code and by its run, stands beside what the run showed.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace

from blocklint.analysis import Block
from blocklint.analysis.run import Run
from blocklint.engine import tracing as tracer
from blocklint.engine.answers import Answer, digest_of
from blocklint.engine.blocks import Blocks, batches
from blocklint.engine.collection import Collection
from blocklint.engine.config import Configs, Settings
from blocklint.engine.contracts import contracts_of
from blocklint.engine.discover import File, Names
from blocklint.engine.facts import site_facts
from blocklint.engine.faults import During
from blocklint.engine.findings import unsuppressed
from blocklint.engine.request import BadRequest, Request, nearest
from blocklint.engine.rulebook import RulesByFile, load_rules
from blocklint.engine.targets import Wanted, asked_of, wanted
from blocklint.engine.trace_settings import Tracing
from blocklint.engine.tracing import Asked
from blocklint.engine.watch import Watch, unwatched
from blocklint.engine.work import found_in, modules_of
from blocklint.frozen import dataclass
from blocklint.report import Traced, TraceReport
from blocklint.rule import Finding, Policy
from blocklint.source import Broken, Source


@dataclass(frozen=True, eq=False)
class Group:
    """What is to be run of one file, under the names that reports show."""

    file: File
    source: Source
    asked: tuple[Asked, ...]
    labels: tuple[str, ...]
    tracing: Tracing
    policy: Policy


def trace(request: Request, watch: Watch = unwatched) -> TraceReport:
    """Run the targets of a request, which stand in the place of its paths.

    `watch` is given the targets one by one. Raises BadRequest for a target that is
    not there, for a wrong config, and NoTorch for an interpreter that cannot run one.
    """
    configs = Configs(request.options)
    rules = RulesByFile(load_rules(), configs)
    groups, broken = gathered(request, configs, rules)
    files = [group.file for group in groups]
    total = sum(len(group.asked) for group in groups)
    found = [
        _traced(group, number, run, files, rules, configs.of(group.file.name))
        for group, number, run in watch(_runs(groups, request), total)
    ]
    return TraceReport(tuple(found), len(groups) + len(broken), broken)


def gathered(
    request: Request, configs: Configs, rules: RulesByFile
) -> tuple[tuple[Group, ...], tuple[Broken, ...]]:
    """What is to be run, file by file, and the files that cannot be read.

    Raises BadRequest for a target that is not there and for a wrong config.
    """
    groups: list[Group] = []
    broken: list[Broken] = []
    for each, blocks in batches(_by_file(wanted(request, configs)), {}):
        name = each[0].file.name
        settings, policy = configs.of(name), rules.chosen(name)[1]
        with During(f"reading {each[0].file.name}"):
            match each[0].file.read():
                case Source() as source:
                    contracts = contracts_of(source, policy.expected)
                    policy = replace(policy, expected=contracts.told)
                    groups.append(_group(each, source, blocks, settings, policy))
                case Broken() as unread:
                    broken.append(unread)
    return tuple(groups), tuple(broken)


def _by_file(every: Iterator[Wanted]) -> list[list[Wanted]]:
    """What is wanted of each file, in order of the first mention."""
    found: dict[str, list[Wanted]] = {}
    for each in every:
        same = found.setdefault(os.path.realpath(each.file.name), [])
        if each not in same:
            same.append(each)
    return list(found.values())


def _group(
    every: Sequence[Wanted],
    source: Source,
    blocks: Blocks,
    settings: Settings,
    policy: Policy,
) -> Group:
    file = every[0].file
    asked: list[Asked] = []
    labels: list[str] = []
    modules = modules_of(source, blocks, bool(policy.expected))
    for each in every:
        for block in _meant(each, modules, policy):
            if each.target is not None:
                told = policy.expected.get(block.name, ())
                ways = [Asked(block, each.target, told)]
            else:
                ways = list(asked_of(block, settings.tracing, policy.expected))
            asked += ways
            label = each.label if each.name else f"{file.name}:{block.name}"
            labels += [label] * len(ways)
    tracing = next((w.tracing for w in every if w.tracing), settings.tracing)
    return Group(file, source, tuple(asked), tuple(labels), tracing, policy)


def _meant(each: Wanted, modules: Sequence[Block], policy: Policy) -> list[Block]:
    """The classes that are meant; without a name, what is or should be a block."""
    if each.name is None:
        return [b for b in modules if b.is_block or b.name in policy.expected]
    found = [block for block in modules if block.name == each.name]
    if not found:
        hint = nearest(each.name, [block.name for block in modules])
        raise BadRequest(
            f"`{each.label}`: {each.file.name} has no module class `{each.name}`{hint}"
        )
    return found[-1:]


def _runs(
    groups: Sequence[Group], request: Request
) -> Iterator[tuple[Group, int, Run]]:
    """The runs of all targets, one file after the other."""
    for group in groups:
        with During(f"running {group.file.name}"):
            runs = tracer.runs_of(group.asked, group.tracing, request.options.probe)
            for number, run in enumerate(runs):
                yield group, number, run


def _traced(
    group: Group,
    number: int,
    run: Run,
    files: Sequence[File],
    rules: RulesByFile,
    settings: Settings,
) -> Traced:
    block, names = group.asked[number].block, Names(files)
    sites = run.wiring.sites if run.wiring else ()
    end = run.problem.place if run.problem else None
    return Traced(
        target=group.labels[number],
        path=group.file.name,
        name=block.name,
        line=block.place.span.line,
        run=run,
        sites=tuple(site_facts(site, block, names) for site in sites),
        findings=tuple(_findings(block, run, group, files, rules)),
        naming=settings.naming,
        ended=names.shown(end.path) if end else None,
    )


def _findings(
    block: Block,
    run: Run,
    group: Group,
    files: Sequence[File],
    rules: RulesByFile,
) -> Iterator[Finding]:
    """What is found in one block; of comments those that are idle may be needed."""
    collection = Collection(files)
    active = rules.of(block.source.path)
    found = found_in(block, active, group.policy, [run], collection.has)
    digest = digest_of(group.source.text)
    collection.add(Answer(group.source.path, digest, tuple(found)))
    speaking = {n: rule for n, rule in active.items() if n != "unused-suppression"}
    for file in files:
        yield from unsuppressed(file, collection, speaking, rules.book.meant)
