"""Explain what supply falls to the people of an area: by Angebot, and never by cell.

Each Angebot gives its places ÷ all who compete for it to everybody who reaches it, as much as their way weighs. To the
public the parts would tell where few people live: it reads the figure from the counts of the table.
"""

from datetime import date
from enum import StrEnum

import msgspec
import numpy as np

from infrastruktur.domain.errors import NotFound
from infrastruktur.domain.herleitung import Eingabe, Herleitung, Rechnung, Schritt, build_schritt
from infrastruktur.domain.tabelle import Wert
from infrastruktur.planning.catchment import OHNE_PLATZZAHL, VERTEILT
from infrastruktur.planning.catchment_areas import Gewichtete, weigh_everybody, weigh_people
from infrastruktur.usecases.cite_angebote import cite_angebot
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.explain_gaps import require_shown
from infrastruktur.usecases.measure_catchments import Einzug, measure_catchments
from infrastruktur.usecases.prepare_teilung import CatchmentFrage, Teilung, prepare_teilung
from infrastruktur.usecases.publish_table import choose_stichtag
from infrastruktur.usecases.read_population import read_population
from infrastruktur.usecases.share_catchments import share_catchments
from infrastruktur.usecases.spread_population import Stufe

_GERUNDET = (
    "Aus den veröffentlichten Plätzen, in Zehnteln, und ganzen Personen gerechnet; die Tabelle rechnet vor dem Runden. "
    "Plätze je 1.000 Personen können um (50 + ihre Zahl) ÷ Personen mit Aussage abweichen."
)


class Einzugszahl(StrEnum):
    """The numbers of a row that can be explained."""

    WERT = "wert"
    PLAETZE = "plaetze"


def explain_catchment(
    context: Context, frage: CatchmentFrage, gebiet: str, *, zahl: Einzugszahl = Einzugszahl.WERT
) -> Schritt:
    """Take the supply per person of an area, or its places, back to Angebote and people who compete for them.

    Raises
    ------
    InvalidParameter, NotFound
        As `share_catchments`; or there is no such area.
    NotAssessable
        The table has no number there.

    """
    stichtag = choose_stichtag(context, frage.stichtag)
    asked = msgspec.structs.replace(frage, stichtag=stichtag)
    rows = share_catchments(context, asked).records()
    row = next((row for row in rows if row["gebiet"] == gebiet), None)
    if row is None:
        raise NotFound(f"Das Gebiet „{gebiet}“ gibt es am {stichtag:%d.%m.%Y} nicht.")
    require_shown(row, zahl)
    places = (
        _explain_places(context, prepare_teilung(asked), gebiet, stichtag) if not context.public else _published(row)
    )
    if zahl is Einzugszahl.PLAETZE:
        return places
    source, day = str(row["quelle_personen"]), row["stichtag_personen"]
    stichtag_personen = day if isinstance(day, date) else None
    people = tuple(
        Eingabe(name=said, wert=_number(row[name]), einheit="Personen", quelle=source, stichtag=stichtag_personen)
        for name, said in (("erreicht", "Erreichen mindestens ein Angebot"), ("nicht_erreicht", "Erreichen keines"))
    )
    formula = "Wer ohne Aussage ist, zählt nicht mit"
    judged = build_schritt("Personen mit Aussage", "Personen", formula, Rechnung.SUMME, people)
    thousand = Eingabe(name="Skala", wert=1000.0, einheit="", quelle="je 1.000 Personen")
    scaled = build_schritt("1.000 × Plätze", "", "1.000 × Plätze", Rechnung.PRODUKT, (thousand, places))
    formula = "1.000 × Plätze ÷ Personen mit Aussage"
    hints = (_GERUNDET,) if context.public else ()
    name = f"{row['verfahren']}, {row['art']}"
    return build_schritt(name, str(row["einheit"]), formula, Rechnung.QUOTIENT, (scaled, judged), hinweise=hints)


def _published(row: dict[str, Wert]) -> Schritt:
    """Take the places as the table shows them, all Angebote together."""
    places = Eingabe(name="Plätze, die hierher fallen", wert=_number(row["plaetze"]), einheit="", quelle="Tabelle")
    return build_schritt("Plätze", "", "Summe der Angebote", Rechnung.SUMME, (places,))


def _number(wert: Wert) -> float | None:
    return float(wert) if isinstance(wert, int | float) else None


# By Angebot, for staff


def _explain_places(context: Context, teilung: Teilung, gebiet: str, stichtag: date) -> Schritt:
    verteilung = read_population(context, stichtag)
    einzug = measure_catchments(context, verteilung, teilung, stichtag)
    stufe, at = verteilung.gebiete.find(gebiet)
    here = _weigh(einzug, stufe, at)
    kommunen = verteilung.gebiete.stufen[1]
    rivals = [(raum.titel, _weigh(einzug, kommunen, place)) for place, raum in enumerate(kommunen.raeume)]
    catchment = einzug.catchment
    rivals.append(("jenseits der Region", weigh_everybody(catchment, einzug.nachbarn.personen)))
    supply = einzug.supply.take(np.flatnonzero(einzug.am_netz))
    parts: list[Herleitung] = []
    for house in np.flatnonzero((catchment.zustand == VERTEILT) & (here.erhalten > 0)).tolist():
        places = Eingabe(
            name=str(supply.name[house]),
            wert=float(catchment.kapazitaet[house]),
            einheit=teilung.groesse,
            quelle=cite_angebot(supply, house),
            stichtag=stichtag,
        )
        parts.append(
            _explain_house(places, here, rivals, house, f"{einzug.teile[0].wohnorte.quelle}, {teilung.verfahren}")
        )
    unknown = supply.name[(catchment.zustand == OHNE_PLATZZAHL) & (here.erhalten > 0)].tolist()
    hints = (f"mindestens; ohne Angabe: {', '.join(unknown)}",) if unknown else ()
    formula = "Summe der Angebote in Reichweite"
    return build_schritt("Plätze", teilung.groesse, formula, Rechnung.SUMME, tuple(parts), hinweise=hints)


def _weigh(einzug: Einzug, stufe: Stufe, at: int) -> Gewichtete:
    wohnende = einzug.wohnende
    return weigh_people(einzug.catchment, wohnende, stufe.of_leaf[wohnende.area] == at)


def _explain_house(
    places: Eingabe, here: Gewichtete, rivals: list[tuple[str, Gewichtete]], house: int, quelle: str
) -> Schritt:
    """Share a house: places ÷ all who compete for it × those of the area, each counted as their way weighs."""
    competing = tuple(
        Eingabe(name=f"Im Wettbewerb: {titel}", wert=float(each.konkurrieren[house]), einheit="Personen", quelle=quelle)
        for titel, each in rivals
        if each.konkurrieren[house] > 0
    )
    formula = "Summe der Kommunen, jede Person so viel, wie ihr Weg zählt"
    demand = build_schritt("Personen im Wettbewerb", "Personen", formula, Rechnung.SUMME, competing)
    formula = "Plätze ÷ Personen im Wettbewerb"
    ratio = build_schritt("Plätze je Person", "", formula, Rechnung.QUOTIENT, (places, demand))
    mine = Eingabe(name="Personen von hier", wert=float(here.erhalten[house]), einheit="Personen", quelle=quelle)
    name, formula = f"Von {places.name}", "Plätze je Person × Personen von hier"
    return build_schritt(name, places.einheit, formula, Rechnung.PRODUKT, (ratio, mine))
