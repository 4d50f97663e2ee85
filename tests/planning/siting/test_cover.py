"""Whom to reach: examples to be done by head, and the best of all sets of sites wherever they can be tried."""

from itertools import pairwise

import numpy as np
import pytest
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from planning.siting.drawn import Region, draw_sites, regions

from infrastruktur.domain.errors import Cancelled
from infrastruktur.domain.waiting import waited_for
from infrastruktur.planning.gaps import bis_zum_ziel
from infrastruktur.planning.siting.cover import cover_all, cover_most, cover_share
from infrastruktur.planning.siting.plan import (
    NEU_VERSORGT,
    OFFEN,
    UNERREICHBAR,
    VERSORGT,
    Effort,
    Limits,
    Progress,
    Sites,
    Status,
    join_bands,
)

EXACT = Effort()
STREET = np.array([10.0, 20.0, 30.0, 40.0, 50.0, 7.0])
"""Six cells along a street. Nobody reaches the last; a site reaches its own cell and both neighbours."""


def _street(*cells: int, fixed: tuple[int, ...] = ()) -> Sites:
    rows = [{at: abs(at - cell) * 5.0 for at in range(cell - 1, cell + 2) if 0 <= at < 5} for cell in cells]
    return draw_sites(*rows, fixed=fixed)


def test_one_site_goes_where_most_people_reach_it():
    plan = cover_most(STREET, _street(0, 1, 2, 3, 4), Limits(1), EXACT)
    assert plan.chosen.tolist() == [3]
    assert plan.verdict.objective == plan.verdict.bound == 120.0
    assert plan.verdict.status is Status.OPTIMAL
    assert plan.state.tolist() == [OFFEN, OFFEN, NEU_VERSORGT, NEU_VERSORGT, NEU_VERSORGT, UNERREICHBAR]
    assert plan.personen.tolist() == [0.0, 120.0, 30.0, 7.0]


def test_what_stands_serves_and_counts_to_no_limit():
    plan = cover_most(STREET, _street(3, 0, 1), Limits(1), EXACT)
    assert plan.chosen.tolist() == [0]
    beside_old = cover_most(STREET, _street(3, 0, 1, 4, fixed=(0,)), Limits(1), EXACT)
    assert beside_old.chosen.tolist() == [1]
    assert beside_old.verdict.objective == 30.0
    assert beside_old.personen.tolist() == [120.0, 30.0, 0.0, 7.0]
    assert beside_old.site.tolist() == [1, 1, 0, 0, 0, -1]


def test_a_site_that_reaches_nobody_else_is_not_proposed():
    plan = cover_most(STREET, _street(1, 3, 2), Limits(3), EXACT)
    assert plan.chosen.tolist() == [0, 1]


def test_of_twins_the_first_is_proposed():
    assert cover_most(STREET, _street(1, 3, 3), Limits(1), EXACT).chosen.tolist() == [1]


def test_a_site_is_worth_those_it_is_nearest_to_and_those_who_reach_no_other():
    plan = cover_most(STREET, _street(1, 3), Limits(2), EXACT)
    # the cell between both is as far from either, and goes to the first
    assert plan.zugeordnet.tolist() == [60.0, 90.0]
    assert plan.nur_hier.tolist() == [30.0, 90.0]


def test_greedy_is_not_enough():
    # greedy takes the site in the middle (6 + 6 people), and then only one side more
    personen = np.array([6.0, 5.0, 6.0, 5.0])
    sites = draw_sites({0: 1, 2: 1}, {0: 1, 1: 1}, {2: 1, 3: 1})
    personen[[0, 2]] += 1
    assert cover_most(personen, sites, Limits(2), EXACT).chosen.tolist() == [1, 2]


def test_a_budget_buys_two_cheap_sites_or_one_dear():
    personen = np.array([10.0, 8.0, 8.0])
    sites = draw_sites({0: 1}, {1: 1}, {2: 1}, cost=(4, 2, 2))
    assert cover_most(personen, sites, Limits(3, budget=4), EXACT).chosen.tolist() == [1, 2]
    assert cover_most(personen, sites, Limits(1, budget=4), EXACT).chosen.tolist() == [0]
    assert cover_most(personen, sites, Limits(3, budget=1), EXACT).chosen.tolist() == []


def test_a_gap_is_closed_with_the_fewest_sites():
    # 157 people, of whom 70 % are 109.9: the best site reaches 120
    plan = cover_share(STREET, _street(0, 1, 2, 3, 4), 70, EXACT)
    assert plan.chosen.tolist() == [3]
    assert plan.verdict.sites_at_least == 1
    # 80 % are 125.6: one site is not enough, two reach 150
    assert cover_share(STREET, _street(0, 1, 2, 3, 4), 80, EXACT).chosen.tolist() == [1, 3]


