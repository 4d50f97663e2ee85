"""A certified OpenID Connect server that really listens, with claims as Keycloak's, and its keys changed under way."""

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from litestar.testing import TestClient

from infrastruktur.app import create_app
from infrastruktur.intake import schluessel

PROGRAM = Path(__file__).parents[1] / "oidc"
pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or not (PROGRAM / "node_modules").is_dir(),
    reason="Der Anmeldedienst fehlt: scripts/test richtet ihn mit npm in tests/oidc ein",
)
PEOPLE = {
    "statistik": {"typ": "Bearer", "realm_access": {"roles": ["offline_access", "statistikstelle"]}},
    "redaktion": {"typ": "Bearer", "groups": ["/kommunen/05334001/redaktion"]},
    "gast": {"typ": "Bearer", "realm_access": {"roles": ["offline_access"]}},
}
ROLLEN = """
[[rolle]]
wert = "statistikstelle"
rolle = "statistik"
[[rolle]]
wert = "/kommunen/(?P<ags>[0-9]{8})/redaktion"
rolle = "kommune_redaktion"
"""


@dataclass(frozen=True)
class Dienst:
    """The identity server; clients stand for people, each with a secret."""

    issuer: str

    def token(self, who: str, audience: str = "infrastruktur") -> str:
        asked = {"grant_type": "client_credentials", "resource": f"urn:{audience}"}
        answer = httpx.post(f"{self.issuer}/token", data=asked, auth=(who, f"geheim-{who}"))
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["access_token"]
        return token


@contextmanager
def listening(folder: Path, port: int, kid: str) -> Iterator[Dienst]:
    described = folder / f"{kid}.json"
    described.write_text(json.dumps({"port": port, "kid": kid, "people": PEOPLE}), encoding="utf-8")
    process = subprocess.Popen(
        ["node", str(PROGRAM / "server.js"), str(described)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert any(line.strip() == "listening" for line in process.stdout)
        yield Dienst(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def opened(settings: Any, issuer: str) -> Iterator[TestClient[Any]]:
    settings = msgspec.structs.replace(settings, oidc_issuer=issuer)
    settings.rollen.write_text(ROLLEN, encoding="utf-8")
    with TestClient(create_app(settings)) as client:
        yield client
    settings.rollen.unlink()


def names(client: TestClient[Any], token: str) -> set[str]:
    answer = client.get("/collections/beratung/items", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    return {feature["properties"]["name"] for feature in answer.json()["features"]}


def test_people_of_an_identity_server_see_what_their_roles_let_them(geopackage_api, tmp_path):
    port = free_port()
    with listening(tmp_path, port, "a") as dienst, opened(geopackage_api.settings, dienst.issuer) as client:
        assert "Frauenhaus" in names(client, dienst.token("statistik"))
        assert "Frauenhaus" not in names(client, dienst.token("redaktion"))
        assert "Frauenhaus" not in names(client, dienst.token("gast"))
        foreign = dienst.token("statistik", audience="anderswo")
        refused = client.get("/collections/beratung/items", headers={"Authorization": f"Bearer {foreign}"})
        assert refused.status_code == 401


def test_d04_its_keys_may_change_and_it_may_be_away_for_a_while(geopackage_api, tmp_path, monkeypatch):
    monkeypatch.setattr(schluessel, "PAUSE_S", 0)
    port = free_port()
    with opened(geopackage_api.settings, f"http://127.0.0.1:{port}") as client:
        with listening(tmp_path, port, "a") as dienst:
            old = dienst.token("statistik")
            assert "Frauenhaus" in names(client, old)
        assert "Frauenhaus" in names(client, old)  # nobody is there to ask, and the key is known
        with listening(tmp_path, port, "b") as dienst:
            assert "Frauenhaus" in names(client, dienst.token("statistik"))
            refused = client.get("/collections/beratung/items", headers={"Authorization": f"Bearer {old}"})
            assert refused.status_code == 401  # the server no longer names its key


def test_while_it_was_never_there_its_tokens_wait_and_the_public_reads_on(geopackage_api, tmp_path):
    port = free_port()
    with listening(tmp_path, port, "a") as dienst:
        token = dienst.token("statistik")
    with opened(geopackage_api.settings, f"http://127.0.0.1:{port}") as client:
        answer = client.get("/collections/beratung/items", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert client.get("/collections/beratung/items").status_code == 200
