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

from infrastruktur.routing.access import Passage, Tags, read_passage, read_passages
from infrastruktur.routing.osm import Streets
from infrastruktur.routing.profiles import Modus

MOST_ENTRIES = 40
"""A ring with more (780 pairs) stays a ring: nothing of that kind is a square one looks across."""

_OUTLINE_CORNERS = 4  # a closed ring of a triangle


def cross_squares(streets: Streets, xy: NDArray[np.float64]) -> Streets:
    """Append a way of two nodes for every line across a square, with the square's id and tags.

    xy (n, 2) f8 in EPSG:25832. The appended ways stand after all others; only walkers may use them, as the square.
    """
    shared = _shared_nodes(streets)
    ways: list[int] = []
    refs: list[tuple[int, int]] = []
    for way in range(len(streets.way_id)):
        ring = streets.ref[streets.ref_indptr[way] : streets.ref_indptr[way + 1]]
        if _is_square(streets.tags[way], ring):
            lines = _lines_across(ring, xy, shared)
            ways += [way] * len(lines)
            refs += lines
    if not ways:
        return streets
    return replace(
        streets,
        way_id=np.concatenate([streets.way_id, streets.way_id[ways]]),
        tags=streets.tags + [streets.tags[way] for way in ways],
        ref_indptr=np.concatenate([streets.ref_indptr, streets.ref_indptr[-1] + 2 * np.arange(1, len(ways) + 1)]),
        ref=np.concatenate([streets.ref, np.array(refs, np.int64).ravel()]),
    )


def _is_square(tags: Tags, ring: NDArray[np.int64]) -> bool:
    closed = len(ring) >= _OUTLINE_CORNERS and ring[0] == ring[-1] and (ring >= 0).all()
    return bool(closed) and tags.get("area") == "yes" and isinstance(read_passage(tags, Modus.ZU_FUSS), Passage)


def _shared_nodes(streets: Streets) -> NDArray[np.bool_]:
    """Mark nodes (n,) of more than one way that walkers may use; a ring counts its first node once."""
    walked = np.array([isinstance(read, Passage) for read in read_passages(streets.tags, Modus.ZU_FUSS)], np.bool_)
    way = np.repeat(np.arange(len(streets.way_id)), np.diff(streets.ref_indptr))
    used = walked[way] & (streets.ref >= 0)
    pairs = np.unique(np.stack([streets.ref[used], way[used]]), axis=1)
    return np.bincount(pairs[0].astype(np.int64), minlength=len(streets.node_id)) > 1


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
