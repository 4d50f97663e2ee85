"""An extract counted plainly, with pyosmium alone, and a build's report held against it: nothing is lost unsaid."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import osmium
from routing.drawn import TO_DEGREES
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from infrastruktur.routing.access import Ignored, Passage, read_passage
from infrastruktur.routing.network import BuildReport, load_network
from infrastruktur.routing.profiles import Modus
from infrastruktur.routing.turns import Unheeded


@dataclass
class Plain:
    """Ways with their tags and located nodes, and what else a report must tell of."""

    ways: dict[int, tuple[dict[str, str], list[list[tuple[int, float, float]]]]] = field(default_factory=dict)
    nodes: set[int] = field(default_factory=set)
    barriers: set[int] = field(default_factory=set)
    missing: int = 0
    repeated: int = 0
    restrictions: int = 0
    square_relations: int = 0

    def add(self, way: osmium.osm.Way) -> None:
        """Take a way apart where the file lacks a node, and pass over nodes repeated in a row."""
        parts: list[list[tuple[int, float, float]]] = [[]]
        for node in way.nodes:
            if not node.location.valid():
                self.missing += 1
                parts.append([])
            elif parts[-1] and parts[-1][-1][0] == node.ref:
                self.repeated += 1
            else:
                parts[-1].append((node.ref, node.lon, node.lat))
                self.nodes.add(node.ref)
        self.ways[way.id] = dict(way.tags), parts


def count_plainly(pbf: Path) -> Plain:
    plain, barriers = Plain(), set()
    for thing in osmium.FileProcessor(str(pbf)).with_locations():
        if thing.is_node() and "barrier" in thing.tags:
            barriers.add(thing.id)
        elif thing.is_way() and ("highway" in thing.tags or thing.tags.get("route") == "ferry"):
            plain.add(thing)
        elif thing.is_relation() and thing.tags.get("type") == "restriction":
            plain.restrictions += 1
        elif thing.is_relation() and thing.tags.get("type") == "multipolygon" and "highway" in thing.tags:
            plain.square_relations += 1
    plain.barriers = barriers & plain.nodes
    return plain


def assert_accounted(pbf: Path, folder: Path, report: BuildReport) -> None:
    """Every way, node, restriction and metre of the extract is in the report, used or not used with the reason why."""
    plain = count_plainly(pbf)
    assert (report.ways, report.nodes) == (len(plain.ways), len(plain.nodes))
    assert (report.missing_references, report.repeated_references) == (plain.missing, plain.repeated)
    assert report.square_relations == plain.square_relations
    assert set(report.modes) == set(Modus)
    for modus in Modus:
        mode = report.modes[modus]
        passages = {way: read_passage(tags, modus) for way, (tags, _) in plain.ways.items()}
        ignored = Counter(str(passage) for passage in passages.values() if not isinstance(passage, Passage))
        open_to = [plain.ways[way][1] for way, passage in passages.items() if isinstance(passage, Passage)]
        short = sum(all(len(part) < 2 for part in parts) for parts in open_to)
        assert mode.ways_ignored == dict(ignored) | ({"too_short": short} if short else {})
        assert set(mode.ways_ignored) <= set(Ignored)
        assert mode.ways_used + sum(mode.ways_ignored.values()) == report.ways
        assert sum(mode.turns.values()) == (plain.restrictions if modus is Modus.PKW else 0)
        assert set(mode.turns) <= {"used", *Unheeded}
        assert mode.barriers_closed <= len(plain.barriers)
        network = load_network(folder, modus)
        more_m = mode.length_km * 1000 - length_m(open_to)
        assert abs(more_m) < 1 or (modus is Modus.ZU_FUSS and report.lines_across_squares and more_m > 0)
        assert mode.edges == len(network.edge_from)
        assert mode.nodes == len(np.unique(network.node_place))
        assert mode.edges_to_end_only == network.edge_destination.sum()
        if modus is Modus.ZU_FUSS:  # without one-ways, bans and streets for destination its arcs are all there is
            ends = np.repeat(np.arange(len(network.indptr) - 1), np.diff(network.indptr)), network.head
            graph = coo_array((np.ones(len(network.head)), ends), shape=(mode.nodes, mode.nodes))
            count, label = connected_components(graph, directed=True, connection="strong")
            assert mode.components == count
            assert abs(mode.main_component_share - np.bincount(label).max() / mode.nodes) < 1e-4


def length_m(ways: list[list[list[tuple[int, float, float]]]]) -> float:
    lines = [np.array([place[1:] for place in part]) for parts in ways for part in parts if len(part) > 1]
    cuts = np.cumsum([len(line) for line in lines])[:-1]
    xy = np.stack(TO_DEGREES.transform(*np.concatenate(lines).T, direction="INVERSE"), axis=1)
    step = np.hypot(*np.diff(xy, axis=0).T)
    step[cuts - 1] = 0
    return float(step.sum())
