"""Measure one target: who reaches enough Angebote, who does not, and of whom nothing can be said.

The heart of coverage and gaps. People are taken where they live, at their own walking speed; a person
is without a statement when the cell could not be put on the network, or when nothing was reached
and the search met the edge of the data, behind which something may lie.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.angebot import Status
from infrastruktur.domain.errors import Grund, NotAssessable
from infrastruktur.domain.tabelle import Wert
from infrastruktur.domain.ziel import Ziel
from infrastruktur.planning import coverage
from infrastruktur.planning.coverage import Reach
from infrastruktur.routing.profiles import (
    Modus,
)
from infrastruktur.routing.search import TravelTimes, nearest_times, times_to_edge_of_data, travel_times
from infrastruktur.routing.snap import SnapReason
from infrastruktur.storage.angebote import Supply
from infrastruktur.usecases.context import UNCHANGED, Context
from infrastruktur.usecases.keep_reach import Weg, follow_rows, follow_supply, keep_reach
from infrastruktur.usecases.messung import Basis, Messung
from infrastruktur.usecases.prepare_ways import name_cells, open_ways, snap_cells, snap_supply
from infrastruktur.usecases.read_annahmen import name_annahme
from infrastruktur.usecases.read_population import read_population
from infrastruktur.usecases.read_supply import name_supply, read_supply
from infrastruktur.usecases.split_group import Gehende, split_group
from infrastruktur.usecases.spread_population import Verteilung
from infrastruktur.usecases.take_out_homes import open_homes, take_out_residents

NEAREST_MINUTES = 120
"""How far the nearest alternative is looked for."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


def measure_reach(context: Context, ziel: Ziel, stichtag: date) -> Messung:
    """Measure a target on a Stichtag; kept until what counts for it, its people or the network changes.

    So a scenario leaves alone what it does not touch.

    Raises
    ------
    NotAssessable
        The target needs a timetable, or no source tells where its group lives.

    """
    if ziel.braucht_fahrplan:
        raise NotAssessable(Grund.KEIN_FAHRPLAN, f"„{ziel.titel}“ braucht einen Fahrplan, und es liegt keiner vor.")
    asked = ziel.as_question()
    key = _name_messung(context, asked, stichtag)
    return context.figures.recall(key, lambda: _measure(context, asked, stichtag))


def _name_messung(context: Context, ziel: Ziel, stichtag: date) -> tuple[Hashable, ...]:
    return (
        "messung",
        context.catalogue_revision(),
        context.network_generation(),
        msgspec.json.encode(ziel),
        stichtag,
        context.szenario.bevoelkerung,
        recall_eligible(context, ziel, stichtag)[1],
        _name_homes(context, ziel, stichtag),
    )


def _measure(context: Context, ziel: Ziel, stichtag: date) -> Messung:
    eligible = load_eligible(context, ziel, stichtag)
    verteilung = read_population(context, stichtag)
    teile = _recall_parts(context, verteilung, ziel, stichtag)
    if context.szenario.bevoelkerung:
        stated = measure_reach(context.under(context.szenario.without_people()), ziel, stichtag)
        if _live_alike(stated.teile, teile):
            tallied = _tally(verteilung, teile, stated.zustand, stated.gruende)
            return replace(stated, teile=teile, alike=stated.alike or stated, basis=None, **tallied)
    supply = eligible.take(np.flatnonzero(np.isfinite(eligible.xy_25832[:, 0])))
    stated = context.figures.find(_name_messung(context.under(UNCHANGED), ziel, stichtag))
    basis = None if stated is None or stated.teile is not teile else Basis(stated, follow_rows(stated.supply, supply))
    if basis is not None and _reach_alike(basis, supply):
        measured = replace(basis.messung, supply=supply, alike=basis.messung)
    elif ziel.metrik == "luftlinie":
        measured = _measure_straight(context, verteilung, ziel, stichtag, supply, teile)
    elif context.szenario.angebote and (followed := _follow(context, verteilung, ziel, stichtag, supply, teile)):
        measured = replace(followed, basis=basis)
    else:
        measured = _measure_on_network(context, verteilung, ziel, stichtag, supply, teile)
    return replace(measured, ohne_punkt=len(eligible) - len(supply))


def _reach_alike(basis: Basis, supply: Supply) -> bool:
    """Tell whether all that counts stands where it did and belongs to whom it did: then it is reached as it was."""
    stood = basis.messung.supply
    stays = np.array_equal(basis.row, np.arange(len(stood)))
    return stays and np.array_equal(supply.traeger_id, stood.traeger_id)


