"""Points onto edges: the nearest, at the right place, never onto an island while the main network is near."""

import numpy as np
import pytest
import shapely
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from routing.drawn import RESIDENTIAL, drawn
from routing.random_networks import network_of

from infrastruktur.routing.network import load_network
from infrastruktur.routing.profiles import Modus
from infrastruktur.routing.raster import NOWHERE, build_raster, find_nearest
from infrastruktur.routing.snap import SnapReason, measure_side_m, snap

WALK, CAR = Modus.ZU_FUSS, Modus.PKW
WHOLE = st.integers(-500, 500)


def test_a_point_lies_on_the_edge_not_at_its_end(tmp_path):
    city = drawn("  1\nA----------B", tmp_path)
    snapped = city.snapped(WALK, "1")
    assert snapped.part[0] == pytest.approx(2 / 11, abs=1e-4)
    assert snapped.along_ds[0].tolist() == [2000, 9000]
    assert snapped.against_ds[0].tolist() == [9000, 2000]
    assert (snapped.offroad_m[0], snapped.offroad_ds[0]) == (pytest.approx(100, abs=0.02), 1000)


def test_the_parts_of_an_edge_sum_to_the_edge(tmp_path):
    city = drawn("A---B", tmp_path)
    network = city.network(CAR)
    west, north = city.places["A"]
    points = np.stack([np.linspace(west, west + 400, 997), np.full(997, north)], axis=1)
    snapped = snap(network, points)
    assert (snapped.along_ds.sum(axis=1) == network.edge_forward_ds[0]).all()
    assert (snapped.against_ds.sum(axis=1) == network.edge_backward_ds[0]).all()


def test_where_one_may_not_drive_there_is_no_time(tmp_path):
    city = drawn("  1\nA----B", tmp_path, ways={"AB": {"highway": "residential", "oneway": "yes"}})
    snapped = city.snapped(CAR, "1A")
    assert snapped.against_ds[0].tolist() == [-1, -1]
    assert snapped.along_ds[0].min() > 0
    assert snapped.against_ds[1].tolist() == [-1, 0]  # at A one is at A, by whatever edge


def test_h06_every_point_gets_a_reason(tmp_path):
    city = drawn("A------------B", tmp_path)
    network = city.network(WALK)
    west, north = city.places["A"]
    points = [(west, north + 499), (west, north + 501), (np.nan, north), (np.inf, np.nan), (west - 10_000, north)]
    snapped = snap(network, np.array(points))
    assert snapped.reason.tolist() == [
        SnapReason.OK, SnapReason.TOO_FAR, SnapReason.NO_POINT, SnapReason.NO_POINT, SnapReason.TOO_FAR,
    ]  # fmt: skip
    assert snapped.edge.tolist() == [0, -1, -1, -1, -1]
    assert np.isnan(snapped.offroad_m[1:]).all()
    assert len(snap(network, np.empty((0, 2)))) == 0


@pytest.mark.parametrize(
    ("from_island_m", "from_main_m", "reason"),
    [
        (100, 299, SnapReason.OK),
        (100, 301, SnapReason.ISLAND),
        (10, 49, SnapReason.OK),
        (10, 51, SnapReason.ISLAND),
        (20, 59, SnapReason.OK),
        (20, 61, SnapReason.ISLAND),
        (300, 400, SnapReason.OK),
        (40, 600, SnapReason.ISLAND),
        (600, 300, SnapReason.OK),
        (600, 600, SnapReason.TOO_FAR),
        (0, 60, SnapReason.ISLAND),
    ],
)
def test_h06_the_far_bank_is_no_neighbour(from_island_m, from_main_m, reason):
    """A point between the banks belongs to the main network unless that is much further; 500 m is the limit."""
    west, north = 300_000.0, 5_630_000.0
    width = from_island_m + from_main_m
    network = network_of(
        np.array([[west, north], [west + 500, north], [west + 900, north],
                  [west, north - width], [west + 500, north - width]]),
        [([0, 1], RESIDENTIAL), ([1, 2], RESIDENTIAL), ([3, 4], RESIDENTIAL)],
        WALK,
    )  # fmt: skip
    snapped = snap(network, np.array([[west + 200, north - from_main_m]]))
    assert snapped.reason[0] == reason
    if reason != SnapReason.TOO_FAR:
        expected = from_main_m if reason == SnapReason.OK else from_island_m
        assert snapped.offroad_m[0] == pytest.approx(expected)


