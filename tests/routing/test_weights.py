"""Profiles over one topology: what they close, what is unknown and counted, and that nothing else changes."""

from dataclasses import fields

import msgspec
import numpy as np
import pytest
from routing.drawn import RESIDENTIAL, Drawn, drawn

from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.routing.network import load_network
from infrastruktur.routing.profiles import Bedarf, Modus, Profil, Unbekannt, get_profil, list_profile
from infrastruktur.routing.search import travel_times
from infrastruktur.routing.snap import SnapReason, snap
from infrastruktur.routing.weights import count_open, weights_for

WALK, BIKE, CAR = Modus.ZU_FUSS, Modus.RAD, Modus.PKW
FOOTWAY = {"highway": "footway", "surface": "asphalt", "smoothness": "good", "width": "2", "incline": "0%",
           "wheelchair": "yes"}  # fmt: skip
BLOCK = "A--B--C\n|     |\nD-----E"
"""From A to C 600 m over B; 1,000 m round by D and E."""


def block(tmp_path, middle: dict[str, str], node: dict[str, str] | None = None) -> Drawn:
    """The block with footways known to be good, but for what `middle` says of the way AB, or `node` of B."""
    ways = dict.fromkeys(("BC", "AD", "CE", "DE"), FOOTWAY) | {"AB": FOOTWAY | middle}
    return drawn(BLOCK, tmp_path, ways=ways, nodes={"B": node or {}})


def seconds(network, city: Drawn, journey: str) -> float | None:
    begin, end = (snap(network, city.xy(name)) for name in journey)
    times = travel_times(network, begin, end, limit_ds=72_000)
    return times.time_ds[0] / 10 if len(times.time_ds) else None


STRICT = Profil(
    code="streng", titel="streng", modus=WALK, grundlage="Test", tempo_km_h=3.0,
    braucht=msgspec.structs.replace(get_profil("rollstuhl").braucht),
    unbekannt=Unbekannt(*["gesperrt"] * 8),
)  # fmt: skip


@pytest.mark.parametrize(
    ("middle", "adult", "rollator", "wheelchair", "strict"),
    [
        ({}, 600, 600, 600, 600),
        ({"highway": "steps"}, 600, 1000, 1000, 1000),
        ({"highway": "steps", "ramp:wheelchair": "yes"}, 600, 600, 600, 600),
        ({"highway": "steps", "ramp:stroller": "yes"}, 600, 600, 1000, 1000),
        ({"highway": "steps", "ramp": "yes"}, 600, 1000, 1000, 1000),
        ({"highway": "steps", "ramp": "yes", "ramp:bicycle": "yes"}, 600, 1000, 1000, 1000),
        ({"kerb": "raised"}, 600, 1000, 1000, 1000),
        ({"kerb": "rolled"}, 600, 1000, 1000, 1000),
        ({"kerb": "lowered"}, 600, 600, 600, 600),
        ({"kerb": "flush"}, 600, 600, 600, 600),
        ({"footway": "crossing"}, 600, 600, 600, 1000),
        ({"surface": "sett"}, 600, 1000, 1000, 1000),
        ({"surface": "gravel"}, 600, 1000, 1000, 1000),
        ({"surface": "compacted"}, 600, 600, 600, 600),
        ({"surface": "nobody-knows"}, 600, 600, 600, 1000),
        ({"smoothness": "bad"}, 600, 600, 1000, 1000),
        ({"smoothness": "horrible"}, 600, 1000, 1000, 1000),
        ({"width": "0.9"}, 600, 600, 600, 600),
        ({"width": "0.89 m"}, 600, 1000, 1000, 1000),
        ({"width": "narrow"}, 600, 600, 600, 1000),
        ({"incline": "6%"}, 600, 600, 600, 600),
        ({"incline": "6.1%"}, 600, 1000, 1000, 1000),
        ({"incline": "-12 %"}, 600, 1000, 1000, 1000),
        ({"incline": "up"}, 600, 600, 600, 1000),
        ({"wheelchair": "no"}, 600, 600, 1000, 1000),
        ({"wheelchair": "limited"}, 600, 600, 600, 600),
    ],
)
def test_h07_what_a_way_must_be(tmp_path, middle, adult, rollator, wheelchair, strict):
    city = block(tmp_path, middle)
    network = city.network(WALK)
    profile = [get_profil("erwachsen"), get_profil("rollator"), get_profil("rollstuhl"), STRICT]
    found = [seconds(weights_for(network, profil), city, "AC") for profil in profile]
    assert found == [adult, rollator, wheelchair, strict]


