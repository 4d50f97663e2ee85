"""How somebody moves: the modes, and the profiles with their speeds and needs, read from schemas/profile.toml.

Every figure stands once, there with its source; here stand those of the law and of the engine. A working value is
named as such: it is a decision of this project until a Kommune decides otherwise, not a measurement.
"""

import hashlib
import tomllib
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from infrastruktur.domain.errors import InvalidParameter, SourceRefused
from infrastruktur.domain.gruppe import OLDEST, Gruppe
from infrastruktur.resources import folder


class Modus(StrEnum):
    """A way to move, as the API spells it."""

    ZU_FUSS = "zu_fuss"
    RAD = "rad"
    PKW = "pkw"


WALK_REFERENCE_KM_H = 3.6
"""Walk networks are stated at 1 m/s, so 1 decisecond is 1 decimetre and another walker only rescales the limit."""

OFFROAD_KM_H = 4.5
"""From the kerb to the door for those who came by bike or car (working value)."""

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


KmH = Annotated[float, msgspec.Meta(gt=0, le=200)]
Unknown = Literal["offen", "gesperrt"]


class Bedarf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a way may be for a profile, by the names of `traits` in small letters; None: whatever it is.

    `width_m` is the least width, `incline_percent` the steepest slope up or down.
    """

    steps: frozenset[str] | None = None
    kerb: frozenset[str] | None = None
    surface: frozenset[str] | None = None
    smoothness: frozenset[str] | None = None
    wheelchair: frozenset[str] | None = None
    obstacle: frozenset[str] | None = None
    width_m: Annotated[float, msgspec.Meta(gt=0)] | None = None
    incline_percent: Annotated[float, msgspec.Meta(ge=0)] | None = None


class Unbekannt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether what nobody has mapped is open to a profile or closed; either way it is counted."""

    steps: Unknown = "offen"
    kerb: Unknown = "offen"
    surface: Unknown = "offen"
    smoothness: Unknown = "offen"
    wheelchair: Unknown = "offen"
    obstacle: Unknown = "offen"
    width: Unknown = "offen"
    incline: Unknown = "offen"


class Strassen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Driving: km/h by class where no limit is tagged, else a share of the limit, never above `hoechstens_km_h`.

    The classes in `langsam` are never driven faster than their own speed, whatever limit is tagged.
    """

    klasse_km_h: dict[str, KmH]
    langsam: frozenset[str]
    anteil_des_limits: Annotated[float, msgspec.Meta(gt=0, le=1)]
    hoechstens_km_h: KmH


class Profil(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who moves; `grundlage` is the source of the figures, or says that they are working values.

    `tempo_km_h` is the pace of walking or cycling, `geschoben_km_h` that of pushing a bike. `tempo_faktor` scales the
    driven speeds of a car profile. `alter` is the age band whose pace this is.
    """

    code: str
    titel: str
    modus: Modus
    grundlage: Annotated[str, msgspec.Meta(min_length=1)]
    tempo_km_h: KmH | None = None
    geschoben_km_h: KmH | None = None
    tempo_faktor: Annotated[float, msgspec.Meta(gt=0, le=2)] = 1.0
    alter: tuple[int, int] | None = None
    braucht: Bedarf | None = None
    unbekannt: Unbekannt = Unbekannt()
    strassen: Strassen | None = None


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    profil: tuple[Profil, ...]


def parse_profile(data: dict[str, Any], source: str) -> tuple[Profil, ...]:
    """Read the blocks of a profile file.

    Raises
    ------
    SourceRefused
        A field is missing, unknown or out of range, a code occurs twice, or a pace is missing.

    """
    try:
        profile = msgspec.convert(data, _File).profil
    except msgspec.ValidationError as error:
        raise SourceRefused(source, f"Ein Profil ist nicht lesbar: {error}") from error
    codes = [profil.code for profil in profile]
    if repeated := sorted({code for code in codes if codes.count(code) > 1}):
        raise SourceRefused(source, f"Das Profil {repeated[0]!r} steht zweimal da. Bitte eines umbenennen.")
    for profil in profile:
        if profil.modus is not Modus.PKW and profil.tempo_km_h is None:
            raise SourceRefused(source, f"Dem Profil {profil.code!r} fehlt tempo_km_h.")
    return profile


