"""From edges to arcs: ends that are doubled for destination traffic, junctions that are expanded for banned turns.

All other nodes stay one node each, so a network grows by as little as its signs demand. Links between the copies of a
node take no time and, as those past a barrier, belong to no edge (-1).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infrastruktur.routing import kernels
from infrastruktur.routing.turns import Bans

Ints = NDArray[np.int64]
Arrays = dict[str, NDArray[Any]]

CLOSED_DS = kernels.UNREACHED
"""Time of an arc that a profile may not use: beyond every limit, and the arcs stay where they are."""

_OUT, _THROUGH, _IN = 0, 1, 2


@dataclass(frozen=True)
class _Travelled:
    """Edges as they are travelled (t,): once for all, or on the way out and on the way in where for destination only.

    tail, head: the copies of nodes they lead between; `code` as in `turns.Bans`.
    """

    edge: Ints
    along: NDArray[np.bool_]
    layer: Ints
    weight: Ints
    tail: Ints
    head: Ints

    @property
    def code(self) -> Ints:
        return 2 * self.edge + ~self.along


def lay_arcs(nodes: Arrays, edges: Arrays, bans: Bans, sides: Ints) -> Arrays:
    """Lay arcs over the edges; returns all arrays of a network.

    `sides` (k, 2) are nodes on two sides of a barrier that may be passed. They are linked both ways by a decisecond,
    for ways round in no time would leave the nearest of equals to chance; a profile closes the link.

    Ends of edges for destination only get a copy for the way out and one for the way in, linked out → node → in, so
    that no journey passes through. A node with a banned turn gets a copy for every edge that arrives and every one
    that leaves, linked where the turn is allowed; the node itself is where journeys end, a further copy where they
    begin, and two more are for those that end and begin on an edge for destination only.
    """
    travelled = _travel(edges)
    copies = _plan_copies(travelled, len(nodes["node_osm"]), bans)
    moved, links, place = _copy_nodes(travelled, copies, bans)
    leave, arrive = _ends_of_edges(edges, moved, copies)
    links = np.concatenate([links, *_link_sides(sides, copies)])
    tail = np.concatenate([moved.tail, links[:, 0]])
    head = np.concatenate([moved.head, links[:, 1]])
    nothing = np.zeros(len(links), np.int64)
    weight = np.concatenate([moved.weight, (place[links[:, 0]] != place[links[:, 1]]).astype(np.int64)])
    arc_edge = np.concatenate([moved.edge, nothing - 1])
    along = np.concatenate([moved.along, nothing == 0])
    useful = np.flatnonzero(tail != head)
    order = useful[np.lexsort((~along[useful], arc_edge[useful], head[useful], tail[useful]))]
    arrays = {
        **{name: values[place] for name, values in nodes.items()},
        **edges,
        "node_place": place.astype(np.int32),
        "leave_node": leave.astype(np.int32),
        "arrive_node": arrive.astype(np.int32),
        "indptr": index_rows(tail[order], len(place)),
        "head": head[order].astype(np.int32),
        "weight_ds": weight[order].astype(np.int32),
        "arc_edge": arc_edge[order].astype(np.int32),
        "arc_forward": along[order],
    }
    return arrays | {"node_component": find_components(arrays)}


def free_ends(arrays: Mapping[str, NDArray[Any]]) -> tuple[Ints, Ints]:
    """Where journeys that begin and end exactly at the ends of edges come out and go in (e, 2) each.

    At an expanded node who is there has come by no edge, so nothing bans a turn: those copies are the first of it.
    """
    place, special = arrays["node_place"], arrays["edge_destination"][:, None]
    ends = np.stack([arrays["edge_from"], arrays["edge_to"]], axis=1).astype(np.int64)
    copy = np.flatnonzero(place != np.arange(len(place)))
    copied, first, count = np.unique(place[copy], return_index=True, return_counts=True)
    of_expanded = count > 2  # noqa: PLR2004  a doubled node has two
    copies = _Copies(int(copy[first[of_expanded]].min(initial=len(place))), np.empty(0, np.int64), copied[of_expanded])
    expanded = np.isin(ends, copies.expanded)
    leave = np.where(special, copies.begin_special(ends), copies.begin(ends))
    arrive = np.where(special, copies.end_special(ends), ends)
    return np.where(expanded, leave, arrays["leave_node"]), np.where(expanded, arrive, arrays["arrive_node"])


def index_rows(key: Ints, rows: int) -> NDArray[np.int32]:
    """Begin of each row (rows+1,) among ascending keys."""
    return np.concatenate([[0], np.cumsum(np.bincount(key, minlength=rows))]).astype(np.int32)


def _travel(edges: Arrays) -> _Travelled:
    special = edges["edge_destination"]
    edge = np.arange(len(special))
    first = np.where(special, _OUT, _THROUGH)
    parts = []
    for ways, layer in ((edge, first), (edge[special], np.full(int(special.sum()), _IN))):
        ends = edges["edge_from"][ways], edges["edge_to"][ways]
        parts.append((ways, ways >= 0, layer, edges["edge_forward_ds"][ways], *ends))
        parts.append((ways, ways < 0, layer, edges["edge_backward_ds"][ways], *ends[::-1]))
    columns = [np.concatenate([part[i] for part in parts]) for i in range(6)]
    allowed = columns[3] >= 0
    edge, along, layer, weight, tail, head = (column[allowed] for column in columns)
    return _Travelled(edge, along, layer, weight.astype(np.int64), tail.astype(np.int64), head.astype(np.int64))


@dataclass(frozen=True)
class _Copies:
    """Of `count` nodes, those doubled for destination traffic and those expanded for banned turns, ascending.

    Copies are numbered after the nodes: of the doubled on the way out, on the way in, then where journeys begin at
    the expanded, where they begin and end for destination; then one for every edge at these.
    """

    count: int
    doubled: Ints
    expanded: Ints

    def outward(self, node: Ints) -> Ints:
        return self.count + np.searchsorted(self.doubled, node)

    def inward(self, node: Ints) -> Ints:
        return self.outward(node) + len(self.doubled)

    def begin(self, node: Ints) -> Ints:
        return self.count + 2 * len(self.doubled) + np.searchsorted(self.expanded, node)

    def begin_special(self, node: Ints) -> Ints:
        return self.begin(node) + len(self.expanded)

    def end_special(self, node: Ints) -> Ints:
        return self.begin(node) + 2 * len(self.expanded)

    @property
    def next(self) -> int:
        return self.count + 2 * len(self.doubled) + 3 * len(self.expanded)


def _plan_copies(travelled: _Travelled, count: int, bans: Bans) -> _Copies:
    arriving = np.array(sorted({code for code, _ in bans}), np.int64)
    expanded = np.unique(travelled.head[np.isin(travelled.code, arriving)])
    special = travelled.layer != _THROUGH
    ends = np.concatenate([travelled.tail[special], travelled.head[special]])
    return _Copies(count, np.setdiff1d(ends, expanded), expanded)


def _copy_nodes(travelled: _Travelled, copies: _Copies, bans: Bans) -> tuple[_Travelled, Ints, Ints]:
    """Give edges their copies of nodes; returns them, the links (k, 2) and the place of every copy among the nodes."""
    doubled, expanded = copies.doubled, copies.expanded
    links = [
        np.stack([copies.outward(doubled), doubled], axis=1),
        np.stack([doubled, copies.inward(doubled)], axis=1),
    ]
    place = [np.arange(copies.count), doubled, doubled, expanded, expanded, expanded]
    free, ends = copies.next, []
    for end in (travelled.tail, travelled.head):
        twice = np.isin(end, doubled)
        moved = np.where(twice & (travelled.layer == _OUT), copies.outward(end), end)
        moved = np.where(twice & (travelled.layer == _IN), copies.inward(end), moved)
        at = np.flatnonzero(np.isin(end, expanded))
        moved[at] = free + np.arange(len(at))
        free += len(at)
        place.append(end[at])
        ends.append((moved, at))
    (tail, leaving), (head, arriving) = ends
    begins, ends_at = travelled.tail[leaving], travelled.head[arriving]
    public_begin, public_end = travelled.layer[leaving] != _OUT, travelled.layer[arriving] != _IN
    links += [
        np.stack([copies.begin(begins), tail[leaving]], axis=1)[public_begin],
        np.stack([copies.begin_special(begins), tail[leaving]], axis=1),
        np.stack([head[arriving], ends_at], axis=1)[public_end],
        np.stack([head[arriving], copies.end_special(ends_at)], axis=1),
        *(
            np.stack([begin(expanded), end], axis=1)
            for begin in (copies.begin, copies.begin_special)
            for end in (expanded, copies.end_special(expanded))
        ),
    ]
    moved_edges = _Travelled(travelled.edge, travelled.along, travelled.layer, travelled.weight, tail, head)
    links.append(_turns(travelled, moved_edges, expanded, bans))
    return moved_edges, np.concatenate(links), np.concatenate(place)


def _link_sides(sides: Ints, copies: _Copies) -> list[Ints]:
    """Links both ways, between nodes and between their copies for destination traffic."""
    both = np.concatenate([sides, sides[:, ::-1]])
    twice = both[np.isin(both, copies.doubled).all(axis=1)]
    return [both, copies.outward(twice), copies.inward(twice)]


def _turns(travelled: _Travelled, moved: _Travelled, expanded: Ints, bans: Bans) -> Ints:
    """Links (k, 2) over expanded nodes from every arriving edge to every leaving one, but the banned turns."""
    links = []
    code, layer = travelled.code.tolist(), travelled.layer.tolist()
    arriving, leaving = _rows_at(travelled.head, expanded), _rows_at(travelled.tail, expanded)
    for node in expanded.tolist():
        links += [
            (moved.head[a], moved.tail[b])
            for a in arriving[node]
            for b in leaving[node]
            if layer[a] <= layer[b] and (code[a], code[b]) not in bans
        ]
    return np.array(links, np.int64).reshape(-1, 2)


def _rows_at(end: Ints, nodes: Ints) -> dict[int, list[int]]:
    rows: dict[int, list[int]] = {node: [] for node in nodes.tolist()}
    for row in np.flatnonzero(np.isin(end, nodes)).tolist():
        rows[int(end[row])].append(row)
    return rows


def _ends_of_edges(edges: Arrays, moved: _Travelled, copies: _Copies) -> tuple[Ints, Ints]:
    """Where journeys that begin on an edge come out, and those that end there go in (e, 2) each.

    At an expanded node that is the copy of the edge, or where it may not be travelled that way, the copy where
    journeys begin and the node itself.
    """
    ends = np.stack([edges["edge_from"], edges["edge_to"]], axis=1).astype(np.int64)
    twice = edges["edge_destination"][:, None] & np.isin(ends, copies.doubled)
    special, expanded = edges["edge_destination"][:, None], np.isin(ends, copies.expanded)
    leave = np.where(expanded, np.where(special, copies.begin_special(ends), copies.begin(ends)), ends)
    leave = np.where(twice, copies.outward(ends), leave)
    arrive = np.where(expanded & special, copies.end_special(ends), ends)
    arrive = np.where(twice, copies.inward(ends), arrive)
    column = moved.along.astype(np.int64)
    out, into = moved.layer != _IN, moved.layer != _OUT
    leave[moved.edge[out], column[out]] = moved.head[out]
    arrive[moved.edge[into], 1 - column[into]] = moved.tail[into]
    return leave, arrive


def find_enclosed(edges: Arrays, outside: NDArray[np.bool_], sides: Ints) -> NDArray[np.bool_]:
    """Mark the edges (e,) free to all that nobody passes without a street for destination before or behind them.

    Who lives there has business in those streets and nobody else does, so they count as for destination themselves;
    else nobody would come home. Passed is what lies on a free way between the main network and itself or the outside of
    the data (nodes (n,) bool). `sides` as in `lay_arcs`; banned turns do not count. Known limit: within such a
    part its own streets for destination are passed by who lives in it.
    """
    special = edges["edge_destination"]
    if not special.any():
        return np.zeros(len(special), np.bool_)
    nodes = len(outside)
    main = _largest_part(_link(edges, np.ones_like(special), sides), np.ones_like(outside))
    tail, head = _link(edges, ~special, sides)
    free = _largest_part((tail, head), main)
    from_main, come = (_reach(tail, head, nodes, seeds) for seeds in (free, free | outside))
    to_main, gone = (_reach(head, tail, nodes, seeds) for seeds in (free, free | outside))
    begin, end = edges["edge_from"], edges["edge_to"]
    ahead, back = (
        (edges[weight] >= 0) & (come[a] & to_main[b] | from_main[a] & gone[b])
        for weight, a, b in (("edge_forward_ds", begin, end), ("edge_backward_ds", end, begin))
    )
    return np.asarray(~special & main[begin] & main[end] & ~ahead & ~back)


def _link(edges: Arrays, used: NDArray[np.bool_], sides: Ints) -> tuple[Ints, Ints]:
    """Tails and heads of the used edges as they may be travelled, and of the links between sides of a barrier."""
    ahead, back = used & (edges["edge_forward_ds"] >= 0), used & (edges["edge_backward_ds"] >= 0)
    begin, end = edges["edge_from"].astype(np.int64), edges["edge_to"].astype(np.int64)
    tail = np.concatenate([begin[ahead], end[back], *sides.T])
    return tail, np.concatenate([end[ahead], begin[back], *sides.T[::-1]])


def _largest_part(links: tuple[Ints, Ints], among: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark the largest strong component (n,), counting nodes of `among`; of equal ones that of the first node."""
    tail, head = links
    order = np.argsort(tail, kind="stable")
    label, count = kernels.strong_components(index_rows(tail[order], len(among)), head[order].astype(np.int32))
    size = np.bincount(label[among], minlength=count)[label]
    return np.asarray(label == label[np.argmax(size)])


