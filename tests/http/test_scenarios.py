"""Scenarios through the door: figures with one, what it changes, storing it, and what the public may not have of it."""

import io
import json
import re
import socket
import time
from contextlib import closing
from urllib.parse import quote, urlsplit

import msgspec
import numpy as np
import openpyxl
import pytest
from editing import now
from litestar.testing import TestClient
from served import served

from infrastruktur.app import create_app
from infrastruktur.domain.geometry import transform_xy
from infrastruktur.domain.permission import Rolle, Zustaendigkeit
from infrastruktur.domain.szenariotext import MAX_BYTES
from infrastruktur.http.operations import list_operations
from infrastruktur.settings import Audience
from infrastruktur.usecases.context import open_context
from infrastruktur.usecases.issue_token import issue_token

PATH = "/planning/scenarios"
GROUP = "art=pflege.dauerpflege&modus=pkw&altersgruppe=ab75"
FIGURES = {
    **dict.fromkeys(("bestand", "provision", "coverage", "gaps", "versorgungsquartiere", "pflegebedarf", "demand"), ""),
    "catchments": GROUP,
    "siting": "ziel=tagespflege&anzahl=1",
}
OF_PEOPLE = (*sorted(FIGURES.keys() - {"bestand", "provision"}), "vergleich")
COMPARED = {"bestand", "provision", "coverage", "gaps", "versorgungsquartiere", "pflegebedarf", "demand"}
"""Figures with a fixed question, of which the comparison lists every cell."""
FORMATS = ("json", "csv", "csv-de", "geojson")
EAST = transform_xy(np.array([[300_720.0, 5_630_450.0]]), 25832, 4326)[0].tolist()
NEU = {"was": "neu", "art": "pflege.tagespflege", "punkt": EAST, "kapazitaet": 14}
HEIM = {**NEU, "art": "pflege.dauerpflege"}
UNKNOWN_ID = "0b3f7d8e-1111-4222-8333-444455556666"


class Staff:
    """The application as the administration runs it."""

    def __init__(self, client, api):
        self.client, self.api = client, api

    def get(self, path, **headers):
        return self.client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def json(self, path):
        response = self.get(path)
        assert response.status_code == 200, response.text
        return response.json()

    def store(self, *changes, name="Plan", **more):
        response = self.client.post(PATH, json={"name": name, "aenderungen": list(changes), **more})
        assert response.status_code == 201, response.text
        return response

    def angebot(self, name):
        items = self.json(f"/collections/angebote/items?name={quote(name)}")["features"]
        return items[0]["id"]


@pytest.fixture(scope="module", params=["geopackage", "postgis"])
def staff(request):
    api = request.getfixturevalue(f"{request.param}_api")
    settings = msgspec.structs.replace(api.settings, audience=Audience.STAFF)
    with TestClient(create_app(settings)) as client:
        yield Staff(client, api)


def inline(*changes, **more):
    return "szenario=" + quote(json.dumps({"aenderungen": list(changes), **more}))


def point_in_the_middle(api):
    return [float(part) for part in api.centre.split(",")]


def assert_problem(response, status):
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert not re.search(r"Traceback|SELECT|sqlalchemy|litestar|msgspec|\.py\b", response.text)
    return problem


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize("form", FORMATS)
def test_an_empty_scenario_is_the_catalogue_byte_for_byte(staff, figure, form):
    asked = f"/planning/{figure}?{FIGURES[figure]}&f={form}".replace("?&", "?")
    plain = staff.get(asked)
    assert plain.status_code == 200
    same = {"was": "bevoelkerung", "gebiet": "05334001", "altersgruppe": "ab75", "faktor": 1}
    for empty in ("szenario={}", inline(), inline(same), inline(name="Nichts")):
        assumed = staff.get(f"{asked}&{empty}")
        assert assumed.content == plain.content
        assert assumed.headers["etag"] == plain.headers["etag"]


@pytest.mark.parametrize("figure", FIGURES)
def test_an_empty_scenario_is_the_catalogue_in_a_workbook(staff, figure):
    asked = f"/planning/{figure}?{FIGURES[figure]}&f=xlsx".replace("?&", "?")

    def cells(response):
        book = openpyxl.load_workbook(io.BytesIO(response.content))
        return [[cell.value for cell in row] for sheet in book for row in sheet.iter_rows()]

    assert cells(staff.get(f"{asked}&szenario={{}}")) == cells(staff.get(asked))


def test_an_empty_scenario_changes_nothing_and_says_so_of_everything(staff):
    table = staff.json("/planning/vergleich?szenario={}")
    assert {row["reagiert"] for row in table["zeilen"]} == {False}
    assert {row["auswertung"] for row in table["zeilen"]} == COMPARED


