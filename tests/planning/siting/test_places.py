"""Sites with places: nobody sits where there is none, and no plan seats more."""

import numpy as np
import pytest
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from planning.siting.drawn import Region, draw_sites, regions
from scipy.optimize import linprog

from infrastruktur.domain.errors import Cancelled, Grund, LimitExceeded, NotAssessable
from infrastruktur.domain.waiting import waited_for
from infrastruktur.planning.siting import places as room
from infrastruktur.planning.siting.cover import cover_most
from infrastruktur.planning.siting.minutes import shorten_ways
from infrastruktur.planning.siting.places import seat_most, shorten_ways_to_places
from infrastruktur.planning.siting.plan import NEU_VERSORGT, OFFEN, VERSORGT, Effort, Limits

EXACT = Effort()
BEYOND = 20.0
PLENTY = 1e6


def test_a_small_house_in_the_middle_loses_to_a_large_one_at_the_edge():
    personen = np.array([10.0, 10.0, 10.0])
    sites = draw_sites({0: 5, 1: 1, 2: 5}, {1: 9, 2: 9})
    assert seat_most(personen, sites, np.array([12.0, 20.0]), Limits(1), EXACT).chosen.tolist() == [1]
    assert seat_most(personen, sites, np.array([30.0, 20.0]), Limits(1), EXACT).chosen.tolist() == [0]


def test_a_new_house_relieves_an_old_one():
    # 15 people reach the old house of 10; the new one takes those who reach both
    personen = np.array([8.0, 7.0])
    sites = draw_sites({0: 5, 1: 5}, {1: 5}, fixed=(0,))
    before = seat_most(personen, sites, np.array([10.0, 9.0]), Limits(0), EXACT)
    assert before.verdict.objective == pytest.approx(10.0)
    assert before.personen == pytest.approx([10.0, 0.0, 5.0, 0.0])
    after = seat_most(personen, sites, np.array([10.0, 9.0]), Limits(1), EXACT)
    assert after.verdict.objective == pytest.approx(15.0)
    assert after.personen[[VERSORGT, NEU_VERSORGT]].sum() == pytest.approx(15.0)
    assert 5.0 - 1e-6 <= after.zugeordnet[0] <= 7.0 + 1e-6


def test_people_go_where_all_ways_together_are_shortest():
    # Two places at the near house: the second cell would have it farthest elsewhere.
    personen = np.array([2.0, 2.0])
    sites = draw_sites({0: 3, 1: 4}, {0: 5, 1: 15}, fixed=(0,))
    plan = shorten_ways_to_places(personen, sites, np.array([2.0, 2.0]), Limits(1), beyond_minutes=BEYOND, effort=EXACT)
    assert plan.verdict.objective == pytest.approx(2 * 5 + 2 * 4)
    assert plan.site.tolist() == [1, 0]


def test_who_has_no_place_is_open_and_who_reaches_none_apart():
    plan = seat_most(np.array([9.0, 1.0]), draw_sites({0: 5}), np.array([4.0]), Limits(1), EXACT)
    assert plan.personen == pytest.approx([0.0, 4.0, 5.0, 1.0])
    assert plan.state[0] == OFFEN


def test_unknown_places_are_not_guessed():
    with pytest.raises(NotAssessable) as refused:
        seat_most(np.array([9.0]), draw_sites({0: 5}), np.array([np.nan]), Limits(1), EXACT)
    assert refused.value.grund is Grund.KEINE_PLATZZAHL


def test_more_pairs_than_a_model_may_have_are_refused(monkeypatch):
    monkeypatch.setattr(room, "MOST_PAIRS", 1)
    with pytest.raises(LimitExceeded, match="höchstens 1 Paare"):
        seat_most(np.array([9.0, 8.0]), draw_sites({0: 5}, {1: 5}), np.array([4.0, 4.0]), Limits(1), EXACT)


def test_nobody_waits_any_more():
    with waited_for(lambda: True), pytest.raises(Cancelled):
        seat_most(np.array([9.0]), draw_sites({0: 5}), np.array([4.0]), Limits(1), EXACT)


def _transport(region: Region, places: np.ndarray, chosen: list[int], worth: np.ndarray) -> float:
    """Sum the worth of the best seating at open sites: a linear program by another solver's door."""
    opened = np.union1d(np.flatnonzero(region.sites.fixed), chosen).astype(int)
    site, demand = np.nonzero(np.isfinite(region.minutes[opened]))
    if not len(site):
        return 0.0
    rows = np.zeros((len(opened) + len(region.personen), len(site)))
    rows[site, np.arange(len(site))] = 1
    rows[len(opened) + demand, np.arange(len(site))] = 1
    most = np.concatenate((places[opened], region.personen))
    return -float(linprog(-worth[opened[site], demand], A_ub=rows, b_ub=most).fun)


@st.composite
def _houses(draw: st.DrawFn) -> tuple[Region, np.ndarray]:
    region = draw(regions(most_sites=5, most_demand=8))
    sizes = draw(st.lists(st.integers(0, 25), min_size=len(region.sites), max_size=len(region.sites)))
    return region, np.array(sizes, dtype=np.float64)


@given(_houses())
@settings(max_examples=examples(60), deadline=None)
def test_no_plan_seats_more(houses: tuple[Region, np.ndarray]):
    region, places = houses
    plan = seat_most(region.personen, region.sites, places, region.limits, EXACT)
    best = max(_transport(region, places, chosen, np.ones(region.minutes.shape)) for chosen in region.allowed())
    assert plan.verdict.objective == pytest.approx(best, abs=1e-5)
    assert plan.chosen.tolist() in list(region.allowed())
    assert plan.personen.sum() == pytest.approx(region.personen.sum())
    assert plan.personen[[VERSORGT, NEU_VERSORGT]].sum() == pytest.approx(best, abs=1e-5)
    assert (plan.zugeordnet <= places[plan.chosen] + 1e-5).all()


@given(_houses())
@settings(max_examples=examples(60), deadline=None)
def test_no_plan_has_shorter_ways_to_places(houses: tuple[Region, np.ndarray]):
    region, places = houses
    plan = shorten_ways_to_places(
        region.personen, region.sites, places, region.limits, beyond_minutes=BEYOND, effort=EXACT
    )
    saved = max(_transport(region, places, chosen, BEYOND - region.minutes) for chosen in region.allowed())
    assert plan.verdict.objective == pytest.approx(BEYOND * region.personen.sum() - saved, abs=1e-4)


@given(regions())
@settings(max_examples=examples(40), deadline=None)
def test_with_places_for_everybody_they_are_the_questions_without(region: Region):
    plenty = np.full(len(region.sites), PLENTY)
    seated = seat_most(region.personen, region.sites, plenty, region.limits, EXACT).verdict.objective
    reached = cover_most(region.personen, region.sites, region.limits, EXACT).verdict.objective
    assert seated == pytest.approx(reached + region.reached([]), abs=1e-5)
    ways = shorten_ways_to_places(
        region.personen, region.sites, plenty, region.limits, beyond_minutes=BEYOND, effort=EXACT
    )
    shortest = shorten_ways(region.personen, region.sites, region.limits, BEYOND, EXACT)
    assert ways.verdict.objective == pytest.approx(shortest.verdict.objective, abs=1e-4)
