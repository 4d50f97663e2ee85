"""What a way is like underfoot and underwheel, as far as it is mapped; unknown is a state of its own, never a guess.

Kept with the topology, so that a profile (schemas/profile.toml) opens and closes ways without a new build.
"""

import re
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from infrastruktur.routing.access import Tags

Codes = NDArray[np.uint8]

TRAIT_KEYS = frozenset(
    {"surface", "smoothness", "incline", "width", "kerb", "wheelchair", "ramp", "ramp:wheelchair", "ramp:stroller",
     "ramp:bicycle", "footway", "path", "cycleway"}
)  # fmt: skip

UNKNOWN_INCLINE = -128
STEEPEST_PERCENT = 127


class Steps(IntEnum):
    """Whether a way is stairs; a ramp of no stated kind may be a groove for bikes, so it is unknown."""

    UNKNOWN = 0
    NONE = 1
    RAMP = 2
    RAMP_STROLLER = 3
    STEPS = 4


class Kerb(IntEnum):
    """The highest kerb in the course of a way; a crossing or a road without a mapped one is unknown."""

    UNKNOWN = 0
    NONE = 1
    FLUSH = 2
    LOWERED = 3
    ROLLED = 4
    RAISED = 5


class Surface(IntEnum):
    UNKNOWN = 0
    SMOOTH = 1
    COMPACTED = 2
    SETT = 3
    LOOSE = 4


class Smoothness(IntEnum):
    UNKNOWN = 0
    EXCELLENT = 1
    GOOD = 2
    INTERMEDIATE = 3
    BAD = 4
    VERY_BAD = 5
    IMPASSABLE = 6


class Wheelchair(IntEnum):
    UNKNOWN = 0
    YES = 1
    LIMITED = 2
    NO = 3


class Obstacle(IntEnum):
    """What stands at a node that walkers pass and others may not."""

    UNKNOWN = 0
    NONE = 1
    CYCLE_BARRIER = 2
    NARROW = 3
    STILE = 4
    KERB = 5


@dataclass(frozen=True)
class Traits:
    """Of ways (w,): codes u1 of the classes above, width_dm u1 (0 unknown), incline i1 in percent; crossing bool."""

    steps: Codes
    kerb: Codes
    surface: Codes
    smoothness: Codes
    wheelchair: Codes
    width_dm: Codes
    incline_percent: NDArray[np.int8]
    crossing: NDArray[np.bool_]


_SURFACES = {
    Surface.SMOOTH: "asphalt concrete concrete:plates concrete:lanes paved paving_stones paving_stones:30 paving_slabs "
    "tartan rubber metal wood tar tiles bricks brick",
    Surface.COMPACTED: "compacted fine_gravel",
    Surface.SETT: "sett cobblestone cobblestone:flattened unhewn_cobblestone grass_paver pebblestone",
    Surface.LOOSE: "gravel unpaved ground dirt earth grass sand mud woodchips rock stone",
}
_SURFACE = {name: code for code, names in _SURFACES.items() for name in names.split()}
_SMOOTHNESS = {code.name.lower(): code for code in Smoothness} | {
    "horrible": Smoothness.IMPASSABLE,
    "very_horrible": Smoothness.IMPASSABLE,
}
_KERB = {"no": Kerb.NONE, "flush": Kerb.FLUSH, "lowered": Kerb.LOWERED, "rolled": Kerb.ROLLED, "raised": Kerb.RAISED,
         "regular": Kerb.RAISED}  # fmt: skip
_WHEELCHAIR = {"yes": Wheelchair.YES, "designated": Wheelchair.YES, "limited": Wheelchair.LIMITED, "no": Wheelchair.NO}
_OBSTACLE = {
    "cycle_barrier": Obstacle.CYCLE_BARRIER, "motorcycle_barrier": Obstacle.CYCLE_BARRIER,
    "kissing_gate": Obstacle.NARROW, "turnstile": Obstacle.NARROW, "full-height_turnstile": Obstacle.NARROW,
    "stile": Obstacle.STILE, "log": Obstacle.STILE,
    "gate": Obstacle.UNKNOWN, "swing_gate": Obstacle.UNKNOWN, "wicket_gate": Obstacle.UNKNOWN,
    "chain": Obstacle.UNKNOWN, "block": Obstacle.UNKNOWN, "bollard": Obstacle.UNKNOWN, "yes": Obstacle.UNKNOWN,
}  # fmt: skip
_OFF_THE_ROAD = frozenset({"footway", "path", "pedestrian", "cycleway", "bridleway", "steps", "track", "platform"})
_METRES = re.compile(r"(?P<metres>\d{1,3}(?:\.\d+)?)\s*m?", re.ASCII)
_PERCENT = re.compile(r"(?P<percent>[-+]?\d{1,3}(?:\.\d+)?)\s*%?", re.ASCII)


