"""Read what can be travelled from an OpenStreetMap PBF: ways, nodes, barriers, banned turns, doors, the extract's box.

One pass: libosmium keeps the positions of nodes and hands up only ways and the nodes with a barrier, a kerb or a door.
(Filtering nodes by the ids the ways use costs 2 s and a gigabyte before the first node is read, because ids are spread
over 9 · 10⁹.) All ways come up, tagged or not, because the outline of a building with a courtyard is an untagged one:
on an extract of 300,000 nodes and 35,000 buildings that and the doors take the reading from 0.6 s to 1.3 s.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import osmium
import shapely
from numpy.typing import NDArray

from infrastruktur.domain.errors import SourceRefused
from infrastruktur.routing.access import NODE_KEYS, WAY_KEYS, Tags
from infrastruktur.routing.houses import DOOR_KEYS, Outlines
from infrastruktur.routing.traits import TRAIT_KEYS
from infrastruktur.routing.turns import Turn, Unheeded, read_turn

Progress = Callable[[str, float], None]
_Ref = tuple[int, int, int]

_KEPT_OF_WAYS = WAY_KEYS | TRAIT_KEYS
_NOWHERE = np.iinfo(np.int64).min
_OUTLINE_NODES = 4  # a closed ring of a triangle
_UNIT_DEG = 1e-7  # OpenStreetMap stores positions as integers of this unit


@dataclass(frozen=True)
class Streets:
    """Ways and nodes as the file gives them, ways by ascending id.

    way_id (w,) i8; tags: what ways say, each once (1,955 for 14,893 ways in Aachen); way_tags (w,) i8 into tags;
    ref_indptr (w+1,) i8 into ref (r,) i8, positions in the node arrays, -1 where the file lacks the node; node_id (n,)
    i8 ascending; lonlat (n, 2) f8 in EPSG:4326; barriers: position → tags of nodes with a barrier or a kerb; box_4326:
    the header's, where it has one; turns: restrictions by relation id; outlines: of the buildings whose doors are
    mapped; square_relations: how many squares are multipolygons, and so left out.
    """

    way_id: NDArray[np.int64]
    tags: list[Tags]
    way_tags: NDArray[np.int64]
    ref_indptr: NDArray[np.int64]
    ref: NDArray[np.int64]
    node_id: NDArray[np.int64]
    lonlat: NDArray[np.float64]
    barriers: dict[int, Tags]
    box_4326: shapely.Polygon | None
    turns: list[Turn | Unheeded] = field(default_factory=list)
    outlines: Outlines = field(default_factory=Outlines)
    square_relations: int = 0


@dataclass
class _Collected:
    """Rows in the order of the file; x and y in units of 1e-7 degrees, `_NOWHERE` where the node is missing.

    `rings` are closed ways that hold a door, by way id; those of `houses` are outlines of buildings.
    """

    way_id: list[int] = field(default_factory=list)
    tags: dict[frozenset[tuple[str, str]], int] = field(default_factory=dict)
    way_tags: list[int] = field(default_factory=list)
    length: list[int] = field(default_factory=list)
    refs: list[_Ref] = field(default_factory=list)
    barriers: dict[int, Tags] = field(default_factory=dict)
    turns: dict[int, Turn | Unheeded] = field(default_factory=dict)
    doors: dict[int, Tags] = field(default_factory=dict)
    rings: dict[int, list[_Ref]] = field(default_factory=dict)
    houses: set[int] = field(default_factory=set)
    square_relations: int = 0


def read_streets(pbf: Path, progress: Progress) -> Streets:
    """Read every `highway` and every ferry of a PBF whose nodes stand before its ways, as is usual.

    Raises
    ------
    SourceRefused
        The file is absent, broken, no OSM file, or holds no way that could be travelled.

    """
    if not pbf.is_file():
        raise SourceRefused(pbf.name, "Die Datei gibt es nicht. Bitte den Pfad des OSM-Auszugs (.osm.pbf) prüfen.")
    progress("Straßen lesen", 0.0)
    try:
        collected = _collect(pbf)
        box = _read_box(pbf)
    except (RuntimeError, ValueError) as error:
        # libosmium reports broken blobs, wrong magic and truncation as RuntimeError with an English reason
        raise SourceRefused(
            pbf.name, f"Das ist kein lesbarer OSM-Auszug (.osm.pbf). Bitte neu herunterladen. ({error})"
        ) from error
    streets = _arrange(collected, box)
    if not len(streets.node_id):
        raise SourceRefused(
            pbf.name, "Die Datei enthält keine Straßen oder Wege mit Lage. Bitte einen vollständigen OSM-Auszug wählen."
        )
    progress("Straßen lesen", 1.0)
    return streets


def _collect(pbf: Path) -> _Collected:
    collected = _Collected()
    reader = osmium.FileProcessor(str(pbf), osmium.osm.NODE | osmium.osm.WAY | osmium.osm.RELATION)
    of_nodes = osmium.filter.KeyFilter("barrier", "kerb", "entrance")
    of_relations = osmium.filter.KeyFilter("type")
    of_nodes.enable_for(osmium.osm.NODE)
    of_relations.enable_for(osmium.osm.RELATION)
    for element in reader.with_locations().with_filter(of_nodes).with_filter(of_relations):
        if isinstance(element, osmium.osm.Node):
            _collect_node(collected, element)
        elif isinstance(element, osmium.osm.Way):
            _collect_way(collected, element)
        elif isinstance(element, osmium.osm.Relation):
            _collect_relation(collected, element)
    return collected


def _collect_node(collected: _Collected, node: osmium.osm.Node) -> None:
    if "barrier" in node.tags or "kerb" in node.tags:
        collected.barriers[node.id] = _keep(node.tags, NODE_KEYS)
    if "entrance" in node.tags:
        collected.doors[node.id] = _keep(node.tags, DOOR_KEYS)


def _collect_way(collected: _Collected, way: osmium.osm.Way) -> None:
    if _is_travelled(way.tags):
        collected.way_id.append(way.id)
        said = frozenset(_keep(way.tags, _KEPT_OF_WAYS).items())
        collected.way_tags.append(collected.tags.setdefault(said, len(collected.tags)))
        collected.length.append(len(way.nodes))
        collected.refs.extend(map(_place, way.nodes))
    if way.is_closed() and _has_door(way, collected.doors):
        collected.rings[way.id] = list(map(_place, way.nodes))
        if _is_house(way.tags):
            collected.houses.add(way.id)


def _collect_relation(collected: _Collected, relation: osmium.osm.Relation) -> None:
    kind = relation.tags.get("type")
    if kind == "restriction":
        members = [(member.type, member.ref, member.role) for member in relation.members]
        collected.turns[relation.id] = read_turn({tag.k: tag.v for tag in relation.tags}, members)
    elif kind == "multipolygon" and "highway" in relation.tags:
        collected.square_relations += 1
    elif kind == "multipolygon" and _is_house(relation.tags):
        collected.houses.update(member.ref for member in relation.members if member.role in {"outer", ""})


def _is_travelled(tags: osmium.osm.TagList) -> bool:
    return "highway" in tags or tags.get("route") == "ferry"


def _has_door(way: osmium.osm.Way, doors: Mapping[int, Tags]) -> bool:
    """Look for a door on a ring; most of the time that doors take is spent here, so never where a file has none."""
    if not doors or len(way.nodes) < _OUTLINE_NODES:
        return False
    return not doors.keys().isdisjoint([node.ref for node in way.nodes])


def _is_house(tags: osmium.osm.TagList) -> bool:
    return tags.get("building") not in {None, "no"}


def _keep(tags: Iterable[osmium.osm.Tag], keys: frozenset[str]) -> Tags:
    return {tag.k: tag.v for tag in tags if tag.k in keys}


def _place(node: osmium.osm.NodeRef) -> _Ref:
    location = node.location
    return (node.ref, location.x, location.y) if location.valid() else (node.ref, _NOWHERE, _NOWHERE)


def _arrange(collected: _Collected, box: shapely.Polygon | None) -> Streets:
    order = np.argsort(np.asarray(collected.way_id, np.int64), kind="stable")
    length = np.asarray(collected.length, np.int64)
    start = np.cumsum(length) - length
    ref_indptr = np.concatenate([[0], np.cumsum(length[order])])
    rows = np.repeat(start[order] - ref_indptr[:-1], length[order]) + np.arange(ref_indptr[-1])
    refs = np.asarray(collected.refs, np.int64).reshape(-1, 3)[rows]
    found = refs[:, 1] != _NOWHERE
    node_id, first = np.unique(refs[found, 0], return_index=True)
    ref = np.full(len(refs), -1, np.int64)
    ref[found] = np.searchsorted(node_id, refs[found, 0])
    known = {node: int(np.searchsorted(node_id, node)) for node in sorted(collected.barriers)}
    return Streets(
        way_id=np.asarray(collected.way_id, np.int64)[order],
        tags=[dict(said) for said in collected.tags],
        way_tags=np.asarray(collected.way_tags, np.int64)[order],
        ref_indptr=ref_indptr,
        ref=ref,
        node_id=node_id,
        lonlat=refs[found, 1:][first] * _UNIT_DEG,
        barriers={
            at: collected.barriers[node] for node, at in known.items() if at < len(node_id) and node_id[at] == node
        },
        box_4326=box,
        turns=[turn for _, turn in sorted(collected.turns.items())],
        outlines=_arrange_outlines(collected),
        square_relations=collected.square_relations,
    )


def _arrange_outlines(collected: _Collected) -> Outlines:
    houses = sorted(collected.houses & collected.rings.keys())
    refs = np.array([ref for house in houses for ref in collected.rings[house]], np.int64).reshape(-1, 3)
    found = (refs[:, 1] != _NOWHERE)[:, None]
    return Outlines(
        way_id=np.array(houses, np.int64),
        ref_indptr=np.cumsum([0, *(len(collected.rings[house]) for house in houses)], dtype=np.int64),
        node_id=refs[:, 0],
        lonlat=np.where(found, refs[:, 1:] * _UNIT_DEG, np.nan),
        doors=dict(sorted(collected.doors.items())),
    )


def _read_box(pbf: Path) -> shapely.Polygon | None:
    with osmium.io.Reader(str(pbf), osmium.osm.NOTHING) as reader:
        box = reader.header().box()
    if not box.valid():
        return None
    low, high = box.bottom_left, box.top_right
    return shapely.box(low.lon, low.lat, high.lon, high.lat)
