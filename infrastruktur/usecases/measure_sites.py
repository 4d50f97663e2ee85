"""Measure what a search for sites is given: whom it is for, where something could stand, and how far it is.

What stands is one site, or each Angebot for itself where its places count. New sites can be cells where somebody of the
group lives, Standorte that there are, or points that are named, each with what it costs.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import LimitExceeded
from infrastruktur.domain.geometry import transform_xy
from infrastruktur.domain.raum import locate
from infrastruktur.planning.coverage import ERREICHT, NICHT_ERREICHT, reach_straight
from infrastruktur.planning.siting.candidates import thin_cells
from infrastruktur.planning.siting.plan import Sites, join_bands
from infrastruktur.routing.search import TravelTimes, travel_times
from infrastruktur.routing.snap import Snapped, SnapReason
from infrastruktur.storage.angebote import Supply
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.messung import Messung
from infrastruktur.usecases.prepare_ways import open_ways, snap_cells, snap_supply
from infrastruktur.usecases.read_supply import read_supply
from infrastruktur.usecases.split_group import Gehende
from infrastruktur.usecases.spread_population import Gebiete

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Cells = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Nachfrage:
    """People of an area by part of the group and cell.

    Attributes
    ----------
    inside
        (n_leaves,) bool, the leaves of the area.
    bewohner
        (n_cells,) float64, everybody of the group.
    beurteilt
        (n_parts, n_cells) float64, those about whom something can be said.
    erreicht, offen
        (n_parts, n_cells) bool, cells of such people that what stands reaches, or does not.

    """

    inside: Bools
    bewohner: Floats
    beurteilt: Floats
    erreicht: Bools
    offen: Bools


@dataclass(frozen=True, eq=False)
class Kandidaten:
    """Where something could stand: n places.

    Attributes
    ----------
    xy_25832
        (n, 2) float64.
    snapped
        On the network; None where ways are straight lines.
    leaf
        (n,) int32 of `Gebiete.leaves`, -1 beyond them.
    name
        (n,) what it is called by who asks: the number of a point, the name of a Standort; "" for a cell.
    kosten
        (n,) float64, what opening takes from the budget.
    raster_m
        Width of the raster that thinned cells; None where all are there.
    abseits
        Places that were given and lie at no street.

    """

    xy_25832: Floats
    snapped: Snapped | None
    leaf: NDArray[np.int32]
    name: tuple[str, ...]
    kosten: Floats
    raster_m: int | None = None
    abseits: int = 0

    def __len__(self) -> int:
        return len(self.xy_25832)


@dataclass(frozen=True)
class Punkte:
    """Points that are named, in degrees, each with its cost."""

    lage_4326: tuple[tuple[float, float], ...]
    kosten: tuple[float, ...]


def gather_demand(messung: Messung, inside: Bools) -> Nachfrage:
    """Gather the people (n_parts, n_cells) of the leaves of an area, by what a measured target says of them."""
    per_part = np.stack([_per_cell(teil, inside) for teil in messung.teile])
    zustand = np.stack(messung.zustand)
    erreicht, offen = zustand == ERREICHT, (zustand == NICHT_ERREICHT) & (per_part > 0)
    return Nachfrage(inside, per_part.sum(axis=0), per_part * (erreicht | offen), erreicht & (per_part > 0), offen)


def narrow_to_one_short(nachfrage: Nachfrage, one_less: Messung) -> Nachfrage:
    """Leave open only whom one more Träger is enough for: those who reach one less than the target wants."""
    enough = np.stack(one_less.zustand) == ERREICHT
    return replace(nachfrage, offen=nachfrage.offen & enough)


def _per_cell(teil: Gehende, inside: Bools) -> Floats:
    gitter = teil.wohnorte.gitter
    personen = np.where(inside[gitter.pieces.area], teil.wohnorte.personen, 0.0)
    return np.bincount(gitter.pieces.cell, personen, len(gitter.xy_25832)).astype(np.float64)


# Where something could stand


def list_cells(context: Context, messung: Messung, nachfrage: Nachfrage, *, most: int) -> Kandidaten:
    """List at most so many cells where somebody of the group lives, by a street where the way goes along one."""
    gitter, usable = messung.teile[0].wohnorte.gitter, nachfrage.bewohner > 0
    snapped = None
    if messung.ziel.metrik != "luftlinie":
        snapped = snap_cells(context, open_ways(context, messung.ziel), gitter, profil=messung.ziel.profil)
        usable &= snapped.reason == SnapReason.OK
    cells = np.flatnonzero(usable)
    kept, raster_m = thin_cells(gitter.xy_25832[cells], nachfrage.bewohner[cells], most)
    cells = cells[kept]
    return Kandidaten(
        xy_25832=gitter.xy_25832[cells],
        snapped=None if snapped is None else snapped.take(cells),
        leaf=_leaf_of_cells(messung, nachfrage.inside)[cells],
        name=("",) * len(cells),
        kosten=np.ones(len(cells)),
        raster_m=raster_m,
    )


def _leaf_of_cells(messung: Messung, inside: Bools) -> NDArray[np.int32]:
    """Find the leaf of the area that most of each cell lies in (n_cells,), -1 none."""
    gitter = messung.teile[0].wohnorte.gitter
    pieces = gitter.pieces
    leaf = np.full(len(gitter.xy_25832), -1, dtype=np.int32)
    mine = np.flatnonzero(inside[pieces.area])
    by_share = mine[np.lexsort((-mine, pieces.share[mine]))]  # the last write wins: the greatest share, the first piece
    leaf[pieces.cell[by_share]] = pieces.area[by_share]
    return leaf


def list_standorte(context: Context, messung: Messung, gebiete: Gebiete, inside: Bools) -> Kandidaten:
    """List the Standorte of the area where something stands already, of whatever kind.

    Raises
    ------
    LimitExceeded
        More than one search may have.

    """
    supply = read_supply(context, messung.stichtag)
    there = supply.take(np.flatnonzero(np.isfinite(supply.xy_25832[:, 0])))
    xy, first = np.unique(there.xy_25832, axis=0, return_index=True)
    leaf = locate(xy, [each.geom_25832 for each in gebiete.leaves])
    mine = np.flatnonzero((leaf >= 0) & inside[leaf])
    most = context.settings.limits.siting_candidates
    if len(mine) > most:
        raise LimitExceeded(
            f"Höchstens {most} Standorte sind möglich, hier sind es {len(mine)}. Bitte ein Gebiet angeben."
        )
    names = tuple(str(there.name[first[at]]) for at in mine)
    return _place(context, messung, Kandidaten(xy[mine], None, leaf[mine], names, np.ones(len(mine))))


def list_points(context: Context, messung: Messung, gebiete: Gebiete, punkte: Punkte) -> Kandidaten:
    """List the points that are named, wherever they lie.

    Raises
    ------
    LimitExceeded
        More than one search may have.

    """
    most, given = context.settings.limits.siting_candidates, len(punkte.lage_4326)
    if given > most:
        raise LimitExceeded(f"Höchstens {most} Punkte sind möglich, gefragt sind {given}.")
    xy = transform_xy(np.array(punkte.lage_4326, dtype=np.float64).reshape(-1, 2), 4326, 25832)
    leaf = locate(xy, [each.geom_25832 for each in gebiete.leaves])
    names = tuple(f"Punkt {number + 1}" for number in range(given))
    return _place(context, messung, Kandidaten(xy, None, leaf, names, np.array(punkte.kosten, dtype=np.float64)))


def _place(context: Context, messung: Messung, kandidaten: Kandidaten) -> Kandidaten:
    """Put places on the network by their doors, and count those at no street."""
    if messung.ziel.metrik == "luftlinie":
        return kandidaten
    snapped = snap_supply(open_ways(context, messung.ziel), messung.ziel, kandidaten.xy_25832)
    on_street = np.flatnonzero(snapped.edge >= 0)
    return Kandidaten(
        xy_25832=kandidaten.xy_25832[on_street],
        snapped=snapped.take(on_street),
        leaf=kandidaten.leaf[on_street],
        name=tuple(kandidaten.name[at] for at in on_street.tolist()),
        kosten=kandidaten.kosten[on_street],
        abseits=len(kandidaten) - len(on_street),
    )


# How far it is


def join_to_cover(context: Context, messung: Messung, nachfrage: Nachfrage, kandidaten: Kandidaten) -> Sites:
    """Make sites of all that stands as one, then of what is possible; they reach whom nobody reaches, within the limit.

    What stands is at no distance, so that whom it reaches is never counted to a new site.
    """
    ends = np.flatnonzero(nachfrage.offen.any(axis=0))
    times = _measure_ways(context, messung, kandidaten, ends, max(teil.limit_ds for teil in messung.teile))
    bands = []
    for teil, erreicht, offen in zip(messung.teile, nachfrage.erreicht, nachfrage.offen, strict=True):
        stands = np.flatnonzero(erreicht)
        near = (times.time_ds <= teil.limit_ds) & offen[times.target]
        bands.append(_make_sites(kandidaten, (stands, np.zeros(len(stands))), times, near, teil.pace))
    return join_bands(bands, len(nachfrage.bewohner))


def join_to_shorten(
    context: Context, messung: Messung, nachfrage: Nachfrage, kandidaten: Kandidaten, beyond_minutes: float
) -> Sites:
    """Make sites of all that stands as one, as far as its nearest is, then of what is possible; for all judged."""
    ends = np.flatnonzero((nachfrage.beurteilt > 0).any(axis=0))
    paces = [teil.pace for teil in messung.teile]
    times = _measure_ways(context, messung, kandidaten, ends, int(beyond_minutes * 600 / min(paces)))
    bands = []
    for teil, personen, nearest_s in zip(messung.teile, nachfrage.beurteilt, messung.nearest, strict=True):
        stands = np.flatnonzero((personen > 0) & (nearest_s <= 60 * beyond_minutes))
        near = (times.time_ds * teil.pace <= 600 * beyond_minutes) & (personen > 0)[times.target]
        bands.append(_make_sites(kandidaten, (stands, nearest_s[stands] / 60), times, near, teil.pace))
    return join_bands(bands, len(nachfrage.bewohner))


def join_with_each_angebot(
    context: Context,
    messung: Messung,
    nachfrage: Nachfrage,
    kandidaten: Kandidaten,
    supply: Supply,
    beyond_minutes: float | None = None,
) -> Sites:
    """Make a site of each Angebot that stands, then of what is possible; for everybody judged.

    Within the target's limit, or where ways are to be shortened up to `beyond_minutes`.
    """
    stands = snap_supply(open_ways(context, messung.ziel), messung.ziel, supply.xy_25832)
    ends = np.flatnonzero((nachfrage.beurteilt > 0).any(axis=0))
    limits_ds = [
        teil.limit_ds if beyond_minutes is None else int(beyond_minutes * 600 / teil.pace) for teil in messung.teile
    ]
    limit_ds = max(limits_ds)
    old = _measure_ways(context, messung, replace(kandidaten, snapped=stands), ends, limit_ds)
    new = _measure_ways(context, messung, kandidaten, ends, limit_ds)
    both = TravelTimes(
        np.concatenate((old.indptr, old.indptr[-1] + new.indptr[1:])),
        np.concatenate((old.target, new.target)),
        np.concatenate((old.time_ds, new.time_ds)),
    )
    bands = []
    for teil, personen, most_ds in zip(messung.teile, nachfrage.beurteilt, limits_ds, strict=True):
        near = (both.time_ds <= most_ds) & (personen > 0)[both.target]
        bands.append(
            Sites(
                indptr=np.concatenate(([0], np.cumsum(near)))[both.indptr].astype(np.int64),
                target=both.target[near],
                minutes=both.time_ds[near] / 600 * teil.pace,
                fixed=np.arange(len(supply) + len(kandidaten)) < len(supply),
                cost=np.concatenate((np.ones(len(supply)), kandidaten.kosten)),
            )
        )
    return join_bands(bands, len(nachfrage.bewohner))


def _measure_ways(
    context: Context, messung: Messung, kandidaten: Kandidaten, ends: Cells, limit_ds: int
) -> TravelTimes:
    """Measure ways between places and cells as the target measures them; targets are cells, ascending.

    A straight metre counts a decisecond ten times, as on a network that is stated at 1 m/s.
    """
    gitter = messung.teile[0].wohnorte.gitter
    if messung.ziel.metrik == "luftlinie" or kandidaten.snapped is None:
        reach = reach_straight(gitter.xy_25832[ends], kandidaten.xy_25832, limit_ds / 10)
        begin = kandidaten.xy_25832[np.repeat(np.arange(len(kandidaten)), np.diff(reach.indptr))]
        end = ends[reach.target]
        time_ds = np.round(np.hypot(*(begin - gitter.xy_25832[end]).T) * 10).astype(np.int32)
        return TravelTimes(reach.indptr, end.astype(np.int32), time_ds)
    network = open_ways(context, messung.ziel)
    cells = snap_cells(context, network, gitter, profil=messung.ziel.profil)
    reverse = messung.ziel.richtung == "zum_angebot"
    times = travel_times(network, kandidaten.snapped, cells.take(ends), limit_ds=limit_ds, reverse=reverse)
    return TravelTimes(times.indptr, ends[times.target].astype(np.int32), times.time_ds)


def _make_sites(
    kandidaten: Kandidaten, stands: tuple[Cells, Floats], times: TravelTimes, near: Bools, pace: float
) -> Sites:
    """Put what stands, cells and minutes, before what is possible, ways that are `near`."""
    cells, minutes = stands
    indptr = len(cells) + np.concatenate(([0], np.cumsum(near)))[times.indptr]
    return Sites(
        indptr=np.concatenate(([0], indptr)).astype(np.int64),
        target=np.concatenate((cells.astype(np.int32), times.target[near])).astype(np.int32),
        minutes=np.concatenate((minutes, times.time_ds[near] / 600 * pace)),
        fixed=np.arange(1 + len(kandidaten)) == 0,
        cost=np.concatenate(([1.0], kandidaten.kosten)),
    )
