"""Excel workbooks: values, never formulas; a formula nobody has computed yet is refused, not empty."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from infrastruktur.domain.errors import SourceRefused
from infrastruktur.intake.readers.header import check_header
from infrastruktur.intake.record import Record, Refusal

MAX_ENTRIES = 200
MAX_BYTES = 200_000_000


@dataclass(frozen=True)
class Grenzen:
    """How much of a workbook is read: beyond `rows` nothing may stand, beyond `columns` nothing is looked at.

    One cell in the last column costs a few bytes to write, and thousands of empty ones to read.
    """

    rows: int
    columns: int | None
    unpacked_bytes: int


_TRUSTED = Grenzen(rows=1_048_576, columns=None, unpacked_bytes=MAX_BYTES)
"""Of a file somebody chose to import: as many rows as Excel has."""


def read_xlsx(
    path: Path, sheet: str, needed: tuple[str, ...], grenzen: Grenzen = _TRUSTED
) -> Iterator[Record | Refusal]:
    """Read one sheet (the first one without a name); `needed` are the columns its heading row must have.

    Raises
    ------
    SourceRefused
        The file is no workbook, unpacks to more than its limits allow, or lacks the sheet or a column.

    """
    _check_archive(path, grenzen.unpacked_bytes)
    values = _rows(path, sheet, grenzen, computed=True)
    written = _rows(path, sheet, grenzen, computed=False)
    header = ["" if cell is None else str(cell).strip() for cell in next(values, ())]
    next(written, None)
    check_header(path.name, header, needed)
    for line, (row, formulas) in enumerate(zip(values, written, strict=True), start=2):
        if _is_blank(formulas):
            continue
        if line > grenzen.rows:
            raise SourceRefused(path.name, f"Es sind mehr als {grenzen.rows - 1} Zeilen. Bitte in Teilen einlesen.")
        cells = {name: cell for name, cell in zip(header, row, strict=False) if name}
        if open_formulas := _find_uncomputed(header, row, formulas):
            yield Refusal(
                line, f"Formel ohne Ergebnis in: {', '.join(open_formulas)}. Bitte in Excel öffnen, speichern."
            )
        else:
            yield Record(line, {name: cells.get(name) for name in header if name})


def _is_blank(cells: tuple[Any, ...]) -> bool:
    """Say whether nothing stands in a row; programs leave a million empty ones that are only formatted."""
    return cells.count(None) == len(cells) or all(cell is None or str(cell).strip() == "" for cell in cells)


def _check_archive(path: Path, most_bytes: int) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, RuntimeError, OSError) as error:
        raise SourceRefused(path.name, "Die Datei ist keine Excel-Arbeitsmappe (.xlsx).") from error
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > most_bytes:
        raise SourceRefused(path.name, "Die Arbeitsmappe ist ausgepackt zu groß.")


def _rows(path: Path, sheet: str, grenzen: Grenzen, *, computed: bool) -> Iterator[tuple[Any, ...]]:
    try:
        with path.open("rb") as file:  # openpyxl leaves open what it opened and could not read
            book = openpyxl.load_workbook(file, read_only=True, data_only=computed)
            page = _find_page(path, book, sheet)
            yield from page.iter_rows(max_row=_TRUSTED.rows, max_col=grenzen.columns, values_only=True)
            book.close()
    except SourceRefused:
        raise
    except Exception as error:  # a damaged workbook makes openpyxl raise whatever its XML, zip and number parsers raise
        raise SourceRefused(path.name, "Die Datei ist keine lesbare Excel-Arbeitsmappe.") from error


def _find_page(path: Path, book: Workbook, sheet: str) -> Worksheet:
    if sheet and sheet not in book.sheetnames:
        found = ", ".join(book.sheetnames)
        raise SourceRefused(path.name, f"Das Blatt „{sheet}“ fehlt. Gefunden wurden: {found}.")
    return next(page for page in book.worksheets if not sheet or page.title == sheet)


def _find_uncomputed(header: list[str], row: tuple[Any, ...], formulas: tuple[Any, ...]) -> list[str]:
    return [
        name or "Spalte ohne Überschrift"
        for name, value, formula in zip(header, row, formulas, strict=False)
        if value is None and isinstance(formula, str) and formula.startswith("=")
    ]
