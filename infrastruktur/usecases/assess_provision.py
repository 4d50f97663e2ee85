"""State the Versorgungsquoten: what is in operation, per head of the group it is for."""

import tomllib
from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.angebot import Status
from infrastruktur.domain.errors import Grund, NotAssessable
from infrastruktur.domain.raum import Ebene, locate
from infrastruktur.domain.tabelle import Herkunft, Tabelle, Wert, build_zeile
from infrastruktur.planning import provision
from infrastruktur.planning.columns import PROVISION
from infrastruktur.planning.provision import Indikator, Versorgung, get_indikator, parse_indikatoren
from infrastruktur.resources import folder
from infrastruktur.storage.angebote import Supply, list_counted, load_supply
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.publish_table import choose_stichtag, name_area, publish_table, recall_table
from infrastruktur.usecases.spread_population import Einwohner, Gebiete, Stufe, Verteilung, spread_population


@cache
def list_indikatoren() -> tuple[Indikator, ...]:
    """Read the indicators: data, one file, no code for a new one."""
    path = folder("schemas") / "indikatoren.toml"
    return parse_indikatoren(tomllib.loads(path.read_text(encoding="utf-8")), path.name)


def assess_provision(
    context: Context, *, stichtag: date | None = None, ebene: str | None = None, indicator: str | None = None
) -> Tabelle:
    """State all indicators, or one, at every level each declares."""
    day = choose_stichtag(context, stichtag)
    asked = list_indikatoren()
    only = None if indicator is None else get_indikator(asked, indicator).code
    question = ("provision", day, asked)
    table = recall_table(context, question, lambda: _assess(context, asked, day), keep=stichtag is None)
    return publish_table(context, table, ebene=ebene, indicator=only)


def _assess(context: Context, asked: tuple[Indikator, ...], stichtag: date) -> Tabelle:
    verteilung = spread_population(context, stichtag)
    with context.store.read() as connection:
        supply = place_supply(load_supply(connection, stichtag, public=context.public), verteilung.gebiete)
        counted = list_counted(connection, stichtag, public=context.public)
    zeilen = [
        zeile for each in asked for zeile in _rows_of_indikator(verteilung, supply, each, stichtag, counted=counted)
    ]
    herkunft = Herkunft(
        titel="Versorgungsquoten",
        stichtag=stichtag,
        parameter={"indikatoren": [each.code for each in asked]},
        hinweise=("Es zählt, was am Stichtag in Betrieb ist, mit den zugelassenen Plätzen.",),
    )
    return Tabelle(name="provision", spalten=PROVISION, zeilen=tuple(zeilen), herkunft=herkunft)


def _rows_of_indikator(
    verteilung: Verteilung, supply: Supply, indikator: Indikator, stichtag: date, *, counted: set[tuple[str, str]]
) -> list[tuple[Wert, ...]]:
    people = _find_people(verteilung, indikator)
    rows: list[tuple[Wert, ...]] = []
    for level, stufe in enumerate(verteilung.gebiete.stufen):
        if not stufe.raeume or not indikator.allows(stufe.raeume[0].ebene):
            continue
        nobody = np.full(len(stufe.raeume), np.nan)
        personen = nobody if people is None else people.je_stufe[level]
        stated = provision.provision(indikator, _supply_of(supply, indikator, stufe), personen)
        if not any((art, indikator.groesse) in counted for art in indikator.arten):
            stated = _without_noughts(stated)
        known = _name_indikator(indikator, stufe.raeume[0].ebene, stichtag, people)
        rows += [
            build_zeile(PROVISION, {**name_area(raum), **known, **_state(stated, at)})
            for at, raum in enumerate(stufe.raeume)
        ]
    return rows


def _find_people(verteilung: Verteilung, indikator: Indikator) -> Einwohner | None:
    try:
        return verteilung.count(indikator.gruppe)
    except NotAssessable:
        return None


def _without_noughts(stated: Versorgung) -> Versorgung:
    """Take back the noughts of a kind that no source counts: they would be silence, read as "there is nothing"."""
    return replace(
        stated,
        wert=np.full_like(stated.wert, np.nan),
        wert_bis=np.full_like(stated.wert_bis, np.nan),
        zaehler=np.full_like(stated.zaehler, np.nan),
        grund=tuple(grund or Grund.KEINE_DATEN for grund in stated.grund),
    )


def _supply_of(supply: Supply, indikator: Indikator, stufe: Stufe) -> provision.Supply:
    chosen = np.flatnonzero(np.isin(supply.art, indikator.arten))
    unknown = np.full(len(supply), np.nan)
    return provision.Supply(
        area=areas_of(supply, stufe)[chosen],
        in_betrieb=supply.status[chosen] == Status.IN_BETRIEB,
        groesse=supply.sizes.get(indikator.groesse, unknown)[chosen],
    )


def place_supply(supply: Supply, gebiete: Gebiete) -> Supply:
    """Place what has a point among the areas of the Stichtag: the catalogue remembers where it lies today."""
    leaf = locate(supply.xy_25832, [each.geom_25832 for each in gebiete.leaves])
    small = np.array(["" if each.ebene is Ebene.KOMMUNE else each.schluessel for each in gebiete.leaves] + [""])
    kommunen = np.array([gebiete.kommunen[at].schluessel for at in gebiete.kommune_of_leaf] + [""])
    return replace(supply, sozialraum=small[leaf], kommune=np.where(leaf >= 0, kommunen[leaf], supply.kommune))


def areas_of(supply: Supply, stufe: Stufe) -> NDArray[np.int32]:
    """Find the area of a level each Angebot lies in (n,), -1 for none.

    To the Region belongs what has a Kommune of it, also without a point.
    """
    ebene = stufe.raeume[0].ebene
    if ebene is Ebene.REGION:
        return np.where(supply.kommune != "", 0, -1).astype(np.int32)
    keys = supply.kommune if ebene is Ebene.KOMMUNE else supply.sozialraum
    index = {raum.schluessel: at for at, raum in enumerate(stufe.raeume)}
    return np.array([index.get(key, -1) for key in keys], dtype=np.int32)


def _name_indikator(indikator: Indikator, ebene: Ebene, stichtag: date, people: Einwohner | None) -> dict[str, Wert]:
    information = "" if indikator.judges(ebene) else "Auf dieser Ebene eine Information, keine Aussage über Bedarf."
    return {
        "indicator": indikator.code,
        "indicator_titel": indikator.titel,
        "einheit": indikator.einheit,
        "altersgruppe": indikator.altersgruppe,
        "stichtag_zaehler": stichtag,
        "stichtag_nenner": None if people is None else people.stichtag,
        "quelle_nenner": None if people is None else people.quelle,
        "hinweis": " ".join(part for part in (indikator.hinweis, information) if part),
    }


def _state(stated: Versorgung, at: int) -> dict[str, Wert]:
    grund = stated.grund[at]
    return {
        "wert": float(stated.wert[at]),
        "wert_bis": float(stated.wert_bis[at]),
        "zaehler": float(stated.zaehler[at]),
        "nenner": float(stated.nenner[at]),
        "ohne_platzzahl": int(stated.ohne_platzzahl[at]),
        "grund": None if grund is None else grund.value,
    }
