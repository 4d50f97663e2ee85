"""Build the networks of all modes from an OpenStreetMap extract and publish them as one generation.

A build is written beside the current generation and put in place by renames, so a reader never meets half of it
and an interrupted build leaves the old network in force.
"""

import hashlib
import os
import shutil
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from infrastruktur import __version__
from infrastruktur.domain.errors import SourceRefused
from infrastruktur.routing import network, profiles
from infrastruktur.routing.access import Ignored, Passage, is_passable, read_passages
from infrastruktur.routing.doors import DOORS
from infrastruktur.routing.houses import arrange_houses
from infrastruktur.routing.network import BuildReport, FileEntry, Manifest, ModeReport, Network, Offen
from infrastruktur.routing.order import find_rank
from infrastruktur.routing.osm import Progress, Streets, read_streets
from infrastruktur.routing.profiles import Modus
from infrastruktur.routing.squares import cross_squares
from infrastruktur.routing.topology import Border, Pieces, build_topology, cut_pieces, gather_rules
from infrastruktur.routing.turns import match_turns
from infrastruktur.routing.weights import count_open

EDGE_M = 100.0
"""Nodes this near to the boundary of the data, or beyond it, may lead out of it."""

DEAD_END_M = 500.0
"""So may dead ends this near: an extract cut by complete ways or by a generous line ends them short of it."""

_AMID_M = 1.1 * DEAD_END_M  # a buffer's round corners are cut by a thousandth
_AROUND_GERMANY = (4.0, 46.0, 17.0, 56.0)
_SEGMENT_DEG = 0.01  # a box's sides are bent when projected; at this step they stray by less than a metre


def _silent(step: str, share: float) -> None:
    """Report progress to nobody."""


def build_network(
    pbf: Path,
    folder: Path,
    *,
    boundary_4326: shapely.Geometry | None = None,
    progress: Progress = _silent,
) -> BuildReport:
    """Build and publish the networks for all modes.

    Parameters
    ----------
    pbf
        OpenStreetMap extract, nodes before ways.
    folder
        Holds the generations and the pointer `current`; made where missing.
    boundary_4326
        Polygon within which the extract is complete. Without it the box of the file's header counts, else the
        convex hull of its nodes.
    progress
        Called with a step's German name and its share done (0 to 1).

    Raises
    ------
    SourceRefused
        The extract is absent, broken, holds no street or lies elsewhere.

    """
    streets = read_streets(pbf, progress)
    to_metres = pyproj.Transformer.from_crs(4326, 25832, always_xy=True)
    _check_place(pbf, streets)
    xy = np.stack(to_metres.transform(*streets.lonlat.T), axis=1)
    area_from, area = _bound_data(streets, xy, boundary_4326, to_metres)
    ways, streets = len(streets.way_id), cross_squares(streets, xy)
    pieces, border = cut_pieces(streets, xy), mark_border(xy, area)
    doors, houses = arrange_houses(streets.outlines, to_metres)
    folder.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=folder))
    try:
        modes: dict[str, ModeReport] = {}
        files = _write_arrays(draft, "doors", DOORS, doors)
        open_to: dict[str, Offen] = {}
        for done, modus in enumerate(Modus):
            progress(f"Netz bauen: {modus}", done / len(Modus))
            arrays, modes[modus] = _build_mode(streets, pieces, border, modus)
            open_to |= _count_open(arrays, modus, area)
            files |= _write_arrays(draft, f"{modus}/topology", network.TOPOLOGY, arrays)
            files |= _write_arrays(draft, f"{modus}/weights", network.WEIGHTS, arrays)
        report = BuildReport(
            generation="",
            source=pbf.name,
            source_sha256=_digest(pbf),
            profile_sha256=profiles.digest_profile(),
            builder=__version__,
            area_from=area_from,
            area_km2=round(area.area / 1e6, 3),
            ways=ways,
            lines_across_squares=len(streets.way_id) - ways,
            nodes=len(streets.node_id),
            missing_references=pieces.missing,
            repeated_references=pieces.repeated,
            square_relations=streets.square_relations,
            houses=houses,
            modes=modes,
            profile=open_to,
        )
        manifest = Manifest(network.FORMAT, network.FORMAT_VERSION, "EPSG:25832", area.wkb_hex, report, files)
        report = _publish(folder, draft, manifest)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    progress("Netz veröffentlicht", 1.0)
    return report


