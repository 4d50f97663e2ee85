"""Tags as law: who may use a way, in which direction, how fast. Each rule once, as a drawn map or a table."""

import pytest
from routing.drawn import drawn

from infrastruktur.routing.access import Ignored, Passage, is_passable, parse_limit_km_h, read_passage
from infrastruktur.routing.profiles import Modus

WALK, BIKE, CAR = Modus.ZU_FUSS, Modus.RAD, Modus.PKW


@pytest.mark.parametrize(
    ("tags", "who"),
    [
        ({"highway": "residential"}, "walk bike car"),
        ({"highway": "living_street"}, "walk bike car"),
        ({"highway": "motorway"}, "car"),
        ({"highway": "trunk"}, "car"),
        ({"highway": "trunk", "foot": "yes", "bicycle": "yes"}, "walk bike car"),
        ({"highway": "primary", "motorroad": "yes"}, "car"),
        ({"highway": "footway"}, "walk"),
        ({"highway": "footway", "bicycle": "yes"}, "walk bike"),
        ({"highway": "pedestrian"}, "walk"),
        ({"highway": "pedestrian", "area": "yes"}, "walk"),
        ({"highway": "pedestrian", "motor_vehicle": "destination"}, "walk car"),
        ({"highway": "cycleway"}, "bike"),
        ({"highway": "cycleway", "foot": "designated"}, "walk bike"),
        ({"highway": "path"}, "walk bike"),
        ({"highway": "path", "bicycle": "no"}, "walk"),
        ({"highway": "steps"}, "walk"),
        ({"highway": "track"}, "walk bike"),
        ({"highway": "track", "motor_vehicle": "agricultural"}, "walk bike"),
        ({"highway": "track", "access": "private"}, ""),
        ({"highway": "service", "access": "private"}, ""),
        ({"highway": "residential", "access": "permit"}, ""),
        ({"highway": "residential", "motor_vehicle": "permit"}, "walk bike"),
        ({"highway": "service", "access": "no", "foot": "yes"}, "walk"),
        ({"highway": "service", "access": "customers"}, "walk bike car"),
        ({"highway": "residential", "vehicle": "no"}, "walk"),
        ({"highway": "residential", "vehicle": "no", "bicycle": "yes"}, "walk bike"),
        ({"highway": "residential", "motor_vehicle": "no"}, "walk bike"),
        ({"highway": "residential", "motor_vehicle": "no", "motorcar": "yes"}, "walk bike car"),
        ({"highway": "secondary", "foot": "use_sidepath", "bicycle": "use_sidepath"}, "car"),
        ({"highway": "secondary", "foot": "use_sidepath", "sidewalk": "right"}, "walk bike car"),
        ({"highway": "secondary", "foot": "use_sidepath", "sidewalk": "separate"}, "bike car"),
        ({"highway": "secondary", "bicycle": "use_sidepath", "cycleway:right": "track"}, "walk bike car"),
        ({"highway": "secondary", "bicycle": "use_sidepath", "cycleway": "separate"}, "walk car"),
        ({"highway": "trunk", "foot": "use_sidepath", "sidewalk": "both"}, "walk car"),
        ({"highway": "primary", "motorroad": "yes", "bicycle": "use_sidepath", "cycleway": "track"}, "bike car"),
        ({"highway": "construction"}, ""),
        ({"highway": "proposed"}, ""),
        ({"route": "ferry"}, "walk bike"),
        ({"route": "ferry", "motor_vehicle": "yes"}, "walk bike car"),
        ({"route": "ferry", "foot": "no", "bicycle": "no", "motorcar": "yes"}, "car"),
    ],
)
def test_h07_who_may_use_a_way(tags, who):
    names = {"walk": WALK, "bike": BIKE, "car": CAR}
    assert [n for n, modus in names.items() if isinstance(read_passage(tags, modus), Passage)] == who.split()


