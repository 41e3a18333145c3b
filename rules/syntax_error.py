"""A file cannot be read as Python.

## Why

A file that does not parse is a file that nothing was checked in. Passing over it in
silence would make a broken file look like a clean one. The same holds for a file that
cannot be opened, that cannot be decoded, or that holds a NUL byte.

## Bad

```python
class Block(nn.Module):
    def forward(self, x)
        return x
```

## Good

```python
class Block(nn.Module):
    def forward(self, x):
        return x
```

## Not flagged

Files in another encoding that say so in a coding cookie, files with a byte-order mark,
and files with any kind of line end.

## Seen in

Templates and notebooks' exports that carry the suffix `.py`, and merge conflicts that
were committed by accident. TorchFix issue 63 is a linter that crashed on its input.
"""

from collections.abc import Iterator

from blocklint.analysis import Block
from blocklint.rule import Claim, Severity, rule


@rule("BL901", Severity.ERROR)
def check(block: Block) -> Iterator[Claim]:
    """Claim nothing: a file that cannot be read holds no block; the engine reports."""
    return iter(())
