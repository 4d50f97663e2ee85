"""What the comparison stands on: tiles that join, ratios that are paired, differences that are not hidden."""

import numpy as np
import osmium
import pytest
from bench.agreement import _pick_largest
from bench.measure import Contestant, Entry, Took, compare, differ
from bench.question import Question, within
from bench.region import write_region
from osmium.osm import mutable

from infrastruktur.routing.build import build_network
from infrastruktur.routing.network import load_network
from infrastruktur.routing.profiles import Modus

WEST, SOUTH, EAST, NORTH = 6.0, 50.77, 6.01, 50.775


def write_extract(path):
    """One street from side to side, a path that ends in the middle, a house and a pharmacy."""
    places = [(6.0001, 50.772), (6.005, 50.772), (6.0099, 50.772), (6.005, 50.773)]
    header = osmium.io.Header()
    header.add_box(osmium.osm.Box(WEST, SOUTH, EAST, NORTH))
    with osmium.SimpleWriter(str(path), header=header) as writer:
        for number, place in enumerate(places, 1):
            writer.add_node(mutable.Node(id=number, location=place, version=1))
        for number, (dx, dy) in enumerate([(0, 0), (1, 0), (1, 1), (0, 0)], 5):
            corner = 6.0045 + dx * 1e-4, 50.7722 + dy * 1e-4
            tags = {"amenity": "pharmacy"} if number == 8 else {}
            writer.add_node(mutable.Node(id=number, location=corner, tags=tags, version=1))
        writer.add_way(mutable.Way(id=1, nodes=[1, 2, 3], tags={"highway": "residential"}, version=1))
        writer.add_way(mutable.Way(id=2, nodes=[2, 4], tags={"highway": "footway"}, version=1))
        writer.add_way(mutable.Way(id=3, nodes=[5, 6, 7, 5], tags={"building": "yes"}, version=1))
    return path


def test_a_region_is_its_extract_mirrored_and_joined_where_streets_leave_it(tmp_path):
    extract = write_extract(tmp_path / "extract.osm.pbf")
    points = write_region(extract, tmp_path / "region.osm.pbf", columns=3, rows=2)
    assert (len(points.facility_4326), len(points.cell_4326)) == (6, 6)
    report = build_network(tmp_path / "region.osm.pbf", tmp_path / "network")
    assert report.area_from == "header"
    assert report.ways == 6 * 2 + 4  # two joints in either row, and none between rows: no street leaves there
    network = load_network(tmp_path / "network", Modus.ZU_FUSS)
    assert np.bincount(network.node_component).tolist() == [12, 12]
    (west, south), (east, north) = points.facility_4326.min(axis=0), points.facility_4326.max(axis=0)
    assert (east - west, north - south) == pytest.approx((0.02, 0.0056), abs=1e-6)


def test_ratios_are_those_of_pairs_and_differences_those_of_answers(tmp_path):
    ours, peer = (
        Entry(Contestant.__new__(Contestant), Question(task, "zu_fuss", 2, 9_000), "vertex", name)
        for task, name in (("many-to-many vertex", None), ("many-to-many", "scipy"))
    )
    for entry, name in ((ours, "ours"), (peer, "scipy")):
        entry.contestant.name = name
    np.save(tmp_path / "ours many-to-many vertex zu_fuss.npy", np.array([[100.0, 600.0, np.inf]]))
    np.save(tmp_path / "scipy many-to-many zu_fuss.npy", np.array([[100.0, 606.0, np.inf]]))
    seconds = {ours.label: [1.0, 2.0, 4.0], peer.label: [10.0, 10.0, 80.0]}
    times = {label: [Took(s, 2 * s if label == ours.label else s) for s in took] for label, took in seconds.items()}
    (row,) = compare("many-to-many walk", [ours, peer], times, tmp_path)
    assert (row.ours, row.peer_value, row.ratio) == (2.0, 10.0, 10.0)
    assert row.largest_difference == pytest.approx(0.01)
    (cpu,) = compare("many-to-many walk", [ours, peer], times, tmp_path, quantity="cpu_s")
    assert (cpu.quantity, cpu.ours, cpu.ratio) == ("cpu_s", 4.0, 5.0)


@pytest.mark.parametrize(
    ("own", "theirs", "difference"),
    [
        ([60.0, np.inf], [60.0, np.inf], 0.0),
        ([1.0, 600.0], [2.0, 600.0], 1 / 60),
        ([60.0, np.inf], [60.0, 100.0], 1.0),
        ([60.0, np.inf], [60.0, 899.9], 0.0),
    ],
)
def test_who_reaches_what_the_other_does_not_differs_but_at_the_limit(own, theirs, difference):
    assert differ(np.array([own]), np.array([theirs]), 900.0) == pytest.approx(difference)


def test_what_lies_beyond_the_limit_is_unreached():
    assert within(np.array([899.9, 900.0, 900.1]), 9_000).tolist() == [899.9, 900.0, np.inf]


def test_the_largest_differences_name_no_place_twice():
    apart = np.array([[9.0, 8.0, 1.0], [7.0, 6.0, 2.0], [3.0, 5.0, 4.0]])
    assert _pick_largest(apart) == [(0, 0), (1, 1), (2, 2)]
