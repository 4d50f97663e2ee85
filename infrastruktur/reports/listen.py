"""An editor's list of Angebote: a workbook with what its columns mean, or a CSV, to change and to send back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import Any

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from infrastruktur.domain.tabelle import Spalte
from infrastruktur.reports.sheets import Zeile, discarding, name_sheet, write_csv_rows, write_pairs, write_rows

_ROOM = 1_000
"""So many rows below the last one have drop-downs too, for what is new."""
_AUSWAHL = "Auswahl"


@dataclass(frozen=True)
class Blatt:
    """What a list says: its rows under their columns, and how to fill it in.

    Attributes
    ----------
    auswahl
        Name of a column → the titles that may stand in it.
    erlaeuterung
        Pairs of a label and a text, for the second sheet.

    """

    titel: str
    spalten: tuple[Spalte, ...]
    zeilen: tuple[Zeile, ...]
    auswahl: Mapping[str, Sequence[str]]
    erlaeuterung: tuple[tuple[str, str], ...]


def write_xlsx(blatt: Blatt) -> bytes:
    """Write a list as a workbook: texts stay texts, closed lists are drop-downs, the second sheet explains."""
    book = Workbook(write_only=True)
    book.properties.title, book.properties.creator = blatt.titel, "infrastruktur"
    written = BytesIO()
    with discarding(book):
        _write_rows(book.create_sheet(name_sheet(blatt.titel)), blatt)
        explained = book.create_sheet("Erläuterung")
        explained.column_dimensions["A"].width, explained.column_dimensions["B"].width = 34, 110
        write_pairs(explained, ("Spalte", "Was darin steht"), blatt.erlaeuterung)
        _write_choices(book.create_sheet(_AUSWAHL), blatt.auswahl)
        book.save(written)
    return written.getvalue()


def _write_rows(sheet: Any, blatt: Blatt) -> None:
    for number, spalte in enumerate(blatt.spalten, 1):
        letter = get_column_letter(number)
        if spalte.name in blatt.auswahl:
            _offer(sheet, letter, blatt, spalte.name)
        sheet.column_dimensions[letter].number_format = _EMPTY_FORMATS.get(spalte.typ, "@")
    write_rows(sheet, blatt.spalten, blatt.zeilen)


_EMPTY_FORMATS = {"zahl": "General", "datum": "DD.MM.YYYY"}
"""How an empty column takes what is typed into it; as text, house numbers become no dates and postcodes no numbers."""


def _offer(sheet: Any, letter: str, blatt: Blatt, name: str) -> None:
    column = get_column_letter(1 + list(blatt.auswahl).index(name))
    choices = f"{_AUSWAHL}!${column}$1:${column}${len(blatt.auswahl[name])}"
    offered = DataValidation(type="list", formula1=choices, allow_blank=True, showErrorMessage=True)
    offered.error = "Bitte einen Eintrag aus der Liste wählen."
    offered.add(f"{letter}2:{letter}{len(blatt.zeilen) + _ROOM}")
    sheet.data_validations.append(offered)


def _write_choices(sheet: Any, auswahl: Mapping[str, Sequence[str]]) -> None:
    sheet.sheet_state = "hidden"
    for row in range(max(map(len, auswahl.values()))):
        sheet.append([titles[row] if row < len(titles) else None for titles in auswahl.values()])


def write_csv(blatt: Blatt) -> bytes:
    """Write a list as CSV for German spreadsheets, under the same headings."""
    stream = StringIO(newline="")
    write_csv_rows(stream, blatt.spalten, blatt.zeilen, german=True, headings=True)
    return stream.getvalue().encode()
