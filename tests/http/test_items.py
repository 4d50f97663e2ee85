"""Features of a layer: pages, selections, and answers a client can keep."""

import json
from http import HTTPStatus
from urllib.parse import quote

import numpy as np
import pytest
import shapely

from infrastruktur.domain.crs import ALL, CRS84
from infrastruktur.settings import Limits

ITEMS = "/collections/angebote/items"


def names(page):
    return [each["properties"]["name"] for each in page["features"]]


def all_pages(api, path):
    """Follow the next links to the end."""
    found, page = [], api.json(path)
    while True:
        found += page["features"]
        following = [each for each in page["links"] if each["rel"] == "next"]
        if not following:
            return found, page
        assert following[0]["type"] == "application/geo+json"
        page = api.json(api.relative(following[0]["href"]))


def test_a_page_counts_what_it_holds_and_what_there_is(api):
    page = api.json(f"{ITEMS}?limit=7")
    assert page["type"] == "FeatureCollection"
    assert page["numberReturned"] == len(page["features"]) == 7
    assert page["numberMatched"] == 26
    assert page["timeStamp"].endswith("Z")
    assert {each["rel"] for each in page["links"]} == {"self", "alternate", "collection", "next"}


@pytest.mark.parametrize("limit", [1, 7, 13, 26, 10000])
def test_paging_sees_each_feature_once(api, limit):
    found, last = all_pages(api, f"{ITEMS}?limit={limit}")
    assert len(found) == len({each["id"] for each in found}) == last["numberMatched"] == 26


def test_where_a_number_is_put_into_offset_the_number_counts(api):
    """As ArcGIS does with the next link it was given."""
    following = api.relative(next_link(api.json(f"{ITEMS}?limit=5")))
    assert "offset=5&" in following
    assert names(api.json(following)) == names(api.json(f"{ITEMS}?limit=5&offset=5"))
    assert names(api.json(following.replace("offset=5&", "offset=20&"))) == names(
        api.json(f"{ITEMS}?limit=5&offset=20")
    )


def next_link(page):
    return next(each["href"] for each in page["links"] if each["rel"] == "next")


@pytest.mark.parametrize("collection", ["angebote", "kommunen"])
@pytest.mark.parametrize(
    "token",
    [
        "x",
        "eA==",
        "W10=",
        "WzUsW11d",
        "WzUsWzEsMl1d",
        "WzUsWyJ4IiwxXV0=",
        "WzUsW251bGxdXQ==",
        "WzUsW3RydWVdXQ==",
        "%00",
        "é",
    ],
)
def test_b07_a_token_that_is_none_of_ours_is_refused(api, collection, token):
    """Among them: no key, a key too long, a word where a number is ordered by, no number at the end."""
    response = api.get(f"/collections/{collection}/items?limit=1&offset=5&token={quote(token)}")
    assert response.status_code == 400
    assert response.json()["parameter"] == "token"


def test_a_token_of_another_order_is_refused(api):
    by_name = api.relative(next_link(api.json(f"{ITEMS}?limit=5&sortby=name")))
    assert api.get(by_name).status_code == 200
    assert api.get(by_name.replace("sortby=name", "sortby=kapazitaet")).json()["parameter"] == "token"
    assert api.get(by_name.replace("sortby=name", "sortby=name,art")).json()["parameter"] == "token"


@pytest.mark.parametrize("collection", ["angebote", "standorte", "kommunen", "vq_dp80_kommune"])
def test_every_layer_can_be_ordered_by_every_column(api, collection):
    path = f"/collections/{collection}/items"
    for name in api.json(f"/collections/{collection}/sortables")["properties"]:
        for order in (name, f"-{name}", f"%2B{name}"):
            whole = api.json(f"{path}?sortby={order}")["features"]
            paged, _ = all_pages(api, f"{path}?limit=3&sortby={order}")
            assert paged == whole
            values = [each["properties"][name] for each in whole]
            known = [value for value in values if value is not None]
            assert values[: len(known)] == known, "what is unknown stands last"
            assert known == sorted(known, reverse=order.startswith("-"))


