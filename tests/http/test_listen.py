"""An editor's own list: taken, changed in a spreadsheet, sent back, planned, applied as a whole or not at all."""

import csv
import io
import zipfile
from typing import Any

import openpyxl
import pytest
from editing import HEUTE, IN_OST, IN_WEST, PFLEGE, create, feature, patch, properties

from infrastruktur.domain.angebot import traeger_id
from infrastruktur.domain.permission import Rolle, Zustaendigkeit
from infrastruktur.domain.zelltext import defuse

LISTE = "/collections/quartiersangebote/liste"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Rows = list[dict[str, str]]


def take(writing: Any, token: str, path: str = LISTE) -> Rows:
    answer = writing.send("GET", f"{path}?f=csv-de", token=token)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""), delimiter=";"))


def text_of(rows: Rows, delimiter: str = ";") -> str:
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, list(rows[0]), delimiter=delimiter, lineterminator="\r\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def send(
    writing: Any, token: str, content: Rows | bytes, query: str = "", media: str = "text/csv", path: str = LISTE
) -> Any:
    body = content if isinstance(content, bytes) else text_of(content).encode("utf-8-sig")
    headers = {"content-type": media, "authorization": f"Bearer {token}"}
    return writing.client.post(f"{path}{query}", content=body, headers=headers)


def plan(
    writing: Any, token: str, content: Rows | bytes, query: str = "", media: str = "text/csv", path: str = LISTE
) -> dict[str, Any]:
    answer = send(writing, token, content, query, media, path)
    assert answer.status_code == 200, answer.text
    planned: dict[str, Any] = answer.json()
    return planned


def find(rows: Rows, address: str) -> dict[str, str]:
    return next(row for row in rows if row["Kennung"] == address.rpartition("/")[2])


def results(planned: dict[str, Any]) -> list[str]:
    return [row["ergebnis"] for row in planned["zeilen"]]


# Taking


def test_a_list_has_what_its_editor_may_change_and_nothing_else(writing, westen, osten, fachamt, treff) -> None:
    assert [row["Name"] for row in take(writing, westen) if row["Kennung"] in treff] == ["Treff am Markt"]
    assert all(row["Kommune (AGS)"] == "05334001" for row in take(writing, westen))
    assert treff.rpartition("/")[2] not in {row["Kennung"] for row in take(writing, osten)}
    of_beratung = "/collections/beratung/liste"
    assert "Frauenhaus" in {row["Name"] for row in take(writing, fachamt, of_beratung)}
    assert "Frauenhaus" not in {row["Name"] for row in take(writing, westen, of_beratung)}


def test_what_is_closed_is_in_no_list(writing, westen, treff) -> None:
    writing.send("DELETE", treff, token=westen)
    assert treff.rpartition("/")[2] not in {row["Kennung"] for row in take(writing, westen)}


@pytest.mark.parametrize(("right", "status"), [(None, 401), (Zustaendigkeit(rolle=Rolle.STATISTIK), 403)])
def test_who_may_change_nothing_gets_no_list(writing, right, status) -> None:
    token = "" if right is None else writing.issue(right)
    assert writing.send("GET", LISTE, token=token).status_code == status
    headers = {"content-type": "text/csv"} | ({"authorization": f"Bearer {token}"} if token else {})
    assert writing.client.post(LISTE, content=b"x", headers=headers).status_code == status


def test_a_layer_that_shows_what_others_hold_has_no_list(writing, westen) -> None:
    assert writing.send("GET", "/collections/kommunen/liste", token=westen).status_code == 404


