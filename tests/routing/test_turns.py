"""Banned turns: each rule on a drawn crossing, each reason not to heed one, and equality with a search over edges."""

import heapq
from itertools import permutations

import numpy as np
import pytest
from routing.drawn import RESIDENTIAL, drawn
from routing.random_networks import network_of, rows

from infrastruktur.routing.network import Network
from infrastruktur.routing.profiles import Modus
from infrastruktur.routing.search import travel_times
from infrastruktur.routing.snap import snap
from infrastruktur.routing.turns import Turn, Unheeded, read_turn

WALK, BIKE, CAR = Modus.ZU_FUSS, Modus.RAD, Modus.PKW
CROSSING = """
      N
      |
      1
W--2--X--3--E
      4
      |
      S
"""
"""Four dead ends of 600 m; the figures stand 300 m (300, 200, 300, 200) off the middle."""


def crossing(tmp_path, kind, said, **more):
    return drawn(CROSSING, tmp_path, turns=[({"restriction": kind, **more}, said)])


def metres(city, journey):
    seconds = city.seconds(CAR, journey)
    return None if seconds is None else round(seconds * 27 / 36, 0) * 10


def test_a_free_crossing_is_one_node(tmp_path):
    city = drawn(CROSSING, tmp_path)
    assert len(city.network(CAR).node_osm) == 5
    assert city.report.modes["pkw"].turns == {}
    assert metres(city, "41") == 200


def test_a_banned_left_turn_is_gone_round_and_all_others_are_as_before(tmp_path):
    """From 4 left to 2: not at X, so on to a dead end, there about, and back over X."""
    city = crossing(tmp_path, "no_left_turn", "XS X WX")
    (tmp_path / "free").mkdir()
    free = drawn(CROSSING, tmp_path / "free")
    assert city.report.modes["pkw"].turns == {"used": 1}
    for journey in ("41", "43", "23", "21", "24", "14", "12", "13", "34", "31", "32"):
        assert city.seconds(CAR, journey) == free.seconds(CAR, journey), journey
    assert metres(free, "42") == 400
    assert metres(city, "42") == 100 + 2 * 300 + 300  # about at N, 300 m off
    for modus in (WALK, BIKE):
        assert city.seconds(modus, "42") == free.seconds(modus, "42")


def test_nobody_turns_about_where_a_street_is_only_cut_for_the_map(tmp_path):
    """The street from X to N is two ways: who may not turn left turns about at N, not at their joint Y, 100 m off."""
    town = "   N\n   |\n   1\n   Y\nW2-X\n   4\n   |\n   S"
    ways = {"XY": RESIDENTIAL, "YN": {**RESIDENTIAL, "surface": "sett"}}
    turn = ({"restriction": "no_left_turn"}, "XS X WX")
    city = drawn(town, tmp_path, ways=ways, turns=[turn])
    assert metres(city, "42") == 100 + 2 * 400 + 200
    assert metres(city, "41") == 300


def test_only_straight_on_bans_every_other_way_on_and_turning_about(tmp_path):
    city = crossing(tmp_path, "only_straight_on", "XS X NX")
    assert metres(city, "41") == 200
    assert metres(city, "42") == 100 + 600 + 300
    assert metres(city, "43") == 100 + 600 + 300
    assert metres(city, "24") == 400


def test_a_banned_turning_about_between_carriageways_is_done_at_the_next_end(tmp_path):
    ways = {"IX": {**RESIDENTIAL, "oneway": "yes"}, "XO": {**RESIDENTIAL, "oneway": "yes"}}
    city = drawn(
        "   N\n   |\nI1-X-2O\n|     |\nP-----Q", tmp_path, ways=ways, turns=[({"restriction": "no_u_turn"}, "IX X XO")]
    )
    assert city.report.modes["pkw"].turns == {"used": 1}
    assert metres(city, "12") == 200 + 2 * 200 + 200


def test_no_entry_and_no_exit_bind_all_their_members(tmp_path):
    city = crossing(tmp_path, "no_entry", "XS X WX")
    assert metres(city, "42") == 1000