@pytest.mark.parametrize(
    ("tags", "walk", "bike", "car"),
    [
        ({}, "<>", "<>", "<>"),
        ({"oneway": "yes"}, "<>", ">", ">"),
        ({"oneway": "-1"}, "<>", "<", "<"),
        ({"oneway": "yes", "oneway:bicycle": "no"}, "<>", "<>", ">"),
        ({"oneway": "yes", "cycleway": "opposite_lane"}, "<>", "<>", ">"),
        ({"oneway": "no", "oneway:bicycle": "yes"}, "<>", ">", "<>"),
        ({"junction": "roundabout"}, "<>", ">", ">"),
        ({"junction": "roundabout", "oneway": "no"}, "<>", "<>", "<>"),
        ({"oneway:foot": "yes"}, ">", "<>", "<>"),
    ],
)
def test_h07_directions(tags, walk, bike, car):
    for modus, expected in ((WALK, walk), (BIKE, bike), (CAR, car)):
        passage = read_passage({"highway": "residential", **tags}, modus)
        assert ("<" * (passage.backward_km_h > 0)) + (">" * (passage.forward_km_h > 0)) == expected


def test_a_lane_that_changes_direction_by_the_hour_is_left_out_and_says_so():
    assert read_passage({"highway": "primary", "oneway": "reversible"}, CAR) is Ignored.REVERSIBLE


@pytest.mark.parametrize(
    ("value", "km_h"),
    [
        ("50", 50), ("30 mph", 48.28032), ("50;30", 30), ("walk", 7), ("none", 150), ("DE:urban", 50),
        ("DE:rural", 100), ("DE:zone:30", 30), ("DE:zone30", 30), ("DE:30", 30), ("signals", None), ("", None),
        ("0", None), ("٥٠", None), ("50 km/h", 50), ("DE:living_street", 7),
    ],
)  # fmt: skip
def test_limits_as_they_are_tagged(value, km_h):
    assert parse_limit_km_h(value) == (pytest.approx(km_h) if km_h else None)


@pytest.mark.parametrize(
    ("tags", "km_h"),
    [
        ({"highway": "residential", "maxspeed": "30"}, 25.5),
        ({"highway": "residential"}, 27),
        ({"highway": "secondary", "source:maxspeed": "DE:rural"}, 85),
        ({"highway": "secondary", "source:maxspeed": "DE:rural", "maxspeed": "70"}, 59.5),
        ({"highway": "residential", "zone:maxspeed": "DE:30"}, 25.5),
        ({"highway": "living_street"}, 7),
        ({"highway": "living_street", "maxspeed": "30"}, 7),
        ({"highway": "motorway", "maxspeed": "none"}, 120),
        ({"highway": "motorway"}, 110),
        ({"highway": "service", "maxspeed": "50"}, 12),
    ],
)
def test_car_speeds(tags, km_h):
    assert read_passage(tags, CAR).forward_km_h == pytest.approx(km_h)


def test_a_limit_may_differ_by_direction():
    passage = read_passage({"highway": "tertiary", "maxspeed": "100", "maxspeed:backward": "60"}, CAR)
    assert (passage.forward_km_h, passage.backward_km_h) == (85, 51)


@pytest.mark.parametrize(
    ("tags", "who"),
    [
        ({"barrier": "bollard"}, "walk bike"),
        ({"barrier": "bollard", "access": "no"}, "walk bike"),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, "walk bike car"),
        ({"barrier": "gate"}, "walk bike"),
        ({"barrier": "gate", "access": "private"}, ""),
        ({"barrier": "gate", "access": "yes"}, "walk bike car"),
        ({"barrier": "gate", "locked": "yes"}, ""),
        ({"barrier": "kissing_gate"}, "walk"),
        ({"barrier": "stile"}, "walk"),
        ({"barrier": "cycle_barrier"}, "walk bike"),
        ({"barrier": "wall"}, ""),
        ({"barrier": "cattle_grid"}, "walk bike car"),
        ({"barrier": "entrance"}, "walk bike car"),
        ({"barrier": "toll_booth"}, "walk bike car"),
    ],
)
def test_h07_who_passes_a_barrier(tags, who):
    names = {"walk": WALK, "bike": BIKE, "car": CAR}
    assert [name for name, modus in names.items() if is_passable(tags, modus)] == who.split()


