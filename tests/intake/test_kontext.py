"""Tables of a Sozialraummonitoring: signs, brackets and German numbers, in wide and in long tables."""

from datetime import date
from pathlib import Path

import pytest
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from intake.recipes import write

from infrastruktur.domain.errors import Grund, Refused, SourceRefused
from infrastruktur.domain.kontext import list_kontextindikatoren
from infrastruktur.intake.kontext import read_cell
from infrastruktur.intake.reading import read_source
from infrastruktur.intake.recipe import load_recipe

HEAD = """
titel = "Monitoring"
quelle = "monitoring"
herausgeber = "Amt"
lizenz = "dl-de/by-2-0"
namensnennung = "Amt"
form = "kontext"
format = "csv"
dateien = ["a.csv"]
"""
PLACED = """
[zuordnung]
raum = { spalte = "Gebiet" }
stichtag = { spalte = "Tag", als = "datum" }
"""
WIDE = '[kontext]\nindikatoren = [{ code = "sgb2_quote", spalte = "SGB II" }, { code = "einwohner", spalte = "EW" }]\n'
LONG = f'{WIDE}indikator = "Was"\nwert = "Zahl"\n'


def read(folder: Path, recipe: str, table: str):
    write(folder, recipe, "source.toml")
    write(folder, table)
    return read_source(load_recipe(folder), folder)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("12,5", (12.5, None, False)),
        ("1.234,5", (1234.5, None, False)),
        ("-3,2", (-3.2, None, False)),
        (7, (7.0, None, False)),
        ("(12,5)", (12.5, None, True)),
        ("( 4 )", (4.0, None, True)),
        ("-", (0.0, None, False)),
        ("–", (0.0, None, False)),
        (".", (None, Grund.GEHEIM, False)),
        ("/", (None, Grund.UNSICHER, False)),
        ("()", (None, Grund.UNSICHER, False)),
        ("...", (None, Grund.KEINE_DATEN, False)),
        ("x", (None, Grund.KEINE_DATEN, False)),
        ("", None),
        (None, None),
        ("  ", None),
    ],
)
def test_a_cell_is_a_number_or_a_sign_and_only_the_dash_is_nought(cell, said):
    assert read_cell(cell, ",") == said


@pytest.mark.parametrize("cell", ["viele", "12,5 %", "((3))", "1,2,3", "nan", "(.)"])
def test_what_is_neither_number_nor_sign_is_refused(cell):
    with pytest.raises(Refused):
        read_cell(cell, ",")


@settings(max_examples=examples(200))
@given(st.floats(-1e9, 1e9, allow_nan=False).map(lambda number: round(number, 3)), st.booleans())
def test_a_number_written_in_german_is_read_as_it_was(number, bracketed):
    text = f"{number:.3f}".replace(".", ",")
    assert read_cell(f"({text})" if bracketed else text, ",") == (number, None, bracketed)


def test_a_wide_and_a_long_table_say_the_same(tmp_path):
    wide, long = tmp_path / "wide", tmp_path / "long"
    for folder in (wide, long):
        folder.mkdir()
    table = "Tag;Gebiet;SGB II;EW\n31.12.2025;A;12,5;.\n31.12.2025;B;;(900)\n"
    rows = "Tag;Gebiet;Was;Zahl\n31.12.2025;A;SGB II;12,5\n31.12.2025;A;EW;.\n"
    rows += "31.12.2025;B;SGB II;\n31.12.2025;B;EW;(900)\n"
    one, other = read(wide, HEAD + PLACED + WIDE, table), read(long, HEAD + PLACED + LONG, rows)
    assert one.kontext == other.kontext
    assert [(each.raum, each.indikator, each.wert, each.grund) for each in one.kontext] == [
        ("A", "sgb2_quote", 12.5, None),
        ("A", "einwohner", None, Grund.GEHEIM),
        ("B", "einwohner", 900.0, None),
    ]
    assert one.zaehlung == {"übernommen": 3, "abgelehnt": 0, "ohne Wert": 1, "eingeschränkt": 1}


def test_a_faulty_cell_is_refused_and_its_row_goes_on(tmp_path):
    reading = read(tmp_path, HEAD + PLACED + WIDE, "Tag;Gebiet;SGB II;EW\n31.12.2025;A;viele;900\n;B;1;1\n")
    assert [(each.raum, each.wert) for each in reading.kontext] == [("A", 900.0)]
    assert [(refusal.zeile, refusal.grund) for refusal in reading.abgelehnt] == [
        (2, "Indikator „sgb2_quote“: „viele“ ist keine Zahl."),
        (3, "Der Stichtag fehlt in der Zeile und im Rezept."),
    ]


def test_a_name_the_recipe_does_not_know_is_refused(tmp_path):
    reading = read(tmp_path, HEAD + PLACED + LONG, "Tag;Gebiet;Was;Zahl\n31.12.2025;A;Hunde;3\n")
    assert [refusal.grund for refusal in reading.abgelehnt] == ["Der Indikator „Hunde“ steht nicht im Rezept."]


def test_the_day_of_a_source_may_stand_in_its_recipe(tmp_path):
    recipe = f'{HEAD}stichtag = 2023-12-31\n[zuordnung]\nraum = {{ spalte = "Gebiet" }}\n{WIDE}'
    (value, _) = read(tmp_path, recipe, "Gebiet;SGB II;EW\nA;1;2\n").kontext
    assert value.stichtag == date(2023, 12, 31)


@pytest.mark.parametrize(
    ("recipe", "fault"),
    [
        (HEAD + PLACED, "gehört zur Form"),
        (HEAD + WIDE, "raum"),
        (HEAD + PLACED + WIDE.replace("sgb2_quote", "hunde"), "Den Kontextindikator „hunde“ gibt es nicht"),
        (HEAD + PLACED + WIDE + 'wert = "Zahl"\n', "gehören zusammen"),
    ],
)
def test_a_recipe_that_cannot_be_followed_is_refused(tmp_path, recipe, fault):
    write(tmp_path, recipe, "source.toml")
    with pytest.raises(SourceRefused, match=fault):
        load_recipe(tmp_path)


def test_the_five_themes_of_a_sozialraummonitoring_are_there():
    indikatoren = list_kontextindikatoren()
    assert {each.thema.titel for each in indikatoren} == {
        "Soziodemografie",
        "Sozioökonomie",
        "Bildung",
        "Gesundheit und Beeinträchtigung",
        "Integration",
    }
    assert all(each.deutung for each in indikatoren)
    assert all(each.bezug for each in indikatoren if each.einheit != "Personen"), "a share names its denominator"
