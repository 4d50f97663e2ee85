"""Squares mapped as areas, walked straight across between the streets that enter them, not round along their edge.

A square is one closed way with `area=yes` that walkers may use. Every two entries that see each other inside it are
joined by a line. Known limits: squares mapped as multipolygons are left out and counted (`square_relations`), entries
that do not see each other are joined by way of a third or the edge, and obstacles within the square that are not its
outline are not seen.
"""

from dataclasses import replace
from itertools import combinations

import numpy as np
import shapely
from numpy.typing import NDArray

from infrastruktur.routing.access import Passage, read_passages
from infrastruktur.routing.osm import Streets
from infrastruktur.routing.profiles import Modus

MOST_ENTRIES = 40
"""A ring with more (780 pairs) stays a ring: nothing of that kind is a square one looks across."""

_OUTLINE_CORNERS = 4  # a closed ring of a triangle


def cross_squares(streets: Streets, xy: NDArray[np.float64]) -> Streets:
    """Append a way of two nodes for every line across a square, with the square's id and tags.

    xy (n, 2) f8 in EPSG:25832. The appended ways stand after all others; only walkers may use them, as the square.
    """
    walked = np.array([isinstance(read, Passage) for read in read_passages(streets.tags, Modus.ZU_FUSS)], np.bool_)
    areas = np.array([tags.get("area") == "yes" for tags in streets.tags], np.bool_)
    shared = _shared_nodes(streets, walked[streets.way_tags])
    ways: list[int] = []
    refs: list[tuple[int, int]] = []
    for way in np.flatnonzero((walked & areas)[streets.way_tags]).tolist():
        ring = streets.ref[streets.ref_indptr[way] : streets.ref_indptr[way + 1]]
        if _is_closed(ring):
            lines = _lines_across(ring, xy, shared)
            ways += [way] * len(lines)
            refs += lines
    if not ways:
        return streets
    return replace(
        streets,
        way_id=np.concatenate([streets.way_id, streets.way_id[ways]]),
        way_tags=np.concatenate([streets.way_tags, streets.way_tags[ways]]),
        ref_indptr=np.concatenate([streets.ref_indptr, streets.ref_indptr[-1] + 2 * np.arange(1, len(ways) + 1)]),
        ref=np.concatenate([streets.ref, np.array(refs, np.int64).ravel()]),
    )


def _is_closed(ring: NDArray[np.int64]) -> bool:
    return bool(len(ring) >= _OUTLINE_CORNERS and ring[0] == ring[-1] and (ring >= 0).all())


def _shared_nodes(streets: Streets, walked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark nodes (n,) of more than one way (w,) that walkers may use; a ring counts its first node once."""
    ways = len(streets.way_id)
    way = np.repeat(np.arange(ways), np.diff(streets.ref_indptr))
    used = walked[way] & (streets.ref >= 0)
    pairs = np.unique(streets.ref[used] * ways + way[used])
    return np.bincount(pairs // max(1, ways), minlength=len(streets.node_id)) > 1


def _lines_across(ring: NDArray[np.int64], xy: NDArray[np.float64], shared: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Pairs of entries that see each other inside the ring and are no neighbours on it."""
    polygon = shapely.Polygon(xy[ring])
    entries = np.unique(ring[shared[ring]])
    if not (polygon.is_valid and 1 < len(entries) <= MOST_ENTRIES):
        return []
    pairs = np.array(list(combinations(entries.tolist(), 2)), np.int64)
    lines = shapely.linestrings(xy[pairs])
    shapely.prepare(polygon)
    seen = shapely.covers(polygon, lines) & ~shapely.covers(polygon.exterior, lines)
    return [(a, b) for a, b in pairs[seen].tolist()]
