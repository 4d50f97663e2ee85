"""Ways to the nearest Angebot: how far people have it, by area.

Pieces of a population stand in the order of their ways. The order is found once, whoever lives there and whatever areas
are asked for.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from infrastruktur.routing.kernels import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]

_SHARES = (0.5, 0.9)
TOLERANCE = 1e-9
"""What of a share may be short for the last bit: half of a sum of tenths is half."""


@dataclass(frozen=True, eq=False)
class Wege:
    """The ways of n pieces of the population to the nearest Angebot, the shortest first.

    Attributes
    ----------
    weg
        (n,) float64 minutes, or metres; infinite where nothing was found.
    personen
        (n,) float64 people; who are not more than nought take no part.
    leaf, order
        (n,) int32, and the place of each in the pieces of the parts, one part after another.
    einheit
        `minuten` or `meter`.

    """

    weg: Floats
    personen: Floats
    leaf: Ints
    order: NDArray[np.intp]
    einheit: str

    def sum_up(self, of_leaf: Ints, total: Floats) -> dict[str, Floats]:
        """State median and 90 % per area (n_areas,), whose people together are `total`; NaN where there are none.

        `of_leaf` (n_leaves,) is the area of each leaf, -1 none. A quantile that falls on people without any Angebot is
        infinite, which a table shows as null.
        """
        median, p90 = find_quantiles(self.weg, self.personen, self.leaf, of_leaf, total, _SHARES)
        return {f"median_{self.einheit}": median, f"p90_{self.einheit}": p90}


def find_quantiles(
    ways: Floats, people: Floats, leaf: Ints, of_leaf: Ints, total: Floats, shares: tuple[float, ...]
) -> Floats:
    """Find per area the shortest of rising ways (n,) that at least a rising share of its people (n,) does not exceed.

    The lower weighted quantile: always a way that somebody really has. An infinite one takes part: where a share falls
    on it, the quantile is infinite. `total` (n_areas,) is the people of each area together.

    Returns
    -------
    (len(shares), n_areas) float64, NaN for an area without people.

    """
    found = np.full((len(shares), len(total)), np.nan)
    pass_shares(ways, people, leaf, of_leaf, (np.array(shares)[:, None] - TOLERANCE) * total, found)
    return found


@compiled
def pass_shares(ways: Floats, people: Floats, leaf: Ints, of_leaf: Ints, enough: Floats, found: Floats) -> None:
    """Note for each area the way at which its running number of people first is `enough` (k, n_areas)."""
    n_shares, n_areas = enough.shape
    running = np.zeros(n_areas)
    passed = np.zeros(n_areas, np.int64)
    wanted = enough[0].copy()
    for i in range(len(ways)):
        area = of_leaf[leaf[i]]
        if area < 0 or not people[i] > 0:
            continue
        running[area] += people[i]
        while running[area] >= wanted[area]:
            found[passed[area], area] = ways[i]
            passed[area] += 1
            wanted[area] = enough[passed[area], area] if passed[area] < n_shares else np.inf


def rise_again(rising: NDArray[np.intp], ways: Floats, changed: Bools) -> NDArray[np.intp]:
    """Sort places (n,) by their ways as a stable sort does, where the order is known but for those that have changed.

    A tenth of the time of sorting all, where few have.

    Parameters
    ----------
    rising
        (n,) the order before.
    ways, changed
        (n,) the ways now, and whether they are others than before.

    """
    again = np.flatnonzero(changed)
    again = again[np.argsort(ways[again], kind="stable")]
    merged = np.empty(len(rising), dtype=np.intp)
    merge_rising(rising[~changed[rising]], again, ways, merged)
    return merged


@compiled
def merge_rising(one: NDArray[np.intp], other: NDArray[np.intp], ways: Floats, merged: NDArray[np.intp]) -> None:
    """Merge two orders of places into one; of equal ways the lower place comes first."""
    at, filled = 0, 0
    for place in one:
        while at < len(other) and (
            ways[other[at]] < ways[place] or (ways[other[at]] == ways[place] and other[at] < place)
        ):
            merged[filled] = other[at]
            at, filled = at + 1, filled + 1
        merged[filled] = place
        filled += 1
    merged[filled:] = other[at:]
