"""The sweep and the search: one answer to the byte, that of a naive Dijkstra, on any network and in any direction."""

import os
import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from routing.oracle import Oracle
from routing.random_networks import network_of, off_the_network, pick, random_network, random_points, rows

from infrastruktur.domain.errors import Cancelled
from infrastruktur.domain.waiting import waited_for
from infrastruktur.routing import search
from infrastruktur.routing.contraction import find_shortcuts
from infrastruktur.routing.network import Network
from infrastruktur.routing.profiles import Modus
from infrastruktur.routing.search import LONGEST_DS, iterate_blocks, travel_times
from infrastruktur.routing.snap import Snapped, snap

RUNS = int(os.environ.get("INFRASTRUKTUR_TEST_RUNS", "300"))
BLOCKS = 10
WALK, CAR = Modus.ZU_FUSS, Modus.PKW


@pytest.fixture
def swept(monkeypatch):
    monkeypatch.setattr(search, "_sweep_pays", lambda *_, **__: True)


@pytest.fixture
def searched(monkeypatch):
    monkeypatch.setattr(search, "_sweep_pays", lambda *_, **__: False)


def by_both_ways(monkeypatch, *args, **kwargs):
    found = []
    for pays in (False, True):
        monkeypatch.setattr(search, "_sweep_pays", lambda *_, pays=pays, **__: pays)
        found.append(travel_times(*args, **kwargs))
    return found


def digest(times) -> str:
    return sha256(times.indptr.tobytes() + times.target.tobytes() + times.time_ds.tobytes()).hexdigest()


def random_limit(rng: np.random.Generator) -> int:
    """Limits small and large, at the last value of 16 bits and around it."""
    return int(rng.choice([rng.integers(0, 20_000), 0, 65_533, 65_534, 65_535, 65_536, LONGEST_DS]))


@pytest.mark.parametrize("block", range(BLOCKS))
@pytest.mark.usefixtures("swept")
def test_h03_the_sweep_is_equal_to_a_naive_dijkstra_on_random_graphs(block):
    for run in range(block, RUNS, BLOCKS):
        rng = np.random.default_rng(40_000 + run)
        network = random_network(rng, list(Modus)[run % 3])
        both = snap(network, random_points(rng, network, 12))
        sources, targets = pick(both, slice(0, 4)), pick(both, slice(2, 12))
        limit = random_limit(rng)
        oracle = Oracle(network, both)
        into = [{t - 2: ds for t, ds in oracle.row(s, range(2, 12), limit).items()} for s in range(4)]
        out = [oracle.row(t, range(4), limit) for t in range(2, 12)]
        found = travel_times(network, sources, targets, limit_ds=limit)
        back = travel_times(network, sources, targets, limit_ds=limit, reverse=True)
        assert rows(found) == into, f"run {run}"
        assert rows(back) == [{t: out[t][s] for t in range(10) if s in out[t]} for s in range(4)], f"run {run}"


def grid_network(rng: np.random.Generator, side: int, modus: Modus) -> Network:
    """A town of crooked blocks with one-ways and private streets, some streets missing."""
    xy = np.array([(100.0 * i, 100.0 * j) for j in range(side) for i in range(side)]) + rng.uniform(0, 40, (side**2, 2))
    tags = [{}, {"oneway": "yes", "oneway:foot": "yes"}, {"oneway": "-1"}, {"vehicle": "destination"}]
    pairs = [[v, v + 1] for v in range(side**2) if (v + 1) % side] + [[v, v + side] for v in range(side**2 - side)]
    kept = [pair for pair in pairs if rng.random() < 0.9]
    kinds = rng.choice(4, len(kept), p=[0.7, 0.1, 0.1, 0.1])
    ways = [(pair, {"highway": "residential", **tags[kind]}) for pair, kind in zip(kept, kinds, strict=True)]
    return network_of(xy, ways, modus)