def test_the_workbook_keeps_texts_as_texts_and_explains_itself(writing, westen, treff) -> None:
    assert patch(writing, treff, westen, hausnummer="3-5", plz="01067", kapazitaet=12.5).status_code == 200
    body = writing.send("GET", f"{LISTE}?f=xlsx", token=westen).content
    book = openpyxl.load_workbook(io.BytesIO(body))
    head, *rows = book.worksheets[0].iter_rows()
    at = {cell.value: number for number, cell in enumerate(head)}
    row = next(row for row in rows if row[at["Kennung"]].value in treff)
    for title, value in (("Hausnummer", "3-5"), ("Postleitzahl", "01067")):
        assert (row[at[title]].value, row[at[title]].data_type, row[at[title]].number_format) == (value, "s", "@")
    assert row[at["Kapazität am Stichtag"]].value == 12.5
    assert row[at["Art"]].value == "Seniorentreff"
    explained = {cell.value: text.value for cell, text in book.worksheets[1].iter_rows()}
    assert "in Betrieb" in explained["Status"]
    assert {"Leeren", "Weglassen", "Neu"} <= set(explained)
    assert {str(each.sqref)[0] for each in book.worksheets[0].data_validations.dataValidation} == {"D", "F"}


# Planning


@pytest.mark.parametrize("form", ["xlsx", "csv-de"])
def test_a_list_sent_back_as_it_came_changes_nothing(writing, westen, form) -> None:
    create(
        writing, westen, feature(name="=2+3 'Haus'", traeger="'-Verein", strasse="Straße der Ärzte", stand="2025-03-01")
    )
    create(writing, westen, feature(name="+49\tWort", hausnummer="1/2", ort="@home", kapazitaet=3.5))
    answer = writing.send("GET", f"{LISTE}?f={form}", token=westen)
    planned = plan(writing, westen, answer.content, media=XLSX if form == "xlsx" else "text/csv")
    assert set(results(planned)) == {"unveraendert"}
    assert planned["anwendbar"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_a_csv_may_come_as_excel_writes_it(writing, westen, treff, encoding, delimiter) -> None:
    rows = take(writing, westen)
    find(rows, treff)["Träger"] = "Bürgerverein Süd, Würselen"
    planned = plan(writing, westen, text_of(rows, delimiter).encode(encoding))
    (changed,) = (row for row in planned["zeilen"] if row["ergebnis"] == "geaendert")
    assert changed["felder"] == [
        {"feld": "traeger", "titel": "Träger", "vorher": None, "nachher": "Bürgerverein Süd, Würselen"}
    ]


def test_a_plan_changes_nothing_and_applied_it_changes_all(writing, westen, treff) -> None:
    rows = take(writing, westen)
    find(rows, treff).update({"Name": "Treff neu", "Status": "ruhend", "Kapazität am Stichtag": "7,5"})
    new = dict.fromkeys(rows[0], "") | {
        "Name": "Neuer Treff",
        "Art": "Begegnungsstätte",
        "x (Ost, EPSG:25832)": f"{IN_WEST[0]}",
        "y (Nord, EPSG:25832)": f"{IN_WEST[1]}",
    }
    rows.append(new)
    before = writing.read(treff).content
    planned = plan(writing, westen, rows)
    assert {name: planned["zaehlung"][name] for name in ("neu", "geaendert", "fehler")} == {
        "neu": 1,
        "geaendert": 1,
        "fehler": 0,
    }
    assert {each["feld"]: each["nachher"] for each in planned["zeilen"][-1]["felder"]}["sozialraum"] == "05334001-AC01"
    assert writing.read(treff).content == before
    done = plan(writing, westen, rows, f"?pruefsumme={planned['pruefsumme']}")
    assert (done["angewendet"], done["zeilen"]) == (True, planned["zeilen"])
    shown = properties(writing.read(treff))
    assert (shown["name"], shown["status"], shown["kapazitaet"]) == ("Treff neu", "ruhend", 7.5)
    made = properties(writing.read(f"/collections/quartiersangebote/items/{planned['zeilen'][-1]['id']}"))
    assert (made["art"], made["status"], made["kommune"]) == ("quartier.begegnungsstaette", "in_betrieb", "05334001")
    history = writing.send("GET", f"{treff}/history", token=westen).json()["aenderungen"]
    assert history[-1]["grund"] == "Liste eingespielt"
    again = send(writing, westen, rows, f"?pruefsumme={planned['pruefsumme']}")
    assert again.status_code == 412
    assert "geaendert" not in results(plan(writing, westen, rows))
    assert "neu" not in results(plan(writing, westen, rows))


def test_an_emptied_cell_takes_away_and_a_missing_column_or_row_stays(writing, westen) -> None:
    made = writing.relative(create(writing, westen, feature(traeger="Verein", strasse="Gasse")).headers["location"])
    row = find(take(writing, westen), made)
    row["Träger"] = ""
    del row["Straße"]
    planned = plan(writing, westen, [row])
    assert [(each["feld"], each["nachher"]) for each in planned["zeilen"][0]["felder"]] == [("traeger", None)]
    plan(writing, westen, [row], f"?pruefsumme={planned['pruefsumme']}")
    shown = properties(writing.read(made))
    assert (shown["traeger"], shown["strasse"]) == (None, "Gasse")


@pytest.mark.parametrize(
    ("cells", "stated"),
    [
        ({"Name": "Treff neu", "Träger": "Verein"}, {"name": "Treff neu", "traeger": "Verein"}),
        ({"Status": "ruhend", "Kapazität am Stichtag": "7"}, {"status": "ruhend", "kapazitaet": 7}),
        ({"Öffnungszeiten": "Mo-Fr 8-16 Uhr"}, {"oeffnungszeiten": "Mo-Fr 08:00-16:00"}),
        ({"Straße": "Gasse", "Stand der Angaben": "1.3.2025"}, {"strasse": "Gasse", "stand": "2025-03-01"}),
    ],
)
def test_a_row_comes_to_what_a_single_change_comes_to(writing, westen, cells, stated) -> None:
    one, other = (writing.relative(create(writing, westen).headers["location"]) for _ in "12")
    row = find(take(writing, westen), one) | cells
    plan(writing, westen, [row], f"?pruefsumme={plan(writing, westen, [row])['pruefsumme']}")
    assert patch(writing, other, westen, **stated).status_code == 200
    listed, patched = (properties(writing.read(address)) | {"id": ""} for address in (one, other))
    assert listed == patched


def test_opening_hours_written_otherwise_are_no_change_and_what_a_spreadsheet_made_of_them_is_told(
    writing, westen, treff
) -> None:
    assert patch(writing, treff, westen, oeffnungszeiten="Mo-Fr 09:00-12:00").status_code == 200
    row = find(take(writing, westen), treff)
    for cell, result in (("Mo-Fr 9-12 Uhr", "unveraendert"), ("24. Jul", "fehler")):
        (planned,) = plan(writing, westen, [row | {"Öffnungszeiten": cell}])["zeilen"]
        assert planned["ergebnis"] == result
    assert planned["fehler"][0]["meldung"].startswith("„Öffnungszeiten“ versteht „24. Jul“ nicht. Bitte so schreiben")


# Others' changes


def test_what_another_changed_meanwhile_stays(writing, westen, anna, treff) -> None:
    rows = take(writing, westen)
    assert patch(writing, treff, anna, traeger="Annas Verein").status_code == 200
    row = find(rows, treff)
    row["Name"] = "Treff neu"
    planned = plan(writing, westen, [row])
    assert results(planned) == ["geaendert"]
    plan(writing, westen, [row], f"?pruefsumme={planned['pruefsumme']}")
    shown = properties(writing.read(treff))
    assert (shown["name"], shown["traeger"]) == ("Treff neu", "Annas Verein")


def test_what_both_changed_is_shown_and_stops_the_list(writing, westen, anna, treff) -> None:
    rows = take(writing, westen)
    other = writing.relative(create(writing, westen).headers["location"])
    assert patch(writing, treff, anna, name="Annas Name").status_code == 200
    row = find(rows, treff)
    row["Name"] = "Mein Name"
    both = [row, find(take(writing, westen), other) | {"Name": "Anders"}]
    planned = plan(writing, westen, both)
    assert (results(planned), planned["anwendbar"]) == (["konflikt", "geaendert"], False)
    (konflikt,) = planned["zeilen"][0]["konflikte"]
    told = (konflikt["vorher"], konflikt["ihre_angabe"], konflikt["jetzt"])
    assert told == ("Treff am Markt", "Mein Name", "Annas Name")
    refused = send(writing, westen, both, f"?pruefsumme={planned['pruefsumme']}")
    assert (refused.status_code, refused.json()["konflikte"]) == (412, [konflikt])
    assert properties(writing.read(other))["name"] == "Treff am Markt"


def test_half_an_address_of_one_and_half_of_another_are_no_address(writing, westen, anna, treff) -> None:
    row = find(take(writing, westen), treff)
    assert patch(writing, treff, anna, strasse="Annas Weg").status_code == 200
    row["Hausnummer"] = "12"
    assert results(plan(writing, westen, [row])) == ["konflikt"]


def test_a_plan_that_is_no_longer_the_same_is_not_applied(writing, westen, anna, treff) -> None:
    row = find(take(writing, westen), treff)
    row["Name"] = "Treff neu"
    planned = plan(writing, westen, [row])
    assert patch(writing, treff, anna, name="Treff neu").status_code == 200
    refused = send(writing, westen, [row], f"?pruefsumme={planned['pruefsumme']}")
    assert (refused.status_code, refused.json()["type"]) == (412, "urn:infrastruktur:problem:outdated")


def test_a_plan_can_be_read_as_a_workbook(writing, westen, anna, treff) -> None:
    rows = take(writing, westen)
    assert patch(writing, treff, anna, name="Annas Name").status_code == 200
    konflikt, wrong = find(rows, treff) | {"Name": "=Mein Name"}, find(rows, treff) | {"Kennung": "x"}
    new = {"Name": "Neu", "Art": "Seniorentreff", "Notiz": "anrufen"}
    told = send(writing, westen, [{**konflikt, "Notiz": ""}, wrong, new], "?f=xlsx&kein_duplikat=*")
    book = openpyxl.load_workbook(io.BytesIO(told.content))
    head, *lines = book.worksheets[0].iter_rows(values_only=True)
    read = [dict(zip(head, line, strict=True)) for line in lines]
    assert (read[0]["Ergebnis"], read[0]["Spalte"], read[0]["Nachher, wie in der Liste"]) == (
        "Konflikt",
        "Name",
        "'=Mein Name",
    )
    assert read[0]["Inzwischen, von jemand anderem"] == "Annas Name"
    assert [(each["Zeile"], each["Ergebnis"]) for each in read[1:]] == [(3, "Fehler"), (4, "Fehler")]
    origin = dict(book.worksheets[1].iter_rows(max_col=2, values_only=True))
    assert origin["Parameter Konflikt"] == "1"
    assert "Notiz" in str([text for _, text in book.worksheets[1].iter_rows(max_col=2, values_only=True)])


# What is wrong


@pytest.mark.parametrize(
    ("changed", "feld", "sentence"),
    [
        ({"Kapazität am Stichtag": "zwölf"}, "kapazitaet", "„zwölf“ ist keine Zahl"),
        ({"Stand der Angaben": "31.02.2025"}, "stand", "gibt es nicht"),
        ({"Art": "Grundschule"}, "art", "andere Kartenebene"),
        ({"Status": "offen"}, "status", "kennt „offen“ nicht"),
        ({"Name": ""}, "name", "fehlt"),
        ({"Kommune (AGS)": "05334002"}, "kommune", "folgt aus dem Punkt"),
        ({"x (Ost, EPSG:25832)": ""}, "geometry", "fehlt eine"),
        ({"Fassung": "neu"}, "", "„Fassung“ fehlt"),
        ({"Fassung": "77.1 vom 2026-01-01"}, "", "Fassung kennt der Katalog nicht"),
        ({"Kennung": ""}, "", "Die Kennung fehlt"),
        ({"Kennung": "x"}, "", "gibt es"),
    ],
)
def test_a_wrong_row_is_named_with_its_cell_and_stops_the_list(writing, westen, treff, changed, feld, sentence) -> None:
    row = find(take(writing, westen), treff) | changed
    planned = plan(writing, westen, [row])
    (wrong,) = planned["zeilen"]
    assert (wrong["zeile"], wrong["ergebnis"], wrong["fehler"][0]["feld"]) == (2, "fehler", feld)
    assert sentence in wrong["fehler"][0]["meldung"]
    refused = send(writing, westen, [row], f"?pruefsumme={planned['pruefsumme']}")
    assert refused.status_code == 422
    assert refused.json()["fehler"][0]["meldung"].startswith("Zeile 2: ")


# From a form

FORM = "multipart/form-data; boundary=grenze"


def in_form(*parts: tuple[str, bytes]) -> bytes:
    told = (
        b"--grenze\r\nContent-Disposition: form-data; " + head.encode() + b"\r\n\r\n" + said for head, said in parts
    )
    return b"".join(part + b"\r\n" for part in told) + b"--grenze--\r\n"


def a_file(content: bytes, media: str = "application/octet-stream") -> tuple[str, bytes]:
    return f'name="datei"; filename="liste"\r\nContent-Type: {media}', content


@pytest.mark.parametrize("form", ["xlsx", "csv-de"])
@pytest.mark.parametrize("media", [XLSX, "application/vnd.ms-excel", "application/octet-stream"])
def test_a_form_may_send_the_file_whatever_the_browser_calls_it(writing, westen, treff, form, media) -> None:
    content = writing.send("GET", f"{LISTE}?f={form}", token=westen).content
    direct = plan(writing, westen, content, media=XLSX if form == "xlsx" else "text/csv")
    assert plan(writing, westen, in_form(a_file(content, media)), media=FORM) == direct
    assert treff.rpartition("/")[2] in {row["id"] for row in direct["zeilen"]}


def test_a_form_sent_again_is_answered_again(writing, westen, treff) -> None:
    content = text_of([find(take(writing, westen), treff) | {"Name": "Treff aus dem Formular"}]).encode()
    query = f"?pruefsumme={plan(writing, westen, content)['pruefsumme']}"
    headers = {"authorization": f"Bearer {westen}", "idempotency-key": "formular-1"}
    sent = [writing.client.post(f"{LISTE}{query}", files={"datei": content}, headers=headers) for _ in "12"]
    assert [(each.status_code, each.json()["angewendet"]) for each in sent] == [(200, True)] * 2
    assert sent[0].request.headers["content-type"] != sent[1].request.headers["content-type"]


@pytest.mark.parametrize(
    ("body", "media"),
    [
        (in_form(), FORM),
        (in_form(a_file(b"x"), a_file(b"x")), FORM),
        (in_form(a_file(b"x"), ('name="pruefsumme"', b"0")), FORM),
        (in_form(('name="datei"', b"x")), FORM),
        (in_form(('name="datei"', b"\xff")), FORM),
        (in_form(('name="a"\r\nContent-Type: text/plain; charset=nichts', b"x")), FORM),
        (in_form(*[('name="a"', b"")] * 1_001), FORM),
        (in_form(a_file(b"x"))[:-12], FORM),
        (b"", FORM),
        (b"Kennung;Fassung", FORM),
        (in_form(a_file(b"x")), "multipart/form-data"),
        (in_form(a_file(b"x")), "multipart/form-data; boundary="),
    ],
)
def test_a_form_of_anything_but_one_file_is_refused(writing, westen, body, media) -> None:
    refused = send(writing, westen, body, media=media)
    assert refused.status_code == 400
    assert "Formular" in refused.json()["detail"]


def test_what_is_too_large_or_packed_is_refused_in_a_form_too(writing, westen) -> None:
    much = in_form(a_file(b"x" * 1_000_001))
    assert send(writing, westen, much, media=FORM).status_code == 413
    headers = {"content-type": FORM, "authorization": f"Bearer {westen}"}
    halves = iter([much[:600_000], much[600_000:]])
    assert writing.client.post(LISTE, content=halves, headers=headers).status_code == 413
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 30_000_000)
    refused = send(writing, westen, in_form(a_file(packed.getvalue())), media=FORM)
    assert (refused.status_code, "zu groß" in refused.json()["detail"]) == (422, True)


