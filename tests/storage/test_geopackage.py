"""The file is an OGC GeoPackage that everybody reads and only the API writes."""

import json
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from storage.statements import ANGEBOT, PLACE, TODAY, angebot, raum, state, state_raeume

from infrastruktur.domain.raum import Ebene
from infrastruktur.settings import Settings
from infrastruktur.storage.columns import point_wkb, points_xy
from infrastruktur.storage.engine import open_store
from infrastruktur.storage.geopackage import blob_to_wkb, envelope_of, wkb_to_blob

gdal = pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="GDAL fehlt: apt-get install gdal-bin")
shell = pytest.mark.skipif(shutil.which("sqlite3") is None, reason="sqlite3 fehlt: apt-get install sqlite3")
LAYERS = {"kommune", "sozialraum", "standort", "zelle", "fassung", "adresse", "angebote_heute"}


@pytest.fixture
def catalogue(geopackage_template: Path, tmp_path: Path) -> Path:
    """Give the file of a small catalogue, closed."""
    settings = Settings(home=tmp_path)
    shutil.copyfile(geopackage_template, settings.catalogue)
    store = open_store(settings).of_installation()
    state(store, ANGEBOT, angebot("B", punkt_25832=None), angebot("C", vertraulich=True))
    state_raeume(store, raum("05334002", Ebene.KOMMUNE, name="Beispielstadt", gueltig_von=TODAY))
    store.close()
    return settings.catalogue


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(each) for each in arguments], capture_output=True, text=True, check=False)


def content(catalogue: Path) -> list[str]:
    with closing(sqlite3.connect(catalogue)) as conn:
        return list(conn.iterdump())


@gdal
def test_gdal_lists_every_layer_and_table(catalogue: Path) -> None:
    listed = run("ogrinfo", "-ro", catalogue)
    assert listed.returncode == 0
    assert "warning" not in (listed.stdout + listed.stderr).lower()
    for layer in LAYERS | {"angebot", "kapazitaet", "bevoelkerung", "aenderung"}:
        assert f": {layer} (" in listed.stdout


@gdal
def test_gdal_reads_every_feature_with_all_columns(catalogue: Path) -> None:
    read = run("ogrinfo", "-ro", "-al", catalogue)
    assert read.returncode == 0
    assert "POINT (295000 5628000)" in read.stdout
    assert "plz (String) = 01067" in read.stdout
    assert "wert (Real) = 14" in read.stdout
    assert 'ID["EPSG",25832]' in read.stdout
    assert "warning" not in (read.stdout + read.stderr).lower()


@gdal
def test_todays_angebote_open_as_a_layer(catalogue: Path) -> None:
    read = run("ogr2ogr", "-f", "GeoJSON", "/vsistdout/", catalogue, "angebote_heute", "-a_srs", "EPSG:25832")
    features = json.loads(read.stdout)["features"]
    assert {each["properties"]["id"] for each in features} == {ANGEBOT.id, angebot("B").id}
    assert {each["properties"]["kapazitaet"] for each in features} == {14.0}


@gdal
def test_gdal_uses_the_spatial_index(catalogue: Path) -> None:
    sql = "SELECT HasSpatialIndex('standort', 'geom')"
    assert "= 1" in run("ogrinfo", "-ro", catalogue, "-sql", sql).stdout
    near = run("ogrinfo", "-ro", "-spat", 294_000, 5_627_000, 296_000, 5_629_000, catalogue, "standort", "-so")
    assert "Feature Count: 2" in near.stdout


@gdal
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE standort SET ort = 'anderswo'",
        "DELETE FROM angebot",
        "INSERT INTO region (schluessel) VALUES ('x')",
        "UPDATE kommune SET name = ''",
        "DELETE FROM aenderung",
    ],
)
def test_gdal_writes_are_refused_with_the_way_to_go(catalogue: Path, sql: str) -> None:
    before = content(catalogue)
    written = run("ogrinfo", catalogue, "-sql", sql)
    assert "bitte_ueber_die_api_aendern" in written.stderr + written.stdout
    assert content(catalogue) == before


