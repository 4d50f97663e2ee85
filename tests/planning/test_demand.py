"""Pflegebedürftige by age, sex and rates: the golden value, bands that meet or do not, what is unknown."""

from datetime import date

import msgspec
import numpy as np
import pytest
from counts import examples
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from planning.pflegeplan import GRUPPEN, PEOPLE, TAFELN, pyramide

from infrastruktur.domain.bevoelkerung import Bevoelkerung
from infrastruktur.domain.errors import Grund, NotAssessable
from infrastruktur.domain.gruppe import STANDARD_BANDS, Geschlecht, parse_gruppe
from infrastruktur.domain.quote import Aufteilung, Quote
from infrastruktur.planning.demand import calibrate, estimate, limit_by_places, standardise, whole_places
from infrastruktur.planning.pyramide import build_pyramide, regroup, split, sum_areas

TAFEL = TAFELN[0]
AB75 = [parse_gruppe(code) for code in ("00bis74", "ab75")]
PARTS = Aufteilung(
    altersgruppe="ab75",
    quelle="Zensus 2022, Anteile der Region",
    teile=(
        Quote(altersgruppe="75bis84", w_prozent=70, m_prozent=80),
        Quote(altersgruppe="85bis89", w_prozent=20, m_prozent=15),
        Quote(altersgruppe="ab90", w_prozent=10, m_prozent=5),
    ),
)
PYRAMIDS = arrays(np.float64, (3, 2, 4), elements=st.integers(0, 50_000).map(float))


# The estimate


def test_golden_361_03_pflegebeduerftige() -> None:
    """F 2400 · 2.3 % + 300 · 27.1 % + 90 · 60.6 % + 40 · 86.4 % = 225.60, M 135.43."""
    expected = estimate(pyramide(PEOPLE[:1]), TAFEL)
    assert expected.je_band.sum(axis=2)[0] == pytest.approx([225.60, 135.43])
    assert expected.personen == pytest.approx([361.03])
    assert expected.grund == (None,)


@given(PYRAMIDS)
def test_an_estimate_of_a_sum_is_the_sum_of_estimates(people: np.ndarray) -> None:
    small = pyramide(people)
    whole = sum_areas(small, np.zeros(3, np.int32), 1)
    assert estimate(whole, TAFEL).personen[0] == pytest.approx(estimate(small, TAFEL).personen.sum())


@given(PYRAMIDS)
def test_nobody_needs_care_twice(people: np.ndarray) -> None:
    expected = estimate(pyramide(people), TAFEL)
    assert (expected.personen <= people.sum(axis=(1, 2)) + 1e-6).all()
    assert (expected.personen == expected.mindestens).all()


# Bands that meet bands


def test_finer_bands_are_summed_up() -> None:
    """35 official bands, one person each: 2 · 32 · 2.3 % under 75 … counted by hand below."""
    ones = pyramide(np.ones((1, 2, len(STANDARD_BANDS))), gruppen=STANDARD_BANDS)
    young = sum(band.unter <= 75 for band in STANDARD_BANDS)
    by_hand = 2 * young * 0.023 + 2 * (0.271 + 0.196) + (0.606 + 0.432) + 2 * (0.864 + 0.696)
    assert estimate(ones, TAFEL).personen == pytest.approx([by_hand])


def test_a_band_across_two_rates_is_refused_by_name() -> None:
    coarse = pyramide([[[1000, 100], [1000, 80]]], gruppen=AB75)
    with pytest.raises(NotAssessable, match=r"75\+ sind nur zusammen bekannt\. Bitte .* Aufteilung"):
        estimate(coarse, TAFEL)


def test_a_stated_split_is_followed_and_named() -> None:
    coarse = pyramide([[[1000, 100], [1000, 80]]], gruppen=AB75)
    finer = split(coarse, PARTS)
    assert finer.personen[0].tolist() == [[1000, 70, 20, 10], [1000, 64, 12, 4]]
    assert finer.hinweise == ("75+ aufgeteilt nach: Zensus 2022, Anteile der Region",)
    by_hand = 2000 * 0.023 + 70 * 0.271 + 20 * 0.606 + 10 * 0.864 + 64 * 0.196 + 12 * 0.432 + 4 * 0.696
    assert estimate(coarse, TAFEL, [PARTS]).personen == pytest.approx([by_hand])


def test_a_population_that_needs_no_split_is_left_alone() -> None:
    fine = pyramide()
    assert split(fine, PARTS) is fine


def test_an_age_nobody_names_is_refused() -> None:
    with pytest.raises(NotAssessable, match="nennt nicht alle Alter"):
        estimate(pyramide([[[100, 50, 10], [90, 40, 5]]], gruppen=GRUPPEN[1:]), TAFEL)


# What is unknown


def test_unknown_and_withheld_are_states_of_their_own_and_never_nought() -> None:
    people = np.array([PEOPLE[0], PEOPLE[0], PEOPLE[0], PEOPLE[0] * 0])
    people[0, 0, 3] = np.nan
    hidden = np.zeros(people.shape, bool)
    hidden[1, 0, 3] = True
    expected = estimate(pyramide(people, geheim=hidden), TAFEL)
    assert expected.grund == (Grund.KEINE_DATEN, Grund.GEHEIM, None, None)
    assert np.isnan(expected.personen).tolist() == [True, True, False, False]
    assert expected.personen[3] == 0.0
    assert expected.mindestens[:2] == pytest.approx([361.03 - 40 * 0.864] * 2)


