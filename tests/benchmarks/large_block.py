"""What tracing one block of a very large model costs, beside `import torch`.

    python tests/benchmarks/large_block.py [--python PYTHON]

Prints seconds of both, best of three, and the largest resident size. The budget is 5 s
beyond `import torch`, and 1.5 GB.
"""

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

MODEL = Path(__file__).parents[2] / "fixtures" / "traces" / "large_block.py"
ROUNDS = 3


def seconds_of(command: Sequence[str]) -> float:
    """Wall time of a command; raises CalledProcessError if it fails."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> None:
    """Measure both in turn, so that a busy machine slows both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", default=sys.executable)
    python = parser.parse_args().python
    trace = [sys.executable, "-m", "blocklint", "trace", "--isolated"]
    trace += ["--python", python, f"{MODEL}:Block"]
    pairs = [
        (seconds_of([python, "-c", "import torch"]), seconds_of(trace))
        for _ in range(ROUNDS)
    ]
    torch, whole = (min(each) for each in zip(*pairs, strict=True))
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    print(f"import torch   {torch:6.2f} s")
    print(f"whole trace    {whole:6.2f} s, {whole - torch:.2f} s more")
    print(f"resident size  {largest:6.2f} GB at most")


if __name__ == "__main__":
    main()
