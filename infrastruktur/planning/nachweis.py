"""Nachweis: any cell of a Bedarfsplanung, taken back to its inputs with their sources and Stichtage.

The derivation is computed anew from the inputs, number by number and not by arrays, so that it also checks
the table it explains.
"""

import math
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum

import numpy as np

from infrastruktur.domain.angebot import Status
from infrastruktur.domain.bedarf import Trend
from infrastruktur.domain.gruppe import Geschlecht, Gruppe
from infrastruktur.domain.herleitung import Eingabe, Herleitung, Rechnung, Schritt, build_schritt
from infrastruktur.domain.quote import GESCHLECHTER, Quotentafel
from infrastruktur.domain.ueberleben import Juengste, Ueberlebenstafel
from infrastruktur.planning.bedarfsplanung import Bedarf, Bedarfsplanung, Grundlagen
from infrastruktur.planning.platznachweis import explain_move, explain_places, explain_silent
from infrastruktur.planning.pyramide import Alterspyramide, Fortschreibung, Zwischenstand, list_bands
from infrastruktur.planning.supply import ERWARTET, Bewegung

_APG = "§ 7 Abs. 6 APG NRW"


class Groesse(StrEnum):
    """The figures of the table that can be explained."""

    PFLEGEBEDUERFTIGE = "pflegebeduerftige"
    PERSONEN = "personen"
    BEDARF = "bedarf"
    ANGEBOT = "angebot"
    SALDO = "saldo"


class Nebenzahl(StrEnum):
    """The figures beside them that can be explained, too."""

    OHNE_PLATZ = "ohne_platz"
    VERSORGUNGSGRAD = "versorgungsgrad_prozent"
    BESTAND_STICHTAG = "bestand_stichtag"
    OHNE_PLATZZAHL = "ohne_platzzahl"
    OHNE_TERMIN = "ohne_termin"
    ZUGANG_GEPLANT = "zugang_geplant"
    ZUGANG_GENEHMIGT = "zugang_genehmigt"
    ZUGANG_IM_BAU = "zugang_im_bau"
    ZUGANG_SONST = "zugang_sonst"
    ZUGANG_AUSBAU = "zugang_ausbau"
    WEGFALL_SCHLIESSUNG = "wegfall_schliessung"
    WEGFALL_ABBAU = "wegfall_abbau"
    UNGEWISS = "ungewiss"


PLATZZAHLEN: frozenset[str] = frozenset({Groesse.ANGEBOT, *Nebenzahl} - {"ohne_platz", "versorgungsgrad_prozent"})
"""Figures that rest on Angebote alone, so that everybody may see how they came about."""


def explain(planung: Bedarfsplanung, gebiet: str, tag: date, variante: str, groesse: Groesse | Nebenzahl) -> Schritt:
    """Explain one cell of the table as it leaves the house, places rounded up.

    Its value is None where the table has none.

    Raises
    ------
    NotFound
        The plan has no such area, day or variant.

    """
    teil = planung.find(tag, variante)
    at = planung.grundlagen.raum.find(gebiet)
    if groesse in _EXPLAIN:
        return _EXPLAIN[groesse](planung.grundlagen, teil, at)
    return _explain_places(planung.grundlagen, teil, at, Nebenzahl(groesse))


def _kommunen(grundlagen: Grundlagen, at: int) -> range:
    """List the Kommunen an area consists of: itself, or all of the Region."""
    n = len(grundlagen.raum.kommunen)
    return range(n) if at == n else range(at, at + 1)


def _saldo(grundlagen: Grundlagen, teil: Bedarf, at: int) -> Schritt:
    parts = (_angebot(grundlagen, teil, at), _plaetze(grundlagen, teil, at))
    return build_schritt("Platzsaldo", "Plätze", f"Angebot − Bedarf, {_APG}", Rechnung.DIFFERENZ, parts)


