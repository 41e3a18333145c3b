"""A target and a placement in, a rewritten file and its proof out."""

import io
import tokenize
from dataclasses import replace

from blocklint.analysis import Block, Placement
from blocklint.engine.blocks import Blocks, batches
from blocklint.engine.config import Configs
from blocklint.engine.discover import Names
from blocklint.engine.facts import facts_of
from blocklint.engine.faults import During
from blocklint.engine.proving import Disproved, proof_of
from blocklint.engine.request import BadRequest, Request, nearest
from blocklint.engine.rulebook import load_rules
from blocklint.engine.saving import save_file
from blocklint.engine.targets import Wanted, asked_of, wanted
from blocklint.engine.tracing import Asked
from blocklint.engine.work import modules_of
from blocklint.migration import Refusal, rewrite
from blocklint.migration.report import Migration, Proof
from blocklint.report import Edited
from blocklint.rule import Policy
from blocklint.source import Broken, Source, decode

_OF_WIRING = frozenset(
    [
        "aliased-inplace-residual",
        "double-residual",
        "self-addition",
        "stale-residual",
    ]
)


def migrate(request: Request, to: Placement, run: bool = True) -> Migration:
    """Rewrite the block that a request names; only in memory.

    Raises BadRequest for a target that names no block, and for a block that cannot be
    rewritten for certain. `run` says that old and new may be run.
    """
    configs = Configs(request.options)
    target = _target(request, configs)
    name = target.file.name
    data, source = _read(target)
    with During(f"migrating {target.label}"):
        ((_, blocks),) = batches([source], {})
        block = _meant(target, source, blocks)
        made = rewrite(source, block.name, to)
        if isinstance(made, Refusal):
            raise BadRequest(f"{name}:{made.line}: not migrated: {made.reason}")
        after = _encoded(made.text, data, name)
        new = decode(after, name)
        assert isinstance(new, Source)
        ((_, others),) = batches([new], {})
        block_now = _meant(target, new, others)
        _require_nothing_new(block, block_now)
        naming, names = configs.of(name).naming, Names([target.file])
        found = Migration(
            to,
            facts_of(block, naming, names),
            facts_of(block_now, naming, names),
            made,
            Edited(name, data, after),
            Proof(False, "that was not asked for"),
        )
        return _proved(found, block, target, configs) if run else found


def _require_nothing_new(block: Block, new: Block) -> None:
    """Refuse a text whose wiring is wrong where that of the old one was not.

    A norm makes a new tensor: without it, what changes a value in place may change the
    stream as well.
    """
    for rule in load_rules().rules:
        if rule.name in _OF_WIRING:
            claims = list(rule.check(new, Policy(), None))
            if len(claims) > len(list(rule.check(block, Policy(), None))):
                where = f"{block.source.path}:{block.place.span.line}"
                raise BadRequest(
                    f"{where}: not migrated: rewritten, it would have {rule.name}: "
                    f"{claims[0].message}"
                )


def save(found: Migration) -> None:
    """Write the file of a migration; raises BadRequest if that cannot be done."""
    problem = save_file(found.edited) if found.edited.differs else None
    if problem is not None:
        raise BadRequest(f"{problem.path}: {problem.message}")


def _target(request: Request, configs: Configs) -> Wanted:
    found = list(wanted(request, configs))
    named = [each for each in found if each.name is not None]
    if len(request.paths) == 1 and named:
        return named[0]
    (path,) = request.paths or ("",)
    raise BadRequest(f"`{path}`: name the class to be migrated, {path}:CLASS")


def _read(target: Wanted) -> tuple[bytes, Source]:
    name = target.file.name
    try:
        with open(name, "rb") as file:
            data = file.read()
    except OSError as error:
        raise BadRequest(f"{name}: cannot be read: {error.strerror}") from error
    match decode(data, name):
        case Broken(message=message, line=line):
            raise BadRequest(f"{name}:{line}: cannot be read: {message}")
        case source:
            return data, source


def _encoded(text: str, before: bytes, name: str) -> bytes:
    """The bytes of a text, encoded as the file was."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(before).readline)
    try:
        return text.encode(encoding)
    except UnicodeEncodeError as error:
        raise BadRequest(f"{name}: is not plain {encoding}") from error


def _meant(target: Wanted, source: Source, blocks: Blocks) -> Block:
    modules = modules_of(source, blocks)
    found = [block for block in modules if block.name == target.name]
    if not found:
        hint = nearest(target.name or "", [block.name for block in modules])
        raise BadRequest(
            f"`{target.label}`: {source.path} has no module class `{target.name}`{hint}"
        )
    return found[-1]


def _proved(
    found: Migration, block: Block, target: Wanted, configs: Configs
) -> Migration:
    """The same with what a run shows; raises BadRequest where it shows otherwise."""
    if not found.edited.differs:
        return replace(found, proof=Proof(False, "nothing has changed"))
    asked = _asked(block, target, configs)
    tracing = target.tracing or configs.of(target.file.name).tracing
    after, made = found.edited.after, found.rewritten
    try:
        proof = proof_of(asked, after, made, found.to, tracing)
    except Disproved as error:
        where = f"{target.file.name}:{found.before.line}"
        raise BadRequest(f"{where}: not migrated: {error}") from error
    return replace(found, proof=proof)


def _asked(block: Block, target: Wanted, configs: Configs) -> Asked:
    if target.target is not None:
        return Asked(block, target.target)
    return next(asked_of(block, configs.of(target.file.name).tracing, {}))
