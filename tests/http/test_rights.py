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
    ("post", "/stichtage"),
    *(("post", f"/vorschlaege/{{vorschlagId}}/{step}") for step in ("entwurf", "einreichung", "antwort")),
}
"""Routes that change nothing of the catalogue: see test_jobs, test_scenarios, test_stichtage, test_vorschlaege."""
MASSNAHMEN = "/collections/massnahmen/"
"""Whose rights stand in test_massnahmen.py."""
Act = Callable[[Any, str, str, dict[str, Any]], Any]


def _another(path: str) -> str:
    return f"{path}?kein_duplikat=*"


def _patch(**stated: Any) -> Act:
    return lambda api, token, address, _: api.send("PATCH", address, {"properties": stated}, token)


def _step(name: str) -> Act:
    """Answer a capacity that somebody else proposes, an admin."""

    def act(api: Any, token: str, address: str, _: Any) -> Any:
        other = api.issue(ROLES["admin"])
        made = _propose(api, other, address, {})
        step = f"{api.relative(made.headers['location'])}/{name}"
        return api.send("POST", step, {"text": "Weil"}, token, content_type="application/json")

    return act


def _propose(api: Any, token: str, address: str, _: Any) -> Any:
    stated = {"properties": {"kapazitaet": 7}}
    return api.send("POST", f"{address}/vorschlaege", stated, token, content_type="application/json")


def _propose_new(api: Any, token: str, address: str, body: dict[str, Any]) -> Any:
    path = address.rpartition("/items/")[0]
    return api.send("POST", _another(f"{path}/vorschlaege"), body, token, content_crs=PLANE)


def _confirm_many(api: Any, token: str, address: str, _: Any) -> Any:
    items, _, kennung = address.rpartition("/")
    checked = {"angebote": [{"id": kennung}]}
    path = items.replace("/items", "/bestaetigungen")
    return api.send("POST", path, checked, token, content_type="application/json")


ERASED = {"felder": ["name"], "grund": "Antrag"}
NEEDED = {"tag": "2025-03-01", "fundstelle": "Beschluss 2025/0042"}
STEPS = {"freigeben": "freigabe", "ablehnen": "ablehnung", "nachfragen": "rueckfrage", "zurueckziehen": "rueckzug"}
ACTS: dict[str, tuple[str, str, Act]] = {
    "anlegen": (
        "post",
        "/items",
        lambda api, token, address, body: api.send(
            "POST", _another(address.rpartition("/")[0]), body, token, content_crs=PLANE
        ),
    ),
    "ersetzen": (
        "put",
        "/items/{featureId}",
        lambda api, token, address, body: api.send("PUT", address, _renamed(body), token, content_crs=PLANE),
    ),
    "umbenennen": ("patch", "/items/{featureId}", _patch(name="Anders")),
    "groesse": ("patch", "/items/{featureId}", _patch(kapazitaet=7)),
    "umziehen": ("patch", "/items/{featureId}", _patch(strasse="Gasse")),
    "schliessen": (
        "delete",
        "/items/{featureId}",
        lambda api, token, address, _: api.send("DELETE", address, token=token),
    ),
    "stornieren": (
        "delete",
        "/items/{featureId}",
        lambda api, token, address, _: api.send("DELETE", f"{address}?irrtuemlich=true", token=token),
    ),
    "bedarf": (
        "put",
        "/items/{featureId}/bedarfsbestaetigung",
        lambda api, token, address, _: api.send(
            "PUT", f"{address}/bedarfsbestaetigung", NEEDED, token, content_type="application/json"
        ),
    ),
    "bedarf_zuruecknehmen": (
        "delete",
        "/items/{featureId}/bedarfsbestaetigung",
        lambda api, token, address, _: api.send("DELETE", f"{address}/bedarfsbestaetigung", token=token),
    ),
    "bestaetigen": (
        "post",
        "/items/{featureId}/bestaetigung",
        lambda api, token, address, _: api.send("POST", f"{address}/bestaetigung", token=token),
    ),
    "vergessen": (
        "post",
        "/items/{featureId}/vergessen",
        lambda api, token, address, _: api.send(
            "POST", f"{address}/vergessen", ERASED, token, content_type="application/json"
        ),
    ),
    "liste": ("post", "/liste", lambda api, token, address, _: _send_list(api, token, address)),
    "mehrere_bestaetigen": ("post", "/bestaetigungen", _confirm_many),
    "vorschlagen": ("post", "/items/{featureId}/vorschlaege", _propose),
    "neu_vorschlagen": ("post", "/vorschlaege", _propose_new),
    **{act: ("post", f"/vorschlaege/{{vorschlagId}}/{step}", _step(step)) for act, step in STEPS.items()},
}


def _send_list(api: Any, token: str, address: str) -> Any:
    """Rename by a list: planned, and applied by the plan's checksum."""
    items, _, kennung = address.rpartition("/")
    liste = items.replace("/items", "/liste")
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
    alike = {(method, path) for method, path in alike if not path.startswith(MASSNAHMEN)}
    of_layers = {(method, path) for method, path in alike if path.startswith("/collections/")}
    steps = {(method, path) for method, path, _ in ACTS.values() if path.startswith("/vorschlaege/")}
    assert alike - of_layers == ELSEWHERE | steps
    layers = {path.split("/")[2] for _, path in of_layers}
    known = {(method, path) for method, path, _ in ACTS.values()} - steps
    assert of_layers == {(method, f"/collections/{layer}{path}") for layer in layers for method, path in known}
    assert {"angebote", *(path.split("/")[2] for path, _ in LAYERS.values())} <= layers


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['tat']}-{row['ebene']}-{row['ort']}")
def test_every_role_may_what_the_table_says(writing, tokens, row) -> None:
    path, art = LAYERS[row["ebene"]]
    point, traeger = PLACES[row["ort"]]
    body = feature(point, art=art, traeger=traeger)
    _, _, act = ACTS[row["tat"]]
    came = {}
    for role, token in tokens.items():
        made = writing.send("POST", _another(path), body, tokens["admin"], content_crs=PLANE)
        address = writing.relative(made.headers["location"])
        before = writing.read(address).content
        answer = act(writing, token, address, body)
        came[role] = str(answer.status_code)
        if answer.status_code >= 400:
            assert writing.read(address).content == before
        else:
            writing.send("DELETE", f"{address}?irrtuemlich=true", token=tokens["admin"], if_match="*")
    assert came == {role: row[role] for role in tokens}
