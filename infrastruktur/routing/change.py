"""The nearest of a kind for every node and target, kept so that one place more, less or elsewhere costs milliseconds.

A node keeps time and owner in one number, time above owner, so the least of two is the nearer and among equals the
lower owner. A new source spreads over what it takes; what a removed one held is taken again from its rim and from the
seeds of others there. Both are exact: nothing else can change. Fields are values; a change gives a new one.
"""

from dataclasses import dataclass, replace

import numpy as np

from infrastruktur.routing.ends import Ends, find_begins, find_ends
from infrastruktur.routing.kernels import Graph, Ints, Longs, compiled, grow
from infrastruktur.routing.network import Network
from infrastruktur.routing.search import check_limit
from infrastruktur.routing.snap import Snapped
from infrastruktur.routing.sweep import OWNER_BITS, UNREACHED_KEY

_OWNER = np.int64(2**OWNER_BITS - 1)


@dataclass(frozen=True, eq=False)
class NearestField:
    """Nearest of s sources, of t targets on n nodes.

    Attributes
    ----------
    sources, targets
        As snapped. A removed source keeps its number and is off the network.
    ends
        Where journeys end at the targets.
    node_key (n,) i8, target_key (t,) i8
        Time in deciseconds times 2**32, plus the owner; `UNREACHED_KEY` beyond the limit.

    """

    network: Network
    sources: Snapped
    targets: Snapped
    limit_ds: int
    reverse: bool
    ends: Ends
    node_key: Longs
    target_key: Longs

    @property
    def time_ds(self) -> Ints:
        """Time of every target (t,) i4 as `search.nearest_times` gives it; -1 where there is none."""
        reached = self.target_key < UNREACHED_KEY
        return np.where(reached, self.target_key >> OWNER_BITS, -1).astype(np.int32)

    @property
    def owner(self) -> Ints:
        """Source nearest to every target (t,) i4, the lowest among equals; -1 where there is none."""
        return np.where(self.target_key < UNREACHED_KEY, self.target_key & _OWNER, -1).astype(np.int32)

    @property
    def graph(self) -> Graph:
        return self.network.reverse_graph if self.reverse else self.network.graph

    @property
    def inverse(self) -> Graph:
        """Arcs by the node they enter, in the direction of the search."""
        return self.network.graph if self.reverse else self.network.reverse_graph


def build_nearest(
    network: Network, sources: Snapped, targets: Snapped, *, limit_ds: int, reverse: bool = False
) -> NearestField:
    """Search from all sources at once, as `search.nearest_times` does, and keep what is needed to change it."""
    check_limit(limit_ds)
    field = NearestField(
        network=network,
        sources=sources,
        targets=targets,
        limit_ds=limit_ds,
        reverse=reverse,
        ends=find_ends(network, targets, reverse=reverse),
        node_key=np.full(len(network.indptr) - 1, UNREACHED_KEY),
        target_key=np.empty(0, np.int64),
    )
    spread(field.graph, *_seeds(field, sources, 0), limit_ds, field.node_key)
    return _read_targets(field)


def add_source(field: NearestField, point: Snapped) -> NearestField:
    """Add one snapped point (1) as the source with the next number."""
    return _take(replace(field, sources=_put(field.sources, len(field.sources), point)), len(field.sources))


def remove_source(field: NearestField, number: int) -> NearestField:
    """Take a source away; the others keep their numbers.

    Raises
    ------
    IndexError
        There is no such source.

    """
    return _read_targets(_release(field, number))


def move_source(field: NearestField, number: int, point: Snapped) -> NearestField:
    """Put a source to another snapped point (1), or a removed one back.

    Raises
    ------
    IndexError
        There is no such source.

    """
    freed = _release(field, number)
    return _take(replace(freed, sources=_put(freed.sources, number, point)), number)


def changed_targets(before: NearestField, after: NearestField) -> Ints:
    """Targets whose time or owner differs between two fields of the same targets."""
    return np.flatnonzero(before.target_key != after.target_key).astype(np.int32)


def _put(sources: Snapped, number: int, point: Snapped) -> Snapped:
    return Snapped(
        **{
            name: np.concatenate([values[:number], getattr(point, name)[:1], values[number + 1 :]])
            for name, values in vars(sources).items()
        }
    )


def _take(field: NearestField, number: int) -> NearestField:
    point = Snapped(**{name: values[number : number + 1] for name, values in vars(field.sources).items()})
    key = field.node_key.copy()
    spread(field.graph, *_seeds(field, point, number), field.limit_ds, key)
    return _read_targets(replace(field, node_key=key))


def _release(field: NearestField, number: int) -> NearestField:
    if not 0 <= number < len(field.sources):
        raise IndexError(f"there is no source {number} among {len(field.sources)}")
    edge = field.sources.edge.copy()
    edge[number] = -1
    left = replace(field, sources=Snapped(**vars(field.sources) | {"edge": edge}))
    key = field.node_key.copy()
    region, rim_key = clear_region(field.inverse, key, number, field.limit_ds)
    seed_node, seed_key = _seeds(left, left.sources, 0)
    nodes, keys = np.concatenate([region, seed_node]), np.concatenate([rim_key, seed_key])
    spread(field.graph, nodes, keys, field.limit_ds, key)
    return replace(left, node_key=key)


