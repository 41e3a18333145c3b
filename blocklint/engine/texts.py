"""Checks a text that is at hand: no file is read, no config, no folder is looked at.

What comes of it depends on the arguments alone, so it may run anywhere and many times
at once, and its results are plain data that can be sent on.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

from blocklint.analysis import Block
from blocklint.engine.answers import Answer, broken_answer, digest_of
from blocklint.engine.blocks import Blocks
from blocklint.engine.collection import Collection
from blocklint.engine.comments import speaks_to_us
from blocklint.engine.config import Settings
from blocklint.engine.config_table import mentions_in
from blocklint.engine.contracts import contracts_of
from blocklint.engine.discover import File, Names
from blocklint.engine.facts import facts_of
from blocklint.engine.findings import unsuppressed
from blocklint.engine.keys import parse
from blocklint.engine.lost import RULE
from blocklint.engine.request import BadRequest, Selection
from blocklint.engine.rulebook import Rulebook, load_rules
from blocklint.engine.work import found_in, modules_of
from blocklint.frontends.static.files import Texts
from blocklint.frontends.static.importers import Importers
from blocklint.frontends.static.project import Project
from blocklint.report import BlockFacts
from blocklint.rule import Finding, Policy, Rule, Severity
from blocklint.source import Broken, Source, source_of

_ORIGIN = "the options"


def check_text(
    text: str, path: str, files: Mapping[str, str], options: Mapping[str, object]
) -> tuple[Finding, ...]:
    """The findings in a text, by place, under options named as in a config.

    Raises BadRequest for an option that is wrong, or a rule that there is not.
    """
    settings = _settings(options)
    rules = _rules(settings)
    file, source = File(path), source_of(text, path)
    collection = Collection([file], _names(path, files))
    collection.hold(source)
    if isinstance(source, Broken):
        collection.add(broken_answer(source, rules))
    else:
        found = _found_in(source, rules, settings.policy, files)
        judged, digest = speaks_to_us(source.text), digest_of(source.text)
        collection.add(Answer(path, digest, tuple(found), judged))
    return tuple(unsuppressed(file, collection, rules, _book().meant))


def inspect_text(
    text: str, path: str, files: Mapping[str, str]
) -> tuple[BlockFacts, ...]:
    """What each block of a text does, in order; nothing for a text that is broken."""
    source = source_of(text, path)
    if isinstance(source, Broken):
        return ()
    names = _names(path, files)
    blocks = [block for block in _modules(source, files) if block.is_block]
    return tuple(facts_of(block, "field", names) for block in blocks)


def _found_in(
    source: Source,
    rules: Mapping[str, Rule],
    policy: Policy,
    files: Mapping[str, str],
) -> Iterator[Finding]:
    """What the rules claim about a text."""
    modules, contracts = _modules(source, files), contracts_of(source, policy.expected)
    if rule := rules.get(RULE):
        yield from contracts.findings(source, modules, rule)
    policy = replace(policy, expected=contracts.told)
    for block in modules:
        yield from found_in(block, rules, policy, (), lambda path: True)


def _modules(source: Source, files: Mapping[str, str]) -> list[Block]:
    """The module classes of a text, in a project of the given texts and no more."""
    given = {**files, source.path: source.text}
    paths = {Path(name).absolute(): name for name in given}
    texts = Texts({path: given[name] for path, name in paths.items()})
    return modules_of(source, Blocks(Project(paths, Importers(texts), texts)))


def _names(path: str, files: Mapping[str, str]) -> Names:
    """Names that are told apart by their letters, whatever the disk holds."""
    return Names(map(File, (*files, path)), real=os.path.abspath)


def _settings(options: Mapping[str, object]) -> Settings:
    with _said_of_options():
        values = parse(dict(options), _ORIGIN)
    severity = values.get("severity", {})
    return Settings(
        selection=Selection(values.get("select", ("ALL",)), values.get("ignore", ())),
        severity={name: Severity(weight) for name, weight in severity.items()},
        policy=Policy(values.get("placement"), frozenset(values.get("allow", ()))),
        origin=_ORIGIN,
        mentions=tuple(mentions_in(values)),
    )


def _rules(settings: Settings) -> dict[str, Rule]:
    with _said_of_options():
        return _book().of(settings)


@contextmanager
def _said_of_options() -> Iterator[None]:
    """Say of options what would be said of the same keys in a config."""
    try:
        yield
    except BadRequest as error:
        raise BadRequest(str(error).replace(" in [tool.blocklint]", "")) from error


@cache
def _book() -> Rulebook:
    return load_rules()
