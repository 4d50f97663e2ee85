"""How far people have it: the sites that make all ways together shortest."""

from infrastruktur.planning.siting.choices import gather_choices, save_now
from infrastruktur.planning.siting.plan import Effort, Floats, Limits, Plan, Sites, Verdict
from infrastruktur.planning.siting.proposal import propose
from infrastruktur.planning.siting.search import Quest, Scale, search_plan


def shorten_ways(personen: Floats, sites: Sites, limits: Limits, beyond_minutes: float, effort: Effort) -> Plan:
    """Make the ways of all people to their nearest site shortest: the p-median problem.

    min Σ d_i t_i with t_i the minutes to the nearest open site, or `beyond_minutes` where none is within the limit of
    `sites`; Σ x_j ≤ p, Σ c_j x_j ≤ B, x binary; x_j = 1 for what stands (Hakimi 1964, Optimum locations of switching
    centers, Operations Research 12; ReVelle and Swain 1970, Central facilities location, Geographical Analysis 2).
    The objective is in person-minutes, and counts everybody: whom nobody can reach with `beyond_minutes`.

    Parameters
    ----------
    personen
        (n_demand,) float64, people of each demand.
    beyond_minutes
        What a way counts that is longer than the limit: at least the limit, or who is near would count as farther
        than who is not.

    Raises
    ------
    Cancelled
        Nobody waits any more.

    """
    if len(sites.minutes) and sites.minutes.max() > beyond_minutes:
        raise ValueError("A way beyond the limit must not count less than one within it.")
    choices = gather_choices(personen, sites, beyond_minutes - sites.minutes, limits)
    now = float(personen @ (beyond_minutes - save_now(len(personen), sites, beyond_minutes - sites.minutes)))
    found = search_plan(Quest(choices, limits, scale=Scale(now)), effort)
    verdict = Verdict(found.status, now - found.value, now - found.bound, found.branches)
    return propose(personen, sites, choices.origin[found.best], verdict)
