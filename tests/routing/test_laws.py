"""Laws that hold on any network: for every profile, in both directions, and whichever way the search takes.

Each is tried on random towns (`random_networks.Town`) of steps, kerbs, barriers, one-ways, ferries, streets for
destination and banned turns. Places stay where they are: a change of the network may put a point onto another street,
so what is snapped anew is no case for a law.
"""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import shapely
from counts import HEAVY, examples
from routing.oracle import TownOracle
from routing.random_networks import (
    CAR,
    WALK,
    Sort,
    Town,
    carried,
    off_the_network,
    pick,
    random_points,
    random_town,
    rows,
)

from infrastruktur.routing import search
from infrastruktur.routing.arcs import CLOSED_DS
from infrastruktur.routing.change import add_source, build_nearest, move_source, remove_source
from infrastruktur.routing.isochrone import isochrones, reached_roads
from infrastruktur.routing.nearest import nearest_of_kinds
from infrastruktur.routing.network import Network
from infrastruktur.routing.profiles import Profil, Unbekannt, get_profil
from infrastruktur.routing.search import nearest_times, travel_times
from infrastruktur.routing.snap import Snapped, snap
from infrastruktur.routing.turns import Unheeded
from infrastruktur.routing.weights import weights_for

RUNS = int(os.environ.get("INFRASTRUKTUR_TEST_RUNS", "300"))
CASES = examples(1_000)
BLOCKS = 10

STRICT = msgspec.structs.replace(get_profil("rollstuhl"), code="streng", unbekannt=Unbekannt(*["gesperrt"] * 8))
PEDELEC = msgspec.structs.replace(get_profil("rad"), code="pedelec", tempo_km_h=20.0)
SLOW = msgspec.structs.replace(get_profil("pkw"), code="langsam", tempo_faktor=0.8)
WHO: list[tuple[Profil, str, float]] = [
    (get_profil("erwachsen"), "walk", 1.0),
    (get_profil("rad"), "bike", 1.0),
    (get_profil("pkw"), "car", 1.0),
    (get_profil("rollator"), "rollator", 1.0),
    (PEDELEC, "bike", 20 / 15),
    (SLOW, "car", 0.8),
    (get_profil("rollstuhl"), "rollstuhl", 1.0),
    (STRICT, "streng", 1.0),
]
"""Profiles, what the towns call them, and their pace against the network's."""


@dataclass(frozen=True)
class Case:
    """A network of a town for a profile, with places on it, and a limit and a direction to ask for."""

    run: int
    town: Town
    network: Network
    points: Snapped
    limit_ds: int
    reverse: bool
    profil: Profil

    def draw(self) -> np.random.Generator:
        """Chance for a law, the same each time it is asked."""
        return np.random.default_rng([5, self.run])