# What others approve

PFLEGELISTE = "/collections/pflege/liste"


@pytest.fixture(scope="module")
def verein(writing) -> str:
    return writing.issue(Zustaendigkeit(rolle=Rolle.TRAEGER, traeger=traeger_id("Verein")))


@pytest.fixture
def heim(writing, fachamt) -> str:
    """Give the address of a Tagespflege of the Verein, 10 places, in Westdorf."""
    body = feature(IN_WEST, art="pflege.tagespflege", kapazitaet=10, name="Tagespflege", traeger="Verein")
    address: str = writing.relative(create(writing, fachamt, body, PFLEGE).headers["location"])
    return address


def waiting(writing: Any, token: str, address: str) -> list[dict[str, Any]]:
    kennung = address.rpartition("/")[2]
    found: list[dict[str, Any]] = writing.read(f"/vorschlaege?angebot={kennung}", token).json()["vorschlaege"]
    return found


def test_what_takes_a_second_pair_of_eyes_is_proposed_and_the_rest_applied(writing, westen, fachamt, heim) -> None:
    other = writing.relative(
        create(writing, fachamt, feature(art="pflege.tagespflege", name="Andere"), PFLEGE).headers["location"]
    )
    rows = take(writing, westen, PFLEGELISTE)
    both = [find(rows, heim) | {"Kapazität am Stichtag": "12"}, find(rows, other) | {"Name": "Anders"}]
    planned = plan(writing, westen, both, "?grund=Anbau", path=PFLEGELISTE)
    assert (results(planned), planned["anwendbar"]) == (["vorschlag", "geaendert"], True)
    assert "gibt das Fachamt" in planned["zeilen"][0]["hinweis"]
    assert [(each["vorher"], each["nachher"]) for each in planned["zeilen"][0]["felder"]] == [(10, 12)]
    assert waiting(writing, westen, heim) == []
    done = plan(writing, westen, both, f"?pruefsumme={planned['pruefsumme']}&grund=Anbau", path=PFLEGELISTE)
    assert properties(writing.read(heim))["kapazitaet"] == 10
    assert properties(writing.read(other))["name"] == "Anders"
    (proposed,) = waiting(writing, fachamt, heim)
    assert (proposed["id"], proposed["grund"]) == (done["zeilen"][0]["vorschlag"], "Anbau")
    again = plan(writing, westen, both[:1], path=PFLEGELISTE)["zeilen"][0]
    assert (again["ergebnis"], again["vorschlag"]) == ("unveraendert", proposed["id"])


