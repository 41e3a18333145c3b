"""Reading a JSON file that blocklint itself has written, and that the user keeps."""

import json
from pathlib import Path

from blocklint.engine.request import BadRequest
from blocklint.frozen import dataclass


@dataclass(frozen=True)
class Kept:
    """A file as it is: its bytes, their text, and the document that it holds."""

    data: bytes
    text: str
    document: object


def read_kept(path: Path, what: str, anew: str) -> Kept | None:
    """The file at a path, None if there is none.

    Raises BadRequest if it cannot be read or is no JSON: then it is no `what`, and
    `anew` says how to make one.
    """
    try:
        data = path.read_bytes()
        text = data.decode(errors="surrogateescape")
        return Kept(data, text, json.loads(text))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadRequest(f"{path}: cannot be read: {error.strerror}") from error
    except json.JSONDecodeError as error:
        reason = f"line {error.lineno}: {error.msg}"
        raise BadRequest(f"{path}: is no valid JSON ({reason}); {anew}") from error
    except RecursionError as error:
        raise BadRequest(f"{path}: is no {what} of blocklint; {anew}") from error
