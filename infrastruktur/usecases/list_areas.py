"""List the features of a polygon layer: outlines of a day, and figures on them; there are a hundred or so."""

from collections.abc import Container, Mapping, Sequence
from datetime import date
from hashlib import blake2b
from typing import Any

import msgspec
import numpy as np
import shapely

from infrastruktur.domain.errors import Grund
from infrastruktur.domain.flaeche import EBENE
from infrastruktur.domain.geometry import COORDINATE_DECIMALS, transform_geometry
from infrastruktur.domain.layer import Features
from infrastruktur.domain.raum import Ebene, Raum, label_of_key
from infrastruktur.domain.tabelle import Tabelle
from infrastruktur.intake.cells import parse_gitter_id
from infrastruktur.planning.datenstand import ALLE
from infrastruktur.planning.plan_columns import PFLEGE_JE_GEBIET
from infrastruktur.planning.quarter import Zustand
from infrastruktur.storage import raeume
from infrastruktur.usecases.assess_coverage import CoverageFrage, assess_coverage
from infrastruktur.usecases.assess_provision import assess_provision
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.describe_figure_layers import (
    DATENSTAND_EBENE,
    GESAMT_VORSATZ,
    KONTEXT_VORSATZ,
    LUECKEN,
    PFLEGE_VORSATZ,
    QUARTIERE,
    TEILUNG_VORSATZ,
    list_default_kriterien,
    list_default_ziele,
)
from infrastruktur.usecases.find_gaps import find_gaps
from infrastruktur.usecases.judge_quarters import Quartierfrage, judge_quarters
from infrastruktur.usecases.lay_out_gaps import lay_out_gaps
from infrastruktur.usecases.prepare_teilung import TEILUNGEN, ZELLE
from infrastruktur.usecases.publish_pflegebedarf import publish_pflegebedarf
from infrastruktur.usecases.publish_table import choose_stichtag
from infrastruktur.usecases.share_catchments import share_catchments
from infrastruktur.usecases.show_kontext import KontextFrage, show_kontext
from infrastruktur.usecases.spread_population import spread_population
from infrastruktur.usecases.state_datenstand import state_datenstand

_SMALL = (Ebene.SOZIALRAUM, Ebene.BEZIRK)
_REASONS = (
    Grund.GEHEIM,
    Grund.KEINE_BEVOELKERUNG,
    Grund.KEINE_PLATZZAHL,
    Grund.KEIN_FAHRPLAN,
    Grund.KEINE_DATEN,
)
_OUTLINES = {"sozialraeume": _SMALL, "kommunen": (Ebene.KOMMUNE,)}


def list_areas(context: Context, collection_id: str, stichtag: date | None) -> Features:
    """List all areas of a polygon layer in the order of their keys."""
    if collection_id in _OUTLINES:
        return _list_outlines(context, collection_id, stichtag)
    day = choose_stichtag(context, stichtag)
    raum_of = {
        raum.schluessel: raum for stufe in spread_population(context, day).gebiete.stufen for raum in stufe.raeume
    }
    rows = [row for row in _figure_rows(context, collection_id, stichtag) if row["gebiet"] in raum_of]
    return _features(rows, [raum_of[row["gebiet"]] for row in rows])


def list_outlines(context: Context, stichtag: date) -> dict[tuple[str, str], bytes]:
    """Give the outline of every area a figure of a day is stated for, as GeoJSON in CRS84, by level and key."""
    return context.figures.recall(
        ("outlines", context.revision(), stichtag),
        lambda: {
            (raum.ebene.value, raum.schluessel): _polygon_json(raum.geom_25832)
            for stufe in spread_population(context, stichtag).gebiete.stufen
            for raum in stufe.raeume
        },
    )


def list_drawn(tabelle: Tabelle) -> dict[tuple[str, str], bytes]:
    """Give the outline of the drawn area a table is of, by level and key as its rows name it; none for other tables."""
    drawn = tabelle.herkunft.parameter.get("flaeche")
    if drawn is None:
        return {}
    outline = _polygon_json(shapely.from_wkt(drawn))
    return {(str(row["ebene"]), str(row["gebiet"])): outline for row in tabelle.records() if row["ebene"] == EBENE}


def list_squares(tabelle: Tabelle) -> dict[tuple[str, str], bytes]:
    """Give the outline of every cell a table is of, by level and id; none for tables of areas."""
    ids = [str(row["gebiet"]) for row in tabelle.records() if row["ebene"] == ZELLE]
    if not ids:
        return {}
    size_m, east, north = np.array([parse_gitter_id(each) for each in ids], dtype=np.float64).T
    squares = _write_polygons(shapely.box(east, north, east + size_m, north + size_m), 3035)
    return {(ZELLE, each): square.encode() for each, square in zip(ids, squares, strict=True)}


def _polygon_json(geom_25832: shapely.Geometry) -> bytes:
    """Write an outline in CRS84, as RFC 7946 wants it."""
    (written,) = _write_polygons(np.array([geom_25832], dtype=object), 25832)
    return written.encode()


def _write_polygons(polygons: Any, epsg: int) -> list[str]:
    """Write polygons (n,) of an EPSG code with rings wound as RFC 7946 wants them, at seven decimals."""
    outlines = shapely.orient_polygons(transform_geometry(polygons, epsg, 4326))
    rounded = shapely.transform(outlines, lambda xy: np.round(xy, COORDINATE_DECIMALS))
    return [str(each) for each in shapely.to_geojson(rounded)]


