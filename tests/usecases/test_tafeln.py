"""Rates, counts, survival factors and forecasts come in as every source does: by recipe, whole or not at all."""

from contextlib import closing
from datetime import date

import pytest
from usecases.stolberg import RAEUME
from usecases.strassendorf import STICHTAG, catalogue

from infrastruktur.domain.errors import ImportStopped, SourceRefused
from infrastruktur.domain.pflegestatistik import Leistung
from infrastruktur.domain.quote import Merkmal
from infrastruktur.intake.recipe import load_recipe
from infrastruktur.resources import folder
from infrastruktur.usecases.context import open_context
from infrastruktur.usecases.import_source import Auftrag, find_recipe, import_source
from infrastruktur.usecases.read_annahmen import (
    read_pflegestatistik,
    read_prognose,
    read_quoten,
    read_tafelwerke,
    read_ueberleben,
)

HEAD = """titel = "{0}"
quelle = "{0}"
herausgeber = "Landesamt"
lizenz = "CC0-1.0"
namensnennung = "Landesamt, 2024"
form = "{1}"
format = "csv"
dateien = ["{0}.csv"]
"""
FLAT = """
[nur]
sex_code = "GES[MW]"
[zuordnung]
raum = { spalte = "ags", als = "gebiet" }
stichtag = { spalte = "zeit", als = "datum" }
geschlecht = { spalte = "sex_code", werte = { GESW = "w", GESM = "m" } }
altersgruppe = { spalte = "alter_code", als = "altersgruppe" }
personen = { spalte = "wert", als = "anzahl" }
[kopf]
variante = "mittlere"
basis = 2023-12-31
"""
WIDE = """
stichtag = 2023-12-15
[kopf]
merkmal = "pflegebeduerftig"
gebiet = "05334"
[breit]
spalten = ["unter 75 Jahre", "75 Jahre und mehr"]
kopf = "Alter"
wert = "Quote"
[zuordnung]
geschlecht = { spalte = "Geschlecht", werte = { Frauen = "w", "Männer" = "m" } }
altersgruppe = { spalte = "Alter", als = "altersgruppe" }
anteil = { spalte = "Quote", als = "zahl" }
"""
RATES = "Geschlecht;unter 75 Jahre;75 Jahre und mehr\nFrauen;2,3;38,5\nMänner;2,4;29\n"
COUNTS = """
[zuordnung]
gebiet = { spalte = "gebiet", als = "gebiet" }
leistung = { spalte = "leistung" }
stichtag = { spalte = "tag", als = "datum" }
personen = { spalte = "personen", als = "anzahl" }
"""


def counts(**personen):
    rows = (f"05334;{leistung};15.12.2023;{number}\n" for leistung, number in personen.items())
    return "gebiet;leistung;tag;personen\n" + "".join(rows)


@pytest.fixture
def context(store_settings):
    store_settings.home.mkdir(parents=True, exist_ok=True)
    with catalogue(store_settings, RAEUME) as opened:
        yield opened


@pytest.fixture
def bring(context, tmp_path):
    """Write a recipe and its file, and import it."""

    def run(name, form, rules, text, **how):
        (tmp_path / f"{name}.toml").write_text(HEAD.format(name, form) + rules)
        (tmp_path / f"{name}.csv").write_text(text)
        auftrag = Auftrag(load_recipe(tmp_path / f"{name}.toml"), tmp_path, **how)
        return import_source(context, auftrag, lambda _step, _share: None)

    return run


def flat(*rows):
    return "ags;zeit;sex_code;alter_code;wert\n" + "".join(f"{';'.join(row)}\n" for row in rows)


PEOPLE = (
    ("5334032", "31.12.2030", "GESW", "ALT000B75", "4.850"),
    ("5334032", "31.12.2030", "GESM", "ALT000B75", "(12)"),
    ("5334032", "31.12.2030", "GESW", "ALT075UM", "-"),
    ("5334032", "31.12.2030", "GESM", "ALT075UM", "."),
    ("5334032", "31.12.2030", "", "ALT075UM", "999"),
)


