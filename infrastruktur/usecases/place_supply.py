"""Place what there is among the areas of a Stichtag: where it lies by its point, else where its Kommune is known."""

from dataclasses import replace
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.raum import Ebene, locate
from infrastruktur.storage.angebote import Supply
from infrastruktur.usecases.context import UNCHANGED, Context
from infrastruktur.usecases.read_supply import read_supply
from infrastruktur.usecases.spread_population import Gebiete, Stufe, spread_population


def read_placed(context: Context, stichtag: date) -> Supply:
    """Read the supply of a day, placed among the areas of the day; kept, since to place all takes 5 ms."""
    key = ("placed", context.catalogue_revision(), context.szenario.angebote, context.public, stichtag)
    return context.figures.recall(key, lambda: _place(context, stichtag))


def read_placed_of(context: Context, stichtag: date, arten: tuple[str, ...]) -> Supply:
    """Read what there is of some kinds, placed as `read_placed` does; kept, for many indicators are of the same."""

    def choose() -> Supply:
        placed = read_placed(context, stichtag)
        return placed.take(np.flatnonzero(np.isin(placed.art, arten)))

    key = ("placed", context.catalogue_revision(), context.szenario.angebote, context.public, stichtag, arten)
    return context.figures.recall(key, choose)


def _place(context: Context, stichtag: date) -> Supply:
    """Place all, or what a scenario has put elsewhere among what is placed already."""
    supply, gebiete = read_supply(context, stichtag), spread_population(context, stichtag).gebiete
    if not context.szenario.angebote:
        return place_supply(supply, gebiete)
    placed = read_placed(context.under(UNCHANGED), stichtag)
    rows = {id_: row for row, id_ in enumerate(placed.id.tolist())}
    before = np.array([rows.get(id_, -1) for id_ in supply.id.tolist()], dtype=np.int64)
    known = np.flatnonzero(before >= 0)
    same = np.equal(supply.xy_25832[known], placed.xy_25832[before[known]])
    stays = known[(same | np.isnan(supply.xy_25832[known])).all(axis=1)]
    moved = np.setdiff1d(np.arange(len(supply)), stays)
    again = place_supply(supply.take(moved), gebiete)

    def join(name: str) -> NDArray[np.str_]:
        column = np.empty(len(supply), dtype=object)
        column[stays], column[moved] = getattr(placed, name)[before[stays]], getattr(again, name)
        return column.astype(np.str_)

    return replace(supply, sozialraum=join("sozialraum"), kommune=join("kommune"))


def place_supply(supply: Supply, gebiete: Gebiete) -> Supply:
    """Place what has a point among the areas of the Stichtag: the catalogue remembers where it lies today."""
    leaf = locate(supply.xy_25832, [each.geom_25832 for each in gebiete.leaves])
    small = np.array(["" if each.ebene is Ebene.KOMMUNE else each.schluessel for each in gebiete.leaves] + [""])
    kommunen = np.array([gebiete.kommunen[at].schluessel for at in gebiete.kommune_of_leaf] + [""])
    return replace(supply, sozialraum=small[leaf], kommune=np.where(leaf >= 0, kommunen[leaf], supply.kommune))


@lru_cache(maxsize=256)  # figures by the dozen ask it of the same kinds and levels: 30 µs each
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
