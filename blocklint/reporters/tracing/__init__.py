"""What running blocks showed; each module is one value of `trace --format`."""
