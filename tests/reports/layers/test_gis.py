"""GeoPackage and FlatGeobuf: GDAL gives back what was drawn, with types, titles and nulls."""

import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyogrio
import pyproj
import pytest
import shapely
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from reports.layers.drawn import AREAS, POINTS, ROWS, XY, areas, cut, placed, points, watched

from infrastruktur.domain.crs import ALL, STORED, Crs
from infrastruktur.domain.layer import Features
from infrastruktur.reports.layers.gis import write_flatgeobuf, write_geopackage

WRITERS = {"gpkg": write_geopackage, "fgb": write_flatgeobuf}
NAMES = [each.name for each in POINTS.properties]
ogrinfo = pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="GDAL fehlt: apt-get install gdal-bin")


@pytest.fixture(params=list(WRITERS))
def ending(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def write_points(folder: Path, ending: str, features: Features, crs: Crs = STORED, size: int = 2) -> Path:
    path = folder / f"probe.{ending}"
    WRITERS[ending](POINTS, cut(features, size), crs, path)
    return path


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Read features without geometry, days as ISO text, sorted by their id."""
    frame = pyogrio.read_dataframe(path, read_geometry=False, datetime_as_string=True)
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    for row in rows:
        row["stand"] = row["stand"] and str(row["stand"])[:10].replace("/", "-")
    return sorted(rows, key=lambda row: str(row["id"]))


@pytest.mark.parametrize("size", [1, 3, 100])
def test_every_value_comes_back_with_its_type(tmp_path: Path, ending: str, size: int) -> None:
    rows = read_rows(write_points(tmp_path, ending, points(), size=size))
    assert rows == ROWS


def test_columns_have_types_and_not_guesses(tmp_path: Path, ending: str) -> None:
    info = pyogrio.read_info(write_points(tmp_path, ending, points()))
    kinds = dict(zip(info["fields"], map(str, info["dtypes"]), strict=True))
    assert kinds == {
        "id": "object",
        "name": "object",
        "plz": "object",
        "kapazitaet": "float64",
        "angebote": "int64",
        "stand": "datetime64[D]" if ending == "gpkg" else "datetime64[ms]",  # FlatGeobuf has no day alone
        "barrierefrei": "bool",
    }
    assert info["geometry_type"] == "Point"


@pytest.mark.parametrize("crs", ALL, ids=lambda crs: crs.uri.rpartition("/")[2])
def test_points_lie_where_they_were_drawn_with_x_first(tmp_path: Path, ending: str, crs: Crs) -> None:
    path = write_points(tmp_path, ending, placed(), crs)
    found = geopandas.read_file(path).sort_values("id")
    assert found.crs.to_epsg() == crs.epsg
    transform = pyproj.Transformer.from_crs(STORED.epsg, crs.epsg, always_xy=True).transform
    expected = np.column_stack(transform(*XY[[0, 1, 3]].T))
    assert shapely.get_coordinates(found.geometry) == pytest.approx(expected, abs=1e-9)


def test_what_has_no_place_stays_a_row(tmp_path: Path, ending: str) -> None:
    found = geopandas.read_file(write_points(tmp_path, ending, points()))
    assert found[found.geometry.isna()]["id"].tolist() == ["a-3"]


def test_a_layer_with_nothing_in_it_has_its_columns(tmp_path: Path, ending: str) -> None:
    info = pyogrio.read_info(write_points(tmp_path, ending, points([], [])), force_feature_count=True)
    assert (info["features"], list(info["fields"])) == (0, NAMES)
    assert pyproj.CRS(info["crs"]).to_epsg() == STORED.epsg


def test_no_features_need_no_columns(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"probe.{ending}"
    WRITERS[ending](AREAS, [Features([], {}, np.array([], dtype=object))], STORED, path)
    assert list(pyogrio.read_info(path)["fields"]) == ["id", "schluessel", "personen"]


def test_an_index_finds_what_a_box_touches(tmp_path: Path, ending: str) -> None:
    path = write_points(tmp_path, ending, placed())
    (x, y), half = XY[3], 10
    found = pyogrio.read_dataframe(path, bbox=(x - half, y - half, x + half, y + half))
    assert found["id"].tolist() == ["a-4"]
    assert pyogrio.read_info(path)["capabilities"]["fast_spatial_filter"]


def test_flatgeobuf_keeps_a_row_rather_than_an_index(tmp_path: Path) -> None:
    path = write_points(tmp_path, "fgb", points())
    info = pyogrio.read_info(path, force_feature_count=True)
    assert (info["features"], info["capabilities"]["fast_spatial_filter"]) == (4, False)
    assert [each.name for each in tmp_path.iterdir()] == ["probe.fgb"]


def test_areas_are_multipolygons_with_their_holes(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"kommunen.{ending}"
    WRITERS[ending](AREAS, cut(areas(), 1), STORED, path)
    found = geopandas.read_file(path).sort_values("schluessel", ignore_index=True)
    assert found["schluessel"].tolist() == ["05334001", "05334002"]
    assert found["id"].tolist() == ["05334001", "05334002"]
    assert found.geometry.geom_type.tolist() == ["MultiPolygon", "MultiPolygon"]
    assert found.geometry.area.tolist() == pytest.approx([1_000_000, 1_000_000 - 100])


def test_a_geopackage_says_what_its_columns_mean_and_where_it_comes_from(tmp_path: Path) -> None:
    path = write_points(tmp_path, "gpkg", points())
    with sqlite3.connect(path) as file:
        titles = dict(file.execute("SELECT column_name, name FROM gpkg_data_columns"))
        ((identifier, description, srs_id),) = file.execute("SELECT identifier, description, srs_id FROM gpkg_contents")
        ((version,),) = file.execute("PRAGMA user_version")
        ((indexed,),) = file.execute("SELECT count(*) FROM rtree_angebote_geom")
    file.close()
    assert titles["kapazitaet"] == "Kapazität (Plätze)"
    assert set(titles) == set(NAMES)
    assert (identifier, srs_id, version, indexed) == (POINTS.titel, 25832, 10300, 3)
    assert "Stichtag: 31.12.2025\n" in description
    assert "Quelle: Beispielregister (© Kreis, dl-de/by-2-0)\nQuelle: Beispielliste\n" in description


@ogrinfo
def test_the_gdal_of_the_distribution_reads_both_without_a_warning(tmp_path: Path, ending: str) -> None:
    path = write_points(tmp_path, ending, placed())
    run = subprocess.run(["ogrinfo", "-ro", "-al", str(path)], check=True, capture_output=True, text=True, timeout=60)
    assert run.stderr == ""
    assert "Feature Count: 3" in run.stdout
    assert "plz (String) = 01067" in run.stdout
    assert "POINT (300000.125 5630000.5)" in run.stdout


@settings(max_examples=examples(20), deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=30), min_size=1, max_size=4))
def test_any_text_comes_back_but_for_the_nul_that_ends_it(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("text")
    rows = [ROWS[0] | {"id": f"{at}", "name": text} for at, text in enumerate(texts)]
    drawn = points(rows, np.repeat(XY[:1], len(rows), axis=0))
    for ending in WRITERS:
        found = read_rows(write_points(folder, ending, drawn))
        assert [row["name"] for row in found] == [text.replace("\0", " ") for text in texts]


@pytest.mark.parametrize(
    ("name", "value"),
    [("kapazitaet", float("nan")), ("kapazitaet", float("inf")), ("angebote", 1.5), ("name", 5), ("stand", "gestern")],
)
def test_what_is_not_of_its_column_stops_the_writer(tmp_path: Path, ending: str, name: str, value: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - which one differs by library, and none is an answer
        write_points(tmp_path, ending, points([ROWS[0] | {name: value}], XY[:1]))


def test_no_more_than_the_last_batch_is_held(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"probe.{ending}"
    WRITERS[ending](POINTS, watched(placed(), 12), STORED, path)
    assert pyogrio.read_info(path)["features"] == 36
