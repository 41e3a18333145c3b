"""What a search for files leaves out: what the config excludes and what git ignores."""

import os
from collections.abc import Callable
from pathlib import Path

from blocklint.engine.config import Configs
from blocklint.engine.gitignore import GitIgnore

LeftOut = Callable[[Path, bool], bool]  # of a path, and whether it is a folder


class Outside:
    """What is left out. A path that is named is not, unless that is enforced."""

    def __init__(self, configs: Configs) -> None:
        self._configs = configs
        self._git = GitIgnore()

    def forces(self, path: str, is_folder: bool) -> bool:
        """Whether even a path that was given by name is left out."""
        settings = self._configs.of(path)
        if not settings.force_exclude:
            return False
        return settings.excludes(path) or (
            settings.respect_gitignore and self._git.ignores_within(path, is_folder)
        )

    def below(self, folder: str) -> LeftOut:
        """What is left out of a folder that was given by name.

        If git ignores the folder itself, only what is said within it counts.
        """
        ignored = self._git.ignores_within(folder, is_folder=True)
        since = Path(os.path.abspath(folder)) if ignored else None

        def left_out(path: Path, is_folder: bool) -> bool:
            settings = self._configs.of(path)
            return settings.excludes(path) or (
                settings.respect_gitignore and self._git.ignores(path, is_folder, since)
            )

        return left_out
