"""The abstract tests of OGC API Features Part 2 (18-058r1, Annex A): coordinate reference systems by reference.

pyproj says independently where a place lies in each system and in which order its axes are named.
"""

import json
from functools import cache
from urllib.parse import quote

import numpy as np
import pyproj
import pytest
import shapely

from infrastruktur.domain.crs import ALL

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
UNSUPPORTED = "http://www.opengis.net/def/crs/0/unsupported"
URIS = tuple(each.uri for each in ALL)
LAYERS = ("angebote", "kommunen", "luecken")
TOLERANCE = {True: 2e-7, False: 0.02}
"""In the unit of a geographic system, or not: an answer in CRS84 has seven decimals, which are a centimetre."""


def items(layer):
    return f"/collections/{layer}/items"


def escaped(uri):
    return quote(uri, safe="")


@cache
def known(uri):
    """Give the system a URI names, as the EPSG and OGC registers know it."""
    authority, _, code = uri.removeprefix("http://www.opengis.net/def/crs/").split("/")
    return pyproj.CRS.from_authority(authority, code)


def to_system(places, uri):
    """Give places of CRS84 (n, 2) in a system, axes in its own order."""
    return np.column_stack(pyproj.Transformer.from_crs(known(CRS84), known(uri)).transform(*places.T))


def places_of(page):
    shapes = [json.dumps(each["geometry"]) for each in page["features"] if each["geometry"] is not None]
    return shapely.get_coordinates(shapely.from_geojson(shapes))


def test_every_system_is_named_by_a_uri_of_a_register(api):
    for layer in api.json("/collections")["collections"]:
        for uri in (*layer["crs"], layer["storageCrs"]):
            assert uri.startswith("http://www.opengis.net/def/crs/")
            assert known(uri).name


def test_crs84_is_the_first_and_the_list_is_global(api):
    document = api.json("/collections")
    assert document["crs"] == list(URIS)
    assert document["crs"][0] == CRS84
    assert all(layer["crs"] == document["crs"] for layer in document["collections"])


def test_the_storage_crs_is_one_of_the_list(api):
    for layer in api.json("/collections")["collections"]:
        assert layer["storageCrs"] in layer["crs"]


@pytest.mark.parametrize("uri", URIS)
@pytest.mark.parametrize("layer", LAYERS)
def test_crs_gives_features_in_the_system_named(api, layer, uri):
    expected = to_system(places_of(api.json(items(layer))), uri)
    response = api.get(f"{items(layer)}?crs={escaped(uri)}")
    assert response.headers["content-crs"] == f"<{uri}>"
    np.testing.assert_allclose(places_of(response.json()), expected, rtol=0, atol=TOLERANCE[known(uri).is_geographic])


@pytest.mark.parametrize("uri", URIS)
@pytest.mark.parametrize("layer", LAYERS)
def test_crs_gives_one_feature_in_the_system_named(api, layer, uri):
    listed = api.json(f"{items(layer)}?limit=1&crs={escaped(uri)}")["features"][0]
    response = api.get(f"{items(layer)}/{listed['id']}?crs={escaped(uri)}")
    assert response.headers["content-crs"] == f"<{uri}>"
    assert response.json()["geometry"] == listed["geometry"]


@pytest.mark.parametrize("layer", LAYERS)
def test_without_crs_the_answer_is_in_crs84(api, layer):
    path = items(layer)
    for address in (path, f"{path}/{api.json(path)['features'][0]['id']}"):
        assert api.get(address).headers["content-crs"] == f"<{CRS84}>"


@pytest.mark.parametrize("name", ["crs", "bbox-crs"])
def test_a_system_that_is_not_on_the_list_is_refused(api, name):
    bbox = "&bbox=6,50,7,51" if name == "bbox-crs" else ""
    assert api.get(f"{items('angebote')}?{name}={escaped(UNSUPPORTED)}{bbox}").status_code == 400


@pytest.mark.parametrize("uri", URIS)
@pytest.mark.parametrize("layer", LAYERS)
def test_bbox_crs_says_what_system_a_box_is_in(api, layer, uri):
    """A box in the middle, in its own system, finds what the same place finds in CRS84, but for a metre at its edge."""
    west, south, east, north = api.json(f"/collections/{layer}")["extent"]["spatial"]["bbox"][0]
    box = (west + (east - west) / 4, south + (north - south) / 4, east - (east - west) / 4, north - (north - south) / 4)
    to = pyproj.Transformer.from_crs(known(CRS84), known(uri))
    written = ",".join(map(repr, to.transform_bounds(*box, densify_pts=101)))
    found = {each["id"] for each in api.json(f"{items(layer)}?bbox={written}&bbox-crs={escaped(uri)}")["features"]}
    expected = {each["id"] for each in api.json(f"{items(layer)}?bbox={','.join(map(repr, box))}")["features"]}
    assert expected
    # The box around a box that is turned in the other system holds a little more, never less.
    assert expected <= found
    near = shapely.buffer(shapely.box(*box), (east - west) / 20)
    for each in api.json(items(layer))["features"]:
        if each["id"] in found - expected:
            assert shapely.intersects(near, shapely.from_geojson(json.dumps(each["geometry"])))


@pytest.mark.parametrize("layer", LAYERS)
def test_without_bbox_crs_a_box_is_in_crs84(api, layer):
    box = ",".join(map(repr, api.json(f"/collections/{layer}")["extent"]["spatial"]["bbox"][0]))
    named = api.json(f"{items(layer)}?bbox={box}&bbox-crs={escaped(CRS84)}")
    assert api.json(f"{items(layer)}?bbox={box}")["features"] == named["features"]
    assert named["features"]


@pytest.mark.parametrize("name", ["crs", "bbox-crs"])
def test_the_parameter_is_defined_with_its_systems(api, name):
    schema = api.json("/api")["components"]["parameters"][name]["schema"]
    assert schema == {"type": "string", "format": "uri", "enum": list(URIS), "default": CRS84}
