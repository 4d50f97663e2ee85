"""Doors: a point inside a house goes by one of its mapped doors, every other point stays where it is, to the byte."""

import json
from dataclasses import replace

import numpy as np
import pytest
import shapely
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from routing.drawn import drawn

from infrastruktur.domain.geometry import transform_xy
from infrastruktur.routing.build import build_network
from infrastruktur.routing.doors import MAIN_TIMES, NO_DOORS, Doors, to_doors
from infrastruktur.routing.houses import Door, Shut, read_door
from infrastruktur.routing.network import load_network
from infrastruktur.routing.profiles import Modus, get_profil
from infrastruktur.routing.search import travel_times
from infrastruktur.routing.snap import SnapReason, snap
from infrastruktur.routing.traits import Wheelchair
from infrastruktur.routing.weights import weights_for

WALK, CAR = Modus.ZU_FUSS, Modus.PKW
YES, MAIN, HOUSE = {"entrance": "yes"}, {"entrance": "main"}, {"building": "yes"}
WHEELS = get_profil("rollstuhl").braucht

BETWEEN_STREETS = """
A------------------B
|
|     K..D..L
|     .     .
|     .     .
|     .  1  .
|     N..E..M
|
C------------------F
"""
"""Every character 10 m: from 1 the front street AB is 50 m away, the back street CF 30 m; doors are D and E."""


def between_streets(tmp_path, **nodes):
    return drawn(BETWEEN_STREETS, tmp_path, grid_m=10, nodes=nodes, houses={"KDLMEN": HOUSE})


def seconds(city, journey, modus=WALK):
    """Time from the street to a place entered by its door."""
    network = city.network(modus)
    begin, end = snap(network, city.xy(journey[0])), city.stepped_out(modus, journey[1])
    return travel_times(network, begin, end, limit_ds=72_000).time_ds[0] / 10


def test_the_way_begins_at_the_door_though_the_other_street_is_nearer(tmp_path):
    """From B it is 110 m to before D and 20 m off the street; to the back it is 190 + 70 + 80 + 30 m by A and C."""
    city = between_streets(tmp_path, D=YES)
    assert city.seconds(WALK, "B1") == pytest.approx(190 + 80 + 90 + 30, abs=0.3)
    assert seconds(city, "B1") == pytest.approx(100 + 20, abs=0.3)


def test_the_metres_within_the_house_do_not_count(tmp_path):
    city = between_streets(tmp_path, E=YES)
    assert city.snapped(WALK, "1").offroad_m[0] == pytest.approx(30, abs=0.05)
    assert city.stepped_out(WALK, "1").offroad_m[0] == pytest.approx(20, abs=0.05)


def test_all_modes_share_the_doors(tmp_path):
    city = between_streets(tmp_path, D=YES)
    places = [to_doors(city.network(modus).doors, city.xy("1")).xy_25832 for modus in Modus]
    assert all(place == pytest.approx(city.xy("D"), abs=0.01) for place in places)


@pytest.mark.parametrize("entrance", ["emergency", "exit", "service", "garage", "no"])
def test_what_is_no_way_in_is_no_door(tmp_path, entrance):
    """Though the emergency exit E is nearer to 1 than the door D."""
    city = between_streets(tmp_path, D=YES, E={"entrance": entrance})
    assert to_doors(city.network(WALK).doors, city.xy("1")).xy_25832 == pytest.approx(city.xy("D"), abs=0.01)


