"""Rows as sheets: CSV for machines, CSV and XLSX for German spreadsheets, written row by row and never held.

Text that a spreadsheet would run as a formula is defused, numbers stay numbers, keys stay text, and
a number that is none (NaN, infinite) stops the writer instead of becoming an empty cell.
"""

import csv
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from itertools import chain, islice
from pathlib import Path
from typing import Any, TextIO

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from infrastruktur.domain.errors import LimitExceeded
from infrastruktur.domain.tabelle import Spalte, Typ, Wert
from infrastruktur.domain.zelltext import defuse

Zeile = Sequence[Wert]
MOST_ROWS = 1_048_576
"""Of one sheet, its header among them (Excel's specification); what lies below would be lost when opening it."""
MOST_CHARACTERS = 32_767
"""Of one cell; a longer text would be cut without a word."""

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 (2.2) cannot hold: a sheet with it does not open."""
_CUT = " … (gekürzt)"
_FIRST_DAY = date(1900, 3, 1)
"""Earlier days are text: the calendar of spreadsheets begins in 1900, with a 29 February that never was."""
_WIDEST, _SAMPLED = 60, 1000
_HEAD = PatternFill("solid", fgColor="DCE6EE")


def check_wert(value: Wert, spalte: Spalte) -> Wert:
    """Give a value as its column holds it: whole numbers whole. Raises ValueError at a number that is not finite."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"Column {spalte.name} holds a number that is not finite: null needs a reason, not NaN.")
    if spalte.typ is Typ.GANZZAHL and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def heading(spalte: Spalte) -> str:
    """Give a column's title with its unit."""
    return f"{spalte.titel} ({spalte.einheit})" if spalte.einheit else spalte.titel


# CSV


def write_csv_rows(
    stream: TextIO,
    spalten: Sequence[Spalte],
    zeilen: Iterable[Zeile],
    *,
    german: bool = False,
    headings: bool = False,
) -> None:
    """Write rows as CSV: column names as header, or titles with `headings`; numbers unrounded, ISO dates.

    Parameters
    ----------
    german
        Semicolons, decimal comma and a byte order mark, as spreadsheets set to German expect.

    Raises
    ------
    ValueError
        A number is not finite.

    """
    if german:
        stream.write("\ufeff")
    writer = csv.writer(stream, delimiter=";" if german else ",", lineterminator="\r\n" if german else "\n")
    writer.writerow(heading(spalte) if headings else spalte.name for spalte in spalten)
    for zeile in zeilen:
        writer.writerow(_csv_cell(value, spalte, german) for value, spalte in zip(zeile, spalten, strict=True))


def _csv_cell(value: Wert, spalte: Spalte, german: bool) -> str:  # noqa: FBT001 - one switch of one writer
    checked = check_wert(value, spalte)
    if isinstance(checked, bool):
        return ("ja" if checked else "nein") if german else str(checked).lower()
    if isinstance(checked, int | float):
        return repr(checked).replace(".", ",") if german else repr(checked)
    if isinstance(checked, date):
        return checked.isoformat()
    return "" if checked is None else defuse(checked)


# XLSX


def write_workbook(
    path: Path,
    titel: str,
    spalten: Sequence[Spalte],
    zeilen: Iterable[Zeile],
    herkunft: Iterable[tuple[str, str]],
) -> None:
    """Write rows as XLSX: German titles, header frozen and filtered, and a sheet on their origin.

    Each row is written when it comes, through temporary files.

    Parameters
    ----------
    herkunft
        What the second sheet says: pairs of a label and a text, in their order.

    Raises
    ------
    LimitExceeded
        There are more rows than a sheet can hold.
    ValueError
        A number is not finite.

    """
    book = Workbook(write_only=True)
    book.properties.title, book.properties.creator = titel, "infrastruktur"
    with discarding(book):
        write_rows(book.create_sheet(name_sheet(titel)), spalten, zeilen)
        write_herkunft(book.create_sheet("Herkunft"), titel, spalten, herkunft)
        book.save(path)


def name_sheet(titel: str) -> str:
    """Make a title one a sheet may have."""
    return re.sub(r"[\[\]:*?/\\]", " ", titel)[:31] or "Tabelle"


@contextmanager
def discarding(book: Workbook) -> Iterator[None]:
    """Remove the temporary files of sheets that came to no end: openpyxl leaves them until the process stops."""
    try:
        yield
    except BaseException:
        sheets: list[Any] = book.worksheets
        for sheet in sheets:
            if not sheet.closed:
                sheet.close()
            with suppress(FileNotFoundError):
                sheet._writer.cleanup()  # noqa: SLF001 - nothing public names the file
        raise


