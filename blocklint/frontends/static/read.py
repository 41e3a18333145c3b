"""Source to graphs: each module class of a file, under each of its wirings."""

from collections.abc import Iterator, Mapping as Answers
from dataclasses import field, replace

from blocklint import cst
from blocklint.frontends.static import calls, instances, statements
from blocklint.frontends.static.annotations import (
    Hint,
    class_of,
    hint_of,
    holds_several,
)
from blocklint.frontends.static.choices import Answer, Asked, Choices
from blocklint.frontends.static.expressions import evaluate
from blocklint.frontends.static.flow import Evaluate
from blocklint.frontends.static.library import Library
from blocklint.frontends.static.machine import Frame, Machine
from blocklint.frontends.static.members import members_of
from blocklint.frontends.static.project import File, Project
from blocklint.frontends.static.readers import readers_of
from blocklint.frontends.static.values import (
    Arguments,
    Class,
    Function,
    Instance,
    Known,
    Layer,
    Mapping,
    RunTime,
    Sequence,
    Symbol,
    Value,
    tensors,
)
from blocklint.frozen import dataclass
from blocklint.graph import BlockGraph, Node, Op, Readers, Scope
from blocklint.source import Place, Source

DEEPEST_ANNOTATION = 3  # modules passed in to modules that were passed in


@dataclass(frozen=True, eq=False)
class Wiring:
    """One way through a class: the graph, and the settings that conditions asked for.

    `refused` says that the constructor raised under the given answers.
    """

    graph: BlockGraph
    asked: dict[str, Asked]
    refused: bool


@dataclass(frozen=True, eq=False)
class Reading:
    """A module class that can be followed, under any answers to its settings."""

    name: str
    place: Place  # of its name
    statement: Place  # of the whole class
    source: Source
    _class: Class = field(repr=False)
    _library: Library = field(repr=False)

    def wiring(
        self, given: Answers[str, Answer], noting: Evaluate | None = None
    ) -> Wiring:
        """Follow the class under these answers; the defaults answer the rest.

        `noting` works out expressions in place of the usual way, to take notes.
        """
        if not given and noting is None:
            return self._library.once(_by_default, self._class)
        return _follow(self._library, self._class, given, noting or evaluate)

    def readers(self) -> Readers:
        """The code that may read what objects of the class store."""
        return readers_of(self._library, self._class)


def read_modules(source: Source, project: Project) -> Iterator[Reading]:
    """Each class of a file that is an nn.Module with a `forward` of its own kin."""
    file = project.add(source)
    library = library_of(project)
    for cls in file.classes:
        if library.is_module_class(cls) and _has_forward(library, cls):
            yield _reading(library, cls)


def read_class(key: tuple[str, str], project: Project) -> Reading | None:
    """The class that a graph names as the callee of a node."""
    library = library_of(project)
    cls = library.remembered.get(key)
    return _reading(library, cls) if cls else None


def hint_in(source: Source, project: Project, name: str, parameter: str) -> Hint | None:
    """What a file says of a parameter of the constructor of one of its classes."""
    library, cls = library_of(project), project.add(source).lookup(name)
    if not isinstance(cls, Class):
        return None
    for parent in library.parents(cls):
        match isinstance(parent, Class) and library.member(parent, "__init__"):
            case Function(owner=Class() as maker, node=init):
                every = (*init.params.params, *init.params.kwonly_params)
                named = [each for each in every if each.name.value == parameter]
                return hint_of(library, cls, maker, named[0]) if named else None
    return None


def _reading(library: Library, cls: Class) -> Reading:
    statement = Place(cls.chunk, cls.node)
    return Reading(cls.name, cls.place, statement, cls.file.source, cls, library)


def library_of(project: Project) -> Library:
    """The one library of a project."""
    if project.library is None:
        project.library = Library(project, _default_graph)
    return project.library


def _has_forward(library: Library, cls: Class) -> bool:
    return any(
        isinstance(parent, Class) and library.member(parent, "forward") is not None
        for parent in library.parents(cls)
    )


def _default_graph(library: Library, cls: Class) -> BlockGraph:
    return library.once(_by_default, cls).graph


def _by_default(cls: Class) -> Wiring:
    return _follow(library_of(cls.file.project), cls, {})


def _follow(
    library: Library,
    cls: Class,
    given: Answers[str, Answer],
    evaluate: Evaluate = evaluate,
) -> Wiring:
    m = Machine(library, Choices(given), evaluate, calls.call, statements.run)
    scope = Scope(None, cls.name, cls.name)
    frame = Frame(cls.file, cls.chunk, scope, {}, cls, building=True)
    given_settings = _constructor_arguments(m, cls, frame)
    instance = Instance(cls, given_settings)
    try:
        instances.build(m, instance, frame)
        _forward(m, instance, frame)
        m.keep(Sequence(list(instances.held(instance))))
    except RecursionError:
        m.emit(Op.OPAQUE, "nested too deeply", (), cls.place, scope)
    asked, raised = m.choices.asked, m.raised
    graph = m.graph(cls.name, members_of(m, instance, frame))
    answers = {name: each.answer for name, each in asked.items()}
    graph = replace(graph, parameters=tuple(given_settings.named), assumed=answers)
    return Wiring(graph, asked, raised)