def _live_alike(one: tuple[Gehende, ...], other: tuple[Gehende, ...]) -> bool:
    """Tell whether two groups move alike and live in the same cells: then what those reach is the same."""
    moving = [[(id(teil.wohnorte.gitter), teil.limit_ds, teil.pace) for teil in teile] for teile in (one, other)]
    return moving[0] == moving[1]


def _recall_parts(context: Context, verteilung: Verteilung, ziel: Ziel, stichtag: date) -> tuple[Gehende, ...]:
    """Keep where a group lives while Angebote come and go: to spread it takes longer than to count whom they reach."""
    limit = (ziel.max_minuten, ziel.max_meter, ziel.metrik)
    way = (ziel.altersgruppe, ziel.modus, *limit, ziel.profil, ziel.tempo)
    homes = _name_homes(context, ziel, stichtag)
    key = ("gehende", context.catalogue_revision(), context.szenario.bevoelkerung, stichtag, way, homes)

    def locate() -> tuple[Gehende, ...]:
        return tuple(_leave_out(context, ziel, teil, stichtag) for teil in split_group(verteilung, ziel))

    return context.figures.recall(key, locate)


def _name_homes(context: Context, ziel: Ziel, stichtag: date) -> tuple[str, bytes] | None:
    """Name the homes whose residents a target leaves out, and what is assumed of them."""
    if ziel.bevoelkerung == "alle":
        return None
    return name_annahme(context, stichtag), name_supply(open_homes(context, stichtag).supply)


def _leave_out(context: Context, ziel: Ziel, teil: Gehende, stichtag: date) -> Gehende:
    """Leave those who live in homes out of a part of the group, where the target says so."""
    if ziel.bevoelkerung == "alle":
        return teil
    wohnorte, abzug = take_out_residents(context, teil.wohnorte, teil.gruppe, stichtag)
    return replace(teil, wohnorte=wohnorte, abzug=abzug)


def load_eligible(context: Context, ziel: Ziel, stichtag: date) -> Supply:
    """Take what counts for a target: in operation on the day and of a right kind."""
    return recall_eligible(context, ziel, stichtag)[0]


def recall_eligible(context: Context, ziel: Ziel, stichtag: date) -> tuple[Supply, bytes]:
    """Keep what counts, and its name: every part of every figure asks for it."""
    state = (context.catalogue_revision(), context.public, stichtag, context.szenario.angebote)
    key = ("anrechenbar", *state, ziel.arten, tuple(sorted(ziel.nur_mit.items())))

    def choose() -> tuple[Supply, bytes]:
        eligible = _choose_eligible(context, ziel, stichtag)
        return eligible, name_supply(eligible)

    return context.figures.recall(key, choose)


def _choose_eligible(context: Context, ziel: Ziel, stichtag: date) -> Supply:
    supply = read_supply(context, stichtag)
    counts = (supply.status == Status.IN_BETRIEB) & np.isin(supply.art, ziel.arten)
    for art, groesse in ziel.nur_mit.items():
        has_some = np.nan_to_num(supply.sizes.get(groesse, np.zeros(len(supply)))) > 0
        counts &= (supply.art != art) | has_some
    return supply.take(np.flatnonzero(counts))


def _measure_on_network(
    context: Context, verteilung: Verteilung, ziel: Ziel, stichtag: date, supply: Supply, teile: tuple[Gehende, ...]
) -> Messung:
    network = open_ways(context, ziel)
    cells = snap_cells(context, network, teile[0].wohnorte.gitter, profil=ziel.profil)
    sources = snap_supply(network, ziel, supply.xy_25832)
    people_travel = ziel.richtung == "zum_angebot"
    widest_ds = max(teil.limit_ds for teil in teile)
    times = travel_times(network, sources, cells, limit_ds=widest_ds, reverse=people_travel)
    edge_ds = times_to_edge_of_data(network, cells, limit_ds=widest_ds, reverse=people_travel)
    far_ds = max(NEAREST_MINUTES * 600, widest_ds)
    nearest_ds, owner = nearest_times(network, sources, cells, limit_ds=far_ds, reverse=people_travel)
    on_street = cells.reason == SnapReason.OK
    nearest = tuple(_at_pace(nearest_ds, teil) for teil in teile)
    judged = [
        _judge(
            ziel,
            _count_traeger(supply, _within(times, teil.limit_ds), len(on_street)),
            _Sicht(on_street, _meets_edge(edge_ds, teil), nearest_s),
        )
        for teil, nearest_s in zip(teile, nearest, strict=True)
    ]
    return Messung(
        ziel=ziel,
        stichtag=stichtag,
        supply=supply,
        teile=teile,
        **_gather(verteilung, teile, judged),
        nearest=nearest,
        nearest_angebot=owner,
        reichweite=coverage.split_rows(_within(times, widest_ds)),
        ohne_strasse=int(np.count_nonzero(sources.edge < 0)),
        netz=network.generation,
    )


