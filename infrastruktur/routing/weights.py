"""Times of a network for a profile: which edges it may use, how fast, and how much of that nobody has mapped.

Topology and arcs stay as they were built, so a new profile costs milliseconds. What a profile may not use keeps its
arcs, at a time beyond every limit; what is unknown is open or closed as the profile says, and counted either way.
"""

from dataclasses import replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.routing import profiles
from infrastruktur.routing.arcs import CLOSED_DS, find_components
from infrastruktur.routing.network import Network, Offen
from infrastruktur.routing.profiles import Bedarf, Modus, Profil
from infrastruktur.routing.traits import (
    UNKNOWN_INCLINE,
    Kerb,
    Obstacle,
    Smoothness,
    Steps,
    Surface,
    Wheelchair,
)

Mask = NDArray[np.bool_]

_CODES: dict[str, type[IntEnum]] = {
    "steps": Steps,
    "kerb": Kerb,
    "surface": Surface,
    "smoothness": Smoothness,
    "wheelchair": Wheelchair,
}


def weights_for(network: Network, profil: Profil) -> Network:
    """Give the same network with the times and closures of a profile of its mode.

    A walker's pace is no part of it: walk networks are stated at 1 m/s and the limit is rescaled. A bike's pace is,
    but not where it is pushed or on a ferry. What is closed is -1 as an edge and `arcs.CLOSED_DS` as an arc, and no
    journey begins or ends on it.

    Raises
    ------
    InvalidParameter
        The profile is of another mode, or names a code that no trait has.

    """
    if profil.modus != network.modus:
        raise InvalidParameter("profil", f"Das Profil {profil.code!r} gilt für {profil.modus}, nicht {network.modus}.")
    edge_open, node_open = _open_edges(network, profil), _open_nodes(network, profil)
    edges = {
        name: np.where((weight >= 0) & edge_open, weight, -1).astype(np.int32)
        for name, weight in (
            ("edge_forward_ds", _pace(network, profil, network.edge_forward_ds)),
            ("edge_backward_ds", _pace(network, profil, network.edge_backward_ds)),
        )
    }
    edge = network.arc_edge
    travelled = np.where(network.arc_forward, edges["edge_forward_ds"][edge], edges["edge_backward_ds"][edge])
    tail = np.repeat(np.arange(len(network.indptr) - 1), np.diff(network.indptr))
    past = network.node_place[tail] != network.node_place[network.head]
    link = np.where(past & ~node_open[tail], CLOSED_DS, network.weight_ds)
    weight = np.where(edge < 0, link, np.where(travelled >= 0, travelled, CLOSED_DS)).astype(np.int32)
    weighed = replace(
        network,
        edge_forward_ds=edges["edge_forward_ds"],
        edge_backward_ds=edges["edge_backward_ds"],
        weight_ds=weight,
        edge_stopping=network.edge_stopping & ((edges["edge_forward_ds"] >= 0) | (edges["edge_backward_ds"] >= 0)),
    )
    return replace(weighed, node_component=find_components(vars(weighed)))


def count_open(network: Network, profil: Profil) -> Offen:
    """Count what is open, closed and unknown to a profile on a network of its mode."""
    closed = ~_open_edges(network, profil)
    km = network.edge_length_m / 1000
    unknown = _unknown(network, profil.braucht) if profil.braucht else {}
    anything = np.any(np.stack([np.zeros(len(km), np.bool_), *unknown.values()]), axis=0)
    return Offen(
        edges=len(km),
        edges_closed=int(closed.sum()),
        length_km=round(float(km.sum()), 3),
        closed_km=round(float(km[closed].sum()), 3),
        unknown_edges=int(anything.sum()),
        unknown_km={name: round(float(km[mask].sum()), 3) for name, mask in unknown.items()},
    )


def _pace(network: Network, profil: Profil, weight_ds: NDArray[np.int32]) -> NDArray[np.int32]:
    """Rescale cycled or driven times; those of ferries and of pushing stay."""
    if network.modus is Modus.ZU_FUSS:
        return weight_ds
    factor = profil.tempo_faktor
    if network.modus is Modus.RAD and profil.tempo_km_h is not None:
        factor *= profil.tempo_km_h / profiles.cycling_km_h()[0]
    if factor == 1:
        return weight_ds
    rescaled = np.where(network.edge_own_pace, weight_ds / factor, weight_ds)
    return np.where(weight_ds >= 0, np.maximum(1, np.rint(rescaled)), -1).astype(np.int32)


def _open_edges(network: Network, profil: Profil) -> Mask:
    everything = np.ones(len(network.edge_from), np.bool_)
    needs = profil.braucht
    if needs is None:
        return everything
    unknown = _unknown(network, needs)
    for name, codes in _CODES.items():
        allowed = getattr(needs, name)
        if allowed is not None:
            values: NDArray[np.uint8] = getattr(network, f"edge_{name}")
            everything &= unknown[name] | _allows(codes, allowed)[values]
    if needs.width_m is not None:
        everything &= unknown["width"] | (network.edge_width_dm >= needs.width_m * 10)
    if needs.incline_percent is not None:
        steepness = np.abs(network.edge_incline_percent.astype(np.int16))
        everything &= unknown["incline"] | (steepness <= needs.incline_percent)
    for name, mask in unknown.items():
        if getattr(profil.unbekannt, name) == "gesperrt":
            everything &= ~mask
    return everything


def _unknown(network: Network, needs: Bedarf) -> dict[str, Mask]:
    """Mark by trait the edges (e,) of which a need cannot be checked."""
    unknown: dict[str, Mask] = {
        name: getattr(network, f"edge_{name}") == 0 for name in _CODES if getattr(needs, name) is not None
    }
    if needs.width_m is not None:
        unknown["width"] = network.edge_width_dm == 0
    if needs.incline_percent is not None:
        unknown["incline"] = network.edge_incline_percent == UNKNOWN_INCLINE
    return unknown


def _open_nodes(network: Network, profil: Profil) -> Mask:
    if profil.braucht is None or profil.braucht.obstacle is None:
        return np.ones(len(network.node_osm), np.bool_)
    allowed = _allows(Obstacle, profil.braucht.obstacle)
    allowed[Obstacle.UNKNOWN] = profil.unbekannt.obstacle == "offen"
    return allowed[network.node_obstacle]


def _allows(codes: type[IntEnum], names: frozenset[str]) -> Mask:
    known = {code.name.lower(): int(code) for code in codes}
    if unheard := sorted(names - known.keys()):
        expected = ", ".join(known)
        raise InvalidParameter("profil", f"{unheard[0]!r} gibt es nicht unter {codes.__name__}. Möglich: {expected}.")
    allowed = np.zeros(len(codes), np.bool_)
    allowed[[known[name] for name in names]] = True
    return allowed
