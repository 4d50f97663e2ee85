"""Context beside the figures: imported by key or name, as of a day, beside Kommune and Region, on layers and gaps.

SGB II   S03a 20   S03b 5   Stolberg 12   Region 10      31.12.2025
         S03a 18   S03b .                                31.12.2023
EW       S03a 909  S03b 4   Stolberg 913                 31.12.2025
"""

from contextlib import contextmanager
from datetime import date

import msgspec
import pytest
from litestar.testing import TestClient
from usecases.stolberg import QUELLE, RAEUME, REGION, S03A, S03B, STOLBERG, stolberg
from usecases.strassendorf import STICHTAG, TOLD, box, row, rows, seen_by, village

from infrastruktur.app import create_app
from infrastruktur.domain.errors import ImportStopped, InvalidParameter, NotFound
from infrastruktur.intake.recipe import load_recipe
from infrastruktur.settings import Audience
from infrastruktur.storage.history import Change
from infrastruktur.storage.raeume import apply_raeume
from infrastruktur.usecases.find_gaps import find_gaps
from infrastruktur.usecases.import_source import Auftrag, import_source
from infrastruktur.usecases.join_kontext import join_kontext
from infrastruktur.usecases.list_areas import list_areas
from infrastruktur.usecases.show_kontext import KontextFrage, show_kontext

RECIPE = """
titel = "Monitoring"
quelle = "monitoring"
herausgeber = "Amt"
lizenz = "dl-de/by-2-0"
namensnennung = "Amt für Sozialplanung"
form = "kontext"
format = "csv"
dateien = ["a.csv"]
[zuordnung]
raum = { spalte = "Gebiet" }
stichtag = { spalte = "Tag", als = "datum" }
[kontext]
indikatoren = [
  { code = "sgb2_quote", spalte = "SGB II" },
  { code = "einwohner", spalte = "EW" },
  { code = "einbuergerungen", spalte = "Einb" },
]
"""
EARLIER = date(2023, 12, 31)
TABLE = f"""Tag;Gebiet;SGB II;EW;Einb
31.12.2025;{S03A};20;909;
31.12.2025;S 3b;(5);4;
31.12.2025;Stolberg;12;913;19,5
31.12.2025;{REGION};10;;
31.12.2023;{S03A};18;;
31.12.2023;{S03B};.;;
"""


def bring_in(context, tmp_path, table=TABLE, **auftrag):
    (tmp_path / "source.toml").write_text(RECIPE, encoding="utf-8")
    (tmp_path / "a.csv").write_text(table, encoding="utf-8")
    return import_source(context, Auftrag(load_recipe(tmp_path), tmp_path, **auftrag), lambda _step, _share: None)


@contextmanager
def monitored(settings, tmp_path, table=TABLE):
    with stolberg(settings) as context:
        bring_in(context, tmp_path, table)
        yield context


def show(context, **asked):
    return show_kontext(context, KontextFrage(**asked))


def test_areas_are_found_by_key_and_by_name_and_stated_with_their_source(store_settings, tmp_path):
    with monitored(store_settings, tmp_path) as context:
        table = show(context)
        s03b = row(table, gebiet=S03B, indicator="sgb2_quote")
        region = row(table, gebiet=REGION, indicator="sgb2_quote")
        kommune = row(table, gebiet=STOLBERG, indicator="einbuergerungen")
    assert (s03b["wert"], s03b["eingeschraenkt"], s03b["ebene"], s03b["einheit"]) == (5, True, "sozialraum", "%")
    assert s03b["quelle"] == "Monitoring (Amt für Sozialplanung)"
    assert (s03b["thema"], s03b["richtung"], s03b["lizenz"]) == ("soziooekonomie", "hoch_belastend", "dl-de/by-2-0")
    assert (region["ebene"], region["wert"], region["stichtag"]) == ("region", 10, STICHTAG)
    assert kommune["wert"] == 19.5


