"""Areas for the eye: valid, nested, on the right bank, and close to the true times of points."""

import itertools
import time
from itertools import pairwise

import numpy as np
import pytest
import shapely
from routing.drawn import drawn

from infrastruktur.domain.errors import Cancelled
from infrastruktur.domain.waiting import waited_for
from infrastruktur.routing.isochrone import isochrones, reached_roads
from infrastruktur.routing.network import load_network
from infrastruktur.routing.profiles import Modus
from infrastruktur.routing.search import travel_times
from infrastruktur.routing.snap import snap

WALK, CAR = Modus.ZU_FUSS, Modus.PKW


def test_a_river_without_a_bridge_stays_uncrossed(tmp_path):
    """Two banks 100 m apart, joined by a bridge 1 km away: 5 minutes do not reach the other bank opposite."""
    city = drawn("A--1-------B\n           |\nC--2-------D", tmp_path)
    (near,) = isochrones(city.network(WALK), city.xy("1"), limits_s=[300])
    assert near.contains(shapely.Point(city.places["1"]))
    far_bank = shapely.Point(city.places["2"]).buffer(45)
    assert near.intersection(far_bank).area == 0


def test_the_middle_of_a_block_is_no_hole(tmp_path):
    """Four streets around a courtyard 200 m wide: its middle, 100 m from each, is reached over them."""
    city = drawn("A-B\n| |\nC-D", tmp_path)
    a, d = (np.array(city.places[name]) for name in "AD")
    (area,) = isochrones(city.network(WALK), a[None], limits_s=[900])
    assert sum(len(part.interiors) for part in area.geoms) == 0
    assert area.contains(shapely.Point((a + d) / 2))


def test_a_courtyard_whose_way_in_takes_too_long_stays_a_hole(tmp_path):
    """A yard with a path of its own, 400 m from the street by its only gate, is not reached in 3 minutes."""
    city = drawn("A------B\n|      |\n| Y--Z |\n|    | |\n|    | |\n|    | |\nC----X-D", tmp_path)
    near_yard = shapely.Point(city.places["Y"])
    (short,), (long,) = (isochrones(city.network(WALK), city.xy("A"), limits_s=[s]) for s in (400, 2400))
    assert not short.intersects(near_yard.buffer(20))
    assert long.contains(near_yard)


def test_a_cut_off_car_park_makes_no_hole(tmp_path):
    """A way nobody can drive to, 40 m beside a reached street, owns no ground: who lives there uses the street."""
    city = drawn("A----------B--E\n           |\n   C--D    F", tmp_path, grid_m=20)
    (area,) = isochrones(city.network(CAR), city.xy("A"), limits_s=[300])
    assert area.contains(shapely.LineString([city.places["C"], city.places["D"]]))


def test_an_island_without_any_bridge_stays_out(tmp_path):
    """The other bank, 200 m away and connected with nothing, is not reached over the water."""
    city = drawn("A--1-------B\n\nC--2-------D\n|          |\nE----------F", tmp_path)
    (area,) = isochrones(city.network(WALK), city.xy("E"), limits_s=[900])
    assert area.intersection(shapely.Point(city.places["1"]).buffer(45)).area == 0


def test_on_one_street_the_area_is_as_long_as_the_walk(tmp_path):
    city = drawn("A----------1----------B", tmp_path)
    west, south, east, north = isochrones(city.network(WALK), city.xy("1"), limits_s=[500])[0].bounds
    assert (west, east) == (
        pytest.approx(city.places["1"][0] - 500, abs=20),
        pytest.approx(city.places["1"][0] + 500, abs=20),
    )
    assert north - south <= 2 * 140


def test_a_slower_walker_reaches_less(tmp_path):
    city = drawn("A----------1----------B", tmp_path)
    network, point = city.network(WALK), city.xy("1")
    (fast,), (slow,) = (isochrones(network, point, limits_s=[600], speed_km_h=speed) for speed in (3.6, 2.5))
    width = {name: area.bounds[2] - area.bounds[0] for name, area in (("fast", fast), ("slow", slow))}
    assert width["slow"] / width["fast"] == pytest.approx(2.5 / 3.6, abs=0.03)
    assert fast.buffer(1e-6).covers(slow)


