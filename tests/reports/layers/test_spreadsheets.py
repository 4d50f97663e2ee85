"""CSV and XLSX of layers: what a spreadsheet shows is what was drawn, and nothing of it is a formula."""

import csv
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyproj
import pytest
import shapely
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from reports.layers.drawn import AREAS, HOLED, HOSTILE, POINTS, ROWS, XY, areas, cut, points, watched

from infrastruktur.domain.crs import ALL, CRS84, STORED, Crs
from infrastruktur.domain.errors import LimitExceeded
from infrastruktur.domain.layer import Features
from infrastruktur.reports.layers.spreadsheets import write_csv, write_german_csv, write_xlsx

WRITERS = {"a.csv": write_csv, "de.csv": write_german_csv, "a.xlsx": write_xlsx}
DEFUSED = f"'{HOSTILE}"


def read_csv(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=delimiter, strict=True))


@pytest.mark.parametrize("size", [1, 3, 100])
def test_csv_holds_every_value_and_the_coordinates_under_their_system(tmp_path: Path, size: int) -> None:
    write_csv(POINTS, cut(points(), size), STORED, tmp_path / "probe.csv")
    first, second, third, fourth = read_csv(tmp_path / "probe.csv")
    assert first == {
        "id": "a-1",
        "name": "Wäldchen",
        "plz": "01067",
        "kapazitaet": "12.5",
        "angebote": "3",
        "stand": "2025-03-01",
        "barrierefrei": "true",
        "x_25832": "300000.125",
        "y_25832": "5630000.5",
    }
    assert (second["name"], second["angebote"], second["stand"]) == (DEFUSED, str(2**40), "1899-12-31")
    assert set(third.values()) == {"a-3", ""}
    assert (fourth["plz"], fourth["kapazitaet"], fourth["angebote"]) == ("00000", "-0.1", "0")


def test_german_csv_opens_in_a_german_spreadsheet(tmp_path: Path) -> None:
    write_german_csv(POINTS, cut(points(), 2), STORED, tmp_path / "probe.csv")
    raw = (tmp_path / "probe.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfid;name;plz;")
    assert "a-1;Wäldchen;01067;12,5;3;2025-03-01;ja;300000,125;5630000,5\r\n".encode() in raw
    second = read_csv(tmp_path / "probe.csv", ";")[1]
    assert (second["name"], second["barrierefrei"]) == (DEFUSED, "nein")


@pytest.mark.parametrize("crs", ALL, ids=lambda crs: crs.uri.rpartition("/")[2])
def test_coordinates_are_east_then_north_to_the_centimetre(tmp_path: Path, crs: Crs) -> None:
    write_csv(POINTS, cut(points(), 2), crs, tmp_path / "probe.csv")
    row = read_csv(tmp_path / "probe.csv")[0]
    transform = pyproj.Transformer.from_crs(STORED.epsg, crs.epsg, always_xy=True).transform
    for axis, expected in zip("xy", transform(*XY[0]), strict=True):
        written = row[f"{axis}_{crs.epsg}"]
        assert float(written) == round(expected, crs.decimals)


def test_outlines_are_text_for_analysts_only(tmp_path: Path) -> None:
    for name, write in WRITERS.items():
        write(AREAS, cut(areas(), 1), STORED, tmp_path / name)
    first, second = read_csv(tmp_path / "a.csv")
    assert (first["id"], first["schluessel"], first["personen"]) == ("05334001", "05334001", "7")
    assert shapely.from_wkt(second["wkt_25832"]).equals(HOLED)
    assert list(read_csv(tmp_path / "de.csv", ";")[0]) == ["id", "schluessel", "personen"]
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert [cell.value for cell in book.worksheets[0][1]] == ["Kennung", "Schlüssel", "Personen (Personen)"]
    assert any(label == "Hinweis" and "GeoPackage" in text for label, text, *_ in book["Herkunft"].values if text)


