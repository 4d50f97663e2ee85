"""Ages as offices write them, counts with the signs of official statistics, and keys a spreadsheet shortened."""

import math

import pytest

from infrastruktur.domain.errors import Refused
from infrastruktur.intake.recipe import Regel, Wandlung
from infrastruktur.intake.record import Record
from infrastruktur.intake.transforms import apply_rule


def convert(als, text):
    return apply_rule("feld", Regel(spalte="Feld", als=als), Record(7, {"Feld": text}), ",")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("17", "17"),
        ("18-19", "18bis19"),
        ("95+", "ab95"),
        ("85 bis unter 90 Jahre", "85bis89"),
        ("von 85 bis unter 90 Jahren", "85bis89"),
        ("85 bis 89", "85bis89"),
        ("unter 3 Jahren", "00bis02"),
        ("unter 1 Jahr", "00"),
        ("90 Jahre und mehr", "ab90"),
        ("90 und älter", "ab90"),
        ("ab 75", "ab75"),
        ("ALT085B90", "85bis89"),
        ("ALT090UM", "ab90"),
        ("ALT006", "06"),
        ("Insgesamt", "alle"),
    ],
)
def test_ages_in_the_words_of_offices(text, code):
    assert convert(Wandlung.ALTERSGRUPPE, text) == code


@pytest.mark.parametrize("text", ["alt", "90 bis", "90 bis unter 85", "ALT090B85", "bis unter 5", "1990"])
def test_what_is_no_age_is_refused_with_its_column(text):
    with pytest.raises(Refused, match="Feld"):
        convert(Wandlung.ALTERSGRUPPE, text)


@pytest.mark.parametrize(("text", "number"), [("-", 0), ("–", 0), ("1.234", 1234), ("(12)", 12), ("0", 0), (7.0, 7)])
def test_counts_and_their_signs(text, number):
    assert convert(Wandlung.ANZAHL, text) == number


@pytest.mark.parametrize("text", [".", "/", "x", "…", "..."])
def test_signs_that_are_no_number_are_not_nought(text):
    assert math.isnan(convert(Wandlung.ANZAHL, text))


@pytest.mark.parametrize("text", ["-5", "()", "viele"])
def test_what_is_no_count_is_refused(text):
    with pytest.raises(Refused, match="Feld"):
        convert(Wandlung.ANZAHL, text)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("5334", "05334"),
        ("05334", "05334"),
        (5334032, "05334032"),
        ("05", "05"),
        ("DG", "DG"),
        ("05334002", "05334002"),
    ],
)
def test_keys_get_their_nought_back(text, key):
    assert convert(Wandlung.GEBIET, text) == key
