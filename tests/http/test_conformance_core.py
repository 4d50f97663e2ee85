"""The abstract tests of OGC API Features Part 1 (17-069r4, Annex A): core, GeoJSON, HTML and OpenAPI 3.0.

Read against the official suite where that is stricter. docs/conformance.md names the test of each requirement.
"""

import json
import re
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import geojson
import jsonschema
import pytest
import shapely

from infrastruktur.http.documents import SCHEMAS
from infrastruktur.http.landing import CONFORMANCE
from infrastruktur.http.vorschlaege import PATH, SCHRITTE
from infrastruktur.settings import Audience

OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
GEOJSON = "application/geo+json"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
LAYERS = ("angebote", "standorte", "klaerungsbedarf", "sozialraeume", "kommunen", "luecken", "vq_dp80_kommune")
"""One of each kind: points of the catalogue, rows that need care, areas, and figures."""
INVALID = {
    "limit": ("0", "-1", "1.5", "unlimited", ""),
    "bbox": ("", "1,2,3", "1,2,3,4,5", "a,b,c,d", "nan,0,1,1", "7,51,6,50"),
    "datetime": ("", "gestern", "2025-13-01", "2025-12-31/2025-01-01", "2025-01-01/2025-02-01/2025-03-01"),
}
DAYS = (
    "2025-12-31",
    "2025-12-31T23:59:59Z",
    "2025-01-01/2025-12-31",
    "2025-01-01/..",
    "../2025-12-31",
    "2025-01-01/P1M",
)
OPERATIONS = (
    ("/", "Landing"),
    ("/conformance", "Conformance"),
    ("/api", "Description"),
    ("/processes", "Processes"),
    ("/processes/siting", "Process"),
    ("/jobs", "Jobs"),
    ("/stichtage", "FrozenDays"),
    ("/aenderungen", "Changes"),
    ("/health/live", "Health"),
    ("/health/ready", "Health"),
    ("/collections", "Collections"),
    ("/collections/{layer}", "Collection"),
    ("/collections/{layer}/schema", "LayerSchema"),
    ("/collections/{layer}/queryables", "LayerSchema"),
    ("/collections/{layer}/sortables", "LayerSchema"),
    ("/collections/{layer}/items", "Features"),
    ("/collections/{layer}/items/{id}", "Feature"),
    ("/collections/{layer}/download?f=geojson", "FeatureFile"),
    ("/collections/{layer}/tiles", "Tilesets"),
    ("/collections/{layer}/tiles/WebMercatorQuad", "Tileset"),
    ("/collections/{layer}/tiles/WebMercatorQuad?f=tilejson", "TileJson"),
    ("/collections/{layer}/styles", "Styles"),
    ("/tileMatrixSets", "MatrixSets"),
    ("/tileMatrixSets/WebMercatorQuad", "MatrixSet"),
    ("/planning/bestand", "Table"),
    ("/planning/gaps", "Table"),
    ("/planning/versorgungsquartiere", "Table"),
    ("/planning/kontext", "Table"),
    ("/planning/provision?f=geojson", "TableLayer"),
    ("/planning/coverage", "Table"),
    ("/planning/demand", "Table"),
    ("/planning/pflegebedarf", "Table"),
    ("/planning/bestandsbericht", "Table"),
    ("/planning/platzveraenderungen", "Table"),
    ("/planning/datenstand", "Table"),
    ("/planning/massnahmen", "Table"),
    ("/planning/catchments?art=pflege.tagespflege&modus=pkw&altersgruppe=ab75", "Table"),
    ("/planning/bestand/explain?art=pflege.tagespflege&gebiet=05334001", "Explanation"),
    ("/planning/bestandsbericht/explain?art=pflege.tagespflege&gebiet=05334001&zahl=angebote", "Explanation"),
    ("/planning/gaps/explain?ziel=begegnung&gebiet=05334", "Explanation"),
    ("/planning/versorgungsquartiere/explain?kriterium=begegnung&gebiet=05334001&zahl=angebote", "Explanation"),
    (
        "/planning/catchments/explain?art=pflege.tagespflege&modus=pkw&altersgruppe=ab75&gebiet=05334&zahl=plaetze",
        "Explanation",
    ),
    ("/planning/siting/explain?ziel=begegnung&anzahl=1", "Explanation"),
    ("/planning/siting?ziel=begegnung&anzahl=1", "Table"),
    ("/planning/siting?ziel=begegnung&anzahl=1&f=geojson", "TableLayer"),
    ("/reach/isochrones?punkt={point}&modus=zu_fuss&minuten=5", "Isochrones"),
    ("/reach/matrix?von={point}&nach={point}&modus=zu_fuss", "Table"),
    ("/reach/nearby?punkt={point}&modus=rad&minuten=10", "Table"),
    ("/reach/nearby?punkt={point}&modus=rad&minuten=10&f=geojson", "TableLayer"),
)
PAGES = ("/", "/conformance", "/api", "/collections", "/collections/{layer}", "/collections/{layer}/items")


