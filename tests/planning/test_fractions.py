"""Spreading people over cells makes fractions of people; they must not hide what everybody may know."""

from datetime import date

from infrastruktur.domain.tabelle import Herkunft, Tabelle, build_zeile
from infrastruktur.planning.columns import COVERAGE
from infrastruktur.planning.disclosure import protect


def published(erreicht, nicht_erreicht, ohne_aussage):
    personen = erreicht + nicht_erreicht + ohne_aussage
    row = {
        "ebene": "region",
        "gebiet": "05334",
        "gebiet_name": "Land",
        "ziel": "tagespflege",
        "altersgruppe": "ab75",
        "personen": personen,
        "erreicht": erreicht,
        "nicht_erreicht": nicht_erreicht,
        "ohne_aussage": ohne_aussage,
        "anteil_prozent": 100 * erreicht / personen,
    }
    herkunft = Herkunft(titel="Erreichbarkeit", stichtag=date(2025, 12, 31))
    table = Tabelle(name="coverage", spalten=COVERAGE, zeilen=(build_zeile(COVERAGE, row),), herkunft=herkunft)
    return protect(table).records()[0]


def test_four_tenths_of_a_person_hide_nothing():
    shown = published(55_648.3, 3_212.3, 0.4)
    assert (shown["erreicht"], shown["nicht_erreicht"], shown["ohne_aussage"]) == (55_649, 3_212, 0)
    assert shown["anteil_prozent"] == 94.5
    assert shown["grund"] is None


def test_one_person_is_still_a_secret():
    shown = published(55_648, 3_212, 1)
    assert shown["ohne_aussage"] is None
    assert shown["grund"] == "geheim"
