"""Find the proposal that answers a question: from what is reached today to whom each new site serves."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import Grund, InvalidParameter, NotAssessable, NotFound
from infrastruktur.domain.kriterium import Abdeckung, Kriteriensatz, Kriterium
from infrastruktur.domain.progress import tell
from infrastruktur.domain.tabelle import Tabelle, Wert
from infrastruktur.domain.ziel import Ziel, get_ziel
from infrastruktur.planning.disclosure import show_in_tens
from infrastruktur.planning.quarter import UNGEPRUEFT
from infrastruktur.planning.siting.plan import Plan
from infrastruktur.storage.angebote import Supply
from infrastruktur.usecases.assess_coverage import CoverageFrage, assess_coverage
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.judge_quarters import Quartierfrage, choose_varianten, judge_quarters
from infrastruktur.usecases.list_served import Versorgte, list_served
from infrastruktur.usecases.measure_reach import measure_reach
from infrastruktur.usecases.measure_sites import Kandidaten, Nachfrage, gather_demand
from infrastruktur.usecases.messung import Messung
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
    """Where a search begins: a measured target, and what this reader is shown of the area (`vorher`)."""

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
    gebiet = frage.gebiet or spread_population(context, stichtag).gebiete.region.schluessel
    if (frage.ziel is None) == (frage.kriterium is None):
        raise InvalidParameter("ziel", "Zu Standortvorschlägen gehört entweder ein ziel oder ein kriterium.")
    if frage.kriterium is None and (frage.variante is not None or frage.kriteriensatz is not None):
        raise InvalidParameter("kriterium", "Zu variante und kriteriensatz gehört ein kriterium.")
    choose = _choose_ziel if frage.kriterium is None else _choose_kriterium
    ziel, table = choose(context, frage, stichtag, gebiet)
    check_question(frage, ziel)
    if context.public and frage.suche == Suche.ALLE:
        raise InvalidParameter("suche", _NUR_VERWALTUNG)
    tell("Wege zu dem, was besteht", 0.0)
    messung = replace(measure_reach(context, ziel, stichtag), ziel=ziel)
    return Lage(messung, _require_stated(_find_row(table, gebiet)))


def _choose_ziel(context: Context, frage: SitingFrage, stichtag: date, _gebiet: str) -> tuple[Ziel, Tabelle]:
    """Choose a target, and the table in which the reader sees who reaches it today: coverage."""
    ziel = get_ziel(context.ziele(stichtag), str(frage.ziel))
    return ziel, assess_coverage(context, CoverageFrage(stichtag=frage.stichtag, ziel=ziel.code))


def _choose_kriterium(context: Context, frage: SitingFrage, stichtag: date, gebiet: str) -> tuple[Ziel, Tabelle]:
    """Choose a criterion as the variant of the area asks it, and the table of who reaches it today: the profiles."""
    asked = Quartierfrage(
        stichtag=stichtag, kriterium=frage.kriterium, kriteriensatz=frage.kriteriensatz, variante=frage.variante
    )
    varianten = choose_varianten(context, asked, stichtag)
    known = dict.fromkeys(each.code for satz in varianten for each in satz.kriterium)
    if frage.kriterium not in known:
        raise NotFound(f"Das Kriterium „{frage.kriterium}“ gibt es nicht. Bekannt sind: {', '.join(known)}.")
    table = judge_quarters(context, asked)
    if frage.gebiet is None and not any(row["gebiet"] == gebiet for row in table.records()):
        raise InvalidParameter("variante", "Die Kommunen haben verschiedene. Bitte gebiet oder variante nennen.")
    variante = _find_row(table, gebiet)["satz_variante"]
    satz = next(each for each in varianten if each.variante == variante)
    return _state_as_ziel(satz, next(each for each in satz.kriterium if each.code == frage.kriterium)), table


def _state_as_ziel(satz: Kriteriensatz, kriterium: Kriterium) -> Ziel:
    if kriterium.abdeckung is Abdeckung.EINSATZGEBIET:
        raise InvalidParameter(
            "kriterium", f"„{kriterium.titel}“ fragt nach Einsatzgebieten, nicht nach Wegen: Ein Standort hilft nicht."
        )
    return msgspec.structs.replace(
        kriterium.as_ziel(),
        code=kriterium.code,
        titel=kriterium.titel,
        status=satz.status,
        grundlage=f"{kriterium.grundlage}; Kriteriensatz {satz.code} Version {satz.version}, {satz.variante}",
    )


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


def _find_row(table: Tabelle, gebiet: str) -> dict[str, Wert]:
    found = next((row for row in table.records() if row["gebiet"] == gebiet), None)
    if found is None:
        raise NotFound(f"Das Gebiet „{gebiet}“ gibt es nicht. Möglich sind Schlüssel von Kommunen und Sozialräumen.")
    return found


def _require_stated(row: dict[str, Wert]) -> dict[str, Wert]:
    """Refuse an area of whose people nothing is known; their numbers may be secret, and what stands there unchecked."""
    if row["grund"] not in {None, Grund.GEHEIM.value, UNGEPRUEFT}:
        raise NotAssessable(
            Grund(str(row["grund"])),
            f"Über die Menschen im Gebiet „{row['gebiet']}“ lässt sich nichts sagen. Bitte ein anderes Gebiet angeben.",
        )
    return {"nicht_erreicht": row.get("ohne_zugang"), **row}


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
    return _hide if vorher["erreicht"] is None or vorher["grund"] == Grund.GEHEIM.value else show_in_tens


def _hide(_count: float) -> None:
    return None