def write_rows(sheet: Any, spalten: Sequence[Spalte], zeilen: Iterable[Zeile]) -> None:
    """Write rows under a frozen, filtered header.

    Raises
    ------
    LimitExceeded
        There are more rows than a sheet can hold.
    ValueError
        A number is not finite.

    """
    zeilen = iter(zeilen)
    sample = list(islice(zeilen, _SAMPLED))
    for number, spalte in enumerate(spalten):
        sheet.column_dimensions[get_column_letter(number + 1)].width = _width(sample, number, spalte)
    sheet.freeze_panes = "A2"
    sheet.append([head_cell(sheet, heading(spalte)) for spalte in spalten])
    # One cell a column, filled anew for each row, which is written at once: new ones take a sixth more time.
    cells = [_empty_cell(sheet, spalte) for spalte in spalten]
    last = 1
    for last, zeile in enumerate(chain(sample, zeilen), 2):
        if last > MOST_ROWS:
            raise LimitExceeded(
                f"Ein Tabellenblatt fasst {MOST_ROWS - 1:,} Zeilen, und es wären mehr. Bitte enger auswählen "
                "oder ein anderes Format nehmen, zum Beispiel CSV.".replace(",", ".", 1)
            )
        sheet.append([_filled(*each) for each in zip(cells, zeile, spalten, strict=True)])
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(spalten))}{last}"


def _width(sample: Sequence[Zeile], number: int, spalte: Spalte) -> int:
    longest = max((len(str(zeile[number])) for zeile in sample), default=0) if spalte.typ is Typ.TEXT else 10
    return min(_WIDEST, max(longest, len(heading(spalte)) // 2, 8) + 3)


def head_cell(sheet: Any, text: str) -> Cell:
    """Build a cell of a header."""
    cell = Cell(sheet, row=1, column=1, value=defuse(text))
    cell.font, cell.fill = Font(bold=True), _HEAD
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


def _empty_cell(sheet: Any, spalte: Spalte) -> Cell:
    cell = Cell(sheet, row=1, column=1)
    cell.number_format = _number_format(spalte)
    return cell


def _filled(cell: Cell, value: Wert, spalte: Spalte) -> Cell:
    checked = None if value == "" else check_wert(value, spalte)
    if isinstance(checked, bool):
        checked = "ja" if checked else "nein"
    if isinstance(checked, date) and checked < _FIRST_DAY:
        checked = checked.isoformat()
    if isinstance(checked, str):
        cell.value = writable(checked)
        cell.data_type = "s"  # openpyxl takes "#N/A" for an error
        return cell
    cell.value = checked
    if isinstance(checked, date):
        cell.number_format = _number_format(spalte)  # openpyxl puts an ISO format of its own
    return cell


def writable(text: str) -> str:
    """Give a text as a cell can hold it: defused, without what XML refuses, cut where it is too long."""
    written = defuse(_UNWRITABLE.sub(" ", text))
    return written if len(written) <= MOST_CHARACTERS else written[: MOST_CHARACTERS - len(_CUT)] + _CUT


def _number_format(spalte: Spalte) -> str:
    if spalte.typ is Typ.ZAHL and spalte.nachkommastellen is None:
        return "General"
    if spalte.typ is Typ.ZAHL and spalte.nachkommastellen:
        return "#,##0." + "0" * spalte.nachkommastellen
    # "@" is text: leading zeros of keys and postcodes survive editing.
    return {Typ.ZAHL: "#,##0", Typ.GANZZAHL: "#,##0", Typ.DATUM: "DD.MM.YYYY"}.get(spalte.typ, "@")


def write_herkunft(sheet: Any, titel: str, spalten: Sequence[Spalte], herkunft: Iterable[tuple[str, str]]) -> None:
    """Write where rows come from, and what their columns are called elsewhere."""
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 34, 90
    names = [(heading(spalte), spalte.name) for spalte in spalten]
    write_pairs(sheet, ("Herkunft dieser Tabelle", titel), herkunft)
    sheet.append([])
    write_pairs(sheet, ("Spalte", "Name in Dateien und Schnittstelle"), names)


def write_pairs(sheet: Any, head: tuple[str, str], pairs: Iterable[tuple[str, str]]) -> None:
    """Write pairs of a label and a text below their heads."""
    text = Spalte(name="text", titel="Text")
    sheet.append([head_cell(sheet, label) for label in head])
    for pair in pairs:
        sheet.append([_filled(_empty_cell(sheet, text), value, text) for value in pair])
