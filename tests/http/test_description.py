"""The service description: complete, what clients read literally, and the committed copy up to date."""

import json
import re

import pytest

from infrastruktur.domain.layer import Collection, Property
from infrastruktur.http.description import build_description, write_description
from infrastruktur.http.operations import list_operations
from infrastruktur.resources import folder
from infrastruktur.settings import Limits, Settings

OF_A_LAYER = (
    "",
    "/schema",
    "/queryables",
    "/sortables",
    "/items",
    "/items/{featureId}",
    "/download",
    "/tiles",
    "/tiles/WebMercatorQuad",
    "/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}",
)
LAYER = Collection(
    id="angebote",
    titel="Angebote",
    beschreibung="Alle.",
    geometry="Point",
    properties=(
        Property(name="art", titel="Art", type="string", werte={"a": "A", "b": "B"}),
        Property(name="wert", titel="Wert", type="number"),
        Property(name="limit", titel="Grenze", type="integer"),
    ),
)


@pytest.fixture(scope="module")
def description():
    return build_description((LAYER,), Settings())


def test_the_committed_description_is_the_one_the_code_writes(tmp_path):
    write_description(tmp_path / "openapi.json")
    written = (tmp_path / "openapi.json").read_text(encoding="utf-8")
    committed = (folder("openapi") / "openapi.json").read_text(encoding="utf-8")
    assert written == committed, "Please write openapi/openapi.json anew: the API has changed."


def test_an_installation_describes_every_layer_it_lists(api):
    paths = api.json("/api")["paths"]
    for collection in api.collections():
        assert {f"/collections/{collection}{rest}" for rest in OF_A_LAYER} <= set(paths)


def test_qgis_and_arcgis_find_their_page_size(description):
    limit = description["components"]["parameters"]["limit"]
    assert limit["schema"] == {"type": "integer", "minimum": 1, "maximum": 10000, "default": 1000}
    small = build_description((LAYER,), Settings(limits=Limits(page_features=50)))
    assert small["components"]["parameters"]["limit"]["schema"]["maximum"] == 50
    assert small["components"]["parameters"]["limit"]["schema"]["default"] == 50


def test_bbox_is_written_out_as_the_test_suite_of_ogc_compares_it(description):
    bbox = description["components"]["parameters"]["bbox"]
    assert (bbox["in"], bbox["style"], bbox["explode"]) == ("query", "form", False)
    assert not bbox.get("required", False)
    assert bbox["schema"] == {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6}


def test_a_layer_s_path_is_literal_and_its_filters_spelled_out(description):
    parameters = description["paths"]["/collections/angebote/items"]["get"]["parameters"]
    shared = {each["$ref"].rpartition("/")[2] for each in parameters if "$ref" in each}
    assert {"limit", "bbox", "bbox-crs", "crs", "datetime", "offset", "resultType", "sortby"} <= shared
    own = {each["name"]: each for each in parameters if "name" in each}
    assert set(own) == {"art", "wert", "f"}  # a property named like a standard parameter is no filter
    assert own["art"]["schema"] == {"type": "string", "enum": ["a", "b"]}
    assert own["wert"]["schema"]["type"] == "number"
    assert all(each["style"] == "form" and each["explode"] is False for each in own.values())


def test_what_several_operations_take_is_written_once_where_no_client_reads_it_literally(api):
    description = api.json("/api")
    written = [
        json.dumps(each)
        for path, methods in description["paths"].items()
        if not path.endswith("/items")
        for operation in methods.values()
        for each in operation.get("parameters", ())
        if "$ref" not in each
    ]
    assert len(written) == len(set(written))
    assert len(description["components"]["parameters"]) > 50


def test_every_reference_leads_somewhere_and_every_operation_is_named_once(api):
    description = api.json("/api")

    def references(value):
        if isinstance(value, dict):
            yield from ([value["$ref"]] if "$ref" in value else [])
            value = list(value.values())
        if isinstance(value, list):
            for each in value:
                yield from references(each)

    for reference in set(references(description)):
        found = description
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
    ids = [method["operationId"] for path in description["paths"].values() for method in path.values()]
    assert len(ids) == len(set(ids))


def test_every_operation_has_german_words_an_answer_and_its_problems(description):
    operations = [(path, each) for path, methods in description["paths"].items() for each in methods.values()]
    for path, operation in operations:
        assert operation["summary"], path
        assert operation["description"], path
        answered = operation["responses"].get("200") or operation["responses"].get("201")
        assert answered["content"] if answered else "204" in operation["responses"], path
        assert operation["responses"]["400"] == {"$ref": "#/components/responses/Problem"}
    for operation in list_operations(description):
        templated = {each["name"] for each in operation.parameters if each.get("in") == "path"}
        assert templated == set(re.findall(r"{(\w+)}", operation.path))


def test_the_figures_have_the_german_titles(description):
    titles = {path: methods["get"]["summary"] for path, methods in description["paths"].items() if "get" in methods}
    assert titles["/planning/provision"] == "Versorgungsquoten"
    assert titles["/planning/coverage"] == "Erreichbarkeit"
    assert titles["/planning/gaps"] == "Lücken"
    assert titles["/planning/demand"] == "Nachfrage und Bedarf"
    assert titles["/planning/siting"] == "Standortvorschläge"
    assert titles["/planning/catchments"] == "Angebot je Person im Wettbewerb"
    assert titles["/reach/isochrones"] == "Isochronen"


def test_what_is_described_is_what_is_accepted(api):
    """Every described parameter is known to its route: none is refused as unknown, which comes before all else."""
    unknown = b"urn:infrastruktur:problem:unknown-parameter"
    for operation in (each for each in list_operations(api.json("/api")) if each.methode == "get"):
        path = operation.path.replace("{featureId}", "05334001").replace("{tileMatrix}/{tileRow}/{tileCol}", "0/0/0")
        described = "&".join(f"{each['name']}=%20" for each in operation.parameters if each["in"] == "query")
        response = api.get(f"{path}?{described}")
        assert unknown not in response.content, (path, response.text)
        if described and "{" not in path:
            assert unknown in api.get(f"{path}?{described}&gibtsnicht=1").content, path


def test_a_parameter_is_described_once(api):
    for operation in list_operations(api.json("/api")):
        named = [(each["in"], each["name"]) for each in operation.parameters]
        assert len(named) == len(set(named)), operation.path


def test_nothing_but_json_can_be_in_it(description):
    assert json.loads(json.dumps(description, allow_nan=False)) == description
