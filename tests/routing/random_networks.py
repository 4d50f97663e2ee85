"""Networks made in memory: given ones, random ones, and random towns whose every rule is written beside its tags."""

from dataclasses import dataclass, field, replace

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
    streets = Streets(number, tags, number - 1, indptr, refs, np.arange(len(xy)), xy, met, None, turns or [])
    passages = [read_passage(t, modus) for t in tags]
    usable = [passage if isinstance(passage, Passage) else None for passage in passages]
    rules = gather_rules(usable, number - 1, closed)
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


def carried(points: Snapped, network: Network, other: Network) -> Snapped:
    """The same places on another network, found by their ways of one edge each; off it where the way is gone."""
    edge_of = {int(way): edge for edge, way in enumerate(other.edge_way)}
    edge = [edge_of.get(int(network.edge_way[edge]), -1) if edge >= 0 else -1 for edge in points.edge]
    return Snapped(**vars(points) | {"edge": np.array(edge, np.int32)})


@dataclass(frozen=True)
class Sort:
    """A sort of way, and in plain words who uses it how: km/h along and against, 0 where nobody may."""

    tags: dict[str, str]
    walk: str = ""
    bike: str = ""
    car: str = ""
    bike_km_h: float = 15
    car_km_h: float = 27
    destination: tuple[Modus, ...] = ()
    wheels: bool = True
    ferry_s: float = 0

    def directions(self, modus: Modus) -> str:
        return {WALK: self.walk, BIKE: self.bike, CAR: self.car}[modus]

    def km_h(self, modus: Modus) -> float:
        return {WALK: 3.6, BIKE: self.bike_km_h, CAR: self.car_km_h}[modus]


RESIDENTIAL = {"highway": "residential"}
SORTS = [
    Sort(RESIDENTIAL, "<>", "<>", "<>"),
    Sort({"highway": "secondary", "maxspeed": "70"}, "<>", "<>", "<>", car_km_h=59.5),
    Sort(RESIDENTIAL | {"oneway": "yes"}, "<>", ">", ">"),
    Sort(RESIDENTIAL | {"oneway": "-1", "oneway:bicycle": "no"}, "<>", "<>", "<"),
    Sort(RESIDENTIAL | {"junction": "roundabout"}, "<>", ">", ">"),
    Sort({"highway": "living_street", "maxspeed": "30"}, "<>", "<>", "<>", car_km_h=7),
    Sort(
        RESIDENTIAL | {"vehicle": "destination", "maxspeed": "30"},
        "<>", "<>", "<>", car_km_h=25.5, destination=(BIKE, CAR),
    ),
    Sort(
        RESIDENTIAL | {"motor_vehicle": "destination", "oneway": "yes", "cycleway": "opposite"},
        "<>", "<>", ">", destination=(CAR,),
    ),
    Sort({"highway": "footway"}, "<>"),
    Sort({"highway": "footway", "oneway:foot": "yes", "bicycle": "dismount"}, ">", "<>", bike_km_h=4),
    Sort({"highway": "steps"}, "<>", wheels=False),
    Sort({"highway": "motorway"}, "", "", ">", car_km_h=110),
    Sort({"route": "ferry", "duration": "00:02"}, "<>", "<>", ferry_s=120 + 600),
    Sort({"highway": "service", "access": "permit"}),
    Sort({"highway": "construction"}),
]  # fmt: skip
_SORT_SHARE = np.array([8, 4, 4, 3, 2, 2, 4, 2, 2, 2, 2, 1, 1, 1, 1]) / 39

KNOWN = {"surface": "asphalt", "smoothness": "good", "width": "2", "incline": "0%", "wheelchair": "yes",
         "kerb": "lowered"}  # fmt: skip
UNDERFOOT: list[tuple[dict[str, str], str]] = [
    ({}, "rollator rollstuhl"),
    (KNOWN, "rollator rollstuhl streng"),
    (KNOWN | {"surface": "sett"}, ""),
    (KNOWN | {"smoothness": "bad"}, "rollator"),
    (KNOWN | {"width": "0.5"}, ""),
    (KNOWN | {"incline": "-12%"}, ""),
    (KNOWN | {"wheelchair": "no"}, "rollator"),
    ({"kerb": "raised"}, ""),
    ({"surface": "compacted"}, "rollator rollstuhl"),
    (KNOWN | {"width": "narrow"}, "rollator rollstuhl"),
    (KNOWN | {"surface": "pebbles"}, "rollator rollstuhl"),
]
"""What a way is like, and which of those with needs may use it, be it no stairs."""
_UNDERFOOT_SHARE = np.array([3, 6, 1, 1, 1, 1, 1, 1, 1, 1, 1]) / 18


