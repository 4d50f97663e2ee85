"""The area reached within a time, drawn for the eye; figures come from times per cell, never from this shape.

Every point of a 20 m grid takes its time from its nearest road, reached or not, so the far bank of a river without a
bridge stays outside: measured in Aachen against the true times of cells, 0.8 % lie wrongly inside and 2.0 % wrongly
outside on foot, 1.2 % and 3.3 % by car, where concave hulls and buffers miss by 4 to 10 %.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import contourpy
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.ops import substring

from infrastruktur.domain.waiting import check_waiting
from infrastruktur.routing import kernels
from infrastruktur.routing.ground import REACH_M, SPACING_M, look_up
from infrastruktur.routing.kernels import Ints, compiled
from infrastruktur.routing.network import Network
from infrastruktur.routing.profiles import WALK_REFERENCE_KM_H, Modus, offroad_ds_per_m, walk_limit_ds
from infrastruktur.routing.search import node_times
from infrastruktur.routing.snap import Snapped, snap

SHORTEST_PART = 1e-9
"""Share of an edge below which a reached stretch is none."""

MOST_GRID_POINTS = 4_000_000
"""A larger area, of over 1,600 km², is drawn with every second point: a bound on time and memory."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Grid:
    """Every `step`-th point of the ground from that with number `west`, `south`."""

    west: int
    south: int
    columns: int
    rows: int
    step: int

    @property
    def spacing_m(self) -> float:
        return SPACING_M * self.step


def isochrones(
    network: Network,
    points: Snapped | NDArray[np.float64],
    *,
    limits_s: Sequence[int],
    speed_km_h: float | None = None,
    reverse: bool = False,
) -> list[shapely.MultiPolygon]:
    """Areas reached from any of the points (or from which they are reached, when `reverse`), one per limit.

    Parameters
    ----------
    network
        Of one mode.
    points
        Snapped, or (n, 2) f8 in EPSG:25832.
    limits_s
        Limits in seconds. A longer one contains a shorter one of the same call.
    speed_km_h
        Of the walker; None for the reference of 3.6 km/h. Other modes have their speeds in the network.

    Returns
    -------
    list of valid MultiPolygons in EPSG:25832, empty where no point is on the network.

    Raises
    ------
    Cancelled
        Nobody waits any more; asked before the search, its surface and each limit.

    """
    if speed_km_h is not None and network.modus is not Modus.ZU_FUSS:
        raise ValueError("speed_km_h is for walkers")
    snapped = points if isinstance(points, Snapped) else snap(network, points)
    limits_ds = [_limit_ds(network.modus, limit, speed_km_h) for limit in limits_s]
    if not limits_ds or not (snapped.edge >= 0).any():
        return [shapely.MultiPolygon() for _ in limits_ds]
    time = node_times(network, snapped, limit_ds=max(limits_ds), reverse=reverse)
    arrival = np.where(time < kernels.UNREACHED, time, np.inf)
    grid = _lay_grid(_bounds(network, snapped, arrival, reverse=reverse))
    surface = _surface(network, snapped, arrival, grid, reverse=reverse)
    return [_contour(surface, grid, limit, grid.spacing_m * offroad_ds_per_m(network.modus)) for limit in limits_ds]


def _lay_grid(bounds: Floats) -> Grid:
    """Lay points around the bounds, two wider than ground reaches, as dense as the number of points allows."""
    width, height = (bounds[2:] - bounds[:2] + 2 * REACH_M) / SPACING_M
    step = max(1, int(np.ceil(np.sqrt(width * height / MOST_GRID_POINTS))))
    spacing = SPACING_M * step
    low = np.floor((bounds[:2] - REACH_M) / spacing).astype(int) - 2
    high = np.ceil((bounds[2:] + REACH_M) / spacing).astype(int) + 2
    columns, rows = (high - low + 1).tolist()
    return Grid(int(low[0]) * step, int(low[1]) * step, columns, rows, step)


def _surface(network: Network, snapped: Snapped, arrival: Floats, grid: Grid, *, reverse: bool) -> Floats:
    """Time of every grid point (rows, columns), by the road it belongs to; infinite without a reached one."""
    check_waiting()
    ground = look_up(network, grid.west, grid.south, grid.columns, grid.rows, grid.step)
    nodes = network.leave_node if reverse else network.arrive_node
    own = np.flatnonzero(snapped.edge >= 0)
    along, against = network.edge_forward_ds, network.edge_backward_ds
    return ground_times(
        (ground.edge, ground.part, ground.offroad_m),
        (arrival, nodes, network.node_place),
        (against, along) if reverse else (along, against),
        (snapped.edge[own], snapped.part[own], snapped.offroad_ds[own]),
        offroad_ds_per_m(network.modus),
    )


