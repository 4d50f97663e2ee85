"""The people of each Sozialraum by sex and age, as a Statistikstelle would hand them over.

The age pyramid has the shape of North Rhine-Westphalia; quarters near a university are young, villages old.
"""

import numpy as np
from numpy.typing import NDArray

from infrastruktur.example.landscape import AACHEN, EIFEL, SEED, WALDWEILER, Landscape
from infrastruktur.example.settlements import Cells, Settlement

BANDS = (*(str(year) for year in range(18)), "18-19", *(f"{low}-{low + 4}" for low in range(20, 95, 5)), "95+")
FROM_YEAR = np.array([*range(18), 18, *range(20, 100, 5)])
SEXES = ("w", "m")
_PER_MILLE = np.array(
    [
        *(8.9, 9.1, 9.3, 9.5, 9.6, 9.6, 9.6, 9.5, 9.4, 9.3, 9.2, 9.2, 9.1, 9.1, 9.1, 9.2, 9.3, 9.5),
        *(20, 58, 60, 64, 64, 61, 58, 70, 82, 72, 58, 46, 35, 33, 21, 8.6, 2.5),
    ]
)
_WOMEN = np.interp(FROM_YEAR, [0, 50, 60, 70, 80, 90, 95], [0.487, 0.495, 0.507, 0.53, 0.58, 0.70, 0.76])


def build_people(land: Landscape, places: tuple[Settlement, ...]) -> NDArray[np.int64]:
    """Count the people of the register: (93 Sozialräume, 2 sexes, 35 bands) as `SEXES` and `BANDS` order them.

    The register and the census differ by a few per cent in each Sozialraum, as they do in the world.
    """
    rng = np.random.default_rng([SEED, 4])
    table = np.zeros((len(land.raeume), len(SEXES), len(BANDS)), dtype=np.int64)
    total = np.zeros(len(land.raeume))
    for place in places:
        if place.raum >= 0:
            total[place.raum] += place.einwohner
    for index, raum in enumerate(land.raeume):
        shape = _PER_MILLE * _ageing(raum.kommune.ags, int(total[index]), rng) * rng.lognormal(0, 0.05, len(BANDS))
        if (raum.kommune.ags, raum.label) == WALDWEILER:
            shape[FROM_YEAR >= 90] *= 0.6  # noqa: PLR2004 - ages
        both = total[index] * rng.normal(1, 0.02) * shape / shape.sum()
        table[index] = _round_to_total(np.stack([both * _WOMEN, both * (1 - _WOMEN)]))
    return table


def share_from_65(table: NDArray[np.int64], cells: Cells) -> NDArray[np.float64]:
    """State the per cent of people from 65 in each cell, scattered around its Sozialraum; NaN where unstated."""
    rng = np.random.default_rng([SEED, 5])
    old = table[:, :, FROM_YEAR >= 65].sum(axis=(1, 2))  # noqa: PLR2004 - the age the column is named by
    share = 100 * old / np.maximum(1, table.sum(axis=(1, 2)))
    middle = np.where(cells.raum >= 0, share[cells.raum], 22.0)
    scattered = np.clip(middle * rng.lognormal(0, 0.28, len(middle)), 0, 100)
    unstated = (cells.einwohner < 10) & (rng.random(len(middle)) < 0.6)  # noqa: PLR2004 - few people, often secret
    return np.where(unstated, np.nan, scattered)


def _ageing(ags: str, people: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Weigh the bands: `old` tilts the pyramid from 65 on, `students` lifts the twenties."""
    crowded = people > 15_000  # noqa: PLR2004 - only the inner Sozialräume of Aachen hold so many
    students = rng.uniform(1.3, 2.6) if ags == AACHEN and crowded else 1.0
    old = 1.22 if ags in EIFEL else rng.uniform(0.8, 1.1) if students > 1 else rng.uniform(0.95, 1.3)
    tilt = np.interp(FROM_YEAR, [40, 65, 80], [1, (1 + old) / 2, old])
    return np.asarray(np.where((FROM_YEAR >= 18) & (FROM_YEAR < 30), tilt * students, tilt))  # noqa: PLR2004 - ages


def _round_to_total(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Round so that the sum is kept: the largest remainders go up."""
    down = np.floor(values).astype(np.int64)
    missing = round(float(values.sum())) - int(down.sum())
    order = np.argsort(-(values - down), axis=None, kind="stable")[:missing]
    down.flat[order] += 1
    return down
