"""State the Versorgungsquoten: what is in operation against the people it is for, or the places they need."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.angebot import Status
from infrastruktur.domain.einrichtung import Annahme
from infrastruktur.domain.errors import Grund, InvalidParameter
from infrastruktur.domain.raum import Ebene
from infrastruktur.domain.tabelle import Herkunft, Tabelle, Wert, Werte, build_zeilen, list_columns
from infrastruktur.planning import provision
from infrastruktur.planning.columns import PROVISION
from infrastruktur.planning.einordnung import Massstab, place_beside, say_unmatched
from infrastruktur.planning.estimates import silence_estimates
from infrastruktur.planning.provision import Indikator, Nenner, Versorgung, get_indikator, parse_indikatoren
from infrastruktur.resources import folder
from infrastruktur.storage.angebote import Supply
from infrastruktur.usecases.choose_areas import Stufenschnitt, list_levels
from infrastruktur.usecases.context import UNCHANGED, Context
from infrastruktur.usecases.count_nenner import Nenner as Gezaehlt
from infrastruktur.usecases.count_nenner import count_nenner
from infrastruktur.usecases.leave_out_homes import Heimbestand, leave_out_homes
from infrastruktur.usecases.place_supply import areas_of, read_placed_of
from infrastruktur.usecases.publish_table import (
    choose_stichtag,
    narrow_table,
    publish_table,
    recall_table,
)
from infrastruktur.usecases.read_annahmen import find_heimannahme, read_bedarf, read_quotenwerk, read_zielwerte
from infrastruktur.usecases.read_population import read_population
from infrastruktur.usecases.read_supply import read_counted
from infrastruktur.usecases.spread_population import Stufe, Verteilung
from infrastruktur.usecases.take_out_homes import open_homes

FEWEST_HOUSES = 3
"""A ratio of two sizes of the same houses is shown to the public from so many on: of fewer it would tell of one."""


@dataclass(frozen=True)
class _Annahmen:
    """What is assumed: who lives in homes, and the size of the Angebote of one indicator that do not state it."""

    heime: Annahme | None
    angenommen: tuple[str, float] | None = None

    def find_size(self, indikator: Indikator) -> float | None:
        return self.angenommen[1] if self.angenommen and self.angenommen[0] == indikator.code else None

    @property
    def hinweise(self) -> tuple[str, ...]:
        size = self.angenommen and f"Höchstens: je Angebot ohne Angabe angenommen {self.angenommen[1]:g}."
        heime = self.heime and f"Ohne Heimbewohner:innen: {self.heime.titel} ({self.heime.quelle})."
        return tuple(said for said in (size, heime) if said)


@dataclass(frozen=True)
class _Bestand:
    """What a day knows: people, homes, and which sizes of which arten anybody states."""

    verteilung: Verteilung
    counted: set[tuple[str, str]]
    stichtag: date
    public: bool
    annahmen: _Annahmen
    heime: Heimbestand
    changed: bool
    """Whether a scenario says what there is."""


@cache
def list_indikatoren() -> tuple[Indikator, ...]:
    """Read the indicators: data, one file, no code for a new one."""
    path = folder("schemas") / "indikatoren.toml"
    return parse_indikatoren(tomllib.loads(path.read_text(encoding="utf-8")), path.name)


def assess_provision(
    context: Context,
    *,
    stichtag: date | None = None,
    ebene: str | None = None,
    indicator: str | None = None,
    vergleich: date | None = None,
    angenommen: float | None = None,
) -> Tabelle:
    """State all indicators, or one, at every level each declares, beside the Region, another day and its target.

    Compared is with the catalogue of the other day, never with a scenario.

    Raises
    ------
    NotFound
        There is no such indicator.
    InvalidParameter
        A size is assumed for all indicators at once: they are of different sizes.

    """
    only = None if indicator is None else get_indikator(list_indikatoren(), indicator).code
    assumed = _check_assumed(only, angenommen)
    day = choose_stichtag(context, stichtag)
    usual = stichtag is None and assumed is None
    whole = _publish(context, _recall(context, day, assumed, keep=usual))
    before = (
        None
        if vergleich is None
        else _publish(context, _recall(context.under(UNCHANGED), vergleich, assumed, keep=False))
    )
    massstab = Massstab(_by_code(), read_zielwerte(context.settings), before)
    shown = narrow_table(place_beside(whole, massstab), ebene=ebene, indicator=only)
    return shown if before is None else say_unmatched(shown, before)


def _publish(context: Context, table: Tabelle) -> Tabelle:
    shown = publish_table(context, table)
    return silence_estimates(shown, _by_code()) if context.public else shown


def _by_code() -> dict[str, Indikator]:
    return {each.code: each for each in list_indikatoren()}


def _check_assumed(indicator: str | None, angenommen: float | None) -> tuple[str, float] | None:
    if angenommen is None:
        return None
    if indicator is None:
        raise InvalidParameter("angenommen", "Eine angenommene Größe braucht „indicator“: Sie gilt für einen.")
    return indicator, angenommen


def _recall(context: Context, day: date, assumed: tuple[str, float] | None, *, keep: bool) -> Tabelle:
    """Compute a day's table once, all indicators together; the files of assumptions are part of the question."""
    asked = list_indikatoren()
    annahmen = _Annahmen(find_heimannahme(context, day), assumed)
    files = repr((annahmen, read_bedarf(context.settings), read_quotenwerk(context.settings)))
    question = ("provision", day, asked, files)
    return recall_table(context, question, lambda: _assess(context, asked, day, annahmen), keep=keep)


