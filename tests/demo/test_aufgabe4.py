"""Task 4 of docs/planung.md is true: each command runs on the example region and prints what stands below it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TASK = (ROOT / "docs" / "planung.md").read_text("utf-8").partition("## Aufgabe 4")[2].partition("\n## ")[0]
SHOWN = re.findall(r"```sh\n(.*?)\n```\n\n```text\n(.*?)```", TASK, re.DOTALL)


@pytest.mark.parametrize(("command", "output"), SHOWN, ids=[command[23:60] for command, _ in SHOWN])
def test_a_command_prints_what_stands_below_it(example, tmp_path, command, output):
    (tmp_path / "infrastruktur").write_text(f'#!/bin/sh\nexec {sys.executable} -m infrastruktur "$@"\n')
    (tmp_path / "infrastruktur").chmod(0o755)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("INFRASTRUKTUR_")}
    environ = clean | {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "INFRASTRUKTUR_HOME": str(example.home),
        "INFRASTRUKTUR_AUDIENCE": "staff",
    }
    done = subprocess.run(["sh", "-c", command], env=environ, capture_output=True, text=True, timeout=300, check=False)
    assert done.stderr == ""
    assert done.stdout == output


def test_the_task_shows_a_list_a_profile_and_a_sentence():
    assert [command.split()[2] for command, _ in SHOWN][:2] == ["gaps", "versorgungsquartiere"]
    assert "Lücke: " in TASK
