"""What is seen at a zoom: bundles add up and agree, and neighbours keep their border."""

import numpy as np
import pytest
import shapely
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from infrastruktur.domain import generalisation
from infrastruktur.domain.generalisation import (
    bundle_points,
    gather_points,
    join_features,
    simplify_outlines,
    take_near,
)
from infrastruktur.domain.layer import Features
from infrastruktur.domain.tile import parse_tile, unit_m

TILE = parse_tile("10", "343", "529")
"""Aachen; a square of it is 770 m wide."""
X, Y = 295_000.0, 5_628_000.0


def points(rows, **columns):
    """Build points from places in metres beside one place; None is nowhere."""
    xy = [[np.nan, np.nan] if each is None else [X + each, Y] for each in rows]
    ids = [f"p{number}" for number in range(len(rows))]
    return Features(id=ids, columns=columns, geom_25832=np.array(xy).reshape(-1, 2))


def counted(features):
    return join_features(
        Features(id=[], columns={}, geom_25832=np.empty((0, 2))),
        Features(
            id=features.id,
            columns={**features.columns, "anzahl": [1] * len(features)},
            geom_25832=features.geom_25832,
        ),
    )


# Points


def test_points_of_one_square_become_one_that_counts_them_and_keeps_what_they_share():
    columns = {"art": [*"aaab"], "name": ["x", "y", "z", "fern"], "platz": [1.0, None, 1.0, 2.0]}
    near = points([0, 10, 20, 5000], **columns)
    bundle, alone = rows(bundle_points(counted(near), TILE))
    assert bundle == {"art": "a", "name": None, "platz": None, "anzahl": 3, "x": X + 10, "y": Y}
    assert alone == {"art": "b", "name": "fern", "platz": 2.0, "anzahl": 1, "x": X + 5000, "y": Y}


def test_a_point_alone_keeps_its_id_and_a_bundle_has_one_of_its_own():
    bundled = bundle_points(counted(points([0, 10, 5000])), TILE)
    assert bundled.id[1] == "p2"
    assert bundled.id[0].startswith("buendel-10-")
    assert bundle_points(counted(points([1, 11])), TILE).id == [bundled.id[0]], "the same square in every tile"


def test_a_point_that_is_nowhere_is_in_no_square():
    assert bundle_points(counted(points([None, 0])), TILE).id == ["p1"]
    assert len(bundle_points(counted(points([None])), TILE)) == 0


def test_points_stand_alone_from_a_zoom_on_and_are_bundled_before():
    near = points([0, 1, 2])
    street = parse_tile("12", "1372", "2118")
    assert gather_points([near], street).id == ["p0", "p1", "p2"]
    assert gather_points([near], street).columns["anzahl"] == [1, 1, 1]
    assert gather_points([near], parse_tile("11", "686", "1059")).columns["anzahl"] == [3]


def test_more_points_than_a_tile_shows_are_bundled_at_any_zoom(monkeypatch):
    monkeypatch.setattr(generalisation, "MOST_SINGLE", 4)
    near = points([0, 0.1, 0.2, 0.3])
    street = parse_tile("16", "21958", "33892")
    assert len(gather_points([near], street)) == 4
    assert gather_points([near, near], street).columns["anzahl"] == [8]


def test_a_layer_without_points_gives_none():
    assert len(gather_points([], TILE)) == 0
    assert len(gather_points([points([], art=[])], TILE)) == 0


SPREAD = st.lists(st.tuples(st.floats(0, 20_000), st.sampled_from("ab")), min_size=1, max_size=40)


@settings(max_examples=examples(100), deadline=None)
@given(spread=SPREAD, cut=st.integers(0, 40))
def test_bundling_adds_up_and_may_be_done_in_parts(spread, cut):
    whole = points([x for x, _ in spread], art=[art for _, art in spread])
    parts = [part(whole, slice(None, cut)), part(whole, slice(cut, None))]
    at_once, in_parts = gather_points([whole], TILE), gather_points(parts, TILE)
    assert sum(at_once.columns["anzahl"]) == len(spread)
    assert in_parts.id == at_once.id
    assert in_parts.columns == at_once.columns
    np.testing.assert_allclose(in_parts.geom_25832, at_once.geom_25832, atol=1e-6)


