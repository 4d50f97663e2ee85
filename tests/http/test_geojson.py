"""GeoJSON as bytes: readable by any JSON reader, axes in the order of their system, never a number JSON lacks."""

import json
from itertools import pairwise
from keyword import iskeyword

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from infrastruktur.domain.crs import ALL, CRS84, STORED, get_crs
from infrastruktur.domain.geometry import transform_xy
from infrastruktur.domain.layer import Features
from infrastruktur.http.geojson import (
    encode_collection,
    encode_each,
    encode_feature,
    encode_features,
    encode_json,
    encode_page,
    encode_row,
)

POINT = b'{"type":"Point","coordinates":[6.0838869,50.7753455]}'
AACHEN = (294_400.0, 5_628_300.0)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
COLUMNS = [
    st.none() | st.booleans(),
    st.none() | st.integers(-(2**53), 2**53),
    st.none() | st.text(),
    st.none() | FINITE,
]
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True).filter(lambda name: not iskeyword(name))


def points(*xy, **columns):
    ids = [f"p{number}" for number in range(len(xy))]
    return Features(ids, columns, np.array(xy, dtype=np.float64).reshape(-1, 2))


def read(features, crs=CRS84, **how):
    return json.loads(encode_features(features, crs, **how))


@given(st.data())
def test_any_columns_are_read_back_as_written(data):
    rows = data.draw(st.integers(0, 5))
    names = data.draw(st.lists(NAMES, unique=True, max_size=4))
    columns = {
        name: data.draw(st.lists(data.draw(st.sampled_from(COLUMNS)), min_size=rows, max_size=rows)) for name in names
    }
    features = Features([f"p{n}" for n in range(rows)], columns, np.full((rows, 2), np.nan))
    expected = [{name: columns[name][row] for name in names} for row in range(rows)]
    assert [each["properties"] for each in read(features)] == expected
    assert [json.loads(each) for each in encode_each(features, CRS84)] == read(features)


def test_a_point_stands_where_it_is_in_every_system():
    for crs in ALL:
        (feature,) = read(points(AACHEN), crs)
        first, second = feature["geometry"]["coordinates"]
        x, y = (second, first) if crs.northing_first else (first, second)
        back = transform_xy(np.array([[x, y]]), crs.epsg, 25832)[0]
        assert np.hypot(*(back - AACHEN)) < 0.01, crs.uri
    (feature,) = read(points(AACHEN), STORED)
    assert feature["geometry"]["coordinates"] == list(AACHEN)


def test_axes_follow_the_authority():
    lonlat = read(points(AACHEN))[0]["geometry"]["coordinates"]
    latlon = read(points(AACHEN), get_crs("crs", "http://www.opengis.net/def/crs/EPSG/0/4326"))[0]["geometry"]
    assert lonlat == latlon["coordinates"][::-1]
    assert lonlat == pytest.approx([6.08, 50.77], abs=0.01)


@pytest.mark.parametrize("crs", ALL, ids=lambda crs: str(crs.epsg))
def test_outlines_are_closed_and_wound_as_rfc_7946_asks(crs):
    clockwise = shapely.MultiPolygon([shapely.box(300_000, 5_630_000, 301_000, 5_631_000, ccw=False)])
    outlines = np.array([clockwise, None], dtype=object)[:1]
    (feature,) = read(Features(["a"], {}, outlines), crs)
    ((ring,),) = feature["geometry"]["coordinates"]
    if crs.northing_first:
        ring = [place[::-1] for place in ring]
    assert ring[0] == ring[-1]
    assert sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(ring)) > 0, "counter-clockwise"


def test_a_standort_without_a_point_and_a_table_without_geometry_have_null():
    features = points((np.nan, np.nan), AACHEN, name=["ohne", "mit"])
    assert [each["geometry"] is None for each in read(features)] == [True, False]
    assert [each["geometry"] for each in read(features, geometry=False)] == [None, None]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_i03_a_number_json_cannot_write_is_refused_wherever_it_stands(number):
    with pytest.raises(ValueError, match="finite"):
        encode_features(points(AACHEN, AACHEN, wert=[None, number]), CRS84)
    with pytest.raises(ValueError, match="finite"):
        encode_row({"wert": number}, None)
    with pytest.raises(ValueError, match="finite"):
        encode_json({"a": [{"b": (1.0, number)}]})


def test_a_feature_alone_has_links():
    feature = json.loads(encode_feature(points(AACHEN, name=["A"]), CRS84, [{"rel": "self"}]))
    assert (feature["id"], feature["properties"], feature["links"]) == ("p0", {"name": "A"}, [{"rel": "self"}])


def test_a_collection_holds_its_features_and_its_other_members():
    rows = [encode_row({"n": n}, POINT if n else None) for n in range(3)]
    written = json.loads(encode_collection(rows, {"numberMatched": 3}))
    assert written["type"] == "FeatureCollection"
    assert written["numberMatched"] == 3
    assert [each["properties"]["n"] for each in written["features"]] == [0, 1, 2]
    assert json.loads(encode_collection([], {}))["features"] == []
    assert json.loads(encode_page(encode_features(points(), CRS84), {"numberReturned": 0}))["features"] == []
