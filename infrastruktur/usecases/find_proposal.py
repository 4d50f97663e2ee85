"""Find the proposal that answers a question: from what is reached today to whom each new site serves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import Grund, InvalidParameter, NotAssessable, NotFound
from infrastruktur.domain.progress import tell
from infrastruktur.domain.tabelle import Wert
from infrastruktur.domain.ziel import get_ziel
from infrastruktur.planning.disclosure import show_in_tens
from infrastruktur.planning.siting.plan import Plan
from infrastruktur.storage.angebote import Supply
from infrastruktur.usecases.assess_coverage import CoverageFrage, assess_coverage
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.list_served import Versorgte, list_served
from infrastruktur.usecases.measure_reach import Messung, measure_reach
from infrastruktur.usecases.measure_sites import Kandidaten, Nachfrage, gather_demand
from infrastruktur.usecases.publish_table import choose_stichtag
from infrastruktur.usecases.search_sites import (
    SitingFrage,
    Suche,
    Vorschlag,
    check_question,
    search_sites,
)
from infrastruktur.usecases.spread_population import Gebiete, spread_population

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_NUR_VERWALTUNG = (
    "suche=alle steht nur der Verwaltung offen: Jeder Standort sagt, dass dort jemand wohnt, den kein anderer erreicht."
)
_Show = Callable[[float], float | None]
"""How a count of people is written for who asks."""


@dataclass(frozen=True, eq=False)
class Lage:
    """Where a search begins: a measured target, and what coverage shows this reader of the area (`vorher`)."""

    messung: Messung
    vorher: dict[str, Wert]


@dataclass(frozen=True, eq=False)
class Antwort:
    """What a table of proposals is written from, and explained by."""

    frage: SitingFrage
    lage: Lage
    nachfrage: Nachfrage
    gebiete: Gebiete
    vorschlag: Vorschlag
    show: _Show

    @property
    def messung(self) -> Messung:
        return self.lage.messung

    @property
    def vorher(self) -> dict[str, Wert]:
        return self.lage.vorher

    @property
    def kandidaten(self) -> Kandidaten:
        return self.vorschlag.kandidaten

    @property
    def plan(self) -> Plan:
        return self.vorschlag.plan

    @property
    def heute(self) -> Plan:
        """The plan without any new site; only where ways or places count."""
        if self.vorschlag.heute is None:
            raise TypeError("Who is reached is counted by coverage, not by a plan.")
        return self.vorschlag.heute

    @property
    def bestehende(self) -> Supply:
        """What stands, a row for each such site; only where places count."""
        if self.vorschlag.bestehende is None:
            raise TypeError("Where places do not count, all that stands is one site.")
        return self.vorschlag.bestehende

    @cached_property
    def versorgte(self) -> Versorgte:
        return list_served(self.frage, self.messung.ziel, self.nachfrage, self.vorschlag)

    @cached_property
    def ranking(self) -> NDArray[np.intp]:
        """The chosen sites (k,), those first that serve most people."""
        return np.argsort(-self.plan.zugeordnet, kind="stable")

    def count_new(self) -> Floats:
        """Count who newly reaches the target at each chosen site (k,): those it is nearest to."""
        return self.plan.sum_by_site(self.versorgte.seats.only(self.versorgte.neu))

    def count_alone(self) -> Floats:
        """Count who has no other site, at each chosen one (k,)."""
        return self.plan.sum_by_site(self.versorgte.seats.only(self.versorgte.allein))


def look_up_lage(context: Context, frage: SitingFrage) -> Lage:
    """Check a question, measure its target, and look up whom it reaches today.

    Raises
    ------
    InvalidParameter, NotAssessable, NotFound
        As `propose_sites`.

    """
    stichtag = choose_stichtag(context, frage.stichtag)
    ziel = get_ziel(context.ziele(stichtag), frage.ziel)
    check_question(frage, ziel)
    if context.public and frage.suche == Suche.ALLE:
        raise InvalidParameter("suche", _NUR_VERWALTUNG)
    tell("Wege zu dem, was besteht", 0.0)
    return Lage(measure_reach(context, ziel, stichtag), _look_up_coverage(context, frage, stichtag))


def find_proposal(context: Context, frage: SitingFrage, lage: Lage) -> Antwort:
    """Search the sites that answer a checked question.

    Raises
    ------
    Cancelled, LimitExceeded, NotAssessable
        As `search_sites`.

    """
    gebiete = spread_population(context, lage.messung.stichtag).gebiete
    nachfrage = gather_demand(lage.messung, _find_leaves(gebiete, str(lage.vorher["gebiet"])))
    vorschlag = search_sites(context, frage, lage.messung, nachfrage, gebiete)
    return Antwort(frage, lage, nachfrage, gebiete, vorschlag, _choose_show(context, lage.vorher))


def _look_up_coverage(context: Context, frage: SitingFrage, stichtag: date) -> dict[str, Wert]:
    """Find what the area reaches today, as the reader sees it in coverage."""
    gebiet = frage.gebiet or spread_population(context, stichtag).gebiete.region.schluessel
    table = assess_coverage(context, CoverageFrage(stichtag=frage.stichtag, ziel=frage.ziel))
    found = next((row for row in table.records() if row["gebiet"] == gebiet), None)
    if found is None:
        raise NotFound(f"Das Gebiet „{gebiet}“ gibt es nicht. Möglich sind Schlüssel von Kommunen und Sozialräumen.")
    if found["grund"] not in {None, Grund.GEHEIM.value}:
        raise NotAssessable(
            Grund(str(found["grund"])),
            f"Über die Menschen im Gebiet „{gebiet}“ lässt sich nichts sagen. Bitte ein anderes Gebiet angeben.",
        )
    return found


def _find_leaves(gebiete: Gebiete, gebiet: str) -> Bools:
    """Tell which leaves (n_leaves,) an area is made of."""
    for stufe in gebiete.stufen:
        for number, raum in enumerate(stufe.raeume):
            if raum.schluessel == gebiet:
                return np.asarray(stufe.of_leaf == number)
    raise NotFound(f"Das Gebiet „{gebiet}“ gibt es nicht.")


def _choose_show(context: Context, vorher: dict[str, Wert]) -> _Show:
    """Write counts exactly for staff; of an area whose people are secret in coverage the public learns none."""
    if not context.public:
        return float
    return _hide if vorher["grund"] == Grund.GEHEIM.value else show_in_tens


def _hide(_count: float) -> None:
    return None
