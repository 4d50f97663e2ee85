"""Read what can be travelled from an OpenStreetMap PBF: ways, nodes, barriers, banned turns, the box of the extract.

One pass: libosmium keeps the positions of nodes and hands up only ways and barriers. (Filtering nodes by the ids
the ways use costs 2 s and a gigabyte before the first node is read, because ids are spread over 9 · 10⁹.)
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import osmium
import shapely
from numpy.typing import NDArray

from infrastruktur.domain.errors import SourceRefused
from infrastruktur.routing.access import NODE_KEYS, WAY_KEYS, Tags
from infrastruktur.routing.traits import TRAIT_KEYS
from infrastruktur.routing.turns import Turn, Unheeded, read_turn

Progress = Callable[[str, float], None]

_KEPT_OF_WAYS = WAY_KEYS | TRAIT_KEYS
_NOWHERE = np.iinfo(np.int64).min
_UNIT_DEG = 1e-7  # OpenStreetMap stores positions as integers of this unit


@dataclass(frozen=True)
class Streets:
    """Ways and nodes as the file gives them, ways by ascending id.

    way_id (w,) i8; tags: w mappings; ref_indptr (w+1,) i8 into ref (r,) i8, positions in the node arrays, -1 where
    the file lacks the node; node_id (n,) i8 ascending; lonlat (n, 2) f8 in EPSG:4326; barriers: position → tags of
    nodes with a barrier or a kerb; box_4326: the header's, where it has one; turns: restrictions by relation id.
    """

    way_id: NDArray[np.int64]
    tags: list[Tags]
    ref_indptr: NDArray[np.int64]
    ref: NDArray[np.int64]
    node_id: NDArray[np.int64]
    lonlat: NDArray[np.float64]
    barriers: dict[int, Tags]
    box_4326: shapely.Polygon | None
    turns: list[Turn | Unheeded] = field(default_factory=list)


@dataclass
class _Collected:
    """Rows in the order of the file; x and y in units of 1e-7 degrees, `_NOWHERE` where the node is missing."""

    way_id: list[int] = field(default_factory=list)
    tags: list[Tags] = field(default_factory=list)
    length: list[int] = field(default_factory=list)
    refs: list[tuple[int, int, int]] = field(default_factory=list)
    barriers: dict[int, Tags] = field(default_factory=dict)
    turns: dict[int, Turn | Unheeded] = field(default_factory=dict)


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
    keys = osmium.filter.KeyFilter("highway", "route", "barrier", "kerb", "type")
    for element in reader.with_locations().with_filter(keys):
        if isinstance(element, osmium.osm.Node):
            if "barrier" in element.tags or "kerb" in element.tags:
                collected.barriers[element.id] = _keep(element.tags, NODE_KEYS)
        elif isinstance(element, osmium.osm.Way) and _is_travelled(element.tags):
            collected.way_id.append(element.id)
            collected.tags.append(_keep(element.tags, _KEPT_OF_WAYS))
            collected.length.append(len(element.nodes))
            collected.refs.extend(map(_place, element.nodes))
        elif isinstance(element, osmium.osm.Relation) and element.tags.get("type") == "restriction":
            members = [(member.type, member.ref, member.role) for member in element.members]
            collected.turns[element.id] = read_turn({tag.k: tag.v for tag in element.tags}, members)
    return collected


def _is_travelled(tags: osmium.osm.TagList) -> bool:
    return "highway" in tags or tags.get("route") == "ferry"


def _keep(tags: Iterable[osmium.osm.Tag], keys: frozenset[str]) -> Tags:
    return {tag.k: tag.v for tag in tags if tag.k in keys}


def _place(node: osmium.osm.NodeRef) -> tuple[int, int, int]:
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
        tags=[collected.tags[i] for i in order],
        ref_indptr=ref_indptr,
        ref=ref,
        node_id=node_id,
        lonlat=refs[found, 1:][first] * _UNIT_DEG,
        barriers={
            at: collected.barriers[node] for node, at in known.items() if at < len(node_id) and node_id[at] == node
        },
        box_4326=box,
        turns=[turn for _, turn in sorted(collected.turns.items())],
    )


def _read_box(pbf: Path) -> shapely.Polygon | None:
    with osmium.io.Reader(str(pbf), osmium.osm.NOTHING) as reader:
        box = reader.header().box()
    if not box.valid():
        return None
    low, high = box.bottom_left, box.top_right
    return shapely.box(low.lon, low.lat, high.lon, high.lat)
