"""Features are created, changed, closed, voided and confirmed; nothing is lost, and nobody learns another's secrets."""

import argparse
import json
import re
import shlex
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from editing import (
    ANDERES,
    ANGEBOTE,
    GESTERN,
    HEUTE,
    IN_OST,
    IN_WEST,
    PFLEGE,
    PLANE,
    QUARTIER,
    SOUTH,
    WEST,
    create,
    feature,
    now,
    patch,
    properties,
)
from litestar.testing import TestClient

from infrastruktur.app import create_app
from infrastruktur.domain.adresse import Adresse
from infrastruktur.domain.angebot import traeger_id
from infrastruktur.domain.permission import Rolle, Zustaendigkeit
from infrastruktur.settings import Editing
from infrastruktur.storage.adressen import put_adressen
from infrastruktur.storage.engine import open_store

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")

# What is needed


def test_a_need_is_confirmed_with_its_day_and_place_and_taken_back(writing, fachamt) -> None:
    heim = feature(IN_WEST, art="pflege.dauerpflege", name="Haus am Wald", status="geplant", kapazitaet=40)
    made = create(writing, fachamt, heim, PFLEGE)
    address = writing.relative(made.headers["location"])
    bedarf = f"{address}/bedarfsbestaetigung"
    assert writing.read(bedarf).status_code == 404
    stated = {"tag": "2025-03-01", "fundstelle": "Beschluss 2025/0042"}
    sent = {"content_type": "application/json", "if_match": made.headers["etag"]}
    put = writing.send("PUT", bedarf, stated, fachamt, **sent)
    assert put.status_code == 200, put.text
    assert writing.read(bedarf).json() == {"id": address.rpartition("/")[2], **stated}
    assert writing.send("PUT", bedarf, stated, fachamt, **sent).status_code == 412
    assert patch(writing, address, fachamt, name="Haus am Feld").status_code == 200
    assert writing.read(bedarf).json()["tag"] == "2025-03-01", "another change leaves it"
    entries = writing.send("GET", f"{address}/history", token=fachamt).json()["aenderungen"]
    assert [each["titel"] for each in entries[1]["felder"]] == [
        "Bedarfsbestätigung vom",
        "Fundstelle der Bedarfsbestätigung",
    ]
    assert writing.send("DELETE", bedarf, token=fachamt).status_code == 204
    assert writing.read(bedarf).status_code == 404


@pytest.mark.parametrize(
    "stated",
    [
        {"tag": "2025-03-01"},
        {"tag": "2025-03-01", "fundstelle": " "},
        {"tag": "2025-03-01", "fundstelle": "x" * 201},
        {"tag": "2025-03-01", "fundstelle": "a\u202eb"},
        {"tag": "9999-12-31", "fundstelle": "x"},
        {"tag": "gestern", "fundstelle": "x"},
        {"tag": "2025-03-01", "fundstelle": "x", "plaetze": 3},
    ],
)
def test_a_need_nobody_can_find_again_is_refused(writing, fachamt, stated) -> None:
    made = create(writing, fachamt, feature(IN_WEST, art="pflege.dauerpflege"), PFLEGE)
    bedarf = f"{writing.relative(made.headers['location'])}/bedarfsbestaetigung"
    refused = writing.send("PUT", bedarf, stated, fachamt, content_type="application/json")
    assert refused.status_code == 422


# Create


def test_a_new_feature_lies_where_its_point_is_and_can_be_read_at_its_address(writing, westen) -> None:
    created = create(writing, westen, feature(hausnummer="1", strasse="Markt"))
    shown = created.json()["properties"]
    assert (shown["kommune"], shown["sozialraum"]) == ("05334001", "05334001-AC01")
    assert (shown["status"], shown["strasse"], shown["traeger"]) == ("in_betrieb", "Markt", None)
    read = writing.read(writing.relative(created.headers["location"]))
    assert read.headers["etag"] == created.headers["etag"]
    assert read.json() == {name: value for name, value in created.json().items() if name != "verortung"}
    assert created.json()["verortung"]["guete"] == "angegeben"


def test_the_past_does_not_know_what_is_new(writing, treff) -> None:
    assert writing.read(f"{treff}?datetime={GESTERN}").status_code == 404
    assert writing.read(f"{treff}?datetime={HEUTE}").status_code == 200


