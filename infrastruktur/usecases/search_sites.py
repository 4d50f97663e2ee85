"""Search sites: the question as it is asked, checked, and the plan that answers it."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

import msgspec
import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.art import get_art
from infrastruktur.domain.errors import Grund, InvalidParameter, NotAssessable
from infrastruktur.domain.progress import tell
from infrastruktur.domain.ziel import Ziel
from infrastruktur.planning.gaps import NOISE_PERSONEN
from infrastruktur.planning.siting.cover import cover_all, cover_most, cover_share
from infrastruktur.planning.siting.minutes import shorten_ways
from infrastruktur.planning.siting.places import seat_most, shorten_ways_to_places
from infrastruktur.planning.siting.plan import Effort, Limits, Plan, Progress, Sites, Status, Verdict, relative_gap
from infrastruktur.planning.siting.proposal import propose
from infrastruktur.storage.angebote import Supply
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.measure_reach import load_eligible, measure_reach
from infrastruktur.usecases.measure_sites import (
    Kandidaten,
    Nachfrage,
    Punkte,
    join_to_cover,
    join_to_shorten,
    join_with_each_angebot,
    list_cells,
    list_points,
    list_standorte,
    narrow_to_one_short,
)
from infrastruktur.usecases.messung import Messung
from infrastruktur.usecases.spread_population import Gebiete

Floats = NDArray[np.float64]

MAX_ANZAHL = 20
MAX_PLAETZE = 1_000
GAP = 0.01
"""A plan is good enough when none can reach more than one percent more: the rest is noise of where people live."""
_SEARCH_FROM = 0.4
"""The share of the work that measuring is: a guess, for the search takes as long as its proof."""
_SEAT_PAIRS, _LEAST_CANDIDATES = 30_000, 25
"""Pairs of people and a site up to which places are shared out in a few seconds, and how few candidates are no choice:
80,000 pairs of a Kommune whose cells all choose differently were not done in 20 s."""
_BEYOND = 2
"""A way is measured up to so many times the target's minutes; a longer one counts as this long."""


class Suche(StrEnum):
    """What a plan is good for: most people in reach, all whom a site can reach, short ways, or most with a place."""

    ERREICHEN = "erreichen"
    ALLE = "alle"
    WEGE = "wege"
    PLAETZE = "plaetze"


class Moeglich(StrEnum):
    """What could be built on where no points are named."""

    ZELLEN = "zellen"
    STANDORTE = "standorte"


class SitingFrage(msgspec.Struct, frozen=True, kw_only=True):
    """For which target, with how many sites (None: as few as meet it), and for whose people (None: the region's).

    In place of `ziel` stands a `kriterium` of a set (None: the first), as the area's variant or `variante` asks it.
    `punkte`, each with its `kosten`, stand in place of `kandidaten`; `traeger` is "neu" where all proposed sites are
    taken to be one Träger's who is not there yet; `plaetze` are those of each new site, `plaetze_unbekannt` those of an
    Angebot that states none, and `bedarf_prozent` how many of the group need a place. With `plaetze` the shortest ways
    are those to a place.
    """

    ziel: str | None = None
    kriterium: str | None = None
    kriteriensatz: str | None = None
    variante: str | None = None
    anzahl: int | None = None
    gebiet: str | None = None
    stichtag: date | None = None
    suche: str = Suche.ERREICHEN.value
    kandidaten: str | None = None
    punkte: tuple[tuple[float, float], ...] = ()
    kosten: tuple[float, ...] = ()
    budget: float | None = None
    traeger: str | None = None
    plaetze: int | None = None
    plaetze_unbekannt: int | None = None
    bedarf_prozent: float | None = None

    @property
    def limits(self) -> Limits:
        """How many sites at most, and how much they may cost."""
        return Limits(
            MAX_ANZAHL if self.anzahl is None else self.anzahl, np.inf if self.budget is None else self.budget
        )

    @property
    def as_few_as_needed(self) -> bool:
        return self.anzahl is None and self.budget is None

    @property
    def counts_places(self) -> bool:
        """Whether a site that is full takes nobody in any more."""
        return self.plaetze is not None


@dataclass(frozen=True, eq=False)
class Vorschlag:
    """A plan over sites: the first `stands` of them stand, site s is candidate s - `stands`.

    Attributes
    ----------
    personen
        (n_demand,) float64, of parts of the group and cells one after another.
    heute
        The plan without any new site, where ways or places count.
    bestehende
        What stands, a row for each such site, where places count.

    """

    plan: Plan
    sites: Sites
    kandidaten: Kandidaten
    stands: int
    personen: Floats
    heute: Plan | None = None
    bestehende: Supply | None = None


