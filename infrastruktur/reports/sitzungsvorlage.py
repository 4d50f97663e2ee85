"""The table of § 7 Abs. 6 APG NRW as a sheet for a Sitzungsvorlage: one page per need rule, with what it rests on.

Areas stand below each other, days and variants beside each other, as a Konferenz reads them. Above it stands how
binding it is, below it each number's footnote, the assumptions and the sources. The whole table follows on a
sheet of its own.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter

from infrastruktur.domain.tabelle import Tabelle, Wert
from infrastruktur.reports import anzeige
from infrastruktur.reports.sheets import discarding, head_cell, name_sheet, writable, write_herkunft, write_rows
from infrastruktur.reports.tables import list_origin

_Row = dict[str, Wert]
_LINE = Border(bottom=Side(style="thin", color="AAAAAA"))
_FIRST_COLUMN, _COLUMN = 30, 12
_PLACES = "#,##0"
_MORE = "+#,##0;-#,##0;0"
"""A saldo is read with its sign."""


def write_sitzungsvorlage(tabelle: Tabelle, path: Path) -> None:
    """Write the plan as XLSX: a sheet per need rule to be printed, the table, and its origin.

    Raises
    ------
    ValueError
        A number is not finite.

    """
    herkunft = tabelle.herkunft
    book = Workbook(write_only=True)
    book.properties.title, book.properties.creator = herkunft.titel, "infrastruktur"
    rows = tabelle.records()
    with discarding(book):
        for regel in dict.fromkeys(str(row["regel"]) for row in rows):
            _write_regel(book.create_sheet(name_sheet(regel)), tabelle, [row for row in rows if row["regel"] == regel])
        write_rows(book.create_sheet(name_sheet(herkunft.titel)), tabelle.spalten, tabelle.zeilen)
        write_herkunft(book.create_sheet("Herkunft"), herkunft.titel, tabelle.spalten, list_origin(herkunft))
        book.save(path)


def _write_regel(sheet: Any, tabelle: Tabelle, rows: Sequence[_Row]) -> None:
    parts = list(dict.fromkeys((row["tag"], row["variante"]) for row in rows))
    _set_page(sheet, columns=2 + 3 * len(parts))
    for line in _list_head(tabelle, rows):
        sheet.append([_text(sheet, line, bold=True)])
    sheet.append([])
    sheet.append(_list_days(sheet, parts))
    sheet.append(_list_variants(sheet, rows, parts))
    titles = ("Gebiet", "Bestand am Stichtag", *("Bedarf", "Angebot", "Saldo") * len(parts))
    sheet.append([head_cell(sheet, title) for title in titles])
    notes = _Notes()
    for area in dict.fromkeys((row["ebene"], row["gebiet"]) for row in rows):
        of_area = {(row["tag"], row["variante"]): row for row in rows if (row["ebene"], row["gebiet"]) == area}
        sheet.append(_list_area(sheet, [of_area[part] for part in parts], notes))
    sheet.append([])
    _write_list(sheet, "Anmerkungen", notes.lines)
    _write_list(sheet, "Annahmen", _list_assumptions(tabelle, rows))
    _write_list(sheet, "Quellen", tabelle.herkunft.quellen)


def _write_list(sheet: Any, heading: str, lines: Sequence[str]) -> None:
    if lines:
        sheet.append([_text(sheet, heading, bold=True)])
    for line in lines:
        sheet.append([_text(sheet, line)])


def _set_page(sheet: Any, columns: int) -> None:
    """Fit the page's width on A4, landscape."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", "9"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    for column in range(columns):
        sheet.column_dimensions[get_column_letter(column + 1)].width = _COLUMN if column else _FIRST_COLUMN


