"""Which blocks are to be run: those of a file, or classes that are named."""

import os
from collections.abc import Iterator
from pathlib import Path

from blocklint.analysis import Block
from blocklint.engine import tracing as tracer
from blocklint.engine.config import Configs, Settings
from blocklint.engine.discover import File, discover
from blocklint.engine.expectations import Told, find_file, find_module
from blocklint.engine.request import BadRequest, Request
from blocklint.engine.target_names import is_file, split_target
from blocklint.engine.trace_settings import Target, Tracing
from blocklint.engine.tracing import Asked
from blocklint.frozen import dataclass
from blocklint.notebook import is_notebook

NOT_RUN = "a notebook is not run; move the class to a .py file and trace that"
_FORMS = "a target is a file, FILE:CLASS or MODULE:CLASS"


@dataclass(frozen=True)
class Wanted:
    """What one target means: every block of a file, or the class with a name.

    `label` is the target as it was written, `target` what the config says of it.
    `tracing` is the config that it is run by, where that is not the one of its file: a
    module that is installed is run as the project says that names it.
    """

    label: str
    file: File
    name: str | None = None
    target: Target | None = None
    tracing: Tracing | None = None


def wanted(request: Request, configs: Configs) -> Iterator[Wanted]:
    """What is to be run: the targets that were typed, else those that are configured.

    Raises BadRequest for a target that means nothing, or if there is none at all.
    """
    settings = configs.of("pyproject.toml")
    for text in request.paths:
        yield from _typed(text, request, configs, settings.tracing)
    if not request.paths:
        if not settings.tracing.targets:
            where = f"`trace` in [tool.blocklint] ({settings.origin}) lists none"
            raise BadRequest(f"no target is given, and {where}; {_FORMS}")
        for target in settings.tracing.targets:
            yield _configured(target, settings)


def _typed(
    text: str, request: Request, configs: Configs, tracing: Tracing
) -> Iterator[Wanted]:
    split = split_target(text)
    _must_not_be_notebook(split[0] if split else text)
    if os.path.lexists(text):
        for file in discover(Request((text,), request.options), configs):
            if not is_notebook(file.name):
                yield Wanted(file.name, file)
    elif split is not None:
        path = _path(Target(*split), tracing, Path())
        if path is None:
            raise BadRequest(f"`{split[0]}`: no such file or module")
        said = [t for t in tracing.targets if (t.where, t.name) == split]
        project = tracing if said else None
        ways: list[Target | None] = [*said] or [None]
        for target in ways:
            yield Wanted(text, File(_shown(path)), split[1], target, project)
    elif (found := find_module(text, Path())) is not None:
        yield Wanted(text, File(_shown(found)))
    else:
        raise BadRequest(f"`{text}`: no such file or module; {_FORMS}")


def _must_not_be_notebook(path: str, said_by: str = "") -> None:
    if is_notebook(path):
        raise BadRequest(f"{said_by}`{path}`: {NOT_RUN}")


def _configured(target: Target, settings: Settings) -> Wanted:
    _must_not_be_notebook(target.where, f"{settings.origin}: ")
    path = _path(target, settings.tracing, settings.tracing.root)
    if path is None:
        raise BadRequest(f"{settings.origin}: `{target.where}`: no such file or module")
    label = f"{target.where}:{target.name}"
    return Wanted(label, File(_shown(path)), target.name, target, settings.tracing)


def _path(target: Target, tracing: Tracing, folder: Path) -> Path | None:
    """The file that a target stands in; a module may be one of the interpreter's."""
    if is_file(target.where):
        path = folder / target.where
        return path if path.is_file() else None
    found = find_module(target.where, folder)
    if found is None:
        known = tracer.locate(target.where, tracing)
        return Path(known) if known else None
    return found


def _shown(path: Path) -> str:
    """A path as short as it can be said from here."""
    real, here = os.path.abspath(path), os.path.abspath("")
    below = path.is_absolute() and Path(real).is_relative_to(here)
    return (Path(real).relative_to(here) if below else path).as_posix()


def asked_of(block: Block, tracing: Tracing, expected: Told) -> Iterator[Asked]:
    """How a block is to be run: as each target of the config that means it says.

    A block that the config does not speak of is run once.
    """
    meant = [target for target in tracing.targets if target.name == block.name]
    here = os.path.realpath(block.source.path)
    found = [
        Asked(block, target, expected.get(block.name, ()))
        for target in meant
        if (path := find_file(target.where, tracing.root))
        and os.path.realpath(path) == here
    ]
    yield from found or [Asked(block, None, expected.get(block.name, ()))]