def test_a_street_nobody_may_turn_into_is_an_island(tmp_path):
    ways = {"WX": {**RESIDENTIAL, "oneway": "-1"}}
    bans = [({"restriction": "no_entry"}, f"{name} X WX") for name in ("NX", "XS", "XE")]
    city = drawn(CROSSING, tmp_path, ways=ways, turns=bans)
    network = city.network(CAR)
    lonely = network.edge_component[network.edge_way == 1]
    assert lonely.tolist() != [0]
    assert (network.edge_component[network.edge_way != 1] == 0).all()
    assert network.node_component[network.leave_node[network.edge_way == 1, 0]] != 0


@pytest.mark.parametrize(
    ("tags", "said", "reason"),
    [
        ({"restriction": "no_left_turn", "except": "bus;motorcar"}, "XS X WX", "excepted"),
        ({"restriction:hgv": "no_left_turn"}, "XS X WX", "other_vehicle"),
        ({"restriction:conditional": "no_left_turn @ (Mo-Fr 07:00-09:00)"}, "XS X WX", "conditional"),
        ({"restriction": "no_left_turn", "hour_on": "07:00"}, "XS X WX", "conditional"),
        ({"restriction": "no_parking"}, "XS X WX", "kind"),
        ({"restriction": "no_left_turn"}, "XS NX WX", "via_way"),
        ({"restriction": "no_left_turn"}, "XS X", "members"),
        ({"restriction": "no_left_turn"}, "XS X FAR", "missing"),
        ({"restriction": "no_left_turn"}, "XS N WX", "not_driven"),
        ({"restriction": "no_left_turn"}, "XS Q WX", "not_driven"),
    ],
)
def test_a_restriction_that_is_not_heeded_is_counted_with_its_reason(tmp_path, tags, said, reason):
    city = drawn(CROSSING, tmp_path, turns=[(tags, said)])
    assert city.report.modes["pkw"].turns == {reason: 1}
    assert city.report.modes["zu_fuss"].turns == {}
    assert len(city.network(CAR).node_osm) == 5
    assert metres(city, "42") == 400


def test_a_restriction_for_cars_counts_before_the_general_one(tmp_path):
    tags = {"restriction": "no_left_turn", "except": "motorcar", "restriction:motorcar": "only_straight_on"}
    city = drawn(CROSSING, tmp_path, turns=[(tags, "XS X NX")])
    assert city.report.modes["pkw"].turns == {"used": 1}
    assert metres(city, "43") == 1000


def test_a_way_that_passes_the_junction_uncut_is_ambiguous_and_counted(tmp_path):
    city = drawn(CROSSING, tmp_path, ways={"WXE": RESIDENTIAL}, turns=[({"restriction": "no_left_turn"}, "XS X WXE")])
    assert city.report.modes["pkw"].turns == {"unsplit": 1}


def test_only_one_way_to_may_be_named():
    tags = {"type": "restriction", "restriction": "only_straight_on"}
    members = [("w", 1, "from"), ("n", 2, "via"), ("w", 3, "to"), ("w", 4, "to")]
    assert read_turn(tags, members) is Unheeded.MEMBERS
    assert read_turn({**tags, "restriction": "no_exit"}, members) == Turn(
        only=False, from_ways=(1,), via=2, to_ways=(3, 4)
    )


def test_a_ban_into_a_street_for_destination(tmp_path):
    """No left turn into the residents' street, which is entered from the other side."""
    residents = {"highway": "residential", "motor_vehicle": "destination"}
    city = drawn(
        "A-----B\n|     |\nC--X--D\n1  |  2\nE--F--G",
        tmp_path,
        ways={"CX": residents},
        turns=[({"restriction": "no_left_turn"}, "XF X CX")],
    )
    network = city.network(CAR)
    middle = city.xy("CX").mean(axis=0)
    begin, end = snap(network, city.xy("F")), snap(network, middle)
    assert network.edge_destination[end.edge[0]]
    (there,) = travel_times(network, begin, end, limit_ds=9000).time_ds
    assert there == pytest.approx((300 + 200 + 150) * 36 / 27, abs=3)  # by E and C
    (back,) = travel_times(network, end, begin, limit_ds=9000).time_ds
    assert back == pytest.approx((150 + 200) * 36 / 27, abs=3)


