"""Every route that changes something, for every role, in the own Kommune and in another: `rechte.csv` says what comes.

The routes are those of the service description, so that a new one is in the table or fails here.
"""

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from editing import HEUTE, IN_OST, IN_WEST, PFLEGE, PLANE, QUARTIER, feature

from infrastruktur.domain.angebot import traeger_id
from infrastruktur.domain.permission import Rolle, Zustaendigkeit

TABLE = Path(__file__).with_name("rechte.csv")
ROWS = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))
LAYERS = {"quartier": (QUARTIER, "quartier.seniorentreff"), "pflege": (PFLEGE, "pflege.tagespflege")}
PLACES = {"eigen": (IN_WEST, "Verein"), "fremd": (IN_OST, "Anderer Verein")}
"""Where the Redaktion's own Kommune is, and the Träger's own name."""
ROLES = {
    "traeger": Zustaendigkeit(rolle=Rolle.TRAEGER, traeger=traeger_id("Verein")),
    "redaktion": Zustaendigkeit(rolle=Rolle.KOMMUNE_REDAKTION, ags="05334001"),
    "fachamt": Zustaendigkeit(rolle=Rolle.FACHAMT),
    "fachamt_schule": Zustaendigkeit(rolle=Rolle.FACHAMT, fachbereich="schule"),
    "statistik": Zustaendigkeit(rolle=Rolle.STATISTIK),
    "admin": Zustaendigkeit(rolle=Rolle.ADMIN),
}
ELSEWHERE = {
    *(("post", "/processes/*/execution"), ("delete", "/jobs/{jobId}")),
    *(("post", "/planning/scenarios"), ("put", "/planning/scenarios/{scenarioId}")),
    ("delete", "/planning/scenarios/{scenarioId}"),
}
"""Routes that change nothing of the catalogue: see test_jobs.py and test_scenarios.py."""
LISTE = "/liste"
Act = Callable[[Any, str, str, dict[str, Any]], Any]


def _patch(**stated: Any) -> Act:
    return lambda api, token, address, _: api.send("PATCH", address, {"properties": stated}, token)


ACTS: dict[str, tuple[str, str, Act]] = {
    "anlegen": (
        "post",
        "",
        lambda api, token, address, body: api.send("POST", address.rpartition("/")[0], body, token, content_crs=PLANE),
    ),
    "ersetzen": (
        "put",
        "/{featureId}",
        lambda api, token, address, body: api.send("PUT", address, _renamed(body), token, content_crs=PLANE),
    ),
    "umbenennen": ("patch", "/{featureId}", _patch(name="Anders")),
    "groesse": ("patch", "/{featureId}", _patch(kapazitaet=7)),
    "umziehen": ("patch", "/{featureId}", _patch(strasse="Gasse")),
    "schliessen": ("delete", "/{featureId}", lambda api, token, address, _: api.send("DELETE", address, token=token)),
    "stornieren": (
        "delete",
        "/{featureId}",
        lambda api, token, address, _: api.send("DELETE", f"{address}?irrtuemlich=true", token=token),
    ),
    "bestaetigen": (
        "post",
        "/{featureId}/bestaetigung",
        lambda api, token, address, _: api.send("POST", f"{address}/bestaetigung", token=token),
    ),
    "liste": ("post", LISTE, lambda api, token, address, _: _send_list(api, token, address)),
}


def _send_list(api: Any, token: str, address: str) -> Any:
    """Rename by a list: planned, and applied by the plan's checksum."""
    items, _, kennung = address.rpartition("/")
    liste = items.replace("/items", LISTE)
    body = f"Kennung;Fassung;Name\n{kennung};1.1 vom {HEUTE};Anders\n".encode()
    headers = {"content-type": "text/csv"} | ({"authorization": f"Bearer {token}"} if token else {})
    planned = api.client.post(liste, content=body, headers=headers)
    if planned.status_code != 200:
        return planned
    return api.client.post(f"{liste}?pruefsumme={planned.json()['pruefsumme']}", content=body, headers=headers)


def _renamed(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "properties": {**body["properties"], "name": "Anders", "status": "in_betrieb"}}


@pytest.fixture(scope="module")
def tokens(writing) -> dict[str, str]:
    return {"niemand": "", **{name: writing.issue(right) for name, right in ROLES.items()}}


def test_the_table_has_every_act_layer_place_and_role() -> None:
    assert {(row["tat"], row["ebene"], row["ort"]) for row in ROWS} == {
        (act, layer, place) for act in ACTS for layer in LAYERS for place in PLACES
    }
    assert all(set(row) == {"tat", "ebene", "ort", "niemand", *ROLES} for row in ROWS)


def test_every_route_that_changes_something_is_in_the_table(writing) -> None:
    paths = writing.json("/api")["paths"]
    described = {(method, path) for path, item in paths.items() for method in item if method != "get"}
    alike = {(method, re.sub(r"(?<=^/processes/)[a-z]+", "*", path)) for method, path in described}
    of_layers = {(method, path) for method, path in alike if path.startswith("/collections/")}
    assert alike - of_layers == ELSEWHERE
    layers = {path.split("/")[2] for _, path in of_layers}
    known = {
        (method, f"/collections/{layer}{rest if rest == LISTE else f'/items{rest}'}")
        for layer in layers
        for method, rest, _ in ACTS.values()
    }
    assert of_layers == known
    assert {"angebote", *(path.split("/")[2] for path, _ in LAYERS.values())} <= layers


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['tat']}-{row['ebene']}-{row['ort']}")
def test_every_role_may_what_the_table_says(writing, tokens, row) -> None:
    path, art = LAYERS[row["ebene"]]
    point, traeger = PLACES[row["ort"]]
    body = feature(point, art=art, traeger=traeger)
    _, _, act = ACTS[row["tat"]]
    came = {}
    for role, token in tokens.items():
        made = writing.send("POST", path, body, tokens["admin"], content_crs=PLANE)
        address = writing.relative(made.headers["location"])
        before = writing.read(address).content
        answer = act(writing, token, address, body)
        came[role] = str(answer.status_code)
        if answer.status_code >= 400:
            assert writing.read(address).content == before
        else:
            writing.send("DELETE", f"{address}?irrtuemlich=true", token=tokens["admin"], if_match="*")
    assert came == {role: row[role] for role in tokens}
