"""What holds for every answer of every route: headers, HEAD, methods, sizes, and one shape of errors."""

import re

import pytest
from refusals import assert_problem

ROUTES = (
    "/",
    "/conformance",
    "/api",
    "/api.html",
    "/collections",
    "/collections/angebote",
    "/collections/angebote/schema",
    "/collections/angebote/queryables",
    "/collections/angebote/sortables",
    "/collections/kommunen/items",
    "/collections/kommunen/items/05334001",
    "/collections/angebote/tiles",
    "/collections/angebote/tiles/WebMercatorQuad",
    "/collections/angebote/tiles/WebMercatorQuad/0/0/0",
    "/tileMatrixSets",
    "/tileMatrixSets/WebMercatorQuad",
    "/collections/kommunen/download",
    "/collections/kommunen/styles",
    "/collections/kommunen/styles/standard",
    "/planning/bestand",
    "/planning/provision",
    "/planning/coverage",
    "/planning/gaps",
    "/planning/versorgungsquartiere",
    "/planning/kontext",
    "/planning/demand",
    "/planning/demand/explain",
    "/planning/demand/vergleich",
    "/planning/pflegebedarf",
    "/planning/bestandsbericht",
    "/planning/platzveraenderungen",
    "/planning/datenstand",
    "/planning/massnahmen",
    "/planning/provision/explain",
    "/planning/coverage/explain",
    "/planning/bestand/explain",
    "/planning/bestandsbericht/explain",
    "/planning/gaps/explain",
    "/planning/versorgungsquartiere/explain",
    "/planning/pflegebedarf/explain",
    "/planning/catchments/explain",
    "/planning/siting/explain",
    "/planning/siting",
    "/planning/catchments",
    "/planning/vergleich",
    "/planning/scenarios/0b3f7d8e-1111-4222-8333-444455556666/vergleich",
    "/reach/isochrones",
    "/reach/matrix",
    "/reach/nearby",
    "/processes",
    "/processes/siting",
    "/jobs",
    "/stichtage/2025-12-31-1",
    "/aenderungen",
    "/vorschlaege",
    "/vorschlaege/0b3f7d8e-1111-4222-8333-444455556666",
    "/health/live",
    "/health/ready",
)
_CATCHMENT = "art=pflege.tagespflege&modus=pkw&altersgruppe=ab75"
ASKED = {
    "/planning/demand/explain": "gebiet=05334001&regel=dauerpflege_anteil&tag=2026-12-31&variante=status_quo"
    "&groesse=angebot",
    "/planning/provision/explain": "gebiet=05334001&indicator=vq_tp75",
    "/planning/coverage/explain": "gebiet=05334001&ziel=begegnung",
    "/planning/bestand/explain": "gebiet=05334001&art=pflege.tagespflege",
    "/planning/bestandsbericht/explain": "gebiet=05334001&art=pflege.tagespflege",
    "/planning/gaps/explain": "gebiet=05334001&ziel=begegnung",
    "/planning/versorgungsquartiere/explain": "gebiet=05334001&kriterium=begegnung",
    "/planning/pflegebedarf/explain": "gebiet=05334001",
    "/planning/catchments/explain": f"gebiet=05334001&{_CATCHMENT}",
    "/planning/siting/explain": "ziel=begegnung",
    "/planning/siting": "ziel=begegnung",
    "/planning/demand/vergleich": "regel=dauerpflege_anteil",
    "/planning/vergleich": "szenario=%7B%7D",
    "/planning/catchments": _CATCHMENT,
}
"""What figures must be asked with."""
JOBS = ("/processes/siting/execution", "/jobs/{jobId}", "/jobs/{jobId}/results")
"""What holds for these stands in test_jobs.py: they take a body, or a job that there is."""
EDITS = (
    "/collections/angebote/items/05334001/bestaetigung",
    "/collections/angebote/items/05334001/history",
    "/collections/angebote/items/05334001/bedarfsbestaetigung",
    "/collections/angebote/items/05334001/vergessen",
    "/collections/angebote/liste",
    "/collections/angebote/bestaetigungen",
)
"""What holds for these, and for what changes features, stands in test_edits.py and beside it."""
PROPOSALS = (
    "/collections/angebote/vorschlaege",
    "/collections/angebote/items/05334001/vorschlaege",
    *(
        f"/vorschlaege/0b3f7d8e-1111-4222-8333-444455556666/{step}"
        for step in ("entwurf", "einreichung", "rueckfrage", "antwort", "freigabe", "ablehnung", "rueckzug")
    ),
)
"""What holds for these stands in test_vorschlaege.py."""
WRITABLE = ("/planning/scenarios", "/planning/scenarios/0b3f7d8e-1111-4222-8333-444455556666", "/stichtage")
"""What these take beside reading is told in test_scenarios and test_stichtage."""
WRONG = (
    "/nichts",
    "/collections/nichts",
    "/collections/angebote/items/nichts",
    "/collections/angebote/tiles/nichts",
    "/collections/angebote/tiles/WebMercatorQuad/0/0/nichts",
    "/planning/nichts",
    "/%00",
    "/%2F%2Fevil.example",
)


