"""How somebody moves: the modes, walking speeds by age, and driving and cycling speeds.

Every figure stands here once. A working value is named as such: it is a decision of this project
until a Kommune decides otherwise, not a measurement.
"""

from enum import StrEnum

from infrastruktur.domain.gruppe import OLDEST, Gruppe


class Modus(StrEnum):
    """A way to move, as the API spells it."""

    ZU_FUSS = "zu_fuss"
    RAD = "rad"
    PKW = "pkw"


WALK_REFERENCE_KM_H = 3.6
"""Walk networks are stated at 1 m/s, so 1 decisecond is 1 decimetre and another walker only rescales the limit."""

OFFROAD_KM_H = 4.5
"""From the kerb to the door for those who came by bike or car (working value)."""

WALKING_SPEED_KM_H: tuple[tuple[Gruppe, float], ...] = (
    (Gruppe(0, 10), 3.5),
    (Gruppe(10, 65), 4.5),
    (Gruppe(65, 75), 3.5),
    (Gruppe(75, 85), 3.0),
    (Gruppe(85, OLDEST), 2.5),
)
"""By age, km/h. From 65: Mikrozensus Mobilität und Verkehr, Switzerland, as reported by Fussverkehr Schweiz;
under 10 and 10 to 64 are working values."""

BIKE_KM_H = 15.0
"""Cycling on anything that may be cycled (working value)."""

BIKE_PUSHED_KM_H = 4.0
"""Where the sign says to dismount (working value)."""

CAR_SPEED_KM_H: dict[str, float] = {
    "motorway": 110.0,
    "motorway_link": 60.0,
    "trunk": 80.0,
    "trunk_link": 50.0,
    "primary": 50.0,
    "primary_link": 40.0,
    "secondary": 45.0,
    "secondary_link": 35.0,
    "tertiary": 40.0,
    "tertiary_link": 30.0,
    "unclassified": 35.0,
    "residential": 27.0,
    "road": 27.0,
    "living_street": 7.0,
    "service": 12.0,
    "pedestrian": 7.0,
    "track": 12.0,
}
"""Travelled speed by class where no limit is tagged, between the limits inside (50) and outside (100) a
built-up area (working values)."""

CAR_SLOW_CLASSES = frozenset({"living_street", "service", "pedestrian", "track"})
"""Classes whose own speed stays the ceiling, whatever limit is tagged."""

CAR_SHARE_OF_LIMIT = 0.85
"""Part of the legal limit that is travelled, lights and bends included (working value)."""

CAR_FASTEST_KM_H = 120.0
"""Ceiling where no limit applies: below the Richtgeschwindigkeit of 130 km/h."""

LEGAL_LIMIT_KM_H: dict[str, float] = {
    "walk": 7.0,
    "living_street": 7.0,
    "urban": 50.0,
    "rural": 100.0,
    "trunk": 130.0,
    "motorway": 130.0,
    "none": 150.0,
}
"""Limits that are tagged by name (`DE:urban`), after § 3 and § 42 StVO."""

FERRY_KM_H = 6.0
"""Crossing where no duration is tagged (working value)."""

FERRY_WAIT_S = 600.0
"""Waiting for a ferry: half of a 20-minute service (working value)."""


def fastest_walk_km_h() -> float:
    return max(speed for _, speed in WALKING_SPEED_KM_H)


def split_by_speed(gruppe: Gruppe) -> tuple[Gruppe, ...]:
    """Cut a group at the ages where the walking speed changes: `ab75` into `75bis84` and `ab85`."""
    return tuple(
        Gruppe(max(gruppe.von, band.von), min(gruppe.unter, band.unter))
        for band, _ in WALKING_SPEED_KM_H
        if band.von < gruppe.unter and gruppe.von < band.unter
    )


def walking_speed_km_h(gruppe: Gruppe) -> float:
    """Speed of a group in km/h; one that spans several speeds walks at its slowest, so no figure is flattered."""
    return min(speed for band, speed in WALKING_SPEED_KM_H if band.von < gruppe.unter and gruppe.von < band.unter)


def walk_limit_ds(limit_s: float, speed_km_h: float) -> int:
    """Limit on the walk network, in ds, that somebody of `speed_km_h` reaches within `limit_s`."""
    return int(limit_s * 10 * speed_km_h / WALK_REFERENCE_KM_H + 1e-6)


def walk_s(time_ds: float, speed_km_h: float) -> float:
    """Seconds that somebody of `speed_km_h` needs for `time_ds` of the walk network."""
    return time_ds / 10 * WALK_REFERENCE_KM_H / speed_km_h


def offroad_ds_per_m(modus: Modus) -> float:
    """Deciseconds a metre off the road: at the reference when walking, so that it rescales with the walker."""
    return 36 / (WALK_REFERENCE_KM_H if modus is Modus.ZU_FUSS else OFFROAD_KM_H)
