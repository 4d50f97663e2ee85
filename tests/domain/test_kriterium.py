"""Criteria sets are data: read without code, dated, and refused with a German sentence that names the line."""

import tomllib
from datetime import date

import pytest

from infrastruktur import resources
from infrastruktur.domain.errors import NotFound, SourceRefused
from infrastruktur.domain.kriterium import parse_kriterien, satz_of_kommune, select_kriteriensatz
from infrastruktur.domain.vorgabe import find_line, read_pfad
from infrastruktur.domain.ziel import parse_ziele

SHIPPED = (resources.folder("schemas") / "kriterien.toml").read_text(encoding="utf-8")
STICHTAG = date(2025, 12, 31)

SMALL = """
[[kriteriensatz]]
code = "probe"
version = 1
variante = "staedtisch"
titel = "Probe"
quelle = "gezeichnet"
autor = "Test"
stand = 2025-01-01
gueltig_von = 2025-01-01

  [[kriteriensatz.kriterium]]
  code = "begegnung"
  titel = "Begegnung"
  arten = ["quartier.seniorentreff"]
  modus = "zu_fuss"
  max_minuten = 15
  altersgruppe = "ab75"
  anteil_prozent = 70
  gewicht = 2
  grundlage = "Probe"

  [[kriteriensatz.kriterium]]
  code = "sicherheit"
  titel = "Sicherheit"
  arten = ["pflege.ambulant"]
  abdeckung = "einsatzgebiet"
  mit = { rufbereitschaft_24h = true }
  altersgruppe = "ab75"
  anteil_prozent = 95
  gewicht = 3
  grundlage = "Probe"
"""


def line_of(text: str, wanted: str) -> int:
    """Find the line (from 1) a text first stands in."""
    return next(number for number, line in enumerate(text.splitlines(), start=1) if wanted in line)


def read(text: str = SMALL):
    return parse_kriterien(text, "kriterien.toml")


def test_the_shipped_set_has_thirteen_criteria_and_one_beside_in_two_variants() -> None:
    town, country = read(SHIPPED)
    assert (town.code, town.variante, country.variante) == ("vq-aachen-entwurf-1", "staedtisch", "laendlich")
    codes = [each.code for each in town.kriterium]
    assert codes == [each.code for each in country.kriterium]
    assert len([each for each in town.kriterium if each.gewicht]) == 13
    assert [each.code for each in town.kriterium if not each.gewicht] == ["ambulant_fahrzeit"]
    assert {each.status for each in (town, country)} == {"Arbeitswert, nicht beschlossen"}
    assert all(each.grundlage for satz in (town, country) for each in satz.kriterium)


def test_the_quartierszentrum_is_the_same_bundle_for_targets_and_criteria() -> None:
    path = resources.folder("schemas") / "ziele.toml"
    ziele = {each.code: each for each in parse_ziele(tomllib.loads(path.read_text(encoding="utf-8")), path.name)}
    for satz in read(SHIPPED):
        (criterion,) = (each for each in satz.kriterium if each.code == "begegnung")
        assert criterion.arten == ziele["begegnung"].arten


def test_in_the_country_nobody_has_to_walk() -> None:
    _, country = read(SHIPPED)
    walked = [each.code for each in country.kriterium if each.modus == "zu_fuss"]
    assert walked == ["haltestelle"]


def test_a_resolution_replaces_the_word_working_value() -> None:
    adopted = SMALL.replace(
        "\n  [[kriteriensatz.kriterium]]",
        '\n  [kriteriensatz.beschluss]\n  am = 2026-03-01\n  gremium = "Städteregionstag"\n  fundstelle = "Vorlage 1"\n'
        "\n  [[kriteriensatz.kriterium]]",
        1,
    )
    assert read(adopted)[0].status == "Beschluss vom 01.03.2026, Städteregionstag"


