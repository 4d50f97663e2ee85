"""Real streets: the extract of central Aachen against scipy on the uncut graph, and the edge of its data."""

from itertools import pairwise

import numpy as np
import osmium
import pytest
from routing.drawn import TO_DEGREES
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from infrastruktur.routing.access import Passage, is_passable, read_passage
from infrastruktur.routing.network import describe_network, load_network
from infrastruktur.routing.osm import read_streets
from infrastruktur.routing.profiles import Modus
from infrastruktur.routing.search import travel_times
from infrastruktur.routing.snap import SnapReason, snap
from infrastruktur.routing.squares import cross_squares

LIMIT_DS = 18_000


def lines_across_squares(pbf):
    """Pairs of nodes that walkers join by a straight line; which these are is tested in `test_squares`."""
    streets = read_streets(pbf, lambda _step, _share: None)
    xy = np.stack(TO_DEGREES.transform(*streets.lonlat.T, direction="INVERSE"), axis=1)
    crossed = cross_squares(streets, xy)
    return streets.node_id[crossed.ref[len(streets.ref) :].reshape(-1, 2)].tolist()


def uncut_graph(pbf, modus):
    """Every node of every usable way, in metres and seconds, read without this project's cutting."""
    place, seconds, barred = {}, {}, set()
    for thing in osmium.FileProcessor(str(pbf)).with_locations():
        if thing.is_node() and "barrier" in thing.tags and not is_passable(dict(thing.tags), modus):
            barred.add(thing.id)
        if not thing.is_way() or not isinstance(passage := read_passage(dict(thing.tags), modus), Passage):
            continue
        refs = [node.ref for node in thing.nodes if node.location.valid()]
        for node in thing.nodes:
            place[node.ref] = TO_DEGREES.transform(node.lon, node.lat, direction="INVERSE")
        for a, b in pairwise(refs):
            length = np.hypot(*np.subtract(place[a], place[b]))
            for tail, head, speed in ((a, b, passage.forward_km_h), (b, a, passage.backward_km_h)):
                if speed and not barred & {a, b}:
                    time = length * 3.6 / speed
                    seconds[tail, head] = min(time, seconds.get((tail, head), np.inf))
    for a, b in lines_across_squares(pbf) if modus is Modus.ZU_FUSS else []:
        seconds[a, b] = seconds[b, a] = np.hypot(*np.subtract(place[a], place[b]))
    ids = sorted({node for pair in seconds for node in pair})
    row = {node: i for i, node in enumerate(ids)}
    tail, head = np.array([(row[a], row[b]) for a, b in seconds]).T
    return ids, csr_array((np.maximum(list(seconds.values()), 1e-6), (tail, head)), shape=(len(ids), len(ids)))


def test_h03_walks_are_as_long_as_scipy_finds_them(aachen, aachen_pbf):
    """Rounding to whole deciseconds an edge moves a walk by less than 0.2 % and 1 s."""
    network = load_network(aachen, Modus.ZU_FUSS)
    ids, graph = uncut_graph(aachen_pbf, Modus.ZU_FUSS)
    row = {node: i for i, node in enumerate(ids)}
    edges = network.main_index[0]
    known = np.union1d(network.edge_from[edges], network.edge_to[edges])
    known = known[np.isin(network.node_osm[known], ids)]
    rng = np.random.default_rng(8)
    begin, end = rng.choice(known, 15, replace=False), np.sort(rng.choice(known, 3000, replace=False))
    times = travel_times(
        network, snap(network, network.node_xy[begin]), snap(network, network.node_xy[end]), limit_ds=LIMIT_DS
    )
    found = np.full((15, 3000), np.inf)
    found[np.repeat(np.arange(15), np.diff(times.indptr)), times.target] = times.time_ds / 10
    truth = dijkstra(graph, indices=[row[i] for i in network.node_osm[begin]])[
        :, [row[i] for i in network.node_osm[end]]
    ]
    both = np.isfinite(found) & (truth < LIMIT_DS / 10 - 10)
    assert np.isfinite(found[truth < LIMIT_DS / 10 - 10]).all()
    assert both.sum() > 1000
    assert found[both] == pytest.approx(truth[both], rel=0.002, abs=1)


def test_the_extract_is_described_and_counted(aachen):
    report = describe_network(aachen)
    assert (report.ways, report.missing_references) == (14893, 0)
    assert report.area_from == "hull"
    for mode in report.modes.values():
        assert mode.ways_used + sum(mode.ways_ignored.values()) == report.ways
    assert 900 < report.modes["zu_fuss"].length_km < 1000
    assert report.modes["zu_fuss"].main_component_share > 0.95


@pytest.mark.parametrize("modus", list(Modus))
def test_h06_the_rim_of_the_extract_is_marked_and_its_middle_is_not(aachen, modus):
    network = load_network(aachen, modus)
    area = network.data_area_25832
    middle = np.hypot(*(network.node_xy - np.array(area.centroid.coords[0])).T) < 1500
    assert not network.edge_of_data[middle].any()
    rim = network.node_xy[:, 0] < area.bounds[0] + 100
    assert network.edge_of_data[rim].all()
    assert 0.01 < network.edge_of_data.mean() < 0.2


def test_h06_cells_in_town_are_on_the_main_network(aachen):
    network = load_network(aachen, Modus.ZU_FUSS)
    low, high = np.quantile(network.node_xy, [0.25, 0.75], axis=0)
    cells = np.stack(np.meshgrid(*(np.arange(a, b, 100) for a, b in zip(low, high, strict=True))), axis=-1)
    reason = snap(network, cells.reshape(-1, 2)).reason
    assert np.isin(reason, [SnapReason.OK, SnapReason.ISLAND]).all()
    assert (reason == SnapReason.OK).mean() > 0.98  # the rest lie on cut-off ways, over 50 m from all others
