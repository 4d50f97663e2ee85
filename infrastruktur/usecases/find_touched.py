"""Find where two scenarios can differ in what they say of people: in which leaves, and so in which areas.

Everywhere else figures stay what they were, so that a comparison states anew only the rows of these areas. Named may be
more than differ, never fewer: a cell whose people, reach, nearest Angebot or records differ puts its whole leaf among
them.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import NotAssessable
from infrastruktur.domain.kriterium import Abdeckung, Kriterium
from infrastruktur.domain.szenario import Hinzufuegen
from infrastruktur.domain.ziel import Ziel
from infrastruktur.planning.provision import Indikator
from infrastruktur.storage.angebote import Supply
from infrastruktur.usecases.choose_areas import Stufenschnitt, list_levels
from infrastruktur.usecases.context import UNCHANGED, Context
from infrastruktur.usecases.count_nenner import count_nenner
from infrastruktur.usecases.measure_kriterium import list_asked, list_stated
from infrastruktur.usecases.measure_reach import load_eligible, measure_reach
from infrastruktur.usecases.messung import Messung
from infrastruktur.usecases.place_supply import read_placed
from infrastruktur.usecases.read_population import read_population
from infrastruktur.usecases.read_supply import read_supply
from infrastruktur.usecases.spread_population import Gebiete, Wohnorte, spread_population
from infrastruktur.usecases.state_gaps import count_gaps

Bools = NDArray[np.bool_]
Beruehrt = tuple[Stufenschnitt, ...]
"""The areas of each level that are touched, lowest level first, of some levels none."""


def touched_by_homes(before: Context, after: Context, stichtag: date) -> Beruehrt:
    """Find where others can live in homes."""
    return _narrow(after, stichtag, touched_leaves(before, after, stichtag))


def touched_by_indikator(before: Context, after: Context, indikator: Indikator, stichtag: date) -> Beruehrt:
    """Find where an indicator can have another value: where an Angebot differs, or what it is held against."""
    held = [count_nenner(each, indikator, stichtag) for each in (before, after)]
    numbers = [(*each.je_stufe, *(each.personen or each.je_stufe)) for each in held]
    unlike = [~((one == other) | (np.isnan(one) & np.isnan(other))) for one, other in zip(*numbers, strict=True)]
    levels = len(held[0].je_stufe)
    also = [one | other for one, other in zip(unlike[:levels], unlike[levels:], strict=True)]
    return _narrow(after, stichtag, touched_leaves(before, after, stichtag), also)


def touched_by_ziel(before: Context, after: Context, ziel: Ziel, stichtag: date) -> Beruehrt:
    """Find where a target that both scenarios ask alike can be met otherwise."""
    return _narrow(after, stichtag, _leaves_of_ziele(before, after, [ziel], stichtag))


def touched_by_luecke(before: Context, after: Context, ziel: Ziel, stichtag: date) -> Beruehrt:
    """Find where its gaps can differ: also where an area has another rank because others do."""
    leaves = _leaves_of_ziele(before, after, [ziel], stichtag)
    ranks = zip(_list_ranks(before, ziel, stichtag), _list_ranks(after, ziel, stichtag), strict=True)
    return _narrow(after, stichtag, leaves, [stood != stands for stood, stands in ranks])


def touched_by_kriterium(before: Context, after: Context, kriterien: Iterable[Kriterium], stichtag: date) -> Beruehrt:
    """Find where a criterion, as its variants ask it, can be met otherwise, or rest on other records."""
    leaves = touched_leaves(before, after, stichtag)
    for kriterium in kriterien:
        if kriterium.abdeckung is Abdeckung.EINSATZGEBIET:
            leaves |= _serve_otherwise(before, after, kriterium, stichtag)
        else:
            leaves |= _leaves_of_ziele(before, after, list_asked(kriterium), stichtag)
            leaves |= _visit_otherwise(before, after, kriterium, stichtag)
    return _narrow(after, stichtag, leaves)


def touched_leaves(before: Context, after: Context, stichtag: date) -> Bools:
    """Find the leaves (n_leaves,) in which an Angebot lies that one scenario changes and the other does not."""
    key = ("berührt", before.revision(), after.revision(), after.public, stichtag)
    return after.figures.recall(key, lambda: _find_touched(before, after, stichtag)).copy()


def _find_touched(before: Context, after: Context, stichtag: date) -> Bools:
    gebiete = spread_population(after, stichtag).gebiete
    changed = set(before.szenario.angebote).symmetric_difference(after.szenario.angebote)
    ids = {each.id if isinstance(each, Hinzufuegen) else each.angebot for each in changed}
    leaves = np.zeros(len(gebiete.leaves), dtype=np.bool_)
    for context in (before, after) if ids else ():
        supply = read_placed(context, stichtag)
        leaves |= _find_leaves(gebiete, supply.take(np.flatnonzero(np.isin(supply.id, sorted(ids)))))
    return leaves


def _find_leaves(gebiete: Gebiete, supply: Supply) -> Bools:
    """Find the leaves (n_leaves,) some Angebote lie in; of one whose Kommune alone is known, all of that."""
    lies = set(zip(supply.kommune.tolist(), supply.sozialraum.tolist(), strict=True))
    kommunen = [gebiete.kommunen[at].schluessel for at in gebiete.kommune_of_leaf.tolist()]
    keys = zip(kommunen, (leaf.schluessel for leaf in gebiete.leaves), strict=True)
    return np.array([(kommune, key) in lies or (kommune, "") in lies for kommune, key in keys], dtype=np.bool_)


def _narrow(context: Context, stichtag: date, leaves: Bools, also: Sequence[Bools] | None = None) -> Beruehrt:
    """Choose the areas of some leaves, and others; the same for the same, since most figures touch the same areas."""
    named = (leaves.tobytes(), *(() if also is None else (each.tobytes() for each in also)))
    key = ("berührte Gebiete", context.catalogue_revision(), stichtag, named)
    return context.figures.recall(key, lambda: _choose(context, stichtag, leaves, also))


def _choose(context: Context, stichtag: date, leaves: Bools, also: Sequence[Bools] | None) -> Beruehrt:
    levels = list_levels(spread_population(context, stichtag))
    chosen = []
    for at, level in enumerate(levels):
        touched = np.zeros(len(level.stufe.raeume), dtype=np.bool_) if also is None else also[at].copy()
        touched[level.stufe.of_leaf[leaves & (level.stufe.of_leaf >= 0)]] = True
        chosen.append(level.narrow(np.flatnonzero(touched).astype(np.int32)))
    return tuple(chosen)


def _leaves_of_ziele(before: Context, after: Context, ziele: Iterable[Ziel], stichtag: date) -> Bools:
    leaves = touched_leaves(before, after, stichtag)
    for ziel in ziele:
        stood, stands = _find_messung(before, ziel, stichtag), _find_messung(after, ziel, stichtag)
        if stood is None or stands is None:
            leaves |= stood is not stands
        else:
            leaves |= differing_leaves(stood, stands)
    return leaves


def _find_messung(context: Context, ziel: Ziel, stichtag: date) -> Messung | None:
    try:
        return measure_reach(context, ziel, stichtag)
    except NotAssessable:
        return None


def differing_leaves(stood: Messung, stands: Messung) -> Bools:
    """Find the leaves (n_leaves,) in which two measurements of one target differ for somebody, or rest on others."""
    moving = [[(id(teil.wohnorte.gitter), teil.limit_ds, teil.pace) for teil in each.teile] for each in (stood, stands)]
    if moving[0] != moving[1]:
        return np.ones(len(stands.tally), dtype=np.bool_)
    leaves = np.zeros(len(stands.tally), dtype=np.bool_)
    if stood.supply is not stands.supply:
        leaves |= _reach_otherwise(stood, stands)
    for one, other in zip(stood.teile, stands.teile, strict=True):
        leaves |= _live_otherwise(one.wohnorte, other.wohnorte)
    return leaves


def _reach_otherwise(stood: Messung, stands: Messung) -> Bools:
    """Find the leaves (n_leaves,) in which another supply reaches others."""
    pieces = stands.teile[0].wohnorte.gitter.pieces
    said = ("zustand", "gruende", "traeger", "nearest")
    pairs = (zip(getattr(stood, name), getattr(stands, name), strict=True) for name in said)
    came, gone, row_before = _follow_places(stood.supply, stands.supply)
    cells = np.not_equal(row_before[stands.nearest_angebot], stood.nearest_angebot)
    for one, other in ((one, other) for each in pairs for one, other in each if one is not other):
        cells |= one != other
    for reached in (*(stands.reichweite[row] for row in came), *(stood.reichweite[row] for row in gone)):
        cells[reached] = True
    leaves = _touch(len(stands.tally), pieces.area[cells[pieces.cell]])
    if came or gone:
        # Where nobody has anything in reach a statement rests on the whole list.
        near = stands.populated & (stands.nearest_angebot[pieces.cell] >= 0)
        leaves |= ~_touch(len(leaves), pieces.area[near])
    return leaves


def _follow_places(stood: Supply, stands: Supply) -> tuple[list[int], list[int], NDArray[np.int64]]:
    """Say who came, by the rows of the second, and who is gone, by those of the first; who moved did both.

    Beside them the row of each of the second in the first (n + 1,), -2 where it is new, and -1 last, for nobody.
    """
    rows = {id_: row for row, id_ in enumerate(stood.id.tolist())}
    row_before = np.array([*(rows.get(id_, -2) for id_ in stands.id.tolist()), -1], dtype=np.int64)
    known = np.flatnonzero(row_before[:-1] >= 0)
    stays = known[(stood.xy_25832[row_before[known]] == stands.xy_25832[known]).all(axis=1)]
    came = np.setdiff1d(np.arange(len(stands)), stays)
    gone = np.setdiff1d(np.arange(len(stood)), row_before[stays])
    return came.tolist(), gone.tolist(), row_before


@lru_cache(maxsize=16)  # many targets are about the same people
def _live_otherwise(stood: Wohnorte, stands: Wohnorte) -> Bools:
    if stood is stands:
        return np.zeros(len(stood.ohne_zelle), dtype=np.bool_)
    elsewhere: Bools = stood.ohne_zelle != stands.ohne_zelle
    return elsewhere | _touch(len(elsewhere), stands.gitter.pieces.area[stood.personen != stands.personen])


def _touch(n_leaves: int, area: NDArray[np.int32]) -> Bools:
    leaves = np.zeros(n_leaves, dtype=np.bool_)
    leaves[area] = True
    return leaves


def _serve_otherwise(before: Context, after: Context, kriterium: Kriterium, stichtag: date) -> Bools:
    """Find the leaves (n_leaves,) to which other Angebote may come: all, where any differs, else where others live."""
    ziel = kriterium.as_ziel()
    stood, stands = (load_eligible(each, ziel, stichtag).id.tolist() for each in (before, after))
    gebiete = spread_population(after, stichtag).gebiete
    if stood != stands:
        return np.ones(len(gebiete.leaves), dtype=np.bool_)
    try:
        there = [read_population(each, stichtag).locate(ziel.gruppe) for each in (before, after)]
    except NotAssessable:
        return np.ones(len(gebiete.leaves), dtype=np.bool_)
    return _live_otherwise(*there)


def _visit_otherwise(before: Context, after: Context, kriterium: Kriterium, stichtag: date) -> bool:
    """Tell whether one that says to whose homes it comes counts in one scenario only; a new one says nothing."""
    ziel = kriterium.as_ziel()
    counted = [load_eligible(each, ziel, stichtag) for each in (before, after)]
    if counted[0] is counted[1]:
        return False
    stood, stands = (set(each.id.tolist()) for each in counted)
    if stood == stands:
        return False
    supply = read_supply(after.under(UNCHANGED), stichtag)
    other = supply.take(np.flatnonzero(np.isin(supply.id, sorted(stood ^ stands))))
    return any("aufsuchend" in each for each in list_stated(after, kriterium.arten, other))


def _list_ranks(context: Context, ziel: Ziel, stichtag: date) -> list[NDArray[np.int64]]:
    """List per level the rank of each area by people and by share, in one number (n_raeume,)."""
    state = (context.revision(), context.find_network_generation(), context.settings_revision())
    key = ("ränge", *state, context.public, msgspec.json.encode(ziel), stichtag)
    return context.figures.recall(key, lambda: _rank(context, ziel, stichtag))


def _rank(context: Context, ziel: Ziel, stichtag: date) -> list[NDArray[np.int64]]:
    levels = list_levels(spread_population(context, stichtag))
    messung = _find_messung(context, ziel, stichtag)
    if messung is None:
        return [np.zeros(len(level), dtype=np.int64) for level in levels]
    gaps = [count_gaps(messung, level, ziel.ziel_prozent) for level in levels]
    return [each.rang_personen * np.int64(len(each.rang_anteil) + 1) + each.rang_anteil for each in gaps]
