"""Which road every point of the ground belongs to: the nearest place on one, kept in tiles, whoever travels from where.

A shape of what is reached then only looks up its points: 15 minutes on foot take a third of the time that finding the
nearest roads anew took, an hour by car a ninth. Tiles are made when first looked at, in 5 ms each, and live as long as
their network.
"""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import shapely
from numpy.typing import NDArray

from infrastruktur.domain.waiting import check_waiting
from infrastruktur.routing.kernels import Floats, Ints, compiled
from infrastruktur.routing.network import Network

SPACING_M = 20.0
"""Points stand on whole multiples of this."""

MAIN_M = 60.0
"""Ground so near a road of the main network is that road's."""

REACH_M = 120.0
"""Ground further than this from any road belongs to none; it is the middle of a large block."""

_TILE = 128
"""Points along a tile's side."""

_TILES_KEPT = 512
"""Of a network, 100 MB; the region takes 130. Tiles without a road are one and the same."""

Singles = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Ground:
    """Points (rows, columns) from south to north and west to east.

    Attributes
    ----------
    edge i4
        The nearest edge, -1 where none is within `REACH_M`.
    part f4
        Share of the edge's course before the nearest place; 0 and 1 are its ends to the bit.
    offroad_m f4
        Distance from there.

    """

    edge: Ints
    part: Singles
    offroad_m: Singles


_tiles: WeakKeyDictionary[Network, dict[tuple[int, int], Ground]] = WeakKeyDictionary()


def look_up(network: Network, west: int, south: int, columns: int, rows: int, step: int = 1) -> Ground:
    """Look up every `step`-th point from the one with number (`west`, `south`): x and y divided by `SPACING_M`."""
    x, y = west + step * np.arange(columns), south + step * np.arange(rows)
    found = _nothing(rows, columns)
    for tile_x in range(int(x[0]) // _TILE, int(x[-1]) // _TILE + 1):
        for tile_y in range(int(y[0]) // _TILE, int(y[-1]) // _TILE + 1):
            tile = _find_tile(network, tile_x, tile_y)
            of_x, of_y = (np.searchsorted(v, (t * _TILE, (t + 1) * _TILE)) for v, t in ((x, tile_x), (y, tile_y)))
            into = slice(*of_y), slice(*of_x)
            out = np.ix_(y[into[0]] - tile_y * _TILE, x[into[1]] - tile_x * _TILE)
            for name, values in vars(found).items():
                values[into] = getattr(tile, name)[out]
    return found


def _find_tile(network: Network, tile_x: int, tile_y: int) -> Ground:
    # two threads may make the same tile; both make the same
    check_waiting()
    tiles = _tiles.setdefault(network, {})
    tile = tiles.pop((tile_x, tile_y), None) or _make_tile(network, tile_x, tile_y)
    tiles[tile_x, tile_y] = tile
    for longest_unused in list(tiles)[:-_TILES_KEPT]:
        tiles.pop(longest_unused, None)
    return tile


def _nothing(rows: int, columns: int) -> Ground:
    shape = (rows, columns)
    return Ground(np.full(shape, -1, np.int32), np.zeros(shape, np.float32), np.full(shape, np.inf, np.float32))


_NO_ROAD = _nothing(_TILE, _TILE)


def _make_tile(network: Network, tile_x: int, tile_y: int) -> Ground:
    """Find the nearest place of every point of a tile.

    As in snapping, roads of the main network come first: ground near one of them is its own, however near a cut-off
    car park or garden path lies. Without this rule car areas have a hundred times the holes.
    """
    west, south = tile_x * _TILE * SPACING_M, tile_y * _TILE * SPACING_M
    side = (_TILE - 1) * SPACING_M
    box = shapely.box(west, south, west + side, south + side).buffer(REACH_M, join_style="mitre")
    main, islands = (np.sort(edges[index.query(box)]) for edges, index in (network.main_index, network.island_index))
    every = np.sort(np.concatenate([main, islands]))
    if not len(every):
        return _NO_ROAD
    tile, courses = _nothing(_TILE, _TILE), (network.geom_indptr, network.geom_xy)
    for edges, reach_m in ((main, MAIN_M), (every, REACH_M)):
        stamp(edges, courses, (west, south, SPACING_M, reach_m), tile.edge, tile.part, tile.offroad_m)
    return tile


@compiled
def stamp(
    edges: NDArray[np.int64],
    courses: tuple[NDArray[np.int64], Floats],
    place: tuple[float, float, float, float],
    edge: Ints,
    part: Singles,
    offroad_m: Singles,
) -> None:
    """Give every point without a road the nearest place within reach on the given edges (k,), the first of equals.

    courses: geom_indptr (e+1,), geom_xy (p, 2). place: x and y of the first point, spacing and reach in metres.
    """
    geom_indptr, geom_xy = courses
    left, bottom, spacing, reach_m = place
    rows, columns = edge.shape
    # squares spare the root of what lies further off than another road; below nought is whose road is known
    nearest_m2 = np.where(edge >= 0, -1.0, reach_m * reach_m)
    for e in edges:
        first, last = geom_indptr[e], geom_indptr[e + 1] - 1
        length = 0.0
        for at in range(first, last):
            length += np.hypot(geom_xy[at + 1, 0] - geom_xy[at, 0], geom_xy[at + 1, 1] - geom_xy[at, 1])
        before = 0.0
        for at in range(first, last):
            x0, y0 = geom_xy[at]
            x1, y1 = geom_xy[at + 1]
            dx, dy = x1 - x0, y1 - y0
            square = dx * dx + dy * dy
            stretch = np.sqrt(square)
            for row in range(
                max(0, int(np.ceil((min(y0, y1) - reach_m - bottom) / spacing))),
                min(rows - 1, int(np.floor((max(y0, y1) + reach_m - bottom) / spacing))) + 1,
            ):
                for column in range(
                    max(0, int(np.ceil((min(x0, x1) - reach_m - left) / spacing))),
                    min(columns - 1, int(np.floor((max(x0, x1) + reach_m - left) / spacing))) + 1,
                ):
                    if nearest_m2[row, column] < 0.0:
                        continue
                    px, py = left + column * spacing - x0, bottom + row * spacing - y0
                    share = 0.0 if square == 0.0 else min(1.0, max(0.0, (px * dx + py * dy) / square))
                    across, along = px - share * dx, py - share * dy
                    distance_m2 = across * across + along * along
                    if distance_m2 < nearest_m2[row, column]:
                        nearest_m2[row, column] = distance_m2
                        edge[row, column] = e
                        at_end = at == last - 1 and share == 1.0
                        part[row, column] = 1.0 if at_end else (before + share * stretch) / max(length, 1e-9)
                        offroad_m[row, column] = np.sqrt(distance_m2)
            before += stretch
