"""What a search for sites is given and what it gives."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

VERSORGT, NEU_VERSORGT, OFFEN, UNERREICHBAR = 0, 1, 2, 3
"""States of a demand: reached by what stands, by what is proposed, by a site not chosen, by none that was given."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Status(StrEnum):
    """How a search ended. A plan is good to its gap in every case."""

    OPTIMAL = "optimal"
    GENUEGT = "genuegt"
    """The gap that was asked for is proved; a better plan may exist within it."""
    ZEITGRENZE = "zeitgrenze"
    ZIEL_UNERREICHBAR = "ziel_unerreichbar"
    """Not even all sites together meet the target; none is proposed."""


@dataclass(frozen=True, eq=False)
class Sites:
    """Sites, and who reaches each within the limit, as compressed rows: n sites, p pairs.

    Attributes
    ----------
    indptr
        (n + 1,) int64; the demands of site s are `target[indptr[s]:indptr[s + 1]]`, ascending.
    target
        (p,) int32, as in `Reach` and `TravelTimes`.
    minutes
        (p,) float64, of the way between them.
    fixed
        (n,) bool, sites that stand already: they serve in every plan and count to no limit.
    cost
        (n,) float64, what opening takes from the budget, in its unit.

    """

    indptr: Longs
    target: Ints
    minutes: Floats
    fixed: Bools
    cost: Floats

    def __len__(self) -> int:
        return len(self.indptr) - 1

    @property
    def site(self) -> Ints:
        """The site of each pair (p,)."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.indptr))

    def minutes_between(self, site: Ints, demand: Ints) -> Floats:
        """Look up how long the ways of some of the pairs are (s,)."""
        found = np.empty(len(site))
        for each in np.unique(site).tolist():
            row, mine = slice(*self.indptr[each : each + 2].tolist()), site == each
            found[mine] = self.minutes[row][np.searchsorted(self.target[row], demand[mine])]
        return found


@dataclass(frozen=True, eq=False)
class Seats:
    """Who is served where: (s,) demand and site int32, and people float64; sorted by demand."""

    demand: Ints
    site: Ints
    personen: Floats

    def only(self, which: Bools) -> "Seats":
        return Seats(self.demand[which], self.site[which], self.personen[which])


@dataclass(frozen=True)
class Limits:
    """At most so many new sites, and at most so much cost; inf is no limit."""

    sites: int
    budget: float = np.inf


@dataclass(frozen=True)
class Progress:
    """Where a search is, in the unit of its objective; `value` is the best plan so far, `bound` what none exceeds."""

    value: float
    bound: float
    branches: int


@dataclass(frozen=True)
class Effort:
    """How far to search: until the relative gap is proved, or so many seconds have passed.

    Only a search that ends by the clock can give another plan on another machine.
    """

    gap: float = 0.0
    seconds: float = 60.0
    progress: Callable[[Progress], None] | None = None


@dataclass(frozen=True)
class Verdict:
    """How good a plan is, in the unit of the question: none is better than `bound`.

    `sites_at_least` is what a target needs at least, where as few sites as can be were sought.
    """

    status: Status
    objective: float
    bound: float
    branches: int
    sites_at_least: int | None = None

    @property
    def gap(self) -> float:
        return relative_gap(self.objective, self.bound)


@dataclass(frozen=True, eq=False)
class Plan:
    """A proposal: its sites, how good it is and cannot be, and who is served.

    Attributes
    ----------
    chosen
        (k,) int32, new sites, ascending.
    state
        (n_demand,) uint8, `VERSORGT`, `NEU_VERSORGT`, `OFFEN` or `UNERREICHBAR`.
    site
        (n_demand,) int32, the nearest open site, the lowest of equals; -1 without any.
    personen
        (4,) float64 by state; they sum to everybody.
    seats
        Who is served by which open site: each demand by its nearest, or where places count by those that have one.
    reaching
        (n_demand,) int32, how many open sites each demand reaches.

    """

    chosen: Ints
    verdict: Verdict
    state: NDArray[np.uint8]
    site: Ints
    personen: Floats
    seats: Seats
    reaching: Ints

    @property
    def zugeordnet(self) -> Floats:
        """People of each chosen site (k,): those to whom no open site is nearer, or who have a place there."""
        return self.sum_by_site(self.seats)

    @property
    def nur_hier(self) -> Floats:
        """People of each chosen site (k,) who reach no other open site: who loses if it is not built."""
        return self.sum_by_site(self.seats.only(self.reaching[self.seats.demand] == 1))

    def sum_by_site(self, seats: Seats) -> Floats:
        """Sum people by chosen site (k,)."""
        counts = np.bincount(seats.site, weights=seats.personen, minlength=int(self.chosen.max(initial=-1)) + 1)
        return counts[self.chosen].astype(np.float64)


def relative_gap(value: float, bound: float) -> float:
    """Give |bound - value| / |value|: 0 where both are 0, inf where only the value is."""
    if value == bound:
        return 0.0
    return abs(bound - value) / abs(value) if value else np.inf


def join_bands(bands: Sequence[Sites], n_cells: int) -> Sites:
    """Join what several bands of people reach, who move at speeds of their own, to one demand per band and cell.

    The sites are the same in each. Demand b · n_cells + c is band b in cell c, so states (n_demand,) reshape to
    (n_bands, n_cells), and people are their bands' one after the other.
    """
    site = np.concatenate([band.site for band in bands])
    order = np.argsort(site, kind="stable")
    target = np.concatenate([band.target + number * n_cells for number, band in enumerate(bands)])
    minutes = np.concatenate([band.minutes for band in bands])
    counts = np.sum([np.diff(band.indptr) for band in bands], axis=0)
    indptr = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    return Sites(indptr, target[order].astype(np.int32), minutes[order], bands[0].fixed, bands[0].cost)
