"""The lists of Angebote: sizes, provision and its gaps, and each fault a real list has."""

import math
import re
from collections import Counter, defaultdict
from datetime import date
from itertools import combinations

import osmium
import pytest

REGION = {"Aachen", "Alsdorf", "Baesweiler", "Eschweiler", "Herzogenrath", "Monschau", "Roetgen", "Simmerath"}
REGION |= {"Stolberg (Rhld.)", "Würselen"}
EIFEL = {"Monschau", "Roetgen", "Simmerath"}
STICHTAG = date(2025, 12, 31)


def ort(row):
    assert row["Ort"].startswith("Beispiel ")
    return row["Ort"].strip().removeprefix("Beispiel ")


def in_region(rows, art):
    return [row for row in rows if row["Art"] == art and ort(row) in REGION]


def swapped(rows):
    """Rows whose easting is a northing; eastings of the region have six digits, northings seven."""
    return [row for row in rows if number(row["Ostwert"]) > 1e6 > number(row["Nordwert"]) > 0]


def number(value):
    return float(str(value).replace(",", ".")) if value not in {None, ""} else 0.0


def address(row):
    return row["Straße"], row["Hausnummer"], row["PLZ"]


@pytest.fixture(scope="session")
def pflege(written):
    return written.pflege()


@pytest.fixture(scope="session")
def weitere(written):
    return written.rows("beispiel-angebote.csv")


@pytest.fixture(scope="session")
def adressen(written):
    return written.rows("beispiel-adressen.csv", delimiter=",")


def test_seventy_homes_in_operation_hold_5900_places(pflege):
    homes = [row for row in in_region(pflege, "pflege.dauerpflege") if row["Status"] == "in Betrieb"]
    assert len(homes) == 70
    assert sum(row["Plätze zugelassen"] or 0 for row in homes) == pytest.approx(5_900, abs=150)
    assert all(
        row["Plätze betrieben"] <= row["Plätze zugelassen"] for row in homes if row["Plätze zugelassen"] is not None
    )


@pytest.mark.parametrize(("art", "low", "high"), [("pflege.dauerpflege", 92, 98), ("pflege.tagespflege", 70, 85)])
def test_houses_say_how_full_a_year_was_and_some_do_not(pflege, art, low, high):
    """NRW's homes are full to 95 %; Tagespflegen have fewer guests."""
    stating = [row for row in in_region(pflege, art) if row["Platztage verfügbar"]]
    assert 0 < len(in_region(pflege, art)) - len(stating) < 0.4 * len(stating)
    taken, there = (sum(row[name] for row in stating) for name in ("Platztage belegt", "Platztage verfügbar"))
    assert low < 100 * taken / there < high
    assert all(row["Platztage belegt"] <= row["Platztage verfügbar"] for row in stating)
    assert {row["Art"] for row in pflege if row["Bewohner:innen"]} == {"pflege.dauerpflege"}


def test_some_fifteen_hundred_further_angebote_over_all_categories(written, pflege, weitere):
    kitas, schulen = written.rows("beispiel-kitas.csv"), written.rows("beispiel-schuldaten.csv", skip=1)
    assert len(kitas) > 250
    assert len(schulen) > 140
    arts = Counter(row["Art"] for row in (*pflege, *weitere))
    assert {art.partition(".")[0] for art in arts} == {"pflege", "beratung", "quartier", "Wellness"}
    listed = len(pflege) + len(weitere) + len(kitas) + len(schulen)
    tagged = osmium.FileProcessor(written.folder / "beispiel.osm.pbf").with_filter(
        osmium.filter.KeyFilter("amenity", "shop", "public_transport")
    )
    stops = [thing.tags.get("highway") == "bus_stop" for thing in tagged]
    assert written.report.angebote == listed + len(stops)
    assert listed + stops.count(False) == pytest.approx(70 + 1_600, abs=200)


@pytest.mark.parametrize("art", ["pflege.tagespflege", "beratung.pflege", "quartier.seniorentreff"])
def test_the_eifel_lacks_what_the_city_has(pflege, weitere, art):
    places = Counter(ort(row) for row in (*pflege, *weitere) if row["Art"] == art)
    assert places["Aachen"] >= 5
    assert not EIFEL & set(places)


def test_neighbours_outside_the_region_have_angebote_too(pflege):
    outside = {ort(row) for row in pflege} - REGION
    assert len(outside) >= 5


