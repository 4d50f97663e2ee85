"""Prepare a journey: who moves how, between which places, and which Angebote there are on a day.

What isochrones, matrix and nearby share. A place that is not on the network is never moved to one nor left out: it
stays in its row, with the reason.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import InvalidParameter, LimitExceeded, NotFound
from infrastruktur.domain.geometry import describe_implausible, transform_xy
from infrastruktur.domain.gruppe import parse_gruppe
from infrastruktur.domain.tabelle import Herkunft
from infrastruktur.routing.doors import to_doors
from infrastruktur.routing.network import Network
from infrastruktur.routing.profiles import (
    WALK_REFERENCE_KM_H,
    Modus,
    Profil,
    get_profil,
    walk_limit_ds,
    walk_s,
    walking_speed_km_h,
)
from infrastruktur.routing.search import times_to_edge_of_data
from infrastruktur.routing.snap import Snapped, SnapReason, snap
from infrastruktur.routing.weights import count_open, weights_for
from infrastruktur.settings import Limits
from infrastruktur.storage import quellen
from infrastruktur.storage.angebote import Supply
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.publish_table import name_kenntnis

ADULT_KM_H = 4.5
"""Who names no age group walks like somebody of 20 to 64."""

Points = tuple[tuple[float, float], ...]
"""Longitude and latitude of each."""


class Richtung(StrEnum):
    """Which way people go: to the place asked about, or away from it. One-way streets make the difference."""

    HIN = "hin"
    ZURUECK = "zurueck"


class Wer(msgspec.Struct, frozen=True, kw_only=True):
    """Who travels, as each question says it: a profile sets pace and ways, else the age group sets the pace."""

    modus: str
    altersgruppe: str | None = None
    profil: str | None = None


class Hindernis(StrEnum):
    """Why there is no travel time."""

    OHNE_PUNKT = "ohne_punkt"
    OHNE_STRASSE = "ohne_strasse"
    INSEL = "insel"
    RAND_DER_DATEN = "rand_der_daten"
    ZU_WEIT = "zu_weit"
    KEIN_ANGEBOT = "kein_angebot"


HINDERNISSE = {
    Hindernis.OHNE_PUNKT: "Der Katalog kennt noch keinen Punkt dieses Angebots.",
    Hindernis.OHNE_STRASSE: "Der Ort liegt zu weit von jeder Straße im Netz.",
    Hindernis.INSEL: "Der Ort liegt an einem Wegstück ohne Verbindung zum übrigen Netz.",
    Hindernis.RAND_DER_DATEN: "In der Zeit kein Weg im Netz, doch hinter dem Rand der Daten könnte einer liegen.",
    Hindernis.ZU_WEIT: "In der Zeit nicht zu erreichen.",
    Hindernis.KEIN_ANGEBOT: "An diesem Tag ist kein solches Angebot in Betrieb.",
}

_NOT_SNAPPED = {SnapReason.NO_POINT: Hindernis.OHNE_PUNKT, SnapReason.TOO_FAR: Hindernis.OHNE_STRASSE}


@dataclass(frozen=True)
class Reise:
    """A way to move on its network, as it is open to a profile; `speed_km_h` is a walker's, None for other modes."""

    network: Network
    speed_km_h: float | None
    profil: Profil | None = None

    @property
    def titel(self) -> str:
        who = self.network.modus.value if self.profil is None else self.profil.titel
        return who if self.speed_km_h is None else f"{who} {self.speed_km_h:.1f} km/h".replace(".", ",")

    @property
    def ways(self) -> tuple[str, ...]:
        """Name the network for those who remember what they computed on it."""
        named = (self.network.generation, self.network.modus.value)
        return named if self.profil is None else (*named, self.profil.code)

    def describe_ways(self) -> Iterator[str]:
        """Say what is closed to the profile, and of how much nobody knows."""
        if self.profil is None or self.profil.braucht is None:
            return
        offen = count_open(self.network, self.profil)
        yield (
            f"Profil „{self.profil.titel}“: {offen.closed_km:.0f} von {offen.length_km:.0f} km Wegen sind gesperrt; "
            f"bei {100 * offen.unknown_edges / max(1, offen.edges):.0f} % der Wegstücke ist nicht alles kartiert."
        )

    def limit_ds(self, minutes: int) -> int:
        """Give the limit on the network, in its own deciseconds."""
        return minutes * 600 if self.speed_km_h is None else walk_limit_ds(minutes * 60, self.speed_km_h)

    def seconds(self, time_ds: NDArray[np.int32]) -> NDArray[np.float64]:
        """Turn times (n,) of the network into this traveller's seconds."""
        return np.asarray(walk_s(1, self.speed_km_h or WALK_REFERENCE_KM_H) * time_ds, dtype=np.float64)


@dataclass(frozen=True)
class Orte:
    """Places on the network: points (n, 2) in EPSG:25832, NaN for none, and the Angebot each is, "" none.

    `door_25832` (n, 2) is the door at which ways begin and end, NaN where that is the point itself.
    """

    xy_25832: NDArray[np.float64]
    angebot: tuple[str, ...]
    door_25832: NDArray[np.float64]
    snapped: Snapped

    def __len__(self) -> int:
        return len(self.angebot)

    @property
    def at_door(self) -> NDArray[np.bool_]:
        """Tell which places (n,) are entered by a door that is mapped."""
        return np.isfinite(self.door_25832[:, 0])

    def describe_doors(self) -> Iterator[str]:
        """Say for how many places the door is known."""
        known = int(self.at_door.sum())
        if known and len(self) == 1:
            yield "Die Haustür des Orts ist kartiert: Dort beginnt oder endet der Weg."
        elif known:
            yield (
                f"Von {known} der {len(self)} Orte ist die Haustür kartiert: Dort beginnt oder endet der Weg, bei den "
                "anderen am Punkt selbst."
            )

    def hindernis(self, place: int) -> Hindernis | None:
        """Say why a place is not on the network; None when it is."""
        if self.snapped.edge[place] >= 0:
            return None
        return _NOT_SNAPPED[SnapReason(int(self.snapped.reason[place]))]

    def on_island(self, place: int) -> bool:
        return int(self.snapped.reason[place]) == SnapReason.ISLAND


