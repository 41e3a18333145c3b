"""How a class is named in a config and on the command line: `model.py:Block`."""

import re

from blocklint.engine.values import Wrong, shown

_TARGET = re.compile(r"(?P<where>.+):(?P<name>[A-Za-z_]\w*)")


def split_target(text: str) -> tuple[str, str] | None:
    """The file or module of a target and its class; None for another form."""
    found = _TARGET.fullmatch(text)
    return (found["where"], found["name"]) if found else None


def is_file(where: str) -> bool:
    """Whether a class is looked for in a file rather than in a module."""
    return where.endswith(".py") or "/" in where or "\\" in where


def named(value: object) -> tuple[str, str]:
    """Read a target of a config. Raises Wrong for another form."""
    found = split_target(value) if isinstance(value, str) else None
    if found is None:
        example = '"model.py:Block" or "package.module:Block"'
        raise Wrong(f"must be {example}, not {shown(value)}")
    return found
