"""Figures as tables: the same rows in every format, with where they come from."""

import csv
import io
from datetime import UTC, datetime
from urllib.parse import quote

import openpyxl
import pytest

from infrastruktur.settings import Audience

FIGURES = ("bestand", "provision", "coverage", "gaps", "demand", "versorgungsquartiere")
TITLES = {"bestand": "Bestand", "coverage": "Erreichbarkeit", "gaps": "Lücken"}


@pytest.mark.parametrize("figure", FIGURES)
def test_an_answer_says_where_it_comes_from(api, figure):
    table = api.json(f"/planning/{figure}")
    assert list(table) == ["name", "titel", "herkunft", "spalten", "zeilen"]
    assert table["name"] == figure
    herkunft = table["herkunft"]
    assert herkunft["stichtag"] == api.stichtag.isoformat()
    assert {"quellen", "parameter", "netz", "datenstand", "hinweise"} <= set(herkunft)
    assert herkunft["datenstand"]
    assert table["zeilen"]
    assert all(list(zeile) == [spalte["name"] for spalte in table["spalten"]] for zeile in table["zeilen"])


@pytest.mark.parametrize("figure", ["coverage", "gaps", "versorgungsquartiere"])
def test_a_figure_of_travel_times_names_its_network(api, figure):
    assert api.json(f"/planning/{figure}")["herkunft"]["netz"]


@pytest.mark.parametrize("figure", FIGURES)
def test_csv_holds_the_same_rows(api, figure):
    table = api.json(f"/planning/{figure}")
    response = api.get(f"/planning/{figure}?f=csv")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert f'filename="{figure}-2025-12-31.csv"' in response.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert [row["gebiet"] for row in rows] == [zeile["gebiet"] or "" for zeile in table["zeilen"]]


def test_the_german_csv_has_semicolons(api):
    first = api.get("/planning/bestand?f=csv-de").content.decode("utf-8-sig").splitlines()
    assert any(line.count(";") >= 5 for line in first)


