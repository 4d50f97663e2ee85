"""Excel workbooks: values, never formulas; a formula nobody has computed yet is refused, not empty."""

import zipfile
from collections.abc import Iterator
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


def read_xlsx(path: Path, sheet: str, needed: tuple[str, ...]) -> Iterator[Record | Refusal]:
    """Read one sheet (the first one without a name); `needed` are the columns its heading row must have.

    Raises
    ------
    SourceRefused
        The file is no workbook, unpacks to more than `MAX_BYTES`, or lacks the sheet or a column.

    """
    _check_archive(path)
    values = _rows(path, sheet, computed=True)
    written = _rows(path, sheet, computed=False)
    header = ["" if cell is None else str(cell).strip() for cell in next(values, ())]
    next(written, None)
    check_header(path.name, header, needed)
    for line, (row, formulas) in enumerate(zip(values, written, strict=True), start=2):
        if all(cell is None or str(cell).strip() == "" for cell in formulas):
            continue
        cells = {name: cell for name, cell in zip(header, row, strict=False) if name}
        if open_formulas := _find_uncomputed(header, row, formulas):
            yield Refusal(
                line, f"Formel ohne Ergebnis in: {', '.join(open_formulas)}. Bitte in Excel öffnen, speichern."
            )
        else:
            yield Record(line, {name: cells.get(name) for name in header if name})


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, RuntimeError, OSError) as error:
        raise SourceRefused(path.name, "Die Datei ist keine Excel-Arbeitsmappe (.xlsx).") from error
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_BYTES:
        raise SourceRefused(path.name, "Die Arbeitsmappe ist ausgepackt zu groß.")


def _rows(path: Path, sheet: str, *, computed: bool) -> Iterator[tuple[Any, ...]]:
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=computed)
        yield from _find_page(path, book, sheet).iter_rows(values_only=True)
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