def state_provision(
    context: Context, asked: tuple[Indikator, ...], stichtag: date, schnitte: Sequence[Stufenschnitt]
) -> Tabelle:
    """State some indicators, unpublished, beside nothing, in areas of every level each declares."""
    return _assess(context, asked, stichtag, _Annahmen(find_heimannahme(context, stichtag)), schnitte)


def _assess(
    context: Context,
    asked: tuple[Indikator, ...],
    stichtag: date,
    annahmen: _Annahmen,
    schnitte: Sequence[Stufenschnitt] | None = None,
) -> Tabelle:
    bestand = _take_stock(context, stichtag, annahmen)
    levels = list_levels(bestand.verteilung) if schnitte is None else schnitte
    zeilen = [zeile for each in asked for zeile in _rows_of_indikator(context, bestand, each, levels)]
    herkunft = Herkunft(
        titel="Versorgungsquoten",
        stichtag=stichtag,
        parameter={
            "indikatoren": [each.code for each in asked],
            "angenommen": annahmen.angenommen and annahmen.angenommen[1],
        },
        hinweise=("Es zählt, was am Stichtag in Betrieb ist, mit den zugelassenen Plätzen.", *annahmen.hinweise),
    )
    return Tabelle(name="provision", spalten=PROVISION, zeilen=tuple(zeilen), herkunft=herkunft)


def _take_stock(context: Context, stichtag: date, annahmen: _Annahmen) -> _Bestand:
    verteilung, counted = read_population(context, stichtag), read_counted(context, stichtag)
    heime = open_homes(context, stichtag)
    changed = bool(context.szenario.angebote)
    return _Bestand(verteilung, counted, stichtag, context.public, annahmen, heime, changed)


def _rows_of_indikator(
    context: Context, bestand: _Bestand, indikator: Indikator, schnitte: Sequence[Stufenschnitt]
) -> list[tuple[Wert, ...]]:
    supply, nenner = (
        read_placed_of(context, bestand.stichtag, indikator.arten),
        count_nenner(context, indikator, bestand.stichtag),
    )
    rows: list[tuple[Wert, ...]] = []
    for level, schnitt in enumerate(schnitte):
        stufe, (_, places) = schnitt.stufe, schnitt.among
        if not stufe.raeume or not indikator.allows(stufe.raeume[0].ebene, public=bestand.public):
            continue
        laid_out = _lay_out(supply, indikator, stufe)
        stated = _state_level(bestand, indikator, laid_out, nenner.je_stufe[level][places])
        known = _name_indikator(indikator, stufe.raeume[0].ebene, bestand.stichtag, nenner)
        without = leave_out_homes(bestand.heime, indikator, stufe, stated)
        people = stated.nenner if nenner.personen is None else nenner.personen[level][places]
        beside = {**_name_nenner(indikator, people, stated), **list_columns(without)}
        rows += build_zeilen(PROVISION, len(schnitt), {**schnitt.namensspalten, **known, **_state(stated), **beside})
    return rows


