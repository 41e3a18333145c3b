"""What a config class refuses: `if self.adapter_dim != self.hidden_size: raise ...`."""

from collections.abc import Iterator

from blocklint import cst
from blocklint.frontends.static.checks import equalities, refuses
from blocklint.frontends.static.machine import Machine
from blocklint.frontends.static.values import Class, Symbol
from blocklint.graph import Dim
from blocklint.regex import Regex

_COMPARED = Regex(r"[!=]=(?:[\s(\\]|#.*)*self\b")


def learn(m: Machine, config: Symbol) -> None:
    """Note which settings of a config are the same, for its class takes no others."""
    cls = config.config
    if not isinstance(cls, Class) or (config.text, cls) in m.noted.configs:
        return
    m.noted.configs.add((config.text, cls))
    for parent in m.library.parents(cls):
        if isinstance(parent, Class):
            for one, other in m.library.once(_equal, parent):
                sides = (Dim.of(f"{config.text}.{name}") for name in (one, other))
                m.noted.same(*sides)


def _equal(cls: Class) -> tuple[tuple[str, str], ...]:
    return tuple(_refused(cls)) if _COMPARED.search(cls.chunk.text) else ()


def _refused(cls: Class) -> Iterator[tuple[str, str]]:
    """The pairs of attributes that a method of a class refuses to differ."""
    for method in cls.node.body.body:
        if not isinstance(method, cst.FunctionDef):
            continue
        for statement in method.body.body:
            match statement:
                case cst.If(test, body) if refuses(body):
                    pairs = equalities(test, False)
                case cst.SimpleStatementLine([cst.Assert(test)]):
                    pairs = equalities(test, True)
                case _:
                    continue
            for left, right in pairs:
                match left, right:
                    case (
                        cst.Attribute(cst.Name("self"), cst.Name(one)),
                        cst.Attribute(cst.Name("self"), cst.Name(other)),
                    ):
                        yield one, other