@pytest.mark.parametrize("modus", list(Modus))
@pytest.mark.parametrize("reverse", [False, True])
def test_h03_sweep_and_search_give_the_same_bytes_on_a_town(modus, reverse, monkeypatch):
    rng = np.random.default_rng(11)
    network = grid_network(rng, 30, modus)
    sources, targets = (snap(network, rng.uniform(-50, 3_000, (count, 2))) for count in (77, 400))
    for limit in (0, 900, 3_000, 9_000, 70_000):
        one, other = by_both_ways(monkeypatch, network, sources, targets, limit_ds=limit, reverse=reverse)
        assert digest(one) == digest(other), limit
    assert len(one.target) > 10_000


@pytest.mark.parametrize("limit", [2_000, 70_000])
@pytest.mark.usefixtures("searched")
def test_dense_blocks_say_what_the_rows_say(limit):
    rng = np.random.default_rng(12)
    network = grid_network(rng, 12, CAR)
    sources, targets = (snap(network, rng.uniform(0, 1_200, (count, 2))) for count in (50, 90))
    expected = rows(travel_times(network, sources, targets, limit_ds=limit))
    found: list[dict[int, int]] = []
    for block in iterate_blocks(network, sources, targets, limit_ds=limit):
        assert block.first == len(found)
        unreached = np.iinfo(block.time_ds.dtype).max
        found += [{t: int(ds) for t, ds in enumerate(lane) if ds != unreached} for lane in block.time_ds.T]
    assert found[:50] == expected
    assert not any(found[50:])


def shorter_or_equal(free: list[dict[int, int]], detour: list[dict[int, int]]) -> bool:
    return all(t in near and near[t] <= ds for near, far in zip(free, detour, strict=True) for t, ds in far.items())


@pytest.mark.parametrize("block", range(BLOCKS))
@pytest.mark.usefixtures("swept")
def test_h05_laws_that_hold_of_the_sweep_on_any_network(block):
    for run in range(block, RUNS, BLOCKS):
        rng = np.random.default_rng(50_000 + run)
        network = random_network(rng, list(Modus)[run % 3])
        points = snap(network, random_points(rng, network, 8))
        limit = int(rng.integers(0, 5_000))
        near, far = (travel_times(network, points, points, limit_ds=ds) for ds in (limit, limit + 3_000))
        assert rows(near) == [{t: ds for t, ds in row.items() if ds <= limit} for row in rows(far)]
        edge = int(rng.integers(0, len(network.edge_from)))
        longer = replace(network, weight_ds=np.where(network.arc_edge == edge, 2**30, network.weight_ds).astype("i4"))
        elsewhere = off_the_network(points, points.edge == edge)
        closed = travel_times(longer, elsewhere, elsewhere, limit_ds=limit + 3_000)
        assert shorter_or_equal(rows(far), rows(closed)), f"run {run}"
        # opening the edge again is adding one, and it takes nothing over from the closed network but its order
        again = replace(longer, weight_ds=network.weight_ds)
        assert find_shortcuts(again).contraction is find_shortcuts(network).contraction
        assert digest(travel_times(again, points, points, limit_ds=limit + 3_000)) == digest(far)