def test_a_car_goes_round_by_the_one_way(tmp_path):
    city = drawn(
        "A--B\n|  |\nC--D", tmp_path, ways={"BA": {"highway": "residential", "oneway": "yes", "maxspeed": "30"}}
    )
    assert city.seconds(WALK, "AB") == 300
    assert city.seconds(CAR, "BA") == pytest.approx(300 * 3.6 / 25.5, abs=0.1)
    assert city.seconds(CAR, "AB") == pytest.approx(700 * 3.6 / 27, abs=0.2)  # by C and D: 200 + 300 + 200 m
    assert city.seconds(BIKE, "AB") == pytest.approx(700 * 3.6 / 15, abs=0.2)


def test_a_roundabout_is_driven_one_way_round(tmp_path):
    ring = {"highway": "residential", "junction": "roundabout"}
    city = drawn("A--B\n|  |\nD--C", tmp_path, ways={"ADCBA": ring})
    assert city.seconds(CAR, "AB") == pytest.approx(700 * 3.6 / 27, abs=0.2)
    assert city.seconds(CAR, "BA") == pytest.approx(300 * 3.6 / 27, abs=0.2)
    assert city.seconds(WALK, "AB") == 300


@pytest.mark.parametrize(
    ("text", "way", "metres"),
    [
        ("A--B\n|  |\nD--C", "ADCBA", {"AB": 700, "BA": 300, "AC": 500, "DB": 500, "BD": 500}),
        ("A--B--E\n|  |\nD--C", "ADCBA", {"AE": 1000, "EA": 600, "CE": 500, "EC": 1100}),
        ("A--B\n|  |\nD--C--E", "CBADC", {"EA": 800, "AE": 800, "BD": 500, "DB": 500}),
    ],
    ids=["that touches nothing", "left elsewhere than where it is closed", "on a stalk"],
)
def test_h07_a_one_way_ring_is_driven_round_from_any_of_its_places(tmp_path, text, way, metres):
    """Mapped as one closed way, cut only where others meet it; where its drawing is closed is no place of its own."""
    city = drawn(text, tmp_path, ways={way: {"highway": "residential", "oneway": "yes"}})
    found = {journey: city.seconds(CAR, journey) * 27 / 3.6 for journey in metres}
    assert found == pytest.approx(metres, abs=2)
    assert city.seconds(WALK, "AB") == 300


def test_h07_of_two_ways_between_the_same_junctions_the_faster_counts(tmp_path):
    slow = {"highway": "residential", "maxspeed": "10"}
    city = drawn("A--B--C", tmp_path, ways={"AB": {"highway": "residential", "oneway": "yes"}, "BA": slow})
    assert city.report.modes["pkw"].edges == 3
    assert city.seconds(CAR, "AC") == pytest.approx(600 * 3.6 / 27, abs=0.1)
    assert city.seconds(CAR, "CA") == pytest.approx(300 * 3.6 / 27 + 300 * 3.6 / 8.5, abs=0.1)


def test_a_bollard_stops_the_car_only(tmp_path):
    city = drawn("A--B--C\n|     |\nD-----E", tmp_path, nodes={"B": {"barrier": "bollard"}})
    assert city.seconds(WALK, "AC") == pytest.approx(600, abs=0.2)
    assert city.seconds(BIKE, "AC") == pytest.approx(600 * 3.6 / 15, abs=0.2)
    assert city.seconds(CAR, "AC") == pytest.approx(1000 * 3.6 / 27, abs=0.2)


def test_a_barrier_in_the_middle_of_a_way_parts_it_and_both_sides_still_end_there(tmp_path):
    street = {"ABC": {"highway": "residential"}}
    city = drawn("A------B------C", tmp_path, ways=street, nodes={"B": {"barrier": "gate"}})
    assert city.seconds(CAR, "AC") is None
    assert city.report.modes["pkw"].barriers_closed == 1
    assert city.report.modes["zu_fuss"].barriers_closed == 0


