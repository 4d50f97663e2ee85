"""A plan from its sites: who is served by which, who stays without, and what each site is worth."""

import numpy as np
from numpy.typing import NDArray

from infrastruktur.planning.siting.plan import (
    NEU_VERSORGT,
    OFFEN,
    UNERREICHBAR,
    VERSORGT,
    Bools,
    Floats,
    Ints,
    Plan,
    Seats,
    Sites,
    Verdict,
)


def propose(personen: Floats, sites: Sites, chosen: NDArray[np.integer], verdict: Verdict) -> Plan:
    """Give everybody the nearest open site, the lowest of equals, and say what follows."""
    opened = np.sort(chosen).astype(np.int32)
    site, reaching = _find_nearest(sites, opened, len(personen))
    state = _find_states(sites, site, len(personen))
    served = np.flatnonzero((site >= 0) & (personen > 0)).astype(np.int32)
    return Plan(
        chosen=opened,
        verdict=verdict,
        state=state,
        site=site,
        personen=np.bincount(state, weights=personen, minlength=4).astype(np.float64),
        seats=Seats(served, site[served], personen[served]),
        reaching=reaching,
    )


def propose_seats(personen: Floats, sites: Sites, chosen: NDArray[np.integer], verdict: Verdict, seats: Seats) -> Plan:
    """Say what follows from places that are given: people by state are exact, a demand's state is that of most."""
    opened = np.sort(chosen).astype(np.int32)
    demands = len(personen)
    _, reaching = _find_nearest(sites, opened, demands)
    site = _find_most_seats(seats, demands)
    new = ~sites.fixed[seats.site]
    served = np.bincount(seats.demand, weights=seats.personen, minlength=demands)
    without = np.maximum(personen - served, 0.0)
    state = np.where(served >= without, np.where(sites.fixed[site], VERSORGT, NEU_VERSORGT), OFFEN)
    reachable = _reachable(sites, demands)
    state[~reachable] = UNERREICHBAR
    by_state = [
        seats.personen[~new].sum(),
        seats.personen[new].sum(),
        without[reachable].sum(),
        personen[~reachable].sum(),
    ]
    return Plan(
        chosen=opened,
        verdict=verdict,
        state=state.astype(np.uint8),
        site=site,
        personen=np.array(by_state),
        seats=seats,
        reaching=reaching,
    )


def _find_most_seats(seats: Seats, demands: int) -> Ints:
    """Find the site that most of a demand has a place at (n_demand,), the lowest of equals; -1 without any."""
    site = np.full(demands, -1, dtype=np.int32)
    order = np.lexsort((-seats.site, np.round(seats.personen, 9)))  # the last write wins
    site[seats.demand[order]] = seats.site[order]
    return site


def _find_nearest(sites: Sites, chosen: Ints, demands: int) -> tuple[Ints, Ints]:
    """Find the nearest open site of each demand (n_demand,), -1 none, and how many it reaches."""
    nearest = np.full(demands, -1, dtype=np.int32)
    reaching = np.zeros(demands, dtype=np.int32)
    best = np.full(demands, np.inf)
    for site in np.union1d(np.flatnonzero(sites.fixed), chosen).tolist():
        row = slice(*sites.indptr[site : site + 2].tolist())
        target, minutes = sites.target[row], sites.minutes[row]
        reaching[target] += 1
        nearer = minutes < best[target]
        best[target[nearer]] = minutes[nearer]
        nearest[target[nearer]] = site
    return nearest, reaching


def _find_states(sites: Sites, site: Ints, demands: int) -> NDArray[np.uint8]:
    """Judge each demand by its site (n_demand,), -1 none."""
    without = np.where(_reachable(sites, demands), OFFEN, UNERREICHBAR)
    state = np.where(site >= 0, NEU_VERSORGT, without)
    state[reached_before(sites, demands)] = VERSORGT
    return state.astype(np.uint8)


def _reachable(sites: Sites, demands: int) -> Bools:
    reachable = np.zeros(demands, dtype=np.bool_)
    reachable[sites.target] = True
    return reachable


def reached_before(sites: Sites, demands: int) -> Bools:
    """Tell which demands (n_demand,) a site reaches that stands."""
    reached = np.zeros(demands, dtype=np.bool_)
    for site in np.flatnonzero(sites.fixed).tolist():
        reached[sites.target[sites.indptr[site] : sites.indptr[site + 1]]] = True
    return reached