def _seeds(field: NearestField, points: Snapped, first: int) -> tuple[Longs, Longs]:
    """Nodes and keys of the seeds of points numbered from `first`."""
    begins = find_begins(field.network, points, reverse=field.reverse)
    owner = np.repeat(np.arange(first, first + len(points), dtype=np.int64), 2)
    time_ds = begins.time_ds.ravel().astype(np.int64)
    allowed = time_ds >= 0
    return begins.node.ravel()[allowed].astype(np.int64), ((time_ds << OWNER_BITS) | owner)[allowed]


def _read_targets(field: NearestField) -> NearestField:
    ends, begins = field.ends, find_begins(field.network, field.sources, reverse=field.reverse)
    sources = (begins.edge, begins.here_ds, begins.offroad_ds)
    targets = (ends.node, ends.time_ds, ends.here_ds, ends.offroad_ds)
    return replace(field, target_key=read_keys(targets, ends.by_edge, sources, field.node_key, field.limit_ds))


@compiled
def spread(graph: Graph, nodes: Longs, keys: Longs, limit: int, key: Longs) -> None:
    """Lower keys from given nodes, by buckets of a decisecond, until nothing is lower.

    A node may come up again at the same time with a lower owner, also over arcs of no time.
    """
    indptr, head, weight = graph
    bucket = np.full(limit + 1, -1, np.int32)
    link = np.empty(1 << 12, np.int32)
    node = np.empty(1 << 12, np.int32)
    used = 0
    for i in range(len(nodes)):
        d = keys[i] >> OWNER_BITS
        if d <= limit and keys[i] < key[nodes[i]]:
            link, node, used = enter(bucket, (link, node, used), nodes[i], d)
            key[nodes[i]] = keys[i]
    pending = used
    d = 0
    while pending > 0:
        entry = bucket[d]
        while entry != -1:
            bucket[d] = link[entry]
            pending -= 1
            u = node[entry]
            if key[u] >> OWNER_BITS == d:
                for arc in range(indptr[u], indptr[u + 1]):
                    reached = key[u] + (np.int64(weight[arc]) << OWNER_BITS)
                    if d + weight[arc] <= limit and reached < key[head[arc]]:
                        link, node, used = enter(bucket, (link, node, used), head[arc], d + weight[arc])
                        key[head[arc]] = reached
                        pending += 1
            entry = bucket[d]
        d += 1


@compiled
def enter(bucket: Ints, pool: tuple[Ints, Ints, int], v: int, d: int) -> tuple[Ints, Ints, int]:
    """Put a node into a bucket; returns the pool, larger where it was full."""
    link, node, used = pool
    if used == len(node):
        link = grow(link, 2 * used)
        node = grow(node, 2 * used)
    node[used] = v
    link[used] = bucket[d]
    bucket[d] = used
    return link, node, used + 1


@compiled
def clear_region(inverse: Graph, key: Longs, owner: int, limit: int) -> tuple[Longs, Longs]:
    """Forget what an owner holds; returns those nodes and the least key that enters each from outside."""
    indptr, tail, weight = inverse
    region = np.flatnonzero((key < UNREACHED_KEY) & ((key & _OWNER) == owner))
    for u in region:
        key[u] = UNREACHED_KEY
    entering = np.full(len(region), UNREACHED_KEY, np.int64)
    for i in range(len(region)):
        for arc in range(indptr[region[i]], indptr[region[i] + 1]):
            if key[tail[arc]] < UNREACHED_KEY and weight[arc] <= limit:
                entering[i] = min(entering[i], key[tail[arc]] + (np.int64(weight[arc]) << OWNER_BITS))
    return region, entering


@compiled
def read_keys(
    targets: tuple[Ints, Ints, Ints, Ints],
    by_edge: tuple[Longs, Ints],
    sources: tuple[Ints, Ints, Ints],
    key: Longs,
    limit: int,
) -> Longs:
    """Key of every target: over both ends of its edge, and from sources on that edge without passing a node.

    targets: nodes and times (t, 2), places (t, 2), off-road times (t,). sources: edge (s,), places (s, 2), off-road
    times (s,).
    """
    node, time, place, offroad = targets
    indptr, on_edge = by_edge
    edge, begin, source_offroad = sources
    best = np.full(len(offroad), UNREACHED_KEY, np.int64)
    for t in range(len(offroad)):
        for end in range(2):
            if time[t, end] >= 0 and key[node[t, end]] < UNREACHED_KEY:
                best[t] = min(best[t], key[node[t, end]] + (np.int64(time[t, end]) << OWNER_BITS))
    for s in np.flatnonzero(edge >= 0):
        for t in on_edge[indptr[edge[s]] : indptr[edge[s] + 1]]:
            for way in range(2):
                if 0 <= begin[s, way] <= place[t, way]:
                    arrival = place[t, way] - begin[s, way] + source_offroad[s] + offroad[t]
                    best[t] = min(best[t], (np.int64(arrival) << OWNER_BITS) | s)
    best[best >= np.int64(limit + 1) << OWNER_BITS] = UNREACHED_KEY
    return best
