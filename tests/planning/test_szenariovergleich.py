"""What is told as a difference of two states."""

from datetime import date

import pytest

from infrastruktur.domain.tabelle import Herkunft, Spalte, Tabelle, Typ
from infrastruktur.planning.szenariovergleich import compare_states

SPALTEN = (
    Spalte(name="gebiet", titel="Gebiet"),
    Spalte(name="personen", titel="Personen", typ=Typ.ZAHL),
    Spalte(name="grund", titel="Grund"),
)


def table(personen: float | None, grund: str | None = None) -> Tabelle:
    herkunft = Herkunft(titel="Drei Felder", stichtag=date(2025, 12, 31))
    return Tabelle(name="felder", spalten=SPALTEN, zeilen=(("A", personen, grund),), herkunft=herkunft)


@pytest.mark.parametrize(
    ("was", "now", "differs"),
    [
        (0.1 + 0.2, 0.3, False),
        (48_303.0, 48_303.00000000004, False),
        (48_303.0, 48_303.001, True),
        (0.0, 1e-9, True),
        (3, 4, True),
        (None, 0.3, True),
    ],
)
def test_numbers_that_differ_in_the_last_bit_alone_are_the_same(was, now, differs):
    found = [(each.spalte.name, each.vorher, each.nachher) for each in compare_states(table(was), table(now))]
    assert found == ([("personen", was, now)] if differs else [])


def test_noise_hides_no_other_column_of_its_row():
    (only,) = compare_states(table(0.1 + 0.2), table(0.3, "keine_daten"))
    assert (only.spalte.name, only.vorher, only.nachher, only.differenz) == ("grund", None, "keine_daten", None)


def test_a_number_less_than_before_differs_by_less_than_nought():
    (only,) = compare_states(table(4), table(1.5))
    assert only.differenz == -2.5
