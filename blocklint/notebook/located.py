"""JSON that says where its values stand; the standard library's parser does not."""

import re
from collections.abc import Iterator
from json import JSONDecoder

# No number matters here, and huge ones are refused: the count of its digits will do.
DECODER = JSONDecoder(parse_int=len)
_BLANKS = re.compile(r"[ \t\r\n]*")


class Scanner:
    """Walks through a text that is known to be JSON, from value to value.

    Whoever iterates over members or items takes each value (by `value`, or by iterating
    over its own parts) before going on. `at` is the offset of what comes next, `end`
    where the last value ended.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.end = 0
        self._go_to(0)

    @property
    def next(self) -> str:
        """The character that comes next: `{`, `[`, a quote, part of a word."""
        return self.text[self.at : self.at + 1]

    def members(self) -> Iterator[str]:
        """The keys of the object that comes next."""
        self._go_to(self.at + 1)
        while self.next != "}":
            key = self.value()
            self._go_to(self.at + 1)  # the colon
            yield str(key)
            self._past_comma()
        self._close()

    def items(self) -> Iterator[None]:
        """Once for each item of the list that comes next."""
        self._go_to(self.at + 1)
        while self.next != "]":
            yield None
            self._past_comma()
        self._close()

    def value(self) -> object:
        """Take the value that comes next, whatever it is."""
        found: object
        found, self.end = DECODER.raw_decode(self.text, self.at)
        self._go_to(self.end)
        return found

    def _past_comma(self) -> None:
        if self.next == ",":
            self._go_to(self.at + 1)

    def _close(self) -> None:
        self.end = self.at + 1
        self._go_to(self.end)

    def _go_to(self, offset: int) -> None:
        blanks = _BLANKS.match(self.text, offset)
        self.at = blanks.end() if blanks else offset
