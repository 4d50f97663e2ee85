"""Figure tables as files: CSV for machines, CSV and XLSX for German spreadsheets, GeoJSON for maps.

Text that a spreadsheet would run as a formula is defused, numbers stay numbers, keys stay text, and
a number that is none (NaN, infinite) stops the writer instead of becoming an empty cell.
"""

import csv
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TextIO

import shapely
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from infrastruktur.domain.geometry import COORDINATE_DECIMALS
from infrastruktur.domain.tabelle import Herkunft, Spalte, Tabelle, Typ, Wert

_FORMULA = re.compile(r"^[\s'\"]*[=+\-@\t\r]")
_WIDEST = 60
_HEAD = PatternFill("solid", fgColor="DCE6EE")


def write_csv(tabelle: Tabelle, target: Path | TextIO, *, german: bool = False) -> None:
    """Write a table as CSV: column names as header, numbers unrounded, ISO dates, UTF-8.

    Parameters
    ----------
    german
        Semicolons, decimal comma and a byte order mark, as spreadsheets set to German expect.

    Raises
    ------
    ValueError
        A number is not finite.

    """
    with _opened(target) as stream:
        if german:
            stream.write("\ufeff")
        writer = csv.writer(stream, delimiter=";" if german else ",", lineterminator="\r\n" if german else "\n")
        writer.writerow(spalte.name for spalte in tabelle.spalten)
        for zeile in tabelle.zeilen:
            writer.writerow(
                _csv_cell(value, spalte, german) for value, spalte in zip(zeile, tabelle.spalten, strict=True)
            )


@contextmanager
def _opened(target: Path | TextIO) -> Iterator[TextIO]:
    if isinstance(target, Path):
        with target.open("w", encoding="utf-8", newline="") as stream:
            yield stream
    else:
        yield target


def _csv_cell(value: Wert, spalte: Spalte, german: bool) -> str:  # noqa: FBT001 - one switch of one writer
    checked = _checked(value, spalte)
    if isinstance(checked, bool):
        return ("ja" if checked else "nein") if german else str(checked).lower()
    if isinstance(checked, int | float):
        return repr(checked).replace(".", ",") if german else repr(checked)
    if isinstance(checked, date):
        return checked.isoformat()
    return "" if checked is None else defuse(checked)


def defuse(text: str) -> str:
    """Put an apostrophe before text that spreadsheets would take for a formula (OWASP, CSV injection).

    Carriage returns become line feeds: the csv module leaves a lone one unquoted, and readers break the row there.
    """
    guarded = f"'{text}" if _FORMULA.match(text) else text
    return guarded.replace("\r\n", "\n").replace("\r", "\n")


def _checked(value: Wert, spalte: Spalte) -> Wert:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"Column {spalte.name} holds a number that is not finite: null needs a reason, not NaN.")
    if spalte.typ is Typ.GANZZAHL and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def write_xlsx(tabelle: Tabelle, path: Path) -> None:
    """Write a table as XLSX: German titles, header frozen and filtered, and a sheet on its origin.

    Raises
    ------
    ValueError
        A number is not finite.

    """
    book = Workbook()
    book.properties.title, book.properties.creator = tabelle.herkunft.titel, "infrastruktur"
    book.remove(book.worksheets[0])
    _write_rows(book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", tabelle.herkunft.titel)[:31] or "Tabelle"), tabelle)
    _write_herkunft(book.create_sheet("Herkunft"), tabelle)
    book.save(path)


def _write_rows(sheet: Worksheet, tabelle: Tabelle) -> None:
    for number, spalte in enumerate(tabelle.spalten):
        sheet.column_dimensions[get_column_letter(number + 1)].width = _width(tabelle, number, spalte)
    sheet.append([_head_cell(sheet, _heading(spalte)) for spalte in tabelle.spalten])
    for zeile in tabelle.zeilen:
        sheet.append([_cell(sheet, value, spalte) for value, spalte in zip(zeile, tabelle.spalten, strict=True)])
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(tabelle.spalten))}{len(tabelle.zeilen) + 1}"


def _heading(spalte: Spalte) -> str:
    return f"{spalte.titel} ({spalte.einheit})" if spalte.einheit else spalte.titel


