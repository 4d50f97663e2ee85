"""Who may use a way or pass a barrier, and how fast: the tags of OpenStreetMap read as German law and habit.

The most specific access tag that is present decides (`motorcar` before `motor_vehicle` before `vehicle`
before `access`); without one the class of the way does. `destination` and `customers` let a vehicle begin
and end there, never pass through; walkers may pass. A way whose tags say nothing usable is left out and counted.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from infrastruktur.routing import profiles
from infrastruktur.routing.profiles import Modus

Tags = Mapping[str, str]

WAY_KEYS = frozenset(
    {
        "highway", "route", "area", "access", "foot", "vehicle", "bicycle", "motor_vehicle", "motorcar", "motorroad",
        "oneway", "oneway:bicycle", "oneway:foot", "junction", "cycleway", "cycleway:left", "cycleway:right",
        "cycleway:both", "maxspeed", "maxspeed:forward", "maxspeed:backward", "maxspeed:type", "source:maxspeed",
        "zone:maxspeed", "zone:traffic", "duration", "tunnel", "sidewalk", "sidewalk:left", "sidewalk:right",
        "sidewalk:both",
    }
)  # fmt: skip
NODE_KEYS = frozenset(
    {"barrier", "kerb", "wheelchair", "access", "foot", "vehicle", "bicycle", "motor_vehicle", "motorcar", "locked"}
)


class Ignored(StrEnum):
    """Why a way is no part of a mode's network."""

    CLASS = "class"
    ACCESS = "access"
    AREA = "area"
    REVERSIBLE = "reversible"
    TOO_SHORT = "too_short"


class Permission(StrEnum):
    YES = "yes"
    DESTINATION = "destination"
    NO = "no"


@dataclass(frozen=True)
class Passage:
    """How a mode travels a way: km/h along and against its drawing (0 where it may not), and in which role.

    `stopping`: a journey may begin or end on it, which no door does on a motorway, on a ferry or in a tunnel.
    `own_pace`: the speed is the profile's, not that of a ferry or of pushing.
    """

    forward_km_h: float
    backward_km_h: float
    destination: bool = False
    stopping: bool = True
    ferry: bool = False
    own_pace: bool = True
    duration_s: float | None = None


_ACCESS_TAGS: dict[Modus, tuple[str, ...]] = {
    Modus.ZU_FUSS: ("foot", "access"),
    Modus.RAD: ("bicycle", "vehicle", "access"),
    Modus.PKW: ("motorcar", "motor_vehicle", "vehicle", "access"),
}
_YES = frozenset({"yes", "permissive", "designated", "official", "public", "discouraged", "dismount"})
_DESTINATION = frozenset({"destination", "customers"})
_NO = frozenset(
    {"no", "private", "permit", "residents", "employees", "agricultural", "forestry", "agricultural;forestry",
     "delivery", "military", "emergency", "psv", "bus", "use_sidepath"}
)  # fmt: skip

_SIDEWALKS = frozenset({"yes", "both", "left", "right"})
_CYCLEWAYS = frozenset({"track", "lane", "share_busway", "opposite_track", "opposite_lane"})

_ROADS = frozenset(
    {"primary", "primary_link", "secondary", "secondary_link", "tertiary", "tertiary_link", "unclassified",
     "residential", "living_street", "service", "road"}
)  # fmt: skip
_FAST = frozenset({"motorway", "motorway_link", "trunk", "trunk_link"})
_CLASSES: dict[Modus, frozenset[str]] = {
    Modus.ZU_FUSS: _ROADS | {"pedestrian", "footway", "path", "steps", "track", "platform"},
    Modus.RAD: _ROADS | {"cycleway", "path", "track"},
    Modus.PKW: _ROADS | _FAST,
}
"""Open without an access tag, after the table of default access restrictions for Germany."""
_CLASSES_BY_SIGN: dict[Modus, frozenset[str]] = {
    Modus.ZU_FUSS: frozenset({"cycleway", "bridleway", "trunk", "trunk_link"}),
    Modus.RAD: frozenset({"footway", "pedestrian", "bridleway", "trunk", "trunk_link"}),
    Modus.PKW: frozenset({"pedestrian", "track"}),
}
"""Open only where the mode's own tag says so: `foot=yes` on a cycleway, `motor_vehicle=destination` on a square."""


