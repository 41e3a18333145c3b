"""A comment suppresses a finding that is not there.

## Why

A suppression outlives the code that it was written for. The next real finding on its
line is then lost without anyone having decided so. A suppression that names no rule of
blocklint never did anything at all.

## Bad

```python
class Block(nn.Module):
    def forward(self, x):
        return x  # blocklint: ignore[post-norm]
```

## Good

```python
class Block(nn.Module):
    def forward(self, x):
        return x
```

## Not flagged

A bare `# noqa` and `# noqa` with the codes of other tools, a suppression of a rule that
is switched off for the file, one that lists `unused-suppression` as well, and text in a
string that only looks like a comment.

## Seen in

ruff reports unused `noqa` comments as RUF100 and mypy unused `type: ignore` comments.
"""

from collections.abc import Iterator

from blocklint.analysis import Block
from blocklint.rule import Claim, Severity, rule


@rule("BL902", Severity.WARNING)
def check(block: Block) -> Iterator[Claim]:
    """Claim nothing: what a comment suppressed is known only once all rules ran."""
    return iter(())