@pytest.mark.parametrize("block", range(BLOCKS))
@pytest.mark.usefixtures("swept")
def test_h05_a_way_round_by_a_third_node_is_never_shorter(block):
    """Triangle inequality between nodes, where getting to and off the road takes no time."""
    for run in range(block, RUNS // 3, BLOCKS):
        rng = np.random.default_rng(60_000 + run)
        network = random_network(rng, list(Modus)[run % 3])
        points = at_nodes(network, np.unique(rng.integers(0, len(network.indptr) - 1, 12)))
        times = travel_times(network, points, points, limit_ds=50_000)
        matrix = np.full((len(points), len(points)), np.inf)
        matrix[np.repeat(np.arange(len(points)), np.diff(times.indptr)), times.target] = times.time_ds
        assert (matrix[:, None] <= matrix[:, :, None] + matrix[None]).all(), f"run {run}"


def at_nodes(network: Network, nodes: np.ndarray) -> Snapped:
    """Points exactly at the begin of an edge that leaves these nodes, where there is one for everybody's use."""
    public = np.flatnonzero(~network.edge_destination & (network.edge_forward_ds >= 0))
    edge = np.array([e for e in public if network.edge_from[e] in nodes], np.int32)
    zero = np.zeros(len(edge))
    whole = np.stack([zero, network.edge_forward_ds[edge]], axis=1).astype(np.int32)
    back = network.edge_backward_ds[edge]
    against = np.stack([np.where(back < 0, -1, back), np.zeros(len(edge))], axis=1).astype(np.int32)
    return Snapped(edge, zero, whole, against, zero.astype(np.int32), zero, zero.astype(np.uint8))


def test_a_network_without_a_stored_order_finds_one_and_keeps_it():
    network = grid_network(np.random.default_rng(13), 8, WALK)
    bare = replace(network, node_rank=None)
    assert find_shortcuts(bare) is find_shortcuts(bare)
    assert find_shortcuts(bare).contraction.rank.tolist() == find_shortcuts(network).contraction.rank.tolist()


@pytest.mark.usefixtures("swept")
def test_no_source_no_target_and_no_point_on_the_network():
    network = grid_network(np.random.default_rng(14), 4, WALK)
    nowhere = snap(network, np.full((3, 2), np.nan))
    some = snap(network, np.array([[100.0, 100.0]]))
    none = pick(some, slice(0, 0))
    for sources, targets in ((nowhere, some), (some, nowhere), (none, some), (some, none), (nowhere, nowhere)):
        times = travel_times(network, sources, targets, limit_ds=1_000)
        assert times.indptr.tolist() == [0] * (len(sources) + 1)
        assert not len(times.target)


@pytest.mark.parametrize("way", ["swept", "searched"])
def test_a_search_stops_between_blocks_when_told_so(way, request):
    request.getfixturevalue(way)
    network = grid_network(np.random.default_rng(15), 10, WALK)
    points = snap(network, np.random.default_rng(15).uniform(0, 1_000, (1_000, 2)))
    asked = iter([False] * 3)
    done: list[float] = []
    with pytest.raises(Cancelled), waited_for(lambda: next(asked, True)):
        travel_times(network, points, points, limit_ds=3_000, progress=lambda _, share: done.append(share))
    assert len(done) < 4
    with pytest.raises(Cancelled), waited_for(lambda: True):
        next(iterate_blocks(network, points, points, limit_ds=3_000))


def test_short_journeys_are_searched_and_long_ones_swept():
    rng = np.random.default_rng(16)
    network = grid_network(rng, 60, WALK)
    many, one, cells = (snap(network, rng.uniform(0, 6_000, (count, 2))) for count in (500, 1, 500))

    def pays(sources, limit_ds):
        return search._sweep_pays(search._prepare(network, sources, cells, limit_ds, reverse=False))

    assert not pays(many, 100)
    assert pays(many, 30_000)
    assert not pays(one, 30_000)
    travel_times(network, many, cells, limit_ds=30_000)
    assert pays(one, 30_000)  # what was planned for many serves one as well


SAME_AGAIN = """
import numpy as np, sys
from routing.test_sweep import CAR, digest, grid_network, search, snap, travel_times
search._sweep_pays = lambda *_, **__: True
rng = np.random.default_rng(17)
network = grid_network(rng, 20, CAR)
sources, targets = (snap(network, rng.uniform(0, 2_000, (count, 2))) for count in (100, 200))
for _ in range(int(sys.argv[1])):
    print(digest(travel_times(network, sources, targets, limit_ds=4_000)))
"""


def test_h08_the_same_bytes_in_five_runs_and_two_processes():
    paths = os.pathsep.join(["tests", *(path for path in sys.path if path)])
    environment = os.environ | {"PYTHONPATH": paths}
    root = Path(__file__).parents[2]
    digests = [
        subprocess.run(
            [sys.executable, "-c", SAME_AGAIN, runs],
            env=environment,
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for runs in ("5", "1")
    ]
    assert len(digests[0]) == 5
    assert len({value for values in digests for value in values}) == 1
