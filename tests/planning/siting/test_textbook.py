"""Too large to try every set: the models as their authors wrote them, with a row and a variable per demand, agree."""

import numpy as np
import pytest
from counts import examples
from planning.siting.drawn import draw_sites
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_array, coo_array, csr_array, diags_array, eye_array, vstack

from infrastruktur.planning.siting.cover import cover_all, cover_most, cover_share
from infrastruktur.planning.siting.minutes import shorten_ways
from infrastruktur.planning.siting.places import seat_most
from infrastruktur.planning.siting.plan import Effort, Limits, Sites

EXACT = Effort()
BEYOND = 20.0
SEEDS = range(examples(3))
N_SITES, N_DEMAND = 40, 250


def _draw(seed: int) -> tuple[np.ndarray, Sites]:
    """Draw people and sites in a town of 60 minutes across, with two sites that stand."""
    rng = np.random.default_rng(seed)
    at, home = rng.random((N_SITES, 2)) * 60, rng.random((N_DEMAND, 2)) * 60
    minutes = np.hypot(*(at[:, None] - home).transpose(2, 0, 1))
    rows = [{int(d): minutes[s, d] for d in np.flatnonzero(minutes[s] <= 12)} for s in range(N_SITES)]
    return rng.integers(1, 60, N_DEMAND) / 4, draw_sites(*rows, fixed=(0, 1))


def _solve(gain: np.ndarray, rows: csr_array, most: np.ndarray, least: np.ndarray) -> float:
    """Maximise with the first variables, the sites, whole, and all between `least` and 1."""
    whole = np.zeros(len(gain))
    whole[:N_SITES] = 1
    solved = milp(-gain, constraints=LinearConstraint(rows, ub=most), bounds=Bounds(least, 1), integrality=whole)
    assert solved.success
    return -float(solved.fun)


def _reach(sites: Sites) -> coo_array:
    """Ones where a demand (rows) reaches a site (columns)."""
    return coo_array((np.ones(len(sites.target)), (sites.target, sites.site)), shape=(N_DEMAND, N_SITES))


def _stand(sites: Sites, others: int) -> np.ndarray:
    return np.concatenate((sites.fixed, np.zeros(others)))


def _count(others: int) -> csr_array:
    return csr_array(np.concatenate((np.ones(N_SITES), np.zeros(others)))[None])


@pytest.mark.parametrize("seed", SEEDS)
def test_church_and_revelle_1974_reach_as_many(seed):
    personen, sites = _draw(seed)
    covered = block_array([[-_reach(sites), eye_array(N_DEMAND)]])
    rows = vstack([covered, _count(N_DEMAND)]).tocsr()
    gain = np.concatenate((np.zeros(N_SITES), personen))
    most = np.concatenate((np.zeros(N_DEMAND), [4 + 2]))
    reached = _solve(gain, rows, most, _stand(sites, N_DEMAND))
    plan = cover_most(personen, sites, Limits(4), EXACT)
    assert plan.personen[:2].sum() == pytest.approx(reached)
    assert plan.verdict.bound == pytest.approx(plan.verdict.objective)


@pytest.mark.parametrize("seed", SEEDS)
def test_daskin_and_owen_1999_close_the_gap_with_as_few(seed):
    personen, sites = _draw(seed)
    share = 0.6 * personen.sum()
    covered = block_array([[-_reach(sites), eye_array(N_DEMAND)]])
    rows = vstack([covered, csr_array(np.concatenate((np.zeros(N_SITES), -personen))[None])]).tocsr()
    most = np.concatenate((np.zeros(N_DEMAND), [-share]))
    gain = np.concatenate((-np.ones(N_SITES), np.zeros(N_DEMAND)))
    sites_needed = -_solve(gain, rows, most, _stand(sites, N_DEMAND))
    assert len(cover_share(personen, sites, 60, EXACT).chosen) == round(sites_needed) - 2


@pytest.mark.parametrize("seed", SEEDS)
def test_toregas_et_al_1971_reach_everybody_with_as_few(seed):
    personen, sites = _draw(seed)
    reach = _reach(sites).tocsr()
    reachable = np.asarray(reach.sum(axis=1)) > 0
    rows = -reach[np.flatnonzero(reachable)]
    sites_needed = -_solve(-np.ones(N_SITES), rows, -np.ones(rows.shape[0]), _stand(sites, 0))
    assert len(cover_all(personen, sites, EXACT).chosen) == round(sites_needed) - 2


@pytest.mark.parametrize("seed", SEEDS)
def test_revelle_and_swain_1970_have_ways_as_short(seed):
    personen, sites = _draw(seed)
    pairs = len(sites.target)
    number = np.arange(pairs)
    once = coo_array((np.ones(pairs), (sites.target, number)), shape=(N_DEMAND, pairs))
    at = coo_array((np.ones(pairs), (number, sites.site)), shape=(pairs, N_SITES))
    rows = vstack([block_array([[None, once], [-at, eye_array(pairs)]]), _count(pairs)]).tocsr()
    saving = personen[sites.target] * (BEYOND - sites.minutes)
    most = np.concatenate((np.ones(N_DEMAND), np.zeros(pairs), [4 + 2]))
    saved = _solve(np.concatenate((np.zeros(N_SITES), saving)), rows, most, _stand(sites, pairs))
    plan = shorten_ways(personen, sites, Limits(4), BEYOND, EXACT)
    assert plan.verdict.objective == pytest.approx(BEYOND * personen.sum() - saved)


@pytest.mark.parametrize("seed", SEEDS)
def test_current_and_storbeck_1988_seat_as_many(seed):
    personen, sites = _draw(seed)
    places = np.random.default_rng(seed + 1000).integers(40, 200, N_SITES).astype(float)
    pairs = len(sites.target)
    number = np.arange(pairs)
    people = personen[sites.target]
    once = coo_array((np.ones(pairs), (sites.target, number)), shape=(N_DEMAND, pairs))
    seated = coo_array((people, (sites.site, number)), shape=(N_SITES, pairs))
    rows = vstack([block_array([[None, once], [-diags_array(places), seated]]), _count(pairs)]).tocsr()
    most = np.concatenate((np.ones(N_DEMAND), np.zeros(N_SITES), [4 + 2]))
    best = _solve(np.concatenate((np.zeros(N_SITES), people)), rows, most, _stand(sites, pairs))
    plan = seat_most(personen, sites, places, Limits(4), EXACT)
    assert plan.verdict.objective == pytest.approx(best, rel=2e-4)
