"""The searches: arithmetic on drawn maps and equality with a naive Dijkstra. What holds anywhere is in `test_laws`."""

import os

import numpy as np
import pytest
from routing.drawn import drawn
from routing.oracle import Oracle
from routing.random_networks import network_of, pick, random_network, random_points, rows

from infrastruktur.routing.profiles import Modus
from infrastruktur.routing.search import nearest_times, times_to_edge_of_data, travel_times
from infrastruktur.routing.snap import SnapReason, snap

RUNS = int(os.environ.get("INFRASTRUKTUR_TEST_RUNS", "300"))
BLOCKS = 10
WALK, BIKE, CAR = Modus.ZU_FUSS, Modus.RAD, Modus.PKW


@pytest.mark.parametrize("block", range(BLOCKS))
def test_h03_equal_to_a_naive_dijkstra_on_random_graphs(block):
    for run in range(block, RUNS, BLOCKS):
        rng = np.random.default_rng(run)
        network = random_network(rng, list(Modus)[run % 3])
        both = snap(network, random_points(rng, network, 12))
        sources, targets = pick(both, slice(0, 4)), pick(both, slice(2, 12))
        limit = int(rng.integers(0, 20_000))
        oracle = Oracle(network, both)
        into = [{t - 2: s for t, s in oracle.row(s, range(2, 12), limit).items()} for s in range(4)]
        out = [oracle.row(t, range(4), limit) for t in range(2, 12)]
        found = travel_times(network, sources, targets, limit_ds=limit)
        back = travel_times(network, sources, targets, limit_ds=limit, reverse=True)
        assert rows(found) == into, f"run {run}"
        assert rows(back) == [{t: out[t][s] for t in range(10) if s in out[t]} for s in range(4)], f"run {run}"
        for reverse, times in ((False, rows(found)), (True, rows(back))):
            nearest, owner = nearest_times(network, sources, targets, limit_ds=limit, reverse=reverse)
            expected = [
                min(((row[t], s) for s, row in enumerate(times) if t in row), default=(-1, -1)) for t in range(10)
            ]
            assert list(zip(nearest.tolist(), owner.tolist(), strict=True)) == expected, f"run {run}"


def test_h04_desert_grid_has_arithmetic_answers():
    """A square grid of streets 100 m apart: the way is the sum of both distances, in every direction."""
    side = 12
    xy = np.array([(100.0 * i, 100.0 * j) for j in range(side) for i in range(side)])
    streets = [([j * side + i for i in range(side)], {"highway": "residential"}) for j in range(side)]
    streets += [([j * side + i for j in range(side)], {"highway": "residential"}) for i in range(side)]
    network = network_of(xy, streets, WALK)
    points = snap(network, xy)
    times = travel_times(network, points, points, limit_ds=10**5)
    expected = np.abs(xy[:, None] - xy[None]).sum(axis=2) * 10
    assert (times.time_ds.reshape(len(xy), -1) == expected).all()
    assert (times.target.reshape(len(xy), -1) == np.arange(len(xy))).all()


def test_h04_a_walk_of_900_metres_takes_15_minutes_at_one_metre_a_second(tmp_path):
    city = drawn("A---------B", tmp_path)
    assert city.seconds(WALK, "AB") == 1000
    assert city.seconds(BIKE, "AB") == 240
    assert city.seconds(CAR, "AB") == pytest.approx(133.3)


def test_h04_points_off_the_road_walk_to_it_and_meet_on_one_edge(tmp_path):
    city = drawn(" 1   2 \nA-----B", tmp_path)
    assert city.seconds(WALK, "12") == 100 + 400 + 100
    assert city.seconds(WALK, "21") == 600
    assert city.seconds(BIKE, "12") == 80 + 96 + 80  # off the road at 4.5 km/h
    assert city.seconds(WALK, "11") == 200  # to the road and back: a place is not its neighbour's


def test_h04_against_a_one_way_a_neighbour_on_the_same_edge_is_a_drive_round(tmp_path):
    city = drawn(
        " 1   2 \nA-----B\n|     |\nC-----D", tmp_path, ways={"AB": {"highway": "residential", "oneway": "yes"}}
    )
    offroad = 2 * 80
    assert city.seconds(CAR, "12") == pytest.approx(400 * 3.6 / 27 + offroad, abs=0.2)
    assert city.seconds(CAR, "21") == pytest.approx((100 + 200 + 600 + 200 + 100) * 3.6 / 27 + offroad, abs=0.3)


