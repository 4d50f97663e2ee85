"""People over cells: the register's total stays true to the last person, and cut cells go where they lie."""

import itertools
import time

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from infrastruktur.domain.geometry import transform_geometry
from infrastruktur.planning.raking import rake, split_cells

WEIGHTS = st.one_of(st.just(0.0), st.floats(1e-9, 1e9), st.just(float("nan")))


def test_people_follow_the_proxy() -> None:
    raked = rake(np.array([[100.0]]), np.array([0, 0, 0], np.int32), np.array([[1.0], [3.0], [np.nan]]))
    assert raked.personen[:, 0].tolist() == [25.0, 75.0, 0.0]


def test_without_any_weight_the_fallback_spreads_and_then_evenly() -> None:
    zero, area = np.zeros((2, 1)), np.array([0, 0], np.int32)
    by_homes = rake(np.array([[9.0]]), area, zero, fallback=np.array([1.0, 2.0]))
    assert by_homes.personen[:, 0].tolist() == [3.0, 6.0]
    assert rake(np.array([[9.0]]), area, zero).personen[:, 0].tolist() == [4.5, 4.5]


def test_an_area_without_a_piece_keeps_its_people() -> None:
    raked = rake(np.array([[5.0], [7.0]]), np.array([0], np.int32), np.array([[1.0]]))
    assert raked.ohne_zelle[:, 0].tolist() == [0.0, 7.0]


def test_keine_daten_stays_unknown_and_is_not_nobody() -> None:
    raked = rake(np.array([[np.nan], [2.0]]), np.array([0, 1], np.int32), np.ones((2, 1)))
    assert np.isnan(raked.personen[0, 0])
    assert raked.personen[1, 0] == 2.0


@given(data=st.data(), n_areas=st.integers(1, 6), n_pieces=st.integers(0, 25), n_bands=st.integers(1, 3))
def test_r15_sums_are_the_official_totals(data: st.DataObject, n_areas: int, n_pieces: int, n_bands: int) -> None:
    totals = data.draw(arrays(np.float64, (n_areas, n_bands), elements=st.integers(0, 300_000).map(float)))
    area = data.draw(arrays(np.int32, n_pieces, elements=st.integers(0, n_areas - 1)))
    proxy = data.draw(arrays(np.float64, (n_pieces, n_bands), elements=WEIGHTS))
    raked = rake(totals, area, proxy)
    stated = raked.ohne_zelle.copy()
    np.add.at(stated, area, raked.personen)
    assert np.abs(stated - totals).max() < 1e-6
    assert (raked.personen >= 0).all()


def _rectangle(west: float, south: float, east: float, north: float) -> shapely.Geometry:
    """Draw a rectangle of cells (in hundreds of metres from an origin near Aachen) as an outline in 25832."""
    origin = np.array([4_044_000, 3_081_000])
    box = shapely.box(*(origin + np.array([west, south]) * 100), *(origin + np.array([east, north]) * 100))
    return transform_geometry(box, 3035, 25832)


def _corners(*cells: tuple[int, int]) -> np.ndarray:
    return np.array([4_044_000.0, 3_081_000.0]) + np.array(cells, dtype=np.float64).reshape(-1, 2) * 100


# Two areas of Kommune X meet at 1.25 cells, a third of Kommune Y lies beyond 3:
#
#   0     1  1.25 2     3     4
#   |--a--|--a|b--|--b--|--c--|
OUTLINES = [_rectangle(0, 0, 1.25, 1), _rectangle(1.25, 0, 3, 1), _rectangle(3, 0, 4, 1)]
KOMMUNEN = ["X", "X", "Y"]


def test_a_cut_cell_is_split_by_ground() -> None:
    pieces = split_cells(_corners((0, 0), (1, 0)), 100, OUTLINES, kommune_of_cell=["", ""], kommune_of_outline=KOMMUNEN)
    assert pieces.cell.tolist() == [0, 1, 1]
    assert pieces.area.tolist() == [0, 0, 1]
    assert pieces.share == pytest.approx([1, 0.25, 0.75], abs=1e-6)


def test_a_cell_belongs_only_to_areas_of_its_kommune() -> None:
    half_over = _corners((0, 0)) + np.array([250.0, 0.0])
    pieces = split_cells(half_over, 100, OUTLINES, kommune_of_cell=["Y"], kommune_of_outline=KOMMUNEN)
    assert (pieces.area.tolist(), pieces.share.tolist()) == ([2], [1.0])


def test_a_cell_that_touches_none_of_its_kommune_goes_to_the_nearest_there() -> None:
    pieces = split_cells(_corners((2, 5)), 100, OUTLINES, kommune_of_cell=["X"], kommune_of_outline=KOMMUNEN)
    assert (pieces.area.tolist(), pieces.share.tolist(), pieces.outside) == ([1], [1.0], 0)


def test_foreign_and_unknown_cells_are_outside_and_counted() -> None:
    corners = _corners((9, 9), (0, 0), (1, 0))
    pieces = split_cells(corners, 100, OUTLINES, kommune_of_cell=["", "Z", ""], kommune_of_outline=KOMMUNEN)
    assert pieces.outside == 2
    assert set(pieces.cell.tolist()) == {2}


def test_no_cell_at_all() -> None:
    pieces = split_cells(np.zeros((0, 2)), 100, OUTLINES, kommune_of_cell=[], kommune_of_outline=KOMMUNEN)
    assert (len(pieces), pieces.outside) == (0, 0)


def test_a_region_of_cells_is_split_in_seconds() -> None:
    """20,000 cells over 93 wavy areas; three seconds is the budget, a tenth of it is usual."""
    side, columns = 142, 31
    corners = _corners(*((x, y) for x in range(side) for y in range(side)))
    wave = np.linspace(0, side, 2_000)
    lines = [
        np.column_stack((k * side / columns + (0.4 * np.sin(wave * 3) if 0 < k < columns else 0 * wave), wave))
        for k in range(columns + 1)
    ]
    outlines = []
    for left, right in itertools.pairwise(lines):
        strip = shapely.polygons(np.vstack((left, right[::-1])) * 100 + [4_044_000, 3_081_000])
        third = side * 100 / 3
        for k in range(3):
            band = shapely.box(4_000_000, 3_081_000 + k * third, 4_100_000, 3_081_000 + (k + 1) * third)
            outlines.append(transform_geometry(shapely.intersection(strip, band), 3035, 25832))
    begin = time.perf_counter()
    names = [""] * len(corners)
    pieces = split_cells(corners, 100, outlines, kommune_of_cell=names, kommune_of_outline=["X"] * len(outlines))
    assert time.perf_counter() - begin < 3 * 3  # a shared machine may be three times slower
    assert pieces.outside == 0
    assert np.bincount(pieces.cell, weights=pieces.share) == pytest.approx(np.ones(len(corners)))
