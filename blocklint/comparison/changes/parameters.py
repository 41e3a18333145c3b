"""Which parameters layers have beside their weights."""

from collections.abc import Iterator

from blocklint.comparison.both import Both
from blocklint.comparison.change import Change


def find(both: Both) -> Iterator[Change]:
    """Layers that got a bias or lost it, by the name they have in the new version."""
    for part in both.parts:
        for gets in (True, False):
            found = [
                (i, j)
                for one, two, i, j in both.steps(part)
                if None not in (one.bias, two.bias)
                and one.bias is not two.bias
                and two.bias is gets
            ]
            if not found:
                continue
            program = both.new.program
            named = dict.fromkeys(program.nodes[j].name for _, j in found)
            layers = ", ".join(named)
            message = f"{layers} {'has a' if gets else 'has no'} bias now"
            if len(named) > 1:
                message = f"{layers} {'have a' if gets else 'have no'} bias now"
            yield part.change("parameters", message, *found[0])
