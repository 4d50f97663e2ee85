"""Bevölkerungsprognosen: how many people of each age and sex are expected in an area on a day.

A head (TOML, schemas/prognose.schema.json) says who computed them, when and in which variant; a table
(CSV with comma) holds one row per area, day, sex and band: `raum, stichtag, geschlecht, altersgruppe, personen`.
An empty cell, or the official sign `.`, is unknown; `geheim` is withheld; `-` is exactly nobody. None is nought.
"""

import math
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import msgspec

from infrastruktur.domain.bevoelkerung import Bevoelkerung, Personenkreis
from infrastruktur.domain.errors import InvalidParameter, SourceRefused
from infrastruktur.domain.gruppe import Geschlecht, parse_gruppe

SPALTEN = ("raum", "stichtag", "geschlecht", "altersgruppe", "personen")
_UNKNOWN, _WITHHELD, _NOBODY = ("", "."), "geheim", "-"


class Prognosekopf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a forecast comes from. `basis` is the day of the count it starts from."""

    code: str
    titel: str
    variante: str
    basis: date
    quelle: str
    datei: str
    veroeffentlicht: date | None = None
    hinweis: str = ""


class Prognose(msgspec.Struct, frozen=True, kw_only=True):
    """One forecast. Unknown and withheld people are NaN; those withheld are in `geheim` too."""

    kopf: Prognosekopf
    zeilen: tuple[Bevoelkerung, ...]
    geheim: frozenset[Personenkreis]

    @property
    def stichtage(self) -> tuple[date, ...]:
        return tuple(sorted({zeile.stichtag for zeile in self.zeilen}))


def parse_prognosekopf(data: Mapping[str, Any], source: str) -> Prognosekopf:
    """Read the head of a forecast, the block `[prognose]`.

    Raises
    ------
    SourceRefused
        A field is missing or unknown.

    """
    try:
        return msgspec.convert(data.get("prognose"), Prognosekopf)
    except msgspec.ValidationError as error:
        raise SourceRefused(source, f"Der Kopf der Prognose ist nicht lesbar: {error}") from error


def parse_prognose(kopf: Prognosekopf, rows: Iterable[Mapping[str, str]]) -> Prognose:
    """Read the rows of a forecast, as `csv.DictReader` gives them.

    Raises
    ------
    SourceRefused
        A column is missing, a value is none of its kind, or the same people are stated twice.

    """
    zeilen: list[Bevoelkerung] = []
    geheim: set[Personenkreis] = set()
    stated: set[Personenkreis] = set()
    for line, row in enumerate(rows, start=2):
        zeile = _parse_zeile(kopf, row, line)
        if zeile.wer in stated:
            raise SourceRefused(kopf.datei, "Diese Personen stehen schon in einer früheren Zeile.", line)
        stated.add(zeile.wer)
        zeilen.append(zeile)
        if row["personen"].strip() == _WITHHELD:
            geheim.add(zeile.wer)
    return Prognose(kopf=kopf, zeilen=tuple(zeilen), geheim=frozenset(geheim))


def _parse_zeile(kopf: Prognosekopf, row: Mapping[str, str], line: int) -> Bevoelkerung:
    if missing := [name for name in SPALTEN if row.get(name) is None]:
        raise SourceRefused(kopf.datei, f"Die Spalte „{missing[0]}“ fehlt.", line)
    try:
        return Bevoelkerung(
            quelle=kopf.code,
            stichtag=date.fromisoformat(row["stichtag"].strip()),
            raum=row["raum"].strip(),
            geschlecht=Geschlecht(row["geschlecht"].strip()),
            gruppe=parse_gruppe(row["altersgruppe"].strip()).code,
            personen=_parse_personen(row["personen"].strip()),
        )
    except (ValueError, InvalidParameter) as error:
        raise SourceRefused(kopf.datei, f"Die Zeile ist nicht lesbar: {error}", line) from error


def _parse_personen(text: str) -> float:
    if text in _UNKNOWN or text == _WITHHELD:
        return math.nan
    personen = 0.0 if text == _NOBODY else float(text)
    if not 0 <= personen < math.inf:
        raise ValueError(f"„{text}“ ist keine Zahl von Personen.")
    return personen
