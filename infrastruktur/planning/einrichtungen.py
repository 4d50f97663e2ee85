"""Count who lives in homes, so that a figure can also be stated for those who do not."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Heime:
    """The homes of a Stichtag, one entry each (n,).

    Attributes
    ----------
    area
        int32 index of the area each lies in, -1 for none.
    plaetze, bewohner
        float64, NaN unknown.

    """

    area: NDArray[np.int32]
    plaetze: Floats
    bewohner: Floats


@dataclass(frozen=True)
class Heimbevoelkerung:
    """Residents of a group per area: (n_areas,) float64, NaN where a home states neither residents nor places."""

    personen: Floats
    gezaehlt: NDArray[np.int32]
    """(n_areas,) homes that state their residents."""
    angenommen: NDArray[np.int32]
    """(n_areas,) homes whose residents are assumed from their places."""
    unbekannt: NDArray[np.int32]
    """(n_areas,) homes that state neither."""


def count_residents(heime: Heime, *, auslastung: float, anteil: float, n_areas: int) -> Heimbevoelkerung:
    """Count residents of a group: those stated, else places · `auslastung`; `anteil` (0 to 1) of them are of it."""
    inside = heime.area >= 0
    area, plaetze, bewohner = heime.area[inside], heime.plaetze[inside], heime.bewohner[inside]
    residents = np.where(np.isnan(bewohner), plaetze * auslastung, bewohner)
    stated = ~np.isnan(bewohner)
    unknown = np.isnan(residents)
    return Heimbevoelkerung(
        personen=np.bincount(area, weights=residents * anteil, minlength=n_areas).astype(np.float64),
        gezaehlt=_count(area[stated], n_areas),
        angenommen=_count(area[~stated & ~unknown], n_areas),
        unbekannt=_count(area[unknown], n_areas),
    )


def _count(area: NDArray[np.int32], n_areas: int) -> NDArray[np.int32]:
    return np.bincount(area, minlength=n_areas).astype(np.int32)
