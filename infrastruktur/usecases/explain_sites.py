"""Explain a proposal: what a plan reaches, and whom each of its sites serves."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import numpy as np

from infrastruktur.domain.errors import Grund, NotAssessable, NotFound
from infrastruktur.domain.herleitung import Eingabe, Herleitung, Rechnung, Schritt, build_schritt
from infrastruktur.domain.tabelle import Tabelle, Wert
from infrastruktur.planning.siting.plan import OFFEN, UNERREICHBAR, Seats
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.explain_served import explain_mean_way, explain_people, explain_standing
from infrastruktur.usecases.explain_ways import require_staff_for_ways
from infrastruktur.usecases.find_proposal import Antwort, find_proposal, look_up_lage
from infrastruktur.usecases.propose_sites import propose_sites
from infrastruktur.usecases.search_sites import SitingFrage


class Planzahl(StrEnum):
    """The numbers of a whole plan (`befund`) that can be explained."""

    ERREICHT_NACHHER = "erreicht_nachher"
    ANTEIL_NACHHER_PROZENT = "anteil_nachher_prozent"
    NEU_ERREICHT = "neu_erreicht"
    MIT_PLATZ_VORHER = "mit_platz_vorher"
    MIT_PLATZ_NACHHER = "mit_platz_nachher"
    DAVON_AN_BESTEHENDEN = "davon_an_bestehenden"
    MINUTEN_MITTEL_VORHER = "minuten_mittel_vorher"
    MINUTEN_MITTEL_NACHHER = "minuten_mittel_nachher"
    OFFEN = "offen"
    UNERREICHBAR = "unerreichbar"


class Standortzahl(StrEnum):
    """The numbers of one proposed site that can be explained."""

    ZUGEORDNET = "zugeordnet"
    NEU_ERREICHT = "neu_erreicht"
    NUR_HIER = "nur_hier"


_FORMELN = {
    Standortzahl.ZUGEORDNET: "Alle, für die er der nächste offene Standort ist, nach Gebiet und Altersgruppe",
    Standortzahl.NEU_ERREICHT: "Wer heute nicht erreicht ist und ihn als nächsten erreicht, nach Gebiet und "
    "Altersgruppe",
    Standortzahl.NUR_HIER: "Wer keinen anderen offenen Standort erreicht, nach Gebiet und Altersgruppe",
}
_MIT_PLATZ = "Alle, die hier einen Platz haben, nach Gebiet und Altersgruppe"
_LAST_DIGIT = 0.06
"""A mean way is stated in tenths of a minute, so its exact value is at most half a tenth away."""
_ANDERER_PLAN = (
    "Die Suche endet hier mit der Zeit und fand diesmal einen anderen Plan. Bitte ein kleineres Gebiet oder weniger "
    "mögliche Standorte angeben."
)


def explain_plan(context: Context, frage: SitingFrage, *, zahl: Planzahl = Planzahl.ERREICHT_NACHHER) -> Schritt:
    """Take what a plan reaches back to what is reached today and what each site adds; the public reads both in tens.

    Raises
    ------
    NotAssessable
        The plan has no such number, or it is secret, or staff's to recompute.
    InvalidParameter, LimitExceeded, NotFound
        As `propose_sites`.

    """
    table = propose_sites(context, frage)
    befund = table.herkunft.parameter["befund"]
    if zahl not in befund:
        known = ", ".join(each for each in Planzahl if each in befund)
        raise NotAssessable(Grund.KEINE_DATEN, f"Diese Zahl gibt es hier nicht. Möglich sind {known}.")
    if befund[zahl] is None:
        if context.public:
            raise NotAssessable(Grund.GEHEIM, "Wie viele Personen das sind, ist hier geheim.")
        raise NotAssessable(Grund.KEINE_BEVOELKERUNG, "Hier wohnt niemand, über den sich etwas sagen lässt.")
    if zahl in {Planzahl.ERREICHT_NACHHER, Planzahl.ANTEIL_NACHHER_PROZENT}:
        return _explain_reached(context, table, zahl)
    if zahl is Planzahl.MIT_PLATZ_NACHHER and context.public:
        parts = (_state(table, zahl="davon_an_bestehenden", said="An bestehenden Angeboten"), _sum_sites(table))
        return build_schritt("Mit Platz danach", "Personen", "Bestehende + Vorschläge", Rechnung.SUMME, parts)
    require_staff_for_ways(context)
    explained = _FROM_PLAN[zahl](find_proposal(context, frage, look_up_lage(context, frage)), table)
    return _require_same_plan(explained, befund[zahl])


def explain_site(context: Context, frage: SitingFrage, rang: int, *, zahl: Standortzahl) -> Schritt:
    """Take a number of one proposed site back to people by area, age group and length of their way; for staff.

    Raises
    ------
    NotAssessable
        The public asks, or the site has no such number.
    NotFound
        The plan has fewer sites.
    InvalidParameter, LimitExceeded
        As `propose_sites`.

    """
    require_staff_for_ways(context)
    row = _find_row(propose_sites(context, frage), rang)
    if row[zahl] is None:
        raise NotAssessable(Grund.KEINE_DATEN, "Diese Zahl gibt es hier nicht: Wo Plätze zählen, ist niemand erreicht.")
    antwort = find_proposal(context, frage, look_up_lage(context, frage))
    return _require_same_plan(_explain_served(antwort, row, zahl), _number(row[zahl]))


def _require_same_plan(explained: Schritt, stated: float) -> Schritt:
    """Refuse what comes of another plan than the one that was answered with, as may be where the clock ends a search.

    Raises
    ------
    NotAssessable
        The plan is another.

    """
    if abs((explained.wert or 0.0) - stated) > _LAST_DIGIT:
        raise NotAssessable(Grund.UNSICHER, _ANDERER_PLAN)
    return explained


def _find_row(table: Tabelle, rang: int) -> dict[str, Wert]:
    found = next((row for row in table.records() if row["rang"] == rang), None)
    if found is None:
        raise NotFound(f"Einen Standort mit rang={rang} gibt es nicht; vorgeschlagen sind {len(table.zeilen)}.")
    return found


def _explain_served(antwort: Antwort, row: dict[str, Wert], zahl: Standortzahl) -> Schritt:
    served, plan = antwort.versorgte, antwort.plan
    site = plan.chosen[antwort.ranking[int(_number(row["rang"])) - 1]]
    which = served.seats.site == site
    if zahl is not Standortzahl.ZUGEORDNET:
        which &= served.neu if zahl is Standortzahl.NEU_ERREICHT else served.allein
    seated = antwort.frage.counts_places and zahl is Standortzahl.ZUGEORDNET
    formel = _MIT_PLATZ if seated else _FORMELN[zahl]
    return explain_people(
        antwort, _name_site(row), formel, served.seats.only(which), served.minuten[which], _say_bedarf(antwort)
    )


def _say_bedarf(antwort: Antwort) -> tuple[str, ...]:
    bedarf = antwort.frage.bedarf_prozent
    return () if bedarf is None else (f"Gezählt ist der Bedarf: {bedarf:g} % der Personen.".replace(".", ",", 1),)


def _name_site(row: dict[str, Wert]) -> str:
    return f"Standort {row['rang']} in {row['gebiet_name']} ({row['breite']}, {row['laenge']})"


def _number(wert: Wert) -> float:
    return float(wert) if isinstance(wert, int | float) else 0.0


# What a plan reaches


def _explain_reached(context: Context, table: Tabelle, zahl: Planzahl) -> Schritt:
    """Add to who is reached today whom the sites reach newly, and give their share of those who have a statement."""
    today = _state(table, zahl="erreicht_vorher", said="Heute erreicht")
    people = _state(table, zahl="personen", said="Personen")
    silent = _state(table, zahl="ohne_aussage", said="Ohne Aussage")
    formula = "Personen − ohne Aussage"
    judged = build_schritt("Personen mit Aussage", "Personen", formula, Rechnung.DIFFERENZ, (people, silent))
    formula = "Personen mit Aussage − heute erreicht"
    missing = build_schritt("Heute nicht erreicht", "Personen", formula, Rechnung.DIFFERENZ, (judged, today))
    formula = "Mehr, als heute fehlen, können es nicht werden"
    added = build_schritt("Neu erreicht", "Personen", formula, Rechnung.MINIMUM, (_count_new(context, table), missing))
    reached = build_schritt("Danach erreicht", "Personen", "Heute + neu", Rechnung.SUMME, (today, added))
    if zahl is Planzahl.ERREICHT_NACHHER:
        return reached
    hundred = Eingabe(name="Prozent", wert=100.0, einheit="", quelle="Skala")
    scaled = build_schritt("100 × danach erreicht", "", "100 × danach erreicht", Rechnung.PRODUKT, (hundred, reached))
    formula = "100 × danach erreicht ÷ Personen mit Aussage"
    return build_schritt("Anteil danach", "%", formula, Rechnung.QUOTIENT, (scaled, judged))


def _state(table: Tabelle, *, zahl: str, said: str) -> Eingabe:
    """Take a number as the plan states it."""
    befund: dict[str, Any] = table.herkunft.parameter["befund"]
    return Eingabe(
        name=said, wert=befund[zahl], einheit="Personen", quelle="Erreichbarkeit", stichtag=table.herkunft.stichtag
    )


def _count_new(context: Context, table: Tabelle) -> Herleitung:
    """Sum what each site adds; to the public the one number, for tens do not add up."""
    if context.public:
        new = table.herkunft.parameter["befund"]["neu_erreicht"]
        return Eingabe(name="Neu erreicht", wert=new, einheit="Personen", quelle="Vorschlag, in vollen Zehnern")
    return _sum_sites(table, "neu_erreicht")


def _sum_sites(table: Tabelle, column: str = "zugeordnet") -> Schritt:
    said = "hat hier einen Platz" if column == "zugeordnet" else "wer mehrere erreicht, zählt beim nächsten"
    parts = tuple(
        Eingabe(
            name=_name_site(row),
            wert=float(wert) if isinstance(wert := row[column], int | float) else None,
            einheit="Personen",
            quelle=f"Vorschlag; {said}",
        )
        for row in table.records()
    )
    return build_schritt("Von den Vorschlägen", "Personen", "Summe der Standorte", Rechnung.SUMME, parts)


# Whom a plan leaves out, who has a place, and how far it is: for staff, from the plan itself


def _explain_left(antwort: Antwort, state: int, said: str) -> Schritt:
    """Sum whom a plan leaves without, by area and age group."""
    demand = np.flatnonzero((antwort.plan.state == state) & (antwort.vorschlag.personen > 0)).astype(np.int32)
    left = Seats(demand, np.full(len(demand), -1, dtype=np.int32), antwort.vorschlag.personen[demand])
    formel = "Summe der Gebiete und Altersgruppen"
    return explain_people(antwort, said, formel, left, hinweise=_say_bedarf(antwort))


def _explain_seated(antwort: Antwort, table: Tabelle) -> Schritt:
    parts = (explain_standing(antwort, "An bestehenden Angeboten", antwort.plan), _sum_sites(table))
    return build_schritt("Mit Platz danach", "Personen", "Bestehende + Vorschläge", Rechnung.SUMME, parts)


_FROM_PLAN: Mapping[str, Callable[[Antwort, Tabelle], Schritt]] = {
    Planzahl.NEU_ERREICHT: lambda _, table: _sum_sites(table, "neu_erreicht"),
    Planzahl.MIT_PLATZ_VORHER: lambda antwort, _: explain_standing(antwort, "Mit Platz heute", antwort.heute),
    Planzahl.MIT_PLATZ_NACHHER: _explain_seated,
    Planzahl.DAVON_AN_BESTEHENDEN: lambda antwort, _: explain_standing(antwort, "An Bestehenden", antwort.plan),
    Planzahl.MINUTEN_MITTEL_VORHER: lambda antwort, _: explain_mean_way(antwort, "Weg heute", antwort.heute),
    Planzahl.MINUTEN_MITTEL_NACHHER: lambda antwort, _: explain_mean_way(antwort, "Weg danach", antwort.plan),
    Planzahl.OFFEN: lambda antwort, _: _explain_left(antwort, OFFEN, "Offen"),
    Planzahl.UNERREICHBAR: lambda antwort, _: _explain_left(antwort, UNERREICHBAR, "Unerreichbar"),
}
