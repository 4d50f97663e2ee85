"""Gaps: the planner's sentence, one rounding rule, honest ranks."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infrastruktur.domain.errors import Grund
from infrastruktur.planning.coverage import ERREICHT, NICHT_ERREICHT
from infrastruktur.planning.gaps import (
    bis_zum_ziel,
    count_unchecked,
    describe_sicherheit,
    luecken,
    nearest_for_unserved,
    rank,
)


def test_golden_161_without_access_of_them_38_until_the_target() -> None:
    """61 % of 412 people reach a place to meet, the target is 70 %: ceil(0.09 · 412) = 38."""
    gap = luecken(np.array([[0.61 * 412, 0.39 * 412, 0.0]]), 70.0)
    assert round(gap.ohne_zugang[0]) == 161
    assert gap.bis_zum_ziel[0] == 38
    assert gap.anteil_prozent[0] == pytest.approx(61.0)


def test_float_noise_does_not_make_a_gap() -> None:
    reached = 0.7 * 100 - 1e-9
    assert reached < 70
    assert bis_zum_ziel(np.array([reached]), np.array([100.0]), 70.0)[0] == 0


def test_half_a_person_short_is_short() -> None:
    assert bis_zum_ziel(np.array([69.5]), np.array([100.0]), 70.0)[0] == 1


def test_people_without_a_statement_are_shown_but_not_judged() -> None:
    gap = luecken(np.array([[70.0, 30.0, 100.0]]), 70.0)
    assert (gap.personen[0], gap.ohne_aussage[0], gap.bis_zum_ziel[0]) == (200.0, 100.0, 0.0)
    assert (gap.anteil_prozent[0], gap.anteil_beurteilt_prozent[0]) == (35.0, 70.0)


def test_r8_reasons_for_what_cannot_be_judged() -> None:
    gap = luecken(np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 50.0], [np.nan] * 3, [1.0, 9.0, 0.0]]), 90.0)
    assert gap.grund == (Grund.KEINE_BEVOELKERUNG, Grund.KEINE_DATEN, Grund.KEINE_DATEN, None)
    assert np.isnan(gap.bis_zum_ziel).tolist() == [True, True, True, False]
    assert np.isnan(gap.anteil_prozent).tolist() == [True, True, True, False]
    assert gap.rang_personen.tolist() == [0, 0, 0, 1]


def test_two_rankings_by_people_and_by_share() -> None:
    """A large area a little short, a small one far short, one that meets the target."""
    gap = luecken(np.array([[8000.0, 2000.0, 0.0], [10.0, 90.0, 0.0], [99.0, 1.0, 0.0]]), 90.0)
    assert gap.bis_zum_ziel.tolist() == [1000.0, 80.0, 0.0]
    assert gap.rang_personen.tolist() == [1, 2, 0]
    assert gap.rang_anteil.tolist() == [2, 1, 0]


def test_ties_share_a_rank() -> None:
    assert rank(np.array([5.0, 9.0, 9.0 + 1e-9, np.nan, 1.0])).tolist() == [3, 1, 1, 0, 4]


@given(
    st.lists(
        st.tuples(*[st.integers(0, 10_000).map(lambda x: x / 8)] * 3),
        min_size=1,
        max_size=20,
    ),
    st.sampled_from([60.0, 70.0, 90.0, 95.0]),
)
def test_a_gap_is_the_least_number_of_people_that_closes_it(counts: list[tuple[float, ...]], ziel: float) -> None:
    gap = luecken(np.array(counts), ziel)
    assert gap.personen.tolist() == [sum(row) for row in counts]
    for (reached, unserved, _), missing in zip(counts, gap.bis_zum_ziel, strict=True):
        if reached + unserved == 0:
            assert np.isnan(missing)
            continue
        need = ziel / 100 * (reached + unserved)
        assert reached + missing >= need - 1e-5
        assert missing == 0 or reached + missing - 1 < need
        assert missing < unserved + 1


def test_the_nearest_is_that_of_most_unserved_people() -> None:
    # cells:             0     1     2     3 (reached)  4 (nothing near)
    cost = np.array([20.0, 30.0, 25.0, 1.0, np.inf])
    owner = np.array([5, 5, 6, 6, -1], np.int32)
    states = np.array([NICHT_ERREICHT] * 3 + [ERREICHT, NICHT_ERREICHT], np.uint8)
    nearest = nearest_for_unserved(
        cost,
        owner,
        np.array([10.0, 2.0, 11.0, 500.0, 900.0, 7.0]),
        piece_area=np.array([0, 0, 0, 0, 0, 1], np.int32),
        piece_cell=np.array([0, 1, 2, 3, 4, 4], np.int32),
        states=states,
        n_areas=2,
    )
    assert nearest.owner.tolist() == [5, -1]
    assert nearest.cost[0] == 20.0
    assert np.isnan(nearest.cost[1])


def test_of_two_equally_near_the_first_is_named() -> None:
    nearest = nearest_for_unserved(
        np.array([8.0, 4.0]),
        np.array([3, 2], np.int32),
        np.array([5.0, 5.0]),
        piece_area=np.zeros(2, np.int32),
        piece_cell=np.array([0, 1], np.int32),
        states=np.full(2, NICHT_ERREICHT, np.uint8),
        n_areas=1,
    )
    assert (nearest.owner.tolist(), nearest.cost.tolist()) == ([2], [4.0])


def test_certainty_counts_what_nobody_checked_for_a_year() -> None:
    checked = np.array(["2025-06-01", "2024-12-31", "2024-12-30", "NaT"], dtype="datetime64[D]")
    assert count_unchecked(checked, date(2025, 12, 31)) == 2
    assert count_unchecked(np.array(["2023-02-28"], dtype="datetime64[D]"), date(2024, 2, 29)) == 0
    assert describe_sicherheit(2, 5) == "unsicher: 2 von 5 Angeboten seit mehr als 12 Monaten ungeprüft"
    assert describe_sicherheit(1, 5).startswith("mittel")
    assert describe_sicherheit(0, 5).startswith("gut")
    assert "kein Angebot" in describe_sicherheit(0, 0)
