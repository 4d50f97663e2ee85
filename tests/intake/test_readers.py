"""XLSX, GeoJSON and OSM with broken input: one clear German sentence, and nothing raised but refusals."""

import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from counts import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake.recipes import write

from infrastruktur.domain.errors import SourceRefused
from infrastruktur.intake.readers.geojson import read_geojson
from infrastruktur.intake.readers.osm import find_art_of_tags, read_osm
from infrastruktur.intake.readers.xlsx import read_xlsx
from infrastruktur.intake.recipe import TagRegel
from infrastruktur.intake.record import Record, Refusal

HERE = [6.08, 50.77]
SQUARE = [[[6.0, 50.7], [6.1, 50.7], [6.1, 50.8], [6.0, 50.8], [6.0, 50.7]]]


def book(folder: Path, rows: list[list[Any]]) -> Path:
    path = folder / "a.xlsx"
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.worksheets[0].append(row)
    workbook.save(path)
    return path


def collection(folder: Path, geometry: Any, **members: Any) -> Path:
    feature = {"type": "Feature", "properties": {"A": 1}, "geometry": geometry}
    return write(folder, json.dumps({"type": "FeatureCollection", "features": [feature], **members}), "a.geojson")


def test_f07_workbook_gives_values_with_their_lines(tmp_path: Path) -> None:
    path = book(tmp_path, [["PLZ", "Stand"], ["01067", datetime(2025, 12, 31)], [None, " "], [1067, None]])  # noqa: DTZ001 - Excel knows no zones
    first, second = read_xlsx(path, "", ("PLZ",))
    assert first == Record(2, {"PLZ": "01067", "Stand": datetime(2025, 12, 31)})  # noqa: DTZ001
    assert second == Record(4, {"PLZ": 1067, "Stand": None})


def test_f07_a_formula_without_result_is_refused_not_empty(tmp_path: Path) -> None:
    path = book(tmp_path, [["A", "B"], ["x", "=1+1"]])
    (refusal,) = read_xlsx(path, "", ())
    assert refusal == Refusal(2, "Formel ohne Ergebnis in: B. Bitte in Excel öffnen, speichern.")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 kaputt", b"<html>"])
def test_f03_no_workbook_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(SourceRefused, match="keine Excel-Arbeitsmappe"):
        list(read_xlsx(write(tmp_path, data, "a.xlsx"), "", ()))


@given(positions=st.lists(st.integers(0, 6_000), min_size=1, max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=examples(60))
def test_a_damaged_workbook_is_read_or_refused(tmp_path: Path, positions: list[int]) -> None:
    path = book(tmp_path, [["A", "B"], ["x", 1], ["y", 2.5]])
    data = bytearray(path.read_bytes())
    for position in positions:
        data[position % len(data)] ^= 0xFF
    path.write_bytes(data)
    with suppress(SourceRefused):
        list(read_xlsx(path, "", ()))


def test_missing_sheet_and_column_are_named(tmp_path: Path) -> None:
    path = book(tmp_path, [["A"], ["x"]])
    with pytest.raises(SourceRefused, match=r"Das Blatt „Pflege“ fehlt\. Gefunden wurden: Sheet"):
        list(read_xlsx(path, "Pflege", ()))
    with pytest.raises(SourceRefused, match="Es fehlen die Spalten: Art"):
        list(read_xlsx(path, "", ("Art",)))


@pytest.mark.parametrize(
    ("xy", "likely"),
    [
        ([294420.0, 5628970.0], "EPSG:25832"),
        ([32294420.0, 5628970.0], "EPSG:4647"),
        ([676822.0, 6577000.0], "EPSG:3857"),
        ([4044950.0, 3081250.0], "EPSG:3035"),
        ([2505000.0, 5626000.0], "EPSG:31466"),
    ],
)
def test_a03_a_foreign_crs_is_named(tmp_path: Path, xy: list[float], likely: str) -> None:
    with pytest.raises(SourceRefused) as refused:
        list(read_geojson(collection(tmp_path, {"type": "Point", "coordinates": xy}), ()))
    assert f"sehen aus wie {likely}" in str(refused.value)


def test_a_declared_foreign_crs_is_refused(tmp_path: Path) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}}
    with pytest.raises(SourceRefused, match="nennt das Bezugssystem"):
        list(read_geojson(collection(tmp_path, {"type": "Point", "coordinates": HERE}, crs=crs), ()))


@pytest.mark.parametrize(
    ("geometry", "reason"),
    [
        ({"type": "Point", "coordinates": HERE[::-1]}, "sieht vertauscht aus"),
        ({"type": "Point", "coordinates": [-60.0, 10.0]}, "liegt nicht in Deutschland"),
        ({"type": "Polygon", "coordinates": [SQUARE[0][:-1]]}, "nicht nach RFC 7946"),
        ({"type": "Polygon", "coordinates": [[SQUARE[0][i] for i in (0, 2, 1, 3, 0)]]}, "ungültig: Self-intersection"),
    ],
)
def test_a05_a_faulty_geometry_is_a_refused_row(tmp_path: Path, geometry: Any, reason: str) -> None:
    (refusal,) = read_geojson(collection(tmp_path, geometry), ())
    assert isinstance(refusal, Refusal)
    assert (refusal.zeile, reason in refusal.grund) == (1, True), refusal


def test_a06_heights_are_dropped(tmp_path: Path) -> None:
    ring = [[[x, y, 1.0] for x, y in SQUARE[0]]]
    (record,) = read_geojson(collection(tmp_path, {"type": "Polygon", "coordinates": ring}), ())
    assert isinstance(record, Record)
    assert record.geometrie is not None
    assert not record.geometrie.has_z


TEXT_COORDINATES = (
    '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},'
    '"geometry":{"type":"Point","coordinates":["a","b"]}}]}'
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "<html>",
        "[" * 100_000,
        '{"type":"Point","coordinates":[6,50]}',
        '{"type":"FeatureCollection"}',
        '{"type":"FeatureCollection","features":[7]}',
        '{"type":"FeatureCollection","features":[]}',
        TEXT_COORDINATES,
    ],
)
def test_no_geojson_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SourceRefused, match=r"^a\.geojson: "):
        list(read_geojson(write(tmp_path, text, "a.geojson"), ("A",)))


SCHULE = TagRegel(art="schule.unbestimmt", tags=({"amenity": "school"}, {"education": "school"}))
HEIM = TagRegel(art="pflege.dauerpflege", tags=({"social_facility": "nursing_home", "social_facility:for": "!"},))


@pytest.mark.parametrize(
    ("tags", "art"),
    [
        ({"amenity": "school"}, "schule.unbestimmt"),
        ({"education": "school"}, "schule.unbestimmt"),
        ({"amenity": "school;kindergarten"}, "schule.unbestimmt"),
        ({"amenity": "music_school"}, None),
        ({"social_facility": "nursing_home"}, "pflege.dauerpflege"),
        ({"social_facility": "nursing_home", "social_facility:for": "disabled"}, None),
    ],
)
def test_tag_rules(tags: dict[str, str], art: str | None) -> None:
    assert find_art_of_tags(tags, (SCHULE, HEIM)) == art


@pytest.mark.parametrize(("name", "data"), [("a.osm", b"<osm><node"), ("a.osm.pbf", b"\x00\x00\xff kaputt")])
def test_broken_osm_is_refused(tmp_path: Path, name: str, data: bytes) -> None:
    with pytest.raises(SourceRefused, match="Die OSM-Datei ist nicht lesbar"):
        list(read_osm(write(tmp_path, data, name), (SCHULE,)))
