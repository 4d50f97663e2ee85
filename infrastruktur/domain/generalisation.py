"""What of a layer can be told apart at a zoom: points close together are counted, outlines lose what is below a pixel.

Nothing is left out. Points that share a square become one point that says how many they are, and the
outlines of a layer are simplified together, so that neighbours keep their common border.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from infrastruktur.domain.layer import Features
from infrastruktur.domain.tile import BUFFER, EXTENT, Tile, to_units, unit_m

ANZAHL = "anzahl"
"""How many points of the layer a point of a tile stands for."""

SINGLE_FROM_ZOOM = 12
MOST_SINGLE = 5000
"""Points stand one by one from a zoom on, where a square is 190 m wide, unless a tile has more than these."""

_SQUARE = BUFFER
"""Units: eight pixels. As wide as the buffer, so that neighbouring tiles hold the same squares whole."""
_UNSEEN = 4
"""Units: a quarter of a pixel, or half a one where a client draws tiles at 512 pixels."""
_WHOLE_FROM_ZOOM = 16
"""There `_UNSEEN` is 0.4 m of ground, less than an outline is known by."""


def gather_points(parts: Iterable[Features], tile: Tile) -> Features:
    """Gather the points of a layer that a tile shows, one by one or in bundles, with `anzahl`.

    Bundled as they come, no more are held than a part and the tile's squares.
    """
    gathered = Features(id=[], columns={}, geom_25832=np.empty((0, 2)))
    crowded = tile.zoom < SINGLE_FROM_ZOOM
    for part in parts:
        gathered = join_features(gathered, _count(part))
        crowded = crowded or len(gathered) > MOST_SINGLE
        if crowded:
            gathered = bundle_points(gathered, tile)
    return gathered


def bundle_points(features: Features, tile: Tile) -> Features:
    """Make the points of each square of eight pixels one point in their middle; one that is nowhere is in no square.

    A bundle has the properties on which all its points agree, None for the others, and `anzahl` adds up.
    A point alone stays as it is. The squares belong to the zoom, not to the tile, and bundles of parts
    bundled again are what the whole would have given.
    """
    square = _square_of(features.geom_25832, tile)
    order = np.argsort(square, kind="stable")
    order = order[square[order] >= 0]
    starts = np.flatnonzero(np.diff(square[order], prepend=-1))
    if not len(starts):
        return features.take(order)
    anzahl = np.asarray(features.columns[ANZAHL], dtype=np.int64)[order]
    sums = np.add.reduceat(anzahl, starts)
    weighted = np.add.reduceat(features.geom_25832[order] * anzahl[:, None], starts)
    alone = np.diff(starts, append=len(order)) == 1
    firsts = order[starts]
    return Features(
        id=[
            features.id[first] if single else f"buendel-{tile.zoom}-{square[first]}"
            for first, single in zip(firsts.tolist(), alone.tolist(), strict=True)
        ],
        columns={name: _agreed(column, order, starts) for name, column in features.columns.items()}
        | {ANZAHL: sums.tolist()},
        geom_25832=np.where(alone[:, None], features.geom_25832[firsts], weighted / sums[:, None]),
    )


def simplify_outlines(features: Features, zoom: int) -> Features:
    """Take from the outlines of a layer, all together, what is not seen at a zoom (coverage simplification).

    Corners are rounded to a centimetre first: borders that differ by less are one.
    """
    if zoom >= _WHOLE_FROM_ZOOM or not len(features):
        return features
    rounded = shapely.transform(shapely.force_2d(features.geom_25832), lambda xy: np.round(xy, 2))
    simplified = shapely.coverage_simplify(rounded, _UNSEEN * unit_m(zoom))
    return Features(id=features.id, columns=features.columns, geom_25832=simplified)


def join_features(first: Features, second: Features) -> Features:
    """Put the second part of a layer behind the first, which may be empty and without columns."""
    return Features(
        id=[*first.id, *second.id],
        columns={name: [*first.columns.get(name, ()), *column] for name, column in second.columns.items()},
        geom_25832=np.concatenate((first.geom_25832, second.geom_25832)),
    )


def take_near(features: Features, box_25832: Sequence[float]) -> Features:
    """Take the outlines whose envelope touches a box."""
    bounds = shapely.bounds(features.geom_25832)
    min_x, min_y, max_x, max_y = box_25832
    near = (bounds[:, 0] <= max_x) & (bounds[:, 1] <= max_y) & (bounds[:, 2] >= min_x) & (bounds[:, 3] >= min_y)
    return features.take(np.flatnonzero(near))


def _square_of(xy_25832: NDArray[np.float64], tile: Tile) -> NDArray[np.int64]:
    """Give the number of the square each point (n, 2) lies in, row by row over the world, -1 for nowhere."""
    squares_of_tile = EXTENT // _SQUARE
    at = np.floor(to_units(xy_25832, tile) / _SQUARE) + np.array([tile.column, tile.row]) * squares_of_tile
    numbered = at[:, 1] * (squares_of_tile << tile.zoom) + at[:, 0]
    return np.where(np.isfinite(numbered), numbered, -1).astype(np.int64)


def _agreed(column: Sequence[Any], order: NDArray[np.int64], starts: NDArray[np.int64]) -> list[Any]:
    """Give for each run of rows, in an order, the value all have, None where they differ."""
    values = np.empty(len(column), dtype=object)
    values[:] = column
    values = values[order]
    changes = np.append(False, values[1:] != values[:-1])
    changes[starts] = False
    agreed = values[starts]
    agreed[np.logical_or.reduceat(changes, starts)] = None
    return list(agreed)


def _count(features: Features) -> Features:
    columns = {**features.columns, ANZAHL: [1] * len(features)}
    return Features(id=features.id, columns=columns, geom_25832=features.geom_25832)
