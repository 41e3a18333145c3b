"""An editor as far as tests need one: it speaks the protocol to a real server."""

import io
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

PATIENCE = 60.0  # seconds; it fails no sooner, and waits no longer than it must


class Editor:
    """A client on the standard streams of `blocklint server`."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", "blocklint", "server", *arguments],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._messages: Queue[dict[str, Any]] = Queue()
        self._kept: list[dict[str, Any]] = []
        self._number = 0
        Thread(target=self._listen, daemon=True).start()

    def uri(self, name: str) -> str:
        """The address of a file of the folder."""
        return (self.folder / name).as_uri()

    def tell(self, method: str, **params: Any) -> None:  # noqa: ANN401 (JSON)
        """Send a notification."""
        self._send({"method": method, "params": params})

    def ask(self, method: str, **params: Any) -> Any:  # noqa: ANN401 (JSON)
        """Send a request, and wait for its result."""
        self._number += 1
        number = self._number
        self._send({"id": number, "method": method, "params": params})
        answer = self.wait(lambda got: got.get("id") == number and "method" not in got)
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def start(self, **capabilities: Any) -> Mapping[str, Any]:  # noqa: ANN401 (JSON)
        """Shake hands; what the server can do."""
        found: Mapping[str, Any] = self.ask(
            "initialize",
            processId=None,
            rootUri=self.folder.as_uri(),
            capabilities=capabilities,
        )
        self.tell("initialized")
        return found["capabilities"]  # type: ignore[no-any-return]

    def open(self, name: str, text: str, version: int = 1) -> None:
        """Open a document with a text that need not be that of its file."""
        document = {
            "uri": self.uri(name),
            "languageId": "python",
            "version": version,
            "text": text,
        }
        self.tell("textDocument/didOpen", textDocument=document)

    def change(self, name: str, text: str, version: int) -> None:
        """Type something: the whole new text is sent."""
        self.tell(
            "textDocument/didChange",
            textDocument={"uri": self.uri(name), "version": version},
            contentChanges=[{"text": text}],
        )

    def diagnostics(self, name: str, version: int | None = 1) -> list[dict[str, Any]]:
        """What is next published for a version of a document."""

        def fits(got: Mapping[str, Any]) -> bool:
            params = got.get("params") or {}
            return (
                got.get("method") == "textDocument/publishDiagnostics"
                and params["uri"] == self.uri(name)
                and params.get("version") == version
            )

        return self.wait(fits)["params"]["diagnostics"]  # type: ignore[no-any-return]

    def until(self, name: str, codes: set[str]) -> list[dict[str, Any]]:
        """What is published of a document once it is of these codes."""

        def fits(got: Mapping[str, Any]) -> bool:
            params = got.get("params") or {}
            return (
                got.get("method") == "textDocument/publishDiagnostics"
                and params["uri"] == self.uri(name)
                and {each["code"] for each in params["diagnostics"]} == codes
            )

        return self.wait(fits)["params"]["diagnostics"]  # type: ignore[no-any-return]

    def actions(self, name: str, line: int, **context: Any) -> list[dict[str, Any]]:  # noqa: ANN401
        """What is offered on a line, counted from zero."""
        place = {"line": line, "character": 0}
        return self.ask(  # type: ignore[no-any-return]
            "textDocument/codeAction",
            textDocument={"uri": self.uri(name)},
            range={"start": place, "end": place},
            context={"diagnostics": [], **context},
        )

    def hover(self, name: str, line: int, character: int) -> str | None:
        """What is shown for a place, counted from zero."""
        found = self.ask(
            "textDocument/hover",
            textDocument={"uri": self.uri(name)},
            position={"line": line, "character": character},
        )
        return found and found["contents"]["value"]  # type: ignore[no-any-return]

    def wait(self, fits: Any) -> dict[str, Any]:  # noqa: ANN401 (a predicate)
        """The next message that fits; others are kept for later."""
        end = time.monotonic() + PATIENCE
        for message in self._kept:
            if fits(message):
                self._kept.remove(message)
                return message
        while True:
            try:
                message = self._messages.get(timeout=max(end - time.monotonic(), 0.01))
            except Empty:
                raise AssertionError(f"no such message; got {self._kept}") from None
            if fits(message):
                return message
            self._kept.append(message)

    def message(self) -> str:
        """What the user is told next, in a message of its own."""
        found = self.wait(lambda got: got.get("method") == "window/showMessage")
        return found["params"]["message"]  # type: ignore[no-any-return]

    def end(self) -> tuple[int, str]:
        """Say good-bye; the server's exit code and its standard error."""
        self.ask("shutdown")
        self.tell("exit")
        code = self._process.wait(PATIENCE)
        assert self._process.stderr is not None
        return code, self._process.stderr.read().decode()

    def leave(self) -> int:
        """Close the streams without a word; the server's exit code."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return self._process.wait(PATIENCE)

    def kill(self) -> None:
        """End the server, if it has not ended."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert stream is not None
            stream.close()

    def _send(self, message: Mapping[str, Any]) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(data), data))
        self._process.stdin.flush()

    def _listen(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while head := stream.readline():
            size = int(head.partition(b":")[2])
            while stream.readline().strip():
                pass
            self._messages.put(json.loads(stream.read(size)))


@contextmanager
def editor_in(folder: Path, *arguments: str, **capabilities: Any) -> Iterator[Editor]:  # noqa: ANN401
    """An editor that has shaken hands, and whose server is gone afterwards."""
    editor = Editor(folder, *arguments)
    try:
        editor.start(**capabilities)
        yield editor
    finally:
        editor.kill()


def applied(text: str, edits: list[dict[str, Any]]) -> str:
    """A text with the edits of the protocol, in units of UTF-16, applied to it."""
    units = text.encode("utf-16-le")
    lines = [0]
    for line in io.StringIO(text, newline=""):
        lines.append(lines[-1] + len(line.encode("utf-16-le")))

    def offset(place: Mapping[str, int]) -> int:
        return min(
            lines[min(place["line"], len(lines) - 1)] + 2 * place["character"],
            len(units),
        )

    for edit in sorted(edits, key=lambda each: -offset(each["range"]["start"])):
        first, last = (offset(edit["range"][end]) for end in ("start", "end"))
        units = units[:first] + edit["newText"].encode("utf-16-le") + units[last:]
    return units.decode("utf-16-le")
