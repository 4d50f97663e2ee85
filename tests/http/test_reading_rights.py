"""Every route that reads, for every role, of the own Kommune, of another and of what is confidential.

`lesen.csv` says what comes: a status, with a star where the answer is another one than the public gets. The routes are
those of the service description, so that a new one is in the table or fails here.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from counts import HEAVY

from infrastruktur.domain.angebot import traeger_id
from infrastruktur.domain.permission import Rolle, Zustaendigkeit
from infrastruktur.usecases.context import open_context
from infrastruktur.usecases.issue_token import issue_token

TABLE = Path(__file__).with_name("lesen.csv")
ROWS = {(row.pop("weg"), row.pop("ort")): row for row in csv.DictReader(TABLE.read_text("utf-8").splitlines())}
ROLES = {
    "traeger": Zustaendigkeit(rolle=Rolle.TRAEGER, traeger=traeger_id("Träger 1")),
    "redaktion": Zustaendigkeit(rolle=Rolle.KOMMUNE_REDAKTION, ags="05334001"),
    "fachamt": Zustaendigkeit(rolle=Rolle.FACHAMT),
    "fachamt_schule": Zustaendigkeit(rolle=Rolle.FACHAMT, fachbereich="schule"),
    "statistik": Zustaendigkeit(rolle=Rolle.STATISTIK),
    "admin": Zustaendigkeit(rolle=Rolle.ADMIN),
}
PLACES = {"eigen": "Heim 1", "fremd": "Heim 19", "vertraulich": "Frauenhaus"}
"""An Angebot of the Redaktion's Kommune and the Träger's own, one of another, and one nobody may know of."""
FEW = ("angebote", "beratung", "standorte", "sozialraeume", "vq_dp75_kommune")
"""Layers of each kind: the others are asked in `heavy`."""
ASKED = {
    "/planning/demand/vergleich": "regel=dauerpflege_anteil",
    "/planning/siting": "ziel=begegnung",
    "/planning/catchments": "art=quartier.seniorentreff&modus=zu_fuss&altersgruppe=ab75",
    "/planning/vergleich": "szenario=keins",
    "/planning/demand/explain": "gebiet=05334001&regel=dauerpflege_anteil&tag=2025-12-31&variante=status_quo"
    "&groesse=pflegebeduerftige",
    "/planning/provision/explain": "indicator=vq_dp80&gebiet=05334001",
    "/planning/coverage/explain": "gebiet=05334001&ziel=begegnung",
    "/planning/bestand/explain": "art=quartier.seniorentreff&gebiet=05334001",
    "/planning/bestandsbericht/explain": "art=pflege.dauerpflege&gebiet=05334001",
    "/planning/gaps/explain": "ziel=begegnung&gebiet=05334001-AC01",
    "/planning/versorgungsquartiere/explain": "kriterium=begegnung&gebiet=05334001-AC01",
    "/planning/pflegebedarf/explain": "gebiet=05334001",
    "/planning/catchments/explain": "gebiet=05334001&art=pflege.dauerpflege&modus=pkw&altersgruppe=ab75",
    "/planning/siting/explain": "ziel=begegnung",
    "/reach/isochrones": "punkt={centre}&modus=zu_fuss&minuten=10",
    "/reach/matrix": "von={centre}&nach={centre}&modus=zu_fuss",
    "/reach/nearby": "punkt={centre}&modus=zu_fuss&minuten=30",
    "/collections/{collection}/download": "f=csv",
}
"""How a route is asked that needs to be, or whose answer would say when it was made."""


@pytest.fixture(scope="module", params=["geopackage", "postgis"])
def reading(request: pytest.FixtureRequest) -> Any:
    """Give the application, and a client's headers of each role."""
    api = request.getfixturevalue(f"{request.param}_api")
    with closing(open_context(api.settings)) as context:
        tokens = {name: issue_token(context, name, right, 1)[1] for name, right in ROLES.items()}
    return api, {"niemand": {}, **{name: {"authorization": f"Bearer {token}"} for name, token in tokens.items()}}


def list_questions(api: Any, staff: dict[str, str]) -> Iterator[tuple[tuple[str, str], str]]:
    """List what is asked, each with its row of the table; layers are alike but for who has a list of them."""
    named = {each["properties"]["name"]: each["id"] for each in features(api, "angebote", staff)}
    for path in [path for path, item in api.json("/api")["paths"].items() if "get" in item]:
        layer = path.split("/")[2] if path.startswith("/collections/") else ""
        if layer and layer not in FEW and not (HEAVY or path.endswith("/liste")):
            continue
        route = path if path.endswith("/liste") else path.replace(f"/{layer}", "/{collection}", 1) if layer else path
        if "{featureId}" not in path:
            yield (route, ""), ask(api, path, route)
        elif layer == "angebote":
            yield from (((path, was), path.format(featureId=named[name])) for was, name in PLACES.items())
        elif found := features(api, layer, {}):
            yield (route, ""), path.format(featureId=found[0]["id"])


def features(api: Any, layer: str, headers: dict[str, str]) -> list[Any]:
    found: list[Any] = api.get(f"/collections/{layer}/items?limit=100", **headers).json()["features"]
    return found


def ask(api: Any, path: str, route: str) -> str:
    asked = f"{path}?{ASKED[route]}" if route in ASKED else path
    named = re.sub(r"\{tile\w+\}", "0", asked.replace("{centre}", api.centre))
    return re.sub(r"\{\w+Id\}", "keins", named)


def test_every_route_that_reads_gives_every_role_what_the_table_says(reading) -> None:
    api, people = reading
    came: defaultdict[tuple[str, str], defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row, path in list_questions(api, people["admin"]):
        public = api.get(path)
        for role, headers in people.items():
            answer = api.get(path, **headers)
            other = answer.status_code == public.status_code and answer.content != public.content
            came[row][role].add(f"{answer.status_code}{'*' * other}")
    assert {row: {role: max(codes) for role, codes in of.items()} for row, of in came.items()} == ROWS
    assert all(len({code.rstrip("*") for code in codes}) == 1 for of in came.values() for codes in of.values())