def test_a_flat_file_of_a_landesdatenbank_becomes_a_forecast_with_its_signs(bring, context):
    bericht = bring("prognose", "prognose", FLAT, flat(*PEOPLE))
    prognose = read_prognose(context.settings)
    assert (bericht.neu, bericht.zaehlung["ohne Zahl"]) == (5, 1), "four numbers and the head of the forecast"
    assert any("1 Zeilen sind nach „nur“ nicht gemeint" in hint for hint in bericht.hinweise)
    numbers = {(each.raum, each.geschlecht.value, each.gruppe): each.personen for each in prognose.zeilen}
    assert numbers["05334032", "w", "00bis74"] == 4850, "a spreadsheet took the leading nought of the key"
    assert numbers["05334032", "m", "00bis74"] == 12
    assert numbers["05334032", "w", "ab75"] == 0
    assert numbers["05334032", "m", "ab75"] != numbers["05334032", "m", "ab75"], "unknown is not nought"
    assert (prognose.kopf.variante, prognose.kopf.quelle) == ("mittlere", "Landesamt, 2024")


def test_a_wide_table_becomes_rates(bring, context):
    bring("quoten", "quoten", WIDE, RATES)
    (tafel,) = (each for each in read_quoten(context.settings)[0] if each.gebiet == "05334")
    assert (tafel.code, tafel.merkmal) == ("quoten-pflegebeduerftig-05334-2023", Merkmal.PFLEGEBEDUERFTIG)
    assert tafel.stichtag == date(2023, 12, 15)
    assert [(q.altersgruppe, q.w_prozent, q.m_prozent) for q in tafel.quoten] == [
        ("00bis74", 2.3, 2.4),
        ("ab75", 38.5, 29.0),
    ]


def test_rates_follow_from_cases_and_people_where_only_these_are_printed(bring, context):
    rules = """
stichtag = 2023-12-15
[kopf]
merkmal = "stationaer"
gebiet = "05334"
[zuordnung]
geschlecht = { konstante = "i" }
altersgruppe = { spalte = "Alter", als = "altersgruppe" }
faelle = { spalte = "Versorgte", als = "anzahl" }
einwohner = { spalte = "Einwohner", als = "anzahl" }
"""
    bring("heime", "quoten", rules, "Alter;Versorgte;Einwohner\nunter 80;45;9000\n80 und mehr;124;1000\n")
    (tafel,) = (each for each in read_quoten(context.settings)[0] if each.merkmal is Merkmal.STATIONAER)
    assert [(q.w_prozent, q.m_prozent) for q in tafel.quoten] == [(0.5, 0.5), (12.4, 12.4)]


def test_a_dry_run_shows_and_changes_nothing(bring, context):
    bericht = bring("quoten", "quoten", WIDE, RATES, dry_run=True)
    assert (bericht.neu, bericht.angewendet) == (3, False)
    assert read_tafelwerke(context.settings) == ()


