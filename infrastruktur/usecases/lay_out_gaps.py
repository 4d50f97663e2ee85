"""Lay the whole list of gaps out for maps: one row an area, since polygons that lie on one another show one of them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from infrastruktur.domain.raum import Ebene
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.find_gaps import find_gaps
from infrastruktur.usecases.list_gaps import GESAMT, KRITERIUM, PLATZSALDO, ZIEL, list_gaps

Row = dict[str, Any]

_WORTE = {ZIEL: "Ziel", KRITERIUM: "Kriterium", PLATZSALDO: "Plätze"}


def lay_out_gaps(context: Context, stichtag: date | None, ebenen: Sequence[Ebene]) -> list[Row]:
    """Give each area of some levels how many gaps it has, what they are, and the largest; none is nought."""
    levels = {ebene.value for ebene in ebenen}
    every: dict[str, Row] = {}
    for row in find_gaps(context, stichtag=stichtag).records():
        if row["ebene"] in levels:
            every.setdefault(str(row["gebiet"]), row)
    of_area: dict[str, list[Row]] = {gebiet: [] for gebiet in every}
    for row in list_gaps(context, stichtag=stichtag, umfang=GESAMT).records():
        if row["ebene"] in levels:
            of_area.setdefault(str(row["gebiet"]), []).append(row)
    return [_lay_out(every[gebiet], _order(rows)) for gebiet, rows in of_area.items() if gebiet in every]


def _order(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row["rang_liste_personen"] or len(rows) + 10**6)


def _lay_out(area: Row, rows: list[Row]) -> Row:
    first = rows[0] if rows else {}
    return {
        **{name: area[name] for name in ("ebene", "gebiet", "gebiet_name")},
        "luecken": len(rows),
        "aus_zielen": sum(row["herkunft"] == ZIEL for row in rows),
        "aus_kriterien": sum(row["herkunft"] == KRITERIUM for row in rows),
        "aus_plaetzen": sum(row["herkunft"] == PLATZSALDO for row in rows),
        "groesste_luecke": first.get("ziel_titel"),
        "bis_zum_ziel": first.get("bis_zum_ziel") if rows else 0,
        "fehlende_plaetze": first.get("fehlende_plaetze"),
        "rang_liste_personen": first.get("rang_liste_personen"),
        "liste": "; ".join(map(_say, rows)) or None,
        "stichtag": area["stichtag"],
    }


def _say(row: Row) -> str:
    """Say a gap in a few words, as a label or a pop-up shows it."""
    places = row["fehlende_plaetze"]
    lacking = f"{row['bis_zum_ziel']:.0f} Personen" if places is None else f"{places:.0f} Plätze"
    return f"{_WORTE[row['herkunft']]} {row['ziel_titel']}: {lacking}"
