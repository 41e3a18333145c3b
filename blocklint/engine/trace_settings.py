"""What a project says of how its blocks are run, and which it lists."""

from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from blocklint.frozen import dataclass

if TYPE_CHECKING:  # most projects list none
    from blocklint.analysis.expectation import Expectation
    from blocklint.engine.tensors import Tensor

TIMEOUT = 60.0
NO_INPUTS: Mapping[str, "Tensor"] = MappingProxyType({})


@dataclass(frozen=True)
class Target:
    """A class to run: `where` is a file or a module, `name` the class in it.

    `init` is an expression that makes an instance, evaluated in its module; `inputs`
    are the arguments of its forward by name. Without them they are guessed.
    """

    where: str
    name: str
    init: str | None = None
    inputs: Mapping[str, "Tensor"] = field(default_factory=lambda: NO_INPUTS)
    expected: "Expectation | None" = None


@dataclass(frozen=True)
class Tracing:
    """How blocks are run, and those that the project lists.

    `python` is the interpreter, None for the one that is found; `timeout` is in
    seconds for all targets of a file, `memory` a limit of address space in bytes.
    `root` is the folder that the files and modules of targets are seen from.
    """

    python: str | None = None
    timeout: float = TIMEOUT
    memory: int | None = None
    targets: tuple[Target, ...] = ()
    root: Path = Path()

    def seen_from(self, root: Path) -> "Tracing":
        """The same, as a config in the folder `root` means it."""
        python = self.python
        if python is not None and Path(python).name != python:
            python = str(root / Path(python).expanduser())
        return replace(self, python=python, root=root)
