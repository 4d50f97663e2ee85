"""Read people by sex and age: as registers state them, and with the changes of a scenario on top of them.

A scenario changes people by age only. Whoever comes is woman or man in the share that those have who are there, band by
band, as they are as old and live where the others do (`read_population`).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.bevoelkerung import Bevoelkerung
from infrastruktur.domain.errors import Grund, NotAssessable
from infrastruktur.domain.gruppe import Gruppe
from infrastruktur.domain.quote import GESCHLECHTER, Aufteilung
from infrastruktur.domain.szenario import areas_above
from infrastruktur.planning.pyramide import Alterspyramide, build_pyramide, list_bands_within, regroup, split, sum_areas
from infrastruktur.storage.bevoelkerung import load_bevoelkerung
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.read_population import ANNAHME, read_shares
from infrastruktur.usecases.spread_population import Gebiete

Floats = NDArray[np.float64]

_SEXES = "Ein Szenario ändert Menschen nach Alter: Frauen und Männer im Verhältnis derer, die dort wohnen"


def count_register(
    context: Context, gebiete: Gebiete, stichtag: date, aufteilungen: Sequence[Aufteilung] = ()
) -> Alterspyramide:
    """Count the people of the Kommunen by sex and age on the newest day up to the Stichtag that tells both.

    Raises
    ------
    NotAssessable
        No register states sex and age of these areas, as where there are only census cells; or not of the areas or the
        ages a scenario changes.
    NotFound, InvalidSzenario
        As `Annahme.count`.

    """
    state = (context.catalogue_revision(), context.szenario.bevoelkerung)
    key = ("pyramide", *state, stichtag, tuple(aufteilungen))
    return context.figures.recall(key, lambda: _count_register(context, gebiete, stichtag, aufteilungen))


def _count_register(
    context: Context, gebiete: Gebiete, stichtag: date, aufteilungen: Sequence[Aufteilung]
) -> Alterspyramide:
    key = ("pyramide wie gezählt", context.catalogue_revision(), stichtag)
    stated = context.figures.recall(key, lambda: _read_register(context, gebiete, stichtag))
    people = _split(stated, aufteilungen)
    kommunen = tuple(kommune.schluessel for kommune in gebiete.kommunen)
    return _assume(context, gebiete, people, kommunen, stichtag) if context.szenario.bevoelkerung else people


def count_leaves(
    context: Context, gebiete: Gebiete, stichtag: date, aufteilungen: Sequence[Aufteilung] = ()
) -> Alterspyramide | None:
    """Count the people of the Sozialräume or Bezirke as `count_register` does; None where it tells of none of them."""
    small = _name_small(gebiete)
    stated = _count_small(context, small, stichtag)
    if stated is None:
        return None
    people = _split(stated, aufteilungen)
    return _assume(context, gebiete, people, small, stichtag) if context.szenario.bevoelkerung else people


def _name_small(gebiete: Gebiete) -> tuple[str, ...]:
    return tuple(raum.schluessel for raum in gebiete.stufen[0].raeume)


def _split(people: Alterspyramide, aufteilungen: Sequence[Aufteilung]) -> Alterspyramide:
    for aufteilung in aufteilungen:
        people = split(people, aufteilung)
    return people


# As stated


def _read_register(context: Context, gebiete: Gebiete, stichtag: date) -> Alterspyramide:
    rows, newest = _load_register(context, stichtag)
    return _count_kommunen(rows, gebiete, newest)


def _count_small(context: Context, small: tuple[str, ...], stichtag: date) -> Alterspyramide | None:
    def count() -> Alterspyramide | None:
        rows, newest = _load_register(context, stichtag)
        if not {row.raum for row in rows}.intersection(small):
            return None
        return build_pyramide(rows, small, newest, quelle=_name_sources(rows))

    return context.figures.recall(("pyramiden", context.catalogue_revision(), stichtag), count)


def _load_register(context: Context, stichtag: date) -> tuple[list[Bevoelkerung], date]:
    rows = context.figures.recall(
        ("register", context.catalogue_revision(), stichtag), lambda: _load_rows(context, stichtag)
    )
    if not rows:
        raise NotAssessable(
            Grund.KEINE_DATEN,
            "Keine Quelle nennt Personen nach Alter und Geschlecht. Bitte ein Einwohnerregister einlesen.",
        )
    newest = max(row.stichtag for row in rows)
    return _one_source_per_area([row for row in rows if row.stichtag == newest]), newest


def _load_rows(context: Context, stichtag: date) -> list[Bevoelkerung]:
    with context.store.read() as connection:
        return [row for row in load_bevoelkerung(connection, stichtag) if row.geschlecht in GESCHLECHTER]


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


# As a scenario has it


def _assume(
    context: Context, gebiete: Gebiete, stated: Alterspyramide, raeume: Sequence[str], stichtag: date
) -> Alterspyramide:
    """Change the people of some areas, reckoned from those that are stated: changes never overlap."""
    personen = stated.personen.copy()
    for change, share in read_shares(context, stichtag):
        bands = list_bands_within(stated.gruppen, change.gruppe)
        for at, raum in enumerate(raeume):
            if change.gebiet in set(areas_above(raum)):
                personen[at][:, bands] += share * stated.personen[at][:, bands]
            elif raum in set(areas_above(change.gebiet)):
                wanted = tuple(stated.gruppen[band] for band in bands)
                personen[at][:, bands] += share * _count_part(context, gebiete, change.gebiet, wanted, stichtag)
    return replace(
        stated,
        personen=np.maximum(personen, 0.0),
        quelle=f"{stated.quelle}, {ANNAHME}",
        hinweise=(*stated.hinweise, _SEXES),
        aus=None,
    )


def _count_part(context: Context, gebiete: Gebiete, gebiet: str, gruppen: tuple[Gruppe, ...], stichtag: date) -> Floats:
    """Count the people (2, n_bands) of a part of a Kommune."""
    small = _name_small(gebiete)
    stated = _count_small(context, small, stichtag)
    if stated is None:
        raise NotAssessable(Grund.KEINE_DATEN, f"Keine Quelle nennt Personen von „{gebiet}“ nach Geschlecht.")
    part: Floats = regroup(stated, gruppen).personen[small.index(gebiet)]
    return part
