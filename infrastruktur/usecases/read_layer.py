"""Read a layer: a page of features, or one, as the audience of this installation may see it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
import numpy as np
import shapely

from infrastruktur.domain.art import get_art, get_groesse, list_arten, taxonomie
from infrastruktur.domain.errors import NotFound
from infrastruktur.domain.geometry import (
    COORDINATE_DECIMALS,
    Bbox,
    Floats,
    bbox_to_4326,
    bbox_to_25832,
    transform_geometry,
    transform_xy,
)
from infrastruktur.domain.layer import Collection, Feature, LayerQuery, Page
from infrastruktur.domain.raum import Ebene, Raum, label_of_key
from infrastruktur.domain.tabelle import Tabelle
from infrastruktur.storage import layers, raeume
from infrastruktur.usecases.assess_coverage import CoverageFrage, assess_coverage
from infrastruktur.usecases.assess_provision import assess_provision
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.describe_layers import LUECKEN, describe_collections, list_default_ziele
from infrastruktur.usecases.find_gaps import find_gaps
from infrastruktur.usecases.publish_table import choose_stichtag
from infrastruktur.usecases.spread_population import spread_population

__all__ = ["describe_collections", "get_collection", "get_feature", "list_collections", "list_outlines", "read_page"]

_SMALL = (Ebene.SOZIALRAUM, Ebene.BEZIRK)
_POINTS = {"angebote", "standorte", *(kategorie.collection for kategorie in taxonomie().values())}
_AREAS = {"sozialraeume": _SMALL, "kommunen": (Ebene.KOMMUNE,)}


def list_collections(context: Context) -> tuple[Collection, ...]:
    """List all layers with the extent and titles this installation gives them."""
    revision = context.revision()
    return context.figures.recall(("collections", revision), lambda: _list_collections(context))


def _list_collections(context: Context) -> tuple[Collection, ...]:
    with context.store.read() as connection:
        region = raeume.get_region(connection)
        kommunen = raeume.list_raeume(connection, [Ebene.KOMMUNE], None)
        of_points = layers.extent_25832(connection, "standort")
    of_areas = _bounds(shapely.total_bounds([raum.geom_25832 for raum in kommunen]).tolist()) if kommunen else None
    note = "" if region is None else f" {region.titel}. {region.hinweis}"
    return tuple(
        msgspec.structs.replace(
            collection,
            titel=collection.titel if region is None else f"{collection.titel} ({region.titel})",
            beschreibung=collection.beschreibung + note,
            extent_4326=_bounds(of_points) if collection.id in _POINTS else of_areas,
        )
        for collection in describe_collections()
    )


def _bounds(bounds_25832: Sequence[float] | None) -> Bbox | None:
    if bounds_25832 is None or not np.isfinite(bounds_25832).all():
        return None
    return bbox_to_4326(Bbox(bounds_25832))


def get_collection(context: Context, collection_id: str) -> Collection:
    for collection in list_collections(context):
        if collection.id == collection_id:
            return collection
    raise NotFound(f"Die Kartenebene „{collection_id}“ gibt es nicht. Alle Ebenen stehen unter /collections.")


def read_page(context: Context, query: LayerQuery) -> Page:
    """Read one page; the revision changes whenever the layer's content may have changed."""
    if query.collection in _POINTS:
        return _read_points(context, query)
    matching = [
        (feature, outline)
        for feature, outline in _recall_areas(context, query.collection, query.stichtag)
        if _matches(feature, query.filters)
    ]
    if query.bbox_4326 is not None:
        box = shapely.box(*bbox_to_25832(query.bbox_4326))
        matching = [pair for pair in matching if box.intersects(pair[1])]
    page = tuple(feature for feature, _ in matching[query.offset : query.offset + query.limit])
    return Page(features=page, matched=len(matching), revision=_revision(context))


def get_feature(context: Context, collection_id: str, feature_id: str, stichtag: date | None = None) -> Feature:
    """Get one feature by its id."""
    found: tuple[Feature, ...]
    if collection_id in _POINTS:
        query = LayerQuery(collection=collection_id, limit=1, stichtag=stichtag)
        found = _select_points(context, collection_id, _selection(context, query, ids=(feature_id,)))[0]
    else:
        areas = _recall_areas(context, collection_id, stichtag)
        found = tuple(feature for feature, _ in areas if feature.id == feature_id)
    if not found:
        raise NotFound(f"In der Kartenebene „{collection_id}“ gibt es kein Objekt „{feature_id}“.")
    return found[0]