def test_a_traeger_takes_its_own_list_and_proposes_what_it_changes(writing, verein, fachamt, heim) -> None:
    rows = take(writing, verein, PFLEGELISTE)
    assert {row["Träger"] for row in rows} == {"Verein"}
    new = {"Name": "Zweite Tagespflege", "Art": "Tagespflege", "Träger": "Verein", "Kapazität am Stichtag": "14"}
    new |= {"x (Ost, EPSG:25832)": str(IN_WEST[0]), "y (Nord, EPSG:25832)": str(IN_WEST[1])}
    sent = [find(rows, heim) | {"Name": "Tagespflege am Park", "Hausnummer": "7"}, dict.fromkeys(rows[0], "") | new]
    planned = plan(writing, verein, sent, "?kein_duplikat=*", path=PFLEGELISTE)
    assert results(planned) == ["vorschlag", "vorschlag"]
    before = len(take(writing, fachamt, PFLEGELISTE))
    done = plan(writing, verein, sent, f"?kein_duplikat=*&pruefsumme={planned['pruefsumme']}", path=PFLEGELISTE)
    assert (len(take(writing, fachamt, PFLEGELISTE)), properties(writing.read(heim))["name"]) == (before, "Tagespflege")
    for row in done["zeilen"]:
        approved = writing.send(
            "POST", f"/vorschlaege/{row['vorschlag']}/freigabe", {}, fachamt, content_type="application/json"
        )
        assert approved.status_code == 200, approved.text
    assert properties(writing.read(heim))["name"] == "Tagespflege am Park"
    assert properties(writing.read(f"{PFLEGE}/{done['zeilen'][1]['id']}"))["kapazitaet"] == 14
    assert set(results(plan(writing, verein, sent, path=PFLEGELISTE))) == {"unveraendert"}