def region(table, **only):
    wanted = {"ebene": "region", **only}
    (row,) = [row for row in table["zeilen"] if all(row[name] == value for name, value in wanted.items())]
    return row


def test_a_figure_with_a_scenario_says_what_was_assumed(staff):
    table = staff.json(f"/planning/bestand?{inline(NEU)}")
    (written,) = table["herkunft"]["parameter"]["szenario"]
    assert (written["was"], written["kapazitaet"]) == ("neu", 14)
    assert any("nichts davon steht im Katalog" in hint for hint in table["herkunft"]["hinweise"])
    assert table["herkunft"]["datenstand"] != staff.json("/planning/bestand")["herkunft"]["datenstand"]


def test_bestand_counts_what_comes_goes_and_grows(staff):
    before = region(staff.json("/planning/bestand"), art="pflege.dauerpflege")
    changes = (
        {"was": "schliessen", "angebot": staff.angebot("Heim 3")},
        {"was": "kapazitaet", "angebot": staff.angebot("Heim 4"), "kapazitaet": 100},
    )
    after = region(staff.json(f"/planning/bestand?{inline(*changes)}"), art="pflege.dauerpflege")
    assert after["angebote"] == before["angebote"] - 1
    assert after["plaetze_zugelassen"] == before["plaetze_zugelassen"] - 83 + (100 - 84)


def test_bestand_beside_the_catalogue_is_the_difference(staff):
    asked = f"/planning/bestand?vergleich={staff.api.stichtag}&{inline(NEU)}"
    row = region(staff.json(asked), art="pflege.tagespflege")
    assert (row["angebote"], row["angebote_differenz"]) == (2, 1)


def test_a_move_is_followed_from_sozialraum_to_sozialraum(staff):
    home = staff.angebot("Heim 0")

    def homes(query):
        rows = staff.json(f"/planning/bestand?ebene=sozialraum&{query}")["zeilen"]
        return {row["gebiet"]: row["angebote"] for row in rows if row["art"] == "pflege.dauerpflege"}

    before, after = homes(""), homes(inline({"was": "verlegen", "angebot": home, "punkt": EAST}))
    assert after["05334001-AC01"] == before["05334001-AC01"] - 1
    assert after["05334001-AC02"] == before["05334001-AC02"] + 1


def test_more_people_move_every_figure_of_them(staff):
    more = inline({"was": "bevoelkerung", "gebiet": "05334001", "altersgruppe": "ab75", "faktor": 2})
    before, after = (staff.json(f"/planning/gaps?ziel=tagespflege{query}") for query in ("", f"&{more}"))
    assert region(before)["personen"] == pytest.approx(60 + 120 + 180)
    assert region(after)["personen"] == pytest.approx(2 * (60 + 120) + 180)


def test_a_target_that_is_set_otherwise_is_judged_otherwise(staff):
    asked = "/planning/gaps?ziel=tagespflege"
    row = region(staff.json(f"{asked}&{inline({'was': 'ziel', 'ziel': 'tagespflege', 'max_minuten': 1})}"))
    assert row["max_minuten"] == 1
    assert row["ziel_status"] == "Annahme eines Szenarios, nicht beschlossen"
    assert row["erreicht"] < region(staff.json(asked))["erreicht"]


def test_the_comparison_lists_what_reacts_with_before_after_and_difference(staff):
    change = {"was": "schliessen", "angebot": staff.angebot("Tagespflege")}
    table = staff.json(f"/planning/vergleich?{inline(change)}")
    row = region(table, auswertung="bestand", gegenstand="pflege.tagespflege", groesse="angebote")
    assert (row["vorher"], row["nachher"], row["differenz"]) == (1, 0, -1)
    reacts = {(row["auswertung"], row["gegenstand"]) for row in table["zeilen"] if row["reagiert"]}
    still = {(row["auswertung"], row["gegenstand"]) for row in table["zeilen"] if not row["reagiert"]}
    assert {("bestand", "pflege.tagespflege"), ("coverage", "tagespflege"), ("gaps", "tagespflege")} <= reacts
    assert {("bestand", "pflege.dauerpflege"), ("coverage", "begegnung"), ("provision", "vq_dp80")} <= still
    assert not reacts & still


BESIDE = {"wert_region", "differenz_region", "abstand_zielwert", "platz"}
"""Follow from the value, that of the Region and the target, which are rows and data of their own; and from all criteria
of an area together."""
SUBJECTS = {
    "bestand": "art",
    "provision": "indicator",
    "coverage": "ziel",
    "gaps": "ziel",
    "versorgungsquartiere": "kriterium",
    "pflegebedarf": "leistung",
    "demand": "regel",
}
KEYS = ("ebene", "gebiet", "tag", "variante")


