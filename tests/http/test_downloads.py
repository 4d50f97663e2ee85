"""Whole layers as files, from the real application on both stores, read back by other programs."""

import csv
import gc
import io
import tempfile
from typing import Any
from urllib.parse import quote

import anyio
import geopandas
import openpyxl
import pyogrio
import pytest
from litestar.response.streaming import ASGIStreamingResponse

from infrastruktur.domain.crs import ALL, CRS84
from infrastruktur.http.downloads import _send
from infrastruktur.http.negotiation import DOWNLOADS

FILE = "/collections/angebote/download"
UTM = "http://www.opengis.net/def/crs/EPSG/0/25832"
LATITUDE_FIRST = "http://www.opengis.net/def/crs/EPSG/0/4326"


@pytest.fixture(autouse=True)
def temporary(api, tmp_path, monkeypatch):  # noqa: ARG001 - comes after the stores, which keep files of their own
    """Give the folder for temporary files, in which nothing may be left."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def download(api, query, path=FILE, **headers):
    response = api.get(f"{path}?{query}", **headers)
    assert response.status_code == 200, response.text
    return response


def frame(api, query, tmp_path, path=FILE):
    """Read a file as GDAL does."""
    response = download(api, query, path)
    name = response.headers["content-disposition"].partition('filename="')[2].rstrip('"')
    (tmp_path / name).write_bytes(response.content)
    return geopandas.read_file(tmp_path / name)


def items(api, query="", path="/collections/angebote"):
    return api.json(f"{path}/items?limit=10000&{query}")["features"]


def read_csv(api, query):
    return list(csv.DictReader(io.StringIO(download(api, query).text, newline="")))


@pytest.mark.parametrize("form", [each.name for each in DOWNLOADS])
def test_every_form_holds_every_feature_of_the_layer(api, form, tmp_path):
    response = download(api, f"f={form}")
    path = tmp_path / f"angebote.{form}"
    path.write_bytes(response.content)
    if form.startswith("csv"):
        reader = csv.DictReader(
            io.StringIO(response.content.decode("utf-8-sig"), newline=""), delimiter=",;"["de" in form]
        )
        ids = [row["id"] for row in reader]
    elif form == "xlsx":
        ids = [row[0] for row in openpyxl.load_workbook(io.BytesIO(response.content)).worksheets[0].values][1:]
    else:
        ids = pyogrio.read_dataframe(path)["id"].tolist()
    assert sorted(ids) == sorted(each["id"] for each in items(api))
    assert len(ids) == 26


@pytest.mark.parametrize("collection", ["standorte", "kommunen", "sozialraeume", "vq_dp80_kommune", "luecken"])
@pytest.mark.parametrize("form", [each.name for each in DOWNLOADS])
def test_every_layer_can_be_had_in_every_form(api, collection, form):
    response = download(api, f"f={form}", f"/collections/{collection}/download")
    assert int(response.headers["content-length"]) == len(response.content) > 0


def test_a_geopackage_holds_what_the_items_say(api, tmp_path):
    found = frame(api, "f=gpkg", tmp_path).set_index("id")
    for feature in items(api):
        row = found.loc[feature["id"]]
        for name, value in feature["properties"].items():
            read = found.index[found.index == feature["id"]][0] if name == "id" else row[name]
            assert read == value or (value is None and read != read) or str(read)[:10] == value, name  # noqa: PLR0124
        where = None if feature["geometry"] is None else feature["geometry"]["coordinates"]
        assert (row.geometry is None) is (where is None)
        if where is not None:
            assert [row.geometry.x, row.geometry.y] == pytest.approx(where, abs=1e-7)


@pytest.mark.parametrize("crs", ALL, ids=lambda crs: crs.uri.rpartition("/")[2])
@pytest.mark.parametrize("form", ["gpkg", "fgb", "geojson"])
def test_a_file_knows_its_system_and_puts_x_first(api, form, crs, tmp_path):
    found = frame(api, f"f={form}&crs={quote(crs.uri)}", tmp_path)
    assert found.crs.to_epsg() == crs.epsg
    lon, lat = map(float, api.centre.split(","))
    middle = found.to_crs(4326).geometry.union_all().centroid
    assert (middle.x, middle.y) == pytest.approx((lon, lat), abs=0.01)


def test_a_sequence_that_could_not_name_its_system_is_refused(api):
    assert download(api, f"f=geojsonseq&crs={quote(CRS84.uri)}").status_code == 200
    for uri in (UTM, LATITUDE_FIRST):
        problem = api.get(f"{FILE}?f=geojsonseq&crs={quote(uri)}")
        assert (problem.status_code, problem.json()["parameter"]) == (400, "crs")


def test_a_file_can_be_narrowed_and_ordered_as_items_can(api):
    query = "art=pflege.dauerpflege&sortby=-name&properties=name,kapazitaet"
    rows = read_csv(api, f"f=csv&{query}")
    expected = items(api, query)
    assert list(rows[0]) == ["id", "name", "kapazitaet", "x_4326", "y_4326"]
    assert [row["id"] for row in rows] == [each["id"] for each in expected]
    assert [row["name"] for row in rows] == [each["properties"]["name"] for each in expected]
    lon, lat = map(float, api.centre.split(","))
    box = f"bbox={lon - 0.002},{lat - 0.002},{lon + 0.002},{lat + 0.002}"
    assert [row["id"] for row in read_csv(api, f"f=csv&{box}")] == [each["id"] for each in items(api, box)]


def test_the_state_of_a_day_is_named_after_it(api):
    response = download(api, f"f=csv&datetime={api.closed_on}")
    assert response.headers["content-disposition"] == f'attachment; filename="angebote-{api.closed_on}.csv"'
    assert "Altes Heim" in response.text
    figure = download(api, "f=csv", "/collections/vq_dp80_kommune/download")
    assert figure.headers["content-disposition"].endswith(f'"vq_dp80_kommune-{api.stichtag}.csv"')


@pytest.mark.parametrize(
    "query",
    ["f=shp", "limit=5", "crs=EPSG:25832", "bbox=1,2,3", "datetime=gestern", "properties=nichts", "art=gibt.es.nicht"],
)
def test_b07_a_value_that_cannot_be_is_refused_by_name(api, query):
    response = api.get(f"{FILE}?{query}")
    assert response.status_code == 400
    assert response.json()["parameter"] == query.partition("=")[0]


def test_a_layer_there_is_not_has_no_file(api):
    assert api.get("/collections/gibtesnicht/download").status_code == 404


def test_an_unchanged_file_is_not_written_again(api, monkeypatch):
    first = download(api, "f=gpkg")
    assert first.headers["etag"].startswith('W/"')
    monkeypatch.setattr("infrastruktur.http.downloads.export_layer", None)
    again = api.get(f"{FILE}?f=gpkg", If_None_Match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


def test_e03_another_question_form_or_layer_has_another_etag(api):
    asked = [FILE, f"{FILE}?f=fgb", f"{FILE}?f=csv", f"{FILE}?f=csv-de", f"{FILE}?f=csv&art=alltag.hausarzt"]
    asked += [f"{FILE}?f=csv&crs={quote(UTM)}", "/collections/standorte/download?f=csv"]
    assert len({api.get(each).headers["etag"] for each in asked}) == len(asked)


def test_a_collection_links_to_its_files(api):
    for path in ("/collections/angebote", "/collections"):
        described = api.json(path)
        described = described if "links" in described and "id" in described else described["collections"][0]
        links = [each for each in described["links"] if each["rel"] == "enclosure" and "/download" in each["href"]]
        assert [each["type"] for each in links] == [each.media_type for each in DOWNLOADS]
        for each in links:
            response = api.get(api.relative(each["href"]))
            assert response.status_code == 200
            assert response.headers["content-type"].partition(";")[0] == each["type"]
            assert each["title"].startswith("Angebote")


def test_i02_a_name_is_no_formula_and_a_secret_is_in_no_file(api):
    for form in ("csv", "geojson", "geojsonseq"):
        text = download(api, f"f={form}").text
        assert "Frauenhaus" not in text
        assert "Tagespflege" in text


def test_a_failing_export_is_a_problem_and_leaves_nothing(api, monkeypatch):
    def fail(*_: Any) -> Any:
        raise ValueError("secret detail")
        yield

    monkeypatch.setattr("infrastruktur.usecases.export_layer.iterate_features", fail)
    for form in DOWNLOADS:
        response = api.get(f"{FILE}?f={form.name}")
        assert response.status_code == 500
        assert "secret" not in response.text


def test_a_file_has_no_name_while_it_is_sent(api, temporary):
    with api.client.stream("GET", f"{FILE}?f=gpkg") as response:
        assert list(temporary.iterdir()) == []
        assert len(response.read()) == int(response.headers["content-length"])


@pytest.mark.parametrize("hangs_up", [False, True])
def test_j03_a_file_is_closed_when_it_was_sent_or_the_client_hung_up(tmp_path, hangs_up):
    (tmp_path / "file").write_bytes(bytes(1_000_000))
    file = (tmp_path / "file").open("rb")
    sent = []

    async def run():
        over = anyio.Event()

        async def send(message):
            sent.append(len(message.get("body", b"")))
            if hangs_up and sent[-1]:
                over.set()
                await anyio.sleep_forever()
            if message["type"] == "http.response.body" and not message["more_body"]:
                over.set()

        async def receive():
            await over.wait()
            return {"type": "http.disconnect"}

        response = ASGIStreamingResponse(iterator=_send(file), headers={})
        scope = {"type": "http", "method": "GET", "state": {}}
        await response(scope, receive, send)
        del response
        for _ in range(3):  # Python 3.13 takes one more turn of the loop
            gc.collect()
            await anyio.wait_all_tasks_blocked()
            await anyio.sleep(0.01)
        assert file.closed

    anyio.run(run)
    assert (sum(sent) == 1_000_000) is not hangs_up
