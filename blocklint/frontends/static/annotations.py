"""Which class of the project a constructor's argument is an object of."""

import re
from dataclasses import replace
from functools import lru_cache

from blocklint import cst
from blocklint.bare import expression_of
from blocklint.frontends.static.library import Library
from blocklint.frontends.static.project import File
from blocklint.frontends.static.values import Class
from blocklint.frontends.torch_api import words
from blocklint.frozen import dataclass
from blocklint.regex import Regex
from blocklint.trees import full_name

_CONFIG = Regex(r"(^|_)(config|configuration|conf|cfg|args|hparams|hps|params)$")
_SEVERAL = words("list List tuple Tuple Sequence Iterable Collection ndarray Tensor")
_AROUND = words("Optional Final")
_DEFINED = Regex(r"^class\s+(\w*(?:Config|Configuration|Args|Params))\b", re.M)


@dataclass(frozen=True, eq=False)
class Hint:
    """What a file says of the class that a constructor's parameter is an object of.

    `told` is the name that the parameter's own hint gives it, and `cls` the class that
    this leads to, or that the rest of the file leads to where there is no hint.
    `owner` has the constructor, which stands in the class `maker`. `newer` says which
    of two versions a hint is from.
    """

    told: str
    cls: Class | None
    owner: Class
    maker: Class
    newer: bool = False

    @property
    def weight(self) -> int:
        """How much it tells: a hint more than a guess, and its own more than another's.

        A parent's constructor is hinted for the parent.
        """
        return 0 if not self.told else 2 if self.maker.key == self.owner.key else 1

    def named(self, name: str) -> Class | None:
        """The class that goes by a name here."""
        return _defined(self.maker.file, name) or _defined(self.owner.file, name)


def class_of(
    library: Library, owner: Class, maker: Class, parameter: cst.Param
) -> Class | None:
    """The class that a parameter of the constructor of `owner` is an object of.

    Where the class is read beside another version of it, both know the same: a hint
    that came or went says nothing of what the code does.
    """
    own = hint_of(library, owner, maker, parameter)
    beside = library.project.beside
    other = beside(owner, parameter.name.value) if beside is not None else None
    if other is None:
        return own.cls
    return _agreed(replace(own, newer=not other.newer), other)


def hint_of(library: Library, owner: Class, maker: Class, parameter: cst.Param) -> Hint:
    """What is said of one parameter of a constructor, which stands in `maker`.

    A config without an annotation is of the class that its name stands for in the rest
    of the file, or of the only config class that the file defines.
    """
    if parameter.annotation is not None:
        told = _name(parameter.annotation.annotation)
        return Hint(told or "?", _defined(maker.file, told), owner, maker)
    cls = _guessed(library, parameter.name.value, maker.file)
    return Hint("", cls, owner, maker)


def holds_several(hint: cst.BaseExpression) -> bool:
    """Whether a hint is of something that holds several numbers.

    A union that begins with a number is one, or several.
    """
    match hint:
        case cst.Subscript(outer, [cst.SubscriptElement(cst.Index(inner)), *_]):
            return holds_several(inner if _last(outer) in _AROUND else outer)
        case cst.BinaryOperation(left):
            return holds_several(left)
        case cst.SimpleString():
            return _is_written_several(hint)
    return _last(hint) in _SEVERAL


def _last(dotted: cst.BaseExpression) -> str:
    """The last part of a dotted name."""
    return (full_name(dotted) or "").rpartition(".")[2]


def _is_written_several(hint: cst.SimpleString) -> bool:
    written = expression_of(str(hint.evaluated_value))
    return written is not None and holds_several(written)


def _agreed(own: Hint, other: Hint) -> Class | None:
    """What two versions know together: what the better hint says, if both know that.

    Of two hints the newer one is better. Without any they may guess the same.
    """
    ranked = sorted((own, other), key=lambda hint: (hint.weight, hint.newer))
    told = [hint.told for hint in reversed(ranked) if hint.told]
    guesses = {hint.cls.name for hint in (own, other) if hint.cls is not None}
    for name in told or (guesses if len(guesses) == 1 else ()):
        mine, theirs = own.named(name), other.named(name)
        if mine is not None and theirs is not None:
            return mine
    # A class that only one of them knows may be the other's under another name.
    return own.cls if len(told) > 1 else None


def _guessed(library: Library, name: str, file: File) -> Class | None:
    if not _CONFIG.search(name):
        return None
    names = _classes_named(name, file.source.text)
    classes = {each: _defined(file, each) for each in names}
    configs = [c for c in classes.values() if c and not library.is_module_class(c)]
    return configs[0] if len(configs) == len(names) == 1 else None


@lru_cache(8)  # one class after the other asks the same of a file
def _classes_named(name: str, text: str) -> frozenset[str]:
    """The classes that hints say a name is of, or the config classes of a file."""
    # It begins with the name itself, which is far quicker to look for.
    found = re.findall(rf"{name}(?<!\w{name})\s*:\s*[\"']?([A-Za-z_]\w*)", text)
    return frozenset(found or _DEFINED.compiled.findall(text))


def _defined(file: File, name: str) -> Class | None:
    found = file.lookup(name) if name else None
    return found if isinstance(found, Class) else None


def _name(annotation: cst.BaseExpression) -> str:
    """`Config`, `"Config"`, `Config | None` or `Optional[Config]`."""
    match annotation:
        case cst.Name(name):
            return name
        case cst.SimpleString() as quoted:
            return str(quoted.evaluated_value)
        case cst.BinaryOperation(inner, cst.BitOr(), cst.Name("None")):
            return _name(inner)
        case cst.Subscript(
            cst.Name("Optional"), [cst.SubscriptElement(cst.Index(inner))]
        ):
            return _name(inner)
    return ""
