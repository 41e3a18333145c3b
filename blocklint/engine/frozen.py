"""The wirings of a project as they were written down: one entry a line, in JSON.

An entry has the keys of `[[tool.blocklint.expect]]`. Pure but for reading: what is to
be written is only worked out here.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from blocklint.analysis.expectation import Expectation, Origin
from blocklint.engine.expect_keys import frozen, of_target
from blocklint.engine.kept import read_kept
from blocklint.engine.request import BadRequest
from blocklint.engine.values import Wrong, mapping, shown, within
from blocklint.frozen import dataclass

SCHEMA = "blocklint.expectations/1"
_ANEW = "mend it, or delete it and make it anew with `inspect --write-expectations`"
_LIST = re.compile(r'"blocks"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")

Target = tuple[str, str]


@dataclass(frozen=True)
class Frozen:
    """A file of expectations as it was read; `data` is empty for one yet to be made.

    The files of its targets are seen from its own folder.
    """

    path: Path
    entries: tuple[tuple[Target, Expectation], ...] = ()
    data: bytes = b""


def read_frozen(path: Path, may_be_missing: bool = False) -> Frozen:
    """Read a file of expectations.

    Raises BadRequest for one that is damaged, or that is missing and must not be.
    """
    kept = read_kept(path, "file of expectations", _ANEW)
    if kept is None and may_be_missing:
        return Frozen(path)
    if kept is None:
        make = "`inspect --write-expectations` makes it"
        raise BadRequest(f"{path}: there are no such expectations; {make}")
    try:
        entries = tuple(_entries(kept.document, path, kept.text))
    except Wrong as error:
        raise BadRequest(f"{path}: `{error.where}` {error}; {_ANEW}") from error
    return Frozen(path, entries, kept.data)


def written(entries: Iterable[tuple[Target, Expectation]]) -> bytes:
    """Expectations as a file: one a line, by file and class, the default one first."""
    ordered = sorted(
        entries, key=lambda entry: (*entry[0], entry[1].when is not None, entry[1].when)
    )
    lines = [json.dumps(data_of(*entry), ensure_ascii=False) for entry in ordered]
    listed = ",".join(f"\n    {line}" for line in lines)
    end = "\n  " if lines else ""
    whole = f'{{\n  "schema": "{SCHEMA}",\n  "blocks": [{listed}{end}]\n}}\n'
    return whole.encode(errors="surrogateescape")


def data_of(target: Target, said: Expectation) -> dict[str, object]:
    """An entry as JSON has it."""
    found: dict[str, object] = {"target": ":".join(target)}
    if said.when is not None:
        found["when"] = said.when
    if said.placement is not None:
        found["placement"] = said.placement.value
    if said.sites is not None:
        placed = all(site.placement for site in said.sites)
        found["sites" if placed else "roles"] = [str(site) for site in said.sites]
    if said.dtype is not None and said.returned is not None:
        found["output"] = f"{said.dtype}[{', '.join(said.returned.sizes)}]"
    elif said.taken is not None:
        found["shape"] = said.shape
    return found


def _entries(
    document: object, path: Path, text: str
) -> Iterator[tuple[Target, Expectation]]:
    """The entries of a document. Raises Wrong that names the part that is wrong."""
    top = within("the file", mapping, document)
    if top.get("schema") != SCHEMA:
        raise Wrong(f'must be "{SCHEMA}", not {shown(top.get("schema"))}', "schema")
    listed = top.get("blocks")
    if not isinstance(listed, list):
        raise Wrong(f"must be a list, not {shown(listed)}", "blocks")
    seen: set[tuple[Target, str | None]] = set()
    for number, (value, origin) in enumerate(
        zip(listed, _origins(len(listed), path, text), strict=True), start=1
    ):
        target, said = within(f"blocks[{number}]", of_target, value)
        if (target, said.when) in seen:
            raise Wrong("says what is said before", f"blocks[{number}]")
        seen.add((target, said.when))
        yield target, replace(frozen(said), origin=origin)


def _origins(count: int, path: Path, text: str) -> list[Origin]:
    """Where each entry of the list stands in the text."""
    start = _LIST.search(text)
    if start is None:
        return [Origin(str(path))] * count
    found: list[Origin] = []
    position, decoder = start.end(), json.JSONDecoder()
    for _ in range(count):
        between = _BETWEEN.match(text, position)
        begin = between.end() if between else position
        _, position = decoder.raw_decode(text, begin)
        margin = text.rfind("\n", 0, begin) + 1
        line_end = text.find("\n", begin)
        end = min(position, line_end if line_end >= 0 else position)
        line = text.count("\n", 0, begin) + 1
        found.append(Origin(str(path), line, begin - margin, end - margin))
    return found