def list_outlines(context: Context, stichtag: date) -> Mapping[tuple[str, str], bytes]:
    """Give the outline of every area a figure of a day is stated for, as GeoJSON in CRS84, by level and key."""
    return context.figures.recall(
        ("outlines", context.revision(), stichtag),
        lambda: {
            (raum.ebene.value, raum.schluessel): _polygon_json(raum)
            for stufe in spread_population(context, stichtag).gebiete.stufen
            for raum in stufe.raeume
        },
    )


def _revision(context: Context) -> str:
    return f"{context.revision()}/{context.find_network_generation() or '-'}/{date.today().isoformat()}"  # noqa: DTZ011


def _matches(feature: Feature, filters: Mapping[str, str]) -> bool:
    return all(_is(feature.properties.get(name), text) for name, text in filters.items())


def _is(value: Any, text: str) -> bool:
    """Compare a property with the text of a filter; null equals nothing."""
    if isinstance(value, bool):
        return text == str(value).lower()
    if isinstance(value, int | float):
        return float(text) == value
    return value is not None and str(value) == text


# Points: the catalogue itself


def _read_points(context: Context, query: LayerQuery) -> Page:
    features, matched = _select_points(context, query.collection, _selection(context, query))
    return Page(features=features, matched=matched, revision=_revision(context))


def _selection(context: Context, query: LayerQuery, *, ids: tuple[str, ...] | None = None) -> layers.PointSelection:
    """Translate a query for the store; the unit of a capacity belongs to its Art."""
    own = next((each for each in taxonomie().values() if each.collection == query.collection), None)
    arten = list_arten(None if own is None else own.code)
    filters = dict(query.filters)
    unit = filters.pop("einheit", None)
    if unit is not None:
        arten = tuple(art for art in arten if _unit_of(art.code) == unit)
    narrowed = own is not None or unit is not None
    return layers.PointSelection(
        stichtag=query.stichtag or date.today(),  # noqa: DTZ011 - a local day
        arten=tuple(art.code for art in arten) if narrowed else None,
        bbox_25832=None if query.bbox_4326 is None else bbox_to_25832(query.bbox_4326),
        equals=filters,
        ids=ids,
        public=context.public,
        limit=query.limit,
        offset=query.offset,
    )


def _select_points(
    context: Context, collection_id: str, selection: layers.PointSelection
) -> tuple[tuple[Feature, ...], int]:
    select = layers.select_standorte if collection_id == "standorte" else layers.select_angebote
    with context.store.read() as connection:
        rows, xy_25832, matched = select(connection, selection)
    geometries = _points_json(xy_25832)
    features = tuple(
        Feature(id=row["id"], geometry_json=geometry, properties=_with_unit(row))
        for row, geometry in zip(rows, geometries, strict=True)
    )
    return features, matched


def _with_unit(row: dict[str, Any]) -> dict[str, Any]:
    """Set the unit beside the capacity."""
    if "art" not in row:
        return row
    written: dict[str, Any] = {}
    for name, value in row.items():
        written[name] = value
        if name == "kapazitaet":
            written["einheit"] = _unit_of(row["art"])
    return written


def _unit_of(art: str) -> str | None:
    groesse = get_art(art).groesse
    return None if groesse is None else get_groesse(groesse).einheit


def _points_json(xy_25832: Floats) -> list[bytes | None]:
    """Write points (n, 2) as GeoJSON; one formatting of the bytes, no geometry object on the way."""
    known = np.isfinite(xy_25832).all(axis=1)
    written: list[bytes | None] = [None] * len(xy_25832)
    lonlat = transform_xy(xy_25832[known], 25832, 4326).tolist()
    for at, (lon, lat) in zip(np.flatnonzero(known).tolist(), lonlat, strict=True):
        written[at] = b'{"type":"Point","coordinates":[%.7f,%.7f]}' % (lon, lat)
    return written


# Areas: outlines, and figures on them