@compiled
def ground_times(
    ground: tuple[Ints, NDArray[np.float32], NDArray[np.float32]],
    reached: tuple[Floats, Ints, Ints],
    rates: tuple[Ints, Ints],
    own: tuple[Ints, Floats, Ints],
    ds_per_m: float,
) -> Floats:
    """Time of points (rows, columns) over both ends of their edge, or straight along it from a source on it.

    reached: arrival of nodes (n,), nodes at both ends of edges (e, 2), and of which node each is a copy (n,).
    rates: time over whole edges (e,) from their begin, and from their end; below nought where not allowed.
    own: edges, parts and off-road times (s,) of sources.
    """
    edge, part, offroad_m = ground
    arrival, nodes, place = reached
    ahead, back = rates
    at_place = np.full(len(arrival), np.inf)
    for v in range(len(arrival)):
        at_place[place[v]] = min(at_place[place[v]], arrival[v])
    first = np.full(len(nodes), -1, np.int32)
    following = np.full(len(own[0]), -1, np.int32)
    for s in range(len(own[0])):
        following[s] = first[own[0][s]]
        first[own[0][s]] = s
    time = np.full(edge.shape, np.inf)
    for row in range(edge.shape[0]):
        for column in range(edge.shape[1]):
            e, p = edge[row, column], np.float64(part[row, column])
            if e < 0:
                continue
            best = np.inf
            # a point at a vertex belongs to all its roads: whichever copy of it is reached first
            if p <= 0.0 or ahead[e] >= 0:
                from_begin = at_place[place[nodes[e, 0]]] if p <= 0.0 else arrival[nodes[e, 0]] + p * ahead[e]
                best = min(best, from_begin)
            if p >= 1.0 or back[e] >= 0:
                from_end = at_place[place[nodes[e, 1]]] if p >= 1.0 else arrival[nodes[e, 1]] + (1.0 - p) * back[e]
                best = min(best, from_end)
            s = first[e]
            while s >= 0:
                apart = p - own[1][s]
                rate = ahead[e] if apart >= 0.0 else back[e]
                if rate >= 0 or apart == 0.0:
                    best = min(best, own[2][s] + abs(apart) * max(rate, 0))
                s = following[s]
            time[row, column] = best + offroad_m[row, column] * ds_per_m
    return time


def reached_roads(
    network: Network,
    points: Snapped | NDArray[np.float64],
    *,
    limits_s: Sequence[int],
    speed_km_h: float | None = None,
    reverse: bool = False,
) -> list[shapely.MultiLineString]:
    """Roads reached within each limit, cut to the metre where the time runs out; parameters as `isochrones`.

    Each stretch is there once and in the direction of its drawing, however often and whichever way it is reached.
    """
    snapped = points if isinstance(points, Snapped) else snap(network, points)
    limits_ds = [_limit_ds(network.modus, limit, speed_km_h) for limit in limits_s]
    if not limits_ds or not (snapped.edge >= 0).any():
        return [shapely.MultiLineString() for _ in limits_ds]
    time = node_times(network, snapped, limit_ds=max(limits_ds), reverse=reverse)
    arrival = np.where(time < kernels.UNREACHED, time, np.inf)
    return [_roads_within(network, snapped, arrival, limit, reverse=reverse) for limit in limits_ds]


def _roads_within(
    network: Network, snapped: Snapped, arrival: Floats, limit_ds: int, *, reverse: bool
) -> shapely.MultiLineString:
    check_waiting()
    nodes = network.leave_node if reverse else network.arrive_node
    edges, own = np.arange(len(nodes)), np.flatnonzero(snapped.edge >= 0)
    from_begin, from_end = _rates(network, edges, reverse=reverse)
    own_edge, place = snapped.edge[own].astype(np.int64), snapped.part[own]
    left = np.asarray(limit_ds - snapped.offroad_ds[own], np.float64)
    covered = [
        (edges, 0.0 * edges, _covered(limit_ds - arrival[nodes[:, 0]], from_begin)),
        (edges, 1 - _covered(limit_ds - arrival[nodes[:, 1]], from_end), 0.0 * edges + 1),
        (own_edge, place, np.minimum(place + _covered(left, from_begin[own_edge]), 1.0)),
        (own_edge, np.maximum(place - _covered(left, from_end[own_edge]), 0.0), place),
    ]
    edge, low, high = _merge(*(np.concatenate(column) for column in zip(*covered, strict=True)))
    roads = network.lines[edge]
    for at in np.flatnonzero((low > 0) | (high < 1)):
        roads[at] = substring(roads[at], low[at], high[at], normalized=True)
    return shapely.MultiLineString(list(roads))


