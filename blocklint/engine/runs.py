"""The runs of the blocks of a file, if the request asks for them."""

from collections.abc import Iterable, Mapping, Sequence

from blocklint.analysis import Block
from blocklint.analysis.run import Run
from blocklint.engine import tracing as tracer
from blocklint.engine.comments import suppressions_in
from blocklint.engine.expectations import Told
from blocklint.engine.request import Options
from blocklint.engine.targets import NOT_RUN, asked_of
from blocklint.engine.trace_settings import Tracing
from blocklint.engine.tracing import NoTorch
from blocklint.source import Source

Runs = Mapping[str, Sequence[Run]]
NOTHING: Runs = {}


class Tracer:
    """Runs blocks as the command line asks; `problems` say why some were not run."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.problems: dict[str, None] = {}

    def runs(
        self, source: Source, blocks: Iterable[Block], told: Told, tracing: Tracing
    ) -> Runs:
        """The runs of each block of a file by its name; none if none are asked for.

        A class that is no block is run if the config lists it, or if it is expected to
        be one. A file that asks to be skipped is not run. `told` is what is expected.
        """
        if not self.options.trace or suppressions_in(source).skip_file:
            return NOTHING
        found: dict[str, list[Run]] = {}
        every = (each for block in blocks for each in asked_of(block, tracing, told))
        asked = [e for e in every if e.block.is_block or e.target or e.told]
        if asked and source.cells is not None:
            self.problems[f"{source.path}: {NOT_RUN}"] = None
        elif asked:
            try:
                runs = tracer.runs_of(asked, tracing, self.options.probe)
                for each, run in zip(asked, runs, strict=True):
                    found.setdefault(each.block.name, []).append(run)
            except NoTorch as error:
                self.problems[str(error)] = None
        return found