def test_a_value_stands_beside_what_its_kommune_and_region_state(store_settings, tmp_path):
    with monitored(store_settings, tmp_path) as context:
        table = show(context, indicator="sgb2_quote")
        people = row(show(context, indicator="einwohner"), gebiet=S03A)
    s03a, kommune = row(table, gebiet=S03A), row(table, gebiet=STOLBERG)
    assert (s03a["wert_kommune"], s03a["differenz_kommune"]) == (12, 8)
    assert (s03a["wert_region"], s03a["differenz_region"]) == (10, 10)
    assert (kommune["wert_kommune"], kommune["differenz_region"]) == (None, 2)
    assert (people["wert_kommune"], people["differenz_kommune"]) == (None, None), "people are no measure of more people"


def test_as_of_a_day_and_over_the_years(store_settings, tmp_path):
    with monitored(store_settings, tmp_path) as context:
        before = row(show(context, stichtag=date(2024, 6, 30), indicator="sgb2_quote", gebiet=S03A))
        hidden = row(show(context, stichtag=EARLIER, indicator="sgb2_quote", gebiet=S03B))
        series = rows(show(context, indicator="sgb2_quote", gebiet=S03A, zeitreihe=True))
        nothing = rows(show(context, stichtag=date(2020, 1, 1)))
    assert (before["wert"], before["stichtag"]) == (18, EARLIER)
    assert (hidden["wert"], hidden["grund"]) == (None, "geheim")
    assert [(each["stichtag"], each["wert"], each["wert_region"]) for each in series] == [
        (EARLIER, 18, None),
        (STICHTAG, 20, 10),
    ], "the Region of another day is no comparison"
    assert nothing == []


def test_narrowed_by_theme_level_and_indicator(store_settings, tmp_path):
    with monitored(store_settings, tmp_path) as context:
        themes = {each["indicator"] for each in rows(show(context, thema="soziodemografie"))}
        levels = {each["gebiet"] for each in rows(show(context, ebene="kommune"))}
        with pytest.raises(NotFound, match="Hunde"):
            show(context, indicator="Hunde")
    assert themes == {"einwohner"}
    assert levels == {STOLBERG}


def test_an_area_or_level_that_is_not_there_is_refused_and_the_rest_is_taken(store_settings, tmp_path):
    wrong = TABLE + f"31.12.2025;Entenhausen;1;1;1\n31.12.2025;{S03A.replace('03a', '09')};1;1;\n"
    wrong = wrong.replace(f"{S03A};20;909;\n", f"{S03A};20;909;7\n", 1)
    with stolberg(store_settings) as context:
        shown = bring_in(context, tmp_path, wrong, dry_run=True)
        assert rows(show(context)) == []
        report = bring_in(context, tmp_path, wrong)
        again = bring_in(context, tmp_path, wrong)
        found = rows(show(context))
    sentences = [refusal.grund for refusal in report.abgelehnt]
    assert sentences == [refusal.grund for refusal in shown.abgelehnt]
    assert sentences == [
        "Indikator „einbuergerungen“ wird je Sozialraum nicht genannt.",
        "Gebiet „Entenhausen“: Am 31.12.2025 gibt es keines mit diesem Schlüssel oder Namen.",
        "Gebiet „05334032-S09“: Am 31.12.2025 gibt es keines mit diesem Schlüssel oder Namen.",
    ]
    assert (report.neu, again.neu, again.geaendert, again.unveraendert) == (10, 0, 0, 10)
    assert len(found) == 8


def test_a_table_that_lost_its_rows_stops_the_import(store_settings, tmp_path):
    with monitored(store_settings, tmp_path) as context:
        with pytest.raises(ImportStopped, match="fehlen in der Quelle"):
            bring_in(context, tmp_path, "\n".join(TABLE.splitlines()[:2]) + "\n")
        assert len(rows(show(context))) == 8


def test_an_area_counts_as_it_was_on_the_day_of_its_value(store_settings, tmp_path):
    """S03a is drawn anew from 2025 on: the value of 2023 is of another area, and says so."""
    anew = next(raum for raum in RAEUME if raum.schluessel == S03A)
    first = msgspec.structs.replace(anew, gueltig_von=date(2022, 1, 1))
    wider = msgspec.structs.replace(anew, gueltig_von=date(2025, 1, 1), geom_25832=box(0, 900))
    with stolberg(store_settings) as context:
        with context.store.of_installation().write() as connection:
            apply_raeume(connection, Change(quelle=QUELLE, beendet=((S03A, date(2021, 12, 31)),)), **TOLD)
            for version in (first, wider):
                apply_raeume(connection, Change(quelle=QUELLE, geaendert=(version,)), **TOLD)
        bring_in(context, tmp_path)
        series = rows(show(context, indicator="sgb2_quote", gebiet=S03A, zeitreihe=True))
    assert ["anderer" in each["hinweis"] for each in series] == [True, False]


