"""A block normalises elsewhere than its project has decided.

## Why

Every placement works with the learning rate, the initialisation and the final norm
that were chosen for it, and with others less well. A project that has decided for one
(`placement = "pre"` in `[tool.blocklint]`) wants to hear of every block that has
another, whichever it is; `allow = ["output"]` accepts more. Without such a decision
this rule is silent, and `post-norm` speaks.

## Bad

```toml
[tool.blocklint]
placement = "pre"
```

```python
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.mlp, self.norm = nn.Linear(d, d), nn.LayerNorm(d)

    def forward(self, x):
        return x + self.norm(self.mlp(x))
```

## Good

```python
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.mlp, self.norm = nn.Linear(d, d), nn.LayerNorm(d)

    def forward(self, x):
        return x + self.mlp(self.norm(x))
```

## Not flagged

Blocks whose data flow could not be followed. Single sites without a norm beside sites
with the wanted placement, which `unnormalised-branch` is about.

## Seen in

A deep post-norm encoder needs warm-up where a pre-norm one does not (Xiong et al.
2020, arXiv 2002.04745), so one block of the other kind in a model is worth a look;
pytorch issue 61165 shows how the two are confused.
"""

from collections.abc import Iterator

from blocklint.analysis import Block, Placement
from blocklint.rule import Basis, Claim, Policy, Severity, parts_of, rule

_SILENT = frozenset([Placement.UNKNOWN, Placement.OTHER])


@rule("BL110", Severity.WARNING, Basis.WIRING)
def check(block: Block, policy: Policy) -> Iterator[Claim]:
    """Claim that a site has another placement than the policy's, once a block."""
    if policy.placement is None or block.is_part:
        return
    wanted = {policy.placement, *policy.allow}
    for site in block.sites:
        found = site.placement
        bare = found is Placement.NONE and len(block.sites) > 1
        if found.value not in wanted and found not in _SILENT and not bare:
            formula = Placement(policy.placement).formula
            yield Claim(
                block.place,
                f"{found.value}: {found.formula} at {site.role.value}, "
                f"where the project wants {policy.placement}: {formula}",
                parts_of(site),
            )
            return
