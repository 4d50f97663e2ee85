"""Colours for areas: figures in classes from light to dark, and a pattern for each reason a number is missing.

Nought is a class of its own, and so is every reason: a planner must never read one as another. The
number, or the reason, is also written into the area, so that nothing rests on colour alone.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise

import msgspec
import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import Grund
from infrastruktur.domain.massnahme import STATUS_TITEL, Massnahmenstatus
from infrastruktur.domain.ziel import Ziel
from infrastruktur.reports.anzeige import WORTE, tag, zahl
from infrastruktur.reports.stil import (
    TINTE,
    Beschriftung,
    Einer,
    Fehlt,
    Flaeche,
    Klasse,
    Muster,
    Stil,
    Zwischen,
)

Floats = NDArray[np.float64]

VORHANDEN = ("#dcebf4", "#a8cde2", "#62a4c8", "#2a739f", "#0a456b")
"""Little to much of what is wished for, light to dark."""
FEHLEND = ("#fde3cc", "#f9b97f", "#e58432", "#b85a0b", "#7a3600")
"""Little to much of what is missing: another hue, so that nobody reads a gap as supply."""
ANTEILE_PROZENT = (25.0, 50.0, 75.0)
"""Ends of the classes of shares, as far as they lie below the target."""
LUECKEN_PERSONEN = (100.0, 250.0, 500.0, 1000.0)
"""Ends of the classes of missing people: fixed, so that the maps of two days can be laid side by side."""
KRITERIEN = (1.0, 2.0, 3.0, 5.0)
"""Ends of the classes of missing criteria."""
FUENFTEL = (0.2, 0.4, 0.6, 0.8)

ANGEBOTE, ERWARTET, SALDO = "angebote", "erwartet_insgesamt", "saldo"
_MUSTER = "#6b7178"
_GRUENDE: Mapping[Grund, tuple[Muster, str]] = {
    Grund.GEHEIM: (Muster.SCHRAEG, "g"),
    Grund.KEINE_BEVOELKERUNG: (Muster.PUNKTE, "–"),
    Grund.KEINE_DATEN: (Muster.KREUZ, "?"),
    Grund.KEINE_PLATZZAHL: (Muster.WAAGERECHT, "?"),
    Grund.KEIN_FAHRPLAN: (Muster.SENKRECHT, "?"),
    Grund.UNSICHER: (Muster.GITTER, "/"),
}
"""Pattern of an area without a number and the sign written into it, by reason."""
_SONST = Flaeche(fuellung=TINTE, muster=Muster.PUNKTE, rand=TINTE)


def style_raeume() -> Stil:
    """Draw Sozialräume, or Bezirke in their place, as outlines with their official label."""
    rand = Flaeche(muster=Muster.LEER, rand=_MUSTER, rand_mm=0.4)
    written = Beschriftung(spalten=("bezeichnung", "name"), groesse_pt=8)
    return _style_outlines("Sozialräume und Statistische Bezirke", rand, written)


def style_kommunen() -> Stil:
    """Draw Kommunen as strong outlines with their name."""
    rand = Flaeche(muster=Muster.LEER, rand=TINTE, rand_mm=0.8)
    return _style_outlines("Kommunen", rand, Beschriftung(spalten=("name",), groesse_pt=11))


def style_provision(einheit: str, werte: Floats, stichtag: date) -> Stil:
    """Draw a Versorgungsquote in fifths of what the areas have on a day.

    `werte` has shape (n,), in `einheit`, NaN where an area has none; noughts are no part of the fifths.
    """
    gruende = (Grund.GEHEIM, Grund.KEINE_BEVOELKERUNG, Grund.KEINE_DATEN, Grund.KEINE_PLATZZAHL)
    return _style_fifths(einheit, werte, stichtag, gruende)


def style_kontext(einheit: str, werte: Floats, stichtag: date) -> Stil:
    """Draw a value of a Sozialraummonitoring as a Versorgungsquote is drawn, with the reasons its sources have."""
    return _style_fifths(einheit, werte, stichtag, (Grund.GEHEIM, Grund.UNSICHER, Grund.KEINE_DATEN))


def style_pflege(werte: Floats, stichtag: date) -> Stil:
    """Draw how many Pflegebedürftige are to be expected, in fifths."""
    gruende = (Grund.GEHEIM, Grund.KEINE_BEVOELKERUNG, Grund.KEINE_DATEN)
    return _style_fifths("Pflegebedürftige, erwartet", werte, stichtag, gruende, spalte=ERWARTET, nachkommastellen=0)


def style_bestand(werte: Floats, stichtag: date) -> Stil:
    """Draw how many Angebote of all kinds are in operation, in fifths."""
    return _style_fifths("Angebote in Betrieb", werte, stichtag, (), spalte=ANGEBOTE, nachkommastellen=0)


def style_bedarf(werte: Floats, stichtag: date) -> Stil:
    """Draw how many places there will be beyond need, in fifths; missing ones are a class of their own."""
    gruende = (Grund.GEHEIM, Grund.KEINE_BEVOELKERUNG, Grund.KEINE_DATEN, Grund.KEINE_PLATZZAHL)
    return _style_fifths("Platzsaldo in drei Jahren", werte, stichtag, gruende, spalte=SALDO, nachkommastellen=0)


def _style_fifths(
    einheit: str,
    werte: Floats,
    stichtag: date,
    gruende: Sequence[Grund],
    *,
    spalte: str = "wert",
    nachkommastellen: int = 2,
) -> Stil:
    """Divide what lies above nought into fifths; what lies below, such as missing places, is a class of its own."""
    above = werte[werte > 0]
    scale = _Scale(spalte=spalte, farben=VORHANDEN, nachkommastellen=nachkommastellen)
    origin = f"Klassen: Fünftel der {len(above)} Werte über 0 vom {tag(stichtag)}"
    lowest = scale.below_nought() if (werte < 0).any() else (scale.nought("0"),)
    return _style_figure(
        f"{einheit} ({origin})",
        (*lowest, *scale.grade(measure_fifths(above)), *_reasons(scale.spalte, gruende)),
        Beschriftung(spalten=(scale.spalte,), nachkommastellen=min(nachkommastellen, 1)),
    )


def style_coverage(ziel: Ziel) -> Stil:
    """Draw which share reaches what a target asks for; the target divides the last two classes."""
    scale = _Scale(spalte="anteil_prozent", farben=VORHANDEN, einheit=" %")
    goal = ziel.ziel_prozent
    ends = [end for end in ANTEILE_PROZENT if end < goal]
    last = ends[-1] if ends else 0.0
    near = scale.klasse(
        f"über {zahl(last)} bis unter {zahl(goal)} %", len(ends), Zwischen(spalte=scale.spalte, ueber=last, unter=goal)
    )
    there = scale.klasse(f"ab {zahl(goal)} %: Zielwert ({ziel.status})", -1, Zwischen(spalte=scale.spalte, ab=goal))
    gruende = (Grund.GEHEIM, Grund.KEINE_BEVOELKERUNG, Grund.KEINE_DATEN, Grund.KEIN_FAHRPLAN)
    return _style_figure(
        f"Anteil in %, {ziel.gruppe.titel}: {ziel.titel}",
        (scale.nought("0 %"), *scale.between(ends), near, there, *_reasons(scale.spalte, gruende)),
        Beschriftung(spalten=(scale.spalte,), nachkommastellen=0),
    )


def style_luecken() -> Stil:
    """Draw how many people the largest gap of an area leaves short of a target."""
    scale = _Scale(spalte="bis_zum_ziel", farben=FEHLEND)
    return _style_figure(
        "Größte Lücke: Personen, die bis zum Zielwert fehlen (Arbeitswerte, nicht beschlossen)",
        (scale.nought("0: alle Ziele erreicht"), *scale.grade(LUECKEN_PERSONEN), *_reasons(scale.spalte, tuple(Grund))),
        Beschriftung(spalten=(scale.spalte,), nachkommastellen=0),
    )


def style_alle_luecken() -> Stil:
    """Draw how many gaps of all kinds an area has."""
    scale = _Scale(spalte="luecken", farben=FEHLEND)
    return _style_figure(
        "Zahl aller Lücken: Ziele, Kriterien, Plätze (Arbeitswerte, nicht beschlossen)",
        (scale.nought("0: keine, soweit es beurteilt ist"), *scale.grade(KRITERIEN)),
        Beschriftung(spalten=(scale.spalte,), nachkommastellen=0),
    )


def style_quartiere() -> Stil:
    """Draw how many criteria of a Versorgungsquartier an area lacks."""
    scale = _Scale(spalte="nicht_erfuellt", farben=FEHLEND)
    return _style_figure(
        "Versorgungsquartier: Kriterien, die nicht erfüllt sind (Arbeitswerte, nicht beschlossen)",
        (
            scale.nought("0: nichts fehlt, soweit es beurteilt ist"),
            *scale.grade(KRITERIEN),
            *_reasons(scale.spalte, tuple(Grund)),
        ),
        Beschriftung(spalten=(scale.spalte,), nachkommastellen=0),
    )


def style_massnahmen() -> Stil:
    """Draw Maßnahmen by how far they are, lighter the less; several on one area lie on one another."""
    colours = dict(zip(STATUS_TITEL, VORHANDEN, strict=True))
    klassen = tuple(
        Klasse(titel=titel, bedingungen=(Einer("status", (status.value,)),), symbol=Flaeche(fuellung=colours[status]))
        for status, titel in STATUS_TITEL.items()
        if status is not Massnahmenstatus.AUFGEGEBEN
    )
    return Stil(
        titel="Maßnahmen nach Status",
        geometrie="MultiPolygon",
        klassen=klassen,
        sonst=_SONST,
        anzeige="titel",
        beschriftung=Beschriftung(spalten=("titel",), groesse_pt=8),
    )


def style_datenstand() -> Stil:
    """Draw which share of a Kommune's Angebote was confirmed lately."""
    scale = _Scale(spalte="bestaetigt_prozent", farben=VORHANDEN, einheit=" %")
    return _style_figure(
        "Anteil der Angebote in %, die in zwölf Monaten bestätigt wurden",
        (scale.nought("0 %"), *scale.grade(ANTEILE_PROZENT), *_reasons(scale.spalte, (Grund.KEINE_DATEN,))),
        Beschriftung(spalten=(scale.spalte,), nachkommastellen=0),
    )


