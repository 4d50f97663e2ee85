"""What every question about travel time asks: how, how long, who, and between which places."""

import re
from typing import Any

from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.domain.geometry import describe_implausible
from infrastruktur.domain.gruppe import parse_gruppe
from infrastruktur.http.parameters import INTEGER, NUMBER, Parameter, choice, day, words
from infrastruktur.routing.profiles import Modus, list_profile
from infrastruktur.settings import Limits
from infrastruktur.usecases.prepare_reise import Richtung, longest_minutes

MODI = tuple(Modus)
"""Without `oepnv`, which needs a timetable nobody has given yet."""

ART_PATTERN = r"[a-z0-9_.]+(?:\|[a-z0-9_.]+)*"
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def _parse_group(text: str) -> str:
    return parse_gruppe(text).code


ALTERSGRUPPE = Parameter(
    "altersgruppe",
    "Altersgruppe: ab75 (75 und älter), 06bis09 (6 bis unter 10), 06 (6-Jährige) oder alle. Wer zu Fuß geht, geht "
    "im Tempo seiner Altersgruppe.",
    {"type": "string", "pattern": "^(?:alle|ab[0-9]{2}|[0-9]{2}bis[0-9]{2}|[0-9]{2})$"},
    _parse_group,
)
PROFIL = choice(
    "profil",
    "Wer unterwegs ist; setzt Tempo und Wege, etwa ohne Stufen. Ohne Angabe gilt die Altersgruppe, sonst Erwachsene.",
    tuple(profil.code for profil in list_profile()),
)
MODUS = choice("modus", "Wie jemand unterwegs ist.", MODI, required=True)
ANGEBOTE_AM = day("stichtag", "Tag, dessen Angebote gefragt sind; ohne Angabe heute. Beispiel: 2025-12-31.")
ARTEN = words("art", "Art des Angebots, mehrere mit | getrennt.", pattern=ART_PATTERN, example="pflege.tagespflege")


def richtung(beschreibung: str, default: Richtung | None) -> Parameter:
    """Build the direction of travel."""

    def parse(text: str) -> Richtung:
        if text not in set(Richtung):
            raise InvalidParameter("richtung", f"„{text}“ gibt es hier nicht. Möglich sind: {', '.join(Richtung)}.")
        return Richtung(text)

    schema: dict[str, Any] = {"type": "string", "enum": [each.value for each in Richtung]}
    return Parameter("richtung", beschreibung, schema, parse, default)


def points(name: str, beschreibung: str, *, required: bool = False) -> Parameter:
    """Build a list of points; how many there may be is the use case's to say."""

    def parse(text: str) -> tuple[tuple[float, float], ...]:
        return tuple(_parse_point(name, part) for part in text.split(";"))

    described = f"{beschreibung} Ein Punkt ist Länge,Breite in Grad (CRS84). Beispiel: 6.0839,50.7753."
    return Parameter(name, described, {"type": "string"}, parse, (), required=required)


def _parse_point(name: str, text: str) -> tuple[float, float]:
    parts = text.split(",")
    if len(parts) != 2 or not all(NUMBER.fullmatch(part) for part in parts):  # noqa: PLR2004 - longitude and latitude
        raise InvalidParameter(name, f"„{text}“ ist kein Punkt. Beispiel: 6.0839,50.7753 (Länge,Breite).")
    x, y = (float(part) for part in parts)
    wrong = describe_implausible(x, y, 4326)
    if wrong is not None:
        raise InvalidParameter(name, f"„{text}“: {wrong}")
    return x, y


def zonen(name: str, beschreibung: str) -> Parameter:
    """Build zones of travel time, each with its outer limit in minutes and its weight."""

    def parse(text: str) -> tuple[tuple[float, float], ...]:
        return tuple(_parse_zone(name, part) for part in text.split(","))

    return Parameter(name, beschreibung, {"type": "string", "maxLength": 200}, parse, max_text=200)


def _parse_zone(name: str, text: str) -> tuple[float, float]:
    parts = text.split(":")
    if len(parts) != 2 or not all(NUMBER.fullmatch(part) for part in parts):  # noqa: PLR2004 - limit and weight
        raise InvalidParameter(name, f"„{text}“ ist keine Zone. Beispiel: 10:1 (Minuten:Gewicht).")
    return float(parts[0]), float(parts[1])


def angebote(beschreibung: str) -> Parameter:
    """Build a list of Angebote by their ids."""

    def parse(text: str) -> tuple[str, ...]:
        ids = tuple(text.split(";"))
        for id_ in ids:
            if _UUID.fullmatch(id_) is None:
                raise InvalidParameter("angebot", f"„{id_}“ ist keine Kennung (id) eines Angebots.")
        return ids

    return Parameter("angebot", beschreibung, {"type": "string"}, parse, ())


def minutes(limits: Limits, beschreibung: str) -> Parameter:
    """Build one or several travel times in whole minutes."""
    maximum = max(longest_minutes(limits).values())

    def parse(text: str) -> tuple[int, ...]:
        parts = text.split(",")
        if not all(INTEGER.fullmatch(part) and int(part) > 0 for part in parts):
            raise InvalidParameter("minuten", f"„{text}“ sind keine ganzen Minuten. Beispiel: 5,10,15.")
        return tuple(sorted({int(part) for part in parts}))

    schema = {
        "type": "array",
        "items": {"type": "integer", "minimum": 1, "maximum": maximum},
        "minItems": 1,
        "maxItems": limits.isochrone_bands,
    }
    return Parameter("minuten", f"{beschreibung}, je höchstens {maximum}.", schema, parse, required=True)


def one_duration(limits: Limits, beschreibung: str, *, required: bool = False) -> Parameter:
    """Build one travel time in whole minutes."""
    maximum = max(longest_minutes(limits).values())

    def parse(text: str) -> int:
        if INTEGER.fullmatch(text) is None or int(text) < 1:
            raise InvalidParameter("minuten", f"„{text}“ sind keine ganzen Minuten. Beispiel: 15.")
        return int(text)

    schema = {"type": "integer", "minimum": 1, "maximum": maximum}
    return Parameter("minuten", f"{beschreibung}, höchstens {maximum}.", schema, parse, required=required)
