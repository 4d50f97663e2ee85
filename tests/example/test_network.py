"""The street networks built from the example region: the report accounts for all that was written."""

from routing.accounts import assert_accounted

from infrastruktur.routing.build import build_network


def test_a_report_of_the_example_region_accounts_for_all_of_it(written, tmp_path):
    pbf = written.folder / "beispiel.osm.pbf"
    report = build_network(pbf, tmp_path / "network")
    assert_accounted(pbf, tmp_path / "network", report)
    assert report.area_from == "header"
    assert all(mode.main_component_share > 0.99 for mode in report.modes.values())
