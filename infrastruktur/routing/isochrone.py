"""The area reached within a time, drawn for the eye; figures come from times per cell, never from this shape.

Every point of a 20 m grid takes its time from its nearest road, reached or not, so the far bank of a river without a
bridge stays outside: measured against the true times of cells, 0.8 % lie wrongly inside and 1.4 % wrongly outside,
where concave hulls and buffers miss by 4 to 10 %.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

import contourpy
import numpy as np
import shapely
from numpy.typing import NDArray

from infrastruktur.routing import kernels
from infrastruktur.routing.network import Network
from infrastruktur.routing.profiles import WALK_REFERENCE_KM_H, Modus, offroad_ds_per_m, walk_limit_ds
from infrastruktur.routing.search import node_times
from infrastruktur.routing.snap import Snapped, snap

CELL_M = 20.0
REACH_CELLS = 3.0
"""Ground further than this from any road is not drawn: 60 m on the usual grid."""

MOST_GRID_POINTS = 4_000_000
"""A larger area is drawn on a coarser grid: a bound on memory (64 MB) and time."""

Floats = NDArray[np.float64]


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
    near = shapely.box(left, bottom, right, top).buffer(REACH_CELLS * cell)
    edges = np.sort(np.concatenate([e[i.query(near)] for e, i in (network.main_index, network.island_index)]))
    roads = [_courses(network, edges, arrival, reverse=reverse), *_around_points(network, snapped, reverse=reverse)]
    stretches = [_stretches(courses) for courses in roads]
    lines, times = np.concatenate([xy for xy, _ in stretches]), np.concatenate([ds for _, ds in stretches])
    columns, rows = round((right - left) / cell) + 1, round((top - bottom) / cell) + 1
    ds_per_m = offroad_ds_per_m(network.modus)
    grid = (left, bottom, cell, columns, rows)
    surface = kernels.stamp_owners(lines, times, grid, REACH_CELLS * cell, ds_per_m)
    # a ceiling just above the longest limit keeps its contour from collapsing onto the last reached grid point
    surface = np.minimum(surface, max(limits_ds) + 2 * cell * ds_per_m)
    return _contours(surface, left + cell * np.arange(columns), bottom + cell * np.arange(rows), limits_ds)


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
    reached = np.asarray(np.isfinite(arrival[nodes]).any(axis=1))
    reached[snapped.edge[snapped.edge >= 0]] = True
    return np.asarray(shapely.total_bounds(network.lines[reached]), np.float64)


def _grid_bounds(bounds: Floats, cell: float) -> tuple[float, float, float, float]:
    """Whole multiples of the cell around the bounds, two cells wider than roads reach."""
    margin = (REACH_CELLS + 2) * cell
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
    step = np.append(0.0, np.hypot(*np.diff(xy, axis=0).T))
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


def _contours(
    surface: Floats, x: NDArray[Any], y: NDArray[Any], limits_ds: Sequence[int]
) -> list[shapely.MultiPolygon]:
    generator = contourpy.contour_generator(x, y, surface, name="serial", fill_type=contourpy.FillType.OuterOffset)
    areas = []
    for limit in limits_ds:
        rings, offsets = cast("tuple[list[Floats], list[NDArray[np.uint32]]]", generator.filled(-1.0, float(limit)))
        polygons = [
            shapely.Polygon(points[cut[0] : cut[1]], [points[a:b] for a, b in pairwise(cut[1:])])
            for points, cut in zip(rings, offsets, strict=True)
        ]
        # contours may touch themselves where four grid points alternate
        valid = shapely.make_valid(shapely.multipolygons(polygons), method="structure", keep_collapsed=False)
        areas.append(shapely.multipolygons([part for part in shapely.get_parts(valid) if part.area > 0]))
    return areas