def make_cases(block: int, *, longest: int) -> Iterator[Case]:
    """One in `BLOCKS` of the cases, the profiles in turn; a town where a profile has no way is passed over."""
    for run in range(block, CASES, BLOCKS):
        rng = np.random.default_rng([4, longest, run])
        town, profil = random_town(rng, longest=longest), WHO[run // BLOCKS % len(WHO)][0]
        built = town.network(profil.modus)
        if len(built.edge_from):
            network = weights_for(built, profil)
            points = snap(network, random_points(rng, network, 8))
            yield Case(run, town, network, points, int(rng.integers(0, 6_000)), bool(rng.integers(2)), profil)


@pytest.fixture(scope="module", params=range(BLOCKS), ids=lambda block: f"block{block}")
def cases(request):
    """Towns whose ways meet at junctions and between them."""
    return list(make_cases(request.param, longest=4))


@pytest.fixture(scope="module", params=range(BLOCKS), ids=lambda block: f"block{block}")
def plain_cases(request):
    """Towns where every way joins two junctions, so one more or less cuts no other."""
    return list(make_cases(request.param, longest=2))


@pytest.fixture
def times_by_both_ways(monkeypatch):
    """Rows of times between all points, found by a search and by a sweep, which agree to the byte.

    In this thread: to begin another takes longer than such a search, and that they change nothing is tested with h08.
    """
    monkeypatch.setattr(search, "run_blocks", map)

    def find(network: Network, points: Snapped, limit_ds: int, *, reverse: bool) -> list[dict[int, int]]:
        found = []
        for pays in (False, True):
            monkeypatch.setattr(search, "_sweep_pays", lambda *_, pays=pays, **__: pays)
            found.append(travel_times(network, points, points, limit_ds=limit_ds, reverse=reverse))
        assert digest(found[0]) == digest(found[1])
        return rows(found[0])

    return find


def digest(*things: Any) -> str:
    """SHA-256 of arrays, and of the arrays that things are made of."""
    arrays = []
    for thing in things:
        arrays += [thing] if isinstance(thing, np.ndarray) else [getattr(thing, field.name) for field in fields(thing)]
    known = [array for array in arrays if isinstance(array, np.ndarray)]
    return sha256(b"".join(array.dtype.str.encode() + array.tobytes() for array in known)).hexdigest()


def never_longer(sooner: list[dict[int, int]], later: list[dict[int, int]], slack_ds: int = 0) -> bool:
    """Whether every journey of `later` is there in `sooner` and takes no longer."""
    return all(
        t in one and one[t] <= ds + slack_ds
        for one, other in zip(sooner, later, strict=True)
        for t, ds in other.items()
    )


def by_time(time_ds: np.ndarray) -> np.ndarray:
    return np.where(time_ds < 0, np.iinfo(np.int32).max, time_ds)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_h03_every_profile_travels_as_a_naive_dijkstra_that_knows_its_needs(block, times_by_both_ways):
    """The rules are written beside the tags in `random_networks`; nothing of the project's own reading is asked.

    Heavy tries every profile on each town, fast one in three.
    """
    for run in range(block, RUNS if HEAVY else RUNS // 2, BLOCKS):
        rng = np.random.default_rng([3, run])
        town, asked = random_town(rng), WHO if HEAVY else WHO[run // BLOCKS % 3 :: 3]
        built = {modus: town.network(modus) for modus in {profil.modus for profil, _, _ in asked}}
        for profil, who, pace in asked:
            if not len(built[profil.modus].edge_from):
                continue
            network = weights_for(built[profil.modus], profil)
            points = snap(network, random_points(rng, network, 7))
            limit = int(rng.integers(0, 20_000))
            oracle = TownOracle(town, built[profil.modus], points, who, pace)
            expected = [oracle.row(source, range(7), limit) for source in range(7)]
            back = [{t: row[s] for t, row in enumerate(expected) if s in row} for s in range(7)]
            for reverse, wanted in ((False, expected), (True, back)):
                said = f"run {run}, {profil.code}, reverse {reverse}"
                assert times_by_both_ways(network, points, limit, reverse=reverse) == wanted, said
                time, owner = nearest_times(network, pick(points, slice(0, 3)), points, limit_ds=limit, reverse=reverse)
                nearest = [
                    min(((row[t], s) for s, row in enumerate(wanted[:3]) if t in row), default=(-1, -1))
                    for t in range(7)
                ]
                assert list(zip(time.tolist(), owner.tolist(), strict=True)) == nearest, said


def test_h05_a_longer_limit_finds_all_that_a_shorter_one_does_and_nothing_else_nearer(cases, times_by_both_ways):
    """So people within it are never fewer."""
    for case in cases:
        network, points, reverse, short = case.network, case.points, case.reverse, case.limit_ds
        long = short + int(case.draw().integers(0, 4_000))
        near, far = (times_by_both_ways(network, points, limit, reverse=reverse) for limit in (short, long))
        assert near == [{t: ds for t, ds in row.items() if ds <= short} for row in far], case.run
        (time, owner), (later, other) = (
            nearest_times(network, pick(points, slice(0, 3)), points, limit_ds=limit, reverse=reverse)
            for limit in (short, long)
        )
        within = (later >= 0) & (later <= short)
        assert time.tolist() == np.where(within, later, -1).tolist(), case.run
        assert owner.tolist() == np.where(within, other, -1).tolist(), case.run
        people = case.draw().integers(0, 50, len(points))
        assert people[time >= 0].sum() <= people[later >= 0].sum()


def test_h05_a_limit_that_is_a_time_includes_it_and_one_less_does_not(cases, times_by_both_ways):
    for case in cases[::4]:
        network, points, reverse = case.network, case.points, case.reverse
        found = times_by_both_ways(network, points, 20_000, reverse=reverse)
        times = sorted({ds for row in found for ds in row.values() if ds})
        for ds in times[:: max(1, len(times) // 2)]:
            for limit in (ds, ds - 1):
                within = times_by_both_ways(network, points, limit, reverse=reverse)
                assert within == [{t: time for t, time in row.items() if time <= limit} for row in found], case.run


def closed(network: Network, edge: int) -> Network:
    """The network as one sees it who may not use an edge; where journeys begin and end is left as it was."""
    arcs = network.arc_edge == edge
    return replace(network, weight_ds=np.where(arcs, CLOSED_DS, network.weight_ds).astype(np.int32))


def test_h05_closing_an_edge_never_shortens_and_opening_it_again_gives_the_same_bytes(cases, times_by_both_ways):
    for case in cases:
        network, reverse, limit = case.network, case.reverse, case.limit_ds + 3_000
        edge = int(case.draw().integers(0, len(network.edge_from)))
        less, points = closed(network, edge), off_the_network(case.points, case.points.edge == edge)
        again = replace(less, weight_ds=network.weight_ds.copy())
        free, detour, reopened = (times_by_both_ways(n, points, limit, reverse=reverse) for n in (network, less, again))
        assert never_longer(free, detour), case.run
        assert reopened == free, case.run
        near, far = (
            nearest_times(n, pick(points, slice(0, 3)), points, limit_ds=limit, reverse=reverse)[0]
            for n in (network, less)
        )
        assert (by_time(near) <= by_time(far)).all(), case.run


@pytest.mark.parametrize("block", range(BLOCKS))
def test_h05_needs_never_shorten_a_way(block, times_by_both_ways):
    """Whoever needs no more than another goes no longer way: adults, rollators, wheelchairs, those who trust no map."""
    for run in range(block, CASES // 4, BLOCKS):
        rng = np.random.default_rng([6, run])
        built = random_town(rng).network(WALK)
        if len(built.edge_from):
            harder = [
                weights_for(built, profil) for profil in (get_profil("rollator"), get_profil("rollstuhl"), STRICT)
            ]
            points = snap(harder[-1], random_points(rng, built, 8))
            limit, reverse = int(rng.integers(0, 15_000)), bool(rng.integers(2))
            found = [times_by_both_ways(network, points, limit, reverse=reverse) for network in (built, *harder)]
            assert all(never_longer(less, more) for less, more in pairwise(found)), run


def other_rules(less: Network, more: Network) -> bool:
    """Whether a way more changes what else is for destination, or where one turns about.

    With it, streets may be reached but over streets for destination, or no longer; and a dead end, in which a car turns
    about, may go on as a street.
    """
    special_m, met = [], []
    for n in (less, more):
        special_m.append(np.bincount(n.edge_way, n.edge_length_m * n.edge_destination, more.edge_way.max() + 1))
        met.append(Counter(n.node_osm[np.concatenate([n.edge_from, n.edge_to])].tolist()))
    goes_on = any(count == 1 and met[1][node] == 2 for node, count in met[0].items())
    of_less = np.unique(less.edge_way)
    elsewhere = not np.allclose(special_m[0][of_less], special_m[1][of_less], atol=0.1)
    return elsewhere or (less.modus is CAR and goes_on)


def without_orders(town: Town, way: int) -> Town:
    """Drop signs that order a turn out of or into a way: when it is closed they order nothing, and open the others."""
    turns = [turn for turn in town.turns if not (turn.only and {way + 1} & {*turn.from_ways, *turn.to_ways})]
    return replace(town, turns=turns)


def test_h05_building_a_way_never_lengthens_and_tearing_it_up_never_shortens(plain_cases, times_by_both_ways):
    """The town is built twice, with the way and with it under construction; exact, for both its ends are junctions.

    Exceptions, which are law: a sign that orders a turn into the way bans all others only while it is there, and those
    of `other_rules`.
    """
    tried = 0
    for case in plain_cases:
        way = int(case.draw().integers(0, len(case.town.ways)))
        town, limit, reverse = without_orders(case.town, way), case.limit_ds + 3_000, case.reverse
        less = weights_for(town.without(way).network(case.profil.modus), case.profil)
        more = case.network
        if len(town.turns) < len(case.town.turns):
            more = weights_for(town.network(case.profil.modus), case.profil)
        if other_rules(less, more):
            continue
        tried += 1
        there = carried(case.points, case.network, less)
        here = off_the_network(carried(case.points, case.network, more), there.edge < 0)
        fast, slow = (
            times_by_both_ways(network, points, limit, reverse=reverse)
            for network, points in ((more, here), (less, there))
        )
        assert never_longer(fast, slow), case.run
        sooner, later = (
            nearest_times(network, pick(points, slice(0, 3)), points, limit_ds=limit, reverse=reverse)[0]
            for network, points in ((more, here), (less, there))
        )
        assert (by_time(sooner) <= by_time(later)).all(), case.run
    assert tried > 0.8 * len(plain_cases)


FOOTBRIDGE = Sort({"highway": "footway", "bicycle": "yes"}, "<>", "<>")


ROUNDING_DS = 4
"""For each of two streets that are cut: one when it is built, one more where a profile's own pace rounds again."""


def bent(town: Town, rng: np.random.Generator) -> Town:
    """Two ways get a node more, halfway between two of theirs; these are the last two nodes."""
    ways, xy = list(town.ways), town.xy
    for way in rng.choice(len(ways), 2, replace=False).tolist():
        nodes, tags = ways[way]
        at = int(rng.integers(1, len(nodes)))
        ways[way] = ([*nodes[:at], len(xy), *nodes[at:]], tags)
        xy = np.vstack([xy, xy[[nodes[at - 1], nodes[at]]].mean(axis=0)])
    return replace(town, xy=xy, ways=ways)


def test_h05_a_footbridge_that_lands_between_junctions_lengthens_nothing_but_by_rounding(cases, times_by_both_ways):
    """It cuts a street at either end, and two parts are rounded instead of one."""
    for case in cases[::2]:
        town, limit, reverse = bent(case.town, case.draw()), case.limit_ds, case.reverse
        bridge, count = ([len(town.xy) - 2, len(town.xy) - 1], FOOTBRIDGE.tags), len(case.town.xy)
        bridged = replace(town, ways=[*town.ways, bridge], sorts=[*town.sorts, (FOOTBRIDGE, "rollator rollstuhl")])
        less, more = (weights_for(t.network(case.profil.modus), case.profil) for t in (town, bridged))
        if other_rules(less, more):
            continue
        begins = np.unique(less.node_osm[less.edge_from])
        nodes = begins[begins < count][:8]
        slow = times_by_both_ways(less, at_junctions(less, nodes), limit, reverse=reverse)
        fast = times_by_both_ways(more, at_junctions(more, nodes), limit + ROUNDING_DS, reverse=reverse)
        assert never_longer(fast, slow, slack_ds=ROUNDING_DS), case.run


def at_junctions(network: Network, nodes: np.ndarray) -> Snapped:
    """Places exactly at nodes of OpenStreetMap, each at the begin of an edge of the lowest way that has one there."""
    begins, by_way = network.node_osm[network.edge_from], np.lexsort((network.edge_to, network.edge_way))
    edge = np.array([by_way[begins[by_way] == node][0] for node in nodes], np.int32)
    nothing = np.zeros(len(edge), np.int32)
    along = np.stack([nothing, network.edge_forward_ds[edge]], axis=1)
    against = np.stack([network.edge_backward_ds[edge], nothing], axis=1)
    return Snapped(edge, 0.0 * nothing, along, against, nothing, 0.0 * nothing, nothing.astype(np.uint8))


def test_h05_a_profile_that_is_laid_on_again_changes_no_byte(cases):
    """Nor does any profile that networks are built for; what is closed and slowed by one stays as it is by itself."""
    for case in cases:
        if case.profil.code in {"erwachsen", "rad", "pkw"}:
            assert digest(case.network) == digest(case.town.network(case.profil.modus)), case.run
        if case.profil.tempo_faktor == 1 and case.profil is not PEDELEC:
            assert digest(weights_for(case.network, case.profil)) == digest(case.network), case.run


def test_h05_a_change_that_changes_nothing_gives_the_same_bytes(cases, times_by_both_ways):
    """A way nobody may use yet, a restriction for others, and the town once more."""
    for case in cases[::4]:
        modus, town = case.profil.modus, case.town
        project = (case.draw().permutation(len(town.xy))[:3].tolist(), {"highway": "proposed"})
        same = replace(town, ways=[*town.ways, project], turns=[*town.turns, Unheeded.OTHER_VEHICLE])
        for other in (same, town):
            again = weights_for(other.network(modus), case.profil)
            assert digest(again) == digest(case.network), case.run
        found, once_more = (
            times_by_both_ways(network, case.points, case.limit_ds, reverse=case.reverse)
            for network in (case.network, again)
        )
        assert found == once_more, case.run


def test_h05_a_source_added_and_removed_or_moved_there_and_back_leaves_the_same_bytes(cases):
    for case in cases:
        sources, point = pick(case.points, slice(0, 3)), pick(case.points, slice(3, 4))
        field = build_nearest(case.network, sources, case.points, limit_ds=case.limit_ds + 3_000, reverse=case.reverse)
        number = int(case.draw().integers(0, 3))
        more = remove_source(add_source(field, point), 3)
        back = move_source(move_source(field, number, point), number, pick(sources, slice(number, number + 1)))
        for same in (more, back):
            assert same.node_key.tobytes() == field.node_key.tobytes(), case.run
            assert same.target_key.tobytes() == field.target_key.tobytes(), case.run


def test_h05_a_way_round_by_a_third_place_is_never_shorter_and_goes_off_the_road_twice(cases, times_by_both_ways):
    """time(a, c) <= time(a, b) + time(b, c) - 2 · off the road at b, for every b where a stop gives no right to more:

    Who stops in a street for destination may begin anew from there, and who stops in the middle of a street that is
    driven both ways may turn about where signs ban it at its ends, and who stops at a junction may take any turn.
    Nor is a journey asked for between b and its like: places on one street within a decisecond are one, though but
    one of them may be a junction.
    """
    tried = 0
    for case in cases:
        network, points = case.network, case.points
        found = times_by_both_ways(network, points, 30_000, reverse=case.reverse)
        time = np.full((len(points), len(points)), np.inf)
        for source, row in enumerate(found):
            time[source, list(row)] = list(row.values())
        on = points.edge >= 0
        one_way = (points.along_ds < 0).all(axis=1) | (points.against_ds < 0).all(axis=1)
        free = one_way & (points.part > 0) & (points.part < 1) if case.town.turns and case.profil.modus is CAR else on
        through = np.flatnonzero(on & free & ~network.edge_destination[points.edge])
        for b in through:
            bound = np.minimum(time[:, [b]] + time[[b], :] - 2 * points.offroad_ds[b], np.inf)
            other = ~like(points, b)
            holds = (time <= bound) | (bound > 30_000 - 1)
            assert holds[np.ix_(other, other)].all(), case.run
        tried += len(through)
    assert tried > len(cases)


def like(points: Snapped, b: int) -> np.ndarray:
    """Mark the places (n,) on the street of b that are rounded to the same decisecond of it, but not quite there."""
    same = np.zeros(len(points), np.bool_)
    for place in (points.along_ds[:, 0], points.against_ds[:, 0]):
        same |= (place == place[b]) & (place >= 0)
    return same & (points.edge == points.edge[b]) & (points.part != points.part[b])


def test_h05_walks_take_as_long_there_as_back_but_for_rounding(cases, times_by_both_ways):
    """Where no way is one-way. A place is rounded to a decisecond of its edge from either end: one at each place."""
    for case in cases:
        network, points = case.network, case.points
        if case.profil.modus is WALK and ((network.edge_forward_ds < 0) == (network.edge_backward_ds < 0)).all():
            there = times_by_both_ways(network, points, 30_000, reverse=False)
            back = times_by_both_ways(network, points, 30_002, reverse=True)
            assert never_longer(back, there, slack_ds=2), case.run


def test_to_a_place_is_from_it_with_the_ends_exchanged(cases, times_by_both_ways):
    for case in cases[::2]:
        there, into = (
            times_by_both_ways(case.network, case.points, case.limit_ds + 2_000, reverse=reverse)
            for reverse in (False, True)
        )
        exchanged = [{s: row[t] for s, row in enumerate(there) if t in row} for t in range(len(there))]
        assert into == exchanged, case.run


def test_h05_an_area_of_a_longer_limit_holds_that_of_a_shorter_and_its_people(cases):
    """Also when they are asked for one by one; and roads reached within it are never fewer metres."""
    for case in cases[:: 1 if HEAVY else 10]:
        network, points = case.network, pick(case.points, slice(0, 2))
        limits = [60, 180, 400]
        areas = isochrones(network, points, limits_s=limits, reverse=case.reverse)
        alone = [isochrones(network, points, limits_s=[limit], reverse=case.reverse)[0] for limit in limits]
        roads = [line.length for line in reached_roads(network, points, limits_s=limits, reverse=case.reverse)]
        homes = case.draw().uniform(-100, 600, (200, 2))
        for drawn in (areas, alone):
            living = [int(shapely.contains_xy(area, homes).sum()) for area in drawn]
            assert living == sorted(living), case.run
            assert all(short.difference(long).area < 1e-3 for short, long in pairwise(drawn)), case.run
        assert roads == sorted(roads), case.run


def answer_everything() -> str:
    """Digest of every kind of answer, on threads, for some towns and all profiles."""
    said: list[Any] = []
    for run, (profil, _, _) in enumerate(WHO):
        rng = np.random.default_rng([8, run])
        network = weights_for(random_town(rng).network(profil.modus), profil)
        points, reverse = snap(network, random_points(rng, network, 300)), bool(run % 2)
        sources, kinds = pick(points, slice(0, 150)), [pick(points, slice(k, k + 9)) for k in range(0, 90, 9)]
        said += [network, points, travel_times(network, sources, points, limit_ds=9_000, reverse=reverse)]
        said += nearest_times(network, sources, points, limit_ds=9_000, reverse=reverse)
        said += nearest_of_kinds(network, kinds, points, limit_ds=9_000, reverse=reverse)
        said += [build_nearest(network, sources, points, limit_ds=9_000, reverse=reverse)]
        shapes = isochrones(network, kinds[0], limits_s=[60, 200], reverse=reverse)
        shapes += reached_roads(network, kinds[0], limits_s=[60], reverse=reverse)
        said += [np.frombuffer(shape.wkb, np.uint8) for shape in shapes]
    return digest(*said)


def test_h08_every_answer_has_the_same_bytes_in_five_runs_and_two_processes():
    root = Path(__file__).parents[2]
    paths = os.pathsep.join([str(root), str(root / "tests"), *(path for path in sys.path if path)])
    elsewhere = subprocess.run(
        [sys.executable, "-c", "from routing.test_laws import answer_everything as all; print(all())"],
        env=os.environ | {"PYTHONPATH": paths, "PYTHONHASHSEED": "1"},
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    assert {answer_everything() for _ in range(5)} == {elsewhere}
