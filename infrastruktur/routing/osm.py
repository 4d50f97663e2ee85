"""Read what can be travelled from an OpenStreetMap PBF: ways, nodes, barriers, banned turns, doors, the extract's box.

One pass: libosmium keeps the positions of nodes and writes ways and the nodes with a barrier, a kerb or a door as lines
of text (`opl`), which are read here. (Filtering nodes by the ids the ways use costs 2 s and a gigabyte before the first
node is read, because ids are spread over 9 · 10⁹.) All ways are written, tagged or not, because the outline of a
building with a courtyard is an untagged one.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

import numpy as np
import shapely
from numpy.typing import NDArray

from infrastruktur.domain.errors import SourceRefused
from infrastruktur.routing import opl
from infrastruktur.routing.access import NODE_KEYS, WAY_KEYS, Tags
from infrastruktur.routing.houses import DOOR_KEYS, Outlines
from infrastruktur.routing.traits import TRAIT_KEYS
from infrastruktur.routing.turns import Turn, Unheeded, read_turn

Progress = Callable[[str, float], None]

_KEPT_OF_WAYS = WAY_KEYS | TRAIT_KEYS
_OUTLINE_NODES = 4  # a closed ring of a triangle


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
    """Rows in the order of the file.

    tags: what ways say, numbered; refs: of ways whose numbers are not read yet, as text; node_id and lonlat: those that
    are. doors: by id; door_refs: how a ring refers to them; rings: references of closed ways that hold a door, by way
    id; houses: ways that are outlines of buildings.
    """

    way_id: list[int] = field(default_factory=list)
    tags: dict[frozenset[tuple[str, str]], int] = field(default_factory=dict)
    way_tags: list[int] = field(default_factory=list)
    length: list[int] = field(default_factory=list)
    refs: list[str] = field(default_factory=list)
    node_id: list[NDArray[np.int64]] = field(default_factory=lambda: [np.zeros(0, np.int64)])
    lonlat: list[NDArray[np.float64]] = field(default_factory=lambda: [np.zeros((0, 2))])
    barriers: dict[int, Tags] = field(default_factory=dict)
    turns: dict[int, Turn | Unheeded] = field(default_factory=dict)
    doors: dict[int, Tags] = field(default_factory=dict)
    door_refs: set[str] = field(default_factory=set)
    rings: dict[int, str] = field(default_factory=dict)
    houses: set[int] = field(default_factory=set)
    square_relations: int = 0


def read_streets(pbf: Path, progress: Progress) -> Streets:
    """Read every `highway` and every ferry of a PBF whose nodes stand before its ways, as is usual.

    Raises
    ------
    SourceRefused
        The file is absent, broken, no OSM file, holds no way that could be travelled, or there is no room to read it.

    """
    if not pbf.is_file():
        raise SourceRefused(pbf.name, "Die Datei gibt es nicht. Bitte den Pfad des OSM-Auszugs (.osm.pbf) prüfen.")
    _check_room(pbf)
    progress("Straßen lesen", 0.0)
    try:
        streets = _arrange(*_collect(pbf))
    except (RuntimeError, ValueError) as error:
        # libosmium reports broken blobs, wrong magic and truncation as RuntimeError with an English reason
        raise SourceRefused(
            pbf.name, f"Das ist kein lesbarer OSM-Auszug (.osm.pbf). Bitte neu herunterladen. ({error})"
        ) from error
    if not len(streets.node_id):
        raise SourceRefused(
            pbf.name, "Die Datei enthält keine Straßen oder Wege mit Lage. Bitte einen vollständigen OSM-Auszug wählen."
        )
    progress("Straßen lesen", 1.0)
    return streets


def _collect(pbf: Path) -> tuple[_Collected, shapely.Polygon | None]:
    collected = _Collected()
    read: dict[str, Callable[..., None]] = {"n": _collect_node, "w": _collect_way, "r": _collect_relation}
    with TemporaryDirectory(prefix="infrastruktur-") as folder:
        text = Path(folder) / "streets.opl"
        box = opl.write_opl(pbf, text)
        for lines in opl.read_lines(text):
            for line in lines:
                read[line[0]](collected, *line.split())
            _read_refs(collected)
    return collected, box


def _check_room(pbf: Path) -> None:
    """Look before writing: libosmium ends the whole process where a disk is full."""
    folder = gettempdir()
    free, needed = shutil.disk_usage(folder).free, opl.LONGEST * pbf.stat().st_size
    if free < needed:
        raise SourceRefused(
            pbf.name,
            f"Zum Lesen fehlt Platz: In {folder} sind {free >> 20} MB frei, gebraucht werden {needed >> 20} MB. "
            "Bitte Platz schaffen oder in TMPDIR einen anderen Ordner nennen.",
        )


def _collect_node(collected: _Collected, number: str, said: str, x: str, y: str) -> None:
    node, tags = int(number[1:]), opl.parse_tags(said, NODE_KEYS | DOOR_KEYS)
    if "barrier" in tags or "kerb" in tags:
        collected.barriers[node] = _keep(tags, NODE_KEYS)
    if "entrance" in tags:
        collected.doors[node] = _keep(tags, DOOR_KEYS)
        collected.door_refs.add(number + x + y)


def _collect_way(collected: _Collected, number: str, said: str, refs: str) -> None:
    way, refs = int(number[1:]), refs[1:]
    if "highway=" in said or "route=ferry" in said:  # most ways are houses and need no closer look
        tags = opl.parse_tags(said, _KEPT_OF_WAYS)
        if "highway" in tags or tags.get("route") == "ferry":
            collected.way_id.append(way)
            collected.way_tags.append(collected.tags.setdefault(frozenset(tags.items()), len(collected.tags)))
            collected.length.append(refs.count("n"))
            collected.refs.append(refs)
    if collected.doors and _holds_door(refs.split(","), collected.door_refs):
        collected.rings[way] = refs
        if _is_house(opl.parse_tags(said)):
            collected.houses.add(way)


def _collect_relation(collected: _Collected, number: str, said: str, members: str) -> None:
    tags = opl.parse_tags(said)
    if tags["type"] == "restriction":
        collected.turns[int(number[1:])] = read_turn(tags, opl.parse_members(members))
    elif "highway" in tags:
        collected.square_relations += 1
    elif _is_house(tags):
        outer = (way for _, way, role in opl.parse_members(members) if role in {"outer", ""})
        collected.houses.update(outer)


def _read_refs(collected: _Collected) -> None:
    node_id, lonlat = opl.parse_refs(",".join(collected.refs))
    collected.node_id.append(node_id)
    collected.lonlat.append(lonlat)
    collected.refs.clear()


def _holds_door(ring: list[str], door_refs: set[str]) -> bool:
    closed = len(ring) >= _OUTLINE_NODES and ring[0] == ring[-1]
    return closed and not door_refs.isdisjoint(ring)


def _is_house(tags: Tags) -> bool:
    return tags.get("building") not in {None, "no"}


def _keep(tags: Tags, keys: frozenset[str]) -> Tags:
    return {key: value for key, value in tags.items() if key in keys}


def _arrange(collected: _Collected, box: shapely.Polygon | None) -> Streets:
    order = np.argsort(np.asarray(collected.way_id, np.int64), kind="stable")
    length = np.asarray(collected.length, np.int64)
    start = np.cumsum(length) - length
    ref_indptr = np.concatenate([[0], np.cumsum(length[order])])
    rows = np.repeat(start[order] - ref_indptr[:-1], length[order]) + np.arange(ref_indptr[-1])
    refs, lonlat = np.concatenate(collected.node_id)[rows], np.concatenate(collected.lonlat)[rows]
    found = ~np.isnan(lonlat[:, 0])
    node_id, first = np.unique(refs[found], return_index=True)
    ref = np.full(len(refs), -1, np.int64)
    ref[found] = np.searchsorted(node_id, refs[found])
    known = {node: int(np.searchsorted(node_id, node)) for node in sorted(collected.barriers)}
    return Streets(
        way_id=np.asarray(collected.way_id, np.int64)[order],
        tags=[dict(said) for said in collected.tags],
        way_tags=np.asarray(collected.way_tags, np.int64)[order],
        ref_indptr=ref_indptr,
        ref=ref,
        node_id=node_id,
        lonlat=lonlat[found][first],
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
    rings = [collected.rings[house] for house in houses]
    node_id, lonlat = opl.parse_refs(",".join(rings))
    return Outlines(
        way_id=np.array(houses, np.int64),
        ref_indptr=np.cumsum([0, *(ring.count("n") for ring in rings)], dtype=np.int64),
        node_id=node_id,
        lonlat=lonlat,
        doors=dict(sorted(collected.doors.items())),
    )
