"""Maps on the pages of the API: where the features of a page lie, and how far a layer reaches.

Drawn here as SVG, because the pages load and run nothing. What a map shows stands as text beside it: the
number of features and of those without a place, and the table holds every value.
"""

from collections.abc import Sequence
from datetime import date

import shapely

from infrastruktur.domain.crs import CRS84, STORED
from infrastruktur.domain.geometry import transform_geometry
from infrastruktur.domain.layer import Collection, Features
from infrastruktur.domain.query import LayerQuery
from infrastruktur.http.pages import figure, paragraph
from infrastruktur.reports.anzeige import zahl
from infrastruktur.reports.lageplan import ORT, ZEICHEN, Zeichen, draw_lageplan, draw_zeichenerklaerung
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.read_layer import iterate_features

_GROUND = "kommunen"


def draw_features(context: Context, collection: Collection, features: Features, stichtag: date | None) -> str:
    """Draw where features lie, with a legend and in words; words alone where none has a place."""
    placed = [(shape, row) for row, shape in enumerate(features.geometries()) if shape is not None]
    words = _count(len(features), len(placed))
    if not placed:
        return paragraph(words)
    kinds = features.columns.get("art")
    signs = [ORT if kinds is None else _sign_of(kinds[row]) for _, row in placed]
    drawn = draw_lageplan(
        f"Karte: {collection.titel}",
        words,
        lage_25832=[shape for shape, _ in placed],
        zeichen=signs,
        grenzen_25832=_list_borders(context, stichtag),
    )
    shown = [each for each in (*ZEICHEN.values(), ORT) if each in signs] if collection.geometry == "Point" else []
    return figure(drawn, words, draw_zeichenerklaerung(shown) if len(shown) > 1 else "")


def draw_extent(context: Context, collection: Collection) -> str:
    """Draw the box that holds a layer; nothing where the layer is empty."""
    if collection.extent_4326 is None:
        return ""
    west, south, east, north = collection.extent_4326
    box = transform_geometry(shapely.box(west, south, east, north), CRS84.epsg, STORED.epsg)
    words = (
        f"Die Objekte liegen zwischen {zahl(west, 3)}° und {zahl(east, 3)}° östlicher Länge und zwischen "
        f"{zahl(south, 3)}° und {zahl(north, 3)}° nördlicher Breite."
    )
    drawn = draw_lageplan(
        f"Ausdehnung: {collection.titel}",
        words,
        lage_25832=[box],
        zeichen=[ORT],
        grenzen_25832=_list_borders(context, None),
    )
    return figure(drawn, words)


def draw_reached(context: Context, titel: str, words: str, areas_4326: Sequence[shapely.Geometry]) -> str:
    """Draw areas that are reached, the largest beneath; words alone where there is none."""
    if not areas_4326:
        return paragraph(words)
    areas = [transform_geometry(area, CRS84.epsg, STORED.epsg) for area in areas_4326]
    drawn = draw_lageplan(
        titel, words, lage_25832=areas, zeichen=[ORT] * len(areas), grenzen_25832=_list_borders(context, None)
    )
    return figure(drawn, words)


def _list_borders(context: Context, stichtag: date | None) -> list[shapely.Geometry]:
    whole = iterate_features(context, LayerQuery(collection=_GROUND, stichtag=stichtag))
    return [outline for batch in whole for outline in batch.geometries()]


def _sign_of(art: str) -> Zeichen:
    return ZEICHEN.get(art.partition(".")[0], ORT)


def _count(all_of_them: int, placed: int) -> str:
    """Say how many of a page's features the map shows."""
    if all_of_them == placed == 1:
        return "Die Karte zeigt, wo das Objekt liegt."
    if all_of_them == placed:
        return f"Die Karte zeigt, wo die {placed} Objekte dieser Seite liegen."
    if placed == 0:
        return "Keines der Objekte dieser Seite hat eine Lage, daher gibt es keine Karte."
    return (
        f"Die Karte zeigt, wo {placed} der {all_of_them} Objekte dieser Seite liegen; von den übrigen ist keine Lage "
        "bekannt."
    )
