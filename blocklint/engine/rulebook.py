"""The rules there are, and which of them a selection means."""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING

from blocklint.engine.config import Configs, Settings
from blocklint.engine.expectations import Expectations
from blocklint.engine.heads import rule_in
from blocklint.engine.request import BadRequest, Selection, nearest
from blocklint.frozen import dataclass
from blocklint.rule import Policy, Rule, Severity

if TYPE_CHECKING:
    from blocklint.analysis.expectation import Expectation


@dataclass(frozen=True)
class Rulebook:
    """Every rule, in the order of their codes."""

    rules: tuple[Rule, ...]

    def meant(self, selector: str) -> tuple[Rule, ...]:
        """The rules that a selector stands for, none if it is unknown."""
        return tuple(rule for rule in self.rules if _weight(selector, rule))

    def named(self, selector: str) -> tuple[Rule, ...]:
        """The rules that a name, a code, a prefix of codes or ALL stands for.

        Raises BadRequest for a selector that stands for none.
        """
        found = self.meant(selector)
        if not found:
            names = [text for rule in self.rules for text in (rule.name, rule.code)]
            hint = nearest(selector, names)
            raise BadRequest(f"unknown rule `{selector}`{hint}")
        return found

    def of(self, settings: Settings) -> dict[str, Rule]:
        """The rules that run under these settings, by name, with their weights."""
        self._require(settings)
        weights = self._weights(settings.severity)
        return {
            rule.name: replace(rule, severity=weights.get(rule.name, rule.severity))
            for rule in self.rules
            if _chosen(rule, settings.selection)
        }

    def _require(self, settings: Settings) -> None:
        """Refuse settings that name a rule that does not exist."""
        for where, selector in settings.mentions:
            try:
                self.named(selector)
            except BadRequest as error:
                key = f"`{where}` in [tool.blocklint]"
                raise BadRequest(f"{settings.origin}: {key}: {error}") from error

    def _weights(self, severity: Mapping[str, Severity]) -> dict[str, Severity]:
        return {
            rule.name: weight
            for selector, weight in severity.items()
            for rule in self.named(selector)
        }


def load_rules(package: str = "blocklint.rules") -> Rulebook:
    """The rules of a package: one a module, which is imported once it is needed."""
    rules = [
        rule_in(f"{package}.{info.name}", folder)
        for folder in importlib.import_module(package).__path__
        for info in pkgutil.iter_modules([folder])
    ]
    return Rulebook(tuple(sorted(rules, key=lambda rule: rule.code)))


Chosen = Callable[[str], tuple[Mapping[str, Rule], Policy]]


class RulesByFile:
    """The rules that run on each file, by name, worked out once for each config.

    Raises BadRequest if the command line names a rule that does not exist.
    """

    def __init__(self, book: Rulebook, configs: Configs) -> None:
        typed = configs.options
        for selector in (*typed.select, *typed.extend_select, *typed.ignore):
            book.named(selector)
        self.book = book
        self.configs = configs
        self._chosen: dict[int, dict[str, Rule]] = {}
        self._expectations = Expectations()
        self._keys: dict[object, str] = {}

    def of(self, path: str) -> dict[str, Rule]:
        """The rules for a file; raises BadRequest for a config that names no rule."""
        settings = self.configs.of(path)
        if id(settings) not in self._chosen:
            self._chosen[id(settings)] = self.book.of(settings)
        rules = self._chosen[id(settings)]
        if ignored := settings.ignored_in(path):
            return {n: r for n, r in rules.items() if not _any_means(ignored, r)}
        return rules

    def chosen(self, path: str) -> tuple[Mapping[str, Rule], Policy]:
        """The rules for a file, and what its project has decided and expects."""
        rules, settings = self.of(path), self.configs.of(path)
        if "expectation-failed" not in rules:
            return rules, settings.policy
        told = self._expectations.of(settings.expected, path)
        policy = settings.policy
        return rules, replace(policy, expected=told) if told else policy

    def missing(self, path: str) -> Iterator[tuple[str, str, "Expectation"]]:
        """The files that the config of a file expects to be there, and that are not.

        Each comes with one of the classes that it should hold, and what is said of it.
        """
        return self._expectations.missing(self.configs.of(path).expected)

    def key(self, path: str) -> str:
        """A name for all in the settings that what is found in a file depends on."""
        rules, policy = self.chosen(path)
        expected = tuple(policy.expected.items())
        which = (tuple(rules), id(self.configs.of(path)), expected)
        if which not in self._keys:
            self._keys[which] = _key(rules, policy)
        return self._keys[which]


def _key(rules: Mapping[str, Rule], policy: Policy) -> str:
    """A name for rules with their weights, and a policy."""
    weighed = sorted(f"{name} {rule.severity.value}" for name, rule in rules.items())
    decided = [str(policy.placement), *sorted(policy.allow)]
    decided += [repr(each) for each in policy.expected.items()]
    text = "\n".join([*weighed, "", *decided])
    return blake2b(text.encode(), digest_size=8).hexdigest()


def _chosen(rule: Rule, selection: Selection) -> bool:
    """The more exact selector wins; between equals, ignoring does."""
    select = max(_weights_of(selection.select, rule), default=0)
    ignore = max(_weights_of(selection.ignore, rule), default=0)
    return select > ignore


def _any_means(selectors: Iterable[str], rule: Rule) -> bool:
    return any(_weight(selector, rule) for selector in selectors)


def _weights_of(selectors: Iterable[str], rule: Rule) -> Iterator[int]:
    return (_weight(selector, rule) for selector in selectors)


def _weight(selector: str, rule: Rule) -> int:
    """How exactly a selector means a rule; zero if it does not."""
    if selector in (rule.name, rule.code):
        return 100
    if selector == "ALL":
        return 1
    is_prefix = selector.startswith("BL") and rule.code.startswith(selector)
    return len(selector) if is_prefix else 0