def _explain_places(grundlagen: Grundlagen, teil: Bedarf, at: int, groesse: Nebenzahl) -> Schritt:
    plaetze, areas, tage = grundlagen.plaetze, _kommunen(grundlagen, at), (grundlagen.stichtag, teil.tag)
    if groesse is Nebenzahl.BESTAND_STICHTAG:
        return explain_places(plaetze, areas, grundlagen.stichtag, (Status.IN_BETRIEB,))
    if groesse is Nebenzahl.OHNE_TERMIN:
        return explain_places(plaetze, areas, teil.tag, ERWARTET)
    if groesse is Nebenzahl.OHNE_PLATZZAHL:
        return explain_silent(plaetze, areas, teil.tag)
    return explain_move(plaetze, areas, tage, Bewegung(groesse))


def _ohne_platz(grundlagen: Grundlagen, teil: Bedarf, at: int) -> Schritt:
    """State whom a limit of places leaves out: those who would use one, less those for whom there is one."""
    parts = tuple(_left_out(grundlagen, teil, kommune) for kommune in _kommunen(grundlagen, at))
    return parts[0] if at < len(grundlagen.raum.kommunen) else _region("Ohne Platz", "Personen", parts)


def _left_out(grundlagen: Grundlagen, teil: Bedarf, kommune: int) -> Schritt:
    wanted, users = _statusquo(grundlagen, teil, kommune), _users(grundlagen, teil, kommune)
    formula = "Status quo − Inanspruchnahme"
    name = f"Ohne Platz {grundlagen.raum.namen[kommune]}"
    return build_schritt(name, "Personen", formula, Rechnung.DIFFERENZ, (wanted, users))


def _versorgungsgrad(grundlagen: Grundlagen, teil: Bedarf, at: int) -> Schritt:
    hundred = Eingabe(name="Prozent", wert=100.0, einheit="", quelle="Skala")
    supply = _angebot(grundlagen, teil, at)
    scaled = build_schritt("100 × Angebot", "", "100 × Angebot", Rechnung.PRODUKT, (hundred, supply))
    need = _plaetze(grundlagen, teil, at).teile[0]
    formula = "100 × Angebot ÷ Bedarf, ungerundet"
    return build_schritt("Versorgungsgrad", "%", formula, Rechnung.QUOTIENT, (scaled, need))


def _pflegebeduerftige(grundlagen: Grundlagen, teil: Bedarf, at: int) -> Schritt:
    return _over_kommunen(grundlagen, teil, at, "Pflegebedürftige", grundlagen.annahmen.pflegequoten)


def _over_kommunen(grundlagen: Grundlagen, teil: Bedarf, at: int, name: str, tafel: Quotentafel) -> Schritt:
    people = grundlagen.people(teil.variante, teil.tag)
    parts = tuple(
        _by_rates(people, kommune, tafel, teil, f"{name} {grundlagen.raum.namen[kommune]}")
        for kommune in _kommunen(grundlagen, at)
    )
    return parts[0] if at < len(grundlagen.raum.kommunen) else _region(name, "Personen", parts)


def _region(name: str, einheit: str, parts: tuple[Schritt, ...]) -> Schritt:
    return build_schritt(f"{name} der Region", einheit, "Summe der Kommunen, ungerundet", Rechnung.SUMME, parts)


def explain_expected(people: Alterspyramide, at: int, tafel: Quotentafel, name: str) -> Schritt:
    """Explain the people expected by rates in one of the areas of a count, as `demand.estimate` expects them."""
    return _by_rates(people, at, tafel, None, name)


def _by_rates(people: Alterspyramide, kommune: int, tafel: Quotentafel, teil: Bedarf | None, name: str) -> Schritt:
    parts = [
        build_schritt(
            f"{gruppe.titel}, {_name(sex)}",
            "Personen",
            "Einwohner × Quote",
            Rechnung.PRODUKT,
            (_einwohner(people, kommune, sex, gruppe), _quote(tafel, teil, sex, band)),
        )
        for sex in GESCHLECHTER
        for band, gruppe in enumerate(tafel.gruppen)
        if tafel.anteile[GESCHLECHTER.index(sex), band] > 0
    ]
    return build_schritt(name, "Personen", "Σ EW(Geschlecht, Alter) × Quote", Rechnung.SUMME, tuple(parts))


