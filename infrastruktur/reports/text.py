"""Figure tables as plain text, for a person at a terminal: rounded as the columns say, aligned, German."""

from collections.abc import Iterator

from infrastruktur.domain.tabelle import Spalte, Tabelle, Typ, Wert
from infrastruktur.reports import anzeige
from infrastruktur.reports.tables import list_origin

_GAP = "  "


def write_text(tabelle: Tabelle, *, herkunft: bool = False) -> str:
    """Write a table with its columns' names, and with `herkunft` below it where it comes from."""
    columns = [
        [spalte.name, *(_say(value, spalte) for value in values)]
        for spalte, values in zip(tabelle.spalten, _columns(tabelle), strict=True)
    ]
    widths = [max(map(len, column)) for column in columns]
    lines = [
        _GAP.join(
            cell.rjust(width) if spalte.typ in (Typ.ZAHL, Typ.GANZZAHL) else cell.ljust(width)
            for cell, width, spalte in zip(row, widths, tabelle.spalten, strict=True)
        ).rstrip()
        for row in zip(*columns, strict=True)
    ]
    beside = ["", *_list_origin(tabelle)] if herkunft else []
    return "\n".join([*lines, *beside]) + "\n"


def _columns(tabelle: Tabelle) -> list[tuple[Wert, ...]]:
    return list(zip(*tabelle.zeilen, strict=True)) if tabelle.zeilen else [() for _ in tabelle.spalten]


def _say(value: Wert, spalte: Spalte) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, int | float):
        return anzeige.zahl(value, spalte.nachkommastellen or 0).replace("\u202f", ".")
    return anzeige.tag(value) if spalte.typ is Typ.DATUM else str(value)


def _list_origin(tabelle: Tabelle) -> Iterator[str]:
    """Say the origin without the revision of the catalogue, which tells a reader nothing."""
    for label, text in list_origin(tabelle.herkunft):
        if label != "Datenstand":
            yield f"{label}: {text}"
