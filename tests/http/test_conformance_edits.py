"""The abstract tests of OGC API Features Part 4 (20-002, a draft), as docs/conformance.md lists them."""

import re

import numpy as np
import pytest
from editing import ANDERES, ANGEBOTE, IN_WEST, PLANE, QUARTIER, create, feature, properties

from infrastruktur.domain.geometry import transform_xy

CRS84 = "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
OTHERS = ("EPSG/0/4326", "EPSG/0/4258", "EPSG/0/3857", "EPSG/0/3035")
CHANGE = {"PUT": feature(name="Anders", status="in_betrieb"), "PATCH": {"properties": {"name": "Anders"}}}


def test_options_names_what_is_taken(writing, fachamt, treff) -> None:
    asked = writing.send("OPTIONS", QUARTIER, token=fachamt)
    assert asked.status_code == 200
    assert "application/geo+json" in asked.headers["accept-post"]
    asked = writing.send("OPTIONS", treff, token=fachamt)
    assert {"PUT", "PATCH", "DELETE"} <= set(asked.headers["allow"].split(", "))
    assert asked.headers["accept-patch"] == "application/merge-patch+json"


def test_a_feature_that_brings_its_own_id_is_refused(writing, westen) -> None:
    before = writing.read(f"{QUARTIER}?resultType=hits").json()["numberMatched"]
    refused = writing.send("POST", QUARTIER, {**feature(), "id": "meiner"}, westen, content_crs=PLANE)
    assert refused.status_code == 422
    assert writing.read(f"{QUARTIER}?resultType=hits").json()["numberMatched"] == before


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_body_that_does_not_say_its_type_is_refused(writing, westen, treff, method) -> None:
    path = QUARTIER if method == "POST" else treff
    headers = {"authorization": f"Bearer {westen}", "content-crs": PLANE}
    sent = writing.client.build_request(method, path, content=b"{}", headers=headers)
    sent.headers.pop("content-type", None)
    refused = writing.client.send(sent)
    assert refused.status_code == 400
    assert "Content-Type" in refused.json()["detail"]


def test_an_id_that_is_another_one_is_refused(writing, westen, treff) -> None:
    before = properties(writing.read(treff))
    bodies = {"PUT": {**CHANGE["PUT"], "id": "0"}, "PATCH": {**CHANGE["PATCH"], "id": "0"}}
    inside = {
        "PUT": feature(name="Anders", status="in_betrieb", id="0"),
        "PATCH": {"properties": {"name": "Anders", "id": "0"}},
    }
    for stated in (bodies, inside):
        for method, body in stated.items():
            refused = writing.send(method, treff, body, westen, content_crs=PLANE)
            assert [each["feld"] for each in refused.json()["fehler"]] == ["id"]
    assert properties(writing.read(treff)) == before


def test_put_creates_nothing(writing, westen) -> None:
    for headers in ({}, {"if_match": '"xyz"'}):
        refused = writing.send("PUT", f"{QUARTIER}/neu", CHANGE["PUT"], westen, content_crs=PLANE, **headers)
        assert refused.status_code == 404
    assert writing.read(f"{QUARTIER}/neu").status_code == 404


def test_every_feature_has_an_etag(writing) -> None:
    for each in writing.read(f"{ANGEBOTE}?limit=5").json()["features"]:
        etag = writing.read(f"{ANGEBOTE}/{each['id']}").headers["etag"]
        assert re.fullmatch(r'"v\d+\.\d+-[0-9a-f]{32}"', etag)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_if_match_decides(writing, westen, treff, method) -> None:
    read = writing.read(treff)
    sent = {"body": CHANGE.get(method), "token": westen, "content_crs": PLANE}
    assert writing.send(method, treff, if_match='"0"', **sent).status_code == 412
    assert writing.read(treff).headers["etag"] == read.headers["etag"]
    done = writing.send(method, treff, if_match=read.headers["etag"], **sent)
    assert done.status_code == (204 if method == "DELETE" else 200)
    if method == "DELETE":
        assert writing.read(treff).status_code == 404
    else:
        assert done.headers["etag"] not in {read.headers["etag"], None}
        assert done.headers["etag"] == writing.read(treff).headers["etag"]
        assert writing.send(method, treff, **sent).status_code == 200  # the same again, on top of nothing named


def test_the_same_place_in_two_systems_is_one(writing, westen) -> None:
    wanted = create(writing, westen).json()["geometry"]
    for name in OTHERS:
        uri = f"http://www.opengis.net/def/crs/{name}"
        made = create(writing, westen)
        there = writing.read(f"{writing.relative(made.headers['location'])}?crs={uri}").json()["geometry"]
        sent = writing.send("POST", ANDERES, {**feature(), "geometry": there}, westen, content_crs=f"<{uri}>")
        assert sent.status_code == 201, sent.text
        assert sent.json()["geometry"]["coordinates"] == pytest.approx(wanted["coordinates"], abs=2e-7)
        assert sent.headers["content-crs"] == CRS84
    longitude, latitude = wanted["coordinates"]
    assert transform_xy_back(longitude, latitude) == pytest.approx(IN_WEST, abs=0.02)
    for uri in ("http://www.opengis.net/def/crs/0/unsupported", "EPSG:25832", "<>"):
        assert writing.send("POST", QUARTIER, feature(), westen, content_crs=uri).status_code == 400


def transform_xy_back(longitude: float, latitude: float) -> tuple[float, float]:
    east, north = transform_xy(np.array([[longitude, latitude]]), 4326, 25832)[0].tolist()
    return east, north


def test_the_schema_says_what_is_taken(writing, westen) -> None:
    schema = writing.read("/collections/quartiersangebote/schema").json()
    assert schema["additionalProperties"] is False
    assert writing.send("POST", QUARTIER, feature(fremd="x"), westen, content_crs=PLANE).status_code == 422
    stated = {"text": "x", "number": 1.0}
    for name, each in schema["properties"].items():
        if name == "geometry" or each.get("x-ogc-role") == "primary-geometry":
            continue
        body = feature(**{name: stated["number" if each["type"] == "number" else "text"]})
        refused = writing.send("POST", QUARTIER, body, westen, content_crs=PLANE)
        named = {fehler["feld"] for fehler in refused.json().get("fehler", ())}
        closed = bool(each.get("enum")) or each.get("format") == "date" or name in {"plz", "oeffnungszeiten"}
        assert (name in named) is (each.get("readOnly", False) or closed), (name, refused.text)
    only_read = writing.read("/collections/standorte/schema").json()["properties"]
    assert all(each["readOnly"] for name, each in only_read.items() if name != "geometry")


def test_a_merge_patch_changes_adds_takes_away_and_moves(writing, westen) -> None:
    address = writing.relative(create(writing, westen, feature(strasse="Markt", ort="Dorf")).headers["location"])
    before = properties(writing.read(address))
    there = {"type": "Point", "coordinates": [IN_WEST[0] + 10, IN_WEST[1]]}
    patch = {"properties": {"name": "Neu", "traeger": "Verein", "strasse": None}, "geometry": there}
    assert writing.send("PATCH", address, patch, westen, content_crs=PLANE).status_code == 200
    after = writing.read(f"{address}?crs={PLANE.strip('<>')}").json()
    assert after["properties"] == {**before, "name": "Neu", "traeger": "Verein", "strasse": None}
    assert after["geometry"]["coordinates"] == there["coordinates"]
