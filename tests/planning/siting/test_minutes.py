"""How far people have it: the sites that make all ways together shortest, as no other set does."""

import numpy as np
import pytest
from counts import examples
from hypothesis import given, settings
from planning.siting.drawn import Region, draw_sites, regions

from infrastruktur.planning.siting.minutes import shorten_ways
from infrastruktur.planning.siting.plan import Effort, Limits, Status

EXACT = Effort()
BEYOND = 20.0


def test_one_site_goes_to_the_weighted_middle_of_a_street():
    # 1-median on a line: the place with half of the people on either side, five minutes from cell to cell
    personen = np.array([1.0, 1.0, 1.0, 4.0])
    sites = draw_sites(*({cell: 5.0 * abs(cell - at) for cell in range(4)} for at in range(4)))
    plan = shorten_ways(personen, sites, Limits(1), BEYOND, EXACT)
    assert plan.chosen.tolist() == [3]
    assert plan.verdict.objective == plan.verdict.bound == 15.0 + 10.0 + 5.0


def test_who_reaches_no_site_counts_with_the_minutes_beyond():
    plan = shorten_ways(np.array([2.0, 3.0]), draw_sites({0: 4.0}), Limits(1), BEYOND, EXACT)
    assert plan.verdict.objective == 2 * 4.0 + 3 * BEYOND
    assert plan.personen.tolist() == [0.0, 2.0, 0.0, 3.0]


def test_what_stands_is_only_bettered_where_it_is_farther():
    personen = np.array([10.0, 10.0])
    sites = draw_sites({0: 2.0, 1: 12.0}, {0: 3.0, 1: 11.0}, {0: 9.0, 1: 1.0}, fixed=(0,))
    plan = shorten_ways(personen, sites, Limits(1), BEYOND, EXACT)
    assert plan.chosen.tolist() == [2]
    assert plan.verdict.objective == 10 * 2.0 + 10 * 1.0
    assert plan.site.tolist() == [0, 2]


def test_a_way_beyond_the_limit_must_not_be_the_better_one():
    with pytest.raises(ValueError, match="beyond the limit"):
        shorten_ways(np.array([1.0]), draw_sites({0: 21.0}), Limits(1), BEYOND, EXACT)


@given(regions())
@settings(max_examples=examples(150), deadline=None)
def test_no_set_of_sites_has_shorter_ways(region: Region):
    plan = shorten_ways(region.personen, region.sites, region.limits, BEYOND, EXACT)
    best = min(region.person_minutes(chosen, BEYOND) for chosen in region.allowed())
    assert plan.verdict.objective == pytest.approx(best, abs=1e-4)
    assert plan.verdict.bound == pytest.approx(best, abs=1e-4)
    assert region.person_minutes(plan.chosen.tolist(), BEYOND) == pytest.approx(best, abs=1e-4)
    assert plan.verdict.status is Status.OPTIMAL


@given(regions(most_sites=12, most_demand=40))
@settings(max_examples=examples(30), deadline=None)
def test_a_gap_is_one_of_minutes(region: Region):
    best = shorten_ways(region.personen, region.sites, region.limits, BEYOND, EXACT).verdict.objective
    rough = shorten_ways(region.personen, region.sites, region.limits, BEYOND, Effort(gap=0.2)).verdict
    assert rough.bound - 1e-6 <= best <= rough.objective + 1e-6
    assert rough.objective - rough.bound <= 0.2 * rough.objective + 1e-6


@given(regions(most_sites=10, most_demand=30))
@settings(max_examples=examples(30), deadline=None)
def test_more_sites_never_lengthen_ways(region: Region):
    ways = [
        shorten_ways(region.personen, region.sites, Limits(k), BEYOND, EXACT).verdict.objective
        for k in range(len(region.sites))
    ]
    assert (np.diff(ways) <= 1e-6).all()
