"""List whom proposed sites serve: how far they have it, who newly reaches the target there, and who has no other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.ziel import Ziel
from infrastruktur.planning.siting.plan import Plan, Seats
from infrastruktur.usecases.measure_sites import Nachfrage
from infrastruktur.usecases.search_sites import SitingFrage, Suche, Vorschlag

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_NOISE_MINUTES = 1e-9


@dataclass(frozen=True, eq=False)
class Versorgte:
    """Who is served by a proposed site: s demands and the site of each.

    Attributes
    ----------
    minuten
        (s,) float64, of the way between them.
    neu
        (s,) bool, who reaches the target there and not today; nobody where places count.
    allein
        (s,) bool, those of them (where places count, of all) who reach no other open site.

    """

    seats: Seats
    minuten: Floats
    neu: Bools
    allein: Bools


def list_served(frage: SitingFrage, ziel: Ziel, nachfrage: Nachfrage, vorschlag: Vorschlag) -> Versorgte:
    """List who is served by the sites of a plan that do not stand yet."""
    plan, sites = vorschlag.plan, vorschlag.sites
    seats = plan.seats.only(~sites.fixed[plan.seats.site])
    minuten = sites.minutes_between(seats.site, seats.demand)
    alone = plan.reaching[seats.demand] == 1
    if frage.counts_places:
        return Versorgte(seats, minuten, np.zeros(len(minuten), dtype=np.bool_), alone)
    if frage.suche != Suche.WEGE:
        return Versorgte(seats, minuten, np.ones(len(minuten), dtype=np.bool_), alone)
    # A plan that shortens ways also serves whom something reaches today, and who is farther than the target allows.
    limit = float(ziel.max_minuten or 0) + _NOISE_MINUTES
    neu = (minuten <= limit) & nachfrage.offen.ravel()[seats.demand]
    return Versorgte(seats, minuten, neu, neu & (_count_reaching(vorschlag, plan, limit)[seats.demand] == 1))


def _count_reaching(vorschlag: Vorschlag, plan: Plan, limit_minutes: float) -> NDArray[np.int64]:
    """Count the proposed sites that each demand (n_demand,) reaches within a limit."""
    sites, reaching = vorschlag.sites, np.zeros(len(vorschlag.personen), dtype=np.int64)
    for site in plan.chosen.tolist():
        row = slice(*sites.indptr[site : site + 2].tolist())
        reaching[sites.target[row][sites.minutes[row] <= limit_minutes]] += 1
    return reaching
