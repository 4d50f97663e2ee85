"""The two demos, each run once: the real command, in homes of their own."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

DATA = Path(os.environ.get("INFRASTRUKTUR_DATA", Path(__file__).parents[3] / "shared" / "data"))


@dataclass(frozen=True)
class Run:
    """A demo that ran: what it printed, and the home it left behind."""

    home: Path
    printed: str

    @property
    def results(self) -> Path:
        return self.home / "results"


def run_demo(home, region="example"):
    command = [sys.executable, "-m", "infrastruktur", "demo", "--once", "--region", region, "--home", str(home)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("INFRASTRUKTUR_")}
    run = subprocess.run(
        command, env=clean | {"INFRASTRUKTUR_DATA": str(DATA)}, capture_output=True, text=True, timeout=300, check=False
    )
    assert run.returncode == 0, run.stderr
    return Run(home, run.stdout)


@pytest.fixture(scope="session")
def example(tmp_path_factory):
    return run_demo(tmp_path_factory.mktemp("example"))


@pytest.fixture(scope="session")
def aachen(tmp_path_factory):
    if not (DATA / "aachen" / "aachen-2021-08-01.osm.pbf").is_file():
        pytest.skip(f"Die offenen Daten von Aachen liegen nicht in {DATA / 'aachen'} (INFRASTRUKTUR_DATA).")
    return run_demo(tmp_path_factory.mktemp("aachen"), "aachen")
