"""Geometry literals of a filter: from coordinates as written to the plane we measure in.

A literal is first a shape in the plane of its own CRS, x or longitude first, where its edges are
straight. Only what lies in reach of our data is brought to EPSG:25832, its edges divided before, so
that a parallel stays the bent line it is there.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import shapely

from infrastruktur.domain.crs import STORED, Crs
from infrastruktur.domain.filter import Relation, Unreadable
from infrastruktur.domain.geometry import PLANE_25832, transform_geometry

MAX_POINTS = 20_000
"""Of one filter, after dividing: twice what a box around Germany needs."""

_WORLD_M = 41_000_000.0
_MARGIN_M = 100_000.0
_CONVERSE = {Relation.WITHIN: Relation.CONTAINS, Relation.CONTAINS: Relation.WITHIN}
_FAULTS = {
    "Self-intersection": "sie schneidet sich selbst",
    "Ring Self-intersection": "ein Ring berührt sich selbst",
    "Hole lies outside shell": "ein Loch liegt außerhalb",
    "Holes are nested": "ein Loch liegt in einem anderen",
    "Nested shells": "eine Fläche liegt in einer anderen",
    "Interior is disconnected": "ihr Inneres hängt nicht zusammen",
    "Duplicate Rings": "ein Ring ist doppelt",
    "Too few points in geometry component": "sie hat zu wenige verschiedene Punkte",
}
_REASON = re.compile(r"(?P<fault>[^\[]+)\[(?P<place>[^\]]+)\]")


def _polygon(rings: Sequence[Any]) -> shapely.Polygon:
    for ring in rings:
        if len(ring) < 4 or ring[0] != ring[-1]:  # noqa: PLR2004 - a triangle and its first point again
            raise Unreadable("Ein Ring braucht mindestens vier Punkte, der letzte gleich dem ersten.")
    return shapely.Polygon(rings[0], rings[1:])


_BUILDERS: dict[str, Callable[[Any], shapely.Geometry]] = {
    "Point": shapely.Point,
    "MultiPoint": shapely.MultiPoint,
    "LineString": shapely.LineString,
    "MultiLineString": shapely.MultiLineString,
    "Polygon": _polygon,
    "MultiPolygon": lambda polygons: shapely.MultiPolygon([_polygon(rings) for rings in polygons]),
}
KINDS = tuple(_BUILDERS)


def build_shape(kind: str, coordinates: Any, crs: Crs) -> shapely.Geometry:
    """Build a shape from GeoJSON's nested coordinates, finite and in the axis order of `crs`; heights are dropped.

    Raises
    ------
    Unreadable
        It is not valid, or not on this Earth.

    """
    try:
        shape = _BUILDERS[kind](_xy(coordinates, crs))
    except (ValueError, shapely.GEOSException):
        raise Unreadable("Eine Linie braucht mindestens zwei Punkte.") from None
    return _checked(shape, crs)


def build_box(numbers: Sequence[float], crs: Crs) -> shapely.Geometry:
    """Build a box from its lower and its upper corner, each with two or three numbers in the axis order of `crs`.

    One that crosses the antimeridian ends there: nothing of ours lies beyond. A box without width or
    height is the line or point it is.

    Raises
    ------
    Unreadable
        Not four or six numbers, the first corner above the second, or not on this Earth.

    """
    half = len(numbers) // 2
    if len(numbers) not in (4, 6):
        raise Unreadable("BBOX braucht vier Zahlen: erst die untere, dann die obere Ecke.")
    (west, south), (east, north) = _xy([numbers[:half], numbers[half:]], crs)
    if west > east and crs.geographic:
        east = 180.0
    if south > north or west > east:
        raise Unreadable("Die erste Ecke von BBOX muss unten links liegen, die zweite oben rechts.")
    return _checked(_box(west, south, east, north), crs)


def place_shape(shape: shapely.Geometry, crs: Crs) -> shapely.Geometry:
    """Bring a shape to EPSG:25832, cut to where our data can lie; empty when it lies elsewhere.

    Raises
    ------
    Unreadable
        It needs more than `MAX_POINTS`, or lies elsewhere because its axes are swapped.

    """
    reach = _reach(crs.epsg)
    if shapely.covers(shape, reach):
        return ground_25832()
    inside = shape if shapely.covers(reach, shape) else _cut(shape, reach)
    if shapely.is_empty(inside):
        _refuse_swapped(shape, crs)
        return shapely.Polygon()
    if crs.epsg == STORED.epsg:
        return inside
    if shapely.length(inside) / crs.step + shapely.get_num_coordinates(inside) > MAX_POINTS:
        raise Unreadable("Eine Geometrie ist zu groß oder zu fein. Bitte vereinfachen oder teilen.")
    return transform_geometry(shapely.segmentize(inside, crs.step), crs.epsg, STORED.epsg)


def ground_25832() -> shapely.Geometry:
    """Outline where our data can lie, with a margin: no feature ever meets the edge at which a literal is cut."""
    low_x, low_y, high_x, high_y = PLANE_25832
    return shapely.box(low_x - _MARGIN_M, low_y - _MARGIN_M, high_x + _MARGIN_M, high_y + _MARGIN_M)


def holds(relation: Relation, geometry: Any, literal: shapely.Geometry) -> Any:
    """Tell whether a geometry, or which of an array, stand in a relation to a literal.

    The literal goes first, where shapely can use that it is prepared; only two relations have a direction.
    """
    return getattr(shapely, _CONVERSE.get(relation, relation))(literal, geometry)


def converse(relation: Relation) -> Relation:
    """Give the relation seen from the other side."""
    return _CONVERSE.get(relation, relation)


def _box(west: float, south: float, east: float, north: float) -> shapely.Geometry:
    if (west, south) == (east, north):
        return shapely.Point(west, south)
    if west == east or south == north:
        return shapely.LineString([(west, south), (east, north)])
    return shapely.box(west, south, east, north)


def _xy(coordinates: Any, crs: Crs) -> Any:
    if isinstance(coordinates[0], list | tuple):
        return [_xy(each, crs) for each in coordinates]
    first, second = coordinates[:2]
    return (second, first) if crs.northing_first else (first, second)


def _checked(shape: shapely.Geometry, crs: Crs) -> shapely.Geometry:
    most = np.array((180.0, 90.0) if crs.geographic else (_WORLD_M, _WORLD_M))
    if (np.abs(shapely.get_coordinates(shape)) > most).any():
        raise Unreadable(f"Eine Koordinate gibt es in {crs.uri} nicht.")
    if not shapely.is_valid(shape):
        raise Unreadable(f"Eine Geometrie ist ungültig: {_describe_fault(shapely.is_valid_reason(shape))}.")
    return shape


def _describe_fault(reason: str) -> str:
    found = _REASON.fullmatch(reason)
    if found is None or found["fault"] not in _FAULTS:
        return "sie lässt sich nicht als Punkt, Linie oder Fläche lesen"
    return f"{_FAULTS[found['fault']]} (bei {found['place']})"


@lru_cache
def _reach(epsg: int) -> shapely.Geometry:
    """Outline the same in another CRS, x or longitude first."""
    return transform_geometry(shapely.segmentize(ground_25832(), _MARGIN_M / 10), STORED.epsg, epsg)


def _cut(shape: shapely.Geometry, reach: shapely.Geometry) -> shapely.Geometry:
    """Cut a shape to the reach; points and lines where an area only meets the edge are not of it."""
    parts = shapely.get_parts(shapely.intersection(shape, reach))
    return shapely.union_all(parts[shapely.get_dimensions(parts) == shapely.get_dimensions(shape)])


def _refuse_swapped(shape: shapely.Geometry, crs: Crs) -> None:
    swapped = shapely.transform(shape, lambda xy: xy[:, ::-1])
    if shapely.intersects(swapped, _reach(crs.epsg)):
        first = "der Norden oder die Breite" if crs.northing_first else "der Osten oder die Länge"
        raise Unreadable(f"Eine Geometrie sieht vertauscht aus. In {crs.uri} kommt erst {first}.")