def _name(sex: Geschlecht) -> str:
    return {Geschlecht.WEIBLICH: "Frauen", Geschlecht.MAENNLICH: "Männer"}[sex]


def _quote(tafel: Quotentafel, teil: Bedarf | None, sex: Geschlecht, band: int) -> Herleitung:
    quote = tafel.quoten[band]
    prozent = quote.w_prozent if sex is Geschlecht.WEIBLICH else quote.m_prozent
    rate = Eingabe(
        name=f"{tafel.titel}: {quote.gruppe.titel}, {_name(sex)} ({prozent:g} %)".replace(".", ","),
        wert=prozent / 100,
        einheit="Anteil",
        quelle=tafel.quelle,
        stichtag=tafel.stichtag,
    )
    if teil is None or teil.variante.trend is None:
        return rate
    return _carry_on(rate, teil.variante.trend, teil.tag.year - tafel.stichtag.year)


def _carry_on(rate: Eingabe, trend: Trend, jahre: int) -> Schritt:
    source = trend.grundlage
    power = build_schritt(
        f"Trend über {jahre} Jahre, {trend.richtung}",
        "Faktor",
        "Faktor je Jahr hoch Jahre",
        Rechnung.POTENZ,
        (
            Eingabe(name="Faktor je Jahr", wert=trend.faktor_je_jahr, einheit="", quelle=source),
            Eingabe(name="Jahre seit dem Stichtag der Quoten", wert=float(jahre), einheit="Jahre", quelle="Kalender"),
        ),
    )
    grown = build_schritt("Quote mit Trend", "Anteil", "Quote × Trend", Rechnung.PRODUKT, (rate, power))
    whole = Eingabe(name="alle", wert=1.0, einheit="Anteil", quelle="mehr als alle geht nicht")
    return build_schritt("Quote des Jahres", "Anteil", "höchstens 100 %", Rechnung.MINIMUM, (grown, whole))


def _einwohner(people: Alterspyramide, kommune: int, sex: Geschlecht, gruppe: Gruppe) -> Herleitung:
    if isinstance(people.aus, Zwischenstand):
        return _zwischen(people, people.aus, (kommune, sex, gruppe))
    if isinstance(people.aus, Fortschreibung):
        return _aelter(people, people.aus, (kommune, sex, gruppe))
    return _gezaehlt(people, kommune, sex, gruppe)


_Wer = tuple[int, Geschlecht, Gruppe]
"""Whose people: index of the Kommune, sex, band."""


def _zwischen(people: Alterspyramide, aus: Zwischenstand, wer: _Wer) -> Schritt:
    ends = ((aus.frueher, 1 - aus.anteil), (aus.spaeter, aus.anteil))
    parts = tuple(
        build_schritt(
            f"Anteil des {end.stichtag:%d.%m.%Y}",
            "Personen",
            "Einwohner × Gewicht des Tages",
            Rechnung.PRODUKT,
            (
                _einwohner(end, *wer),
                Eingabe(name="Gewicht", wert=weight, einheit="", quelle=people.hinweise[-1]),
            ),
        )
        for end, weight in ends
    )
    return build_schritt(f"Einwohner {wer[2].titel}", "Personen", people.hinweise[-1], Rechnung.SUMME, parts)


def _aelter(people: Alterspyramide, aus: Fortschreibung, wer: _Wer) -> Herleitung:
    """Say who of five years ago is in the band now: P(g + 1) = P(g) · factor(g), the open band keeps its own too."""
    kommune, sex, gruppe = wer
    parts: list[Herleitung] = []
    for band in list_bands(aus.tafel.gruppen, gruppe):
        if band == 0:
            stays = _einwohner(aus.frueher, kommune, sex, aus.tafel.gruppen[0])
            parts.append(stays if aus.tafel.juengste is Juengste.KONSTANT else _unbekannt(aus.tafel))
            continue
        older = (band - 1, band) if band == len(aus.tafel.gruppen) - 1 else (band - 1,)
        parts += [_ueberlebt(aus, kommune, sex, each) for each in older]
    if len(parts) == 1:
        return parts[0]
    name = f"{_name(sex)} {gruppe.titel} am {people.stichtag:%d.%m.%Y}"
    return build_schritt(name, "Personen", "Summe der Altersgruppen", Rechnung.SUMME, tuple(parts))


