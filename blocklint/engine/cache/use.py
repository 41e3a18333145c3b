"""How a check uses the cache: what is known is recalled, what is not is asked for."""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from blocklint.engine.answers import Answer
from blocklint.engine.cache.folder import folder_of, made
from blocklint.engine.cache.store import Store
from blocklint.engine.config import Configs
from blocklint.engine.discover import File
from blocklint.engine.request import Request
from blocklint.engine.rulebook import RulesByFile
from blocklint.frontends.static.importers import Importers
from blocklint.notebook import is_notebook

Ask = Callable[[Sequence[File], Importers], Iterable[Answer]]


def opened(
    request: Request, configs: Configs, files: Sequence[File]
) -> tuple[Store | None, str | None]:
    """The cache that a check of some files is to use, or why there is none."""
    folder = folder_of(request.options, configs.of(files[0].name))
    try:
        return Store(made(folder)), None
    except OSError as error:
        return None, f"{folder}: {error.strerror}"


def remembered(
    store: Store, files: Sequence[File], rules: RulesByFile, ask: Ask
) -> dict[str, Answer]:
    """The answer for each file by its name; new ones are kept, even of a broken run.

    Notebooks are read each time: their cells may see several editions of one class.
    """
    keys = {f.name: (os.path.abspath(f.name), rules.key(f.name)) for f in files}
    found: dict[str, Answer] = {}
    unknown: list[File] = []
    for file in files:
        answer = None if is_notebook(file.name) else store.recall(*keys[file.name])
        if answer is None:
            unknown.append(file)
        else:
            same = answer.name == file.name
            found[file.name] = answer if same else replace(answer, name=file.name)
    new: dict[tuple[str, str], Answer] = {}
    try:
        for answer in ask(unknown, store.importers):
            found[answer.name] = answer
            if not is_notebook(answer.name):
                new[keys[answer.name]] = answer
    finally:
        store.keep(new)
        store.commit()
    return found