def test_a_day_may_be_named_from_which_on_it_holds(writing, westen) -> None:
    path = f"{ANDERES}&ab=2020-01-01&grund=Nacherfassung"
    created = writing.send("POST", path, feature(), westen, content_crs=PLANE)
    address = writing.relative(created.headers["location"])
    assert properties(writing.read(f"{address}?datetime=2020-01-01"))["status"] == "in_betrieb"
    assert writing.read(f"{address}?datetime=2019-12-31").status_code == 404


@pytest.mark.parametrize("crs", [PLANE, PLANE.strip("<>")])
def test_content_crs_is_read_with_and_without_its_brackets(writing, westen, crs) -> None:
    created = writing.send("POST", ANDERES, feature(), westen, content_crs=crs)
    read = writing.read(
        f"{writing.relative(created.headers['location'])}?crs=http://www.opengis.net/def/crs/EPSG/0/25832"
    )
    assert read.json()["geometry"]["coordinates"] == list(IN_WEST)


def test_without_content_crs_longitude_comes_first(writing, westen) -> None:
    created = writing.send("POST", QUARTIER, feature((6.153, 50.785)), westen)
    assert created.status_code in {201, 403}  # readable; whether it lies in Westdorf is the next rule's business
    swapped = writing.send("POST", QUARTIER, feature((50.785, 6.153)), westen)
    assert swapped.status_code == 422
    assert "vertauscht" in swapped.json()["fehler"][0]["meldung"]


def test_qgis_sends_null_for_what_the_catalogue_gives(writing, westen) -> None:
    nothing = dict.fromkeys(("id", "einheit", "kommune", "sozialraum", "zuletzt_geprueft", "traeger"))
    assert create(writing, westen, feature(**nothing)).json()["properties"]["kommune"] == "05334001"


def test_an_address_becomes_a_point_where_the_table_knows_the_house(writing, westen) -> None:
    store = open_store(writing.settings).of_installation()
    east, north = IN_WEST
    with store.write() as connection:
        known = [Adresse("Gasse", "7", "01067", IN_WEST)]
        known += [Adresse("Allee", "1", "01067", (east + shift, north)) for shift in (0, 300)]
        put_adressen(connection, "tabelle", known)
    store.close()
    found = create(writing, westen, feature(None, strasse="gasse", hausnummer="7", plz="01067")).json()
    assert found["verortung"]["guete"] == "haus"
    assert found["properties"]["sozialraum"] == "05334001-AC01"
    for street, guete in (("Allee", "mehrdeutig"), ("Nirgends", "unbekannt")):
        stated = feature(None, strasse=street, hausnummer="1", plz="01067", ort="Westdorf")
        told = create(writing, westen, stated).json()
        assert (told["verortung"]["guete"], told["geometry"]) == (guete, None)
        assert told["properties"]["kommune"] == "05334001"  # the Ort names it


# Refusals


@pytest.mark.parametrize(
    ("body", "felder"),
    [
        (feature(kommune="05334002"), ["kommune"]),
        (feature(id="x", einheit="Betten", version=3, created_by="x"), ["id", "version", "created_by"]),
        (feature(name=None), ["name"]),
        (feature(name="x" * 201, plz="1067"), ["name", "plz"]),
        (feature(art="schule.grundschule"), ["art"]),
        (feature(art=None), ["art"]),
        (feature((WEST, 1.0)), ["geometry"]),
        ({**feature(), "id": "x"}, ["id"]),
    ],
)
def test_every_field_that_is_wrong_is_named_with_what_to_do(writing, westen, body, felder) -> None:
    refused = writing.send("POST", QUARTIER, body, westen, content_crs=PLANE)
    assert refused.status_code == 422, refused.text
    assert set(felder) <= {each["feld"] for each in refused.json()["fehler"]}
    assert all(each["meldung"].endswith((".", ")")) for each in refused.json()["fehler"])


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b'{"type": "Feature"}', 422),
        (b'{"type": "Feature", "properties": {"name": ' + b"[" * 50_000, 400),
        (b'{"type": "Feature", "properties": {}, "geometry": {"type": "GeometryCollection", "geometries": []}}', 422),
        (b'{"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": []}}', 422),
        (b'{"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": ["6", "50"]}}', 422),
        (b'{"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [1e999, 50]}}', 422),
        (b'{"type": "Feature", "properties": {}, "geometry": null, "crs": {}}', 422),
        (b'{"type": "Feature", "properties": {"name": "\xff"}, "geometry": null}', 400),
    ],
)
def test_what_is_no_feature_is_refused_and_nothing_falls_over(writing, westen, content, status) -> None:
    assert writing.send("POST", QUARTIER, content, westen).status_code == status


