"""What a new statement does to what was known: the past of a Stichtag must stay as it was reported."""

from datetime import date

import pytest

from infrastruktur.domain.angebot import (
    Angebot,
    Kapazitaet,
    Standort,
    Status,
    Statuszeit,
    find_valid,
    merge_dated,
)

PLACES = "plaetze_zugelassen"
IN_BETRIEB = (Statuszeit(status=Status.IN_BETRIEB),)


def places(wert, von=None, bis=None, groesse=PLACES):
    return Kapazitaet(groesse=groesse, wert=wert, gueltig_von=von, gueltig_bis=bis)


def status(kind, von=None, bis=None):
    return Statuszeit(status=kind, gueltig_von=von, gueltig_bis=bis)


def heim(*kapazitaeten, stand=None, status=IN_BETRIEB, **place):
    return Angebot(
        quelle="liste",
        schluessel="1",
        art="pflege.dauerpflege",
        name="Haus A",
        standort=Standort(schluessel="1", **place),
        kapazitaeten=kapazitaeten,
        status=status,
        stand=stand,
    )


def on(angebot, day, slot=PLACES):
    found = find_valid(angebot.kapazitaeten, slot, day)
    return None if found is None else found.wert


def test_r16_an_undated_number_holds_from_the_day_of_its_list():
    known = heim(places(80), stand=date(2025, 3, 1))
    merged = heim(places(60), stand=date(2026, 3, 1)).with_history(known)
    assert on(merged, date(2025, 12, 31)) == 80, "the table of 31.12.2025 stays"
    assert (on(merged, date(2026, 2, 28)), on(merged, date(2026, 3, 1))) == (80, 60)


def test_the_same_number_again_changes_nothing():
    known = heim(places(80, date(2020, 1, 1)), stand=date(2025, 3, 1))
    merged = heim(places(80), stand=date(2026, 3, 1)).with_history(known)
    assert merged.kapazitaeten == known.kapazitaeten


def test_the_same_list_twice_changes_nothing():
    known = heim(places(80), stand=date(2025, 3, 1))
    once = heim(places(60), stand=date(2026, 3, 1)).with_history(known)
    assert heim(places(60), stand=date(2026, 3, 1)).with_history(once) == once


def test_an_empty_cell_ends_a_number_and_keeps_its_past():
    known = heim(places(80), places(78, groesse="plaetze_betrieben"), stand=date(2025, 3, 1))
    merged = heim(places(80), stand=date(2026, 3, 1)).with_history(known)
    assert on(merged, date(2025, 12, 31), "plaetze_betrieben") == 78
    assert on(merged, date(2026, 3, 1), "plaetze_betrieben") is None, "no longer stated is unknown, not unchanged"


def test_a_home_that_was_closed_and_is_listed_again_opens_on_the_day_of_the_list():
    closed = (status(Status.IN_BETRIEB, bis=date(2025, 12, 31)), status(Status.GESCHLOSSEN, date(2026, 1, 1)))
    known = heim(status=closed, stand=date(2025, 3, 1))
    merged = heim(stand=date(2026, 6, 1)).with_history(known)
    states = [find_valid(merged.status, "status", day).status for day in (date(2026, 1, 1), date(2026, 6, 1))]
    assert states == [Status.GESCHLOSSEN, Status.IN_BETRIEB]


def test_without_a_day_a_statement_corrects_the_whole_past():
    merged = heim(places(60)).with_history(heim(places(80, date(2020, 1, 1))))
    assert merged.kapazitaeten == (places(60),)


def test_a_dated_statement_begins_on_its_own_day():
    merged = heim(places(60, date(2026, 7, 1)), stand=date(2026, 3, 1)).with_history(heim(places(80)))
    assert merged.kapazitaeten == (places(80, None, date(2026, 6, 30)), places(60, date(2026, 7, 1)))


def test_an_older_list_does_not_undo_a_newer_one():
    newer = heim(places(80), stand=date(2025, 3, 1))
    newer = heim(places(60), stand=date(2026, 3, 1)).with_history(newer)
    late = heim(places(80), stand=date(2025, 6, 1)).with_history(newer)
    assert on(late, date(2025, 12, 31)) == 80


@pytest.mark.parametrize("address", ["", "Weg 1"])
def test_a_list_without_a_point_takes_none_away(address):
    known = heim(strasse=address, punkt_25832=(300_000.0, 5_630_000.0))
    assert heim(strasse=address).with_history(known).standort.punkt_25832 == (300_000.0, 5_630_000.0)
    moved = heim(strasse="Anderswo 2").with_history(known)
    assert moved.standort.punkt_25832 is None


def test_validity_never_overlaps_after_a_merge():
    pieces = merge_dated(
        (places(1, None, date(2020, 12, 31)), places(2, date(2021, 1, 1))), (places(3, date(2022, 5, 1)),)
    )
    assert pieces == (
        places(1, None, date(2020, 12, 31)),
        places(2, date(2021, 1, 1), date(2022, 4, 30)),
        places(3, date(2022, 5, 1)),
    )