def test_a_second_version_says_what_it_changes_and_the_same_again_changes_nothing(bring, context):
    bring("quoten", "quoten", WIDE, RATES)
    again = bring("quoten", "quoten", WIDE, RATES)
    revised = bring("quoten", "quoten", WIDE, RATES.replace("38,5", "39"))
    assert (again.neu, again.geaendert, again.unveraendert) == (0, 0, 3)
    assert (revised.neu, revised.geaendert, revised.unveraendert) == (0, 1, 2)
    (werk,) = read_tafelwerke(context.settings)
    assert werk.quotentafel[0].quoten[1].w_prozent == 39


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (RATES.replace("38,5", "3x"), r"Zeile 2: Spalte „Quote“ unter „75 Jahre und mehr“: „3x“ ist keine Zahl"),
        (RATES.replace("29", "129"), r"Zeile 3: „129.0“ unter „75 Jahre und mehr“ liegt nicht zwischen 0 und 100"),
        (RATES.replace("Männer", "Herren"), r"Zeile 3: Spalte „Geschlecht“: „Herren“ ist im Rezept nicht übersetzt"),
        (RATES + "Frauen;1;1\n", r"Zeile 4: Diese Personen stehen schon in einer früheren Zeile \(Zeile 2\)"),
        (RATES.replace("2,3;", ""), r"Zeile 2: Die Zeile hat 2 statt 3 Felder"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_with_line_and_column_and_stops_the_table(bring, context, text, sentence):
    shown = bring("quoten", "quoten", WIDE, text, dry_run=True).text()
    with pytest.raises(ImportStopped, match=sentence):
        bring("quoten", "quoten", WIDE, text)
    assert shown.partition("abgelehnt: ")[2]
    assert read_tafelwerke(context.settings) == ()


@pytest.mark.parametrize(
    ("form", "rules", "text", "sentence"),
    [
        ("quoten", WIDE, RATES.replace("75 Jahre und mehr", "80 Jahre und mehr"), "Es fehlen die Spalten"),
        ("quoten", WIDE, RATES.partition("Männer")[0], "fehlt das Geschlecht m"),
        ("prognose", FLAT.replace('variante = "mittlere"\n', ""), flat(*PEOPLE), "passt nicht zur Tafel"),
        (
            "pflegestatistik",
            COUNTS,
            counts(insgesamt=1030, pflegegeld=550, ambulant=197, vollstationaer=140, ohne=113),
            "dürfen nicht dazukommen",
        ),
    ],
)
def test_rows_that_make_no_table_are_refused(bring, form, rules, text, sentence):
    with pytest.raises(SourceRefused, match=sentence):
        bring("tafel", form, rules, text)


def test_half_of_a_forecast_is_taken_for_an_accident(bring):
    bring("prognose", "prognose", FLAT, flat(*PEOPLE))
    with pytest.raises(ImportStopped, match="3 von 5 Angaben fehlen"):
        bring("prognose", "prognose", FLAT, flat(PEOPLE[0]))


def test_counts_know_what_is_unknown_and_areas_the_catalogue_does_not_have_are_named(bring, context):
    text = "gebiet;leistung;tag;personen\n05334032;insgesamt;15.12.2023;.\n05334;insgesamt;15.12.2023;1000\n"
    bericht = bring("statistik", "pflegestatistik", COUNTS, text + "05334999;insgesamt;15.12.2023;5\n")
    statistik = read_pflegestatistik(context.settings)
    assert statistik.find("05334", Leistung.INSGESAMT, STICHTAG).personen == 1000
    assert statistik.find("05334032", Leistung.INSGESAMT, STICHTAG) is None
    assert any("05334999" in hint for hint in bericht.hinweise)


def test_what_a_person_wrote_comes_before_what_was_imported(bring, context):
    bring("quoten", "quoten", WIDE, RATES)
    code = "quoten-pflegebeduerftig-05334-2023"
    (context.settings.home / "quoten.toml").write_text(
        f'[[quotentafel]]\ncode = "{code}"\ntitel = "Von Hand"\nmerkmal = "pflegebeduerftig"\ngebiet = "05334"\n'
        'stichtag = 2023-12-15\nquelle = "erfunden"\n[[quotentafel.quoten]]\naltersgruppe = "alle"\n'
        "w_prozent = 5\nm_prozent = 5\n"
    )
    (tafel,) = (each for each in read_quoten(context.settings)[0] if each.code == code)
    assert tafel.titel == "Von Hand"


def test_a_damaged_file_is_named(bring, context):
    bring("quoten", "quoten", WIDE, RATES)
    (context.settings.tafeln / "quoten.json").write_text("{")
    with pytest.raises(SourceRefused, match=r"quoten\.json.*neu einspielen"):
        read_tafelwerke(context.settings)


def test_the_example_region_brings_all_four_the_way_a_real_region_does(store_settings):
    store_settings.home.mkdir(parents=True, exist_ok=True)
    with closing(open_context(store_settings)) as context:
        for name in ("beispiel-pflegequoten", "beispiel-pflegestatistik", "beispiel-ueberleben", "beispiel-prognose"):
            recipe = find_recipe(name)
            import_source(context, Auftrag(recipe, folder("importers") / name), lambda _step, _share: None)
    assert read_prognose(store_settings).kopf.code == "beispiel-prognose"
    assert [tafel.code for tafel in read_ueberleben(store_settings)] == ["beispiel-ueberleben"]
    assert read_pflegestatistik(store_settings).find("05334", Leistung.AMBULANT, STICHTAG).personen == 7774
    assert {tafel.merkmal for tafel in read_quoten(store_settings)[0] if tafel.gebiet == "05334"} == {
        Merkmal.PFLEGEBEDUERFTIG,
        Merkmal.STATIONAER,
    }