def test_a_body_of_another_type_is_refused(writing, westen, treff) -> None:
    for method, path, media_type in (
        ("POST", QUARTIER, "text/xml"),
        ("PUT", treff, "application/merge-patch+json"),
        ("PATCH", treff, "application/geo+json"),
    ):
        refused = writing.send(method, path, feature(), westen, content_type=media_type)
        assert refused.status_code == 415, (method, refused.text)
    packed = writing.send("POST", QUARTIER, feature(), westen, content_encoding="gzip")
    assert packed.status_code == 415
    assert writing.send("POST", QUARTIER, feature(), westen, content_crs="EPSG:25832").status_code == 400
    large = b" " * (writing.settings.limits.body_bytes + 1)
    assert writing.send("POST", QUARTIER, large, westen).status_code == 413


@pytest.mark.parametrize("collection", ["standorte", "kommunen", "sozialraeume", "klaerungsbedarf", "luecken"])
def test_a_layer_of_what_is_computed_can_only_be_read(writing, fachamt, collection) -> None:
    path = f"/collections/{collection}/items"
    refused = writing.send("POST", path, feature(), fachamt)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert writing.send("OPTIONS", path, token=fachamt).headers["allow"] == "GET, HEAD, OPTIONS"


def test_who_shows_nothing_is_asked_to_sign_in(writing, treff) -> None:
    for method, path in (("POST", QUARTIER), ("PUT", treff), ("PATCH", treff), ("DELETE", treff)):
        body = None if method == "DELETE" else {"properties": {}} if method == "PATCH" else feature()
        refused = writing.send(method, path, body)
        assert refused.status_code == 401, (method, refused.text)


# Where one may write


def test_nobody_creates_in_a_foreign_kommune_or_moves_something_there_or_from_there(writing, westen, osten) -> None:
    assert writing.send("POST", QUARTIER, feature(IN_OST), westen, content_crs=PLANE).status_code == 403
    assert writing.send("POST", QUARTIER, feature(None), westen).status_code == 403  # in no Kommune anybody knows
    address = writing.relative(create(writing, westen).headers["location"])
    there = {"geometry": {"type": "Point", "coordinates": list(IN_OST)}}
    for token in (westen, osten):
        assert writing.send("PATCH", address, there, token, content_crs=PLANE).status_code == 403
    assert patch(writing, address, osten, name="Unser").status_code == 403
    assert writing.send("DELETE", address, token=osten).status_code == 403
    assert properties(writing.read(address))["name"] == "Treff am Markt"


def test_the_pflege_s_capacity_takes_the_fachamt(writing, westen, fachamt) -> None:
    heim = writing.read(f"{PFLEGE}?name=Heim%201").json()["features"][0]["id"]
    address = f"{PFLEGE}/{heim}"
    refused = patch(writing, address, westen, kapazitaet=50)
    assert (refused.status_code, "Fachamt" in refused.json()["detail"]) == (403, True)
    assert properties(patch(writing, address, westen, name="Heim Eins"))["kapazitaet"] == 81
    changed = properties(patch(writing, address, fachamt, kapazitaet=50))
    assert changed["kapazitaet"] == 50
    assert properties(writing.read(f"{address}?datetime={GESTERN}"))["kapazitaet"] == 81


