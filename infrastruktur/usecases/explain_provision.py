"""Explain a figure of provision: each Angebot with its size, the people with their source, and the arithmetic between.

The derivation is computed anew, number by number and not by arrays, so that it also checks the table it explains.
"""

import math
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np

from infrastruktur.domain.einrichtung import find_annahme
from infrastruktur.domain.errors import Grund, NotAssessable, NotFound
from infrastruktur.domain.gruppe import Gruppe, find_tiling
from infrastruktur.domain.herleitung import Eingabe, Herleitung, Rechnung, Schritt, build_schritt
from infrastruktur.domain.raum import Raum
from infrastruktur.planning.nachweis import Groesse, explain
from infrastruktur.planning.provision import Indikator, Nenner, get_indikator
from infrastruktur.storage.angebote import Supply
from infrastruktur.usecases.assess_provision import assess_provision, list_indikatoren
from infrastruktur.usecases.cite_angebote import cite_angebot
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.leave_out_homes import Heimbestand, find_homes, lay_out_homes
from infrastruktur.usecases.place_supply import areas_of, read_placed
from infrastruktur.usecases.plan_bedarf import STATUS_QUO, explain_pflegebeduerftige, plan_stichtag
from infrastruktur.usecases.publish_table import choose_stichtag
from infrastruktur.usecases.read_annahmen import read_einrichtungen
from infrastruktur.usecases.read_population import Annahme, read_population
from infrastruktur.usecases.read_supply import read_counted
from infrastruktur.usecases.spread_population import Stufe, Verteilung

_PEOPLE = "Dieser Rechenweg nennt Personen nach Alter und Geschlecht und steht nur der Verwaltung offen."


class Wertart(StrEnum):
    """The figures of a row that can be explained."""

    WERT = "wert"
    OHNE_HEIME = "wert_ohne_einrichtungsbevoelkerung"
    ZAEHLER = "zaehler"
    NENNER = "nenner"
    NENNER_GROESSE = "nenner_groesse"
    NENNER_OHNE_HEIME = "nenner_ohne_einrichtungsbevoelkerung"
    BEDARF = "bedarf"


_WITHOUT_HOMES = (Wertart.OHNE_HEIME, Wertart.NENNER_OHNE_HEIME)
_DENOMINATORS = (Wertart.NENNER, Wertart.NENNER_GROESSE, Wertart.NENNER_OHNE_HEIME)


@dataclass(frozen=True)
class _Stelle:
    """Where a figure stands: the area, its level, and what there was on the day."""

    context: Context
    verteilung: Verteilung
    supply: Supply
    stichtag: date
    level: int
    at: int
    nenner: float

    @property
    def stufe(self) -> Stufe:
        return self.verteilung.gebiete.stufen[self.level]

    @property
    def raum(self) -> Raum:
        return self.stufe.raeume[self.at]


def explain_provision(
    context: Context, indicator: str, gebiet: str, *, stichtag: date | None = None, wert: Wertart = Wertart.WERT
) -> Schritt:
    """Take a figure back to its inputs.

    Raises
    ------
    NotFound
        There is no such indicator or area.
    NotAssessable
        The table has no such figure there, or the public asks for one that rests on people by sex and age.

    """
    day = choose_stichtag(context, stichtag)
    indikator = get_indikator(list_indikatoren(), indicator)
    stelle = _find_place(context, indikator, gebiet, day, wert)
    if wert is Wertart.ZAEHLER:
        return _explain_supply(stelle, indikator)
    if indikator.nenner is Nenner.BEDARF:
        return _explain_need(stelle, indikator, wert)
    nenner = _explain_nenner(stelle, indikator)
    if wert in _WITHOUT_HOMES:
        nenner = _explain_without_homes(stelle, indikator, nenner)
    if wert in _DENOMINATORS:
        return build_schritt(f"Nenner: {indikator.titel}", nenner.einheit, "Nenner", Rechnung.SUMME, (nenner,))
    return divide(indikator, _explain_supply(stelle, indikator), nenner)


def _find_place(context: Context, indikator: Indikator, gebiet: str, day: date, wert: Wertart) -> _Stelle:
    table = assess_provision(context, stichtag=day, indicator=indikator.code)
    row = next((row for row in table.records() if row["gebiet"] == gebiet), None)
    if row is None:
        raise NotFound(f"Für „{gebiet}“ gibt es „{indikator.code}“ am {day:%d.%m.%Y} nicht.")
    if row[wert.value] is None:
        said = row["annahme_ohne_einrichtungsbevoelkerung"] if wert in _WITHOUT_HOMES else row["hinweis"]
        grund = Grund(str(row["grund"])) if row["grund"] else Grund.KEINE_DATEN
        raise NotAssessable(grund, f"Diesen Wert gibt es nicht (Grund: {grund}). {said or ''}".strip())
    verteilung = read_population(context, day)
    level, at = next(
        (level, at)
        for level, stufe in enumerate(verteilung.gebiete.stufen)
        for at, raum in enumerate(stufe.raeume)
        if (raum.schluessel, raum.ebene.value) == (gebiet, row["ebene"])
    )
    people = row["nenner"]
    known = people if isinstance(people, int | float) else math.nan
    return _Stelle(context, verteilung, read_placed(context, day), day, level, at, known)