def _features(rows: Sequence[Mapping[str, Any]], of_rows: Sequence[Raum]) -> Features:
    """Lay rows out as columns beside the outlines of their areas, ordered by key."""
    placed = sorted(zip(rows, of_rows, strict=True), key=lambda pair: pair[1].schluessel)
    names = tuple(placed[0][0]) if placed else ()
    columns = {name: [_as_json(row[name]) for row, _ in placed] for name in names}
    columns["umriss"] = [_name_outline(raum) for _, raum in placed]
    outlines = np.empty(len(placed), dtype=object)
    outlines[:] = [raum.geom_25832 for _, raum in placed]
    return Features([raum.schluessel for _, raum in placed], columns, outlines)


def _as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _name_outline(raum: Raum) -> str:
    """Name the version of an outline: since when it holds, and what it is; two figures with one name share one map."""
    since = raum.gueltig_von.isoformat() if raum.gueltig_von else "unbefristet"
    return f"{since}/{blake2b(shapely.to_wkb(raum.geom_25832), digest_size=4).hexdigest()}"


def _list_outlines(context: Context, collection_id: str, stichtag: date | None) -> Features:
    day = stichtag or context.today()
    with context.store.read() as connection:
        found = raeume.list_raeume(connection, _OUTLINES[collection_id], day)
    small = collection_id == "sozialraeume"
    rows = [
        {
            "schluessel": raum.schluessel,
            "name": raum.name or None,
            "ebene": raum.ebene.value,
            **({"bezeichnung": label_of_key(raum.schluessel)} if small else {}),
            "kommune" if small else "region": raum.oberraum,
            "gueltig_von": raum.gueltig_von,
            "gueltig_bis": raum.gueltig_bis,
        }
        for raum in found
    ]
    return _features(rows, found)


def _figure_rows(context: Context, collection_id: str, stichtag: date | None) -> list[dict[str, Any]]:
    if collection_id == LUECKEN:
        return _luecken_rows(find_gaps(context, stichtag=stichtag))
    if collection_id == QUARTIERE:
        return _quartiere_rows(context, stichtag)
    name, _, ebene = collection_id.rpartition("_")
    if collection_id.startswith(GESAMT_VORSATZ):
        return lay_out_gaps(context, stichtag, _SMALL if ebene == Ebene.SOZIALRAUM else (Ebene.KOMMUNE,))
    levels = {each.value for each in (_SMALL if ebene == Ebene.SOZIALRAUM.value else (Ebene.KOMMUNE,))}
    if collection_id.startswith(PFLEGE_VORSATZ):
        return _pflege_rows(publish_pflegebedarf(context, stichtag=stichtag), levels)
    if name.startswith("erreichbarkeit_"):
        frage = CoverageFrage(stichtag=stichtag, ziel=name.removeprefix("erreichbarkeit_"))
        table = assess_coverage(context, frage)
    elif collection_id == DATENSTAND_EBENE:
        table = state_datenstand(context, stichtag=stichtag, fachbereich=ALLE)
    elif name.startswith(TEILUNG_VORSATZ):
        teilung = TEILUNGEN[name.removeprefix(TEILUNG_VORSATZ)]
        table = share_catchments(context, msgspec.structs.replace(teilung, stichtag=stichtag))
    elif name.startswith(KONTEXT_VORSATZ):
        indicator = name.removeprefix(KONTEXT_VORSATZ)
        table = show_kontext(context, KontextFrage(stichtag=stichtag, indicator=indicator))
    else:
        table = assess_provision(context, stichtag=stichtag, indicator=name)
    return [row for row in table.records() if row["ebene"] in levels]


def _pflege_rows(pflege: Tabelle, levels: Container[str]) -> list[dict[str, Any]]:
    """Lay the kinds of care side by side, with the reason of the first that is not known."""
    names = [each.name for each in PFLEGE_JE_GEBIET]
    of_area: dict[str, dict[str, Any]] = {}
    for row in pflege.records():
        if row["ebene"] in levels:
            laid = of_area.setdefault(str(row["gebiet"]), {name: row.get(name) for name in names})
            laid |= {f"{counted}_{row['leistung']}": row[counted] for counted in ("erwartet", "beobachtet")}
            laid["grund"] = laid["grund"] or row["grund"]
    return list(of_area.values())


def _luecken_rows(gaps: Tabelle) -> list[dict[str, Any]]:
    """Lay the gaps of all default targets side by side: one row an area."""
    defaults = {ziel.code for ziel in list_default_ziele()}
    small = {ebene.value for ebene in _SMALL}
    of_area: dict[str, list[dict[str, Any]]] = {}
    for row in gaps.records():
        if row["ebene"] in small and row["ziel"] in defaults:
            of_area.setdefault(str(row["gebiet"]), []).append(row)
    return [_luecken_row(rows) for rows in of_area.values()]


def _luecken_row(rows: list[dict[str, Any]]) -> dict[str, Any]:
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


def _quartiere_rows(context: Context, stichtag: date | None) -> list[dict[str, Any]]:
    """Lay the profile of each area out by the default set: one row an area."""
    codes = sorted({each.code for satz in list_default_kriterien() for each in satz.kriterium})
    frage = Quartierfrage(stichtag=stichtag, kriteriensatz=list_default_kriterien()[0].code)
    small = {ebene.value for ebene in _SMALL}
    of_area: dict[str, list[dict[str, Any]]] = {}
    for row in judge_quarters(context, frage).records():
        if row["ebene"] in small:
            of_area.setdefault(str(row["gebiet"]), []).append(row)
    return [_quartiere_row(rows, codes) for rows in of_area.values()]


def _quartiere_row(rows: list[dict[str, Any]], codes: Sequence[str]) -> dict[str, Any]:
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