def _check_place(pbf: Path, streets: Streets) -> None:
    lon, lat = np.median(streets.lonlat, axis=0)
    west, south, east, north = _AROUND_GERMANY
    if not (west <= lon <= east and south <= lat <= north):
        raise SourceRefused(
            pbf.name,
            f"Die Straßen liegen nicht in Deutschland (um {lat:.2f}° Nord, {lon:.2f}° Ost). Bitte die Datei prüfen.",
        )


def _bound_data(
    streets: Streets,
    xy: NDArray[np.float64],
    boundary_4326: shapely.Geometry | None,
    to_metres: pyproj.Transformer,
) -> tuple[str, Any]:
    given: list[tuple[str, Any]] = [("boundary", boundary_4326), ("header", streets.box_4326)]
    measurable = shapely.box(*_AROUND_GERMANY)  # a header that claims half the world tells nothing of what a file holds
    for name, geometry in given:
        if geometry is not None and not geometry.is_empty and geometry.area > 0 and geometry.within(measurable):
            fine = shapely.segmentize(geometry, _SEGMENT_DEG)
            return name, shapely.transform(fine, lambda lonlat: np.stack(to_metres.transform(*lonlat.T), axis=1))
    return "hull", shapely.convex_hull(shapely.linestrings(np.concatenate([xy, xy[:1]])))


def mark_border(xy: NDArray[np.float64], area: Any) -> Border:
    """Mark nodes (n, 2) outside `area` or within `EDGE_M` of its boundary, and those within `DEAD_END_M` of it."""
    line = area.boundary if area.area > 0 else area
    shapely.prepare(line)
    shapely.prepare(area)
    outer = ~shapely.intersects_xy(shapely.buffer(area, -_AMID_M), *xy.T)  # few are, and only these are measured
    points = shapely.points(xy[outer])
    near, outskirts = outer.copy(), outer.copy()
    near[outer] = shapely.dwithin(line, points, EDGE_M) | ~shapely.covers(area, points)
    outskirts[outer] = near[outer] | shapely.dwithin(line, points, DEAD_END_M)
    return Border(near, outskirts)


def _build_mode(
    streets: Streets, pieces: Pieces, border: Border, modus: Modus
) -> tuple[dict[str, NDArray[Any]], ModeReport]:
    passages = read_passages(streets.tags, modus)
    usable = [passage if isinstance(passage, Passage) else None for passage in passages]
    _, mapped = np.unique(streets.way_id, return_index=True)
    ignored: Counter[str] = Counter()
    said_by = np.bincount(streets.way_tags[mapped], minlength=len(passages))
    for passage, ways in zip(passages, said_by.tolist(), strict=True):
        if isinstance(passage, Ignored):
            ignored[str(passage)] += ways
    closed = np.zeros(len(streets.node_id), np.bool_)
    closed[[at for at, tags in streets.barriers.items() if not is_passable(tags, modus)]] = True
    rules = gather_rules(usable, streets.way_tags, closed)
    arrays = build_topology(streets, pieces, border, rules, modus)
    arrays["node_rank"] = find_rank(arrays["indptr"], arrays["head"], arrays["node_xy"])
    signed = streets.way_id[rules.destination]
    used = len(np.unique(arrays["edge_way"]))
    short = len(mapped) - sum(ignored.values()) - used
    if short:
        ignored[str(Ignored.TOO_SHORT)] = short
    junctions = arrays["node_place"] == np.arange(len(arrays["node_place"]))  # not the copies that signs demand
    _, size = np.unique(arrays["node_component"][junctions], return_counts=True)
    turns = match_turns(streets.turns, streets.way_id, arrays)[1] if modus is Modus.PKW else {}
    report = ModeReport(
        nodes=int(junctions.sum()),
        edges=len(arrays["edge_way"]),
        length_km=round(float(arrays["edge_length_m"].sum()) / 1000, 3),
        components=len(size),
        main_component_share=round(float(size.max(initial=0) / max(1, size.sum())), 4),
        nodes_at_edge_of_data=int(arrays["edge_of_data"][junctions].sum()),
        edges_to_end_only=int(arrays["edge_destination"].sum()),
        edges_enclosed=int((arrays["edge_destination"] & ~np.isin(arrays["edge_way"], signed)).sum()),
        barriers_closed=int(closed.sum()),
        ways_used=used,
        ways_ignored=dict(sorted(ignored.items())),
        turns=dict(sorted(turns.items())),
    )
    return arrays, report


