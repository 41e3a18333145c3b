"""Sites that are expected, held against those that were read or that ran."""

from collections.abc import Iterable, Iterator, Sequence

from blocklint.analysis.block import Site
from blocklint.analysis.expectation import Expectation, ExpectedSite
from blocklint.analysis.placement import Placement
from blocklint.analysis.role import Role
from blocklint.analysis.run import Unmet
from blocklint.frozen import dataclass

NONE = "none"


def unlike(
    found: Sequence[Site],
    expected: Expectation,
    wanted: Sequence[ExpectedSite] | None = None,
    ran: bool = False,
    filled: bool = False,
) -> Iterator[Unmet]:
    """Where sites are not those that are expected; `wanted` are all there should be.

    Of sites that `ran`, modifiers are not known. Where modules were handed in, so that
    the block is `filled`, what its sub-layers compute is up to who runs it.
    """
    listed = expected.sites if wanted is None else wanted
    if expected.sites is not None and listed is not None:
        yield from _Listed(found, listed, expected, ran, filled).unlike()
    elif expected.placement is not None and not found:
        yield Unmet("placement", expected.placement.value, "no site", of=expected)
    elif expected.placement is not None:
        yield from _misplaced([(s, expected.placement) for s in found], expected)


def listed(sites: Iterable[ExpectedSite]) -> str:
    """Expected sites as a text, `attention: pre, ffn: pre`."""
    return ", ".join(map(str, sites)) or NONE


def shown(sites: Iterable[Site]) -> str:
    """Sites as a text of the same form."""
    return listed(ExpectedSite(site.role, site.placement) for site in sites)


def modifiers_of(site: Site) -> frozenset[str]:
    """The modifiers of a site, `optional` among them."""
    return site.modifiers | (frozenset(["optional"]) if site.optional else frozenset())


@dataclass(frozen=True, eq=False)
class _Listed:
    """Sites beside all those that there should be."""

    found: Sequence[Site]
    wanted: Sequence[ExpectedSite]
    expected: Expectation
    ran: bool
    filled: bool

    def unlike(self) -> Iterator[Unmet]:
        pairs = list(zip(self.found, self.wanted, strict=False))
        same = len(self.found) == len(self.wanted)
        if not same or not all(self._may_be(s, w.role) for s, w in pairs):
            if not any(site.placement is Placement.UNKNOWN for site in self.found):
                yield self._other()
            return
        placed = [(s, w.placement) for s, w in pairs if w.placement is not None]
        misplaced = list(_misplaced(placed, self.expected))
        yield from misplaced
        if not misplaced and not self.ran:
            yield from self._modified(pairs)

    def _may_be(self, site: Site, role: Role) -> bool:
        return site.role is role or self.filled or (self.ran and role is Role.OTHER)

    def _other(self) -> Unmet:
        """There are other sites, or others in number, or in another order."""
        found, of = tuple(self.found), self.expected
        if any(each.placement for each in self.wanted):
            return Unmet("sites", listed(self.wanted), shown(found), found, of)
        roles = ", ".join(site.role.value for site in found) or NONE
        return Unmet("roles", listed(self.wanted), roles, found, of)

    def _modified(self, pairs: Sequence[tuple[Site, ExpectedSite]]) -> Iterator[Unmet]:
        for site, wanted in pairs:
            has = modifiers_of(site)
            if wanted.modifiers is not None and wanted.modifiers != has:
                words = _words(wanted.modifiers), _words(has)
                yield Unmet("modifiers", *words, (site,), self.expected)


def _misplaced(
    placed: Iterable[tuple[Site, Placement]], expected: Expectation
) -> Iterator[Unmet]:
    """The sites that normalise elsewhere than they should, like ones together."""
    groups: dict[tuple[Placement, Placement], list[Site]] = {}
    for site, wanted in placed:
        if site.placement not in (wanted, Placement.UNKNOWN):
            groups.setdefault((wanted, site.placement), []).append(site)
    for (wanted, placement), sites in groups.items():
        yield Unmet("placement", wanted.value, placement.value, tuple(sites), expected)


def _words(modifiers: frozenset[str]) -> str:
    return ", ".join(sorted(modifiers)) or NONE
