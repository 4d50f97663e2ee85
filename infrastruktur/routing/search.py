"""Travel times between snapped points: all pairs within a limit, the nearest of many, and the edge of the data.

Times are whole deciseconds and exact on the network: equal to a shortest path on the graph in which every point is a
node of its own. A row or an owner does not depend on threads, on blocks or on the order of arcs.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import SimpleQueue

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.waiting import check_waiting
from infrastruktur.routing import kernels
from infrastruktur.routing.blocks import THREADS, run_blocks
from infrastruktur.routing.contraction import find_shortcuts, known_shortcuts
from infrastruktur.routing.ends import Ends, find_begins, find_ends
from infrastruktur.routing.network import Network
from infrastruktur.routing.snap import Snapped
from infrastruktur.routing.sweep import Sweep, Times, find_plan, is_planned, rows_of_block, run_sweep

Ints = NDArray[np.int32]

LONGEST_DS = 864_000
"""A day: a search keeps a bucket for every decisecond."""

_BLOCK = 64
_SAMPLES = 3

_NODES_PER_SETTLED = 200
"""A sweep passes so many nodes a source in the time a search settles one. Measured on both cores, edge-snapped,
47,440 targets: 60 to 70 ns a settled node against 0.25 to 0.3 ns a node of the network. On 301,002 walk nodes a search
of 15 minutes takes 52 us a source and its sweep 100, one of 30 minutes 195 and 73; on 153,300 car nodes 5 minutes take
216 and 89, 30 minutes 3,287 and 206."""

Rows = tuple[NDArray[np.int64], Ints, Ints]
_Rooms = SimpleQueue[tuple[Ints, Times]]


@dataclass(frozen=True, eq=False)
class TravelTimes:
    """Times within the limit as rows of sources: indptr (s+1,) i8; target, ascending in a row, and time_ds (k,) i4."""

    indptr: NDArray[np.int64]
    target: Ints
    time_ds: Ints


@dataclass(frozen=True, eq=False)
class _Journeys:
    """What to find: from where to where, in the direction of the search, and how far."""

    network: Network
    begins: Ends
    ends: Ends
    limit_ds: int
    reverse: bool

    def plan_sweep(self) -> Sweep:
        return find_plan(find_shortcuts(self.network), self.ends, limit_ds=self.limit_ds, reverse=self.reverse)

    def is_planned(self) -> bool:
        shortcuts = known_shortcuts(self.network)
        return shortcuts is not None and is_planned(shortcuts, self.ends, limit_ds=self.limit_ds, reverse=self.reverse)


def travel_times(
    network: Network,
    sources: Snapped,
    targets: Snapped,
    *,
    limit_ds: int,
    reverse: bool = False,
    progress: Callable[[str, float], None] | None = None,
) -> TravelTimes:
    """Find times from every source to every target within `limit_ds`, from target to source when `reverse`.

    Rows are sources either way. The ways off the road at both ends count towards the limit. Short journeys are
    searched one by one, long ones swept; the result is the same to the byte.

    Raises
    ------
    Cancelled
        Nobody waits any more; asked between two blocks.

    """
    journeys = _prepare(network, sources, targets, limit_ds, reverse=reverse)
    way = _sweep_rows if _sweep_pays(journeys) else _search_rows
    rows = []
    for row in way(journeys):
        rows.append(row)
        if progress is not None:
            progress("Wege suchen", min(1.0, sum(len(indptr) - 1 for indptr, _, _ in rows) / max(1, len(sources))))
    return _join(rows)


@dataclass(frozen=True, eq=False)
class TimesBlock:
    """Times (t, lanes) u2 or u4 from sources `first` and following to all targets; the largest value is unreached.

    Lanes beyond the last source are unreached.
    """

    first: int
    time_ds: Times


def iterate_blocks(
    network: Network,
    sources: Snapped,
    targets: Snapped,
    *,
    limit_ds: int,
    reverse: bool = False,
) -> Iterator[TimesBlock]:
    """Yield times as `travel_times` finds them in dense blocks of 16 or 32 sources, for who folds them in passing.

    Raises
    ------
    Cancelled
        Nobody waits any more; asked between two blocks.

    """
    journeys = _prepare(network, sources, targets, limit_ds, reverse=reverse)
    sweep = journeys.plan_sweep()
    rooms = _make_rooms(sweep)

    def run(begin: int) -> TimesBlock:
        return TimesBlock(begin, _run_in_room(sweep, journeys.begins, begin, rooms))

    yield from run_blocks(run, range(0, len(sources), sweep.lanes))


def _prepare(network: Network, sources: Snapped, targets: Snapped, limit_ds: int, *, reverse: bool) -> _Journeys:
    check_limit(limit_ds)
    begins, ends = find_begins(network, sources, reverse=reverse), find_ends(network, targets, reverse=reverse)
    return _Journeys(network, begins, ends, limit_ds, reverse)


def _sweep_pays(journeys: _Journeys) -> bool:
    """Whether a sweep is expected to be faster, from what a few of the sources reach.

    A sweep costs the same for one source as for a block of them, and as much again as a search of the whole network
    to plan, unless its plan is kept from before.
    """
    network, begins, limit_ds = journeys.network, journeys.begins, journeys.limit_ds
    nodes = len(network.indptr) - 1
    lanes = 32
    blocks = -(-len(begins) // lanes)
    sweep_cost = blocks * lanes * nodes / _NODES_PER_SETTLED + (0 if journeys.is_planned() else nodes)
    on = np.flatnonzero(begins.edge >= 0)
    if not len(on) or len(begins) * nodes <= sweep_cost:
        return False
    sample = on[np.linspace(0, len(on) - 1, min(_SAMPLES, len(on))).astype(np.int64)]
    most = int(sweep_cost / len(begins)) + 1
    graph = network.reverse_graph if journeys.reverse else network.graph
    reached = kernels.count_reached(graph, begins.node[sample], begins.time_ds[sample], limit_ds, _SAMPLES * most)
    return reached * len(begins) > sweep_cost * len(sample)


def _search_rows(journeys: _Journeys) -> Iterator[Rows]:
    network, begins, ends = journeys.network, journeys.begins, journeys.ends
    graph = network.reverse_graph if journeys.reverse else network.graph
    by_edge, by_node = ends.by_edge, ends.by_node
    wanted = (ends.here_ds, ends.offroad_ds)

    def run(begin: int) -> Rows:
        part = slice(begin, begin + _BLOCK)
        block = (
            begins.edge[part],
            begins.node[part],
            begins.time_ds[part],
            begins.here_ds[part],
            begins.offroad_ds[part],
        )
        return kernels.many_to_many(graph, block, by_edge, by_node, wanted, journeys.limit_ds)

    return run_blocks(run, range(0, len(begins), _BLOCK))


def _sweep_rows(journeys: _Journeys) -> Iterator[Rows]:
    sweep = journeys.plan_sweep()
    rooms = _make_rooms(sweep)
    count = len(journeys.begins)

    def run(begin: int) -> Rows:
        times = _run_in_room(sweep, journeys.begins, begin, rooms)
        return rows_of_block(times, times.view(np.uint64), min(sweep.lanes, count - begin))

    return run_blocks(run, range(0, count, sweep.lanes))


def _make_rooms(sweep: Sweep) -> _Rooms:
    """Room for a pass on each thread, taken and given back: clearing it is cheaper than asking for fresh pages."""
    rooms: _Rooms = SimpleQueue()
    for _ in range(THREADS):
        rooms.put((np.full(len(sweep.place), kernels.UNREACHED, np.int32), sweep.make_rows()))
    return rooms


def _run_in_room(sweep: Sweep, begins: Ends, begin: int, rooms: _Rooms) -> Times:
    room = rooms.get()
    try:
        return run_sweep(sweep, begins, slice(begin, begin + sweep.lanes), room)
    finally:
        rooms.put(room)


def nearest_times(
    network: Network, sources: Snapped, targets: Snapped, *, limit_ds: int, reverse: bool = False
) -> tuple[Ints, Ints]:
    """Find the time to every target from its nearest source (t,) i4, and which that is (t,) i4; -1 where none is.

    Among equally near sources the lowest counts. `reverse` as in `travel_times`.

    Raises
    ------
    Cancelled
        Nobody waits any more; asked before each of its two passes.

    """
    check_limit(limit_ds)
    check_waiting()
    graph = network.reverse_graph if reverse else network.graph
    seeds, reads = find_begins(network, sources, reverse=reverse), find_ends(network, targets, reverse=reverse)
    seed_owner = np.repeat(np.arange(len(sources), dtype=np.int32), 2)
    seed_node, seed_ds = seeds.node.ravel(), seeds.time_ds.ravel()
    time, settled = kernels.times_from(graph, seed_node, seed_ds, limit_ds)
    check_waiting()
    owner = kernels.owners(graph, (seed_node, seed_ds, seed_owner), time, settled)
    candidates = [(_add(time[reads.node[:, end]], reads.time_ds[:, end]), owner[reads.node[:, end]]) for end in (0, 1)]
    candidates.append(_nearest_on_edge(sources, reads, seeds.here_ds))
    times = np.stack([time for time, _ in candidates])
    owners = np.stack([owner for _, owner in candidates])
    best = times.min(axis=0)
    found = best <= limit_ds
    owners = np.where(times == best, owners, np.iinfo(np.int32).max).min(axis=0)
    return np.where(found, best, -1).astype(np.int32), np.where(found, owners, -1).astype(np.int32)


def times_to_edge_of_data(network: Network, targets: Snapped, *, limit_ds: int, reverse: bool) -> Ints:
    """Find the time (t,) i4 between every target and the nearest node where a journey may leave the data, or -1.

    A target that nothing reached is unknown, not unreached, where this is not -1: somebody beyond the edge might.
    `reverse` as in the search it belongs to: False asks who could come in to the target, True where it could go out.
    """
    check_limit(limit_ds)
    check_waiting()
    graph = network.reverse_graph if reverse else network.graph
    reads = find_ends(network, targets, reverse=reverse)
    gates = np.flatnonzero(network.edge_of_data).astype(np.int32)
    time, _ = kernels.times_from(graph, gates, np.zeros(len(gates), np.int32), limit_ds)
    best = np.minimum(*(_add(time[reads.node[:, end]], reads.time_ds[:, end]) for end in (0, 1)))
    return np.where(best <= limit_ds, best, -1).astype(np.int32)


def node_times(network: Network, sources: Snapped, *, limit_ds: int, reverse: bool = False) -> Ints:
    """Time (n,) i4 between every node and its nearest source; `kernels.UNREACHED` beyond the limit."""
    check_limit(limit_ds)
    check_waiting()
    graph = network.reverse_graph if reverse else network.graph
    seeds = find_begins(network, sources, reverse=reverse)
    return kernels.times_from(graph, seeds.node.ravel(), seeds.time_ds.ravel(), limit_ds)[0]


def check_limit(limit_ds: int) -> None:
    """Refuse a limit below nothing or beyond a day with ValueError."""
    if not 0 <= limit_ds <= LONGEST_DS:
        raise ValueError(f"limit_ds must lie in 0..{LONGEST_DS}, not {limit_ds}")


def _nearest_on_edge(sources: Snapped, targets: Ends, source_here_ds: Ints) -> tuple[Ints, Ints]:
    """Time and owner (t,) where source and target lie on one edge and no vertex need be passed."""
    indptr, order = targets.by_edge
    on = np.flatnonzero(sources.edge >= 0)
    begin, end = indptr[sources.edge[on]], indptr[sources.edge[on] + 1]
    source = np.repeat(on, end - begin)
    first = np.repeat(begin - np.cumsum(end - begin) + (end - begin), end - begin)
    target = order[first + np.arange(len(source))]
    offroad = sources.offroad_ds[source] + targets.offroad_ds[target]
    ahead = targets.here_ds[target] - source_here_ds[source]
    passable = (source_here_ds[source] >= 0) & (ahead >= 0)
    pair_ds = np.where(passable, ahead + offroad[:, None], kernels.UNREACHED).min(axis=1)
    ranked = np.lexsort((source, pair_ds, target))
    reached, best = np.unique(target[ranked], return_index=True)
    time = np.full(len(targets), kernels.UNREACHED, np.int32)
    owner = np.full(len(targets), -1, np.int32)
    time[reached], owner[reached] = pair_ds[ranked][best], source[ranked][best]
    return time, owner


def _add(time: Ints, read_ds: Ints) -> Ints:
    return np.where((read_ds >= 0) & (time < kernels.UNREACHED), time + read_ds, kernels.UNREACHED).astype(np.int32)


def _join(blocks: list[tuple[NDArray[np.int64], Ints, Ints]]) -> TravelTimes:
    lengths = [np.diff(indptr) for indptr, _, _ in blocks]
    indptr = np.concatenate([[0], np.cumsum(np.concatenate([[], *lengths]))]).astype(np.int64)
    empty = np.empty(0, np.int32)
    return TravelTimes(
        indptr,
        np.concatenate([empty, *(target for _, target, _ in blocks)]),
        np.concatenate([empty, *(time for _, _, time in blocks)]),
    )