def links_of(document, rel):
    return [each for each in document["links"] if each["rel"] == rel]


def items(layer):
    return f"/collections/{layer}/items"


def first_id(api, layer):
    return api.json(f"{items(layer)}?limit=1")["features"][0]["id"]


def filled(api, path, layer="angebote"):
    id_ = first_id(api, layer) if "{id}" in path else ""
    return path.replace("{layer}", layer).replace("{id}", id_).replace("{point}", api.centre)


def with_null(schema):
    """Say `nullable` of OpenAPI 3.0 as JSON Schema says it."""
    if isinstance(schema, list):
        return [with_null(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    said = {name: with_null(each) for name, each in schema.items()}
    return said | {"type": [said["type"], "null"]} if said.pop("nullable", False) else said


VALIDATE = jsonschema.Draft202012Validator
COMPONENTS = {"components": {"schemas": with_null(dict(SCHEMAS))}}


def assert_valid(document, name):
    schema = {"$ref": f"#/components/schemas/{name}", **COMPONENTS}
    VALIDATE(schema, format_checker=VALIDATE.FORMAT_CHECKER).validate(document)


# Core, where a client begins


def test_root(api):
    response = api.get("/", accept="application/json")
    assert response.status_code == 200
    document = response.json()
    assert_valid(document, "Landing")
    for rel in ("self", "alternate", "service-desc", "service-doc", "conformance", "data"):
        (found, *_more) = links_of(document, rel)
        assert api.get(api.relative(found["href"])).status_code == 200


def test_api_definition(api):
    for rel, media_type in (("service-desc", OPENAPI), ("service-doc", "text/html")):
        (found,) = links_of(api.json("/"), rel)
        response = api.get(api.relative(found["href"]), accept=media_type)
        assert found["type"] == media_type
        assert response.status_code == 200
        assert response.headers["content-type"].startswith(media_type)


def test_conformance(api):
    response = api.get("/conformance", accept="application/json")
    assert response.headers["content-type"] == "application/json"
    assert_valid(response.json(), "Conformance")
    assert response.json()["conformsTo"] == list(CONFORMANCE)
    assert len(set(CONFORMANCE)) == len(CONFORMANCE)


# Core, parameters


@pytest.mark.parametrize("path", [path for path, _ in OPERATIONS])
def test_query_param_unknown(api, path):
    asked = filled(api, path)
    assert api.get(f"{asked}{'&' if '?' in asked else '?'}unknownQueryParameter0815=1").status_code == 400


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in INVALID.items() for value in values])
def test_query_param_invalid(api, name, value):
    assert api.get(f"{items('angebote')}?{name}={value}").status_code == 400


# Core, collections


def test_collections(api):
    document = api.json("/collections")
    assert_valid(document, "Collections")
    assert links_of(document, "self")
    assert {each["type"] for each in links_of(document, "alternate")} == {"text/html"}
    assert all(each["rel"] and each["type"] for each in document["links"])


