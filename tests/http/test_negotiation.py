"""Which format an Accept header gets: the table of cases clients really send."""

import pytest

from infrastruktur.http.negotiation import FEATURES, HTML, OPENAPI, Format, choose_format
from infrastruktur.http.problems import NotAcceptable

BOTH = (FEATURES, HTML)


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", FEATURES),
        ("*/*", FEATURES),
        ("application/*", FEATURES),
        ("text/*", HTML),
        ("application/geo+json, application/json", FEATURES),  # QGIS, GDAL
        ("application/geo+json", FEATURES),  # Masterportal
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", HTML),  # browsers
        ("application/json;q=0.1, text/html;q=0.9", HTML),
        ("text/html;q=0, */*", FEATURES),
        ("TEXT/HTML", HTML),
    ],
)
def test_accept_chooses(accept: str, chosen: Format) -> None:
    assert choose_format(BOTH, None, accept) is chosen


def test_f_says_it_outright() -> None:
    assert choose_format(BOTH, "html", "application/geo+json") is HTML


@pytest.mark.parametrize("accept", ["image/png", "text/html;q=0", "application/xml, image/*", "text/html;q=viel"])
def test_b08_what_no_format_serves_is_refused_with_the_choices(accept: str) -> None:
    with pytest.raises(NotAcceptable, match="f=json"):
        choose_format((FEATURES,), None, accept)


def test_the_service_description_answers_to_the_names_clients_know() -> None:
    qgis = "application/vnd.oai.openapi+json;version=3.0, application/openapi+json;version=3.0, application/json"
    assert choose_format((OPENAPI, HTML), None, qgis) is OPENAPI
    assert choose_format((OPENAPI, HTML), None, "application/openapi+json;version=3.0") is OPENAPI
