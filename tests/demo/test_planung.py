"""docs/planung.md is true: each command runs on the example region and prints what stands below it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

DOCUMENT = (Path(__file__).parents[2] / "docs" / "planung.md").read_text("utf-8")
TASKS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", DOCUMENT, re.MULTILINE | re.DOTALL))
BLOCK = re.compile(r"```sh\n(?P<command>.*?)\n```\n(?:\n```text\n(?P<output>.*?)```)?", re.DOTALL)
SHOWN = [(each["command"], each["output"]) for text in TASKS.values() for each in BLOCK.finditer(text)]
BOLD_NUMBER = re.compile(r"\*\*(\d[\d.,]*)\*\*")


@pytest.fixture(scope="module")
def run(example, tmp_path_factory):
    """Run a line of the document as its reader does, `infrastruktur` being this checkout's."""
    folder = tmp_path_factory.mktemp("planung")
    command = folder / "infrastruktur"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m infrastruktur "$@"\n')
    command.chmod(0o755)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("INFRASTRUKTUR_")}
    environ = clean | {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "INFRASTRUKTUR_HOME": str(example.home),
        "INFRASTRUKTUR_AUDIENCE": "staff",
        "LC_ALL": "C.UTF-8",
    }

    def invoke(line):
        done = subprocess.run(
            ["sh", "-c", line], cwd=folder, env=environ, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.stderr == ""
        assert done.returncode == 0
        return done.stdout

    invoke.folder = folder
    return invoke


# Each command is a process that reads the region anew, for 7 seconds; in `fast` every third stands for its neighbours.
PRINTED = [
    pytest.param(*pair, marks=[pytest.mark.heavy] if number % 3 else [])
    for number, pair in enumerate(pair for pair in SHOWN if pair[1])
]


@pytest.mark.parametrize(("command", "output"), PRINTED, ids=lambda text: text[:60])
def test_a_command_prints_what_stands_below_it(run, command, output):
    assert run(command) == output


def test_a_command_that_writes_a_file_writes_one_that_opens(run):
    (command,) = (command for command, output in SHOWN if not output)
    run(command)
    name = command.rpartition("> ")[2]
    assert "dauerpflege_heimquote" in openpyxl.load_workbook(run.folder / name).sheetnames


@pytest.mark.parametrize("task", [task for task, text in TASKS.items() if BOLD_NUMBER.search(text)])
def test_a_number_named_in_the_text_is_in_an_output(task):
    printed = "".join(each["output"] or "" for each in BLOCK.finditer(TASKS[task]))
    assert [number for number in BOLD_NUMBER.findall(TASKS[task]) if number not in printed] == []


def test_tasks_1_to_4_are_there():
    assert [task[:9] for task in TASKS][:4] == ["Aufgabe 1", "Aufgabe 2", "Aufgabe 3", "Aufgabe 4"]
    assert "Lücke: " in TASKS[next(task for task in TASKS if task.startswith("Aufgabe 4"))]
    assert len(SHOWN) >= 12