def test_a_target_that_is_met_needs_nothing_and_one_beyond_all_sites_says_so():
    met = cover_share(STREET, _street(3, 1, fixed=(0,)), 70, EXACT)
    assert (met.chosen.tolist(), met.verdict.status, met.verdict.sites_at_least) == ([], Status.OPTIMAL, 0)
    beyond = cover_share(STREET, _street(0, 1, 2, 3, 4), 96, EXACT)
    assert beyond.verdict.status is Status.ZIEL_UNERREICHBAR
    assert beyond.verdict.bound == 150.0
    assert beyond.personen.tolist() == [0.0, 0.0, 150.0, 7.0]


def test_everybody_is_reached_with_the_fewest_sites():
    plan = cover_all(STREET, _street(0, 1, 2, 3, 4), EXACT)
    assert plan.verdict.objective == plan.verdict.bound == 2
    assert plan.personen.tolist() == [0.0, 150.0, 0.0, 7.0]
    assert cover_all(STREET, _street(3, 0, 2, 1, fixed=(0,)), EXACT).verdict.objective == 1


def test_without_sites_or_people_nothing_is_proposed():
    nowhere = draw_sites({}, {})
    for plan in (
        cover_most(STREET, nowhere, Limits(2), EXACT),
        cover_share(STREET, nowhere, 50, EXACT),
        cover_all(STREET, nowhere, EXACT),
        cover_most(np.zeros(6), _street(1, 3), Limits(2), EXACT),
        cover_most(STREET, _street(1, 3, fixed=(0, 1)), Limits(2), EXACT),
    ):
        assert plan.chosen.tolist() == []
        assert plan.verdict.gap in {0.0, np.inf}
    assert cover_most(STREET, nowhere, Limits(2), EXACT).personen.tolist() == [0.0, 0.0, 0.0, 157.0]


def test_bands_that_move_at_their_own_speed_are_demands_of_their_own():
    quick, slow = draw_sites({0: 5, 1: 9}, {2: 4}), draw_sites({0: 8}, {2: 7})
    both = join_bands([quick, slow], 3)
    assert both.target.tolist() == [0, 1, 3, 2, 5]
    assert both.minutes.tolist() == [5.0, 9.0, 8.0, 4.0, 7.0]
    plan = cover_most(np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0]), both, Limits(1), EXACT)
    assert plan.chosen.tolist() == [1]
    assert plan.state.reshape(2, 3).tolist() == [[OFFEN, OFFEN, NEU_VERSORGT], [OFFEN, UNERREICHBAR, NEU_VERSORGT]]


@given(regions())
@settings(max_examples=examples(150), deadline=None)
def test_no_set_of_sites_reaches_more(region: Region):
    plan = cover_most(region.personen, region.sites, region.limits, EXACT)
    best = max(region.reached(chosen) for chosen in region.allowed()) - region.reached([])
    assert plan.verdict.objective == pytest.approx(best, abs=1e-6)
    assert plan.verdict.bound == pytest.approx(best, abs=1e-6)
    assert plan.chosen.tolist() in list(region.allowed())
    _check_people(region, plan)


def _check_people(region: Region, plan):
    """Everybody is in one state, and what is said of sites adds up."""
    assert plan.personen.sum() == pytest.approx(region.personen.sum())
    assert plan.personen[[VERSORGT, NEU_VERSORGT]].sum() == pytest.approx(region.reached(plan.chosen.tolist()))
    assert plan.personen[VERSORGT] == pytest.approx(region.reached([]))
    everywhere = list(range(len(region.sites)))
    assert plan.personen[UNERREICHBAR] == pytest.approx(region.personen.sum() - region.reached(everywhere))
    for site, only in zip(plan.chosen.tolist(), plan.nur_hier.tolist(), strict=True):
        without = [other for other in plan.chosen.tolist() if other != site]
        assert only == pytest.approx(region.reached(plan.chosen.tolist()) - region.reached(without))


