"""What a search for files leaves out: what the config excludes and what git ignores."""

from blocklint.engine.config import Configs
from blocklint.engine.gitignore import GitIgnore


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

    def leaves_out(self, path: str, is_folder: bool) -> bool:
        """Whether a search passes over what it finds in a folder."""
        settings = self._configs.of(path)
        return settings.excludes(path) or (
            settings.respect_gitignore and self._git.ignores(path, is_folder)
        )
