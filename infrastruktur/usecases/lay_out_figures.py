"""Lay figures out for maps: what a table says of an area in several rows stands side by side in one.

Polygons that lie on one another would show one of them.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from infrastruktur.domain.art import get_art
from infrastruktur.domain.errors import Grund
from infrastruktur.domain.raum import Ebene
from infrastruktur.planning.columns import BESTAND_JE_GEBIET, name_column
from infrastruktur.planning.plan_columns import PFLEGE_JE_GEBIET
from infrastruktur.planning.quarter import Zustand
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.describe_figure_layers import (
    BESTAND_VORSATZ,
    GESAMT_VORSATZ,
    LUECKEN,
    PFLEGE_VORSATZ,
    QUARTIERE,
    list_default_kriterien,
    list_default_ziele,
)
from infrastruktur.usecases.find_gaps import find_gaps
from infrastruktur.usecases.judge_quarters import Quartierfrage, judge_quarters
from infrastruktur.usecases.lay_out_gaps import lay_out_gaps
from infrastruktur.usecases.publish_pflegebedarf import publish_pflegebedarf
from infrastruktur.usecases.publish_table import choose_stichtag, name_area
from infrastruktur.usecases.spread_population import spread_population
from infrastruktur.usecases.take_bestand import take_bestand

Row = dict[str, Any]
Layout = Callable[[Context, date | None, Sequence[Ebene]], list[Row]]

_COUNTED = ("angebote", "geplant", "ruhend", "ohne_platzzahl")
_REASONS = (
    Grund.GEHEIM,
    Grund.KEINE_BEVOELKERUNG,
    Grund.KEINE_PLATZZAHL,
    Grund.KEIN_FAHRPLAN,
    Grund.KEINE_DATEN,
)


def _lay_out_bestand(context: Context, stichtag: date | None, ebenen: Sequence[Ebene]) -> list[Row]:
    """Lay Kategorien and kinds side by side; where there is nothing of one, there is nought of it."""
    day = choose_stichtag(context, stichtag)
    nothing: Row = dict.fromkeys((each.name for each in BESTAND_JE_GEBIET), 0) | {"stichtag": day}
    raeume = (raum for stufe in spread_population(context, day).gebiete.stufen for raum in stufe.raeume)
    of_area = {raum.schluessel: nothing | name_area(raum) for raum in raeume if raum.ebene in ebenen}
    for row in take_bestand(context, stichtag=stichtag).records():
        if (area := of_area.get(str(row["gebiet"]))) is not None:
            for name in _COUNTED:
                area[name] += row[name] or 0
            area[f"angebote_{get_art(str(row['art'])).kategorie}"] += row["angebote"]
            of_art = {"angebote": row["angebote"], "plaetze": row["plaetze_zugelassen"] if row["angebote"] else 0}
            named = {name_column(groesse, str(row["art"])): number for groesse, number in of_art.items()}
            area |= {name: number for name, number in named.items() if name in area}
    return list(of_area.values())


def _lay_out_pflege(context: Context, stichtag: date | None, ebenen: Sequence[Ebene]) -> list[Row]:
    """Lay the kinds of care side by side, with the reason of the first that is not known."""
    names = [each.name for each in PFLEGE_JE_GEBIET]
    of_area: dict[str, Row] = {}
    for row in publish_pflegebedarf(context, stichtag=stichtag).records():
        if row["ebene"] in ebenen:
            laid = of_area.setdefault(str(row["gebiet"]), {name: row.get(name) for name in names})
            laid |= {f"{counted}_{row['leistung']}": row[counted] for counted in ("erwartet", "beobachtet")}
            laid["grund"] = laid["grund"] or row["grund"]
    return list(of_area.values())


def _lay_out_luecken(context: Context, stichtag: date | None, ebenen: Sequence[Ebene]) -> list[Row]:
    """Lay the gaps of all default targets side by side."""
    defaults = {ziel.code for ziel in list_default_ziele()}
    of_area: dict[str, list[Row]] = {}
    for row in find_gaps(context, stichtag=stichtag).records():
        if row["ebene"] in ebenen and row["ziel"] in defaults:
            of_area.setdefault(str(row["gebiet"]), []).append(row)
    return [_luecken_row(rows) for rows in of_area.values()]


def _luecken_row(rows: list[Row]) -> Row:
    """Lay an area's gaps out; where no target is missed but one is unknown, the largest gap is unknown too."""
    missed = [row for row in rows if row["bis_zum_ziel"]]
    unknown = [row for row in rows if row["bis_zum_ziel"] is None]
    largest = max(missed, key=lambda row: row["bis_zum_ziel"], default=None)
    return {
        "ebene": rows[0]["ebene"],
        "gebiet": rows[0]["gebiet"],
        "gebiet_name": rows[0]["gebiet_name"],
        "ziele_verfehlt": len(missed),
        "ziele_ohne_aussage": len(unknown),
        "groesste_luecke": None if largest is None else largest["ziel_titel"],
        "bis_zum_ziel": largest["bis_zum_ziel"] if largest is not None else None if unknown else 0,
        "grund": _most_telling(unknown) if largest is None else None,
        **{f"bis_zum_ziel_{row['ziel']}": row["bis_zum_ziel"] for row in rows},
        "stichtag": rows[0]["stichtag"],
    }