def divide(indikator: Indikator, zaehler: Schritt, nenner: Herleitung) -> Schritt:
    """State an indicator from what it counts and what it is held against."""
    skala = Eingabe(name="Skala", wert=float(indikator.skala), einheit="", quelle="Indikator")
    scaled = build_schritt("Skala × Zähler", "", "Skala × Zähler", Rechnung.PRODUKT, (skala, zaehler))
    formula = "Skala × Zähler ÷ Nenner"
    return build_schritt(indikator.titel, indikator.einheit, formula, Rechnung.QUOTIENT, (scaled, nenner))


# Supply


def _explain_supply(stelle: _Stelle, indikator: Indikator) -> Schritt:
    """Sum the Angebote in operation; one whose size nobody states is named, and adds nothing."""
    total = _sum_sizes(stelle, indikator, indikator.groesse)
    if indikator.faktor == 1:
        return total
    factor = Eingabe(name="Faktor", wert=indikator.faktor, einheit="", quelle=indikator.hinweis)
    return build_schritt("Zähler", "", "Summe × Faktor", Rechnung.PRODUKT, (total, factor))


def _sum_sizes(stelle: _Stelle, indikator: Indikator, groesse: str) -> Schritt:
    supply = stelle.supply
    area = areas_of(supply, stelle.stufe)
    inside = np.isin(supply.art, indikator.arten) & (supply.status == "in_betrieb") & (area == stelle.at)
    known = inside.copy()
    for needed in {groesse, indikator.groesse, indikator.nenner_groesse or groesse}:
        known &= ~np.isnan(supply.sizes.get(needed, np.full(len(supply), np.nan)))
    sizes = supply.sizes.get(groesse, np.full(len(supply), np.nan))
    parts = tuple(
        Eingabe(
            name=str(supply.name[house]),
            wert=float(sizes[house]),
            einheit=groesse,
            quelle=cite_angebot(supply, house),
            stichtag=stelle.stichtag,
        )
        for house in np.flatnonzero(known).tolist()
    )
    silent = [str(name) for name in supply.name[inside & ~known]]
    hints = (f"mindestens; ohne Angabe: {', '.join(silent)}",) if silent else ()
    formula = f"Summe der Angebote, die am {stelle.stichtag:%d.%m.%Y} in Betrieb sind"
    return build_schritt(f"Summe {groesse}", groesse, formula, Rechnung.SUMME, parts, hinweise=hints)


# Nenner


def _explain_nenner(stelle: _Stelle, indikator: Indikator) -> Herleitung:
    if indikator.nenner_groesse is not None:
        return _sum_sizes(stelle, indikator, indikator.nenner_groesse)
    if indikator.gruppe is not None:
        return _explain_people(stelle, indikator.gruppe)
    _require_staff(stelle.context)
    return explain_pflegebeduerftige(stelle.context, stelle.raum.schluessel, stelle.stichtag)


def _require_staff(context: Context) -> None:
    if context.public:
        raise NotAssessable(Grund.GEHEIM, _PEOPLE)


def _explain_people(stelle: _Stelle, gruppe: Gruppe) -> Herleitung:
    """Count the group from the parts that are counted; to the public it is the one number that is published."""
    counted = stelle.verteilung.count(gruppe)
    if stelle.context.public:
        return _people(stelle.raum, gruppe, stelle.nenner, counted.quelle, counted.stichtag)
    return _count_area(stelle.verteilung, gruppe, stelle.level, stelle.at)


def _people(raum: Raum, gruppe: Gruppe, personen: float, quelle: str, stichtag: date) -> Eingabe:
    name = f"{gruppe.titel} {raum.titel}"
    return Eingabe(name=name, wert=personen, einheit="Personen", quelle=quelle, stichtag=stichtag)


def _count_area(verteilung: Verteilung, gruppe: Gruppe, level: int, at: int) -> Herleitung:
    """Count an area from its parts where all of them are counted, else from its own bands, else as it is.

    Where a scenario changes the group its parts are still those of it, and their numbers what is assumed of them.
    """
    raum = verteilung.gebiete.stufen[level].raeume[at]
    counted = verteilung.count(gruppe)
    parts = _list_parts(verteilung, level, at)
    known = [not math.isnan(counted.je_stufe[part_level][part]) for part_level, part in parts]
    if parts and all(known):
        inner = tuple(_count_area(verteilung, gruppe, *part) for part in parts)
        return build_schritt(f"{gruppe.titel} {raum.titel}", "Personen", "Summe der Gebiete", Rechnung.SUMME, inner)
    assumed = isinstance(verteilung, Annahme) and verteilung.touches(gruppe)
    bands = () if assumed else _list_bands(verteilung, gruppe, raum)
    if bands:
        formula = "Summe der Altersgruppen, Frauen und Männer"
        return build_schritt(f"{gruppe.titel} {raum.titel}", "Personen", formula, Rechnung.SUMME, bands)
    return _people(raum, gruppe, float(counted.je_stufe[level][at]), counted.quelle, counted.stichtag)


