"""From a file to arrays: what is cut, counted, refused and marked, and that equal input gives equal bytes."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import osmium
import pytest
import shapely
from osmium.osm import mutable
from routing.drawn import TO_DEGREES, drawn, parse_map, write_pbf

from infrastruktur.domain.errors import SourceRefused
from infrastruktur.routing.build import DEAD_END_M, EDGE_M, build_network, mark_border
from infrastruktur.routing.change import build_nearest
from infrastruktur.routing.nearest import nearest_of_kinds
from infrastruktur.routing.network import load_network
from infrastruktur.routing.profiles import Modus
from infrastruktur.routing.search import iterate_blocks, nearest_times, times_to_edge_of_data
from infrastruktur.routing.snap import snap

WALK, BIKE, CAR = Modus.ZU_FUSS, Modus.RAD, Modus.PKW


def test_ways_are_cut_where_they_meet_and_keep_their_course(tmp_path):
    city = drawn("A--B--C\n   |\n   D--E", tmp_path, ways={"ABC": {"highway": "residential"}})
    network = city.network(WALK)
    assert sorted(network.edge_length_m.round().tolist()) == [200, 300, 300, 300]
    assert city.report.modes["zu_fuss"].length_km == pytest.approx(1.1, abs=1e-4)
    ends = network.geom_xy[network.geom_indptr[:-1]], network.geom_xy[network.geom_indptr[1:] - 1]
    assert (ends[0] == network.node_xy[network.edge_from]).all()
    assert (ends[1] == network.node_xy[network.edge_to]).all()


def test_a_bend_is_part_of_an_edge_not_a_vertex(tmp_path):
    city = drawn("A--B\n   |\n   C", tmp_path, ways={"ABC": {"highway": "path"}})
    network = city.network(WALK)
    assert len(network.edge_from) == 1
    assert network.edge_length_m[0] == pytest.approx(500, abs=0.05)
    assert len(network.geom_xy) == 3


def test_references_repeated_in_a_row_are_dropped_and_counted(tmp_path):
    places, _ = parse_map("A--B--C", 100)
    pbf = write_pbf(tmp_path / "repeated.osm.pbf", places, {"ABBBC": {"highway": "residential"}})
    report = build_network(pbf, tmp_path / "network")
    assert report.repeated_references == 2
    assert load_network(tmp_path / "network", WALK).edge_length_m.sum() == pytest.approx(600, abs=0.05)


def test_two_nodes_in_one_place_are_two_places_unless_a_way_joins_them(tmp_path):
    places = {
        "A": (300000.0, 5630000.0),
        "B": (301000.0, 5630000.0),
        "b": (301000.0, 5630000.0),
        "C": (302000.0, 5630000.0),
    }
    street = {"highway": "residential"}
    pbf = write_pbf(tmp_path / "apart.osm.pbf", places, {"AB": street, "bC": street})
    assert build_network(pbf, tmp_path / "apart").modes["zu_fuss"].components == 2
    pbf = write_pbf(tmp_path / "joined.osm.pbf", places, {"AB": street, "Bb": street, "bC": street})
    assert build_network(pbf, tmp_path / "joined").modes["zu_fuss"].components == 1


def test_missing_references_tear_a_way_and_are_counted(tmp_path):
    city = drawn("A--B--C--D", tmp_path, ways={"ABCD": {"highway": "residential"}}, missing="C")
    network = city.network(WALK)
    assert city.report.missing_references == 1
    assert network.edge_length_m.round().tolist() == [300]  # D alone is no street
    assert network.edge_of_data.tolist() == [bool(x > 300100) for x in network.node_xy[:, 0]]


def test_every_way_is_used_or_counted_with_its_reason(tmp_path):
    ways = {
        "AB": {"highway": "residential"},
        "BC": {"highway": "construction"},
        "CD": {"highway": "service", "access": "private"},
        "A": {"highway": "residential"},
    }
    report = drawn("A--B--C--D", tmp_path, ways=ways).report
    walk = report.modes["zu_fuss"]
    assert walk.ways_used == 1
    assert walk.ways_ignored == {"access": 1, "class": 1, "too_short": 1}
    for mode in report.modes.values():
        assert mode.ways_used + sum(mode.ways_ignored.values()) == report.ways


def test_components_count_one_ways_as_they_are_driven(tmp_path):
    city = drawn("A--B--C", tmp_path, ways={"AB": {"highway": "residential", "oneway": "yes"}})
    assert city.report.modes["zu_fuss"].components == 1
    assert city.report.modes["pkw"].components == 2  # nobody drives back to A


def test_a_junction_counts_once_whatever_its_signs_demand_of_the_network(tmp_path):
    """X has a banned turn, CD is for residents, so there are copies inside; from O nobody comes back."""
    ways = {"XO": {"highway": "residential", "oneway": "yes"}, "CD": {"highway": "residential", "vehicle": "no"}}
    ways["CD"] |= {"motor_vehicle": "destination"}
    turns = [({"restriction": "no_left_turn"}, "XS X WX")]
    city = drawn("   N\n   |\nW--X--O\n   |\n   S--C--D", tmp_path, ways=ways, turns=turns)
    car = city.report.modes["pkw"]
    assert car.turns == {"used": 1}
    assert len(city.network(CAR).node_osm) > car.nodes
    assert (car.nodes, car.components, car.main_component_share) == (7, 2, pytest.approx(6 / 7, abs=1e-4))


def test_the_edge_of_the_data_is_the_boundary_given(tmp_path):
    """B lies beyond the boundary, C within 100 m of it, A, D and E well inside."""
    places, _ = parse_map("A-E----D--C-B", 100)
    pbf = write_pbf(
        tmp_path / "a.osm.pbf", places, {"AEDC": {"highway": "residential"}, "CB": {"highway": "residential"}}
    )
    west, north = places["A"]
    area = shapely.box(west - 2000, north - 2000, west + 1050, north + 2000)
    area = shapely.transform(area, lambda xy: np.stack(TO_DEGREES.transform(*xy.T), axis=1))
    report = build_network(pbf, tmp_path / "network", boundary_4326=area)
    network = load_network(tmp_path / "network", WALK)
    marked = {chr(osm) for osm, edge in zip(network.node_osm, network.edge_of_data, strict=True) if edge}
    assert marked == {"B", "C"}
    assert report.area_from == "boundary"
    assert report.area_km2 == pytest.approx(12.2, rel=0.01)


def test_a_dead_end_in_the_outskirts_may_go_on_beyond_the_data(tmp_path):
    places, _ = parse_map("A---B---C", 100)
    pbf = write_pbf(tmp_path / "a.osm.pbf", places, {"ABC": {"highway": "residential"}})
    west, north = places["A"]
    area = shapely.box(west - 2000, north - 2000, west + 800 + 400, north + 2000)
    area = shapely.transform(area, lambda xy: np.stack(TO_DEGREES.transform(*xy.T), axis=1))
    build_network(pbf, tmp_path / "network", boundary_4326=area)
    network = load_network(tmp_path / "network", WALK)
    assert [chr(node) for node in network.node_osm[network.edge_of_data]] == ["C"]


def test_nodes_amid_the_data_are_told_without_measuring_and_no_other_is():
    """An angle with a hole, so that distance to the boundary is no distance to a side of its box."""
    angle = shapely.Polygon([(0, 0), (5000, 0), (5000, 2000), (2000, 2000), (2000, 5000), (0, 5000)])
    area = angle - shapely.Point(1200, 1200).buffer(300)
    xy = np.random.default_rng(3).uniform(-500, 5500, (4000, 2))
    distance_m, outside = shapely.distance(area.boundary, shapely.points(xy)), ~shapely.covers(area, shapely.points(xy))
    border = mark_border(xy, area)
    assert (border.near == (outside | (distance_m <= EDGE_M))).all()
    assert (border.outskirts == (outside | (distance_m <= DEAD_END_M))).all()
    assert (~border.outskirts).sum() > 100


def test_equal_input_gives_equal_bytes_whatever_the_order_of_ways(tmp_path):
    text = "A--B--C\n|  |  |\nD--E--F"
    places, strokes = parse_map(text, 100)
    contents = []
    for order in (strokes, strokes[::-1], strokes):
        folder = tmp_path / f"network{len(contents)}"
        numbers = {name: number for number, name in enumerate(strokes, 1)}
        path = tmp_path / f"{len(contents)}.osm.pbf"
        with osmium.SimpleWriter(str(path)) as writer:
            for name in places:
                writer.add_node(mutable.Node(id=ord(name), location=TO_DEGREES.transform(*places[name])))
            for name in order:
                writer.add_way(
                    mutable.Way(id=numbers[name], nodes=[ord(node) for node in name], tags={"highway": "residential"})
                )
        build_network(path, folder)
        contents.append(
            {"/".join(p.relative_to(folder).parts[1:]): p.read_bytes() for p in sorted(folder.rglob("*.npy"))}
        )
    assert contents[0] == contents[1] == contents[2]


def test_h08_the_same_generation_in_other_processes(tmp_path):
    city = drawn("A--B--C\n|  |  |\nD--E--F", tmp_path, boundary=False)
    code = """import sys, pathlib, infrastruktur.routing.build as room
