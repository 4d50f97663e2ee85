"""Tiles: known ground, known places in them, and the tiling as the standard's annex gives it."""

import numpy as np
import pytest
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from infrastruktur.domain.errors import NotFound
from infrastruktur.domain.geometry import GERMANY_4326, Bbox, transform_xy
from infrastruktur.domain.tile import (
    EDGE_M,
    EXTENT,
    LAST_ZOOM,
    Tile,
    bounds_3857,
    box_4326,
    box_25832,
    limits_of,
    list_matrices,
    parse_tile,
    to_units,
    unit_m,
)

ZOOMS = st.integers(0, LAST_ZOOM)
WEST, SOUTH, EAST, NORTH = GERMANY_4326
PLACES = st.tuples(st.floats(WEST, EAST), st.floats(SOUTH, NORTH))


def tile_at(place_4326, zoom):
    limits = limits_of(Bbox((*place_4326, *place_4326)), zoom)
    assert (limits.min_row, limits.min_column) == (limits.max_row, limits.max_column)
    return Tile(zoom=zoom, row=limits.min_row, column=limits.min_column)


def test_the_first_tile_is_the_world_and_the_next_four_its_quarters():
    assert bounds_3857(parse_tile("0", "0", "0")) == pytest.approx((-EDGE_M, -EDGE_M, EDGE_M, EDGE_M))
    assert bounds_3857(parse_tile("1", "0", "1")) == pytest.approx((0, 0, EDGE_M, EDGE_M)), "north-east"
    assert bounds_3857(parse_tile("1", "1", "0")) == pytest.approx((-EDGE_M, -EDGE_M, 0, 0)), "south-west"


def test_the_matrices_are_those_of_the_annex():
    """OGC 17-083r4, table D.1: cell size and scale denominator, printed to twelve or so digits."""
    printed = {0: (156543.033928041, 559082264.028717), 10: (152.874056570352, 545978.773465544)}
    for zoom, (cell_size_m, scale_denominator) in printed.items():
        matrix = list_matrices()[zoom]
        assert matrix.cell_size_m == pytest.approx(cell_size_m, rel=1e-12)
        assert matrix.scale_denominator == pytest.approx(scale_denominator, rel=1e-12)
        assert matrix.width == 2**zoom
    assert [each.zoom for each in list_matrices()] == list(range(LAST_ZOOM + 1))


def test_the_middle_of_utm_zone_32_at_the_equator_s_height_is_where_arithmetic_says():
    """Longitude 9 is 9/360 right of the middle; the northing runs along it."""
    units = to_units(transform_xy(np.array([[9.0, 50.0]]), 4326, 25832), parse_tile("0", "0", "0"))
    assert units[0, 0] == pytest.approx(EXTENT * (0.5 + 9 / 360), abs=1e-6)
    mercator = np.log(np.tan(np.pi / 4 + np.radians(50.0) / 2)) / (2 * np.pi)
    assert units[0, 1] == pytest.approx(EXTENT * (0.5 - mercator), abs=1e-6)


def test_a_point_nowhere_stays_nowhere():
    units = to_units(np.array([[np.nan, np.nan], [500_000.0, 5_600_000.0]]), parse_tile("5", "10", "16"))
    assert np.isfinite(units).all(axis=1).tolist() == [False, True]


@pytest.mark.parametrize(
    ("zoom", "row", "column"),
    [
        ("0", "1", "0"),
        ("0", "0", "1"),
        ("3", "8", "0"),
        (str(LAST_ZOOM + 1), "0", "0"),
        ("-1", "0", "0"),
        ("1", "0.5", "0"),
        ("{tileMatrix}", "0", "0"),
        ("1", "٣", "0"),
        ("9" * 30, "0", "0"),
    ],
)
def test_a_tile_that_does_not_exist_is_not_found(zoom, row, column):
    with pytest.raises(NotFound):
        parse_tile(zoom, row, column)


def test_the_last_tile_exists():
    last = 2**LAST_ZOOM - 1
    assert parse_tile(str(LAST_ZOOM), str(last), str(last)).column == last


@settings(max_examples=examples(200), deadline=None)
@given(place=PLACES, zoom=ZOOMS)
def test_a_place_lies_in_the_tile_that_holds_it_and_in_its_boxes(place, zoom):
    tile = tile_at(place, zoom)
    xy_25832 = transform_xy(np.array([place]), 4326, 25832)
    units = to_units(xy_25832, tile)
    assert (units >= -1e-3).all()
    assert (units <= EXTENT + 1e-3).all()
    for box, at in ((box_4326(tile), place), (box_25832(tile), xy_25832[0])):
        assert box[0] <= at[0] <= box[2]
        assert box[1] <= at[1] <= box[3]


@settings(max_examples=examples(100), deadline=None)
@given(place=PLACES, zoom=st.integers(6, LAST_ZOOM))
def test_a_unit_is_as_long_on_the_ground_as_said_within_an_eighth(place, zoom):
    tile = tile_at(place, zoom)
    metre_apart = transform_xy(np.array([place]), 4326, 25832) + np.array([[0.0, 0.0], [0.0, 1.0]])
    below, above = to_units(metre_apart, tile)
    assert np.hypot(*(above - below)) * unit_m(zoom) == pytest.approx(1.0, rel=0.125)


def test_limits_of_a_box_over_a_tile_border_hold_both():
    edge = 360 / 2**5
    limits = limits_of(Bbox((edge - 0.1, 50.0, edge + 0.1, 50.1)), 5)
    assert (limits.min_column, limits.max_column) == (16, 17)
    assert limits.min_row == limits.max_row == 10
    held = [column for column in range(32) if limits.hold(Tile(zoom=5, row=10, column=column))]
    assert held == [16, 17]
    assert not limits.hold(Tile(zoom=5, row=11, column=16))
