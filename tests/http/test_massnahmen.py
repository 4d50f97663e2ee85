"""Maßnahmen are created, changed, given up and voided like Angebote, and stand in the report of their Stichtag."""

import io
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from editing import GESTERN, HEUTE, properties

from infrastruktur.domain.permission import Rolle, Zustaendigkeit
from infrastruktur.resources import folder
from infrastruktur.storage.engine import open_store
from infrastruktur.storage.massnahmen import list_massnahmen

ITEMS = "/collections/massnahmen/items"
OLD = date(2025, 6, 1)
STATED = {
    "titel": "Tagespflege im Norden",
    "fachbereich": "pflege",
    "kommune": "05334001",
    "sozialraum": "05334001-AC01",
    "zustaendig": "Amt für Soziales",
    "status": "beschlossen",
    "frist": "2025-11-30",
    "ziel": "tagespflege",
    "beschreibung": "Räume suchen",
}


def body(**changed: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": None, "properties": {**STATED, **changed}}


def create(writing: Any, token: str, query: str = "", **changed: Any) -> str:
    made = writing.send("POST", f"{ITEMS}{query}", body(**changed), token)
    assert made.status_code == 201, made.text
    address: str = writing.relative(made.headers["location"])
    return address


def patch(writing: Any, address: str, token: str, query: str = "", if_match: str = "", **stated: Any) -> Any:
    headers = {"if_match": if_match} if if_match else {}
    return writing.send("PATCH", f"{address}{query}", {"properties": stated}, token, **headers)


def test_a_massnahme_lies_on_its_area_and_is_read_at_its_address(writing, westen) -> None:
    made = writing.send("POST", ITEMS, body(), westen)
    address = writing.relative(made.headers["location"])
    read = writing.read(address)
    assert (read.headers["etag"], read.json()) == (made.headers["etag"], made.json())
    shown = properties(read)
    assert {name: shown[name] for name in STATED} == STATED
    assert (shown["gebiet_name"], shown["status_seit"]) == ("AC 1", HEUTE.isoformat())
    assert read.json()["geometry"]["type"] == "MultiPolygon"
    assert writing.read(f"{address}?datetime={GESTERN}").status_code == 404
    whole = writing.read(create(writing, westen, sozialraum=None)).json()
    assert whole["properties"]["gebiet_name"] == "Westdorf"


def test_its_status_holds_from_a_day_on_and_the_days_before_stay(writing, westen) -> None:
    address = create(writing, westen, "?ab=2024-01-01", status="vorgeschlagen")
    assert patch(writing, address, westen, f"?ab={OLD}", status="in_umsetzung").status_code == 200
    assert properties(writing.read(f"{address}?datetime={OLD - timedelta(days=1)}"))["status"] == "vorgeschlagen"
    assert properties(writing.read(f"{address}?datetime={OLD}"))["status"] == "in_umsetzung"


def test_put_takes_away_what_is_not_stated_and_patch_leaves_it(writing, westen) -> None:
    address = create(writing, westen)
    assert properties(patch(writing, address, westen, titel="Anders", ziel=None))["beschreibung"] == "Räume suchen"
    complete = {name: STATED[name] for name in ("titel", "fachbereich", "kommune", "zustaendig", "status")}
    put = writing.send("PUT", address, {"type": "Feature", "geometry": None, "properties": complete}, westen)
    shown = properties(put)
    assert {name: shown[name] for name in STATED if name not in complete} == dict.fromkeys(
        ("sozialraum", "frist", "ziel", "beschreibung")
    )


def test_a_gis_sends_everything_back_and_nothing_changes(writing, westen) -> None:
    address = create(writing, westen)
    read = writing.read(address)
    put = writing.send("PUT", address, read.json(), westen, if_match=read.headers["etag"])
    assert (put.status_code, put.headers["etag"]) == (200, read.headers["etag"])


def test_what_is_given_up_is_in_no_layer_from_then_on_and_can_be_taken_up_again(writing, westen) -> None:
    address = create(writing, westen, "?ab=2025-01-01")
    assert writing.send("DELETE", f"{address}?ab={HEUTE}", token=westen).status_code == 204
    assert writing.read(address).status_code == 404
    assert properties(writing.read(f"{address}?datetime={GESTERN}"))["status"] == "beschlossen"
    assert patch(writing, address, westen, titel="Anders").status_code == 410
    assert patch(writing, address, westen, status="beschlossen").status_code == 200
    assert patch(writing, address, westen, status="aufgegeben").json()["geometry"] is None


def test_what_never_was_is_in_no_day_and_its_history_only_for_editors(writing, westen) -> None:
    address = create(writing, westen, "?ab=2025-01-01")
    assert writing.send("DELETE", f"{address}?irrtuemlich=true&grund=Probe", token=westen).status_code == 204
    assert writing.read(f"{address}?datetime={GESTERN}").status_code == 404
    assert writing.read(f"{address}/history").status_code == 404
    entries = writing.send("GET", f"{address}/history", token=westen).json()["aenderungen"]
    assert entries[-1]["grund"] == "irrtümlich angelegt: Probe"


def test_its_history_says_what_changed_and_to_editors_who_and_why(writing, westen) -> None:
    address = create(writing, westen)
    patch(writing, address, westen, "?grund=Umbenannt", titel="Anders")
    public, own = (
        writing.send("GET", f"{address}/history", token=token).json()["aenderungen"] for token in ("", westen)
    )
    (felder,) = own[1]["felder"]
    assert (felder["feld"], felder["vorher"], felder["nachher"]) == ("titel", STATED["titel"], "Anders")
    assert (own[1]["grund"], public[1]["grund"], public[1]["akteur"]) == ("Umbenannt", "", "redaktion")


# Nothing is lost


def test_a_stale_version_meets_what_stands_there_now(writing, westen, anna) -> None:
    address = create(writing, westen)
    etag = writing.read(address).headers["etag"]
    assert patch(writing, address, anna, titel="Annas Titel").status_code == 200
    stale = patch(writing, address, westen, if_match=etag, titel="Mein Titel")
    assert stale.status_code == 412
    assert "Die Maßnahme wurde inzwischen" in stale.json()["detail"]
    (konflikt,) = stale.json()["konflikte"]
    told = (konflikt["vorher"], konflikt["ihre_angabe"], konflikt["jetzt"], konflikt["widerspricht"])
    assert told == (STATED["titel"], "Mein Titel", "Annas Titel", True)
    assert stale.json()["aktuell"]["titel"] == "Annas Titel"


def test_without_a_version_each_field_stands_for_itself(writing, westen, anna) -> None:
    address = create(writing, westen)
    assert patch(writing, address, anna, titel="Annas Titel").status_code == 200
    refused = patch(writing, address, westen, titel="Mein Titel", frist="2027-01-01")
    assert refused.status_code == 409
    (konflikt,) = refused.json()["konflikte"]
    assert (konflikt["feld"], konflikt["ihre_angabe"], konflikt["jetzt"]) == ("titel", "Mein Titel", "Annas Titel")
    assert refused.json()["detail"].startswith("„Titel“ hat vor kurzem jemand anders geändert. Nichts wurde")
    assert properties(writing.read(address))["frist"] == STATED["frist"], "all or nothing"
    assert properties(patch(writing, address, westen, zustaendig="Westen"))["titel"] == "Annas Titel"
    assert properties(patch(writing, address, anna, titel="Noch einer"))["zustaendig"] == "Westen"


def test_what_was_not_taken_is_on_the_worklist_until_it_is_stated_anew(writing, westen, anna) -> None:
    address = create(writing, westen)
    patch(writing, address, anna, titel="Annas Titel")
    assert to_clear(writing, address) == []
    assert patch(writing, address, westen, titel="Mein Titel").status_code == 409
    assert writing.send("DELETE", address, token=westen).status_code == 204, "the status nobody else has touched"
    patch(writing, address, westen, status="beschlossen")
    (row,) = to_clear(writing, address)
    assert (row["grund"], row["name"], row["angebot"], row["art"]) == ("widerspruch", "Annas Titel", None, None)
    assert row["erlaeuterung"].startswith("Zu „Titel“ gibt es zwei Angaben von Hand")
    assert "Mein Titel" not in str(row)
    assert patch(writing, address, anna, titel="Annas Titel").status_code == 200, "looked, and it holds"
    assert to_clear(writing, address) == []


def to_clear(writing: Any, address: str) -> list[dict[str, Any]]:
    """Give the worklist's rows of a Maßnahme."""
    asked = f"/collections/klaerungsbedarf/items?massnahme={address.rpartition('/')[2]}"
    return [each["properties"] for each in writing.json(asked)["features"]]


def test_sent_twice_it_is_created_once(writing, westen) -> None:
    sent = {"idempotency_key": "massnahme-1"}
    first, second = (writing.send("POST", ITEMS, body(titel="Einmal"), westen, **sent) for _ in "12")
    assert first.headers["location"] == second.headers["location"]
    store = open_store(writing.settings)
    with store.read() as connection:
        assert [each.massnahme.titel for each in list_massnahmen(connection)].count("Einmal") == 1
    store.close()


# Refusals


@pytest.mark.parametrize(
    ("changed", "feld"),
    [
        ({"titel": None}, "titel"),
        ({"titel": "x" * 201}, "titel"),
        ({"titel": "a\u202eb"}, "titel"),
        ({"titel": 7}, "titel"),
        ({"fachbereich": "strassen"}, "fachbereich"),
        ({"kommune": "05334999"}, "kommune"),
        ({"kommune": "05334001-AC01"}, "kommune"),
        ({"sozialraum": "05334002-XX01"}, "sozialraum"),
        ({"status": "fertig"}, "status"),
        ({"frist": "31.12.2026"}, "frist"),
        ({"ziel": "glueck"}, "ziel"),
        ({"plaetze": 3}, "plaetze"),
        ({"gebiet_name": "Nirgends"}, "gebiet_name"),
    ],
)
def test_what_cannot_be_taken_is_named_with_its_sentence(writing, fachamt, changed, feld) -> None:
    refused = writing.send("POST", ITEMS, body(**changed), fachamt)
    assert (refused.status_code, [each["feld"] for each in refused.json()["fehler"]]) == (422, [feld])


RIGHTS = {
    None: 401,
    Zustaendigkeit(rolle=Rolle.KOMMUNE_REDAKTION, ags="05334001"): 201,
    Zustaendigkeit(rolle=Rolle.KOMMUNE_REDAKTION, ags="05334002"): 403,
    Zustaendigkeit(rolle=Rolle.FACHAMT, fachbereich="pflege"): 201,
    Zustaendigkeit(rolle=Rolle.FACHAMT, fachbereich="schule"): 403,
    Zustaendigkeit(rolle=Rolle.STATISTIK): 403,
    Zustaendigkeit(rolle=Rolle.TRAEGER, traeger="x"): 403,
    Zustaendigkeit(rolle=Rolle.ADMIN): 201,
}


@pytest.mark.parametrize(("right", "status"), RIGHTS.items())
def test_who_is_responsible_may(writing, fachamt, right, status) -> None:
    token = "" if right is None else writing.issue(right)
    assert writing.send("POST", ITEMS, body(), token).status_code == status
    address, wanted = create(writing, fachamt), 200 if status == 201 else status
    assert patch(writing, address, token, titel="Anders").status_code == wanted
    assert writing.send("PUT", address, body(titel="Ganz"), token, if_match="*").status_code == wanted
    removed = writing.send("DELETE", address, token=token, if_match="*").status_code
    assert removed == (204 if status == 201 else status)


def test_nobody_moves_one_out_of_the_own_kommune(writing, westen) -> None:
    address = create(writing, westen)
    assert patch(writing, address, westen, kommune="05334002", sozialraum=None).status_code == 403


def test_options_say_who_may_change(writing, westen) -> None:
    told = [writing.send("OPTIONS", ITEMS, token=token).headers["allow"] for token in ("", westen)]
    assert ["POST" in each for each in told] == [False, True]


def test_it_answers_a_target_of_the_installation_s_own_too(writing, fachamt) -> None:
    own = writing.settings.home / "ziele.toml"
    standard = (folder("schemas") / "ziele.toml").read_text(encoding="utf-8")
    _, first, *_ = standard.split("[[ziel]]")
    stated = first.replace('"tagespflege"', '"nachtpflege"').replace('titel = "', 'titel = "Eigenes: ')
    own.write_text(f"[[ziel]]{stated}", encoding="utf-8")
    try:
        address = create(writing, fachamt, f"?ab={OLD}", ziel="nachtpflege", titel="Für das eigene Ziel")
        rows = writing.json("/planning/massnahmen?stichtag=2025-12-31")["zeilen"]
        assert [row["ziel_titel"][:8] for row in rows if row["ziel"] == "nachtpflege"] == ["Eigenes:"]
        assert writing.json(f"{ITEMS}?ziel=nachtpflege")["numberMatched"] == 1
    finally:
        own.unlink()
    assert properties(patch(writing, address, fachamt, titel="Das Ziel gilt nicht mehr"))["ziel"] == "nachtpflege"
    refused = patch(writing, address, fachamt, ziel="morgenpflege")
    assert "tagespflege" in refused.json()["fehler"][0]["meldung"]


# The report


def test_the_report_has_the_massnahmen_of_its_day(writing, fachamt) -> None:
    titel = "Nur hier"
    address = create(writing, fachamt, f"?ab={OLD}", titel=titel)
    create(writing, fachamt, "?ab=2026-01-01", titel=f"{titel}, später")
    patch(writing, address, fachamt, "?ab=2026-02-01", status="umgesetzt")

    def report(query: str) -> list[dict[str, Any]]:
        rows = writing.json(f"/planning/massnahmen?{query}")["zeilen"]
        return [row for row in rows if row["titel"].startswith(titel)]

    (row,) = report("stichtag=2025-12-31")
    assert (row["ebene"], row["gebiet"], row["status"], row["status_seit"]) == (
        "sozialraum",
        "05334001-AC01",
        "beschlossen",
        OLD.isoformat(),
    )
    assert (row["ueberfaellig"], row["ziel_titel"][:11]) == (True, "Tagespflege")
    later = report("stichtag=2026-02-01")
    assert [(each["status"], each["ueberfaellig"]) for each in later] == [("umgesetzt", False), ("beschlossen", True)]
    assert report("stichtag=2025-12-31&kommune=05334002") == []


def test_the_workbook_of_the_report_has_both_tables(writing, fachamt) -> None:
    create(writing, fachamt, f"?ab={OLD}", titel="=Im Bericht")
    body = writing.read("/planning/bestandsbericht?stichtag=2025-12-31&f=xlsx").content
    book = openpyxl.load_workbook(io.BytesIO(body))
    assert book.sheetnames == [
        "Bestand nach § 7 Abs. 4 APG NRW",
        "Maßnahmen (§ 7 Abs. 4 APG NRW)",
        "Herkunft bestandsbericht",
        "Herkunft massnahmen",
    ]
    assert "'=Im Bericht" in [cell.value for cell in book.worksheets[1]["D"]]


def test_what_was_known_is_known_for_ever(writing, fachamt) -> None:
    address = create(writing, fachamt, f"?ab={OLD}", titel="Damals")
    entries = writing.send("GET", f"{address}/history", token=fachamt).json()["aenderungen"]
    moment = entries[0]["zeitpunkt"].replace("+00:00", "Z")
    patch(writing, address, fachamt, titel="Heute")
    then = writing.read(f"{address}?known_at={moment}")
    assert properties(then)["titel"] == "Damals"
    assert properties(writing.read(address))["titel"] == "Heute"
