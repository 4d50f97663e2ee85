"""The nearest of several kinds at once: all kinds are lanes of one sweep, which carries the owner with the time."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from infrastruktur.routing.blocks import run_blocks
from infrastruktur.routing.contraction import find_shortcuts
from infrastruktur.routing.ends import Ends, find_begins, find_ends
from infrastruktur.routing.kernels import Ints, Longs, compiled
from infrastruktur.routing.network import Network
from infrastruktur.routing.search import check_limit
from infrastruktur.routing.snap import Snapped
from infrastruktur.routing.sweep import (
    OWNER_BITS,
    UNREACHED_KEY,
    Sweep,
    Times,
    descend,
    drop_rows,
    find_plan,
    meet_on_edge,
    read_rows,
)


def nearest_of_kinds(
    network: Network,
    kinds: Sequence[Snapped],
    targets: Snapped,
    *,
    limit_ds: int,
    reverse: bool = False,
) -> tuple[Ints, Ints]:
    """Find what `search.nearest_times` finds for each of k kinds: times and owners (k, t) i4, -1 where none is.

    Raises
    ------
    Cancelled
        Nobody waits any more; asked between two blocks of kinds.

    """
    check_limit(limit_ds)
    ends = find_ends(network, targets, reverse=reverse)
    sweep = find_plan(find_shortcuts(network), ends, limit_ds=limit_ds, reverse=reverse, owners=True)
    begins = range(0, len(kinds), sweep.lanes)

    def run(begin: int) -> Times:
        part = [find_begins(network, kind, reverse=reverse) for kind in kinds[begin : begin + sweep.lanes]]
        return _sweep_kinds(sweep, part)

    times = np.empty((len(kinds), len(targets)), np.int32)
    owners = np.empty((len(kinds), len(targets)), np.int32)
    for first, keys in zip(begins, run_blocks(run, begins), strict=True):
        part = slice(first, first + sweep.lanes)
        split_keys(keys, times[part], owners[part])
    return times, owners


def _sweep_kinds(sweep: Sweep, kinds: list[Ends]) -> Times:
    """Keys (t, lanes) u8 of the nearest of up to as many kinds as there are lanes."""
    rows = np.full((len(sweep.arcs[0]) - 1, sweep.lanes), np.iinfo(np.uint64).max)
    out = np.full((len(sweep.reads[0]), sweep.lanes), np.iinfo(np.uint64).max)
    key = np.empty(len(sweep.rank), np.int64)
    for lane, kind in enumerate(kinds):
        seeds = (sweep.rank[kind.node], kind.time_ds)
        climb_all(sweep.up, seeds, sweep.limit_ds, key, (sweep.place, rows[:, lane]))
    descend(sweep.arcs, rows)
    read_rows(sweep.reads, rows, out)
    for lane, kind in enumerate(kinds):
        meet_all(sweep.direct, (kind.edge, kind.here_ds, kind.offroad_ds), sweep.limit_ds, out[:, lane])
    drop_rows(out, np.uint64(((sweep.limit_ds + 1) << OWNER_BITS) - 1))
    return out


@compiled
def climb_all(
    up: tuple[Longs, Ints, Ints], seeds: tuple[Ints, Ints], limit: int, key: Longs, into: tuple[Ints, Any]
) -> None:
    """Set the keys of all sources of a kind, seeds (s, 2), in its lane at all places above them."""
    indptr, upper, up_ds = up
    seed_rank, seed_ds = seeds
    place, lane = into
    key[:] = UNREACHED_KEY
    for s in range(len(seed_rank)):
        for end in range(2):
            if 0 <= seed_ds[s, end] <= limit:
                v = seed_rank[s, end]
                key[v] = min(key[v], (np.int64(seed_ds[s, end]) << OWNER_BITS) | s)
    beyond = np.int64(limit + 1) << OWNER_BITS
    for v in range(len(indptr) - 2, -1, -1):
        if key[v] < beyond:
            if place[v] >= 0:
                lane[place[v]] = key[v]
            for at in range(indptr[v], indptr[v + 1]):
                key[upper[at]] = min(key[upper[at]], key[v] + (np.int64(up_ds[at]) << OWNER_BITS))


@compiled
def meet_all(direct: tuple[Longs, Ints, Ints, Ints], sources: tuple[Ints, Ints, Ints], limit: int, lane: Times) -> None:
    edge, place, offroad = sources
    for s in range(len(edge)):
        if edge[s] >= 0:
            meet_on_edge(direct, (edge[s], place[s], offroad[s]), limit, (1 << OWNER_BITS, s), lane)


@compiled
def split_keys(keys: Times, times: Ints, owners: Ints) -> None:
    """Lay keys (t, lanes) out as times and owners (k, t) of the first k lanes; -1 where none is."""
    unreached = ~np.uint64(0)
    for t in range(len(keys)):
        for k in range(len(times)):
            found = keys[t, k] != unreached
            times[k, t] = np.int32(keys[t, k] >> np.uint64(OWNER_BITS)) if found else -1
            owners[k, t] = np.int32(keys[t, k] & np.uint64(2**OWNER_BITS - 1)) if found else -1
