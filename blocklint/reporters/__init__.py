"""A report in, text out. A reporter reads no files, prints nothing, decides nothing.

Each module here is one value of `check --output-format`, by its name.
"""
