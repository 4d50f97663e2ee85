"""Explain how an area stands to a criterion: whom it reaches, the thresholds, and on which Angebote it rests."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec
import numpy as np

from infrastruktur.domain.errors import InvalidParameter, NotFound
from infrastruktur.domain.herleitung import Eingabe, Rechnung, Schritt, build_schritt
from infrastruktur.domain.kriterium import Abdeckung, Ersatz, Kriteriensatz, Kriterium
from infrastruktur.domain.tabelle import Wert
from infrastruktur.usecases.choose_areas import find_area
from infrastruktur.usecases.cite_angebote import cite_angebot
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.explain_coverage import GERUNDET, count_states, publish_states
from infrastruktur.usecases.explain_gaps import (
    Luecke,
    explain_judged,
    require_shown,
    say_nearest,
)
from infrastruktur.usecases.explain_ways import explain_nearest, require_staff_for_ways
from infrastruktur.usecases.judge_quarters import Quartierfrage, choose_varianten, judge_quarters
from infrastruktur.usecases.measure_kriterium import Befund, measure_kriterium
from infrastruktur.usecases.publish_table import choose_stichtag
from infrastruktur.usecases.spread_population import spread_population


class Quartierzahl(StrEnum):
    """The numbers of a criterion that can be explained; the first says how far an area is from meeting it."""

    BIS_ZUM_ZIEL = "bis_zum_ziel"
    ANTEIL_BEURTEILT_PROZENT = "anteil_beurteilt_prozent"
    OHNE_ZUGANG = "ohne_zugang"
    ANGEBOTE = "angebote"
    UNGEPRUEFT = "ungeprueft"
    NAECHSTE_MINUTEN = "naechste_minuten"
    NAECHSTE_METER = "naechste_meter"


_OF_WAYS = (Quartierzahl.NAECHSTE_MINUTEN, Quartierzahl.NAECHSTE_METER)
_OF_RECORDS = (Quartierzahl.ANGEBOTE, Quartierzahl.UNGEPRUEFT)


def explain_quarter(
    context: Context, frage: Quartierfrage, gebiet: str, *, zahl: Quartierzahl = Quartierzahl.BIS_ZUM_ZIEL
) -> Schritt:
    """Take a number of one criterion back to people or Angebote; the notes say by which thresholds its state follows.

    Raises
    ------
    InvalidParameter
        The question names no criterion, or the public asks for a drawn area.
    NotFound
        No such criterion is judged in the area.
    NotAssessable
        The table has no such number there, or it is staff's to recompute.

    """
    day = choose_stichtag(context, frage.stichtag)
    if frage.kriterium is None:
        raise InvalidParameter("kriterium", "Zu einem Rechenweg gehört ein Kriterium.")
    rows = judge_quarters(context, msgspec.structs.replace(frage, stichtag=day, gebiet=gebiet)).records()
    row = next(iter(rows), None)
    if row is None:
        raise NotFound(f"Das Kriterium „{frage.kriterium}“ ist im Gebiet „{gebiet}“ am {day:%d.%m.%Y} nicht beurteilt.")
    require_shown(row, zahl)
    satz = next(each for each in choose_varianten(context, frage, day) if each.variante == row["satz_variante"])
    asked = next(each for each in satz.kriterium if each.code == frage.kriterium)
    where = find_area(spread_population(context, day), gebiet, frage.flaeche)
    if zahl in _OF_RECORDS:
        schnitt, at = where
        return _count_records(measure_kriterium(context, asked, day, schnitt), at, asked.titel, zahl)
    if zahl in _OF_WAYS:
        require_staff_for_ways(context)
        return explain_nearest(context, asked.as_ziel(), where, day, say_nearest(row))
    by_way = asked.abdeckung is not Abdeckung.EINSATZGEBIET and not context.public
    states = count_states(context, asked.as_ziel(), gebiet, day, frage.flaeche) if by_way else publish_states(row)
    anteil = Eingabe(
        name=f"Zielwert: {asked.titel}",
        wert=asked.anteil_prozent / 100,
        einheit="Anteil",
        quelle=f"Kriteriensatz {satz.code} Version {satz.version}, {satz.variante} ({satz.status})",
    )
    hints = (*_say_state(row, satz, asked), *((GERUNDET,) if context.public else ()))
    return explain_judged(states, anteil, Luecke(zahl), hints)


def _say_state(row: Mapping[str, Wert], satz: Kriteriensatz, kriterium: Kriterium) -> tuple[str, ...]:
    """Say the thresholds of a criterion with its own numbers, and on which side of them the area is."""
    share = kriterium.anteil_prozent * satz.teilweise_ab_prozent / 100
    also = [
        *(["alle Personen die weichere Anforderung erfüllen"] if kriterium.has_softer else []),
        *(["genug Träger im Gebiet selbst liegen"] if kriterium.ersatz is Ersatz.IM_GEBIET else []),
    ]
    partly = "".join(f", oder wo {each}" for each in also)
    return (
        f"Zustand: {row['zustand']}.",
        f"erfuellt, wo bis zum Ziel von {kriterium.anteil_prozent:g} % niemand fehlt.",
        f"teilweise, wo {satz.teilweise_ab_prozent:g} % davon erreicht sind, also {share:g} %{partly}.",
        (
            f"nicht_bewertbar, wo mehr als {satz.unsicher_ab_prozent:g} % der Angebote seit 12 Monaten ungeprüft sind: "
            f"hier {row['ungeprueft']} von {row['angebote']}."
        ),
    )


def _count_records(befund: Befund, at: int, titel: str, zahl: Quartierzahl) -> Schritt:
    counted = befund.belege[at] & (befund.alt if zahl is Quartierzahl.UNGEPRUEFT else True)
    parts = tuple(
        Eingabe(
            name=str(befund.supply.name[house]),
            wert=1.0,
            einheit="Angebot",
            quelle=cite_angebot(befund.supply, house),
        )
        for house in np.flatnonzero(counted).tolist()
    )
    formula = "Jedes Angebot zählt 1, das jemand von hier erreicht oder das am nächsten liegt; ohne solche zählen alle"
    return build_schritt(titel, "Angebote", formula, Rechnung.SUMME, parts)
