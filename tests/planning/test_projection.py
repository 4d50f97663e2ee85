"""Later years: rates that carry on, cohorts that grow older, straight lines, and totals that hold."""

from datetime import date

import msgspec
import numpy as np
import pytest
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from planning.pflegeplan import DATEI, GRUPPEN, PEOPLE, TAFELN, pyramide

from infrastruktur.domain.bedarf import get_variante
from infrastruktur.domain.errors import Grund, NotAssessable
from infrastruktur.domain.gruppe import STANDARD_BANDS, parse_gruppe
from infrastruktur.domain.ueberleben import Juengste, Ueberlebensfaktor, Ueberlebenstafel
from infrastruktur.planning.demand import estimate
from infrastruktur.planning.projection import (
    EXPERIMENTELL,
    extrapolate,
    interpolate,
    people_on,
    rake_to_upper,
    shift_cohorts,
)
from infrastruktur.planning.pyramide import name_missing, sum_areas

TAFEL = TAFELN[0]
BANDS = ("00bis04", "05bis09", "10bis14", "ab15")


def survival(women, men=None, *, bands=BANDS, juengste=Juengste.KONSTANT):
    return Ueberlebenstafel(
        code="probe",
        titel="Probe",
        gebiet="05334",
        stichtag=date(2024, 12, 31),
        quelle="erfunden",
        mit_wanderung=False,
        juengste=juengste,
        faktoren=tuple(
            Ueberlebensfaktor(altersgruppe=band, w=w, m=m)
            for band, w, m in zip(bands, women, men or women, strict=True)
        ),
    )


def small(people, **more):
    return pyramide(people, gruppen=[parse_gruppe(band) for band in BANDS], **more)


FIVE_YEARS = arrays(np.float64, (2, 2, 4), elements=st.integers(0, 50_000).map(float))


# Rates


def test_a_trend_is_a_power_of_years_since_the_rates_were_counted() -> None:
    trend = get_variante(DATEI.variante, "trend_fallend").trend
    later = extrapolate(TAFEL, trend, 2031)
    assert later.anteile == pytest.approx(TAFEL.anteile * 0.996**10)
    assert estimate(pyramide(PEOPLE[:1]), later).personen == pytest.approx([361.03 * 0.996**10])


def test_without_a_trend_rates_stay_the_very_same() -> None:
    assert extrapolate(TAFEL, None, 2050) is TAFEL


def test_a_rising_rate_stops_at_everybody() -> None:
    trend = get_variante(DATEI.variante, "trend_fallend").trend
    rising = msgspec.structs.replace(trend, richtung="steigend", faktor_je_jahr=1.05)
    assert extrapolate(TAFEL, rising, 2041).anteile.max() == 1.0


# Cohorts


def test_everybody_grows_five_years_older() -> None:
    """Women of 100, 80, 60, 40 with factors 1, 0.9, 0.5, 0.25 become 100 · 1, 80 · 0.9, 60 · 0.5 + 40 · 0.25."""
    people = small([[[100, 80, 60, 40], [0, 0, 0, 10]]])
    later = shift_cohorts(people, survival([1, 0.9, 0.5, 0.25]))
    assert later.personen[0].tolist() == [[100, 100, 72, 40], [0, 0, 0, 2.5]]
    assert later.stichtag == date(2030, 12, 31)
    assert EXPERIMENTELL in later.hinweise
    assert any("jüngste Gruppe konstant" in hinweis for hinweis in later.hinweise)


@given(FIVE_YEARS, st.integers(1, 3))
def test_with_factors_of_1_nobody_is_lost(people: np.ndarray, steps: int) -> None:
    """All who were alive are 5 · steps years older; only the `steps` youngest groups are new."""
    later = shift_cohorts(small(people), survival([1, 1, 1, 1]), steps)
    assert later.personen[:, :, steps:].sum() == pytest.approx(people.sum())


@given(FIVE_YEARS)
def test_two_steps_are_one_and_one(people: np.ndarray) -> None:
    tafel = survival([0.99, 0.9, 0.8, 0.5], [0.98, 0.85, 0.7, 0.4])
    twice = shift_cohorts(shift_cohorts(small(people), tafel), tafel)
    assert shift_cohorts(small(people), tafel, 2).personen == pytest.approx(twice.personen)


def test_births_nobody_tells_of_are_unknown_and_travel_up() -> None:
    unborn = survival([1, 1, 1, 1], juengste=Juengste.KEINE_DATEN)
    later = shift_cohorts(small(np.full((1, 2, 4), 10.0)), unborn, 2)
    assert np.isnan(later.personen[0, 0]).tolist() == [True, True, False, False]
    assert not later.geheim.any()


def test_what_is_withheld_stays_withheld_as_it_grows_older() -> None:
    people = np.array([[[10.0, 20, 30, 40], [10, 20, 30, 40]]])
    hidden = np.zeros(people.shape, bool)
    hidden[0, 0, 1] = hidden[0, 1, 3] = True
    later = shift_cohorts(small(people, geheim=hidden), survival([1, 1, 1, 1]))
    assert later.geheim[0].tolist() == [[False, False, True, False], [False, False, False, True]]
    assert (np.isnan(later.personen) == later.geheim).all()


