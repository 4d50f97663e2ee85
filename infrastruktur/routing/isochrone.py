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

from infrastruktur.routing import kernels
from infrastruktur.routing.network import Network
from infrastruktur.routing.profiles import WALK_REFERENCE_KM_H, Modus, offroad_ds_per_m, walk_limit_ds
from infrastruktur.routing.search import node_times
from infrastruktur.routing.snap import Snapped, snap

CELL_M = 20.0
MAIN_M = 60.0
"""Ground so near a road of the main network is that road's."""

REACH_M = 120.0
"""Ground further than this from any road is not drawn; it is the middle of a large block."""

NEVER_DS = 1e8
"""A time beyond every limit."""

SHORTEST_PART = 1e-9
"""Share of an edge below which a reached stretch is none."""

MOST_GRID_POINTS = 400_000
"""A larger area, of over 150 km², is drawn on a coarser grid: a bound on time (an hour by car around a city took 2.7 s
on the fine one) and on memory."""

Floats = NDArray[np.float64]
Grid = tuple[float, float, float, int, int]


@dataclass(frozen=True, eq=False)
class _Courses:
    """Courses of roads with their times: points xy (k, 2) at part (k,) of the edge, rows indptr (c+1,).

    at_begin, at_end (c,): time at part 0 and at part 1. from_begin, from_end (c,): time for the whole edge when
    coming from there. All f8 in ds, infinite where there is no way.
    """

    xy: Floats
    part: Floats
    indptr: NDArray[np.int64]
    at_begin: Floats
    at_end: Floats
    from_begin: Floats
    from_end: Floats


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

    """
    if speed_km_h is not None and network.modus is not Modus.ZU_FUSS:
        raise ValueError("speed_km_h is for walkers")
    snapped = points if isinstance(points, Snapped) else snap(network, points)
    limits_ds = [_limit_ds(network.modus, limit, speed_km_h) for limit in limits_s]
    if not limits_ds or not (snapped.edge >= 0).any():
        return [shapely.MultiPolygon() for _ in limits_ds]
    time = node_times(network, snapped, limit_ds=max(limits_ds), reverse=reverse)
    arrival = np.where(time < kernels.UNREACHED, time, np.inf)
    bounds = _bounds(network, snapped, arrival, reverse=reverse)
    cell = max(CELL_M, float(np.ceil(np.sqrt((bounds[2] - bounds[0]) * (bounds[3] - bounds[1]) / MOST_GRID_POINTS))))
    left, bottom, right, top = _grid_bounds(bounds, cell)
    grid = (left, bottom, cell, round((right - left) / cell) + 1, round((top - bottom) / cell) + 1)
    surface = _surface(network, snapped, arrival, grid, reverse=reverse)
    return [_contour(surface, grid, limit, cell * offroad_ds_per_m(network.modus)) for limit in limits_ds]


def _surface(network: Network, snapped: Snapped, arrival: Floats, grid: Grid, *, reverse: bool) -> Floats:
    """Time of every grid point (rows, columns), from the road it belongs to.

    As in snapping, roads of the main network come first: ground near one of them is its own, however near a cut-off
    car park or garden path lies. Without this rule car areas have a hundred times the holes.
    """
    left, bottom, cell, columns, rows = grid
    box = shapely.box(left, bottom, left + cell * columns, bottom + cell * rows).buffer(REACH_M + 2 * cell)
    main, islands = (np.sort(edges[index.query(box)]) for edges, index in (network.main_index, network.island_index))
    own = [_stretches(courses) for courses in _around_points(network, snapped, reverse=reverse)]
    of_main = [_stretches(_courses(network, main, arrival, reverse=reverse)), *own]
    everything = [*of_main, _stretches(_courses(network, islands, arrival, reverse=reverse))]
    near = _stamp(of_main, grid, max(MAIN_M, cell), np.full((rows, columns), np.inf), network.modus)
    return _stamp(everything, grid, max(REACH_M, 2 * cell), near, network.modus)


def _stamp(stretches: list[tuple[Floats, Floats]], grid: Grid, reach_m: float, known: Floats, modus: Modus) -> Floats:
    """Stamp stretches onto the grid; ground of an unreached road has a time beyond all limits, other ground none."""
    lines, times = (np.concatenate(column) for column in zip(*stretches, strict=True))
    return kernels.stamp_owners(lines, np.minimum(times, NEVER_DS), grid, (reach_m, offroad_ds_per_m(modus)), known)


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


def _grid_bounds(bounds: Floats, cell: float) -> tuple[float, float, float, float]:
    """Whole multiples of the cell around the bounds, two cells wider than roads reach."""
    margin = REACH_M + 4 * cell
    low = np.floor((bounds[:2] - margin) / cell) * cell
    high = np.ceil((bounds[2:] + margin) / cell) * cell
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _courses(network: Network, edges: NDArray[np.int64], arrival: Floats, *, reverse: bool) -> _Courses:
    begin = network.geom_indptr[edges]
    count = network.geom_indptr[edges + 1] - begin
    indptr = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    xy = network.geom_xy[np.repeat(begin - indptr[:-1], count) + np.arange(indptr[-1])]
    nodes = network.leave_node if reverse else network.arrive_node
    from_begin, from_end = _rates(network, edges, reverse=reverse)
    at_begin, at_end = arrival[nodes[edges]].T
    return _Courses(xy, _parts(xy, indptr), indptr, at_begin, at_end, from_begin, from_end)


def _parts(xy: Floats, indptr: NDArray[np.int64]) -> Floats:
    """Share of its course before every point."""
    step = np.append(0.0, np.hypot(*np.diff(xy, axis=0).T))[: len(xy)]
    step[indptr[:-1]] = 0.0
    run = np.cumsum(step)
    count = np.diff(indptr)
    run -= np.repeat(run[indptr[:-1]], count)
    whole = np.repeat(run[indptr[1:] - 1], count)
    return np.asarray(run / np.maximum(whole, 1e-9), np.float64)


def _around_points(network: Network, snapped: Snapped, *, reverse: bool) -> list[_Courses]:
    """Gather the two halves of every point's own edge, reached from the point without passing a vertex."""
    halves = []
    for i in np.flatnonzero(snapped.edge >= 0):
        edge, part = int(snapped.edge[i]), float(snapped.part[i])
        xy = network.geom_xy[network.geom_indptr[edge] : network.geom_indptr[edge + 1]]
        parts = _parts(xy, np.array([0, len(xy)]))
        place = [[np.interp(part, parts, xy[:, 0]), np.interp(part, parts, xy[:, 1])]]
        (ahead,), (back,) = _rates(network, np.array([edge]), reverse=reverse)
        for rate, share, ways, course in ((ahead, part, parts, xy), (back, 1 - part, 1 - parts[::-1], xy[::-1])):
            rest = ways > share
            if np.isfinite(rate) and rest.any():
                points = np.concatenate([place, course[rest]])
                covered = np.append(share, ways[rest])
                start, rates, never = (
                    np.array([snapped.offroad_ds[i] - share * rate]),
                    np.array([rate]),
                    np.array([np.inf]),
                )
                halves.append(_Courses(points, covered, np.array([0, len(points)]), start, never, rates, never))
    return halves


