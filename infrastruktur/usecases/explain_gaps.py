"""Explain a gap: from the people who reach a target to those who are missing until it is met, and whom is nearest.

The public reads it from the whole people of the protected table. The table itself is computed before they are rounded:
people missing may differ by one.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from infrastruktur.domain.errors import Grund, NotAssessable, NotFound
from infrastruktur.domain.flaeche import Flaeche
from infrastruktur.domain.herleitung import Eingabe, Herleitung, Rechnung, Schritt, build_schritt
from infrastruktur.domain.tabelle import Wert
from infrastruktur.domain.ziel import Bevoelkerung, get_ziel
from infrastruktur.usecases.choose_areas import find_area
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.explain_coverage import GERUNDET, count_states, publish_states
from infrastruktur.usecases.explain_ways import explain_nearest, require_staff_for_ways
from infrastruktur.usecases.find_gaps import find_gaps
from infrastruktur.usecases.publish_table import choose_stichtag
from infrastruktur.usecases.read_population import read_population
from infrastruktur.usecases.take_out_homes import leave_out_of


class Luecke(StrEnum):
    """The numbers of a gap that can be explained."""

    BIS_ZUM_ZIEL = "bis_zum_ziel"
    ANTEIL_BEURTEILT_PROZENT = "anteil_beurteilt_prozent"
    OHNE_ZUGANG = "ohne_zugang"
    NAECHSTE_MINUTEN = "naechste_minuten"
    NAECHSTE_METER = "naechste_meter"


_OF_WAYS = (Luecke.NAECHSTE_MINUTEN, Luecke.NAECHSTE_METER)


def explain_gap(  # noqa: PLR0913 - the question of `find_gaps`, and which of its numbers
    context: Context,
    ziel: str,
    gebiet: str,
    *,
    zahl: Luecke = Luecke.BIS_ZUM_ZIEL,
    stichtag: date | None = None,
    flaeche: Flaeche | None = None,
    bevoelkerung: Bevoelkerung = "alle",
) -> Schritt:
    """Take a number of a gap, in the area of a key or in a drawn one, back to counts of people.

    Raises
    ------
    InvalidParameter
        The public asks for a drawn area.
    NotFound
        There is no such target or area.
    NotAssessable
        The table has no such number there, or it is staff's to recompute.

    """
    day = choose_stichtag(context, stichtag)
    asked = get_ziel(leave_out_of(context.ziele(day), bevoelkerung), ziel)
    table = find_gaps(context, stichtag=day, ziel=ziel, flaeche=flaeche, bevoelkerung=bevoelkerung)
    row = next((row for row in table.records() if row["gebiet"] == gebiet), None)
    if row is None:
        raise NotFound(f"Das Gebiet „{gebiet}“ gibt es am {day:%d.%m.%Y} nicht.")
    require_shown(row, zahl)
    if zahl in _OF_WAYS:
        require_staff_for_ways(context)
        where = find_area(read_population(context, day), gebiet, flaeche)
        return explain_nearest(context, asked, where, day, say_nearest(row))
    states = publish_states(row) if context.public else count_states(context, asked, gebiet, day, flaeche)
    anteil = Eingabe(
        name=f"Ziel: {asked.titel}",
        wert=asked.ziel_prozent / 100,
        einheit="Anteil",
        quelle=f"{asked.grundlage} ({asked.status})",
    )
    return explain_judged(states, anteil, zahl, (*say_nearest(row), *((GERUNDET,) if context.public else ())))


def require_shown(row: Mapping[str, Wert], zahl: str) -> None:
    """Refuse a number the table does not show."""
    if row[zahl] is None:
        raise NotAssessable(
            Grund(str(row["grund"])) if row["grund"] in set(Grund) else Grund.KEINE_DATEN,
            f"Diese Zahl gibt es nicht (Grund: {row['grund'] or Grund.KEINE_DATEN}).",
        )


def explain_judged(states: tuple[Herleitung, ...], anteil: Eingabe, zahl: Luecke, hinweise: tuple[str, ...]) -> Schritt:
    """Hold people with a statement against a share: max(0, ceil(share · N - reached)), as `planning.gaps` does."""
    erreicht, ohne_zugang, _ = states
    if zahl is Luecke.OHNE_ZUGANG:
        formula = "Wer das Ziel nicht erreicht"
        return build_schritt("Ohne Zugang", "Personen", formula, Rechnung.SUMME, (ohne_zugang,), hinweise=hinweise)
    formula = "Erreicht + nicht erreicht; wer ohne Aussage ist, zählt nicht mit"
    judged = build_schritt("Personen mit Aussage", "Personen", formula, Rechnung.SUMME, (erreicht, ohne_zugang))
    if zahl is Luecke.ANTEIL_BEURTEILT_PROZENT:
        hundred = Eingabe(name="Prozent", wert=100.0, einheit="", quelle="Skala")
        scaled = build_schritt("100 × Erreicht", "", "100 × Erreicht", Rechnung.PRODUKT, (hundred, erreicht))
        name, formula = "Anteil erreicht der Personen mit Aussage", "100 × Erreicht ÷ Personen mit Aussage"
        return build_schritt(name, "%", formula, Rechnung.QUOTIENT, (scaled, judged), hinweise=hinweise)
    wanted = build_schritt("Nötig für das Ziel", "Personen", "Ziel × Personen", Rechnung.PRODUKT, (anteil, judged))
    formula = "Nötig − erreicht"
    missing = build_schritt("Es fehlen, ungerundet", "Personen", formula, Rechnung.DIFFERENZ, (wanted, erreicht))
    formula = "Eine halbe Person ist eine: Es wird aufgerundet"
    whole = build_schritt("Es fehlen, ganze Personen", "Personen", formula, Rechnung.AUFGERUNDET, (missing,))
    none = Eingabe(name="niemand", wert=0.0, einheit="Personen", quelle="Ein übertroffenes Ziel hat keine Lücke")
    formula = "mindestens 0"
    return build_schritt("Bis zum Ziel", "Personen", formula, Rechnung.MAXIMUM, (none, whole), hinweise=hinweise)


def say_nearest(row: Mapping[str, Wert]) -> tuple[str, ...]:
    """Say what is nearest to most people without access."""
    if row["naechstes_angebot"] is None:
        return ()
    way, unit = next(
        (f"{wert:.0f}", unit)
        for unit, wert in (("Minuten", row["naechste_minuten"]), ("Meter", row["naechste_meter"]))
        if isinstance(wert, int | float)
    )
    return (f"Den meisten ohne Zugang am nächsten: {row['naechstes_angebot']}, die Hälfte von ihnen hat {way} {unit}.",)
