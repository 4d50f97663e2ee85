"""Catchment figures of areas: places that fall to their people, per 1,000 of them, and everybody who stays without.

People are weighed where they live and summed by area, so Sozialräume sum to their Kommune and all to the region.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import Grund
from infrastruktur.planning.catchment import Catchment, Formel, count_competitors, divide, require_per_person
from infrastruktur.planning.pairs import find_supply

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]

PERSONEN, PLAETZE, OHNE_ANGEBOT, MINDESTENS, OHNE_AUSSAGE = 0, 1, 2, 3, 4
"""Columns of `tally_supply`."""

NOISE_ANTEIL = 1e-12
"""People with a statement below this share of all are rounding."""


@dataclass(frozen=True)
class Wohnende:
    """People of a group by piece of cell (p,), as `usecases.spread_population` gives them.

    Attributes
    ----------
    personen
        (p,) float64, NaN unknown.
    area, demand
        (p,) int32 each; the area a piece lies in, and the demand its people belong to.

    """

    personen: Floats
    area: Ints
    demand: Ints


def tally_supply(catchment: Catchment, wohnende: Wohnende, n_areas: int, *, ohne_aussage: Bools) -> Floats:
    """Sum people and the places that fall to them by area; sums of areas are those of the area they make up.

    Parameters
    ----------
    ohne_aussage
        (n_demands,) True where nothing can be said: the cell lies at no street, or the edge of the data is too near.
        Its people are counted, without places.

    Returns
    -------
    (n_areas, 5) float64: people; places; people who reach nothing; people for whom the places are a lower bound;
    people without a statement. People without a cell belong to the first and the last column, `add_ohne_zelle`.

    Raises
    ------
    InvalidParameter
        The method gives no figure per person.

    """
    require_per_person(catchment.formel)
    personen, area, demand = wohnende.personen, wohnende.area, wohnende.demand
    silent = ohne_aussage[demand]
    share = np.where(personen == 0, 0.0, personen * catchment.je_person[demand])
    columns = (
        personen,
        np.where(silent, 0.0, share),
        np.where(silent | ~catchment.ohne_angebot[demand], 0.0, personen),
        np.where(silent | ~catchment.mindestens[demand], 0.0, personen),
        np.where(silent, personen, 0.0),
    )
    return np.column_stack([np.bincount(area, weights=column, minlength=n_areas) for column in columns])


@dataclass(frozen=True)
class Gewichtete:
    """People of one area as they weigh for each of s supplies, (s,) float64 each: who competes, and who receives."""

    konkurrieren: Floats
    erhalten: Floats


def weigh_people(catchment: Catchment, wohnende: Wohnende, inside: Bools) -> Gewichtete:
    """Weigh the people of some pieces (p,) for each supply: D is the sum of the first over all areas.

    Places that fall to them are Σ_j anteil_j · `erhalten`_j, as `tally_supply` sums them by cell.
    """
    people = np.bincount(
        wohnende.demand[inside], weights=wohnende.personen[inside], minlength=catchment.pairs.n_demands
    ).astype(np.float64)
    return weigh_everybody(catchment, people)


def weigh_everybody(catchment: Catchment, personen: Floats) -> Gewichtete:
    """Weigh people (n_demands,) for each supply."""
    chosen, formel, people = catchment.choice.value, catchment.formel, personen
    return Gewichtete(
        count_competitors(catchment.pairs, formel, people, chosen),
        count_competitors(catchment.pairs, Formel(formel.receives), people, chosen),
    )


def add_ohne_zelle(counts: Floats, ohne_zelle: Floats) -> Floats:
    """Count people (n_areas,) without a cell as `OHNE_AUSSAGE` in a tally (n_areas, 5)."""
    added = counts.copy()
    added[:, PERSONEN] += ohne_zelle
    added[:, OHNE_AUSSAGE] += ohne_zelle
    return added


def find_areas_in_reach(catchment: Catchment, wohnende: Wohnende, n_areas: int, supplies: NDArray[np.intp]) -> Bools:
    """Tell for each of some supplies (k,) in which areas people live who reach it: (k, n_areas) bool."""
    pieces = np.flatnonzero(wohnende.personen != 0)
    area, demand = wohnende.area[pieces], wohnende.demand[pieces]
    reached = np.zeros((len(supplies), n_areas), dtype=np.bool_)
    for row, supply in enumerate(supplies.tolist()):
        inside = np.zeros(catchment.pairs.n_demands, dtype=np.bool_)
        inside[find_supply(catchment.pairs, supply)] = True
        reached[row, area[inside[demand]]] = True
    return reached


def je_tausend(counts: Floats, *, skala: float = 1000.0) -> tuple[Floats, tuple[Grund | None, ...]]:
    """State places per 1,000 people with a statement (n_areas,), and why where there is no figure (NaN).

    Weighted by people, a ratio of sums. Where people reach nothing it is 0. A lower bound of 0 is not stated: it says
    nothing, but reads like "there is nothing" (as in Versorgungsquoten).

    Parameters
    ----------
    counts
        (n_areas, 5) as `tally_supply` gives it, or sums of its rows.

    """
    beurteilt = counts[:, PERSONEN] - counts[:, OHNE_AUSSAGE]
    plaetze = counts[:, PLAETZE]
    unstated = (counts[:, MINDESTENS] > 0) & (plaetze == 0)
    # The sums differ by rounding where everybody is without a statement.
    known = beurteilt > NOISE_ANTEIL * counts[:, PERSONEN]
    wert = np.where(unstated, np.nan, divide(skala * plaetze, beurteilt, known))
    grund = tuple(
        _grund(value, personen, hidden)
        for value, personen, hidden in zip(wert.tolist(), counts[:, PERSONEN].tolist(), unstated.tolist(), strict=True)
    )
    return wert, grund


def _grund(wert: float, personen: float, unstated: bool) -> Grund | None:  # noqa: FBT001 - arrives by position from zip
    if not np.isnan(wert):
        return None
    if personen == 0:
        return Grund.KEINE_BEVOELKERUNG
    return Grund.KEINE_PLATZZAHL if unstated else Grund.KEINE_DATEN
