"""Conditions that are fixed when a module is constructed.

Code is followed under one assignment of its settings at a time. Whenever a condition
asks for a setting, the answer is taken from the assignment, else from the setting's
visible default, else it is assumed; and it is written down that the other answer
would have led elsewhere. Following the code again under another answer gives another
variant.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field

from blocklint.frontends.static.values import NO_REASON, Known, Reasons, Symbol
from blocklint.frozen import dataclass
from blocklint.regex import Regex


@dataclass(frozen=True)
class Some:
    """A value of which only this is known: it is not None, true, and no literal."""


@dataclass(frozen=True)
class Other:
    """A value that differs from every literal in the code."""


Answer = bool | int | float | str | None | Some | Other
SOME, OTHER = Some(), Other()

# Tests on values that nobody could name in a condition: they make no variants.
_UNREADABLE = Regex(r"\?|\(\.\.\.\)|\b(number|item|index|f-string)\b")


@dataclass
class Asked:
    """A setting that a condition asked for.

    It `matters` if it chose a path, which `joins` if it has to do with norms or sums,
    and is `own` if such a path is one of the class's own code.
    It is `guessed` if nothing tells its value, nor leaves it to the caller.
    """

    answer: Answer
    instead: list[Answer] = field(default_factory=list)
    matters: bool = False
    joins: bool = False
    own: bool = False
    guessed: bool = False

    @property
    def others(self) -> list[Answer]:
        """Every other answer, also to a question that makes no variant."""
        return self.instead or [not self.answer]

    def other(self, answer: Answer) -> None:
        """Note another answer that the code makes a difference for."""
        if answer != self.answer and answer not in self.instead:
            self.instead.append(answer)


@dataclass
class Choices:
    """The answers of one run, and what else could have been answered."""

    given: Mapping[str, Answer] = field(default_factory=dict)
    asked: dict[str, Asked] = field(default_factory=dict)

    def copy(self) -> "Choices":
        """The same answers, for questions that are to leave no trace."""
        asked = {
            name: Asked(
                each.answer,
                each.instead.copy(),
                each.matters,
                each.joins,
                each.own,
                each.guessed,
            )
            for name, each in self.asked.items()
        }
        return Choices(self.given, asked)

    def truth(self, symbol: Symbol) -> Known:
        """Whether a setting is true."""
        asked = self._ask(symbol, True)
        result = bool(asked.answer) or isinstance(asked.answer, Some | Other)
        asked.other(_opposite(asked.answer, result))
        return Known(result, _why(symbol))

    def is_none(self, symbol: Symbol) -> Known:
        """Whether a setting is None; a required argument of the constructor is not."""
        if symbol.default is None and symbol.text.isidentifier():
            return Known(False)
        asked = self._ask(symbol, SOME)
        asked.other(SOME if asked.answer is None else None)
        return Known(asked.answer is None, _why(symbol))

    def equals(self, symbol: Symbol, literals: tuple[object, ...]) -> Known:
        """Whether a setting is one of these literals."""
        plain = [
            each for each in literals if isinstance(each, bool | int | float | str)
        ]
        assumed = plain[0] if plain and isinstance(plain[0], str) else OTHER
        asked = self._ask(symbol, assumed)
        for each in plain:
            asked.other(each)
        asked.other(OTHER)
        return Known(asked.answer in literals, _why(symbol))

    def test(self, text: str, assumed: bool, varies: bool = True) -> Known:
        """The outcome of any other test on settings, by the test's own text.

        One that compares two widths does not vary: it only decides on a projection.
        """
        asked = self._ask(Symbol(text), assumed)
        if varies:
            asked.other(not asked.answer)
        return Known(bool(asked.answer), frozenset([text]))

    def compare(
        self, text: str, left: Symbol, literal: object, how: Callable[..., bool]
    ) -> Known:
        """An ordering between a setting and a literal."""
        default = left.default.value if left.default else None
        assumed = True
        if isinstance(default, int | float) and isinstance(literal, int | float):
            assumed = how(default, literal)
        return self.test(text, assumed)

    def branched_on(self, why: Reasons, joins: bool, own: bool) -> None:
        """A condition that these settings decide chose a path."""
        for name in why:
            if name in self.asked and not _UNREADABLE.search(name):
                asked = self.asked[name]
                asked.matters = True
                asked.joins = asked.joins or joins
                asked.own = asked.own or (joins and own)

    def _ask(self, symbol: Symbol, assumed: Answer) -> Asked:
        if symbol.text not in self.asked:
            told = symbol.text in self.given or symbol.default is not None
            guessed = not told and not symbol.text.isidentifier()
            answer = self._answer(symbol, assumed)
            self.asked[symbol.text] = Asked(answer, guessed=guessed)
        return self.asked[symbol.text]

    def _answer(self, symbol: Symbol, assumed: Answer) -> Answer:
        if symbol.text in self.given:
            return self.given[symbol.text]
        if symbol.default is None:
            return assumed
        value = symbol.default.value
        return value if isinstance(value, bool | int | float | str | None) else SOME


def _opposite(answer: Answer, truth: bool) -> Answer:
    match answer:
        case bool():
            return not answer
        case None:
            return SOME
        case Some():
            return None
        case _:
            return False if truth else SOME


def _why(symbol: Symbol) -> Reasons:
    return frozenset([symbol.text]) if symbol.text else NO_REASON


def describe(name: str, answer: Answer, instead: Sequence[Answer]) -> str:
    """An answer as the condition that a reader would write."""
    match answer:
        case bool():
            return name if answer else f"not {_enclosed(name)}"
        case None:
            return f"{name} is None"
        case Some():
            return f"{name} is not None"
        case Other():
            literals = [repr(each) for each in instead if not isinstance(each, Some)]
            if len(literals) > 1:
                return f"{name} not in ({', '.join(literals)})"
            return f"{name} != {literals[0]}" if literals else name
        case _:
            return f"{name} == {answer!r}"


def _enclosed(name: str) -> str:
    return f"({name})" if " " in name else name
