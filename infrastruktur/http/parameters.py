"""Query parameters: one table reads them strictly and writes them into the service description.

A name nobody knows and a name given twice are refused (OGC API Features Part 1, requirements 8 and 9,
ask for the first): a typing error that is passed over returns a wrong figure with a straight face.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from infrastruktur.domain.errors import InvalidParameter, Refused, UnknownParameter
from infrastruktur.domain.raum import Ebene
from infrastruktur.http.answers import Asking
from infrastruktur.http.negotiation import Format, choose_format
from infrastruktur.http.stichtag import parse_day, parse_known_at

MAX_TEXT = 1000
"""Notes of a figure layer are the longest values somebody may filter by."""
INTEGER = re.compile(r"-?\d{1,12}", re.ASCII)
NUMBER = re.compile(r"[-+]?(?:\d{1,15}(?:\.\d{0,20})?|\.\d{1,20})(?:[eE][-+]?\d{1,2})?", re.ASCII)
_LAID_OUT = str.maketrans("\t\n\r", "   ")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, eq=False)
class Parameter:
    """One query parameter: how it is described, and how its text becomes a value. One is like no other, but itself."""

    name: str
    beschreibung: str
    schema: dict[str, Any]
    parse: Callable[[str], Any]
    default: Any = None
    required: bool = False
    max_text: int = MAX_TEXT
    lines: bool = False
    """Whether the text may have several lines, as what people type into an editor has."""


@dataclass(frozen=True)
class Question:
    """What was asked, checked: the values by name, the format, and the query as it was written."""

    values: dict[str, Any]
    form: Format
    written: dict[str, str]


def read_question(request: Asking, parameters: Iterable[Parameter], formats: Sequence[Format]) -> Question:
    """Read a request's parameters and its format.

    Raises
    ------
    UnknownParameter, InvalidParameter, LimitExceeded, NotAcceptable

    """
    written = _read_written(request.scope["query_string"])
    return check_question(written, request.headers.get("accept", ""), parameters, formats)


def check_question(
    written: dict[str, str], accept: str, parameters: Iterable[Parameter], formats: Sequence[Format]
) -> Question:
    """Check named texts as `read_question` does, wherever they were written."""
    known = _lay_out(tuple(parameters), tuple(formats))
    for name in written:
        if name not in known:
            raise UnknownParameter(name, list(known))
    missing = [each.name for each in known.values() if each.required and each.name not in written]
    if missing:
        raise InvalidParameter(missing[0], "Diese Angabe fehlt.")
    values = {
        name: each.parse(_visible(each, written[name])) if name in written else each.default
        for name, each in known.items()
    }
    form = choose_format(formats, values["f"], accept)
    return Question(values, form, written)


@lru_cache(maxsize=256)
def _lay_out(parameters: tuple[Parameter, ...], formats: tuple[Format, ...]) -> Mapping[str, Parameter]:
    """Lay out by name what a route takes; most are asked the same a thousand times a minute."""
    return {each.name: each for each in (*parameters, format_parameter(formats))}


def read_words(words: Iterable[str]) -> dict[str, str]:
    """Read a question written as `name=value` words, as a command has it.

    Raises
    ------
    InvalidParameter
        A word is not of that form, or a name is given twice.

    """
    written: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or key in written:
            raise InvalidParameter(key, "Bitte jede Angabe einmal und als NAME=WERT schreiben, etwa modus=rad.")
        written[key] = value
    return written


def _read_written(query_string: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=80)
    except ValueError:
        raise Refused("Der Teil der Adresse nach dem Fragezeichen ist nicht lesbar (UTF-8).") from None
    written: dict[str, str] = {}
    for name, text in pairs:
        if name in written:
            raise InvalidParameter(name, "Diese Angabe steht mehrfach da. Bitte nur einmal angeben.")
        written[name] = text
    return written


def _visible(parameter: Parameter, text: str) -> str:
    """Refuse text a reader cannot see, and text too long for any value here."""
    if _UNSEEN.search(text.translate(_LAID_OUT) if parameter.lines else text):
        raise InvalidParameter(parameter.name, "Der Wert enthält unsichtbare Zeichen.")
    if len(text) > parameter.max_text:
        raise InvalidParameter(parameter.name, f"Der Wert ist länger als {parameter.max_text} Zeichen.")
    return text


def format_parameter(formats: Sequence[Format]) -> Parameter:
    """Describe `f` for a route that writes these formats."""
    choices = "; ".join(f"`{each.name}`: {each.titel}" for each in formats)
    return choice("f", f"Format der Antwort. {choices}. Ohne Angabe entscheidet der Kopf Accept.", names_of(formats))


def names_of(formats: Sequence[Format]) -> tuple[str, ...]:
    return tuple(each.name for each in formats)


def require(parameter: Parameter) -> Parameter:
    """Make a parameter one that must be given."""
    return replace(parameter, required=True)


def integer(
    name: str,
    beschreibung: str,
    between: tuple[int, int],
    *,
    default: int | None = None,
    clamp: bool = False,
) -> Parameter:
    """Build a whole number between two inclusive ends; `clamp` takes the upper end for anything above."""
    minimum, maximum = between

    def parse(text: str) -> int:
        if INTEGER.fullmatch(text) is None:
            raise InvalidParameter(name, f"„{text}“ ist keine ganze Zahl.")
        value = int(text)
        if clamp and value > maximum:
            return maximum
        if not minimum <= value <= maximum:
            raise InvalidParameter(name, f"{value} liegt nicht zwischen {minimum} und {maximum}.")
        return value

    schema: dict[str, Any] = {"type": "integer", "minimum": minimum, "maximum": maximum}
    if default is not None:
        schema["default"] = default
    return Parameter(name, beschreibung, schema, parse, default)


def number(name: str, beschreibung: str, above_and_to: tuple[float, float]) -> Parameter:
    """Build a number above one end and up to the other."""
    above, maximum = above_and_to

    def parse(text: str) -> float:
        if NUMBER.fullmatch(text) is None:
            raise InvalidParameter(name, f"„{text}“ ist keine Zahl. Beispiel: 1.5.")
        value = float(text)
        if not above < value <= maximum:
            raise InvalidParameter(name, f"Möglich sind Zahlen über {above:g} bis {maximum:g}.")
        return value

    schema = {"type": "number", "minimum": above, "exclusiveMinimum": True, "maximum": maximum}
    return Parameter(name, beschreibung, schema, parse)


def numbers(name: str, beschreibung: str) -> Parameter:
    """Build a list of numbers from 0 on, separated by semicolons."""

    def parse(text: str) -> tuple[float, ...]:
        parts = text.split(";")
        if not all(NUMBER.fullmatch(part) and float(part) >= 0 for part in parts):
            raise InvalidParameter(name, f"„{text}“ sind keine Zahlen ab 0. Beispiel: 1.5;2;0.8.")
        return tuple(map(float, parts))

    return Parameter(name, beschreibung, {"type": "string", "maxLength": MAX_TEXT}, parse)


def choice(
    name: str, beschreibung: str, choices: Sequence[str], *, required: bool = False, default: str | None = None
) -> Parameter:
    """Build a parameter with a closed list of values."""

    def parse(text: str) -> str:
        if text not in choices:
            raise InvalidParameter(name, f"„{text}“ gibt es hier nicht. Möglich sind: {', '.join(choices)}.")
        return text

    schema: dict[str, Any] = {"type": "string", "enum": list(choices)}
    if default is not None:
        schema["default"] = default
    return Parameter(name, beschreibung, schema, parse, default, required=required)


def words(
    name: str, beschreibung: str, *, pattern: str | None = None, example: str = "", required: bool = False
) -> Parameter:
    """Build a text; a `pattern` holds for the whole of it."""
    expected = f" Beispiel: {example}." if example else ""

    def parse(text: str) -> str:
        if pattern is not None and re.fullmatch(pattern, text, re.ASCII) is None:
            raise InvalidParameter(name, f"„{text}“ ist hier nicht möglich.{expected}")
        return text

    schema: dict[str, Any] = {"type": "string", "maxLength": MAX_TEXT}
    if pattern is not None:
        schema["pattern"] = f"^(?:{pattern})$"
    return Parameter(name, beschreibung + expected, schema, parse, required=required)


def day(name: str, beschreibung: str) -> Parameter:
    def parse(text: str) -> date:
        return parse_day(name, text)

    return Parameter(name, beschreibung, {"type": "string", "format": "date"}, parse)


def moment(name: str, beschreibung: str) -> Parameter:
    """Build a moment of knowledge."""

    def parse(text: str) -> datetime:
        return parse_known_at(name, text)

    schema = {"type": "string", "anyOf": [{"format": "date-time"}, {"format": "date"}]}
    return Parameter(name, beschreibung, schema, parse)


STICHTAG = day("stichtag", "Tag, dessen Stand gefragt ist; ohne Angabe der letzte bekannte. Beispiel: 2025-12-31.")
KNOWN_AT = moment(
    "known_at",
    "So, wie es zu diesem Zeitpunkt bekannt war: ein Zeitpunkt (2026-03-01T12:00:00Z), oder ein Tag, der bis zu seinem "
    "Ende zählt. Ohne Angabe, wie es heute bekannt ist.",
)
"""Whoever asks looks back (`look_back`) before anything is read or computed."""
EBENE = choice("ebene", "Nur diese Ebene; ohne Angabe alle.", tuple(Ebene))
