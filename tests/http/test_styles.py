"""Styles of layers: what the addresses answer, and that a real QGIS draws every feature by exactly one class."""

import pytest
from counts import pick
from desk import BOOKWORM, TRIXIE
from served import served

from infrastruktur.domain.errors import Grund
from infrastruktur.reports.punktstile import KATEGORIEN
from infrastruktur.reports.stil import GRAU, SONST

STYLES_REL = "http://www.opengis.net/def/rel/ogc/1.0/styles"
DESKS = [
    pytest.param(
        BOOKWORM,
        id="bookworm",
        marks=pytest.mark.skipif(not BOOKWORM.there, reason=f"QGIS fehlt: {BOOKWORM.install}"),
    ),
    pytest.param(
        TRIXIE,
        id="trixie",
        marks=[
            pytest.mark.heavy,
            pytest.mark.skipif(not TRIXIE.there, reason=f"QGIS 3.40 fehlt: {TRIXIE.install}"),
        ],
    ),
]


def stylesheet(api, collection, form):
    response = api.get(f"/collections/{collection}/styles/standard?f={form}")
    assert response.status_code == 200, response.text
    return response.text


# What the addresses answer


def test_a_layer_leads_to_its_styles_and_to_its_file_for_qgis(api):
    for collection in api.json("/collections")["collections"]:
        links = {each["rel"]: each for each in collection["links"]}
        styles = api.json(api.relative(links[STYLES_REL]["href"]))
        assert styles["default"] == "standard"
        (style,) = styles["styles"]
        assert [each["rel"] for each in style["links"]] == ["stylesheet"] * len(style["links"])
        (enclosed,) = [each for each in collection["links"] if each["type"] == "application/x-qgis-layer-definition"]
        assert enclosed["rel"] == "enclosure"
        file = api.get(api.relative(enclosed["href"]))
        assert file.headers["content-type"] == enclosed["type"]
        assert file.headers["content-disposition"] == f'attachment; filename="{collection["id"]}.qlr"'


def test_each_encoding_is_sent_as_what_its_link_says(api):
    (style,) = api.json("/collections/luecken/styles")["styles"]
    for each in style["links"]:
        assert api.get(api.relative(each["href"])).headers["content-type"].startswith(each["type"])


def test_a_person_reads_how_to_use_them(api):
    page = api.get("/collections/pflege/styles?f=html")
    assert page.status_code == 200
    assert "in das Fenster ziehen" in page.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/collections/gibtsnicht/styles", 404),
        ("/collections/gibtsnicht/styles/standard", 404),
        ("/collections/pflege/styles/bunt", 404),
        ("/collections/pflege/styles/standard?f=sld", 400),
        ("/collections/pflege/styles/standard?farbe=rot", 400),
    ],
)
def test_what_there_is_not_is_said(api, path, status):
    refused = api.get(path)
    assert refused.status_code == status
    assert refused.json()["detail"]


def test_a_style_that_did_not_change_is_not_sent_again(api):
    path = "/collections/vq_dp80_kommune/styles/standard?f=qml"
    first = api.get(path)
    assert api.get(path, if_none_match=first.headers["etag"]).status_code == 304


# What QGIS makes of them