def test_a_workbook_opens_and_keeps_keys_as_text(api):
    response = api.get("/planning/bestand?f=xlsx")
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    values = {cell.value for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "05334001" in values
    assert response.headers["content-disposition"].endswith('.xlsx"')


@pytest.mark.parametrize("figure", FIGURES)
def test_geojson_gives_each_row_the_outline_of_its_area(api, figure):
    table = api.json(f"/planning/{figure}?ebene=kommune")
    layer = api.json(f"/planning/{figure}?ebene=kommune&f=geojson")
    assert [each["properties"] for each in layer["features"]] == table["zeilen"]
    assert layer["herkunft"] == table["herkunft"]
    for each in layer["features"]:
        known = each["properties"]["gebiet"] in {"05334001", "05334002"}
        assert (each["geometry"] is not None) is known


def test_the_level_narrows_the_rows(api):
    rows = api.json("/planning/bestand?ebene=kommune")["zeilen"]
    assert {row["ebene"] for row in rows} == {"kommune"}


def test_bestand_is_stated_for_the_day_asked(api):
    def heime(query):
        rows = api.json(f"/planning/bestand?ebene=region&{query}")["zeilen"]
        return next(row["angebote"] for row in rows if row["art"] == "pflege.dauerpflege")

    assert heime("stichtag=2025-06-30") == 21
    assert heime("stichtag=2025-07-01") == 20
    compared = api.json("/planning/bestand?ebene=region&stichtag=2025-07-01&vergleich=2025-06-30")["zeilen"]
    row = next(row for row in compared if row["art"] == "pflege.dauerpflege")
    assert row["angebote_differenz"] == -1


def test_coverage_answers_a_question_of_one_s_own(api):
    query = "art=pflege.tagespflege&modus=pkw&max_minuten=15&altersgruppe=ab75"
    rows = api.json(f"/planning/coverage?{query}&ebene=kommune")["zeilen"]
    assert {row["art"] for row in rows} == {"pflege.tagespflege"}
    assert {row["max_minuten"] for row in rows} == {15}


def test_coverage_takes_several_kinds(api):
    query = "art=alltag.hausarzt%7Calltag.apotheke&modus=zu_fuss&max_minuten=15&altersgruppe=ab75"
    rows = api.json(f"/planning/coverage?{query}")["zeilen"]
    assert {row["art"] for row in rows} == {"alltag.hausarzt|alltag.apotheke"}


CATCHMENTS = "/planning/catchments?art=pflege.dauerpflege&modus=pkw&altersgruppe=ab75"


def test_catchments_say_how_they_were_shared(api):
    table = api.json(CATCHMENTS)
    assert table["titel"] == "Angebot je Person im Wettbewerb"
    assert table["herkunft"]["netz"]
    assert table["herkunft"]["parameter"]["abklingen"]["gewichte"] == [1.0, 0.68, 0.22]
    region = next(row for row in table["zeilen"] if row["ebene"] == "region")
    assert (region["verfahren"], region["max_minuten"]) == ("e2sfca", 30)
    assert region["plaetze"] > 0
    assert region["wert"] == pytest.approx(
        1000 * region["plaetze"] / (region["erreicht"] + region["nicht_erreicht"]), abs=0.06
    )


@pytest.mark.parametrize("form", ["csv", "csv-de", "xlsx", "geojson"])
def test_catchments_come_in_every_format(api, form):
    assert api.get(f"{CATCHMENTS}&ebene=kommune&f={form}").status_code == 200


def test_cells_of_catchments_are_squares_for_staff(reopened):
    staff = reopened(audience=Audience.STAFF)
    layer = staff.json(f"{CATCHMENTS}&ebene=zelle&gebiet=05334001&f=geojson")
    assert layer["features"]
    for each in layer["features"]:
        assert each["geometry"]["type"] == "Polygon"
        assert each["properties"]["gebiet"].startswith("CRS3035RES100mN")


def test_cells_of_catchments_are_not_for_the_public(api):
    refused = api.get(f"{CATCHMENTS}&ebene=zelle")
    assert refused.status_code == 400
    assert "nur der Verwaltung" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("bestand?stichtag=gestern", 400),
        ("bestand?ebene=strasse", 400),
        ("bestand?ziel=tagespflege", 400),
        ("provision?indicator=gibt_es_nicht", 404),
        ("provision?indicator=%27", 400),
        ("coverage?ziel=gibt_es_nicht", 404),
        ("coverage?art=pflege.tagespflege", 400),
        ("coverage?art=gibt.es.nicht&modus=pkw&max_minuten=15&altersgruppe=ab75", 404),
        ("coverage?art=pflege.tagespflege&modus=oepnv&max_minuten=15&altersgruppe=ab75", 400),
        ("coverage?art=pflege.tagespflege&modus=pkw&max_minuten=0&altersgruppe=ab75", 400),
        ("coverage?art=pflege.tagespflege&modus=pkw&max_minuten=61&altersgruppe=ab75", 400),
        ("coverage?art=pflege.tagespflege&modus=pkw&max_minuten=15&altersgruppe=75%2B", 400),
        ("coverage?mindestens=0", 400),
        ("gaps?f=pdf", 400),
        ("demand?regel=gibt_es_nicht", 404),
        ("demand?variante=gibt_es_nicht", 404),
        ("demand?ab=2020-01-01", 400),
        ("demand?stichtag=9999-12-31", 400),
        ("demand/explain?gebiet=05334001", 400),
        ("provision/explain?gebiet=05334001", 400),
        ("provision/explain?gebiet=05334999&indicator=vq_tp75", 404),
        ("provision/explain?gebiet=05334001&indicator=gibt_es_nicht", 404),
        ("provision?angenommen=60", 400),
        ("kontext?thema=gibt_es_nicht", 400),
        ("kontext?indicator=gibt_es_nicht", 404),
        ("gaps?kontext=gibt_es_nicht", 404),
        ("provision?indicator=vq_tp75&angenommen=-1", 400),
        ("gibt_es_nicht", 404),
        ("siting", 400),
        ("siting?ziel=gibt_es_nicht", 404),
        ("siting?ziel=begegnung&gebiet=05334999", 404),
        ("siting?ziel=begegnung&anzahl=0", 400),
        ("siting?ziel=begegnung&anzahl=21", 400),
        ("siting?ziel=ambulant&anzahl=1", 409),
        ("siting?ziel=haltestelle&anzahl=1", 409),
        ("catchments", 400),
        ("catchments?art=pflege.tagespflege&modus=pkw", 400),
        ("catchments?art=gibt.es.nicht&modus=pkw&altersgruppe=ab75", 404),
        ("catchments?art=pflege.tagespflege%7Calltag.hausarzt&modus=pkw&altersgruppe=ab75", 400),
        ("catchments?art=alltag.apotheke&modus=pkw&altersgruppe=ab75", 400),
        ("catchments?art=pflege.tagespflege&modus=pkw&altersgruppe=ab75&verfahren=bfca", 400),
        ("catchments?art=pflege.tagespflege&modus=pkw&altersgruppe=ab75&verfahren=4sfca", 400),
        ("catchments?art=pflege.tagespflege&modus=pkw&altersgruppe=ab75&max_minuten=61", 400),
        ("catchments?art=pflege.tagespflege&modus=pkw&altersgruppe=ab75&richtung=hin", 400),
        ("catchments?art=pflege.tagespflege&modus=pkw&altersgruppe=ab75&gebiet=05334002", 400),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(api, query, status):
    response = api.get(f"/planning/{query}")
    assert response.status_code == status, response.text
    assert response.json()["detail"]


def test_h01_the_longest_time_is_allowed_and_one_more_is_not(api):
    query = "/planning/coverage?art=pflege.tagespflege&modus=pkw&altersgruppe=ab75&max_minuten="
    assert api.get(f"{query}60").status_code == 200
    assert api.get(f"{query}61").status_code == 400


@pytest.mark.parametrize("figure", FIGURES)
def test_an_unchanged_table_is_not_sent_again(api, figure):
    first = api.get(f"/planning/{figure}")
    assert api.get(f"/planning/{figure}", If_None_Match=first.headers["etag"]).status_code == 304


def test_proposed_sites_are_points_in_geojson(api):
    table = api.json("/planning/siting?ziel=begegnung&anzahl=2")
    layer = api.json("/planning/siting?ziel=begegnung&anzahl=2&f=geojson")
    assert table["titel"] == "Standortvorschläge"
    assert table["zeilen"]
    assert [each["properties"] for each in layer["features"]] == table["zeilen"]
    for each in layer["features"]:
        row = each["properties"]
        assert each["geometry"] == {"type": "Point", "coordinates": [row["laenge"], row["breite"]]}


def test_proposed_sites_close_the_gap_that_gaps_names(api):
    gap = next(row for row in api.json("/planning/gaps?ziel=begegnung&ebene=region")["zeilen"])
    befund = api.json("/planning/siting?ziel=begegnung")["herkunft"]["parameter"]["befund"]
    assert gap["bis_zum_ziel"] > 0
    assert befund["erreicht_vorher"] == gap["erreicht"]
    assert befund["neu_erreicht"] >= gap["bis_zum_ziel"] - 5  # in tens
    assert befund["standorte"] >= 1


@pytest.mark.parametrize("asked", ["", "?umfang=gesamt", "?stichtag=2025-12-31"])
def test_every_gap_that_sites_can_close_leads_to_a_proposal(api, asked):
    """What is missing of a target is one click from where to put something; the click finds that very gap."""
    table = api.json(f"/planning/gaps{asked}")
    linked = [row for row in table["zeilen"] if row["vorschlag"] is not None]
    assert linked
    for row in table["zeilen"]:
        by_way = row["modus"] is not None
        assert (row["vorschlag"] is not None) == (by_way and bool(row["bis_zum_ziel"])), row["ziel"]
    for row in linked:
        path = row["vorschlag"].removeprefix(api.settings.base_url)
        assert path.startswith("/planning/siting?")
        answer = api.get(path)
        assert answer.status_code == 200, answer.text
        head = answer.json()["herkunft"]
        assert (head["parameter"]["ziel"], head["parameter"]["gebiet"]) == (row["ziel"], row["gebiet"])
        assert head["parameter"]["befund"]["erreicht_vorher"] == row["erreicht"]
        assert head["stichtag"] == row["stichtag"]
        if row.get("herkunft") == "kriterium":
            assert head["parameter"]["satz_variante"] == row["satz_variante"]
    written = csv.DictReader(io.StringIO(api.get(f"/planning/gaps{asked}{'&' if asked else '?'}f=csv").text))
    assert [row["vorschlag"] or None for row in written] == [row["vorschlag"] for row in table["zeilen"]]


def test_a_gap_as_it_was_known_leads_to_a_proposal_of_that_moment(api):
    moment = datetime.now(UTC).isoformat()
    gaps = api.json(f"/planning/gaps?known_at={quote(moment)}")
    path = next(row["vorschlag"] for row in gaps["zeilen"] if row["vorschlag"]).removeprefix(api.settings.base_url)
    known = [each["herkunft"]["parameter"]["known_at"] for each in (gaps, api.json(path))]
    assert known[0] == known[1]


def test_every_criterion_that_is_missed_leads_to_a_proposal(api):
    """The click finds the people the profile names, by the variant that holds there."""
    rows = api.json("/planning/versorgungsquartiere")["zeilen"]
    for row in rows:
        missed = bool(row["bis_zum_ziel"]) and row["abdeckung"] == "weg"
        assert (row["vorschlag"] is not None) == missed, row["kriterium"]
    linked = [row for row in rows if row["vorschlag"] is not None]
    assert {row["ebene"] for row in linked} >= {"sozialraum", "kommune"}
    for row in linked:
        told = api.json(row["vorschlag"].removeprefix(api.settings.base_url))["herkunft"]["parameter"]
        assert [told[name] for name in ("kriterium", "satz_variante", "gebiet")] == [
            row[name] for name in ("kriterium", "satz_variante", "gebiet")
        ]
        assert told["befund"]["erreicht_vorher"] == row["erreicht"]


def test_proposed_sites_stay_within_the_area_asked_for(api):
    rows = api.json("/planning/siting?ziel=begegnung&anzahl=3&gebiet=05334002")["zeilen"]
    assert {row["gebiet"] for row in rows} == {"05334002"}


def test_proposed_sites_come_as_csv(api):
    response = api.get("/planning/siting?ziel=begegnung&anzahl=2&f=csv")
    assert 'filename="siting-2025-12-31.csv"' in response.headers["content-disposition"]
    assert len(list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))) == 2


