"""Split a group by how its people go: each part at its own pace, with its own limit, where it lives."""

from dataclasses import dataclass

from infrastruktur.domain.errors import InvalidParameter, NotAssessable
from infrastruktur.domain.gruppe import Gruppe
from infrastruktur.domain.ziel import Ziel
from infrastruktur.routing.profiles import (
    WALK_REFERENCE_KM_H,
    Modus,
    get_profil,
    neighbouring_speed_km_h,
    split_by_speed,
    walk_limit_ds,
    walking_speed_km_h,
)
from infrastruktur.usecases.spread_population import Verteilung, Wohnorte
from infrastruktur.usecases.take_out_homes import Abzug

_STEPS = {"ueblich": 0, "langsamer": -1, "schneller": 1}


@dataclass(frozen=True)
class Gehende:
    """A part of the group that moves alike: where it lives, its limit and its pace.

    `reference_ds` is the limit in deciseconds of the network's own pace, `pace` the factor from
    there to this group's seconds.
    """

    gruppe: Gruppe
    wohnorte: Wohnorte
    limit_ds: int
    pace: float
    profil: str
    abzug: Abzug | None = None
    """Who of the part lived in homes and was taken out, where the target leaves them out."""


def split_group(verteilung: Verteilung, ziel: Ziel) -> tuple[Gehende, ...]:
    """Split a group by pace, where the sources allow it; else all of it goes at its slowest pace."""
    if ziel.modus != Modus.ZU_FUSS or ziel.max_meter is not None or ziel.profil is not None:
        return (_part(verteilung, ziel, ziel.gruppe),)
    try:
        return tuple(_part(verteilung, ziel, gruppe) for gruppe in split_by_speed(ziel.gruppe))
    except NotAssessable:
        return (_part(verteilung, ziel, ziel.gruppe),)


def _part(verteilung: Verteilung, ziel: Ziel, gruppe: Gruppe) -> Gehende:
    wohnorte = verteilung.locate(gruppe)
    if ziel.max_meter is not None:
        limit_ds = round(ziel.max_meter * 36 / WALK_REFERENCE_KM_H)
        return Gehende(gruppe, wohnorte, limit_ds, 1.0, f"{ziel.max_meter} m {ziel.metrik}")
    if ziel.max_minuten is None:
        raise InvalidParameter("max_minuten", "Es fehlt die Grenze in Minuten.")
    if ziel.modus != Modus.ZU_FUSS:
        return Gehende(gruppe, wohnorte, ziel.max_minuten * 600, 1.0, ziel.modus)
    who, usual_km_h = _choose_pace(ziel, gruppe)
    speed_km_h = usual_km_h if ziel.tempo == "ueblich" else neighbouring_speed_km_h(usual_km_h, _STEPS[ziel.tempo])
    limit_ds = walk_limit_ds(ziel.max_minuten * 60, speed_km_h)
    profil = f"{who} {speed_km_h:.1f} km/h".replace(".", ",")
    return Gehende(gruppe, wohnorte, limit_ds, WALK_REFERENCE_KM_H / speed_km_h, profil)


def _choose_pace(ziel: Ziel, gruppe: Gruppe) -> tuple[str, float]:
    """Name who walks and how fast in km/h: the profile that is asked for, else the age group."""
    if ziel.profil is None:
        return gruppe.titel, walking_speed_km_h(gruppe)
    profil = get_profil(ziel.profil)
    return profil.titel, profil.tempo_km_h or walking_speed_km_h(gruppe)
