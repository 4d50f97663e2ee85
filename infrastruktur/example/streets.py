"""The street network of the example: the borders of its blocks.

Blocks are the Voronoi cells of one point in most populated cells and of few points in the open country. So every
populated cell lies at a street, old towns are dense and crooked, and the Eifel has long ways, without any rule for
each of them. Shortest paths between the places make the hierarchy: what many ways use becomes a main road.
"""

import heapq
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from infrastruktur.example.landscape import SEED, Landscape, as_lines, as_points
from infrastruktur.example.settlements import Cells, Settlement

_SNAP_M = 14
_COUNTRY_M = 3_200
_BRIDGES_EVERY_M = 3_500
_OPEN_COUNTRY = 0.68
"""Share of the lanes between the blocks of the open country that nobody ever made."""
_SPIELSTRASSEN = 0.08
_BUNDLING = 0.7
"""Cost of a road that is already a main road, so that ways bundle instead of running side by side."""


@dataclass(frozen=True)
class Streets:
    """The streets between junctions.

    `xy` (n, 2) EPSG:25832 metres; `ends` (m, 2) int, indices into `xy`; `klasse` (m,) the highway tag, `.oneway` or
    `.private` behind it where that holds; `settled` (m,) bool, between houses; `bridge` (m,) bool.
    """

    xy: NDArray[np.float64]
    ends: NDArray[np.int64]
    klasse: NDArray[np.object_]
    settled: NDArray[np.bool_]
    bridge: NDArray[np.bool_]


@dataclass
class _Net:
    """The graph while it is searched: per node its (neighbour, edge) pairs, per edge its cost in metres."""

    neighbours: list[list[tuple[int, int]]]
    cost: list[float]

    def search(self, start: int, goals: frozenset[int], enough: int) -> tuple[dict[int, tuple[int, int]], list[int]]:
        """Find the way back (previous node, edge) of each settled node and the first `enough` goals (Dijkstra)."""
        found: list[int] = []
        way: dict[int, tuple[int, int]] = {}
        queue = [(0.0, start, start, -1)]
        while queue and len(found) < enough:
            cost, node, previous, edge = heapq.heappop(queue)
            if node in way:
                continue
            way[node] = (previous, edge)
            if node in goals:
                found.append(node)
            for other, by in self.neighbours[node]:
                if other not in way:
                    heapq.heappush(queue, (cost + self.cost[by], other, node, by))
        return way, found


def build_streets(land: Landscape, places: tuple[Settlement, ...], cells: Cells) -> Streets:
    """Draw the blocks, bridge the river in few places, and give every street its class."""
    rng = np.random.default_rng([SEED, 6])
    xy, ends = _draw_blocks(land, cells, rng)
    ends, bridge = _bridge_the_river(land, xy, ends)
    length_m = np.hypot(*(xy[ends[:, 0]] - xy[ends[:, 1]]).T)
    net = _build_net(len(xy), ends, length_m)
    settled = _find_settled(xy, ends, cells)
    main = _find_main_roads(net, xy, places)
    net.cost = (length_m * np.where(settled | (main != ""), 1, 4)).tolist()
    way, _ = net.search(_nearest_node(xy, places[0].x, places[0].y), frozenset(), 1)
    tree = np.zeros(len(ends), dtype=bool)
    tree[[edge for _, edge in way.values() if edge >= 0]] = True
    joined = np.isin(ends[:, 0], np.fromiter(way, dtype=np.int64))
    served = np.zeros(len(ends), dtype=bool)
    served[shapely.STRtree(as_lines(xy[ends])).nearest(as_points(cells.xy))] = True
    local = _local_classes(tree, settled, rng)
    local[served & (local == "")] = "unclassified"
    klasse = np.where(main != "", main, local)
    kept = np.flatnonzero(joined & (klasse != ""))
    kept = kept[_without_dead_ends(ends[kept], (settled | served)[kept], len(xy))]
    return Streets(xy, ends[kept], klasse[kept], settled[kept], bridge[kept])


