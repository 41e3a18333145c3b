"""`trace` of the config: what it may hold, and what is said of what it may not."""

from dataclasses import replace
from pathlib import Path

import pytest
from command import run

from blocklint.analysis import Placement, Role
from blocklint.analysis.expectation import Axes, Expectation, ExpectedSite, Origin
from blocklint.engine.config import Configs
from blocklint.engine.request import Options
from blocklint.engine.tensors import Tensor, tensor
from blocklint.engine.trace_settings import Target, Tracing
from blocklint.engine.values import Wrong

LIST = """\
[[tool.blocklint.trace]]
python = "env/bin/python"
timeout = 90
memory = "1.5 GiB"

[[tool.blocklint.trace]]
target = "model:Block"
init = "Config(n_layer=2)"
inputs = { x = "float32[batch, seq, 4*n_embd]" }
expect = { output = "float32[batch, seq, 32]", placement = "pre", roles = ["ffn"] }
"""
TABLE = """\
[tool.blocklint.trace]
python = "env/bin/python"
timeout = 90
memory = "1.5 GiB"
targets = [
  { target = "model:Block", init = "Config(n_layer=2)", inputs = { x = "float32[batch, seq, 4*n_embd]" }, expect = { output = "float32[batch, seq, 32]", placement = "pre", roles = ["ffn"] } },
]
"""  # noqa: E501


def tracing(folder: Path, text: str, options: Options | None = None) -> Tracing:
    """What a config says of tracing."""
    (folder / "pyproject.toml").write_text(text)
    return Configs(options or Options()).of(folder / "model.py").tracing


@pytest.mark.parametrize("text", [LIST, TABLE])
def test_a_list_and_a_table_say_the_same(tmp_path: Path, text: str) -> None:
    found = tracing(tmp_path, text)

    assert _unplaced(found) == Tracing(
        python=str(tmp_path / "env/bin/python"),
        timeout=90.0,
        memory=3 * 2**29,
        targets=(
            Target(
                "model",
                "Block",
                "Config(n_layer=2)",
                {"x": Tensor("float32", (("batch",), ("seq",), (4, "n_embd")))},
                Expectation(
                    placement=Placement.PRE,
                    sites=(ExpectedSite(Role.FFN),),
                    returned=Axes(("batch", "seq", "32")),
                    dtype="float32",
                    of_run=True,
                ),
            ),
        ),
        root=tmp_path,
    )


def _unplaced(found: Tracing) -> Tracing:
    """The same whatever lines the expectations stand on."""
    targets = [
        replace(each, expected=replace(each.expected, origin=Origin()))
        for each in found.targets
        if each.expected
    ]
    return replace(found, targets=tuple(targets))


def test_nothing_is_configured(tmp_path: Path) -> None:
    found = tracing(tmp_path, "[tool.blocklint]\n")

    assert (found.python, found.timeout, found.memory) == (None, 60.0, None)
    assert found.targets == ()


def test_an_interpreter_may_be_one_of_the_path(tmp_path: Path) -> None:
    found = tracing(tmp_path, '[tool.blocklint.trace]\npython = "python3.12"\n')

    assert found.python == "python3.12"


def test_the_command_line_outweighs_the_config(tmp_path: Path) -> None:
    options = Options(python="other/python", timeout=5.0)

    found = tracing(tmp_path, LIST, options)

    assert (found.python, found.timeout) == ("other/python", 5.0)


@pytest.mark.parametrize(
    ("text", "sizes", "names"),
    [
        ("float32[batch, seq, d]", ("batch", "seq", "d"), {"batch", "seq", "d"}),
        (" int64 [ 3 ,4 * d*h ] ", ("3", "4*d*h"), {"d", "h"}),
        ("bool[]", (), set()),
        ("bfloat16[_n1]", ("_n1",), {"_n1"}),
    ],
)
def test_tensors_are_read(text: str, sizes: tuple[str, ...], names: set[str]) -> None:
    found = tensor(text)

    assert found.sizes == sizes
    assert found.names == frozenset(names)
    assert tensor(str(found)) == found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must be a tensor such as"),
        (3, "must be a tensor such as"),
        ("[batch]", "must be a tensor such as"),
        ("float32", "must be a tensor such as"),
        ("float32[a][b]", "must be a tensor such as"),
        ("float32[a", "must be a tensor such as"),
        ("float23[a]", "not `float23`; did you mean `float32`?"),
        ("float[a]", "must begin with one of float64, float32,"),
        ("float32[a,]", "not ``"),
        ("float32[a,,b]", "not ``"),
        ("float32[-1]", "not `-1`"),
        ("float32[0]", "not `0`"),
        ("float32[03]", "not `03`"),
        ("float32[a+b]", "not `a+b`"),
        ("float32[2*]", "not `2*`"),
        ("float32[a b]", "not `a b`"),
        ("float32[1e3]", "not `1e3`"),
        ("float32[...]", "not `...`"),
    ],
)
def test_other_words_are_no_tensor(text: object, message: str) -> None:
    with pytest.raises(Wrong) as raised:
        tensor(text)

    assert message in str(raised.value)


