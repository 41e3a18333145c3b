"""What comes of one file, as plain data: it may come from a cache or a worker."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import blake2b

from blocklint.engine.comments import speaks_of_expectations, speaks_to_us
from blocklint.engine.discover import File
from blocklint.engine.place_text import place_broken
from blocklint.frontends.static.lookups import Ground
from blocklint.frozen import dataclass
from blocklint.notebook import is_notebook
from blocklint.outline import check_syntax
from blocklint.rule import Finding, Rule
from blocklint.text import Broken, Text, broken_by

NOTHING = Ground(())  # for answers that nobody keeps


@dataclass(frozen=True)
class Answer:
    """What is found by way of one file, be it in this file or in another.

    Paths of findings are absolute. `digest` names the text that was looked at; `judged`
    says that comments in it may be ours to judge. `ground` is what it depends on.
    `apart` are findings in files of a project that hold no code, `undecided` is the
    number of expectations that only a run decides.
    """

    name: str
    digest: str
    findings: tuple[Finding, ...] = ()
    judged: bool = False
    ground: Ground = NOTHING
    apart: tuple[Finding, ...] = ()
    undecided: int = 0


def digest_of(text: str) -> str:
    """A name for a text that no other has."""
    return blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def quick_answer(
    file: File, rules: Mapping[str, Rule], told: bool = False
) -> Answer | int:
    """The answer for a file that has no model code; how long the text of another is.

    Most files say nothing of a forward. All that can be wrong with one is its syntax,
    and the standard library's parser knows; unless something is `told` of its classes.
    """
    text = file.text()
    if is_notebook(file.name) and isinstance(text, Text):
        return len(text.text)
    if isinstance(text, Broken):
        return broken_answer(text, rules)
    if "forward" in text.text or told or speaks_of_expectations(text.text):
        return len(text.text)
    try:
        check_syntax(text.text)
    except (SyntaxError, RecursionError, MemoryError) as error:
        return broken_answer(broken_by(error, text), rules)
    return Answer(
        file.name,
        digest_of(text.text),
        (),
        speaks_to_us(text.text),
        Ground((os.path.abspath(file.name),)),
    )


def broken_answer(file: Broken, rules: Mapping[str, Rule]) -> Answer:
    """The answer for a file that cannot be read as Python."""
    ground = Ground((os.path.abspath(file.path),))
    found = broken_found((file,), rules)
    return Answer(file.path, digest_of(file.text), found, ground=ground)


def broken_found(
    broken: Iterable[Broken], rules: Mapping[str, Rule]
) -> tuple[Finding, ...]:
    """The findings that files, or cells, which cannot be read amount to."""
    rule = rules.get("syntax-error")
    if rule is None:
        return ()
    return tuple(
        place_broken(replace(each, path=os.path.abspath(each.path)), rule)
        for each in broken
    )
