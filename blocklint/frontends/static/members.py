"""The modules that a constructor stores: what they are, and who else holds them."""

from collections.abc import Iterator
from dataclasses import replace

from blocklint.frontends.static import instances
from blocklint.frontends.static.choices import Choices
from blocklint.frontends.static.library import Library
from blocklint.frontends.static.machine import Frame, Machine
from blocklint.frontends.static.values import (
    External,
    Instance,
    Known,
    Layer,
    Mapping,
    Parameter,
    Sequence,
    Value,
)
from blocklint.frontends.torch_api import hint_meaning, layer_meaning
from blocklint.graph import Member, Op, Sharing

# Kinds of layers that hold weights; the others reshape, pool or drop.
_WEIGHTY = frozenset(
    ["linear", "conv", "embedding", "attention", "mixer", "ffn", "norm"]
)
_ATTENDS = frozenset(["attention", "cross-attention", "softmax", "matmul"])
_FFN = 2  # linear layers in a row


def members_of(m: Machine, instance: Instance, frame: Frame) -> tuple[Member, ...]:
    """The modules that the constructor of this very class stores.

    What has to be built to tell changes nothing of the graph, and asks for nothing.
    """
    outer, m.choices = m.choices, Choices(m.choices.given)
    found = tuple(_Members(m, instance, frame).all())
    m.choices = outer
    return found


class _Members:
    def __init__(self, m: Machine, instance: Instance, frame: Frame) -> None:
        self.m = m
        self.instance = instance
        self.frame = frame

    def all(self) -> Iterator[Member]:
        for name, place in self.instance.set_at.items():
            value = self.instance.attributes.get(name)
            is_own = place.chunk is self.instance.cls.chunk
            if is_own and value is not None and _is_module(value):
                yield Member(
                    name,
                    place,
                    self._is_norm(value),
                    all(each.made for each in _single(value)),
                    self._has_weights(value),
                    _container(value),
                    self._is_registered(name, value),
                    self._copied_in(name, value) if self.m.copied else "",
                    tuple(self._sharings(value)) if self.m.shared else (),
                )

    def _is_norm(self, value: Value) -> bool:
        match value:
            case Instance(cls):
                return self.m.library.is_norm(cls)
            case Layer() as layer:
                meaning = hint_meaning if layer.passed else layer_meaning
                return meaning(layer.name)[0] is Op.NORM
            case Sequence(items):
                return all(self._is_norm(item) for item in items)
        return False

    def _has_weights(self, value: Value) -> bool:
        """Whether a module certainly has weights of its own."""
        return any(_is_weighty(self.m.library, each) for each in self._held(value))

    def _held(self, value: Value) -> Iterator[Value]:
        """A value and all that it holds, built as far as it is asked for."""
        pending, seen = [value], {id(self.instance)}
        while pending:
            each = pending.pop(0)
            if id(each) in seen:
                continue
            seen.add(id(each))
            yield each
            match each:
                case Instance():
                    if self.m.library.is_module_class(each.cls):
                        instances.build(self.m, each, self.frame)
                        pending.extend(each.attributes.values())
                        pending.extend([each.items] if each.items else [])
                case Sequence(items):
                    pending.extend(items)
                case Mapping(entries):
                    pending.extend(entries.values())

    def _is_registered(self, name: str, value: Value) -> bool:
        """Whether torch gets to know of all modules in a collection.

        A list of one is how modules are hidden from it on purpose.
        """
        if _container(value) in ("", "modules", "sequential"):
            return True
        if isinstance(value, Sequence) and len(value.items) == 1 and not value.repeated:
            return True
        known = {
            id(each)
            for other, held in self.instance.attributes.items()
            if other != name
            for each in _given(held)
        }
        return id(value) in known or all(id(each) in known for each in _single(value))

    def _copied_in(self, name: str, value: Value) -> str:
        """The attribute with a list of copies of a module, if none has it itself."""
        holder = ""
        for other, held in self.instance.attributes.items():
            if other == name or not any(value is each for each in self.m.copied):
                continue
            for each in self._held(held):
                if each is value or (isinstance(each, Layer) and value in _given(each)):
                    return ""
                if isinstance(each, Sequence) and _lists_copies(each, value):
                    holder = holder or other
        return holder

    def _sharings(self, value: Value) -> Iterator[Sharing]:
        """What all items of a list have in common, unless it has a name of its own."""
        stored = {id(each) for each in self.instance.attributes.values()}
        for each in self._held(value):
            if id(each) not in self.m.shared or id(each) in stored:
                continue
            sharing, holder = self.m.shared[id(each)][1:]
            is_own = sharing.place.chunk is self.instance.cls.chunk
            if is_own and self._has_weights(each):
                blocks = self._is_block(holder)
                yield replace(sharing, role=self._role(each), of_blocks=blocks)

    def _role(self, value: Value) -> str:
        """What a module computes, by the layers that it holds and what it calls."""
        kinds = [kind for each in self._held(value) for kind in self._kinds(each)]
        if _ATTENDS & set(kinds):
            return "attention"
        return "ffn" if kinds.count("linear") >= _FFN or "ffn" in kinds else ""

    def _kinds(self, value: Value) -> Iterator[str]:
        match value:
            case Layer():
                yield _kind(value)
            case Instance(cls) if self.m.library.is_module_class(cls):
                graph = self.m.library.graph_of(self.m.library, cls)
                yield from _ATTENDS & {node.kind for node in graph.nodes}

    def _is_block(self, value: Value) -> bool:
        match value:
            case Instance(cls):
                return self.m.library.is_block(cls)
            case Sequence(items):
                return {"attention", "ffn"} <= {self._role(item) for item in items}
        return False


