"""The abstract tests of OGC API Common Part 3 (23-058r2, Annex A): schemas of what a layer returns and orders by."""

import jsonschema
import pytest

VALIDATOR = jsonschema.Draft202012Validator
COMMON = "http://www.opengis.net/spec/ogcapi-common-3/1.0/conf"
REL = "http://www.opengis.net/def/rel/ogc/1.0"
KINDS = ("schema", "queryables", "sortables")
CLAIMED = ("schema", "sortables")
KEYWORDS = {
    *("$schema", "$id", "type", "title", "description", "properties", "additionalProperties", "readOnly", "format"),
    *("enum", "oneOf", "const"),
}
UCUM = {"m", "min", "%", "{Personen}", "{Plaetze}"}
LAYERS = ("angebote", "standorte", "klaerungsbedarf", "sozialraeume", "kommunen", "luecken", "vq_dp80_kommune")


def documents(api, kind):
    for layer in api.collections():
        response = api.get(f"/collections/{layer}/{kind}", accept="application/schema+json")
        assert response.status_code == 200
        assert response.headers["content-type"] == "application/schema+json"
        yield layer, response.json()


def geometries(properties):
    return {name: each for name, each in properties.items() if each.get("format", "").startswith("geometry-")}


@pytest.mark.parametrize("kind", KINDS)
def test_every_layer_links_to_it(api, kind):
    for layer in api.collections():
        links = api.json(f"/collections/{layer}")["links"]
        (found,) = [each for each in links if each["rel"] == f"{REL}/{kind}"]
        assert found["href"] == f"{api.settings.base_url}/collections/{layer}/{kind}"
        assert found["type"] == "application/schema+json"


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_a_json_schema_that_names_itself(api, kind):
    for layer, document in documents(api, kind):
        assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert document["$id"] == f"{api.settings.base_url}/collections/{layer}/{kind}"
        assert document["type"] == "object"
        assert document["properties"]
        VALIDATOR.check_schema(document)


@pytest.mark.parametrize("kind", CLAIMED)
def test_each_property_has_a_type_or_is_a_geometry(api, kind):
    for _, document in documents(api, kind):
        spatial = geometries(document["properties"])
        for name, each in document["properties"].items():
            assert ("type" in each) != (name in spatial)
            assert "$ref" not in each
            assert all(keyword in KEYWORDS or keyword.startswith("x-ogc-") for keyword in each)
        assert set(document) <= KEYWORDS


def test_days_say_that_they_are_days(api):
    for layer in LAYERS:
        properties = api.json(f"/collections/{layer}/schema")["properties"]
        values = api.json(f"/collections/{layer}/items?limit=50")["features"]
        for name in ("stand", "zuletzt_geprueft", "stichtag", "gueltig_von", "gueltig_bis"):
            if name in properties:
                assert properties[name]["format"] == "date"
                assert all(len(each["properties"][name] or "2025-12-31") == 10 for each in values)


@pytest.mark.parametrize("kind", CLAIMED)
def test_one_property_has_the_role_of_the_id(api, kind):
    for _, document in documents(api, kind):
        (own,) = [each for each in document["properties"].values() if each.get("x-ogc-role") == "id"]
        assert own["type"] == "string"


@pytest.mark.parametrize("layer", LAYERS)
def test_the_id_is_the_property_with_its_role(api, layer):
    properties = api.json(f"/collections/{layer}/schema")["properties"]
    (name,) = [name for name, each in properties.items() if each.get("x-ogc-role") == "id"]
    for feature in api.json(f"/collections/{layer}/items")["features"]:
        assert feature["properties"][name] == feature["id"]


@pytest.mark.parametrize("kind", CLAIMED)
def test_the_order_of_properties_is_told_by_unique_numbers(api, kind):
    for _, document in documents(api, kind):
        places = [each["x-ogc-propertySeq"] for each in document["properties"].values() if "x-ogc-propertySeq" in each]
        assert places == list(range(1, len(places) + 1))


@pytest.mark.parametrize("kind", CLAIMED)
def test_units_are_of_ucum_and_stand_at_numbers(api, kind):
    for _, document in documents(api, kind):
        measured = [each for each in document["properties"].values() if "x-ogc-unit" in each]
        assert all(each["x-ogc-unit"] in UCUM and each["type"] in {"number", "integer"} for each in measured)


@pytest.mark.parametrize("kind", CLAIMED)
def test_no_definition_and_no_null_value_is_promised(api, kind):
    """The classes' other keywords are optional; what they would have to hold, holds for none of them."""
    for _, document in documents(api, kind):
        for each in document["properties"].values():
            assert not {"x-ogc-definition", "x-ogc-nullValues", "x-ogc-unitLang"} & set(each)


def test_the_primary_geometry_is_told_by_its_role(api):
    for _, document in documents(api, "schema"):
        ((_, each),) = geometries(document["properties"]).items()
        assert each["x-ogc-role"] == "primary-geometry"
        assert each["format"] in {"geometry-point", "geometry-multipolygon"}


def test_no_property_has_a_role_in_time_or_of_a_type(api):
    """Which of several days would be the primary one depends on the question, so none is."""
    for kind in CLAIMED:
        for _, document in documents(api, kind):
            roles = {each["x-ogc-role"] for each in document["properties"].values() if "x-ogc-role" in each}
            assert roles <= {"id", "primary-geometry"}


@pytest.mark.parametrize("layer", LAYERS)
def test_features_are_valid_against_their_schema(api, layer):
    """Each value that there is; null says that there is none."""
    properties = api.json(f"/collections/{layer}/schema")["properties"]
    shape = properties.pop("geometry")["format"]
    listed = api.json(f"/collections/{layer}/items")["features"]
    alone = [api.json(f"/collections/{layer}/items/{each['id']}") for each in listed[:2]]
    for feature in (*listed, *alone):
        assert set(feature["properties"]) == set(properties)
        given = {name: value for name, value in feature["properties"].items() if value is not None}
        checker = VALIDATOR({"properties": properties}, format_checker=VALIDATOR.FORMAT_CHECKER)
        checker.validate(given)
        assert feature["geometry"] is None or f"geometry-{feature['geometry']['type'].lower()}" == shape


def test_one_can_order_by_exactly_the_sortables(api):
    for layer in LAYERS:
        properties = api.json(f"/collections/{layer}/sortables")["properties"]
        assert all(each["type"] not in {"array", "object"} for each in properties.values())
        for name in properties:
            assert api.get(f"/collections/{layer}/items?limit=1&sortby={name}").status_code == 200
        assert api.get(f"/collections/{layer}/items?sortby=geometry").status_code == 400


@pytest.mark.parametrize("name", ["schemas", "advanced-property-roles", "returnables-and-receivables", "sortables"])
def test_the_class_is_declared(api, name):
    assert f"{COMMON}/{name}" in api.json("/conformance")["conformsTo"]
