"""The choice each demand has between sites, as small as it gets without touching the optimum."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from infrastruktur.planning.siting import loops
from infrastruktur.planning.siting.plan import Floats, Ints, Limits, Seats, Sites
from infrastruktur.routing.blocks import run_blocks

BLOCKS = 32
"""Rows are cut into so many blocks, each bounded by planes of its own. Measured with 25.8 million pairs and k = 5:
one block takes 100 rounds and 17 s to the relaxation, 20 take 5 rounds and 0.5 s."""

_T = TypeVar("_T")


@dataclass(frozen=True, eq=False)
class Choices:
    """Who may be served better, and by which free sites: r rows, c sites, p pairs.

    Attributes
    ----------
    rows
        indptr (r + 1,) i8; site (p,) i4, a number below c; saving (p,) f8 a person, beyond what stands.
    personen
        (r,) float64.
    cost
        (c,) float64.
    origin
        (c,) int32, the site's number in `Sites`, ascending.
    row
        (n_demand,) int32, the row of each demand, -1 for none.

    """

    rows: loops.Rows
    personen: Floats
    cost: Floats
    origin: Ints
    row: Ints

    @property
    def blocks(self) -> tuple[tuple[int, int], ...]:
        """First and last row of blocks of about as many pairs each."""
        indptr = self.rows[0]
        edges = np.searchsorted(indptr, np.linspace(0, indptr[-1], BLOCKS + 1)).tolist()
        edges[0], edges[-1] = 0, len(self.personen)
        return tuple((first, last) for first, last in pairwise(edges) if first < last)

    def most(self) -> Floats:
        """Say what each block saves at most, with all sites open."""
        indptr, _, saving = self.rows
        best = saving[indptr[:-1]] * self.personen
        return np.array([best[first:last].sum() for first, last in self.blocks])

    def cut(self, opened: Floats) -> tuple[Floats, Floats]:
        """Bound savings by planes that touch at `opened` (c,): constants (b,) and slopes (b, c) of the blocks.

        Where sites are open or closed, the constants are what is saved, and slopes sum to what each site would add.
        """
        found = _each_block(self, lambda first, last: loops.cut_rows(self.rows, self.personen, opened, first, last))
        if not found:
            return np.zeros(0), np.zeros((0, len(opened)))
        return np.array([constant for constant, _ in found]), np.array([slope for _, slope in found])

    def value(self, chosen: NDArray[np.integer]) -> float:
        """Sum what these sites save."""
        opened = np.zeros(len(self.origin))
        opened[chosen] = 1.0
        return float(self.cut(opened)[0].sum())

    def swaps(self, chosen: NDArray[np.integer]) -> tuple[Floats, Floats]:
        """Say what each site would add (c,), and each swap of a chosen one for another (k, c)."""
        place = np.full(len(self.origin), -1, dtype=np.int32)
        place[chosen] = np.arange(len(chosen))
        found = _each_block(self, lambda first, last: loops.swap_rows(self.rows, self.personen, place, first, last))
        added = np.sum([added for added, _ in found], axis=0)
        return added, added + np.sum([change for _, change in found], axis=0)

    def spread(self, served: Floats, personen: Floats) -> Seats:
        """Give the people served in each pair (p,) back to the demands of its row, each its part."""
        indptr, site, _ = self.rows
        demand = np.flatnonzero(self.row >= 0)
        counts = np.diff(indptr)[self.row[demand]]
        begins = np.cumsum(counts) - counts
        pair = np.arange(counts.sum()) + np.repeat(indptr[:-1][self.row[demand]] - begins, counts)
        part = np.repeat(personen[demand] / self.personen[self.row[demand]], counts)
        seats = Seats(np.repeat(demand, counts).astype(np.int32), self.origin[site[pair]], served[pair] * part)
        return seats.only(seats.personen > 0)


def _each_block(choices: Choices, run: Callable[[int, int], _T]) -> list[_T]:
    """Run on both cores; results come in the order of blocks, so that sums are the same every time."""
    blocks = choices.blocks
    return list(run_blocks(lambda number: run(*blocks[number]), range(len(blocks))))


def gather_choices(personen: Floats, sites: Sites, saving: Floats, limits: Limits) -> Choices:
    """Reduce a question to its free sites and the people whom one of them serves better than what stands.

    Left out is what cannot be part of the only best plan: sites beyond the budget, and sites that another replaces
    for everybody. People with the same choice are one row.

    Parameters
    ----------
    personen
        (n_demand,) float64.
    saving
        (p,) float64, of the pairs of `sites`, a person; not negative.

    """
    now = np.where(personen > 0, save_now(len(personen), sites, saving), np.inf)
    usable = ~sites.fixed & (sites.cost <= limits.budget)
    by_site = loops.keep_better((sites.indptr, sites.target, saving), usable, now)
    return reduce_choices(personen, sites.cost, by_site)


def list_choices(personen: Floats, sites: Sites, saving: Floats, limits: Limits) -> Choices:
    """Make rows of all sites that may be open, those that stand too: where places are short, all may be needed."""
    wanted = sites.fixed | (sites.cost <= limits.budget)
    used = np.repeat(wanted, np.diff(sites.indptr)) & (personen > 0)[sites.target]
    indptr = np.concatenate(([0], np.cumsum(used)))[sites.indptr]
    rows = loops.turn_rows(indptr, sites.target[used], saving[used], len(personen))
    number = np.where(wanted, np.cumsum(wanted) - 1, -1).astype(np.int32)
    origin = np.flatnonzero(wanted).astype(np.int32)
    return _merge(Choices(loops.keep_sites(rows, number), personen, sites.cost[origin], origin, origin))


def save_now(demands: int, sites: Sites, saving: Floats) -> Floats:
    """Say what the sites that stand save each demand (n_demand,)."""
    now = np.zeros(demands)
    for site in np.flatnonzero(sites.fixed).tolist():
        row = slice(*sites.indptr[site : site + 2].tolist())
        now[sites.target[row]] = np.maximum(now[sites.target[row]], saving[row])
    return now


def reduce_choices(personen: Floats, cost: Floats, by_site: loops.Rows) -> Choices:
    """Leave out dominated sites, and make one row of people with the same choice."""
    by_demand = loops.turn_rows(*by_site, len(personen))
    dominated = loops.find_dominated(by_site, by_demand, cost.copy())  # writable, or it is compiled once more
    number = np.where(dominated, -1, np.cumsum(~dominated) - 1).astype(np.int32)
    rows = loops.keep_sites(by_demand, number)
    if len(rows[2]) and rows[2].min() < rows[2].max():
        loops.sort_rows(rows)
    origin = np.flatnonzero(~dominated).astype(np.int32)
    return _merge(Choices(rows, personen, cost[origin], origin, origin))


def _merge(choices: Choices) -> Choices:
    """Make one row of people who have the same choice, and none of those who have none."""
    indptr, site, saving = choices.rows
    marks = np.random.default_rng(0).integers(np.iinfo(np.int64).max, size=len(choices.origin))
    with_choice = np.flatnonzero(np.diff(indptr))
    order = with_choice[np.argsort(loops.hash_rows(choices.rows, marks)[with_choice], kind="stable")]
    differs = loops.mark_changes(choices.rows, order)
    group = np.cumsum(differs) - 1
    personen: Floats = np.bincount(group, weights=choices.personen[order]).astype(np.float64)
    # Neighbours stay neighbours, for planes over people who choose among the same sites are close to the truth.
    first = order[differs]
    by_place = np.argsort(first, kind="stable")
    row = np.full(len(indptr) - 1, -1, dtype=np.int32)
    row[order] = np.argsort(by_place)[group]
    kept = np.zeros(len(indptr) - 1, dtype=np.bool_)
    kept[first] = True
    pairs = np.repeat(kept, np.diff(indptr))
    starts = np.concatenate(([0], np.cumsum(np.diff(indptr)[kept]))).astype(np.int64)
    return replace(choices, rows=(starts, site[pairs], saving[pairs]), personen=personen[by_place], row=row)