@pytest.mark.parametrize(
    ("tags", "read"),
    [
        ({"entrance": "yes"}, Door(main=False, wheelchair=Wheelchair.UNKNOWN)),
        ({"entrance": "main", "wheelchair": "limited"}, Door(main=True, wheelchair=Wheelchair.LIMITED)),
        ({"entrance": "staircase", "access": "permissive"}, Door(main=False, wheelchair=Wheelchair.UNKNOWN)),
        ({"entrance": "main", "access": "customers"}, Door(main=True, wheelchair=Wheelchair.UNKNOWN)),
        ({"entrance": "yes", "access": "private"}, Shut.ACCESS),
        ({"entrance": "yes", "access": "private", "foot": "yes"}, Door(main=False, wheelchair=Wheelchair.UNKNOWN)),
        ({"entrance": "main", "access": "no"}, Shut.ACCESS),
        ({"entrance": "yes", "access": "delivery"}, Shut.ACCESS),
        ({"entrance": "service", "access": "yes"}, Shut.SERVICE),
        ({"entrance": "emergency"}, Shut.EMERGENCY),
        ({"entrance": "exit"}, Shut.EXIT),
        ({"entrance": "garage"}, Shut.GARAGE),
    ],
)
def test_a_door_is_read_as_it_is_mapped(tags, read):
    assert read_door(tags) == read


def hall(*doors, main=(), wheelchair=()):
    """A hall of 200 by 200 m around the origin with these doors."""
    return Doors(
        ring_indptr=np.array([0, 5]),
        ring_xy=np.array([(-100, -100), (100, -100), (100, 100), (-100, 100), (-100, -100)], np.float64),
        door_indptr=np.array([0, len(doors)]),
        door_xy=np.array(doors, np.float64),
        door_main=np.array([at in main for at in range(len(doors))]),
        door_wheelchair=np.array([*wheelchair, *[Wheelchair.UNKNOWN] * (len(doors) - len(wheelchair))], np.uint8),
    )


EAST, WEST_DOOR, NORTH = (100, 0), (-100, 0), (0, 100)


@pytest.mark.parametrize(("x", "door"), [(0, 0), (-33, 0), (-34, 1), (-99.9, 1), (99.9, 0)])
def test_the_main_door_wins_up_to_twice_the_distance(x, door):
    """At x the main door in the east is 100 - x away, the one in the west 100 + x."""
    assert MAIN_TIMES == 2
    assert to_doors(hall(EAST, WEST_DOOR, main={0}), np.array([[x, 0]])).door.tolist() == [door]


@pytest.mark.parametrize("main", [set(), {0, 1}])
def test_among_equal_doors_the_nearest_is_taken_and_the_first_of_equals(main):
    points = np.array([(1, 0), (-1, 0), (0, 0)], np.float64)
    assert to_doors(hall(EAST, WEST_DOOR, main=main), points).door.tolist() == [0, 1, 0]


def test_a_door_that_rules_a_wheelchair_out_comes_last_for_it():
    doors = hall(EAST, WEST_DOOR, NORTH, main={0}, wheelchair=[Wheelchair.NO, Wheelchair.LIMITED])
    point = np.array([[0.0, 0.0]])
    assert to_doors(doors, point).door.tolist() == [0]
    assert to_doors(doors, point, braucht=get_profil("rollator").braucht).door.tolist() == [0]
    assert to_doors(doors, point, braucht=WHEELS).door.tolist() == [1]
    assert to_doors(doors, np.array([[0.0, 1.0]]), braucht=WHEELS).door.tolist() == [2]
    alone = hall(EAST, wheelchair=[Wheelchair.NO])
    assert to_doors(alone, point, braucht=WHEELS).door.tolist() == [0]