def measure_fifths(werte: Floats) -> list[float]:
    """Give the rising ends (at most 4) that divide values (n,) above nought into fifths, to two decimals.

    Equal ends become one, and an end nothing lies above falls away: few values make few classes.
    """
    if not len(werte):
        return []
    ends = np.unique(np.round(np.quantile(werte, FUENFTEL, method="inverted_cdf"), 2))
    return [end for end in ends.tolist() if 0 < end < werte.max()]


class _Scale(msgspec.Struct, frozen=True, kw_only=True):
    """A column of numbers and how its classes are coloured and written."""

    spalte: str
    farben: tuple[str, ...]
    einheit: str = ""
    nachkommastellen: int = 0

    def nought(self, titel: str) -> Klasse:
        return Klasse(titel=titel, bedingungen=(Zwischen(spalte=self.spalte, bis=0),), symbol=Flaeche(), aufschrift="0")

    def below_nought(self) -> tuple[Klasse, Klasse]:
        """Divide what is missing from nought itself."""
        missing, nought = Zwischen(spalte=self.spalte, unter=0), Zwischen(spalte=self.spalte, ab=0, bis=0)
        return (
            Klasse(titel="unter 0", bedingungen=(missing,), symbol=Flaeche(fuellung=FEHLEND[1])),
            Klasse(titel="0", bedingungen=(nought,), symbol=Flaeche(), aufschrift="0"),
        )

    def between(self, ends: Sequence[float]) -> list[Klasse]:
        """Divide what lies above nought and not above the last end."""
        return [
            self.klasse(
                f"über {self._write(low)} bis {self._write(high)}{self.einheit}",
                place,
                Zwischen(spalte=self.spalte, ueber=low, bis=high),
            )
            for place, (low, high) in enumerate(pairwise([0.0, *ends]))
        ]

    def grade(self, ends: Sequence[float]) -> list[Klasse]:
        """Divide all that lies above nought."""
        last = ends[-1] if ends else 0.0
        above = Zwischen(spalte=self.spalte, ueber=last)
        return [*self.between(ends), self.klasse(f"über {self._write(last)}{self.einheit}", len(ends), above)]

    def klasse(self, titel: str, place: int, zwischen: Zwischen) -> Klasse:
        return Klasse(titel=titel, bedingungen=(zwischen,), symbol=Flaeche(fuellung=self.farben[place]))

    def _write(self, end: float) -> str:
        return zahl(end, self.nachkommastellen if end else 0)


def _reasons(spalte: str, gruende: Sequence[Grund]) -> list[Klasse]:
    return [
        Klasse(
            titel=WORTE[grund],
            bedingungen=(Fehlt(spalte), Einer("grund", (grund.value,))),
            symbol=Flaeche(fuellung=_MUSTER, muster=_GRUENDE[grund][0]),
            aufschrift=_GRUENDE[grund][1],
        )
        for grund in gruende
    ]


def _style_figure(titel: str, klassen: tuple[Klasse, ...], beschriftung: Beschriftung) -> Stil:
    return Stil(
        titel=titel,
        geometrie="MultiPolygon",
        klassen=klassen,
        sonst=_SONST,
        anzeige="gebiet_name",
        beschriftung=beschriftung,
    )


def _style_outlines(titel: str, rand: Flaeche, beschriftung: Beschriftung) -> Stil:
    return Stil(
        titel=titel,
        geometrie="MultiPolygon",
        klassen=(),
        sonst=rand,
        anzeige="name",
        beschriftung=beschriftung,
    )
