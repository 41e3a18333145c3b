"""Which additions of several streams stand beside each other.

A stream's additions stand above each other in order. What another stream reads of it
has to be below the reader, and what it becomes afterwards must not be.
"""

from collections.abc import Iterator, Sequence

from blocklint.analysis.streams import Stream

Rows = dict[tuple[int, int], int]  # of each stream's each join


def rows_of(streams: Sequence[Stream]) -> Rows:
    """The row of each addition, the lowest being zero."""
    rows = {
        (s, j): j for s, stream in enumerate(streams) for j in range(len(stream.joins))
    }
    limits = list(_limits(streams))
    for _ in range(len(rows) + 1):
        for low, high, apart in limits:
            rows[high] = max(rows[high], rows[low] + apart)
    order = {row: number for number, row in enumerate(sorted(set(rows.values())))}
    return {key: order[row] for key, row in rows.items()}


def _limits(
    streams: Sequence[Stream],
) -> Iterator[tuple[tuple[int, int], tuple[int, int], int]]:
    """Pairs of additions, and by how much the second has to be the higher one."""
    for s, stream in enumerate(streams):
        for j, join in enumerate(stream.joins):
            if j:
                yield (s, j - 1), (s, j), 1
            for reading in (r for branch in join.branches for r in branch.reads):
                if reading.joins:
                    yield (reading.stream, reading.joins - 1), (s, j), 1
                if reading.joins < len(streams[reading.stream].joins):
                    yield (s, j), (reading.stream, reading.joins), 0