@pytest.fixture(scope="module")
def listening(geopackage_api):
    with served(geopackage_api.settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def drawn(listening):
    """Name the layers that have something to draw: a layer whose first features have no point is a table to QGIS."""
    own = ("angebote", "pflege", "standorte", "kommunen", "klaerungsbedarf", "luecken", "vq_dp80_kommune")
    pages = {each: listening.json(f"/collections/{each}/items") for each in pick(listening.collections(), *own)}
    return [each for each, page in pages.items() if any(feature["geometry"] for feature in page["features"])]


def assert_every_feature_has_one_class(styled):
    for collection, style in styled.items():
        assert style["renderer"] == "RuleRenderer"
        for feature in style["features"]:
            assert len(feature["classes"]) == 1, (collection, feature)
            assert feature["classes"] != [SONST], (collection, feature)
        drawn = {each for feature in style["features"] for each in feature["classes"]}
        assert drawn <= set(style["legend"])


@pytest.mark.parametrize("desk", DESKS)
def test_qgis_draws_every_feature_of_every_layer_by_one_class_of_its_style(desk, listening, drawn):
    styles = {each: stylesheet(listening, each, "qml") for each in drawn}
    styled = desk.ask("apply_styles", url=listening.url, styles=styles)
    assert set(styled) == set(styles)
    assert_every_feature_has_one_class(styled)


@pytest.mark.parametrize("desk", DESKS)
def test_a_layer_definition_opens_the_layer_with_its_title_style_and_columns(desk, listening, drawn):
    definitions = {each: stylesheet(listening, each, "qlr") for each in drawn}
    opened = desk.ask("open_definitions", definitions=definitions)
    assert_every_feature_has_one_class(opened)
    for collection, layer in opened.items():
        described = listening.json(f"/collections/{collection}")
        assert layer["name"] == described["title"]
        assert f"url='{listening.url}'" in layer["source"]
        assert layer["crs"] == "EPSG:4326"
        count = listening.json(f"/collections/{collection}/items?limit=1")["numberMatched"]
        assert len(layer["features"]) == count
        titles = listening.json(f"/collections/{collection}/schema")["properties"]
        for column, alias in layer["aliases"].items():
            assert alias == titles.get(column, {"title": ""})["title"]
    assert opened["pflege"]["display"] == '"name"'
    assert opened["kommunen"]["labels"] is True


@pytest.mark.parametrize("desk", DESKS)
def test_categories_get_their_own_classes(desk, listening):
    opened = desk.ask("open_definitions", definitions={"angebote": stylesheet(listening, "angebote", "qlr")})
    class_of = {each["properties"]["name"]: each["classes"][0] for each in opened["angebote"]["features"]}
    assert class_of["Heim 3"] == class_of["Tagespflege"] == "Pflege"
    assert class_of["Grundschule"] == "Schulen"
    assert class_of["Hausarzt"] == "Gesundheit und Nahversorgung"
    assert class_of["Beratung"] == "Beratung"
    assert opened["angebote"]["legend"][0].startswith("Angebote nach Bereich")


def square(**properties):
    ring = [[6.0, 50.7], [6.1, 50.7], [6.1, 50.8], [6.0, 50.7]]
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


@pytest.mark.parametrize("desk", DESKS)
def test_nought_a_reason_and_a_value_are_never_drawn_alike(desk, api):
    """The values stand behind ten nulls, and as text: so does a GIS read a column that begins with nulls."""
    rows = [square(anteil_prozent=None, grund=grund.value) for grund in (Grund.GEHEIM, Grund.KEINE_BEVOELKERUNG)]
    rows += [square(anteil_prozent=value, grund=None) for value in ("0", "25.0", "25.1", "100")]
    rows.append(square(anteil_prozent=None, grund="neuer_grund"))
    qml = stylesheet(api, "erreichbarkeit_hausarzt_sozialraum", "qml")
    styled = desk.ask("classify", geojson={"type": "FeatureCollection", "features": rows}, qml=qml)
    assert [each["classes"] for each in styled["features"]] == [
        ["geheim"],
        ["keine Bevölkerung"],
        ["0 %"],
        ["über 0 bis 25 %"],
        ["über 25 bis 50 %"],
        ["ab 70 %: Zielwert (Arbeitswert, nicht beschlossen)"],
        [SONST],
    ]


@pytest.mark.parametrize("desk", DESKS)
def test_a_map_shows_the_colours_of_what_stands_in_it_and_no_other(desk, listening):
    definitions = [stylesheet(listening, "angebote", "qlr")]
    colours = desk.ask("draw", definitions=definitions, side_px=1200)["colours"]
    seen = {kategorie for kategorie, (_, colour) in KATEGORIEN.items() if colour in colours}
    # Beratung has no point in the drawn region.
    assert seen == {"pflege", "quartier", "schule", "alltag"}
    assert GRAU not in colours
