"""Few cells of many: wherever somebody lives one is left, and it is the one with most people."""

import numpy as np
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from infrastruktur.planning.siting.candidates import thin_cells

STREET = np.array([[0.0, 0.0], [90.0, 0.0], [150.0, 0.0], [420.0, 0.0]])


def test_where_all_may_stay_all_stay():
    cells, raster_m = thin_cells(STREET, np.ones(4), 4)
    assert (cells.tolist(), raster_m) == ([0, 1, 2, 3], None)


def test_of_each_square_the_cell_with_most_people_stays_and_the_lowest_of_equals():
    # Squares of 100 m hold {0, 1}, {2} and {3}.
    assert thin_cells(STREET, np.array([1.0, 2.0, 1.0, 1.0]), 3)[0].tolist() == [1, 2, 3]
    assert thin_cells(STREET, np.ones(4), 3)[0].tolist() == [0, 2, 3]


def test_the_raster_is_as_fine_as_fits():
    # Of 200 m: {0, 1, 2}, {3}; only from 500 m on all are in one.
    assert thin_cells(STREET, np.ones(4), 2)[1] == 200
    cells, raster_m = thin_cells(STREET, np.array([1.0, 1.0, 1.0, 5.0]), 1)
    assert (cells.tolist(), raster_m) == ([3], 500)


def test_nobody_anywhere_is_no_cell():
    assert thin_cells(np.zeros((0, 2)), np.zeros(0), 5)[0].tolist() == []


@given(arrays(np.int32, st.tuples(st.integers(1, 40), st.just(2)), elements=st.integers(0, 3000)), st.integers(1, 12))
@settings(max_examples=examples(200))
def test_nobody_lives_farther_from_a_cell_kept_than_the_raster_s_diagonal(at, most):
    xy = at.astype(np.float64)
    cells, raster_m = thin_cells(xy, np.arange(len(xy), dtype=np.float64), most)
    assert 1 <= len(cells) <= most
    nearest = np.hypot(*(xy[:, None] - xy[cells][None]).transpose(2, 0, 1)).min(axis=1)
    assert nearest.max() <= (raster_m or 0) * np.sqrt(2)
