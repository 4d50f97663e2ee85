"""Prepare the ways of a target: its network as it is open to who goes, with cells and Angebote put on it."""

from collections.abc import Hashable

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.ziel import Ziel
from infrastruktur.routing.doors import to_doors
from infrastruktur.routing.network import Network
from infrastruktur.routing.profiles import Modus, get_profil
from infrastruktur.routing.snap import Snapped, snap
from infrastruktur.routing.weights import weights_for
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.spread_population import Gitter

Floats = NDArray[np.float64]

CELL_TO_STREET_M = 250
"""How far from the middle of a populated cell its street may be; a cell is 100 m wide."""


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


def snap_cells(context: Context, network: Network, gitter: Gitter, *, profil: str | None = None) -> Snapped:
    """Put the cells (n,) of a grid on a network, as it is open to a profile; kept as long as both are."""
    key = ("zellen", *name_cells(context, network, gitter, profil))
    return context.networks.recall(key, lambda: snap(network, gitter.xy_25832, limit_m=CELL_TO_STREET_M))


def name_cells(context: Context, network: Network, gitter: Gitter, profil: str | None = None) -> tuple[Hashable, ...]:
    """Name the cells of a grid on a network, for those who remember what they computed of them."""
    grid = (gitter.zellen.quelle, gitter.zellen.stichtag, gitter.zellen.groesse_m)
    return (network.generation, network.modus, profil, grid, context.catalogue_revision())
