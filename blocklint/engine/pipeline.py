"""The whole of blocklint on one screen: paths in, findings or facts out.

Files are discovered and read. A file is read into blocks. Rules look at each block and
make claims. A claim with a place is a finding. Comments suppress findings. The fixes of
findings edit drafts, drafts are checked again, and what came of them is saved.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from blocklint.analysis import Block
from blocklint.engine.blocks import Blocks, batches
from blocklint.engine.collection import Collection
from blocklint.engine.comments import suppressions_in
from blocklint.engine.config import Configs
from blocklint.engine.discover import File, Names, discover
from blocklint.engine.drafts import Drafts, drafts_of
from blocklint.engine.facts import facts_of
from blocklint.engine.faults import During
from blocklint.engine.place import Placed, place, place_broken, place_text
from blocklint.engine.removal import removal
from blocklint.engine.request import Request
from blocklint.engine.rulebook import RulesByFile, load_rules
from blocklint.engine.save import save_file
from blocklint.engine.suppress import suppress
from blocklint.report import BlockFacts, Overview, Repair, Report
from blocklint.rule import Finding, Policy, Rule
from blocklint.source import Broken, Source

_ROUNDS = 20  # of fixing; what a fix uncovers is rarely more than two deep


def check(request: Request) -> Report:
    """Check every file of a request. Raises BadRequest if it cannot be done."""
    configs = Configs(request.options)
    rules = RulesByFile(load_rules(), configs)
    files = discover(request, configs)
    collection = Collection(files)
    for file, blocks in batches(files, request.drafts):
        with During(f"checking {file.name}"):
            chosen, policy = rules.of(file.name), configs.of(file.name).policy
            source = file.read()
            collection.add(source, _found_in(source, blocks, chosen, policy))
    kept = [f for file in files for f in _unsuppressed(file, collection, rules)]
    return Report(tuple(kept), len(files), collection.lines(kept))


def fix(request: Request, unsafe: bool = False) -> Repair:
    """Check, fix and check again until nothing is left to fix; only in memory."""
    report, drafts = check(request), Drafts(request)
    for _ in range(_ROUNDS):
        revised = drafts.revise(report, unsafe)
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


def inspect(request: Request) -> Overview:
    """Say what each block of a request does. Raises BadRequest like `check`."""
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
                    for block in _blocks_of(source, blocks):
                        found.append(facts_of(block, naming, names))
    return Overview(tuple(found), len(files), tuple(broken))


def _found_in(
    source: Source | Broken, blocks: Blocks, rules: Mapping[str, Rule], policy: Policy
) -> Iterator[Placed]:
    """What the rules claim about one file."""
    if isinstance(source, Broken):
        if rule := rules.get("syntax-error"):
            yield Placed(place_broken(source, rule))
    elif _may_hold_blocks(source):
        for block in blocks.of(source):
            for rule in rules.values():
                with During(f"checking class {block.name} with {rule.name}"):
                    for claim in rule.check(block, policy):
                        yield place(claim, rule, block)


def _blocks_of(source: Source, blocks: Blocks) -> Iterator[Block]:
    """The classes of a file that join a sub-layer to a stream."""
    if _may_hold_blocks(source):
        for block in blocks.of(source):
            with During(f"inspecting class {block.name}"):
                if block.is_block:
                    yield block


def _may_hold_blocks(source: Source) -> bool:
    """Whether a closer look can find anything: most files say nothing of a forward."""
    return "forward" in source.text


def _unsuppressed(
    file: File, collection: Collection, rules: RulesByFile
) -> list[Finding]:
    """The findings of a file once its config and its comments had their say."""
    active = rules.of(file.name)
    source, found = collection.of(file)
    found = [finding for finding in found if finding.rule in active]
    if source is None:
        return found
    comments = suppressions_in(source)
    if comments.skip_file:
        return []
    kept, unused = suppress(found, comments.suppressions, rules.book.meant, active)
    if rule := active.get("unused-suppression"):
        for idle in unused:
            fix = removal(source, idle)
            kept.append(
                place_text(file.name, idle.comment.span, rule, idle.reason, fix)
            )
    return sorted(kept, key=lambda finding: finding.span)
