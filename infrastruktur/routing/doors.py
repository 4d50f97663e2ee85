"""Doors: a way begins where one steps out of a house, not in its middle, which may lie nearer to another street.

The point of an Angebot or an address mostly lies inside a building; where the doors of that building are mapped, it is
moved to one of them and then put on the network as ever.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from infrastruktur.routing.profiles import Bedarf
from infrastruktur.routing.traits import Wheelchair

DOORS = ("ring_indptr", "ring_xy", "door_indptr", "door_xy", "door_main", "door_wheelchair")

MAIN_TIMES = 2.0
"""The main door wins unless another is nearer to the point by more than this: whoever set the point there meant that
door, and a point at a door is that door's."""


@dataclass(frozen=True, eq=False)
class Doors:
    """Houses (h) whose doors (d) are mapped, for all modes.

    Attributes
    ----------
    ring_indptr (h+1,) i8; ring_xy (k, 2) f8
        Closed outline of each house in EPSG:25832.
    door_indptr (h+1,) i8; door_xy (d, 2) f8
        Doors of each house, at least one; a door that two houses share stands with both.
    door_main (d,) bool; door_wheelchair (d,) u1
        Whether it is mapped as the main one, and a code of `traits.Wheelchair`.

    """

    ring_indptr: NDArray[np.int64]
    ring_xy: NDArray[np.float64]
    door_indptr: NDArray[np.int64]
    door_xy: NDArray[np.float64]
    door_main: NDArray[np.bool_]
    door_wheelchair: NDArray[np.uint8]

    @cached_property
    def index(self) -> shapely.STRtree:
        """The houses as polygons, and the index over them."""
        house = np.repeat(np.arange(len(self.ring_indptr) - 1), np.diff(self.ring_indptr))
        return shapely.STRtree(draw_rings(np.asarray(self.ring_xy), house))


NO_DOORS = Doors(
    ring_indptr=np.zeros(1, np.int64),
    ring_xy=np.zeros((0, 2)),
    door_indptr=np.zeros(1, np.int64),
    door_xy=np.zeros((0, 2)),
    door_main=np.zeros(0, np.bool_),
    door_wheelchair=np.zeros(0, np.uint8),
)


@dataclass(frozen=True, eq=False)
class Doorsteps:
    """Where the ways of points begin: xy_25832 (n, 2) f8, and door (n,) i4 there, -1 where it is the point itself."""

    xy_25832: NDArray[np.float64]
    door: NDArray[np.int32]


def to_doors(doors: Doors, points_25832: NDArray[np.float64], *, braucht: Bedarf | None = None) -> Doorsteps:
    """Move each point (n, 2) f8 in EPSG:25832 that lies inside a house to one of its doors; all others stay.

    The nearest door is taken, a main one at half its distance (`MAIN_TIMES`). One whose `wheelchair` a profile's needs
    rule out comes after all others, and is taken where it is the only one. A point in several houses is in the
    smallest. The metres within the house do not count: a travel time is one from door to street.

    Not for cells of a grid: their middle stands for people all around, so that a house it happens to lie in means
    nothing.

    Notes
    -----
    Measured in central Aachen (OpenStreetMap of 2021, 7,792 entrances, 6,167 houses), of 424 places of care, health and
    learning: 171 (40 %) lie in a house with doors, and move by 7.7 m in the median and up to 104 m. On foot their
    median way off the road falls from 13.0 to 7.0 m, 50 of them come out on another street, and 6 % of walking times
    within 30 minutes change by more than a minute. Where a house has several doors and some carry the house number
    that the point has (32 cases, so little evidence), this rule finds one of those in 17, the nearest door in 18, the
    main door always in 14, and the door nearest to a street in 11, no better than any door.

    """
    points = np.asarray(points_25832, np.float64).reshape(-1, 2)
    house = _find_houses(doors, points)
    inside = np.flatnonzero(house >= 0)
    first, last = doors.door_indptr[house[inside]], doors.door_indptr[house[inside] + 1]
    point, choices = np.repeat(inside, last - first), last - first
    door = np.repeat(last - np.cumsum(choices), choices) + np.arange(len(point))
    distance_m = np.hypot(*(doors.door_xy[door] - points[point]).T)
    judged_m = distance_m * np.where(doors.door_main[door], 1.0, MAIN_TIMES)
    order = np.lexsort((door, judged_m, _rules_out(doors, braucht)[door], point))
    taken = door[order[np.unique(point[order], return_index=True)[1]]]
    xy, chosen = points.copy(), np.full(len(points), -1, np.int32)
    xy[inside], chosen[inside] = doors.door_xy[taken], taken
    return Doorsteps(xy, chosen)


def draw_rings(xy: NDArray[np.float64], house: NDArray[np.int64]) -> NDArray[Any]:
    """Draw closed rings, given as corners (k, 2) with the number of their house (k,) ascending, as polygons (h,)."""
    return np.asarray(shapely.polygons(shapely.linearrings(xy, indices=house)))


def _find_houses(doors: Doors, points: NDArray[np.float64]) -> NDArray[np.int64]:
    """House (n,) that each point is inside of, the smallest of several; -1 where none."""
    house = np.full(len(points), -1, np.int64)
    given = np.flatnonzero(np.isfinite(points).all(axis=1))
    row, inside = doors.index.query(shapely.points(points[given]), predicate="within")
    order = np.lexsort((inside, shapely.area(doors.index.geometries[inside]), row))
    place, smallest = np.unique(row[order], return_index=True)
    house[given[place]] = inside[order[smallest]]
    return house


def _rules_out(doors: Doors, braucht: Bedarf | None) -> NDArray[np.bool_]:
    """Mark the doors (d,) that are known to be none for who needs this."""
    if braucht is None or braucht.wheelchair is None:
        return np.zeros(len(doors.door_xy), np.bool_)
    wanted = {Wheelchair.UNKNOWN, *(code for code in Wheelchair if code.name.lower() in braucht.wheelchair)}
    return ~np.isin(doors.door_wheelchair, list(wanted))
