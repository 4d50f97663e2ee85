"""Lücken: how many people are short of a target, where most, and what is nearest to them.

A gap is said twice: all people without access, and those of them missing until the target is met.
The target is judged on people about whom something can be said: someone without a statement is
neither served nor unserved, and is shown beside.
"""

import math
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import Grund
from infrastruktur.planning.coverage import (
    ERREICHT,
    NICHT_ERREICHT,
    OHNE_AUSSAGE,
    anteil_erreicht,
    anteil_prozent,
)
from infrastruktur.planning.ways import TOLERANCE
from infrastruktur.routing.kernels import compiled

NOISE_PERSONEN = 1e-6
"""Raked sums carry float noise up to this; it must not round a met target up to one missing person."""
UNSICHER_ANTEIL = 0.2
"""Above this share of Angebote unchecked for 12 months a figure is uncertain (criteria set, domain 4.2)."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Luecken:
    """Gaps of one target for the areas of one level, (n_areas,) each.

    `anteil_prozent` is the share reached of all people, as in coverage; `anteil_beurteilt_prozent` the
    share of those with a statement, which the target is judged on. `rang_*` count from 1 among the
    areas that miss the target, ties share a rank; 0 is no rank. NaN is null, with a reason in `grund`.
    """

    personen: Floats
    erreicht: Floats
    ohne_zugang: Floats
    ohne_aussage: Floats
    bis_zum_ziel: Floats
    anteil_prozent: Floats
    anteil_beurteilt_prozent: Floats
    ziel_prozent: float
    grund: tuple[Grund | None, ...]

    @cached_property
    def rang_personen(self) -> Ints:
        return rank(np.where(self.bis_zum_ziel > 0, self.bis_zum_ziel, np.nan))

    @cached_property
    def rang_anteil(self) -> Ints:
        return rank(np.where(self.bis_zum_ziel > 0, self.ziel_prozent - self.anteil_beurteilt_prozent, np.nan))


@dataclass(frozen=True, eq=False)
class Unversorgt:
    """Pieces of a population that are not reached and have something near, however far, the nearest first: (k,) each.

    Attributes
    ----------
    place, piece
        intp, in the pieces of all parts of a group, one part after another, and in those of its own part.
    leaf
        int32, where each lies.
    weg, owner
        float64 time or distance to what is nearest, and its index, int32.

    """

    place: NDArray[np.intp]
    piece: NDArray[np.intp]
    leaf: Ints
    weg: Floats
    owner: Ints


@dataclass(frozen=True)
class Nearest:
    """The Angebot nearest to most of an area's unserved people, and how far they are from it.

    Attributes
    ----------
    owner
        (n_areas,) int32 index of the Angebot, -1 for none.
    cost
        (n_areas,) float64 weighted median, in the unit that was given; NaN for none.

    """

    owner: Ints
    cost: Floats


def bis_zum_ziel(erreicht: Floats, beurteilt: Floats, ziel_prozent: float) -> Floats:
    """Count the people missing until the target is met: max(0, ceil(share · N - reached)).

    The one rounding rule for gaps (domain 4.3): up, so that a target missed by half a person is missed.
    N is `beurteilt`, people with a statement; NaN stays NaN, and 0 where N is 0.
    """
    missing = ziel_prozent / 100.0 * beurteilt - erreicht
    return np.maximum(0.0, np.ceil(missing - NOISE_PERSONEN))


def luecken(counts: Floats, ziel_prozent: float) -> Luecken:
    """State the gaps of one target from a tally (n_areas, 3) of coverage; NaN rows are `keine_daten`."""
    erreicht, ohne_zugang = counts[:, ERREICHT], counts[:, NICHT_ERREICHT]
    ohne_aussage, beurteilt = counts[:, OHNE_AUSSAGE], erreicht + ohne_zugang
    personen = counts.sum(axis=1)
    share = anteil_prozent(erreicht, beurteilt)
    missing = np.where(beurteilt > 0, bis_zum_ziel(erreicht, beurteilt, ziel_prozent), np.nan)
    return Luecken(
        personen=personen,
        erreicht=erreicht,
        ohne_zugang=ohne_zugang,
        ohne_aussage=ohne_aussage,
        bis_zum_ziel=missing,
        anteil_prozent=anteil_erreicht(counts),
        anteil_beurteilt_prozent=share,
        ziel_prozent=ziel_prozent,
        grund=tuple(_grund(p, b) for p, b in zip(personen.tolist(), beurteilt.tolist(), strict=True)),
    )


def _grund(personen: float, beurteilt: float) -> Grund | None:
    if math.isnan(personen):
        return Grund.KEINE_DATEN
    if personen == 0:
        return Grund.KEINE_BEVOELKERUNG
    return Grund.KEINE_DATEN if beurteilt == 0 else None


def rank(values: Floats) -> Ints:
    """Rank (n,) from the greatest down: 1, 2, 2, 4; NaN gets 0. Values closer than 1e-6 tie."""
    rounded = np.round(values, 6)
    ranked = np.zeros(len(values), dtype=np.int32)
    known = np.flatnonzero(~np.isnan(rounded))
    descending = np.sort(-rounded[known])
    ranked[known] = 1 + np.searchsorted(descending, -rounded[known], side="left")
    return ranked


def weigh_owners(unserved: Unversorgt, personen: Floats, n_leaves: int) -> Floats:
    """Count to how many of each leaf's unserved people (k,) each Angebot is the nearest: (n_leaves, n_owners)."""
    weight = np.zeros((n_leaves, int(unserved.owner.max(initial=-1)) + 1))
    sum_owners(unserved.leaf, unserved.owner, personen, weight)
    return weight