# Versorgungsquartiere, the whole list of gaps, drawn areas

DRAWN = (
    "flaeche=POLYGON((300000%205630000,300500%205630000,300500%205631000,300000%205631000,300000%205630000))"
    "&flaeche-crs=http://www.opengis.net/def/crs/EPSG/0/25832"
)


def test_a_profile_names_what_is_missing_first(api):
    rows = api.json("/planning/versorgungsquartiere?gebiet=05334001-AC01&index=ja")["zeilen"]
    assert [row["platz"] for row in rows] == list(range(1, len(rows) + 1))
    assert {row["zustand"] for row in rows} <= {"nicht_erfuellt", "teilweise", "nicht_bewertbar", "erfuellt"}
    assert {row["satz_status"] for row in rows} == {"Arbeitswert, nicht beschlossen"}
    assert all(row["aussage"] for row in rows)
    weights = api.json("/planning/versorgungsquartiere")["herkunft"]["parameter"]["varianten"]["staedtisch"]["gewichte"]
    assert {row["kriterium"]: row["gewicht"] for row in rows} == weights, "the weights of the index are published"


def test_one_criterion_may_be_asked_for(api):
    rows = api.json("/planning/versorgungsquartiere?kriterium=begegnung&ebene=sozialraum")["zeilen"]
    assert [row["gebiet"] for row in rows] == ["05334001-AC01", "05334001-AC02"]
    assert {row["kriterium"] for row in rows} == {"begegnung"}


