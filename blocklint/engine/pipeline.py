"""The whole of blocklint on one screen: paths in, findings or facts out.

Files are discovered, and those of the part that is asked for are read. A file is read
into blocks. If asked to, blocks are run. Rules look at each block and make claims, and
at its run. A claim with a place is a finding, which a run confirms or refutes. Comments
suppress findings, and baselines know of some. The fixes of findings edit drafts, drafts
are checked again, and what came of them is saved.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from blocklint.engine.answers import Answer
from blocklint.engine.baseline import Baselines
from blocklint.engine.collection import Collection
from blocklint.engine.config import Configs
from blocklint.engine.crew import answers
from blocklint.engine.discover import File, Names, discover
from blocklint.engine.faults import During
from blocklint.engine.findings import unsuppressed
from blocklint.engine.lost import missing_files
from blocklint.engine.part import Part, part_of
from blocklint.engine.request import Request
from blocklint.engine.rulebook import RulesByFile, load_rules
from blocklint.engine.watch import Watch, unwatched
from blocklint.frontends.static.files import Disk
from blocklint.frontends.static.importers import Importers
from blocklint.frozen import dataclass
from blocklint.report import BlockFacts, Freezing, Overview, Problem, Repair, Report
from blocklint.text import Broken

_ROUNDS = 20  # of fixing; what a fix uncovers is rarely more than two deep


@dataclass(frozen=True)
class _Task:
    """What one check is to do: the files that are meant, and those of them to read."""

    request: Request
    rules: RulesByFile
    found: Sequence[File]
    part: Part
    baselines: Baselines
    watch: Watch


def check(request: Request, watch: Watch = unwatched) -> Report:
    """Check every file of a request. Raises BadRequest if it cannot be done.

    `watch` is given the files one by one, for somebody who waits.
    """
    configs = Configs(request.options)
    rules = RulesByFile(load_rules(), configs)
    found = discover(request, configs)
    part = part_of(request, found)
    baselines = Baselines(configs, part.files)
    task = _Task(request, rules, found, part, baselines, watch)
    return _traced(task) if request.options.trace else _read(task)


def fix(request: Request, unsafe: bool = False, watch: Watch = unwatched) -> Repair:
    """Check, fix and check again until nothing is left to fix; only in memory.

    `watch` is that of the first check, which is the longest.
    """
    return _revised(request, lambda report: report, unsafe, watch)


def add_ignores(request: Request, reason: str = "", watch: Watch = unwatched) -> Repair:
    """Write a comment for every finding, until none is left that can have one.

    Only in memory. Raises BadRequest for a reason that no comment can hold.
    """
    from blocklint.engine.addition import checked, with_ignores

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
    from blocklint.engine.drafts import Drafts

    report, drafts = check(request, watch), Drafts(request)
    for _ in range(_ROUNDS):
        revised = drafts.revise(proposed(report), unsafe)
        if revised is None:
            break
        report = check(revised)
    return Repair(report, drafts.edited, drafts.problems)


def save(request: Request, repair: Repair) -> Repair:
    """Write the edited files; those that could not be written are reported as found."""
    from blocklint.engine.drafts import drafts_of
    from blocklint.engine.saving import save_file

    files = [file for file in repair.edited if not request.is_stdin(file.path)]
    failed = {file.path: problem for file in files if (problem := save_file(file))}
    if not failed:
        return repair
    saved = tuple(file for file in repair.edited if file.path not in failed)
    report = check(replace(request, drafts=drafts_of(saved)))
    return Repair(report, saved, (*repair.problems, *failed.values()))


def save_baselines(report: Report) -> tuple[Problem, ...]:
    """Write the baselines of a check as an update leaves them, or say why not."""
    from blocklint.engine.saving import save_or_make

    changed = [known.file for known in report.known if known.file.differs]
    return tuple(problem for file in changed if (problem := save_or_make(file)))


def save_expectations(freezing: Freezing) -> Problem | None:
    """Write a file of expectations as it is worked out, or say why not."""
    from blocklint.engine.saving import save_or_make

    return save_or_make(freezing.file) if freezing.file.differs else None


def inspect(request: Request, pictured: bool = False) -> Overview:
    """Say what each block of a request does. Raises BadRequest like `check`.

    If blocks are to be `pictured`, their streams are worked out and they are checked.
    """
    from blocklint.engine.blocks import batches
    from blocklint.engine.facts import facts_of
    from blocklint.engine.marks import marked
    from blocklint.engine.notebooks import shown_broken
    from blocklint.engine.work import blocks_of

    configs = Configs(request.options)
    files = discover(request, configs)
    names = Names(files)
    found: list[BlockFacts] = []
    broken: list[Broken] = []
    for file, blocks in batches(files, request.drafts):
        with During(f"inspecting {file.name}"):
            naming = configs.of(file.name).naming
            source = file.read()
            if isinstance(source, Broken):
                broken.append(source)
                continue
            broken += [shown_broken(each, source) for each in source.broken]
            for block in blocks_of(source, blocks):
                found.append(facts_of(block, naming, names, pictured))
    overview = Overview(tuple(found), len(files), tuple(broken))
    if not pictured:
        return overview
    return marked(overview, check(request).findings, load_rules().rules)


def _read(task: _Task) -> Report:
    """Check files by their code, with what an earlier check has left, if anything."""
    request, rules, files = task.request, task.rules, task.part.files
    # Text that is not on the disk is not looked up in what was kept of it.
    is_kept = not request.drafts and request.stdin is None
    if not (request.options.caching and is_kept and files):
        return _anew(task)
    from blocklint.engine.cache.use import opened, remembered

    store, problem = opened(request, rules.configs, files)
    if store is None:
        return replace(_anew(task), uncached=problem)
    by_name = remembered(store, files, rules, partial(_asked, task))
    collection = Collection(task.found, comments=store.comments)
    report = _report(task, collection, [by_name[file.name] for file in files])
    store.commit()
    return replace(report, uncached=store.problem)


def _anew(task: _Task) -> Report:
    """Check files by their code, whatever an earlier check has left."""
    files, importers = task.part.files, Importers(Disk(task.request.drafts))
    answered = {answer.name: answer for answer in _asked(task, files, importers)}
    ordered = [answered[file.name] for file in files]
    return _report(task, Collection(task.found), ordered)


def _asked(
    task: _Task, files: Sequence[File], importers: Importers
) -> Iterable[Answer]:
    found = answers(files, task.request, task.rules, importers)
    return task.watch(found, len(files)) if files else ()


def _traced(task: _Task) -> Report:
    """Check files and run their blocks, one after the other."""
    from blocklint.engine.blocks import batches
    from blocklint.engine.runs import Tracer
    from blocklint.engine.work import answer_of

    files, rules = task.part.files, task.rules
    collection, tracer = Collection(task.found), Tracer(task.request.options)
    for file, blocks in batches(task.watch(files, len(files)), task.request.drafts):
        runs_of = partial(tracer.runs, tracing=rules.configs.of(file.name).tracing)
        collection.add(answer_of(file, blocks, rules.chosen, runs_of, collection.has))
    problems = tuple(tracer.problems)
    report = _report(task, collection, (), ran=not problems)
    return replace(report, untraced=problems)


def _report(
    task: _Task, collection: Collection, answered: Iterable[Answer], ran: bool = False
) -> Report:
    """What comments, config and baselines leave of what was found; `ran` if run."""
    rules, book = task.rules, task.rules.book
    for answer in answered:
        collection.add(answer)
    kept = [
        collection.in_cells(finding)
        for file in task.found
        for finding in unsuppressed(file, collection, rules.of(file.name), book.meant)
    ]
    apart = [
        *collection.apart,
        *map(collection.shown, missing_files(task.request, task.found, rules)),
    ]
    left, known = task.baselines.weigh([*kept, *apart], rules, ran)
    left = [each for each in left if each in apart or task.part.includes(each)]
    return Report(
        tuple(left),
        len(task.part.files),
        collection.lines(left),
        rules=book.rules,
        known=known,
        undecided=collection.undecided,
    )
