"""The head of a rule, read off the text of its file: the rest waits until it is needed.

Which rules there are, and how they are named and weighed, must be known at every
start; their checks, and the parser that they need, only where there is code to check.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from blocklint.frozen import dataclass
from blocklint.rule import Basis, Claim, Policy, Rule, Severity

if TYPE_CHECKING:
    from blocklint.analysis import Block
    from blocklint.analysis.run import Run

_DOC = re.compile(r'"""([^\\]*?)"""')
_HEAD = re.compile(
    r'^@rule\("(?P<code>\w+)", Severity\.(?P<severity>\w+)(?:, Basis\.(?P<basis>\w+))?'
    r"\)\ndef check\((?P<takes>[^)]*)\)",
    re.MULTILINE,
)
_RUN = re.compile(r"\brun\b(?P<optional>[^,]*=\s*None)?")


def rule_in(module: str, folder: str) -> Rule:
    """The rule of a module, as it is once imported; its check imports it when called.

    A rule whose head is written in an unusual way is imported at once.
    """
    name = module.rpartition(".")[2]
    path = Path(folder, f"{name}.py")
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    doc, head = _DOC.match(text), _HEAD.search(text)
    if doc is None or head is None:
        return imported(module)
    run = _RUN.search(head["takes"])
    needs_run = run is not None and run["optional"] is None
    return Rule(
        head["code"],
        name.replace("_", "-"),
        Severity[head["severity"]],
        doc[1],
        _Later(module),
        Basis.RUN if needs_run else Basis[head["basis"] or "SOURCE"],
        run is not None,
    )


@cache
def imported(module: str) -> Rule:
    """The one rule that a module holds."""
    values = vars(import_module(module)).values()
    (found,) = (value for value in values if isinstance(value, Rule))
    return found


@dataclass(frozen=True)
class _Later:
    """The check of a rule that is not imported yet."""

    module: str

    def __call__(
        self, block: "Block", policy: Policy, run: "Run | None"
    ) -> Iterator[Claim]:
        """Import the rule, once, and ask it."""
        return imported(self.module).check(block, policy, run)
