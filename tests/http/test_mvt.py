"""Vector tiles as bytes, read back by the library that is known for it, and compared with what was drawn."""

from collections import Counter

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from infrastruktur.domain.geometry import transform_xy
from infrastruktur.domain.layer import Collection, Features, Property
from infrastruktur.domain.tile import BUFFER, EXTENT, bounds_3857, parse_tile
from infrastruktur.http.mvt import encode_tile
from infrastruktur.http.protobuf import packed, varint, zigzag

TILE = parse_tile("14", "5498", "8472")
"""In Aachen. A unit is 0.6 m of EPSG:3857 there."""
WHOLE = (-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)


def layer(geometry, **types):
    properties = tuple(Property(name=name, titel=name, type=json_type) for name, json_type in types.items())
    return Collection(id="ebene", titel="Ebene", beschreibung="", geometry=geometry, properties=properties)


def to_25832(xy_units):
    """Place units of the tile (n, 2) on the ground."""
    west, _, east, north = bounds_3857(TILE)
    unit_m = (east - west) / EXTENT
    xy_3857 = np.column_stack((west + xy_units[:, 0] * unit_m, north - xy_units[:, 1] * unit_m))
    return transform_xy(xy_3857, 3857, 25832)


def decode(tile):
    return mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True}) if tile else {}


def points(xy_units, **columns):
    xy_units = np.array(xy_units, dtype=float).reshape(-1, 2)
    return Features(id=[f"p{n}" for n in range(len(xy_units))], columns=columns, geom_25832=to_25832(xy_units))


def areas(*outlines, **columns):
    """Build areas from outlines in units; `box` is (west, north, east, south) in them."""
    placed = [shapely.transform(each, to_25832) for each in outlines]
    return Features(
        id=[f"a{n}" for n in range(len(outlines))], columns=columns, geom_25832=np.array(placed, dtype=object)
    )


def read_points(features, collection=None):
    decoded = decode(encode_tile(collection or layer("Point"), features, TILE))
    return {each["properties"]["id"]: each for each in decoded.get("ebene", {}).get("features", ())}


def read_areas(features, tile=TILE):
    decoded = decode(encode_tile(layer("MultiPolygon"), features, tile))
    found = decoded.get("ebene", {}).get("features", ())
    return {each["properties"]["id"]: shapely.geometry.shape(each["geometry"]) for each in found}


# Drawn


def test_a_point_is_at_its_unit_with_its_attributes():
    collection = layer("Point", name="string", wert="number", zahl="integer", barrierefrei="boolean")
    drawn = points([(1000, 2000)], name=["Haus Süd"], wert=[7], zahl=[-3], barrierefrei=[True])
    read = read_points(drawn, collection)["p0"]
    assert read["geometry"] == {"type": "Point", "coordinates": [1000, 2000]}
    assert read["properties"] == {"id": "p0", "name": "Haus Süd", "wert": 7.0, "zahl": -3, "barrierefrei": True}
    assert [type(read["properties"][name]) for name in ("wert", "zahl", "barrierefrei")] == [float, int, bool]


def test_equal_numbers_of_other_types_stay_what_they_are():
    collection = layer("Point", wert="number", zahl="integer", ja="boolean")
    read = read_points(points([(1, 1)], wert=[1.0], zahl=[1], ja=[True]), collection)["p0"]["properties"]
    assert [type(read[name]) for name in ("wert", "zahl", "ja")] == [float, int, bool]


def test_null_is_left_out_and_the_rest_stays():
    drawn = points([(0, 0), (1, 1)], name=[None, "b"], ort=["x", None])
    read = {key: each["properties"] for key, each in read_points(drawn).items()}
    assert read == {"p0": {"id": "p0", "ort": "x"}, "p1": {"id": "p1", "name": "b"}}


def test_a_value_is_written_once_whatever_column_it_is_in():
    tile = encode_tile(layer("Point"), points([(n, n) for n in range(50)], a=["gleich"] * 50, b=["gleich"] * 50), TILE)
    assert tile.count(b"gleich") == 1


def test_a_square_lies_at_its_units_wound_as_the_format_wants():
    square = read_areas(areas(shapely.box(100, 200, 300, 500)))["a0"]
    assert square.bounds == (100, 200, 300, 500)
    assert square.area == 200 * 300
    assert square.exterior.is_ccw, "area positive with y down: 4.3.4.4"


