"""Share supply among the people who compete for it: Angebot je Person, by area (floating catchments).

Who competes is `measure_catchments`, the shares are `planning.catchment`, and their sums by area
`planning.catchment_areas`.
"""

from collections.abc import Iterator
from datetime import date

import msgspec
import numpy as np

from infrastruktur.domain.errors import NotAssessable
from infrastruktur.domain.tabelle import Herkunft, Tabelle, Wert
from infrastruktur.planning.catchment import NACHFRAGE_UNBEKANNT, balance_supply
from infrastruktur.planning.columns import CATCHMENTS
from infrastruktur.usecases.assess_coverage import count_bystanders, require_usual_group
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.measure_catchments import Einzug, measure_catchments
from infrastruktur.usecases.prepare_teilung import (
    ZELLE,
    CatchmentFrage,
    Teilung,
    prepare_teilung,
    require_areas,
    require_usual_numbers,
)
from infrastruktur.usecases.publish_table import choose_stichtag, publish_table, recall_table
from infrastruktur.usecases.read_annahmen import name_annahme
from infrastruktur.usecases.read_population import read_population
from infrastruktur.usecases.state_catchments import rows_of_areas, rows_of_cells, rows_without
from infrastruktur.usecases.state_homes import recall_homes

_OHNE_AUSSAGE = (
    "Ohne Aussage sind Personen, deren Wohnzelle an keiner Straße liegt oder die nichts erreichen, weil die Suche "
    "an den Rand der Daten kam. Sie zählen im Wert nicht mit."
)
_RAND = (
    "Am Rand der Region sind die Werte verzerrt: Menschen jenseits davon sind nicht mitgerechnet, obwohl sie "
    "dieselben Angebote nutzen, denn das Zensusgitter nennt dort keine; und was jenseits des Straßennetzes liegt, wird "
    "nicht erreicht."
)
_ANTEIL = (
    "Annahme: Jenseits der Region ist die Altersgruppe {gruppe} unter den Menschen einer Zelle so häufig wie in der "
    "Region, denn das Zensusgitter nennt sie nicht; wo es den Anteil ab 65 nennt, ist er berücksichtigt."
)
_ZELLEN = (
    "Zahlen je Zelle, nur für die Verwaltung. Wer in einem Gebiet ohne bewohnte Zelle wohnt, steht in keiner Zeile; "
    "was niemand erreicht, steht bei den Gebieten."
)
_FEW = 10


def share_catchments(context: Context, frage: CatchmentFrage) -> Tabelle:
    """State places per 1,000 of a group per Sozialraum or Bezirk, Kommune and Region, shared among those who compete.

    The level `zelle` states them per cell of the grid, for staff.

    Raises
    ------
    InvalidParameter
        A part of the question is unknown, kinds are counted in different sizes or in none, the method gives no
        figure per person; or the public asks for an age group that no figure uses, or
        for cells.
    NotFound
        A kind or an area nobody knows.
    LimitExceeded
        There are too many cells.
    NotAssessable
        Cells are asked for, and no source tells where the group lives.

    """
    stichtag, teilung = choose_stichtag(context, frage.stichtag), prepare_teilung(frage)
    if context.public:
        require_usual_group(context.ziele(stichtag), teilung.ziel)
        require_usual_numbers(frage)
        require_areas(frage)
    annahme = name_annahme(context, stichtag)
    question = ("catchments", stichtag, teilung.ziel, teilung.verfahren, teilung.abklingen, annahme)
    if frage.ebene == ZELLE:
        in_cells = (*question, ZELLE, frage.gebiet)
        return recall_table(context, in_cells, lambda: _state_cells(context, teilung, frage, stichtag), keep=False)
    table = recall_table(context, question, lambda: _state(context, teilung, stichtag), keep=False)
    if context.public:
        table = table.with_rows([*table.zeilen, *count_bystanders(context, stichtag, CATCHMENTS)])
    return publish_table(context, table, ebene=frage.ebene, verfahren=teilung.verfahren.value)


def _state(context: Context, teilung: Teilung, stichtag: date) -> Tabelle:
    verteilung = read_population(context, stichtag)
    known: dict[str, Wert] = {**teilung.known, "stichtag": stichtag}
    try:
        einzug = measure_catchments(context, verteilung, teilung, stichtag)
    except NotAssessable as error:
        zeilen = rows_without(verteilung.gebiete, {**known, "grund": error.grund.value})
        return _tabelle(context, teilung, stichtag, zeilen, ())
    beside = recall_homes(context, teilung.ziel.altersgruppe, stichtag)
    zeilen = rows_of_areas(einzug, verteilung.gebiete, known | einzug.known, beside)
    return _tabelle(context, teilung, stichtag, zeilen, _describe(context, einzug))


