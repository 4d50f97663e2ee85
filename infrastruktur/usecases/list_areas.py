"""List the features of a polygon layer: outlines of a day, and figures on them; there are a hundred or so."""

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import blake2b
from typing import Any

import msgspec
import numpy as np
import shapely

from infrastruktur.domain.flaeche import EBENE
from infrastruktur.domain.geometry import COORDINATE_DECIMALS, transform_geometry
from infrastruktur.domain.layer import Features
from infrastruktur.domain.raum import Ebene, Raum, label_of_key
from infrastruktur.domain.tabelle import Tabelle
from infrastruktur.intake.cells import parse_gitter_id
from infrastruktur.planning.datenstand import ALLE
from infrastruktur.storage import raeume
from infrastruktur.usecases.assess_coverage import CoverageFrage, assess_coverage
from infrastruktur.usecases.assess_provision import assess_provision
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.describe_figure_layers import (
    BEDARF_VORSATZ,
    DATENSTAND_EBENE,
    KONTEXT_VORSATZ,
    TEILUNG_VORSATZ,
)
from infrastruktur.usecases.lay_out_figures import find_layout
from infrastruktur.usecases.plan_bedarf import STATUS_QUO, Planfrage
from infrastruktur.usecases.prepare_teilung import TEILUNGEN, ZELLE
from infrastruktur.usecases.publish_plan import publish_plan
from infrastruktur.usecases.publish_table import choose_stichtag
from infrastruktur.usecases.share_catchments import share_catchments
from infrastruktur.usecases.show_kontext import KontextFrage, show_kontext
from infrastruktur.usecases.spread_population import spread_population
from infrastruktur.usecases.state_datenstand import state_datenstand

_SMALL = (Ebene.SOZIALRAUM, Ebene.BEZIRK)
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
    name, _, ebene = collection_id.rpartition("_")
    ebenen = (Ebene.KOMMUNE,) if ebene == Ebene.KOMMUNE else _SMALL
    lay_out = find_layout(collection_id)
    if lay_out is not None:
        return lay_out(context, stichtag, ebenen)
    return [row for row in _figure_table(context, name, stichtag).records() if row["ebene"] in ebenen]


def _figure_table(context: Context, name: str, stichtag: date | None) -> Tabelle:
    if name.startswith("erreichbarkeit_"):
        return assess_coverage(context, CoverageFrage(stichtag=stichtag, ziel=name.removeprefix("erreichbarkeit_")))
    if f"{name}_{Ebene.KOMMUNE}" == DATENSTAND_EBENE:
        return state_datenstand(context, stichtag=stichtag, fachbereich=ALLE)
    if name.startswith(TEILUNG_VORSATZ):
        teilung = TEILUNGEN[name.removeprefix(TEILUNG_VORSATZ)]
        return share_catchments(context, msgspec.structs.replace(teilung, stichtag=stichtag))
    if name.startswith(BEDARF_VORSATZ):
        return _plan_last_day(context, name.removeprefix(BEDARF_VORSATZ), stichtag)
    if name.startswith(KONTEXT_VORSATZ):
        indicator = name.removeprefix(KONTEXT_VORSATZ)
        return show_kontext(context, KontextFrage(stichtag=stichtag, indicator=indicator))
    return assess_provision(context, stichtag=stichtag, indicator=name)


def _plan_last_day(context: Context, regel: str, stichtag: date | None) -> Tabelle:
    """Take of a plan the last day by one rule, looked ahead to by the first variant."""
    plan = publish_plan(context, Planfrage(stichtag))
    asked = [row for row in plan.records() if (row["regel"], row["variante"]) == (regel, STATUS_QUO)]
    last = max((str(row["tag"]) for row in asked), default="")
    return plan.with_rows([tuple(row.values()) for row in asked if str(row["tag"]) == last])
