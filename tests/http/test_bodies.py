"""What somebody sends is JSON of the shape a route expects, or refused in a sentence that says where it is not."""

from typing import Any

import msgspec
import pytest
from litestar import Litestar, Response, post
from litestar.testing import TestClient

from infrastruktur.http.answers import Asking
from infrastruktur.http.bodies import read_body
from infrastruktur.http.guards import guard
from infrastruktur.http.problems import answer_error

CAP = 100_000


class Haus(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    plaetze: dict[str, int] = {}
    notiz: Any = None


@post("/haus", status_code=200)
async def take_haus(request: Asking) -> Response[bytes]:
    haus = await read_body(request, Haus)
    return Response(msgspec.json.encode(haus), media_type="application/json")


@pytest.fixture
def client():
    app = Litestar([take_haus], exception_handlers={Exception: answer_error}, request_max_body_size=CAP)
    app.asgi_handler = guard(app.asgi_handler, CAP)
    with TestClient(app) as client:
        yield client


def refused(response, status: int) -> str:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    return str(response.json()["detail"])


@pytest.mark.parametrize("media_type", ["application/json", "Application/JSON; charset=utf-8"])
def test_a_body_of_the_right_shape_is_taken(client, media_type):
    sent = b'{"name": "Haus A", "plaetze": {"kurz": 3}}'
    taken = client.post("/haus", content=sent, headers={"content-type": media_type})
    assert taken.json() == {"name": "Haus A", "plaetze": {"kurz": 3}, "notiz": None}


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])
def test_b07_another_media_type_is_refused(client, media_type):
    said = client.post("/haus", content=b'{"name": "A"}', headers={"content-type": media_type})
    assert "application/json" in refused(said, 415)


@pytest.mark.parametrize("sent", [b"", b"{", b'{"name": "\xff"}', b'{"name": "\\ud800"}', b'{"name": NaN}'], ids=repr)
def test_what_is_no_json_is_refused(client, sent):
    assert "JSON" in refused(client.post("/haus", content=sent, headers={"content-type": "application/json"}), 400)


def test_a_body_nested_without_end_is_no_defect_of_ours(client):
    """Python 3.11 stops at a thousand, 3.13 at ten thousand."""
    deep = b'{"name": "A", "notiz": ' + b"[" * 15_000 + b"]" * 15_000 + b"}"
    assert "JSON" in refused(client.post("/haus", content=deep, headers={"content-type": "application/json"}), 400)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b'{"name": "A", "betten": 3}', "Das Feld „betten“ gibt es hier nicht."),
        (b"{}", "Das Feld „name“ fehlt."),
        (b'{"name": 3}', "Ein Wert hat eine andere Form als vorgesehen (unter name)."),
        (b'{"name": "A", "plaetze": {"kurz": "3"}}', "Ein Wert hat eine andere Form als vorgesehen (unter plaetze"),
        (b"[]", "Ein Wert hat eine andere Form als vorgesehen."),
    ],
)
def test_json_of_another_shape_is_refused_with_the_place(client, sent, said):
    assert refused(client.post("/haus", content=sent, headers={"content-type": "application/json"}), 422).startswith(
        said
    )


def test_b01_a_body_beyond_the_cap_is_refused_whether_its_length_is_told_or_not(client):
    long = b'{"name": "' + b"x" * CAP + b'"}'
    headers = {"content-type": "application/json"}
    assert client.post("/haus", content=b'{"name": "' + b"x" * (CAP - 12) + b'"}', headers=headers).status_code == 200
    refused(client.post("/haus", content=long, headers=headers), 413)
    refused(client.post("/haus", content=iter([long[:500], long[500:]]), headers=headers), 413)