def _stretches(courses: _Courses) -> tuple[Floats, Floats]:
    """Straight stretches (k, 4) and their times (k, 4), as `kernels.stamp_owners` takes them."""
    first = np.delete(np.arange(len(courses.xy)), courses.indptr[1:] - 1)
    course = np.repeat(np.arange(len(courses.at_begin)), np.diff(courses.indptr) - 1)
    begin, end = courses.part[first], courses.part[first + 1]
    ahead, back = courses.from_begin[course], courses.from_end[course]
    times = [
        courses.at_begin[course] + _share(begin, ahead),
        courses.at_end[course] + _share(1 - end, back),
        _share(end - begin, ahead),
        _share(end - begin, back),
    ]
    return np.hstack([courses.xy[first], courses.xy[first + 1]]), np.stack(times, axis=1)


def _share(part: Floats, whole: Floats) -> Floats:
    """Part of a time; nothing of an infinite one is nothing."""
    return np.asarray(np.where(part > 0, part, 1.0) * np.where(part > 0, whole, 0.0), np.float64)


def _contour(surface: Floats, grid: Grid, limit_ds: int, step_ds: float) -> shapely.MultiPolygon:
    """Outline where the surface is within the limit.

    Times further from the limit than a step of the grid are cut to that: between a reached street and one that is not,
    the line then runs in the middle, and not nearer to the one whose time is closer to the limit.
    """
    left, bottom, cell, columns, rows = grid
    x, y = left + cell * np.arange(columns), bottom + cell * np.arange(rows)
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