def find_permission(tags: Tags, modus: Modus) -> Permission | None:
    """Read the most specific access tag; None where no tag speaks about this mode."""
    for tag in _ACCESS_TAGS[modus]:
        value = tags.get(tag)
        if value in _YES or (value == "use_sidepath" and _has_own_side(tags, modus)):
            return Permission.YES
        if value in _DESTINATION:
            return Permission.YES if modus is Modus.ZU_FUSS else Permission.DESTINATION
        if value in _NO:
            return Permission.NO
    return None


def _has_own_side(tags: Tags, modus: Modus) -> bool:
    """Whether the path one must use instead of the road is drawn as a part of this very way, not as one of its own."""
    key, kinds = ("sidewalk", _SIDEWALKS) if modus is Modus.ZU_FUSS else ("cycleway", _CYCLEWAYS)
    return any(tags.get(side) in kinds for side in (key, f"{key}:left", f"{key}:right", f"{key}:both"))


def read_passages(ways: Iterable[Tags], modus: Modus) -> list[Passage | Ignored]:
    """Read all ways; those that say the same of access are read once (611 of 1,955 in Aachen)."""
    known: dict[frozenset[tuple[str, str]], Passage | Ignored] = {}
    passages = []
    for tags in ways:
        said = frozenset(tag for tag in tags.items() if tag[0] in WAY_KEYS)
        if said not in known:
            known[said] = read_passage(tags, modus)
        passages.append(known[said])
    return passages


def read_passage(tags: Tags, modus: Modus) -> Passage | Ignored:
    """Read how `modus` travels a way, or why it does not."""
    if tags.get("route") == "ferry" and "highway" not in tags:
        return _read_ferry(tags, modus)
    highway = tags.get("highway", "")
    if highway not in _CLASSES[modus] and highway not in _CLASSES_BY_SIGN[modus]:
        return Ignored.CLASS
    if modus is not Modus.ZU_FUSS and tags.get("area") == "yes":
        return Ignored.AREA
    permission = _permission_of_way(tags, modus, highway)
    if permission is Permission.NO:
        return Ignored.ACCESS
    forward, backward = _directions(tags, modus, highway)
    if not (forward or backward):
        return Ignored.REVERSIBLE
    return Passage(
        _speed_km_h(tags, modus, highway, "forward") if forward else 0.0,
        _speed_km_h(tags, modus, highway, "backward") if backward else 0.0,
        destination=permission is Permission.DESTINATION,
        stopping=highway not in _FAST and tags.get("motorroad") != "yes" and tags.get("tunnel") != "yes",
        own_pace=modus is not Modus.RAD or tags.get("bicycle") != "dismount",
    )


def _permission_of_way(tags: Tags, modus: Modus, highway: str) -> Permission:
    if highway in _CLASSES_BY_SIGN[modus] or (tags.get("motorroad") == "yes" and modus is not Modus.PKW):
        own_tags = {tag: value for tag, value in tags.items() if tag not in {"access", "vehicle"}}
        return find_permission(own_tags, modus) or Permission.NO
    return find_permission(tags, modus) or Permission.YES


def _read_ferry(tags: Tags, modus: Modus) -> Passage | Ignored:
    permission = find_permission(tags, modus) or (Permission.NO if modus is Modus.PKW else Permission.YES)
    if permission is Permission.NO:
        return Ignored.ACCESS
    forward, backward = _oneway(tags.get("oneway"))
    speed = profiles.FERRY_KM_H
    return Passage(
        speed if forward else 0.0,
        speed if backward else 0.0,
        stopping=False,
        ferry=True,
        own_pace=False,
        duration_s=parse_duration_s(tags),
    )


def parse_duration_s(tags: Tags) -> float | None:
    """Read `duration` (`12`, `00:12`, `00:12:30`) in seconds; None where it is absent or says something else."""
    parts = tags.get("duration", "").split(":")
    if not all(part.isascii() and part.isdigit() for part in parts) or len(parts) > 3:  # noqa: PLR2004  h:mm:ss
        return None
    hours, minutes, seconds = {1: (0, *map(int, parts), 0), 2: (*map(int, parts), 0), 3: tuple(map(int, parts))}[
        len(parts)
    ]
    return float(hours * 3600 + minutes * 60 + seconds) or None


def _oneway(value: str | None) -> tuple[bool, bool]:
    if value in {"yes", "true", "1"}:
        return True, False
    if value in {"-1", "reverse"}:
        return False, True
    if value in {"reversible", "alternating"}:
        return False, False
    return True, True


