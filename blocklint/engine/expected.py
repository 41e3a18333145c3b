"""What a project expects of a block, held against what its run showed."""

from blocklint.analysis.run import Run, Unmet
from blocklint.engine.tensors import Tensor
from blocklint.engine.trace_keys import Expected


def unmet(run: Run, expected: Expected) -> tuple[Unmet, ...]:
    """The expectations that a run to the end did not meet, in the config's words."""
    if run.problem is not None or run.wiring is None:
        return ()
    found: list[Unmet] = []
    placement = run.wiring.placement
    if expected.placement is not None and placement != expected.placement:
        found.append(Unmet("placement", expected.placement, placement))
    roles = tuple(site.role.value for site in run.wiring.sites)
    if expected.roles is not None and roles != expected.roles:
        wanted = ", ".join(expected.roles) or "none"
        found.append(Unmet("roles", wanted, ", ".join(roles) or "none"))
    if expected.output is not None and not _is_met(run, expected.output):
        shown = f"{run.dtype}[{', '.join(run.returned)}]"
        found.append(Unmet("output", str(expected.output), shown))
    return tuple(found)


def _is_met(run: Run, wanted: Tensor) -> bool:
    """Whether the output has the type and the sizes; a name that is unknown has not."""
    sizes = [_size(run, factors) for factors in wanted.axes]
    return run.dtype == wanted.dtype and sizes == list(run.output)


def _size(run: Run, factors: tuple[int | str, ...]) -> int | None:
    size = 1
    for factor in factors:
        value = factor if isinstance(factor, int) else run.sizes.get(factor)
        if value is None:
            return None
        size *= value
    return size