def test_r14_what_is_confidential_is_not_there_in_the_same_words(writing, westen, fachamt) -> None:
    (hidden,) = [
        each["id"]
        for each in writing.read("/collections/beratung/items", fachamt).json()["features"]
        if each["properties"]["name"] == "Frauenhaus"
    ]
    nothing = "0" * len(hidden)
    for method, rest in (("PATCH", ""), ("PUT", ""), ("DELETE", ""), ("GET", "/history"), ("POST", "/bestaetigung")):
        body = {"properties": {"name": "x"}} if method == "PATCH" else feature() if method == "PUT" else None
        answers = [
            writing.send(method, f"/collections/beratung/items/{id_}{rest}", body, westen, content_crs=PLANE)
            for id_ in (hidden, nothing)
        ]
        assert [each.status_code for each in answers] == [404, 404], (method, rest)
        assert answers[0].text.replace(hidden, nothing) == answers[1].text
    wohnung = feature(name="WG", art="pflege.wg_selbst")
    refused = writing.send("POST", PFLEGE, wohnung, westen, content_crs=PLANE)
    assert refused.status_code == 403
    shown = patch(writing, f"/collections/beratung/items/{hidden}", fachamt, name="Haus")
    assert shown.status_code == 200
    assert "Haus" not in {each["properties"]["name"] for each in writing.read(ANGEBOTE).json()["features"]}


def test_a_feature_is_changed_in_the_layers_that_hold_it_only(writing, westen, treff) -> None:
    id_ = treff.rpartition("/")[2]
    assert patch(writing, f"{PFLEGE}/{id_}", westen, name="x").status_code == 404
    assert properties(patch(writing, f"{ANGEBOTE}/{id_}", westen, name="Neu"))["name"] == "Neu"


# Change


def test_a_patch_changes_what_it_names_and_null_takes_away(writing, westen) -> None:
    created = create(writing, westen, feature(strasse="Markt", plz="01067", traeger="Verein"))
    address = writing.relative(created.headers["location"])
    changed = properties(patch(writing, address, westen, name="Neu", strasse=None))
    before = created.json()["properties"]
    assert changed == {**before, "name": "Neu", "strasse": None}


def test_a_put_takes_away_what_it_does_not_name(writing, westen) -> None:
    created = create(writing, westen, feature(strasse="Markt", plz="01067", traeger="Verein"))
    address = writing.relative(created.headers["location"])
    whole = {**feature(), "properties": {"name": "Neu", "art": "quartier.seniorentreff", "status": "in_betrieb"}}
    changed = properties(writing.send("PUT", address, whole, westen, content_crs=PLANE))
    assert {name: changed[name] for name in ("name", "strasse", "plz", "traeger")} == {
        "name": "Neu",
        "strasse": None,
        "plz": None,
        "traeger": None,
    }


def test_a_whole_feature_sent_back_changes_nothing(writing, westen, treff) -> None:
    read = writing.read(treff)
    sent = writing.send("PUT", treff, read.json(), westen)
    assert sent.status_code == 200, sent.text
    assert sent.headers["etag"] == read.headers["etag"]


def test_a_point_that_moves_changes_its_sozialraum_at_once(writing, westen, treff) -> None:
    there = {"geometry": {"type": "Point", "coordinates": [WEST + 700, SOUTH + 100]}}
    moved = writing.send("PATCH", treff, there, westen, content_crs=PLANE)
    assert properties(moved)["sozialraum"] == "05334001-AC02"
    assert properties(writing.read(treff))["sozialraum"] == "05334001-AC02"
    nowhere = writing.send("PATCH", treff, {"geometry": None}, westen)
    assert nowhere.status_code == 403  # in no Kommune any more: not this editor's to take away


# Opening hours


def test_opening_hours_of_the_pflege_are_corrected_at_once(writing, westen, fachamt) -> None:
    heim = writing.relative(create(writing, fachamt, feature(art="pflege.tagespflege"), PFLEGE).headers["location"])
    waiting = writing.read("/vorschlaege", fachamt).json()["vorschlaege"]
    corrected = patch(writing, heim, westen, oeffnungszeiten="Mo-Fr 8-16 Uhr, Feiertag geschlossen")
    assert properties(corrected)["oeffnungszeiten"] == "Mo-Fr 08:00-16:00, PH off"
    assert properties(writing.read(heim))["oeffnungszeiten"] == "Mo-Fr 08:00-16:00, PH off"
    assert "<dd>Mo-Fr 08:00-16:00, Feiertag geschlossen</dd>" in writing.read(f"{heim}?f=html").text
    assert writing.read("/vorschlaege", fachamt).json()["vorschlaege"] == waiting
    (told,) = writing.read(f"{heim}/history").json()["aenderungen"][-1]["felder"]
    assert (told["titel"], told["vorher"], told["nachher"]) == ("Öffnungszeiten", None, "Mo-Fr 08:00-16:00, PH off")


