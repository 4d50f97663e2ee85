"""Gather what a Bedarfsplanung is computed from: the people and the places of the Kommunen, on their days."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from infrastruktur.domain.bevoelkerung import Bevoelkerung
from infrastruktur.domain.errors import Grund, NotAssessable
from infrastruktur.domain.prognose import Prognose
from infrastruktur.domain.quote import GESCHLECHTER, Aufteilung
from infrastruktur.domain.ueberleben import Ueberlebenstafel
from infrastruktur.planning.bedarfsplanung import Planungsraum
from infrastruktur.planning.projection import shift_cohorts
from infrastruktur.planning.pyramide import Alterspyramide, build_pyramide, split, sum_areas
from infrastruktur.planning.supply import Platzzeiten
from infrastruktur.storage.angebote import Supply
from infrastruktur.storage.bevoelkerung import load_bevoelkerung
from infrastruktur.usecases.context import UNCHANGED, Context
from infrastruktur.usecases.place_supply import areas_of, place_supply
from infrastruktur.usecases.read_supply import read_supply
from infrastruktur.usecases.spread_population import Gebiete

GROESSE = "plaetze_zugelassen"
OHNE_PROGNOSE = "Es liegt keine Prognose vor: Die Bevölkerung bleibt, wie sie zuletzt gezählt wurde"


def name_planungsraum(gebiete: Gebiete) -> Planungsraum:
    """Name the Kommunen and the Region a plan speaks of."""
    return Planungsraum(
        kommunen=tuple(kommune.schluessel for kommune in gebiete.kommunen),
        namen=tuple(kommune.titel for kommune in gebiete.kommunen),
        region=gebiete.region.schluessel,
        region_name=gebiete.stufen[-1].raeume[0].titel,
    )


def count_register(
    context: Context, gebiete: Gebiete, stichtag: date, aufteilungen: Sequence[Aufteilung] = ()
) -> Alterspyramide:
    """Count the people of the Kommunen by sex and age on the newest day up to the Stichtag that tells both.

    Raises
    ------
    NotAssessable
        No register states sex and age of these areas, as where there are only census cells.

    """
    key = ("pyramide", context.catalogue_revision(), stichtag)
    people = context.figures.recall(key, lambda: _count_register(context, gebiete, stichtag))
    for aufteilung in aufteilungen:
        people = split(people, aufteilung)
    return people


def _count_register(context: Context, gebiete: Gebiete, stichtag: date) -> Alterspyramide:
    rows, newest = _load_register(context, stichtag)
    return _count_kommunen(rows, gebiete, newest)


def count_leaves(
    context: Context, gebiete: Gebiete, stichtag: date, aufteilungen: Sequence[Aufteilung] = ()
) -> Alterspyramide | None:
    """Count the people of the Sozialräume or Bezirke as `count_register` does; None where it tells of none of them."""
    small = tuple(raum.schluessel for raum in gebiete.stufen[0].raeume)
    rows, newest = _load_register(context, stichtag)
    if not {row.raum for row in rows}.intersection(small):
        return None
    people = build_pyramide(rows, small, newest, quelle=_name_sources(rows))
    for aufteilung in aufteilungen:
        people = split(people, aufteilung)
    return people


def _load_register(context: Context, stichtag: date) -> tuple[list[Bevoelkerung], date]:
    with context.store.read() as connection:
        rows = [row for row in load_bevoelkerung(connection, stichtag) if row.geschlecht in GESCHLECHTER]
    if not rows:
        raise NotAssessable(
            Grund.KEINE_DATEN,
            "Keine Quelle nennt Personen nach Alter und Geschlecht. Bitte ein Einwohnerregister einlesen.",
        )
    newest = max(row.stichtag for row in rows)
    return _one_source_per_area([row for row in rows if row.stichtag == newest]), newest


def _name_sources(rows: Sequence[Bevoelkerung]) -> str:
    return ", ".join(sorted({row.quelle for row in rows}))


def _one_source_per_area(rows: Sequence[Bevoelkerung]) -> list[Bevoelkerung]:
    """Join sources of one day as `collect_zaehlungen` does: each area is told by one of them, nobody twice."""
    teller: dict[str, str] = {}
    return [
        row
        for row in sorted(rows, key=lambda row: row.quelle, reverse=True)
        if teller.setdefault(row.raum, row.quelle) == row.quelle
    ]


def _count_kommunen(rows: Sequence[Bevoelkerung], gebiete: Gebiete, tag: date) -> Alterspyramide:
    """Count from the leaves, or as the Kommunen state it themselves, whichever leaves less unknown."""
    quelle = _name_sources(rows)
    known = {row.raum for row in rows}
    leaves = tuple(leaf.schluessel for leaf in gebiete.leaves)
    kommunen = tuple(kommune.schluessel for kommune in gebiete.kommunen)
    counted = []
    if known.intersection(leaves):
        small = build_pyramide(rows, leaves, tag, quelle=quelle)
        counted.append(sum_areas(small, gebiete.kommune_of_leaf, len(kommunen)))
    if known.intersection(kommunen) or not counted:
        counted.append(build_pyramide(rows, kommunen, tag, quelle=quelle))
    return min(counted, key=lambda people: float(np.isnan(people.personen).mean()))


def look_ahead(
    register: Alterspyramide, prognose: Prognose | None, raum: Planungsraum, tage: Sequence[date]
) -> tuple[Alterspyramide, ...]:
    """Set the states of the people in the order of their days: counted, then forecast.

    Without a forecast the counted people are stated for each day to come, and say that they are.
    """
    if prognose is None:
        hint = f"{OHNE_PROGNOSE} ({register.stichtag:%d.%m.%Y})"
        return tuple(replace(register, stichtag=tag, hinweise=(*register.hinweise, hint)) for tag in tage)
    kopf = prognose.kopf
    said = tuple(part for part in (f"{kopf.titel}, Variante {kopf.variante}", kopf.quelle, kopf.hinweis) if part)
    forecast = (
        replace(
            build_pyramide(prognose.zeilen, raum.kommunen, tag, geheim=prognose.geheim, quelle=kopf.code), hinweise=said
        )
        for tag in prognose.stichtage
        if tag > register.stichtag
    )
    return (register, *forecast)


def grow_older(register: Alterspyramide, tafel: Ueberlebenstafel, until: date) -> tuple[Alterspyramide, ...]:
    """Set the counted people and what they become, five years at a time, as far as a plan looks ahead."""
    staende = [register]
    while staende[-1].stichtag < until:
        staende.append(shift_cohorts(staende[-1], tafel))
    return tuple(staende)


def load_platzzeiten(
    context: Context, gebiete: Gebiete, arten: Sequence[str], tage: Sequence[date]
) -> tuple[Platzzeiten, int]:
    """Load how the Angebote of some kinds stand on each of the days, a plan asks for no other.

    Areas are the Kommunen. The number beside them is that of the Angebote which may lie in the Region,
    but whose Kommune nobody knows: they are in no area.
    """
    je_tag = [_take_arten(each, arten) for each in load_supplies(context, gebiete, tage)]
    zeiten = join_days(gebiete, tage, je_tag, GROESSE)
    return zeiten, int((zeiten.area < 0).sum())


def join_days(gebiete: Gebiete, tage: Sequence[date], je_tag: Sequence[Supply], groesse: str) -> Platzzeiten:
    """Join what there is on each of some days to one account of each Angebot; areas are the Kommunen, -1 none."""
    first: dict[str, tuple[str, int]] = {}
    for supply in je_tag:
        areas = areas_of(supply, gebiete.stufen[1])
        for id_, name, area in zip(supply.id.tolist(), supply.name.tolist(), areas.tolist(), strict=True):
            first.setdefault(id_, (name, area))
    position = {id_: at for at, id_ in enumerate(first)}
    days = np.repeat(np.array(tage, dtype="datetime64[D]"), [len(supply) for supply in je_tag])
    return Platzzeiten(
        schluessel=tuple(first),
        name=tuple(name for name, _ in first.values()),
        quelle=tuple(f"Katalog, Angebot {id_}" for id_ in first),
        area=np.array([area for _, area in first.values()], dtype=np.int32),
        angebot=np.array([position[id_] for supply in je_tag for id_ in supply.id.tolist()], dtype=np.int32),
        status=np.concatenate([supply.status for supply in je_tag]),
        plaetze=np.concatenate([supply.sizes.get(groesse, np.full(len(supply), np.nan)) for supply in je_tag]),
        von=days,
        bis=days,
    )


def load_supplies(context: Context, gebiete: Gebiete, tage: Sequence[date]) -> list[Supply]:
    """Load what there is on each day with a Kommune of the Region, or without a point and so perhaps in it.

    It is what the catalogue says, whatever a scenario changes.
    """
    loaded = [read_supply(context.under(UNCHANGED), tag) for tag in tage]
    return [place_supply(each.take(np.flatnonzero(each.lage != "ausserhalb")), gebiete) for each in loaded]


def _take_arten(supply: Supply, arten: Sequence[str]) -> Supply:
    return supply.take(np.flatnonzero(np.isin(supply.art, list(arten))))
