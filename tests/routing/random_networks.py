"""Networks made in memory, past the file: given ones and random ones, and places on them."""

import numpy as np
import shapely

from infrastruktur.routing.access import Passage, is_passable, read_passage
from infrastruktur.routing.network import Network
from infrastruktur.routing.osm import Streets
from infrastruktur.routing.profiles import Modus
from infrastruktur.routing.search import TravelTimes
from infrastruktur.routing.snap import Snapped
from infrastruktur.routing.topology import Border, build_topology, cut_pieces, gather_rules
from infrastruktur.routing.turns import Turn

Way = tuple[list[int], dict[str, str]]
"""Nodes and tags."""

WALK, BIKE, CAR = Modus.ZU_FUSS, Modus.RAD, Modus.PKW


def network_of(
    xy: np.ndarray,
    ways: list[Way],
    modus: Modus,
    turns: list[Turn] | None = None,
    barriers: dict[int, dict[str, str]] | None = None,
) -> Network:
    """Build a network in memory, past the file, from nodes (n, 2) in metres, ways with tags, and tags of nodes."""
    refs = np.array([node for nodes, _ in ways for node in nodes], np.int64)
    indptr = np.concatenate([[0], np.cumsum([len(nodes) for nodes, _ in ways])]).astype(np.int64)
    tags, met = [tags for _, tags in ways], barriers or {}
    nothing = np.zeros(len(xy), np.bool_)
    closed = np.array([not is_passable(met.get(node, {}), modus) for node in range(len(xy))], np.bool_)
    number = np.arange(1, len(ways) + 1)
    streets = Streets(number, tags, indptr, refs, np.arange(len(xy)), xy, met, None, turns or [])
    passages = [read_passage(t, modus) for t in tags]
    rules = gather_rules([passage if isinstance(passage, Passage) else None for passage in passages], closed)
    arrays = build_topology(streets, cut_pieces(streets, xy), Border(nothing, nothing), rules, modus)
    return Network(modus=modus, generation="", data_area_25832=shapely.box(0, 0, 1, 1), **arrays)


def random_network(rng: np.random.Generator, modus: Modus) -> Network:
    count = int(rng.integers(2, 15))
    xy = rng.integers(0, 60, (count, 2)) * 10.0
    tags = [
        {"highway": "residential"},
        {"highway": "residential", "oneway": "yes", "oneway:foot": "yes"},
        {"highway": "residential", "vehicle": "destination", "maxspeed": "30"},
        {"highway": "secondary", "maxspeed": "70"},
    ]
    pairs = [rng.choice(count, 2, replace=False).tolist() for _ in range(int(rng.integers(1, 3 * count)))]
    return network_of(xy, [(pair, tags[rng.choice(4, p=[0.4, 0.3, 0.15, 0.15])]) for pair in pairs], modus)


def random_points(rng: np.random.Generator, network: Network, count: int) -> np.ndarray:
    """Points anywhere, some on vertices, some in one place with others, one nowhere."""
    points = rng.uniform(-100, 700, (count, 2))
    on_vertex = rng.random(count) < 0.2
    points[on_vertex] = network.node_xy[rng.integers(0, len(network.node_xy), on_vertex.sum())]
    points[count // 2] = points[0]
    points[-1] = np.nan
    return points


def pick(points: Snapped, which: slice) -> Snapped:
    return Snapped(**{name: values[which] for name, values in vars(points).items()})


def rows(times: TravelTimes) -> list[dict[int, int]]:
    cuts = zip(times.indptr[:-1], times.indptr[1:], strict=True)
    return [dict(zip(times.target[a:b].tolist(), times.time_ds[a:b].tolist(), strict=True)) for a, b in cuts]


def off_the_network(points: Snapped, which: np.ndarray) -> Snapped:
    return Snapped(**vars(points) | {"edge": np.where(which, -1, points.edge).astype(np.int32)})