def test_opening_hours_nobody_understands_are_answered_with_how_to_write_them(writing, westen, treff) -> None:
    refused = patch(writing, treff, westen, oeffnungszeiten="werktags vormittags")
    assert refused.status_code == 422
    (fehler,) = refused.json()["fehler"]
    assert fehler["feld"] == "oeffnungszeiten"
    assert "Bitte so schreiben: Mo-Fr 08:00-12:00" in fehler["meldung"]


def test_opening_hours_are_a_field_of_their_own_of_every_moment_and_of_what_was_corrected(
    writing, westen, anna, treff
) -> None:
    read, before, since = writing.read(treff).headers["etag"], now(), now("von_known_at")
    assert patch(writing, treff, anna, oeffnungszeiten="Mo 9-12 Uhr").status_code == 200
    disputed = patch(writing, treff, westen, oeffnungszeiten="Di 9-12 Uhr")
    stale = writing.send("PATCH", treff, {"properties": {"oeffnungszeiten": "Di 9-12"}}, westen, if_match=read)
    for refused, status in ((disputed, 409), (stale, 412)):
        assert refused.status_code == status
        (konflikt,) = refused.json()["konflikte"]
        assert (konflikt["jetzt"], konflikt["ihre_angabe"]) == ("Mo 09:00-12:00", "Tu 09:00-12:00")
    assert patch(writing, treff, westen, ort="Dorf").status_code == 200
    assert properties(writing.read(f"{treff}?{before}"))["oeffnungszeiten"] is None
    found = writing.json(f"/collections/veraenderungen/items?bis={HEUTE}&{since}&was=oeffnungszeiten")["features"]
    assert [each["properties"]["nachher"] for each in found] == ["Mo 09:00-12:00"]


# Close, void, open again


def test_closed_is_closed_from_a_day_on_and_stays_in_the_days_before(writing, westen) -> None:
    made = writing.send("POST", f"{ANDERES}&ab=2020-01-01", feature(), westen, content_crs=PLANE)
    address = writing.relative(made.headers["location"])
    assert writing.send("DELETE", address, token=westen).status_code == 204
    assert writing.read(address).status_code == 404
    assert properties(writing.read(f"{address}?datetime={GESTERN}"))["status"] == "in_betrieb"
    assert patch(writing, address, westen, name="x").status_code == 410
    assert writing.send("DELETE", address, token=westen).status_code == 410
    assert properties(patch(writing, address, westen, status="in_betrieb"))["status"] == "in_betrieb"


def test_closing_may_be_announced(writing, westen, treff) -> None:
    last = HEUTE + timedelta(days=30)
    closing = f"{treff}?ab={last + timedelta(days=1)}"
    assert writing.send("DELETE", closing, token=westen).status_code == 204
    assert writing.read(f"{treff}?datetime={last}").status_code == 200
    assert writing.read(f"{treff}?datetime={last + timedelta(days=1)}").status_code == 404


def test_void_leaves_every_layer_and_day_and_stays_in_the_history(writing, westen) -> None:
    made = writing.send("POST", f"{ANDERES}&ab=2020-01-01", feature(name="Irrtum"), westen, content_crs=PLANE)
    address = writing.relative(made.headers["location"])
    removed = writing.send("DELETE", f"{address}?irrtuemlich=true&grund=doppelt", token=westen)
    assert removed.status_code == 204
    for day in ("2020-01-01", str(HEUTE)):
        for path in (ANGEBOTE, QUARTIER, "/collections/standorte/items"):
            assert "Irrtum" not in writing.read(f"{path}?datetime={day}").text
        assert writing.read(f"{address}?datetime={day}").status_code == 404
    assert writing.read(f"{address}/history").status_code == 404
    told = writing.read(f"{address}/history", westen).json()["aenderungen"]
    assert told[-1]["grund"] == "irrtümlich angelegt: doppelt"
    assert patch(writing, address, westen, name="x").status_code == 410


# Confirm, history