def _is_module(value: Value) -> bool:
    match value:
        case Instance() | Layer():
            return True
        case Sequence(items):
            return bool(items) and all(_is_module(item) for item in items)
        case Mapping(entries):
            return bool(entries) and all(map(_is_module, entries.values()))
    return False


def _single(value: Value) -> Iterator[Instance | Layer]:
    """The modules of a collection, of collections in it too."""
    match value:
        case Instance() | Layer():
            yield value
        case Sequence(items):
            for item in items:
                yield from _single(item)
        case Mapping(entries):
            for item in entries.values():
                yield from _single(item)


def _lists_copies(items: Sequence, value: Value) -> bool:
    return any(
        item.copy_of is value
        for item in items.items
        if isinstance(item, Instance | Layer)
    )


def _container(value: Value) -> str:
    match value:
        case Sequence(
            [Sequence(kind="list" | "tuple" as inner), *_], _, "list" | "tuple" as kind
        ):
            return f"{kind} of {inner}s"
        case Sequence(kind=kind) | Mapping(kind=kind):
            return kind
    return ""


def _given(value: Value) -> Iterator[Value]:
    """What a collection holds, and what a module is given when it is made."""
    yield value
    match value:
        case Sequence(items):
            for item in items:
                yield from _given(item)
        case Mapping(entries):
            for item in entries.values():
                yield from _given(item)
        case Instance() | Layer():
            for item in value.args.all():
                yield from _given(item)


def _is_weighty(library: Library, value: Value) -> bool:
    """Whether an object itself holds weights; those of its parts count for them."""
    match value:
        case Layer(passed=False):
            return _kind(value) in _WEIGHTY
        case Instance(cls, args):
            outside = [p for p in library.parents(cls) if isinstance(p, External)]
            return any(_kind(Layer(p.path, args)) in _WEIGHTY for p in outside)
        case Parameter("Parameter"):
            return True
    return False


def _kind(layer: Layer) -> str:
    """What a layer does; a norm without gain and bias does nothing learnable."""
    op, kind = layer_meaning(layer.name)
    if op is not Op.NORM:
        return kind if op is Op.LAYER else ""
    affine = layer.args.named.get("elementwise_affine", layer.args.named.get("affine"))
    return "" if isinstance(affine, Known) and not affine.value else "norm"
