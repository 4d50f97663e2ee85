"""A network on disk and in memory: topology and weights as memory-mapped arrays under one manifest.

A generation is a folder named after its contents; a one-line pointer is replaced when it is whole, so a reader
meets the old network or the new one, never a mixture. Topology and weights are separate files: a new profile
or a closed street changes weights only.
"""

import hashlib
import io
import mmap
import os
import zlib
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, cast

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

from infrastruktur.domain.errors import NetworkRefused
from infrastruktur.routing import arcs
from infrastruktur.routing.doors import DOORS, NO_DOORS, Doors
from infrastruktur.routing.houses import HouseReport
from infrastruktur.routing.profiles import Modus
from infrastruktur.routing.raster import Raster, build_raster

FORMAT = "infrastruktur-network"
FORMAT_VERSION = 7
POINTER = "current"
MANIFEST = "manifest.json"
_NPY_HEADER_BYTES = 128

WEIGHTS = ("weight_ds", "edge_forward_ds", "edge_backward_ds")
TOPOLOGY = (
    "indptr",
    "head",
    "arc_edge",
    "arc_forward",
    "node_xy",
    "node_osm",
    "node_component",
    "node_place",
    "node_obstacle",
    "edge_of_data",
    "edge_from",
    "edge_to",
    "leave_node",
    "arrive_node",
    "edge_way",
    "edge_length_m",
    "edge_destination",
    "edge_stopping",
    "edge_own_pace",
    "edge_steps",
    "edge_kerb",
    "edge_surface",
    "edge_smoothness",
    "edge_wheelchair",
    "edge_width_dm",
    "edge_incline_percent",
    "geom_indptr",
    "geom_xy",
    "node_rank",
)

Graph = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]


