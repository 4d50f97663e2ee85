"""The order of contraction: a permutation that depends on the map alone and leaves few arcs, parents first."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infrastruktur.routing.contraction import contract
from infrastruktur.routing.order import find_rank


def graph_of(nodes: int, pairs: set[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    ordered = np.array(sorted(pairs), np.int64).reshape(-1, 2)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(ordered[:, 0], minlength=nodes))]).astype(np.int32)
    return indptr, ordered[:, 1].astype(np.int32)


@st.composite
def graphs(draw):
    nodes = draw(st.integers(1, 40))
    place = st.tuples(st.integers(0, 9), st.integers(0, 9))
    xy = np.array(draw(st.lists(place, min_size=nodes, max_size=nodes)), np.float64)
    end = st.integers(0, nodes - 1)
    return *graph_of(nodes, draw(st.sets(st.tuples(end, end), max_size=4 * nodes))), xy


def eliminated(indptr: np.ndarray, head: np.ndarray, rank: np.ndarray) -> list[list[int]]:
    """Upper neighbours by the definition: contract the last, join what is left of its neighbours, and so on."""
    nodes = len(indptr) - 1
    neighbours: list[set[int]] = [set() for _ in range(nodes)]
    for tail in range(nodes):
        for v in head[indptr[tail] : indptr[tail + 1]]:
            if v != tail:
                neighbours[rank[tail]].add(int(rank[v]))
                neighbours[rank[v]].add(int(rank[tail]))
    for v in range(nodes - 1, -1, -1):
        upper = {u for u in neighbours[v] if u < v}
        for u in upper:
            neighbours[u] |= upper - {u}
    return [sorted(u for u in neighbours[v] if u < v) for v in range(nodes)]


@given(graphs())
@settings(max_examples=200, deadline=None)
def test_every_node_has_one_rank_and_contraction_is_what_its_definition_says(graph):
    indptr, head, xy = graph
    rank = find_rank(indptr, head, xy)
    assert sorted(rank.tolist()) == list(range(len(xy)))
    contraction = contract(indptr, head, rank)
    uppers = [part.tolist() for part in np.split(contraction.upper, contraction.indptr[1:-1])]
    assert uppers == eliminated(indptr, head, rank)


@given(graphs())
@settings(max_examples=100, deadline=None)
def test_what_hangs_below_a_node_follows_it_without_a_gap(graph):
    indptr, head, xy = graph
    uppers = eliminated(indptr, head, find_rank(indptr, head, xy))
    parent = [max(upper, default=-1) for upper in uppers]
    below = [{v} for v in range(len(xy))]
    for v in range(len(xy) - 1, 0, -1):
        if parent[v] >= 0:
            below[parent[v]] |= below[v]
    assert all(members == set(range(v, v + len(members))) for v, members in enumerate(below))


@pytest.mark.parametrize("side", [1, 2, 5, 24])
def test_a_square_of_streets_is_cut_by_short_lines(side):
    """Nested dissection of a k-by-k grid leaves at most 31/4 n log2 n arcs (George 1973); ours a fifth of that."""
    nodes = side * side
    xy = np.array([(100.0 * i, 100.0 * j) for j in range(side) for i in range(side)])
    right = {(v, v + 1) for v in range(nodes) if (v + 1) % side}
    up = {(v, v + side) for v in range(nodes - side)}
    indptr, head = graph_of(nodes, right | up)
    arcs = len(contract(indptr, head, find_rank(indptr, head, xy)).upper)
    assert len(head) <= arcs <= 1.55 * nodes * np.log2(nodes) + 1


def test_a_street_of_dead_ends_needs_no_shortcut():
    """A tree is contracted from its leaves: every node has one upper neighbour but the last."""
    nodes = 50
    xy = np.stack([np.arange(nodes) * 10.0, np.zeros(nodes)], axis=1)
    indptr, head = graph_of(nodes, {(v, (v - 1) // 2) for v in range(1, nodes)})
    assert len(contract(indptr, head, find_rank(indptr, head, xy)).upper) == nodes - 1


def test_the_map_alone_decides():
    """Turned arcs and arcs given twice change nothing, and neither does asking again."""
    rng = np.random.default_rng(3)
    xy = rng.uniform(0, 1000, (300, 2))
    pairs = {(int(v), int(u)) for v, u in rng.integers(0, 300, (700, 2))}
    first = find_rank(*graph_of(300, pairs), xy)
    again = find_rank(*graph_of(300, pairs | {(u, v) for v, u in pairs}), xy)
    assert first.tobytes() == again.tobytes()