def test_each_of_two_houses_wall_to_wall_has_its_own_door(tmp_path):
    """D and E open onto the street, X on the wall between is a door of both and no nearer to either middle."""
    city = drawn(
        "A-----------------B\n\n  K.D..X..E.L\n  .....    ..\n  ... 1.2  ..\n  O....P....Q", tmp_path, grid_m=10,
        nodes={"D": YES, "E": YES}, houses={"KDXPO": HOUSE, "XELQP": HOUSE},
    )  # fmt: skip
    doors = city.network(WALK).doors
    assert to_doors(doors, city.xy("12")).xy_25832 == pytest.approx(city.xy("DE"), abs=0.01)
    assert (city.report.houses.houses_used, city.report.houses.doors_used) == (2, 2)
    (tmp_path / "shared").mkdir()
    shared = drawn(
        "A-----------------B\n\n  K.D..X..E.L\n  .....    ..\n  ... 1.2  ..\n  O....P....Q", tmp_path / "shared",
        grid_m=10, nodes={"X": YES}, houses={"KDXPO": HOUSE, "XELQP": HOUSE},
    )  # fmt: skip
    assert to_doors(shared.network(WALK).doors, shared.xy("12")).xy_25832 == pytest.approx(shared.xy("XX"), abs=0.01)
    assert (shared.report.houses.doors_used, len(shared.network(WALK).doors.door_xy)) == (1, 2)


def test_a_courtyard_belongs_to_its_house(tmp_path):
    """A multipolygon says so of its untagged ring; where its doors lead, its middle goes."""
    court = {"type": "multipolygon", "building": "school"}
    city = drawn(BETWEEN_STREETS, tmp_path, grid_m=10, nodes={"D": YES}, houses={"KDLMEN": court})
    assert city.report.houses.houses_used == 1
    assert to_doors(city.network(WALK).doors, city.xy("1")).xy_25832 == pytest.approx(city.xy("D"), abs=0.01)


@pytest.mark.parametrize("tags", [{}, {"building": "no"}, {"building:part": "yes"}, {"landuse": "residential"}])
def test_other_rings_are_no_houses(tmp_path, tags):
    city = drawn(BETWEEN_STREETS, tmp_path, grid_m=10, nodes={"D": YES}, houses={"KDLMEN": tags})
    assert city.report.houses.houses_used == 0
    assert city.report.houses.doors_ignored == {"no_outline": 1}


def test_a_door_onto_a_cut_off_yard_is_on_an_island_as_any_point_there(tmp_path):
    """The yard's path GH passes 20 m before the door D; the street is 70 m off, behind the house."""
    text = "A----------B--C\n.\n.\n.\n.\nK....L\n.  1 .\nN..D.M\n\nG----H"
    city = drawn(text, tmp_path, grid_m=10, nodes={"D": YES}, houses={"KLMDN": HOUSE},
                 ways={"GH": {"highway": "footway"}, "AB": {"highway": "residential"}})  # fmt: skip
    assert city.snapped(WALK, "1").reason[0] == SnapReason.OK
    out = city.stepped_out(WALK, "1")
    assert (out.reason[0], out.offroad_m[0]) == (SnapReason.ISLAND, pytest.approx(20, abs=0.05))


def test_in_a_house_within_a_house_the_inner_one_counts(tmp_path):
    text = "A------------B\n\nK..D......L\n.         .\n. O.E.P   .\n. . 1 . 2 .\n. R...Q   .\nN.........M"
    city = drawn(text, tmp_path, grid_m=10, nodes={"D": YES, "E": MAIN},
                 houses={"KDLMN": HOUSE, "OEPQR": HOUSE})  # fmt: skip
    assert to_doors(city.network(WALK).doors, city.xy("12")).xy_25832 == pytest.approx(city.xy("ED"), abs=0.01)


def test_every_door_and_outline_is_used_or_counted_with_its_reason(tmp_path):
    """KLMN has a door, PQRS an exit only, TUVW crosses itself, XYZc lacks a corner, and g stands alone."""
    text = "A-------B\n\nK.L.P.Q\n.......\nN.M.S.R\n\nT.U.X.Y\n.......\nV.W.c.Z\n\nC---g---D"
    city = drawn(
        text, tmp_path, grid_m=10, missing="Z", ways={"CgD": {"highway": "residential"}},
        nodes={"K": MAIN, "L": {"entrance": "yes", "access": "private"}, "P": {"entrance": "exit"},
               "T": YES, "X": YES, "g": YES},
        houses={"KLMN": HOUSE, "PQRS": HOUSE, "TUVW": HOUSE, "XYZc": HOUSE},
    )  # fmt: skip
    houses = city.report.houses
    assert (houses.houses_used, houses.doors_used) == (1, 1)
    assert houses.houses_ignored == {"invalid": 1, "no_way_in": 1, "torn": 1}
    assert houses.doors_ignored == {"access": 1, "exit": 1, "no_outline": 3}


