"""What the code says beside the data flow: defaults, checks, tied weights."""

from collections.abc import Mapping
from dataclasses import field

from blocklint.frontends.static.choices import SOME, Answer
from blocklint.frontends.static.values import Class, Symbol
from blocklint.frozen import dataclass
from blocklint.graph import Dim, Facts, Guard, Tie


@dataclass(eq=False)
class Noted:
    """The facts that were met so far while a module's code is followed.

    `refused` are the conditions whose other arm raises: what follows them holds
    wherever the code runs to its end. `configs` are the configs whose own checks are
    noted already, by name and class.
    """

    defaults: dict[str, int | float] = field(default_factory=dict)
    equal: list[tuple[Dim, Dim]] = field(default_factory=list)
    divides: list[tuple[Dim, Dim]] = field(default_factory=list)
    at_most: list[tuple[Dim, Dim]] = field(default_factory=list)
    ties: list[Tie] = field(default_factory=list)
    unseen: set[str] = field(default_factory=set)
    refused: set[int] = field(default_factory=set)
    configs: set[tuple[str, Class]] = field(default_factory=set)

    def setting(self, symbol: Symbol) -> Symbol:
        """Note the default of a setting that the code reads."""
        value = symbol.default.value if symbol.default is not None else None
        if type(value) is int or type(value) is float:  # no flag
            self.defaults.setdefault(symbol.text, value)
        return symbol

    def same(self, one: Dim, two: Dim) -> None:
        """Note that the code refuses two numbers that differ."""
        if one != two and (one.atoms or two.atoms) and (one, two) not in self.equal:
            self.equal.append((one, two))

    def multiple(self, whole: Dim, part: Dim) -> None:
        """Note that the code refuses a number that is no multiple of another."""
        told = bool(whole.atoms) and part.constant != 1
        if told and (whole, part) not in self.divides:
            self.divides.append((whole, part))

    def limit(self, number: Dim, most: Dim) -> None:
        """Note that the code refuses a number that is larger than another."""
        if number.atoms and (number, most) not in self.at_most:
            self.at_most.append((number, most))

    def always(self, guards: tuple[Guard, ...]) -> bool:
        """Whether code under these guards runs wherever the module does its work."""
        return all(each.rest and each.condition in self.refused for each in guards)

    def facts(self, given: Mapping[str, Answer]) -> Facts:
        """All of them; a setting that is given a value has that one."""
        defaults = {k: v for k, v in self.defaults.items() if k not in given}
        for name, answer in given.items():
            if type(answer) is int or type(answer) is float:
                defaults[name] = answer
        return Facts(
            defaults,
            tuple(self.equal),
            tuple(self.divides),
            tuple(self.at_most),
            frozenset(self.unseen),
            frozenset(name for name, answer in given.items() if answer == SOME),
        )