def test_a_wrong_row_of_a_traeger_stops_all_its_proposals(writing, verein, fachamt, heim) -> None:
    address = writing.relative(
        create(writing, fachamt, feature(art="pflege.tagespflege", traeger="Anderer"), PFLEGE).headers["location"]
    )
    foreign = find(take(writing, fachamt, PFLEGELISTE), address)
    own = find(take(writing, verein, PFLEGELISTE), heim) | {"Name": "Neu"}
    planned = plan(writing, verein, [own, foreign], path=PFLEGELISTE)
    assert results(planned) == ["vorschlag", "fehler"]
    assert "jemand anders zuständig" in planned["zeilen"][1]["fehler"][0]["meldung"]
    refused = send(writing, verein, [own, foreign], f"?pruefsumme={planned['pruefsumme']}", path=PFLEGELISTE)
    assert refused.status_code == 422
    assert waiting(writing, verein, heim) == []


def test_what_was_refused_is_not_proposed_again_unchanged(writing, verein, westen) -> None:
    new = {"Kennung": "", "Fassung": "", "Name": "Abgelehnter Treff", "Art": "Seniorentreff", "Träger": "Verein"}
    new |= {"x (Ost, EPSG:25832)": str(IN_WEST[0] + 300), "y (Nord, EPSG:25832)": str(IN_WEST[1])}
    planned = plan(writing, verein, [new], "?kein_duplikat=*")
    (row,) = plan(writing, verein, [new], f"?kein_duplikat=*&pruefsumme={planned['pruefsumme']}")["zeilen"]
    assert plan(writing, verein, [new], "?kein_duplikat=*")["zeilen"][0]["vorschlag"] == row["vorschlag"]
    address = f"/vorschlaege/{row['vorschlag']}/ablehnung"
    said = writing.send("POST", address, {"text": "Gibt es nicht"}, westen, content_type="application/json")
    assert said.status_code == 200, said.text
    (again,) = plan(writing, verein, [new], "?kein_duplikat=*")["zeilen"]
    assert (again["ergebnis"], "„Abgelehnt“" in again["fehler"][0]["meldung"]) == ("fehler", True)