def _covered(left_ds: Floats, whole_ds: Floats) -> Floats:
    """Share of an edge (k,) that the time left covers, when the whole takes so long."""
    passable = np.isfinite(whole_ds) & (left_ds >= 0)
    share = np.where(passable, left_ds, 0) / np.where(passable & (whole_ds > 0), whole_ds, np.inf)
    return np.where(passable & (whole_ds <= left_ds), 1.0, share)


def _merge(edge: NDArray[np.int64], low: Floats, high: Floats) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Join what overlaps on an edge and drop what has no length; ordered by edge and place on it."""
    long = high - low > SHORTEST_PART
    begin, end = low[long] + 2 * edge[long], high[long] + 2 * edge[long]  # edges apart, so that one pass does for all
    order = np.lexsort((end, begin))
    begin, end = begin[order], np.maximum.accumulate(end[order])
    first = np.append(True, begin[1:] > end[:-1] + SHORTEST_PART)[: len(begin)]
    last = np.append(first[1:], True)[: len(begin)]
    joined = (begin[first] // 2).astype(np.int64)
    return joined, begin[first] - 2 * joined, end[last] - 2 * joined


def _limit_ds(modus: Modus, limit_s: int, speed_km_h: float | None) -> int:
    return walk_limit_ds(limit_s, speed_km_h or WALK_REFERENCE_KM_H) if modus is Modus.ZU_FUSS else limit_s * 10


def _rates(network: Network, edges: NDArray[np.int64], *, reverse: bool) -> tuple[Floats, Floats]:
    """Time over each whole edge when the journey touches its begin first, and its end first; infinite if not allowed.

    Towards a place, who enters an edge's begin last has come against its course.
    """
    along = np.where(network.edge_forward_ds[edges] >= 0, network.edge_forward_ds[edges], np.inf)
    against = np.where(network.edge_backward_ds[edges] >= 0, network.edge_backward_ds[edges], np.inf)
    return (against, along) if reverse else (along, against)


def _bounds(network: Network, snapped: Snapped, arrival: Floats, *, reverse: bool) -> Floats:
    nodes = network.leave_node if reverse else network.arrive_node
    own = snapped.edge[snapped.edge >= 0]
    return kernels.bound_reached(nodes, arrival, network.geom_indptr, network.geom_xy, own)


def _contour(surface: Floats, grid: Grid, limit_ds: int, step_ds: float) -> shapely.MultiPolygon:
    """Outline where the surface is within the limit.

    Times further from the limit than a step of the grid are cut to that: between a reached street and one that is not,
    the line then runs in the middle, and not nearer to the one whose time is closer to the limit.
    """
    check_waiting()
    x = SPACING_M * (grid.west + grid.step * np.arange(grid.columns))
    y = SPACING_M * (grid.south + grid.step * np.arange(grid.rows))
    near = np.clip(surface, limit_ds - step_ds, limit_ds + step_ds)
    generator = contourpy.contour_generator(x, y, near, name="serial", fill_type=contourpy.FillType.OuterOffset)
    found = generator.filled(limit_ds - 2 * step_ds, float(limit_ds))
    rings, offsets = cast("tuple[list[Floats], list[NDArray[np.uint32]]]", found)
    polygons = [
        shapely.Polygon(points[cut[0] : cut[1]], [points[a:b] for a, b in pairwise(cut[1:])])
        for points, cut in zip(rings, offsets, strict=True)
    ]
    drawn = shapely.MultiPolygon(polygons)
    # contours may touch themselves where four grid points alternate; mending those that do not takes ten times as long
    valid = drawn if drawn.is_valid else shapely.make_valid(drawn, method="structure", keep_collapsed=False)
    return shapely.MultiPolygon([part for part in shapely.get_parts(valid) if part.area > 0])
