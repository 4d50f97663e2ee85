"""A recipe that is wrong is refused with one German sentence."""

from pathlib import Path

import pytest
from intake.recipes import write

from infrastruktur import resources
from infrastruktur.domain.errors import SourceRefused
from infrastruktur.intake.reading import find_files
from infrastruktur.intake.recipe import load_recipe

GOOD = """
titel = "Beispiel"
quelle = "beispiel"
herausgeber = "Beispiel"
lizenz = "CC0-1.0"
namensnennung = "Beispiel"
form = "angebote"
format = "csv"
dateien = ["a.csv"]
"""


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('titel = "Beispiel"', "", "Das Feld „titel“ fehlt."),
        ('lizenz = "CC0-1.0"', 'lizenz = " "', "„lizenz“ ist leer: ohne Lizenz und Namensnennung"),
        ('lizenz = "CC0-1.0"', 'lizens = "CC0-1.0"', "Das Feld „lizens“ gibt es in Rezepten nicht."),
        ('form = "angebote"', 'form = "punkte"', "Der Wert „punkte“ ist hier nicht vorgesehen (in form)."),
        ('quelle = "beispiel"', 'quelle = "../beispiel"', "„../beispiel“ taugt nicht als Name der Quelle"),
        ('quelle = "beispiel"', f'quelle = "{"x" * 65}"', "taugt nicht als Name der Quelle"),
        ('["a.csv"]', '["../a.csv"]', "„dateien“ nennt Namen oder Muster innerhalb des Datenordners"),
        ('["a.csv"]', '["/etc/passwd"]', "„dateien“ nennt Namen oder Muster innerhalb des Datenordners"),
        ('form = "angebote"', 'form = "zellen"', "Die Tabelle „zellen“ gehört zur Form „zellen“"),
        ('format = "csv"', 'format = "osm"', "Regeln „tags“ gehören zum Format „osm“"),
        ("titel =", "titel ==", "Das Rezept ist kein gültiges TOML"),
        ('["a.csv"]', '["a.csv"]\nmax_anteil_verschwunden = 2', "liegt zwischen 0 und 1"),
        ('["a.csv"]', '["a.csv"]\n[zuordnung]\nname = {spalte = "N", alls = "text"}', "Das Feld „alls“ gibt es"),
        ('["a.csv"]', '["a.csv"]\n[zuordnung]\nname = {spalte = "N", muster = "("}', "kein regulärer Ausdruck"),
    ],
)
def test_f12_f13_faulty_recipe_is_refused(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert old in GOOD
    write(tmp_path, GOOD.replace(old, new, 1), "source.toml")
    with pytest.raises(SourceRefused) as refused:
        load_recipe(tmp_path)
    assert sentence in str(refused.value)


def test_missing_recipe_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match="Das Rezept ist nicht lesbar"):
        load_recipe(tmp_path / "fehlt.toml")


def test_unknown_art_of_a_tag_rule_is_refused(tmp_path: Path) -> None:
    rule = '\n[[tags]]\nart = "alltag.kiosk"\ntags = [{ shop = "kiosk" }]\n'
    write(tmp_path, GOOD.replace('format = "csv"', 'format = "osm"') + rule, "source.toml")
    with pytest.raises(SourceRefused, match=r"Die Art „alltag\.kiosk“ gibt es nicht"):
        load_recipe(tmp_path)


def test_files_are_found_by_pattern_and_in_the_named_folder(tmp_path: Path) -> None:
    (tmp_path / "aachen").mkdir()
    write(tmp_path, GOOD.replace('["a.csv"]', '["*.csv"]\nordner = "aachen"'), "source.toml")
    recipe = load_recipe(tmp_path)
    with pytest.raises(SourceRefused, match=r"Die Datei „\*\.csv“ fehlt im Ordner"):
        find_files(recipe, tmp_path)
    expected = write(tmp_path / "aachen", "x", "b.csv")
    assert find_files(recipe, tmp_path) == (expected,)
    assert find_files(recipe, tmp_path / "aachen") == (expected,)


@pytest.mark.parametrize(
    "path", sorted(resources.folder("importers").glob("*/source.toml")), ids=lambda p: p.parent.name
)
def test_every_shipped_recipe_loads(path: Path) -> None:
    assert load_recipe(path).lizenz