def _draw_blocks(
    land: Landscape, cells: Cells, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Draw the borders of blocks: nodes (n, 2) metres and edges (m, 2)."""
    houses = shapely.STRtree(as_points(cells.xy))
    dense = rng.random(len(cells.xy)) < np.where(cells.einwohner > 60, 0.65, 0.42)  # noqa: PLR2004 - an old town
    blocks = shapely.STRtree(as_points(cells.xy[dense]))
    hits = blocks.query(as_points(cells.xy), predicate="dwithin", distance=230)[0]
    lonely = cells.xy[np.bincount(hits, minlength=len(cells.xy)) < 2]  # noqa: PLR2004 - a lane of its own
    town = cells.xy[dense]
    town = town + rng.uniform(-30, 30, town.shape)
    west, south, east, north = land.with_strip.bounds
    easts, norths = np.arange(west, east, _COUNTRY_M), np.arange(south, north, _COUNTRY_M)
    country = np.stack(np.meshgrid(easts, norths), axis=-1).reshape(-1, 2)
    country = country + rng.uniform(-0.45, 0.45, country.shape) * _COUNTRY_M
    gaps = shapely.distance(as_points(country), houses.geometries[houses.nearest(as_points(country))])
    country = country[gaps > 450]  # noqa: PLR2004 - metres from the last house
    aside = np.array([40.0, -15.0])
    seeds = np.vstack([town, lonely - aside, lonely + aside, country, _river_blocks(land, houses)])
    lines = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(seeds), only_edges=True))
    points = shapely.get_coordinates(lines).reshape(-1, 2)
    snapped = np.rint(points / _SNAP_M).astype(np.int64)
    _, first, node = np.unique(snapped, axis=0, return_index=True, return_inverse=True)
    xy = points[first]
    ends = np.sort(node.reshape(-1, 2), axis=1)
    inside = shapely.contains_xy(land.with_strip, xy)
    ends = np.unique(ends[(ends[:, 0] != ends[:, 1]) & inside[ends].all(axis=1)], axis=0)
    return xy, ends


def _river_blocks(land: Landscape, houses: shapely.STRtree) -> NDArray[np.float64]:
    """Give the river blocks of its own where people live, so that streets run along both banks; (n, 2) metres."""
    along = shapely.line_interpolate_point(land.river, np.arange(0, land.river.length, 110))
    return np.asarray(
        shapely.get_coordinates(along[np.unique(houses.query(along, predicate="dwithin", distance=400)[0])])
    )


def _bridge_the_river(
    land: Landscape, xy: NDArray[np.float64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Take away the edges that cross the river, save the one nearest to each place of a bridge."""
    lines = as_lines(xy[ends])
    shapely.prepare(land.river)
    crossing = np.flatnonzero(shapely.intersects(land.river, lines))
    along = shapely.line_locate_point(land.river, shapely.centroid(lines[crossing]))
    wanted = np.arange(_BRIDGES_EVERY_M / 2, land.river.length, _BRIDGES_EVERY_M)
    bridges = np.unique(crossing[np.abs(along[:, None] - wanted[None, :]).argmin(axis=0)])
    kept = np.ones(len(ends), dtype=bool)
    kept[np.setdiff1d(crossing, bridges)] = False
    is_bridge = np.zeros(len(ends), dtype=bool)
    is_bridge[bridges] = True
    return ends[kept], is_bridge[kept]


def _build_net(nodes: int, ends: NDArray[np.int64], length_m: NDArray[np.float64]) -> _Net:
    neighbours: list[list[tuple[int, int]]] = [[] for _ in range(nodes)]
    for edge, (start, end) in enumerate(ends.tolist()):
        neighbours[start].append((end, edge))
        neighbours[end].append((start, edge))
    return _Net(neighbours, length_m.tolist())


def _local_classes(
    tree: NDArray[np.bool_], settled: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.object_]:
    """Draw classes for streets nobody passes through; (m,) each.

    The shortest-path tree stays open to cars both ways: with it the network is one piece for every mode, whatever
    becomes of the other edges.
    """
    luck = rng.random(len(tree))
    klasse = np.where(settled, "residential", "unclassified").astype(object)
    klasse[tree & settled & (luck < _SPIELSTRASSEN)] = "living_street"
    between_houses = (
        *((0.34, "residential"), (0.46, "residential.oneway"), (0.58, "service"), (0.66, "service.private")),
        *((0.86, "footway"), (0.94, "path"), (0.96, "steps"), (1.0, "cycleway")),
    )
    outside = ((_OPEN_COUNTRY, ""), (0.8, "track"), (0.95, "path"), (1.0, "unclassified"))
    for inside, steps in ((True, between_houses), (False, outside)):
        below = 0.0
        for limit, name in steps:
            klasse[~tree & (settled == inside) & (luck >= below) & (luck < limit)] = name
            below = limit
    return klasse


def _without_dead_ends(ends: NDArray[np.int64], needed: NDArray[np.bool_], nodes: int) -> NDArray[np.bool_]:
    """Keep what leads somewhere: lanes of the open country that end in nothing go, one after the other."""
    kept = np.ones(len(ends), dtype=bool)
    while True:
        degree = np.bincount(ends[kept].ravel(), minlength=nodes)
        dead = kept & ~needed & (degree[ends] == 1).any(axis=1)
        if not dead.any():
            return kept
        kept &= ~dead


def _find_settled(xy: NDArray[np.float64], ends: NDArray[np.int64], cells: Cells) -> NDArray[np.bool_]:
    """Tell which edges lie between houses; (m,)."""
    middles = as_points((xy[ends[:, 0]] + xy[ends[:, 1]]) / 2)
    settled = np.zeros(len(ends), dtype=bool)
    settled[shapely.STRtree(as_points(cells.xy)).query(middles, predicate="dwithin", distance=110)[0]] = True
    return settled


def _find_main_roads(net: _Net, xy: NDArray[np.float64], places: tuple[Settlement, ...]) -> NDArray[np.object_]:
    """Class the edges on the ways between towns, quarters and villages, empty elsewhere; (m,)."""
    klasse = np.full(len(net.cost), "", dtype=object)
    node = [_nearest_node(xy, place.x, place.y) for place in places]
    of_rank = [[index for index, place in enumerate(places) if place.rank == rank] for rank in range(3)]
    everywhere = range(len(places))
    for name, starts, goals, enough in (
        ("primary", of_rank[0], of_rank[0], 4),
        ("secondary", of_rank[1], of_rank[0], 1),
        ("tertiary", of_rank[1], everywhere, 3),
        ("tertiary", of_rank[2], everywhere, 3),
    ):
        goal_nodes = frozenset(node[index] for index in goals)
        for start in starts:
            way, found = net.search(node[start], goal_nodes, enough)
            for goal in found:
                _raise_way(net, klasse, way, goal, name)
    return klasse


def _raise_way(net: _Net, klasse: NDArray[np.object_], way: dict[int, tuple[int, int]], goal: int, name: str) -> None:
    at, edge = way[goal]
    while edge >= 0:
        if not klasse[edge]:
            klasse[edge] = name
            net.cost[edge] *= _BUNDLING
        at, edge = way[at]


def _nearest_node(xy: NDArray[np.float64], east: float, north: float) -> int:
    return int(np.argmin(np.hypot(xy[:, 0] - east, xy[:, 1] - north)))
