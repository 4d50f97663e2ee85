"""Small regions for siting: drawn by hand, drawn by chance, and asked by trying every set of sites."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from hypothesis import strategies as st

from infrastruktur.planning.siting.plan import Limits, Sites


def draw_sites(*rows: dict[int, float], fixed: tuple[int, ...] = (), cost: tuple[float, ...] = ()) -> Sites:
    """Give each site the minutes to the demands it reaches."""
    indptr = np.cumsum([0, *map(len, rows)]).astype(np.int64)
    pairs = [pair for row in rows for pair in sorted(row.items())]
    stands = np.zeros(len(rows), dtype=np.bool_)
    stands[list(fixed)] = True
    return Sites(
        indptr,
        np.array([demand for demand, _ in pairs], dtype=np.int32),
        np.array([minutes for _, minutes in pairs], dtype=np.float64),
        stands,
        np.array(cost or np.ones(len(rows)), dtype=np.float64),
    )


@dataclass(frozen=True)
class Region:
    personen: np.ndarray
    sites: Sites
    limits: Limits

    @property
    def minutes(self) -> np.ndarray:
        """Minutes (n_sites, n_demand), inf out of reach."""
        dense = np.full((len(self.sites), len(self.personen)), np.inf)
        dense[self.sites.site, self.sites.target] = self.sites.minutes
        return dense

    def allowed(self) -> Iterator[list[int]]:
        """List all sets of new sites within the limits."""
        free = np.flatnonzero(~self.sites.fixed).tolist()
        for size in range(min(self.limits.sites, len(free)) + 1):
            for chosen in combinations(free, size):
                if self.sites.cost[list(chosen)].sum() <= self.limits.budget:
                    yield list(chosen)

    def nearest(self, chosen: list[int]) -> np.ndarray:
        """Minutes (n_demand,) to the nearest open site."""
        opened = np.union1d(np.flatnonzero(self.sites.fixed), chosen).astype(int)
        return self.minutes[opened].min(axis=0, initial=np.inf)

    def reached(self, chosen: list[int]) -> float:
        return float(self.personen[np.isfinite(self.nearest(chosen))].sum())

    def person_minutes(self, chosen: list[int], beyond: float) -> float:
        return float(self.personen @ np.minimum(self.nearest(chosen), beyond))


@st.composite
def regions(draw: st.DrawFn, most_sites: int = 8, most_demand: int = 14) -> Region:
    """Draw regions with ties, twins, people of no number, and sites that reach nobody."""
    n_sites, n_demand = draw(st.integers(1, most_sites)), draw(st.integers(1, most_demand))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    reached = rng.random((n_sites, n_demand)) < draw(st.sampled_from([0.15, 0.35, 0.7]))
    if draw(st.booleans()):
        reached[-1] = reached[0]
    minutes = rng.integers(1, draw(st.sampled_from([2, 15])) + 1, (n_sites, n_demand)).astype(float)
    rows = [{int(d): minutes[s, d] for d in np.flatnonzero(reached[s])} for s in range(n_sites)]
    fixed = np.flatnonzero(rng.random(n_sites) < draw(st.sampled_from([0.0, 0.3])))
    cost = rng.integers(1, 5, n_sites).astype(float)
    budget = draw(st.sampled_from([np.inf, float(rng.integers(0, 9))]))
    personen = rng.integers(0, 40, n_demand) / 4
    sites = draw_sites(*rows, fixed=tuple(fixed.tolist()), cost=tuple(cost.tolist()))
    return Region(personen, sites, Limits(draw(st.integers(0, n_sites)), budget))
