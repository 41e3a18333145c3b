"""Classes that a project expects something of, and that are not there any more."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from blocklint.engine.discover import File
from blocklint.engine.place_text import place_text
from blocklint.engine.request import Request
from blocklint.engine.rulebook import RulesByFile
from blocklint.engine.shard import Shard
from blocklint.rule import Finding, Rule

if TYPE_CHECKING:
    from blocklint.analysis.expectation import Expectation

RULE = "expectation-failed"


def lost(name: str, said: "Expectation", reason: str, rule: Rule) -> Finding:
    """The finding about a class that is gone; it stands where the project names it."""
    origin = said.origin
    found = place_text(os.path.abspath(origin.path), origin.span, rule, reason)
    return replace(found, class_name=name)


def missing_files(
    request: Request, files: Sequence[File], rules: RulesByFile
) -> Iterator[Finding]:
    """What is expected in files that are gone, below the folders of a request.

    A check of what has changed says nothing of them, and that of a shard of its own.
    """
    options = request.options
    if options.changed or options.since is not None:
        return
    shard = Shard.parse(options.shard) if options.shard is not None else None
    folders = [os.path.realpath(path) for path in request.paths if os.path.isdir(path)]
    names = {os.path.dirname(file.name): file.name for file in files}.values()
    of_configs = {id(rules.configs.of(name).expected): name for name in names}
    for name in of_configs.values():
        for path, owner, said in rules.missing(name):
            rule, file = rules.of(path).get(RULE), os.path.relpath(path)
            mine = shard is None or shard.holds(file)
            below = any(path.startswith(f"{folder}{os.sep}") for folder in folders)
            if rule and mine and below:
                reason = f"`{owner}` is expected in {file}, and there is no such file"
                yield lost(owner, said, reason, rule)