def parse_modus(text: str) -> Modus:
    if text not in set(Modus):
        raise InvalidParameter("modus", f"Möglich sind {', '.join(Modus)}; für oepnv liegt kein Fahrplan vor.")
    return Modus(text)


def longest_minutes(limits: Limits) -> dict[Modus, int]:
    """Give the longest travel time one request may ask for, by mode."""
    return {
        Modus.ZU_FUSS: limits.isochrone_minutes_walk,
        Modus.RAD: limits.isochrone_minutes_bike,
        Modus.PKW: limits.isochrone_minutes_car,
    }


def open_reise(context: Context, wer: Wer, minutes: Iterable[int]) -> Reise:
    """Open the network of a mode for somebody, after checking the minutes.

    Raises
    ------
    InvalidParameter
        A mode nobody knows or without a timetable, or a profile nobody knows or of another mode.
    LimitExceeded
        More minutes than one request may ask for.
    NetworkRefused
        There is no network.

    """
    known = parse_modus(wer.modus)
    longest, asked = longest_minutes(context.settings.limits)[known], tuple(minutes)
    if min(asked) < 1:
        raise InvalidParameter("minuten", "Eine Reisezeit dauert mindestens 1 Minute.")
    if max(asked) > longest:
        raise LimitExceeded(f"Mit „{known}“ sind höchstens {longest} Minuten möglich, gefragt sind {max(asked)}.")
    network, walks = context.network(known), known is Modus.ZU_FUSS
    if wer.profil is not None:
        profil = get_profil(wer.profil)
        key = ("profil", network.generation, known, profil.code)
        opened = context.networks.recall(key, lambda: weights_for(network, profil))
        return Reise(opened, profil.tempo_km_h if walks else None, profil)
    speed = ADULT_KM_H if wer.altersgruppe is None else walking_speed_km_h(parse_gruppe(wer.altersgruppe))
    return Reise(network, speed if walks else None)


def place_points(reise: Reise, points_4326: Points, name: str) -> Orte:
    """Put points on the network; `name` is the parameter they came by. Raises InvalidParameter outside Germany.

    Who points at a house means it, so these too go by its door.
    """
    for lon, lat in points_4326:
        wrong = describe_implausible(lon, lat, 4326)
        if wrong is not None:
            raise InvalidParameter(name, f"„{lon},{lat}“: {wrong} Erwartet wird Länge,Breite in Grad.")
    xy = transform_xy(np.array(points_4326, dtype=np.float64).reshape(-1, 2), 4326, 25832)
    return _place(reise, xy, ("",) * len(xy))


def place_angebote(reise: Reise, supply: Supply, ids: Iterable[str]) -> Orte:
    """Put Angebote on the network, in the order asked for.

    Raises
    ------
    NotFound
        An Angebot that is not there on the day, or not for this reader.

    """
    row_of = {id_: row for row, id_ in enumerate(supply.id.tolist())}
    asked = tuple(ids)
    for id_ in asked:
        if id_ not in row_of:
            raise NotFound(f"Das Angebot „{id_}“ gibt es an diesem Tag nicht.")
    return place_supply(reise, supply.take(np.array([row_of[id_] for id_ in asked], np.intp)))


def place_supply(reise: Reise, supply: Supply) -> Orte:
    """Put all Angebote of a supply on the network, in its order."""
    return _place(reise, supply.xy_25832, tuple(supply.id.tolist()))


def _place(reise: Reise, xy: NDArray[np.float64], angebot: tuple[str, ...]) -> Orte:
    needs = None if reise.profil is None else reise.profil.braucht
    steps = to_doors(reise.network.doors, xy, braucht=needs)
    door = np.where(steps.door[:, None] >= 0, steps.xy_25832, np.nan)
    return Orte(xy, angebot, door, snap(reise.network, steps.xy_25832))


def minutes_to_edge(reise: Reise, places: Snapped, *, limit_ds: int, reverse: bool) -> int | None:
    """Give the whole minutes up to which a search from `places` misses nothing; None when it meets no edge of the data.

    `reverse` as in the search: people travel towards the places.
    """
    found = times_to_edge_of_data(reise.network, places, limit_ds=limit_ds, reverse=not reverse)
    met = found[found >= 0]
    return int(reise.seconds(met).min() // 60) if len(met) else None


def name_herkunft(
    context: Context, titel: str, stichtag: date, *, parameter: dict[str, Any], hinweise: Iterable[str]
) -> Herkunft:
    """Say where travel times come from: sources, network and data revision."""
    with context.store.read() as connection:
        named = tuple(f"{quelle.titel} ({quelle.namensnennung})" for quelle in quellen.list_quellen(connection))
    herkunft = Herkunft(
        titel=titel,
        stichtag=stichtag,
        quellen=named,
        parameter=parameter,
        netz=context.network_generation(),
        datenstand=context.revision(),
        hinweise=tuple(hinweise),
    )
    return name_kenntnis(context, herkunft)


def whole_minutes(seconds: NDArray[np.float64]) -> NDArray[np.int64]:
    """Round seconds (n,) up to whole minutes, so that nobody is promised less than the way takes."""
    return np.ceil(seconds / 60 - 1e-6).astype(np.int64)