print(room.build_network(*map(pathlib.Path, sys.argv[1:])).generation)"""
    generations = []
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", code, str(city.pbf), str(tmp_path / seed)],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        generations.append(run.stdout.strip())
    assert generations[0] == generations[1] == build_network(city.pbf, tmp_path / "here").generation


def test_a_second_build_of_the_same_file_is_the_same_generation(tmp_path):
    city = drawn("A--B", tmp_path)
    again = build_network(city.pbf, city.folder, boundary_4326=None)
    third = build_network(city.pbf, city.folder, boundary_4326=None)
    assert again == third
    assert again.generation != city.report.generation  # another boundary


def test_older_generations_go_but_the_last_one_stays_for_those_who_read_it(tmp_path):
    folder = tmp_path / "network"
    built = []
    for text in ("A--B", "A---B", "A----B"):
        places, strokes = parse_map(text, 100)
        pbf = write_pbf(tmp_path / "a.osm.pbf", places, {name: {"highway": "residential"} for name in strokes})
        built.append(build_network(pbf, folder).generation)
    assert sorted(p.name for p in folder.iterdir()) == sorted([*built[1:], "current"])


def test_an_interrupted_build_leaves_the_old_network_in_force(tmp_path):
    city = drawn("A--B", tmp_path)

    def interrupt(step: str, _share: float) -> None:
        if step == "Netz bauen: pkw":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_network(city.pbf, city.folder, progress=interrupt)
    assert load_network(city.folder, WALK).generation == city.report.generation
    assert sorted(p.name for p in city.folder.iterdir()) == sorted([city.report.generation, "current"])


def test_progress_is_told_in_german_and_ends_at_one(tmp_path):
    city = drawn("A--B", tmp_path)
    told: list[tuple[str, float]] = []
    build_network(city.pbf, city.folder, progress=lambda step, share: told.append((step, share)))
    assert told[0] == ("Straßen lesen", 0.0)
    assert told[-1] == ("Netz veröffentlicht", 1.0)


@pytest.mark.parametrize("content", [b"", b"not a map", b"\x00" * 5000, b"<osm version='0.6'></osm>"])
def test_a_file_that_is_no_extract_is_refused_in_one_german_sentence(content, tmp_path):
    pbf = tmp_path / "bad.osm.pbf"
    pbf.write_bytes(content)
    with pytest.raises(SourceRefused, match=r"kein lesbarer OSM-Auszug|keine Straßen"):
        build_network(pbf, tmp_path / "network")
    assert not (tmp_path / "network").exists()


def test_an_absent_file_is_refused(tmp_path):
    with pytest.raises(SourceRefused, match="gibt es nicht"):
        build_network(tmp_path / "nowhere.osm.pbf", tmp_path / "network")


def test_an_extract_without_streets_is_refused(tmp_path):
    pbf = write_pbf(tmp_path / "empty.osm.pbf", {"A": (300000.0, 5630000.0)}, {})
    with pytest.raises(SourceRefused, match="keine Straßen"):
        build_network(pbf, tmp_path / "network")


def test_a02_an_extract_from_elsewhere_or_with_swapped_axes_is_refused(tmp_path):
    pbf = tmp_path / "swapped.osm.pbf"
    with osmium.SimpleWriter(str(pbf)) as writer:
        for number, lat in ((1, 6.08), (2, 6.09)):
            writer.add_node(mutable.Node(id=number, location=(50.77, lat)))
        writer.add_way(mutable.Way(id=1, nodes=[1, 2], tags={"highway": "residential"}))
    with pytest.raises(SourceRefused, match="nicht in Deutschland"):
        build_network(pbf, tmp_path / "network")


def test_a_truncated_extract_is_refused(aachen_pbf, tmp_path):
    pbf: Path = tmp_path / "half.osm.pbf"
    pbf.write_bytes(aachen_pbf.read_bytes()[:400_000])
    with pytest.raises(SourceRefused, match="kein lesbarer"):
        build_network(pbf, tmp_path / "network")


def test_a_mode_without_ways_has_an_empty_network(tmp_path):
    city = drawn("A--B", tmp_path, ways={"AB": {"highway": "steps"}})
    network = city.network(CAR)
    assert len(network.head) == 0
    assert city.seconds(CAR, "AB") is None
    points = snap(network, city.xy("AB"))
    assert [part.tolist() for part in nearest_times(network, points, points, limit_ds=900)] == [[-1, -1]] * 2
    assert nearest_of_kinds(network, [points], points, limit_ds=900)[0].tolist() == [[-1, -1]]
    assert build_nearest(network, points, points, limit_ds=900).time_ds.tolist() == [-1, -1]
    assert times_to_edge_of_data(network, points, limit_ds=900, reverse=False).tolist() == [-1, -1]
    assert [int(block.time_ds.min()) for block in iterate_blocks(network, points, points, limit_ds=900)] == [2**16 - 1]


def test_a_header_that_claims_half_the_world_is_not_believed(tmp_path):
    """Some tools write a box of 0 to 180 and 0 to 90 degrees; then the hull of the nodes bounds the data."""
    header = osmium.io.Header()
    header.add_box(osmium.osm.Box(0.0, 0.0, 180.0, 90.0))
    pbf = tmp_path / "weltweit.osm.pbf"
    with osmium.SimpleWriter(str(pbf), header=header) as writer:
        for number, place in enumerate(((6.10, 50.77), (6.12, 50.77), (6.11, 50.78)), 1):
            writer.add_node(mutable.Node(id=number, location=place, version=1))
        writer.add_way(mutable.Way(id=1, nodes=[1, 2, 3, 1], tags={"highway": "residential"}, version=1))
    report = build_network(pbf, tmp_path / "network")
    assert report.area_from == "hull"
    assert 0 < report.area_km2 < 2
    assert load_network(tmp_path / "network", Modus.PKW).generation == report.generation
