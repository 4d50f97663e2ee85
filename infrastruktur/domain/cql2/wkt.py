"""Geometry literals in CQL2 text: WKT of all kinds (OGC 06-103r4, 7) and BBOX."""

from typing import Any

import shapely

from infrastruktur.domain.cql2.tokens import Cursor, read_list, read_number, starts_number
from infrastruktur.domain.shapes import KINDS, build_box, build_shape

_KINDS = {kind.upper(): kind for kind in KINDS}
_LEVELS = {"Point": 1, "LineString": 1, "MultiPoint": 1, "Polygon": 2, "MultiLineString": 2, "MultiPolygon": 3}
"""How many brackets stand around the positions of a kind."""
TAGS = (*_KINDS, "GEOMETRYCOLLECTION", "BBOX")


def starts_shape(cursor: Cursor) -> bool:
    """See whether a literal follows, also with a word between its tag and its bracket: `POINT Z (6 50 9)`."""
    return cursor.peek().text.upper() in TAGS and cursor.peek(1).what in ("(", "name")


def read_shape(cursor: Cursor) -> shapely.Geometry:
    """Read a geometry literal into the plane of the filter's CRS.

    Raises
    ------
    Unreadable
        It is empty, broken or not on this Earth.

    """
    tag = cursor.take().text.upper()
    if tag == "BBOX":
        return build_box(read_list(cursor, read_number), cursor.vocabulary.crs)
    if cursor.peek().text.upper() == "Z":
        cursor.take()
    if cursor.peek().text.upper() == "EMPTY":
        raise cursor.refusal("Eine leere Geometrie passt zu nichts")
    if tag == "GEOMETRYCOLLECTION":
        return shapely.GeometryCollection(read_list(cursor, _member))
    return _read_positions(cursor, _KINDS[tag])


def _member(cursor: Cursor) -> shapely.Geometry:
    if cursor.peek().text.upper() not in _KINDS:
        raise cursor.refusal("In GEOMETRYCOLLECTION werden einfache und MULTI-Geometrien erwartet")
    return read_shape(cursor)


def _read_positions(cursor: Cursor, kind: str) -> shapely.Geometry:
    positions = _positions(cursor, _LEVELS[kind])
    if kind == "Point":
        if len(positions) > 1:
            raise cursor.refusal("POINT hat nur einen Punkt, für mehrere gibt es MULTIPOINT")
        positions = positions[0]
    return build_shape(kind, positions, cursor.vocabulary.crs)


def _positions(cursor: Cursor, level: int) -> list[Any]:
    return read_list(cursor, _position if level == 1 else lambda inside: _positions(inside, level - 1))


def _position(cursor: Cursor) -> list[float]:
    """Read `x y` or `x y z`; the points of a MULTIPOINT may stand in brackets of their own."""
    if cursor.peek().what == "(":
        return cursor.bracketed(_position)
    position = [read_number(cursor), read_number(cursor)]
    if starts_number(cursor.peek()):
        position.append(read_number(cursor))
    return position
