"""What is expected of the blocks of one file: by its comments, and by its project.

`# blocklint: expect placement=pre` stands on the line of a class, or alone above it.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from blocklint.analysis import Block
from blocklint.analysis.contract import undecided
from blocklint.analysis.expectation import Expectation, Origin
from blocklint.analysis.run import Run
from blocklint.engine.comments import code_of
from blocklint.engine.expectations import Told
from blocklint.engine.lost import lost
from blocklint.engine.place_text import place_text
from blocklint.engine.request import nearest
from blocklint.engine.values import Wrong
from blocklint.frozen import dataclass
from blocklint.regex import Regex
from blocklint.rule import Finding, Rule
from blocklint.source import Source, Span

_COMMENT = Regex(r"#\s*blocklint:\s*(?P<word>expect\w*)\b[ \t:]*(?P<text>[^#]*)")


@dataclass(frozen=True)
class Misstated:
    """A comment that should say what is expected, and does not."""

    span: Span
    reason: str


@dataclass(frozen=True)
class Contracts:
    """What is expected of the classes of a file by their names, and what is not said.

    What the comments say stands before what the project says.
    """

    told: Mapping[str, tuple[Expectation, ...]]
    misstated: tuple[Misstated, ...] = ()

    def findings(
        self, source: Source, modules: Sequence[Block], rule: Rule
    ) -> Iterator[Finding]:
        """The comments that say nothing that can be expected."""
        path = os.path.abspath(source.path)
        for each in self.misstated:
            yield place_text(path, each.span, rule, each.reason)
        for name, said in self._lost(source, modules):
            if not said.origin.path:
                span = said.origin.span
                what = "is no module class at the top of its file"
                reason = f"`{name}` {what}, so nothing can be expected of it"
                yield replace(place_text(path, span, rule, reason), class_name=name)

    def apart(
        self, source: Source, modules: Sequence[Block], rule: Rule
    ) -> Iterator[Finding]:
        """What the project expects of classes that the file does not have.

        The findings stand where the project says so.
        """
        every = [block.name for block in modules if block.is_block]
        names = [name for name in every if name not in self.told]
        for name, said in self._lost(source, modules):
            if said.origin.path:
                hint = nearest(name, names) or nearest(name, every)
                if not hint and len(names) == 1:
                    hint = f"; nothing is expected of `{names[0]}` yet"
                file = os.path.basename(source.path)
                reason = f"{file} has no module class `{name}`{hint}"
                yield lost(name, said, reason, rule)

    def undecided(
        self,
        source: Source,
        modules: Iterable[Block],
        runs: Mapping[str, Sequence[Run]],
    ) -> int:
        """How many expectations neither the code nor a run decides."""
        read = {block.name: block for block in modules}
        unread = _derived(source) - read.keys()
        return sum(len(self.told.get(name, ())) for name in unread) + sum(
            len(undecided(read[name], told))
            for name, told in self.told.items()
            if name in read and not any(map(_is_whole, runs.get(name, ())))
        )

    def _lost(
        self, source: Source, modules: Sequence[Block]
    ) -> Iterator[tuple[str, Expectation]]:
        """The classes that are not there, each with the first that is said of it.

        A class with parents that cannot be seen may be a module all the same.
        """
        there = {block.name for block in modules} | _derived(source)
        for name, told in self.told.items():
            said = next((each for each in told if not each.of_run), None)
            if name not in there and said is not None:
                yield name, said


def contracts_of(source: Source, told: Told) -> Contracts:
    """What comments and a project expect of the classes of a file."""
    if not _COMMENT.search(source.text):
        return Contracts(told)
    from blocklint.engine.expect_keys import of_comment  # noqa: PLC0415

    found: dict[str, list[Expectation]] = {}
    misstated: list[Misstated] = []
    code = code_of(source.text)
    for token in code.comments:
        for match in _COMMENT.compiled.finditer(token.string):
            (line, start), end = token.start, token.start[1] + match.end()
            span = Span(line, start + match.start(), line, end)
            lines = code.statement_at(line) or code.statement_after(line)
            header = code.header_at(lines)
            try:
                if match["word"] != "expect":
                    raise Wrong(f"`{match['word']}` is not known; say `expect`")
                said = of_comment(match["text"])
            except Wrong as error:
                where = f"`{error.where}` " if error.where else ""
                misstated.append(Misstated(span, f"{where}{error}"))
                continue
            if header is None or header.name is None:
                reason = "it stands at no class: on its line, or alone above it"
                misstated.append(Misstated(span, reason))
                continue
            origin = Origin("", span.line, span.column, span.end_column)
            found.setdefault(header.name, []).append(replace(said, origin=origin))
    every = {
        name: (*found.get(name, ()), *told.get(name, ())) for name in {**found, **told}
    }
    return Contracts(every, tuple(misstated))


def _derived(source: Source) -> set[str]:
    """The classes of a file with parents that are more than a plain module."""
    return {
        name
        for chunk in source.outline
        if chunk.header is not None
        and any(not base.endswith("Module") for base in chunk.header.bases)
        for name in chunk.names
    }


def _is_whole(run: Run) -> bool:
    return run.problem is None and run.wiring is not None
