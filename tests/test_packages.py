"""What a name of a package leads to, and which files are read for that."""

from pathlib import Path

from kept import write

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
