"""Files that spreadsheets and maps open without surprise: text stays text, numbers numbers, null null."""

import csv
import io
import json
from datetime import date, datetime
from pathlib import Path

import msgspec
import openpyxl
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from infrastruktur.domain.tabelle import Herkunft, Spalte, Tabelle, Typ, Wert
from infrastruktur.domain.zelltext import defuse, restore
from infrastruktur.reports.kommunen import write_gaps_per_kommune
from infrastruktur.reports.tables import list_origin, write_csv, write_geojson, write_xlsx

SPALTEN = (
    Spalte(name="ebene", titel="Ebene"),
    Spalte(name="gebiet", titel="Gebietsschlüssel"),
    Spalte(name="gebiet_name", titel="Gebiet"),
    Spalte(name="plz", titel="Postleitzahl"),
    Spalte(name="wert", titel="Wert", typ=Typ.ZAHL, einheit="%"),
    Spalte(name="anzahl", titel="Anzahl", typ=Typ.GANZZAHL),
    Spalte(name="stichtag", titel="Stichtag", typ=Typ.DATUM),
    Spalte(name="barrierefrei", titel="Barrierefrei", typ=Typ.WAHRHEIT),
)
HERKUNFT = Herkunft(
    titel="Lücken: Probe/2025",
    stichtag=date(2025, 12, 31),
    quellen=("Beispielregister", "Beispielliste"),
    parameter={"ziele": {"begegnung": "Arbeitswert"}, "mindestens": 2},
    netz="abc",
    hinweise=("nicht gerundet",),
)
ROWS: tuple[tuple[Wert, ...], ...] = (
    ("kommune", "05334002", "Beispiel Aachen", "05206", 26.666666666666668, 3, date(2025, 12, 31), True),
    ("sozialraum", "05334002-AC01", '=AC 1; "Mitte"', "52062", None, 4.0, None, False),
)


def _table(rows: tuple[tuple[Wert, ...], ...] = ROWS) -> Tabelle:
    return Tabelle(name="probe", spalten=SPALTEN, zeilen=rows, herkunft=HERKUNFT)


def test_csv_is_unrounded_and_has_a_decimal_point(tmp_path: Path) -> None:
    write_csv(_table(), tmp_path / "probe.csv")
    text = (tmp_path / "probe.csv").read_bytes().decode("utf-8")
    assert text.splitlines() == [
        "ebene,gebiet,gebiet_name,plz,wert,anzahl,stichtag,barrierefrei",
        "kommune,05334002,Beispiel Aachen,05206,26.666666666666668,3,2025-12-31,true",
        'sozialraum,05334002-AC01,"\'=AC 1; ""Mitte""",52062,,4,,false',
    ]


def test_german_csv_opens_in_a_german_spreadsheet(tmp_path: Path) -> None:
    write_csv(_table(), tmp_path / "probe.csv", german=True)
    raw = (tmp_path / "probe.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfebene;gebiet;")
    assert b";05206;26,666666666666668;3;2025-12-31;ja\r\n" in raw


@pytest.mark.parametrize("text", ["=1+1", "+49 241", "-2", "@SUM(A1)", "\t=1", "\r=1", "  =1", '"=1', "'=cmd|x"])
def test_i02_text_never_becomes_a_formula(text: str, tmp_path: Path) -> None:
    row = ("kommune", "05334002", text, "05206", -5.5, -3, None, None)
    stream = io.StringIO()
    write_csv(_table((row,)), stream)
    stream.seek(0)
    cell = next(csv.DictReader(stream))
    assert cell["gebiet_name"] == f"'{text}".replace("\r", "\n")
    assert (cell["wert"], cell["anzahl"]) == ("-5.5", "-3")
    write_xlsx(_table((row,)), tmp_path / "probe.xlsx")
    cells = openpyxl.load_workbook(tmp_path / "probe.xlsx").worksheets[0][2]
    assert [c.data_type for c in cells].count("f") == 0
    assert (cells[4].value, cells[4].data_type) == (-5.5, "n")


def test_ordinary_text_is_left_alone() -> None:
    assert [defuse(t) for t in ("Haus am Wald", "St. Jöris", "1-2", "a=b", "")] == [
        "Haus am Wald",
        "St. Jöris",
        "1-2",
        "a=b",
        "",
    ]


@given(st.text(alphabet="'\"=+-@\t\r\n a", max_size=8))
def test_what_was_guarded_comes_back_as_it_was(text: str) -> None:
    assert restore(defuse(text)) == text.replace("\r\n", "\n").replace("\r", "\n")