def check_question(frage: SitingFrage, ziel: Ziel) -> None:
    """Refuse what does not go together, in a sentence that names what is missing.

    Raises
    ------
    InvalidParameter
        A part of the question lacks another or excludes it.
    NotAssessable
        The target wants several Träger, and nobody says who runs the new sites.

    """
    _check_traeger(frage, ziel)
    _check_candidates(frage)
    if frage.suche not in set(Suche):
        raise InvalidParameter("suche", f"Möglich sind {', '.join(Suche)}.")
    if frage.suche == Suche.ALLE and not frage.as_few_as_needed:
        raise InvalidParameter("suche", "suche=alle nennt so wenige Standorte wie möglich, ohne anzahl und budget.")
    by_way = frage.suche in {Suche.WEGE, Suche.PLAETZE}
    if by_way and frage.as_few_as_needed:
        raise InvalidParameter("suche", f"Zu suche={frage.suche} gehört anzahl oder budget.")
    if by_way and (ziel.max_minuten is None or ziel.mindestens > 1):
        raise InvalidParameter("suche", "Das geht nur mit Zielen in Minuten, für die ein Träger genügt.")
    _check_places(frage)


def _check_places(frage: SitingFrage) -> None:
    if frage.suche == Suche.PLAETZE and not frage.counts_places:
        raise InvalidParameter("plaetze", "Zu suche=plaetze gehört, wie viele Plätze ein neuer Standort hat.")
    if frage.suche in {Suche.ERREICHEN, Suche.ALLE} and frage.counts_places:
        raise InvalidParameter("plaetze", "Plätze zählen nur mit suche=plaetze und suche=wege.")
    others = (frage.plaetze_unbekannt, frage.bedarf_prozent)
    if not frage.counts_places and any(each is not None for each in others):
        raise InvalidParameter("plaetze", "Dazu gehört mit plaetze, wie viele Plätze ein neuer Standort hat.")


def _check_traeger(frage: SitingFrage, ziel: Ziel) -> None:
    if frage.traeger not in {None, "neu"}:
        raise InvalidParameter("traeger", "Möglich ist neu: ein Träger, den es hier noch nicht gibt.")
    if ziel.mindestens > 1 and frage.traeger is None:
        raise NotAssessable(
            Grund.KEINE_DATEN,
            f"„{ziel.titel}“ verlangt {ziel.mindestens} Träger zur Auswahl. Ob ein neuer Standort dazuzählt, hängt von "
            "seinem Träger ab, und den kennt noch niemand. Mit traeger=neu gilt: alle Vorschläge betreibt ein Träger, "
            "den es hier noch nicht gibt.",
        )


def _check_candidates(frage: SitingFrage) -> None:
    if frage.kandidaten is not None and frage.punkte:
        raise InvalidParameter("kandidaten", "Entweder punkte oder kandidaten: Punkte sind selbst die Kandidaten.")
    if frage.kandidaten not in {None, *Moeglich}:
        raise InvalidParameter("kandidaten", f"Möglich sind {', '.join(Moeglich)}.")
    if frage.kosten and len(frage.kosten) != len(frage.punkte):
        raise InvalidParameter("kosten", f"Zu {len(frage.punkte)} Punkten stehen {len(frage.kosten)} Kosten da.")
    if frage.budget is not None and not frage.kosten:
        raise InvalidParameter("budget", "Zu einem Budget gehören punkte und die kosten jedes Punktes.")


def search_sites(
    context: Context, frage: SitingFrage, messung: Messung, nachfrage: Nachfrage, gebiete: Gebiete
) -> Vorschlag:
    """Find the plan that answers a checked question.

    Raises
    ------
    LimitExceeded
        More candidates, or more pairs of people and places, than one search may have.
    NotAssessable
        Places are asked for, and an Angebot that stands states none.
    Cancelled
        Nobody waits any more.

    """
    tell("Wege zu möglichen Standorten", 0.2)
    kandidaten = _list_candidates(context, frage, messung, nachfrage, gebiete)
    if frage.counts_places:
        return _seat(context, frage, messung, nachfrage, kandidaten)
    if frage.suche == Suche.WEGE:
        return _shorten(context, frage, messung, nachfrage, kandidaten)
    return _cover(context, frage, messung, nachfrage, kandidaten)


def _list_candidates(
    context: Context, frage: SitingFrage, messung: Messung, nachfrage: Nachfrage, gebiete: Gebiete
) -> Kandidaten:
    if frage.punkte:
        kosten = frage.kosten or (1.0,) * len(frage.punkte)
        return list_points(context, messung, gebiete, Punkte(frage.punkte, kosten))
    if frage.kandidaten == Moeglich.STANDORTE:
        return list_standorte(context, messung, gebiete, nachfrage.inside)
    return list_cells(context, messung, nachfrage, most=context.settings.limits.siting_candidates)


