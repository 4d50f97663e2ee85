"""Measure one target: who reaches enough Angebote, who does not, and of whom nothing can be said.

The heart of coverage and gaps. People are taken where they live, at their own walking speed; a person
is without a statement when the cell could not be put on the network, or when nothing was reached
and the search met the edge of the data, behind which something may lie.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

from infrastruktur.domain.angebot import Status
from infrastruktur.domain.errors import Grund, InvalidParameter, NotAssessable
from infrastruktur.domain.gruppe import Gruppe
from infrastruktur.domain.tabelle import Wert
from infrastruktur.domain.ziel import Ziel
from infrastruktur.planning import coverage
from infrastruktur.planning.coverage import Reach
from infrastruktur.routing.doors import to_doors
from infrastruktur.routing.network import Network
from infrastruktur.routing.profiles import (
    WALK_REFERENCE_KM_H,
    Modus,
    get_profil,
    neighbouring_speed_km_h,
    split_by_speed,
    walk_limit_ds,
    walking_speed_km_h,
)
from infrastruktur.routing.search import TravelTimes, nearest_times, times_to_edge_of_data, travel_times
from infrastruktur.routing.snap import Snapped, SnapReason, snap
from infrastruktur.routing.weights import weights_for
from infrastruktur.storage.angebote import Supply
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.prepare_reise import list_supply
from infrastruktur.usecases.spread_population import Gitter, Verteilung, Wohnorte, spread_population
from infrastruktur.usecases.take_out_homes import Abzug, name_annahme, take_out_residents

NEAREST_MINUTES = 120
"""How far the nearest alternative is looked for."""

CELL_TO_STREET_M = 250
"""How far from the middle of a populated cell its street may be; a cell is 100 m wide."""

_STEPS = {"ueblich": 0, "langsamer": -1, "schneller": 1}

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Gehende:
    """A part of the group that moves alike: where it lives, its limit and its pace.

    `reference_ds` is the limit in deciseconds of the network's own pace, `pace` the factor from
    there to this group's seconds.
    """

    gruppe: Gruppe
    wohnorte: Wohnorte
    limit_ds: int
    pace: float
    profil: str
    abzug: Abzug | None = None
    """Who of the part lived in homes and was taken out, where the target leaves them out."""


@dataclass(frozen=True)
class Messung:
    """One target, measured.

    Attributes
    ----------
    personen, zustand
        Per part of the group: (n_pieces,) people and (n_cells,) uint8 states of planning.coverage.
    gruende, traeger
        Per part: (n_cells,) uint8 reasons and int32 Träger in reach, of planning.coverage.
    reason_tally
        (n_leaves, 4) float64: people by reason, NaN as in `tally`.
    tally
        (n_leaves, 3) float64: reached, not reached, without a statement; sums to the group's people. NaN where
        no source tells them.
    nearest
        Per part: (n_cells,) float64 seconds, or metres for `luftlinie`; infinite beyond `NEAREST_MINUTES`.
    nearest_angebot
        (n_cells,) int32 row of `supply`, -1 none.
    reach
        Which cells each row of `supply` reaches within the limit of the fastest part.
    ohne_ort
        Angebote that would count, but have no point or lie at no street: whom they serve is unknown.

    """

    ziel: Ziel
    stichtag: date
    supply: Supply
    teile: tuple[Gehende, ...]
    zustand: tuple[NDArray[np.uint8], ...]
    gruende: tuple[NDArray[np.uint8], ...]
    traeger: tuple[Ints, ...]
    tally: Floats
    reason_tally: Floats
    nearest: tuple[Floats, ...]
    nearest_angebot: Ints
    reach: Reach
    ohne_ort: int
    netz: str | None

    @property
    def profil(self) -> str:
        return ", ".join(teil.profil for teil in self.teile)


def measure_reach(context: Context, ziel: Ziel, stichtag: date) -> Messung:
    """Measure a target on a Stichtag; kept until the catalogue or the network changes.

    Raises
    ------
    NotAssessable
        The target needs a timetable, or no source tells where its group lives.

    """
    if ziel.braucht_fahrplan:
        raise NotAssessable(Grund.KEIN_FAHRPLAN, f"„{ziel.titel}“ braucht einen Fahrplan, und es liegt keiner vor.")
    key = (
        "messung",
        context.revision(),
        context.network_generation(),
        context.public,
        msgspec.json.encode(ziel),
        stichtag,
        None if ziel.bevoelkerung == "alle" else name_annahme(context, stichtag),
    )
    return context.figures.recall(key, lambda: _measure(context, ziel, stichtag))


def _measure(context: Context, ziel: Ziel, stichtag: date) -> Messung:
    verteilung = spread_population(context, stichtag)
    teile = tuple(_leave_out(context, ziel, teil, stichtag) for teil in split_group(verteilung, ziel))
    eligible = load_eligible(context, ziel, stichtag)
    supply = eligible.take(np.flatnonzero(np.isfinite(eligible.xy_25832[:, 0])))
    ohne_punkt = len(eligible) - len(supply)
    if ziel.metrik == "luftlinie":
        measured = _measure_straight(context, verteilung, ziel, stichtag, supply, teile)
    else:
        measured = _measure_on_network(context, verteilung, ziel, stichtag, supply, teile)
    return replace(measured, ohne_ort=measured.ohne_ort + ohne_punkt)


def _leave_out(context: Context, ziel: Ziel, teil: Gehende, stichtag: date) -> Gehende:
    """Leave those who live in homes out of a part of the group, where the target says so."""
    if ziel.bevoelkerung == "alle":
        return teil
    wohnorte, abzug = take_out_residents(context, teil.wohnorte, teil.gruppe, stichtag)
    return replace(teil, wohnorte=wohnorte, abzug=abzug)


def load_eligible(context: Context, ziel: Ziel, stichtag: date) -> Supply:
    """Take what counts for a target: in operation on the day and of a right kind."""
    supply = list_supply(context, stichtag)
    counts = (supply.status == Status.IN_BETRIEB) & np.isin(supply.art, ziel.arten)
    for art, groesse in ziel.nur_mit.items():
        has_some = np.nan_to_num(supply.sizes.get(groesse, np.zeros(len(supply)))) > 0
        counts &= (supply.art != art) | has_some
    return supply.take(np.flatnonzero(counts))


def split_group(verteilung: Verteilung, ziel: Ziel) -> tuple[Gehende, ...]:
    """Split a group by pace, where the sources allow it; else all of it goes at its slowest pace."""
    if ziel.modus != Modus.ZU_FUSS or ziel.max_meter is not None or ziel.profil is not None:
        return (_part(verteilung, ziel, ziel.gruppe),)
    try:
        return tuple(_part(verteilung, ziel, gruppe) for gruppe in split_by_speed(ziel.gruppe))
    except NotAssessable:
        return (_part(verteilung, ziel, ziel.gruppe),)


def _part(verteilung: Verteilung, ziel: Ziel, gruppe: Gruppe) -> Gehende:
    wohnorte = verteilung.locate(gruppe)
    if ziel.max_meter is not None:
        limit_ds = round(ziel.max_meter * 36 / WALK_REFERENCE_KM_H)
        return Gehende(gruppe, wohnorte, limit_ds, 1.0, f"{ziel.max_meter} m {ziel.metrik}")
    if ziel.max_minuten is None:
        raise InvalidParameter("max_minuten", "Es fehlt die Grenze in Minuten.")
    if ziel.modus != Modus.ZU_FUSS:
        return Gehende(gruppe, wohnorte, ziel.max_minuten * 600, 1.0, ziel.modus)
    who, usual_km_h = _choose_pace(ziel, gruppe)
    speed_km_h = usual_km_h if ziel.tempo == "ueblich" else neighbouring_speed_km_h(usual_km_h, _STEPS[ziel.tempo])
    limit_ds = walk_limit_ds(ziel.max_minuten * 60, speed_km_h)
    profil = f"{who} {speed_km_h:.1f} km/h".replace(".", ",")
    return Gehende(gruppe, wohnorte, limit_ds, WALK_REFERENCE_KM_H / speed_km_h, profil)


def _choose_pace(ziel: Ziel, gruppe: Gruppe) -> tuple[str, float]:
    """Name who walks and how fast in km/h: the profile that is asked for, else the age group."""
    if ziel.profil is None:
        return gruppe.titel, walking_speed_km_h(gruppe)
    profil = get_profil(ziel.profil)
    return profil.titel, profil.tempo_km_h or walking_speed_km_h(gruppe)


def open_ways(context: Context, ziel: Ziel) -> Network:
    """Open the network of a target's mode, with the ways of its profile where it has one; kept as long as it stands."""
    modus = Modus(ziel.modus)
    network = context.network(modus)
    if ziel.profil is None:
        return network
    profil = get_profil(ziel.profil)
    key = ("profil", network.generation, modus, profil.code)
    return context.networks.recall(key, lambda: weights_for(network, profil))


