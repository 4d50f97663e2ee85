"""Explain the Pflegebedürftige expected in an area: people by age and sex × rates, and the share of a kind."""

from datetime import date
from enum import StrEnum

from infrastruktur.domain.errors import Grund, NotAssessable, NotFound
from infrastruktur.domain.herleitung import Eingabe, Rechnung, Schritt, build_schritt
from infrastruktur.domain.pflegestatistik import AUFGETEILT, Leistung, Leistungsanteil
from infrastruktur.planning.nachweis import explain_expected
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.estimate_pflegebedarf import Satz, choose_satz, estimate_pflegebedarf
from infrastruktur.usecases.explain_gaps import require_shown
from infrastruktur.usecases.publish_table import choose_stichtag
from infrastruktur.usecases.read_annahmen import read_quotenwerk


class Pflegezahl(StrEnum):
    """The numbers of a row that can be explained."""

    ERWARTET = "erwartet"
    VERHAELTNIS = "verhaeltnis"


def explain_pflegebedarf(
    context: Context,
    gebiet: str,
    *,
    leistung: Leistung = Leistung.INSGESAMT,
    zahl: Pflegezahl = Pflegezahl.ERWARTET,
    stichtag: date | None = None,
) -> Schritt:
    """Take the people expected to have a kind of care back to people by age and sex, and rates; for staff.

    Raises
    ------
    NotFound
        The table has no such row.
    NotAssessable
        It has no number there, or the public asks: what it rests on are small counts of women and men of an age.

    """
    if context.public:
        raise NotAssessable(
            Grund.GEHEIM,
            "Dieser Rechenweg nennt Personen nach Alter und Geschlecht und steht nur der Verwaltung offen.",
        )
    day = choose_stichtag(context, stichtag)
    table = estimate_pflegebedarf(context, stichtag=day, leistung=leistung)
    row = next((row for row in table.records() if row["gebiet"] == gebiet), None)
    if row is None:
        raise NotFound(f"Für „{gebiet}“ gibt es „{leistung.titel}“ am {day:%d.%m.%Y} nicht.")
    require_shown(row, zahl)
    expected = _explain(choose_satz(context, read_quotenwerk(context.settings), day), gebiet, leistung)
    if zahl is Pflegezahl.ERWARTET:
        return expected
    counted, seen = row["beobachtet"], row["stichtag_beobachtet"]
    observed = Eingabe(
        name=f"Gezählt: {leistung.titel}",
        wert=float(counted) if isinstance(counted, int | float) else None,
        einheit="Personen",
        quelle=str(row["quelle_beobachtet"]),
        stichtag=seen if isinstance(seen, date) else None,
    )
    return build_schritt("Verhältnis", "", "Gezählt ÷ erwartet", Rechnung.QUOTIENT, (observed, expected))


def _explain(satz: Satz, gebiet: str, leistung: Leistung) -> Schritt:
    """Explain one kind as `planning.pflegebedarf` splits them: homes by rates of their own, the rest by shares."""
    people, at, name = next(
        (people, at, raum.titel)
        for stufe, people in satz.stufen
        for at, raum in enumerate(stufe.raeume)
        if raum.schluessel == gebiet
    )
    whole = explain_expected(people, at, satz.pflege, f"Pflegebedürftige {name}")
    if leistung is Leistung.INSGESAMT:
        return whole
    if satz.heim is None or leistung is Leistung.TEILSTATIONAER:
        share = _share(satz.anteile[leistung])
        return build_schritt(f"{leistung.titel} {name}", "Personen", "Alle × Anteil", Rechnung.PRODUKT, (whole, share))
    homes = explain_expected(people, at, satz.heim, f"Vollstationär {name}")
    if leistung is Leistung.VOLLSTATIONAER:
        return homes
    formula = "Alle − vollstationär"
    rest = build_schritt("Nicht in Heimen", "Personen", formula, Rechnung.DIFFERENZ, (whole, homes))
    at_home = [each for each in AUFGETEILT if each is not Leistung.VOLLSTATIONAER]
    shares = tuple(_share(satz.anteile[each]) for each in at_home)
    total = build_schritt("Anteile ohne Heime", "Anteil", "Summe der Leistungen", Rechnung.SUMME, shares)
    part = build_schritt(
        "Anteil daran",
        "Anteil",
        "Anteil ÷ Anteile ohne Heime",
        Rechnung.QUOTIENT,
        (_share(satz.anteile[leistung]), total),
    )
    return build_schritt(f"{leistung.titel} {name}", "Personen", "Rest × Anteil", Rechnung.PRODUKT, (rest, part))


def _share(anteil: Leistungsanteil) -> Eingabe:
    return Eingabe(
        name=f"Anteil {anteil.leistung.titel}",
        wert=anteil.prozent / 100,
        einheit="Anteil",
        quelle=anteil.quelle,
        stichtag=anteil.stichtag,
    )
