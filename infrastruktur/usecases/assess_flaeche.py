"""State the Versorgungsquoten of a drawn area: what stands in it, per head of the people who live in it.

Angebote belong to it by their point, people by the part of their cell within. Information, no judgement of need:
whoever draws the line closer around a house gets another ratio.
"""

from datetime import date

import numpy as np

from infrastruktur.domain.angebot import Status
from infrastruktur.domain.errors import Grund, InvalidParameter, NotAssessable
from infrastruktur.domain.flaeche import Flaeche
from infrastruktur.domain.raum import Ebene, locate
from infrastruktur.domain.tabelle import Herkunft, Tabelle, Wert, build_zeile
from infrastruktur.planning import provision
from infrastruktur.planning.columns import PROVISION
from infrastruktur.planning.provision import Indikator, Nenner, get_indikator
from infrastruktur.storage.angebote import list_counted
from infrastruktur.usecases.assess_provision import list_indikatoren
from infrastruktur.usecases.choose_areas import Flaechenschnitt, cut_flaeche, name_flaeche, require_staff
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.publish_table import choose_stichtag, recall_table
from infrastruktur.usecases.read_population import read_population
from infrastruktur.usecases.read_supply import read_supply
from infrastruktur.usecases.spread_population import Verteilung

_HINWEIS = "In einer gezeichneten Fläche eine Information, keine Aussage über Bedarf."


def assess_flaeche(
    context: Context,
    flaeche: Flaeche,
    *,
    stichtag: date | None = None,
    ebene: str | None = None,
    indicator: str | None = None,
    **beside: object,
) -> Tabelle:
    """State all indicators per head that may be stated below a Kommune, or one of them, for a drawn area.

    Raises
    ------
    InvalidParameter
        The public asks, or what a drawn area does not have is named beside: a level, another day, an assumed size.
    NotFound
        There is no such indicator.

    """
    require_staff(context, ebene)
    for name, value in beside.items():
        if value is not None:
            raise InvalidParameter(
                name, "Das gibt es für gezeichnete Flächen nicht. Bitte nur eines von beiden angeben."
            )
    day = choose_stichtag(context, stichtag)
    every = list_indikatoren()
    asked = every if indicator is None else (get_indikator(every, indicator),)
    question = ("provision", day, asked, name_flaeche(flaeche))
    return recall_table(context, question, lambda: _assess(context, flaeche, asked, day), keep=False)


def _assess(context: Context, flaeche: Flaeche, asked: tuple[Indikator, ...], stichtag: date) -> Tabelle:
    verteilung = read_population(context, stichtag)
    schnitt = cut_flaeche(verteilung, flaeche)
    with context.store.read() as connection:
        counted = list_counted(connection, stichtag, public=context.public)
    allowed = [each for each in asked if each.allows(Ebene.SOZIALRAUM) and each.nenner is Nenner.PERSONEN]
    silent = [each.titel for each in asked if each not in allowed]
    rows = [
        {**_state(context, verteilung, schnitt, each, stichtag), **_without_nought(each, counted)} for each in allowed
    ]
    herkunft = Herkunft(
        titel="Versorgungsquoten",
        stichtag=stichtag,
        parameter={"indikatoren": [each.code for each in allowed], **name_flaeche(flaeche)},
        hinweise=(_HINWEIS, *(f"Nicht für gezeichnete Flächen: {titel}." for titel in silent)),
    )
    zeilen = tuple(build_zeile(PROVISION, {**schnitt.namen[0], **row}) for row in rows)
    return Tabelle(name="provision", spalten=PROVISION, zeilen=zeilen, herkunft=herkunft)


def _without_nought(indikator: Indikator, counted: set[tuple[str, str]]) -> dict[str, Wert]:
    """Take back the nought of a kind that no source counts: it would be silence, read as "there is nothing"."""
    if any((art, indikator.groesse) in counted for art in indikator.arten):
        return {}
    return {"wert": None, "zaehler": None, "grund": Grund.KEINE_DATEN.value}


def _state(
    context: Context, verteilung: Verteilung, schnitt: Flaechenschnitt, indikator: Indikator, stichtag: date
) -> dict[str, Wert]:
    people = _count_people(verteilung, schnitt, indikator)
    supply = read_supply(context, stichtag)
    chosen = np.flatnonzero(np.isin(supply.art, indikator.arten))
    unknown = np.full(len(supply), np.nan)
    stated = provision.provision(
        indikator,
        provision.Supply(
            area=locate(supply.xy_25832, schnitt.umrisse_25832)[chosen],
            in_betrieb=supply.status[chosen] == Status.IN_BETRIEB,
            groesse=supply.sizes.get(indikator.groesse, unknown)[chosen],
        ),
        np.array([people["nenner"]], dtype=np.float64),
    )
    grund = stated.grund[0]
    return {
        "indicator": indikator.code,
        "indicator_titel": indikator.titel,
        "einheit": indikator.einheit,
        "altersgruppe": indikator.altersgruppe,
        "hinweis": " ".join(part for part in (indikator.hinweis, _HINWEIS) if part),
        "stichtag_zaehler": stichtag,
        **people,
        "wert": float(stated.wert[0]),
        "zaehler": float(stated.zaehler[0]),
        "ohne_platzzahl": int(stated.ohne_platzzahl[0]),
        "grund": None if grund is None else grund.value,
    }


def _count_people(verteilung: Verteilung, schnitt: Flaechenschnitt, indikator: Indikator) -> dict[str, Wert]:
    if indikator.gruppe is None:
        return {"nenner": np.nan}
    try:
        wohnorte = verteilung.locate(indikator.gruppe)
    except NotAssessable:
        return {"nenner": np.nan}
    return {
        "nenner": schnitt.count(wohnorte),
        "stichtag_nenner": wohnorte.stichtag,
        "quelle_nenner": wohnorte.quelle,
    }