def test_a_bollard_between_streets_for_destination_is_passed_by_those_who_may_be_there(tmp_path):
    """Three streets end at the bollard X, the public one first: from Q straight on to 1 nobody leaves the others."""
    residents = {"highway": "residential", "vehicle": "destination"}
    ways = {"XH": {"highway": "residential"}, "QX": residents, "XT": residents}
    city = drawn("P--Q--X-1-T\n      |\n      H", tmp_path, ways=ways, nodes={"X": {"barrier": "bollard"}})
    assert city.seconds(BIKE, "P1") == pytest.approx(800 * 3.6 / 15, abs=0.2)
    assert city.seconds(BIKE, "1P") == pytest.approx(800 * 3.6 / 15, abs=0.2)
    assert city.seconds(BIKE, "H1") == pytest.approx(400 * 3.6 / 15, abs=0.2)


def test_past_a_bollard_at_a_junction_every_way_costs_the_same(tmp_path):
    city = drawn("A--X--B\n   |\n   C", tmp_path, nodes={"X": {"barrier": "bollard"}})
    assert {city.seconds(WALK, f"{a}{b}") for a in "AB" for b in "ABC" if a != b} == {600.1, 500.1}
    assert {city.seconds(WALK, journey) for journey in ("AC", "CA", "BC", "CB")} == {500.1}


def test_steps_are_for_walkers(tmp_path):
    city = drawn("A--B\n|  |\nC--D", tmp_path, ways={"AB": {"highway": "steps"}})
    assert city.seconds(WALK, "AB") == 300
    assert city.seconds(BIKE, "AB") == pytest.approx(700 * 3.6 / 15, abs=0.2)


def test_access_for_destination_ends_there_and_begins_there_but_never_passes_through(tmp_path):
    residents = {"highway": "residential", "motor_vehicle": "destination"}
    city = drawn("A--B--C--D\n|        |\nE--------F", tmp_path, ways={"BC": residents})
    assert city.seconds(CAR, "AD") == pytest.approx(1300 * 3.6 / 27, abs=0.3)  # round by E and F
    assert city.report.modes["pkw"].edges_to_end_only == 1
    inside = city.snapped(CAR, "A"), city.xy("BC").mean(axis=0)
    assert inside[0].edge[0] >= 0
    assert city.seconds(WALK, "AD") == 900


def test_who_lives_behind_a_street_for_destination_comes_home_but_nobody_passes(tmp_path):
    """CDHG is free to all, but both ways there are for destination; from A to F one goes round by X and Y."""
    residents = {"highway": "residential", "motor_vehicle": "destination"}
    town = "A--B--C--D--E--F\n|     |  |     |\n|     G--H     |\nX--------------Y"
    city = drawn(town, tmp_path, ways={"BC": residents, "DE": residents})
    by_car = pytest.approx
    assert city.seconds(CAR, "AC") == by_car(600 * 3.6 / 27, abs=0.3)
    assert city.seconds(CAR, "HA") == by_car(1100 * 3.6 / 27, abs=0.3)
    assert city.seconds(CAR, "HC") == by_car(500 * 3.6 / 27, abs=0.3)
    assert city.seconds(CAR, "AF") == by_car(2100 * 3.6 / 27, abs=0.3)
    report = city.report.modes["pkw"]
    assert (report.edges_to_end_only, report.edges_enclosed) == (6, 4)
    assert city.seconds(WALK, "AF") == 1500


def test_a_road_that_comes_from_outside_the_data_is_no_enclosure(tmp_path):
    """The primary road begins beyond the data and has a back road for destination: from Z on to A all the same."""
    town = "Y--Z-----R-----X--A\n         |     |  |\n         G-----H--B"
    for number, (road, journey) in enumerate((("YZRX", "ZA"), ("XRZY", "AZ"))):
        ways = {
            road: {"highway": "primary", "oneway": "yes"},
            "RG": {"highway": "service", "motor_vehicle": "destination"},
        }
        (tmp_path / str(number)).mkdir()
        city = drawn(town, tmp_path / str(number), ways=ways, missing="Y")
        assert city.report.modes["pkw"].edges_enclosed == 0
        assert city.seconds(CAR, journey) is not None


def test_who_lives_behind_a_street_for_destination_at_the_edge_of_the_data_comes_home(tmp_path):
    """D leads out of the data, but from A one comes there over BC only."""
    residents = {"highway": "residential", "motor_vehicle": "destination"}
    ways = {"BC": residents, "CDY": {"highway": "residential"}}
    city = drawn("F--E--A--B--C--D--Y", tmp_path, ways=ways, missing="Y")
    assert city.network(CAR).edge_of_data.any()
    assert city.seconds(CAR, "AD") == pytest.approx(900 * 3.6 / 27, abs=0.3)
    assert city.seconds(CAR, "DA") == pytest.approx(900 * 3.6 / 27, abs=0.3)
    assert city.report.modes["pkw"].edges_enclosed == 1


