"""Places at dates: what is in operation on a day, and what comes and goes until a later one.

Only what is in operation counts as Bestand (R5). A forecast says where its places come from, by the status
they have on the base day, and which are lost, closed or reduced (as by the Einzelzimmerquote). Bestand and
movements always add up: Bestand of the base day + Zugang - Wegfall + Ungewisses = Bestand of the later day.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.angebot import Status

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

NICHT_DA = ""
"""The status of an Angebot on a day of which nothing is stated: not yet, or no more."""
ERWARTET = (Status.GEPLANT, Status.GENEHMIGT, Status.IM_BAU)


class Bewegung(StrEnum):
    """How places come and go between two days; all counted positive but `UNGEWISS`."""

    ZUGANG_GEPLANT = "zugang_geplant"
    ZUGANG_GENEHMIGT = "zugang_genehmigt"
    ZUGANG_IM_BAU = "zugang_im_bau"
    ZUGANG_SONST = "zugang_sonst"
    """Opened again, or not stated at all on the base day."""
    ZUGANG_AUSBAU = "zugang_ausbau"
    """More places in a house that was in operation before."""
    WEGFALL_SCHLIESSUNG = "wegfall_schliessung"
    WEGFALL_ABBAU = "wegfall_abbau"
    """Fewer places in a house that goes on."""
    UNGEWISS = "ungewiss"
    """A number became known or unknown while the house went on: no place came or went, signed."""


BEWEGUNGEN = tuple(Bewegung)
_SIGN = np.array([1, 1, 1, 1, 1, -1, -1, 1], dtype=np.float64)
_OF_STATUS = {
    Status.GEPLANT: Bewegung.ZUGANG_GEPLANT,
    Status.GENEHMIGT: Bewegung.ZUGANG_GENEHMIGT,
    Status.IM_BAU: Bewegung.ZUGANG_IM_BAU,
}


@dataclass(frozen=True, eq=False)
class Platzzeiten:
    """Angebote of the kinds a question is about, with the times in which status and places stay the same.

    One equals only itself, so that what was computed of it is found again.

    Attributes
    ----------
    schluessel, name, quelle
        (n_angebote,) text: a stable key, what a reader calls it, who states it.
    area
        (n_angebote,) int32 index of the area each lies in, -1 none.
    angebot
        (n_zeiten,) int32 index of the Angebot each time belongs to; times of one Angebot never overlap.
    status
        (n_zeiten,) values of `Status`; times in which it is closed need not be there.
    plaetze
        (n_zeiten,) float64, NaN unknown.
    von, bis
        (n_zeiten,) datetime64[D], first and last valid day, NaT open.

    """

    schluessel: tuple[str, ...]
    name: tuple[str, ...]
    quelle: tuple[str, ...]
    area: Ints
    angebot: Ints
    status: NDArray[np.str_]
    plaetze: Floats
    von: NDArray[np.datetime64]
    bis: NDArray[np.datetime64]


@dataclass(frozen=True)
class Stand:
    """How each Angebot stands on a day.

    Attributes
    ----------
    status
        (n_angebote,) values of `Status`, "" where nothing is stated.
    plaetze
        (n_angebote,) float64, NaN unknown or not there.
    seit
        (n_angebote,) datetime64[D], since when it stands so, NaT open.

    """

    status: NDArray[np.str_]
    plaetze: Floats
    seit: NDArray[np.datetime64]


def stand_on(zeiten: Platzzeiten, tag: date) -> Stand:
    """Read status and places of each Angebot on a day; both ends of a time are inclusive."""
    day = np.datetime64(tag, "D")
    valid = (np.isnat(zeiten.von) | (zeiten.von <= day)) & (np.isnat(zeiten.bis) | (day <= zeiten.bis))
    n = len(zeiten.schluessel)
    status = np.full(n, NICHT_DA, dtype=np.array([*Status]).dtype)
    plaetze, seit = np.full(n, np.nan), np.full(n, np.datetime64("NaT", "D"))
    at = zeiten.angebot[valid]
    status[at], plaetze[at], seit[at] = zeiten.status[valid], zeiten.plaetze[valid], zeiten.von[valid]
    return Stand(status, plaetze, seit)


@dataclass(frozen=True)
class Platzbestand:
    """Places per area on one day.

    Attributes
    ----------
    plaetze
        (n_areas,) float64 in operation; a lower bound where `ohne_platzzahl` > 0.
    angebote, ohne_platzzahl
        (n_areas,) int32 Angebote in operation, and those of them whose places nobody states.

    """

    plaetze: Floats
    angebote: Ints
    ohne_platzzahl: Ints

    @property
    def unstated(self) -> NDArray[np.bool_]:
        """(n_areas,) bool: something is in operation, but of no place is known."""
        return np.asarray((self.ohne_platzzahl > 0) & (self.plaetze == 0))


def count_places(zeiten: Platzzeiten, tag: date, n_areas: int, status: Status = Status.IN_BETRIEB) -> Platzbestand:
    """Count the places of one status on a day."""
    stand = stand_on(zeiten, tag)
    return _count(zeiten, stand, stand.status == status, n_areas)


def _count(zeiten: Platzzeiten, stand: Stand, counted: NDArray[np.bool_], n_areas: int) -> Platzbestand:
    counted = counted & (zeiten.area >= 0)
    area, plaetze = zeiten.area[counted], stand.plaetze[counted]
    unknown = np.isnan(plaetze)
    return Platzbestand(
        plaetze=np.bincount(area, weights=np.nan_to_num(plaetze), minlength=n_areas).astype(np.float64),
        angebote=np.bincount(area, minlength=n_areas).astype(np.int32),
        ohne_platzzahl=np.bincount(area[unknown], minlength=n_areas).astype(np.int32),
    )


@dataclass(frozen=True)
class Angebotsvorausschau:
    """The places of a later day, and how they come about from those of the base day.

    Attributes
    ----------
    basis, bestand
        In operation on the base day and on the later one, as far as counted.
    bewegung
        (n_areas, len(BEWEGUNGEN)) float64 places, columns as `BEWEGUNGEN`.
    je_angebot
        (n_angebote,) float64 places each Angebot adds to `bestand`; 0 where it is not in operation,
        not counted or in no area, NaN where nobody states them.
    nicht_gerechnet
        (n_areas,) float64 places that would be in operation, but come from a status that is not counted.
    ohne_termin
        (n_areas,) float64 places that are still planned, approved or under construction on the later day.

    """

    basis: Platzbestand
    bestand: Platzbestand
    bewegung: Floats
    je_angebot: Floats
    seit: NDArray[np.datetime64]
    nicht_gerechnet: Floats
    ohne_termin: Floats


def foresee(
    zeiten: Platzzeiten, stichtag: date, tag: date, n_areas: int, *, gerechnet: Collection[Status] = ERWARTET
) -> Angebotsvorausschau:
    """Foresee the places of a day from what is stated today.

    Parameters
    ----------
    stichtag
        The base day; the status of an Angebot on it names where its places come from.
    gerechnet
        Which statuses of the base day count when they have come into operation by `tag`, of `ERWARTET`.

    """
    return _foresee(zeiten, stichtag, tag, n_areas, frozenset(gerechnet))


@lru_cache(maxsize=64)  # every rule and variant of a plan asks for the same few days: a millisecond each
def _foresee(
    zeiten: Platzzeiten, stichtag: date, tag: date, n_areas: int, gerechnet: frozenset[Status]
) -> Angebotsvorausschau:
    before, after = stand_on(zeiten, stichtag), stand_on(zeiten, tag)
    left_out = np.isin(before.status, [each for each in ERWARTET if each not in gerechnet])
    opened = after.status == Status.IN_BETRIEB
    counted = opened & ~left_out
    was = before.status == Status.IN_BETRIEB
    placed = zeiten.area >= 0
    return Angebotsvorausschau(
        basis=_count(zeiten, before, was, n_areas),
        bestand=_count(zeiten, after, counted, n_areas),
        bewegung=_move(zeiten.area, before, after, counted, n_areas),
        je_angebot=np.where(counted & placed, after.plaetze, 0.0),
        seit=after.seit,
        nicht_gerechnet=_count(zeiten, after, opened & left_out, n_areas).plaetze,
        ohne_termin=_count(zeiten, after, np.isin(after.status, ERWARTET), n_areas).plaetze,
    )


def balance(bewegung: Floats) -> Floats:
    """Sum movements (..., len(BEWEGUNGEN)) with their signs: the change of the Bestand."""
    return np.asarray(bewegung @ _SIGN)


def _move(area: Ints, before: Stand, after: Stand, counted: NDArray[np.bool_], n_areas: int) -> Floats:
    """Sort what each Angebot changes into `BEWEGUNGEN`: (n_areas, len(BEWEGUNGEN))."""
    moved, placed = sort_moves(before, after, counted), area >= 0
    return np.column_stack(
        [np.bincount(area[placed], weights=moved[kind][placed], minlength=n_areas) for kind in BEWEGUNGEN]
    )


def sort_moves(before: Stand, after: Stand, counted: NDArray[np.bool_]) -> dict[Bewegung, Floats]:
    """Say of each Angebot by which movement its places came or went: (n_angebote,) float64 by kind.

    Parameters
    ----------
    counted
        (n_angebote,) bool, whether it counts as Bestand on the later day.

    """
    was = before.status == Status.IN_BETRIEB
    old, new = np.where(was, np.nan_to_num(before.plaetze), 0.0), np.where(counted, np.nan_to_num(after.plaetze), 0.0)
    unsure = was & counted & (np.isnan(before.plaetze) | np.isnan(after.plaetze))
    stays = was & counted & ~unsure
    come = [counted & ~was & (before.status == status) for status in _OF_STATUS]
    change = new - old
    return {
        **{kind: np.where(mask, new, 0.0) for kind, mask in zip(_OF_STATUS.values(), come, strict=True)},
        Bewegung.ZUGANG_SONST: np.where(counted & ~was & ~np.any(come, axis=0), new, 0.0),
        Bewegung.ZUGANG_AUSBAU: np.where(stays, np.maximum(change, 0.0), 0.0),
        Bewegung.WEGFALL_SCHLIESSUNG: np.where(was & ~counted, old, 0.0),
        Bewegung.WEGFALL_ABBAU: np.where(stays, np.maximum(-change, 0.0), 0.0),
        Bewegung.UNGEWISS: np.where(unsure, change, 0.0),
    }