def test_a_confirmation_is_an_event_that_changes_nothing_else(writing, westen, treff) -> None:
    before = properties(writing.read(treff))
    confirmed = properties(writing.send("POST", f"{treff}/bestaetigung", token=westen))
    assert confirmed == {**before, "zuletzt_geprueft": str(HEUTE)}
    told = writing.read(f"{treff}/history", westen).json()["aenderungen"]
    assert [each["feld"] for each in told[-1]["felder"]] == ["zuletzt_geprueft"]


def test_a_traeger_confirms_what_is_its_own_and_changes_nothing(writing) -> None:
    heime = {
        each["properties"]["traeger"]: each["id"] for each in writing.read(f"{PFLEGE}?limit=100").json()["features"]
    }
    own, other = (f"{PFLEGE}/{heime[f'Träger {number}']}" for number in (2, 3))
    token = writing.issue(Zustaendigkeit(rolle=Rolle.TRAEGER, traeger=traeger_id("Träger 2")))
    assert writing.send("POST", f"{own}/bestaetigung", token=token).status_code == 200
    assert writing.send("POST", f"{other}/bestaetigung", token=token).status_code == 403
    assert patch(writing, own, token, name="x").status_code == 403


def test_the_history_tells_the_public_what_and_those_who_care_also_who_and_why(writing, westen, treff) -> None:
    writing.send("PATCH", f"{treff}?grund=Anruf", {"properties": {"name": "Neu"}}, westen)
    public, trusted = (writing.read(f"{treff}/history", token).json()["aenderungen"] for token in ("", westen))
    assert [each["felder"] for each in public] == [each["felder"] for each in trusted]
    assert public[-1]["felder"] == [{"feld": "name", "titel": "Name", "vorher": "Treff am Markt", "nachher": "Neu"}]
    assert (public[-1]["akteur"], public[-1]["grund"]) == ("redaktion", "")
    assert (trusted[-1]["akteur"].partition(":")[0], trusted[-1]["grund"]) == ("token", "Anruf")


def test_a_history_tells_nothing_of_what_says_nothing(writing, westen) -> None:
    address = writing.relative(create(writing, westen, feature(traeger="Verein")).headers["location"])
    assert patch(writing, address, westen, traeger=None).status_code == 200
    begun, taken = writing.read(f"{address}/history").json()["aenderungen"]
    assert {"ort", "ersetzt_durch"}.isdisjoint(each["feld"] for each in begun["felder"])
    assert [(each["vorher"], each["nachher"]) for each in taken["felder"]] == [("Verein", None)]


# At the same time


def test_e01_a_stale_version_is_told_what_stands_there_now(writing, westen, anna, treff) -> None:
    read = writing.read(treff).headers["etag"]
    assert writing.send("PATCH", treff, {"properties": {"name": "Anna"}}, anna, if_match=read).status_code == 200
    refused = writing.send("PATCH", treff, {"properties": {"name": "Bernd"}}, westen, if_match=read)
    assert refused.status_code == 412
    told = refused.json()
    assert told["aktuell"]["name"] == "Anna"
    (name,) = told["konflikte"]
    assert (name["vorher"], name["ihre_angabe"], name["jetzt"]) == ("Treff am Markt", "Bernd", "Anna")
    assert name["widerspricht"]


def test_e02_different_fields_are_told_apart_from_the_same_one(writing, westen, anna, treff) -> None:
    read = writing.read(treff).headers["etag"]
    assert writing.send("PATCH", treff, {"properties": {"plz": "01067"}}, anna, if_match=read).status_code == 200
    refused = writing.send("PATCH", treff, {"properties": {"ort": "Westdorf"}}, westen, if_match=read)
    found = {each["feld"]: each for each in refused.json()["konflikte"]}
    assert {name: each["widerspricht"] for name, each in found.items()} == {"plz": False, "ort": False}
    assert (found["plz"]["jetzt"], found["ort"]["ihre_angabe"]) == ("01067", "Westdorf")


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("{0}", 200),
        ('"nichts", {0}', 200),
        ("*", 200),
        ("W/{0}", 412),
        ('"v99.1-0"', 412),
        ("nichts", 412),
        ('""', 412),
        ("", 412),
    ],
)
def test_e03_if_match_compares_strongly(writing, westen, treff, written, status) -> None:
    for encoding in ("identity", "gzip", "br", "zstd"):
        read = writing.send("GET", treff, accept_encoding=encoding).headers["etag"]
        sent = writing.send("PATCH", treff, {"properties": {}}, westen, if_match=written.format(read))
        assert sent.status_code == status, (encoding, read)


