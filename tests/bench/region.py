"""A region of real size out of one real extract: mirrored tiles, joined where streets leave them.

The open extract holds the middle of a city; a StädteRegion has sixteen times its streets. Mirroring keeps every street
meeting its own image at the seams. What it cannot show is the countryside: sixteen city centres stand side by side.
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import osmium
from numpy.typing import NDArray
from osmium.osm import mutable

Floats = NDArray[np.float64]
Tags = Mapping[str, str]

WEST_NORTH_DEG = (6.0, 50.86)
SEAM_M = 60.0
"""A street that ends this near to a side of the extract goes on in the next tile."""

CELL_M = 100.0
M_PER_DEG = 111_320.0

KINDS = ("kindergarten", "school", "doctors", "pharmacy", "playground", "social_facility", "library",
         "community_centre", "supermarket", "bus_stop", "dentist", "bank")  # fmt: skip
"""Twelve kinds of facilities, by the value of their `amenity`, `leisure`, `shop` or `highway`."""


@dataclass
class Extract:
    """What is taken from the extract: positions by node, ways, restrictions, tagged nodes, facilities and houses."""

    position: dict[int, tuple[float, float]] = field(default_factory=dict)
    ways: list[tuple[int, Tags, list[int]]] = field(default_factory=list)
    turns: list[tuple[Tags, list[tuple[str, int, str]]]] = field(default_factory=list)
    tagged: dict[int, Tags] = field(default_factory=dict)
    facilities: list[tuple[int, float, float]] = field(default_factory=list)
    houses: list[tuple[float, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Points:
    """Places of a region in EPSG:4326: facilities (f, 2) with their kind (f,), and middles of lived-in cells (c, 2)."""

    facility_4326: Floats
    kind: NDArray[np.int64]
    cell_4326: Floats


@dataclass(frozen=True)
class Tiling:
    """Where the tile in each column and row lies; `box` is west, south, east, north of the extract in degrees."""

    box: tuple[float, float, float, float]
    columns: int
    rows: int

    def place(self, lonlat: Floats, column: int, row: int) -> Floats:
        """Move points (n, 2) of the extract into a tile, every second one mirrored; those outside onto its side."""
        west, south, east, north = self.box
        size = np.array([east - west, north - south])
        within = np.clip(lonlat - [west, south], 0, size)
        mirrored = np.where([column % 2 == 1, row % 2 == 1], size - within, within)
        corner = np.array(WEST_NORTH_DEG) - [0, size[1] * self.rows]
        return np.round(corner + size * [column, row] + mirrored, 7)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        size = np.array([self.box[2] - self.box[0], self.box[3] - self.box[1]]) * [self.columns, self.rows]
        west, north = WEST_NORTH_DEG
        return west, north - size[1], west + size[0], north

    def seam(self, column: int, row: int) -> list[tuple[str, int, int]]:
        """Sides (`W`, `S`, `E`, `N` of the extract) at which a tile meets the next column and the next row."""
        right = [("W" if column % 2 else "E", column + 1, row)] if column + 1 < self.columns else []
        above = [("S" if row % 2 else "N", column, row + 1)] if row + 1 < self.rows else []
        return right + above


def write_region(extract: Path, out: Path, *, columns: int = 4, rows: int = 4) -> Points:
    """Write the tiled street network as a PBF and return its facilities and cells."""
    taken = read_extract(extract)
    tiling = Tiling(_read_box(extract), columns, rows)
    used = sorted({node for _, _, nodes in taken.ways for node in nodes})
    number = {node: i for i, node in enumerate(used)}
    lonlat = np.array([taken.position[node] for node in used])
    sides = _street_ends(taken, number, lonlat, tiling.box)
    out.unlink(missing_ok=True)
    header = osmium.io.Header()
    header.add_box(osmium.osm.Box(*tiling.bounds))
    with osmium.SimpleWriter(str(out), header=header) as writer:
        _write_nodes(writer, taken, tiling, lonlat, used)
        ways = _write_ways(writer, taken, tiling, number, sides)
        _write_turns(writer, taken, tiling, number, ways)
    return _place_points(taken, tiling)


def read_extract(extract: Path) -> Extract:
    """Read streets, ferries, restrictions, facilities and houses."""
    taken = Extract()
    for thing in osmium.FileProcessor(str(extract)):
        tags = {tag.k: tag.v for tag in thing.tags}
        if thing.is_node():
            taken.position[thing.id] = (thing.lon, thing.lat)
            if "barrier" in tags or "kerb" in tags:
                taken.tagged[thing.id] = tags
            _take_facility(taken, tags, [taken.position[thing.id]])
        elif thing.is_way():
            nodes = [node.ref for node in thing.nodes if node.ref in taken.position]
            if ("highway" in tags or tags.get("route") == "ferry") and len(nodes) > 1:
                taken.ways.append((thing.id, tags, nodes))
            outline = [taken.position[node] for node in nodes]
            if "building" in tags and outline:
                taken.houses.append(tuple(np.mean(outline, axis=0).tolist()))
            _take_facility(taken, tags, outline)
        elif tags.get("type") == "restriction":
            taken.turns.append((tags, [(member.type, member.ref, member.role) for member in thing.members]))
    return taken


def _take_facility(taken: Extract, tags: Tags, outline: list[tuple[float, float]]) -> None:
    for key in ("amenity", "leisure", "shop", "highway"):
        if tags.get(key) in KINDS and outline:
            lon, lat = np.mean(outline, axis=0).tolist()
            taken.facilities.append((KINDS.index(tags[key]), lon, lat))
            return


def _read_box(extract: Path) -> tuple[float, float, float, float]:
    with osmium.io.Reader(str(extract), osmium.osm.NOTHING) as reader:
        box = reader.header().box()
    return box.bottom_left.lon, box.bottom_left.lat, box.top_right.lon, box.top_right.lat


def _street_ends(
    taken: Extract, number: Mapping[int, int], lonlat: Floats, box: tuple[float, float, float, float]
) -> dict[str, list[tuple[int, Tags]]]:
    """Dead ends near each side of the extract, with the tags of their street but for its direction."""
    west, south, east, north = box
    met = Counter(node for _, _, nodes in taken.ways for node in nodes)
    near = SEAM_M / (M_PER_DEG * np.array([math.cos(math.radians(south)), 1.0]))
    found: dict[str, list[tuple[int, Tags]]] = {side: [] for side in "WSEN"}
    for _, tags, nodes in taken.ways:
        joint = {key: value for key, value in tags.items() if key not in {"oneway", "junction", "area"}}
        for node in {nodes[0], nodes[-1]}:
            lon, lat = lonlat[number[node]]
            if met[node] == 1:
                gaps = {"W": (lon - west) / near[0], "E": (east - lon) / near[0],
                        "S": (lat - south) / near[1], "N": (north - lat) / near[1]}  # fmt: skip
                for side in (side for side, gap in gaps.items() if gap < 1):
                    found[side].append((number[node], joint))
    return found


def _tiles(tiling: Tiling) -> list[tuple[int, int, int]]:
    """Number, column and row of every tile."""
    return [(c * tiling.rows + r, c, r) for c in range(tiling.columns) for r in range(tiling.rows)]


def _write_nodes(writer: osmium.SimpleWriter, taken: Extract, tiling: Tiling, lonlat: Floats, used: list[int]) -> None:
    for tile, column, row in _tiles(tiling):
        for i, (node, location) in enumerate(zip(used, tiling.place(lonlat, column, row).tolist(), strict=True)):
            tags = taken.tagged.get(node, {})
            writer.add_node(mutable.Node(id=tile * len(used) + i + 1, location=location, tags=tags, version=1))


def _write_ways(
    writer: osmium.SimpleWriter,
    taken: Extract,
    tiling: Tiling,
    number: Mapping[int, int],
    sides: Mapping[str, list[tuple[int, Tags]]],
) -> dict[tuple[int, int], int]:
    """Write the ways of all tiles and the joints between them; returns new ids by tile and way."""
    written: dict[tuple[int, int], int] = {}
    way_id, size = 0, len(number)
    for tile, column, row in _tiles(tiling):
        for way, tags, nodes in taken.ways:
            way_id += 1
            written[tile, way] = way_id
            refs = [tile * size + number[node] + 1 for node in nodes]
            writer.add_way(mutable.Way(id=way_id, nodes=refs, tags=dict(tags), version=1))
        for side, other_column, other_row in tiling.seam(column, row):
            other = other_column * tiling.rows + other_row
            for node, tags in sides[side]:
                way_id += 1
                refs = [tile * size + node + 1, other * size + node + 1]
                writer.add_way(mutable.Way(id=way_id, nodes=refs, tags=dict(tags), version=1))
    return written


def _write_turns(
    writer: osmium.SimpleWriter,
    taken: Extract,
    tiling: Tiling,
    number: Mapping[int, int],
    ways: Mapping[tuple[int, int], int],
) -> None:
    relation_id = 0
    for tile, _, _ in _tiles(tiling):
        for tags, members in taken.turns:
            moved = [
                ("w", ways[tile, ref], role) if sort == "w" else ("n", tile * len(number) + number[ref] + 1, role)
                for sort, ref, role in members
                if (tile, ref) in ways or (sort == "n" and ref in number)
            ]
            if len(moved) == len(members):
                relation_id += 1
                writer.add_relation(mutable.Relation(id=relation_id, members=moved, tags=dict(tags), version=1))


def _place_points(taken: Extract, tiling: Tiling) -> Points:
    kinds = np.array([kind for kind, _, _ in taken.facilities], np.int64)
    facilities = np.array([(lon, lat) for _, lon, lat in taken.facilities])
    cells = _lived_in(np.array(taken.houses), tiling.box)
    tiles = _tiles(tiling)
    return Points(
        facility_4326=np.concatenate([tiling.place(facilities, c, r) for _, c, r in tiles]),
        kind=np.tile(kinds, len(tiles)),
        cell_4326=np.concatenate([tiling.place(cells, c, r) for _, c, r in tiles]),
    )


def _lived_in(houses: Floats, box: tuple[float, float, float, float]) -> Floats:
    """Middles (c, 2) of the 100 m cells that hold a house."""
    per_deg = M_PER_DEG * np.array([math.cos(math.radians(box[1])), 1.0])
    cells = np.unique(np.floor((houses - box[:2]) * per_deg / CELL_M), axis=0)
    return np.asarray((cells + 0.5) * CELL_M / per_deg + box[:2], np.float64)
