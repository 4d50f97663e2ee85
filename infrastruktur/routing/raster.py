"""A raster over the courses of edges, by which a point finds the nearest one in a microsecond.

A tree of lines (GEOS STRtree) was measured at ten microseconds a point. Whom it finds, and how far away, is the same to
the last bit, for the formulas are those of GEOS (`Distance::pointToSegment`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from infrastruktur.routing.kernels import compiled

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]

SMALLEST_SQUARE_M = 100.0
_SLACK_M = 1e-6
"""A place on a segment may lie so far outside of the square it is counted to, by rounding."""

NOWHERE = -1


@dataclass(frozen=True, eq=False)
class Raster:
    """The segments of some edges by the squares they may touch.

    Attributes
    ----------
    place
        West and south of all segments, and the side of a square, in metres.
    columns, rows
        Number of squares.
    indptr (columns * rows + 1,) i8, segment (k,) i8
        The segments of square c are `segment[indptr[c]:indptr[c + 1]]`, each the place of its begin in `xy`.
    xy (p, 2) f8
        Courses of all edges of the network, in EPSG:25832.
    edge (p,) i8, last (p,) bool
        The edge of a segment, and whether it comes after its equals.

    """

    place: tuple[float, float, float]
    columns: int
    rows: int
    indptr: Longs
    segment: Longs
    xy: Floats
    edge: Longs
    last: Bools


def build_raster(edges: Longs, geom_indptr: Longs, geom_xy: Floats, last: Bools) -> Raster:
    """Lay a raster over the courses of `edges` (k,); `last` (n_edges,) marks those that come after their equals."""
    edge = np.repeat(np.arange(len(geom_indptr) - 1), np.diff(geom_indptr))
    begins = np.ones(len(geom_xy), dtype=np.bool_)
    begins[geom_indptr[1:] - 1] = False  # nothing begins where a course ends
    chosen = np.zeros(len(geom_indptr) - 1, dtype=np.bool_)
    chosen[edges] = True
    segment = np.flatnonzero(begins & chosen[edge])
    xy = np.array(geom_xy, dtype=np.float64)
    if not len(segment):
        return Raster((0.0, 0.0, SMALLEST_SQUARE_M), 0, 0, np.zeros(1, np.int64), segment, xy, edge, last[edge])
    ends = np.stack([xy[segment], xy[segment + 1]])
    low, high = ends.min(axis=0), ends.max(axis=0)
    (west, south), span = low.min(axis=0).tolist(), high.max(axis=0) - low.min(axis=0)
    # As many squares as segments, at most, so that a large country takes no more memory than its streets do.
    size_m = max(SMALLEST_SQUARE_M, float(np.sqrt(span.prod() / len(segment))), float(span.max()) / len(segment))
    begin, end = (np.floor((each - (west, south)) / size_m).astype(np.int64) for each in (low, high))
    columns, rows = (end.max(axis=0) + 1).tolist()
    indptr, order = enter_squares(begin, end, columns, rows)
    return Raster((west, south, size_m), columns, rows, indptr, segment[order], xy, edge, last[edge])


def find_nearest(raster: Raster, points_25832: Floats, limit_m: float) -> tuple[Longs, Floats]:
    """Find the nearest edge (n,) of each point (n, 2) within a limit, and its distance; `NOWHERE` and inf without one.

    Among equals the first that is not `last`, else the first. NaN finds nothing.
    """
    points = np.array(points_25832, dtype=np.float64)
    edge, distance_m = np.full(len(points), NOWHERE, dtype=np.int64), np.full(len(points), np.inf)
    if raster.columns:
        squares = (raster.columns, raster.rows, raster.indptr, raster.segment)
        courses = (raster.xy, raster.edge, raster.last)
        seek(points, float(limit_m), (raster.place, squares), courses, edge, distance_m)
    return edge, distance_m


@compiled
def enter_squares(begin: Longs, end: Longs, columns: int, rows: int) -> tuple[Longs, Longs]:
    """List the segments (s,) of each square, from the first square (s, 2) each touches to its last (s, 2)."""
    indptr = np.zeros(columns * rows + 1, np.int64)
    for i in range(len(begin)):
        for row in range(begin[i, 1], end[i, 1] + 1):
            for column in range(begin[i, 0], end[i, 0] + 1):
                indptr[row * columns + column + 1] += 1
    for square in range(columns * rows):
        indptr[square + 1] += indptr[square]
    free = indptr[:-1].copy()
    order = np.empty(indptr[-1], np.int64)
    for i in range(len(begin)):
        for row in range(begin[i, 1], end[i, 1] + 1):
            for column in range(begin[i, 0], end[i, 0] + 1):
                square = row * columns + column
                order[free[square]] = i
                free[square] += 1
    return indptr, order


@compiled
def seek(
    points: Floats,
    limit_m: float,
    laid: tuple[tuple[float, float, float], tuple[int, int, Longs, Longs]],
    courses: tuple[Floats, Longs, Bools],
    edge: Longs,
    distance_m: Floats,
) -> None:
    """Search ring by ring around each point, until nothing further out can be as near."""
    (west, south, size_m), (columns, rows, indptr, segment) = laid
    xy, edge_of, last = courses
    for i in range(len(points)):
        x, y = points[i, 0] - west, points[i, 1] - south
        beyond = max(-x, x - columns * size_m, -y, y - rows * size_m)
        if not beyond <= limit_m:  # nor NaN
            continue
        column, row = int(np.floor(x / size_m)), int(np.floor(y / size_m))
        inner_m = min(x - column * size_m, (column + 1) * size_m - x, y - row * size_m, (row + 1) * size_m - y)
        ring, best, found = 0, limit_m, NOWHERE
        while ring * size_m - size_m + inner_m <= best + _SLACK_M:
            for r in range(max(row - ring, 0), min(row + ring, rows - 1) + 1):
                step = 1 if abs(r - row) == ring or ring == 0 else 2 * ring
                first = column - ring
                if first < 0:
                    first += step * ((-first + step - 1) // step)
                for c in range(first, min(column + ring, columns - 1) + 1, step):
                    for k in range(indptr[r * columns + c], indptr[r * columns + c + 1]):
                        s = segment[k]
                        away_m = measure_m(points[i, 0], points[i, 1], xy[s, 0], xy[s, 1], xy[s + 1, 0], xy[s + 1, 1])
                        e = edge_of[s]
                        if away_m < best or (
                            away_m == best
                            and (
                                found < 0
                                or (last[found] and not last[s])
                                or (last[found] == last[s] and e < edge_of[found])
                            )
                        ):
                            best, found = away_m, s
            ring += 1
        if found >= 0:
            edge[i], distance_m[i] = edge_of[found], best


@compiled
def measure_m(x: float, y: float, from_x: float, from_y: float, to_x: float, to_y: float) -> float:
    """Metres from a point to a segment, in the order of operations of GEOS, so that equals stay equal."""
    along_x, along_y = to_x - from_x, to_y - from_y
    square = along_x * along_x + along_y * along_y
    share = 0.0
    if square > 0.0:
        share = ((x - from_x) * along_x + (y - from_y) * along_y) / square
    if share <= 0.0:
        return float(np.sqrt((x - from_x) * (x - from_x) + (y - from_y) * (y - from_y)))
    if share >= 1.0:
        return float(np.sqrt((x - to_x) * (x - to_x) + (y - to_y) * (y - to_y)))
    aside = ((from_y - y) * along_x - (from_x - x) * along_y) / square
    return float(abs(aside) * np.sqrt(square))