def test_without_a_version_what_another_person_just_changed_is_not_overwritten(writing, westen, anna, treff) -> None:
    assert patch(writing, treff, anna, name="Anna").status_code == 200
    refused = patch(writing, treff, westen, name="Bernd")
    assert refused.status_code == 409
    assert "„Name“ hat vor kurzem jemand anders geändert" in refused.json()["detail"]
    assert properties(writing.read(treff))["name"] == "Anna"
    assert properties(patch(writing, treff, westen, ort="Westdorf"))["ort"] == "Westdorf"  # another field is free
    assert properties(patch(writing, treff, westen, name="Anna"))["name"] == "Anna"  # and so is the same value
    assert properties(patch(writing, treff, anna, name="Anna B."))["name"] == "Anna B."  # and one's own


def test_a_dispute_stands_on_the_worklist_until_somebody_decides(writing, westen, anna, treff) -> None:
    entry = f"/collections/klaerungsbedarf/items/{treff.rpartition('/')[2]}.widerspruch"
    patch(writing, treff, anna, name="Anna")
    for _ in range(2):
        assert patch(writing, treff, westen, name="Bernd").status_code == 409
    told = properties(writing.read(entry))
    assert "„Name“" in told["erlaeuterung"]
    assert "Bernd" not in json.dumps(told)
    current = writing.read(treff).headers["etag"]
    assert writing.send("PATCH", treff, {"properties": {"name": "Bernd"}}, westen, if_match=current).status_code == 200
    assert writing.read(entry).status_code == 404


def test_e04_a_request_sent_twice_is_done_once(writing, westen) -> None:
    body, key = feature(name="Zweimal"), "schluessel-1"
    first, again = (
        writing.send("POST", ANDERES, body, westen, content_crs=PLANE, idempotency_key=key) for _ in range(2)
    )
    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.content, again.headers["location"], again.headers["etag"]) == (
        first.content,
        first.headers["location"],
        first.headers["etag"],
    )
    assert writing.read(f"{QUARTIER}?name=Zweimal").json()["numberMatched"] == 1
    other = writing.send("POST", ANDERES, feature(name="Andere"), westen, content_crs=PLANE, idempotency_key=key)
    assert other.status_code == 422
    assert other.json()["type"].endswith("key-reused")
    address = writing.relative(first.headers["location"])
    for _ in range(2):
        assert writing.send("DELETE", address, token=westen, idempotency_key="weg").status_code == 204
    assert writing.send("DELETE", address, token=westen).status_code == 410


def test_e04_a_key_is_each_person_s_own(writing, westen, osten) -> None:
    for token, point in ((westen, IN_WEST), (osten, IN_OST)):
        made = writing.send("POST", ANDERES, feature(point), token, content_crs=PLANE, idempotency_key="meiner")
        assert made.status_code == 201
    assert writing.send("POST", QUARTIER, feature(None), westen, idempotency_key="a b").status_code == 400


# What a client learns beforehand


def test_options_says_what_who_asks_may_do(writing, westen, treff) -> None:
    statistik = writing.issue(Zustaendigkeit(rolle=Rolle.STATISTIK))
    schule = writing.issue(Zustaendigkeit(rolle=Rolle.FACHAMT, fachbereich="schule"))
    for token, path, allowed in (
        (westen, QUARTIER, "GET, HEAD, POST, OPTIONS"),
        (westen, treff, "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"),
        ("", QUARTIER, "GET, HEAD, OPTIONS"),
        (statistik, treff, "GET, HEAD, OPTIONS"),
        (schule, QUARTIER, "GET, HEAD, OPTIONS"),
        (schule, ANGEBOTE, "GET, HEAD, POST, OPTIONS"),
    ):
        answer = writing.send("OPTIONS", path, token=token)
        assert (answer.status_code, answer.headers["allow"]) == (200, allowed)
        whole = "GET, HEAD, POST, OPTIONS" if path in (QUARTIER, ANGEBOTE) else "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"
        assert answer.headers["access-control-allow-methods"] == whole
    assert "If-Match" in writing.send("OPTIONS", treff).headers["access-control-allow-headers"]


