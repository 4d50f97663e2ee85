"""QGIS reads every layer, on both stores: Debian 12's release, and what only Debian 13's does."""

import math
from collections import Counter
from urllib.parse import urlencode

import msgspec
import pyproj
import pytest
import sqlalchemy as sa
from counts import pick
from desk import BOOKWORM, TRIXIE
from served import served

from infrastruktur.settings import Limits
from infrastruktur.storage.columns import points_xy
from infrastruktur.storage.engine import open_store
from infrastruktur.storage.tables import angebot, standort

pytestmark = pytest.mark.skipif(not BOOKWORM.there, reason=f"QGIS fehlt: {BOOKWORM.install}")
CENTIMETRE_DEG = 1e-7
WEST_HALF = (300_000, 5_630_000, 300_500, 5_631_000)


@pytest.fixture(scope="module")
def opened(server):
    return pick(server.collections(), "angebote", "pflege", "standorte", "kommunen", "sozialraeume", "klaerungsbedarf")


@pytest.fixture(scope="module")
def read(server, opened):
    return BOOKWORM.ask("read_layers", url=server.url, collections=opened)


@pytest.fixture(scope="module")
def stored(server):
    """Read Angebote and their points from the catalogue itself, in longitude and latitude."""
    columns = (angebot.c.id, angebot.c.name, angebot.c.art, angebot.c.traeger_name.label("traeger"), standort.c.plz)
    store = open_store(server.settings).of_installation()
    with store.read() as connection:
        query = sa.select(*columns, standort.c.geom).join(standort, standort.c.id == angebot.c.standort)
        rows = connection.execute(query.where(angebot.c.vertraulich.is_(False))).all()
    store.close()
    degrees = pyproj.Transformer.from_crs(25832, 4326, always_xy=True)
    points = [degrees.transform(x, y) for x, y in points_xy([row.geom for row in rows]).tolist()]
    return {row.id: (row._asdict(), point) for row, point in zip(rows, points, strict=True)}


def by_id(features):
    return {feature["properties"]["id"]: feature for feature in features}


def known(properties):
    """Give the values that are not null as text: a column that begins with nulls is text to this release."""
    return frozenset((name, str(value)) for name, value in properties.items() if value is not None)


def test_every_layer_opens_with_all_its_features_and_columns(server, opened, read):
    assert set(read) == set(opened)
    filled = 0
    for collection, layer in read.items():
        answered = server.json(f"/collections/{collection}/items")
        assert layer["count"] == len(layer["features"]) == answered["numberMatched"], collection
        if not layer["features"]:  # this QGIS learns columns from features; without a source, a context layer has none
            continue
        filled += 1
        described = server.json(f"/collections/{collection}/schema")["properties"]
        # What has no column `id` gets one from the features' ids.
        assert {*layer["fields"], "geometry"} == {"id", *described}, collection
    assert filled > len(opened) / 2 > 10


def test_every_value_of_every_layer_is_the_one_the_server_sent(server, read):
    for collection, layer in read.items():
        features = server.json(f"/collections/{collection}/items")["features"]
        sent = Counter(known({"id": each["id"], **each["properties"]}) for each in features)
        assert Counter(known(each["properties"]) for each in layer["features"]) == sent, collection


def test_angebote_have_the_names_and_points_of_the_catalogue(read, stored):
    shown = by_id(read["angebote"]["features"])
    assert len(shown) == 26
    for id_, feature in shown.items():
        row, (x, y) = stored[id_]
        # What no source says is empty in the catalogue and null in a layer.
        assert {name: feature["properties"][name] for name in ("name", "art", "traeger", "plz")} == {
            name: row[name] or None for name in ("name", "art", "traeger", "plz")
        }
        if feature["geometry"] is None:
            assert math.isnan(x)
        else:
            assert feature["geometry"]["coordinates"] == pytest.approx([x, y], abs=CENTIMETRE_DEG)


def test_leading_zeros_arrive_as_text(read):
    assert {each["properties"]["plz"] for each in read["angebote"]["features"]} == {"01067"}
    assert {each["properties"]["schluessel"] for each in read["kommunen"]["features"]} == {"05334001", "05334002"}


def test_an_angebot_without_a_point_is_a_row_without_geometry(read):
    assert [each["properties"]["name"] for each in read["angebote"]["features"] if each["geometry"] is None] == [
        "Beratung"
    ]


def test_the_page_size_is_taken_from_the_service_description(server):
    limited = msgspec.structs.replace(server.settings, limits=Limits(page_features=10))
    with served(limited) as small:
        read = BOOKWORM.ask("read_layers", url=small.url, collections=["angebote"])
    assert len(by_id(read["angebote"]["features"])) == 26
    first_look, *pages = small.pages("angebote")
    assert first_look.query["limit"] == "10"
    assert [(page.query["limit"], page.query.get("offset", "0")) for page in pages] == [
        ("10", "0"),
        ("10", "10"),
        ("10", "20"),
    ]


