"""The two demos, each run once: the real command, in homes of their own."""

import fcntl
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
def example(tmp_path_factory, worker_id):
    """Run once for all processes that test: half a minute of two that the tests of this folder take."""
    base = tmp_path_factory.getbasetemp()
    home = (base if worker_id == "master" else base.parent) / "beispielregion"
    printed = home / "ausgabe.txt"
    home.mkdir(exist_ok=True)
    with (home / "sperre").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not printed.exists():
            printed.write_text(run_demo(home).printed, encoding="utf-8")
    return Run(home, printed.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def aachen(tmp_path_factory):
    if not (DATA / "aachen" / "aachen-2021-08-01.osm.pbf").is_file():
        pytest.skip(f"Die offenen Daten von Aachen liegen nicht in {DATA / 'aachen'} (INFRASTRUKTUR_DATA).")
    return run_demo(tmp_path_factory.mktemp("aachen"), "aachen")