def test_an_unconnected_town_makes_no_other_one_an_enclosure(tmp_path):
    """The chain has the more junctions, the square below the more that are free to all; AB stays free as well."""
    residents = {"highway": "residential", "motor_vehicle": "destination"}
    town = "A-B-C-D-E-F-G-H\n\n\n\n\nK-L-M\n| | |\nN-O-P"
    city = drawn(town, tmp_path, ways=dict.fromkeys(("BC", "DE", "FG"), residents))
    assert city.report.modes["pkw"].edges_enclosed == 3
    assert city.seconds(CAR, "AH") == pytest.approx(1400 * 3.6 / 27, abs=0.4)  # nobody else would come home to H


def test_a_place_in_an_area_for_destination_is_reached_and_left_from_both_sides(tmp_path):
    residents = {"highway": "residential", "motor_vehicle": "destination"}
    city = drawn(" 1\nA--B-2-C--D\n|         |\nE---------F", tmp_path, ways={"BC": residents})
    assert city.seconds(CAR, "A2") == pytest.approx(500 * 3.6 / 27, abs=0.3)
    assert city.seconds(CAR, "D2") == pytest.approx(500 * 3.6 / 27, abs=0.3)
    assert city.seconds(CAR, "2A") == pytest.approx(500 * 3.6 / 27, abs=0.3)
    assert city.seconds(CAR, "2D") == pytest.approx(500 * 3.6 / 27, abs=0.3)


def test_within_an_area_for_destination_one_drives_straight(tmp_path):
    residents = {"highway": "residential", "motor_vehicle": "destination"}
    city = drawn("A--B--C--D--E\n|           |\nF-----------G", tmp_path, ways={"BC": residents, "CD": residents})
    points = city.xy("BC").mean(axis=0), city.xy("CD").mean(axis=0)
    city.places.update({"1": tuple(points[0]), "2": tuple(points[1])})
    assert city.seconds(CAR, "12") == pytest.approx(300 * 3.6 / 27, abs=0.3)
    assert city.seconds(CAR, "21") == pytest.approx(300 * 3.6 / 27, abs=0.3)


def test_a_ferry_takes_its_duration_and_the_wait(tmp_path):
    ferry = {"route": "ferry", "duration": "00:05"}
    city = drawn("A---B           C---D", tmp_path, ways={"BC": ferry})
    assert city.seconds(BIKE, "BC") == 300 + 600
    # stated so that the fastest walker (4.5 km/h) takes 15 minutes, who needs 3.6 / 4.5 of the reference
    assert city.seconds(WALK, "BC") * 3.6 / 4.5 == pytest.approx(900)
    assert city.seconds(CAR, "AD") is None


@pytest.mark.parametrize(
    ("tags", "there", "back"),
    [
        ({}, 1320, 1320), ({"bicycle": "no"}, None, None), ({"foot": "no"}, 1320, 1320),
        ({"duration": "10"}, 1200, 1200), ({"duration": "10", "oneway": "yes"}, 1200, None),
        ({"bicycle": "dismount", "duration": "00:10"}, 1200, 1200), ({"access": "private"}, None, None),
    ],
)  # fmt: skip
def test_h07_a_bike_on_a_ferry(tmp_path, tags, there, back):
    """1,200 m at 6 km/h, or the time that is stated, and ten minutes of waiting."""
    city = drawn("A---B           C---D", tmp_path, ways={"BC": {"route": "ferry", **tags}})
    assert (city.seconds(BIKE, "BC"), city.seconds(BIKE, "CB")) == (there, back)


def test_a_pushed_bike_is_slow(tmp_path):
    city = drawn("A---------B", tmp_path, ways={"AB": {"highway": "footway", "bicycle": "dismount"}})
    assert city.seconds(BIKE, "AB") == pytest.approx(1000 * 3.6 / 4, abs=0.2)
