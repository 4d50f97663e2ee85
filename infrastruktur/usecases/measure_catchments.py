"""Measure who competes for which supply, and share it among them: people of the region, and their neighbours beyond.

People come from where they live, each part of the group at its own pace, and times from the network.
"""

from dataclasses import dataclass
from datetime import date
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.progress import tell
from infrastruktur.domain.tabelle import Wert
from infrastruktur.planning.catchment import OHNE_PLATZZAHL, Catchment, count_competitors, share_supply
from infrastruktur.planning.catchment_areas import (
    PERSONEN,
    Wohnende,
    add_ohne_zelle,
    find_areas_in_reach,
    tally_supply,
)
from infrastruktur.planning.pairs import Pairs, append_demands, weigh_pairs
from infrastruktur.routing.doors import to_doors
from infrastruktur.routing.network import Network
from infrastruktur.routing.profiles import Modus
from infrastruktur.routing.search import times_to_edge_of_data, travel_times
from infrastruktur.routing.snap import Snapped, SnapReason, snap
from infrastruktur.storage.angebote import Supply
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.locate_neighbours import Nachbarn, locate_neighbours
from infrastruktur.usecases.measure_reach import load_eligible
from infrastruktur.usecases.place_supply import place_supply
from infrastruktur.usecases.prepare_teilung import ZUM_ANGEBOT, Teilung
from infrastruktur.usecases.prepare_ways import snap_cells
from infrastruktur.usecases.split_group import Gehende, split_group
from infrastruktur.usecases.spread_population import Verteilung, spread_population

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Wege:
    """Who is within reach of what.

    Attributes
    ----------
    pairs
        Of the k Angebote at the network, and the cells of each part of the group as demands of their own.
    unsure
        (n_demands,) bool: the cell lies at no street, or the edge of the data within the limit.
    am_netz
        (s,) bool; who has no point or lies at no street takes no part.

    """

    pairs: Pairs
    unsure: Bools
    am_netz: Bools


@dataclass(frozen=True)
class Mitbewerber:
    """People beyond the region by demand, (n_demands,) float64, and whether the grid does not tell their group."""

    personen: Floats
    geschaetzt: bool


@dataclass(frozen=True)
class Einzug:
    """A supply, shared.

    Attributes
    ----------
    supply
        All s Angebote that count, placed among the areas of the Stichtag.
    kapazitaet
        (s,) float64, NaN unknown.
    am_netz
        (s,) bool, as of `Wege`.
    catchment
        Of the k Angebote at the network, in their order.
    tally
        (n_leaves, 5) float64 of `planning.catchment_areas`, NaN where no source tells the people.
    in_reach
        (n_leaves, u) float64, 1 where people of the leaf reach the Angebot; the u Angebote of unknown size.
    wohnende
        People of the region, by piece of cell.
    ohne_aussage
        (n_demands,) bool: nothing is reached, and nothing can be said.
    nachbarn
        Who competes from beyond the region.

    """

    supply: Supply
    kapazitaet: Floats
    am_netz: Bools
    teile: tuple[Gehende, ...]
    catchment: Catchment
    tally: Floats
    in_reach: Floats
    wohnende: Wohnende
    ohne_aussage: Bools
    nachbarn: Mitbewerber

    @property
    def known(self) -> dict[str, Wert]:
        """The columns that say of whom, at which pace, and from which source."""
        wohnorte = self.teile[0].wohnorte
        return {
            "profil": ", ".join(teil.profil for teil in self.teile),
            "stichtag_personen": wohnorte.stichtag,
            "quelle_personen": wohnorte.quelle,
        }

    @property
    def unerreicht(self) -> Bools:
        """Angebote at the network that nobody of the group reaches, of the region or beyond (s,)."""
        return self._at_network(self.catchment.nachfrage == 0)

    @property
    def unerreicht_aus_region(self) -> Bools:
        """Angebote at the network that nobody of the region's people of the group reaches (s,)."""
        catchment, eigene = self.catchment, self.catchment.personen - self.nachbarn.personen
        nachfrage = count_competitors(catchment.pairs, catchment.formel, eigene, catchment.choice.value)
        return self._at_network(nachfrage == 0)

    def _at_network(self, some: Bools) -> Bools:
        found = np.zeros(len(self.supply), dtype=np.bool_)
        found[self.am_netz] = some
        return found