@dataclass(frozen=True, eq=False)
class Network:
    """Arrays of one mode: n nodes, m arcs, e edges (a stretch of way between two vertices, whatever its direction).

    Attributes
    ----------
    indptr (n+1,), head (m,), weight_ds (m,) i4
        Arcs leaving each node, with times in deciseconds.
    arc_edge (m,) i4, arc_forward (m,) bool
        The edge an arc travels and whether along its drawing; -1 for the links of the next paragraph.
    leave_node, arrive_node (e, 2) i4
        Where a journey that begins on the edge comes out, and one that ends there goes in; the two ends of the edge
        itself unless the edge may be used by those who begin or end there only (`edge_destination`): such edges stand
        twice, once on the way out and once on the way in, so no journey passes through.
    edge_from, edge_to (e,) i4; geom_indptr (e+1,) i8; geom_xy (k, 2) f8
        Ends and course, from `edge_from` to `edge_to`, in EPSG:25832.
    edge_forward_ds, edge_backward_ds (e,) i4
        Time along and against the course; -1 where not allowed.
    edge_stopping (e,) bool
        Whether a journey may begin or end there: not on motorways, on ferries, in tunnels.
    edge_own_pace (e,) bool
        Whether the profile's pace counts: not on ferries, nor where a bike is pushed.
    node_component (n,) i4
        Strong component, 0 being the largest, counting `destination` edges as passable and banned turns as banned.
    node_place (n,) i4, node_obstacle (n,) u1
        The node a copy stands for (`arcs.lay_arcs`), itself for most; and `traits.Obstacle`.
    edge_steps, edge_kerb, edge_surface, edge_smoothness, edge_wheelchair, edge_width_dm (e,) u1, edge_incline_percent
        As far as mapped, the codes of `traits`; width 0 and incline -128 (e,) i1 are unknown.
    edge_of_data (n,) bool
        Nodes where a journey may leave the data, see `topology.build_topology`.
    node_rank (n,) i4
        Order of contraction, see `order.find_rank`; None in a network that was made in memory.
    doors
        The houses whose doors are mapped, the same for all modes.

    """

    modus: Modus
    generation: str
    data_area_25832: shapely.Polygon | shapely.MultiPolygon
    indptr: NDArray[np.int32]
    head: NDArray[np.int32]
    weight_ds: NDArray[np.int32]
    arc_edge: NDArray[np.int32]
    arc_forward: NDArray[np.bool_]
    node_xy: NDArray[np.float64]
    node_osm: NDArray[np.int64]
    node_component: NDArray[np.int32]
    node_place: NDArray[np.int32]
    node_obstacle: NDArray[np.uint8]
    edge_of_data: NDArray[np.bool_]
    edge_from: NDArray[np.int32]
    edge_to: NDArray[np.int32]
    leave_node: NDArray[np.int32]
    arrive_node: NDArray[np.int32]
    edge_way: NDArray[np.int64]
    edge_length_m: NDArray[np.float64]
    edge_destination: NDArray[np.bool_]
    edge_stopping: NDArray[np.bool_]
    edge_own_pace: NDArray[np.bool_]
    edge_steps: NDArray[np.uint8]
    edge_kerb: NDArray[np.uint8]
    edge_surface: NDArray[np.uint8]
    edge_smoothness: NDArray[np.uint8]
    edge_wheelchair: NDArray[np.uint8]
    edge_width_dm: NDArray[np.uint8]
    edge_incline_percent: NDArray[np.int8]
    edge_forward_ds: NDArray[np.int32]
    edge_backward_ds: NDArray[np.int32]
    geom_indptr: NDArray[np.int64]
    geom_xy: NDArray[np.float64]
    node_rank: NDArray[np.int32] | None = None
    doors: Doors = NO_DOORS

    def __post_init__(self) -> None:
        """Make all arrays read-only, wherever they come from: one network is one value, and one kind to compile for."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                object.__setattr__(self, field.name, read_only(value))

    @property
    def graph(self) -> Graph:
        return self.indptr, self.head, self.weight_ds

    @cached_property
    def reverse_graph(self) -> Graph:
        """The arcs by the node they enter, for journeys towards a place."""
        tail = np.repeat(np.arange(len(self.indptr) - 1, dtype=np.int32), np.diff(self.indptr))
        order = np.lexsort((tail, self.head))
        entering = np.bincount(self.head, minlength=len(self.indptr) - 1)
        indptr = np.concatenate([[0], np.cumsum(entering)]).astype(np.int32)
        return read_only(indptr), read_only(tail[order]), read_only(self.weight_ds[order])

    @cached_property
    def free_ends(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """As `leave_node` and `arrive_node`, of who is at an end of the edge and may use all edges there."""
        return arcs.free_ends(vars(self))

    @cached_property
    def edge_component(self) -> NDArray[np.int32]:
        """Component (e,) i4 from which one comes to a place on the edge and into which one leaves it; -1 where none."""
        onto, off = self.node_component[self.arrive_node], self.node_component[self.leave_node]
        ahead, back = self.edge_forward_ds >= 0, self.edge_backward_ds >= 0
        none = np.iinfo(np.int32).max
        ways = ((ahead, 0, 1), (back, 1, 0), (ahead & back, 0, 0), (ahead & back, 1, 1))
        same = [np.where(able & (onto[:, i] == off[:, o]), onto[:, i], none) for able, i, o in ways]
        best = np.min(np.stack(same), axis=0)
        return np.where(best == none, -1, best).astype(np.int32)

    @cached_property
    def lines(self) -> NDArray[Any]:
        """Course of every edge as a LineString in EPSG:25832."""
        edge = np.repeat(np.arange(len(self.edge_from)), np.diff(self.geom_indptr))
        return np.asarray(shapely.linestrings(np.asarray(self.geom_xy), indices=edge))

    @cached_property
    def main_index(self) -> tuple[NDArray[np.int64], shapely.STRtree]:
        """Edges of the main component where a journey may begin or end, and the index over them."""
        return self._index((self.edge_component == 0) & self.edge_stopping)

    @cached_property
    def island_index(self) -> tuple[NDArray[np.int64], shapely.STRtree]:
        """Such edges of all other components, and the index over them."""
        return self._index((self.edge_component != 0) & self.edge_stopping)

    @cached_property
    def main_raster(self) -> Raster:
        """The same edges as of `main_index`, for points that look for the nearest."""
        return self._raster((self.edge_component == 0) & self.edge_stopping)

    @cached_property
    def island_raster(self) -> Raster:
        return self._raster((self.edge_component != 0) & self.edge_stopping)

    def _raster(self, mask: NDArray[np.bool_]) -> Raster:
        return build_raster(np.flatnonzero(mask), self.geom_indptr, self.geom_xy, self.edge_destination)

    def _index(self, mask: NDArray[np.bool_]) -> tuple[NDArray[np.int64], shapely.STRtree]:
        edges = np.flatnonzero(mask)
        return edges, shapely.STRtree(self.lines[edges])


class FileEntry(msgspec.Struct, frozen=True):
    """What a file must be: its bytes, their CRC-32 for every load and their SHA-256 for `verify_network`.

    CRC-32 finds every change within four neighbouring bytes and all but one in 4 · 10⁹ others; it was measured at
    2.3 GB/s, SHA-256 at half of that.
    """

    size: int
    crc32: int
    sha256: str


class ModeReport(msgspec.Struct, frozen=True):
    """What was built for a mode; `nodes` counts a junction once, `edges_to_end_only` those for destination only.

    `edges_enclosed` are those of them that no sign makes so (`arcs.find_enclosed`). `ways_ignored` counts by reason
    (`access.Ignored`), `turns` restrictions as `used` or by the reason they are not (`turns.Unheeded`): empty for modes
    they do not bind.
    """

    nodes: int
    edges: int
    length_km: float
    components: int
    main_component_share: float
    nodes_at_edge_of_data: int
    edges_to_end_only: int
    edges_enclosed: int
    barriers_closed: int
    ways_used: int
    ways_ignored: dict[str, int]
    turns: dict[str, int]


class Offen(msgspec.Struct, frozen=True):
    """What of a network is open to a profile; `unknown_km` by trait, of all ways on which it could not be checked."""

    edges: int
    edges_closed: int
    length_km: float
    closed_km: float
    unknown_edges: int
    unknown_km: dict[str, float]


class BuildReport(msgspec.Struct, frozen=True):
    """What a build read and made; `area_from` says what bounds the data: `boundary`, `header` or `hull`.

    `profile` says by code what is open, closed and unknown to each profile that has needs; `profile_sha256` is of the
    file whose speeds the weights hold, `builder` the version that built. `square_relations` are squares that are left
    out, for they are mapped as multipolygons; the ways of their outline count by their own tags.
    """

    generation: str
    source: str
    source_sha256: str
    profile_sha256: str
    builder: str
    area_from: str
    area_km2: float
    ways: int
    lines_across_squares: int
    nodes: int
    missing_references: int
    repeated_references: int
    square_relations: int
    houses: HouseReport
    modes: dict[str, ModeReport]
    profile: dict[str, Offen]


class Manifest(msgspec.Struct, frozen=True):
    """The contents of `manifest.json`; holds no time of building, so equal input gives equal bytes."""

    format: str
    version: int
    crs: str
    data_area_wkb: str
    report: BuildReport
    files: dict[str, FileEntry]


def load_network(folder: Path, modus: Modus) -> Network:
    """Open the current generation for a mode; arrays are memory-mapped, so start-up is instant and pages are shared.

    Raises
    ------
    NetworkRefused
        No network was built, a file is missing, truncated or altered, or the format is another one.

    """
    generation, manifest = _read_manifest(folder)
    arrays: dict[str, Any] = {}
    for part, names in ((f"{modus}/topology", TOPOLOGY), (f"{modus}/weights", WEIGHTS), ("doors", DOORS)):
        for name in names:
            key = f"{part}/{name}.npy"
            arrays[name] = _open_array(folder / generation / key, manifest.files.get(key))
    doors = Doors(**{name: arrays.pop(name) for name in DOORS})
    area = cast("shapely.Polygon | shapely.MultiPolygon", shapely.from_wkb(manifest.data_area_wkb))
    return Network(modus=modus, generation=generation, data_area_25832=area, doors=doors, **arrays)


def is_published(folder: Path) -> bool:
    """Tell whether there is a network at all, sound or not."""
    return os.access(f"{folder}/{POINTER}", os.F_OK)


def describe_network(folder: Path) -> BuildReport:
    """Say what the current generation holds and was built from.

    Raises
    ------
    NetworkRefused
        As `load_network`.

    """
    return _read_manifest(folder)[1].report


def verify_network(folder: Path) -> BuildReport:
    """Check every file of the current generation by its SHA-256; takes a second for a region.

    Raises
    ------
    NetworkRefused
        As `load_network`.

    """
    generation, manifest = _read_manifest(folder)
    for key, entry in manifest.files.items():
        path = folder / generation / key
        if not path.is_file():
            raise _refuse(f"Dem Netz fehlt die Datei {path.name}.")
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != entry.sha256:
            raise _refuse(f"Die Datei {path.name} des Netzes wurde verändert.")
    return manifest.report


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """View the same memory as a plain array that cannot be written: kernels are compiled once, for this kind."""
    if type(array) is np.ndarray and not array.flags.writeable:
        return array
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view


def _refuse(reason: str) -> NetworkRefused:
    return NetworkRefused(f"{reason} Bitte neu bauen mit „infrastruktur network build AUSZUG.osm.pbf“.")


def _read_manifest(folder: Path) -> tuple[str, Manifest]:
    try:
        generation = (folder / POINTER).read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _refuse(f"In {folder} liegt kein Netz.") from error
    try:
        content = (folder / generation / MANIFEST).read_bytes()
    except (OSError, ValueError) as error:
        raise _refuse(f"Dem Netz {generation!r} in {folder} fehlt das Verzeichnis {MANIFEST}.") from error
    return generation, _check_manifest(folder, generation, content)


@lru_cache(maxsize=4)
def _check_manifest(folder: Path, generation: str, content: bytes) -> Manifest:
    """Check a manifest once as long as it says the same: every answer of a layer names the generation."""
    try:
        head = msgspec.json.decode(content, type=dict[str, Any])
        if (head.get("format"), head.get("version")) != (FORMAT, FORMAT_VERSION):
            raise _refuse(f"Das Netz in {folder} hat ein anderes Format als diese Version liest.")
        manifest = msgspec.json.decode(content, type=Manifest)
    except msgspec.DecodeError as error:
        raise _refuse(f"Das Verzeichnis {MANIFEST} des Netzes in {folder} ist beschädigt.") from error
    if name_generation(manifest) != generation:
        raise _refuse(f"Das Verzeichnis {MANIFEST} des Netzes in {folder} passt nicht zu seinem Namen.")
    return manifest


def name_generation(manifest: Manifest) -> str:
    """Name of a generation: a hash over everything its manifest states, files included."""
    report = msgspec.structs.replace(manifest.report, generation="")
    stated = msgspec.json.encode(msgspec.structs.replace(manifest, report=report), order="deterministic")
    return hashlib.sha256(stated).hexdigest()[:16]


def _open_array(path: Path, entry: FileEntry | None) -> NDArray[Any]:
    """Map a file and check it as it is mapped, so that what was checked is what is read."""
    if entry is None:
        raise _refuse(f"Dem Netz fehlt die Datei {path.name}.")
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size != entry.size:
                raise _refuse(f"Die Datei {path.name} des Netzes hat {size} statt {entry.size} Bytes.")
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise _refuse(f"Dem Netz fehlt die Datei {path.name}.") from error
    if zlib.crc32(content) != entry.crc32:
        raise _refuse(f"Die Datei {path.name} des Netzes wurde verändert.")
    head = io.BytesIO(content[:_NPY_HEADER_BYTES])
    np.lib.format.read_magic(head)
    shape, _, dtype = np.lib.format.read_array_header_1_0(head)
    return read_only(np.ndarray(shape, dtype, content, offset=head.tell()))
