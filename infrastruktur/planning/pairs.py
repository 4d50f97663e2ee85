"""Who is within reach of which supply, weighed by how far: sparse rows of supplies, and the sums over them.

Rows come in blocks, as a search gives them, and stay in them: a supply that moves leaves its old row where it lies and
gets a block of its own, so that nothing large is ever copied. Where terms may be taken away again, sums carry their
rounding error along (TwoSum, Knuth, TAOCP 2, 4.2.2): what is left after taking away is what was there before.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from infrastruktur.planning.decay import Decay, limit_ds, tabulate
from infrastruktur.routing.kernels import Floats, Ints, Longs, compiled

NEGLIGIBLE = 1e-15
"""A weight below this share of the greatest is none: sums of float64 do not see it."""

Rows = tuple[Ints, Longs, Ints, Ints, Floats, int]


@dataclass(frozen=True, eq=False)
class Block:
    """Some rows; those of a supply of -1 are void.

    Attributes
    ----------
    supply
        (r,) int32.
    indptr
        (r + 1,) int64; row i is `indptr[i]:indptr[i + 1]`.
    demand, time_ds
        (k,) int32 each; deciseconds of the network.
    table
        (n,) float64 weight of each decisecond; a pair of weight 0 is none.
    within_ds
        Up to here a pair lies in the catchment; beyond, it counts only where people choose among all they know of.

    """

    supply: Ints
    indptr: Longs
    demand: Ints
    time_ds: Ints
    table: Floats
    within_ds: int

    @property
    def rows(self) -> Rows:
        return self.supply, self.indptr, self.demand, self.time_ds, self.table, self.within_ds


@dataclass(frozen=True, eq=False)
class Pairs:
    """All pairs of some demands and supplies; a supply may have rows in several blocks, a pair stands once."""

    blocks: tuple[Block, ...]
    n_supplies: int
    n_demands: int

    @property
    def greatest_weight(self) -> float:
        """The weight of the nearest there could be."""
        return max((float(block.table.max()) for block in self.blocks), default=0.0)


def weigh_pairs(
    indptr: Longs, demand: Ints, time_ds: Ints, *, decay: Decay, n_demands: int, pace: float = 1.0
) -> Pairs:
    """Weigh the pairs of a search, such as `routing.search.travel_times` finds from supplies to cells.

    Pairs that weigh nothing are left out. Times beyond the limit of the decay are taken only by methods whose people
    choose among all supplies (3SFCA), so a search may go further than the catchments.

    Parameters
    ----------
    indptr
        (n_supplies + 1,) int64; the demands of supply j are `demand[indptr[j]:indptr[j + 1]]`.
    demand, time_ds
        (k,) int32 each; deciseconds of the network.
    pace
        As in `tabulate`: groups that walk at different speeds share one search.

    Raises
    ------
    ValueError
        A demand that is none of `n_demands`, or a time below 0.

    """
    if len(demand) and (demand.min() < 0 or demand.max() >= n_demands or time_ds.min() < 0):
        raise ValueError(f"demands must lie in 0..{n_demands - 1}, and times must not be below 0")
    last_ds = int(time_ds.max()) if len(time_ds) else 0
    table = tabulate(decay, last_ds, pace=pace)
    weighty = np.where(table > NEGLIGIBLE * table.max(), table, 0.0)
    supply = np.arange(len(indptr) - 1, dtype=np.int32)
    block = Block(supply, indptr, demand, time_ds, weighty, limit_ds(decay, last_ds, pace=pace))
    return Pairs((block,), len(supply), n_demands)


def append_supplies(pairs: Pairs, more: Pairs) -> Pairs:
    """Append the supplies of `more`, numbered on, of the same demands: block after block of a search."""
    _require_same(pairs.n_demands, more.n_demands, "demands")
    blocks = (
        replace(block, supply=np.where(block.supply < 0, -1, block.supply + pairs.n_supplies).astype(np.int32))
        for block in more.blocks
    )
    return Pairs((*pairs.blocks, *blocks), pairs.n_supplies + more.n_supplies, pairs.n_demands)


def append_demands(pairs: Pairs, more: Pairs) -> Pairs:
    """Append the demands of `more`, numbered on, of the same supplies: groups of a pace of their own."""
    _require_same(pairs.n_supplies, more.n_supplies, "supplies")
    blocks = (replace(block, demand=(block.demand + pairs.n_demands).astype(np.int32)) for block in more.blocks)
    return Pairs((*pairs.blocks, *blocks), pairs.n_supplies, pairs.n_demands + more.n_demands)


def take_supply(pairs: Pairs, number: int) -> Pairs:
    """Take the rows of one supply, under its number."""
    found = [(block, row) for block in pairs.blocks for row in np.flatnonzero(block.supply == number)]
    return replace(pairs, blocks=tuple(_cut_row(block, int(row)) for block, row in found))


def replace_supply(pairs: Pairs, number: int, row: Pairs) -> Pairs:
    """Put the one supply of `row` in place of another; without blocks it leaves nothing there."""
    _require_same(pairs.n_demands, row.n_demands, "demands")
    left = (
        replace(block, supply=np.where(block.supply == number, -1, block.supply).astype(np.int32))
        for block in pairs.blocks
    )
    added = (replace(block, supply=np.full(len(block.supply), number, np.int32)) for block in row.blocks)
    blocks = tuple(block for block in (*left, *added) if (block.supply >= 0).any())
    return Pairs(blocks, max(pairs.n_supplies, number + 1), pairs.n_demands)


def find_demand(pairs: Pairs, number: int) -> tuple[Ints, Ints, Floats]:
    """Find the supplies in whose catchments a demand lies, in their order: numbers, deciseconds and weights (k,)."""
    parts = [_find_in_block(block, number) for block in pairs.blocks]
    supply, time_ds, weight = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(supply, kind="stable")
    return supply[order], time_ds[order], weight[order]


def find_supply(pairs: Pairs, number: int) -> Ints:
    """Find the demands (k,) int32 in the catchment of a supply."""
    inside = (
        block.demand[(block.time_ds <= block.within_ds) & (block.table[block.time_ds] > 0)]
        for block in take_supply(pairs, number).blocks
    )
    return np.concatenate([np.zeros(0, np.int32), *inside])


def _find_in_block(block: Block, number: int) -> tuple[Ints, Ints, Floats]:
    at = np.flatnonzero(block.demand == number)
    supply = block.supply[np.searchsorted(block.indptr, at, side="right") - 1]
    time_ds = block.time_ds[at]
    weight = block.table[time_ds]
    inside = (supply >= 0) & (time_ds <= block.within_ds) & (weight > 0)
    return supply[inside], time_ds[inside], weight[inside]


def _cut_row(block: Block, row: int) -> Block:
    first, last = int(block.indptr[row]), int(block.indptr[row + 1])
    return replace(
        block,
        supply=block.supply[row : row + 1],
        indptr=np.array([0, last - first]),
        demand=block.demand[first:last],
        time_ds=block.time_ds[first:last],
    )


def _require_same(known: int, given: int, what: str) -> None:
    if known != given:
        raise ValueError(f"there are {known} {what}, not {given}")


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums (n,) float64 with what rounding took from them (n,) float64."""

    high: Floats
    low: Floats

    @property
    def value(self) -> Floats:
        return self.high + self.low

    def copy(self) -> "Sums":
        return Sums(self.high.copy(), self.low.copy())


