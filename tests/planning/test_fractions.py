"""Spreading people over cells makes fractions of people; they must not hide what everybody may know."""

from datetime import date

import pytest

from infrastruktur.domain.tabelle import Herkunft, Tabelle, build_zeile
from infrastruktur.planning.columns import COVERAGE
from infrastruktur.planning.disclosure import protect
from infrastruktur.planning.rounding import largest_remainder


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


def areas(states, names=40):
    """One Kommune of so many Sozialräume alike, as staff sees it: (erreicht, nicht_erreicht, ohne_aussage) each."""
    rows = [("sozialraum", f"05334002-AC{number:02d}", states) for number in range(1, names + 1)]
    whole = tuple(names * value for value in states)
    rows += [("kommune", "05334002", whole), ("region", "05334", whole)]
    zeilen = tuple(
        build_zeile(
            COVERAGE,
            {
                "ebene": ebene,
                "gebiet": gebiet,
                "gebiet_name": gebiet,
                "ziel": "tagespflege",
                "altersgruppe": "ab75",
                "personen": sum(counts),
                **dict(zip(("erreicht", "nicht_erreicht", "ohne_aussage"), counts, strict=True)),
            },
        )
        for ebene, gebiet, counts in rows
    )
    herkunft = Herkunft(titel="Erreichbarkeit", stichtag=date(2025, 12, 31))
    return Tabelle(name="coverage", spalten=COVERAGE, zeilen=zeilen, herkunft=herkunft)


@pytest.mark.parametrize(
    "states",
    [(100.3, 50.3, 0.4), (100.35, 50.4, 0.25), (30.2, 20.3, 10.5), (100.0, 50.55, 0.45), (60.6, 40.2, 12.2)],
)
def test_fractions_of_many_areas_do_not_add_up_to_people_lost_or_invented(states):
    """Rounding each area by itself would move up to half a person in every one of them the same way."""
    table = areas(states)
    for exact, shown in zip(table.records(), protect(table).records(), strict=True):
        for name in ("personen", "erreicht", "nicht_erreicht", "ohne_aussage"):
            if shown[name] is not None:
                assert abs(shown[name] - exact[name]) < 2.5, (exact["ebene"], name)


def test_a_nought_is_shown_only_where_less_than_half_a_person_is():
    shown = protect(areas((100.3, 50.3, 0.4))).records()
    exact = areas((100.3, 50.3, 0.4)).records()
    noughts = [
        row for row, is_ in zip(shown, exact, strict=True) if row["ohne_aussage"] == 0 and is_["ohne_aussage"] >= 0.5
    ]
    assert noughts == []


def test_nobody_is_taken_from_a_nought():
    """A total rounded down from above takes its person from where people are, never below nought."""
    assert largest_remainder([0.0, 10.0, 3.0], 12) == [0, 9, 3]
