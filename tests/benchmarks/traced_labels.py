"""How many labelled blocks of an installed library trace, and classify as labelled.

    python tests/benchmarks/traced_labels.py --python PYTHON [--package transformers]

PYTHON is an interpreter that has torch and the library. Nothing is configured: each
class is made and called by guesses. One worker is started for each file.
"""

import argparse
import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

LABELS = Path(__file__).parents[2] / "fixtures" / "zoo" / "dev.jsonl"
KINDS = ("transformer-block", "sublayer")
WHERE = "import importlib.util as u, sys; print(u.find_spec(sys.argv[1]).origin)"
Json = Mapping[str, Any]


def main() -> None:
    """Trace every labelled class, and print each that fails and the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--package", default="transformers")
    given = parser.parse_args()
    found: Counter[str] = Counter()
    root = root_of(given.package, given.python)
    for file, labels in by_file(given.package).items():
        targets = traced(root / file, labels, given.python)
        for label in labels:
            outcome = judged(label, targets[label["cls"]])
            found[outcome] += 1
            if outcome != "as labelled":
                reason = str(targets[label["cls"]]["reason"] or "")[:90]
                print(f"{outcome:12} {label['cls']} {reason}", flush=True)
    every, ran = found.total(), found.total() - found["failed"]
    scored, right = ran - found["not scored"], found["as labelled"]
    print(f"labelled {every}, traced {ran} ({ran / every:.1%})")
    print(f"as labelled {right} of {scored} scored ({right / scored:.1%})")


def root_of(package: str, python: str) -> Path:
    """The folder that a package is installed in."""
    command = [python, "-c", WHERE, package]
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return Path(shown.strip()).parents[1]


def by_file(package: str) -> dict[str, list[Json]]:
    """The labels of blocks that are sure, by the file they stand in."""
    found: dict[str, list[Json]] = defaultdict(list)
    for line in LABELS.read_text().splitlines():
        label = json.loads(line)
        sure = label["confidence"] == "high" and label["kind"] in KINDS
        if label["pkg"] == package and sure:
            found[label["file"]].append(label)
    return found


def traced(file: Path, labels: Sequence[Json], python: str) -> dict[str, Json]:
    """What `blocklint trace` says of the labelled classes of a file."""
    command = [sys.executable, "-m", "blocklint", "trace", "--isolated"]
    command += ["--format", "json", "--no-progress", "--python", python]
    command += [f"{file}:{label['cls']}" for label in labels]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if not ran.stdout:
        raise SystemExit(ran.stderr)
    return {target["class"]: target for target in json.loads(ran.stdout)["targets"]}


def judged(label: Json, target: Json) -> str:
    """Whether it traced, and has the placements of the label, in order.

    A site of the placement `other` has no certain form: such a label is not scored, as
    `fixtures/zoo` has it.
    """
    if target["status"] != "traced":
        return "failed"
    if "other" in [site["placement"] for site in label["sites"]]:
        return "not scored"
    placements = [site["placement"] for site in target["sites"]]
    return "as labelled" if placements in list(meant(label)) else "otherwise"


def meant(label: Json) -> Iterator[list[str]]:
    """The placements that a label allows: its alternatives, optional sites or not."""
    for sites in (
        label["sites"],
        *(it["sites"] for it in label.get("alternatives") or ()),
    ):
        yield [site["placement"] for site in sites]
        yield [site["placement"] for site in sites if not site.get("optional")]


if __name__ == "__main__":
    main()