def _follow(
    context: Context, verteilung: Verteilung, ziel: Ziel, stichtag: date, supply: Supply, teile: tuple[Gehende, ...]
) -> Messung | None:
    """Measure what a scenario makes of the catalogue's own supply, which is searched once and kept."""
    network, gitter = open_ways(context, ziel), teile[0].wohnorte.gitter
    cells, limits_ds = snap_cells(context, network, gitter, profil=ziel.profil), tuple(teil.limit_ds for teil in teile)
    far_ds, reverse = max(NEAREST_MINUTES * 600, *limits_ds), ziel.richtung == "zum_angebot"
    weg = Weg(network, cells, limits_ds, far_ds, reverse, lambda xy: snap_supply(network, ziel, xy))
    own = load_eligible(context.under(UNCHANGED), ziel, stichtag)
    own = own.take(np.flatnonzero(np.isfinite(own.xy_25832[:, 0])))
    place = name_cells(context, network, gitter, ziel.profil)
    key = ("wegstand", *place, limits_ds, reverse, name_supply(own))
    stand = context.figures.recall(key, lambda: keep_reach(weg, own))
    found = follow_supply(stand, supply)
    if found is None:
        return None
    nearest = tuple(_at_pace(found.nearest_ds, teil) for teil in teile)
    on_street = cells.reason == SnapReason.OK
    judged = [
        _judge(ziel, (wahl.surely, wahl.perhaps), _Sicht(on_street, _meets_edge(stand.edge_ds, teil), nearest_s))
        for teil, wahl, nearest_s in zip(teile, found.wahl, nearest, strict=True)
    ]
    return Messung(
        ziel=ziel,
        stichtag=stichtag,
        supply=supply,
        teile=teile,
        **_gather(verteilung, teile, judged),
        nearest=nearest,
        nearest_angebot=found.owner,
        reichweite=found.reichweite,
        ohne_strasse=found.ohne_strasse,
        netz=network.generation,
    )


def _at_pace(time_ds: Ints, teil: Gehende) -> Floats:
    return np.where(time_ds >= 0, time_ds / 10 * teil.pace, np.inf)


def _meets_edge(edge_ds: Ints, teil: Gehende) -> NDArray[np.bool_]:
    return (edge_ds >= 0) & (edge_ds <= teil.limit_ds)


def _measure_straight(
    context: Context, verteilung: Verteilung, ziel: Ziel, stichtag: date, supply: Supply, teile: tuple[Gehende, ...]
) -> Messung:
    """Measure as the crow flies; where the circle leaves the data's area, something may lie beyond."""
    network = context.network(Modus.ZU_FUSS)
    cells_25832 = teile[0].wohnorte.gitter.xy_25832
    radius_m = float(ziel.max_meter or 0)
    name = name_cells(context, network, teile[0].wohnorte.gitter)
    points = context.networks.recall(("punkte", *name), lambda: coverage.make_points(cells_25832))
    reach = coverage.reach_straight(cells_25832, supply.xy_25832, radius_m, points)
    owner, distance_m = coverage.nearest_straight(cells_25832, supply.xy_25832, points)
    key = ("rand", *name, radius_m)
    leaves = context.figures.recall(key, lambda: coverage.circle_leaves(network.data_area_25832, cells_25832, radius_m))
    sicht = _Sicht(np.ones(len(leaves), dtype=np.bool_), leaves, distance_m)
    judged = _judge(ziel, _count_traeger(supply, reach, len(leaves)), sicht)
    return Messung(
        ziel=ziel,
        stichtag=stichtag,
        supply=supply,
        teile=teile,
        **_gather(verteilung, teile, [judged]),
        nearest=(distance_m,),
        nearest_angebot=owner,
        reichweite=coverage.split_rows(reach),
        ohne_strasse=0,
        netz=network.generation,
    )


def _within(times: TravelTimes, limit_ds: int) -> Reach:
    """Narrow the rows of a wide search to a limit."""
    near = times.time_ds <= limit_ds
    return Reach(np.concatenate(([0], np.cumsum(near)))[times.indptr], times.target[near])