def test_the_comparison_is_the_difference_of_the_figures(staff):
    """Every cell of it, and no other: recomputed from the tables of the figures."""
    change = inline(
        {"was": "neu", "art": "quartier.seniorentreff", "punkt": point_in_the_middle(staff.api), "traeger": "Neu"},
        {"was": "schliessen", "angebot": staff.angebot("Heim 3")},
        {"was": "bevoelkerung", "gebiet": "05334002", "altersgruppe": "ab80", "summand": 30},
    )
    listed = {
        (row["auswertung"], row["gegenstand"], *(row[name] for name in KEYS), row["groesse"]): (
            row["vorher"],
            row["nachher"],
        )
        for row in staff.json(f"/planning/vergleich?{change}")["zeilen"]
        if row["reagiert"] and row["vorher_text"] is None and row["nachher_text"] is None
    }
    expected = {}
    for figure, subject in SUBJECTS.items():
        before, after = staff.json(f"/planning/{figure}"), staff.json(f"/planning/{figure}?{change}")
        numbers = [s["name"] for s in before["spalten"] if s["typ"] in {"zahl", "ganzzahl"} and s["name"] not in BESIDE]
        stood = {(row[subject], *(row.get(name) for name in KEYS)): row for row in before["zeilen"]}
        for row in after["zeilen"]:
            key = (row[subject], *(row.get(name) for name in KEYS))
            was = stood.get(key) or {name: 0 if row[name] is not None else None for name in numbers}
            expected |= {(figure, *key, name): (was[name], row[name]) for name in numbers if was[name] != row[name]}
    assert listed == expected
    # Without people by sex nobody plans: those two are compared in `usecases/test_scenario_bedarf.py`.
    assert {key[0] for key in listed} == COMPARED - {"pflegebedarf", "demand"}
    ways = {"median_minuten", "p90_minuten", "traeger_mittel", "unerreichbar"}
    assert ways <= {key[-1] for key in listed if key[0] == "coverage"}


def test_of_the_comparison_one_figure_can_be_asked_alone(staff):
    whole = staff.json(f"/planning/vergleich?{inline(HEIM)}")["zeilen"]
    for auswertung in COMPARED:
        alone = staff.json(f"/planning/vergleich?{inline(HEIM)}&auswertung={auswertung}")["zeilen"]
        assert alone == [row for row in whole if row["auswertung"] == auswertung]
        assert alone
    assert (
        assert_problem(staff.get(f"/planning/vergleich?{inline(HEIM)}&auswertung=x"), 400)["parameter"] == "auswertung"
    )


def test_a_home_that_grows_changes_what_its_figures_say(staff):
    """Also where nothing but who lives in homes can differ, and is not computed anew with all the rest."""
    change = inline({"was": "kapazitaet", "angebot": staff.angebot("Heim 3"), "kapazitaet": 200})
    table = staff.json(f"/planning/vergleich?{change}")["zeilen"]
    for figure in ("coverage", "gaps", "versorgungsquartiere"):
        before, after = (
            staff.json(f"/planning/{figure}")["zeilen"],
            staff.json(f"/planning/{figure}?{change}")["zeilen"],
        )
        names = ("ebene", "gebiet", SUBJECTS[figure])
        told = {tuple(row[name] for name in names): (row["in_heimen"], row["annahme_in_heimen"]) for row in after}
        stood = {tuple(row[name] for name in names): row["in_heimen"] for row in before}
        listed = {
            (row["ebene"], row["gebiet"], row["gegenstand"]): (row["vorher"], row["nachher"])
            for row in table
            if row["auswertung"] == figure and row["reagiert"]
        }
        assert listed == {key: (stood[key], new) for key, (new, _) in told.items() if stood[key] != new}
        assert listed


def test_two_scenarios_are_compared_with_each_other(staff):
    close = {"was": "schliessen", "angebot": staff.angebot("Heim 3")}
    one, other = inline(close, NEU), inline(close).replace("szenario=", "gegen=")
    table = staff.json(f"/planning/vergleich?{one}&{other}")
    assert {row["gegenstand"] for row in table["zeilen"] if row["auswertung"] == "bestand" and row["reagiert"]} == {
        "pflege.tagespflege"
    }
    same = staff.json(f"/planning/vergleich?{one}&{one.replace('szenario=', 'gegen=')}")
    assert {row["reagiert"] for row in same["zeilen"]} == {False}