def test_single_years_are_summed_up_to_five_years_first() -> None:
    bands = (*(f"{low:02d}bis{low + 4:02d}" for low in range(0, 95, 5)), "ab95")
    people = pyramide(np.ones((1, 2, len(STANDARD_BANDS))), gruppen=STANDARD_BANDS)
    later = shift_cohorts(people, survival([1.0] * 20, bands=bands))
    assert later.personen[0, 0, :6].tolist() == [5, 5, 5, 5, 4, 1]
    assert later.personen[0, 0, -1] == 2


def test_bands_of_another_cut_are_refused() -> None:
    with pytest.raises(NotAssessable, match="nur zusammen bekannt"):
        shift_cohorts(pyramide(), survival([1, 1, 1, 1]))


# Days between


def test_two_of_five_years_are_two_fifths_of_the_way_whatever_leap_days() -> None:
    later = pyramide(PEOPLE * 2, tag=date(2030, 12, 31), quelle="prognose")
    between = interpolate(pyramide(), later, date(2027, 12, 31))
    assert between.personen == pytest.approx(PEOPLE * 1.4)
    assert between.aus is not None
    assert between.aus.anteil == pytest.approx(0.4)
    assert between.quelle == "register; prognose"


def test_a_coarser_forecast_sets_the_bands() -> None:
    coarse = [parse_gruppe("00bis74"), parse_gruppe("ab75")]
    later = pyramide([[[2400, 430], [2450, 305]]], tag=date(2030, 12, 31), gruppen=coarse)
    between = interpolate(pyramide(PEOPLE[:1]), later, date(2028, 12, 31))
    assert between.personen[0].tolist() == [[2400, 430], [2450, 305]]


def test_a_forecast_is_not_carried_on() -> None:
    states = (pyramide(), pyramide(PEOPLE, tag=date(2030, 12, 31)))
    assert people_on(states, date(2030, 12, 31)) is states[1]
    assert people_on(states, date(2026, 12, 31)).personen == pytest.approx(PEOPLE)
    for day in (date(2024, 12, 31), date(2031, 1, 1)):
        with pytest.raises(NotAssessable, match=r"die Quelle nennt 31\.12\.2025, 31\.12\.2030"):
            people_on(states, day)
    with pytest.raises(NotAssessable, match="liegt nicht zwischen"):
        interpolate(*states, date(2031, 12, 31))


def test_one_end_unknown_is_unknown_between() -> None:
    people, hidden = PEOPLE.copy(), np.zeros(PEOPLE.shape, bool)
    people[0, 0, 0], hidden[1, 1, 3] = np.nan, True
    between = interpolate(pyramide(people), pyramide(tag=date(2030, 12, 31), geheim=hidden), date(2027, 12, 31))
    assert name_missing(between) == (Grund.KEINE_DATEN, Grund.GEHEIM)


# Totals of the level above


def test_areas_are_scaled_to_the_total_band_by_band() -> None:
    upper = pyramide([[[6800, 400, 140, 50], [3450, 340, 100, 25]]], quelle="Kreis")
    raked = rake_to_upper(pyramide(), upper, np.zeros(2, np.int32))
    assert raked.personen[:, 0, 0] == pytest.approx([4800, 2000])
    assert raked.personen[:, :, 1:] == pytest.approx(PEOPLE[:, :, 1:])
    assert raked.hinweise[-1].startswith("auf Summen gebracht: Kreis")


AREAS = arrays(np.float64, (5, 2, 4), elements=st.integers(0, 9_000).map(float))


@given(AREAS, arrays(np.float64, (2, 2, 4), elements=st.integers(0, 50_000).map(float)))
@settings(max_examples=examples(60))
def test_raking_hits_every_total(people: np.ndarray, totals: np.ndarray) -> None:
    of_area = np.array([0, 1, 0, 1, 1], np.int32)
    raked = rake_to_upper(pyramide(people), pyramide(totals), of_area)
    assert np.abs(sum_areas(raked, of_area, 2).personen - totals).max() < 1e-6
    assert (raked.personen >= 0).all()


@given(AREAS)
def test_raking_to_their_own_sum_changes_nothing(people: np.ndarray) -> None:
    of_area = np.array([0, 1, 0, 1, 1], np.int32)
    small_areas = pyramide(people)
    raked = rake_to_upper(small_areas, sum_areas(small_areas, of_area, 2), of_area)
    assert np.abs(raked.personen - people).max() < 1e-6


def test_an_unknown_area_leaves_its_kin_unknown_in_that_band_and_no_other() -> None:
    people, hidden = np.repeat(PEOPLE, 2, axis=0), np.zeros((4, 2, len(GRUPPEN)), bool)
    hidden[0, 0, 3] = True
    raked = rake_to_upper(pyramide(people, geheim=hidden), pyramide(), np.array([0, 0, 1, 1], np.int32))
    assert np.argwhere(np.isnan(raked.personen)).tolist() == [[0, 0, 3], [1, 0, 3]]
    assert (raked.geheim == np.isnan(raked.personen)).all()


def test_totals_of_another_day_are_refused() -> None:
    with pytest.raises(NotAssessable, match=r"31\.12\.2030"):
        rake_to_upper(pyramide(), pyramide(PEOPLE[:1], tag=date(2030, 12, 31)), np.zeros(2, np.int32))
