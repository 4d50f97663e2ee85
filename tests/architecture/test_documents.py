"""What the documents promise exists, and nothing in the repository tells where it was written."""

import json
import re
import subprocess
from functools import cache
from pathlib import Path

import click
import jsonschema
import pytest

from infrastruktur.cli import main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SETTING = re.compile(r"INFRASTRUKTUR_[A-Z_]+")


def list_tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def section(title: str) -> str:
    """Give a section of README.md."""
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


@cache
def read_code() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "infrastruktur").rglob("*.py"))


# README


@pytest.mark.parametrize("line", re.findall(r"^infrastruktur .*", README, re.MULTILINE))
def test_every_command_of_the_readme_exists(line):
    words = line.partition("#")[0].split()[1:]
    command: click.Command = main
    while isinstance(command, click.Group):
        command = command.commands[words.pop(0)]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_every_setting_is_in_the_readme_and_only_those():
    assert set(SETTING.findall(README)) == set(
        SETTING.findall((ROOT / "infrastruktur" / "settings.py").read_text(encoding="utf-8"))
    )


def test_every_script_of_the_readme_exists():
    named = set(re.findall(r"scripts/([a-z]+)", README))
    assert named
    assert {name for name in named if not (ROOT / "scripts" / name).is_file()} == set()


def test_every_document_the_readme_links_to_exists():
    links = set(re.findall(r"\]\(([^)#:]+\.md)\)", README))
    assert links
    assert {link for link in links if not (ROOT / link).exists()} == set()


def test_every_address_of_the_readme_is_served():
    addresses = set(re.findall(r"`(/[a-z/]+)`", README))
    assert addresses
    served = set(json.loads((ROOT / "openapi" / "openapi.json").read_text(encoding="utf-8"))["paths"])
    assert {path for path in addresses if path not in served} == set()


WORDS = [
    word
    for row in re.findall(r"^\| ([^|]+) \|", section("Words"), re.MULTILINE)
    if row not in {"word", "---"}
    for word in re.split(r", | \(|\)", row)
    if word
]


@pytest.mark.parametrize("word", WORDS)
def test_every_word_of_the_glossary_is_one_of_the_code(word):
    folded = word.lower().replace("ä", "ae").replace("ü", "ue").replace("ö", "oe").replace(" ", "_")
    assert re.search(rf"\b_?{folded}|_{folded}", read_code().lower()), folded


@pytest.mark.parametrize("code", sorted(set(re.findall(r"`([a-z0-9_]+)`", section("Words")))))
def test_every_code_of_the_glossary_is_one_of_the_code(code):
    assert code in read_code() or any(code in path.read_text(encoding="utf-8") for path in ROOT.glob("schemas/*"))


# Schemas and locks


@pytest.mark.parametrize("path", sorted((ROOT / "schemas").glob("*.schema.json")), ids=lambda path: path.name)
def test_every_schema_is_draft_2020_12(path):
    schema = json.loads(path.read_text(encoding="utf-8"))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("path", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda path: path.name)
def test_a_lock_names_hashes_and_no_host(path):
    text = path.read_text(encoding="utf-8")
    assert "://" not in text
    assert "index-url" not in text
    pinned = re.findall(r"^[a-z0-9._-]+(?:\[[a-z,]+\])?==\S+", text, re.MULTILINE | re.IGNORECASE)
    assert pinned
    assert text.count("--hash=sha256:") >= len(pinned)


# What must be nowhere


def test_no_file_tells_where_it_was_written():
    private = re.compile("|".join(rf"/{name}/[\w.-]+/" for name in ("home", "root", "work", "Users")).encode())
    told = {
        f"{path.relative_to(ROOT)}: {match.group().decode()}"
        for path in list_tracked()
        if path != Path(__file__) and (match := private.search(path.read_bytes()))
    }
    assert told == set()
