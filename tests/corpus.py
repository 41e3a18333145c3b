"""The pinned packages that the labels in fixtures/zoo speak about.

Each is downloaded once with pip, nothing is installed or run, and only its Python
files are kept: below $BLOCKLINT_CORPUS, or else ~/.cache/blocklint-corpus.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from expectations import FIXTURES


class Unavailable(Exception):
    """A package could not be downloaded."""


def corpus() -> Path:
    """The folder that holds every package, fetched as far as need be.

    Raises Unavailable if a package is neither there nor to be had.
    """
    chosen = os.environ.get("BLOCKLINT_CORPUS", "~/.cache/blocklint-corpus")
    root = Path(chosen).expanduser()
    for line in (FIXTURES / "zoo" / "packages.txt").read_text().splitlines():
        folder, requirement = line.split()
        if not (root / folder).is_dir():
            _fetch(requirement, root / folder)
    return root


def _fetch(requirement: str, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        archive = _download(requirement, Path(scratch))
        unpacked = Path(scratch) / "unpacked"
        _unpack(archive, unpacked)
        if not folder.exists():
            shutil.move(unpacked, folder)


def _download(requirement: str, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    ran = subprocess.run(
        [*command, "--dest", str(folder), requirement],
        check=False,
        capture_output=True,
        text=True,
    )
    if ran.returncode:
        raise Unavailable(f"{requirement}: {ran.stderr.strip()[-500:]}")
    (archive,) = folder.iterdir()
    return archive


def _unpack(archive: Path, folder: Path) -> None:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            names = [name for name in wheel.namelist() if name.endswith(".py")]
            wheel.extractall(folder, names)
    else:
        with tarfile.open(archive) as sdist:
            members = [m for m in sdist if m.isfile() and m.name.endswith(".py")]
            sdist.extractall(folder, members, filter="data")
