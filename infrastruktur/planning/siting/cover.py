"""Whom to reach: most people with k sites, a target with as few as can be, or everybody."""

from time import monotonic

import numpy as np

from infrastruktur.planning.gaps import NOISE_PERSONEN
from infrastruktur.planning.siting.choices import Choices, gather_choices
from infrastruktur.planning.siting.plan import Effort, Floats, Limits, Plan, Sites, Status, Verdict
from infrastruktur.planning.siting.proposal import propose, reached_before
from infrastruktur.planning.siting.relaxation import Relaxation
from infrastruktur.planning.siting.rows import cover_rows
from infrastruktur.planning.siting.search import EXACT, Found, Quest, search_plan
from infrastruktur.planning.siting.start import add_greedily


def cover_most(personen: Floats, sites: Sites, limits: Limits, effort: Effort) -> Plan:
    """Reach most people with so many sites: the maximal covering location problem, MCLP.

    max Σ d_i y_i with y_i ≤ Σ_{j reaches i} x_j, Σ x_j ≤ k, Σ c_j x_j ≤ B, y_i ≤ 1 and x binary; x_j = 1 for what
    stands (Church and ReVelle 1974, The maximal covering location problem, Papers of the Regional Science Association
    32). The objective is the people newly reached. Sites are fewer than k where one more reaches nobody else.

    Parameters
    ----------
    personen
        (n_demand,) float64, people of each demand.

    Raises
    ------
    Cancelled
        Nobody waits any more.

    """
    choices = _covering(personen, sites, limits)
    found = search_plan(Quest(choices, limits), effort)
    verdict = Verdict(found.status, found.value, found.bound, found.branches)
    return propose(personen, sites, choices.origin[found.best], verdict)


def cover_share(personen: Floats, sites: Sites, ziel_prozent: float, effort: Effort) -> Plan:
    """Close a gap with as few new sites as can be: partial set covering.

    min Σ x_j with Σ d_i y_i ≥ share · Σ d_i and the rows of `cover_most` (Daskin and Owen 1999, Two new location
    covering problems). Of all plans with as few sites the one that reaches most. The target is met by the rule of
    `bis_zum_ziel`. The objective is the people newly reached, and `sites_at_least` what was proved of their number:
    fewer than were chosen only where the clock ended the search.

    Parameters
    ----------
    personen
        (n_demand,) float64, all people the target is judged on, served or not.

    """
    limits = Limits(len(sites))
    choices = _covering(personen, sites, limits)
    reached = float(personen[reached_before(sites, len(personen))].sum())
    missing = ziel_prozent / 100.0 * float(personen.sum()) - NOISE_PERSONEN - reached
    if missing <= 0:
        return propose(personen, sites, np.zeros(0, np.int32), Verdict(Status.OPTIMAL, 0.0, 0.0, 0, 0))
    most = float(choices.most().sum())
    if most < missing:
        return propose(personen, sites, np.zeros(0, np.int32), Verdict(Status.ZIEL_UNERREICHBAR, 0.0, most, 0))
    found, proved = _fewest(choices, missing, effort)
    verdict = Verdict(found.status, found.value, found.bound, found.branches, proved)
    return propose(personen, sites, choices.origin[found.best], verdict)


def _fewest(choices: Choices, missing: float, effort: Effort) -> tuple[Found, int]:
    """Search with ever more sites until a plan saves what is missing; with the number below which none does."""
    ends = monotonic() + effort.seconds
    enough = add_greedily(choices, Limits(len(choices.origin)), enough=missing)
    relaxation = Relaxation(choices, Limits(len(enough)))
    fewest = _least_by_relaxation(relaxation, len(enough), missing, ends)
    branches = 0
    while True:
        limits = Limits(fewest)
        relaxation.allow(fewest)
        left = Effort(effort.gap, ends - monotonic(), effort.progress)
        found = search_plan(Quest(choices, limits, floor=missing), left, relaxation)
        branches += found.branches
        if found.best is not None:
            return Found(found.best, found.value, found.bound, found.status, branches), fewest
        if found.status is Status.ZEITGRENZE:
            return Found(enough, choices.value(enough), float(choices.most().sum()), found.status, branches), fewest
        fewest += 1


def _least_by_relaxation(relaxation: Relaxation, most: int, missing: float, until: float) -> int:
    """Halve down to the fewest sites, at most `most`, with which even parts of sites save what is missing."""
    none_below, bounds = 1, relaxation.free_bounds()
    while none_below < most:
        middle = (none_below + most) // 2
        relaxation.allow(middle)
        point = relaxation.solve(bounds, enough=missing, until=until)
        if point is None or point.bound < missing * (1 - EXACT):
            none_below = middle + 1
        else:
            most = middle
    return none_below


def cover_all(personen: Floats, sites: Sites, effort: Effort) -> Plan:
    """Reach everybody whom any site reaches, with as few new sites as can be: location set covering, LSCP.

    min Σ x_j with Σ_{j reaches i} x_j ≥ 1 for every demand with people that a site reaches; x_j = 1 for what stands
    (Toregas, Swain, ReVelle and Bergman 1971, The location of emergency service facilities, Operations Research 19).
    Whom no site reaches is counted as `UNERREICHBAR`. The objective is the number of new sites.
    """
    limits = Limits(len(sites))
    choices = _covering(personen, sites, limits)
    chosen, verdict = cover_rows(choices, effort)
    return propose(personen, sites, choices.origin[chosen], verdict)


def _covering(personen: Floats, sites: Sites, limits: Limits) -> Choices:
    return gather_choices(personen, sites, np.ones(len(sites.target)), limits)
