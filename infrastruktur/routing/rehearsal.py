"""A rehearsal: every compiled loop runs once on a map of a few streets, so that nobody who asks waits for a compiler.

Compiling takes half a minute, once for a machine's kind of processor; loading what was compiled takes two seconds.
`scripts/setup` rehearses when it installs, a server before it answers.
"""

from functools import cache
from typing import Any

import numpy as np
import shapely

from infrastruktur.routing.access import Passage
from infrastruktur.routing.change import add_source, build_nearest, move_source, remove_source
from infrastruktur.routing.isochrone import isochrones, reached_roads
from infrastruktur.routing.nearest import nearest_of_kinds
from infrastruktur.routing.network import Network
from infrastruktur.routing.order import find_rank
from infrastruktur.routing.osm import Streets
from infrastruktur.routing.profiles import WALK_REFERENCE_KM_H, Modus
from infrastruktur.routing.search import iterate_blocks, nearest_times, times_to_edge_of_data, travel_times
from infrastruktur.routing.snap import snap
from infrastruktur.routing.topology import Border, build_topology, cut_pieces, gather_rules

_SIDE = 6
_BLOCK_M = 100.0
_NEAR_DS, _FAR_DS, _FARTHEST_DS = 200, 3_000, 70_000
"""Limits at which journeys are searched one by one, are swept, and are swept beyond what 16 bits hold."""


@cache
def rehearse() -> None:
    """Run every compiled loop once a process, in each kind that is ever asked for."""
    network = _draw_town()
    points = snap(network, np.asarray(network.node_xy[::5]) + 3)
    for reverse in (False, True):
        for limit_ds in (_NEAR_DS, _FAR_DS, _FARTHEST_DS):
            travel_times(network, points, points, limit_ds=limit_ds, reverse=reverse)
        for limit_ds in (_FAR_DS, _FARTHEST_DS):
            list(iterate_blocks(network, points, points, limit_ds=limit_ds, reverse=reverse))
        nearest_times(network, points, points, limit_ds=_FAR_DS, reverse=reverse)
        nearest_of_kinds(network, [points], points, limit_ds=_FAR_DS, reverse=reverse)
        times_to_edge_of_data(network, points, limit_ds=_FAR_DS, reverse=reverse)
        field = build_nearest(network, points, points, limit_ds=_FAR_DS, reverse=reverse)
        move_source(remove_source(add_source(field, points), 1), 0, points)
        isochrones(network, points, limits_s=[300], reverse=reverse)
        reached_roads(network, points, limits_s=[300], reverse=reverse)


def _draw_town() -> Network:
    """Streets around square blocks."""
    number = np.arange(_SIDE * _SIDE).reshape(_SIDE, _SIDE)
    xy = np.array([(x, y) for y in range(_SIDE) for x in range(_SIDE)], np.float64) * _BLOCK_M
    ways = [*number.tolist(), *number.T.tolist()]
    alike = np.zeros(len(ways), np.int64)
    nothing = np.zeros(len(xy), np.bool_)
    streets = Streets(
        way_id=np.arange(1, len(ways) + 1),
        tags=[{"highway": "residential"}],
        way_tags=alike,
        ref_indptr=np.arange(len(ways) + 1) * _SIDE,
        ref=np.array(ways, np.int64).ravel(),
        node_id=np.arange(len(xy)),
        lonlat=xy,
        barriers={},
        box_4326=None,
    )
    rules = gather_rules([Passage(WALK_REFERENCE_KM_H, WALK_REFERENCE_KM_H)], alike, nothing)
    arrays: dict[str, Any] = build_topology(
        streets, cut_pieces(streets, xy), Border(nothing, nothing), rules, Modus.ZU_FUSS
    )
    arrays["node_rank"] = find_rank(arrays["indptr"], arrays["head"], arrays["node_xy"])
    return Network(modus=Modus.ZU_FUSS, generation="", data_area_25832=shapely.box(0, 0, 1, 1), **arrays)
