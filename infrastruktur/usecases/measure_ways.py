"""Measure how far people have it, and among how many Träger they can choose: by area, of those who have a statement."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from infrastruktur.planning.coverage import OHNE_AUSSAGE, rising_quantiles
from infrastruktur.usecases.measure_reach import Messung

Floats = NDArray[np.float64]

_SHARES = (0.5, 0.9)


@dataclass(frozen=True, eq=False)
class Wege:
    """The ways of n pieces of the population to the nearest Angebot, the shortest first.

    Attributes
    ----------
    weg
        (n,) float64 minutes, or metres; infinite where nothing was found.
    personen
        (n,) float64 people who have a statement.
    leaf, order
        (n,) int32, and the place of each in the pieces of the parts, one part after another.
    traeger
        (n,) int32 different Träger in reach, at least.
    einheit
        `minuten` or `meter`.

    """

    weg: Floats
    personen: Floats
    leaf: NDArray[np.int32]
    order: NDArray[np.intp]
    traeger: NDArray[np.int32]
    einheit: str

    def sum_up(self, area: NDArray[np.int32], n_areas: int, share: Floats | None = None) -> dict[str, Floats]:
        """State median, 90 % and mean per area (n_areas,); NaN where nobody has a statement.

        `area` (n,) is whereto each piece falls, -1 nowhere, and `share` (n,) how much of it. A quantile that falls on
        people without any Angebot is infinite, which a table shows as null.
        """
        inside = np.flatnonzero(area >= 0)
        personen = (self.personen if share is None else self.personen * share)[inside]
        of = area[inside]
        median, p90 = rising_quantiles(self.weg[inside], personen, of, n_areas, _SHARES)
        people = np.bincount(of, weights=personen, minlength=n_areas)
        choices = np.bincount(of, weights=personen * self.traeger[inside], minlength=n_areas)
        mean = np.full(n_areas, np.nan)
        np.divide(choices, people, out=mean, where=people > 0)
        return {f"median_{self.einheit}": median, f"p90_{self.einheit}": p90, "traeger_mittel": mean}


def list_ways(messung: Messung) -> Wege:
    """List the ways of everybody a measured target has a statement on, each part of the group at its own pace."""
    in_meters = messung.ziel.max_meter is not None
    parts = []
    for teil, zustand, nearest, traeger in zip(
        messung.teile, messung.zustand, messung.nearest, messung.traeger, strict=True
    ):
        pieces = teil.wohnorte.gitter.pieces
        judged = zustand[pieces.cell] != OHNE_AUSSAGE
        personen = np.where(judged & (teil.wohnorte.personen > 0), teil.wohnorte.personen, 0.0)
        weg = nearest if messung.ziel.metrik == "luftlinie" or in_meters else nearest / 60
        parts.append((weg[pieces.cell], personen, pieces.area, traeger[pieces.cell]))
    weg, personen, leaf, choice = (np.concatenate(each) for each in zip(*parts, strict=True))
    rising = messung.rising
    return Wege(
        weg[rising],
        personen[rising],
        leaf[rising].astype(np.int32),
        rising,
        choice[rising].astype(np.int32),
        "meter" if in_meters else "minuten",
    )
