"""The layer of differences over HTTP: its own questions, beside all that a layer takes.

In the drawn region one home closed on 30 June 2025, of which the Region's Stichtag, 31 December, knows.
"""

import csv
import io
from datetime import timedelta

import msgspec
import pytest
from editing import ANGEBOTE, GESTERN, HEUTE, PLANE, create, feature, now, patch
from refusals import assert_problem

from infrastruktur.storage.angebote import apply_angebote
from infrastruktur.storage.eingaben import find_bestand
from infrastruktur.storage.engine import open_store
from infrastruktur.storage.history import Change

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


@pytest.mark.parametrize(
    ("interval", "found"),
    [
        ("2025-06-30/2025-07-01", 1),
        ("2025-07-01/2025-12-31", 0),
        ("2025-06-30T00:00:00Z/2025-12-31T00:00:00Z", 1),
        ("P1D/2025-07-01", 1),
        ("P6M/2025-12-31", 1),
        ("2025-06-30/P1D", 1),
        ("2025-06-30/..", 1),
        ("2025-07-01/..", 0),
        ("../2025-12-31", 1),
        ("../2025-06-30", 0),
    ],
)
def test_an_interval_names_both_days(api, interval, found):
    assert api.json(f"{ITEMS}?datetime={interval}")["numberMatched"] == found
    assert len(rows_of(api.get(f"{FILE}?datetime={interval}&f=csv"))) == found
    assert_problem(api.get(f"{ITEMS}?datetime={interval}&von=2001-01-01"), 400) if interval[0] == "2" else None


def rows_of(answer):
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_it_lies_where_the_home_lies_in_every_system_and_box(api):
    """The box around the home holds it and the one beside it does not, in metres as in degrees."""
    plane, sphere = "http://www.opengis.net/def/crs/EPSG/0/25832", "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
    for crs, reach in ((plane, 1.0), (sphere, 0.0001)):
        (closed,) = api.json(f"{ITEMS}?crs={crs}")["features"]
        x, y = closed["geometry"]["coordinates"]
        here = f"{x - reach},{y - reach},{x + reach},{y + reach}"
        beside = f"{x + reach},{y + reach},{x + 2 * reach},{y + 2 * reach}"
        assert api.json(f"{ITEMS}?bbox={here}&bbox-crs={crs}")["numberMatched"] == 1
        assert api.json(f"{ITEMS}?bbox={beside}&bbox-crs={crs}")["numberMatched"] == 0
        assert len(rows_of(api.get(f"{FILE}?bbox={here}&bbox-crs={crs}&f=csv"))) == 1


def test_its_tiles_compare_the_days_they_are_asked_for(api):
    path = "/collections/veraenderungen/tiles/WebMercatorQuad"
    for asked in ("von=2025-06-30&bis=2025-07-01", "datetime=2025-06-30/2025-07-01", "bis=2025-12-31"):
        assert b"geschlossen" in api.get(f"{path}/0/0/0?{asked}").content
        (template,) = api.json(f"{path}?f=tilejson&{asked}")["tiles"]
        assert api.get(api.relative(template).format(z=0, y=0, x=0)).status_code == 200
    assert api.get(f"{path}/0/0/0?von=2025-07-01&bis=2025-12-31").content == b""
    assert_problem(api.get("/collections/angebote/tiles/WebMercatorQuad/0/0/0?von=2025-07-01"), 400)


def test_what_is_confidential_is_in_no_difference_but_for_who_reads_it(writing, fachamt):
    secret = feature(name="Zuflucht", art="beratung.gewaltschutz")
    made = writing.send("POST", f"{ANGEBOTE}?ab={GESTERN}", secret, fachamt, content_crs=PLANE).json()["id"]
    store = open_store(writing.settings).of_installation()
    with store.write() as connection:
        found = find_bestand(connection, made).angebot
        hidden = msgspec.structs.replace(found, vertraulich=True)
        apply_angebote(connection, Change(quelle=found.quelle, geaendert=(hidden,)), akteur="import", grund="")
    store.close()
    days = f"von={GESTERN - timedelta(days=1)}&bis={HEUTE}"
    asked = f"{ITEMS}?{days}&angebot={made}"
    assert writing.json(asked)["numberMatched"] == 0
    assert "Zuflucht" not in writing.get(f"{FILE}?{days}&f=csv").text
    (row,) = writing.send("GET", asked, token=fachamt).json()["features"]
    assert (row["properties"]["was"], row["properties"]["name"]) == ("eroeffnet", "Zuflucht")


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
        (row,) = rows_of(answer)
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
