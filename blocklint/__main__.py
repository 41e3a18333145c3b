"""`python -m blocklint` is the command `blocklint`."""

from blocklint.cli import run

run()
