"""Houses whose doors are mapped: outlines of OpenStreetMap and the nodes on them that are a way in.

A house is a closed way tagged `building`, or a closed outer ring of a multipolygon that is; its courtyard belongs to
it. Left out are rings of several ways (4 of 69 multipolygons in Aachen) and `building:part`, which stands within a
house: doors only these hold are counted as on no outline. A door between two houses wall to wall is one of both.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from infrastruktur.routing.access import Permission, Tags, find_permission
from infrastruktur.routing.doors import draw_rings
from infrastruktur.routing.profiles import Modus
from infrastruktur.routing.traits import Wheelchair, read_wheelchair

DOOR_KEYS = frozenset({"entrance", "wheelchair", "access", "foot"})


class Shut(StrEnum):
    """Why a door is no way in, or an outline no house."""

    EMERGENCY = "emergency"
    EXIT = "exit"
    SERVICE = "service"
    GARAGE = "garage"
    ACCESS = "access"
    NO_OUTLINE = "no_outline"
    TORN = "torn"
    INVALID = "invalid"
    NO_WAY_IN = "no_way_in"


@dataclass(frozen=True)
class Outlines:
    """Outlines of buildings that hold a node tagged `entrance`, by ascending id of their way.

    way_id (h,) i8; ref_indptr (h+1,) i8 into node_id (r,) i8 and lonlat (r, 2) f8 in EPSG:4326, NaN where the file
    lacks the node; doors: node id → tags of every node tagged `entrance`, whether on an outline or not.
    """

    way_id: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    ref_indptr: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))
    node_id: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    lonlat: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 2)))
    doors: Mapping[int, Tags] = field(default_factory=dict)


@dataclass(frozen=True)
class Door:
    """A way in: whether it is the main one, and what is known of it for wheelchairs."""

    main: bool
    wheelchair: Wheelchair


class HouseReport(msgspec.Struct, frozen=True):
    """What was read of houses; `houses_ignored` and `doors_ignored` count by reason (`Shut`).

    `doors_used` counts nodes: one on the outlines of two houses is counted once.
    """

    houses_used: int
    houses_ignored: dict[str, int]
    doors_used: int
    doors_ignored: dict[str, int]


_SHUT = {
    "emergency": Shut.EMERGENCY, "fire_exit": Shut.EMERGENCY, "exit": Shut.EXIT,
    "service": Shut.SERVICE, "delivery": Shut.SERVICE, "garage": Shut.GARAGE, "parking": Shut.GARAGE,
    "no": Shut.ACCESS,
}  # fmt: skip


def read_door(tags: Tags) -> Door | Shut:
    """Read a node tagged `entrance`; one that is private or for deliveries is no way in for those who come to a place.

    What sort of way in it is beyond the main one (`yes`, `home`, `staircase`, `shop`, ...) makes no difference.
    """
    entrance = tags["entrance"]
    if entrance in _SHUT:
        return _SHUT[entrance]
    if find_permission(tags, Modus.ZU_FUSS) is Permission.NO:
        return Shut.ACCESS
    return Door(entrance == "main", read_wheelchair(tags))


def arrange_houses(outlines: Outlines, to_metres: pyproj.Transformer) -> tuple[dict[str, NDArray[Any]], HouseReport]:
    """Build the arrays of `doors.Doors`, houses by the id of their way and their doors by that of their node."""
    house = np.repeat(np.arange(len(outlines.way_id)), np.diff(outlines.ref_indptr))
    xy = np.stack(to_metres.transform(*outlines.lonlat.T), axis=1)
    read = {node: read_door(tags) for node, tags in outlines.doors.items()}
    open_doors = {node: door for node, door in read.items() if isinstance(door, Door)}
    way_in = np.isin(outlines.node_id, list(open_doors))
    ignored = _judge_outlines(house, xy, way_in, houses=len(outlines.way_id))
    kept = np.array([reason is None for reason in ignored], np.bool_)
    row, houses = (np.cumsum(kept) - 1)[house], int(kept.sum())
    corners = np.flatnonzero(kept[house])
    at = _stand_doors(corners[way_in[corners]], row, outlines.node_id)
    doors = [open_doors[node] for node in outlines.node_id[at].tolist()]
    arrays: dict[str, NDArray[Any]] = {
        "ring_indptr": _indptr(row[corners], houses),
        "ring_xy": xy[corners],
        "door_indptr": _indptr(row[at], houses),
        "door_xy": xy[at],
        "door_main": np.array([door.main for door in doors], np.bool_),
        "door_wheelchair": np.array([door.wheelchair for door in doors], np.uint8),
    }
    return arrays, _report(ignored, read, used=set(outlines.node_id[at].tolist()))


def _judge_outlines(
    house: NDArray[np.int64], xy: NDArray[np.float64], way_in: NDArray[np.bool_], *, houses: int
) -> list[Shut | None]:
    """Say of each outline why it is no house, None where it is one; of every corner: house (r,), xy and way_in."""
    torn = np.bincount(house, weights=~np.isfinite(xy[:, 0]), minlength=houses) > 0
    opened = np.bincount(house, weights=way_in, minlength=houses) > 0
    whole = ~torn[house]
    valid = np.zeros(houses, np.bool_)
    valid[~torn] = shapely.is_valid(draw_rings(xy[whole], np.cumsum(~torn)[house[whole]] - 1))
    reasons = ((torn, Shut.TORN), (~valid, Shut.INVALID), (~opened, Shut.NO_WAY_IN))
    return [next((reason for mask, reason in reasons if mask[row]), None) for row in range(houses)]


def _stand_doors(corners: NDArray[np.int64], house: NDArray[np.int64], node_id: NDArray[np.int64]) -> NDArray[np.int64]:
    """Order corners that are doors by house and node; a ring says its first corner twice, a door stands there once."""
    order = corners[np.lexsort((corners, node_id[corners], house[corners]))]
    repeated = (np.diff(house[order], prepend=-1) == 0) & (np.diff(node_id[order], prepend=-1) == 0)
    return np.asarray(order[~repeated], np.int64)


def _report(ignored: list[Shut | None], read: Mapping[int, Door | Shut], *, used: set[int]) -> HouseReport:
    shut = [door if isinstance(door, Shut) else Shut.NO_OUTLINE for node, door in read.items() if node not in used]
    return HouseReport(
        houses_used=ignored.count(None),
        houses_ignored=_count(reason for reason in ignored if reason is not None),
        doors_used=len(used),
        doors_ignored=_count(shut),
    )


def _indptr(house: NDArray[np.int64], houses: int) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(np.bincount(house, minlength=houses))]).astype(np.int64)


def _count(reasons: Iterable[Shut]) -> dict[str, int]:
    return dict(sorted(Counter(str(reason) for reason in reasons).items()))
