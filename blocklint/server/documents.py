"""What is open in the editor, and how the engine is asked about it."""

import io
import os
import tokenize
from collections.abc import Iterator, Mapping

from blocklint.engine import Options, Request
from blocklint.frozen import dataclass


@dataclass(frozen=True)
class Document:
    """A Python file as the editor shows it, saved or not; `path` may not exist yet."""

    uri: str
    path: str
    version: int | None
    text: str

    @property
    def data(self) -> bytes:
        """The bytes that the file would have if it were saved now."""
        text = self.text.removeprefix("\ufeff")
        plain = text.encode("utf-8", "surrogatepass")
        try:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(plain).readline)
            return text.encode(encoding)
        except (SyntaxError, UnicodeEncodeError):
            return plain  # What is wrong with its coding is said when it is read.


class Documents:
    """The open documents by their URIs."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._open: dict[str, Document] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._open))

    def put(self, document: Document) -> None:
        """Keep the newest version of a document."""
        self._open[document.uri] = document

    def drop(self, uri: str) -> None:
        """Forget a document that was closed: from now on the disk counts."""
        self._open.pop(uri, None)

    def get(self, uri: str) -> Document | None:
        """An open document."""
        return self._open.get(uri)

    def request_for(self, document: Document) -> Request:
        """The request to check a document, beside the others that are open."""
        return Request(
            ("-",),
            self._options,
            stdin=document.data,
            stdin_name=document.path,
            drafts=self._drafts(),
        )

    def _drafts(self) -> Mapping[str, bytes]:
        return {os.path.realpath(each.path): each.data for each in self._open.values()}