def test_a_row_of_another_kommune_is_refused(writing, westen, osten, fachamt) -> None:
    address = writing.relative(create(writing, osten, feature(IN_OST)).headers["location"])
    foreign = find(take(writing, fachamt), address)
    assert "jemand anders" in plan(writing, westen, [foreign])["zeilen"][0]["fehler"][0]["meldung"]


def test_what_only_internal_readers_know_is_told_to_no_other(writing, westen, fachamt) -> None:
    path = "/collections/beratung/liste"
    hidden = next(row for row in take(writing, fachamt, path) if row["Name"] == "Frauenhaus")
    headers = {"content-type": "text/csv", "authorization": f"Bearer {westen}"}
    told = [
        writing.client.post(path, content=text_of([row]).encode(), headers=headers).json()["zeilen"][0]["fehler"]
        for row in (hidden, hidden | {"Kennung": "f" * 36})
    ]
    assert told[0][0]["meldung"].replace(hidden["Kennung"], "f" * 36) == told[1][0]["meldung"]


def test_a_row_may_stand_once(writing, westen, treff) -> None:
    row = find(take(writing, westen), treff)
    planned = plan(writing, westen, [row, row])
    assert results(planned) == ["unveraendert", "fehler"]
    assert "schon in Zeile 2" in planned["zeilen"][1]["fehler"][0]["meldung"]


