"""Opens a page in a browser without a window, if there is one on this machine."""

import shutil
import subprocess
from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
    *("--disable-background-networking", "--no-first-run", "--enable-logging=stderr"),
)


def open_page(page: Path, *options: str, query: str = "") -> tuple[str, str]:
    """What the browser writes: its output, and what it logs."""
    assert CHROMIUM is not None
    profile = f"--user-data-dir={page.parent / 'profile'}"
    ran = subprocess.run(
        [CHROMIUM, *_QUIET, profile, *options, f"{page.as_uri()}{query}"],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return ran.stdout, ran.stderr
