"""Take those who live in homes out of the cells the homes lie in, so that reach is also stated for all others (R9).

How many they are is the assumption of `leave_out_homes`, the same as in provision. Only what lives in a cell can be
taken out of it: below nought nobody goes, and who stays in is counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

import msgspec
import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import Grund, InvalidParameter, NotAssessable
from infrastruktur.domain.geometry import transform_xy
from infrastruktur.domain.gruppe import Gruppe
from infrastruktur.domain.raum import locate
from infrastruktur.domain.ziel import Ziel
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.leave_out_homes import OLD_FROM, Heimbestand, find_homes, lay_out_homes
from infrastruktur.usecases.place_supply import read_placed
from infrastruktur.usecases.read_annahmen import find_heimannahme, name_annahme
from infrastruktur.usecases.read_supply import read_counted
from infrastruktur.usecases.spread_population import Gitter, Wohnorte, spread_population

Floats = NDArray[np.float64]

UNBEKANNT = "Keine Quelle oder Annahme sagt, wie viele Menschen dieser Gruppe in Heimen leben."
NUR_VERWALTUNG = (
    "Zahlen ohne Heimbewohner:innen stehen hier nur der Verwaltung offen: Der Unterschied zu den Zahlen mit ihnen "
    "verriete, wie viele Menschen in der Zelle eines Heims wohnen. Öffentlich ist in_heimen, aus den Plätzen geschätzt."
)


@dataclass(frozen=True)
class Abzug:
    """Residents of a group that were taken out of their cells: (n_pieces,) float64, and all there are by assumption."""

    je_stueck: Floats
    bewohner: float
    unbekannt: int
    """Homes that state neither residents nor places: nobody was taken out for them."""

    @property
    def abgezogen(self) -> float:
        return float(np.nansum(self.je_stueck))


def leave_out_of(ziele: Iterable[Ziel], bevoelkerung: str) -> tuple[Ziel, ...]:
    """Ask targets of groups of 75 and over for those who do not live in homes; others stay as they are."""
    return tuple(
        msgspec.structs.replace(ziel, bevoelkerung=bevoelkerung) if ziel.gruppe.von >= OLD_FROM else ziel
        for ziel in ziele
    )


def require_staff_for_homes(context: Context, bevoelkerung: str) -> None:
    """Refuse the public figures without residents of homes: held against those with them, they tell of single cells.

    Raises
    ------
    InvalidParameter
        The public asks for them.

    """
    if context.public and bevoelkerung != "alle":
        raise InvalidParameter("bevoelkerung", NUR_VERWALTUNG)


def open_homes(context: Context, stichtag: date) -> Heimbestand:
    """Find the homes of a Stichtag, placed among its areas, as this reader may see them."""
    annahme = find_heimannahme(context, stichtag)
    state = (context.catalogue_revision(), context.szenario.angebote, context.public)
    key = ("heime", *state, stichtag, name_annahme(context, stichtag))

    def find() -> Heimbestand:
        supply, counted = read_placed(context, stichtag), read_counted(context, stichtag)
        return find_homes(supply, counted, annahme, public=context.public)

    return context.figures.recall(key, find)


def count_residents_of(heime: Heimbestand, gruppe: Gruppe) -> Floats:
    """Count the residents of a group in each home: (n_homes,) float64, NaN where it states neither them nor places.

    Raises
    ------
    NotAssessable
        Nobody says or assumes how many of the residents are of the group.

    """
    anteil = None if heime.annahme is None else heime.annahme.find_anteil(gruppe)
    if heime.annahme is None or anteil is None or gruppe.von < OLD_FROM:
        raise NotAssessable(Grund.KEINE_DATEN, UNBEKANNT)
    stated = lay_out_homes(heime, np.zeros(len(heime.supply), dtype=np.int32))
    assumed = stated.plaetze * heime.annahme.auslastung_prozent / 100
    return np.asarray(np.where(np.isnan(stated.bewohner), assumed, stated.bewohner) * anteil)


def take_out_residents(context: Context, wohnorte: Wohnorte, gruppe: Gruppe, stichtag: date) -> tuple[Wohnorte, Abzug]:
    """Take the residents of a group out of the piece of the cell their home lies in.

    Raises
    ------
    NotAssessable
        Nobody says or assumes how many they are.

    """
    heime = open_homes(context, stichtag)
    bewohner = count_residents_of(heime, gruppe)
    xy_25832 = heime.supply.xy_25832
    leaf = locate(xy_25832, [each.geom_25832 for each in spread_population(context, stichtag).gebiete.leaves])
    piece = find_pieces(wohnorte.gitter, xy_25832, leaf)
    known = np.nan_to_num(bewohner)
    wanted = np.bincount(piece[piece >= 0], weights=known[piece >= 0], minlength=len(wohnorte.personen))
    taken = np.minimum(wanted, np.nan_to_num(wohnorte.personen))
    inside = heime.supply.kommune != ""
    abzug = Abzug(taken, float(known[inside].sum()), int(np.isnan(bewohner[inside]).sum()))
    return replace(wohnorte, personen=wohnorte.personen - taken), abzug


def find_pieces(gitter: Gitter, xy_25832: Floats, leaf: NDArray[np.int32]) -> NDArray[np.int64]:
    """Find the piece of a grid each home (n,) lies in: of its cell the part in its own leaf; -1 where nobody lives."""
    found = np.full(len(xy_25832), -1, dtype=np.int64)
    placed = np.flatnonzero(np.isfinite(xy_25832[:, 0]) & (leaf >= 0))
    corner, size = gitter.zellen.xy_3035, gitter.zellen.groesse_m
    for home, (east, north) in zip(placed.tolist(), transform_xy(xy_25832[placed], 25832, 3035).tolist(), strict=True):
        offset = np.array([east, north]) - corner
        cell = np.flatnonzero(((offset >= 0) & (offset < size)).all(axis=1))
        piece = np.flatnonzero(np.isin(gitter.pieces.cell, cell) & (gitter.pieces.area == leaf[home]))
        if len(piece):
            found[home] = piece[0]
    return found
