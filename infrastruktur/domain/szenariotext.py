"""Scenarios as people write them: JSON, or what a TOML file holds, becomes a value; errors become German sentences."""

import json
import re
from collections.abc import Callable
from typing import Any

import msgspec

from infrastruktur.domain.errors import InvalidSzenario, Refused
from infrastruktur.domain.szenario import Szenario, build_szenario

MAX_BYTES = 32_000
"""Fifty changes with long names are 20 kB."""

_TYPES = {
    "object": "eine Gruppe von Angaben in { }",
    "array": "eine Liste in [ ]",
    "str": "ein Text in Anführungszeichen",
    "float": "eine Zahl",
    "int": "eine ganze Zahl",
    "null": "nichts",
    "bool": "wahr oder falsch",
}
KINDS = ("neu", "schliessen", "verlegen", "kapazitaet", "bevoelkerung", "ziel")
_PLACE = re.compile(r"(?P<what>.*?)(?: - at `\$(?P<where>[^`]*)`)?", re.DOTALL)
_SENTENCES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"Object missing required field `(\w+)`"), lambda m: f"Es fehlt „{m[1]}“."),
    (re.compile(r"Object contains unknown field `([^`]*)`"), lambda m: f"Die Angabe „{m[1]}“ gibt es hier nicht."),
    (
        re.compile(r"Expected `array` of length (\d+), got (\d+)"),
        lambda m: f"Erwartet werden {m[1]} Werte, es sind {m[2]}.",
    ),
    (re.compile(r"Expected `([^`]*)`, got `(\w+)`"), lambda m: f"Erwartet wird {_name(m[1])}, da steht {_name(m[2])}."),
    (re.compile(r"Invalid value '(.*)'"), lambda m: f"„{m[1]}“ gibt es nicht. Möglich sind: {', '.join(KINDS)}."),
    (re.compile(r"Invalid RFC3339 encoded date"), lambda _: "Erwartet wird ein Tag wie 2025-12-31."),
)


def decode_json(text: bytes | str) -> Any:
    """Read JSON that has one reading: no name twice in an object, no NaN, no nesting beyond what a stack holds.

    Raises
    ------
    Refused
        It is not such JSON, or not UTF-8.

    """
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        said = str(error) if isinstance(error, _Twofold) else "Das ist kein lesbares JSON (UTF-8)."
        raise Refused(said) from error


class _Twofold(ValueError):
    """JSON that could be read in two ways."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Twofold(f"Die Angabe „{twice}“ steht zweimal da. Bitte nur einmal angeben.")
    return members


def _refuse_constant(text: str) -> None:
    raise _Twofold(f"{text} ist keine Zahl, mit der sich rechnen lässt.")


def read_szenario(data: Any) -> Szenario:
    """Read what a JSON or TOML file holds as a scenario in its canonical form.

    Raises
    ------
    InvalidSzenario
        A part is missing, of another kind or unknown; or the scenario is none (`build_szenario`).

    """
    try:
        szenario = msgspec.convert(data, Szenario)
    except msgspec.ValidationError as error:
        raise InvalidSzenario(_say(str(error))) from error
    return build_szenario(szenario)


def write_szenario(szenario: Szenario) -> str:
    """Write a scenario as compact JSON, as a link carries it; what is left open is left out."""
    return msgspec.json.encode(_prune(msgspec.to_builtins(szenario))).decode()


def _prune(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _prune(each) for name, each in value.items() if each not in (None, "")}
    return [_prune(each) for each in value] if isinstance(value, list | tuple) else value


def _say(message: str) -> str:
    """Translate msgspec's sentence, and count changes from one, as people do."""
    match = _PLACE.fullmatch(message)
    what, where = (message, "") if match is None else (match["what"], match["where"] or "")
    place = re.sub(r"\[(\d+)\]", lambda m: f"[{int(m[1]) + 1}]", where.lstrip("."))
    for pattern, sentence in _SENTENCES:
        found = pattern.fullmatch(what)
        if found is not None:
            return f"{place}: {sentence(found)}" if place else sentence(found)
    return f"{place or 'Szenario'}: Der Wert hat nicht die erwartete Form."


def _name(kinds: str) -> str:
    return " oder ".join(_TYPES.get(kind, kind) for kind in kinds.split(" | "))