def test_stored_scenarios_are_compared_as_the_catalogue_was_known(staff):
    """A scenario, and the one it is held against, are today's; the catalogue under them is that of the moment."""
    close = {"was": "schliessen", "angebot": staff.angebot("Heim 3")}
    asked = now()
    stored, other = (urlsplit(staff.store(each).headers["location"]).path for each in (NEU, close))
    gegen = f"gegen={other.rpartition('/')[2]}&auswertung=bestand"
    was, today = (staff.json(f"{stored}/vergleich?{gegen}&{known}") for known in (asked, ""))
    assert was["zeilen"] == today["zeilen"]
    assert len([each for each in was["zeilen"] if each["reagiert"]]) > 1
    assert "known_at" in was["herkunft"]["parameter"]
    assert any("Stand der Kenntnis" in each for each in was["herkunft"]["hinweise"])
    unknown = staff.get(f"{stored}/vergleich?known_at=2001-01-01")
    assert_problem(unknown, 400)


@pytest.mark.parametrize("form", [*FORMATS, "xlsx"])
def test_the_comparison_comes_in_every_format(staff, form):
    assert staff.get(f"/planning/vergleich?{inline(NEU)}&f={form}").status_code == 200


def test_a_place_no_way_leads_to_is_said_and_not_dropped(staff):
    west, north = point_in_the_middle(staff.api)
    far = {"was": "neu", "art": "quartier.seniorentreff", "punkt": [west + 0.2, north], "name": "Treff im Wald"}
    table = staff.json(f"/planning/vergleich?{inline(far)}")
    hints = " ".join(table["herkunft"]["hinweise"])
    assert "„Treff im Wald“ liegt außerhalb der Region" in hints
    assert "„Treff im Wald“ liegt zu Fuß an keiner Straße" in hints
    sicherheit = region(staff.json(f"/planning/gaps?ziel=begegnung&{inline(far)}"))["sicherheit"]
    assert "1 ohne Punkt oder Straße" in sicherheit


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("szenario=heim", 404, "gibt es nicht"),
        (f"szenario={UNKNOWN_ID}", 404, "gibt es nicht"),
        ("szenario=%7B", 400, "JSON"),
        ("szenario=%7B%22x%22%3A1%7D", 400, "x"),
        (inline(NEU | {"art": "gibt.es.nicht"}), 400, "gibt.es.nicht"),
        (inline({"was": "schliessen", "angebot": UNKNOWN_ID}), 404, "Stichtag nicht"),
        (inline({"was": "bevoelkerung", "gebiet": "05999", "altersgruppe": "ab75", "faktor": 2}), 404, "05999"),
        (inline({"was": "bevoelkerung", "gebiet": "05334001", "altersgruppe": "ab75", "summand": -999}), 422, "-999"),
        (inline({"was": "ziel", "ziel": "tagespflege", "max_meter": 500}), 422, "Metern"),
        (inline({"was": "ziel", "ziel": "nichts", "mindestens": 2}), 404, "nichts"),
        (inline(NEU, stichtag="2024-12-31") + "&stichtag=2025-12-31", 400, "31.12.2024"),
        ("szenario=%7B%7D" + "%20" * 4_000, 400, "4000"),
    ],
)
def test_a_scenario_that_is_none_is_refused_in_a_sentence(staff, query, status, said):
    assert said in assert_problem(staff.get(f"/planning/gaps?{query}"), status)["detail"]


def test_the_stichtag_of_a_scenario_is_the_figure_s(staff):
    assert staff.json(f"/planning/bestand?{inline(stichtag='2025-06-30')}")["herkunft"]["stichtag"] == "2025-06-30"
    plain = staff.get("/planning/bestand?stichtag=2025-06-30")
    assert staff.get(f"/planning/bestand?{inline(stichtag='2025-06-30')}").content == plain.content


def test_a_stored_scenario_lives_from_post_to_delete(staff):
    stored = staff.store(NEU)
    address = urlsplit(stored.headers["location"]).path
    document = staff.get(address)
    assert document.json() == stored.json()
    assert (document.json()["version"], document.json()["name"]) == (1, "Plan")
    assert document.headers["etag"] == stored.headers["etag"]
    assert document.json()["id"] in {each["id"] for each in staff.json(PATH)["szenarien"]}

    szenario_id = document.json()["id"]
    by_id, by_link = staff.get(f"/planning/gaps?szenario={szenario_id}"), staff.get(f"/planning/gaps?{inline(NEU)}")
    assert by_id.content == by_link.content
    assert staff.get(f"{address}/vergleich").content == staff.get(f"/planning/vergleich?{inline(NEU)}").content

    changed = staff.client.put(
        address,
        json={"name": "Plan B", "aenderungen": []},
        headers={"If-Match": document.headers["etag"]},
    )
    assert changed.status_code == 200
    assert (changed.json()["version"], changed.json()["name"]) == (2, "Plan B")
    stale = staff.client.put(address, json={"name": "x"}, headers={"If-Match": document.headers["etag"]})
    assert "Version 2" in assert_problem(stale, 412)["detail"]
    assert_problem(staff.client.delete(address), 428)
    gone = staff.client.delete(address, headers={"If-Match": changed.headers["etag"]})
    assert (gone.status_code, gone.content) == (204, b"")
    assert_problem(staff.get(address), 404)
    assert_problem(staff.get(f"/planning/gaps?szenario={szenario_id}"), 404)
    assert szenario_id not in {each["id"] for each in staff.json(PATH)["szenarien"]}


