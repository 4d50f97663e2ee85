"""Streets as OpenStreetMap holds them: ways with tags, names and house numbers.

Edges of one class that run on into each other become one way with one name; no name occurs twice within a postal
code, so that an address is found exactly or not at all.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from infrastruktur.example.landscape import SEED, Landscape, as_lines, as_points
from infrastruktur.example.names import street_names
from infrastruktur.example.settlements import Cells, Settlement
from infrastruktur.example.streets import Streets

_SHARPEST_BEND = 1.2
_HOUSES_EVERY_M = 55
_WIDEST_SWING_M = 40
"""How far a bend leaves the straight line, so that no farm loses its lane."""
_NAMED = {"primary", "secondary", "tertiary", "residential", "living_street", "unclassified", "service", "cycleway"}
_WITH_HOUSES = {"primary", "secondary", "tertiary", "residential", "living_street"}
_MOTORWAYS_KM = {
    "A 904": (
        (240, 5628),
        (276, 5632),
        (290, 5633.5),
        (297, 5632.5),
        (303, 5633),
        (312, 5631),
        (326, 5637),
        (360, 5642),
    ),
    "A 944": ((255, 5608), (278, 5621), (287, 5626), (295, 5631), (301, 5637), (305, 5642), (312, 5656), (322, 5680)),
}
_JUNCTION_VERTICES = 16
_RUN_OUT_M = 1500

Chain = list[tuple[int, int, int]]
"""Edges that run on into each other: (edge, from node, to node)."""


@dataclass(frozen=True)
class Way:
    """A way of the network: indices into the nodes of `Ways`, and its tags."""

    nodes: tuple[int, ...]
    tags: dict[str, str]


@dataclass(frozen=True)
class Ways:
    """`xy` (n, 2) EPSG:25832 of all nodes; the ways; `stops`: nodes with the name of their bus stop."""

    xy: NDArray[np.float64]
    ways: tuple[Way, ...]
    stops: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Addresses:
    """House addresses: `street`, `number`, `plz`, `ort` (n,) text; `xy` (n, 2) EPSG:25832; `settlement` (n,) int."""

    street: NDArray[np.object_]
    number: NDArray[np.object_]
    plz: NDArray[np.object_]
    ort: NDArray[np.object_]
    xy: NDArray[np.float64]
    settlement: NDArray[np.int64]


class _Nodes:
    """Nodes as they accumulate: junctions first, then the vertices between them."""

    def __init__(self, xy: NDArray[np.float64]) -> None:
        self.xy: list[tuple[float, float]] = [(float(x), float(y)) for x, y in xy]

    def add(self, points: NDArray[np.float64]) -> list[int]:
        start = len(self.xy)
        self.xy += [(float(x), float(y)) for x, y in points]
        return list(range(start, len(self.xy)))


def build_ways(
    land: Landscape, places: tuple[Settlement, ...], cells: Cells, streets: Streets
) -> tuple[Ways, Addresses]:
    """Name and tag the streets, add motorways, a river and an island, and number the houses."""
    rng = np.random.default_rng([SEED, 7])
    chains = _chain(streets)
    middles = streets.xy[[_middle_node(chain) for chain in chains]]
    place_of = cells.settlement[shapely.STRtree(as_points(cells.xy)).nearest(as_points(middles))]
    names = _give_names(streets, chains, place_of, places, rng)
    nodes = _Nodes(streets.xy)
    ways: list[Way] = []
    for chain, name in zip(chains, names, strict=True):
        tags = _tags(str(streets.klasse[chain[0][0]]), bool(streets.settled[chain[0][0]]), rng)
        tags |= {"name": name} if name else {}
        tags |= {"bridge": "yes", "layer": "1"} if streets.bridge[chain[0][0]] else {}
        ways.append(Way(tuple(_vertices(streets, chain, nodes, rng)), tags))
    addresses = _number_houses(nodes, ways, place_of, places)
    stops = _place_stops(streets, chains, names)
    for ref, course in _MOTORWAYS_KM.items():
        ways += _motorway(land, streets, nodes, ref, np.array(course) * 1000)
    ways += _island(streets, land, nodes)
    river = shapely.get_coordinates(shapely.intersection(land.river, land.with_strip))
    ways.append(Way(tuple(nodes.add(river)), {"waterway": "river", "name": "Beispielrur"}))
    return Ways(np.array(nodes.xy), tuple(ways), stops), addresses


def _chain(streets: Streets) -> list[Chain]:
    """Join edges of one class that run on into each other."""
    at: list[list[int]] = [[] for _ in range(len(streets.xy))]
    ends = streets.ends.tolist()
    for edge, (start, end) in enumerate(ends):
        at[start].append(edge)
        at[end].append(edge)
    key = [(klasse, bridge) for klasse, bridge in zip(streets.klasse, streets.bridge, strict=True)]
    xy, free, chains = streets.xy.tolist(), [True] * len(ends), []

    def run_on(chain: Chain) -> None:
        while len(chain) < 12:  # noqa: PLR2004 - longer streets change their name
            edge, back, here = chain[-1]
            best, sharpness = -1, _SHARPEST_BEND
            for other in at[here]:
                if free[other] and key[other] == key[edge]:
                    there = sum(ends[other]) - here
                    bend = _bend(xy[back], xy[here], xy[there])
                    best, sharpness = (other, bend) if bend < sharpness else (best, sharpness)
            if best < 0:
                return
            free[best] = False
            chain.append((best, here, sum(ends[best]) - here))

    for edge, (start, end) in enumerate(ends):
        if free[edge]:
            free[edge] = False
            chain = [(edge, start, end)]
            run_on(chain)
            chain = [(by, to, start) for by, start, to in reversed(chain)]
            run_on(chain)
            chains.append(chain)
    return chains


def _bend(back: list[float], here: list[float], there: list[float]) -> float:
    before = np.arctan2(here[1] - back[1], here[0] - back[0])
    after = np.arctan2(there[1] - here[1], there[0] - here[0])
    turn = abs(after - before) % (2 * np.pi)
    return float(min(turn, 2 * np.pi - turn))


def _middle_node(chain: Chain) -> int:
    return chain[len(chain) // 2][1]


def _give_names(
    streets: Streets,
    chains: list[Chain],
    place_of: NDArray[np.int64],
    places: tuple[Settlement, ...],
    rng: np.random.Generator,
) -> list[str]:
    """Name each street, no name twice within a postal code; footpaths and lanes in the woods have none."""
    pools: dict[tuple[str, str], list[str]] = {}
    names = []
    for chain, place in zip(chains, place_of, strict=True):
        klasse = str(streets.klasse[chain[0][0]]).partition(".")[0]
        if klasse not in _NAMED:
            names.append("")
            continue
        area = (places[place].ort, places[place].plz)
        if area not in pools:
            pools[area] = [str(name) for name in rng.permutation(street_names())]
        names.append(pools[area].pop())
    return names


def _tags(klasse: str, settled: bool, rng: np.random.Generator) -> dict[str, str]:  # noqa: FBT001 - a row of the table
    highway, _, mark = klasse.partition(".")
    tags = {"highway": highway}
    if mark == "oneway":
        tags["oneway"] = "yes"
    if mark == "private":
        tags["access"] = "private"
    if highway == "track":
        tags |= {"tracktype": f"grade{rng.integers(2, 5)}", "surface": "gravel"}
    speeds = {"residential": "30", "primary": "50" if settled else "100", "secondary": "50" if settled else "70"}
    if highway in speeds and rng.random() < 0.45:  # noqa: PLR2004 - a share
        tags["maxspeed"] = speeds[highway]
    return tags


def _vertices(streets: Streets, chain: Chain, nodes: _Nodes, rng: np.random.Generator) -> list[int]:
    """List the nodes of a chain, with gentle bends in long edges of the open country."""
    vertices = [chain[0][1]]
    for edge, start, end in chain:
        step = streets.xy[end] - streets.xy[start]
        length = float(np.hypot(*step))
        if length > 300 and not streets.settled[edge]:  # noqa: PLR2004 - metres
            t = np.linspace(0, 1, int(length // 150) + 2)[1:-1]
            reach = min(0.05, _WIDEST_SWING_M / length)
            swing = reach * rng.normal() * np.sin(np.pi * t) + reach * rng.normal() * np.sin(2 * np.pi * t)
            aside = np.array([-step[1], step[0]])
            vertices += nodes.add(streets.xy[start] + t[:, None] * step + swing[:, None] * aside)
        vertices.append(end)
    return vertices


def _number_houses(
    nodes: _Nodes, ways: list[Way], place_of: NDArray[np.int64], places: tuple[Settlement, ...]
) -> Addresses:
    """Put a house about every 55 m, odd numbers left and even numbers right; only where people speak German PLZ."""
    xy = np.array(nodes.xy)
    chosen = [
        index
        for index, way in enumerate(ways)
        if way.tags["highway"] in _WITH_HOUSES and "name" in way.tags and places[place_of[index]].plz
    ]
    lines = np.array([shapely.LineString(xy[list(ways[index].nodes)]) for index in chosen])
    count = (shapely.length(lines) // _HOUSES_EVERY_M).astype(int).clip(1, 60)
    number = np.concatenate([np.arange(n) for n in count])
    of_line = np.repeat(np.arange(len(lines)), count)
    along = 15.0 + number * _HOUSES_EVERY_M
    here = shapely.get_coordinates(shapely.line_interpolate_point(lines[of_line], along))
    ahead = here - shapely.get_coordinates(shapely.line_interpolate_point(lines[of_line], along - 4))
    side = np.where(number % 2 == 0, 1, -1)[:, None] * np.stack([-ahead[:, 1], ahead[:, 0]], axis=1)
    of_way = np.array(chosen)[of_line]
    place = place_of[of_way]
    return Addresses(
        street=np.array([ways[way].tags["name"] for way in of_way], dtype=object),
        number=np.array([str(n + 1) for n in number], dtype=object),
        plz=np.array([places[index].plz for index in place], dtype=object),
        ort=np.array([f"Beispiel {places[index].ort}" for index in place], dtype=object),
        xy=here + side * 2.5,
        settlement=place,
    )


def _place_stops(streets: Streets, chains: list[Chain], names: list[str]) -> tuple[tuple[int, str], ...]:
    """Put bus stops on the main roads between houses, every fourth junction."""
    stops: dict[int, str] = {}
    for chain, name in zip(chains, names, strict=True):
        edge = chain[0][0]
        if streets.settled[edge] and streets.klasse[edge] in {"primary", "secondary", "tertiary"}:
            stops |= {start: f"Beispiel {name}" for _, start, _ in chain[::4]}
    return tuple(sorted(stops.items()))


def _motorway(land: Landscape, streets: Streets, nodes: _Nodes, ref: str, course: NDArray[np.float64]) -> list[Way]:
    """Lay two carriageways and, every few kilometres, ramps to the nearest main road.

    Both ends run out of the data, as real motorways do: behind them something may lie.
    """
    box = shapely.buffer(shapely.box(*land.with_strip.bounds), _RUN_OUT_M)
    drawn = shapely.intersection(shapely.LineString(course), box)
    xy = shapely.get_coordinates(shapely.segmentize(drawn, 500))
    main = np.isin(streets.klasse.astype(str), ["primary", "secondary", "tertiary"])
    entries = np.unique(streets.ends[main])
    ways = []
    for carriageway in (xy, xy[::-1]):
        ahead = np.gradient(carriageway, axis=0)
        right = np.stack([ahead[:, 1], -ahead[:, 0]], axis=1) / np.hypot(*ahead.T)[:, None]
        vertices = nodes.add(carriageway + 14 * right)
        tags = {"highway": "motorway", "oneway": "yes", "ref": ref, "name": f"Beispielautobahn {ref}"}
        ways.append(Way(tuple(vertices), {**tags, "maxspeed": "130", "bridge": "yes", "layer": "1"}))
        for index in range(_JUNCTION_VERTICES, len(vertices) - _JUNCTION_VERTICES, _JUNCTION_VERTICES):
            entry = int(entries[np.argmin(np.hypot(*(streets.xy[entries] - carriageway[index]).T))])
            ramp = {"highway": "motorway_link", "oneway": "yes", "bridge": "yes", "layer": "1"}
            ways += [Way((vertices[index], entry), ramp), Way((entry, vertices[index]), ramp)]
    return ways


def _island(streets: Streets, land: Landscape, nodes: _Nodes) -> list[Way]:
    """Lay a ring of paths nothing leads to, in the emptiest place there is: routing must notice it."""
    west, south, east, north = land.region.bounds
    grid = np.stack(np.meshgrid(np.arange(west, east, 500), np.arange(south, north, 500)), axis=-1).reshape(-1, 2)
    points = as_points(grid[shapely.contains_xy(land.region, grid)])
    tree = shapely.STRtree(as_lines(streets.xy[streets.ends]))
    away = shapely.distance(points, tree.geometries[tree.nearest(points)])
    angle = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    ring = shapely.get_coordinates(points[int(np.argmax(away))]) + 90 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    vertices = nodes.add(ring)
    return [Way((*vertices, vertices[0]), {"highway": "service", "name": "Rundweg Beispiel-Freilichtmuseum"})]