def read_traits(tags: list[Tags], way_tags: NDArray[np.int64]) -> Traits:
    """Read the traits that the tags of every way (w,) say."""
    return Traits(
        steps=np.array([_steps(way) for way in tags], np.uint8)[way_tags],
        kerb=np.array([_kerb(way) for way in tags], np.uint8)[way_tags],
        surface=np.array([_SURFACE.get(way.get("surface", ""), 0) for way in tags], np.uint8)[way_tags],
        smoothness=np.array([_SMOOTHNESS.get(way.get("smoothness", ""), 0) for way in tags], np.uint8)[way_tags],
        wheelchair=np.array([read_wheelchair(way) for way in tags], np.uint8)[way_tags],
        width_dm=np.array([parse_width_dm(way.get("width", "")) for way in tags], np.uint8)[way_tags],
        incline_percent=np.array([parse_incline_percent(way.get("incline", "")) for way in tags], np.int8)[way_tags],
        crossing=np.array([_is_crossing(way) for way in tags], np.bool_)[way_tags],
    )


def parse_width_dm(value: str) -> int:
    """Read `1.5` or `1.5 m` in whole decimetres, rounded down; 0 is unknown."""
    match = _METRES.fullmatch(value)
    return min(255, int(float(match["metres"]) * 10 + 1e-6)) if match else 0


def parse_incline_percent(value: str) -> int:
    """Read `-6%` or `6` rounded away from level; `up` and `steep` say nothing measured, so they are unknown."""
    match = _PERCENT.fullmatch(value)
    if not match:
        return UNKNOWN_INCLINE
    percent = float(match["percent"])
    return int(np.copysign(min(STEEPEST_PERCENT, np.ceil(abs(percent))), percent))


def read_obstacle(tags: Tags, *, on_crossing: bool) -> Obstacle:
    """Read what a node puts in the way; one mapped as passable in a wheelchair is none.

    A kerb where a crossing begins belongs to the crossing: along the pavement nobody steps over it.
    """
    if tags.get("wheelchair") in {"yes", "designated"}:
        return Obstacle.NONE
    if not on_crossing and tags.get("kerb") in {"raised", "rolled", "regular"}:
        return Obstacle.KERB
    if not on_crossing and (tags.get("kerb") == "yes" or (tags.get("barrier") == "kerb" and "kerb" not in tags)):
        return Obstacle.UNKNOWN
    return _OBSTACLE.get(tags.get("barrier", ""), Obstacle.NONE)


def read_wheelchair(tags: Tags) -> Wheelchair:
    return _WHEELCHAIR.get(tags.get("wheelchair", ""), Wheelchair.UNKNOWN)


def read_node_kerb(tags: Tags) -> Kerb:
    """Read the kerb at a node, unknown where none is mapped."""
    return _KERB.get(tags.get("kerb", ""), Kerb.UNKNOWN)


def _steps(tags: Tags) -> Steps:
    if tags.get("highway") != "steps":
        return Steps.NONE
    if tags.get("ramp:wheelchair") == "yes":
        return Steps.RAMP
    if tags.get("ramp:stroller") == "yes":
        return Steps.RAMP_STROLLER
    kinds = any(key in tags for key in ("ramp:wheelchair", "ramp:stroller", "ramp:bicycle"))
    return Steps.UNKNOWN if tags.get("ramp") == "yes" and not kinds else Steps.STEPS


def _kerb(tags: Tags) -> Kerb:
    if "kerb" in tags:
        return _KERB.get(tags["kerb"], Kerb.UNKNOWN)
    return Kerb.NONE if tags.get("highway") in _OFF_THE_ROAD and not _is_crossing(tags) else Kerb.UNKNOWN


def _is_crossing(tags: Tags) -> bool:
    return "crossing" in {tags.get("footway"), tags.get("path"), tags.get("cycleway")}
