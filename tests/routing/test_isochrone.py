"""Areas for the eye: valid, nested, on the right bank, and close to the true times of points."""

from itertools import pairwise

import numpy as np
import pytest
import shapely
from routing.drawn import drawn

from infrastruktur.routing.isochrone import isochrones
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


def test_on_one_street_the_area_is_as_long_as_the_walk(tmp_path):
    city = drawn("A----------1----------B", tmp_path)
    west, south, east, north = isochrones(city.network(WALK), city.xy("1"), limits_s=[500])[0].bounds
    assert (west, east) == (
        pytest.approx(city.places["1"][0] - 500, abs=20),
        pytest.approx(city.places["1"][0] + 500, abs=20),
    )
    assert north - south <= 2 * 80


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


def test_nobody_on_the_network_reaches_nothing(tmp_path):
    network = drawn("A--B", tmp_path).network(WALK)
    assert [area.is_empty for area in isochrones(network, np.array([[np.nan, 0.0]]), limits_s=[60, 120])] == [
        True,
        True,
    ]
    assert isochrones(network, np.zeros((1, 2)), limits_s=[]) == []


def test_only_walkers_have_a_speed_of_their_own(tmp_path):
    network = drawn("A--B", tmp_path).network(CAR)
    with pytest.raises(ValueError, match="walkers"):
        isochrones(network, np.zeros((1, 2)), limits_s=[60], speed_km_h=30)


def test_h08_the_same_area_twice_to_the_byte(aachen):
    network = load_network(aachen, CAR)
    point = np.median(network.node_xy, axis=0)[None]
    first, again = (isochrones(network, point, limits_s=[300, 600]) for _ in range(2))
    assert [area.wkb for area in first] == [area.wkb for area in again]