@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        (b"", "text/csv", 422),
        (b"Kennung;Fassung\r\n", "text/csv", 422),
        (b"Name;Art\r\nTreff;Treff\r\n", "text/csv", 422),
        (b"Kennung;Fassung;Name;Name\r\n;;a;b\r\n", "text/csv", 422),
        (b"Kennung;Fassung;Name\r\n" + b";;x\r\n" * 5_001, "text/csv", 422),
        (b"PK\x03\x04", XLSX, 422),
        (b"{}", "application/json", 415),
    ],
)
def test_what_is_no_list_is_refused(writing, westen, body, media, status) -> None:
    assert send(writing, westen, body, media=media).status_code == status


def test_shifted_fields_and_foreign_columns_are_told(writing, westen, treff) -> None:
    row = find(take(writing, westen), treff) | {"Notiz": "anrufen"}
    text = text_of([row]) + "a;b\r\n"
    planned = plan(writing, westen, text.encode())
    assert planned["fremde_spalten"] == ["Notiz"]
    assert results(planned) == ["unveraendert", "fehler"]
    assert "verschoben" in planned["zeilen"][1]["fehler"][0]["meldung"]


def test_f03_a_workbook_that_unpacks_to_more_than_a_list_is_refused(writing, westen) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 30_000_000)
    refused = send(writing, westen, packed.getvalue(), media=XLSX)
    assert refused.status_code == 422
    assert "zu groß" in refused.json()["detail"]