def test_a_hole_and_two_parts_stay_a_hole_and_two_parts():
    ring = shapely.box(0, 0, 100, 100) - shapely.box(40, 40, 60, 60)
    drawn = shapely.MultiPolygon([ring, shapely.box(200, 0, 210, 10)])
    read = read_areas(areas(drawn))["a0"]
    assert read.area == 10_000 - 400 + 100
    assert len(read.geoms) == 2
    assert sum(len(part.interiors) for part in read.geoms) == 1


def test_what_reaches_beyond_the_tile_ends_at_the_buffer():
    read = read_areas(areas(shapely.box(-9000, 1000, 9000, 2000)))["a0"]
    assert read.bounds == (-BUFFER, 1000, EXTENT + BUFFER, 2000)


def test_what_is_outside_is_not_there_and_a_tile_of_nothing_is_no_bytes():
    beyond = EXTENT + BUFFER + 1
    assert encode_tile(layer("Point"), points([(beyond, 0), (0, -BUFFER - 1), (np.nan, np.nan)]), TILE) == b""
    assert encode_tile(layer("Point"), points([]), TILE) == b""
    assert encode_tile(layer("MultiPolygon"), areas(shapely.box(beyond, 0, beyond + 9, 9)), TILE) == b""
    touching = shapely.box(EXTENT + BUFFER, 0, EXTENT + BUFFER + 50, 9)
    assert encode_tile(layer("MultiPolygon"), areas(touching), TILE) == b""
    assert set(read_points(points([(EXTENT + BUFFER, -BUFFER), (beyond, 0)]))) == {"p0"}


def test_an_area_smaller_than_a_unit_is_a_square_of_one_unit():
    speck, line = shapely.box(10.6, 20.6, 10.7, 20.7), shapely.box(100, 30.2, 900, 30.3)
    read = read_areas(areas(speck, line, shapely.box(0, 0, 9, 9)))
    assert read["a0"].bounds == (10, 20, 11, 21)
    assert read["a1"].area == 1
    assert 100 <= read["a1"].bounds[0] <= 900
    assert read["a2"].area == 81


def test_an_outline_that_crosses_itself_is_still_shown():
    bow = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    read = read_areas(areas(bow))["a0"]
    assert read.is_valid
    assert read.area == pytest.approx(5000, abs=2)


def test_a_feature_s_number_is_the_same_in_every_tile_and_fits_javascript():
    one = decode(encode_tile(layer("Point"), points([(0, 0), (5, 5)]), TILE))["ebene"]["features"]
    other = decode(encode_tile(layer("Point"), points([(7, 7)]), TILE))["ebene"]["features"]
    assert one[0]["id"] == other[0]["id"] != one[1]["id"]
    assert all(0 <= each["id"] < 2**53 for each in one)


def test_the_layer_states_its_version_and_extent():
    decoded = decode(encode_tile(layer("Point"), points([(0, 0)]), TILE))["ebene"]
    assert (decoded["version"], decoded["extent"]) == (2, EXTENT)


def test_a_value_that_cannot_be_written_is_an_error_and_not_left_out():
    with pytest.raises(TypeError):
        encode_tile(layer("Point"), points([(0, 0)], liste=[("a", "b")]), TILE)


# Laws

UNITS = st.floats(-BUFFER, EXTENT + BUFFER)
VALUES = st.none() | st.booleans() | st.text(max_size=8) | st.integers(-(2**53), 2**53)


@settings(max_examples=examples(100), deadline=None)
@given(places=st.lists(st.tuples(UNITS, UNITS), min_size=1, max_size=30))
def test_every_point_is_found_within_half_a_unit(places):
    read = read_points(points(places))
    assert set(read) == {f"p{n}" for n in range(len(places))}
    for number, place in enumerate(places):
        at = read[f"p{number}"]["geometry"]["coordinates"]
        assert np.abs(np.array(at) - place).max() <= 0.5 + 1e-4


