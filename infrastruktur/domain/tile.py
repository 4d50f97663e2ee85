"""Tiles of WebMercatorQuad (OGC 17-083r4, annex D.1): what ground one covers, and where in it a point lies.

A tile is `EXTENT` units wide, x to the right and y down (Mapbox Vector Tile 2.1, 4.3), and carries
`BUFFER` units of its neighbours, so that a symbol or a border at the edge is drawn whole.
"""

import re
from math import pi

import msgspec
import numpy as np

from infrastruktur.domain.crs import CRS84, Crs, get_crs, window_of
from infrastruktur.domain.errors import NotFound
from infrastruktur.domain.geometry import Bbox, Floats, transform_xy

MATRIX_SET = "WebMercatorQuad"
LAST_ZOOM = 20
EXTENT = 4096
BUFFER = 128
EDGE_M = pi * 6_378_137.0
"""The square world reaches so far from its middle in each direction, in metres of EPSG:3857."""

STRETCH = 1.6
"""So much larger than it is Web Mercator draws the middle of Germany; 1.47 in the south, 1.75 in the north."""
WEB_MERCATOR: Crs = get_crs("crs", "http://www.opengis.net/def/crs/EPSG/0/3857")
PIXELS = 256
_PIXEL_M = 0.00028
"""The standardised rendering pixel (OGC 17-083r4, 6.1.1.1), from which a scale denominator is reckoned."""
_NUMBER = re.compile(r"\d{1,8}", re.ASCII)


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """One tile; rows count from north to south, columns from west to east, both from 0."""

    zoom: int
    row: int
    column: int


class TileMatrix(msgspec.Struct, frozen=True, kw_only=True):
    """All tiles of a zoom. `width` is its number of columns and of rows, `cell_size_m` the side of a pixel."""

    zoom: int
    width: int
    cell_size_m: float
    scale_denominator: float


class TileLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Rows and columns of a zoom that hold an extent, both ends included."""

    zoom: int
    min_row: int
    max_row: int
    min_column: int
    max_column: int

    def hold(self, tile: Tile) -> bool:
        """Tell whether a tile of this zoom is among them."""
        return self.min_row <= tile.row <= self.max_row and self.min_column <= tile.column <= self.max_column


def parse_tile(zoom: str, row: str, column: str) -> Tile:
    """Read a tile as an address names it.

    Raises
    ------
    NotFound
        There is no such tile; the message says which there are.

    """
    if not all(_NUMBER.fullmatch(each) for each in (zoom, row, column)):
        raise NotFound("Eine Kachel heißt Zoomstufe/Zeile/Spalte in ganzen Zahlen, zum Beispiel 10/343/529.")
    tile = Tile(zoom=int(zoom), row=int(row), column=int(column))
    if tile.zoom > LAST_ZOOM:
        raise NotFound(f"Die Zoomstufe {tile.zoom} gibt es nicht. Möglich sind 0 bis {LAST_ZOOM}.")
    last = 2**tile.zoom - 1
    if max(tile.row, tile.column) > last:
        raise NotFound(f"Die Zoomstufe {tile.zoom} hat Zeilen und Spalten von 0 bis {last}.")
    return tile


def list_matrices() -> tuple[TileMatrix, ...]:
    """List the zooms of WebMercatorQuad that tiles are given in."""
    sides_m = [2 * EDGE_M / PIXELS / 2**zoom for zoom in range(LAST_ZOOM + 1)]
    return tuple(
        TileMatrix(zoom=zoom, width=2**zoom, cell_size_m=side_m, scale_denominator=side_m / _PIXEL_M)
        for zoom, side_m in enumerate(sides_m)
    )


def unit_m(zoom: int) -> float:
    """Give the ground that a unit of a tile covers in the middle of Germany, in metres."""
    return 2 * EDGE_M / (1 << zoom) / EXTENT / STRETCH


def bounds_3857(tile: Tile, buffer: int = 0) -> Bbox:
    """Give the ground of a tile in EPSG:3857, widened by so many units on each side."""
    side_m = 2 * EDGE_M / 2**tile.zoom
    more_m = buffer * side_m / EXTENT
    west, north = -EDGE_M + tile.column * side_m, EDGE_M - tile.row * side_m
    return Bbox((west - more_m, north - side_m - more_m, west + side_m + more_m, north + more_m))


def box_4326(tile: Tile) -> Bbox:
    """Give the ground of a tile with its buffer in CRS84, exactly: meridians and parallels are straight in Mercator."""
    west, south, east, north = np.clip(bounds_3857(tile, BUFFER), -EDGE_M, EDGE_M)
    corners = transform_xy(np.array([[west, south], [east, north]]), WEB_MERCATOR.epsg, 4326)
    return Bbox(corners.ravel().tolist())


def box_25832(tile: Tile) -> Bbox:
    """Enclose the ground of a tile with its buffer in EPSG:25832, no farther than Germany and a margin."""
    return window_of(box_4326(tile), CRS84).around_25832


def to_units(xy_25832: Floats, tile: Tile) -> Floats:
    """Place points of shape (n, 2) in a tile: x to the right, y down, 0 to `EXTENT` inside; NaN stays NaN."""
    west, _, east, north = bounds_3857(tile)
    xy_3857 = transform_xy(xy_25832, 25832, WEB_MERCATOR.epsg)
    return np.column_stack((xy_3857[:, 0] - west, north - xy_3857[:, 1])) * (EXTENT / (east - west))


def limits_of(extent_4326: Bbox, zoom: int) -> TileLimits:
    """Say which tiles of a zoom an extent in CRS84 touches."""
    corners = np.array([extent_4326[:2], extent_4326[2:]])
    (west, south), (east, north) = transform_xy(corners, 4326, WEB_MERCATOR.epsg)
    side_m = 2 * EDGE_M / 2**zoom

    def number(distance_m: float) -> int:
        return int(np.clip(distance_m // side_m, 0, 2**zoom - 1))

    return TileLimits(
        zoom=zoom,
        min_row=number(EDGE_M - north),
        max_row=number(EDGE_M - south),
        min_column=number(EDGE_M + west),
        max_column=number(EDGE_M + east),
    )
