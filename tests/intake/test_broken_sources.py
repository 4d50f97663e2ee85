"""Sources an attacker or an accident wrote: each ends in one German sentence, and none in a traceback."""

import json
from pathlib import Path
from typing import Any

import pytest
from intake.recipes import ANGEBOTE, with_, write

from infrastruktur.domain.errors import SourceRefused
from infrastruktur.intake.readers.csv import read_csv
from infrastruktur.intake.readers.geojson import read_geojson
from infrastruktur.intake.reading import find_files
from infrastruktur.intake.recipe import Dialekt, load_recipe
from infrastruktur.intake.record import Refusal

POINT = {"type": "Point", "coordinates": [6.08, 50.77]}
RECIPE = """titel = "x"
quelle = "x"
herausgeber = "x"
lizenz = "x"
namensnennung = "x"
form = "angebote"
format = "csv"
dateien = [{}]
"""


def collection(folder: Path, properties: Any = None, geometry: Any = POINT, **members: Any) -> Path:
    feature = {"type": "Feature", "properties": properties or {"A": 1}, "geometry": geometry}
    text = json.dumps({"type": "FeatureCollection", "features": [feature], **members})
    return write(folder, text, "a.geojson")


@pytest.mark.parametrize("crs", ["EPSG:25832", 5, [1], {"properties": None}, {"properties": [1]}, {"properties": "x"}])
def test_a07_a_crs_member_of_another_form_is_refused(tmp_path: Path, crs: Any) -> None:
    with pytest.raises(SourceRefused, match="Bezugssystem"):
        list(read_geojson(collection(tmp_path, crs=crs), ("A",)))


def test_a07_an_absent_crs_says_nothing(tmp_path: Path) -> None:
    assert len(list(read_geojson(collection(tmp_path, crs=None), ("A",)))) == 1


@pytest.mark.parametrize("properties", [[1], ["A"], "A", 5])
def test_b05_properties_are_an_object(tmp_path: Path, properties: Any) -> None:
    with pytest.raises(SourceRefused, match="Eigenschaften"):
        list(read_geojson(collection(tmp_path, properties), ()))


@pytest.mark.parametrize("depth", [1, 2, 100, 400])
def test_a08_collections_of_geometries_are_refused_however_deep(tmp_path: Path, depth: int) -> None:
    geometry: Any = POINT
    for _ in range(depth):
        geometry = {"type": "GeometryCollection", "geometries": [geometry]}
    (refusal,) = read_geojson(collection(tmp_path, geometry=geometry), ("A",))
    assert isinstance(refusal, Refusal)
    assert "GeometryCollection" in refusal.grund


@pytest.mark.parametrize("pattern", ['""', '"**x"', '"a**/b.csv"', '"."', '"a\\u0000b"'])
def test_f12_a_pattern_that_names_no_file_refuses_the_recipe(tmp_path: Path, pattern: str) -> None:
    path = write(tmp_path, RECIPE.format(pattern), "source.toml")
    with pytest.raises(SourceRefused, match="dateien"):
        load_recipe(path)


@pytest.mark.parametrize("pattern", ["../a.csv", "/etc/passwd", "x/../../a.csv"])
def test_f12_a_pattern_does_not_leave_the_folder(tmp_path: Path, pattern: str) -> None:
    path = write(tmp_path, RECIPE.format(json.dumps(pattern)), "source.toml")
    with pytest.raises(SourceRefused, match="innerhalb"):
        load_recipe(path)


def test_f12_a_link_out_of_the_folder_is_no_way_out(tmp_path: Path) -> None:
    """A folder of sources is the owner's; a link in it is the owner's word, a missing file is told by name."""
    (tmp_path / "leer").mkdir()
    with pytest.raises(SourceRefused, match=r"a\.csv"):
        find_files(with_(ANGEBOTE, dateien=("a.csv",)), tmp_path / "leer")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_f06_utf_16_is_named_as_what_it_is(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path, "Schlüssel;Name\n1;x\n".encode(encoding))
    with pytest.raises(SourceRefused, match="UTF-16") as refused:
        list(read_csv(path, Dialekt(), ("Schlüssel",)))
    assert str(refused.value).isprintable()


def test_i08_a_refusal_repeats_no_control_characters(tmp_path: Path) -> None:
    path = write(tmp_path, "\x1b[31mrot\x07;Name\x1b]0;x\n1;x\n")
    with pytest.raises(SourceRefused, match="Es fehlen die Spalten") as refused:
        list(read_csv(path, Dialekt(), ("Schlüssel",)))
    assert str(refused.value).isprintable()
