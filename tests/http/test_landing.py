"""Landing page, conformance and service description: what a client needs before it sees a layer."""

import pytest

PART_1 = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"


def links_by_rel(document):
    return {each["rel"]: each for each in document["links"]}


def test_the_landing_page_links_what_qgis_and_arcgis_look_for(api):
    links = links_by_rel(api.json("/"))
    assert links["service-desc"]["type"] == "application/vnd.oai.openapi+json;version=3.0"
    assert links["service-doc"]["type"] == "text/html"
    assert links["data"]["href"].endswith("/collections")
    assert links["data"]["type"] == links["conformance"]["type"] == "application/json"


@pytest.mark.parametrize("path", ["/", "/conformance", "/collections", "/collections/angebote"])
def test_a_page_links_to_itself_and_to_its_other_format(api, path):
    links = links_by_rel(api.json(path))
    assert links["self"]["type"] == "application/json"
    other = api.get(api.relative(links["alternate"]["href"]))
    assert other.status_code == 200
    assert other.headers["content-type"].startswith(links["alternate"]["type"])


def test_every_link_of_the_landing_page_opens_with_the_type_it_names(api):
    for each in api.json("/")["links"]:
        opened = api.get(api.relative(each["href"]))
        assert opened.status_code == 200, each
        assert opened.headers["content-type"].startswith(each["type"]), each


def test_conformance_names_the_classes_of_part_1(api):
    assert {f"{PART_1}/core", f"{PART_1}/oas30", f"{PART_1}/geojson"} <= set(api.json("/conformance")["conformsTo"])


def test_the_service_description_answers_to_its_own_media_type(api):
    accept = "application/vnd.oai.openapi+json;version=3.0"
    described = api.get("/api", accept=accept)
    assert described.headers["content-type"] == accept
    assert described.json()["openapi"] == "3.0.3"


def test_the_description_as_a_page_names_every_address(api):
    page = api.get("/api.html").text
    for path in api.json("/api")["paths"]:
        assert path in page


@pytest.mark.parametrize("path", ["/", "/conformance", "/collections", "/collections/angebote", "/api"])
def test_a_browser_gets_a_german_page(api, path):
    page = api.get(path, accept="text/html,application/xhtml+xml,*/*;q=0.8")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert '<html lang="de">' in page.text
    assert page.text.count("<h1>") == 1
