"""A recorded run as a tree of calls: what each call makes, is given, and gives back."""

import re
from collections.abc import Iterator, Sequence

from blocklint.frontends.traced.record import ModuleRecord, NodeRecord, Record
from blocklint.frozen import dataclass
from blocklint.lazy import cached_property

_NUMBER = re.compile(r"\b\d+\b")


@dataclass(frozen=True, eq=False)
class Recorded:
    """A record, and what calls hold."""

    record: Record

    @cached_property
    def chains(self) -> list[tuple[int, ...]]:
        """For each call, the calls from the outermost down to it."""
        found: list[tuple[int, ...]] = []
        for index, call in enumerate(self.record.calls):
            above = () if call.parent is None else found[call.parent]
            found.append((*above, index))
        return found

    @cached_property
    def inside(self) -> list[list[int]]:
        """For each call, the nodes made in it or in what it calls."""
        found: list[list[int]] = [[] for _ in self.record.calls]
        for index, node in enumerate(self.record.nodes):
            for call in self.chains[node.call]:
                found[call].append(index)
        return found

    @cached_property
    def readers(self) -> list[list[int]]:
        """For each node, those that read it."""
        found: list[list[int]] = [[] for _ in self.record.nodes]
        for index, node in enumerate(self.record.nodes):
            for read in node.reads:
                found[read].append(index)
        return found

    def module(self, call: int) -> ModuleRecord:
        """The module that is called."""
        return self.record.modules[self.record.calls[call].module]

    def given(self, call: int) -> list[int]:
        """The values from outside that a call reads, in the order of reading."""
        own = set(self.inside[call])
        reads = [r for index in self.inside[call] for r in self._node(index).reads]
        return [
            read
            for read in dict.fromkeys(reads)
            if read not in own and self._node(read).op != "param"
        ]

    def taken(self, call: int) -> list[int]:
        """The values of a call that are read outside of it."""
        own = set(self.inside[call])
        return [
            index
            for index in self.inside[call]
            if any(reader not in own for reader in self.readers[index])
            and self._node(index).op != "param"
        ]

    def tensor(self, values: Sequence[int], given: int) -> int:
        """Of what a module gives, the tensor that goes on: one like what it was given.

        Of a tuple the elements count. Without a likeness it is the first tensor.
        """
        parts = [
            part
            for value in values
            for part in (value, *sorted(self.readers[value]))
            if part == value or self._node(part).name == "getitem"
        ]
        tensors = [part for part in parts if self._node(part).shape is not None]
        shape = self._node(given).shape or ()
        alike = [
            part
            for part in tensors
            if len(found := self._node(part).shape or ()) == len(shape)
            and found[:-1] == shape[:-1]
        ]
        return next(iter([*alike, *tensors, *values]))

    @cached_property
    def looped(self) -> frozenset[int]:
        """The calls of items of a list that one line makes: a loop over the list."""
        rows: dict[object, list[int]] = {}
        for index, call in enumerate(self.record.calls):
            module = self.record.modules[call.module]
            if module.is_item:
                row = _NUMBER.sub("*", module.path)  # rows of rows are one list
                rows.setdefault((call.parent, row, call.path, call.line), []).append(
                    index
                )
        return frozenset(i for each in rows.values() if len(each) > 1 for i in each)

    def weighs(self, call: int) -> bool:
        """Whether a call reads a parameter."""
        return any(
            self._node(read).op == "param"
            for index in self.inside[call]
            for read in (*self._node(index).reads, index)
        )

    def _node(self, index: int) -> NodeRecord:
        return self.record.nodes[index]


@dataclass(frozen=True)
class InnerCall:
    """A module that the block itself calls, and the steps that it takes and gives.

    `taken` is None for a call that a run did not come back from.
    """

    index: int
    given: int
    taken: int | None


def inner_calls(record: Record) -> Iterator[InnerCall]:
    """The modules that a block's own code calls, in order; what they call left out.

    Of a call that a run did not come back from, the calls in it are listed as well.
    """
    recorded = Recorded(record)
    ended = any(node.op == "output" for node in record.nodes)
    open_calls = {0}
    for index, call in enumerate(record.calls):
        given, taken = recorded.given(index), recorded.taken(index)
        if call.parent not in open_calls or not given:
            continue
        if taken:
            yield InnerCall(index, given[0], recorded.tensor(taken, given[0]))
        elif not ended:
            if call.result is None:
                open_calls.add(index)
            yield InnerCall(index, given[0], call.result)
