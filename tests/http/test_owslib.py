"""OWSLib, the client of Python scripts, against a server that really listens, on both stores."""

import pytest
from owslib.ogcapi.features import Features

PAGE = 10


@pytest.fixture
def client(server):
    return Features(server.url)


def test_it_finds_every_layer_and_the_service_description(client, server):
    assert client.feature_collections() == server.collections()
    assert client.api()["openapi"].startswith("3.0")
    assert "/collections/angebote/items" in client.api()["paths"]


def test_it_reads_what_columns_a_layer_has(client):
    schema = client.collection_schema("angebote")
    assert schema["properties"]["kapazitaet"]["type"] == "number"
    assert schema["properties"]["geometry"]["format"] == "geometry-point"


def test_it_reads_what_a_layer_can_be_filtered_by(client):
    queryables = client.collection_queryables("angebote")["properties"]
    assert {"art", "name", "status", "kommune"} <= set(queryables)


def test_it_pages_through_a_layer_without_a_gap_or_a_double(client):
    pages = [client.collection_items("angebote", limit=PAGE, offset=offset) for offset in (0, PAGE, 2 * PAGE)]
    assert [page["numberReturned"] for page in pages] == [10, 10, 6]
    assert {page["numberMatched"] for page in pages} == {26}
    assert len({feature["id"] for page in pages for feature in page["features"]}) == 26


def test_it_reads_what_lies_in_a_rectangle(client):
    whole = client.collection("angebote")["extent"]["spatial"]["bbox"][0]
    west, south, east, north = whole
    halves = [(west, south, (west + east) / 2, north), ((west + east) / 2, south, east, north)]
    found = [{each["id"] for each in client.collection_items("angebote", bbox=half)["features"]} for half in halves]
    assert found[0]
    assert found[1]
    assert found[0].isdisjoint(found[1])
    assert len(found[0] | found[1]) == 25  # one Angebot has no point


def test_it_reads_the_state_of_a_day(client):
    names = {
        day: {each["properties"]["name"] for each in client.collection_items("pflege", datetime_=day)["features"]}
        for day in ("2025-06-30", "2025-07-01")
    }
    assert names["2025-06-30"] - names["2025-07-01"] == {"Altes Heim"}


def test_it_reads_one_feature(client):
    first = client.collection_items("kommunen", limit=1)["features"][0]
    again = client.collection_item("kommunen", first["id"])
    assert again["properties"] == first["properties"]
    assert again["geometry"] == first["geometry"]


def test_it_filters_by_cql2_text(client):
    found = client.collection_items("angebote", filter="art LIKE 'schule.%'", **{"filter-lang": "cql2-text"})
    assert [each["properties"]["name"] for each in found["features"]] == ["Grundschule"]