@dataclass(frozen=True)
class _Sicht:
    """How far a search could see, by cell (n,).

    Is it at a street, did the search meet the edge of the data, how far is the nearest Angebot (inf none).
    """

    on_street: NDArray[np.bool_]
    edge_met: NDArray[np.bool_]
    nearest: Floats


@dataclass(frozen=True)
class _Urteil:
    """What is said of each cell (n,): its state, why it has none, and the Träger in reach."""

    zustand: NDArray[np.uint8]
    gruende: NDArray[np.uint8]
    traeger: Ints


def _count_traeger(supply: Supply, reach: Reach, n_cells: int) -> tuple[Ints, Ints]:
    """Count the Träger that reach each cell (n_cells,): surely, and if each unknown one is one of its own."""
    provider = providers(supply)
    each_its_own = np.where(provider < 0, len(provider) + np.arange(len(provider)), provider).astype(np.int32)
    surely = coverage.count_providers(reach.indptr, reach.target, provider, n_cells)
    return surely, coverage.count_providers(reach.indptr, reach.target, each_its_own, n_cells)


def _judge(ziel: Ziel, traeger: tuple[Ints, Ints], sicht: _Sicht) -> _Urteil:
    """Judge each cell (n,) by the Träger that reach it surely and perhaps.

    An unknown Träger may be another one or the same: where only that decides, nothing can be said.
    """
    surely, perhaps = traeger
    unsure = ~sicht.on_street | sicht.edge_met
    states = coverage.cell_states(
        surely, mindestens=ziel.mindestens, snapped=~unsure, edge_met=perhaps >= ziel.mindestens
    )
    reasons = coverage.find_reasons(states, snapped=sicht.on_street, edge_met=sicht.edge_met, nearest=sicht.nearest)
    return _Urteil(states, reasons, surely)


def providers(supply: Supply) -> Ints:
    """Give each Angebot the number of its Träger (n,), -1 unknown: choice is between Träger, not doors."""
    known, number = np.unique(np.asarray(supply.traeger_id, dtype=str), return_inverse=True)
    return np.where(known[number] == "", -1, number).astype(np.int32)


def name_ziel(ziel: Ziel, stichtag: date) -> dict[str, Wert]:
    """Fill the columns that say what was asked."""
    return {
        "ziel": ziel.code,
        "art": "|".join(ziel.arten),
        "mindestens": ziel.mindestens,
        "modus": ziel.modus,
        "max_minuten": ziel.max_minuten,
        "max_meter": ziel.max_meter,
        "metrik": ziel.metrik if ziel.max_meter else None,
        "altersgruppe": ziel.altersgruppe,
        "stichtag": stichtag,
    }


def name_people(messung: Messung) -> dict[str, Wert]:
    """Fill the columns that say of whom, at which pace, and from which source."""
    wohnorte = messung.teile[0].wohnorte
    return {
        "profil": messung.profil,
        "stichtag_personen": wohnorte.stichtag,
        "quelle_personen": wohnorte.quelle,
    }


def _gather(verteilung: Verteilung, teile: tuple[Gehende, ...], judged: Sequence[_Urteil]) -> dict[str, Any]:
    """Gather what is said of the cells of each part, and the people by it."""
    zustand = tuple(urteil.zustand for urteil in judged)
    gruende = tuple(urteil.gruende for urteil in judged)
    return {
        "zustand": zustand,
        "gruende": gruende,
        "traeger": tuple(urteil.traeger for urteil in judged),
        **_tally(verteilung, teile, zustand, gruende),
    }


def _tally(
    verteilung: Verteilung,
    teile: tuple[Gehende, ...],
    zustand: Sequence[NDArray[np.uint8]],
    gruende: Sequence[NDArray[np.uint8]],
) -> dict[str, Any]:
    """Count people by what is said of their cells."""
    n_leaves = len(verteilung.gebiete.leaves)
    total, by_reason = np.zeros((n_leaves, 3)), np.zeros((n_leaves, coverage.SONST))
    for teil, *said in zip(teile, zustand, gruende, strict=True):
        where, pieces = teil.wohnorte, teil.wohnorte.gitter.pieces
        counts, reasons = coverage.tally_said(where.personen, pieces.area, pieces.cell, (said[0], said[1]), n_leaves)
        total += coverage.add_ohne_zelle(counts, where.ohne_zelle)
        by_reason += reasons
        by_reason[:, coverage.ABSEITS] += where.ohne_zelle
    # Whose number is unknown has no part that is known, not even a nought.
    unknown = np.isnan(total).any(axis=1)
    total[unknown], by_reason[unknown] = np.nan, np.nan
    return {"tally": total, "reason_tally": by_reason}