MISTAKES = [
    ('  code = "begegnung"', '  kod = "begegnung"', "„kod“ ist hier nicht vorgesehen", "kod ="),
    ("gewicht = 2", 'gewicht = "zwei"', "gewicht: Erwartet wird eine ganze Zahl", "zwei"),
    ("gewicht = 2", "gewicht = 11", "gewicht: Der Wert darf höchstens 10", "gewicht = 11"),
    ("anteil_prozent = 70", "anteil_prozent = 0", "größer als 0", "anteil_prozent = 0"),
    ("anteil_prozent = 70", "anteil_prozent = 101", "höchstens 100", "anteil_prozent = 101"),
    ("quartier.seniorentreff", "quartier.kegelbahn", "Die Art „quartier.kegelbahn“ gibt es nicht", "kegelbahn"),
    ('modus = "zu_fuss"', 'modus = "ballon"', "modus: Den Wert 'ballon' gibt es hier nicht", "ballon"),
    ("max_minuten = 15", "max_minuten = 15\n  max_meter = 500", "entweder max_minuten oder max_meter", "minuten"),
    ("rufbereitschaft_24h", "nachts", "Die Eigenschaft „nachts“ gibt es", "nachts"),
    ('"einsatzgebiet"', '"einsatzgebiet"\n  modus = "pkw"', "weder modus noch", "abdeckung"),
    ('code = "sicherheit"', 'code = "begegnung"', "steht zweimal da", 'code = "begegnung"'),
    ("2025-01-01\n\n", "2025-01-01\ngueltig_bis = 2024-12-31\n\n", "liegt vor gueltig_von", "gueltig_bis"),
    ('altersgruppe = "ab75"', 'altersgruppe = "alt"', "„alt“ ist keine Altersgruppe", '"alt"'),
]


@pytest.mark.parametrize(("right", "wrong", "said", "there"), MISTAKES, ids=[each[2] for each in MISTAKES])
def test_a_mistake_is_said_in_german_with_its_line(right: str, wrong: str, said: str, there: str) -> None:
    text = SMALL.replace(right, wrong, 1)
    assert text != SMALL
    with pytest.raises(SourceRefused, match=said) as refused:
        read(text)
    assert refused.value.line is not None
    assert there in text.splitlines()[refused.value.line - 1]


def test_the_line_named_is_the_one_of_the_mistake() -> None:
    text = SMALL.replace("gewicht = 3", "gewicht = true")
    with pytest.raises(SourceRefused) as refused:
        read(text)
    assert refused.value.line == line_of(text, "gewicht = true")
    assert str(refused.value).startswith(f"kriterien.toml, Zeile {refused.value.line}: ")


def test_what_is_no_toml_is_refused_with_its_line() -> None:
    text = SMALL.replace("gewicht = 2", "gewicht = ")
    with pytest.raises(SourceRefused) as refused:
        read(text)
    assert refused.value.line == line_of(text, "gewicht = ")


def test_a_missing_field_names_the_line_of_its_block() -> None:
    text = SMALL.replace("  anteil_prozent = 95\n", "")
    with pytest.raises(SourceRefused, match="„anteil_prozent“ fehlt") as refused:
        read(text)
    assert refused.value.line == line_of(text, '"sicherheit"') - 1


def test_lines_are_found_as_toml_counts_blocks() -> None:
    text = "[[a]]\nx = 1\n[[a.b]]\ny = 1\n[[a]]\n[[a.b]]\n[[a.b]]\ny = 2\n"
    assert find_line(text, read_pfad("$.a[0].x")) == 2
    assert find_line(text, read_pfad("$.a[0].b[0].y")) == 4
    assert find_line(text, read_pfad("$.a[1].b[1].y")) == 8
    assert find_line(text, read_pfad("$.a[1].b[0].y")) == 6, "no such key: the block"
    assert find_line(text, read_pfad("$.c")) is None


def test_a_version_ends_on_its_last_valid_day() -> None:
    old = SMALL.replace("gueltig_von = 2025-01-01", "gueltig_von = 2025-01-01\ngueltig_bis = 2025-12-31")
    new = SMALL.replace("version = 1", "version = 2").replace("gueltig_von = 2025-01-01", "gueltig_von = 2026-01-01")
    saetze = read(old + new)
    assert select_kriteriensatz(saetze, date(2025, 12, 31))[0].version == 1
    assert select_kriteriensatz(saetze, date(2026, 1, 1))[0].version == 2
    assert select_kriteriensatz(saetze, date(2020, 1, 1))[0].version == 1, "earlier days are judged by the first"
    with pytest.raises(NotFound, match=r"gilt am 01\.01\.2026 nicht mehr"):
        select_kriteriensatz(read(old), date(2026, 1, 1))


def test_two_versions_never_hold_on_the_same_day() -> None:
    with pytest.raises(SourceRefused, match="gilt an einem Tag zweimal"):
        read(SMALL + SMALL)


def test_a_kommune_that_no_variant_names_has_the_one_for_all() -> None:
    country = SMALL.replace('"staedtisch"', '"laendlich"').replace("stand =", 'kommunen = ["05334020"]\nstand =')
    varianten = select_kriteriensatz(read(SMALL + country), STICHTAG)
    assert satz_of_kommune(varianten, "05334020").variante == "laendlich"
    assert satz_of_kommune(varianten, "05334002").variante == "staedtisch"


def test_an_unknown_set_is_not_found() -> None:
    with pytest.raises(NotFound, match="Bekannt sind: probe"):
        select_kriteriensatz(read(), STICHTAG, "vq-mond")