def test_a_one_way_a_street_for_destination_and_a_ban_at_one_junction(tmp_path):
    """Into X only from A; from there not right to C; and B, where residents live, is no place to turn about."""
    ways = {"AX": {**RESIDENTIAL, "oneway": "yes"}, "XB": {**RESIDENTIAL, "motor_vehicle": "destination"}}
    turns = [({"restriction": "no_right_turn"}, "AX X XC")]
    city = drawn("A--X-1-B\n   |\n   C", tmp_path, ways=ways, turns=turns)
    assert city.report.modes["pkw"].turns == {"used": 1}
    assert {journey: metres(city, journey) for journey in ("A1", "AC", "C1", "1C", "CA")} == {
        "A1": 500, "AC": None, "C1": 400, "1C": 400, "CA": None,
    }  # fmt: skip


def test_an_open_gate_bans_no_turn_and_a_closed_one_leaves_none_to_ban(tmp_path):
    for tags, heeded, there in (({"access": "yes"}, "used", 1100), ({}, "not_driven", None)):
        place = tmp_path / heeded
        place.mkdir()
        gate, turns = {"X": {"barrier": "gate", **tags}}, [({"restriction": "no_right_turn"}, "AX X XC")]
        city = drawn("A--X--B\n   |\n   C", place, nodes=gate, turns=turns)
        assert city.report.modes["pkw"].turns == {heeded: 1}
        assert metres(city, "AC") == there


@pytest.mark.parametrize(
    ("one_way", "banned", "journey"), [("DC", "DC C BC", "AC"), ("CD", "BC C CD", "CA")], ids=["to", "from"]
)
def test_a_ban_opens_no_street_for_destination_to_who_is_at_its_end(tmp_path, one_way, banned, journey):
    """C is the end of the residents' street BC and of a public one-way: from A round by E and D, 1,000 m, not 600."""
    ways = {"BC": {**RESIDENTIAL, "motor_vehicle": "destination"}, one_way: {**RESIDENTIAL, "oneway": "yes"}}
    turns = [({"restriction": "no_left_turn"}, banned)]
    city = drawn("A--B--C--F\n|     |  |\nE-----D--G", tmp_path, ways=ways, turns=turns)
    assert city.report.modes["pkw"].turns == {"used": 1}
    network = city.network(CAR)
    city.places["C"] = tuple(
        network.node_xy[network.node_osm == ord("C")][0]
    )  # to the millimetre: it is on both streets
    assert metres(city, journey) == 1000


def test_who_is_at_a_junction_with_a_ban_may_use_all_its_streets(tmp_path):
    """Nobody at X has come from S, whichever of the four streets X is put onto."""
    for number, kind in enumerate(("no_left_turn", "only_straight_on")):
        for a, b in permutations(("XS", "WX", "NX", "XE"), 2):
            place = tmp_path / f"{number}{a}{b}"
            place.mkdir()
            city = drawn(CROSSING, place, turns=[({"restriction": kind}, f"{a} X {b}")])
            assert city.report.modes["pkw"].turns == {"used": 1}
            assert [metres(city, f"X{arm}") for arm in "NWES"] == [300, 600, 600, 300]
            assert [metres(city, f"{arm}X") for arm in "NWES"] == [300, 600, 600, 300]


class ByEdges:
    """Dijkstra whose states are edges as they are travelled: no node to split, so no way to split it wrongly."""

    def __init__(self, network: Network, bans: set[tuple[int, int, int]]) -> None:
        self.travelled = [
            (edge, int(begin), int(end), int(weight))
            for edge in range(len(network.edge_from))
            for begin, end, weight in (
                (network.edge_from[edge], network.edge_to[edge], network.edge_forward_ds[edge]),
                (network.edge_to[edge], network.edge_from[edge], network.edge_backward_ds[edge]),
            )
            if weight >= 0
        ]
        way = network.edge_way
        self.bans = {
            (a, b)
            for a, (edge_a, _, end_a, _) in enumerate(self.travelled)
            for b, (edge_b, begin_b, _, _) in enumerate(self.travelled)
            if end_a == begin_b and (int(way[edge_a]), int(network.node_osm[end_a]), int(way[edge_b])) in bans
        }

    def times_from(self, edge: int, rest: dict[int, int]) -> dict[int, int]:
        """Times at the begin of every edge as travelled, from a place on `edge` that is `rest` from its ends."""
        times: dict[int, int] = {}
        heap = [(rest[end], state) for state, (e, _, end, _) in enumerate(self.travelled) if e == edge and end in rest]
        heapq.heapify(heap)
        closed, entered = set(), times
        while heap:
            time, state = heapq.heappop(heap)
            if state in closed:
                continue
            closed.add(state)
            for after, (_, begin, _, weight) in enumerate(self.travelled):
                if begin == self.travelled[state][2] and (state, after) not in self.bans:
                    if time < entered.get(after, time + 1):
                        entered[after] = time
                    heapq.heappush(heap, (time + weight, after))
        return times


