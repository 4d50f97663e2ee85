"""Shortcuts over a network that hold for any weights: contracted once, weighed anew in a tenth of a second.

Customisable contraction hierarchies (Dibbelt, Strasser, Wagner 2016): nodes are contracted in the stored order, every
pair of a node's remaining neighbours becomes an arc, and weights are filled in afterwards. A new profile or a closed
street needs `customise` alone, a planned path also `contract`; the order stays.
"""

from dataclasses import dataclass
from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from infrastruktur.routing.kernels import UNREACHED, Ints, Longs, compiled, grow
from infrastruktur.routing.network import Network, read_only
from infrastruktur.routing.order import find_rank


@dataclass(frozen=True, eq=False)
class Contraction:
    """Arcs between every node and its upper neighbours, in ranks; k arcs, either direction.

    Attributes
    ----------
    rank (n,) i4
        Of every node; arrays below are by rank, 0 at the top.
    indptr (n+1,) i8, upper (k,) i4
        Neighbours of lower rank number, nearest last.
    shortcut_of (m,) i8
        The arc that carries an arc of the network; -1 for loops.
    upward (m,) bool
        Whether it leads towards the top.

    """

    rank: Ints
    indptr: Longs
    upper: Ints
    shortcut_of: Longs
    upward: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Shortcuts:
    """A contraction with times (k,) i4 up from each node to its upper neighbour, and down from there."""

    contraction: Contraction
    up_ds: Ints
    down_ds: Ints


_shortcuts: WeakKeyDictionary[Network, Shortcuts] = WeakKeyDictionary()
_lock = Lock()


def find_shortcuts(network: Network) -> Shortcuts:
    """Shortcuts of a network, found once; one of the same arcs and other weights takes over what is contracted."""
    with _lock:
        shortcuts = _shortcuts.get(network)
        if shortcuts is None:
            alike = (other.contraction for known, other in _shortcuts.items() if _same_arcs(known, network))
            contraction = next(alike, None) or _contract_network(network)
            shortcuts = _shortcuts[network] = customise(contraction, network.weight_ds)
        return shortcuts


def known_shortcuts(network: Network) -> Shortcuts | None:
    """Shortcuts of a network if they were found before."""
    return _shortcuts.get(network)


def _same_arcs(one: Network, other: Network) -> bool:
    return one.indptr is other.indptr and one.head is other.head and one.node_rank is other.node_rank


def _contract_network(network: Network) -> Contraction:
    rank = network.node_rank
    if rank is None:
        rank = find_rank(network.indptr, network.head, network.node_xy)
    return contract(network.indptr, network.head, rank)


def contract(indptr: Ints, head: Ints, rank: Ints) -> Contraction:
    """Contract all nodes by rank (n,) i4, from the last to the first."""
    nodes = len(indptr) - 1
    if not nodes:  # a mode without ways: one lone node, for points on no street read node 0
        return contract(np.zeros(2, np.int32), head, np.zeros(1, np.int32))
    tail_rank = rank[np.repeat(np.arange(nodes), np.diff(indptr))].astype(np.int64)
    head_rank = rank[head].astype(np.int64)
    lower, upper = np.maximum(tail_rank, head_rank), np.minimum(tail_rank, head_rank)
    key = np.unique((lower * nodes + upper)[lower != upper])
    begin = np.searchsorted(key, np.arange(nodes + 1) * nodes)
    up_indptr, up = eliminate(begin, (key % max(1, nodes)).astype(np.int32))
    shortcut_of = find_arcs(up_indptr, up, lower, upper)
    return Contraction(rank, up_indptr, up, shortcut_of, tail_rank > head_rank)


def customise(contraction: Contraction, weight_ds: Ints) -> Shortcuts:
    """Weigh all shortcuts by the times (m,) of the network's arcs; `UNREACHED` or more is no way."""
    parts = (contraction.shortcut_of, contraction.upward, read_only(weight_ds))
    up_ds, down_ds = weigh(contraction.indptr, contraction.upper, parts)
    return Shortcuts(contraction, up_ds, down_ds)


