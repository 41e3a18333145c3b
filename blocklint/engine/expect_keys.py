"""What an expectation may say: in a comment, in a config, in a file of its own.

The keys and their forms are the same everywhere. In a comment, several values of one
key have a bar between them: `sites=attention:pre|ffn:pre`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from blocklint.analysis.expectation import (
    MODIFIERS,
    Axes,
    Expectation,
    ExpectedSite,
)
from blocklint.analysis.placement import Placement
from blocklint.analysis.role import Role
from blocklint.engine.target_names import named
from blocklint.engine.tensors import Tensor, tensor
from blocklint.engine.values import Wrong, one_of, record, shown, string

_PLACEMENTS = tuple(p.value for p in Placement if p is not Placement.UNKNOWN)
_placement = one_of(_PLACEMENTS)
_role = one_of(tuple(role.value for role in Role))
_modifier = one_of(MODIFIERS)
_ATOM = r"(?:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*|\d{1,9})(?:\s*\*\*\s*[1-9])?"
_SIZE = rf"-?\s*{_ATOM}(?:\s*[*/+-]\s*{_ATOM})*"
_AXIS = rf"(?:\?|{_SIZE})"
_AXES = rf"\(\s*(?:\.\.\.|{_AXIS})\s*(?:,\s*{_AXIS}\s*)*,?\s*\)"
_SHAPE = re.compile(rf"\s*({_AXES})\s*->\s*({_AXES})\s*")
_LISTS = ("sites", "roles")
_TOGETHER = (("sites", "roles"), ("sites", "placement"), ("shape", "output"))


def of_run(value: object) -> Expectation:
    """What is expected of a run that a config lists."""
    return replace(_made(record(RUN_KEYS)(value)), of_run=True)


def of_target(value: object) -> tuple[tuple[str, str], Expectation]:
    """An entry of a config, or of a file: a target, and what is expected of it.

    Raises Wrong that names the key and says what it should be.
    """
    found = record(TARGET_KEYS)(value)
    if "target" not in found:
        raise Wrong("must have a `target`")
    said = _made(found)
    if said == Expectation(when=said.when):
        raise Wrong(f"says nothing of its target; there are {', '.join(RUN_KEYS)}")
    return found["target"], said


def of_comment(text: str) -> Expectation:
    """What a comment says, `placement=pre, shape=(B, T, d) -> (B, T, d)`.

    Raises Wrong that names the key and says what it should be.
    """
    values: dict[str, object] = {}
    for part in _parts(text):
        key, sign, value = (each.strip() for each in part.partition("="))
        if not sign:
            raise Wrong(f"must be `key=value`, as in `placement=pre`; not `{part}`")
        if key in values:
            raise Wrong("is said twice", key)
        values[key] = _split(value) if key in _LISTS else value
    found = _made(record(COMMENT_KEYS)(values))
    if found == Expectation(when=found.when):
        raise Wrong(f"says nothing; there are {', '.join(COMMENT_KEYS)}")
    return found


def frozen(said: Expectation) -> Expectation:
    """The same as an entry of a file that blocklint wrote: it leaves nothing out."""
    sites = said.sites and tuple(
        replace(site, modifiers=site.modifiers or frozenset()) for site in said.sites
    )
    return replace(said, sites=sites, frozen=True)


def _parts(text: str) -> Iterable[str]:
    """The parts of a comment: commas in brackets end none."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]


def _split(value: str) -> list[str]:
    return [part.strip() for part in value.split("|")]


def _made(found: Mapping[str, Any]) -> Expectation:
    for one, other in _TOGETHER:
        if one in found and other in found:
            raise Wrong(f"says what `{one}` says; leave one of them out", other)
    output: Tensor | None = found.get("output")
    taken, returned = found.get("shape", (None, None))
    return Expectation(
        when=found.get("when"),
        placement=found.get("placement"),
        sites=found.get("sites", found.get("roles")),
        taken=taken,
        returned=Axes(output.sizes) if output else returned,
        dtype=output.dtype if output else None,
    )


def _placed(value: object) -> Placement:
    if isinstance(value, str) and ":" in value:
        raise Wrong(f"must be one name for all sites, not {shown(value)}; see `sites`")
    return Placement(_placement(value))


def _roles(value: object) -> tuple[ExpectedSite, ...]:
    """One word for each site, in order."""
    return tuple(ExpectedSite(Role(_role(item))) for item in _list(value))


def _sites(value: object) -> tuple[ExpectedSite, ...]:
    """A text for each site, in order."""
    return tuple(_site(item) for item in _list(value))


def _site(value: object) -> ExpectedSite:
    if not isinstance(value, str) or value.count(":") != 1:
        example = 'a role and a placement such as "attention: pre"'
        raise Wrong(f"must be {example}, not {shown(value)}")
    role, _, rest = (part.strip() for part in value.partition(":"))
    words = rest.split()
    placement = _placement(words[0] if words else "")
    modifiers = frozenset(_modifier(word) for word in words[1:]) or None
    return ExpectedSite(Role(_role(role)), Placement(placement), modifiers)


def _list(value: object) -> list[object]:
    if isinstance(value, list):
        return value
    raise Wrong(f"must be a list of strings, not {shown(value)}")


def _shape(value: object) -> tuple[Axes, Axes]:
    found = _SHAPE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        example = '"(B, T, d_model) -> (B, T, 4 * d_model)"'
        raise Wrong(f"must be a shape such as {example}, not {shown(value)}")
    return _axes(found[1]), _axes(found[2])


def _axes(text: str) -> Axes:
    sizes = tuple(s for each in text[1:-1].split(",") if (s := " ".join(each.split())))
    is_open = sizes[0] == "..."
    return Axes(sizes[1:] if is_open else sizes, is_open)


RUN_KEYS = {
    "output": tensor,
    "placement": _placed,
    "roles": _roles,
    "sites": _sites,
    "shape": _shape,
}
COMMENT_KEYS = {
    "placement": _placed,
    "sites": _sites,
    "roles": _roles,
    "shape": _shape,
    "when": string,
}
TARGET_KEYS = {"target": named, "when": string, **RUN_KEYS}