ENTRY = '[[tool.blocklint.trace]]\ntarget = "model:Block"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[tool.blocklint]\ntrace = true\n",
            "`trace` in [tool.blocklint] must be a list of tables or a table, not true",
        ),
        (
            "[tool.blocklint]\ntrace = [1]\n",
            "`trace[1]` in [tool.blocklint] must be a table, not 1",
        ),
        (
            f'{ENTRY}inptus = {{ x = "float32[b]" }}\n',
            "`trace[1].inptus` in [tool.blocklint] is not known; "
            "there are target, init, inputs, expect; did you mean `inputs`?",
        ),
        (
            f'{ENTRY}{ENTRY}inputs = {{ x = "float31[b]" }}\n',
            "`trace[2].inputs.x` in [tool.blocklint] must begin with one of",
        ),
        (
            f'{ENTRY}expect = {{ placement = "prae" }}\n',
            '`trace[1].expect.placement` in [tool.blocklint] must be one of pre, post, '
            'output, peri, prepost, normed-residual, none, other; not "prae"; '
            "did you mean `pre`?",
        ),
        (
            f'{ENTRY}expect = {{ roles = ["mlp"] }}\n',
            "`trace[1].expect.roles` in [tool.blocklint] must be one of attention,",
        ),
        (
            f'{ENTRY}expect = {{ outputs = "float32[b]" }}\n',
            "`trace[1].expect.outputs` in [tool.blocklint] is not known; "
            "there are output, placement, roles, sites, shape; "
            "did you mean `output`?",
        ),
        (
            f'{ENTRY}init = "x = 1"\n',
            '`trace[1].init` in [tool.blocklint] must be an expression of Python, '
            'not "x = 1"',
        ),
        (
            f'{ENTRY}python = "py"\n',
            "`trace[1].python` in [tool.blocklint] goes for all targets: into an entry "
            "without `target`",
        ),
        (
            '[[tool.blocklint.trace]]\ninit = "Block()"\n',
            "`trace[1].init` in [tool.blocklint] must have a `target`,",
        ),
        (
            "[[tool.blocklint.trace]]\ntimeout = 1\n"
            "[[tool.blocklint.trace]]\ntimeout = 2\n",
            "`trace[2]` in [tool.blocklint] is a second entry without `target`",
        ),
        (
            '[[tool.blocklint.trace]]\ntarget = "model.Block"\n',
            '`trace[1].target` in [tool.blocklint] must be "model.py:Block" or '
            '"package.module:Block", not "model.Block"',
        ),
        (
            "[tool.blocklint.trace]\ntimeout = 0\n",
            "`trace.timeout` in [tool.blocklint] must be a positive number of seconds, "
            "not 0",
        ),
        (
            '[tool.blocklint.trace]\nmemory = "much"\n',
            "`trace.memory` in [tool.blocklint] must be a size such as \"8 GB\", with "
            "one of MB, MiB, GB, GiB; not \"much\"",
        ),
        (
            '[tool.blocklint.trace]\npyhton = "python3"\n',
            "`trace.pyhton` in [tool.blocklint] is not known; there are python, "
            "timeout, memory, targets; did you mean `python`?",
        ),
        (
            '[tool.blocklint.trace]\ntargets = [{ init = "Block()" }]\n',
            "`trace.targets[1]` in [tool.blocklint] must have a `target`",
        ),
        (
            "[tool.blocklint.trace]\ntargets = 3\n",
            "`trace.targets` in [tool.blocklint] must be a list of tables, not 3",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("command", ["check", "inspect", "trace"])
def test_what_is_wrong_is_named(
    tmp_path: Path, command: str, text: str, message: str
) -> None:
    (tmp_path / "model.py").write_text("x = 1\n")
    (tmp_path / "pyproject.toml").write_text(text)

    outcome = run(command, "model.py", folder=tmp_path)

    assert outcome.exit_code == 2
    assert outcome.stderr.startswith("Error: ")
    assert f"pyproject.toml: {message}" in outcome.stderr