def assert_guarded(response):
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
    assert response.headers["access-control-allow-origin"] == "*"


def test_every_route_stands_in_the_list_above(api):
    alike = re.compile(r"(?<=/collections/)[a-z_0-9]+|(?<=/processes/)[a-z]+")
    known = {alike.sub("*", path) for path in (*ROUTES, *JOBS, *EDITS, *PROPOSALS, *WRITABLE)}
    described = {alike.sub("*", path) for path in api.json("/api")["paths"]}
    filled = {
        "{featureId}": "05334001",
        "{stichtagId}": "2025-12-31-1",
        "{scenarioId}": WRITABLE[1].rpartition("/")[2],
        "{vorschlagId}": WRITABLE[1].rpartition("/")[2],
        "{tileMatrix}/{tileRow}/{tileCol}": "0/0/0",
    }
    for variable, value in filled.items():
        described = {path.replace(variable, value) for path in described}
    assert described == known


@pytest.mark.parametrize("path", ROUTES)
def test_b06_an_unknown_parameter_is_refused_by_name_on_every_route(api, path):
    problem = assert_problem(api.get(f"{path}?limt=1"), 400)
    assert problem["parameter"] == "limt"
    assert "limt" in problem["detail"]


@pytest.mark.parametrize("path", ROUTES)
def test_b06_a_repeated_parameter_is_refused_on_every_route(api, path):
    assert assert_problem(api.get(f"{path}?f=json&f=json"), 400)["parameter"] == "f"


@pytest.mark.parametrize("path", ROUTES)
def test_b08_a_format_nobody_writes_is_refused_on_every_route(api, path):
    place = f"von={api.centre}&nach={api.centre}" if path == "/reach/matrix" else f"punkt={api.centre}"
    query = f"?{place}&modus=pkw&minuten=5" if path.startswith("/reach") else ""
    query = f"?{ASKED[path]}" if path in ASKED else query
    assert_problem(api.get(f"{path}{query}", accept="image/png"), 406)
    assert_problem(api.get(f"{path}?f=shapefile"), 400)


@pytest.mark.parametrize("path", [*ROUTES, *WRONG])
def test_b09_head_is_get_without_its_body(api, path):
    got, headed = api.get(path), api.client.head(path)
    assert headed.status_code == got.status_code
    assert headed.content == b""
    for name, value in got.headers.items():
        assert headed.headers[name] == value, name


@pytest.mark.parametrize("path", ROUTES)
def test_b09_options_names_the_methods(api, path):
    asked = api.client.options(path)
    assert asked.status_code == 200
    assert asked.headers["allow"] == "GET, HEAD, OPTIONS"
    assert asked.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
    assert_guarded(asked)


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE"])
def test_b09_nothing_but_reading_is_allowed(api, path, method):
    response = api.client.request(method, path)
    assert_problem(response, 405)
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", WRONG)
def test_i09_an_address_that_is_not_there_is_a_problem_like_any_other(api, path):
    assert_guarded(api.get(path))
    assert_problem(api.get(path), 404)


@pytest.mark.parametrize("path", ROUTES)
def test_i10_every_answer_is_guarded(api, path):
    assert_guarded(api.get(path))


def test_i05_no_origin_is_reflected_and_no_credentials_are_taken(api):
    for origin in ("https://evil.example", "null", "https://stadt.de.evil.example"):
        response = api.get("/collections", origin=origin)
        assert response.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in response.headers


def test_i06_links_come_from_the_settings_and_not_from_the_request(api):
    document = api.get("/", host="evil.example", x_forwarded_host="evil.example", x_forwarded_proto="gopher")
    assert "evil.example" not in document.text


def test_i07_nothing_redirects(api):
    for path in ("//evil.example", "/\\evil.example", "/%2F%2Fevil.example", "/collections//", "/collections/"):
        assert not 300 <= api.client.get(path, follow_redirects=False).status_code < 400


def test_b01_a_body_at_the_cap_is_passed_on_and_one_byte_more_is_not(api):
    cap = api.settings.limits.body_bytes
    assert_problem(api.client.post("/collections", content=b"x" * cap), 405)
    refused = api.client.post("/collections", content=b"x" * (cap + 1))
    assert_problem(refused, 413)
    assert_guarded(refused)


def test_b01_a_length_that_is_no_number_is_refused(api):
    assert_problem(api.get("/collections", content_length="-1"), 400)
    assert_problem(api.get("/collections", content_length="9" * 30), 413)


def test_i01_the_page_s_own_style_is_the_only_one_the_policy_allows(api):
    page = api.get("/", accept="text/html")
    assert page.text.count("<style>") == 1
    assert "style-src 'sha256-" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]


def test_a_defect_is_a_500_without_internals_and_is_logged(api, monkeypatch, caplog):
    def fail(_context):
        raise RuntimeError("SELECT secret FROM /home/x.py")

    monkeypatch.setattr("infrastruktur.http.collections.list_collections", fail)
    assert_problem(api.get("/collections"), 500)
    assert "SELECT secret" in caplog.text
