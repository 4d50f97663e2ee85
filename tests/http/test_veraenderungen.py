"""The layer of differences over HTTP: its own questions, beside all that a layer takes.

In the drawn region one home closed on 30 June 2025, of which the Region's Stichtag, 31 December, knows.
"""

import csv
import io

import pytest
from editing import HEUTE, create, now, patch
from refusals import assert_problem

ITEMS = "/collections/veraenderungen/items"
FILE = "/collections/veraenderungen/download"


def test_a_day_is_compared_with_the_year_before_or_with_any_other(api):
    (closed,) = api.json(ITEMS)["features"]
    assert closed["properties"]["was"] == "geschlossen"
    assert closed["properties"]["stichtag_vorher"] == "2024-12-31"
    assert closed["geometry"]["type"] == "Point"
    assert api.json(f"{ITEMS}?von=2025-06-30&bis=2025-07-01")["numberMatched"] == 1
    assert api.json(f"{ITEMS}?von=2025-07-01&bis=2025-12-31")["numberMatched"] == 0
    assert api.json(f"{ITEMS}?von=2025-06-30&datetime=2025-07-01")["numberMatched"] == 1


def test_it_is_filtered_and_read_one_by_one_as_any_layer(api):
    days = "von=2025-06-30&bis=2025-07-01"
    (closed,) = api.json(f"{ITEMS}?{days}&was=geschlossen&filter=kommune='05334001'")["features"]
    assert api.json(f"{ITEMS}?{days}&was=eroeffnet")["features"] == []
    alone = api.json(f"{ITEMS}/{closed['id']}?{days}")
    assert alone["properties"] == closed["properties"]
    assert_problem(api.get(f"{ITEMS}/{closed['id']}?von=2025-07-01&bis=2025-07-01"), 404)


@pytest.mark.parametrize("form", ["csv", "csv-de", "xlsx", "gpkg", "geojson"])
def test_the_difference_is_exported_in_every_form(api, form):
    answer = api.get(f"{FILE}?von=2025-06-30&bis=2025-12-31&f={form}")
    assert answer.status_code == 200
    if form == "csv":
        (row,) = csv.DictReader(io.StringIO(answer.text))
        assert (row["was"], row["stichtag_vorher"], row["stichtag"]) == ("geschlossen", "2025-06-30", "2025-12-31")


def test_what_was_corrected_since_a_moment_is_told(writing, westen, treff):
    since = now("von_known_at")
    patch(writing, treff, westen, traeger="Nachbarschaft e. V.")
    (corrected,) = writing.json(f"{ITEMS}?bis={HEUTE}&{since}")["features"]
    assert (corrected["properties"]["was"], corrected["properties"]["nachher"]) == ("traeger", "Nachbarschaft e. V.")
    create(writing, westen)
    assert writing.json(f"{ITEMS}?bis={HEUTE}&{since}")["numberMatched"] == 2


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        ("von=gestern", "von"),
        ("bis=2025-12-31&datetime=2024-12-31", "bis"),
        ("von_known_at=2999-01-01", "von_known_at"),
        ("von_known_at=gestern", "von_known_at"),
    ],
)
def test_what_cannot_be_compared_is_refused_by_name(api, asked, parameter):
    assert assert_problem(api.get(f"{ITEMS}?{asked}"), 400)["parameter"] == parameter


def test_other_layers_compare_nothing(api):
    assert_problem(api.get("/collections/angebote/items?von=2025-12-31"), 400)
