"""The part of a request that is to be checked: what has changed, one shard, or all.

Files outside of the part are still looked into for the classes that others use.
"""

from collections.abc import Sequence

from blocklint.engine.discover import File
from blocklint.engine.request import Request
from blocklint.engine.shard import Shard
from blocklint.rule import Finding


class Part:
    """The files to be checked, and what is to be said of them: all that is found."""

    def __init__(self, files: Sequence[File]) -> None:
        self.files = files

    def includes(self, finding: Finding) -> bool:
        """Whether a finding is about this part."""
        return True


def part_of(request: Request, found: Sequence[File]) -> Part:
    """The part of the files that a request means which it asks for.

    Raises BadRequest if it cannot be known what changed, and for a shard that is none.
    """
    options = request.options
    mine = found
    if options.shard is not None:
        shard = Shard.parse(options.shard)
        mine = [file for file in found if shard.holds(file.name)]
    if options.changed or options.since is not None:
        from blocklint.engine.changed import Changed

        return Changed(request, mine)
    return Part(mine) if len(mine) == len(found) else OneShard(mine)


class OneShard(Part):
    """A part of which others check the rest."""

    def __init__(self, files: Sequence[File]) -> None:
        super().__init__(files)
        self._names = frozenset(file.name for file in files)

    def includes(self, finding: Finding) -> bool:
        """Whether a finding can be told from these files."""
        # A comment is judged where all that it may be about was looked for.
        return finding.path in self._names or finding.rule != "unused-suppression"
