"""The named transforms: from a cell of a table to a text, number, date or code, or a refusal in German."""

import math
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from infrastruktur.domain.angebot import normal_text
from infrastruktur.domain.art import find_art, taxonomie
from infrastruktur.domain.errors import Refused
from infrastruktur.domain.gruppe import OLDEST, Gruppe
from infrastruktur.domain.raum import key_of_label
from infrastruktur.intake.recipe import Regel, Wandlung
from infrastruktur.intake.record import Record, clean_text

LONG_TEXT = 1_000
_LONG = frozenset({"oeffnungszeiten", "internet"})
_GERMAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
_ISO_DATE = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", re.ASCII)
_BAND = re.compile(r"(?P<von>\d{1,3})(?:-(?P<bis>\d{1,3})|(?P<offen>\+))?", re.ASCII)
_NOUGHT, _NO_NUMBER = ("-", "–"), (".", "/", "x", "X", "...", "…")
_WORDS = re.compile(
    r"(?:ab|von)?(?P<von>\d{1,3})(?:bisunter(?P<unter>\d{1,3})|bis(?P<bis>\d{1,3})|(?P<offen>undmehr|undälter|undaelter))?"
    r"(?:jahr(?:en?)?)?(?P<spaet>undmehr|undälter|undaelter)?|unter(?P<jung>\d{1,3})(?:jahr(?:en?)?)?",
    re.ASCII,
)
"""`85 bis unter 90 Jahre`, `unter 3 Jahren`, `90 Jahre und mehr`, `ab 90`; blanks are taken out before."""
_GENESIS = re.compile(r"alt(?P<von>\d{3})(?:b(?P<unter>\d{2,3})|(?P<offen>um))?")
"""Codes of the Landesdatenbank: `ALT085B90` is 85 to under 90, `ALT090UM` 90 and over."""
_STREET = re.compile(r"(?P<name>.*?\D)\s+(?P<number>\d+\s*[a-zA-Z]?(?:\s*[-/]\s*\d+\s*[a-zA-Z]?)?)")


def apply_rule(name: str, rule: Regel, record: Record, dezimal: str) -> Any:
    """Give the value of property `name`; None where the record says nothing.

    Raises
    ------
    Refused
        The cell holds something the transform cannot take; the message names the column.

    """
    if rule.als is Wandlung.SOZIALRAUM:
        ags, label = (_text_of(record.werte.get(column)) for column in rule.spalten)
        return key_of_label(_pad(ags, 8), label)
    value = _find_value(rule, record)
    if value is None:
        return None
    try:
        result = _convert(name, rule, value, dezimal)
    except Refused as error:
        raise Refused(f"Spalte „{_name_columns(rule, record)}“: {error}") from error
    return f"{rule.vorsatz}{result}" if rule.vorsatz else result


def _name_columns(rule: Regel, record: Record) -> str:
    names = ", ".join(rule.quellspalten)
    return f"{names}“ unter „{record.unter}" if record.unter else names


def _find_value(rule: Regel, record: Record) -> Any:
    """Find the first filled cell, translated; numbers and dates of a workbook stay what they are."""
    for column in rule.quellspalten:
        value = record.werte.get(column)
        text = _text_of(value)
        if text == "" or text in rule.leer or (rule.muster and not re.fullmatch(rule.muster, text, re.ASCII)):
            continue
        if rule.werte:
            if text not in rule.werte and not rule.sonst:
                raise Refused(f"Spalte „{column}“: „{clean_text(text)}“ ist im Rezept nicht übersetzt.")
            return rule.werte.get(text, rule.sonst)
        return value
    return rule.konstante or rule.sonst or None


def _text_of(value: Any) -> str:
    """Write a cell as text; Excel hands whole numbers on as floats."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()


def _convert(name: str, rule: Regel, value: Any, dezimal: str) -> Any:
    if rule.als is Wandlung.ZAHL:
        return parse_number(value, dezimal)
    if rule.als is Wandlung.ANZAHL:
        return parse_count(value, dezimal)
    if rule.als is Wandlung.DATUM:
        return parse_date(value)
    text = clean_text(_text_of(value), cap=LONG_TEXT if name in _LONG else 200)
    if rule.als is Wandlung.WAHL:
        return _parse_choice(name, text)
    return _PARSERS[rule.als](text)


def parse_number(value: Any, dezimal: str) -> float:
    """Read a finite number; with a decimal comma, points between groups of three are thousands."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        text = clean_text(value)
        if dezimal == "," and re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})+(,\d+)?|[+-]?\d+(,\d+)?", text, re.ASCII):
            text = text.replace(".", "").replace(",", ".")
        if not re.fullmatch(r"[+-]?\d+(\.\d+)?([eE][+-]?\d{1,3})?", text, re.ASCII):
            raise Refused(f"„{text}“ ist keine Zahl.")
        value = text
    number = float(value)
    if not math.isfinite(number):
        raise Refused(f"„{value}“ ist keine endliche Zahl.")
    return number