def test_each_collection_is_described_by_the_standard(api):
    for listed in api.json("/collections")["collections"]:
        alone = api.json(f"/collections/{listed['id']}")
        assert_valid(alone, "Collection")
        assert {each["type"] for each in links_of(listed, "items")} == {GEOJSON, "text/html"}
        assert all(each["rel"] and each["type"] for each in alone["links"])
        same = ("id", "title", "description", "extent", "crs", "storageCrs", "itemType")
        assert [alone[name] for name in same] == [listed[name] for name in same]


@pytest.mark.parametrize("layer", LAYERS)
def test_the_extent_encloses_every_feature(api, layer):
    extent = api.json(f"/collections/{layer}")["extent"]
    assert extent["spatial"]["crs"] == CRS84
    assert extent["temporal"]["interval"] == [[None, None]]
    bounds = shapely.box(*extent["spatial"]["bbox"][0]).buffer(1e-7)
    for feature in api.json(f"{items(layer)}?limit=10000")["features"]:
        if feature["geometry"] is not None:
            assert bounds.covers(shapely.from_geojson(json.dumps(feature["geometry"])))


# Core, features


@pytest.mark.parametrize("layer", LAYERS)
def test_features(api, layer):
    response = api.get(items(layer), accept=GEOJSON)
    document = response.json()
    assert response.headers["content-type"] == GEOJSON
    assert_valid(document, "Features")
    assert links_of(document, "self")
    assert {each["type"] for each in links_of(document, "alternate")} == {"text/html"}
    assert all(each["rel"] and each["type"] for each in document["links"])
    asked = datetime.fromisoformat(document["timeStamp"])
    assert asked.tzinfo is not None
    assert document["numberReturned"] == len(document["features"])


@pytest.mark.parametrize("layer", LAYERS)
def test_number_matched_is_what_all_pages_hold(api, layer):
    limit = max(1, api.json(f"{items(layer)}?limit=1")["numberMatched"] // 3)
    page = api.json(f"{items(layer)}?limit={limit}")
    matched, counted = page["numberMatched"], len(page["features"])
    while following := links_of(page, "next"):
        page = api.json(api.relative(following[0]["href"]))
        counted += len(page["features"])
        assert page["numberMatched"] == matched
    assert counted == matched


@pytest.mark.parametrize("layer", LAYERS)
def test_coordinates_are_in_crs84_when_none_is_named(api, layer):
    first, second = (api.get(f"{items(layer)}{rest}") for rest in ("", f"?crs={CRS84.replace(':', '%3A')}"))
    assert first.headers["content-crs"] == f"<{CRS84}>"
    assert first.json()["features"] == second.json()["features"]
    places = [
        shapely.from_geojson(json.dumps(each["geometry"])) for each in first.json()["features"] if each["geometry"]
    ]
    west, south, east, north = shapely.total_bounds(places)
    assert 5 < west <= east < 16
    assert 47 < south <= north < 56


@pytest.mark.parametrize("name", ["bbox", "limit", "datetime"])
def test_parameters_are_defined_as_the_standard_writes_them(api, name):
    described = api.json("/api")["components"]["parameters"][name]
    assert described["in"] == "query"
    assert not described.get("required", False)
    assert (described["style"], described["explode"]) == ("form", False)
    schema = described["schema"]
    expected = {
        "bbox": {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}},
        "limit": {"type": "integer", "minimum": 1, "maximum": 10000, "default": 1000},
        "datetime": {"type": "string"},
    }
    assert schema == expected[name]


@pytest.mark.parametrize("layer", LAYERS)
def test_bbox_selects_what_it_intersects(api, layer):
    features = api.json(f"{items(layer)}?limit=10000")["features"]
    west, south, east, north = api.json(f"/collections/{layer}")["extent"]["spatial"]["bbox"][0]
    half = (west, south, (west + east) / 2, north)
    edge = shapely.box(*half).boundary.buffer(1e-6)
    shapes = {each["id"]: shapely.from_geojson(json.dumps(each["geometry"])) for each in features if each["geometry"]}
    for box in (half, (half[0], half[1], 0, half[2], half[3], 9)):
        asked = f"{items(layer)}?limit=10000&bbox={','.join(map(repr, box))}"
        found = {each["id"] for each in api.json(asked)["features"]}
        for id_, shape in shapes.items():
            # What comes within a decimetre of the box is decided by rounding.
            if not edge.intersects(shape) or shapely.box(*half).intersects(shape.representative_point()):
                assert (id_ in found) == shapely.box(*half).intersects(shape)
        assert found <= set(shapes)