@compiled
def eliminate(indptr: Longs, upper: Ints) -> tuple[Longs, Ints]:
    """Complete the upper neighbours of every node: those of the nodes below it that meet it first are its own."""
    nodes = len(indptr) - 1
    filled_indptr = np.zeros(nodes + 1, np.int64)
    first_below = np.full(nodes, -1, np.int32)
    next_below = np.full(nodes, -1, np.int32)
    begin = np.empty(nodes, np.int64)
    count = np.empty(nodes, np.int64)
    mark = np.full(nodes, -1, np.int32)
    pool = np.empty(4 * len(upper) + 16, np.int32)
    used = 0
    for v in range(nodes - 1, -1, -1):
        if used + v > len(pool):  # a node has fewer upper neighbours than its rank says
            pool = grow(pool, 2 * len(pool) + v)
        begin[v] = used
        for at in range(indptr[v], indptr[v + 1]):
            pool[used] = upper[at]
            mark[upper[at]] = v
            used += 1
        below = first_below[v]
        while below != -1:
            for at in range(begin[below], begin[below] + count[below]):
                u = pool[at]
                if u != v and mark[u] != v:
                    mark[u] = v
                    pool[used] = u
                    used += 1
            below = next_below[below]
        count[v] = used - begin[v]
        if count[v] > 0:
            row = np.sort(pool[begin[v] : used])
            pool[begin[v] : used] = row
            parent = row[-1]
            next_below[v] = first_below[parent]
            first_below[parent] = v
    for v in range(nodes):
        filled_indptr[v + 1] = filled_indptr[v] + count[v]
    filled = np.empty(used, np.int32)
    for v in range(nodes):
        filled[filled_indptr[v] : filled_indptr[v + 1]] = pool[begin[v] : begin[v] + count[v]]
    return filled_indptr, filled


@compiled
def find_arcs(indptr: Longs, upper: Ints, lower_end: Longs, upper_end: Longs) -> Longs:
    """Arc between each pair of ranks; -1 where both are one."""
    found = np.full(len(lower_end), -1, np.int64)
    for i in range(len(lower_end)):
        if lower_end[i] != upper_end[i]:
            begin, end = indptr[lower_end[i]], indptr[lower_end[i] + 1]
            found[i] = begin + np.searchsorted(upper[begin:end], upper_end[i])
    return found


@compiled
def weigh(indptr: Longs, upper: Ints, parts: tuple[Longs, NDArray[np.bool_], Ints]) -> tuple[Ints, Ints]:
    """Find the times of all arcs: the network's own, then the triangles below them from the last rank to the first.

    The upper neighbours of a node are neighbours of each other, and sorted: a merge finds the third side.
    """
    shortcut_of, upward, weight_ds = parts
    up_ds = np.full(len(upper), UNREACHED, np.int32)
    down_ds = np.full(len(upper), UNREACHED, np.int32)
    for arc in range(len(shortcut_of)):
        at = shortcut_of[arc]
        if at >= 0:
            if upward[arc]:
                up_ds[at] = min(up_ds[at], weight_ds[arc])
            else:
                down_ds[at] = min(down_ds[at], weight_ds[arc])
    for v in range(len(indptr) - 2, -1, -1):
        begin, end = indptr[v], indptr[v + 1]
        for i in range(begin + 1, end):
            third = indptr[upper[i]]
            up_i = up_ds[i]
            down_i = down_ds[i]
            for j in range(begin, i):
                while upper[third] != upper[j]:
                    third += 1
                # no sum above UNREACHED is kept, so none leaves 32 bits
                up_ds[third] = min(up_ds[third], down_i + up_ds[j])
                down_ds[third] = min(down_ds[third], down_ds[j] + up_i)
    return up_ds, down_ds
