"""The stability of stacks, measured; each module is one value of `trace --format`."""
