"""Who may read what objects of a class store: its kin, and the code that knows it."""

from blocklint.frontends.static.library import Library
from blocklint.frontends.static.values import Class, External
from blocklint.frontends.torch_api import is_torch
from blocklint.graph import Readers
from blocklint.source import Chunk

_READ_NOTHING = frozenset(["Module", "object", "ABC", "Generic", "Protocol"])


def readers_of(library: Library, cls: Class) -> Readers:
    """The code that may read the attributes of a class's objects."""
    parents = library.parents(cls)
    unseen = [parent for parent in parents if isinstance(parent, External)]
    seen = [parent for parent in parents if isinstance(parent, Class)]
    files = [cls.file, *library.project.users(cls.file), *(p.file for p in seen)]
    chunks = dict.fromkeys(chunk for file in files for chunk in file.source.outline)
    family = dict.fromkeys(parent.chunk for parent in seen)
    family.update(dict.fromkeys(_kin(cls, list(chunks))))
    return Readers(
        tuple(family),
        tuple(chunk for chunk in chunks if chunk not in family),
        all(parent.name in _READ_NOTHING for parent in unseen),
        any(is_torch(p.path) and p.name not in _READ_NOTHING for p in unseen),
    )


def _kin(cls: Class, chunks: list[Chunk]) -> list[Chunk]:
    """The classes that derive from this one, and their other parents: by name."""
    found = dict.fromkeys([cls.chunk])
    wanted, names = set[str](), {cls.name}
    grown = True
    while grown:
        grown = False
        for chunk in chunks:
            if chunk.header is None or chunk in found:
                continue
            bases = {base.rpartition(".")[2] for base in chunk.header.bases}
            if bases & names:
                names |= chunk.names
                wanted |= bases
            elif not chunk.names & wanted:
                continue
            found[chunk] = None
            grown = True
    return list(found)