def test_location_is_written_as_qgis_reads_it(writing, westen) -> None:
    raw = create(writing, westen).headers.raw
    assert b"Location" in [name for name, _ in raw]


# The first task of an editor


def test_the_calls_of_the_readme_find_correct_confirm_and_show_the_history(writing, westen) -> None:
    create(writing, westen, feature(ort="Stolberg", traeger="Verein"))
    (block,) = [each for each in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) if "-X PATCH" in each]
    find, correct, look = (shlex.split(line) for line in block.replace("\\\n", " ").splitlines())
    (found,) = run(writing, find, westen).json()["features"]
    corrected = run(writing, correct, westen, found["id"])
    assert properties(corrected)["oeffnungszeiten"] == "Mo-Fr 09:00-12:00, Th 14:00-18:00"
    assert properties(corrected)["zuletzt_geprueft"] == str(HEUTE)
    last = run(writing, look, westen, found["id"]).json()["aenderungen"][-1]
    assert last["grund"] == "Anruf"
    assert {each["feld"] for each in last["felder"]} == {"oeffnungszeiten", "hausnummer", "zuletzt_geprueft"}


def test_the_calls_of_the_readme_propose_and_approve(writing, westen, fachamt) -> None:
    body = feature(art="pflege.tagespflege", kapazitaet=20, strasse="README-Weg")
    heim = create(writing, fachamt, body, PFLEGE).headers["location"].rpartition("/")[2]
    (block,) = [each for each in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) if "/freigabe" in each]
    told = block.replace("\\\n", " ").replace("$FACHAMT", fachamt).splitlines()
    propose, look, approve = map(shlex.split, told)
    made = run(writing, propose, westen, heim)
    assert (made.status_code, made.json()["grund"]) == (201, "Anbau")
    waiting = [each["id"] for each in run(writing, look, fachamt).json()["vorschlaege"]]
    assert made.json()["id"] in waiting
    named = [word.replace("$VORSCHLAG", made.json()["id"]) for word in approve]
    assert run(writing, named, fachamt).status_code == 200
    assert properties(writing.read(f"{PFLEGE}/{heim}"))["kapazitaet"] == 24


def run(writing: Any, words: list[str], token: str, id_: str = "") -> Any:
    """Send what a line of curl says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("curl")
    parser.add_argument("url")
    for option, usual in (("-X", "GET"), ("-d", None)):
        parser.add_argument(option, default=usual)
    parser.add_argument("-H", action="append", default=[])
    told = parser.parse_args([word.replace("$TOKEN", token).replace("$ID", id_) for word in words])
    headers = dict(line.split(": ", 1) for line in told.H)
    path = writing.relative(told.url)
    return writing.client.request(told.X, path, content=told.d, headers=headers)


# An installation that wants every change to name its version


def test_e01_an_installation_may_demand_the_version(writing, westen, treff) -> None:
    editing = Editing(if_match_required=True)
    settings = msgspec.structs.replace(writing.settings, editing=editing)
    with TestClient(create_app(settings)) as client:
        strict = replace(writing, client=client, settings=settings)
        for method, path, body in (
            ("PATCH", treff, {"properties": {"name": "Neu"}}),
            ("PUT", treff, feature()),
            ("DELETE", treff, None),
            ("POST", f"{treff}/bestaetigung", None),
        ):
            refused = strict.send(method, path, body, westen, content_crs=PLANE)
            assert refused.status_code == 428, (method, refused.text)
            assert "If-Match" in refused.json()["detail"]
        read = strict.read(treff).headers["etag"]
        named = strict.send("PATCH", treff, {"properties": {"name": "Neu"}}, westen, if_match=read)
        assert properties(named)["name"] == "Neu"
        assert strict.send("POST", ANDERES, feature(), westen, content_crs=PLANE).status_code == 201


def test_how_long_a_change_stands_in_the_way_is_a_setting(writing, westen, anna, treff) -> None:
    settings = msgspec.structs.replace(writing.settings, editing=Editing(conflict_hours=0))
    with TestClient(create_app(settings)) as client:
        hurried = replace(writing, client=client, settings=settings)
        for token, name in ((anna, "Anna"), (westen, "Bernd")):
            assert properties(patch(hurried, treff, token, name=name))["name"] == name