def _recall_areas(
    context: Context, collection_id: str, stichtag: date | None
) -> list[tuple[Feature, shapely.Geometry]]:
    """Keep the features of a polygon layer: GDAL 3.6 asks for ten at a time."""
    key = (collection_id, stichtag, context.public, _revision(context))
    return context.layers.recall(key, lambda: _list_areas(context, collection_id, stichtag))


def _list_areas(context: Context, collection_id: str, stichtag: date | None) -> list[tuple[Feature, shapely.Geometry]]:
    """List all features of a polygon layer with their outlines in EPSG:25832; there are a hundred or so."""
    if collection_id in _AREAS:
        return _list_outline_features(context, collection_id, stichtag)
    table = _figure_table(context, collection_id, stichtag)
    day = choose_stichtag(context, stichtag)
    raum_of = {
        raum.schluessel: raum for stufe in spread_population(context, day).gebiete.stufen for raum in stufe.raeume
    }
    written = list_outlines(context, day)
    return [
        (
            Feature(id=row["gebiet"], geometry_json=written[row["ebene"], row["gebiet"]], properties=row),
            raum_of[row["gebiet"]].geom_25832,
        )
        for row in table
        if row["gebiet"] in raum_of
    ]


def _list_outline_features(
    context: Context, collection_id: str, stichtag: date | None
) -> list[tuple[Feature, shapely.Geometry]]:
    day = stichtag or date.today()  # noqa: DTZ011 - a local day
    with context.store.read() as connection:
        found = raeume.list_raeume(connection, _AREAS[collection_id], day)
    upper = "kommune" if collection_id == "sozialraeume" else "region"
    return [
        (
            Feature(
                id=raum.schluessel,
                geometry_json=_polygon_json(raum),
                properties={
                    "schluessel": raum.schluessel,
                    "name": raum.name,
                    "ebene": raum.ebene.value,
                    **({"bezeichnung": label_of_key(raum.schluessel)} if upper == "kommune" else {}),
                    upper: raum.oberraum,
                    "gueltig_von": raum.gueltig_von,
                    "gueltig_bis": raum.gueltig_bis,
                },
            ),
            raum.geom_25832,
        )
        for raum in found
    ]


def _polygon_json(raum: Raum) -> bytes:
    """Write an outline with rings wound as RFC 7946 wants them, at seven decimals."""
    outline = shapely.orient_polygons(transform_geometry(raum.geom_25832, 25832, 4326))
    rounded = shapely.transform(outline, lambda xy: np.round(xy, COORDINATE_DECIMALS))
    return str(shapely.to_geojson(rounded)).encode()


def _figure_table(context: Context, collection_id: str, stichtag: date | None) -> list[dict[str, Any]]:
    get_collection(context, collection_id)
    if collection_id == LUECKEN:
        return _luecken_rows(find_gaps(context, stichtag=stichtag))
    name, _, ebene = collection_id.rpartition("_")
    levels = {each.value for each in (_SMALL if ebene == Ebene.SOZIALRAUM.value else (Ebene.KOMMUNE,))}
    if name.startswith("erreichbarkeit_"):
        frage = CoverageFrage(stichtag=stichtag, ziel=name.removeprefix("erreichbarkeit_"))
        table = assess_coverage(context, frage)
    else:
        table = assess_provision(context, stichtag=stichtag, indicator=name)
    return [row for row in table.records() if row["ebene"] in levels]


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
    missed = [row for row in rows if row["bis_zum_ziel"]]
    largest = max(missed, key=lambda row: row["bis_zum_ziel"], default=None)
    return {
        "ebene": rows[0]["ebene"],
        "gebiet": rows[0]["gebiet"],
        "gebiet_name": rows[0]["gebiet_name"],
        "ziele_verfehlt": len(missed),
        "ziele_ohne_aussage": sum(row["bis_zum_ziel"] is None for row in rows),
        "groesste_luecke": None if largest is None else largest["ziel_titel"],
        "bis_zum_ziel": None if largest is None else largest["bis_zum_ziel"],
        **{f"bis_zum_ziel_{row['ziel']}": row["bis_zum_ziel"] for row in rows},
        "stichtag": rows[0]["stichtag"],
    }
