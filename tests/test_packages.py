"""What a name of a package leads to, and which files are read for that."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from kept import write

from blocklint.frontends.static.files import Disk
from blocklint.frontends.static.project import Project
from blocklint.frontends.static.values import Class, Imported
from blocklint.source import Source, read


def source(path: Path) -> Source:
    found = read(path)
    assert isinstance(found, Source)
    return found


def test_a_file_of_a_package_is_found_without_its_star_imports(tmp_path: Path) -> None:
    write(tmp_path / "pkg" / "__init__.py", "from .everything import *\n")
    write(tmp_path / "pkg" / "everything.py", "class Other: ...\n")
    write(tmp_path / "pkg" / "parts.py", "class Part: ...\n")
    model = tmp_path / "model.py"
    write(model, "from pkg import parts\n")
    project = Project()

    found = project.add(source(model)).lookup("parts")

    assert isinstance(found, Imported)
    assert found.file.path.endswith("parts.py")
    ground = project.ground(source(model))
    assert not any(path.endswith("everything.py") for path in ground.files)


def test_a_name_of_a_package_comes_before_a_file_of_that_name(tmp_path: Path) -> None:
    write(tmp_path / "pkg" / "__init__.py", "from .block import block\n")
    write(tmp_path / "pkg" / "block.py", "class block: ...\n")
    model = tmp_path / "model.py"
    write(model, "from pkg import block\n")

    found = Project().add(source(model)).lookup("block")

    assert isinstance(found, Class)


def test_what_no_file_is_named_after_comes_by_a_star(tmp_path: Path) -> None:
    write(tmp_path / "pkg" / "__init__.py", "from .everything import *\n")
    write(tmp_path / "pkg" / "everything.py", "class Other: ...\n")
    model = tmp_path / "model.py"
    write(model, "from pkg import Other\n")

    found = Project().add(source(model)).lookup("Other")

    assert isinstance(found, Class)


@dataclass
class Read:
    """The files on the disk, and which of them were opened as code."""

    disk: Disk = field(default_factory=Disk)
    opened: list[str] = field(default_factory=list)

    def has(self, path: Path) -> bool:
        return self.disk.has(path)

    def open(self, path: Path, name: str) -> Source | None:
        found = self.disk.open(path, name)
        self.opened.extend([path.name] if found else [])
        return found

    def text(self, path: Path) -> str:
        return self.disk.text(path)

    def below(self, folder: Path, deep: bool) -> Iterator[Path]:
        return self.disk.below(folder, deep)


@pytest.mark.parametrize(
    "star", ["from .first import *", "from .first import*", "from .first import\\\n *"]
)
def test_a_name_comes_through_stars_of_files_that_do_not_say_it(
    tmp_path: Path, star: str
) -> None:
    write(tmp_path / "pkg" / "__init__.py", "from .second import *\n")
    write(tmp_path / "pkg" / "second.py", f"{star}\n")
    write(tmp_path / "pkg" / "first.py", "class Part: ...\n")
    model = tmp_path / "model.py"
    write(model, "from pkg import Part\n")

    found = Project().add(source(model)).lookup("Part")

    assert isinstance(found, Class)


def test_a_file_of_a_package_comes_by_a_star_that_does_not_say_it(
    tmp_path: Path,
) -> None:
    write(tmp_path / "pkg" / "__init__.py", "from .inner import *\n")
    write(tmp_path / "pkg" / "inner" / "__init__.py", "version = 1\n")
    write(tmp_path / "pkg" / "inner" / "parts.py", "class Part: ...\n")
    model = tmp_path / "model.py"
    write(model, "from pkg import parts\n")

    found = Project().add(source(model)).lookup("parts")

    assert isinstance(found, Imported)


def test_a_file_that_does_not_say_a_name_is_not_opened_for_its_star(
    tmp_path: Path,
) -> None:
    package = "from .models import *\nfrom .layers import *\n"
    write(tmp_path / "pkg" / "__init__.py", package)
    write(tmp_path / "pkg" / "models.py", "class Model: ...\n")
    write(tmp_path / "pkg" / "layers.py", "class Layer: ...\n")
    model = tmp_path / "model.py"
    write(model, "from pkg import Layer\n")
    files = Read()
    project = Project(files=files)

    found = project.add(source(model)).lookup("Layer")

    assert isinstance(found, Class)
    assert files.opened == ["__init__.py", "layers.py"]
    ground = project.ground(source(model))
    assert any(path.endswith("models.py") for path in ground.files)


def test_files_that_a_star_was_looked_for_in_vain_are_missing(tmp_path: Path) -> None:
    write(tmp_path / "pkg" / "__init__.py", "")
    write(tmp_path / "pkg" / "layers.py", "class Layer: ...\n")
    model = tmp_path / "pkg" / "model.py"
    write(model, "from layers import *\n")
    project = Project()

    found = project.add(source(model)).lookup("Model")

    assert found is None
    ground = project.ground(source(model))
    assert str(tmp_path / "layers.py") in ground.missing
    assert [path for path in ground.files if not Path(path).exists()] == []
