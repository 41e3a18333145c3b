"""A block is not what its project says that it is.

## Why

What a block does can be written down: beside its class, in pyproject.toml, or in a file
that `blocklint inspect --write-expectations` makes of a whole project. From then on
whoever moves a norm, drops a residual or swaps two sub-layers hears of it, and a
checkpoint does not load into another model than it was trained in. What the code does
not tell for certain is left to a run: a block that is listed in `trace` must run, and
show what is expected of it.

## Bad

```python
# blocklint: expect placement=pre, shape=(B, T, d) -> (B, T, d)
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(d, d), nn.GELU(), nn.Linear(d, d))
        self.norm = nn.LayerNorm(d)

    def forward(self, x):
        return self.norm(x + self.mlp(x))
```

## Good

```python
# blocklint: expect placement=pre, shape=(B, T, d) -> (B, T, d)
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(d, d), nn.GELU(), nn.Linear(d, d))
        self.norm = nn.LayerNorm(d)

    def forward(self, x):
        return x + self.mlp(self.norm(x))
```

## Not flagged

Blocks of which the project expects nothing. What cannot be followed in the code, until
a run shows it. Other names for modules, variables and settings. Listed blocks that end
at shapes which do not fit, which are `trace-shape-error`'s.

## Seen in

pytorch issue 61165: a `norm_first` that did not do what it said, which one such line
would have shown.
"""

from collections.abc import Iterable, Iterator

from blocklint.analysis import Block, Placement
from blocklint.analysis.contract import unmet_as_read
from blocklint.analysis.misfit import never_fits
from blocklint.analysis.run import Run, Unmet
from blocklint.rule import (
    Basis,
    Claim,
    Policy,
    Related,
    RelatedSpan,
    Severity,
    parts_of,
    rule,
)

_PLURAL = frozenset(["sites", "roles", "modifiers"])


@rule("BL506", Severity.ERROR, Basis.CONTRACT)
def check(block: Block, policy: Policy, run: Run | None = None) -> Iterator[Claim]:
    """Claim what a block is not: as read, and then what only its run shows."""
    read = unmet_as_read(block, policy.expected.get(block.name, ()))
    if run is None:
        yield from _claims(block, read)
        return
    told = {each.of for each in read}
    yield from _claims(block, (each for each in run.unmet if each.of not in told))
    problem = run.problem
    if run.configured and problem is not None and not never_fits(run):
        related = (Related(problem.place, "it ends here"),) if problem.place else ()
        message = f"{block.name} is listed to be run, and could not be"
        yield Claim(block.place, f"{message}: {problem.reason}", related)


def _claims(block: Block, unmet: Iterable[Unmet]) -> Iterator[Claim]:
    for each in unmet:
        named = each.of.when is None or each.what in ("wiring", "condition")
        when = "" if named else f" when {each.of.when}"
        beside = (_origin(block, each),) if each.of.origin.end else ()
        message = f"{_message(each)}{when}"
        yield Claim(block.place, message, parts_of(*each.sites), beside=beside)


def _message(unmet: Unmet) -> str:
    """What was found, and what it should be: placements with their formulas."""
    roles = " and ".join(dict.fromkeys(site.role.value for site in unmet.sites))
    match unmet.what:
        case "placement":
            at = f" at {roles}" if roles else ""
            found, expected = _formula(unmet.found), _formula(unmet.expected)
            return f"{found}{at}, expected is {expected}{_norms(unmet)}"
        case "modifiers":
            return f"the modifiers of {roles} are {unmet.found}, expected are " + (
                unmet.expected
            )
        case "condition":
            return f"no wiring is chosen by {unmet.expected}: there is {unmet.found}"
        case "wiring" if unmet.found == "none":
            return f"there is no wiring any more with {unmet.expected}"
        case "wiring":
            return f"there is a wiring more: {unmet.found}"
    verb = "are" if unmet.what in _PLURAL else "is"
    return f"the {unmet.what} {verb} {unmet.found}, expected {verb} {unmet.expected}"


def _norms(unmet: Unmet) -> str:
    """The norms that stand on the stream, if they do and should not."""
    norms = dict.fromkeys(norm.name for site in unmet.sites for norm in site.norms)
    if not norms or Placement(unmet.found).leaves_stream_clean is not False:
        return ""
    if Placement(unmet.expected).leaves_stream_clean is False:
        return ""
    return f"; the stream passes through {', '.join(norms)}"


def _formula(name: str) -> str:
    """A placement with its formula; there may be no site to have one."""
    known = {placement.value for placement in Placement}
    if name not in known:
        return name
    return f"{name}: {Placement(name).formula}"


def _origin(block: Block, unmet: Unmet) -> RelatedSpan:
    """Where the expectation is written; a comment stands in the file of its class."""
    origin = unmet.of.origin
    path = origin.path or block.source.path
    return RelatedSpan(path, origin.span, "expected here")
