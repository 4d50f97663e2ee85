"""Squares are walked across where one sees across, and round where one does not."""

import pytest
from routing.drawn import drawn

from infrastruktur.routing.profiles import Modus

WALK, BIKE, CAR = Modus.ZU_FUSS, Modus.RAD, Modus.PKW
SQUARE = {"highway": "pedestrian", "area": "yes"}
PLAZA = "A--B---C\n   |   |\n   D---E--F"
"""A square of 400 by 200 m; streets enter at B and E."""


def test_a_square_is_walked_across(tmp_path):
    city = drawn(PLAZA, tmp_path, ways={"BCEDB": SQUARE})
    assert city.report.lines_across_squares == 1
    assert city.seconds(WALK, "BE") == pytest.approx((400**2 + 200**2) ** 0.5, abs=0.2)
    assert city.seconds(WALK, "AF") == pytest.approx(300 + (400**2 + 200**2) ** 0.5 + 300, abs=0.3)


def test_a_ring_that_is_no_area_is_walked_round(tmp_path):
    city = drawn(PLAZA, tmp_path, ways={"BCEDB": {"highway": "pedestrian"}})
    assert city.report.lines_across_squares == 0
    assert city.seconds(WALK, "BE") == 600


def test_nobody_drives_across_a_square(tmp_path):
    city = drawn(PLAZA, tmp_path, ways={"BCEDB": SQUARE | {"bicycle": "yes", "motor_vehicle": "yes"}})
    for modus in (BIKE, CAR):
        assert city.seconds(modus, "BE") is None
        assert city.report.modes[modus].ways_ignored == {"area": 1}


def test_a_private_yard_is_not_crossed(tmp_path):
    city = drawn(PLAZA, tmp_path, ways={"BCEDB": SQUARE | {"access": "private"}})
    assert city.report.lines_across_squares == 0


def test_round_a_corner_one_does_not_see(tmp_path):
    """An L-shaped square: from B one does not see E, so the way leads along the edge."""
    city = drawn(
        "A--B-----C\n   |     |\n   D---G |\n       | |\n       H-E--F",
        tmp_path,
        ways={"BCEHGDB": SQUARE, "EF": {"highway": "path"}},
    )
    assert city.report.lines_across_squares == 0
    assert city.seconds(WALK, "BE") == pytest.approx(1000, abs=0.2)


def test_ways_are_still_counted_once(tmp_path):
    city = drawn(PLAZA, tmp_path, ways={"BCEDB": SQUARE})
    assert city.report.ways == 3
    for mode in city.report.modes.values():
        assert mode.ways_used + sum(mode.ways_ignored.values()) == 3
