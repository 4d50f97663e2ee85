"""Sites with places: nobody is served by a site that is full.

Where places are short, who is served where is decided with the sites, so that the model has a variable for each pair
of people and a site. That limits its size; people with the same choice are one, which helps most where only reaching
counts.
"""

from dataclasses import dataclass, replace
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import Grund, LimitExceeded, NotAssessable
from infrastruktur.planning.siting.choices import Choices, list_choices
from infrastruktur.planning.siting.integer import solve_integer
from infrastruktur.planning.siting.plan import Bools, Effort, Floats, Limits, Plan, Sites, Verdict
from infrastruktur.planning.siting.proposal import propose_seats
from infrastruktur.planning.siting.solver import Solver

MOST_PAIRS = 300_000
"""Pairs of people and a site that a model may have. Measured to a gap of 1 %: 15,000 pairs take 3 s, 86,000 take 15 s
and 136,000 take 28 s."""
_HALF = 0.5
_NO_LIMIT = highspy.kHighsInf


@dataclass(frozen=True, eq=False)
class _Seating:
    """What a model is made of: choices with their pairs (p,); which of their sites (c,) stand, and their places."""

    choices: Choices
    fixed: Bools
    places: Floats

    @property
    def pair_personen(self) -> Floats:
        """People of each pair's row (p,)."""
        return np.repeat(self.choices.personen, np.diff(self.choices.rows[0]))


def seat_most(personen: Floats, sites: Sites, places: Floats, limits: Limits, effort: Effort) -> Plan:
    """Give most people a place within reach: maximal covering with capacities.

    After Current and Storbeck 1988, Capacitated covering models, Environment and Planning B 15:
    max Σ f_ij with Σ_j f_ij ≤ d_i, Σ_i f_ij ≤ places_j x_j, f_ij ≤ d_i x_j, Σ x_j ≤ k, Σ c_j x_j ≤ B, f ≥ 0 and x
    binary; x_j = 1 for what stands. People of one cell may go to different sites. The objective is all people with a
    place, at what stands and what is new: a new site also relieves an old one. With `Limits(0)` it is what stands.

    Parameters
    ----------
    personen
        (n_demand,) float64, people who need a place.
    places
        (n,) float64, of each site.

    Raises
    ------
    NotAssessable
        A site's places are unknown (NaN).
    LimitExceeded
        More pairs than a model may have, or no plan in the time there was.
    Cancelled
        Nobody waits any more.

    """
    seating = _gather(personen, sites, np.ones(len(sites.target)), places, limits)
    plan = _serve(personen, sites, seating, _build_model(seating, limits), effort)
    # Whom the clock stops before the first relaxation gets a bound above everybody.
    everybody = float(personen.sum())
    return replace(plan, verdict=replace(plan.verdict, bound=min(plan.verdict.bound, everybody)))


def shorten_ways_to_places(
    personen: Floats,
    sites: Sites,
    places: Floats,
    limits: Limits,
    *,
    beyond_minutes: float,
    effort: Effort,
) -> Plan:
    """Make the ways of all people to a place shortest: the p-median problem with capacities.

    min Σ t_ij f_ij + `beyond_minutes` · (people without a place), with the rows of `seat_most`; after Mulvey and Beck
    1984, Solving capacitated clustering problems, European Journal of Operational Research 18, where a cell goes to
    one site as a whole, while here its people may go to different ones. The objective is in person-minutes. Places are
    given so that the sum is least, which is not the nearest site for each.

    Parameters and errors are those of `seat_most` and `shorten_ways`.
    """
    saving = beyond_minutes - sites.minutes
    if len(saving) and saving.min() < 0:
        raise ValueError("A way beyond the limit must not count less than one within it.")
    seating = _gather(personen, sites, saving, places, limits)
    model = _build_model(seating, limits)
    # Turned into minutes, so that the gap is one of minutes.
    model.changeObjectiveSense(highspy.ObjSense.kMinimize)
    columns = np.arange(model.getNumCol(), dtype=np.int32)
    model.changeColsCost(
        len(columns), columns, np.concatenate((np.zeros(len(seating.places)), -seating.choices.rows[2]))
    )
    model.changeObjectiveOffset(beyond_minutes * float(personen.sum()))
    return _serve(personen, sites, seating, model, effort)


