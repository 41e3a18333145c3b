"""Runs a block, and then a mutant of it in the very same way.

The worker finds how the original is made and what it takes. The mutant is made by the
same code and given the same inputs, so that nothing but the slip differs.
"""

import ast
import sys
import warnings
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from inspect import signature
from pathlib import Path
from types import CodeType, ModuleType, SimpleNamespace
from typing import Any

import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

from blocklint.frontends.traced import worker

Shapes = tuple[tuple[int, ...], ...]
_INSIDE = "inside "


@dataclass(frozen=True)
class Recipe:
    """How a class is made and called, and the shapes that come out.

    `inputs` are the arguments of `forward` by their names.
    """

    name: str
    how: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    shapes: Shapes
    inputs: dict[str, Any]

    @property
    def is_inside(self) -> bool:
        """Whether the object is found in one of another class."""
        return self.how.startswith(_INSIDE)


@dataclass
class Original:
    """A file with the classes of it that run; `uses` says what each class names."""

    path: Path
    text: str
    recipes: tuple[Recipe, ...] = ()
    uses: dict[str, set[str]] = field(default_factory=dict)

    def touched(self, scope: str) -> Iterator[Recipe]:
        """The recipes that run the code of a class or a function of the file."""
        for recipe in self.recipes:
            names, ahead = {recipe.name}, [recipe.name]
            ahead += _classes_in(recipe.how)
            while ahead:
                name = ahead.pop()
                names.add(name)
                ahead += self.uses.get(name, set()) - names
            if scope in names:
                yield recipe


class Stage:
    """Where originals and mutants run: without gradients, on fake tensors."""

    def __init__(self) -> None:
        self.fake = FakeTensorMode(allow_non_fake_inputs=True)

    def original(self, path: Path, names: list[str]) -> Original:
        """A file with a recipe for each of these classes that can be run by guesses."""
        text = path.read_text(encoding="utf-8")
        with quiet():
            namespace = worker.load({"path": str(path)})
            found = [self._recipe(name, namespace) for name in names]
            original = Original(path, text, (), _uses(text))
            original.recipes = tuple(
                recipe
                for recipe in found
                if recipe is not None and not self._is_broken(recipe, namespace)
            )
        return original

    def breaks(
        self, original: Original, scope: str, text: str, names: Collection[str]
    ) -> tuple[str, ...]:
        """The classes whose forward fails, or gives other shapes, with another text.

        None where it makes no difference, or is no Python, or cannot be made: that is
        seen before anything flows.
        """
        touched = [r for r in original.touched(scope) if r.name in names]
        if not touched:
            return ()
        with quiet():
            try:
                code = compile(text, str(original.path), "exec")
            except SyntaxError:
                return ()
            try:
                namespace = _executed(code, original.path)
            except Exception:  # noqa: BLE001 (the mutant cannot even be imported)
                return ()
            return tuple(r.name for r in touched if self._is_broken(r, namespace))

    def _recipe(self, name: str, namespace: dict[str, Any]) -> Recipe | None:
        wanted: dict[str, object] = {"class": name}
        try:
            with self.fake:
                found = worker.find(
                    namespace[name], namespace, wanted, worker.call_once
                )
                result = found.module(*found.args, **found.kwargs)
        except Exception:  # noqa: BLE001 (it cannot be guessed how it runs)
            return None
        given = signature(found.module.forward).bind(*found.args, **found.kwargs)
        inputs = dict(given.arguments)
        args, kwargs = found.args, found.kwargs
        return Recipe(name, found.how, args, kwargs, _shapes(result), inputs)

    def _is_broken(self, recipe: Recipe, namespace: dict[str, Any]) -> bool:
        """Whether an object can be made of a mutant, and does not do what it did."""
        with self.fake:
            try:
                module = _made(recipe, namespace)
            except Exception:  # noqa: BLE001 (a mutant fails in any way)
                return False
            return self._ran(recipe, module) != recipe.shapes

    def _ran(self, recipe: Recipe, module: nn.Module) -> Shapes | None:
        try:
            with self.fake:
                result = module.eval()(*recipe.args, **recipe.kwargs)
        except Exception:  # noqa: BLE001 (a mutant fails in any way)
            return None
        return _shapes(result)


@contextmanager
def quiet() -> Iterator[None]:
    """Neither gradients nor warnings, and no fused calls."""
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    worker.quieten()
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)


def _made(recipe: Recipe, namespace: dict[str, Any]) -> nn.Module:
    scope = {"nn": nn, "torch": torch, "SimpleNamespace": SimpleNamespace, **namespace}
    scope = {**vars(torch.nn.functional), **vars(nn), **scope}
    torch.manual_seed(0)
    made = eval(recipe.how.removeprefix(_INSIDE), scope)
    if recipe.is_inside:
        kind = namespace[recipe.name]
        made = next(each for each in made.modules() if isinstance(each, kind))
    assert isinstance(made, nn.Module)
    return made


def _executed(code: CodeType, path: Path) -> dict[str, Any]:
    """The names of a file under another text, in the package that it belongs to."""
    known = (m for m in list(sys.modules.values()) if _file(m) == str(path))
    there = next(known, None)
    module = ModuleType(there.__name__ if there else path.stem)
    module.__file__ = str(path)
    module.__package__ = there.__package__ if there else ""
    exec(code, vars(module))
    return vars(module)


def _file(module: ModuleType) -> str | None:
    return getattr(module, "__file__", None)


def _shapes(result: object) -> Shapes:
    return tuple(tuple(each.shape) for each in worker.tensors_in(result))


def _uses(text: str) -> dict[str, set[str]]:
    """What each class and function of a file names of the others."""
    tops = {
        node.name: node
        for node in ast.parse(text).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
    }
    return {
        name: {
            each.id
            for each in ast.walk(node)
            if isinstance(each, ast.Name) and each.id in tops
        }
        for name, node in tops.items()
    }


def _classes_in(how: str) -> list[str]:
    code = how.removeprefix(_INSIDE)
    try:
        tree = ast.parse(code, mode="eval")
    except SyntaxError:
        return []
    return [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