def test_against_a_one_way_the_area_lies_on_the_other_side(tmp_path):
    city = drawn("A----------1----------B", tmp_path, ways={"AB": {"highway": "service", "oneway": "yes"}})
    network, point = city.network(CAR), city.xy("1")
    (out,) = isochrones(network, point, limits_s=[120])
    (into,) = isochrones(network, point, limits_s=[120], reverse=True)
    x = city.places["1"][0]
    assert out.centroid.x > x + 100
    assert into.centroid.x < x - 100


def test_h05_a_longer_limit_contains_a_shorter_one_and_all_are_valid(aachen):
    network = load_network(aachen, WALK)
    rng = np.random.default_rng(11)
    for point in rng.uniform(*np.quantile(network.node_xy, [0.2, 0.8], axis=0), (8, 2)):
        areas = isochrones(network, point[None], limits_s=[120, 300, 600, 900])
        assert all(area.is_valid and area.geom_type == "MultiPolygon" for area in areas)
        for short, long in pairwise(areas):
            assert short.difference(long).area < 1e-3


def test_the_area_agrees_with_the_times_of_points(aachen):
    """At most 5 % of points near a road lie on the wrong side at 15 minutes (measured: 3 to 4 %)."""
    network = load_network(aachen, WALK)
    rng = np.random.default_rng(4)
    low, high = np.quantile(network.node_xy, [0.3, 0.7], axis=0)
    points = rng.uniform(low - 1500, high + 1500, (6000, 2))
    cells = snap(network, points, limit_m=50)
    wrong = right = 0
    for centre in rng.uniform(low, high, (8, 2)):
        source = snap(network, centre[None])
        truly = np.zeros(len(cells), np.bool_)
        truly[travel_times(network, source, cells, limit_ds=9000).target] = True
        (area,) = isochrones(network, source, limits_s=[900])
        drawn_inside = shapely.contains_xy(area, points) & (cells.edge >= 0)
        wrong += (drawn_inside != truly).sum()
        right += truly.sum()
    assert right > 1000
    assert wrong <= 0.05 * right


TOWN = """
A---B---C---D---E---F
|   |   |   |   |   |
|   |   |   |   |   |
G---H---I---J---K---L
|           |
M---N---O---P---Q---R

S---T---U---V---W---X
|   |   |   |   |   |
|   |   |   |   |   |
Y---Z---a---b---c---d
"""
"""Blocks of 200 m north and south of a river 100 m wide, between R and X the only bridge."""


@pytest.mark.parametrize("start", ["H", "O", "K", "V"])
def test_hardly_a_cell_lies_on_the_wrong_side(tmp_path, start):
    """Of the cells of a town, 2 % at most lie further than half a grid step on the wrong side of the outline."""
    city = drawn(TOWN.replace("R\n\n", "R\n" + " " * 20 + "|\n"), tmp_path, grid_m=50)
    network = city.network(WALK)
    west, south, east, north = shapely.MultiPoint(list(city.places.values())).buffer(100).bounds
    cells = np.stack(np.meshgrid(np.arange(west + 3, east, 17), np.arange(south + 5, north, 17)), -1).reshape(-1, 2)
    snapped, source = snap(network, cells, limit_m=250), snap(network, city.xy(start))
    for limit_s in (360, 600, 900):
        truly = np.zeros(len(cells), np.bool_)
        truly[travel_times(network, source, snapped, limit_ds=limit_s * 10).target] = True
        (area,) = isochrones(network, source, limits_s=[limit_s])
        within, around = (shapely.contains_xy(area.buffer(metres), cells) for metres in (-10, 10))
        assert (within & ~truly).sum() <= 0.02 * truly.sum(), limit_s
        assert (truly & ~around).sum() <= 0.02 * truly.sum(), limit_s


def test_reached_roads_are_as_long_as_the_time_allows(tmp_path):
    city = drawn("A----1-----B----C\n           |\n           D", tmp_path)
    network, point = city.network(WALK), city.xy("1")
    lengths = [roads.length for roads in reached_roads(network, point, limits_s=[300, 700])]
    # 300 m to either side; then 500 m west to the end, 600 m to B and on: 100 m each towards C and D.
    assert lengths == [pytest.approx(600, abs=0.2), pytest.approx(500 + 600 + 100 + 100, abs=0.4)]