def test_h04_two_banks_are_as_far_apart_as_the_bridge(tmp_path):
    city = drawn("A---------B\n          |\nC---------D", tmp_path)
    assert city.seconds(WALK, "AC") == 2200


ISLAND = "A-------B-----1-----C\n\n\n              D--E"


def test_h06_a_cut_off_yard_is_not_a_place_to_snap_to(tmp_path):
    """45 m from the street: who lives there walks along the street."""
    city = drawn(ISLAND, tmp_path, grid_m=15)
    assert city.seconds(WALK, "AD") == pytest.approx(14 * 15 + 45, abs=0.2)
    assert city.snapped(WALK, "D").offroad_m[0] == pytest.approx(45, abs=0.1)


def test_h06_an_island_is_not_reached_and_says_so(tmp_path):
    """300 m from the street: who is there is on the island, and no journey jumps over."""
    city = drawn(ISLAND, tmp_path)
    assert city.snapped(WALK, "D").reason[0] == SnapReason.ISLAND
    assert city.seconds(WALK, "AD", limit_s=10**4) is None
    assert city.seconds(WALK, "DE") == 300


def test_h06_the_edge_of_the_data_is_met_or_not(tmp_path):
    """The data end with the drawing: A and C lie at its rim, and the target in the middle is 300 m from both."""
    city = drawn("A--B--C\n   |   \n   D   ", tmp_path, boundary=False)
    network = city.network(WALK)
    assert city.report.area_from == "hull"
    assert network.edge_of_data.sum() == 4  # all are ends or lie within 100 m of the hull
    assert times_to_edge_of_data(network, snap(network, city.xy("B")), limit_ds=10, reverse=False)[0] == 0


def test_h06_far_from_the_edge_nothing_is_met(tmp_path):
    city = drawn("A--B--C", tmp_path)
    network = city.network(WALK)
    assert not network.edge_of_data.any()
    assert times_to_edge_of_data(network, snap(network, city.xy("B")), limit_ds=36_000, reverse=True)[0] == -1


def test_h06_a_missing_reference_is_an_edge_of_the_data_and_its_direction_counts(tmp_path):
    one_way = {"highway": "residential", "oneway": "yes"}
    city = drawn("A--B--C--D", tmp_path, ways={"ABCD": one_way}, missing="D")
    network = city.network(CAR)
    target = snap(network, city.xy("A"))
    assert city.report.missing_references == 1
    assert network.node_xy[network.edge_of_data][:, 0].tolist() == pytest.approx([300600.0], abs=0.02)
    out = times_to_edge_of_data(network, target, limit_ds=36_000, reverse=True)
    assert out[0] == pytest.approx(600 * 36 / 27, abs=2)
    assert times_to_edge_of_data(network, target, limit_ds=36_000, reverse=False)[0] == -1


def test_points_that_are_not_on_the_network_have_empty_rows_and_no_owner(tmp_path):
    network = drawn("A--B", tmp_path).network(WALK)
    nowhere = snap(network, np.array([[np.nan, 0.0], [0.0, 0.0]]))
    times = travel_times(network, nowhere, nowhere, limit_ds=1000)
    assert times.indptr.tolist() == [0, 0, 0]
    assert [part.tolist() for part in nearest_times(network, nowhere, nowhere, limit_ds=1000)] == [[-1, -1], [-1, -1]]
    none = pick(nowhere, slice(0, 0))
    assert travel_times(network, none, none, limit_ds=1000).indptr.tolist() == [0]
    assert nearest_times(network, none, nowhere, limit_ds=1000)[0].tolist() == [-1, -1]


def test_a_limit_beyond_a_day_is_refused(tmp_path):
    network = drawn("A--B", tmp_path).network(WALK)
    points = snap(network, np.zeros((1, 2)))
    with pytest.raises(ValueError, match="limit_ds"):
        travel_times(network, points, points, limit_ds=864_001)


def test_h08_the_same_bytes_in_any_order_of_blocks_and_threads():
    rng = np.random.default_rng(5)
    network = random_network(rng, CAR)
    sources, targets = (snap(network, rng.uniform(0, 600, (n, 2))) for n in (500, 300))
    first, again = (travel_times(network, sources, targets, limit_ds=3000) for _ in range(2))
    assert first.target.tobytes() == again.target.tobytes()
    assert first.time_ds.tobytes() == again.time_ds.tobytes()
    alone = [
        rows(travel_times(network, pick(sources, slice(i, i + 1)), targets, limit_ds=3000))[0]
        for i in range(0, 500, 50)
    ]
    assert rows(first)[::50] == alone
