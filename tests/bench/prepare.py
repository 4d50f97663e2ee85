"""Write what all contestants read: the region, its network as plain arrays, its places, and OSRM's profile.

Kept between runs, as long as the extract and the code that builds networks are the same.
"""

import shutil
from hashlib import sha256
from pathlib import Path

import numpy as np
import osmium
import pyproj
import shapely
from bench.region import write_region
from numpy.typing import NDArray

import infrastruktur.routing
from infrastruktur.routing.access import Passage, is_passable, read_passage
from infrastruktur.routing.build import build_network
from infrastruktur.routing.network import Network, load_network
from infrastruktur.routing.osm import read_streets
from infrastruktur.routing.profiles import Modus
from infrastruktur.routing.snap import snap

Floats = NDArray[np.float64]

FACILITIES = 2_000
STREETS = 1_000
MODES = (Modus.ZU_FUSS, Modus.PKW)


def prepare(extract: Path, folder: Path) -> None:
    """Write the region of an extract into a folder, unless it is there."""
    done = _begin(extract, folder)
    if done.exists():
        return
    pbf = folder / "region.osm.pbf"
    points = write_region(extract, pbf)
    build_network(pbf, folder / "network")
    # the same order for all, and no favour to whom it suits that neighbours follow each other
    chosen = np.random.default_rng(42).permutation(len(points.kind))[:FACILITIES]
    facility_4326, kind = points.facility_4326[chosen], points.kind[chosen]
    facility, cell = _to_metres(facility_4326), _to_metres(points.cell_4326)
    np.savez(folder / "points.npz", facility_25832=facility, facility_4326=facility_4326, kind=kind, cell_25832=cell)
    for modus in MODES:
        _write_graph(folder, load_network(folder / "network", modus), facility, cell, kind)
    (folder / "pkw.lua").write_text(_write_profile(pbf, Modus.PKW))
    copy = folder / "extract.osm.pbf"
    copy.write_bytes(extract.read_bytes())
    for modus in Modus:
        _write_ways(copy, folder / f"{modus}.osm", (modus,))
    _write_ways(copy, folder / "streets.osm.pbf", tuple(Modus))
    done.touch()


def prepare_real(extract: Path, folder: Path) -> None:
    """Write a real extract, with the middles of streets drawn at random as its places, unless it is there.

    Routers take coordinates and put them on the nearest street; in its middle, all agree on which that is.
    """
    done = _begin(extract, folder)
    if done.exists():
        return
    pbf = folder / "region.osm.pbf"
    pbf.write_bytes(extract.read_bytes())
    build_network(pbf, folder / "network")
    streets = load_network(folder / "network", Modus.PKW)
    chosen = np.random.default_rng(7).permutation(streets.main_index[0])[: 2 * STREETS]
    middle = shapely.get_coordinates(shapely.line_interpolate_point(streets.lines[chosen], 0.5, normalized=True))
    lonlat = np.stack(pyproj.Transformer.from_crs(25832, 4326, always_xy=True).transform(*middle.T), axis=1)
    first, second, kind = middle[:STREETS], middle[STREETS:], np.zeros(STREETS, np.int32)
    np.savez(folder / "points.npz", facility_25832=first, facility_4326=lonlat, kind=kind, cell_25832=second)
    number, nothing = np.arange(len(lonlat), dtype=np.int32), np.zeros(0, np.int32)
    ends = {"source": number[:STREETS], "end_source": nothing, "target": number[STREETS:], "begin_target": nothing}
    for modus in MODES:
        arcs = {"indptr": nothing, "head": nothing, "weight_ds": nothing}
        np.savez(folder / f"{modus}.npz", lonlat=lonlat, kind=kind, **arcs, **ends)
    (folder / "pkw.lua").write_text(_write_profile(pbf, Modus.PKW))
    done.touch()


def _begin(extract: Path, folder: Path) -> Path:
    """Name the mark of what these inputs give; empty the folder of what others gave, peers' files among it."""
    digest = sha256(extract.read_bytes())
    for path in (*sorted(Path(infrastruktur.routing.__file__).parent.glob("*.py")), Path(__file__)):
        digest.update(path.read_bytes())
    done = folder / f"prepared-{digest.hexdigest()[:16]}"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    return done


def find_vertices(network: Network, xy_25832: Floats) -> Floats:
    """Nearest vertex (n, 2) of the main network where a journey may begin or end, as all who snap on vertices go.

    Junctions that are several nodes, for banned turns or private streets, are left out: they are no one vertex.
    """
    edges = network.main_index[0]
    first, last = network.geom_indptr[edges], network.geom_indptr[edges + 1] - 1
    single = np.bincount(network.node_place)[np.concatenate([network.edge_from[edges], network.edge_to[edges]])] == 1
    ends = network.geom_xy[np.concatenate([first, last])[single]]
    nearest = shapely.STRtree(shapely.points(ends)).query_nearest(shapely.points(xy_25832), all_matches=False)[1]
    return np.asarray(ends[nearest], np.float64)