def _list_head(tabelle: Tabelle, rows: Sequence[_Row]) -> Iterable[str]:
    first = rows[0]
    yield f"{tabelle.herkunft.titel} nach § 7 Abs. 6 APG NRW: {first['art']}"
    # How binding it is stands in every row, because each rule has parameters of its own.
    yield from dict.fromkeys(_capital(str(row["status"])) for row in rows)
    begin = date.fromisoformat(tabelle.herkunft.parameter["ab"])
    days = f"Bestand vom {tabelle.herkunft.stichtag:%d.%m.%Y}, drei Jahre ab {begin:%d.%m.%Y}"
    yield f"{days}; Bedarfsregel „{first['regel']}“"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


_Part = tuple[Wert, Wert]
"""Day and variant of three columns."""


def _list_days(sheet: Any, parts: Sequence[_Part]) -> list[Cell]:
    days = [f"{tag:%d.%m.%Y}" if isinstance(tag, date) else str(tag) for tag, _ in parts]
    return [head_cell(sheet, text) for text in ("", "", *(text for day in days for text in (day, "", "")))]


def _list_variants(sheet: Any, rows: Sequence[_Row], parts: Sequence[_Part]) -> list[Cell]:
    titles = {row["variante"]: str(row["variante_titel"]) for row in rows}
    names = [titles[variante].partition(":")[0] for _, variante in parts]
    return [head_cell(sheet, text) for text in ("", "", *(text for name in names for text in (name, "", "")))]


class _Notes:
    """Footnotes in the order they are met, each text once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def mark(self, text: str) -> str:
        number = self._numbers.setdefault(text, len(self._numbers) + 1)
        return f"{number})"

    @property
    def lines(self) -> list[str]:
        return [f"{number}) {text}" for text, number in self._numbers.items()]


def _list_area(sheet: Any, of_area: Sequence[_Row], notes: _Notes) -> list[Cell]:
    first = of_area[0]
    marks = " ".join(dict.fromkeys(notes.mark(note) for row in of_area for note in _list_notes(row)))
    region = first["ebene"] == "region"
    name = f"{first['gebiet_name']} {marks}".rstrip()
    cells = [_text(sheet, name, bold=region), _number(sheet, first["bestand_stichtag"], first, _PLACES)]
    for row in of_area:
        cells += [
            _number(sheet, row["bedarf"], row, _PLACES),
            _number(sheet, row["angebot"], row, _PLACES),
            _number(sheet, row["saldo"], row, _MORE),
        ]
    for cell in cells:
        cell.border = _LINE
        if region:
            cell.font = Font(bold=True)
    return cells


def _list_notes(row: _Row) -> Iterable[str]:
    if row["ohne_platzzahl"]:
        yield "Das Angebot ist eine Mindestzahl: Von einem oder mehreren Häusern ist keine Platzzahl bekannt."
    if row["ohne_platz"]:
        yield "Mit begrenzter Kapazität zählt nur, wer einen Platz findet; weitere Personen fänden keinen."
    if row["ohne_termin"]:
        yield "Weitere Plätze sind geplant, genehmigt oder im Bau, aber an dem Tag noch nicht in Betrieb."
    if row["grund"]:
        yield f"Ohne Zahl: {anzeige.grund(str(row['grund']))}."


def _list_assumptions(tabelle: Tabelle, rows: Sequence[_Row]) -> list[str]:
    titles = dict.fromkeys(str(row["variante_titel"]) for row in rows)
    return [
        *titles,
        "Der Bedarf ist je Kommune auf ganze Plätze aufgerundet, die Region aus den ungerundeten Kommunen.",
        *tabelle.herkunft.hinweise,
    ]


def _text(sheet: Any, text: str, *, bold: bool = False) -> Cell:
    cell = Cell(sheet, row=1, column=1, value=writable(text))
    cell.data_type = "s"
    cell.font, cell.alignment = Font(bold=bold), Alignment(vertical="top")
    return cell


def _number(sheet: Any, value: Wert, row: _Row, form: str) -> Cell:
    """Write places, or in their stead why there are none."""
    if not isinstance(value, int | float):
        return _text(sheet, anzeige.grund(str(row["grund"])) if row["grund"] else "–")
    cell = Cell(sheet, row=1, column=1, value=value)
    cell.number_format = form
    return cell