@settings(max_examples=examples(50), deadline=None)
@given(spread=SPREAD)
def test_bundling_again_changes_nothing(spread):
    once = gather_points([points([x for x, _ in spread], art=[art for _, art in spread])], TILE)
    again = bundle_points(once, TILE)
    assert (again.id, again.columns) == (once.id, once.columns)


def part(features, rows_):
    columns = {name: column[rows_] for name, column in features.columns.items()}
    return Features(id=features.id[rows_], columns=columns, geom_25832=features.geom_25832[rows_])


def rows(features):
    names = list(features.columns)
    return [
        dict(zip(names, values, strict=True)) | {"x": pytest.approx(x), "y": pytest.approx(y)}
        for *values, (x, y) in zip(*features.columns.values(), features.geom_25832.tolist(), strict=True)
    ]


# Outlines


def areas(outlines):
    return Features(id=[str(n) for n in range(len(outlines))], columns={}, geom_25832=np.array(outlines, dtype=object))


def zigzag_border(step_m, height_m, length_m=10_000.0):
    ys = np.arange(0, length_m + step_m, step_m)
    return np.column_stack((X + 5000 + height_m * (np.arange(len(ys)) % 2), Y + ys))


def halves(border):
    """Divide a rectangle along a border from south to north."""
    south, north = border[0, 1], border[-1, 1]
    west = shapely.Polygon([[X, north], [X, south], *border])
    east = shapely.Polygon([*border, [X + 10_000, north], [X + 10_000, south]])
    return [west, east]


def test_a_jagged_border_becomes_straight_on_both_sides():
    simplified = simplify_outlines(areas(halves(zigzag_border(20.0, 10.0))), 8).geom_25832
    assert max(shapely.get_num_coordinates(simplified)) < 12
    assert shapely.area(shapely.intersection(*simplified)) == 0
    assert shapely.coverage_is_valid(simplified)


def test_borders_that_differ_by_less_than_a_centimetre_are_one():
    border = zigzag_border(20.0, 10.0)
    west, _ = halves(border)
    _, east = halves(border + 0.002)
    simplified = simplify_outlines(areas([west, east]), 8).geom_25832
    shared = shapely.intersection(simplified[0].boundary, simplified[1].boundary)
    assert shapely.length(shared) == pytest.approx(10_000, rel=0.01)


def test_close_by_outlines_are_as_they_are():
    drawn = areas(halves(zigzag_border(20.0, 10.0)))
    assert simplify_outlines(drawn, 16) is drawn
    nothing = areas([])
    assert simplify_outlines(nothing, 5) is nothing


@settings(max_examples=examples(50), deadline=None)
@given(
    heights=st.lists(st.floats(-800, 800), min_size=3, max_size=60),
    zoom=st.integers(5, 15),
)
def test_neighbours_keep_a_common_border_and_lose_no_area_that_is_seen(heights, zoom):
    ys = np.linspace(0, 10_000, len(heights))
    border = np.column_stack((X + 5000 + np.array(heights), Y + ys))
    drawn = halves(border)
    west, east = simplify_outlines(areas(drawn), zoom).geom_25832
    assert shapely.area(shapely.intersection(west, east)) == pytest.approx(0, abs=1e-6)
    shared = shapely.intersection(west.boundary, east.boundary)
    assert shapely.length(shared) > 0
    corner_m2 = (4 * unit_m(zoom)) ** 2
    assert abs(west.area - shapely.area(shapely.set_precision(drawn[0], 0.01))) <= corner_m2 * (len(heights) + 4)


def test_what_is_far_from_a_box_is_left():
    squares = [shapely.box(X + n * 1000, Y, X + n * 1000 + 500, Y + 500) for n in range(3)]
    found = take_near(areas(squares), (X + 900, Y, X + 1100, Y + 10))
    assert found.id == ["1"]
    assert len(take_near(areas([]), (0, 0, 1, 1))) == 0
