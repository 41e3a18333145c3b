"""How many sub-layers of labelled blocks have a feature dim that the code tells.

    python tests/benchmarks/known_widths.py [--package vit_pytorch] [--list]

The feature dim is known if the last axis of what goes in, and of what comes out, or the
channels of a picture, are made of settings and numbers only. `--list` names every
sub-layer where it is not, and the first steps that lose it. Of a package without
labelled sites all blocks count.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from corpus import corpus
from expectations import FIXTURES

from blocklint.analysis import Block
from blocklint.analysis.block import Variant
from blocklint.analysis.naming import SizeTexts
from blocklint.analysis.sublayers import ends_of
from blocklint.engine.blocks import Blocks
from blocklint.frontends.static.project import Project
from blocklint.graph import Node
from blocklint.source import Source, read

PACKAGES = ("vit_pytorch", "x_transformers")
PICTURE = 4  # axes of `(batch, channels, height, width)`, or with the channels behind
FILES = ("facts/nanogpt.py", "readme/gpt.py", "readme/model.py")


def main() -> None:
    """Print the figures for each group of blocks, and for all of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--package", action="append")
    parser.add_argument("--list", action="store_true")
    given = parser.parse_args()
    found: Counter[tuple[str, bool]] = Counter()
    for group, block in blocks(given.package or PACKAGES):
        for known, line in judged(block):
            found[group, known] += 1
            found["in all", known] += 1
            if given.list and not known:
                print(f"{block.source.path}: {block.name}: {line}")
    for group in dict.fromkeys(group for group, _ in found):
        right, total = found[group, True], found[group, True] + found[group, False]
        print(f"{group}: {right} of {total} sub-layers ({right / total:.1%})")


def blocks(packages: tuple[str, ...]) -> Iterator[tuple[str, Block]]:
    """The labelled blocks of some packages, then those of the fixtures."""
    for package in packages:
        wanted: dict[str, set[str]] = {}
        for line in (FIXTURES / "zoo" / "dev.jsonl").read_text().splitlines():
            label = json.loads(line)
            if label["pkg"] == package and label["sites"]:
                wanted.setdefault(label["file"], set()).add(label["cls"])
        project, root = Project(), corpus() / package
        files = [root / file for file in wanted] or sorted(root.rglob("*.py"))
        for path in files:
            names = wanted.get(path.relative_to(root).as_posix())
            for block in read_blocks(path, project):
                if names is None or block.name in names:
                    yield package, block
    for file in FILES:
        yield from (("fixtures", b) for b in read_blocks(FIXTURES / file, Project()))


def read_blocks(path: Path, project: Project) -> Iterator[Block]:
    """The blocks of a file."""
    source = read(path)
    if not isinstance(source, Source):
        raise SystemExit(f"{path} cannot be read")
    yield from (block for block in Blocks(project).of(source) if block.is_block)


def judged(block: Block) -> Iterator[tuple[bool, str]]:
    """For each sub-layer whether its feature dim is known, and how it reads."""
    variant = block.default
    texts = SizeTexts(variant.graph, variant.shapes)
    seen: set[str] = set()
    for call, given, taken in ends_of(variant):
        shapes = [f"[{', '.join(texts.shape(node))}]" for node in (given, taken)]
        line = f"{call.name}: {' -> '.join(shapes)}"
        known = is_known(variant, given) and is_known(variant, taken)
        if line not in seen:
            seen.add(line)
            yield known, line if known else f"{line}, {cause(variant, given, taken)}"


def is_known(variant: Variant, node: Node) -> bool:
    """Whether the feature axis of a value is made of settings and numbers only."""
    shape = variant.shapes.of(node)
    of_picture = (shape.rank or 0) >= PICTURE
    features = [shape.at(axis) for axis in ((1, -1) if of_picture else (-1,))]
    return any(size is not None and size.is_fixed for size in features)


def cause(variant: Variant, given: Node, taken: Node) -> str:
    """The first steps that lose the feature dim: what they read has it."""
    lost: list[str] = []
    pending, seen = [node for node in (taken, given)], set[int]()
    while pending:
        node = pending.pop()
        if node.index in seen or is_known(variant, node):
            continue
        seen.add(node.index)
        unknown = [read for read in node.reads if not is_known(variant, read)]
        if not unknown:
            lost.append(f"{node} ({node.call.path or node.kind or node.op.value})")
        pending.extend(unknown)
    return "; ".join(sorted(lost)[:4])


if __name__ == "__main__":
    main()
