"""A file of settings that people edit by hand: where in it something stands, and what is wrong there, in German."""

import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from infrastruktur.domain.errors import SourceRefused

Pfad = tuple[str | int, ...]
"""Names of tables and keys, and positions in arrays of tables, from the top of the file."""

T = TypeVar("T")

_HEADER = re.compile(r"\s*(\[\[?)\s*([\w-]+(?:\s*\.\s*[\w-]+)*)\s*\]")
_KEY = re.compile(r"""\s*(?:"([^"]+)"|'([^']+)'|([\w-]+))\s*=""")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]|\[\.\.\.\]")
_SYNTAX = re.compile(r"\(at line (\d+), column (\d+)\)")
_TYPES = {
    "str": "ein Text in Anführungszeichen",
    "int": "eine ganze Zahl",
    "float": "eine Zahl",
    "bool": "true oder false",
    "date": "ein Datum (2026-01-31)",
    "array": "eine Liste in eckigen Klammern",
    "object": "ein Block mit eigenen Angaben",
}
_MISTAKES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"Object missing required field `(.+)`"), lambda found: f"„{found[1]}“ fehlt."),
    (re.compile(r"Object contains unknown field `(.+)`"), lambda found: f"„{found[1]}“ ist hier nicht vorgesehen."),
    (
        re.compile(r"Expected `(\w+)(?: \| null)?`, got `(\w+)`"),
        lambda found: f"Erwartet wird {_type(found[1])}, dort steht {_type(found[2])}.",
    ),
    (re.compile(r"Expected `\w+` >= (\S+)"), lambda found: f"Der Wert muss mindestens {found[1]} sein."),
    (re.compile(r"Expected `\w+` > (\S+)"), lambda found: f"Der Wert muss größer als {found[1]} sein."),
    (re.compile(r"Expected `\w+` <= (\S+)"), lambda found: f"Der Wert darf höchstens {found[1]} sein."),
    (re.compile(r"Invalid enum value (.+)"), lambda found: f"Den Wert {found[1]} gibt es hier nicht."),
    (re.compile(r"Expected `array` of length >= (\d+)"), lambda found: f"Die Liste braucht mindestens {found[1]}."),
)


def _type(name: str) -> str:
    return _TYPES.get(name, name)


def read_vorgabe(text: str, kind: type[T], source: str) -> T:
    """Read a file as what `kind` says of it.

    Raises
    ------
    SourceRefused
        It is no TOML, or something in it is missing, unknown or out of range; names the line.

    """
    try:
        data: Mapping[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _SYNTAX.search(str(error))
        line = None if place is None else int(place[1])
        raise SourceRefused(source, f"Die Datei ist hier kein lesbares TOML: {error}.", line) from error
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        reason, _, where = str(error).partition(" - at `")
        pfad = read_pfad(where.rstrip("`"))
        field = next((part for part in reversed(pfad) if isinstance(part, str)), "")
        raise SourceRefused(source, f"{field}: {_say(reason)}", find_line(text, _named(reason, pfad))) from error


def _say(reason: str) -> str:
    """Translate what msgspec says; what nobody has met yet stays in its own words."""
    found = ((pattern.fullmatch(reason), words) for pattern, words in _MISTAKES)
    return next((words(match) for match, words in found if match), reason)


def _named(reason: str, pfad: Pfad) -> Pfad:
    """Add the field that should not be there: the path leads to its block only."""
    unknown = re.fullmatch(r"Object contains unknown field `(.+)`", reason)
    return pfad if unknown is None else (*pfad, unknown[1])


def read_pfad(written: str) -> Pfad:
    """Read a path as msgspec writes it: `$.kriteriensatz[0].kriterium[3].gewicht`."""
    return tuple(name or int(number) for name, number in _STEP.findall(written) if name or number)


def find_line(text: str, pfad: Pfad) -> int | None:
    """Find the line (from 1) a path stands at, else that of the block around it; None where there is none.

    Blocks are counted as TOML counts them: `[[satz.kriterium]]` belongs to the last `[[satz]]` before it.
    """
    counts: dict[Pfad, int] = {}
    block: Pfad = ()
    best: tuple[int, int] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        here = block
        if header := _HEADER.match(line):
            names = [name.strip() for name in header[2].split(".")]
            block = here = _enter(names, counts, in_array=header[1] == "[[")
        elif key := _KEY.match(line):
            here = (*block, key[1] or key[2] or key[3])
        else:
            continue
        if here == pfad[: len(here)] and here and (best is None or len(here) > best[0]):
            best = (len(here), number)
    return None if best is None else best[1]


def _enter(names: list[str], counts: dict[Pfad, int], *, in_array: bool) -> Pfad:
    """Give the path of the block a header opens; `counts` holds how many blocks of each array were met."""
    path: Pfad = ()
    for depth, name in enumerate(names):
        path = (*path, name)
        last = depth == len(names) - 1
        if last and in_array:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path