def test_only_the_columns_asked_for_are_sent(api):
    (feature,) = api.json(f"{ITEMS}?limit=1&properties=ort,name")["features"]
    assert list(feature["properties"]) == ["name", "ort"], "in the layer's own order"
    (rest,) = api.json(f"{ITEMS}?limit=1&exclude-properties=ort,name")["features"]
    (whole,) = api.json(f"{ITEMS}?limit=1")["features"]
    assert feature["properties"] | rest["properties"] == whole["properties"]
    assert feature["geometry"] == whole["geometry"]
    bare = api.json(f"{ITEMS}?limit=1&skipGeometry=true")["features"]
    assert bare == [whole | {"geometry": None}]


def test_hits_are_counted_without_features(api):
    page = api.json(f"{ITEMS}?resultType=hits&art=pflege.dauerpflege&limit=3")
    assert (page["numberMatched"], page["numberReturned"], page["features"]) == (21, 0, [])
    assert "next" not in {each["rel"] for each in page["links"]}


def test_beyond_what_is_worth_counting_the_count_is_left_out(reopened):
    at, above = (reopened(limits=Limits(count_features=most)) for most in (26, 25))
    assert at.json(ITEMS)["numberMatched"] == 26
    found, last = all_pages(above, f"{ITEMS}?limit=10")
    assert len(found) == 26
    assert "numberMatched" not in last


def found_by(api, filter_, collection="angebote", **more):
    asked = "&".join(f"{name.replace('_', '-')}={quote(value, safe='')}" for name, value in more.items())
    path = f"/collections/{collection}/items?limit=10000&{asked}&filter={quote(filter_, safe='')}"
    return api.json(path)


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ("name = 'Heim 5'", ["Heim 5"]),
        ("kapazitaet BETWEEN 84 AND 86", ["Heim 4", "Heim 5", "Heim 6"]),
        ("kapazitaet > 97 AND NOT name LIKE '%9'", ["Heim 18"]),
        ("CASEI(name) LIKE CASEI('TAGES%')", ["Tagespflege"]),
        ("art IN ('schule.grundschule', 'alltag.hausarzt')", ["Grundschule", "Hausarzt"]),
        ("status <> 'in_betrieb'", ["Neubau"]),
        ("T_AFTER(stand, DATE('2025-02-28'))", ["Tagespflege"]),
        ("stand IS NOT NULL", ["Tagespflege"]),
        ("\"plz\" = '01067' AND (art = 'beratung.pflege')", ["Beratung"]),
        ("kapazitaet = 80 OR kapazitaet = 99", ["Heim 0", "Heim 19"]),
    ],
)
def test_a_filter_is_answered_on_the_server(api, filter_, expected):
    page = found_by(api, filter_)
    assert names(page) == expected
    assert page["numberMatched"] == len(expected)


def test_a_filter_is_read_in_the_system_it_names(api):
    lon, lat = map(float, api.centre.split(","))
    around = [lon - 0.002, lat - 0.002, lon + 0.002, lat + 0.002]
    inside = names(api.json(f"{ITEMS}?limit=10000&bbox={','.join(map(str, around))}"))
    assert 0 < len(inside) < 25
    box = shapely.box(*around).wkt
    assert names(found_by(api, f"S_INTERSECTS(geometry, {box})")) == inside
    latlon = shapely.transform(shapely.box(*around), lambda xy: xy[:, ::-1]).wkt
    uri = "http://www.opengis.net/def/crs/EPSG/0/4326"
    assert names(found_by(api, f"S_INTERSECTS(geometry, {latlon})", filter_crs=uri)) == inside
    as_json = {"op": "s_intersects", "args": [{"property": "geometry"}, {"bbox": around}]}
    assert names(found_by(api, json.dumps(as_json), filter_lang="cql2-json")) == inside


def test_a_filter_on_figures_is_answered_too(api):
    all_rows = api.json("/collections/vq_dp80_kommune/items")["features"]
    values = [each["properties"]["wert"] for each in all_rows]
    found = found_by(api, f"wert >= {max(values)}", "vq_dp80_kommune")["features"]
    assert [each["properties"]["wert"] for each in found] == [max(values)]
    assert found_by(api, "grund IS NULL", "vq_dp80_kommune")["numberMatched"] == len(values)


