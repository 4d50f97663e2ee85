"""Where journeys begin and end: the nodes at both ends of a point's edge, and the times to or from there."""

from dataclasses import dataclass
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np

from infrastruktur.routing.kernels import Ints, Longs, compiled
from infrastruktur.routing.network import Network
from infrastruktur.routing.snap import Snapped


@dataclass(frozen=True, eq=False)
class Ends:
    """Where journeys begin or end, for one direction of travel.

    node and time_ds (n, 2) i4: at both ends of each point's edge, off-road time included, -1 where not allowed;
    here_ds (n, 2) i4: place on the edge, growing in the direction of the search, along and against the course.
    edge, offroad_ds (n,) i4: as snapped. nodes, edges: how many the network has.
    """

    node: Ints
    time_ds: Ints
    here_ds: Ints
    edge: Ints
    offroad_ds: Ints
    nodes: int
    edges: int

    def __len__(self) -> int:
        return len(self.edge)

    @cached_property
    def by_edge(self) -> tuple[Longs, Ints]:
        """Points of every edge: indptr (edges+1,) i8 and point i4."""
        return group_rows(self.edge, self.edges)

    @cached_property
    def by_node(self) -> tuple[Longs, Ints, Ints]:
        """Ends at every node: indptr (nodes+1,) i8, point and time i4."""
        node = np.where(self.time_ds >= 0, self.node, -1).ravel().astype(np.int32)
        indptr, order = group_rows(node, self.nodes)
        return indptr, (order // 2).astype(np.int32), self.time_ds.ravel()[order]


_ends: WeakKeyDictionary[Snapped, WeakKeyDictionary[Network, dict[bool, Ends]]] = WeakKeyDictionary()


def find_begins(network: Network, points: Snapped, *, reverse: bool) -> Ends:
    """Find the seeds of a search from these points, or of one towards them when `reverse`."""
    return _find(network, points, into=reverse, reverse=reverse)


def find_ends(network: Network, points: Snapped, *, reverse: bool) -> Ends:
    """Find the reads of a search that ends at these points, or begins there when `reverse`.

    Kept as long as the points are: the same cells are asked for again and again, and what is grouped or planned for
    them takes longer than a short search.
    """
    kept = _ends.setdefault(points, WeakKeyDictionary()).setdefault(network, {})
    if reverse not in kept:
        kept[reverse] = _find(network, points, into=not reverse, reverse=reverse)
    return kept[reverse]


def _find(network: Network, points: Snapped, *, into: bool, reverse: bool) -> Ends:
    """Pair the ends of each point's edge with the time `into` it to the point, or out of it; off road included."""
    if into:
        times = np.stack([points.along_ds[:, 0], points.against_ds[:, 0]], axis=1)
    else:
        times = np.stack([points.against_ds[:, 1], points.along_ds[:, 1]], axis=1)
    on = points.edge >= 0
    node = np.zeros((len(points), 2), np.int32)
    node[on] = (network.arrive_node if into else network.leave_node)[points.edge[on]]
    point, end = np.nonzero(on[:, None] & np.stack([points.part == 0, points.part == 1], axis=1))
    node[point, end] = network.free_ends[int(into)][points.edge[point], end]
    times = np.where(on[:, None] & (times >= 0), times + points.offroad_ds[:, None], -1).astype(np.int32)
    column = 1 if reverse else 0
    here = np.stack([points.along_ds[:, column], points.against_ds[:, column]], axis=1)
    return Ends(node, times, here, points.edge, points.offroad_ds, len(network.indptr) - 1, len(network.edge_from))


@compiled
def group_rows(key: Ints, rows: int) -> tuple[Longs, Ints]:
    """Group positions of each key as rows (indptr, position), ascending in each; negative keys are in none."""
    indptr = np.zeros(rows + 1, np.int64)
    for k in key:
        if k >= 0:
            indptr[k + 1] += 1
    indptr = np.cumsum(indptr)
    filled = indptr[:-1].copy()
    position = np.empty(indptr[-1], np.int32)
    for i in range(len(key)):
        if key[i] >= 0:
            position[filled[key[i]]] = i
            filled[key[i]] += 1
    return indptr, position