@pytest.mark.parametrize("run", range(120))
def test_equal_to_a_search_over_edges_on_random_graphs(run):
    rng = np.random.default_rng(4000 + run)
    count = int(rng.integers(3, 9))
    xy = rng.uniform(0, 700, (count, 2))
    pairs = sorted({tuple(rng.choice(count, 2, replace=False).tolist()) for _ in range(3 * count)})
    ways = [(list(pair), {**RESIDENTIAL, **({"oneway": "yes"} if rng.random() < 0.3 else {})}) for pair in pairs]
    said = [
        Turn(bool(rng.random() < 0.2), (a + 1,), via, (b + 1,))
        for a, one in enumerate(pairs)
        for b, other in enumerate(pairs)
        for via in set(one) & set(other)
        if a != b and rng.random() < 0.25
    ]
    network = network_of(xy, ways, CAR, turns=said)
    bans = set()
    for turn in said:
        (start,), (goal,) = turn.from_ways, turn.to_ways
        others = {way for way, pair in enumerate(pairs, 1) if turn.via in pair} - {goal}
        if leads(pairs, ways, turn):
            bans |= {(start, turn.via, way) for way in (others if turn.only else {goal})}
    bans |= list_turns_about(pairs, ways, {via for _, via, _ in bans})
    middles = np.array([xy[list(pair)].mean(axis=0) for pair in pairs])
    points = snap(network, middles)
    own = points.offroad_m < 0.01  # the middle of an island's edge is put onto the main network
    oracle = ByEdges(network, bans)
    found = rows(travel_times(network, points, points, limit_ds=30_000))
    for source, edge in enumerate(points.edge.tolist()):
        if not own[source]:
            continue
        ends = int(network.edge_from[edge]), int(network.edge_to[edge])
        rest = {ends[1]: int(points.along_ds[source, 1]), ends[0]: int(points.against_ds[source, 1])}
        times = oracle.times_from(edge, {end: ds for end, ds in rest.items() if ds >= 0})
        for target, goal in enumerate(points.edge.tolist()):
            if goal == edge or not own[target]:
                continue
            ahead = network.edge_from[goal]
            reads = [
                times[state] + int((points.along_ds if begin == ahead else points.against_ds)[target, 0])
                for state, (e, begin, _, _) in enumerate(oracle.travelled)
                if e == goal and state in times
            ]
            assert found[source].get(target) == min(reads, default=None), (source, target)


def list_turns_about(pairs, ways, signed):
    """From a node with a sign along streets that go on as one, up to a junction or dead end, nobody turns about."""
    at = {node: [way for way, pair in enumerate(pairs) if node in pair] for pair in pairs for node in pair}
    about = set()
    for node in signed:
        for first in at[node]:
            way = first
            (there,) = set(pairs[way]) - {node}
            while len(at[there]) == 2 and there != node:
                if "oneway" not in ways[way][1]:
                    about.add((way + 1, there, way + 1))
                (way,) = set(at[there]) - {way}
                (there,) = set(pairs[way]) - {there}
    return about


def leads(pairs, ways, turn):
    """Whether a turn can be driven at all: both ways lead so, else its restriction has no effect."""
    (start,), (goal,) = turn.from_ways, turn.to_ways
    into = "oneway" not in ways[start - 1][1] or pairs[start - 1][1] == turn.via
    return into and ("oneway" not in ways[goal - 1][1] or pairs[goal - 1][0] == turn.via)