def _reach(tail: Ints, head: Ints, nodes: int, seeds: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark the nodes (n,) that links lead to from the seeds, and those."""
    order = np.argsort(tail, kind="stable")
    graph = index_rows(tail[order], nodes), head[order].astype(np.int32), np.zeros(len(head), np.int32)
    begin = np.flatnonzero(seeds).astype(np.int32)
    time, _ = kernels.times_from(graph, begin, np.zeros(len(begin), np.int32), 0)
    return np.asarray(time == 0)


def find_components(arrays: Mapping[str, NDArray[Any]]) -> NDArray[np.int32]:
    """Find strong components (n,) i4, numbered by falling size, equal ones by their first node.

    Edges for destination only count as passable. Copies where journeys only begin or end count to the best component
    of their node.
    """
    tail = np.repeat(np.arange(len(arrays["indptr"]) - 1), np.diff(arrays["indptr"]))
    head, open_ = arrays["head"], arrays["weight_ds"] < CLOSED_DS
    through = _through_destination(arrays)
    tail = np.concatenate([tail[open_], through[:, 0], through[:, 1]])
    head = np.concatenate([head[open_], through[:, 1], through[:, 0]])
    order = np.argsort(tail, kind="stable")
    place = arrays["node_place"]
    label, count = kernels.strong_components(index_rows(tail[order], len(place)), head[order].astype(np.int32))
    members = np.unique(label.astype(np.int64) * len(place) + place) // max(1, len(place))
    size = np.bincount(members, minlength=count)
    first = np.full(count, len(place))
    np.minimum.at(first, label, np.arange(len(place)))
    number = np.empty(count, np.int32)
    number[np.lexsort((first, -size))] = np.arange(count)
    found: NDArray[np.int32] = number[label]
    best = np.full(len(place), count, np.int32)
    np.minimum.at(best, place, found)
    leaving, entering = (np.bincount(end, minlength=len(place)) for end in (tail, head))
    fringe = ((leaving == 0) | (entering == 0)) & (np.bincount(place)[place] > 1)
    return np.where(fringe, best[place], found).astype(np.int32)


def _through_destination(arrays: Mapping[str, NDArray[Any]]) -> Ints:
    """Pairs (k, 2) of the heads of an edge for destination only, on the way out and on the way in."""
    edge = arrays["arc_edge"]
    special = np.flatnonzero((edge >= 0) & arrays["edge_destination"][edge] & (arrays["weight_ds"] < CLOSED_DS))
    code = 2 * edge[special].astype(np.int64) + ~arrays["arc_forward"][special]
    order = special[np.argsort(code, kind="stable")]
    return arrays["head"][order].astype(np.int64).reshape(-1, 2)