def _gather(personen: Floats, sites: Sites, saving: Floats, places: Floats, limits: Limits) -> _Seating:
    """List who may have a place where, and refuse what cannot be answered."""
    choices = list_choices(personen, sites, saving, limits)
    seating = _Seating(choices, sites.fixed[choices.origin], places[choices.origin])
    if np.isnan(seating.places).any():
        raise NotAssessable(
            Grund.KEINE_PLATZZAHL,
            "Für mindestens einen Standort ist keine Platzzahl bekannt. Bitte die Platzzahl nachtragen oder den "
            "Standort mit einer ausdrücklichen Annahme rechnen.",
        )
    if len(choices.rows[1]) > MOST_PAIRS:
        raise LimitExceeded(
            f"Mit Plätzen lassen sich höchstens {MOST_PAIRS} Paare aus Wohnzelle und Standort rechnen, hier sind es "
            f"{len(choices.rows[1])}. Bitte ein kleineres Gebiet, weniger mögliche Standorte oder kürzere Wege angeben."
        )
    return seating


def _serve(personen: Floats, sites: Sites, seating: _Seating, model: highspy.Highs, effort: Effort) -> Plan:
    """Solve, and give the people of each pair back to the demands of its row, each its part."""
    answer = solve_integer(model, effort)
    if answer.values is None:
        raise LimitExceeded("In der Zeit wurde kein Plan gefunden. Bitte mehr Zeit oder weniger Standorte angeben.")
    choices = seating.choices
    opened = answer.values[: len(choices.origin)] > _HALF
    chosen = choices.origin[np.flatnonzero(opened & ~seating.fixed)]
    seats = choices.spread(answer.values[len(choices.origin) :], personen)
    verdict = Verdict(answer.status, answer.objective, answer.bound, answer.branches)
    return propose_seats(personen, sites, chosen, verdict, seats)


def _build_model(seating: _Seating, limits: Limits) -> highspy.Highs:
    """Build the model: variables are sites (c,), then people of each pair (p,)."""
    choices = seating.choices
    sites, pairs = len(choices.origin), len(choices.rows[1])
    model = Solver()
    gain = np.concatenate((np.zeros(sites), choices.rows[2]))
    least = np.concatenate((seating.fixed.astype(np.float64), np.zeros(pairs)))
    most = np.concatenate((np.ones(sites), seating.pair_personen))
    none, starts = np.zeros(0, dtype=np.int32), np.zeros(sites + pairs, dtype=np.int32)
    model.addCols(sites + pairs, gain, least, most, 0, starts, none, np.zeros(0))
    model.changeObjectiveSense(highspy.ObjSense.kMaximize)
    numbers = np.arange(sites, dtype=np.int32)
    model.changeColsIntegrality(sites, numbers, np.full(sites, highspy.HighsVarType.kInteger))
    _add_people(model, seating)
    _add_places(model, seating)
    _add_openings(model, seating)
    free = numbers[~seating.fixed]
    model.addRow(-_NO_LIMIT, float(limits.sites), len(free), free, np.ones(len(free)))
    if np.isfinite(limits.budget):
        model.addRow(-_NO_LIMIT, limits.budget, len(free), free, choices.cost[free])
    return model


def _add_people(model: highspy.Highs, seating: _Seating) -> None:
    """Give nobody two places: Σ_j f_ij ≤ d_i."""
    indptr, site, _ = seating.choices.rows
    columns = np.arange(len(site), dtype=np.int32) + len(seating.places)
    _add_rows(model, seating.choices.personen, indptr[:-1], (columns, np.ones(len(site))))


def _add_places(model: highspy.Highs, seating: _Seating) -> None:
    """Take no more places than a site has, and none while it is closed: Σ_i f_ij ≤ places_j x_j."""
    site, sites = seating.choices.rows[1], len(seating.places)
    asked = np.bincount(site, weights=seating.pair_personen, minlength=sites)
    counts = np.bincount(site, minlength=sites)
    starts = np.cumsum(counts) - counts
    columns = np.insert(np.argsort(site, kind="stable") + sites, starts, np.arange(sites))
    factors = np.insert(np.ones(len(site)), starts, -np.minimum(seating.places, asked))
    _add_rows(model, np.zeros(sites), starts + np.arange(sites), (columns, factors))


def _add_openings(model: highspy.Highs, seating: _Seating) -> None:
    """Serve nobody at a closed site: f_ij ≤ d_i x_j.

    Implied by the places for whole sites, but not for parts: with these rows 86,000 pairs take 15 s to a gap of 1 %,
    without them more than 40 s.
    """
    site, sites = seating.choices.rows[1], len(seating.places)
    pairs = np.arange(len(site))
    columns = np.stack((pairs + sites, site), axis=1).ravel()
    factors = np.stack((np.ones(len(site)), -seating.pair_personen), axis=1).ravel()
    _add_rows(model, np.zeros(len(site)), 2 * pairs, (columns, factors))


def _add_rows(model: highspy.Highs, most: Floats, starts: NDArray[Any], entries: tuple[NDArray[Any], Floats]) -> None:
    columns, factors = entries
    least = np.full(len(most), -_NO_LIMIT)
    model.addRows(len(most), least, most, len(columns), starts.astype(np.int32), columns.astype(np.int32), factors)
