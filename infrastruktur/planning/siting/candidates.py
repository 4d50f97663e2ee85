"""Where something could stand: of many cells few enough to search, spread as people are.

Taking the cells with most people would leave out the villages, and gaps are there: a raster keeps one cell of each
square, wherever somebody lives.
"""

import numpy as np

from infrastruktur.planning.siting.plan import Floats, Longs

_STEP_M = 100


def thin_cells(xy_25832: Floats, personen: Floats, most: int) -> tuple[Longs, int | None]:
    """Keep at most `most` cells: of each square of a raster the one with most people, the lowest of equals.

    Parameters
    ----------
    xy_25832
        (n, 2) float64, the cells' centres.
    personen
        (n,) float64.
    most
        At least 1.

    Returns
    -------
    The cells kept (k,) int64, ascending, and the raster's width in metres, the least that is enough in steps of 100;
    None where all are kept.

    """
    cells = np.arange(len(xy_25832), dtype=np.int64)
    if len(cells) <= most:
        return cells, None
    width_m = _STEP_M
    while len(np.unique(square := _find_squares(xy_25832, width_m))) > most:
        width_m += _STEP_M
    order = np.lexsort((cells, -personen, square))
    first = np.concatenate(([True], np.diff(square[order]) > 0))
    return np.sort(order[first]), width_m


def _find_squares(xy_25832: Floats, width_m: int) -> Longs:
    """Give each cell (n,) the number of its square, counted from the corner of all."""
    column, row = np.floor((xy_25832 - xy_25832.min(axis=0)) / width_m).astype(np.int64).T
    return np.asarray(column * (row.max() + 1) + row, dtype=np.int64)
