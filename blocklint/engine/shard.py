"""A shard: the part of the files that one of several machines checks."""

import hashlib
import os
import re

from blocklint.engine.request import BadRequest
from blocklint.frozen import dataclass
from blocklint.regex import Regex

_FORM = Regex(r"(\d{1,9})/(\d{1,9})", re.ASCII)


@dataclass(frozen=True)
class Shard:
    """The part `number` of `of`, counted from one.

    A file belongs to the shard that its path, seen from here, is hashed to: what comes
    or goes elsewhere moves no file to another shard. By folders it would be as stable,
    and no faster, but large packages lie in few folders: of four shards the heaviest
    would often have two or three times its share.
    """

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """The shard that `2/4` means. Raises BadRequest if there is none such."""
        form = _FORM.fullmatch(text.strip())
        if form is None:
            raise BadRequest(f"`--shard {text}`: expected a part of parts, as in `1/4`")
        number, of = int(form[1]), int(form[2])
        if not 1 <= number <= of:
            parts = f"the parts of {of} are `1/{of}` to `{of}/{of}`" if of else ""
            raise BadRequest(f"`--shard {text}`: {parts or 'there is no part of 0'}")
        return cls(number, of)

    def holds(self, path: str) -> bool:
        """Whether a file is in this shard."""
        key = os.path.relpath(path).replace(os.sep, "/")
        digest = hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
        return int.from_bytes(digest[:8]) % self.of == self.number - 1
