"""The wheel holds the package and all data it needs, and claims no other name in site-packages."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infrastruktur import __version__

ROOT = Path(__file__).parents[2]
DATA = ("importers", "schemas", "openapi")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.Path:
    """Build the wheel as a release does."""
    target = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = target.glob("*.whl")
    return zipfile.Path(built)


def names(wheel: zipfile.Path) -> set[str]:
    return set(wheel.root.namelist())


def test_nothing_else_is_at_the_top(wheel):
    assert {name.partition("/")[0] for name in names(wheel)} == {
        "infrastruktur",
        f"infrastruktur-{__version__}.dist-info",
    }


@pytest.mark.parametrize("folder", DATA)
def test_data_folders_are_inside_whole(wheel, folder):
    tracked = subprocess.run(["git", "ls-files", "-z", folder], cwd=ROOT, check=True, capture_output=True, text=True)
    files = {name for name in tracked.stdout.split("\0") if name}
    assert files
    assert {f"infrastruktur/_data/{name}" for name in files} <= names(wheel)
    assert all((wheel / "infrastruktur" / "_data" / name).read_bytes() == (ROOT / name).read_bytes() for name in files)


def test_all_of_the_package_is_inside(wheel):
    package = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "infrastruktur").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {"infrastruktur/py.typed", "infrastruktur/reports/uebersicht.css"} <= package
    assert any(name.startswith("infrastruktur/storage/migrations/versions/0001") for name in package)
    assert package <= names(wheel)


def test_nothing_compiled_or_private_is_inside(wheel):
    assert [name for name in names(wheel) if name.endswith((".pyc", ".nbi", ".nbc", ".gpkg")) or "/." in name] == []


def test_the_command_is_installed(wheel):
    entry = wheel / f"infrastruktur-{__version__}.dist-info" / "entry_points.txt"
    assert "infrastruktur = infrastruktur.cli:main" in entry.read_text(encoding="utf-8")
