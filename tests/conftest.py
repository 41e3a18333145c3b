"""One switch for every golden file: `pytest --update` writes what the code now does."""

from collections.abc import Callable
from pathlib import Path

import pytest

Golden = Callable[[Path, str], None]


@pytest.fixture(autouse=True)
def no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands of the tests find things anew, unless a test wants otherwise."""
    monkeypatch.setenv("BLOCKLINT_NO_CACHE", "1")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update", action="store_true", help="write golden files instead of comparing"
    )
    parser.addoption(
        "--whole-zoo", action="store_true", help="check the largest packages as well"
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compare a text with a golden file, or write the file under `--update`."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--update"):
            path.write_text(text)
        assert path.exists(), f"{path} is missing; run pytest --update"
        assert text == path.read_text()

    return compare