def _directions(tags: Tags, modus: Modus, highway: str) -> tuple[bool, bool]:
    if modus is Modus.ZU_FUSS:
        return _oneway(tags.get("oneway:foot"))
    value = tags.get("oneway")
    if value is None and (highway == "motorway" or tags.get("junction") in {"roundabout", "circular"}):
        value = "yes"
    if modus is Modus.RAD:
        lanes = (tags.get(key, "") for key in ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both"))
        if "oneway:bicycle" in tags:
            value = tags["oneway:bicycle"]
        elif any(lane.startswith("opposite") for lane in lanes):
            value = "no"
    return _oneway(value)


def _speed_km_h(tags: Tags, modus: Modus, highway: str, direction: str) -> float:
    if modus is Modus.ZU_FUSS:
        return profiles.WALK_REFERENCE_KM_H
    if modus is Modus.RAD:
        cycled, pushed = profiles.cycling_km_h()
        return pushed if tags.get("bicycle") == "dismount" else cycled
    driving = profiles.driving()
    usual = driving.klasse_km_h[highway]
    limit = find_limit_km_h(tags, direction)
    if limit is None:
        return usual
    travelled = min(limit * driving.anteil_des_limits, driving.hoechstens_km_h)
    return min(travelled, usual) if highway in driving.langsam else travelled


def find_limit_km_h(tags: Tags, direction: str) -> float | None:
    """Find the legal limit in km/h for `forward` or `backward`; the tag `maxspeed` wins over where it comes from."""
    for key in (f"maxspeed:{direction}", "maxspeed", "zone:maxspeed", "maxspeed:type", "source:maxspeed",
                "zone:traffic"):  # fmt: skip
        limit = parse_limit_km_h(tags.get(key, ""))
        if limit is not None:
            return limit
    return None


_MILE_KM = 1.609344
_NUMBER = re.compile(r"(?P<number>\d{1,3}(?:\.\d+)?)\s*(?P<mile>mph)?(?:\s*km/h)?", re.ASCII)
_COUNTRY = re.compile(r"^[A-Z]{2}:", re.ASCII)
_ZONE = re.compile(r"zone:?\s*(?P<number>\d{1,3})", re.ASCII)


def parse_limit_km_h(value: str) -> float | None:
    """Read `50`, `30 mph`, `50;30` (the lower), `walk`, `none`, `DE:urban`, `DE:zone:30`; None for anything else."""
    limits = [_parse_one_limit(part.strip()) for part in value.split(";")]
    known = [limit for limit in limits if limit]
    return min(known) if known else None


def _parse_one_limit(text: str) -> float | None:
    name = _COUNTRY.sub("", text)
    if number := _NUMBER.fullmatch(name):
        return float(number["number"]) * (_MILE_KM if number["mile"] else 1)
    if zone := _ZONE.fullmatch(name):
        return float(zone["number"])
    return profiles.LEGAL_LIMIT_KM_H.get(name)


_OPEN_TO_ALL = frozenset({"entrance", "toll_booth", "border_control", "cattle_grid", "kerb", "height_restrictor", "no"})
_CLOSED_TO_BIKES = frozenset(
    {"stile", "kissing_gate", "turnstile", "full-height_turnstile", "wall", "fence", "hedge", "retaining_wall", "log"}
)
_CLOSED_TO_WALKERS = frozenset({"wall", "fence", "retaining_wall"})
_AGAINST_VEHICLES = frozenset({"bollard", "block", "cycle_barrier", "motorcycle_barrier", "bus_trap", "planter"})


def is_passable(tags: Tags, modus: Modus) -> bool:
    """Whether `modus` gets past a node: cars stop at any barrier that is not known to be open to them.

    `access=no` on a bollard is meant for vehicles, so walkers and bikes are asked about by their own tag there.
    """
    if "barrier" not in tags:
        return True
    barrier, asked = tags["barrier"], tags
    if barrier in _AGAINST_VEHICLES and modus is not Modus.PKW:
        asked = {tag: value for tag, value in tags.items() if tag not in {"access", "vehicle"}}
    permission = find_permission(asked, modus)
    if permission is not None:
        return permission is not Permission.NO
    if barrier in _OPEN_TO_ALL:
        return True
    if tags.get("locked") == "yes" or modus is Modus.PKW:
        return False
    return barrier not in (_CLOSED_TO_BIKES if modus is Modus.RAD else _CLOSED_TO_WALKERS)