def test_the_side_of_the_street_is_told(tmp_path):
    """1 and 2 lie 100 m left and right of the way from A to B, 3 on it, 4 at its end and 5 nowhere near."""
    city = drawn(" 1\nA--3---B4\n 2\n\n\n\n\n\n5", tmp_path, ways={"AB": RESIDENTIAL})
    side = measure_side_m(city.network(WALK), city.snapped(WALK, "12345"), city.xy("12345"))
    forward = city.network(WALK).node_osm[city.network(WALK).edge_from[0]] == ord("A")
    assert side[:2] == pytest.approx([100, -100] if forward else [-100, 100], abs=0.1)
    assert side[2] == pytest.approx(0, abs=0.05)
    assert abs(side[3]) == pytest.approx(100, abs=0.1)
    assert np.isnan(side[4])


def test_at_a_junction_the_public_street_is_preferred_to_the_one_for_destination(tmp_path):
    residents = {"highway": "residential", "motor_vehicle": "destination"}
    city = drawn("B-A--D\n|    |\nE----C", tmp_path, ways={"ABE": residents})
    network = city.network(CAR)
    corner = snap(network, network.node_xy[np.isin(network.node_osm, [ord("A"), ord("E")])])
    assert len(corner) >= 2
    assert not network.edge_destination[corner.edge].any()
    assert (corner.offroad_m == 0).all()


@pytest.mark.parametrize(
    "tags",
    [{"highway": "motorway", "oneway": "no"}, {"highway": "trunk"}, {"highway": "primary", "motorroad": "yes"},
     {"highway": "primary", "tunnel": "yes"}, {"route": "ferry", "motor_vehicle": "yes"}],
)  # fmt: skip
def test_no_door_opens_onto_a_motorway_a_ferry_or_into_a_tunnel(tmp_path, tags):
    city = drawn("A---B---C\n|   1   |\n|       |\nD-------E", tmp_path, ways={"ABC": tags})
    snapped = city.snapped(CAR, "1")
    assert snapped.offroad_m[0] == pytest.approx(200, abs=0.02)
    assert snapped.reason[0] == SnapReason.OK
    assert city.seconds(CAR, "1A") is not None


def test_the_limit_is_the_callers(tmp_path):
    city = drawn(" 1\n\n\nA---B", tmp_path)
    network = city.network(WALK)
    assert snap(network, city.xy("1"), limit_m=299).edge[0] == -1
    assert snap(network, city.xy("1"), limit_m=301).edge[0] == 0


def test_equal_to_looking_at_every_edge(aachen):
    network = load_network(aachen, WALK)
    rng = np.random.default_rng(3)
    points = rng.uniform(*np.quantile(network.node_xy, [0.05, 0.95], axis=0), (60, 2))
    snapped = snap(network, points)
    main = (network.edge_component == 0) & network.edge_stopping
    islands = (network.edge_component != 0) & network.edge_stopping
    for point, distance, reason in zip(points, snapped.offroad_m, snapped.reason, strict=True):
        to_main, to_island = (shapely.distance(network.lines[on], shapely.Point(point)).min() for on in (main, islands))
        is_there = to_main > max(50, 3 * to_island)
        assert reason == (SnapReason.ISLAND if is_there else SnapReason.OK)
        assert distance == pytest.approx(to_island if is_there else to_main, abs=1e-9)


@given(
    courses=st.lists(st.lists(st.tuples(WHOLE, WHOLE), min_size=2, max_size=4), min_size=1, max_size=8),
    points=st.lists(st.tuples(WHOLE, WHOLE), min_size=1, max_size=8),
    destination=st.lists(st.booleans(), min_size=8, max_size=8),
    limit_m=st.sampled_from([10.0, 100.0, 1_000.0]),
)
@settings(max_examples=examples(200), deadline=None)
def test_the_raster_finds_what_looking_at_every_course_finds(courses, points, destination, limit_m):
    """To the last bit, and of equals the first public one: whole metres meet at junctions all the time."""
    last = np.array(destination[: len(courses)])
    indptr = np.cumsum([0, *map(len, courses)])
    raster = build_raster(
        np.arange(len(courses)), indptr, np.array([xy for each in courses for xy in each], float), last
    )
    edge, distance_m = find_nearest(raster, np.array(points, float), limit_m)
    lines = shapely.linestrings(raster.xy, indices=np.repeat(np.arange(len(courses)), np.diff(indptr)))
    for point, found, away_m in zip(points, edge.tolist(), distance_m.tolist(), strict=True):
        all_m = shapely.distance(lines, shapely.Point(point))
        if all_m.min() > limit_m:
            assert (found, away_m) == (NOWHERE, np.inf)
        else:
            assert found == np.lexsort((last, all_m))[0]
            assert away_m == all_m.min()