def test_the_first_corner_of_a_ring_is_one_door(tmp_path):
    city = drawn(BETWEEN_STREETS, tmp_path, grid_m=10, nodes={"D": YES}, houses={"DLMENK": HOUSE})
    assert len(city.network(WALK).doors.door_xy) == 1


def test_without_houses_nothing_moves_and_nothing_is_indexed(tmp_path):
    city = drawn("A--B", tmp_path)
    network = city.network(WALK)
    snap(network, city.xy("AB"))
    assert "index" not in vars(network.doors)
    points = np.array([[1.0, 2.0], [np.nan, np.nan]])
    for doors in (network.doors, NO_DOORS):
        steps = to_doors(doors, points)
        assert steps.xy_25832.tobytes() == points.tobytes()
        assert steps.door.tolist() == [-1, -1]
    assert to_doors(NO_DOORS, np.empty((0, 2))).xy_25832.shape == (0, 2)


def test_a_profile_keeps_the_doors_and_their_index(tmp_path):
    network = between_streets(tmp_path, D=YES).network(WALK)
    assert weights_for(network, get_profil("rollstuhl")).doors is network.doors
    assert replace(network, modus=CAR).doors.index is network.doors.index


def test_equal_houses_give_equal_bytes_whatever_the_order(tmp_path):
    """Of doors within a ring; ways themselves are numbered, and sorted by that."""
    contents = []
    for ring in ("KDLMEN", "LMENKD", "KDLMEN"):
        place = tmp_path / str(len(contents))
        place.mkdir()
        city = drawn(BETWEEN_STREETS, place, grid_m=10, nodes={"D": YES, "E": MAIN}, houses={ring: HOUSE})
        contents.append({p.name: p.read_bytes() for p in sorted(city.folder.glob("*/doors/*.npy"))})
        assert build_network(city.pbf, city.folder) == build_network(city.pbf, place / "again")
    assert contents[0] == contents[2]
    assert len(contents[0]) == 6
    same = [name for name in contents[0] if contents[0][name] == contents[1][name]]
    assert same == ["door_indptr.npy", "door_main.npy", "door_wheelchair.npy", "door_xy.npy", "ring_indptr.npy"]


houses = st.lists(
    st.tuples(*(st.integers(0, 300) for _ in range(2)), *(st.integers(5, 60) for _ in range(2)), st.integers(1, 15)),
    max_size=6,
)
"""West, south, width, height, and which of four corners are doors."""


@settings(max_examples=examples(100), deadline=None)
@given(houses, st.lists(st.tuples(st.integers(-5, 700), st.integers(-5, 700)), max_size=30))
def test_points_outside_stay_to_the_byte_and_others_are_at_a_door_of_their_house(drawings, at):
    rings, doors = [], []
    for west, south, width, height, mask in drawings:
        x, y = (west, west + width), (south, south + height)
        corners = [(x[0], y[0]), (x[1], y[0]), (x[1], y[1]), (x[0], y[1])]
        rings.append([*corners, corners[0]])
        doors.append([corner for bit, corner in enumerate(corners) if mask >> bit & 1])
    built = Doors(
        ring_indptr=np.arange(len(rings) + 1) * 5,
        ring_xy=np.array(rings, np.float64).reshape(-1, 2),
        door_indptr=np.cumsum([0, *map(len, doors)]),
        door_xy=np.array([door for of_house in doors for door in of_house], np.float64).reshape(-1, 2),
        door_main=np.zeros(sum(map(len, doors)), np.bool_),
        door_wheelchair=np.zeros(sum(map(len, doors)), np.uint8),
    )
    points = np.array(at, np.float64).reshape(-1, 2) / 2
    steps = to_doors(built, points)
    for row, point in enumerate(points):
        around = [h for h, ring in enumerate(rings) if shapely.Polygon(ring).contains(shapely.Point(point))]
        if not around:
            assert steps.door[row] == -1
            assert steps.xy_25832[row].tobytes() == point.tobytes()
            continue
        house = min(around, key=lambda h: (shapely.Polygon(rings[h]).area, h))
        nearest = min(doors[house], key=lambda door: np.hypot(*(np.array(door) - point)))
        assert np.hypot(*(steps.xy_25832[row] - point)) == np.hypot(*(np.array(nearest) - point))
        assert built.door_indptr[house] <= steps.door[row] < built.door_indptr[house + 1]