def test_the_links_of_a_scenario_lead_to_what_they_say(staff):
    for each in staff.store(NEU).json()["links"]:
        assert staff.get(staff.api.relative(each["href"])).status_code == 200


@pytest.mark.parametrize(
    ("if_match", "status"),
    [
        ("*", 200),
        ("{etag}", 200),
        ('"anders", {etag}', 200),
        ("W/{etag}", 412),
        ('"anders"', 412),
        ("Unsinn", 412),
        ("", 412),
        (None, 428),
    ],
)
def test_e03_only_a_strong_etag_of_what_is_there_may_change_it(staff, if_match, status):
    stored = staff.store(NEU)
    headers = {} if if_match is None else {"If-Match": if_match.format(etag=stored.headers["etag"])}
    path = urlsplit(stored.headers["location"]).path
    assert staff.client.put(path, json={"name": "Neu"}, headers=headers).status_code == status


def test_e03_the_etag_of_a_packed_document_is_taken_too(staff):
    stored = staff.store(*({**NEU, "name": f"Haus {number}"} for number in range(40)))
    path = urlsplit(stored.headers["location"]).path
    packed = staff.get(path, accept_encoding="gzip")
    assert packed.headers["etag"].endswith('-gzip"')
    headers = {"If-Match": packed.headers["etag"]}
    assert staff.client.put(path, json={"name": "Neu"}, headers=headers).status_code == 200


def test_e01_of_two_who_read_the_same_one_is_told(staff):
    stored = staff.store(NEU)
    path, headers = urlsplit(stored.headers["location"]).path, {"If-Match": stored.headers["etag"]}
    answers = [staff.client.put(path, json={"name": name}, headers=headers).status_code for name in "ab"]
    assert answers == [200, 412]