def _width(tabelle: Tabelle, number: int, spalte: Spalte) -> int:
    longest = max((len(str(zeile[number])) for zeile in tabelle.zeilen), default=0) if spalte.typ is Typ.TEXT else 10
    return min(_WIDEST, max(longest, len(_heading(spalte)) // 2, 8) + 3)


def _head_cell(sheet: Worksheet, text: str) -> Cell:
    cell = Cell(sheet, row=1, column=1, value=defuse(text))
    cell.font, cell.fill = Font(bold=True), _HEAD
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


def _cell(sheet: Worksheet, value: Wert, spalte: Spalte) -> Cell:
    checked = _checked(value, spalte)
    if isinstance(checked, bool):
        checked = "ja" if checked else "nein"
    if isinstance(checked, str):
        checked = defuse(ILLEGAL_CHARACTERS_RE.sub(" ", checked))
    cell = Cell(sheet, row=1, column=1)
    cell.value = checked
    cell.number_format = _number_format(spalte)
    return cell


def _number_format(spalte: Spalte) -> str:
    if spalte.typ is Typ.ZAHL and spalte.nachkommastellen:
        return "#,##0." + "0" * spalte.nachkommastellen
    # "@" is text: leading zeros of keys and postcodes survive editing.
    return {Typ.ZAHL: "#,##0", Typ.GANZZAHL: "#,##0", Typ.DATUM: "DD.MM.YYYY"}.get(spalte.typ, "@")


def _write_herkunft(sheet: Worksheet, tabelle: Tabelle) -> None:
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 34, 90
    names = [(_heading(spalte), spalte.name) for spalte in tabelle.spalten]
    _write_pairs(sheet, ("Herkunft dieser Tabelle", tabelle.herkunft.titel), _origin(tabelle.herkunft))
    sheet.append([])
    _write_pairs(sheet, ("Spalte", "Name in Dateien und Schnittstelle"), names)


def _write_pairs(sheet: Worksheet, heading: tuple[str, str], pairs: Iterable[tuple[str, str]]) -> None:
    text = Spalte(name="text", titel="Text")
    sheet.append([_head_cell(sheet, label) for label in heading])
    for pair in pairs:
        sheet.append([_cell(sheet, value, text) for value in pair])


def _origin(herkunft: Herkunft) -> Iterator[tuple[str, str]]:
    yield "Stichtag", f"{herkunft.stichtag:%d.%m.%Y}"
    yield from (("Quelle", quelle) for quelle in herkunft.quellen)
    for name, value in herkunft.parameter.items():
        if isinstance(value, Mapping):
            yield from ((f"Parameter {name}: {key}", str(part)) for key, part in value.items())
        else:
            yield f"Parameter {name}", str(value)
    if herkunft.netz:
        yield "Wegenetz", herkunft.netz
    if herkunft.datenstand:
        yield "Datenstand", herkunft.datenstand
    yield from (("Hinweis", hinweis) for hinweis in herkunft.hinweise)


def write_geojson(tabelle: Tabelle, outlines_4326: Mapping[tuple[str, str], shapely.Geometry], path: Path) -> None:
    """Write a table as GeoJSON (RFC 7946), one feature per row, with the origin as a foreign member.

    Parameters
    ----------
    outlines_4326
        (ebene, gebiet) → outline, longitude first; a row without one gets a null geometry.

    Raises
    ------
    ValueError
        A number is not finite.

    """
    shapes = {key: _geometry_json(outline) for key, outline in outlines_4326.items()}
    head = {"titel": tabelle.herkunft.titel, **dict(_joined(_origin(tabelle.herkunft)))}
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write('{"type": "FeatureCollection", "herkunft": ' + _json(head) + ', "features": [\n')
        for number, record in enumerate(tabelle.records()):
            geometry = shapes.get((str(record.get("ebene")), str(record.get("gebiet"))), "null")
            properties = {spalte.name: _checked(record[spalte.name], spalte) for spalte in tabelle.spalten}
            stream.write(",\n" if number else "")
            stream.write(f'{{"type": "Feature", "geometry": {geometry}, "properties": {_json(properties)}}}')
        stream.write("\n]}\n")


def _joined(pairs: Iterator[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for label, value in pairs:
        joined[label.lower()] = f"{joined[label.lower()]}; {value}" if label.lower() in joined else value
    return joined


def _json(value: Mapping[str, Wert]) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=date.isoformat)


def _geometry_json(outline: shapely.Geometry) -> str:
    """Write an outline with outer rings counterclockwise (RFC 7946, 3.1.6) and coordinates of a centimetre."""
    turned = shapely.orient_polygons(shapely.force_2d(outline), exterior_cw=False)
    return str(shapely.to_geojson(shapely.transform(turned, lambda xy: xy.round(COORDINATE_DECIMALS))))
