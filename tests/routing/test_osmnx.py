"""OSMnx as a second reader of the same extract: the same streets, the same reachability, the same lengths."""

import networkx as nx
import numpy as np
import osmium
import osmnx
import pytest

from infrastruktur.routing.access import Passage, is_passable, read_passage
from infrastruktur.routing.network import load_network
from infrastruktur.routing.profiles import Modus
from infrastruktur.routing.search import travel_times
from infrastruktur.routing.snap import snap

LIMIT_DS = 12_000


@pytest.fixture(scope="module")
def streets(aachen_pbf, tmp_path_factory):
    """What OSMnx makes of the walkable lines, squares left out, for it does not cross them."""
    xml = tmp_path_factory.mktemp("osmnx") / "walk.osm"
    wanted: set[int] = set()
    barred: set[int] = set()
    with osmium.SimpleWriter(str(xml)) as writer:
        ways = []
        for thing in osmium.FileProcessor(str(aachen_pbf)):
            if thing.is_node() and "barrier" in thing.tags and not is_passable(dict(thing.tags), Modus.ZU_FUSS):
                barred.add(thing.id)
            if thing.is_way() and isinstance(read_passage(dict(thing.tags), Modus.ZU_FUSS), Passage):
                ways.append(thing.id)
                wanted.update(node.ref for node in thing.nodes)
        kept = frozenset(ways)
        for thing in osmium.FileProcessor(str(aachen_pbf)):
            if (thing.is_node() and thing.id in wanted) or (thing.is_way() and thing.id in kept):
                writer.add(thing)
    graph = osmnx.graph_from_xml(xml, bidirectional=True, retain_all=True, simplify=False)
    graph.remove_nodes_from(barred)
    return graph


def test_osmnx_finds_the_same_streets_and_ways_as_long(aachen, streets):
    """Lengths on the sphere and on EPSG:25832 differ by under 0.3 %; squares only shorten our ways."""
    network = load_network(aachen, Modus.ZU_FUSS)
    rng = np.random.default_rng(11)
    main = max(nx.weakly_connected_components(streets), key=len)
    edges = network.main_index[0]
    ours = np.union1d(network.edge_from[edges], network.edge_to[edges])
    shared = ours[np.isin(network.node_osm[ours], list(main))]
    assert len(shared) > 0.99 * len(ours)
    begin, end = rng.choice(shared, 8, replace=False), np.sort(rng.choice(shared, 1500, replace=False))
    times = travel_times(
        network, snap(network, network.node_xy[begin]), snap(network, network.node_xy[end]), limit_ds=LIMIT_DS
    )
    found = np.full((len(begin), len(end)), np.inf)
    found[np.repeat(np.arange(len(begin)), np.diff(times.indptr)), times.target] = times.time_ds / 10
    truth = np.full_like(found, np.inf)
    for row, start in enumerate(network.node_osm[begin].tolist()):
        lengths = nx.single_source_dijkstra_path_length(streets, start, cutoff=1.2 * LIMIT_DS / 10, weight="length")
        truth[row] = [lengths.get(node, np.inf) for node in network.node_osm[end].tolist()]
    near = truth < LIMIT_DS / 10 - 15
    assert near.sum() > 500
    assert np.isfinite(found[near]).all()
    ratio = found[near] / np.maximum(truth[near], 1)
    assert (found[near] <= truth[near] * 1.003 + 2).all()
    assert np.quantile(ratio, 0.05) > 0.9
    assert np.median(ratio) == pytest.approx(1, abs=0.003)