def _constructor_arguments(
    m: Machine, cls: Class, frame: Frame, prefix: str = ""
) -> Arguments:
    """A symbol for each parameter of the constructor, with its default."""
    init = instances.class_attribute(m, cls, "__init__", None, frame)
    if not isinstance(init, Function):
        return Arguments()
    parameters = init.node.params
    named: dict[str, Value] = {}
    inner = Frame(init.file, init.chunk, frame.scope, {}, init.owner, building=True)
    for parameter in (*parameters.params[1:], *parameters.kwonly_params):
        named[parameter.name.value] = _setting(m, cls, parameter, inner, prefix)
    return Arguments((), named, spread=True)


def _setting(
    m: Machine, owner: Class, parameter: cst.Param, frame: Frame, prefix: str
) -> Value:
    name = prefix + parameter.name.value
    if name.count(".") > DEEPEST_ANNOTATION:
        return Symbol(name)
    if parameter.default is not None:
        match evaluate(m, parameter.default, frame):
            case Known() as default:
                return m.noted.setting(Symbol(name, default))
            case Layer() as layer if layer.name.endswith(
                ("Namespace", "Dict", "Config")
            ):
                return Symbol(name, None, layer)
            case Instance(cls) if not m.library.is_module_class(cls):
                return Symbol(name, None, cls)
            case other:
                return other
    found = class_of(m.library, owner, frame.owner or owner, parameter)
    if found is not None and m.library.is_module_class(found):
        return Instance(found, _constructor_arguments(m, found, frame, f"{name}."))
    hint = parameter.annotation
    several = hint is not None and holds_several(hint.annotation)
    return Symbol(name, None, found, sure=not several)


def _forward(m: Machine, instance: Instance, frame: Frame) -> None:
    """Follow `forward` on its inputs, and add what it returns."""
    scope = frame.scope
    method = instances.class_attribute(m, instance.cls, "forward", instance, frame)
    if not isinstance(method, Function):
        _sequential(m, instance, frame)
        return
    inner = Frame(method.file, method.chunk, scope, {}, method.owner)
    inner.names = _inputs(m, method, instance, inner)
    assert isinstance(method.node, cst.FunctionDef)
    statements.run(m, method.node.body.body, inner)
    m.guards = ()
    for value in inner.returned:
        for node in _results(value):
            m.emit(Op.OUTPUT, "return", (node,), node.place, scope)


def _sequential(m: Machine, instance: Instance, frame: Frame) -> None:
    """Follow the items of a class that is an nn.Sequential, one after the other."""
    items, cls = instances.listed(m, instance), instance.cls
    if items is None or items.kind != "sequential":
        return
    inner = Frame(cls.file, cls.chunk, frame.scope, {}, cls)
    first = m.emit(Op.INPUT, "input", (), cls.place, frame.scope)
    value = m.call(m, items, Arguments((first,)), cls.node, inner, "forward")
    for node in _results(value):
        m.emit(Op.OUTPUT, "return", (node,), node.place, frame.scope)


def _results(value: Value) -> Iterator[Node]:
    """The nodes of a returned value: of an object, those that it is made of."""
    match value:
        case Instance(args=args) | Layer(args=args):
            yield from tensors(*args.all())
        case _:
            yield from tensors(value)


def _inputs(
    m: Machine, method: Function, instance: Instance, frame: Frame
) -> dict[str, Value]:
    parameters = method.node.params
    names: dict[str, Value] = {}
    every = (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params)
    for parameter in every:
        name = parameter.name.value
        if not names:
            names[name] = instance
        elif _is_flag(parameter):
            names[name] = RunTime(name)
        else:
            place = frame.place(parameter)
            kind = "optional" if parameter.default is not None else ""
            names[name] = m.emit(Op.INPUT, name, (), place, frame.scope, kind)
    if isinstance(parameters.star_arg, cst.Param):
        names[parameters.star_arg.name.value] = _rest(m, parameters.star_arg, frame)
    if parameters.star_kwarg is not None:
        names[parameters.star_kwarg.name.value] = Mapping(open=True)
    return names


def _rest(m: Machine, parameter: cst.Param, frame: Frame) -> Value:
    name = parameter.name.value
    made = m.emit(Op.INPUT, name, (), frame.place(parameter), frame.scope)
    return Sequence([made], True, "tuple")


def _is_flag(parameter: cst.Param) -> bool:
    """Whether a parameter of forward is a flag or a number, no tensor."""
    match parameter.default:
        case (
            cst.Name("True" | "False")
            | cst.Integer()
            | cst.Float()
            | cst.SimpleString()
        ):
            return True
    match parameter.annotation:
        case cst.Annotation(cst.Name("bool" | "int" | "float" | "str")):
            return True
    return False


__all__ = ["File", "Reading", "Wiring", "library_of", "read_modules"]