def test_reached_roads_meet_in_the_middle_and_are_there_once(tmp_path):
    """Around a block: what is reached from both sides is drawn once, so all of it is as long as the block."""
    block = drawn("A----B\n|    |\nC----D", tmp_path)
    (roads,) = reached_roads(block.network(WALK), block.xy("A"), limits_s=[3600])
    assert roads.length == pytest.approx(2 * 500 + 2 * 200, abs=0.2)


def test_reached_roads_follow_the_one_way(tmp_path):
    city = drawn("A----------1----------B", tmp_path, ways={"AB": {"highway": "residential", "oneway": "yes"}})
    network, x = city.network(CAR), city.places["1"][0]
    (out,) = reached_roads(network, city.xy("1"), limits_s=[60])
    (into,) = reached_roads(network, city.xy("1"), limits_s=[60], reverse=True)
    assert out.bounds[0] == pytest.approx(x, abs=0.1)
    assert into.bounds[2] == pytest.approx(x, abs=0.1)
    assert out.length == pytest.approx(into.length, abs=1)


def test_h05_reached_roads_grow_with_the_limit_and_lie_in_the_area(aachen):
    network = load_network(aachen, WALK)
    rng = np.random.default_rng(12)
    for point in rng.uniform(*np.quantile(network.node_xy, [0.3, 0.7], axis=0), (4, 2)):
        limits = [120, 300, 600]
        roads = reached_roads(network, point[None], limits_s=limits)
        assert [each.length for each in roads] == sorted(each.length for each in roads)
        for lines, area in zip(roads, isochrones(network, point[None], limits_s=limits), strict=True):
            inside = shapely.length(shapely.intersection(lines, area.buffer(15)))
            assert inside >= 0.95 * lines.length


def test_h01_the_most_one_request_may_ask_for_is_drawn_in_seconds(aachen):
    """Ten places, four limits up to an hour by car: 10 s of processor time at most, whatever else the machine does."""
    network = load_network(aachen, CAR)
    places = np.random.default_rng(13).choice(network.node_xy, 10)
    begin = time.process_time()
    for place in places:
        assert len(isochrones(network, place[None], limits_s=[900, 1800, 2700, 3600])) == 4
    assert time.process_time() - begin <= 10


def test_nobody_on_the_network_reaches_nothing(tmp_path):
    network = drawn("A--B", tmp_path).network(WALK)
    assert [area.is_empty for area in isochrones(network, np.array([[np.nan, 0.0]]), limits_s=[60, 120])] == [
        True,
        True,
    ]
    assert isochrones(network, np.zeros((1, 2)), limits_s=[]) == []
    assert [roads.is_empty for roads in reached_roads(network, np.zeros((1, 2)), limits_s=[60])] == [True]


def test_only_walkers_have_a_speed_of_their_own(tmp_path):
    network = drawn("A--B", tmp_path).network(CAR)
    with pytest.raises(ValueError, match="walkers"):
        isochrones(network, np.zeros((1, 2)), limits_s=[60], speed_km_h=30)


def test_h08_the_same_area_twice_to_the_byte(aachen):
    network = load_network(aachen, CAR)
    point = np.median(network.node_xy, axis=0)[None]
    first, again = (isochrones(network, point, limits_s=[300, 600]) for _ in range(2))
    assert [area.wkb for area in first] == [area.wkb for area in again]


@pytest.mark.parametrize("draw", [isochrones, reached_roads])
def test_it_stops_at_every_step_when_nobody_waits(tmp_path, draw):
    city = drawn("A---B\n|   |\nC---D", tmp_path)
    network, limits = city.network(WALK), [60, 120, 180, 240]
    asked = itertools.count()
    with waited_for(lambda: next(asked) < 0):
        draw(network, city.xy("A"), limits_s=limits)
    steps = next(asked)
    assert steps > len(limits)
    for step in range(steps):
        stay = iter(range(step))
        with pytest.raises(Cancelled), waited_for(lambda stay=stay: next(stay, None) is None):
            draw(network, city.xy("A"), limits_s=limits)
