"""The rules' own documentation; each module is one value of `rule --output-format`."""