def no_sums(count: int) -> Sums:
    return Sums(np.zeros(count), np.zeros(count))


PLAIN, CHOSEN, BALANCED, SQUARED = 0, 1, 2, 3
"""How a pair of weight w counts for somebody whose weights sum to c: w, w · w/c, w/c, w²."""


@compiled
def add_term(high: Floats, low: Floats, at: int, term: float) -> None:
    """Add to a sum and keep what rounding takes."""
    before = high[at]
    after = before + term
    rest = after - before
    low[at] += (before - (after - rest)) + (term - rest)
    high[at] = after


@compiled
def count_pair(kind: int, weight: float, choice: float) -> float:
    if kind == PLAIN:
        return weight
    if kind == SQUARED:
        return weight * weight
    return weight * weight / choice if kind == CHOSEN else weight / choice


@compiled
def sum_choice(rows: Rows, sign: float, beyond: bool, high: Floats, low: Floats) -> None:  # noqa: FBT001 - compiled
    """Add to each demand its weights, all or those within the limit."""
    supply, indptr, demand, time_ds, table, within_ds = rows
    for row in range(len(supply)):
        if supply[row] >= 0:
            for at in range(indptr[row], indptr[row + 1]):
                weight = table[time_ds[at]]
                if weight > 0 and (beyond or time_ds[at] <= within_ds):
                    add_term(high, low, demand[at], sign * weight)


@compiled
def sum_demand(rows: Rows, kind: int, personen: Floats, choice: Floats, out: Floats) -> None:
    """Add to each supply the people of its catchment, each as their pair counts."""
    supply, indptr, demand, time_ds, table, within_ds = rows
    for row in range(len(supply)):
        if supply[row] >= 0:
            total = 0.0
            for at in range(indptr[row], indptr[row + 1]):
                weight = table[time_ds[at]]
                if weight > 0 and time_ds[at] <= within_ds:
                    i = demand[at]
                    total += personen[i] * count_pair(kind, weight, choice[i])
            out[supply[row]] += total


@compiled
def hand_out(rows: Rows, kind: int, ratio: Floats, choice: Floats, high: Floats, low: Floats) -> None:
    """Add to each demand the ratios of the supplies it reaches, each as its pair counts."""
    supply, indptr, demand, time_ds, table, within_ds = rows
    for row in range(len(supply)):
        share = ratio[supply[row]] if supply[row] >= 0 else 0.0
        if share != 0:
            for at in range(indptr[row], indptr[row + 1]):
                weight = table[time_ds[at]]
                if weight > 0 and time_ds[at] <= within_ds:
                    i = demand[at]
                    add_term(high, low, i, share * count_pair(kind, weight, choice[i]))


@compiled
def count_reached(rows: Rows, zustand: NDArray[np.uint8], step: int, counts: Ints) -> None:
    """Count to each demand (n, states) the supplies it reaches, by their state."""
    supply, indptr, demand, time_ds, table, within_ds = rows
    for row in range(len(supply)):
        if supply[row] >= 0:
            state = zustand[supply[row]]
            for at in range(indptr[row], indptr[row + 1]):
                if table[time_ds[at]] > 0 and time_ds[at] <= within_ds:
                    counts[demand[at], state] += step
