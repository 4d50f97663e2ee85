"""Travel times between snapped points: all pairs within a limit, the nearest of many, and the edge of the data.

Times are whole deciseconds and exact on the network: equal to a shortest path on the graph in which every point is a
node of its own. A row or an owner does not depend on threads, on blocks or on the order of arcs.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from infrastruktur.routing import kernels
from infrastruktur.routing.network import Network
from infrastruktur.routing.snap import Snapped

Ints = NDArray[np.int32]

LONGEST_DS = 864_000
"""A day: a search keeps a bucket for every decisecond."""

_BLOCK = 64
_THREADS = 2


@dataclass(frozen=True, eq=False)
class TravelTimes:
    """Times within the limit as rows of sources: indptr (s+1,) i8; target, ascending in a row, and time_ds (k,) i4."""

    indptr: NDArray[np.int64]
    target: Ints
    time_ds: Ints


@dataclass(frozen=True, eq=False)
class _Ends:
    """Where journeys begin and end, for one direction of travel.

    seeds and reads: node and time (n, 2) i4 at both ends of each point's edge; here: place on the edge (n, 2) i4,
    growing in the direction of the search, along and against the course.
    """

    node: Ints
    time_ds: Ints
    here_ds: Ints


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

    Rows are sources either way. The ways off the road at both ends count towards the limit.
    """
    _check_limit(limit_ds)
    graph = network.reverse_graph if reverse else network.graph
    seeds, reads = _begin(network, sources, reverse=reverse), _end(network, targets, reverse=reverse)
    by_edge = _rows(targets.edge, len(network.edge_from))
    by_node = _reads_by_node(reads, len(network.indptr) - 1)
    wanted = (reads.here_ds, targets.offroad_ds)

    def run(begin: int) -> tuple[NDArray[np.int64], Ints, Ints]:
        part = slice(begin, begin + _BLOCK)
        block = (
            sources.edge[part],
            seeds.node[part],
            seeds.time_ds[part],
            seeds.here_ds[part],
            sources.offroad_ds[part],
        )
        return kernels.many_to_many(graph, block, by_edge, by_node, wanted, limit_ds)

    blocks = []
    with ThreadPoolExecutor(_THREADS) as threads:
        for done, block in enumerate(threads.map(run, range(0, len(sources), _BLOCK))):
            blocks.append(block)
            if progress is not None:
                progress("Wege suchen", min(1.0, (done + 1) * _BLOCK / len(sources)))
    return _join(blocks)


def nearest_times(
    network: Network, sources: Snapped, targets: Snapped, *, limit_ds: int, reverse: bool = False
) -> tuple[Ints, Ints]:
    """Find the time to every target from its nearest source (t,) i4, and which that is (t,) i4; -1 where none is.

    Among equally near sources the lowest counts. `reverse` as in `travel_times`.
    """
    _check_limit(limit_ds)
    graph = network.reverse_graph if reverse else network.graph
    seeds, reads = _begin(network, sources, reverse=reverse), _end(network, targets, reverse=reverse)
    seed_owner = np.repeat(np.arange(len(sources), dtype=np.int32), 2)
    seed_node, seed_ds = seeds.node.ravel(), seeds.time_ds.ravel()
    time, settled = kernels.times_from(graph, seed_node, seed_ds, limit_ds)
    owner = kernels.owners(graph, (seed_node, seed_ds, seed_owner), time, settled)
    candidates = [(_add(time[reads.node[:, end]], reads.time_ds[:, end]), owner[reads.node[:, end]]) for end in (0, 1)]
    candidates.append(_nearest_on_edge(network, sources, targets, (seeds.here_ds, reads.here_ds)))
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
    _check_limit(limit_ds)
    graph = network.reverse_graph if reverse else network.graph
    reads = _end(network, targets, reverse=reverse)
    gates = np.flatnonzero(network.edge_of_data).astype(np.int32)
    time, _ = kernels.times_from(graph, gates, np.zeros(len(gates), np.int32), limit_ds)
    best = np.minimum(*(_add(time[reads.node[:, end]], reads.time_ds[:, end]) for end in (0, 1)))
    return np.where(best <= limit_ds, best, -1).astype(np.int32)


def node_times(network: Network, sources: Snapped, *, limit_ds: int, reverse: bool = False) -> Ints:
    """Time (n,) i4 between every node and its nearest source; `kernels.UNREACHED` beyond the limit."""
    _check_limit(limit_ds)
    graph = network.reverse_graph if reverse else network.graph
    seeds = _begin(network, sources, reverse=reverse)
    return kernels.times_from(graph, seeds.node.ravel(), seeds.time_ds.ravel(), limit_ds)[0]


def _check_limit(limit_ds: int) -> None:
    if not 0 <= limit_ds <= LONGEST_DS:
        raise ValueError(f"limit_ds must lie in 0..{LONGEST_DS}, not {limit_ds}")


def _begin(network: Network, points: Snapped, *, reverse: bool) -> _Ends:
    return _ends(network.arrive_node if reverse else network.leave_node, points, into=reverse, reverse=reverse)


def _end(network: Network, points: Snapped, *, reverse: bool) -> _Ends:
    return _ends(network.leave_node if reverse else network.arrive_node, points, into=not reverse, reverse=reverse)


def _ends(node_of_edge: Ints, points: Snapped, *, into: bool, reverse: bool) -> _Ends:
    """Pair the ends of each point's edge with the time `into` it to the point, or out of it; off road included."""
    if into:
        times = np.stack([points.along_ds[:, 0], points.against_ds[:, 0]], axis=1)
    else:
        times = np.stack([points.against_ds[:, 1], points.along_ds[:, 1]], axis=1)
    on = points.edge >= 0
    node = np.zeros((len(points), 2), np.int32)
    node[on] = node_of_edge[points.edge[on]]
    times = np.where(on[:, None] & (times >= 0), times + points.offroad_ds[:, None], -1).astype(np.int32)
    column = 1 if reverse else 0
    return _Ends(node, times, np.stack([points.along_ds[:, column], points.against_ds[:, column]], axis=1))


def _rows(key: Ints, rows: int) -> tuple[NDArray[np.int64], Ints]:
    """Positions of each key as rows (indptr, position); negative keys are in none."""
    order = np.argsort(key, kind="stable")
    order = order[np.searchsorted(key[order], 0) :]
    counts = np.bincount(key[order], minlength=rows)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), order.astype(np.int32)


def _reads_by_node(reads: _Ends, nodes: int) -> tuple[NDArray[np.int64], Ints, Ints]:
    node = np.where(reads.time_ds >= 0, reads.node, -1).ravel().astype(np.int32)
    indptr, order = _rows(node, nodes)
    return indptr, (order // 2).astype(np.int32), reads.time_ds.ravel()[order]


def _nearest_on_edge(
    network: Network, sources: Snapped, targets: Snapped, places: tuple[Ints, Ints]
) -> tuple[Ints, Ints]:
    """Time and owner (t,) where source and target lie on one edge and no vertex need be passed."""
    indptr, order = _rows(targets.edge, len(network.edge_from))
    on = np.flatnonzero(sources.edge >= 0)
    begin, end = indptr[sources.edge[on]], indptr[sources.edge[on] + 1]
    source = np.repeat(on, end - begin)
    first = np.repeat(begin - np.cumsum(end - begin) + (end - begin), end - begin)
    target = order[first + np.arange(len(source))]
    offroad = sources.offroad_ds[source] + targets.offroad_ds[target]
    ahead = places[1][target] - places[0][source]
    passable = (places[0][source] >= 0) & (ahead >= 0)
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
