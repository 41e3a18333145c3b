"""Parts of a page that are written by a test, between two comments."""


def between(text: str, marker: str, new: str) -> str:
    """The text with what stands between two markers replaced."""
    start, end = f"<!-- {marker} -->\n", f"<!-- end of {marker} -->"
    before, rest = text.split(start)
    return f"{before}{start}{new}\n{end}{rest.split(end)[1]}"
