"""Where an import may lead to: plain paths, for thousands are looked up in a check."""

import os

_INSTALLED = frozenset({"site-packages", "dist-packages"})


def stems(where: str, root: str, dotted: str, level: int) -> list[str]:
    """The paths without an ending that an import in a file may mean, best first.

    `root` is the folder that holds the top package of the file.
    """
    parts = dotted.split(".") if dotted else []
    if level:
        roots = _above(where, level)
    elif _is_foreign(where, root, parts):
        return []
    else:
        roots = [root, *_above(where, 1), *_namesakes(where, parts)]
    return [os.path.join(each, *parts) for each in dict.fromkeys(roots)]


def _above(where: str, level: int) -> list[str]:
    """The folder of a file, or one so many levels above it, if there are so many."""
    for _ in range(level):
        where, below = os.path.dirname(where), where
        if where == below:
            return []
    return [where]


def _namesakes(where: str, parts: list[str]) -> list[str]:
    """The folder that holds the innermost folder around a file of a package's name.

    Folders below a package may do without an `__init__.py`.
    """
    name = os.sep.join(["", *parts[:1], ""])
    folder, found, _ = where.rpartition(name)
    return [folder or os.sep] if found and parts else []


def _is_foreign(where: str, root: str, parts: list[str]) -> bool:
    """Whether an absolute import leads out of the project of a file.

    Torch is nobody's project but its own, and installed packages are neighbours only.
    """
    own = where.removeprefix(root).lstrip(os.sep).partition(os.sep)[0]
    top = parts[0] if parts else ""
    if own in (top, f"{top}.py"):
        return False
    return top == "torch" or os.path.basename(root) in _INSTALLED