def test_where_both_are_missing_secrecy_is_not_the_reason() -> None:
    people, hidden = PEOPLE.copy(), np.zeros(PEOPLE.shape, bool)
    people[0, 0, 2], hidden[0, 1, 2] = np.nan, True
    small = pyramide(people, geheim=hidden)
    assert estimate(small, TAFEL).grund == (Grund.KEINE_DATEN, None)
    region = sum_areas(small, np.zeros(2, np.int32), 1)
    assert np.isnan(region.personen[0, :, 2]).all()
    assert region.geheim[0, :, 2].tolist() == [False, True]
    assert not region.geheim[0, :, :2].any()


def test_people_whose_rate_is_nought_need_not_be_known() -> None:
    people = PEOPLE.copy()
    people[:, :, 0] = np.nan
    young = msgspec.structs.replace(TAFEL.quoten[0], w_prozent=0, m_prozent=0)
    only_old = msgspec.structs.replace(TAFEL, quoten=(young, *TAFEL.quoten[1:]))
    expected = estimate(pyramide(people), only_old)
    assert expected.personen[0] == pytest.approx(361.03 - (2400 + 2450) * 0.023)
    assert expected.grund == (None, None)


def test_rows_become_arrays_and_what_no_row_states_is_unknown() -> None:
    def row(raum: str, sex: str, gruppe: str, personen: float, quelle: str = "q") -> Bevoelkerung:
        return Bevoelkerung(
            quelle=quelle,
            stichtag=date(2025, 12, 31),
            raum=raum,
            geschlecht=Geschlecht(sex),
            gruppe=gruppe,
            personen=personen,
        )

    secret = row("x", "m", "ab75", np.nan)
    rows = [
        row("x", "w", "00bis74", 5),
        row("x", "w", "ab75", 2),
        secret,
        row("x", "i", "alle", 99),
        row("z", "w", "ab75", 7),
    ]
    built = build_pyramide(rows, ["x", "y"], date(2025, 12, 31), geheim={secret.wer})
    assert [gruppe.code for gruppe in built.gruppen] == ["00bis74", "ab75"]
    assert np.nan_to_num(built.personen, nan=-1).tolist() == [[[5, 2], [-1, -1]], [[-1, -1], [-1, -1]]]
    assert built.geheim[0].tolist() == [[False, False], [False, True]]
    with pytest.raises(NotAssessable, match=r"31\.12\.2024"):
        build_pyramide(rows, ["x"], date(2024, 12, 31))


@given(PYRAMIDS)
def test_regrouping_keeps_everybody(people: np.ndarray) -> None:
    assert regroup(pyramide(people), [parse_gruppe("alle")]).personen.sum() == people.sum()


# Observed and expected


def test_observed_over_expected_compares_what_age_does_not_explain() -> None:
    people = np.array([PEOPLE[0], PEOPLE[0] * 2, PEOPLE[0] * 0, PEOPLE[0]])
    people[3, 0, 0] = np.nan
    stated = standardise(np.array([361.03, 361.03, 0.0, 300.0]), estimate(pyramide(people), TAFEL))
    assert stated.verhaeltnis[:2] == pytest.approx([1.0, 0.5])
    assert np.isnan(stated.verhaeltnis[2:]).all()
    assert stated.grund == (None, None, Grund.KEINE_BEVOELKERUNG, Grund.KEINE_DATEN)
    unseen = standardise(np.array([np.nan]), estimate(pyramide(PEOPLE[:1]), TAFEL))
    assert unseen.grund == (Grund.KEINE_DATEN,)


def _calibrated(total: float, people: np.ndarray = PEOPLE[:1]):
    return calibrate(TAFEL, pyramide(people), total, quelle="Pflegestatistik 2023", stichtag=date(2023, 12, 15))


def test_calibration_is_one_factor_where_no_rate_is_full() -> None:
    tafel = _calibrated(361.03 * 1.1)
    assert tafel.anteile == pytest.approx(TAFEL.anteile * 1.1)
    assert (tafel.code, tafel.stichtag) == ("pflegequote_dg_2021_kalibriert", date(2023, 12, 15))
    assert "mal 1,1, höchstens 100 %" in tafel.quelle


@given(PYRAMIDS, st.floats(0.01, 1.0))
@settings(max_examples=examples(60))
def test_calibration_meets_any_total_and_never_passes_100_per_cent(people: np.ndarray, share: float) -> None:
    assume(people.sum() > 0)
    total = float(people.sum()) * share
    tafel = _calibrated(total, people[:1] + people[1:2] + people[2:])
    assert estimate(pyramide(people), tafel).personen.sum() == pytest.approx(total, rel=1e-9)
    assert tafel.anteile.max() <= 1.0


def test_a_total_nobody_can_reach_is_refused() -> None:
    with pytest.raises(NotAssessable, match="so viele kann es nach dieser Tafel nicht geben"):
        _calibrated(5_586.0)
    people = PEOPLE[:1].copy()
    people[0, 0, 0] = np.nan
    with pytest.raises(NotAssessable, match="Personen fehlen"):
        _calibrated(300.0, people)


# Places


def test_use_is_limited_by_places() -> None:
    users = limit_by_places(np.array([100.0, 100.0]), np.array([80.0, 200.0]), 95.0)
    assert users.tolist() == [76.0, 100.0]


def test_half_a_place_is_a_place_and_noise_is_none() -> None:
    rounded = whole_places(np.array([53.2, 53.0, 53.0 + 1e-9, 0.0, np.nan]))
    assert rounded[:4].tolist() == [54, 53, 53, 0]
    assert np.isnan(rounded[4])
