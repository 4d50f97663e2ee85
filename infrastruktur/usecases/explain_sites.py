"""Explain what a proposal reaches: whom the target reaches today, and whom each new site adds."""

from enum import StrEnum
from typing import Any

from infrastruktur.domain.errors import Grund, NotAssessable
from infrastruktur.domain.herleitung import Eingabe, Herleitung, Rechnung, Schritt, build_schritt
from infrastruktur.domain.tabelle import Tabelle
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.propose_sites import propose_sites
from infrastruktur.usecases.search_sites import SitingFrage


class Standortzahl(StrEnum):
    """The numbers of a proposal that can be explained."""

    ERREICHT_NACHHER = "erreicht_nachher"
    ANTEIL_NACHHER_PROZENT = "anteil_nachher_prozent"
    MIT_PLATZ_NACHHER = "mit_platz_nachher"


def explain_sites(
    context: Context, frage: SitingFrage, *, zahl: Standortzahl = Standortzahl.ERREICHT_NACHHER
) -> Schritt:
    """Take what a plan reaches back to what is reached today and what each site adds; the public reads both in tens.

    Raises
    ------
    NotAssessable
        The plan has no such number, for it gives people places or only reaches them; or the numbers are secret.
    InvalidParameter, LimitExceeded, NotFound
        As `propose_sites`.

    """
    if frage.counts_places != (zahl is Standortzahl.MIT_PLATZ_NACHHER):
        known = "mit_platz_nachher" if frage.counts_places else "erreicht_nachher und anteil_nachher_prozent"
        raise NotAssessable(Grund.KEINE_DATEN, f"Diese Zahl gibt es hier nicht. Möglich ist {known}.")
    table = propose_sites(context, frage)
    befund = table.herkunft.parameter["befund"]
    if befund[zahl] is None:
        raise NotAssessable(Grund.GEHEIM, "Wie viele Personen das sind, ist hier geheim.")

    def count(name: str, said: str) -> Eingabe:
        return Eingabe(
            name=said, wert=befund[name], einheit="Personen", quelle="Erreichbarkeit", stichtag=table.herkunft.stichtag
        )

    if zahl is Standortzahl.MIT_PLATZ_NACHHER:
        parts = (count("davon_an_bestehenden", "An bestehenden Angeboten"), _sum_sites(table, "zugeordnet"))
        return build_schritt("Mit Platz danach", "Personen", "Bestehende + Vorschläge", Rechnung.SUMME, parts)
    today = count("erreicht_vorher", "Heute erreicht")
    people, silent = count("personen", "Personen"), count("ohne_aussage", "Ohne Aussage")
    formula = "Personen − ohne Aussage"
    judged = build_schritt("Personen mit Aussage", "Personen", formula, Rechnung.DIFFERENZ, (people, silent))
    formula = "Personen mit Aussage − heute erreicht"
    missing = build_schritt("Heute nicht erreicht", "Personen", formula, Rechnung.DIFFERENZ, (judged, today))
    formula = "Mehr, als heute fehlen, können es nicht werden"
    added = build_schritt(
        "Neu erreicht", "Personen", formula, Rechnung.MINIMUM, (_count_new(context, table, befund), missing)
    )
    reached = build_schritt("Danach erreicht", "Personen", "Heute + neu", Rechnung.SUMME, (today, added))
    if zahl is Standortzahl.ERREICHT_NACHHER:
        return reached
    hundred = Eingabe(name="Prozent", wert=100.0, einheit="", quelle="Skala")
    scaled = build_schritt("100 × danach erreicht", "", "100 × danach erreicht", Rechnung.PRODUKT, (hundred, reached))
    formula = "100 × danach erreicht ÷ Personen mit Aussage"
    return build_schritt("Anteil danach", "%", formula, Rechnung.QUOTIENT, (scaled, judged))


def _count_new(context: Context, table: Tabelle, befund: dict[str, Any]) -> Herleitung:
    """Sum what each site adds; to the public the one number, for tens do not add up."""
    if context.public:
        return Eingabe(
            name="Neu erreicht", wert=befund["neu_erreicht"], einheit="Personen", quelle="Vorschlag, in vollen Zehnern"
        )
    return _sum_sites(table, "neu_erreicht")


def _sum_sites(table: Tabelle, column: str) -> Schritt:
    said = "hat hier einen Platz" if column == "zugeordnet" else "wer mehrere erreicht, zählt beim nächsten"
    parts = tuple(
        Eingabe(
            name=f"Standort {row['rang']} in {row['gebiet_name']} ({row['breite']}, {row['laenge']})",
            wert=float(wert) if isinstance(wert := row[column], int | float) else None,
            einheit="Personen",
            quelle=f"Vorschlag; {said}",
        )
        for row in table.records()
    )
    return build_schritt("Von den Vorschlägen", "Personen", "Summe der Standorte", Rechnung.SUMME, parts)