def test_a_filter_holds_together_with_bbox_values_and_pages(api):
    found, last = all_pages(api, f"{ITEMS}?limit=4&art=pflege.dauerpflege&filter={quote('kapazitaet > 85')}")
    assert len(found) == last["numberMatched"] == 14


@pytest.mark.parametrize(
    "filter_",
    ["vertraulich = TRUE", "name = 5", "name =", "pg_sleep(5) = 1", "NOT " * 200 + "TRUE", "name = 'x' " * 2000, ""],
)
def test_c02_a_filter_that_cannot_be_read_is_refused(api, filter_):
    response = api.get(f"{ITEMS}?filter={quote(filter_, safe='')}")
    assert response.status_code == 400
    assert response.json()["parameter"] == "filter"


CRS = {each.epsg if each is not CRS84 else "CRS84": each.uri for each in ALL}


@pytest.mark.parametrize("uri", CRS.values(), ids=map(str, CRS))
@pytest.mark.parametrize("collection", ["angebote", "kommunen"])
def test_a04_a_layer_is_given_and_asked_in_every_system(api, collection, uri):
    """The box of the given coordinates, in their system and order, finds what they were given for and nothing else."""
    path = f"/collections/{collection}/items"
    response = api.get(f"{path}?crs={quote(uri, safe='')}")
    assert response.headers["content-crs"] == f"<{uri}>"
    features = [each for each in response.json()["features"] if each["geometry"] is not None]
    for feature in features[:6]:
        places = np.array(shapely.get_coordinates(shapely.from_geojson(json.dumps(feature["geometry"]))))
        low, high = places.min(axis=0), places.max(axis=0)
        if collection == "kommunen":
            low, high = low + (high - low) / 4, high - (high - low) / 4
        box = ",".join(f"{edge:.7f}" for edge in (*low, *high))
        found = api.json(f"{path}?bbox={box}&bbox-crs={quote(uri, safe='')}")["features"]
        assert [each["id"] for each in found] == [feature["id"]]
    one = api.get(f"{path}/{features[0]['id']}?crs={quote(uri, safe='')}")
    assert one.json()["geometry"] == features[0]["geometry"]
    assert one.headers["content-crs"] == f"<{uri}>"


def test_who_names_no_system_gets_crs84(api):
    assert api.get(ITEMS).headers["content-crs"] == f"<{CRS84.uri}>"
    assert api.get(f"{ITEMS}?f=html").headers.get("content-crs") is None


def test_filters_and_stichtag_stay_on_the_next_page(api):
    path = f"{ITEMS}?limit=6&art=pflege.dauerpflege&datetime=2025-06-30"
    found, last = all_pages(api, path)
    assert len(found) == last["numberMatched"] == 22
    assert {each["properties"]["art"] for each in found} == {"pflege.dauerpflege"}


def test_an_offset_behind_the_end_is_an_empty_page_without_next(api):
    page = api.json(f"{ITEMS}?offset=1000")
    assert page["features"] == []
    assert page["numberMatched"] == 26
    assert "next" not in {each["rel"] for each in page["links"]}


def test_the_limit_is_met_exactly_and_above_it_the_maximum_counts(reopened):
    api = reopened(limits=Limits(page_features=5))
    for limit in (5, 6, 10**9):
        page = api.json(f"{ITEMS}?limit={limit}")
        assert page["numberReturned"] == 5
    assert api.json(ITEMS)["numberReturned"] == 5


def test_every_layer_gives_its_features(api):
    for collection in api.collections():
        page = api.json(f"/collections/{collection}/items?limit=10000")
        assert page["numberMatched"] == page["numberReturned"] == len(page["features"]), collection
        for feature in page["features"]:
            assert feature["type"] == "Feature"
            assert isinstance(feature["id"], str)


def test_each_feature_is_found_again_by_its_id(api):
    for collection in ("angebote", "standorte", "klaerungsbedarf", "sozialraeume", "kommunen", "vq_dp80_kommune"):
        listed = api.json(f"/collections/{collection}/items?limit=2")["features"][-1]
        alone = api.json(f"/collections/{collection}/items/{quote(listed['id'])}")
        links = alone.pop("links")
        assert alone == listed
        assert {each["rel"] for each in links} == {"self", "alternate", "collection"}


