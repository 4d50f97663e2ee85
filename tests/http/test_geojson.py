"""GeoJSON as bytes: readable by any JSON reader, geometry untouched, and never a number JSON lacks."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infrastruktur.domain.layer import Feature
from infrastruktur.http.geojson import encode_collection, encode_feature, encode_json, encode_row

POINT = b'{"type":"Point","coordinates":[6.0838869,50.7753455]}'
FINITE = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | FINITE


@given(st.text(min_size=1), st.dictionaries(st.text(), VALUES))
def test_any_properties_are_read_back_as_written(name: str, properties: dict[str, object]) -> None:
    written = encode_feature(Feature(id=name, geometry_json=POINT, properties=properties))
    assert json.loads(written) == {
        "type": "Feature",
        "id": name,
        "geometry": json.loads(POINT),
        "properties": properties,
    }


def test_geometry_passes_through_byte_by_byte() -> None:
    assert POINT in encode_feature(Feature(id="a", geometry_json=POINT, properties={}))


def test_a_standort_without_a_point_has_null_geometry() -> None:
    written = json.loads(encode_feature(Feature(id="a", geometry_json=None, properties={"stand": date(2025, 1, 1)})))
    assert written["geometry"] is None
    assert written["properties"] == {"stand": "2025-01-01"}


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_i03_a_number_json_cannot_write_is_refused_wherever_it_stands(number: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        encode_feature(Feature(id="a", geometry_json=None, properties={"wert": number}))
    with pytest.raises(ValueError, match="finite"):
        encode_row({"wert": number}, None)
    with pytest.raises(ValueError, match="finite"):
        encode_json({"a": [{"b": (1.0, number)}]})


def test_a_collection_holds_its_features_and_its_other_members() -> None:
    rows = [encode_row({"n": n}, POINT if n else None) for n in range(3)]
    written = json.loads(encode_collection(rows, {"numberMatched": 3}))
    assert written["type"] == "FeatureCollection"
    assert written["numberMatched"] == 3
    assert [each["properties"]["n"] for each in written["features"]] == [0, 1, 2]
    assert json.loads(encode_collection([], {}))["features"] == []
