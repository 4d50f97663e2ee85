"""Spread the people of an area over its census cells, so that the area's own number stays true.

Census cells are perturbed and older than the register (R15): they only say where in an area people
live, never how many. The register's total is kept to the last person.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from infrastruktur.domain.geometry import transform_geometry

TOLERANCE_PERSONEN = 1e-6
"""How far the pieces of an area may be from its total, in people, before raking refuses its own result."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Raked:
    """People by piece and band, and those for whom there is no piece.

    Attributes
    ----------
    personen
        (n_pieces, n_bands) float64.
    ohne_zelle
        (n_areas, n_bands) float64: people of areas that hold no piece at all.

    """

    personen: Floats
    ohne_zelle: Floats


@dataclass(frozen=True)
class Pieces:
    """Cells cut by the outlines of areas, sorted by cell, then area.

    Attributes
    ----------
    cell, area
        (n_pieces,) int32 indexes.
    share
        (n_pieces,) float64, how much of the cell the piece takes; the shares of a cell sum to 1.
    outside
        Number of cells that belong to no area.

    """

    cell: Ints
    area: Ints
    share: Floats
    outside: int

    def __len__(self) -> int:
        return len(self.cell)


def rake(totals: Floats, piece_area: Ints, proxy: Floats, *, fallback: Floats | None = None) -> Raked:
    """Distribute area totals over pieces in proportion to a proxy (dasymetric mapping, one step of raking).

    P_piece = P_area · w_piece / Σw. Where all weights of an area are zero its people are spread by
    `fallback`, and evenly where that is zero too. A total of NaN (`keine_daten`) stays NaN in every piece.

    Parameters
    ----------
    totals
        (n_areas, n_bands) people >= 0, NaN unknown.
    piece_area
        (n_pieces,) index of the area each piece lies in.
    proxy
        (n_pieces, n_bands) weights >= 0; NaN (suppressed cell) weighs nothing.
    fallback
        (n_pieces,) weights >= 0, for example residential buildings or inhabitants; default: equal.

    Raises
    ------
    ArithmeticError
        The pieces of an area differ from its total by more than `TOLERANCE_PERSONEN`.

    """
    n_areas = len(totals)
    even = np.ones(len(piece_area)) if fallback is None else fallback
    share = _first_usable(
        n_areas, piece_area, (np.nan_to_num(proxy, nan=0.0), even[:, None], np.ones((len(piece_area), 1)))
    )
    personen = totals[piece_area] * share
    homeless = np.bincount(piece_area, minlength=n_areas) == 0
    raked = Raked(personen=personen, ohne_zelle=np.where(homeless[:, None], totals, 0.0))
    _require_totals(totals, piece_area, raked)
    return raked


def _first_usable(n_areas: int, piece_area: Ints, weights: Sequence[Floats]) -> Floats:
    """Normalise weights (n_pieces, n_bands or 1) to 1 per area and band, the first set with a positive sum."""
    n_bands = weights[0].shape[1]
    share = np.full((len(piece_area), n_bands), np.nan)
    for weight in weights:
        peak = np.zeros((n_areas, weight.shape[1]))
        np.maximum.at(peak, piece_area, weight)
        # Scaling by the area's peak first keeps tiny and huge proxies from under- or overflowing in the sum.
        scaled = weight / np.where(peak > 0, peak, 1.0)[piece_area]
        total = _sum_by_area(n_areas, piece_area, scaled)[piece_area]
        normal = np.divide(scaled, total, out=np.full_like(scaled, np.nan), where=total > 0)
        share = np.where(np.isnan(share), np.broadcast_to(normal, share.shape), share)
    return share


def _sum_by_area(n_areas: int, piece_area: Ints, values: Floats) -> Floats:
    columns = [np.bincount(piece_area, weights=column, minlength=n_areas) for column in values.T]
    return np.column_stack(columns) if columns else np.zeros((n_areas, 0))


