"""GDAL's OGC API client against a server that really listens: every feature of every layer arrives."""

import re
import shutil
import subprocess
from collections import Counter

import httpx
import pytest
from served import served

pytestmark = pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="GDAL fehlt: apt-get install gdal-bin")
GEOMETRY = re.compile(r"^  (POINT|POLYGON|MULTIPOLYGON) \(", re.MULTILINE)


def ogrinfo(*arguments):
    run = subprocess.run(["ogrinfo", "-ro", *arguments], check=True, capture_output=True, text=True, timeout=300)
    assert "ERROR" not in run.stderr, run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def url(geopackage_api):
    with served(geopackage_api.settings) as listening:
        yield listening.url


def test_gdal_reads_every_feature_of_every_layer(url, geopackage_api):
    read = Counter(re.findall(r"^OGRFeature\((\w+)\):", ogrinfo("-al", f"OAPIF:{url}"), re.MULTILINE))
    expected = {
        collection: geopackage_api.json(f"/collections/{collection}/items?limit=1")["numberMatched"]
        for collection in geopackage_api.collections()
    }
    assert read == Counter(expected)
    assert read["angebote"] == 26


def test_gdal_sees_count_columns_and_types(url):
    summary = ogrinfo("-so", f"OAPIF:{url}", "angebote")
    assert "Feature Count: 26" in summary
    assert "Geometry: Point" in summary
    assert "kapazitaet: Real" in summary
    assert "plz: String" in summary
    assert "zuletzt_geprueft: " in summary  # null in every row


def test_gdal_filters_and_selects_on_the_server(url):
    found = ogrinfo("-al", f"OAPIF:{url}/collections/angebote", "-where", "name = 'Heim 5'")
    assert re.findall(r"  name \(String\) = (.+)", found) == ["Heim 5"]
    assert len(GEOMETRY.findall(found)) == 1


def test_gdal_reads_polygons_with_their_figures(url):
    found = ogrinfo("-al", f"OAPIF:{url}/collections/kommunen")
    assert len(GEOMETRY.findall(found)) == 2
    assert "05334001" in found


def test_a_really_started_server_answers_head_and_keeps_etags(url):
    first = httpx.head(f"{url}/collections/angebote/items")
    assert first.status_code == 200
    assert int(first.headers["content-length"]) > 0
    again = httpx.get(f"{url}/collections/angebote/items", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304


def test_a_really_started_server_sends_a_file_of_the_length_it_says(url, tmp_path):
    path = f"{url}/collections/kommunen/download?f=gpkg"
    assert httpx.head(path).headers["content-length"].isdigit()
    response = httpx.get(path)
    assert len(response.content) == int(response.headers["content-length"])
    (tmp_path / "kommunen.gpkg").write_bytes(response.content)
    assert "Feature Count: 2" in ogrinfo("-so", str(tmp_path / "kommunen.gpkg"), "kommunen")