@compiled
def sum_owners(leaf: Ints, owner: Ints, personen: Floats, weight: Floats) -> None:
    for i in range(len(leaf)):
        if personen[i] > 0:
            weight[leaf[i], owner[i]] += personen[i]


def nearest_for_unserved(
    unserved: Unversorgt, personen: Floats, weight: Floats, of_leaf: Ints, n_areas: int
) -> Nearest:
    """Name for each area the Angebot that is nearest to most of its unserved people.

    The median is over exactly those people, weighted by their number: "for most of them it is X, half
    of these are within 22 minutes". Ties go to the lower index.

    Parameters
    ----------
    personen
        (k,) people of each unserved piece.
    weight
        (n_leaves, n_owners) the same by `weigh_owners`, which is alike for all kinds of areas.
    of_leaf
        (n_leaves,) the area of each leaf, -1 none.

    """
    owner, cost = np.full(n_areas, -1, dtype=np.int32), np.full(n_areas, np.nan)
    choose_nearest(unserved.weg, unserved.owner, personen, unserved.leaf, of_leaf, weight, owner, cost)
    return Nearest(owner, cost)


@compiled
def choose_nearest(  # noqa: PLR0913, PLR0917 - a compiled pass takes its columns one by one
    weg: Floats,
    owner: Ints,
    personen: Floats,
    leaf: Ints,
    of_leaf: Ints,
    of_leaves: Floats,
    best: Ints,
    cost: Floats,
) -> None:
    """Fill in `best` and `cost` (n_areas,)."""
    weight = np.zeros((len(best), of_leaves.shape[1]))
    for each in range(len(of_leaf)):
        if of_leaf[each] >= 0:
            weight[of_leaf[each]] += of_leaves[each]
    enough = np.full(len(best), np.inf)
    for area in range(len(best)):
        most = -1.0
        for each in range(weight.shape[1]):
            # Float noise must not decide between two that are as near to as many.
            rounded = np.rint(weight[area, each] / NOISE_PERSONEN)
            if weight[area, each] > 0 and rounded > most:
                most, best[area], enough[area] = rounded, each, (0.5 - TOLERANCE) * weight[area, each]
    running = np.zeros(len(best))
    for i in range(len(weg)):
        at = of_leaf[leaf[i]]
        if at >= 0 and personen[i] > 0 and owner[i] == best[at]:
            running[at] += personen[i]
            if running[at] >= enough[at]:
                cost[at], enough[at] = weg[i], np.inf


def count_unchecked(zuletzt_geprueft: NDArray[np.datetime64], stichtag: date) -> int:
    """Count Angebote (n,) datetime64[D] last checked more than 12 months before the Stichtag; NaT counts."""
    checked = zuletzt_geprueft >= np.datetime64(year_before(stichtag), "D")
    return int(np.count_nonzero(~checked))


def year_before(day: date) -> date:
    """Give the same day a year before; the 28th for the 29th of February."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def describe_sicherheit(ungeprueft: int, angebote: int) -> str:
    """Say in one line how far the Angebote behind a figure can be relied upon."""
    if angebote == 0:
        return "unsicher: kein Angebot im Datenbestand"
    if ungeprueft == 0:
        return f"gut: alle {angebote} Angebote in den letzten 12 Monaten geprüft"
    word = "unsicher" if ungeprueft > UNSICHER_ANTEIL * angebote else "mittel"
    return f"{word}: {ungeprueft} von {angebote} Angeboten seit mehr als 12 Monaten ungeprüft"
