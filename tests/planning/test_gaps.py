"""Gaps: the planner's sentence, one rounding rule, honest ranks."""

from collections import Counter
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infrastruktur.domain.errors import Grund
from infrastruktur.planning.gaps import (
    Nearest,
    Unversorgt,
    bis_zum_ziel,
    count_unchecked,
    describe_sicherheit,
    luecken,
    nearest_for_unserved,
    rank,
    weigh_owners,
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


def rising(*ways: tuple[float, int]) -> Unversorgt:
    """Lay out ways that rise, with the owner each leads to."""
    at = np.arange(len(ways))
    weg, owner = np.array(ways, dtype=np.float64).reshape(-1, 2).T.copy()
    return Unversorgt(at, at, at.astype(np.int32), weg, owner.astype(np.int32))


def find_nearest(unserved: Unversorgt, personen: np.ndarray, of_leaf: np.ndarray, n_areas: int) -> Nearest:
    return nearest_for_unserved(unserved, personen, weigh_owners(unserved, personen, len(of_leaf)), of_leaf, n_areas)


def test_the_nearest_is_that_of_most_unserved_people() -> None:
    unserved = rising((15.0, 6), (20.0, 5), (25.0, 6), (30.0, 5))
    personen, area = np.array([900.0, 10.0, 11.0, 2.0]), np.array([-1, 0, 0, 0], np.int32)
    nearest = find_nearest(unserved, personen, area, 2)
    assert nearest.owner.tolist() == [5, -1]
    assert nearest.cost[0] == 20.0
    assert np.isnan(nearest.cost[1])


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3), st.integers(0, 5), st.integers(-1, 1)), max_size=30))
def test_it_is_the_nearest_of_people_in_a_row(rows: list[tuple[int, int, int, int]]) -> None:
    rows = sorted(rows)
    personen, area = (np.array([row[column] for row in rows], dtype=np.float64) for column in (2, 3))
    nearest = find_nearest(rising(*(row[:2] for row in rows)), personen, area.astype(np.int32), 2)
    for at in range(2):
        line = [(weg, owner) for weg, owner, people, where in rows if where == at for _ in range(people)]
        count = Counter(owner for _, owner in line)
        best = min(count, key=lambda owner: (-count[owner], owner), default=-1)
        ways = [weg for weg, owner in line if owner == best]
        assert nearest.owner[at] == best
        assert np.isnan(nearest.cost[at]) if best < 0 else nearest.cost[at] == ways[(len(ways) - 1) // 2]


def test_people_of_several_leaves_of_an_area_count_together() -> None:
    unserved = rising((10.0, 0), (20.0, 1), (30.0, 1))
    nearest = find_nearest(unserved, np.array([5.0, 3.0, 4.0]), np.zeros(3, np.int32), 1)
    assert (nearest.owner.tolist(), nearest.cost.tolist()) == ([1], [30.0])


def test_of_two_equally_near_the_first_is_named() -> None:
    nearest = find_nearest(rising((4.0, 2), (8.0, 3)), np.full(2, 5.0), np.zeros(2, np.int32), 1)
    assert (nearest.owner.tolist(), nearest.cost.tolist()) == ([2], [4.0])


def test_certainty_counts_what_nobody_checked_for_a_year() -> None:
    checked = np.array(["2025-06-01", "2024-12-31", "2024-12-30", "NaT"], dtype="datetime64[D]")
    assert count_unchecked(checked, date(2025, 12, 31)) == 2
    assert count_unchecked(np.array(["2023-02-28"], dtype="datetime64[D]"), date(2024, 2, 29)) == 0
    assert describe_sicherheit(2, 5) == "unsicher: 2 von 5 Angeboten seit mehr als 12 Monaten ungeprüft"
    assert describe_sicherheit(1, 5).startswith("mittel")
    assert describe_sicherheit(0, 5).startswith("gut")
    assert "kein Angebot" in describe_sicherheit(0, 0)
