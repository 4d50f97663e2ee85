"""What a build's report says of real extracts, counted once more: no way, node, restriction or metre is lost unsaid."""

import pytest
from routing.accounts import assert_accounted, count_plainly
from routing.drawn import RESIDENTIAL, drawn

from infrastruktur.routing.build import build_network
from infrastruktur.routing.network import describe_network

EXTRACTS = {
    "aachen": "aachen/aachen-2021-08-01-network-poi.osm.pbf",
    "heidelberg": "rhein-neckar/heidelberg.test.osm.pbf",
    "rhein-neckar": "rhein-neckar/rhein-neckar-roads-2016.osm.pbf",
}


@pytest.mark.parametrize(
    "name", ["aachen", *(pytest.param(name, marks=pytest.mark.heavy) for name in EXTRACTS if name != "aachen")]
)
def test_a_report_of_a_real_extract_accounts_for_all_of_it(name, real_extract, tmp_path):
    """Python's warnings are errors in all tests, so none is hidden either."""
    pbf = real_extract(EXTRACTS[name])
    report = build_network(pbf, tmp_path / "network")
    assert report == describe_network(tmp_path / "network")
    assert_accounted(pbf, tmp_path / "network", report)


def test_a_report_accounts_for_what_is_torn_repeated_too_short_and_signed_in_vain(tmp_path):
    ways = {
        "ABC": RESIDENTIAL, "CDE": RESIDENTIAL, "BBF": {"highway": "footway"}, "E": RESIDENTIAL,
        "DG": {"highway": "residential", "access": "private"}, "FH": {"highway": "proposed"},
        "CI": {"highway": "residential", "oneway": "alternating"}, "HIF": {"route": "ferry", "foot": "no"},
    }  # fmt: skip
    turns = [
        ({"restriction": "no_left_turn"}, "ABC C CDE"),
        ({"restriction": "no_left_turn"}, "ABC FH CDE"),
        ({"restriction:conditional": "no_left_turn @ (Mo-Fr)"}, "ABC C CDE"),
        ({"restriction": "no_entry"}, "ABC C DG"),
    ]
    city = drawn(
        "A B C D E\n\n  F H G I", tmp_path, ways=ways, missing="H", turns=turns, nodes={"B": {"barrier": "gate"}}
    )
    plain = count_plainly(city.pbf)
    assert (plain.missing, plain.repeated, plain.restrictions) == (2, 1, 4)
    assert_accounted(city.pbf, city.folder, city.report)
    car = city.report.modes["pkw"]
    assert car.ways_ignored == {"access": 2, "class": 2, "reversible": 1, "too_short": 1}
    assert car.turns == {"conditional": 1, "not_driven": 1, "used": 1, "via_way": 1}