JSON = {"Content-Type": "application/json"}
BODIES = [
    (b'{"name": "x"}', {"Content-Type": "text/plain"}, 415),
    (b'{"name": "x"}', {}, 415),
    (b"name=x", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
    (b'{"name": "x"}', JSON | {"Content-Encoding": "gzip"}, 415),
    (b'{"name": "' + b"x" * MAX_BYTES + b'"}', JSON, 413),
    (b"", JSON, 400),
    (b"{", JSON, 400),
    (b'{"name": "a", "name": "b"}', JSON, 400),
    (b'{"name": "\xff"}', JSON, 400),
    ("{}".encode("utf-16"), JSON, 400),
    (b"[" * 5_000, JSON, 400),
    (b'{"aenderungen": [NaN]}', JSON, 400),
    (b"[]", JSON, 422),
    (b"null", JSON, 422),
    (b"{}", JSON, 422),
    (b'{"name": "\\u0000"}', JSON, 422),
    (b'{"name": "x", "id": "y"}', JSON, 422),
    (b'{"name": "x", "version": 7}', JSON, 422),
    (b'{"name": "x", "aenderungen": [{"was": "schliessen", "angebot": "' + UNKNOWN_ID.encode() + b'"}]}', JSON, 422),
    (b'{"name": "x", "aenderungen": [{"was": "ziel", "ziel": "nichts", "mindestens": 2}]}', JSON, 422),
    (
        b'{"name":"x","aenderungen":[{"was":"bevoelkerung","gebiet":"9","altersgruppe":"ab75","faktor":2}]}',
        JSON,
        422,
    ),
]


@pytest.mark.parametrize(("body", "headers", "status"), BODIES)
def test_b_a_body_that_is_no_scenario_is_refused_and_nothing_is_stored(staff, body, headers, status):
    count = len(staff.json(PATH)["szenarien"])
    assert assert_problem(staff.client.post(PATH, content=body, headers=headers), status)["detail"]
    assert len(staff.json(PATH)["szenarien"]) == count
    path = urlsplit(staff.store(NEU).headers["location"]).path
    assert_problem(staff.client.put(path, content=body, headers=headers | {"If-Match": "*"}), status)
    assert staff.json(path)["version"] == 1


def test_b01_a_body_at_the_cap_is_read(staff):
    body = json.dumps({"name": "am Rand"})
    body += " " * (MAX_BYTES - len(body))
    assert staff.client.post(PATH, content=body, headers=JSON).status_code == 201
    assert_problem(staff.client.post(PATH, content=body + " ", headers=JSON), 413)


def test_b09_an_address_says_what_it_takes(staff):
    one = f"{PATH}/{UNKNOWN_ID}"
    for path, methods in ((PATH, "GET, HEAD, POST, OPTIONS"), (one, "GET, HEAD, PUT, DELETE, OPTIONS")):
        assert staff.client.options(path).headers["allow"] == methods
        refused = staff.client.patch(path)
        assert_problem(refused, 405)
        assert refused.headers["allow"] == methods
    assert staff.client.post(one).headers["allow"] == "GET, HEAD, PUT, DELETE, OPTIONS"
    assert staff.client.put(PATH).headers["allow"] == "GET, HEAD, POST, OPTIONS"
    assert staff.client.options(f"{one}/vergleich").headers["allow"] == "GET, HEAD, OPTIONS"
    assert staff.client.post(f"{one}/vergleich").headers["allow"] == "GET, HEAD, OPTIONS"


def test_i05_no_foreign_page_gets_leave_to_write(staff):
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for path in (PATH, f"{PATH}/{UNKNOWN_ID}"):
        allowed = staff.client.options(path, headers=asked).headers
        assert allowed.get_list("access-control-allow-methods") == ["GET, HEAD, OPTIONS"]
        # A page needs no leave for POST as such, but for JSON in it.
        assert allowed.get_list("access-control-allow-headers") == ["Accept, Authorization, If-None-Match, Prefer"]
    simple = {"Origin": "https://evil.example", "Content-Type": "text/plain"}
    assert_problem(staff.client.post(PATH, content=b'{"name": "x"}', headers=simple), 415)


def test_where_a_new_scenario_is_stands_under_a_header_qgis_finds(staff):
    body = b'{"name": "x"}'
    request = (
        b"POST /planning/scenarios HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body)
    )
    with (
        served(msgspec.structs.replace(staff.api.settings, audience=Audience.STAFF)) as listening,
        socket.create_connection(("127.0.0.1", urlsplit(listening.url).port)) as connection,
    ):
        connection.sendall(request + body)
        said = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert said.startswith(b"HTTP/1.1 201")
    assert b"\r\nLocation: http://127.0.0.1" in said


@pytest.mark.parametrize("figure", OF_PEOPLE)
@pytest.mark.parametrize("szenario", ["szenario={}", inline(NEU)])
def test_the_public_sees_nothing_of_people_through_a_scenario(api, figure, szenario):
    asked = f"/planning/{figure}?{FIGURES.get(figure, '')}&{szenario}".replace("?&", "?")
    assert "Verwaltung" in assert_problem(api.get(asked), 403)["detail"]


@pytest.mark.parametrize("figure", ["bestand", "provision"])
@pytest.mark.parametrize(
    "change",
    [
        {"was": "bevoelkerung", "gebiet": "05334001", "altersgruppe": "ab75", "summand": 1},
        {"was": "ziel", "ziel": "begegnung", "max_minuten": 1},
    ],
)
def test_the_public_may_not_assume_other_people_or_targets(api, figure, change):
    assert_problem(api.get(f"/planning/{figure}?{inline(change)}"), 403)


def test_no_address_takes_a_scenario_that_is_not_judged_above(api):
    """Whoever lets another figure take a scenario has to say here what the public may see of it."""
    taking = {
        each.path
        for each in list_operations(api.json("/api"))
        if {parameter["name"] for parameter in each.parameters} & {"szenario", "gegen"}
    }
    judged = {f"/planning/{figure}" for figure in (*OF_PEOPLE, "bestand", "provision")}
    explained = {f"{path}/explain" for path in judged - {"/planning/vergleich"}}
    assert taking == judged | explained | {"/planning/scenarios/{scenarioId}/vergleich"}
    inputs = {name: api.json(f"/processes/{name}")["inputs"] for name in ("coverage", "catchments", "siting")}
    assert all("szenario" in each for each in inputs.values())


def take_job(client, szenario, **headers):
    body = {"inputs": {"ziel": "begegnung", "szenario": szenario}}
    return client.post("/processes/coverage/execution", json=body, headers=headers)


def fetch_result(staff, taken):
    assert taken.status_code == 201, taken.text
    path = f"/jobs/{taken.json()['jobID']}"
    for _ in range(2_000):
        if staff.json(path)["status"] in {"successful", "failed"}:
            return staff.get(f"{path}/results")
        time.sleep(0.005)
    raise AssertionError(staff.json(path))


def test_a_job_computes_under_its_scenario_as_the_address_does(staff):
    plain = fetch_result(
        staff, staff.client.post("/processes/coverage/execution", json={"inputs": {"ziel": "begegnung"}})
    )
    near = {**NEU, "art": "quartier.seniorentreff", "kapazitaet": None, "punkt": point_in_the_middle(staff.api)}
    text = json.dumps({"aenderungen": [near]})
    assumed = fetch_result(staff, take_job(staff.client, text))
    assert assumed.content == staff.get(f"/planning/coverage?ziel=begegnung&{inline(near)}").content
    assert assumed.content != plain.content
    assert fetch_result(staff, take_job(staff.client, "{}")).content == plain.content


def test_a_job_of_a_stored_scenario_is_not_that_of_its_next_version(staff):
    near = {**NEU, "art": "quartier.seniorentreff", "kapazitaet": None, "punkt": point_in_the_middle(staff.api)}
    stored = staff.store(near)
    szenario_id, path = stored.json()["id"], urlsplit(stored.headers["location"]).path
    first = fetch_result(staff, take_job(staff.client, szenario_id)).json()
    changed = staff.client.put(path, json={"name": "Plan"}, headers={"If-Match": stored.headers["etag"]})
    assert changed.status_code == 200
    second = fetch_result(staff, take_job(staff.client, szenario_id)).json()
    assert [each["herkunft"]["parameter"].get("szenario") is None for each in (first, second)] == [False, True]
    assert second["zeilen"] == staff.json("/planning/coverage?ziel=begegnung")["zeilen"]


@pytest.mark.parametrize("szenario", ["{}", json.dumps({"aenderungen": [NEU]}), UNKNOWN_ID])
def test_the_public_gets_no_job_of_people_under_a_scenario(api, szenario):
    assert_problem(take_job(api.client, szenario), 403)


def test_the_site_proposed_for_a_gap_is_searched_under_the_same_scenario(staff):
    linked = [row["vorschlag"] for row in staff.json(f"/planning/gaps?{inline(NEU)}")["zeilen"] if row["vorschlag"]]
    assert linked
    origin = staff.json(staff.api.relative(linked[0]))["herkunft"]
    assert [change["art"] for change in origin["parameter"]["szenario"]] == [NEU["art"]]


def test_sites_are_proposed_for_whom_a_scenario_leaves_without(staff):
    asked = "/planning/siting?ziel=begegnung&anzahl=1"
    treff = {"was": "neu", "art": "quartier.seniorentreff", "punkt": EAST, "traeger": "Neu"}
    before, after = (
        staff.json(f"{asked}{query}")["herkunft"]["parameter"]["befund"] for query in ("", f"&{inline(treff)}")
    )
    assert after["erreicht_vorher"] > before["erreicht_vorher"]
    assert after["neu_erreicht"] < before["neu_erreicht"]


def test_all_gaps_in_one_list_follow_a_scenario(staff):
    more = inline({"was": "bevoelkerung", "gebiet": "05334001", "altersgruppe": "ab75", "faktor": 2})

    def people(query):
        rows = staff.json(f"/planning/gaps?umfang=gesamt&ebene=kommune{query}")["zeilen"]
        mine = (row for row in rows if row["gebiet"] == "05334001" and row["altersgruppe"] == "ab75")
        return {(row["herkunft"], row["ziel"]): row["personen"] for row in mine}

    before, after = people(""), people(f"&{more}")
    assert before
    assert {gap: after[gap] for gap in before} == pytest.approx({gap: 2 * number for gap, number in before.items()})


def test_the_public_stores_and_reads_no_scenario(api):
    opened = msgspec.structs.replace(api.settings, audience=Audience.STAFF)
    with TestClient(create_app(opened)) as client:
        stored = Staff(client, api).store(NEU)
    path = urlsplit(stored.headers["location"]).path
    for answer in (
        api.client.post(PATH, json={"name": "x"}),
        api.get(PATH),
        api.get(path),
        api.get(f"{PATH}/{UNKNOWN_ID}"),
        api.client.put(path, json={"name": "x"}, headers={"If-Match": "*"}),
        api.client.delete(path, headers={"If-Match": "*"}),
        api.get(f"{path}/vergleich"),
        api.get(f"/planning/bestand?szenario={stored.json()['id']}"),
        api.get(f"/planning/bestand?szenario={UNKNOWN_ID}"),
    ):
        assert_problem(answer, 403)


@pytest.fixture
def issue(api):
    with closing(open_context(api.settings)) as context:
        yield lambda right: {"authorization": f"Bearer {issue_token(context, 'Prüfung', right, 1)[1]}"}


def test_who_may_plan_stores_and_sees_no_people_for_it(api, issue):
    editor = issue(Zustaendigkeit(rolle=Rolle.KOMMUNE_REDAKTION, ags="05334001"))
    statement = {"name": "Plan", "aenderungen": [NEU]}
    stored = api.client.post(PATH, json=statement, headers=editor)
    assert stored.status_code == 201
    szenario_id = stored.json()["id"]
    assert api.get(f"/planning/bestand?szenario={szenario_id}", **editor).status_code == 200
    assert_problem(api.get(f"/planning/coverage?szenario={szenario_id}", **editor), 403)
    assert_problem(api.get(f"{PATH}/{szenario_id}/vergleich", **editor), 403)
    assert_problem(api.get(f"{PATH}/{szenario_id}"), 403)


def test_who_reads_what_is_internal_sees_people_under_a_scenario(api, issue):
    intern = issue(Zustaendigkeit(rolle=Rolle.STATISTIK))
    before = api.get("/planning/coverage")
    assert api.get(f"/planning/coverage?{inline(NEU)}", **intern).status_code == 200
    assert api.get(f"/planning/vergleich?{inline(NEU)}", **intern).status_code == 200
    assert api.get("/planning/coverage").content == before.content
    other = issue(Zustaendigkeit(rolle=Rolle.TRAEGER, traeger="Verein"))
    assert_problem(api.client.post(PATH, json={"name": "x"}, headers=other), 403)


def test_what_the_public_learns_of_a_ratio_it_could_reckon_itself(api):
    """Whatever is assumed of Angebote, the people under a ratio, and which are secret, stay what they are without."""
    plain = api.json("/planning/provision")["zeilen"]
    point = point_in_the_middle(api)
    for kapazitaet in (0, 1, 7, 99_999):
        changes = ({**NEU, "art": "pflege.dauerpflege", "punkt": point, "kapazitaet": kapazitaet}, NEU)
        assumed = api.json(f"/planning/provision?{inline(*changes)}")["zeilen"]
        people = ("ebene", "gebiet", "indicator", "nenner", "altersgruppe", "quelle_nenner", "stichtag_nenner")
        assert [[row[name] for name in people] for row in assumed] == [[row[name] for name in people] for row in plain]
        for row in assumed:
            if row["nenner"] is None:
                assert row["wert"] is None


def test_a_confidential_angebot_answers_like_one_that_is_not_there(staff, api):
    hidden = staff.angebot("Frauenhaus")
    close = {"was": "schliessen", "angebot": hidden}
    assert staff.get(f"/planning/bestand?{inline(close)}").status_code == 200
    refused = assert_problem(api.get(f"/planning/bestand?{inline(close)}"), 404)
    absent = assert_problem(api.get(f"/planning/bestand?{inline({**close, 'angebot': UNKNOWN_ID})}"), 404)
    assert refused["detail"].replace(hidden, "") == absent["detail"].replace(UNKNOWN_ID, "")


def test_two_with_one_content_have_one_fingerprint_whatever_their_names(staff):
    one, other = staff.store(NEU, name="Eins").json(), staff.store({**NEU, "kapazitaet": 14.0}, name="Zwei").json()
    assert one["fingerabdruck"] == other["fingerabdruck"]
    assert one["id"] != other["id"]


def test_an_explanation_is_asked_under_the_scenario_of_its_figure(staff):
    asked = "gebiet=05334001&indicator=vq_dp75"
    stated = {
        row["gebiet"]: row for row in staff.json(f"/planning/provision?{inline(HEIM)}&indicator=vq_dp75")["zeilen"]
    }
    explained = staff.json(f"/planning/provision/explain?{asked}&{inline(HEIM)}")
    assert explained["herleitung"]["wert"] == pytest.approx(stated["05334001"]["wert"])
    assert any("Annahme eines Szenarios" in line for line in explained["rechenweg"])
    assert explained["weitere"]["differenz_region"].endswith(".")
    assert (
        staff.get(f"/planning/provision/explain?{asked}&szenario={{}}").json()["herleitung"]
        == (staff.json(f"/planning/provision/explain?{asked}")["herleitung"])
    )


def test_an_explanation_is_asked_for_a_drawn_area_or_for_a_key(staff):
    area = quote("POLYGON((6.15 50.77, 6.22 50.77, 6.22 50.80, 6.15 50.80, 6.15 50.77))")
    for asked in (
        "provision/explain?indicator=vq_beg",
        "coverage/explain?ziel=begegnung",
        "gaps/explain?ziel=begegnung",
    ):
        assert staff.get(f"/planning/{asked}&flaeche={area}").status_code in {200, 409}
        for both in ("", f"&flaeche={area}&gebiet=05334001"):
            assert assert_problem(staff.get(f"/planning/{asked}{both}"), 400)["parameter"] == "gebiet"


def test_the_public_is_explained_no_people_under_a_scenario(api):
    for asked in ("coverage/explain?ziel=begegnung", "gaps/explain?ziel=begegnung"):
        assert_problem(api.get(f"/planning/{asked}&gebiet=05334001&{inline(NEU)}"), 403)