def test_a_feature_that_does_not_exist_is_not_found(api):
    assert api.get(f"{ITEMS}/gibt-es-nicht").status_code == 404
    assert api.get("/collections/kommunen/items/05334001-AC01").status_code == 404


def test_an_angebot_without_a_point_is_there_with_null_geometry(api):
    (feature,) = api.json(f"{ITEMS}?art=beratung.pflege")["features"]
    assert feature["geometry"] is None


def test_what_needs_care_is_a_layer_like_any_other(api):
    layer = "/collections/klaerungsbedarf/items"
    (without,) = api.json(f"{layer}?grund=ohne_punkt")["features"]
    assert without["geometry"] is None
    assert without["id"] == f"{without['properties']['angebot']}.ohne_punkt"
    assert without["properties"]["name"] == "Beratung"
    everything, west, nowhere = (
        api.json(f"{layer}?{query}") for query in ("", f"bbox={api.centre},7,51", "bbox=7,52,8,53")
    )
    assert 0 == nowhere["numberMatched"] < west["numberMatched"] < everything["numberMatched"]
    assert "Frauenhaus" not in str(everything)
    found, last = all_pages(api, f"{layer}?limit=7")
    assert len(found) == len({each["id"] for each in found}) == last["numberMatched"] == everything["numberMatched"]
    assert api.json(f"{layer}/{without['id']}")["properties"] == without["properties"]


def test_keys_keep_their_leading_zeros(api):
    page = api.json(f"{ITEMS}?plz=01067")
    assert page["numberMatched"] == 26
    assert api.json("/collections/kommunen/items")["features"][0]["id"] == "05334001"


def test_what_is_confidential_is_nowhere(api):
    assert "Frauenhaus" not in names(api.json(f"{ITEMS}?limit=10000"))
    assert api.json(f"{ITEMS}?art=beratung.gewaltschutz")["numberMatched"] == 0
    assert api.json("/collections/beratung/items")["numberMatched"] == 1


@pytest.mark.parametrize(
    ("moment", "there"),
    [
        ("2025-06-30", True),
        ("2025-07-01", False),
        ("2025-06-30T23:59:59Z", True),
        ("2025-01-01/2025-06-30", True),
        ("../2025-07-01", False),
        ("0000-01-01T00:00:00Z/2025-06-30T00:00:00Z", True),
        ("2025-06-01/P29D", True),
        ("2025-06-01/P30D", False),
        ("2025-01-01/..", False),
        ("../..", False),
    ],
)
def test_datetime_asks_for_the_state_of_a_day(api, moment, there):
    page = api.json(f"{ITEMS}?limit=10000&datetime={quote(moment)}")
    assert ("Altes Heim" in names(page)) is there


def test_a_bbox_selects_what_it_touches(api):
    lon, lat = map(float, api.centre.split(","))
    around = f"{lon - 0.002},{lat - 0.002},{lon + 0.002},{lat + 0.002}"
    inside = api.json(f"{ITEMS}?bbox={around}")["features"]
    assert 0 < len(inside) < 25
    for feature in inside:
        x, y = feature["geometry"]["coordinates"]
        assert abs(x - lon) <= 0.002
        assert abs(y - lat) <= 0.002
    six = f"{lon - 0.002},{lat - 0.002},-50,{lon + 0.002},{lat + 0.002},500"
    assert api.json(f"{ITEMS}?bbox={six}")["features"] == inside


@pytest.mark.parametrize("collection", ["angebote", "standorte", "kommunen", "vq_dp80_kommune"])
@pytest.mark.parametrize("bbox", ["177,65,-177,70", "-180,-90,180,90", "0,0,0,0", "-180,80,-170,85", "179,-90,-179,90"])
def test_a_bbox_anywhere_on_earth_is_answered(api, collection, bbox):
    page = api.json(f"/collections/{collection}/items?bbox={bbox}&limit=1")
    assert (page["numberMatched"] > 0) is (bbox == "-180,-90,180,90")


def test_every_property_of_every_layer_is_a_filter_that_finds_its_own(api):
    for collection in ("angebote", "standorte", "sozialraeume", "kommunen", "vq_dp80_kommune", "luecken"):
        feature = api.json(f"/collections/{collection}/items?limit=1")["features"][0]
        for name, value in feature["properties"].items():
            if value is None:
                continue
            text = str(value).lower() if isinstance(value, bool) else str(value)
            page = api.json(f"/collections/{collection}/items?limit=10000&{quote(name)}={quote(text)}")
            assert feature["id"] in {each["id"] for each in page["features"]}, (collection, name)