def _count_open(arrays: dict[str, Any], modus: Modus, area: Any) -> dict[str, Offen]:
    built = Network(modus=modus, generation="", data_area_25832=area, **arrays)
    return {
        profil.code: count_open(built, profil)
        for profil in profiles.list_profile()
        if profil.modus is modus and profil.braucht is not None
    }


def _write_arrays(
    draft: Path, part: str, names: Iterable[str], arrays: Mapping[str, NDArray[Any]]
) -> dict[str, FileEntry]:
    files = {}
    (draft / part).mkdir(parents=True)
    for name in names:
        key = f"{part}/{name}.npy"
        np.save(draft / key, np.ascontiguousarray(arrays[name]), allow_pickle=False)
        files[key] = _describe(draft / key)
    return files


def _describe(path: Path) -> FileEntry:
    content = path.read_bytes()
    return FileEntry(len(content), zlib.crc32(content), hashlib.sha256(content).hexdigest())


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _publish(folder: Path, draft: Path, manifest: Manifest) -> BuildReport:
    """Name the draft after its contents, put it in place, point to it, and drop what is older than the last one."""
    generation = network.name_generation(manifest)
    report = msgspec.structs.replace(manifest.report, generation=generation)
    named = msgspec.structs.replace(manifest, report=report)
    _flush_arrays(draft)
    _write_durably(draft / network.MANIFEST, msgspec.json.format(msgspec.json.encode(named, order="deterministic")))
    previous = _current(folder)
    place = folder / generation
    if place.exists():  # the same contents were built before; the fresh copy heals a damaged one
        worn = Path(tempfile.mkdtemp(prefix=".worn-", dir=folder))
        place.rename(worn / generation)
        draft.rename(place)
        shutil.rmtree(worn)
    else:
        draft.rename(place)
    place.chmod(0o755)  # mkdtemp keeps it to its owner; servers read it as somebody else
    pointer = folder / f".{network.POINTER}-{generation}"
    _write_durably(pointer, f"{generation}\n".encode("ascii"))
    pointer.replace(folder / network.POINTER)
    if previous is not None and previous != generation:
        _drop_older_than(folder, previous)
    return report


def _flush_arrays(draft: Path) -> None:
    """Bring the arrays to the disk at once: one by one took up to 0.4 s where others write, together 0.05."""
    with ThreadPoolExecutor() as flushing:
        for _ in flushing.map(_flush, draft.rglob("*.npy")):
            pass


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _drop_older_than(folder: Path, last: str) -> None:
    """Drop generations older than the last one, which may still be read; a newer one may be another build's."""
    written = {path.parent: path.stat().st_mtime_ns for path in folder.glob(f"*/{network.MANIFEST}")}
    for old, when in written.items():
        if when < written.get(folder / last, 0):
            shutil.rmtree(old)


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _current(folder: Path) -> str | None:
    pointer = folder / network.POINTER
    return pointer.read_text("ascii", "replace").strip() if pointer.is_file() else None
