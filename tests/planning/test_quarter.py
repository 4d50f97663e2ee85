"""States at their borders, order of a profile, and what more supply may never do."""

import numpy as np
import pytest
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from infrastruktur.planning.coverage import Reach
from infrastruktur.planning.gaps import bis_zum_ziel
from infrastruktur.planning.quarter import (
    WERT,
    Massstab,
    Zustand,
    count_einsatz,
    index_prozent,
    is_unsure,
    judge,
    or_all,
    order_profile,
    parse_einsatzgebiet,
    relevant_records,
    serve,
)

MASSSTAB = Massstab(anteil_prozent=70.0, teilweise_ab_prozent=50.0)
ERFUELLT, TEILWEISE = Zustand.ERFUELLT, Zustand.TEILWEISE
FEHLT, UNBEKANNT = Zustand.NICHT_ERFUELLT, Zustand.NICHT_BEWERTBAR


def of(reached: float, missed: float, silent: float = 0.0) -> np.ndarray:
    return np.array([[reached, missed, silent]])


@pytest.mark.parametrize(
    ("reached", "state"),
    [(70.0, ERFUELLT), (69.999, TEILWEISE), (35.0, TEILWEISE), (34.999, FEHLT), (0.0, FEHLT), (100.0, ERFUELLT)],
)
def test_a_state_changes_at_its_border_and_not_before(reached: float, state: Zustand) -> None:
    assert judge(of(reached, 100 - reached), MASSSTAB)[0] == state


def test_golden_61_percent_of_412_are_partly_met_and_38_people_short() -> None:
    counts = of(0.61 * 412, 0.39 * 412)
    assert judge(counts, MASSSTAB)[0] == TEILWEISE
    assert bis_zum_ziel(counts[:, 0], np.array([412.0]), 70.0)[0] == 38, "ceil(0.09 · 412 = 37.08)"


def test_nobody_is_no_state_and_neither_is_nothing_to_say() -> None:
    counts = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 80.0], [np.nan, np.nan, np.nan]])
    assert judge(counts, MASSSTAB).tolist() == [UNBEKANNT] * 3


def test_a_softer_demand_that_is_met_makes_partly() -> None:
    assert judge(of(10, 90), MASSSTAB, softer=of(70, 30))[0] == TEILWEISE
    assert judge(of(10, 90), MASSSTAB, softer=of(69, 31))[0] == FEHLT, "the softer demand has to meet the whole share"


def test_one_within_the_area_makes_partly_never_met() -> None:
    assert judge(of(0, 90), MASSSTAB, inside=np.array([True]))[0] == TEILWEISE
    assert judge(of(90, 0), MASSSTAB, inside=np.array([False]))[0] == ERFUELLT


def test_20_percent_unchecked_are_still_sure_and_more_are_not() -> None:
    assert is_unsure(np.array([1, 2, 0]), np.array([5, 9, 0]), 20.0).tolist() == [False, True, False]


def test_a_figure_rests_on_whom_the_people_of_an_area_reach_else_on_all() -> None:
    reach = Reach(np.array([0, 2, 3, 3]), np.array([0, 1, 2], dtype=np.int32))
    found = relevant_records(reach, np.array([0, 0, 1, -1, 2], np.int32), np.array([0, 3, 2, 1, 4], np.int32), 3)
    assert found.tolist() == [[True, False, False], [False, True, False], [False, False, False]]
    assert or_all(found).tolist()[2] == [True, True, True]


def test_einsatzgebiete_name_areas_kommunen_or_the_region() -> None:
    stated = ["05334032-S01", "05334032; 05334020", "05334", "", "05334020"]
    einsatz = serve(
        [parse_einsatzgebiet(text) for text in stated],
        np.array([1.0, 1.0, np.nan, 1.0, 1.0]),
        [frozenset({"05334032-S01", "05334032", "05334"})],
    )
    assert einsatz.surely.tolist() == [[True, True, False, False, False]]
    assert einsatz.perhaps.tolist() == [[True, True, True, True, False]]
    surely, at_most = count_einsatz(einsatz, np.array([0, 0, 1, -1, 2], np.int32))
    assert (surely[0], at_most[0]) == (1, 3), "one Träger twice is no choice; who says nothing may be another"


def test_what_is_missing_comes_first_then_what_weighs_more_then_what_lacks_more() -> None:
    states = [ERFUELLT, FEHLT, UNBEKANNT, FEHLT, TEILWEISE, FEHLT]
    assert order_profile(states, [3, 1, 3, 2, 3, 2], [0, 50, 0, 10, 5, 20]) == [5, 3, 1, 4, 2, 0]


def test_the_index_is_the_weighted_mean_of_what_could_be_judged() -> None:
    index, known = index_prozent([ERFUELLT, TEILWEISE, FEHLT, UNBEKANNT], [3, 2, 1, 4])
    assert index == pytest.approx(100 * (3 + 1) / 6)
    assert known == pytest.approx(60.0)
    assert index_prozent([UNBEKANNT], [2]) == (None, 0.0)


PEOPLE = st.floats(0, 500, allow_nan=False)


@settings(max_examples=examples(200), deadline=None)
@given(PEOPLE, PEOPLE, PEOPLE, st.floats(0, 1), st.floats(0, 1), st.floats(1, 100), st.floats(1, 100))
def test_whoever_is_reached_in_addition_makes_no_state_worse(  # noqa: PLR0913, PLR0917 - one town, its supply, its rules
    reached: float, missed: float, silent: float, found: float, heard: float, share: float, part: float
) -> None:
    """More supply moves people from the unreached, or from those without a statement, to the reached."""
    massstab = Massstab(share, part)
    before = judge(of(reached, missed, silent), massstab)[0]
    more = of(reached + found * missed + heard * silent, (1 - found) * missed, (1 - heard) * silent)
    after = judge(more, massstab)[0]
    assert UNBEKANNT in (before, after) or WERT[Zustand(after)] >= WERT[Zustand(before)]
    assert after != UNBEKANNT or before == UNBEKANNT


@settings(max_examples=examples(200), deadline=None)
@given(PEOPLE, PEOPLE, st.floats(1, 100))
def test_met_is_when_nobody_is_missing(reached: float, missed: float, share: float) -> None:
    counts = of(reached, missed)
    state = judge(counts, Massstab(share, 50.0))[0]
    if reached + missed > 0:
        assert (state == ERFUELLT) == (bis_zum_ziel(counts[:, 0], counts.sum(axis=1), share)[0] == 0)
