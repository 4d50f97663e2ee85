"""Coordinates that may be believed: finite, inside the plane we measure in, axes in order.

Geometry is stored and measured in EPSG:25832, spoken at the API's edge in CRS84 (longitude first),
and census cells come in EPSG:3035. A point with swapped axes transforms quietly into nonsense, so
plausibility is checked before anything else sees it.
"""

import math
from functools import lru_cache

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from infrastruktur.domain.errors import InvalidParameter

PLANE_25832 = (200_000.0, 5_000_000.0, 1_000_000.0, 6_200_000.0)
"""min x, min y, max x, max y: Germany with a margin. A database CHECK on the same box refuses NaN and swapped axes."""

GERMANY_4326 = (5.0, 46.8, 16.0, 55.5)
COORDINATE_DECIMALS = 7
"""Seven decimals of a degree are at most 1.2 cm."""

Floats = NDArray[np.float64]


@lru_cache(maxsize=16)
def _transformer(source: int, target: int) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def transform_xy(xy: Floats, source: int, target: int) -> Floats:
    """Transform coordinates of shape (n, 2), x or longitude first, between EPSG codes."""
    if source == target or not len(xy):
        return np.asarray(xy, dtype=np.float64)
    transform = _transformer(source, target).transform
    if len(xy) == 1:  # pyproj takes an array of one for a number, which numpy 2.1 to 2.3 warn of
        return np.array([transform(*xy[0].tolist())])
    return np.column_stack(transform(xy[:, 0], xy[:, 1]))


def transform_numbers(x: list[float], y: list[float], source: int, target: int) -> tuple[list[float], list[float]]:
    """Transform as `transform_xy` does, but without arrays, which for a few numbers is faster."""
    transformed: tuple[list[float], list[float]] = _transformer(source, target).transform(x, y)
    return transformed


def transform_geometry(geometry: shapely.Geometry, source: int, target: int) -> shapely.Geometry:
    """Transform one geometry or an array of them between EPSG codes; Z is dropped."""
    flat = shapely.force_2d(geometry)
    return shapely.transform(flat, lambda xy: transform_xy(xy, source, target))


def in_plane_25832(xy: Floats) -> NDArray[np.bool_]:
    """Tell which points of shape (n, 2) are finite and inside `PLANE_25832`."""
    min_x, min_y, max_x, max_y = PLANE_25832
    return (xy[:, 0] >= min_x) & (xy[:, 0] <= max_x) & (xy[:, 1] >= min_y) & (xy[:, 1] <= max_y)


def describe_implausible(x: float, y: float, epsg: int) -> str | None:
    """Say in German what is wrong with a point in EPSG:25832 or CRS84; None when nothing is."""
    if not (np.isfinite(x) and np.isfinite(y)):
        return "Die Koordinate ist keine Zahl."
    if _inside(x, y, epsg):
        return None
    if _inside(y, x, epsg):
        return "Die Koordinate sieht vertauscht aus (Ost- und Nordwert)."
    return f"Die Koordinate liegt nicht in Deutschland (EPSG:{epsg})."


def _inside(x: float, y: float, epsg: int) -> bool:
    min_x, min_y, max_x, max_y = PLANE_25832 if epsg == 25832 else GERMANY_4326  # noqa: PLR2004 - the EPSG code itself
    return bool(min_x <= x <= max_x and min_y <= y <= max_y)


class Bbox(tuple[float, float, float, float]):
    """min x, min y, max x, max y."""

    __slots__ = ()


def parse_bbox(text: str, *, geographic: bool = True, northing_first: bool = False) -> Bbox:
    """Read an OGC bbox of four or six numbers, as x first; with six, the heights are passed over.

    In degrees, a west edge greater than the east edge crosses the antimeridian (OGC API Features
    Part 1, 7.15.3); nothing of ours lies there, so it is cut at 180 degrees.

    Raises
    ------
    InvalidParameter
        Not four or six finite numbers, or the edges the wrong way round.

    """
    expected = "Erwartet werden vier endliche Zahlen: West,Süd,Ost,Nord."
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        raise InvalidParameter("bbox", expected) from None
    if len(numbers) == 6:  # noqa: PLR2004 - the standard's two forms
        numbers = [numbers[0], numbers[1], numbers[3], numbers[4]]
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)):  # noqa: PLR2004
        raise InvalidParameter("bbox", expected)
    west, south, east, north = (numbers[i] for i in ((1, 0, 3, 2) if northing_first else (0, 1, 2, 3)))
    if south > north:
        raise InvalidParameter("bbox", "Der Süden liegt über dem Norden. Reihenfolge: West,Süd,Ost,Nord.")
    if west > east and not geographic:
        raise InvalidParameter("bbox", "Der Westen liegt rechts vom Osten. Reihenfolge: West,Süd,Ost,Nord.")
    return Bbox((west, south, 180.0 if west > east else east, north))


def transform_bounds(bounds: Bbox, source: int, target: int) -> Bbox:
    """Enclose a box of one EPSG code in another, x first; each edge is sampled, for it bends."""
    return Bbox(_transformer(source, target).transform_bounds(*bounds, densify_pts=21))


def bbox_to_4326(bbox: Bbox) -> Bbox:
    """Enclose an EPSG:25832 bbox in CRS84, also one that is a single point."""
    return Bbox(round(edge, COORDINATE_DECIMALS) for edge in transform_bounds(bbox, 25832, 4326))
