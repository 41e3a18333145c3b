"""What following code means: how statements end, and what a machine is handed."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from blocklint import cst
from blocklint.kinds import Kinds

if TYPE_CHECKING:
    from blocklint.frontends.static.machine import Frame, Machine
    from blocklint.frontends.static.values import Arguments, Value


class Flow(Kinds):
    """How a statement ends."""

    ON = "goes on"
    LEFT = "left by return, continue or break"
    RAISED = "raised"


ON = Flow.ON  # asked after each statement


class Evaluate(Protocol):
    """Works out an expression."""

    def __call__(
        self, m: "Machine", syntax: cst.BaseExpression, frame: "Frame", /
    ) -> "Value": ...


class Run(Protocol):
    """Follows statements."""

    def __call__(
        self, m: "Machine", body: Iterable[cst.CSTNode], frame: "Frame", /
    ) -> Flow: ...


class Invoke(Protocol):
    """Calls a value."""

    def __call__(
        self,
        m: "Machine",
        func: "Value",
        args: "Arguments",
        syntax: cst.CSTNode,
        frame: "Frame",
        name: str,
        /,
    ) -> "Value": ...