def _ueberlebt(aus: Fortschreibung, kommune: int, sex: Geschlecht, band: int) -> Schritt:
    tafel, gruppe = aus.tafel, aus.tafel.gruppen[band]
    factor = Eingabe(
        name=f"Überlebensfaktor {_name(sex)} {gruppe.titel}",
        wert=float(tafel.werte[GESCHLECHTER.index(sex), band]),
        einheit="Anteil",
        quelle=f"{tafel.titel}, {tafel.quelle}",
        stichtag=tafel.stichtag,
    )
    parts = (_einwohner(aus.frueher, kommune, sex, gruppe), factor)
    name = f"{_name(sex)} {gruppe.titel}, fünf Jahre später"
    return build_schritt(name, "Personen", "Einwohner × Überlebensfaktor", Rechnung.PRODUKT, parts)


def _unbekannt(tafel: Ueberlebenstafel) -> Eingabe:
    return Eingabe(name=f"{tafel.gruppen[0].titel}", wert=None, einheit="Personen", quelle="Geburten sind unbekannt")


def _gezaehlt(people: Alterspyramide, kommune: int, sex: Geschlecht, gruppe: Gruppe) -> Herleitung:
    row = people.personen[kommune, GESCHLECHTER.index(sex)]
    inputs = tuple(
        Eingabe(
            name=f"{_name(sex)} {people.gruppen[band].titel}",
            wert=None if math.isnan(row[band]) else float(row[band]),
            einheit="Personen",
            quelle="; ".join((people.quelle, *people.hinweise)),
            stichtag=people.stichtag,
        )
        for band in list_bands(people.gruppen, gruppe)
    )
    if len(inputs) == 1:
        return inputs[0]
    return build_schritt(f"{_name(sex)} {gruppe.titel}", "Personen", "Summe der Altersgruppen", Rechnung.SUMME, inputs)


def _personen(grundlagen: Grundlagen, teil: Bedarf, at: int) -> Schritt:
    parts = tuple(_users(grundlagen, teil, kommune) for kommune in _kommunen(grundlagen, at))
    return parts[0] if at < len(grundlagen.raum.kommunen) else _region("Personen", "Personen", parts)


def _users(grundlagen: Grundlagen, teil: Bedarf, kommune: int) -> Schritt:
    wanted = _statusquo(grundlagen, teil, kommune)
    limit = teil.variante.kapazitaet
    if limit is None:
        return wanted
    places = build_schritt(
        "Personen, für die es Plätze gibt",
        "Personen",
        "Plätze × Auslastung",
        Rechnung.PRODUKT,
        (
            _angebot(grundlagen, teil, kommune, strict=True),
            Eingabe(name="Auslastung", wert=limit.auslastung_prozent / 100, einheit="Anteil", quelle=limit.grundlage),
        ),
    )
    formula = "min(Status quo; Plätze × Auslastung), Annahme: die amtliche Formel ist nicht öffentlich"
    return build_schritt("Inanspruchnahme", "Personen", formula, Rechnung.MINIMUM, (wanted, places))


def _statusquo(grundlagen: Grundlagen, teil: Bedarf, kommune: int) -> Schritt:
    annahmen, name = grundlagen.annahmen, grundlagen.raum.namen[kommune]
    regel = annahmen.regel
    if regel.gruppe is not None:
        people = grundlagen.people(teil.variante, teil.tag)
        parts = tuple(_einwohner(people, kommune, sex, regel.gruppe) for sex in GESCHLECHTER)
        return build_schritt(f"{regel.gruppe.titel} {name}", "Personen", "Frauen + Männer", Rechnung.SUMME, parts)
    if annahmen.quoten is not None and regel.quote is not None:
        return _over_kommunen(grundlagen, teil, kommune, annahmen.quoten.titel, annahmen.quoten)
    share = Eingabe(
        name="Anteil an den Pflegebedürftigen",
        wert=(regel.anteil_pb_prozent or 0.0) / 100,
        einheit="Anteil",
        quelle=regel.grundlage,
        stichtag=regel.stichtag,
    )
    parts = (_pflegebeduerftige(grundlagen, teil, kommune), share)
    return build_schritt(f"Nutzer:innen {name}", "Personen", "Pflegebedürftige × Anteil", Rechnung.PRODUKT, parts)


