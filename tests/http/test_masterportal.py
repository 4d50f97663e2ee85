"""The requests that Masterportal, ArcGIS, OpenLayers and Leaflet send, with the headers they send them with.

Masterportal 3 (masterportalapi 2.54) and the ArcGIS JavaScript SDK 4.34 as their code writes them;
the last two know no OGC API and take GeoJSON by its address.
"""

from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import shapely

UTM32 = "http://www.opengis.net/def/crs/EPSG/0/25832"
MAP = "https://karten.beispiel.de"
WEST, SOUTH = 300_000, 5_630_000
EVERYTHING = f"{WEST},{SOUTH},{WEST + 2000},{SOUTH + 1000}"
WEST_HALF = f"{WEST},{SOUTH},{WEST + 500},{SOUTH + 1000}"

WEST_STRIP = shapely.box(WEST, SOUTH, WEST + 100, SOUTH + 1000)


def ask(server, path, accept, **query):
    """Ask as a page of another origin; the browser shows it the answer only with the header for CORS."""
    named = {name.replace("_", "-"): value for name, value in query.items()}
    response = server.get(f"{path}?{urlencode(named)}" if named else path, accept=accept, origin=MAP)
    assert response.status_code == 200, response.text
    assert response.headers["access-control-allow-origin"] in {"*", MAP}
    return response


def follow(server, response):
    """List all features over the next links, as Masterportal does: only where the type is the very one asked for."""
    page = response.json()
    following = [
        each["href"] for each in page["links"] if each["rel"] == "next" and each["type"] == "application/geo+json"
    ]
    if not following:
        return page["features"]
    path = following[0].removeprefix(server.url)
    return [*page["features"], *follow(server, ask(server, path, "application/geo+json"))]


def names(features):
    return sorted(each["properties"]["name"] for each in features)


# Masterportal


def masterportal(server, collection, **query):
    asked = {"limit": "400", "crs": UTM32} | query
    return ask(server, f"/collections/{collection}/items", "application/geo+json", **asked)


def test_masterportal_gets_map_coordinates(server):
    response = masterportal(server, "pflege", bbox=WEST_HALF, bbox_crs=UTM32)
    assert response.headers["content-type"].startswith("application/geo+json")
    assert response.headers["content-crs"] == f"<{UTM32}>"
    points = {each["properties"]["name"]: each["geometry"]["coordinates"] for each in response.json()["features"]}
    # Heim n stands 50 + 95 n metres from the west.
    assert points == {f"Heim {n}": [WEST + 50 + 95 * n, SOUTH + 400 + (50 + 95 * n) % 200] for n in range(5)}


def test_masterportal_follows_the_pages(server):
    features = follow(server, masterportal(server, "angebote", limit="10", bbox=EVERYTHING, bbox_crs=UTM32))
    assert len({each["id"] for each in features}) == len(features) == 25


def test_masterportal_s_filter_finds_columns_and_layers_in_the_service_description(server):
    accept = "application/vnd.oai.openapi+json;version=3.0"
    description = ask(server, "/api", accept)
    assert description.headers["content-type"] == accept
    asked = {
        each["name"]
        for each in description.json()["paths"]["/collections/angebote/items"]["get"]["parameters"]
        if "name" in each
    }
    assert {"art", "status"} <= asked
    schema = ask(server, "/collections/angebote/schema", "application/schema+json", f="json").json()
    assert schema["properties"]["art"]["type"] == "string"


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("art='schule.grundschule'", ["Grundschule"]),
        ("(name = 'Heim 3' OR name = 'Heim 4') AND kapazitaet > 83", ["Heim 4"]),
        (f"S_INTERSECTS(geometry, {WEST_STRIP.wkt})", ["Heim 0"]),
    ],
)
def test_masterportal_filters_without_naming_the_language(server, condition, found):
    response = masterportal(server, "angebote", filter=condition, filter_crs=UTM32)
    assert names(response.json()["features"]) == found


def test_masterportal_asks_for_the_values_of_one_column_without_geometry(server):
    features = masterportal(server, "angebote", properties="art", skipGeometry="true").json()["features"]
    assert len(features) == 26
    assert {frozenset(each["properties"]) for each in features} == {frozenset({"art"})}
    assert {each["geometry"] for each in features} == {None}


def test_masterportal_leaves_a_column_out(server):
    features = masterportal(server, "angebote", exclude_properties="traeger,strasse").json()["features"]
    assert all(
        {"traeger", "strasse"}.isdisjoint(each["properties"]) and "name" in each["properties"] for each in features
    )


# ArcGIS


def arcgis_links(server):
    landing = ask(server, "/", "application/json", f="json").json()
    return {each["rel"]: each for each in landing["links"]}


def test_arcgis_finds_its_way_by_literal_types(server):
    links = arcgis_links(server)
    assert links["data"]["type"] == links["conformance"]["type"] == "application/json"
    assert links["service-desc"]["type"] == "application/vnd.oai.openapi+json;version=3.0"
    conformance = ask(server, links["conformance"]["href"].removeprefix(server.url), "application/json").json()
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson" in conformance["conformsTo"]
    collections = ask(server, links["data"]["href"].removeprefix(server.url), "application/json").json()["collections"]
    for each in collections:
        assert "application/geo+json" in {link["type"] for link in each["links"] if link["rel"] == "items"}


def test_arcgis_pages_by_its_own_number_in_the_offset_it_found(server):
    description = ask(server, "/api", "application/vnd.oai.openapi+json;version=3.0").json()
    assert description["components"]["parameters"]["limit"]["schema"]["maximum"] >= 26
    look = ask(server, "/collections/angebote/items", "application/geo+json", limit="5").json()
    following = next(each["href"] for each in look["links"] if each["rel"] == "next")
    query = dict(parse_qsl(urlsplit(following).query))
    assert query["offset"] == "5"
    read = [
        ask(server, "/collections/angebote/items", "application/geo+json", **(query | {"limit": "7", "offset": str(n)}))
        for n in range(0, 28, 7)
    ]
    ids = [each["id"] for page in read for each in page.json()["features"]]
    assert len(ids) == len(set(ids)) == 26


def test_arcgis_asks_for_its_map_s_extent_in_its_own_coordinates(server):
    mercator = "http://www.opengis.net/def/crs/EPSG/0/3857"
    response = ask(
        server, "/collections/kommunen/items", "application/geo+json", bbox=WEST_HALF, bbox_crs=UTM32, crs=mercator
    )
    (kommune,) = response.json()["features"]
    assert kommune["properties"]["name"] == "Westdorf"
    x, y = kommune["geometry"]["coordinates"][0][0][0]
    # 6.16° east and 50.79° north lie about 686 km east and 6,584 km north of null in Web Mercator.
    assert (x, y) == pytest.approx((686_000, 6_584_000), abs=3_000)


def test_arcgis_asks_for_an_open_span_of_time(server):
    features = ask(
        server, "/collections/pflege/items", "application/geo+json", datetime="2025-01-01T00:00:00Z/.."
    ).json()
    assert features["numberMatched"] == server.json("/collections/pflege/items")["numberMatched"]


# OpenLayers and Leaflet


def test_a_map_in_a_browser_loads_a_whole_layer_by_its_address(server):
    whole = ask(server, "/collections/angebote/items", "*/*", f="json", limit="10000").json()
    assert whole["type"] == "FeatureCollection"
    assert len(whole["features"]) == whole["numberMatched"] == 26
    assert not [each for each in whole["links"] if each["rel"] == "next"]