@pytest.mark.parametrize("box", ["-180,-90,180,90", "177,65,-177,70", "-180,-90,-500,180,90,9000"])
def test_bbox_may_be_anywhere_on_earth(api, box):
    assert api.get(f"{items('angebote')}?bbox={box}").status_code == 200


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_limit_is_never_exceeded(api, limit):
    assert len(api.json(f"{items('angebote')}?limit={limit}")["features"]) == limit


def test_limit_above_the_maximum_counts_as_the_maximum(api):
    assert len(api.json(f"{items('angebote')}?limit=999999")["features"]) == 26


@pytest.mark.parametrize("days", DAYS)
def test_datetime_takes_days_moments_and_periods(api, days):
    assert_valid(api.json(f"{items('angebote')}?datetime={days}"), "Features")


def test_datetime_selects_the_state_of_its_end(api):
    """On its last day the closed Heim is in operation and carries that status; the day after it does not."""
    states = {
        day: {each["properties"]["name"]: each["properties"]["status"] for each in api.json(asked)["features"]}
        for day in ("2025-06-30", "2025-07-01")
        if (asked := f"{items('angebote')}?datetime=2025-01-01/{day}")
    }
    assert states["2025-06-30"]["Altes Heim"] == "in_betrieb"
    assert states["2025-07-01"].get("Altes Heim") != "in_betrieb"


@pytest.mark.parametrize("layer", LAYERS)
def test_a_feature(api, layer):
    for listed in api.json(f"{items(layer)}?limit=3")["features"]:
        response = api.get(f"{items(layer)}/{listed['id']}", accept=GEOJSON)
        document = response.json()
        assert response.headers["content-type"] == GEOJSON
        assert_valid(document, "Feature")
        assert {name: document[name] for name in listed} == listed
        for rel in ("self", "alternate", "collection"):
            (found,) = links_of(document, rel)
            assert found["type"]
            assert api.get(api.relative(found["href"])).status_code == 200


# GeoJSON


@pytest.mark.parametrize("layer", LAYERS)
def test_features_are_geojson(api, layer):
    read = geojson.loads(api.get(items(layer), accept=GEOJSON).text)
    assert isinstance(read, geojson.FeatureCollection)
    one = geojson.loads(api.get(f"{items(layer)}/{read.features[0]['id']}", accept=GEOJSON).text)
    assert isinstance(one, geojson.Feature)
    for each in (*read.features, one):
        assert each.geometry is None or not each.geometry.errors()


# HTML


class Reading(HTMLParser):
    """The words of a page; every element must be closed in the order it was opened."""

    void = frozenset({"meta", "link", "br", "img", "path", "circle", "rect", "use"})

    def __init__(self, page):
        super().__init__()
        self.open, self.words = [], []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names)
        if tag not in self.void:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


@pytest.mark.parametrize("layer", ["angebote", "kommunen"])
@pytest.mark.parametrize("path", [*PAGES, "/collections/{layer}/items/{id}"])
def test_every_resource_is_a_page_too(api, path, layer):
    response = api.get(filled(api, path, layer), accept="text/html")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.text.startswith("<!DOCTYPE html>")
    assert Reading(response.text).words