def _list_parts(verteilung: Verteilung, level: int, at: int) -> list[tuple[int, int]]:
    """List the (level, index) of the areas one consists of: the Kommunen of the Region, the parts of a Kommune."""
    small, kommunen, region = verteilung.gebiete.stufen
    if level == verteilung.gebiete.stufen.index(region):
        return [(1, part) for part in range(len(kommunen.raeume))]
    inside = (kommunen.of_leaf == at) & (small.of_leaf >= 0)
    return [(0, part) for part in small.of_leaf[inside].tolist()] if level else []


def _list_bands(verteilung: Verteilung, gruppe: Gruppe, raum: Raum) -> tuple[Eingabe, ...]:
    for zaehlung in verteilung.zaehlungen:
        bands = zaehlung.je_raum.get(raum.schluessel, {})
        if tiles := find_tiling(gruppe, bands):
            return tuple(_people(raum, tile, bands[tile], zaehlung.quelle, zaehlung.stichtag) for tile in tiles)
    return ()


# Without homes


def _explain_without_homes(stelle: _Stelle, indikator: Indikator, people: Herleitung) -> Schritt:
    """Take the residents of homes off: stated or places × Auslastung, of whom a share is of the group."""
    annahme = find_annahme(read_einrichtungen(stelle.context.settings), stelle.stichtag)
    gruppe = indikator.gruppe
    anteil = None if annahme is None or gruppe is None else annahme.find_anteil(gruppe)
    if annahme is None or gruppe is None or anteil is None:
        raise NotAssessable(Grund.KEINE_DATEN, "Ohne Annahme zu den Heimbewohner:innen gibt es diesen Wert nicht.")
    counted = read_counted(stelle.context, stelle.stichtag)
    homes = find_homes(stelle.supply, counted, annahme, public=stelle.context.public)
    occupied = Eingabe(
        name="Auslastung",
        wert=annahme.auslastung_prozent / 100,
        einheit="Anteil",
        quelle=annahme.quelle,
        stichtag=annahme.stichtag,
    )
    share = Eingabe(
        name=f"Anteil {gruppe.titel} an den Heimbewohner:innen",
        wert=anteil,
        einheit="Anteil",
        quelle=annahme.quelle,
        stichtag=annahme.stichtag,
    )
    residents = build_schritt(
        "Heimbewohner:innen", "Personen", annahme.titel, Rechnung.SUMME, _list_residents(stelle, homes, occupied)
    )
    of_group = build_schritt(
        f"{gruppe.titel} in Heimen", "Personen", "Bewohner:innen × Anteil", Rechnung.PRODUKT, (residents, share)
    )
    formula = "Personen − Heimbewohner:innen der Gruppe"
    return build_schritt("Nenner ohne Heimbewohner:innen", "Personen", formula, Rechnung.DIFFERENZ, (people, of_group))


def _list_residents(stelle: _Stelle, homes: Heimbestand, occupied: Eingabe) -> tuple[Herleitung, ...]:
    heime = lay_out_homes(homes, areas_of(homes.supply, stelle.stufe))
    here, bewohner = np.flatnonzero(heime.area == stelle.at).tolist(), heime.bewohner.tolist()
    return tuple(_residents_of(stelle, homes, house, bewohner[house], occupied) for house in here)


def _residents_of(stelle: _Stelle, homes: Heimbestand, house: int, stated: float, occupied: Eingabe) -> Herleitung:
    name, quelle = str(homes.supply.name[house]), cite_angebot(homes.supply, house)
    if not math.isnan(stated):
        return Eingabe(name=name, wert=stated, einheit="Personen", quelle=quelle, stichtag=stelle.stichtag)
    number = float(homes.supply.sizes["plaetze_zugelassen"][house])
    places = Eingabe(name=name, wert=number, einheit="Plätze", quelle=quelle, stichtag=stelle.stichtag)
    return build_schritt(name, "Personen", "Plätze × Auslastung", Rechnung.PRODUKT, (places, occupied))


# Need


def _explain_need(stelle: _Stelle, indikator: Indikator, wert: Wertart) -> Schritt:
    _require_staff(stelle.context)
    planung = plan_stichtag(stelle.context, stelle.stichtag, str(indikator.regel))
    place = (stelle.raum.schluessel, stelle.stichtag, STATUS_QUO)
    if wert is Wertart.NENNER:
        return explain(planung, *place, Groesse.PERSONEN)
    whole = explain(planung, *place, Groesse.BEDARF)
    unrounded = build_schritt("Bedarf, ungerundet", "Plätze", "vor dem Aufrunden", Rechnung.SUMME, whole.teile)
    if wert is Wertart.BEDARF:
        return whole if indikator.saldo else unrounded
    if indikator.saldo:
        return explain(planung, *place, Groesse.SALDO)
    return divide(indikator, explain(planung, *place, Groesse.ANGEBOT), unrounded)