def test_the_public_sees_no_count_under_ten_nor_what_gives_it_away(store_settings, tmp_path):
    """4 people in S03b: with S03a and Stolberg shown, subtraction would give them back."""
    with monitored(store_settings, tmp_path) as context:
        public = show(seen_by(context, Audience.PUBLIC), indicator="einwohner")
        staff = show(context, indicator="einwohner")
    assert [each["wert"] for each in rows(staff)] == [913, 909, 4]
    assert row(public, gebiet=S03B)["wert"] is None
    assert row(public, gebiet=S03B)["grund"] == "geheim"
    assert sum(each["wert"] is None for each in rows(public)) >= 2
    assert all((each["wert"] is None) == (each["anzahl"] is None) for each in rows(public))


def test_an_indicator_is_a_layer_of_polygons(store_settings, tmp_path):
    with monitored(store_settings, tmp_path) as context:
        layer = list_areas(context, "kontext_sgb2_quote_sozialraum", None)
        kommunen = list_areas(context, "kontext_sgb2_quote_kommune", None)
    assert dict(zip(layer.id, layer.columns["wert"], strict=True)) == {S03A: 20, S03B: 5}
    assert kommunen.columns["wert"] == [12]
    assert all(outline.area > 0 for outline in layer.geom_25832)


def test_context_stands_beside_each_gap(store_settings, tmp_path):
    table = f"Tag;Gebiet;SGB II;EW;Einb\n31.12.2025;{STOLBERG};12;;\n31.12.2025;{STOLBERG}-S01;/;;\n"
    many = "sgb2_quote|altenquotient|kinderarmut|einwohner|schwerbehinderung|jugendquotient"
    with village(store_settings) as context:
        bring_in(context, tmp_path, table)
        gaps = find_gaps(context)
        joined = join_kontext(context, gaps, "sgb2_quote|altenquotient")
        with pytest.raises(NotFound, match="hunde"):
            join_kontext(context, gaps, "hunde")
        with pytest.raises(InvalidParameter, match="Höchstens"):
            join_kontext(context, gaps, many)
    assert len(joined.zeilen) == len(gaps.zeilen)
    assert [zeile[: len(gaps.spalten)] for zeile in joined.zeilen] == list(gaps.zeilen)
    of_area = {each["gebiet"]: (each["kontext_sgb2_quote"], each["kontext_sgb2_quote_grund"]) for each in rows(joined)}
    assert of_area[STOLBERG] == (12, None)
    assert of_area[f"{STOLBERG}-S01"] == (None, "unsicher")
    assert of_area[REGION] == (None, "keine_daten")
    assert {each["kontext_altenquotient_grund"] for each in rows(joined)} == {"keine_daten"}


def test_it_is_asked_by_http_in_every_format(store_settings, tmp_path):
    with monitored(store_settings, tmp_path) as context, TestClient(create_app(context.settings)) as client:
        table = client.get("/planning/kontext?thema=soziooekonomie&zeitreihe=ja").json()
        places = client.get("/planning/kontext?indicator=sgb2_quote&ebene=sozialraum&f=geojson").json()
        german = client.get("/planning/kontext?indicator=sgb2_quote&f=csv-de").text
        style = client.get("/collections/kontext_sgb2_quote_sozialraum/styles/standard?f=qml")
        items = client.get("/collections/kontext_sgb2_quote_sozialraum/items?f=json").json()
        refused = client.get("/planning/kontext?thema=hunde")
    assert len(table["zeilen"]) == 6
    assert [feature["geometry"]["type"] for feature in places["features"]] == ["MultiPolygon"] * 2
    assert "20" in german
    assert style.status_code == 200
    assert {feature["properties"]["wert"] for feature in items["features"]} == {5, 20}
    assert refused.status_code == 400
