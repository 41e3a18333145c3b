"""Which class of the project a constructor's argument is an object of."""

import re

import libcst as cst

from blocklint.frontends.static.library import Library
from blocklint.frontends.static.project import File
from blocklint.frontends.static.values import Class

_CONFIG = re.compile(r"(^|_)(config|configuration|conf|cfg|args|hparams|hps|params)$")
_DEFINED = re.compile(r"^class\s+(\w*(?:Config|Configuration|Args|Params))\b", re.M)


def class_of(library: Library, parameter: cst.Param, file: File) -> Class | None:
    """The class that a parameter is annotated with.

    A config without an annotation is of the class that its name stands for in the rest
    of the file, or of the only config class that the file defines.
    """
    name = parameter.name.value
    if parameter.annotation is not None:
        return _defined(file, _name(parameter.annotation.annotation))
    if not _CONFIG.search(name):
        return None
    text = file.source.text
    found = re.findall(rf"\b{name}\s*:\s*[\"']?([A-Za-z_]\w*)", text)
    names = set(found) or set(_DEFINED.findall(text))
    classes = {each: _defined(file, each) for each in names}
    configs = [c for c in classes.values() if c and not library.is_module_class(c)]
    return configs[0] if len(configs) == len(names) == 1 else None


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
