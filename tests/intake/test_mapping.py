"""From cells to values: numbers, dates, keys, texts, periods."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake.recipes import ANGEBOTE, write

from infrastruktur.domain.angebot import Status, find_valid, is_valid_on
from infrastruktur.domain.errors import Refused
from infrastruktur.intake.cells import parse_gitter_id
from infrastruktur.intake.mapping import build_status
from infrastruktur.intake.reading import Reading, read_source
from infrastruktur.intake.recipe import Regel, Wandlung
from infrastruktur.intake.record import Record, clean_text
from infrastruktur.intake.transforms import apply_rule, parse_date, parse_number


def read(folder: Path, *rows: str, head: str = "Schlüssel;Art;Name;Ostwert;Nordwert") -> Reading:
    write(folder, "\n".join((head, *rows)))
    return read_source(ANGEBOTE, folder)


def test_a02_a_swapped_point_is_refused_and_counted(tmp_path: Path) -> None:
    reading = read(tmp_path, "1;quartier.tafel;Tafel;294420;5628970", "2;quartier.tafel;Tafel;5628970;294420")
    assert (len(reading.angebote), reading.zaehlung["abgelehnt"]) == (1, 1)
    (refusal,) = reading.abgelehnt
    assert (refusal.zeile, refusal.schluessel) == (3, "2")
    assert "sieht vertauscht aus" in refusal.grund


@pytest.mark.parametrize("wert", ["nan", "inf", "1e999", "1,2,3", "x", "--"])
def test_a01_a_coordinate_that_is_no_number_is_refused(tmp_path: Path, wert: str) -> None:
    reading = read(tmp_path, f"1;quartier.tafel;Tafel;{wert};5628970")
    assert (reading.angebote, [refusal.zeile for refusal in reading.abgelehnt]) == ((), [2])


@pytest.mark.parametrize(
    ("name", "reason"),
    [("Ta\u202efel", "Steuerzeichen"), ("Ta\x00fel", "Steuerzeichen"), ("x" * 201, "zu lang"), ("", "Es fehlt: name")],
)
def test_a14_text_that_may_not_be_kept_is_refused(tmp_path: Path, name: str, reason: str) -> None:
    reading = read(tmp_path, f"1;quartier.tafel;{name};;")
    assert reason in reading.abgelehnt[0].grund


def test_opening_hours_nobody_could_enter_are_taken_as_they_are_and_told(tmp_path: Path) -> None:
    rows = [f"{key};quartier.tafel;Tafel;{hours}" for key, hours in enumerate(("Mo-Fr 8-16", "sunrise-sunset", ""))]
    reading = read(tmp_path, *rows, head="Schlüssel;Art;Name;Öffnungszeiten")
    assert [each.attribute.get("oeffnungszeiten") for each in reading.angebote] == [
        "Mo-Fr 8-16",
        "sunrise-sunset",
        None,
    ]
    assert reading.hinweise == ("Öffnungszeiten in unbekannter Schreibweise: 1, übernommen wie „sunrise-sunset“.",)


def test_a14_both_unicode_forms_are_one() -> None:
    assert clean_text("Stra\u00dfe u\u0308ber ") == "Straße über"


@given(st.text(max_size=300))
def test_a14_any_text_is_kept_clean_or_refused(text: str) -> None:
    try:
        kept = clean_text(text)
    except Refused:
        return
    assert len(kept) <= 200
    assert clean_text(kept) == kept


def test_misspelled_headings_are_told(tmp_path: Path) -> None:
    reading = read(tmp_path, "1;quartier.tafel;Tafel;3", head="Schlüssel;Art;Name;Oeffnungsstunden")
    assert reading.hinweise == ("Beispiel: nicht übernommene Spalten: Oeffnungsstunden.",)


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,5", 1.5), ("1.204", 1204), ("1.204,25", 1204.25), ("-3", -3), ("12.5", 12.5), (7, 7), (294420.5, 294420.5)],
)
def test_german_numbers(text: Any, number: float) -> None:
    assert parse_number(text, ",") == number


def test_decimal_points() -> None:
    assert parse_number("1.204", ".") == 1.204
    with pytest.raises(Refused, match="„1,5“ ist keine Zahl"):
        parse_number("1,5", ".")


@pytest.mark.parametrize(
    ("text", "day"),
    [("31.12.2025", date(2025, 12, 31)), ("2025-12-31", date(2025, 12, 31)), ("2025-05", date(2025, 5, 1))],
)
def test_dates(text: str, day: date) -> None:
    assert parse_date(text) == day


@pytest.mark.parametrize("text", ["31.02.2025", "12/31/2025", "24:00", "0000-01-01", "gestern", "٣١.12.2025"])
def test_a13_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        parse_date(text)


@pytest.mark.parametrize(
    ("als", "cell", "value"),
    [
        (Wandlung.PLZ, 1067, "01067"),
        (Wandlung.PLZ, 1067.0, "01067"),
        (Wandlung.AGS, 5334002, "05334002"),
        (Wandlung.ALTERSGRUPPE, 6, "06"),
        (Wandlung.ALTERSGRUPPE, "18-19", "18bis19"),
        (Wandlung.ALTERSGRUPPE, "90–94", "90bis94"),
        (Wandlung.ALTERSGRUPPE, "95+", "ab95"),
        (Wandlung.STRASSENNAME, "Straße des 17. Juni 135a, 52062 Ort", "Straße des 17. Juni"),
        (Wandlung.HAUSNUMMER, "Straße des 17. Juni 135 a, 52062 Ort", "135a"),
        (Wandlung.HAUSNUMMER, "Beispielstr. 3-5", "3-5"),
        (Wandlung.STRASSENNAME, "Beispielhof", "Beispielhof"),
        (Wandlung.JA_NEIN, "Ja", True),
        (Wandlung.ART, "tagespflege", "pflege.tagespflege"),
    ],
)
def test_named_transforms(als: Wandlung, cell: Any, value: Any) -> None:
    assert apply_rule("x", Regel(spalte="S", als=als), Record(1, {"S": cell}), ",") == value


def test_value_tables_refuse_what_they_do_not_know() -> None:
    rule = Regel(spalte="S", werte={"yes": "ja"})
    assert apply_rule("x", rule, Record(1, {"S": "yes"}), ",") == "ja"
    with pytest.raises(Refused, match="„maybe“ ist im Rezept nicht übersetzt"):
        apply_rule("x", rule, Record(1, {"S": "maybe"}), ",")


def test_a_home_closed_zum_still_counts_on_that_day() -> None:
    pieces = build_status({"status": "in_betrieb", "geschlossen_zum": date(2025, 12, 31)})
    last, next_ = find_valid(pieces, "status", date(2025, 12, 31)), find_valid(pieces, "status", date(2026, 1, 1))
    assert last is not None
    assert next_ is not None
    assert (last.status, next_.status) == (Status.IN_BETRIEB, Status.GESCHLOSSEN)


def test_contradicting_dates_are_refused() -> None:
    with pytest.raises(Refused, match="widersprechen sich"):
        build_status({"status": "geplant", "status_ab": date(2027, 1, 1), "in_betrieb_ab": date(2026, 1, 1)})


DAYS = st.none() | st.dates(date(2020, 1, 1), date(2030, 12, 31))


@given(st.sampled_from(list(Status)), DAYS, DAYS, DAYS, st.dates(date(2019, 1, 1), date(2031, 12, 31)))
def test_at_most_one_status_holds_on_any_day(
    status: Status, begin: date | None, opening: date | None, last: date | None, day: date
) -> None:
    values = {"status": status.value, "status_ab": begin, "in_betrieb_ab": opening, "geschlossen_zum": last}
    try:
        pieces = build_status({name: value for name, value in values.items() if value is not None})
    except Refused:
        return
    assert sum(is_valid_on(piece, day) for piece in pieces) <= 1


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("CRS3035RES100mN3081200E4044900", (100, 4044900, 3081200)),
        ("CRS3035RES1kmN3081000E4044000", (1000, 4044000, 3081000)),
        ("100mN26865E43357", (100, 4335700, 2686500)),
        ("1kmN3084E4037", (1000, 4037000, 3084000)),
    ],
)
def test_both_forms_of_grid_ids(text: str, cell: tuple[int, int, int]) -> None:
    assert parse_gitter_id(text) == cell
