"""How much of a check is the inference of shapes: the time with the rules that ask for
it, beside the time without them, in turns.

    python tests/benchmarks/inference_cost.py [--rounds 5] [PATH...]

Without a PATH it checks ten dense files of model code, about 10,700 lines.
"""

import argparse
import re
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from corpus import corpus
from expectations import ROOT

from blocklint.engine import Options, Request, check

DENSE = (
    *("bart", "t5", "gpt2", "opt", "whisper"),
    *("swin", "vit", "gemma2", "gpt_neox", "detr"),
)
_ASKS = re.compile(r"\.shapes\b|\.mismatches\(|\.attentions\b|unlike_ties\(")


def main() -> None:
    """Print the processor time of both, and their ratio pair by pair."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    paths = tuple(given.paths) or tuple(dense())
    asking = tuple(rules_that_ask())
    seconds(paths, ())  # what is loaded once is loaded
    ratios: list[float] = []
    for _ in range(given.rounds):
        whole, without = seconds(paths, ()), seconds(paths, asking)
        ratios.append(whole / without)
        print(f"{whole:.2f} s with, {without:.2f} s without: {ratios[-1]:.3f}")
    print(f"median {statistics.median(ratios):.3f}; left out: {', '.join(asking)}")


def dense() -> list[str]:
    """Ten files of a large library, each with several blocks."""
    models = corpus() / "transformers" / "transformers" / "models"
    return [str(models / name / f"modeling_{name}.py") for name in DENSE]


def rules_that_ask() -> list[str]:
    """The rules that ask a block for shapes, or for what is worked out from them."""
    return [
        path.stem.replace("_", "-")
        for path in sorted((ROOT / "rules").glob("*.py"))
        if _ASKS.search(path.read_text())
    ]


def seconds(paths: tuple[str, ...], ignore: tuple[str, ...]) -> float:
    """The processor time of one check."""
    began = time.process_time()
    check(Request(paths, Options(isolated=True, ignore=ignore)))
    return time.process_time() - began


if __name__ == "__main__":
    main()
