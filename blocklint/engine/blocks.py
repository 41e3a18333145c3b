"""The blocks of a source file: read by the static front-end, then classified."""

from collections.abc import Iterator
from typing import cast

from blocklint.analysis import Block
from blocklint.analysis.variants import variants_of
from blocklint.frontends.static.choices import Answer, describe
from blocklint.frontends.static.project import Project
from blocklint.frontends.static.read import Reading, Wiring, read_modules
from blocklint.source import Source


def blocks_in(source: Source, project: Project) -> Iterator[Block]:
    """Each module class of a file, as rules see it; most have no site."""
    for reading in read_modules(source, project):
        yield _block(reading)


def _block(reading: Reading) -> Block:
    def follow(given: dict[str, object]) -> Wiring:
        return reading.wiring(cast(dict[str, Answer], given))

    def name(setting: str, answer: object) -> str:
        return describe(setting, cast(Answer, answer))

    return Block(reading.name, reading.source, reading.place, variants_of(follow, name))