def _require_totals(totals: Floats, piece_area: Ints, raked: Raked) -> None:
    stated = _sum_by_area(len(totals), piece_area, raked.personen) + raked.ohne_zelle
    difference = np.abs(stated - totals)
    if np.nanmax(difference, initial=0.0) > TOLERANCE_PERSONEN:
        raise ArithmeticError("Raking lost people: the pieces of an area do not sum to its total.")


def split_cells(
    corners_3035: Floats,
    size_m: float,
    outlines_25832: Sequence[shapely.Geometry],
    *,
    kommune_of_cell: Sequence[str],
    kommune_of_outline: Sequence[str],
) -> Pieces:
    """Cut square census cells by the outlines of areas; shares are by ground area.

    A cell belongs only to areas of its Kommune where the source joins one ("" where it does not), and
    to the nearest of them where it touches none. A cell of a Kommune without outlines, or of no known
    Kommune and touching nothing, is outside. Areas are measured in EPSG:3035, which is equal-area and
    in which cells are squares.

    Parameters
    ----------
    corners_3035
        (n, 2) lower-left corners in metres.

    """
    east, north = corners_3035[:, 0], corners_3035[:, 1]
    cells = np.atleast_1d(np.asarray(shapely.box(east, north, east + size_m, north + size_m)))
    outlines = np.array([transform_geometry(outline, 25832, 3035) for outline in outlines_25832], dtype=object)
    kommune_cell, kommune_outline = np.asarray(kommune_of_cell, dtype=str), np.asarray(kommune_of_outline, dtype=str)
    area, cell = shapely.STRtree(cells).query(outlines, predicate="intersects")
    allowed = (kommune_cell[cell] == "") | (kommune_cell[cell] == kommune_outline[area])
    area, cell = area[allowed], cell[allowed]
    ground_m2 = _ground_m2(outlines, area, cells, cell)
    touched = ground_m2 > 0
    area, cell, ground_m2 = area[touched], cell[touched], ground_m2[touched]
    stray = np.setdiff1d(np.flatnonzero(np.isin(kommune_cell, kommune_outline) & (kommune_cell != "")), cell)
    area = np.concatenate((area, _nearest(cells[stray], kommune_cell[stray], outlines, kommune_outline)))
    cell, ground_m2 = np.concatenate((cell, stray)), np.concatenate((ground_m2, np.ones(len(stray))))
    share = ground_m2 / np.bincount(cell, weights=ground_m2, minlength=len(cells))[cell]
    order = np.lexsort((area, cell))
    outside = len(cells) - len(np.unique(cell))
    return Pieces(cell[order].astype(np.int32), area[order].astype(np.int32), share[order], outside)


def _ground_m2(
    outlines: NDArray[np.object_], area: NDArray[np.int64], cells: NDArray[np.object_], cell: NDArray[np.int64]
) -> Floats:
    """Measure each (area, cell) pair; whole cells, the great majority, need no overlay."""
    shapely.prepare(outlines)
    ground_m2 = np.asarray(shapely.area(cells[cell]), dtype=np.float64)
    cut = ~np.asarray(shapely.covers(outlines[area], cells[cell]))
    ground_m2[cut] = shapely.area(shapely.intersection(outlines[area[cut]], cells[cell[cut]]))
    return ground_m2


def _nearest(
    cells: NDArray[np.object_],
    kommune_cell: NDArray[np.str_],
    outlines: NDArray[np.object_],
    kommune_outline: NDArray[np.str_],
) -> NDArray[np.int64]:
    """Find for each cell the nearest outline of its own Kommune."""
    found = np.full(len(cells), -1, dtype=np.int64)
    for kommune in np.unique(kommune_cell):
        own = np.flatnonzero(kommune_outline == kommune)
        mine = np.flatnonzero(kommune_cell == kommune)
        found[mine] = own[shapely.STRtree(outlines[own]).nearest(cells[mine])]
    return found
