"""What a terminal can show beyond plain text, and text that it will not act upon."""

from collections.abc import Mapping

from blocklint.frozen import dataclass
from blocklint.rule import Severity

BOLD = "1"
QUIET = "34"  # blue: what a finding is related to
STYLES = {  # as a terminal numbers them: bold red, bold yellow, bold cyan
    Severity.ERROR: "1;31",
    Severity.WARNING: "1;33",
    Severity.NOTE: "1;36",
}

# Those that say who they are, and are known to make links of OSC 8.
_PROGRAMS = frozenset(
    {"iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby", "rio", "mintty"}
)
_TERMS = frozenset(
    {"xterm-kitty", "xterm-ghostty", "wezterm", "foot", "foot-extra", "alacritty"}
)
_MARKS = ("WT_SESSION", "KITTY_WINDOW_ID", "DOMTERM")
_VERSIONS = {"VTE_VERSION": 5001, "KONSOLE_VERSION": 201200}
# They stand between, and what they pass on depends on their version and settings.
_MULTIPLEXERS = ("screen", "tmux")


@dataclass(frozen=True)
class Terminal:
    """What may be written for the reader's eyes: nothing but plain text by default."""

    colours: bool = False
    links: bool = False

    def painted(self, text: str, style: str) -> str:
        """The text in a style, where there are colours."""
        return f"\x1b[{style}m{text}\x1b[0m" if self.colours and text else text

    def linked(self, text: str, url: str | None) -> str:
        """The text as a link (OSC 8), where there are links and an address."""
        if not self.links or url is None:
            return text
        return f"\x1b]8;;{url}\x1b\\{text}\x1b]8;;\x1b\\"


PLAIN = Terminal()


def terminal_of(is_terminal: bool, environment: Mapping[str, str]) -> Terminal:
    """What can be shown where the output goes to."""
    colours = shows_colours(is_terminal, environment)
    return Terminal(colours, colours and shows_links(is_terminal, environment))


def shows_colours(is_terminal: bool, environment: Mapping[str, str]) -> bool:
    """Whether to write in colours.

    `NO_COLOR` says never, then `FORCE_COLOR` and `CLICOLOR_FORCE` say always; without
    them, to a terminal that is not a dumb one, unless `CLICOLOR` is 0.
    """
    if environment.get("NO_COLOR"):
        return False
    forced = (environment.get(name) for name in ("FORCE_COLOR", "CLICOLOR_FORCE"))
    if any(value not in (None, "", "0") for value in forced):
        return True
    dumb = environment.get("TERM") == "dumb"
    return is_terminal and not dumb and environment.get("CLICOLOR") != "0"


def shows_links(is_terminal: bool, environment: Mapping[str, str]) -> bool:
    """Whether the output goes to a terminal that is known to make links of OSC 8."""
    term = environment.get("TERM", "")
    between = "TMUX" in environment or term.startswith(_MULTIPLEXERS)
    if not is_terminal or between or term == "dumb":
        return False
    return (
        term in _TERMS
        or environment.get("TERM_PROGRAM") in _PROGRAMS
        or any(environment.get(mark) for mark in _MARKS)
        or any(_at_least(environment.get(n, ""), v) for n, v in _VERSIONS.items())
    )


def _at_least(text: str, version: int) -> bool:
    return text.isdecimal() and int(text) >= version


def printable(text: str, but: str = "") -> str:
    """A text on one line, with escapes for whatever a terminal would act upon.

    Such things stand in names of files and in messages that quote the code. `but` are
    those that may stay.
    """
    return "".join(
        char
        if char.isprintable() or char in but
        else char.encode("unicode_escape").decode()
        for char in text
    )
