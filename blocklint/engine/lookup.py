"""Finds the class that a name in a file stands for, through imports."""

from collections.abc import Mapping

from blocklint.frontends.static.files import Disk
from blocklint.frontends.static.project import Project
from blocklint.frontends.static.values import Class, Imported
from blocklint.source import Source


def home_of(
    source: Source, dotted: str, drafts: Mapping[str, bytes]
) -> tuple[str, str] | None:
    """The file and the name of a class of the project; None for anything else.

    `dotted` is the name as code at the top of the file would write it:
    `EncoderLayer`, `layers.EncoderLayer`.
    """
    first, *rest = dotted.split(".")
    found = Project(files=Disk(drafts)).add(source).lookup(first)
    for part in rest:
        found = found.file.lookup(part) if isinstance(found, Imported) else None
    return (found.file.path, found.name) if isinstance(found, Class) else None