def _state_level(
    bestand: _Bestand, indikator: Indikator, supply: provision.Supply, nenner: NDArray[np.float64]
) -> Versorgung:
    """Compute an indicator at a level; to the public, of few houses a ratio of their own sizes is secret."""
    if indikator.nenner is Nenner.GROESSE:
        stated = provision.hold_against_size(indikator, supply, len(nenner))
        # Whoever puts houses beside others, or takes some away, could tell what one alone has.
        fewest = np.inf if bestand.changed else FEWEST_HOUSES
        stated = _hide_few(stated, supply, fewest) if bestand.public else stated
    else:
        assumed = bestand.annahmen.find_size(indikator)
        stated = provision.provision(indikator, supply, nenner, angenommen=assumed)
    sizes = [indikator.groesse, *([] if indikator.nenner_groesse is None else [indikator.nenner_groesse])]
    stated_by_somebody = all(any((art, size) in bestand.counted for art in indikator.arten) for size in sizes)
    return stated if stated_by_somebody else _without_noughts(stated)


def _hide_few(stated: Versorgung, supply: provision.Supply, fewest: float) -> Versorgung:
    known = supply.in_betrieb & (supply.area >= 0) & ~np.isnan(supply.groesse)
    houses = np.bincount(supply.area[known], minlength=len(stated.wert))
    few = (houses > 0) & (houses < fewest)
    return replace(
        stated,
        wert=np.where(few, np.nan, stated.wert),
        zaehler=np.where(few, np.nan, stated.zaehler),
        nenner=np.where(few, np.nan, stated.nenner),
        grund=tuple(Grund.GEHEIM if hide else grund for hide, grund in zip(few, stated.grund, strict=True)),
    )


def _without_noughts(stated: Versorgung) -> Versorgung:
    """Take back the noughts of a kind that no source counts: they would be silence, read as "there is nothing"."""
    return replace(
        stated,
        wert=np.full_like(stated.wert, np.nan),
        wert_bis=np.full_like(stated.wert_bis, np.nan),
        zaehler=np.full_like(stated.zaehler, np.nan),
        grund=tuple(grund or Grund.KEINE_DATEN for grund in stated.grund),
    )


def _lay_out(supply: Supply, indikator: Indikator, stufe: Stufe) -> provision.Supply:
    return provision.Supply(
        area=areas_of(supply, stufe),
        in_betrieb=supply.status == Status.IN_BETRIEB,
        groesse=_size(supply, indikator.groesse),
        nenner_groesse=None if indikator.nenner_groesse is None else _size(supply, indikator.nenner_groesse),
    )


def _size(supply: Supply, groesse: str) -> NDArray[np.float64]:
    return supply.sizes.get(groesse, np.full(len(supply), np.nan))


def _name_indikator(indikator: Indikator, ebene: Ebene, stichtag: date, nenner: Gezaehlt) -> dict[str, Werte]:
    information = "" if indikator.judges(ebene) else "Auf dieser Ebene eine Information, keine Aussage über Bedarf."
    return {
        "indicator": indikator.code,
        "indicator_titel": indikator.titel,
        "einheit": indikator.einheit,
        "altersgruppe": indikator.altersgruppe,
        "stichtag_zaehler": stichtag,
        "stichtag_nenner": nenner.stichtag,
        "quelle_nenner": nenner.quelle,
        "hinweis": " ".join(part for part in (indikator.hinweis, nenner.hinweis, information) if part),
    }


def _state(stated: Versorgung) -> dict[str, Werte]:
    return {
        "wert": stated.wert,
        "wert_bis": stated.wert_bis,
        "zaehler": stated.zaehler,
        "ohne_platzzahl": stated.ohne_platzzahl,
        "grund": [None if grund is None else grund.value for grund in stated.grund],
    }


def _name_nenner(indikator: Indikator, people: NDArray[np.float64], stated: Versorgung) -> dict[str, Werte]:
    """Name what the supply was held against: people stand in a column of their own, to which secrecy applies."""
    if indikator.nenner is Nenner.GROESSE:
        return {"nenner_groesse": stated.nenner}
    needed: dict[str, Werte] = {"bedarf": stated.nenner} if indikator.nenner is Nenner.BEDARF else {}
    return {"nenner": people, **needed}
