"""What Python code can ask of blocklint: check files, trace a live module.

Nothing here prints or exits. `blocklint.check` reads code and runs none of it;
`blocklint.trace` runs the module that it is given, once, in this very process.
"""

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blocklint.analysis import Block
from blocklint.engine import BadRequest, Request, pipeline
from blocklint.engine.lowering import Places, wiring_of
from blocklint.frontends.traced.document import record_of
from blocklint.frontends.traced.lower import lower
from blocklint.rule import Finding
from blocklint.source import Place, Source, read

if TYPE_CHECKING:
    from torch import nn

__all__ = ["BadRequest", "check", "trace"]


def check(path: str | Path) -> tuple[Finding, ...]:
    """The findings in a file, or in all Python files below a folder.

    Config is looked up as on the command line, and no code is run. Raises
    `blocklint.BadRequest` for a path that does not exist and for a config that is
    wrong; a file that cannot be parsed is a finding, `syntax-error`.
    """
    return pipeline.check(Request((str(path),))).findings


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