@given(regions(), st.sampled_from([20, 50, 80, 95, 100]))
@settings(max_examples=examples(120), deadline=None)
def test_no_smaller_set_closes_the_gap(region: Region, ziel: int):
    region = Region(region.personen, region.sites, Limits(len(region.sites)))
    everybody = np.array([region.personen.sum()])

    def closes(chosen: list[int]) -> bool:
        return not bis_zum_ziel(np.array([region.reached(chosen)]), everybody, ziel)[0]

    closing = [chosen for chosen in region.allowed() if closes(chosen)]
    plan = cover_share(region.personen, region.sites, ziel, EXACT)
    if not closing:
        assert plan.verdict.status is Status.ZIEL_UNERREICHBAR
        return
    fewest = min(map(len, closing))
    assert len(plan.chosen) == plan.verdict.sites_at_least == fewest
    most = max(region.reached(chosen) for chosen in closing if len(chosen) == fewest)
    assert region.reached(plan.chosen.tolist()) == pytest.approx(most)


@given(regions())
@settings(max_examples=examples(100), deadline=None)
def test_no_smaller_set_reaches_everybody(region: Region):
    region = Region(region.personen, region.sites, Limits(len(region.sites)))
    most = region.reached(list(range(len(region.sites))))
    fewest = min(len(chosen) for chosen in region.allowed() if region.reached(chosen) >= most)
    plan = cover_all(region.personen, region.sites, EXACT)
    assert len(plan.chosen) == plan.verdict.objective == plan.verdict.bound == fewest
    assert plan.personen[OFFEN] == 0


@given(regions(most_sites=12, most_demand=40))
@settings(max_examples=examples(30), deadline=None)
def test_more_sites_never_reach_fewer_and_each_brings_no_more_than_all_before(region: Region):
    reached = [
        cover_most(region.personen, region.sites, Limits(k), EXACT).verdict.objective for k in range(len(region.sites))
    ]
    assert (np.diff(reached) >= -1e-6).all()


@given(regions(most_sites=12, most_demand=40), st.sampled_from([0.01, 0.1, 0.5]))
@settings(max_examples=examples(50), deadline=None)
def test_a_gap_that_is_asked_for_is_kept_and_the_bound_holds(region: Region, gap: float):
    best = cover_most(region.personen, region.sites, region.limits, EXACT).verdict.objective
    rough = cover_most(region.personen, region.sites, region.limits, Effort(gap=gap)).verdict
    assert rough.objective - 1e-6 <= best <= rough.bound + 1e-6
    assert rough.gap <= gap + 1e-9 or best == 0


@given(regions(most_sites=12, most_demand=40))
@settings(max_examples=examples(20), deadline=None)
def test_the_same_question_has_the_same_answer(region: Region):
    first, second = (cover_most(region.personen, region.sites, region.limits, EXACT) for _ in range(2))
    assert first.chosen.tolist() == second.chosen.tolist()
    assert first.verdict == second.verdict


def _forest(n_sites: int = 100, n_demand: int = 600) -> tuple[np.ndarray, Sites]:
    """Sites over people at random: hard enough to branch."""
    rng = np.random.default_rng(5)
    at, home = rng.random((n_sites, 2)), rng.random((n_demand, 2))
    minutes = np.hypot(*(at[:, None] - home).transpose(2, 0, 1)) * 100
    rows = [{int(d): minutes[s, d] for d in np.flatnonzero(minutes[s] < 17)} for s in range(n_sites)]
    return rng.integers(1, 60, n_demand) / 4, draw_sites(*rows)


def test_progress_closes_in_on_the_answer():
    personen, sites = _forest()
    told: list[Progress] = []
    plan = cover_most(personen, sites, Limits(9), Effort(progress=told.append))
    assert plan.verdict.branches > 1
    assert told
    assert all(a.value <= b.value and a.bound >= b.bound - 1e-9 for a, b in pairwise(told))
    assert told[-1].value <= plan.verdict.objective <= told[-1].bound


def test_when_time_is_up_the_best_plan_so_far_is_given_with_an_honest_bound():
    personen, sites = _forest()
    hurried = cover_most(personen, sites, Limits(9), Effort(seconds=0.0))
    best = cover_most(personen, sites, Limits(9), EXACT).verdict.objective
    assert hurried.verdict.status is Status.ZEITGRENZE
    assert len(hurried.chosen) == 9
    assert hurried.verdict.objective <= best <= hurried.verdict.bound
    assert hurried.verdict.gap > 0


def test_nobody_waits_any_more():
    personen, sites = _forest()
    for ask in (
        lambda: cover_most(personen, sites, Limits(9), EXACT),
        lambda: cover_share(personen, sites, 60, EXACT),
        lambda: cover_all(personen, sites, EXACT),
    ):
        with waited_for(lambda: True), pytest.raises(Cancelled):
            ask()


def test_nothing_is_written_to_the_terminal(capfd):
    cover_most(STREET, _street(1, 3), Limits(1), EXACT)
    cover_all(STREET, _street(1, 3), EXACT)
    assert capfd.readouterr() == ("", "")