def _state_cells(context: Context, teilung: Teilung, frage: CatchmentFrage, stichtag: date) -> Tabelle:
    verteilung = read_population(context, stichtag)
    einzug = measure_catchments(context, verteilung, teilung, stichtag)
    known: dict[str, Wert] = {**teilung.known, **einzug.known, "stichtag": stichtag}
    zeilen = rows_of_cells(einzug, verteilung.gebiete, known, gebiet=frage.gebiet)
    return _tabelle(context, teilung, stichtag, zeilen, (_ZELLEN, *_describe(context, einzug)))


def _tabelle(
    context: Context, teilung: Teilung, stichtag: date, zeilen: list[tuple[Wert, ...]], hinweise: tuple[str, ...]
) -> Tabelle:
    herkunft = Herkunft(
        titel="Angebot je Person im Wettbewerb",
        stichtag=stichtag,
        parameter={
            "art": list(teilung.ziel.arten),
            "groesse": teilung.groesse,
            "verfahren": teilung.verfahren.value,
            "abklingen": msgspec.to_builtins(teilung.abklingen),
            "modus": teilung.ziel.modus,
            "richtung": teilung.ziel.richtung,
            "altersgruppe": teilung.ziel.altersgruppe,
        },
        netz=context.network_generation(),
        hinweise=(_OHNE_AUSSAGE, *hinweise),
    )
    return Tabelle(name="catchments", spalten=CATCHMENTS, zeilen=tuple(zeilen), herkunft=herkunft)


def _describe(context: Context, einzug: Einzug) -> tuple[str, ...]:
    """Say what no row of an area can: who competes from beyond the Region, what lies there, what cannot be shared."""
    outside = einzug.am_netz & (einzug.supply.kommune == "")
    number, unreached = np.count_nonzero(outside), np.count_nonzero(outside & einzug.unerreicht_aus_region)
    bilanz = balance_supply(einzug.catchment)
    unshared, places = bilanz.angebote[NACHFRAGE_UNBEKANNT], bilanz.plaetze[NACHFRAGE_UNBEKANNT]
    said = [
        *_describe_neighbours(context, einzug),
        (
            f"Angebote außerhalb der Region, die der Katalog kennt und die mitgerechnet sind: {number}; "
            f"aus der Region nicht erreicht: {unreached}."
        ),
    ]
    if unshared:
        said.append(
            f"{unshared} Angebote ({places:.0f} bekannte Plätze) lassen sich nicht verteilen, weil in ihrem "
            "Einzugsbereich Menschen wohnen, deren Zahl keine Quelle nennt."
        )
    return tuple(said)


def _describe_neighbours(context: Context, einzug: Einzug) -> Iterator[str]:
    nachbarn, catchment = einzug.nachbarn, einzug.catchment
    if not nachbarn.personen.any():
        yield _RAND
        return
    competing = float(nachbarn.personen[~catchment.ohne_angebot].sum())
    yield (
        "Menschen jenseits der Region sind mitgerechnet, soweit das Zensusgitter sie nennt; sie stehen in keiner Zahl "
        f"eines Gebiets. Um Angebote, die sie erreichen, bewerben sich von dort: {_name_people(context, competing)}."
        + _name_places(context, einzug)
        + " Was jenseits des Straßennetzes liegt, wird nicht erreicht."
    )
    if nachbarn.geschaetzt:
        gruppe = ", ".join(teil.gruppe.titel for teil in einzug.teile)
        yield _ANTEIL.format(gruppe=gruppe)


def _name_people(context: Context, personen: float) -> str:
    """Name a number of people: whole for staff, in tens for the public."""
    if not context.public:
        return f"{personen:.0f} Personen"
    return "weniger als 10 Personen" if personen < _FEW else f"rund {round(personen, -1):.0f} Personen"


def _name_places(context: Context, einzug: Einzug) -> str:
    """Name for staff what falls to people beyond; the public could compute from it what its table hides."""
    if context.public:
        return ""
    places = float(einzug.nachbarn.personen @ np.nan_to_num(einzug.catchment.je_person))
    return f" Auf sie entfallen mindestens {places:.1f} Plätze.".replace(".", ",", 1)