@given(
    st.text(max_size=40).filter(lambda t: "\x00" not in t),
    st.floats(allow_nan=False, allow_infinity=False),
)
def test_f06_csv_reads_back_what_was_written(name: str, wert: float) -> None:
    stream = io.StringIO(newline="")
    write_csv(_table((("region", "05334", name, "", wert, None, None, None),)), stream)
    stream.seek(0)
    (row,) = csv.DictReader(stream)
    lines = name.replace("\r\n", "\n").replace("\r", "\n")
    assert row["gebiet_name"] in (lines, f"'{lines}")
    assert float(row["wert"]) == wert


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_i03_what_is_no_number_stops_every_writer(number: float, tmp_path: Path) -> None:
    table = _table((("region", "05334", "", "", number, None, None, None),))
    with pytest.raises(ValueError, match="wert"):
        write_csv(table, tmp_path / "a.csv")
    with pytest.raises(ValueError, match="wert"):
        write_xlsx(table, tmp_path / "a.xlsx")
    with pytest.raises(ValueError, match="wert"):
        write_geojson(table, {}, tmp_path / "a.geojson")


def test_xlsx_keeps_keys_as_text_and_numbers_as_numbers(tmp_path: Path) -> None:
    write_xlsx(_table(), tmp_path / "probe.xlsx")
    book = openpyxl.load_workbook(tmp_path / "probe.xlsx")
    assert book.sheetnames == ["Lücken  Probe 2025", "Herkunft"]
    sheet = book.worksheets[0]
    assert [c.value for c in sheet[1]][:5] == ["Ebene", "Gebietsschlüssel", "Gebiet", "Postleitzahl", "Wert (%)"]
    assert (sheet["D2"].value, sheet["D2"].number_format) == ("05206", "@")
    assert (sheet["E2"].value, sheet["E2"].number_format) == (pytest.approx(26.666666666666668), "#,##0.00")
    assert sheet["G2"].value == datetime(2025, 12, 31)  # noqa: DTZ001 - a spreadsheet's day has no zone
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:H3")
    assert sheet.column_dimensions["C"].width >= 15


def test_xlsx_says_where_it_comes_from(tmp_path: Path) -> None:
    write_xlsx(_table(), tmp_path / "probe.xlsx")
    rows = list(openpyxl.load_workbook(tmp_path / "probe.xlsx")["Herkunft"].values)
    for pair in [
        ("Stichtag", "31.12.2025"),
        ("Quelle", "Beispielregister"),
        ("Quelle", "Beispielliste"),
        ("Parameter ziele: begegnung", "Arbeitswert"),
        ("Parameter mindestens", "2"),
        ("Wegenetz", "abc"),
        ("Hinweis", "nicht gerundet"),
        ("Wert (%)", "wert"),
    ]:
        assert pair in rows


def test_what_nobody_asked_for_is_no_origin() -> None:
    asked = {"anzahl": 2, "budget": None, "befund": {"neu_erreicht": 120.0, "kosten": None}}
    origin = dict(list_origin(msgspec.structs.replace(HERKUNFT, parameter=asked)))
    assert {name: text for name, text in origin.items() if name.startswith("Parameter")} == {
        "Parameter anzahl": "2",
        "Parameter befund: neu_erreicht": "120.0",
    }


def test_geojson_follows_rfc_7946(tmp_path: Path) -> None:
    clockwise = shapely.Polygon([(6, 50), (6, 51), (7.123456789, 51), (7, 50)])
    write_geojson(_table(), {("kommune", "05334002"): clockwise}, tmp_path / "probe.geojson")
    data = json.loads((tmp_path / "probe.geojson").read_text("utf-8"))
    first, second = data["features"]
    assert shapely.geometry.shape(first["geometry"]).exterior.is_ccw
    assert [7.1234568, 51.0] in first["geometry"]["coordinates"][0]
    assert first["properties"]["gebiet"] == "05334002"
    assert first["properties"]["stichtag"] == "2025-12-31"
    assert (second["geometry"], second["properties"]["wert"], second["properties"]["anzahl"]) == (None, None, 4)
    assert data["herkunft"]["quelle"] == "Beispielregister; Beispielliste"


def test_each_kommune_gets_its_own_rows_under_a_safe_name(tmp_path: Path) -> None:
    rows = (
        ("kommune", "05334036", "Würselen/../Ort", "", 1.0, 1, None, None),
        ("sozialraum", "05334036-W01", "W 1", "", 1.0, 1, None, None),
        ("kommune", "05334002", "Aachen", "", 1.0, 1, None, None),
        ("sozialraum", "05334002-AC01", "AC 1", "", 1.0, 1, None, None),
        ("region", "05334", "Region", "", 1.0, 1, None, None),
    )
    written = write_gaps_per_kommune(_table(rows), tmp_path / "kommunen")
    assert [p.name for p in written] == [
        "luecken_05334002_aachen.csv",
        "luecken_05334002_aachen.xlsx",
        "luecken_05334036_wuerselen-ort.csv",
        "luecken_05334036_wuerselen-ort.xlsx",
    ]
    text = written[2].read_text("utf-8")
    assert [line.split(",")[1] for line in text.splitlines()[1:]] == ["05334036", "05334036-W01"]
    assert sorted(p for p in tmp_path.rglob("*") if p.is_file()) == sorted(written)