@settings(max_examples=examples(100), deadline=None)
@given(columns=st.lists(st.lists(VALUES, min_size=5, max_size=5), max_size=6))
def test_any_attributes_are_read_back_as_written(columns):
    named = {f"spalte {n}": values for n, values in enumerate(columns)}
    read = read_points(points([(n, n) for n in range(5)], **named))
    for row in range(5):
        expected = {name: values[row] for name, values in named.items() if values[row] is not None}
        assert read[f"p{row}"]["properties"] == {"id": f"p{row}", **expected}


@settings(max_examples=examples(60), deadline=None)
@given(
    seeds=st.lists(st.tuples(st.integers(-500, 4600), st.integers(-500, 4600)), min_size=2, max_size=25, unique=True),
    size=st.sampled_from([1.0, 0.1, 0.003]),
)
def test_neighbours_keep_a_common_border_and_every_area_is_valid(seeds, size):
    """Voronoi cells of any size: what is neither's, or both's, is nowhere as wide as 1.5 units."""
    centre = np.array([2000.3, 2000.7])
    around = shapely.MultiPoint((centre + (np.array(seeds) - centre) * size).tolist())
    cells = shapely.get_parts(shapely.voronoi_polygons(around, extend_to=shapely.box(*WHOLE)))
    read = read_areas(areas(*cells))
    assert all(each.is_valid for each in read.values())
    polygons = np.array(list(read.values()), dtype=object)
    covered = shapely.union_all(shapely.buffer(polygons, 0.75, join_style="mitre"))
    assert shapely.area(shapely.box(*WHOLE) - covered) == pytest.approx(0, abs=1e-6)
    left, right = shapely.STRtree(polygons).query(polygons, predicate="overlaps")
    both = shapely.intersection(polygons[left], polygons[right])
    assert shapely.area(shapely.buffer(both, -0.75)).max(initial=0) == 0


@settings(max_examples=examples(60), deadline=None)
@given(radii=st.lists(st.floats(20, 900), min_size=3, max_size=20), north=st.floats(0, EXTENT))
def test_an_area_over_two_tiles_goes_on_where_it_stopped(radii, north):
    """A star on the edge: in the strip both tiles hold, they differ nowhere by as much as a unit and a half."""
    angles = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    star = shapely.Polygon(np.column_stack((EXTENT + radii * np.cos(angles), north + radii * np.sin(angles))))
    strip = shapely.box(EXTENT - BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
    here = read_areas(areas(star))["a0"]
    there = read_areas(areas(star), parse_tile("14", "5498", "8473"))["a0"]
    moved = shapely.transform(there, lambda xy: xy + np.array([EXTENT, 0]))
    differing = shapely.symmetric_difference(here & strip, moved & strip)
    assert shapely.area(shapely.buffer(differing, -0.75)) == 0


@settings(max_examples=examples(60), deadline=None)
@given(west=st.floats(-300, 4300), north=st.floats(-300, 4300), width=st.floats(0.01, 500), height=st.floats(0.01, 500))
def test_an_area_that_lies_on_the_tile_is_on_it_however_small(west, north, width, height):
    drawn = shapely.box(west, north, west + width, north + height)
    inside = shapely.area(shapely.intersection(drawn, shapely.box(*WHOLE)))
    read = read_areas(areas(drawn))
    if inside > 1e-3:
        assert abs(read["a0"].area - inside) <= 1 + (width + height)
    else:
        assert read.get("a0", shapely.Point()).area <= 1


@settings(max_examples=examples(200))
@given(st.lists(st.lists(st.integers(0, 2**53)), min_size=1, max_size=10))
def test_packed_numbers_are_those_written_one_by_one(runs):
    flat = np.array([number for run in runs for number in run], dtype=np.int64)
    counts = np.array([len(run) for run in runs], dtype=np.int64)
    assert packed(flat, counts) == [b"".join(varint(number) for number in run) for run in runs]


@given(st.lists(st.integers(-(2**60), 2**60), max_size=20))
def test_zigzag_folds_each_number_to_one_of_its_own(values):
    folded = zigzag(np.array(values, dtype=np.int64)).tolist()
    assert folded == [2 * value if value >= 0 else -2 * value - 1 for value in values]


def test_varints_are_those_of_the_protocol_buffers_guide():
    assert varint(1) == b"\x01"
    assert varint(150) == b"\x96\x01"
    assert Counter(len(varint(1 << bits)) for bits in range(63))[9] == 7