def parse_count(value: Any, dezimal: str) -> float:
    """Read a count with the signs of official statistics (it.nrw, Zeichenerklärung): NaN where there is no number.

    `-` is exactly none; `.` unknown or secret, `/` too unsure, `x` makes no sense, `…` comes later; a number in
    brackets is of limited meaning and stands.
    """
    text = _text_of(value)
    if text in _NO_NUMBER:
        return math.nan
    bracketed = re.fullmatch(r"\((.+)\)", text)
    number = 0.0 if text in _NOUGHT else parse_number(bracketed[1] if bracketed else value, dezimal)
    if number < 0:
        raise Refused(f"„{text}“ ist negativ.")
    return number


def parse_date(value: Any) -> date:
    """Read a date of a workbook, `31.12.2025` or ISO; of OSM's `2024` and `2024-05`, the first day."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = clean_text(value)
    if match := _GERMAN_DATE.fullmatch(text):
        day, month, year = match.groups()
    elif match := _ISO_DATE.fullmatch(text):
        year, month, day = (part or "1" for part in match.groups())
    else:
        raise Refused(f"„{text}“ ist kein Datum (erwartet: 31.12.2025).")
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise Refused(f"Das Datum „{text}“ gibt es nicht.") from None


def _parse_choice(name: str, text: str) -> str:
    """Read a code or title of the closed list the schemas give for a property."""
    feld = next(feld for kategorie in taxonomie().values() for feld in kategorie.felder if feld.name == name)
    by_text = {normal_text(titel): code for code, titel in feld.werte.items()}
    code = text if text in feld.werte else by_text.get(normal_text(text))
    if code is None:
        raise Refused(f"„{text}“ gibt es nicht. Möglich sind: {', '.join(feld.werte.values())}.")
    return code


def _parse_yes_no(text: str) -> bool:
    known = {"ja": True, "nein": False, "true": True, "false": False, "wahr": True, "falsch": False}
    if text.casefold() not in known:
        raise Refused(f"„{text}“ ist weder ja noch nein.")
    return known[text.casefold()]


def _parse_art(text: str) -> str:
    art = find_art(text)
    if art is None:
        raise Refused(f"Die Art „{text}“ ist unbekannt.")
    return art.code


def _parse_band(text: str) -> str:
    band = _read_band(text.replace(" ", "").replace("–", "-").casefold())
    if band is None:
        raise Refused(
            f"„{text}“ ist keine Altersgruppe (erwartet: 17, 18-19, 95+, 85 bis unter 90 Jahre, 90 Jahre und mehr)."
        )
    von, unter = band
    if unter <= von:
        raise Refused(f"Die Altersgruppe „{text}“ endet vor ihrem Beginn.")
    return Gruppe(von, unter).code


def _read_band(text: str) -> tuple[int, int] | None:
    """Read the ends of a band, the upper one exclusive; None where it is written in none of the known ways."""
    if text in ("insgesamt", "alle", "zusammen"):
        return 0, OLDEST
    if match := _BAND.fullmatch(text):
        von = int(match["von"])
        return von, OLDEST if match["offen"] else int(match["bis"] or von) + 1
    if match := _GENESIS.fullmatch(text):
        von = int(match["von"])
        return von, OLDEST if match["offen"] else int(match["unter"] or von + 1)
    return _read_band_in_words(text)


def _read_band_in_words(text: str) -> tuple[int, int] | None:
    match = _WORDS.fullmatch(text)
    if match is None:
        return None
    if match["jung"]:
        return 0, int(match["jung"])
    von = int(match["von"])
    if match["offen"] or match["spaet"] or text.startswith("ab"):
        return von, OLDEST
    return von, int(match["unter"]) if match["unter"] else int(match["bis"] or von) + 1


def _parse_gebiet(text: str) -> str:
    """Read a key of Land, Kreis or Gemeinde, and give back the leading nought a spreadsheet took from it."""
    kreis, gemeinde = 5, 8
    return text.zfill(len(text) + 1) if text.isdecimal() and len(text) in (kreis - 1, gemeinde - 1) else text


def _split_street(text: str) -> tuple[str, str]:
    """Split `Klosterstraße 74, 52146 Würselen` into street and house number; without one, all is street."""
    first = text.split(",", maxsplit=1)[0].strip()
    match = _STREET.fullmatch(first)
    return (match["name"].strip(), match["number"].replace(" ", "")) if match else (first, "")


def _pad(text: str, digits: int) -> str:
    """Give back the leading zeros a spreadsheet took from a key."""
    return text.zfill(digits) if text.isdecimal() else text


_PARSERS: dict[Wandlung, Callable[[str], Any]] = {
    Wandlung.TEXT: str,
    Wandlung.JA_NEIN: _parse_yes_no,
    Wandlung.ART: _parse_art,
    Wandlung.PLZ: lambda text: _pad(text, 5),
    Wandlung.AGS: lambda text: _pad(text, 8),
    Wandlung.GEBIET: _parse_gebiet,
    Wandlung.ALTERSGRUPPE: _parse_band,
    Wandlung.STRASSENNAME: lambda text: _split_street(text)[0],
    Wandlung.HAUSNUMMER: lambda text: _split_street(text)[1],
}
