"""GeoJSON in pieces: put together it is one document, or one text a line, whatever the batches were."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import geopandas
import pytest
from reports.layers.drawn import POINTS, ROWS, XY, cut, points, watched

from infrastruktur.domain.crs import CRS84, STORED, Crs
from infrastruktur.domain.layer import Features
from infrastruktur.reports.layers.geojson import iterate_geojson, iterate_geojson_seq


def encode(features: Features) -> Iterable[bytes]:
    """Write features as plainly as can be; how an answer writes them is another room's matter."""
    for at, id_ in enumerate(features.id):
        properties = {name: values[at] for name, values in features.columns.items()}
        x, y = features.geom_25832[at].tolist()
        geometry = None if x != x else {"type": "Point", "coordinates": [x, y]}  # noqa: PLR0124 - NaN
        feature = {"type": "Feature", "id": id_, "geometry": geometry, "properties": properties}
        yield json.dumps(feature, ensure_ascii=False).encode()


def document(batches: Iterable[Features], crs: Crs = STORED) -> bytes:
    return b"".join(iterate_geojson(POINTS, batches, crs, encode))


@pytest.mark.parametrize("size", [1, 3, 100])
def test_a_document_holds_every_feature_once_and_in_order(size: int) -> None:
    read = json.loads(document(cut(points(), size)))
    assert [each["properties"] for each in read["features"]] == ROWS
    assert [each["geometry"] is None for each in read["features"]] == [False, False, True, False]
    assert read["herkunft"]["stichtag"] == "31.12.2025"
    assert read["herkunft"]["quelle"] == "Beispielregister (© Kreis, dl-de/by-2-0); Beispielliste"


@pytest.mark.parametrize("batches", [[], [points([], [])], [points([], []), points()], [points(), points([], [])]])
def test_empty_batches_leave_no_comma_behind(batches: list[Features]) -> None:
    read = json.loads(document(batches))
    assert len(read["features"]) == sum(map(len, batches))


def test_a_file_in_another_system_tells_gdal_which(tmp_path: Path) -> None:
    (tmp_path / "probe.geojson").write_bytes(document(cut(points(), 2)))
    found = geopandas.read_file(tmp_path / "probe.geojson")
    assert found.crs.to_epsg() == 25832
    assert (found.geometry[0].x, found.geometry[0].y) == tuple(XY[0])
    assert "crs" not in json.loads(document([], CRS84))


@pytest.mark.parametrize("size", [1, 3, 100])
def test_a_sequence_is_one_record_a_feature(tmp_path: Path, size: int) -> None:
    whole = b"".join(iterate_geojson_seq(cut(points(), size), encode))
    records = whole.split(b"\x1e")
    assert records[0] == b""
    assert all(record.endswith(b"\n") for record in records[1:])
    assert [json.loads(record)["properties"] for record in records[1:]] == ROWS
    (tmp_path / "probe.geojsons").write_bytes(whole)
    found = geopandas.read_file(tmp_path / "probe.geojsons")
    assert found["plz"].fillna("").tolist() == ["01067", "52062", "", "00000"]


def test_pieces_come_as_soon_as_their_batch_and_hold_no_other() -> None:
    for pieces in (iterate_geojson_seq(watched(points(), 12), encode), _features_of_a_document()):
        assert sum(piece.count(b'"a-3"') for piece in pieces) == 24


def _features_of_a_document() -> Iterator[bytes]:
    return iterate_geojson(POINTS, watched(points(), 12), CRS84, encode)