def test_every_row_says_that_it_is_an_example(written, pflege, weitere, adressen):
    for row in (*pflege, *weitere, *written.rows("beispiel-kitas.csv")):
        assert row["Name"].startswith("Beispiel")
        assert "Beispiel" in row["Träger"]
    assert all(row["city"].startswith("Beispiel ") for row in adressen)
    assert all(
        row["Schulbezeichnung_1"].startswith("Beispiel") for row in written.rows("beispiel-schuldaten.csv", skip=1)
    )


def test_keys_are_unique(written, pflege, weitere):
    rows = [*pflege, *weitere, *written.rows("beispiel-kitas.csv")]
    assert len({row["Schlüssel"] for row in rows}) == len(rows)


def test_dates_are_german_in_text_and_real_in_the_spreadsheet(pflege, weitere):
    assert all(re.fullmatch(r"\d\d\.\d\d\.\d{4}", row["Stand"]) for row in weitere)
    assert all(row["Stand"].date() <= STICHTAG for row in pflege)


def test_addresses_are_unambiguous(adressen):
    keys = Counter((row["street"], row["housenumber"], row["postcode"]) for row in adressen)
    assert max(keys.values()) == 1
    assert len(keys) > 20_000


def test_schuldaten_are_the_dialect_of_the_state(written):
    first = (written.folder / "beispiel-schuldaten.csv").read_text(encoding="utf-8").splitlines()[0]
    rows = written.rows("beispiel-schuldaten.csv", skip=1)
    assert first == "sep=;"
    assert {row["Schulform"] for row in rows} == {"02", "04", "08", "10", "14", "15", "17", "20", "30"}
    unplaced = [row for row in rows if row["EPSG"] == "null"]
    assert len(unplaced) == 2
    assert all(row["UTMRechtswert"] == row["UTMHochwert"] == "" for row in unplaced)


def test_one_shelter_is_secret(weitere):
    secret = [row["Art"] for row in weitere if row["Vertraulich"] == "ja"]
    assert secret == ["beratung.gewaltschutz"]


def test_dirt_missing_capacities(pflege):
    homes = in_region(pflege, "pflege.dauerpflege")
    assert sum(row["Plätze zugelassen"] is None for row in homes) >= 3
    assert any(row["VZÄ"] is None for row in in_region(pflege, "pflege.ambulant"))


@pytest.mark.parametrize("name", ["pflege", "weitere"])
def test_dirt_of_each_list(name, adressen, request):
    rows = request.getfixturevalue(name)
    known = {(row["street"], row["housenumber"], row["postcode"]) for row in adressen}
    unplaced = [row for row in rows if not number(row["Ostwert"])]
    assert len(swapped(rows)) == 1
    assert sum(row["Art"] == "Wellness" for row in rows) == 1
    assert sum(address(row) not in known for row in unplaced) == 1
    assert sum(address(row) in known for row in unplaced) >= 3
    assert any(row[column] != row[column].strip() for row in rows for column in ("Name", "Träger", "Ort"))
    sizes = [column for column in rows[0] if column.startswith(("Plätze", "Öffnungsstunden"))]
    assert sum(number(row[column]) < 0 for row in rows for column in sizes) == 1
    assert any("ß" in row["Straße"] or "ä" in row["Name"] for row in rows)


@pytest.mark.parametrize("name", ["pflege", "weitere"])
def test_dirt_a_duplicate_under_another_key_less_than_thirty_metres_away(name, request):
    alike = defaultdict(list)
    for row in request.getfixturevalue(name):
        if number(row["Ostwert"]):
            alike[row["Name"], row["Art"]].append((number(row["Ostwert"]), number(row["Nordwert"])))
    near = [math.dist(*pair) < 30 for places in alike.values() for pair in combinations(places, 2)]
    assert sum(near) == 1


def test_dirt_states_of_homes(pflege):
    homes = in_region(pflege, "pflege.dauerpflege")
    planned = [row for row in homes if row["Status"] == "geplant"]
    assert [row["In Betrieb ab"].date() for row in planned] == [date(2027, 7, 1)]
    assert [row["Geschlossen zum"].date() for row in homes if row["Geschlossen zum"]] == [date(2026, 3, 31)]
    assert [row["Status"] for row in homes if row["Aufnahmestopp seit"]] == ["in Betrieb"]
