"""Spreadsheets to fill in, made from the schemas: German headings, closed lists as drop-downs.

A filled template is read by any recipe with `vorlage = true`; nothing else is needed.
"""

import csv
from pathlib import Path

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from infrastruktur.domain.art import Feld, Kategorie, get_kategorie
from infrastruktur.domain.errors import Refused

ROWS = 1_000
"""Rows the drop-downs and cell formats reach down to."""

_LISTS = "Auswahl"


def write_template(kategorie: str, path: Path) -> None:
    """Write the empty table of a category; the suffix of `path` decides between XLSX and CSV.

    Raises
    ------
    NotFound
        The category does not exist.
    Refused
        The suffix is neither `.xlsx` nor `.csv`.

    """
    category = get_kategorie(kategorie)
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            csv.writer(stream, delimiter=";").writerow([feld.ueberschrift for feld in category.felder])
    elif path.suffix == ".xlsx":
        _build_workbook(category).save(path)
    else:
        raise Refused("Vorlagen gibt es als .xlsx und als .csv.")


def _build_workbook(kategorie: Kategorie) -> Workbook:
    book = Workbook()
    page = book.worksheets[0]
    page.title = kategorie.titel[:31]
    page.freeze_panes = "A2"
    lists = book.create_sheet(_LISTS)
    lists.sheet_state = "hidden"
    for column, feld in enumerate(kategorie.felder, start=1):
        _write_heading(page, column, feld)
        _format_cells(page, column, feld)
        if feld.werte:
            _add_choices(page, lists, column, feld)
    return book


def _write_heading(page: Worksheet, column: int, feld: Feld) -> None:
    heading = page.cell(1, column, feld.ueberschrift)
    heading.font = Font(bold=feld.pflicht)
    page.column_dimensions[get_column_letter(column)].width = max(12, len(feld.ueberschrift) + 2)
    if description := feld.schema.get("description"):
        heading.comment = Comment(str(description), "infrastruktur")


def _format_cells(page: Worksheet, column: int, feld: Feld) -> None:
    """Keep texts texts: a postcode's leading zero, a house number that looks like a date."""
    is_date = feld.schema.get("format") == "date"
    text = "dd.mm.yyyy" if is_date else "@" if feld.schema.get("type") == "string" else "General"
    page.column_dimensions[get_column_letter(column)].number_format = text


def _add_choices(page: Worksheet, lists: Worksheet, column: int, feld: Feld) -> None:
    titles = list(feld.werte.values())
    for row, title in enumerate(titles, start=1):
        lists.cell(row, column, title)
    letter = get_column_letter(column)
    choice = DataValidation(
        type="list",
        formula1=f"{_LISTS}!${letter}$1:${letter}${len(titles)}",
        allow_blank=not feld.pflicht,
        showErrorMessage=True,
        errorTitle=feld.ueberschrift,
        error="Bitte einen Eintrag aus der Liste wählen.",
    )
    choice.add(f"{letter}2:{letter}{ROWS}")
    page.add_data_validation(choice)