def test_several_filters_hold_together(api):
    page = api.json(f"{ITEMS}?art=pflege.dauerpflege&kapazitaet=85")
    assert names(page) == ["Heim 5"]
    assert api.json(f"{ITEMS}?art=schule.grundschule&kapazitaet=85")["numberMatched"] == 0


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=-1",
        "limit=unlimited",
        "limit=1.5",
        "limit=%D9%A1",
        "offset=-1",
        "bbox=1,2,3",
        "bbox=1,2,3,4,5",
        "bbox=nan,2,3,4",
        "bbox=1,2,inf,4",
        "bbox=1e999,2,3,4",
        "bbox=%D9%A1,2,3,4",
        "bbox=1_0,2,30,4",
        "bbox=1,60,2,50",
        "bbox=",
        "datetime=gestern",
        "datetime=2025-02-30",
        "datetime=2025-12-31/2025-01-01",
        "art=gibt.es.nicht",
        "kapazitaet=viele",
        "kapazitaet=nan",
        "stand=heute",
        "name=%00",
        "f=xml",
        "crs=http://www.opengis.net/def/crs/0/unsupported",
        "crs=EPSG:25832",
        "bbox-crs=http://www.opengis.net/def/crs/EPSG/0/31466",
        "sortby=geom",
        "sortby=name,name",
        "sortby=",
        "properties=vertraulich",
        "properties=",
        "exclude-properties=name;DROP",
        "skipGeometry=maybe",
        "resultType=count",
        "filter-lang=ecql",
        "filter-crs=EPSG:4326",
    ],
)
def test_b07_a_value_that_cannot_be_is_refused_by_name(api, query):
    response = api.get(f"{ITEMS}?{query}")
    assert response.status_code == 400
    problem = response.json()
    assert problem["parameter"] == query.partition("=")[0]
    assert problem["detail"]


@pytest.mark.parametrize(
    "payload",
    [
        "' OR '1'='1",
        "x'; DROP TABLE angebot; --",
        "\\' OR 1=1 --",
        "%' AND 1=CAST(version() AS int) --",
        "$$",
        "?",
        ":name",
    ],
)
def test_c01_sql_in_a_value_is_only_a_value(api, payload):
    for path in (f"{ITEMS}?name={quote(payload)}", f"/collections/standorte/items?ort={quote(payload)}"):
        assert api.json(path)["numberMatched"] == 0
    assert api.get(f"{ITEMS}/{quote(payload, safe='')}").status_code == 404
    assert api.json(ITEMS)["numberMatched"] == 26


def test_an_unchanged_page_is_not_sent_again(api):
    first = api.get(ITEMS)
    assert first.headers["cache-control"] == "no-cache"
    again = api.get(ITEMS, If_None_Match=first.headers["etag"])
    assert again.status_code == HTTPStatus.NOT_MODIFIED
    assert again.content == b""
    assert again.headers["etag"] == first.headers["etag"]
    assert api.get(ITEMS, If_None_Match='"other"').status_code == 200


def test_e03_another_question_or_format_has_another_etag(api):
    tags = {api.get(f"{ITEMS}{query}").headers["etag"] for query in ("", "?limit=5", "?f=html", "?offset=1")}
    assert len(tags) == 4


def test_i01_a_hostile_name_is_shown_as_text(api):
    for path in (f"{ITEMS}?f=html&limit=100", f"{ITEMS}?f=html&art=quartier.seniorentreff"):
        page = api.get(path).text
        assert "<script" not in page
        assert "&lt;script&gt;" in page
    assert api.hostile in names(api.json(f"{ITEMS}?limit=100"))


def test_polygons_of_figures_carry_their_rows(api):
    feature = api.json("/collections/vq_dp80_kommune/items")["features"][0]
    assert feature["geometry"]["type"] in {"Polygon", "MultiPolygon"}
    assert feature["properties"]["indicator"] == "vq_dp80"
    assert json.loads(json.dumps(feature)) == feature
