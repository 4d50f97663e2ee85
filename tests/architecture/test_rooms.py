"""Rooms stay small enough to hold in a head, and are named after what is in them.

Docstrings do not count: they give units, shapes and sources, and nobody should save on them.
"""

import ast
from pathlib import Path

import infrastruktur

PACKAGE = Path(infrastruktur.__file__).parent
MOST_LINES_OF_FILE, MOST_LINES_OF_FUNCTION = 400, 60
NAMELESS = {"utils", "util", "helpers", "helper", "common", "base", "core", "misc", "tools", "shared", "lib"}
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef

MODULES = sorted(PACKAGE.rglob("*.py"))


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def count_docstring_lines(tree: ast.AST) -> int:
    """Count the lines of all docstrings in and below a node."""
    lines = 0
    for node in ast.walk(tree):
        if isinstance(node, Documented) and ast.get_docstring(node) is not None:
            text = node.body[0]
            lines += (text.end_lineno or text.lineno) - text.lineno + 1
    return lines


def functions(tree: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1 - count_docstring_lines(node)


def test_no_file_is_too_long():
    lines = {
        str(path.relative_to(PACKAGE)): len(path.read_text(encoding="utf-8").splitlines())
        - count_docstring_lines(parse(path))
        for path in MODULES
    }
    assert {name: count for name, count in lines.items() if count > MOST_LINES_OF_FILE} == {}


def test_no_function_is_too_long():
    lines = {
        f"{path.relative_to(PACKAGE)}:{node.lineno} {node.name}": length(node)
        for path in MODULES
        if "migrations" not in path.parts  # a migration is a list, frozen once it is released
        for node in functions(parse(path))
    }
    assert {name: count for name, count in lines.items() if count > MOST_LINES_OF_FUNCTION} == {}


def test_every_room_is_named_after_what_is_in_it():
    assert [str(path.relative_to(PACKAGE)) for path in MODULES if {path.stem, *path.parts} & NAMELESS] == []


def test_every_module_says_what_it_is():
    written = [path for path in MODULES if path.stat().st_size]
    silent = [str(path.relative_to(PACKAGE)) for path in written if ast.get_docstring(parse(path)) is None]
    assert silent == []


def test_nothing_is_put_off():
    marks = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "NotImplemented" + "Error")
    found = [
        f"{path.relative_to(PACKAGE)}:{number}"
        for path in MODULES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if any(mark in line for mark in marks)
    ]
    assert found == []