def _to_metres(lonlat: Floats) -> Floats:
    return np.stack(pyproj.Transformer.from_crs(4326, 25832, always_xy=True).transform(*lonlat.T), axis=1)


def _write_graph(folder: Path, network: Network, facility: Floats, cell: Floats, kind: NDArray[np.int64]) -> None:
    to_degrees = pyproj.Transformer.from_crs(25832, 4326, always_xy=True)
    source, end_source = _nodes(network, facility)
    begin_target, target = _nodes(network, cell)
    np.savez(
        folder / f"{network.modus}.npz",
        indptr=network.indptr,
        head=network.head,
        weight_ds=network.weight_ds,
        lonlat=np.stack(to_degrees.transform(*network.node_xy.T), axis=1),
        source=source,
        end_source=end_source,
        target=target,
        begin_target=begin_target,
        kind=kind.astype(np.int32),
    )


def _nodes(network: Network, xy_25832: Floats) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Nodes at which journeys from the nearest vertex of each point begin, and at which those to it end."""
    snapped = snap(network, find_vertices(network, xy_25832))
    end = np.rint(snapped.part).astype(np.int64)
    return network.leave_node[snapped.edge, end], network.arrive_node[snapped.edge, end]


def _write_ways(extract: Path, file: Path, modes: tuple[Modus, ...]) -> None:
    """Write the ways of some modes with their nodes, as OSMnx is given them: it knows no rules of access for a file."""
    ways = [
        thing.id
        for thing in osmium.FileProcessor(str(extract), osmium.osm.WAY)
        if any(isinstance(read_passage({tag.k: tag.v for tag in thing.tags}, modus), Passage) for modus in modes)
    ]
    file.unlink(missing_ok=True)
    with osmium.BackReferenceWriter(str(file), str(extract), overwrite=True, remove_tags=False) as writer:
        for thing in osmium.FileProcessor(str(extract), osmium.osm.WAY).with_filter(osmium.filter.IdFilter(ways)):
            writer.add_way(thing)


_PROFILE = """-- Speeds, barriers and destination traffic as this project reads them; no penalties of its own.
api_version = 4
local speed = {{ {ways} }}
local closed = {{ {nodes} }}
function setup()
  return {{ properties = {{ weight_name = 'routability', max_speed_for_map_matching = 180/3.6, u_turn_penalty = 0,
    process_call_tagless_node = false, continue_straight_at_waypoint = false, use_turn_restrictions = true }},
    default_mode = mode.driving, default_speed = 10 }}
end
function process_node(profile, node, result, relations)
  if closed[node:id()] then obstacle_map:add(node, Obstacle.new(obstacle_type.barrier)) end
end
function process_way(profile, way, result, relations)
  local found = speed[way:id()]
  if not found then return end
  if found[1] > 0 then
    result.forward_mode = mode.driving; result.forward_speed = found[1]; result.forward_rate = found[1] / 3.6
  end
  if found[2] > 0 then
    result.backward_mode = mode.driving; result.backward_speed = found[2]; result.backward_rate = found[2] / 3.6
  end
  result.forward_restricted = found[3]
  result.backward_restricted = found[3]
end
function process_turn(profile, turn)
  turn.duration = 0
  turn.weight = 0
  if not turn.source_restricted and turn.target_restricted then turn.weight = constants.max_turn_weight end
end
return {{ setup = setup, process_way = process_way, process_node = process_node, process_turn = process_turn }}
"""


def _write_profile(pbf: Path, modus: Modus) -> str:
    """Write an OSRM profile that looks every way up by its number; ferries are left out, for their time is no speed."""
    streets = read_streets(pbf, lambda _step, _share: None)
    ways = []
    for way, tags in zip(streets.way_id.tolist(), streets.way_tags.tolist(), strict=True):
        passage = read_passage(streets.tags[tags], modus)
        if isinstance(passage, Passage) and not passage.ferry:
            restricted = str(passage.destination).lower()
            ways.append(f"[{way}]={{{passage.forward_km_h},{passage.backward_km_h},{restricted}}}")
    closed = [at for at, tags in streets.barriers.items() if not is_passable(tags, modus)]
    nodes = [f"[{node}]=true" for node in streets.node_id[closed].tolist()]
    return _PROFILE.format(ways=", ".join(ways), nodes=", ".join(nodes))