@pytest.mark.parametrize(
    ("node", "rollator", "wheelchair", "strict"),
    [
        ({"barrier": "cycle_barrier"}, 600, 1000, 1000),
        ({"barrier": "kissing_gate"}, 1000, 1000, 1000),
        ({"barrier": "stile"}, 1000, 1000, 1000),
        ({"barrier": "bollard"}, 600, 600, 1000),
        ({"barrier": "bollard", "wheelchair": "yes"}, 600, 600, 600),
        ({"barrier": "kerb", "kerb": "raised"}, 1000, 1000, 1000),
        ({"kerb": "raised"}, 1000, 1000, 1000),
        ({"kerb": "lowered"}, 600, 600, 600),
        ({"barrier": "kerb"}, 600, 600, 1000),
    ],
)
def test_h07_what_stands_in_the_way(tmp_path, node, rollator, wheelchair, strict):
    city = block(tmp_path, {}, node)
    network = city.network(WALK)
    assert seconds(network, city, "AC") == pytest.approx(600, abs=0.2)
    profile = [get_profil("rollator"), get_profil("rollstuhl"), STRICT]
    found = [seconds(weights_for(network, profil), city, "AC") for profil in profile]
    assert found == pytest.approx([rollator, wheelchair, strict], abs=0.2)
    west, north = city.places["B"]
    city.places.update({"1": (west - 10, north), "2": (west + 10, north)})
    closed = weights_for(network, STRICT)
    assert seconds(closed, city, "A1") == pytest.approx(290, abs=0.1)  # who lives before it is reached from his side
    assert seconds(closed, city, "C2") == pytest.approx(290, abs=0.1)
    past = seconds(closed, city, "12")
    assert past == pytest.approx(20 if strict == 600 else 290 + 1000 + 290, abs=0.3)


def test_a_kerb_where_a_crossing_begins_is_not_on_the_pavement(tmp_path):
    """C stands on the far side; along the pavement A-B-D one steps over nothing."""
    ways = {"AB": FOOTWAY, "BD": FOOTWAY, "BC": FOOTWAY | {"footway": "crossing"}}
    city = drawn("A--B--D\n   |\n   C", tmp_path, ways=ways, nodes={"B": {"kerb": "raised"}})
    wheels = weights_for(city.network(WALK), get_profil("rollstuhl"))
    assert seconds(wheels, city, "AD") == 600
    assert seconds(wheels, city, "AC") is None or snap(wheels, city.xy("C")).offroad_m[0] > 100


def test_unknown_is_counted_by_trait_and_in_all(tmp_path):
    city = drawn("A--B--C--D", tmp_path, ways={"AB": FOOTWAY, "BC": {"highway": "footway"}, "CD": RESIDENTIAL})
    found = count_open(city.network(WALK), get_profil("rollstuhl"))
    assert (found.edges, found.edges_closed, found.unknown_edges) == (3, 0, 2)
    assert (found.length_km, found.closed_km) == (pytest.approx(0.9, abs=1e-3), 0)
    assert found.unknown_km == {
        "steps": 0, "kerb": pytest.approx(0.3, abs=1e-3), "surface": pytest.approx(0.6, abs=1e-3),
        "smoothness": pytest.approx(0.6, abs=1e-3), "wheelchair": pytest.approx(0.6, abs=1e-3),
        "width": pytest.approx(0.6, abs=1e-3), "incline": pytest.approx(0.6, abs=1e-3),
    }  # fmt: skip
    strict = count_open(city.network(WALK), STRICT)
    assert (strict.edges_closed, strict.closed_km) == (2, pytest.approx(0.6, abs=1e-3))
    assert count_open(city.network(WALK), get_profil("erwachsen")).unknown_km == {}


def test_a_report_says_what_is_unknown_to_whom(tmp_path):
    report = block(tmp_path, {"highway": "steps"}).report
    assert sorted(report.profile) == ["rollator", "rollstuhl"]
    assert report.profile["rollstuhl"].closed_km == pytest.approx(0.3, abs=1e-3)


