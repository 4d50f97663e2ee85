"""Every described parameter with anything in it: an answer or a refusal, never a failure."""

from urllib.parse import quote

import pytest
from counts import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infrastruktur.http.operations import list_operations

NUMBERS = ("0", "1", "-1", "9" * 30, "1e5", "nan", "2025-01-01", "9999-12-31", "0000-01-01", "P1D", "T00:00:00Z")
SIGNS = ("..", "/", ",", ";", "|", ".", "'", '"', "--", "%", "\\", "\x00", "\ud7ff", "ä")
WORDS = ("ab75", "pflege.tagespflege", "zu_fuss", "kommune", "true", "json")
PIECES = st.sampled_from(NUMBERS + SIGNS + WORDS)
ANYTHING = st.text(max_size=30) | st.lists(PIECES, max_size=6).map("".join)


@pytest.fixture(scope="module")
def asked(geopackage_api):
    """List address and parameter names; layers are alike, so a few stand for all."""
    layers = ("/collections/angebote/", "/collections/kommunen/", "/collections/luecken/", "/planning/", "/reach/")
    return [
        (operation.path, [each["name"] for each in operation.parameters if each["in"] == "query"])
        for operation in list_operations(geopackage_api.json("/api"))
        if operation.methode == "get" and operation.path.startswith(layers)
    ]


@settings(max_examples=examples(300), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_b11_no_value_of_a_described_parameter_makes_a_route_fail(geopackage_api, asked, data):
    path, names = data.draw(st.sampled_from(asked))
    chosen = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    query = "&".join(f"{name}={quote(data.draw(ANYTHING), safe='')}" for name in chosen)
    address = path.replace("{featureId}", "05334001").replace("{tileMatrix}/{tileRow}/{tileCol}", "9/171/264")
    response = geopackage_api.get(f"{address}?{query}")
    assert response.status_code in {200, 400, 403, 404, 406, 409}, (path, query, response.text)


@settings(max_examples=examples(200), deadline=None)
@given(segments=st.lists(ANYTHING, min_size=1, max_size=5))
def test_b11_no_address_makes_the_application_fail(geopackage_api, segments):
    address = "/".join(quote(segment, safe="") for segment in ("collections", *segments))
    assert geopackage_api.get(f"/{address}").status_code in {200, 400, 404}