def test_a_workbook_filled_in_by_excel_is_read_as_it_is_meant(writing, westen, treff) -> None:
    book = openpyxl.load_workbook(io.BytesIO(writing.send("GET", LISTE, token=westen).content))
    sheet = book.worksheets[0]
    head = [cell.value for cell in sheet[1]]
    row = next(number for number in range(2, sheet.max_row + 1) if sheet.cell(number, 1).value in treff)
    typed = {
        "Hausnummer": 12,
        "Postleitzahl": 1067,
        "Stand der Angaben": HEUTE,
        "Kapazität am Stichtag": 8,
        "Name": "=1",
    }
    for title, value in typed.items():
        cell = sheet.cell(row, head.index(title) + 1, defuse(value) if isinstance(value, str) else value)
        assert cell.data_type != "f"
    sheet.cell(2_000_00, 3).number_format = "@"
    written = io.BytesIO()
    book.save(written)
    planned = plan(writing, westen, written.getvalue(), media=XLSX)
    (changed,) = (row for row in planned["zeilen"] if row["ergebnis"] == "geaendert")
    assert {each["feld"]: each["nachher"] for each in changed["felder"]} == {
        "name": "=1",
        "hausnummer": "12",
        "plz": "01067",
        "stand": HEUTE.isoformat(),
        "kapazitaet": 8,
    }


def test_a_lost_answer_is_given_again(writing, westen, treff) -> None:
    row = find(take(writing, westen), treff) | {"Name": "Treff neu"}
    query = f"?pruefsumme={plan(writing, westen, [row])['pruefsumme']}"
    headers = {"content-type": "text/csv", "authorization": f"Bearer {westen}", "idempotency-key": "liste-1"}
    first, second = (
        writing.client.post(f"{LISTE}{query}", content=text_of([row]).encode(), headers=headers) for _ in "12"
    )
    assert first.status_code == 200, first.text
    assert second.json() == first.json()