def test_beyond_the_steps_is_an_island_for_a_wheelchair_and_none_for_others(tmp_path):
    ways = {"AB": FOOTWAY, "BC": {"highway": "steps"}, "CD": FOOTWAY}
    city = drawn("A----B-C-D", tmp_path, ways=ways)
    network = city.network(WALK)
    wheels = weights_for(network, get_profil("rollstuhl"))
    assert snap(network, city.xy("AD")).reason.tolist() == [SnapReason.OK, SnapReason.OK]
    assert wheels.edge_component[[int(np.flatnonzero(network.edge_way == way)[0]) for way in (1, 2, 3)]].tolist() == [
        0, -1, 1,
    ]  # fmt: skip


@pytest.mark.parametrize("modus", list(Modus))
def test_the_profiles_a_network_is_built_for_change_nothing(aachen, modus):
    network = load_network(aachen, modus)
    code = {WALK: "erwachsen", BIKE: "rad", CAR: "pkw"}[modus]
    weighed = weights_for(network, get_profil(code))
    for field in fields(network):
        ours, theirs = getattr(weighed, field.name), getattr(network, field.name)
        assert np.array_equal(ours, theirs) if isinstance(ours, np.ndarray) else ours == theirs, field.name


def test_a_faster_bike_is_faster_but_not_where_it_is_pushed(tmp_path):
    ways = {"AB": {"highway": "cycleway"}, "BC": {"highway": "footway", "bicycle": "dismount"}}
    city = drawn("A----B----C", tmp_path, ways=ways)
    fast = weights_for(
        city.network(BIKE), Profil(code="pedelec", titel="", modus=BIKE, grundlage="Test", tempo_km_h=20.0)
    )
    assert seconds(fast, city, "AB") == pytest.approx(500 * 3.6 / 20, abs=0.1)
    assert seconds(fast, city, "BC") == pytest.approx(500 * 3.6 / 4, abs=0.1)


def test_a_slower_car(tmp_path):
    city = drawn("A----B", tmp_path)
    slow = weights_for(city.network(CAR), Profil(code="x", titel="", modus=CAR, grundlage="Test", tempo_faktor=0.5))
    assert seconds(slow, city, "AB") == pytest.approx(500 * 3.6 / 13.5, abs=0.1)


def test_closing_by_a_profile_never_shortens_a_way(aachen):
    network = load_network(aachen, WALK)
    points = snap(network, network.node_xy[:: len(network.node_xy) // 40])
    free = travel_times(network, points, points, limit_ds=15_000)
    times = {}
    for code in ("rollator", "rollstuhl"):
        less = weights_for(network, get_profil(code))
        found = travel_times(less, points, points, limit_ds=15_000)
        row = np.repeat(np.arange(len(points)), np.diff(found.indptr))
        times[code] = dict(zip(zip(row.tolist(), found.target.tolist(), strict=True), found.time_ds, strict=True))
    row = np.repeat(np.arange(len(points)), np.diff(free.indptr))
    adult = dict(zip(zip(row.tolist(), free.target.tolist(), strict=True), free.time_ds, strict=True))
    assert 0 < len(times["rollstuhl"]) < len(times["rollator"]) < len(adult)
    assert all(adult[pair] <= time for pair, time in times["rollator"].items())
    assert all(times["rollator"][pair] <= time for pair, time in times["rollstuhl"].items())


def test_a_profile_of_another_mode_or_with_an_unknown_code_is_refused(tmp_path):
    network = drawn("A--B", tmp_path).network(WALK)
    with pytest.raises(InvalidParameter, match="gilt für pkw"):
        weights_for(network, get_profil("pkw"))
    odd = msgspec.structs.replace(STRICT, braucht=Bedarf(surface=frozenset({"lava"})))
    with pytest.raises(InvalidParameter, match="'lava'"):
        weights_for(network, odd)


def test_every_profile_of_the_project_fits_its_network(aachen):
    for profil in list_profile():
        assert count_open(load_network(aachen, profil.modus), profil).edges > 0


def test_nobody_starts_from_the_middle_of_steps_that_are_closed_to_them(tmp_path):
    """The point lies on the steps; with a rollator the next street counts, 200 m off."""
    town = drawn("A--1--B\n|     |\nC-----D", tmp_path, ways={"AB": {"highway": "steps"}})
    network = town.network(Modus.ZU_FUSS)
    rollator = weights_for(network, get_profil("rollator"))
    assert snap(network, town.xy("1")).offroad_m[0] == pytest.approx(0, abs=0.1)
    found = snap(rollator, town.xy("1"))
    assert found.reason[0] == SnapReason.OK
    assert found.offroad_m[0] == pytest.approx(200, abs=1)
