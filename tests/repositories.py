"""Real git repositories in temporary folders, with an identity and a home of their own.

What git, and what runs it, reads of the environment is fixed here: neither the user's
config nor a repository around the tests has a say.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

BLOCK = """\
class {name}(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(d, d), nn.GELU(), nn.Linear(d, d))
        self.norm{name} = nn.LayerNorm(d)

    def forward(self, x):
        return self.norm{name}(x + self.mlp(x))
"""


def code(*names: str) -> str:
    """A file with a post-norm block for each name."""
    blocks = (BLOCK.format(name=name) for name in names)
    return "\n\n".join(["from torch import nn\n", *blocks])


@dataclass(frozen=True)
class Repo:
    """A repository and the folder that stands for the home of its user."""

    top: Path
    home: Path

    @classmethod
    def new(cls, folder: Path, name: str = "repo") -> "Repo":
        """An empty repository on the branch `main`."""
        top, home = folder / name, folder / "home"
        top.mkdir(parents=True)
        home.mkdir(exist_ok=True)
        made = cls(top, home)
        made.git("init", "--quiet", "--initial-branch=main")
        return made

    @property
    def environment(self) -> dict[str, str]:
        """The environment of everything that is run here."""
        tools = str(Path(sys.executable).parent)
        who = ("AUTHOR", "COMMITTER")
        return {
            "PATH": os.pathsep.join([tools, os.environ["PATH"]]),
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{each}_NAME": "Nobody" for each in who},
            **{f"GIT_{each}_EMAIL": "nobody@example.org" for each in who},
            **{f"GIT_{each}_DATE": "2026-01-01T00:00:00Z" for each in who},
        }

    def git(self, *arguments: str) -> str:
        """Run git at the top, and have it succeed."""
        ran = subprocess.run(
            ["git", *arguments],
            cwd=self.top,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def write(self, path: str, text: str) -> Path:
        """Write a file, and the folders that it lies in."""
        where = self.top / path
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_bytes(text.encode())
        return where

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text that the file holds once."""
        text = (self.top / path).read_bytes().decode()
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        self.write(path, text.replace(old, new))

    def commit(self, message: str = "Work") -> str:
        """Commit all that there is; the number of the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--no-verify", "--message", message)
        return self.git("rev-parse", "HEAD").strip()
