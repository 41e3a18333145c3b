"""Steps as they are drawn: boxes with two or three lines of text, or a small circle."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from blocklint.analysis.streams import Branch, Step, StepKind
from blocklint.frozen import dataclass
from blocklint.reporters.inspection.text import shape_text
from blocklint.reporters.pictures.items import Box, Circle, Group, Item, Line, Text
from blocklint.reporters.pictures.words import shorten, width, wrap

GAP = 24.0  # between what stands above each other, with room for a shape
NARROWEST, WIDEST = 104.0, 196.0
_PADDING = 10.0
_NAME, _ROLE, SMALL = 11.0, 12.5, 10.0
_LABEL = 150.0  # the widest shape beside a line
_NAMES = 3  # lines of names in one box
_PAINTS = {
    "attention": "attention",
    "cross-attention": "cross-attention",
    "ffn": "ffn",
    "linear": "ffn",
}


@dataclass(frozen=True)
class Cell:
    """A step with its size; `label` is the shape of what comes out, if that is new."""

    kinds: tuple[str, ...]
    paint: str
    lines: tuple[Text, ...]
    width: float
    height: float
    call: tuple[StepKind, int] | None = None
    title: str = ""
    label: str = ""

    @property
    def to_the_right(self) -> float:
        """How far it reaches to the right of its middle, with what stands beside it."""
        beside = 7 + width(self.label, SMALL, mono=True) if self.label else 0.0
        if self.paint == "scale":
            named = max((text.width for text in self.lines[1:]), default=-6.0)
            return max(beside, self.width / 2 + 6 + named)
        return max(beside, self.width / 2)

    def widened(self, wide: float) -> "Cell":
        """The same cell in a wider box."""
        return replace(self, width=wide)

    def drawn(self, x: float, y: float, dashed: bool, on: str) -> Group:
        """The cell with its middle at `x` and its lower edge at `y`."""
        items: list[Item] = []
        if self.paint == "scale":
            radius = self.height / 2
            items.append(Circle(x, y + radius, radius, "scale", dashed))
        else:
            left = x - self.width / 2
            box = Box(left, y, self.width, self.height, self.paint, dashed=dashed)
            items.append(box)
        items += [replace(t, x=x + t.x, y=y + t.y) for t in self.lines]
        return Group((*self.kinds, f"on-{on}"), tuple(items), self.title)


def cells_of(steps: Sequence[Step], shape: Sequence[str]) -> tuple[Cell, ...]:
    """The steps of a branch that starts with a shape, each as a cell."""
    return tuple(_labelled(steps, shape))


def unknown_cell() -> Cell:
    """The box that stands where the data flow could not be followed."""
    words = (
        ("unknown", _ROLE, True),
        ("the data flow could", _NAME, False),
        ("not be followed", _NAME, False),
    )
    return _boxed(("unknown",), "plain", words, "the data flow could not be followed")


def cells_of_branch(branch: Branch, shape: Sequence[str], unknown: bool) -> list[Cell]:
    """A branch as cells; one whose flow was not followed is a box that says so."""
    if unknown:
        factors = [step for step in branch.steps if step.kind is StepKind.SCALE]
        return [unknown_cell(), *cells_of(factors, shape)]
    return list(cells_of(branch.steps, shape))


def stack_height(cells: Sequence[Cell]) -> float:
    """How high cells are that stand on each other, with a gap above each."""
    return sum(cell.height + GAP for cell in cells)


def _labelled(steps: Sequence[Step], shape: Sequence[str]) -> Iterator[Cell]:
    last = known(shape)
    for step in steps:
        now, label = known(step.shape), ""
        if now and not _alike(last, now):
            label = shorten(shape_text(step.shape), _LABEL, SMALL, mono=True)
        yield replace(_cell(step), label=label)
        last = now or last


def known(shape: Sequence[str]) -> tuple[str, ...]:
    """The sizes from the first one on that is known."""
    sizes = list(shape)
    while sizes and sizes[0] in ("?", "..."):
        sizes.pop(0)
    return tuple(sizes)


def _alike(one: tuple[str, ...], two: tuple[str, ...]) -> bool:
    """Whether two shapes differ in no more than how much is known of them."""
    both = min(len(one), len(two))
    return both > 0 and one[-both:] == two[-both:]


def _cell(step: Step) -> Cell:
    call = (step.kind, step.call)
    match step.kind:
        case StepKind.SCALE:
            title = f"scaled by {step.name}" if step.name else "scaled"
            return replace(_round(step, "\u00d7", "scale", title), call=call)
        case StepKind.SUM:
            title = f"added to {step.name}"
            return replace(_round(step, "+", "sum", title), call=call)
        case StepKind.NORM:
            norm = ((step.role, _ROLE, True), (step.name, _NAME, False))
            cell = _boxed(("norm",), "norm", norm, f"{step.role} {step.name}")
        case StepKind.SUBLAYER:
            names = wrap(step.name, WIDEST - 2 * _PADDING, _NAME, _NAMES)
            words = (
                (step.role, _ROLE, True),
                *((name, _NAME, False) for name in names),
            )
            paint = _PAINTS.get(step.role, "plain")
            title = f"{step.role} {step.name}".strip()
            cell = _boxed(("sub-layer", step.role), paint, words, title)
    return replace(cell, call=call)


def _round(step: Step, sign: str, kind: str, title: str) -> Cell:
    """A circle with a sign in it, and a name to the right."""
    name = f"{sign} {step.name}" if kind == "sum" else step.name
    short = shorten(name, _LABEL - 40, SMALL)
    texts = [Text(0, 5.5, sign, 15, anchor="middle", bold=True)]
    if short:
        texts.append(Text(16, 6.5, short, SMALL, "muted", whole=name))
    return Cell((kind,), "scale", tuple(texts), 20, 20, title=title)


def _boxed(
    kinds: tuple[str, ...],
    paint: str,
    words: Sequence[tuple[str, float, bool]],
    title: str,
) -> Cell:
    room = WIDEST - 2 * _PADDING
    texts: list[Text] = []
    shown = [each for each in words if each[0]]
    height = 8.0 + 15 * len(shown)
    for number, (word, size, bold) in enumerate(shown):
        short = shorten(word, room, size, bold)
        y = height - 15.5 - 15 * number
        text = Text(0, y, short, size, "ink", "middle", bold, whole=word)
        texts.append(text)
    wide = max(text.width for text in texts) + 2 * _PADDING
    classes = tuple(kind for kind in kinds if kind.replace("-", "").isalpha())
    box = max(wide, NARROWEST)
    return Cell(classes, paint, tuple(texts), box, height, title=title)


def edge(
    x: float, low: float, high: float, dashed: bool, label: str = ""
) -> list[Item]:
    """The line from one cell of a branch up to the next, with the shape beside it."""
    line = Line(((x, low), (x, high)), "branch", dashed)
    if not label:
        return [line]
    text = Text(x + 7, low + 8, label, SMALL, "muted", mono=True)
    return [line, Group(("shape",), (text,))]
