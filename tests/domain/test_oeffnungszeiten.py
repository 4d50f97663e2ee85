"""Opening hours as people write them become the standard's writing, or are not understood at all."""

import pytest
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from infrastruktur.domain.oeffnungszeiten import SCHREIBWEISE, read_oeffnungszeiten, say_oeffnungszeiten


@pytest.mark.parametrize(
    ("said", "standard"),
    [
        ("Mo-Fr 8-16 Uhr", "Mo-Fr 08:00-16:00"),
        ("Montag bis Freitag von 8.30 bis 12 Uhr", "Mo-Fr 08:30-12:00"),
        ("Mo., Di. u. Do.: 9:00 – 12:00Uhr", "Mo,Tu,Th 09:00-12:00"),
        ("Mo-Fr 8-12 und 14-16 Uhr, Mi 14-18 Uhr", "Mo-Fr 08:00-12:00,14:00-16:00, We 14:00-18:00"),
        ("mo-fr 08:00-12:00;so,feiertags GESCHLOSSEN;", "Mo-Fr 08:00-12:00; Su,PH off"),
        ("Do[1,3] 14-16", "Th[1,3] 14:00-16:00"),
        ("Fr[-1] 14-16", "Fr[-1] 14:00-16:00"),
        ("Apr-Okt, Dez Di 10-18", "Apr-Oct,Dec Tu 10:00-18:00"),
        ("Schulferien geschlossen", "SH off"),
        ("17:00+", "17:00+"),
        ("nach telefonischer Vereinbarung", '"nach telefonischer Vereinbarung"'),
        ('Mo 8-12 "außer, Mi" || nach Vereinbarung', 'Mo 08:00-12:00 "außer, Mi" || "nach Vereinbarung"'),
        ("24/7", "24/7"),
        ("Sa 22-24", "Sa 22:00-24:00"),
    ],
)  # fmt: skip
def test_what_a_clerk_writes_becomes_the_standard(said: str, standard: str) -> None:
    assert read_oeffnungszeiten(said) == standard


@pytest.mark.parametrize(
    "said",
    [
        *("", ";", "Mo-Fr", "werktags 8-12", "auf Anfrage", "24. Jul", "8-25", "8:60-9", "24:30+", "8:7-9", "8-", "-9"),
        *("Mo 8-12; ; Di 9-10", "Mo 8-12 Di 9-10", "8-12 Mo", 'Mo "auf', '""', "Mo[6] 8-9", "Mo-Di[1] 8-9", "Mo 123-4"),
        *("Mo | Di 8-9", "24/7 8-9", "=8-9", "Mo 8-9, 24/7"),
    ],
)
def test_what_could_mean_anything_is_not_understood(said: str) -> None:
    assert read_oeffnungszeiten(said) is None


def test_what_to_write_instead_is_understood() -> None:
    beispiel, _, anmerkung = SCHREIBWEISE.removeprefix("Bitte so schreiben: ").partition(". Anderes")
    assert read_oeffnungszeiten(beispiel) == "Mo-Fr 08:00-12:00,14:00-16:00; Sa 09:00-12:00; PH off"
    assert read_oeffnungszeiten(anmerkung.partition(": ")[2].rstrip(".")) == '"nach Vereinbarung"'


def _list_of(piece: st.SearchStrategy[str], most: int = 3) -> st.SearchStrategy[str]:
    return st.lists(piece, min_size=1, max_size=most).map(",".join)


DAY = st.sampled_from(["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"])
TIME = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59)) | st.just("24:00")
DAYS = _list_of(DAY | st.builds("{}-{}".format, DAY, DAY) | DAY.map("{}[2]".format) | st.sampled_from(["PH", "SH"]))
TIMES = _list_of(st.builds("{}-{}".format, TIME, TIME) | TIME.map("{}+".format)) | st.just("off")
COMMENT = st.text("aÄ-,;:8 ", min_size=1, max_size=9).map(' "{}"'.format) | st.just("")
RULE = st.builds("{}{} {}{}".format, st.sampled_from(["", "Apr-Oct ", "Jan,May-Jul "]), DAYS, TIMES, COMMENT)
SENTENCE = st.recursive(
    RULE, lambda longer: st.builds("{}{}{}".format, RULE, st.sampled_from(["; ", ", ", " || "]), longer)
)


@given(SENTENCE)
@settings(max_examples=examples(60))
def test_the_standard_stays_as_it_is_and_blanks_and_case_say_nothing(sentence: str) -> None:
    assert read_oeffnungszeiten(sentence) == sentence
    parts = sentence.split('"')
    loose = [part if at % 2 else part.lower().replace(",", " , ").replace(";", ";  ") for at, part in enumerate(parts)]
    assert read_oeffnungszeiten('"'.join(loose)) == sentence


@given(SENTENCE)
@settings(max_examples=examples(60))
def test_what_is_said_in_german_means_the_same(sentence: str) -> None:
    assert read_oeffnungszeiten(say_oeffnungszeiten(sentence)) == sentence


def test_days_months_and_holidays_are_said_in_german_and_comments_as_they_are() -> None:
    said = say_oeffnungszeiten('Mar-Oct Tu,Th 09:00-12:00 "We off"; PH off; werktags')
    assert said == 'Mär-Okt Di,Do 09:00-12:00 "We off"; Feiertag geschlossen; werktags'


@given(st.text('MoDi8-:0,; "uhr|[]+.–', max_size=40))
@settings(max_examples=examples(200))
def test_a13_any_text_is_refused_or_becomes_what_stays(text: str) -> None:
    standard = read_oeffnungszeiten(text)
    assert standard is None or read_oeffnungszeiten(standard) == standard


def test_long_nonsense_is_refused_at_once() -> None:
    assert read_oeffnungszeiten("Mo 8-9," * 20_000 + "x") is None
