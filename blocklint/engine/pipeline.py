"""The whole of blocklint on one screen: paths in, findings or facts out.

Files are discovered, and those of the part that is asked for are read. A file is read
into blocks. If asked to, blocks are run. Rules look at each block and make claims, and
at its run. A claim with a place is a finding, which a run confirms or refutes. Comments
suppress findings, and baselines know of some. The fixes of findings edit drafts, drafts
are checked again, and what came of them is saved.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from blocklint.analysis import Block
from blocklint.engine.addition import checked, with_ignores
from blocklint.engine.baseline import Baselines
from blocklint.engine.blocks import Blocks, batches
from blocklint.engine.collection import Collection
from blocklint.engine.config import Configs, Settings
from blocklint.engine.discover import Names, discover
from blocklint.engine.drafts import Drafts, drafts_of
from blocklint.engine.facts import facts_of
from blocklint.engine.faults import During
from blocklint.engine.findings import claimed, modules_of, unsuppressed
from blocklint.engine.marks import marked
from blocklint.engine.notebooks import shown_broken
from blocklint.engine.part import Part
from blocklint.engine.place import Placed, place_broken
from blocklint.engine.request import Request
from blocklint.engine.rulebook import RulesByFile, load_rules
from blocklint.engine.runs import Tracer
from blocklint.engine.save import save_file, save_or_make
from blocklint.engine.watch import Watch, unwatched
from blocklint.report import BlockFacts, Overview, Problem, Repair, Report
from blocklint.rule import Rule
from blocklint.source import Broken, Source

_ROUNDS = 20  # of fixing; what a fix uncovers is rarely more than two deep


def check(request: Request, watch: Watch = unwatched) -> Report:
    """Check every file of a request. Raises BadRequest if it cannot be done.

    `watch` is given the files one by one, for somebody who waits.
    """
    configs = Configs(request.options)
    rules = RulesByFile(load_rules(), configs)
    found = discover(request, configs)
    part = Part(request, found)
    files = part.files
    baselines = Baselines(configs, files)
    collection, tracer = Collection(found), Tracer(request.options)
    for file, blocks in batches(watch(files, len(files)), request.drafts):
        with During(f"checking {file.name}"):
            chosen, settings = rules.of(file.name), configs.of(file.name)
            source, work = file.read(), (tracer, collection)
            collection.add(source, _found_in(source, blocks, chosen, settings, work))
    kept = [
        collection.in_cells(finding)
        for file in found
        for finding in unsuppressed(
            file, collection, rules.of(file.name), rules.book.meant
        )
    ]
    problems = tuple(tracer.problems)
    ran = request.options.trace and not problems
    left, known = baselines.weigh(kept, rules, ran)
    left = [finding for finding in left if part.includes(finding)]
    lines = collection.lines(left)
    book = rules.book.rules
    return Report(tuple(left), len(files), lines, problems, book, known=known)


def fix(request: Request, unsafe: bool = False, watch: Watch = unwatched) -> Repair:
    """Check, fix and check again until nothing is left to fix; only in memory.

    `watch` is that of the first check, which is the longest.
    """
    return _revised(request, lambda report: report, unsafe, watch)


def add_ignores(request: Request, reason: str = "", watch: Watch = unwatched) -> Repair:
    """Write a comment for every finding, until none is left that can have one.

    Only in memory. Raises BadRequest for a reason that no comment can hold.
    """
    text = checked(reason)
    repair = _revised(
        request, lambda report: with_ignores(report, text), unsafe=True, watch=watch
    )
    # Letters that an encoding does not have are the reason's, and no fault of ours.
    problems = tuple(
        replace(each, fault=each.fault and text.isascii()) for each in repair.problems
    )
    return replace(repair, problems=problems)


def _revised(
    request: Request,
    proposed: Callable[[Report], Report],
    unsafe: bool,
    watch: Watch,
) -> Repair:
    report, drafts = check(request, watch), Drafts(request)
    for _ in range(_ROUNDS):
        revised = drafts.revise(proposed(report), unsafe)
        if revised is None:
            break
        report = check(revised)
    return Repair(report, drafts.edited, drafts.problems)


def save(request: Request, repair: Repair) -> Repair:
    """Write the edited files; those that could not be written are reported as found."""
    files = [file for file in repair.edited if not request.is_stdin(file.path)]
    failed = {file.path: problem for file in files if (problem := save_file(file))}
    if not failed:
        return repair
    saved = tuple(file for file in repair.edited if file.path not in failed)
    report = check(replace(request, drafts=drafts_of(saved)))
    return Repair(report, saved, (*repair.problems, *failed.values()))


def save_baselines(report: Report) -> tuple[Problem, ...]:
    """Write the baselines of a check as an update leaves them, or say why not."""
    changed = [known.file for known in report.known if known.file.differs]
    return tuple(problem for file in changed if (problem := save_or_make(file)))


def inspect(request: Request, pictured: bool = False) -> Overview:
    """Say what each block of a request does. Raises BadRequest like `check`.

    If blocks are to be `pictured`, their streams are worked out and they are checked.
    """
    configs = Configs(request.options)
    files = discover(request, configs)
    names = Names(files)
    found: list[BlockFacts] = []
    broken: list[Broken] = []
    for file, blocks in batches(files, request.drafts):
        with During(f"inspecting {file.name}"):
            naming = configs.of(file.name).naming
            match file.read():
                case Broken() as unread:
                    broken.append(unread)
                case Source() as source:
                    broken += [shown_broken(each, source) for each in source.broken]
                    for block in _blocks_of(source, blocks):
                        found.append(facts_of(block, naming, names, pictured))
    overview = Overview(tuple(found), len(files), tuple(broken))
    if not pictured:
        return overview
    return marked(overview, check(request).findings, load_rules().rules)


def _found_in(
    source: Source | Broken,
    blocks: Blocks,
    rules: Mapping[str, Rule],
    settings: Settings,
    work: tuple[Tracer, Collection],
) -> Iterator[Placed]:
    """What the rules claim about one file."""
    tracer, collection = work
    if isinstance(source, Broken):
        if rule := rules.get("syntax-error"):
            yield Placed(place_broken(source, rule))
        return
    if rule := rules.get("syntax-error"):
        yield from (Placed(place_broken(each, rule)) for each in source.broken)
    modules = modules_of(source, blocks)
    runs = tracer.runs(source, modules, settings.tracing)
    for block in modules:
        ran = runs.get(block.name, ())
        yield from claimed(block, rules, settings.policy, ran, collection)


def _blocks_of(source: Source, blocks: Blocks) -> Iterator[Block]:
    """The classes of a file that join a sub-layer to a stream."""
    for block in modules_of(source, blocks):
        with During(f"inspecting class {block.name}"):
            if block.is_block:
                yield block
