"""The sizes of a tensor's axes: `x.shape`, its elements and its slices."""

from blocklint.frontends.static.machine import Machine
from blocklint.frontends.static.values import Known, RunTime, Sequence, Sizes, Value
from blocklint.graph import SIZES, Dim, Node, Size


def size(node: Node, axis: int) -> RunTime:
    """The size of one axis of a tensor."""
    return RunTime("size", Dim.of(Size(node.index, axis)))


def item(sizes: Sizes, key: int) -> RunTime:
    """`sizes[key]`."""
    if key >= 0:
        return size(sizes.node, sizes.start + key)
    return size(sizes.node, key + (sizes.stop or 0))


def called(m: Machine, value: RunTime, name: str) -> None:
    """Note the first name that the code gives to the size of an axis."""
    atoms = value.number.atoms if value.number is not None and name.strip("_") else ()
    for atom in atoms:
        if isinstance(atom, Size) and value.number == Dim.of(atom):
            m.size_names.setdefault(atom, name)


def part(sizes: Sizes, start: int, stop: int | None) -> Value:
    """`sizes[start:stop]`, where that is a run of axes counted from one end."""
    if sizes.stop is not None:
        whole = start == 0 and stop is None
        return sizes if whole else RunTime("sizes")
    return Sizes(sizes.node, sizes.start + start if start >= 0 else start, stop)


def changed(sizes: Sizes, key: object, value: Value) -> Value:
    """What a list of sizes is after `sizes[key] = value`."""
    match key:
        case Known(int() as axis) if sizes.start == 0 and sizes.stop is None:
            front = [item(sizes, each) for each in range(axis)]
            back = [item(sizes, each) for each in range(axis + 1, 0)]
            if axis < 0:
                return Sequence([part(sizes, 0, axis), value, *back])
            return Sequence([*front, value, part(sizes, axis + 1, None)])
    return RunTime("sizes")


def unpacked(m: Machine, sizes: Sizes, count: int, star: int | None) -> list[Value]:
    """`count` sizes; the one at `star` takes what is left."""
    if star is None:
        whole = sizes.start == 0 and sizes.stop is None
        if whole and not any(SIZES in g.on and not g.rest for g in m.guards):
            m.ranks[sizes.node.index] = count
        return [item(sizes, key) for key in range(count)]
    after = count - star - 1
    middle = part(sizes, star, -after or None)
    last = [item(sizes, key) for key in range(-after, 0)]
    return [*(item(sizes, key) for key in range(star)), middle, *last]