def measure_catchments(context: Context, verteilung: Verteilung, teilung: Teilung, stichtag: date) -> Einzug:
    """Share what counts on a Stichtag among all who reach it.

    Raises
    ------
    NotAssessable
        No source tells where the group lives.

    """
    tell("Wohnorte", 0.0)
    teile = split_group(verteilung, teilung.ziel)
    supply = place_supply(load_eligible(context, teilung.ziel, stichtag), verteilung.gebiete)
    kapazitaet = supply.sizes.get(teilung.groesse, np.full(len(supply), np.nan))
    tell("Wege zwischen Menschen und Angeboten", 0.1)
    wege = _travel(context, teilung, teile, supply)
    tell("Aufteilung", 0.6)
    wohnende, n_leaves = _gather(teile), len(verteilung.gebiete.leaves)
    nachbarn = _gather_neighbours(_stated_parts(context, teile, teilung, stichtag))
    personen = nachbarn.personen.copy()
    np.add.at(personen, wohnende.demand, wohnende.personen)
    catchment = share_supply(teilung.verfahren, wege.pairs, personen, kapazitaet[wege.am_netz])
    ohne_aussage = catchment.ohne_angebot & wege.unsure
    tally = tally_supply(catchment, wohnende, n_leaves, ohne_aussage=ohne_aussage)
    tally = add_ohne_zelle(tally, np.sum([teil.wohnorte.ohne_zelle for teil in teile], axis=0))
    # Whose number is unknown has no part that is known, not even a nought.
    tally[np.isnan(tally[:, PERSONEN])] = np.nan
    tell("Summen je Gebiet", 0.8)
    unknown = np.flatnonzero(catchment.zustand == OHNE_PLATZZAHL)
    in_reach = find_areas_in_reach(catchment, wohnende, n_leaves, unknown).T.astype(np.float64)
    return Einzug(supply, kapazitaet, wege.am_netz, teile, catchment, tally, in_reach, wohnende, ohne_aussage, nachbarn)


def _travel(context: Context, teilung: Teilung, teile: tuple[Gehende, ...], supply: Supply) -> Wege:
    """Search from all Angebote at once, as far as the fastest part of the group gets in time."""
    network = context.network(Modus(teilung.ziel.modus))
    cells = snap_cells(context, network, teile[0].wohnorte.gitter)
    sources, am_netz = _snap_supply(network, supply)
    widest_ds = max(teil.limit_ds for teil in teile)
    people_travel = teilung.ziel.richtung == ZUM_ANGEBOT
    times = travel_times(network, sources, cells, limit_ds=widest_ds, reverse=people_travel)
    edge_ds = times_to_edge_of_data(network, cells, limit_ds=widest_ds, reverse=people_travel)
    off_street = cells.reason != SnapReason.OK
    unsure = [off_street | ((edge_ds >= 0) & (edge_ds <= teil.limit_ds)) for teil in teile]
    pairs = [
        weigh_pairs(
            times.indptr,
            times.target,
            times.time_ds,
            decay=teilung.abklingen,
            n_demands=len(off_street),
            pace=teil.pace,
        )
        for teil in teile
    ]
    return Wege(reduce(append_demands, pairs), np.concatenate(unsure), am_netz)


def _snap_supply(network: Network, supply: Supply) -> tuple[Snapped, Bools]:
    """Find the streets of all Angebote that have one, and which these are (s,)."""
    am_netz = np.isfinite(supply.xy_25832[:, 0])
    doors_25832 = to_doors(network.doors, supply.xy_25832[am_netz]).xy_25832
    on_street = snap(network, doors_25832).edge >= 0
    am_netz[am_netz] = on_street
    return snap(network, doors_25832[on_street]), am_netz


def _gather(teile: tuple[Gehende, ...]) -> Wohnende:
    """Put the parts of a group one after another: each part's cells are demands of their own."""
    gitter = teile[0].wohnorte.gitter
    pieces, n_cells = gitter.pieces, len(gitter.xy_25832)
    return Wohnende(
        np.concatenate([teil.wohnorte.personen for teil in teile]),
        np.tile(pieces.area, len(teile)),
        np.concatenate([pieces.cell + at * n_cells for at in range(len(teile))]).astype(np.int32),
    )


def _stated_parts(
    context: Context, teile: tuple[Gehende, ...], teilung: Teilung, stichtag: date
) -> tuple[Gehende, ...]:
    """Give the parts as the sources state them: a scenario of the region's people says nothing of its neighbours."""
    if not context.szenario.bevoelkerung:
        return teile
    return split_group(spread_population(context, stichtag), teilung.ziel)


def _gather_neighbours(teile: tuple[Gehende, ...]) -> Mitbewerber:
    """Put the people beyond the region where `_gather` has those of the same cells."""
    parts: list[Nachbarn] = [locate_neighbours(teil.wohnorte, teil.gruppe) for teil in teile]
    personen = np.zeros((len(teile), len(teile[0].wohnorte.gitter.xy_25832)))
    for row, part in zip(personen, parts, strict=True):
        row[part.cell] = part.personen
    return Mitbewerber(personen.ravel(), any(part.geschaetzt for part in parts))