def test_a_criteria_set_nobody_knows_is_not_found(api):
    refused = api.get("/planning/versorgungsquartiere?kriteriensatz=mond")
    assert refused.status_code == 404
    assert "Bekannt sind: vq-aachen-entwurf-1" in refused.json()["detail"]


def test_the_whole_list_of_gaps_ranks_all_of_a_level(api):
    table = api.json("/planning/gaps?umfang=gesamt")
    names = [spalte["name"] for spalte in table["spalten"]]
    usual = [spalte["name"] for spalte in api.json("/planning/gaps")["spalten"]]
    assert names[: len(usual)] == usual
    assert {"herkunft", "kriterium", "rang_liste_personen", "rang_liste_anteil"} <= set(names)
    for ebene in {row["ebene"] for row in table["zeilen"]}:
        ranks = [row["rang_liste_personen"] for row in table["zeilen"] if row["ebene"] == ebene]
        assert ranks == sorted(ranks)
    layer = api.json("/planning/gaps?umfang=gesamt&f=geojson")
    assert [each["properties"] for each in layer["features"]] == table["zeilen"]


@pytest.mark.parametrize("figure", ["provision", "coverage", "gaps", "versorgungsquartiere"])
def test_the_public_gets_no_numbers_of_drawn_areas(api, figure):
    refused = api.get(f"/planning/{figure}?{DRAWN}")
    assert refused.status_code == 400
    assert refused.json()["parameter"] == "flaeche"
    assert "unterscheiden" in refused.json()["detail"]


@pytest.mark.parametrize("figure", ["provision", "coverage", "gaps", "versorgungsquartiere"])
def test_staff_draw_an_area_and_get_it_back(reopened, figure):
    staff = reopened(audience=Audience.STAFF)
    layer = staff.json(f"/planning/{figure}?{DRAWN}&f=geojson")
    assert layer["features"]
    assert {each["properties"]["ebene"] for each in layer["features"]} == {"flaeche"}
    assert {each["geometry"]["type"] for each in layer["features"]} == {"Polygon"}
    assert layer["herkunft"]["parameter"]["flaeche"].startswith("POLYGON")


def test_the_west_half_of_westdorf_is_its_sozialraum(reopened):
    staff = reopened(audience=Audience.STAFF)
    drawn = staff.json(f"/planning/coverage?ziel=begegnung&{DRAWN}")["zeilen"][0]
    rows = staff.json("/planning/coverage?ziel=begegnung&ebene=sozialraum")["zeilen"]
    named = next(row for row in rows if row["gebiet"] == "05334001-AC01")
    assert drawn["personen"] == pytest.approx(named["personen"])
    assert drawn["erreicht"] == pytest.approx(named["erreicht"])


def test_what_cannot_be_read_as_an_area_is_refused(api):
    refused = api.get("/planning/gaps?flaeche=POINT(6%2050)")
    assert refused.status_code == 400
    assert "Erwartet wird ein Polygon" in refused.json()["detail"]