@pytest.mark.parametrize("layer", LAYERS)
def test_a_page_holds_all_that_the_document_says(api, layer):
    """Every value, a code by its title, and every link: of a layer, of its features and of one feature."""
    document = api.json(f"{items(layer)}?limit=5")
    described = api.json(f"/collections/{layer}/schema")["properties"].items()
    titles = {name: {one["const"]: one["title"] for one in each.get("oneOf", ())} for name, each in described}
    words = " ".join(Reading(api.get(f"{items(layer)}?limit=5", accept="text/html").text).words)
    for feature in document["features"]:
        alone = " ".join(Reading(api.get(f"{items(layer)}/{feature['id']}", accept="text/html").text).words)
        for name, value in feature["properties"].items():
            if isinstance(value, str):
                assert titles[name].get(value, value) in words
                assert titles[name].get(value, value) in alone
    described = api.json(f"/collections/{layer}")
    page = api.get(f"/collections/{layer}", accept="text/html").text
    assert described["title"] in page
    assert all(each["href"].replace("&", "&amp;") in page for each in described["links"] if each["rel"] != "self")


# OpenAPI 3.0


WRITING = {"/planning/scenarios": ("post",), "/planning/scenarios/{scenarioId}": ("put", "delete")}


def test_the_api_definition_is_openapi_3_0(api):
    document = api.json("/api")
    assert re.fullmatch(r"3\.0\.\d", document["openapi"])
    assert document["info"]["title"]
    assert document["info"]["version"]
    for path, methods in document["paths"].items():
        assert path.startswith("/")
        assert set(methods) <= {"get", "post", "put", "patch", "delete"}
        for each in (parameter for method in methods.values() for parameter in method["parameters"]):
            assert "$ref" in each or {"name", "in", "schema"} <= set(each)


@pytest.mark.parametrize(("path", "name"), OPERATIONS)
def test_every_operation_answers_as_the_definition_says(api, path, name):
    assert_valid(api.json(filled(api, path)), name)
    address = path.partition("?")[0].replace("{layer}", "angebote").replace("{id}", "{featureId}")
    content = api.json("/api")["paths"][address]["get"]["responses"]["200"]["content"]
    assert f"#/components/schemas/{name}" in json.dumps(content)


def test_what_is_kept_for_the_administration_answers_as_the_definition_says(reopened):
    api = reopened(audience=Audience.STAFF)
    statement = {"name": "Plan", "stichtag": None, "aenderungen": []}
    stored = api.client.post("/planning/scenarios", json=statement).json()
    path = f"/planning/scenarios/{stored['id']}"
    assert_valid(statement, "ScenarioStatement")
    assert_valid(stored, "Scenario")
    assert_valid(api.json("/planning/scenarios"), "Scenarios")
    assert_valid(api.json(f"{path}/vergleich"), "Table")
    assert_valid(api.json(f"{path}/vergleich?f=geojson"), "TableLayer")


def test_proposals_are_as_described(writing, westen, fachamt):
    heim = writing.read("/collections/pflege/items?limit=1").json()["features"][0]["id"]
    stated, media_type = {"properties": {"kapazitaet": 7}}, "application/json"
    path = f"/collections/pflege/items/{heim}/vorschlaege"
    made = writing.send("POST", path, stated, westen, content_type=media_type)
    assert_valid(made.json(), "Proposal")
    assert_valid(writing.read(PATH, fachamt).json(), "Proposals")
    asked = writing.send("POST", f"{PATH}/{made.json()['id']}/rueckfrage", {}, fachamt, content_type=media_type)
    assert_valid(asked.json(), "Problem")
    for step in ("rueckfrage", "ablehnung"):
        said = writing.send(
            "POST", f"{PATH}/{made.json()['id']}/{step}", {"text": "?"}, fachamt, content_type=media_type
        )
        assert said.status_code == 200
        assert_valid(said.json(), "Proposal")