@gdal
def test_appending_features_from_outside_is_refused(catalogue: Path, tmp_path: Path) -> None:
    foreign = tmp_path / "fremd.geojson"
    point = {"type": "Point", "coordinates": [295_000, 5_628_000]}
    feature = {"type": "Feature", "geometry": point, "properties": {"id": "x", "schluessel": "x"}}
    foreign.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    written = run("ogr2ogr", "-append", "-a_srs", "EPSG:25832", catalogue, foreign, "-nln", "standort")
    assert written.returncode != 0
    assert "bitte_ueber_die_api_aendern" in written.stderr
    with closing(sqlite3.connect(catalogue)) as conn:
        assert conn.execute("SELECT count(*) FROM standort").fetchone() == (3,)


@shell
def test_sqlite_shell_reads_but_does_not_write(catalogue: Path) -> None:
    assert run("sqlite3", catalogue, "SELECT count(*) FROM angebote_heute").stdout == "2\n"
    refused = run("sqlite3", catalogue, "INSERT INTO traeger (id) VALUES ('x')")
    assert "no such function: bitte_ueber_die_api_aendern" in refused.stderr


def test_every_table_is_guarded_against_insert_update_and_delete(catalogue: Path) -> None:
    with closing(sqlite3.connect(catalogue)) as conn:
        contents = "SELECT table_name FROM gpkg_contents WHERE table_name <> 'angebote_heute'"
        for (table,) in conn.execute(contents).fetchall():
            column = conn.execute(f"PRAGMA table_info({table})").fetchall()[1][1]
            for sql in (
                f"INSERT INTO {table} ({column}) VALUES ('x')",  # noqa: S608
                f"UPDATE {table} SET {column} = 'x'",  # noqa: S608
                f"DELETE FROM {table}",  # noqa: S608
            ):
                with pytest.raises(sqlite3.OperationalError, match="bitte_ueber_die_api_aendern"):
                    conn.execute(sql)


def test_file_says_what_it_is(catalogue: Path) -> None:
    with closing(sqlite3.connect(catalogue)) as conn:
        assert conn.execute("PRAGMA application_id").fetchone() == (int.from_bytes(b"GPKG"),)
        assert conn.execute("PRAGMA user_version").fetchone() == (10300,)
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
        layers = conn.execute("SELECT table_name FROM gpkg_geometry_columns WHERE srs_id = 25832").fetchall()
        assert {name for (name,) in layers} == LAYERS


def test_column_types_are_those_of_the_standard(catalogue: Path) -> None:
    known = {"INTEGER", "TEXT", "BOOLEAN", "DOUBLE", "DATE", "BLOB", "POINT", "MULTIPOLYGON"}
    with closing(sqlite3.connect(catalogue)) as conn:
        for (table,) in conn.execute("SELECT table_name FROM gpkg_contents").fetchall():
            columns = conn.execute(f"PRAGMA table_info({table})").fetchall()
            assert {column[2].upper() for column in columns} - {""} <= known, table


def test_rtree_agrees_with_the_geometries(catalogue: Path) -> None:
    with closing(sqlite3.connect(catalogue)) as conn:
        for layer in LAYERS - {"angebote_heute"}:
            assert conn.execute(f"SELECT rtreecheck('rtree_{layer}_geom')").fetchone() == ("ok",)
        assert conn.execute("SELECT count(*) FROM rtree_standort_geom").fetchone() == (2,)


finite = st.floats(-1e7, 1e7)


@given(x=finite, y=finite)
def test_point_survives_the_blob(x: float, y: float) -> None:
    blob = wkb_to_blob(point_wkb(x, y))
    assert blob_to_wkb(blob) == shapely.to_wkb(shapely.Point(x, y), byte_order=1)
    assert envelope_of(blob) == (x, y, x, y)
    assert points_xy([blob_to_wkb(blob), None])[0].tolist() == [x, y]


@given(st.lists(st.tuples(finite, finite), min_size=2, max_size=6))
def test_envelope_is_the_geometrys(points: list[tuple[float, float]]) -> None:
    line = shapely.LineString(points)
    blob = wkb_to_blob(shapely.to_wkb(line, byte_order=1))
    assert envelope_of(blob) == line.bounds
    assert shapely.from_wkb(blob_to_wkb(blob)) == line


def test_envelope_of_other_programs_blobs_is_measured() -> None:
    body = shapely.to_wkb(shapely.Point(*PLACE), byte_order=0)
    foreign = b"GP\x00\x00" + (25832).to_bytes(4, "big") + body
    assert envelope_of(foreign) == (*PLACE, *PLACE)
