"""Estimate the Pflegebedürftige of every Sozialraum, Kommune and the Region, by kind of care, beside those counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from infrastruktur.domain.errors import NotAssessable
from infrastruktur.domain.pflegestatistik import Leistung, Leistungsanteil
from infrastruktur.domain.quote import Aufteilung, Merkmal, Quotentafel, is_outdated
from infrastruktur.domain.tabelle import Herkunft, Tabelle, Wert, Werte, build_zeile, build_zeilen, list_columns
from infrastruktur.planning.demand import estimate
from infrastruktur.planning.pflegebedarf import fill_columns, split_by_leistung
from infrastruktur.planning.plan_columns import PFLEGEBEDARF
from infrastruktur.planning.pyramide import Alterspyramide, sum_areas
from infrastruktur.usecases.choose_quoten import Quotenwerk, choose_quoten
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.publish_table import choose_stichtag, name_area, publish_table, recall_table
from infrastruktur.usecases.read_annahmen import read_quotenwerk
from infrastruktur.usecases.read_register import count_leaves, count_register
from infrastruktur.usecases.spread_population import Gebiete, Stufe, spread_population

TITEL = "Pflegebedürftige"


def estimate_pflegebedarf(
    context: Context, *, stichtag: date | None = None, ebene: str | None = None, leistung: str | None = None
) -> Tabelle:
    """Estimate all kinds of care, or one, at every level; where nothing is known each cell is null with its reason."""
    day = choose_stichtag(context, stichtag)
    question = ("pflegebedarf", day, read_quotenwerk(context.settings))
    table = recall_table(context, question, lambda: state_pflegebedarf(context, day), keep=stichtag is None)
    return publish_table(context, table, ebene=ebene, leistung=leistung)


def state_pflegebedarf(context: Context, stichtag: date) -> Tabelle:
    """State all kinds of care at every level, unpublished; where they cannot be told, each row says why."""
    try:
        return _estimate(context, read_quotenwerk(context.settings), stichtag)
    except NotAssessable as error:
        raeume = (raum for stufe in spread_population(context, stichtag).gebiete.stufen[1:] for raum in stufe.raeume)
        rows: list[dict[str, Wert]] = [
            {
                **name_area(raum),
                "leistung": leistung.value,
                "leistung_titel": leistung.titel,
                "stichtag": stichtag,
                "grund": error.grund.value,
            }
            for raum in raeume
            for leistung in Leistung
        ]
        silent = [build_zeile(PFLEGEBEDARF, row) for row in rows]
        return _build(silent, Herkunft(titel=TITEL, stichtag=stichtag, hinweise=(str(error),)))


def _estimate(context: Context, werk: Quotenwerk, stichtag: date) -> Tabelle:
    satz = choose_satz(context, werk, stichtag)
    pflege, heim, newest = satz.pflege, satz.heim, werk.statistik.list_newest(stichtag)
    zeilen: list[tuple[Wert, ...]] = []
    for stufe, people in satz.stufen:
        homes = None if heim is None else estimate(people, heim)
        known: dict[str, Werte] = {
            **list_columns([name_area(raum) for raum in stufe.raeume]),
            "stichtag": stichtag,
            "stichtag_personen": people.stichtag,
            "quelle_personen": people.quelle,
        }
        for erwartung in split_by_leistung(estimate(people, pflege), homes, satz.anteile):
            counted = [newest.get((raum.schluessel, erwartung.leistung)) for raum in stufe.raeume]
            zeilen += build_zeilen(PFLEGEBEDARF, len(counted), {**known, **fill_columns(erwartung, counted)})
    herkunft = Herkunft(
        titel=TITEL,
        stichtag=stichtag,
        parameter={"quoten": [tafel.code for tafel in (pflege, heim) if tafel]},
        hinweise=_list_hinweise(stichtag, pflege, heim),
    )
    return _build(zeilen, herkunft)


@dataclass(frozen=True)
class Satz:
    """What is expected by: rates of all and of homes, shares of the larger area, and the people of each level."""

    pflege: Quotentafel
    heim: Quotentafel | None
    anteile: dict[Leistung, Leistungsanteil]
    stufen: tuple[tuple[Stufe, Alterspyramide], ...]


def choose_satz(context: Context, werk: Quotenwerk, stichtag: date) -> Satz:
    """Choose what the Pflegebedürftige of a Stichtag are expected by.

    Raises
    ------
    NotAssessable
        People by sex and age, or rates, are not known.

    """
    gebiete = spread_population(context, stichtag).gebiete
    return Satz(
        pflege=choose_quoten(context, werk, gebiete, Merkmal.PFLEGEBEDUERFTIG, stichtag),
        heim=_find_heimquoten(context, werk, gebiete, stichtag),
        anteile=_find_anteile(werk, gebiete.region.schluessel, stichtag),
        stufen=_count_stufen(context, gebiete, stichtag, werk.aufteilungen),
    )


def _build(zeilen: Sequence[tuple[Wert, ...]], herkunft: Herkunft) -> Tabelle:
    return Tabelle(name="pflegebedarf", spalten=PFLEGEBEDARF, zeilen=tuple(zeilen), herkunft=herkunft)


def _find_heimquoten(context: Context, werk: Quotenwerk, gebiete: Gebiete, stichtag: date) -> Quotentafel | None:
    try:
        return choose_quoten(context, werk, gebiete, Merkmal.STATIONAER, stichtag)
    except NotAssessable:
        return None


def _find_anteile(werk: Quotenwerk, region: str, stichtag: date) -> dict[Leistung, Leistungsanteil]:
    found = {each: werk.statistik.find_anteil((region, region[:2], "DG"), each, stichtag) for each in Leistung}
    return {leistung: anteil for leistung, anteil in found.items() if anteil is not None}


def _count_stufen(
    context: Context, gebiete: Gebiete, stichtag: date, aufteilungen: Sequence[Aufteilung]
) -> tuple[tuple[Stufe, Alterspyramide], ...]:
    """Count the people of each level; where a register tells only Kommunen, Sozialräume are left out."""
    small, kommunen, region = gebiete.stufen
    register = count_register(context, gebiete, stichtag, aufteilungen)
    whole = sum_areas(register, np.zeros(len(kommunen.raeume), np.int32), 1)
    upper = ((kommunen, register), (region, whole))
    leaves = count_leaves(context, gebiete, stichtag, aufteilungen)
    return upper if leaves is None else ((small, leaves), *upper)


def _list_hinweise(stichtag: date, pflege: Quotentafel, heim: Quotentafel | None) -> tuple[str, ...]:
    tafeln = [tafel for tafel in (pflege, heim) if tafel]
    return (
        *(f"{tafel.titel}: {tafel.quelle}, Stichtag {tafel.stichtag:%d.%m.%Y}." for tafel in tafeln),
        *(f"{t.titel}: Inzwischen gab es eine neuere Pflegestatistik." for t in tafeln if is_outdated(t, stichtag)),
        "Nur Pflegegeld, ambulant, vollstationär und ohne diese Leistungen ergeben zusammen alle.",
        "Teilstationär Versorgte sind in diesen enthalten und kommen nicht dazu.",
        "Erwartet ist eine Schätzung aus Alter und Geschlecht. Wer in einem Heim lebt, zählt dort, wo es steht.",
        "Verhältnis ist beobachtet geteilt durch erwartet: über 1 gibt es mehr, als Alter und Geschlecht erklären.",
        "Einrichtungen werden am 15.12. gezählt, Pflegegeld am 31.12., Einwohner am genannten Tag der Bevölkerung.",
    )