def test_every_documented_operation_is_one_of_the_above(api):
    known = {path.partition("?")[0].replace("{id}", "{featureId}") for path, _ in OPERATIONS}
    known |= {"/api.html", "/collections/{layer}/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}"}
    known |= {"/collections/{layer}/styles/standard"}
    # These rest on a register by sex, which the drawn region has none of: see usecases/test_bedarf.
    known |= {"/planning/demand/explain", "/planning/demand/vergleich"}
    known |= {"/planning/provision/explain", "/planning/coverage/explain", "/planning/pflegebedarf/explain"}
    # These take a body or a job that there is: see test_jobs.py.
    known |= {"/processes/{process}/execution", "/jobs/{jobId}", "/jobs/{jobId}/results"}
    # These change features, or tell how they changed: see test_edits.py and test_listen.py.
    known |= {
        f"/collections/{{layer}}/items/{{featureId}}/{name}"
        for name in ("bestaetigung", "bedarfsbestaetigung", "history", "vergessen")
    }
    known |= {"/collections/{layer}/liste", "/collections/{layer}/bestaetigungen"}
    # These take somebody known: see test_vorschlaege.py.
    known |= {"/collections/{layer}/vorschlaege", "/collections/{layer}/items/{featureId}/vorschlaege"}
    known |= {PATH, f"{PATH}/{{vorschlagId}}", *(f"{PATH}/{{vorschlagId}}/{step}" for step in SCHRITTE)}
    known = {path.replace("/processes/siting", "/processes/{process}") for path in known}
    # This is of what was frozen: see test_stichtage.py.
    known |= {"/stichtage/{stichtagId}"}
    # The administration's, as above.
    known |= {"/planning/vergleich", "/planning/scenarios/{scenarioId}/vergleich", *WRITING}
    described = {
        re.sub(r"^/collections/[a-z0-9_]+", "/collections/{layer}", path) for path in api.json("/api")["paths"]
    }
    described = {re.sub(r"^/processes/[a-z]+", "/processes/{process}", path) for path in described}
    assert described == known


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/collections/angebote/items?limit=no", 400),
        ("/collections/angebote/items/nichts", 404),
        ("/collections/angebote/tiles/WebMercatorQuad/0/9/9", 404),
        ("/collections/angebote/items?f=xml", 400),
    ],
)
def test_failures_are_those_the_definition_names(api, path, status):
    response = api.get(path)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert_valid(response.json(), "Problem")
    template = {"nichts": "{featureId}", "0/9/9": "{tileMatrix}/{tileRow}/{tileCol}"}
    address = path.partition("?")[0]
    for value, variable in template.items():
        address = address.replace(value, variable)
    assert str(status) in api.json("/api")["paths"][address]["get"]["responses"]


def test_a_format_nobody_writes_is_a_failure_the_definition_names(api):
    assert api.get("/collections", accept="image/png").status_code == 406
    assert "406" in api.json("/api")["paths"]["/collections"]["get"]["responses"]


def test_reading_asks_for_no_key(api):
    """A key may be shown, as the description says, and none of what is read asks for one."""
    document = api.json("/api")
    assert document["security"] == [{}, {"zugang": []}]
    own = [path for path, item in document["paths"].items() if "security" in item.get("get", {})]
    assert own == []


# The table of it all

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
CLASS = re.compile(r"^### `(\S+)`$", re.MULTILINE)
ROW = re.compile(r"^\| `(/\S+)` \| (.+?) \| (.+?) \|$", re.MULTILINE)
PROOF = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def sections():
    """Give the table's rows by conformance class."""
    _, *parts = CLASS.split(TABLE)
    return dict(zip(parts[::2], (ROW.findall(part) for part in parts[1::2]), strict=True))


def test_the_table_has_rows_for_every_class_that_is_declared_and_for_no_other():
    rows = sections()
    assert set(rows) == set(CONFORMANCE)
    assert [name for name, listed in rows.items() if not listed] == []


@pytest.mark.parametrize("name", CONFORMANCE)
def test_every_row_names_a_test_that_exists(name):
    for identifier, _, proof in sections()[name]:
        proofs = PROOF.findall(proof)
        assert proofs, identifier
        for path, function in proofs:
            assert re.search(rf"^def {function}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE), proof


def test_no_line_of_the_table_is_passed_over():
    lines = [line for line in TABLE.splitlines() if line.startswith("| `")]
    assert len(lines) == len(ROW.findall(TABLE))
    assert len({(name, row[0]) for name, rows in sections().items() for row in rows}) == len(lines)