@dataclass(frozen=True)
class Barrier:
    """What stands at a node, who passes it, and whether those who do pass lose a decisecond."""

    tags: dict[str, str]
    passed_by: str
    slows: bool = True


BARRIERS = [
    Barrier({"barrier": "bollard"}, "walk bike rollator rollstuhl"),
    Barrier({"barrier": "gate", "access": "private"}, ""),
    Barrier({"barrier": "cycle_barrier"}, "walk bike rollator"),
    Barrier({"barrier": "stile"}, "walk"),
    Barrier({"kerb": "raised"}, "walk bike car"),
    Barrier({"barrier": "cattle_grid"}, "walk bike car rollator rollstuhl streng", slows=False),
]


@dataclass(frozen=True)
class Town:
    """Nodes (n, 2) in metres, ways, the sorts they are of with those who may use what is underfoot, barriers, bans."""

    xy: np.ndarray
    ways: list[Way]
    sorts: list[tuple[Sort, str]]
    barriers: dict[int, Barrier] = field(default_factory=dict)
    turns: list[Turn] = field(default_factory=list)

    def network(self, modus: Modus) -> Network:
        barriers = {node: barrier.tags for node, barrier in self.barriers.items()}
        return network_of(self.xy, self.ways, modus, self.turns, barriers)

    def without(self, way: int) -> "Town":
        """The town with one way under construction."""
        ways = [(nodes, {"highway": "construction"} if i == way else tags) for i, (nodes, tags) in enumerate(self.ways)]
        return replace(self, ways=ways, sorts=[(SORTS[-1], "") if i == way else s for i, s in enumerate(self.sorts)])


def random_town(rng: np.random.Generator, *, longest: int = 4, bans: bool = True) -> Town:
    """Ways of up to `longest` nodes: closed, crossing themselves, twice between the same nodes, or of no length."""
    count = int(rng.integers(3, 13))
    xy = rng.integers(0, 50, (count, 2)) * 10.0
    if count > 5 and rng.random() < 0.2:
        xy[1] = xy[0]
    ways, sorts = [], []
    for _ in range(int(rng.integers(2, 3 * count))):
        nodes = random_course(rng, count, longest)
        sort, (tags, passable) = (
            SORTS[rng.choice(len(SORTS), p=_SORT_SHARE)],
            UNDERFOOT[rng.choice(len(UNDERFOOT), p=_UNDERFOOT_SHARE)],
        )
        ways.append((nodes, tags | sort.tags))
        sorts.append((sort, passable if sort.wheels else ""))
    at = rng.choice(count, int(rng.integers(0, 3)), replace=False).tolist()
    barriers = {node: BARRIERS[rng.integers(len(BARRIERS))] for node in at}
    return Town(xy, ways, sorts, barriers, random_turns(rng, ways) if bans else [])


def random_course(rng: np.random.Generator, count: int, longest: int) -> list[int]:
    nodes = rng.integers(0, count, int(rng.integers(2, longest + 1))).tolist()
    while len(set(nodes)) < 2:
        nodes = rng.integers(0, count, len(nodes)).tolist()
    if len(nodes) > 2 and rng.random() < 0.3:
        nodes.append(nodes[0])
    return nodes


def random_turns(rng: np.random.Generator, ways: list[Way]) -> list[Turn]:
    """Some of all turns from way to way at a node they share."""
    turns = []
    for a, (one, _) in enumerate(ways, 1):
        for b, (other, _) in enumerate(ways, 1):
            turns += [
                Turn(only=bool(rng.random() < 0.2), from_ways=(a,), via=via, to_ways=(b,))
                for via in sorted({one[0], one[-1]} & {other[0], other[-1]})
                if rng.random() < 0.1
            ]
    return turns
