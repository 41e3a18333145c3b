"""What Python code can ask of blocklint: check files or texts, trace a live module.

Nothing here prints or exits. `blocklint.check` reads code and runs none of it;
`blocklint.check_source` and `blocklint.inspect_source` look at a text and at nothing
else; `blocklint.trace` runs the module that it is given, once, in this very process.
"""

import inspect
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from blocklint.analysis import Block
from blocklint.engine import BadRequest, Request, pipeline
from blocklint.engine.lowering import Places, wiring_of
from blocklint.engine.texts import check_text, inspect_text
from blocklint.frontends.traced.document import record_of
from blocklint.frontends.traced.lower import lower
from blocklint.report import BlockFacts
from blocklint.rule import Finding
from blocklint.source import Place, Source, read

if TYPE_CHECKING:
    from torch import nn

__all__ = [
    "BadRequest",
    "BlockFacts",
    "Finding",
    "check",
    "check_source",
    "inspect_source",
    "trace",
]

_NOTHING: Mapping[str, str] = MappingProxyType({})


def check(path: str | Path) -> tuple[Finding, ...]:
    """The findings in a file, or in all Python files below a folder.

    Config is looked up as on the command line, and no code is run. Raises
    `blocklint.BadRequest` for a path that does not exist and for a config that is
    wrong; a file that cannot be parsed is a finding, `syntax-error`.
    """
    return pipeline.check(Request((str(path),))).findings


def check_source(
    text: str,
    path: str = "source.py",
    *,
    select: Iterable[str] = ("ALL",),
    ignore: Iterable[str] = (),
    placement: str | None = None,
    allow: Iterable[str] = (),
    severity: Mapping[str, str] = _NOTHING,
    files: Mapping[str, str] = _NOTHING,
) -> tuple[Finding, ...]:
    """The findings in a text, in the order of their places; nothing else is read.

    A pure function: no file, no config and no environment has a say, whatever lies at
    `path`, which only names the text in the findings and says where its imports lead.
    They lead to `files`, texts by their paths, and nowhere else; a package is known by
    its `__init__.py`. The options mean what they mean in `[tool.blocklint]`.

    A finding is a frozen dataclass of strings, numbers, enums and tuples of such: it
    can be hashed, pickled and sent on. A text that is no Python is a finding,
    `syntax-error`. Raises `blocklint.BadRequest` for an option that is wrong.
    """
    options = {
        "select": _listed(select),
        "ignore": _listed(ignore),
        "allow": _listed(allow),
        "severity": dict(severity),
    }
    decided = {} if placement is None else {"placement": placement}
    return check_text(text, path, files, {**options, **decided})


def inspect_source(
    text: str, path: str = "source.py", *, files: Mapping[str, str] = _NOTHING
) -> tuple[BlockFacts, ...]:
    """What each block of a text does, as `blocklint inspect` shows it; nothing is run.

    As pure as `check_source`, with the same `path` and `files`, and as plain in what it
    returns. A text that is no Python has no blocks.
    """
    return inspect_text(text, path, files)


def _listed(values: Iterable[str]) -> object:
    """A list, as a config has it; a lone string stays one, and is refused."""
    return values if isinstance(values, str) else list(values)


def trace(module: "nn.Module", *inputs: Any, **named: Any) -> Block:  # noqa: ANN401
    """The block that a live module is, as one forward pass shows it.

    `inputs` and `named` are what its forward takes: hidden states of shape
    [batch, seq, d_model], say, on the module's own device. The pass runs in eval mode
    without gradients; the module's mode is put back afterwards. The block has a single
    variant: `block.placement` is its placement, `block.sites` has one entry a residual
    addition, in the order of running.

    Raises TypeError if `module` is no `nn.Module`, ImportError without torch, and
    whatever the forward itself raises.
    """
    from blocklint.frontends.traced import worker  # noqa: PLC0415 (it imports torch)

    document = worker.live(module, inputs, named)
    source, place, statement = _written(type(module))
    places = Places()
    places.add(source)
    record = record_of(document)
    graph = lower(record, places.find, type(module).__name__).graph
    variants = (wiring_of(graph),)
    return Block(
        type(module).__name__, source, place, statement, variants, lambda node: None
    )


def _written(kind: type) -> tuple[Source, Place, Place]:
    """The file of a class, and the class in it; a stand-in for one typed by hand."""
    try:
        path = inspect.getsourcefile(kind)
        line = inspect.getsourcelines(kind)[1]
    except (OSError, TypeError):
        path, line = None, 1
    found = read(Path(path)) if path else None
    if not isinstance(found, Source):
        found, line = Source(f"<{kind.__name__}>", f"class {kind.__name__}: ...\n"), 1
    chunk = next(
        (c for c in reversed(found.outline) if c.first_line <= line), found.outline[0]
    )
    statement = Place(chunk, chunk.tree.body[0])
    return found, statement, statement