def snap_supply(network: Network, ziel: Ziel, xy_25832: Floats) -> Snapped:
    """Put Angebote (n, 2) on the network by their doors, by those a profile can use before others."""
    needs = None if ziel.profil is None else get_profil(ziel.profil).braucht
    return snap(network, to_doors(network.doors, xy_25832, braucht=needs).xy_25832)


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
    nearest = tuple(np.where(nearest_ds >= 0, nearest_ds / 10 * teil.pace, np.inf) for teil in teile)
    judged = [
        _judge(
            ziel,
            supply,
            _within(times, teil.limit_ds),
            _Sicht(on_street, (edge_ds >= 0) & (edge_ds <= teil.limit_ds), nearest_s),
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
        reach=_within(times, widest_ds),
        ohne_ort=int(np.count_nonzero(sources.edge < 0)),
        netz=network.generation,
    )


def _measure_straight(
    context: Context, verteilung: Verteilung, ziel: Ziel, stichtag: date, supply: Supply, teile: tuple[Gehende, ...]
) -> Messung:
    """Measure as the crow flies; where the circle leaves the data's area, something may lie beyond."""
    network = context.network(Modus.ZU_FUSS)
    cells_25832 = teile[0].wohnorte.gitter.xy_25832
    radius_m = float(ziel.max_meter or 0)
    reach = coverage.reach_straight(cells_25832, supply.xy_25832, radius_m)
    owner, distance_m = coverage.nearest_straight(cells_25832, supply.xy_25832)
    leaves = _circle_leaves(network.data_area_25832, cells_25832, radius_m)
    judged = _judge(ziel, supply, reach, _Sicht(np.ones(len(leaves), dtype=np.bool_), leaves, distance_m))
    return Messung(
        ziel=ziel,
        stichtag=stichtag,
        supply=supply,
        teile=teile,
        **_gather(verteilung, teile, [judged]),
        nearest=(distance_m,),
        nearest_angebot=owner,
        reach=reach,
        ohne_ort=0,
        netz=network.generation,
    )


def _circle_leaves(area: shapely.Polygon | shapely.MultiPolygon, xy: Floats, radius_m: float) -> NDArray[np.bool_]:
    """Tell for each point (n, 2) whether a circle around it is not all inside the area."""
    points = shapely.points(xy)
    shapely.prepare(area)
    near = shapely.distance(area.boundary, points) < radius_m
    leaves: NDArray[np.bool_] = near | ~np.asarray(shapely.covers(area, points))
    return leaves


def snap_cells(context: Context, network: Network, gitter: Gitter, *, profil: str | None = None) -> Snapped:
    """Put the cells (n,) of a grid on a network, as it is open to a profile; kept as long as both are."""
    grid = (gitter.zellen.quelle, gitter.zellen.stichtag, gitter.zellen.groesse_m)
    key = ("zellen", network.generation, network.modus, profil, grid, context.revision())
    return context.networks.recall(key, lambda: snap(network, gitter.xy_25832, limit_m=CELL_TO_STREET_M))


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


def _judge(ziel: Ziel, supply: Supply, reach: Reach, sicht: _Sicht) -> _Urteil:
    """Judge each cell (n,).

    An unknown Träger may be another one or the same: where only that decides, nothing can be said.
    """
    provider, n_cells = providers(supply), len(sicht.on_street)
    surely = coverage.count_providers(reach.indptr, reach.target, provider, n_cells)
    each_its_own = np.where(provider < 0, len(provider) + np.arange(len(provider)), provider).astype(np.int32)
    perhaps = coverage.count_providers(reach.indptr, reach.target, each_its_own, n_cells)
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


def _gather(verteilung: Verteilung, teile: tuple[Gehende, ...], judged: list[_Urteil]) -> dict[str, Any]:
    """Gather what is said of the cells of each part, and the people by it."""
    n_leaves = len(verteilung.gebiete.leaves)
    total, by_reason = np.zeros((n_leaves, 3)), np.zeros((n_leaves, coverage.SONST))
    for teil, urteil in zip(teile, judged, strict=True):
        where, pieces = teil.wohnorte, teil.wohnorte.gitter.pieces
        counted = coverage.tally(where.personen, pieces.area, pieces.cell, urteil.zustand, n_leaves)
        total += coverage.add_ohne_zelle(counted, where.ohne_zelle)
        by_reason += coverage.tally_reasons(where.personen, pieces.area, pieces.cell, urteil.gruende, n_leaves)
        by_reason[:, coverage.ABSEITS] += where.ohne_zelle
    # Whose number is unknown has no part that is known, not even a nought.
    unknown = np.isnan(total).any(axis=1)
    total[unknown], by_reason[unknown] = np.nan, np.nan
    return {
        "zustand": tuple(urteil.zustand for urteil in judged),
        "gruende": tuple(urteil.gruende for urteil in judged),
        "traeger": tuple(urteil.traeger for urteil in judged),
        "tally": total,
        "reason_tally": by_reason,
    }
