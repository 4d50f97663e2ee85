"""People on cells and in the register: size, ages, agreement, and the two Sozialräume that test secrecy."""

from collections import defaultdict

import numpy as np
import pytest
import shapely
from pyproj import Transformer

CELLS = "Beispiel_Zensus2022_Bevoelkerungszahl_100m-Gitter.csv"
SHARES = "Beispiel_Zensus2022_Anteil_ab_65_100m-Gitter.csv"
REGISTER = "beispiel-bevoelkerung-sozialraeume.csv"
TO_LON_LAT = Transformer.from_crs("EPSG:3035", "OGC:CRS84", always_xy=True)


@pytest.fixture(scope="session")
def cell_people(written):
    """People of the census by Sozialraum label, `""` outside the region."""
    rows = written.rows(CELLS)
    features = written.features("beispiel-sozialraeume.geojson")
    geoms = [shapely.geometry.shape(feature["geometry"]) for feature in features]
    lon, lat = TO_LON_LAT.transform([int(r["x_mp_100m"]) for r in rows], [int(r["y_mp_100m"]) for r in rows])
    cells, areas = shapely.STRtree(geoms).query(shapely.points(lon, lat), predicate="within")
    label = np.full(len(rows), "", dtype=object)
    label[cells] = [features[area]["properties"]["LABEL"] for area in areas]
    people = defaultdict(int)
    for row, name in zip(rows, label, strict=True):
        people[name] += int(row["Einwohner"])
    return people


def register_people(written, *bands):
    people = defaultdict(int)
    for row in written.rows(REGISTER):
        if not bands or row["Altersgruppe"] in bands:
            people[row["Sozialraum"]] += int(row["Personen"])
    return people


def test_register_has_every_sozialraum_sex_and_band_once(written):
    rows = written.rows(REGISTER)
    keys = {(row["AGS"], row["Sozialraum"], row["Geschlecht"], row["Altersgruppe"]) for row in rows}
    assert len(keys) == len(rows) == 93 * 2 * 35
    assert {row["Stichtag"] for row in rows} == {"31.12.2025"}


def test_people_within_three_per_cent_of_the_target(written, cell_people):
    assert sum(register_people(written).values()) == pytest.approx(564_440, rel=0.03)
    assert sum(people for label, people in cell_people.items() if label) == pytest.approx(564_440, rel=0.03)


def test_the_strip_outside_is_lived_in(cell_people):
    assert cell_people[""] > 100_000


def test_census_and_register_agree_only_roughly(written, cell_people):
    ratios = [cell_people[label] / people for label, people in register_people(written).items() if people > 1000]
    assert 0.85 < min(ratios) < 0.99
    assert 1.01 < max(ratios) < 1.15


def test_about_seven_in_a_hundred_are_eighty_or_older_and_fewer_among_students(written):
    everybody = register_people(written)
    old = register_people(written, "80-84", "85-89", "90-94", "95+")
    assert sum(old.values()) / sum(everybody.values()) == pytest.approx(0.068, abs=0.004)
    assert old["AC 1"] / everybody["AC 1"] < 0.062 < old["M 1"] / everybody["M 1"]


def test_women_outlive_men(written):
    oldest = [row for row in written.rows(REGISTER) if row["Altersgruppe"] == "90-94"]
    women = sum(int(row["Personen"]) for row in oldest if row["Geschlecht"] == "w")
    assert women > 2 * (sum(int(row["Personen"]) for row in oldest) - women)


def test_nobody_lives_in_the_gewerbegebiet(written, cell_people):
    assert register_people(written)["W 8"] == 0
    assert cell_people["W 8"] == 0


def test_one_sozialraum_has_fewer_than_ten_people_over_ninety(written):
    assert 0 < register_people(written, "90-94", "95+")["S 16"] < 10


def test_cell_ids_are_the_lower_left_corner_north_first(written):
    for row in written.rows(CELLS)[::997]:
        east, north = int(row["x_mp_100m"]) - 50, int(row["y_mp_100m"]) - 50
        assert row["GITTER_ID_100m"] == f"CRS3035RES100mN{north}E{east}"
        assert east % 100 == north % 100 == 0


def test_shares_have_a_decimal_comma_or_the_dash_of_the_census(written):
    values = [row["AnteilUeber65"] for row in written.rows(SHARES)]
    stated = [float(value.replace(",", ".")) for value in values if value != "–"]
    assert 0 < len(values) - len(stated) < len(values) / 10
    assert all("," in value for value in values if value != "–")
    assert np.mean(stated) == pytest.approx(21, abs=3)
    assert min(stated) >= 0
    assert max(stated) <= 100


def test_single_cells_carry_the_sign_of_limited_meaning(written):
    signs = {row["werterlaeuternde_Zeichen"] for row in written.rows(CELLS)}
    assert signs == {"", "KLAMMERN"}