def _plaetze(grundlagen: Grundlagen, teil: Bedarf, at: int) -> Schritt:
    parts = tuple(_bedarf(grundlagen, teil, kommune) for kommune in _kommunen(grundlagen, at))
    whole = parts[0] if at < len(grundlagen.raum.kommunen) else _region("Bedarf", "Plätze", parts)
    return build_schritt("Bedarf an Plätzen", "Plätze", "auf ganze Plätze aufgerundet", Rechnung.AUFGERUNDET, (whole,))


def _bedarf(grundlagen: Grundlagen, teil: Bedarf, kommune: int) -> Schritt:
    regel, name = grundlagen.annahmen.regel, f"Bedarf {grundlagen.raum.namen[kommune]}"
    users = _users(grundlagen, teil, kommune)

    def stated(label: str, wert: float) -> Eingabe:
        source = f"{regel.grundlage} ({regel.status})"
        return Eingabe(name=label, wert=wert, einheit="", quelle=source, stichtag=regel.stichtag)

    if regel.je_100 is not None:
        rate = stated(f"Plätze je Person ({regel.je_100:g} je 100)", regel.je_100 / 100)
        return build_schritt(
            name, "Plätze", f"Personen × Plätze je Person, {regel.titel}", Rechnung.PRODUKT, (users, rate)
        )
    per_place = stated("Personen je Platz", regel.personen_je_platz)
    return build_schritt(
        name, "Plätze", f"Personen ÷ Personen je Platz, {regel.titel}", Rechnung.QUOTIENT, (users, per_place)
    )


def _angebot(grundlagen: Grundlagen, teil: Bedarf, at: int, *, strict: bool = False) -> Schritt:
    """List the Angebote that count on the day.

    A house whose places nobody states is named, and adds nothing: the sum is a lower bound. Where a limit
    is made of the places (`strict`), or no house states any, it makes the sum unknown.
    """
    plaetze, ahead = grundlagen.plaetze, teil.vorausschau
    inside = np.isin(plaetze.area, list(_kommunen(grundlagen, at))) & (ahead.je_angebot != 0)
    unknown = inside & np.isnan(ahead.je_angebot)
    blind = bool(unknown.any()) and (strict or not (inside & ~unknown).any())
    shown = inside if blind else inside & ~unknown
    parts = tuple(_house(grundlagen, teil, house) for house in np.flatnonzero(shown).tolist())
    silent = [plaetze.name[house] for house in np.flatnonzero(unknown).tolist()]
    hints = (f"mindestens; ohne Platzzahl: {', '.join(silent)}",) if silent else ()
    formula = f"Plätze der Angebote, die am {teil.tag:%d.%m.%Y} in Betrieb sind"
    return build_schritt("Angebot", "Plätze", formula, Rechnung.SUMME, parts, hinweise=hints)


def _house(grundlagen: Grundlagen, teil: Bedarf, house: int) -> Eingabe:
    plaetze, wert, seit = grundlagen.plaetze, teil.vorausschau.je_angebot[house], teil.vorausschau.seit[house]
    return Eingabe(
        name=plaetze.name[house],
        wert=None if math.isnan(wert) else float(wert),
        einheit="Plätze",
        quelle=plaetze.quelle[house],
        stichtag=None if np.isnat(seit) else seit.item(),
    )


_EXPLAIN: Mapping[str, Callable[[Grundlagen, Bedarf, int], Schritt]] = {
    Groesse.PFLEGEBEDUERFTIGE: _pflegebeduerftige,
    Groesse.PERSONEN: _personen,
    Groesse.BEDARF: _plaetze,
    Groesse.ANGEBOT: _angebot,
    Groesse.SALDO: _saldo,
    Nebenzahl.OHNE_PLATZ: _ohne_platz,
    Nebenzahl.VERSORGUNGSGRAD: _versorgungsgrad,
}
