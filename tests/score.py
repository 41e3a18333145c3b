"""How well a reading of real classes agrees with labels that people made.

A label and a block are matched by file and class. `exact`: the placements of the
sites, in order, are those of the label's default or of one of its alternatives;
`wrong`: others were claimed; `unknown`: none were; `missed`: the class is not listed.
A site that runs only on an optional input may be listed or left out. Labels whose
placements are of no named form count neither way.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Label = dict[str, Any]
Block = dict[str, Any]
Sites = list[dict[str, Any]]
Placements = tuple[str, ...]

_BLOCKS = {"transformer-block", "sublayer"}
_NO_BLOCKS = {"conv-block", "not-residual", "container"}


@dataclass(frozen=True)
class Score:
    """The counts, the rates that bars are set for, and what went wrong where."""

    count: Counter[str]
    differences: tuple[str, ...]

    def __repr__(self) -> str:
        rates = ["precision", "recall", "roles", "configurable", "false_blocks"]
        return ", ".join(f"{name} {getattr(self, name):.3f}" for name in rates)

    @property
    def precision(self) -> float:
        """Of the placements claimed, how many are right."""
        return self._rate("exact", self.count["exact"] + self.count["wrong"])

    @property
    def recall(self) -> float:
        """Of the labelled blocks, how many are claimed and right."""
        return self._rate("exact", self.count["blocks"])

    @property
    def roles(self) -> float:
        """Of the blocks that are right, how many have the roles right as well."""
        return self._rate("roles", self.count["exact"])

    @property
    def configurable(self) -> float:
        """Of the blocks with several wirings, how many have them all."""
        return self._rate("complete", self.count["configurable"])

    @property
    def false_blocks(self) -> float:
        """Of the classes that are no Transformer blocks, how many are claimed."""
        return self._rate("false", self.count["negatives"])

    @property
    def unknown(self) -> float:
        """Of the labelled blocks, how many could not be followed."""
        return self._rate("unknown", self.count["blocks"])

    def _rate(self, part: str, whole: int) -> float:
        return self.count[part] / whole if whole else 0.0


def score(labels: Sequence[Label], blocks: Sequence[Block]) -> Score:
    """Compare the blocks of `inspect --format json` with labels of high confidence.

    The paths of the blocks must be those of the labels: package folder, then file.
    """
    found = {(block["path"], block["class"]): block for block in blocks}
    count: Counter[str] = Counter()
    differences: list[str] = []
    for label in labels:
        if label["confidence"] != "high":
            continue
        block = found.get((f"{label['pkg']}/{label['file']}", label["cls"]))
        for word in _judge(label, block):
            count[word] += 1
            if word in ("wrong", "missed", "unknown", "false"):
                differences.append(f"{label['file']} {label['cls']}: {word}")
    return Score(count, tuple(differences))


def _judge(label: Label, block: Block | None) -> Iterator[str]:
    """What to count for one label."""
    claimed = [variant["sites"] for variant in block["variants"]] if block else []
    known = any(claimed) and block is not None and block["placement"] != "unknown"
    if label["kind"] in _NO_BLOCKS:
        yield "negatives"
        if known:
            yield "false"
    elif label["kind"] in _BLOCKS and not _is_other(label):
        yield "blocks"
        if block is None:
            yield "missed"
        elif not known:
            yield "unknown"
        else:
            yield from _judge_claim(label, claimed[0])
        yield from _judge_variants(label, claimed)


def _judge_claim(label: Label, claimed: Sites) -> Iterator[str]:
    wanted = [sites for listed in _listed(label) for sites in _forms(listed)]
    forms = _forms(claimed)
    if not _all(forms, "placement") & _all(wanted, "placement"):
        yield "wrong"
    else:
        yield "exact"
        if _all(forms, "role") & _all(wanted, "role"):
            yield "roles"


def _judge_variants(label: Label, claimed: list[Sites]) -> Iterator[str]:
    required = _all([each["sites"] for each in _alternatives(label)], "placement")
    if len(required) > 1:
        yield "configurable"
        forms = [form for sites in claimed for form in _forms(sites)]
        if required <= _all(forms, "placement"):
            yield "complete"


def _alternatives(label: Label) -> list[dict[str, Any]]:
    return label.get("alternatives") or []


def _listed(label: Label) -> list[Sites]:
    return [label["sites"], *(each["sites"] for each in _alternatives(label))]


def _is_other(label: Label) -> bool:
    return any(s["placement"] == "other" for sites in _listed(label) for s in sites)


def _forms(sites: Sites) -> list[Sites]:
    """The sites with and without those that run on optional inputs only."""
    required = [site for site in sites if not site.get("optional")]
    return [sites] if len(required) == len(sites) else [sites, required]


def _all(listed: Sequence[Sites], key: str) -> set[Placements]:
    return {tuple(site[key] for site in sites) for sites in listed}
