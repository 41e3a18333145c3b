"""Settings: what a project's `[tool.blocklint]` says, under what the user typed."""

import os
from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path
from types import MappingProxyType

from blocklint.engine.expectations import Expected
from blocklint.engine.patterns import Pattern
from blocklint.engine.request import BadRequest, Options, Selection
from blocklint.engine.trace_settings import Tracing
from blocklint.frozen import dataclass
from blocklint.rule import Policy, Severity

NO_CONFIG = "no config"


@dataclass(frozen=True)
class Settings:
    """Everything that the config decides for the files of one folder.

    `mentions` are the selectors of rules that it names, each with its key.
    """

    selection: Selection = field(default_factory=Selection)
    exclude: tuple[Pattern, ...] = ()
    per_file_ignores: tuple[tuple[Pattern, tuple[str, ...]], ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=lambda: _NOTHING)
    policy: Policy = field(default_factory=Policy)
    naming: str = "field"
    tracing: Tracing = field(default_factory=Tracing)
    expected: Expected = field(default_factory=Expected)
    baseline: Path | None = None
    force_exclude: bool = False
    respect_gitignore: bool = True
    origin: str = NO_CONFIG
    mentions: tuple[tuple[str, str], ...] = ()

    def excludes(self, path: str | Path) -> bool:
        """Whether the project keeps this file or folder out."""
        return any(pattern.matches(path) for pattern in self.exclude)

    def ignored_in(self, path: str) -> tuple[str, ...]:
        """The selectors that `per-file-ignores` lists for a file."""
        return tuple(
            selector
            for pattern, selectors in self.per_file_ignores
            if pattern.matches(path) is not pattern.inverted
            for selector in selectors
        )


_NOTHING: Mapping[str, Severity] = MappingProxyType({})


class Configs:
    """The settings of each folder, looked up once: the nearest config up the tree.

    A pyproject.toml without `[tool.blocklint]` is no config, and the search goes on.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self._found: dict[str, Settings] = {}
        self._fixed = self._chosen()

    def of(self, path: str | Path) -> Settings:
        """The settings for a file, or for a folder seen from outside.

        Raises BadRequest for a config that cannot be read or is wrong.
        """
        return self._fixed or self._nearest(os.path.dirname(os.path.abspath(path)))

    def _chosen(self) -> Settings | None:
        if self.options.config is not None:
            found = _load(self.options.config)
            if found is None:
                path = self.options.config
                raise BadRequest(f"{path}: has no table [tool.blocklint]")
            return self._under(found)
        return self._under(Settings()) if self.options.isolated else None

    def _nearest(self, folder: str) -> Settings:
        if folder not in self._found:
            own, parent = Path(folder, "pyproject.toml"), os.path.dirname(folder)
            found = _load(own) if own.is_file() else None
            if found is not None:
                self._found[folder] = self._under(found)
            elif folder == parent:
                self._found[folder] = self._under(Settings())
            else:
                self._found[folder] = self._nearest(parent)
        return self._found[folder]

    def _under(self, settings: Settings) -> Settings:
        """The settings once the command line had its say."""
        options = self.options
        chosen = Selection(options.select) if options.select else settings.selection
        here = Path.cwd()
        exclude = tuple(Pattern(text, here) for text in options.exclude)
        return replace(
            settings,
            selection=chosen.extended(options.extend_select, options.ignore),
            exclude=settings.exclude + exclude,
            expected=replace(
                settings.expected,
                file=options.expectations or settings.expected.file,
            ),
            force_exclude=_first(options.force_exclude, settings.force_exclude),
            respect_gitignore=_first(
                options.respect_gitignore, settings.respect_gitignore
            ),
            tracing=replace(
                settings.tracing,
                python=options.python or settings.tracing.python,
                timeout=options.timeout or settings.tracing.timeout,
            ),
        )


def _first(typed: bool | None, configured: bool) -> bool:
    return configured if typed is None else typed


def _load(path: Path) -> Settings | None:
    """The settings that a TOML file holds; None if it has no table for blocklint."""
    import tomllib

    try:
        text = path.read_bytes().decode()
        document = tomllib.loads(text)
    except OSError as error:
        raise BadRequest(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadRequest(f"{path}: is not valid TOML: {error}") from error
    tool = document.get("tool")
    if not isinstance(tool, dict) or "blocklint" not in tool:
        return None
    from blocklint.engine.config_table import settings_of

    return settings_of(tool["blocklint"], path, text)
