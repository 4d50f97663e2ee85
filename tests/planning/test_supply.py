"""Places at dates: what counts as Bestand, and how that of a later day comes about."""

from datetime import date

import numpy as np
import pytest
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from planning.pflegeplan import HAUS_1, HAUS_2, HAUS_3, STICHTAG, houses

from infrastruktur.domain.angebot import Status
from infrastruktur.planning.supply import BEWEGUNGEN, Bewegung, balance, count_places, foresee, stand_on

PLACES = houses(HAUS_1, HAUS_2, HAUS_3)


def moved(ahead, area):
    return {kind.value: n for kind, n in zip(BEWEGUNGEN, ahead.bewegung[area].tolist(), strict=True) if n}


def test_r5_only_what_is_in_operation_is_bestand() -> None:
    bestand = count_places(PLACES, STICHTAG, 2)
    assert bestand.plaetze.tolist() == [80, 30]
    assert bestand.angebote.tolist() == [1, 1]
    assert count_places(PLACES, STICHTAG, 2, Status.GEPLANT).plaetze.tolist() == [40, 0]


def test_the_last_day_still_counts_and_the_next_is_the_new_one() -> None:
    assert count_places(PLACES, date(2027, 12, 31), 2).plaetze.tolist() == [120, 30]
    assert count_places(PLACES, date(2028, 1, 1), 2).plaetze.tolist() == [120, 20]


def test_a_planned_house_and_a_smaller_one() -> None:
    ahead = foresee(PLACES, STICHTAG, date(2028, 12, 31), 2)
    assert ahead.basis.plaetze.tolist() == [80, 30]
    assert ahead.bestand.plaetze.tolist() == [120, 20]
    assert moved(ahead, 0) == {"zugang_geplant": 40}
    assert moved(ahead, 1) == {"wegfall_abbau": 10}
    assert ahead.je_angebot.tolist() == [80, 40, 20]


def test_planned_places_need_not_be_counted_but_are_told() -> None:
    ahead = foresee(PLACES, STICHTAG, date(2028, 12, 31), 2, gerechnet=(Status.GENEHMIGT, Status.IM_BAU))
    assert ahead.bestand.plaetze.tolist() == [80, 20]
    assert ahead.nicht_gerechnet.tolist() == [40, 0]
    assert moved(ahead, 0) == {}


@pytest.mark.parametrize(
    ("before", "kind"),
    [
        ("geplant", "zugang_geplant"),
        ("genehmigt", "zugang_genehmigt"),
        ("im_bau", "zugang_im_bau"),
        ("ruhend", "zugang_sonst"),
    ],
)
def test_what_opens_is_told_by_where_it_comes_from(before: str, kind: str) -> None:
    house = ("x", 0, [(before, 12, None, "2026-05-31"), ("in_betrieb", 14, "2026-06-01", None)])
    assert moved(foresee(houses(house), STICHTAG, date(2026, 12, 31), 1), 0) == {kind: 14}


def test_a_house_nobody_knew_of_and_one_that_closes() -> None:
    new = ("new", 0, [("in_betrieb", 9, "2026-06-01", None)])
    closing = ("old", 0, [("in_betrieb", 50, None, "2026-03-31")])
    grows = ("grows", 0, [("in_betrieb", 5, None, "2026-03-31"), ("in_betrieb", 8, "2026-04-01", None)])
    ahead = foresee(houses(new, closing, grows), STICHTAG, date(2026, 12, 31), 1)
    assert moved(ahead, 0) == {"zugang_sonst": 9, "wegfall_schliessung": 50, "zugang_ausbau": 3}


def test_without_a_date_a_plan_stays_a_plan() -> None:
    ahead = foresee(houses(("x", 0, [("genehmigt", 60, None, None)])), STICHTAG, date(2028, 12, 31), 1)
    assert ahead.ohne_termin.tolist() == [60]
    assert ahead.bestand.plaetze.tolist() == [0]


def test_unknown_places_are_counted_as_such_and_move_nothing() -> None:
    silent = ("x", 0, [("in_betrieb", 30, None, "2026-03-31"), ("in_betrieb", None, "2026-04-01", None)])
    ahead = foresee(houses(silent, HAUS_1), STICHTAG, date(2026, 12, 31), 1)
    assert ahead.bestand.ohne_platzzahl.tolist() == [1]
    assert ahead.bestand.plaetze.tolist() == [80]
    assert moved(ahead, 0) == {"ungewiss": -30}
    alone = count_places(houses(silent), date(2026, 12, 31), 1)
    assert alone.unstated.tolist() == [True]


def test_what_lies_in_no_area_counts_nowhere() -> None:
    ahead = foresee(houses(("x", -1, [("in_betrieb", 10, None, None)])), STICHTAG, date(2026, 12, 31), 1)
    assert (ahead.bestand.plaetze.tolist(), ahead.je_angebot.tolist()) == ([0], [0])


def test_a_state_is_told_with_its_begin() -> None:
    stand = stand_on(PLACES, date(2027, 12, 31))
    assert stand.seit.tolist() == [None, date(2027, 7, 1), None]


@st.composite
def dated_houses(draw):
    """Draw houses of up to three consecutive times of any status, some of unknown size."""
    rows = []
    for key in range(draw(st.integers(0, 6))):
        days = sorted(draw(st.sets(st.integers(2024, 2031), min_size=0, max_size=3)))
        begins = [None, *(f"{year}-07-01" for year in days)]
        ends = [*(f"{year}-06-30" for year in days), None]
        times = [
            (draw(st.sampled_from([*Status])), draw(st.one_of(st.none(), st.integers(0, 120))), begin, end)
            for begin, end in zip(begins, ends, strict=True)
        ]
        rows.append((str(key), draw(st.integers(-1, 2)), times))
    return houses(*rows)


@given(dated_houses(), st.sets(st.sampled_from([Status.GEPLANT, Status.GENEHMIGT, Status.IM_BAU])))
@settings(max_examples=examples(100))
def test_bestand_and_movements_always_add_up(places, counted) -> None:
    ahead = foresee(places, STICHTAG, date(2028, 12, 31), 3, gerechnet=counted)
    assert ahead.basis.plaetze + balance(ahead.bewegung) == pytest.approx(ahead.bestand.plaetze)
    assert np.nansum(ahead.je_angebot) == pytest.approx(ahead.bestand.plaetze.sum())
    unsigned = [at for at, kind in enumerate(BEWEGUNGEN) if kind is not Bewegung.UNGEWISS]
    assert (ahead.bewegung[:, unsigned] >= 0).all()
    everything = count_places(places, date(2028, 12, 31), 3).plaetze
    assert ahead.bestand.plaetze + ahead.nicht_gerechnet == pytest.approx(everything)