def test_xlsx_holds_every_value_with_its_type(tmp_path: Path) -> None:
    write_xlsx(POINTS, cut(points(), 2), STORED, tmp_path / "probe.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "probe.xlsx").worksheets[0]
    head, first, second, third, fourth = ([cell.value for cell in row] for row in sheet)
    assert head[3:6] == ["Kapazität (Plätze)", "Zahl der Angebote", "Stand der Angaben"]
    assert head[-2:] == ["x (Ost, EPSG:25832)", "y (Nord, EPSG:25832)"]
    day = datetime(2025, 3, 1)  # noqa: DTZ001 - a spreadsheet's day has no zone
    assert first == ["a-1", "Wäldchen", "01067", 12.5, 3, day, "ja", 300000.125, 5630000.5]
    assert second[:7] == ["a-2", DEFUSED, "52062", 80, 2**40, "1899-12-31", "nein"]
    assert third == ["a-3"] + [None] * 8
    assert fourth[2:6] == ["00000", -0.1, 0, datetime(9999, 12, 31)]  # noqa: DTZ001
    assert {cell.data_type for row in sheet.iter_rows(min_row=2) for cell in row} <= {"s", "n", "d"}
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:I5")
    assert (sheet["C2"].number_format, sheet["D2"].number_format, sheet["F2"].number_format) == (
        "@",
        "General",
        "DD.MM.YYYY",
    )


def test_xlsx_says_where_it_comes_from(tmp_path: Path) -> None:
    write_xlsx(POINTS, cut(points(), 2), CRS84, tmp_path / "probe.xlsx")
    book = openpyxl.load_workbook(tmp_path / "probe.xlsx")
    assert book.sheetnames == ["Angebote  Probe 2025", "Herkunft"]
    rows = list(book["Herkunft"].values)
    for pair in [
        ("Herkunft dieser Tabelle", "Angebote: Probe/2025"),
        ("Stichtag", "31.12.2025"),
        ("Quelle", "Beispielregister (© Kreis, dl-de/by-2-0)"),
        ("Quelle", "Beispielliste"),
        ("Koordinaten", "WGS 84 (EPSG:4326), x nach Osten, y nach Norden"),
        ("Kapazität (Plätze)", "kapazitaet"),
    ]:
        assert pair in rows
    retrieved = dict(rows)["Abgerufen am"][:10]
    assert abs((datetime.strptime(retrieved, "%d.%m.%Y") - datetime.now()).days) <= 1  # noqa: DTZ005, DTZ007


@settings(max_examples=examples(25), deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=30))
def test_any_text_comes_back_from_a_sheet_and_is_no_formula(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    folder = tmp_path_factory.mktemp("text")
    drawn = points([ROWS[0] | {"name": text}], XY[:1])
    for name, write in WRITERS.items():
        write(POINTS, [drawn], STORED, folder / name)
    (cell,) = openpyxl.load_workbook(folder / "a.xlsx").worksheets[0]["B2:B2"][0]
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    shown = "".join(" " if (each < " " and each not in "\t\n") or each in "\ufffe\uffff" else each for each in lines)
    assert cell.value in ({shown, f"'{shown}"} if shown else {None})
    assert cell.data_type == ("s" if shown else "n")
    for name, delimiter in (("a.csv", ","), ("de.csv", ";")):
        (row,) = read_csv(folder / name, delimiter)
        assert row["name"] in (lines, f"'{lines}")


@pytest.mark.parametrize("text", ["#N/A", "#REF!", "TRUE", "1e5", "05.03.2025"])
def test_text_that_looks_like_something_else_stays_text(tmp_path: Path, text: str) -> None:
    write_xlsx(POINTS, [points([ROWS[0] | {"name": text}], XY[:1])], STORED, tmp_path / "probe.xlsx")
    cell = openpyxl.load_workbook(tmp_path / "probe.xlsx").worksheets[0]["B2"]
    assert (cell.value, cell.data_type) == (text, "s")


def test_a_text_that_fits_no_cell_says_that_it_was_cut(tmp_path: Path) -> None:
    for length, end in ((32_767, "x"), (32_768, " … (gekürzt)")):
        write_xlsx(POINTS, [points([ROWS[0] | {"name": "x" * length}], XY[:1])], STORED, tmp_path / "probe.xlsx")
        value = openpyxl.load_workbook(tmp_path / "probe.xlsx").worksheets[0]["B2"].value
        assert (len(value), value.endswith(end)) == (32_767, True)


@pytest.mark.parametrize(("most", "expected"), [(4, pytest.raises(LimitExceeded, match="CSV")), (5, nullcontext())])
def test_more_rows_than_a_sheet_has_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, expected: AbstractContextManager[Any]
) -> None:
    monkeypatch.setattr("infrastruktur.reports.sheets.MOST_ROWS", most)
    with expected:
        write_xlsx(POINTS, cut(points(), 2), STORED, tmp_path / "probe.xlsx")


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_what_is_no_number_stops_the_writer_and_leaves_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[..., None]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    broken = points([*ROWS[:2], ROWS[0] | {"kapazitaet": float("nan")}], XY[:3])
    with pytest.raises(ValueError, match="kapazitaet"):
        write(POINTS, cut(broken, 1), STORED, tmp_path / "probe")
    assert {each.name for each in tmp_path.iterdir()} <= {"probe"}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_no_more_than_the_last_batch_is_held(tmp_path: Path, write: Callable[..., None]) -> None:
    given: list[int] = []

    def counted() -> Iterator[Features]:
        for batch in watched(points(), 12):
            given.append(len(batch))
            yield batch

    write(POINTS, counted(), STORED, tmp_path / "probe")
    assert given == [4] * 12