def test_an_extent_shows_what_lies_in_it(server):
    found = BOOKWORM.ask("select", url=server.url, collection="pflege", extent_25832=WEST_HALF)
    # Heim 0 to 4 stand at 50, 145, 240, 335 and 430 m, Heim 5 at 525 m.
    assert sorted(each["properties"]["name"] for each in found) == [f"Heim {n}" for n in range(5)]


@pytest.mark.parametrize(
    "wanted",
    [{"subset": "\"art\" = 'schule.grundschule'"}, {"expression": "\"plz\" = '01067' AND \"art\" LIKE 'schule.%'"}],
)
def test_a_filter_shows_what_fits(server, wanted):
    found = BOOKWORM.ask("select", url=server.url, collection="angebote", **wanted)
    assert [each["properties"]["name"] for each in found] == ["Grundschule"]


def test_a_click_on_an_angebot_finds_it_and_asks_only_for_its_surroundings(server):
    before = len(server.asked)
    found = BOOKWORM.ask(
        "identify", url=server.url, collection="angebote", point_25832=[300_800, 5_630_400], within_m=10
    )
    assert [each["properties"]["name"] for each in found] == ["Grundschule"]
    boxes = [each.query["bbox"] for each in server.asked[before:] if "bbox" in each.query]
    assert boxes
    west, south, east, north = map(float, boxes[-1].split(","))
    assert (east - west, north - south) == pytest.approx((0.0, 0.0), abs=0.001)


def test_a_click_into_an_area_finds_it(server):
    found = BOOKWORM.ask("identify", url=server.url, collection="luecken", point_25832=[300_250, 5_630_500], within_m=5)
    assert [each["properties"]["gebiet"] for each in found] == ["05334001-AC01"]


# Debian 13's release reads conformance and queryables, and lets the server filter


@pytest.fixture
def trixie():
    if not TRIXIE.there:
        pytest.skip(f"QGIS 3.40 fehlt: {TRIXIE.install}")
    return TRIXIE


@pytest.mark.heavy
def test_a_current_release_opens_every_layer_in_the_system_it_is_stored_in(trixie, server):
    read = trixie.ask("read_layers", url=server.url, collections=server.collections())
    placed = [layer for layer in read.values() if any(each["geometry"] for each in layer["features"])]
    assert {layer["crs"] for layer in placed} == {"EPSG:25832"}
    for collection, layer in read.items():
        assert len(layer["features"]) == server.json(f"/collections/{collection}/items?limit=1")["numberMatched"]
    # Nothing was turned into degrees on the way: Heim n stands 50 + 95 n metres from the west.
    places = {each["properties"]["name"]: each["geometry"] for each in read["pflege"]["features"]}
    assert places["Heim 4"]["coordinates"] == pytest.approx([300_430, 5_630_430], abs=0.001)


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("\"art\" = 'schule.grundschule'", ["Grundschule"]),
        ("\"art\" LIKE 'schule.%' OR \"name\" IN ('Heim 3', 'Tagespflege')", ["Grundschule", "Heim 3", "Tagespflege"]),
        ('"kapazitaet" BETWEEN 83 AND 84', ["Heim 3", "Heim 4"]),
        ('"traeger" = \'Träger 7\' AND "kapazitaet" > 80', ["Heim 7"]),
    ],
)
@pytest.mark.parametrize("as_a", ["subset", "expression"])
def test_a_current_release_lets_the_server_filter(trixie, server, expression, found, as_a):
    before = len(server.asked)
    features = trixie.ask("select", url=server.url, collection="angebote", **{as_a: expression})
    assert sorted(each["properties"]["name"] for each in features) == found
    asked = [
        each.query for each in server.pages("angebote") if each in server.asked[before:] and "filter" in each.query
    ]
    assert asked
    assert {each["filter-lang"] for each in asked} == {"cql2-text"}
    answered = server.get("/collections/angebote/items?" + urlencode(asked[-1])).json()
    assert answered["numberMatched"] == len(found)


@pytest.mark.heavy
def test_a_current_release_filters_by_extent_and_value_in_one_request(trixie, server):
    before = len(server.asked)
    wanted = {"subset": '"kapazitaet" > 82', "extent_25832": WEST_HALF}
    features = trixie.ask("select", url=server.url, collection="pflege", restricted=True, **wanted)
    assert sorted(each["properties"]["name"] for each in features) == ["Heim 3", "Heim 4"]
    asked = [each.query for each in server.asked[before:] if {"bbox", "filter"} <= set(each.query)]
    assert asked
    assert {each["bbox-crs"] for each in asked} == {"http://www.opengis.net/def/crs/EPSG/0/25832"}