@lru_cache(maxsize=1)
def list_profile() -> tuple[Profil, ...]:
    """Read the profiles of this project, once per process."""
    path = _file()
    return parse_profile(tomllib.loads(path.read_text(encoding="utf-8")), path.name)


def digest_profile() -> str:
    """Compute the SHA-256 of the file of profiles: networks hold the speeds of the file they were built with."""
    return hashlib.sha256(_file().read_bytes()).hexdigest()


def _file() -> Path:
    return folder("schemas") / "profile.toml"


def get_profil(code: str) -> Profil:
    """Find a profile by its code.

    Raises
    ------
    InvalidParameter
        There is none of that name.

    """
    for profil in list_profile():
        if profil.code == code:
            return profil
    known = ", ".join(profil.code for profil in list_profile())
    raise InvalidParameter("profil", f"Das Profil {code!r} gibt es nicht. Möglich sind: {known}.")


@lru_cache(maxsize=1)
def walking_speeds() -> tuple[tuple[Gruppe, float], ...]:
    """Age bands in rising order and their pace in km/h; they tile all ages."""
    bands = sorted(
        (Gruppe(*profil.alter), profil.tempo_km_h) for profil in list_profile() if profil.alter and profil.tempo_km_h
    )
    ages = [0, *(age for band, _ in bands for age in (band.von, band.unter)), OLDEST]
    if not bands or any(end != begin for end, begin in list(pairwise(ages))[::2]):
        raise SourceRefused("profile.toml", "Die Altersgruppen der Profile lassen eine Lücke oder überschneiden sich.")
    return tuple(bands)


def driving() -> Strassen:
    """Tell the speeds by which car networks are built."""
    strassen = get_profil(Modus.PKW).strassen
    if strassen is None:
        raise SourceRefused("profile.toml", "Dem Profil 'pkw' fehlt der Abschnitt strassen.")
    return strassen


def cycling_km_h() -> tuple[float, float]:
    """Tell the speeds by which bike networks are built: cycled and pushed."""
    rad = get_profil(Modus.RAD)
    if rad.tempo_km_h is None or rad.geschoben_km_h is None:
        raise SourceRefused("profile.toml", "Dem Profil 'rad' fehlt tempo_km_h oder geschoben_km_h.")
    return rad.tempo_km_h, rad.geschoben_km_h


def fastest_walk_km_h() -> float:
    """Pace of the fastest of all walkers."""
    return max(speed for _, speed in walking_speeds())


def split_by_speed(gruppe: Gruppe) -> tuple[Gruppe, ...]:
    """Cut a group at the ages where the walking speed changes: `ab75` into `75bis84` and `ab85`."""
    return tuple(
        Gruppe(max(gruppe.von, band.von), min(gruppe.unter, band.unter))
        for band, _ in walking_speeds()
        if band.von < gruppe.unter and gruppe.von < band.unter
    )


def walking_speed_km_h(gruppe: Gruppe) -> float:
    """Speed of a group in km/h; one that spans several speeds walks at its slowest, so no figure is flattered."""
    return min(speed for band, speed in walking_speeds() if band.von < gruppe.unter and gruppe.von < band.unter)


def neighbouring_speed_km_h(speed_km_h: float, step: int) -> float:
    """Give the walking speed so many age profiles faster (`step` > 0) or slower; at either end it stays."""
    known = sorted({speed for _, speed in walking_speeds()})
    return known[min(max(known.index(speed_km_h) + step, 0), len(known) - 1)]


def walk_limit_ds(limit_s: float, speed_km_h: float) -> int:
    """Limit on the walk network, in ds, that somebody of `speed_km_h` reaches within `limit_s`."""
    return int(limit_s * 10 * speed_km_h / WALK_REFERENCE_KM_H + 1e-6)


def walk_s(time_ds: float, speed_km_h: float) -> float:
    """Seconds that somebody of `speed_km_h` needs for `time_ds` of the walk network."""
    return time_ds / 10 * WALK_REFERENCE_KM_H / speed_km_h


def offroad_ds_per_m(modus: Modus) -> float:
    """Deciseconds a metre off the road: at the reference when walking, so that it rescales with the walker."""
    return 36 / (WALK_REFERENCE_KM_H if modus is Modus.ZU_FUSS else OFFROAD_KM_H)