def _lay_out_quartiere(context: Context, stichtag: date | None, ebenen: Sequence[Ebene]) -> list[Row]:
    """Lay the profile of each area out by the default set."""
    codes = sorted({each.code for satz in list_default_kriterien() for each in satz.kriterium})
    frage = Quartierfrage(stichtag=stichtag, kriteriensatz=list_default_kriterien()[0].code)
    of_area: dict[str, list[Row]] = {}
    for row in judge_quarters(context, frage).records():
        if row["ebene"] in ebenen:
            of_area.setdefault(str(row["gebiet"]), []).append(row)
    return [_quartiere_row(rows, codes) for rows in of_area.values()]


def _quartiere_row(rows: list[Row], codes: Sequence[str]) -> Row:
    """Lay one profile out; where nothing could be judged, nothing is said to be missing either."""
    counted = {zustand.value: 0 for zustand in (*Zustand,)}
    for row in rows:
        counted[row["zustand"]] += 1 if row["gewicht"] else 0
    first = rows[0] if rows[0]["zustand"] in (Zustand.NICHT_ERFUELLT, Zustand.TEILWEISE) else None
    judged = sum(counted.values()) > counted[Zustand.NICHT_BEWERTBAR]
    state = {row["kriterium"]: row["zustand"] for row in rows}
    return {
        **{name: rows[0][name] for name in ("ebene", "gebiet", "gebiet_name", "satz_variante")},
        **{name: counted[name] for name in (Zustand.ERFUELLT.value, Zustand.TEILWEISE.value)},
        Zustand.NICHT_ERFUELLT.value: counted[Zustand.NICHT_ERFUELLT] if judged else None,
        Zustand.NICHT_BEWERTBAR.value: counted[Zustand.NICHT_BEWERTBAR],
        "fehlt_zuerst": None if first is None else first["kriterium_titel"],
        "bis_zum_ziel": None if first is None else first["bis_zum_ziel"],
        "grund": None if judged else _most_telling(rows) or Grund.KEINE_DATEN.value,
        **{f"zustand_{code}": state.get(code) for code in codes},
        "stichtag": rows[0]["stichtag"],
    }


def _most_telling(unknown: Sequence[Mapping[str, Any]]) -> str | None:
    """Name the reason a reader should know first of several."""
    reasons = {row["grund"] for row in unknown}
    return next((grund.value for grund in _REASONS if grund.value in reasons), None)


_LAYOUTS: Mapping[str, Layout] = {
    BESTAND_VORSATZ: _lay_out_bestand,
    PFLEGE_VORSATZ: _lay_out_pflege,
    GESAMT_VORSATZ: lay_out_gaps,
    LUECKEN: _lay_out_luecken,
    QUARTIERE: _lay_out_quartiere,
}


def find_layout(collection_id: str) -> Layout | None:
    """Find how a layer is laid out; None for one that is the rows of a table as they are."""
    return next((lay_out for begin, lay_out in _LAYOUTS.items() if collection_id.startswith(begin)), None)