def _cover(
    context: Context, frage: SitingFrage, messung: Messung, nachfrage: Nachfrage, kandidaten: Kandidaten
) -> Vorschlag:
    ziel = messung.ziel
    if ziel.mindestens > 1:
        one_less = msgspec.structs.replace(ziel, mindestens=ziel.mindestens - 1)
        nachfrage = narrow_to_one_short(nachfrage, measure_reach(context, one_less, messung.stichtag))
    sites, personen = join_to_cover(context, messung, nachfrage, kandidaten), nachfrage.beurteilt.ravel()
    if frage.suche == Suche.ALLE:
        plan = cover_all(personen, sites, _effort(context))
    elif frage.as_few_as_needed:
        plan = cover_share(personen, sites, ziel.ziel_prozent, _effort(context))
    else:
        plan = cover_most(personen, sites, frage.limits, _effort(context))
    return Vorschlag(plan, sites, kandidaten, 1, personen)


def beyond_minutes(ziel: Ziel) -> float:
    """Say as how long a way counts that is too far to be measured."""
    return float(_BEYOND * (ziel.max_minuten or 0))


def _shorten(
    context: Context, frage: SitingFrage, messung: Messung, nachfrage: Nachfrage, kandidaten: Kandidaten
) -> Vorschlag:
    beyond = beyond_minutes(messung.ziel)
    sites, personen = join_to_shorten(context, messung, nachfrage, kandidaten, beyond), nachfrage.beurteilt.ravel()
    plan = shorten_ways(personen, sites, frage.limits, beyond, _effort(context))
    nearest = np.concatenate([np.minimum(nearest_s / 60, beyond) for nearest_s in messung.nearest])
    now = float(personen @ nearest)
    today = propose(personen, sites, np.zeros(0, dtype=np.int32), Verdict(Status.OPTIMAL, now, now, 0))
    return Vorschlag(plan, sites, kandidaten, 1, personen, today)


def _seat(
    context: Context, frage: SitingFrage, messung: Messung, nachfrage: Nachfrage, kandidaten: Kandidaten
) -> Vorschlag:
    supply = load_eligible(context, messung.ziel, messung.stichtag)
    supply = supply.take(np.flatnonzero(np.isfinite(supply.xy_25832[:, 0])))
    sizes = supply.sizes.get(_common_size(messung.ziel), np.full(len(supply), np.nan))
    if frage.plaetze_unbekannt is not None:
        sizes = np.where(np.isnan(sizes), float(frage.plaetze_unbekannt), sizes)
    beyond = beyond_minutes(messung.ziel) if frage.suche == Suche.WEGE else None
    sites = join_with_each_angebot(context, messung, nachfrage, kandidaten, supply, beyond)
    if not frage.punkte and frage.kandidaten != Moeglich.STANDORTE:
        most = _count_affordable(sites, len(supply))
        if most < len(kandidaten):
            kandidaten = list_cells(context, messung, nachfrage, most=most)
            sites = join_with_each_angebot(context, messung, nachfrage, kandidaten, supply, beyond)
    places = np.concatenate((sizes, np.full(len(kandidaten), float(frage.plaetze or 0))))
    # An Angebot that nobody of the area reaches has no say, whatever its size.
    places = np.where(np.isnan(places) & (np.diff(sites.indptr) == 0), 0.0, places)
    personen = nachfrage.beurteilt.ravel() * (100.0 if frage.bedarf_prozent is None else frage.bedarf_prozent) / 100.0

    def seat(limits: Limits) -> Plan:
        if beyond is None:
            return seat_most(personen, sites, places, limits, _effort(context))
        return shorten_ways_to_places(personen, sites, places, limits, beyond_minutes=beyond, effort=_effort(context))

    today, plan = seat(Limits(0)), seat(frage.limits)
    if abs(plan.verdict.objective - today.verdict.objective) <= NOISE_PERSONEN:
        plan = replace(today, verdict=plan.verdict)  # a new site that gives nobody a place more, or nearer, is none
    return Vorschlag(plan, sites, kandidaten, len(supply), personen, today, supply)


def _count_affordable(sites: Sites, stands: int) -> int:
    """Say how many of the candidates leave a model that is answered in time, but no fewer than are a choice."""
    old, all_pairs, possible = int(sites.indptr[stands]), int(sites.indptr[-1]), len(sites) - stands
    if all_pairs <= _SEAT_PAIRS:
        return possible
    return max(_LEAST_CANDIDATES, int(possible * (_SEAT_PAIRS - old) / max(1, all_pairs - old)))


def _common_size(ziel: Ziel) -> str:
    sizes = {get_art(code).groesse for code in ziel.arten}
    size = sizes.pop()
    if size is None or sizes:
        raise InvalidParameter("suche", "Plätze lassen sich nur zählen, wo alle Arten des Ziels dieselbe Größe haben.")
    return size


def _effort(context: Context) -> Effort:
    _tell_search(Progress(0.0, np.inf, 0))
    return Effort(gap=GAP, seconds=context.settings.limits.siting_seconds, progress=_tell_search)


def _tell_search(progress: Progress) -> None:
    """Say how near the proof is to the gap that is good enough: that is what the search goes on for."""
    gap = relative_gap(progress.value, progress.bound)
    near = 1.0 if gap <= GAP else GAP / gap
    tell("Suche nach dem besten Plan", _SEARCH_FROM + (1 - _SEARCH_FROM) * near)