# Real data


@pytest.fixture(scope="module")
def town(aachen_pbf, tmp_path_factory):
    """The extract with its buildings; the one for streets has none."""
    pbf = aachen_pbf.with_name("aachen-2021-08-01.osm.pbf")
    if not pbf.is_file():
        pytest.skip(f"INFRASTRUKTUR_DATA holds no {pbf.name} (looked in {pbf.parent})")
    folder = tmp_path_factory.mktemp("town") / "network"
    return folder, build_network(pbf, folder)


@pytest.fixture(scope="module")
def facilities(aachen_pbf):
    path = aachen_pbf.with_name("facilities-osm.geojson")
    if not path.is_file():
        pytest.skip(f"INFRASTRUKTUR_DATA holds no {path.name} (looked in {path.parent})")
    features = json.loads(path.read_text())["features"]
    return transform_xy(np.array([feature["geometry"]["coordinates"] for feature in features]), 4326, 25832)


def test_all_entrances_of_a_town_are_used_or_counted(town):
    houses = town[1].houses
    assert houses.doors_used + sum(houses.doors_ignored.values()) == 7792
    assert houses.doors_used > 7400
    assert houses.doors_ignored["emergency"] == 25
    assert houses.houses_used > 6100
    assert set(houses.houses_ignored) == {"no_way_in"}


def test_facilities_of_a_town_step_out_nearer_to_the_street_and_often_onto_another(town, facilities):
    """The figures `to_doors` gives as its reason."""
    network = load_network(town[0], WALK)
    steps = to_doors(network.doors, facilities)
    moved = steps.door >= 0
    assert (len(facilities), int(moved.sum())) == (424, 171)
    assert (steps.xy_25832[~moved] == facilities[~moved]).all()
    move_m = np.hypot(*(steps.xy_25832 - facilities)[moved].T)
    assert (np.median(move_m), move_m.max()) == (pytest.approx(7.7, abs=0.1), pytest.approx(104.3, abs=0.1))
    before, after = snap(network, facilities[moved]), snap(network, steps.xy_25832[moved])
    assert np.median(before.offroad_m) == pytest.approx(13.0, abs=0.1)
    assert np.median(after.offroad_m) == pytest.approx(7.0, abs=0.1)
    assert (network.edge_way[before.edge] != network.edge_way[after.edge]).sum() == 50
    assert (after.reason == SnapReason.OK).all()


def test_no_house_of_a_town_loses_its_street_by_its_door(town):
    """The middle of every house with doors, and its door: one house in 6,167 comes out on a cut-off way, one off it."""
    network = load_network(town[0], WALK)
    middles = shapely.get_coordinates(shapely.point_on_surface(network.doors.index.geometries))
    steps = to_doors(network.doors, middles)
    assert (steps.door >= 0).all()
    before, after = snap(network, middles).reason, snap(network, steps.xy_25832).reason
    assert np.count_nonzero((before == SnapReason.OK) & (after != SnapReason.OK)) <= 1
    assert np.median(snap(network, steps.xy_25832).offroad_m) < 0.6 * np.median(snap(network, middles).offroad_m)
