"""What is kept with networks and places goes with them, is bounded, and is each one's own."""

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from routing.drawn import drawn
from routing.test_sweep import grid_network

from infrastruktur.routing import contraction, ends, ground, isochrone, sweep
from infrastruktur.routing.contraction import find_shortcuts
from infrastruktur.routing.ends import find_ends
from infrastruktur.routing.isochrone import isochrones
from infrastruktur.routing.network import load_network
from infrastruktur.routing.profiles import Modus, get_profil
from infrastruktur.routing.search import iterate_blocks, travel_times
from infrastruktur.routing.snap import snap
from infrastruktur.routing.sweep import find_plan, is_planned
from infrastruktur.routing.weights import weights_for

WALK, CAR = Modus.ZU_FUSS, Modus.PKW


def town(side=12):
    return grid_network(np.random.default_rng(3), side, WALK)


def ask(network):
    points = snap(network, np.asarray(network.node_xy[::7]) + 5)
    for limit_ds in (2_000, 4_000):
        travel_times(network, points, points, limit_ds=limit_ds)
        list(iterate_blocks(network, points, points, limit_ds=limit_ds))
    isochrones(network, points, limits_s=[200])
    return points


def test_nothing_outlives_its_network_and_its_places():
    network = town()
    points = ask(network)
    gone = [weakref.ref(network), weakref.ref(points), weakref.ref(find_ends(network, points, reverse=False))]
    assert network in ground._tiles
    assert points in ends._ends
    del network, points
    gc.collect()
    assert [kept() for kept in gone] == [None] * 3


def test_the_latest_plans_are_kept_and_asking_again_drops_none():
    network = town()
    points = snap(network, network.node_xy)
    reads, shortcuts = find_ends(network, points, reverse=False), find_shortcuts(network)
    plans = [find_plan(shortcuts, reads, limit_ds=limit, reverse=False) for limit in (100, 200, 300, 400)]
    assert find_plan(shortcuts, reads, limit_ds=100, reverse=False) is plans[0]
    assert all(is_planned(shortcuts, reads, limit_ds=limit, reverse=False) for limit in (100, 200, 300, 400))
    find_plan(shortcuts, reads, limit_ds=500, reverse=False)
    assert not is_planned(shortcuts, reads, limit_ds=200, reverse=False)
    assert find_plan(shortcuts, reads, limit_ds=100, reverse=False) is plans[0]
    assert not is_planned(shortcuts, reads, limit_ds=100, reverse=True)


def test_threads_that_ask_for_networks_of_one_map_get_what_one_thread_gets():
    network = town(16)
    profile = [get_profil(code) for code in ("erwachsen", "rollator", "rollstuhl")] * 4
    expected = {}
    for profil in profile[:3]:
        weighed = weights_for(network, profil)
        expected[profil.code] = travel_times(weighed, *[snap(weighed, network.node_xy)] * 2, limit_ds=5_000).time_ds

    def run(profil):
        weighed = weights_for(network, profil)
        ask(weighed)
        return profil.code, travel_times(weighed, *[snap(weighed, network.node_xy)] * 2, limit_ds=5_000).time_ds

    with ThreadPoolExecutor(4) as threads:
        for code, found in threads.map(run, profile):
            assert np.array_equal(found, expected[code])


def test_ground_is_bounded_and_what_has_no_road_is_one(monkeypatch):
    monkeypatch.setattr(ground, "_TILES_KEPT", 3)
    network = town()
    before = ground.look_up(network, -400, -400, 900, 900, step=5)
    assert len(ground._tiles[network]) == 3
    assert np.array_equal(ground.look_up(network, -400, -400, 900, 900, step=5).edge, before.edge)
    assert ground._make_tile(network, 50, 50) is ground._make_tile(network, -50, 7)


def test_each_profile_has_its_own_ground(tmp_path):
    """The point lies beside steps; in a wheelchair its ground belongs to the street behind."""
    city = drawn("A--B\n|  |\nC--D", tmp_path, ways={"AB": {"highway": "steps"}}, grid_m=30)
    network = city.network(WALK)
    wheels = weights_for(network, get_profil("rollstuhl"))
    x, y = city.xy("AB").mean(axis=0)
    point = round(x / ground.SPACING_M), round(y / ground.SPACING_M)
    ways = [int(n.edge_way[ground.look_up(n, *point, 1, 1).edge[0, 0]]) for n in (network, wheels)]
    steps = int(network.edge_way[network.edge_steps == network.edge_steps.max()][0])
    assert ways[0] == steps
    assert ways[1] != steps


@pytest.mark.parametrize("modus", [WALK, CAR])
def test_a_coarser_grid_draws_nearly_the_same(aachen, modus, monkeypatch):
    network = load_network(aachen, modus)
    centre = np.median(network.node_xy, axis=0)[None]
    limit = {WALK: 900, CAR: 300}[modus]
    (fine,) = isochrones(network, centre, limits_s=[limit])
    monkeypatch.setattr(isochrone, "MOST_GRID_POINTS", 5_000)
    (coarse,) = isochrones(network, centre, limits_s=[limit])
    assert coarse.is_valid
    assert coarse.symmetric_difference(fine).area < 0.15 * fine.area


def test_shortcuts_of_one_map_share_what_is_contracted():
    network = town()
    slow = weights_for(network, get_profil("rollator"))
    assert find_shortcuts(slow).contraction is find_shortcuts(network).contraction
    assert contraction.known_shortcuts(network) is not contraction.known_shortcuts(slow)
    assert sweep._PLANS_KEPT >= 2
