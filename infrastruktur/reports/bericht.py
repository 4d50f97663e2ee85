"""The tables of one report as a workbook: a sheet each, and behind them where each comes from."""

from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook

from infrastruktur.domain.tabelle import Tabelle
from infrastruktur.reports.sheets import discarding, name_sheet, write_herkunft, write_rows
from infrastruktur.reports.tables import list_origin


def write_bericht(tabellen: Sequence[Tabelle], path: Path) -> None:
    """Write tables as XLSX, the first one naming the whole.

    Raises
    ------
    ValueError
        A number is not finite.

    """
    book = Workbook(write_only=True)
    book.properties.title, book.properties.creator = tabellen[0].herkunft.titel, "infrastruktur"
    with discarding(book):
        for tabelle in tabellen:
            write_rows(book.create_sheet(name_sheet(tabelle.herkunft.titel)), tabelle.spalten, tabelle.zeilen)
        for tabelle in tabellen:
            herkunft = tabelle.herkunft
            sheet = book.create_sheet(name_sheet(f"Herkunft {tabelle.name}"))
            write_herkunft(sheet, herkunft.titel, tabelle.spalten, list_origin(herkunft))
        book.save(path)
