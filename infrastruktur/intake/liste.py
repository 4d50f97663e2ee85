"""An editor's list as it comes back: a workbook or a CSV, its cells as the values of a layer's properties.

Columns are found by the heading the list has or by the property's name. What cannot be read is said of its cell and
never passed over; columns that are none of the list's are named.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from infrastruktur.domain.angebot import normal_text
from infrastruktur.domain.eingabe import GEOMETRIE, tidy
from infrastruktur.domain.errors import Refused, SourceRefused
from infrastruktur.domain.layer import Property
from infrastruktur.domain.liste import NORD, OST, Listenzeile, round_point
from infrastruktur.domain.zelltext import restore
from infrastruktur.intake.readers.csv import read_csv
from infrastruktur.intake.readers.xlsx import Grenzen, read_xlsx
from infrastruktur.intake.recipe import Dialekt
from infrastruktur.intake.record import Record, Refusal
from infrastruktur.intake.transforms import parse_date, parse_number

MAX_ROWS = 5_000
_GRENZEN = Grenzen(rows=MAX_ROWS + 1, columns=100, unpacked_bytes=20_000_000)
_DELIMITERS = (";", ",", "\t")
_PLZ_DIGITS = 5


@dataclass(frozen=True)
class Listeninhalt:
    """The rows of a list, those that are none among them, and the headings nobody knows."""

    zeilen: tuple[Listenzeile | Refusal, ...]
    fremd: tuple[str, ...]


def read_liste(path: Path, spalten: tuple[Property, ...], needed: tuple[str, ...]) -> Listeninhalt:
    """Read a list with these columns; `needed` are the names of those it must have.

    Raises
    ------
    SourceRefused
        It is no table, lacks a column or has one twice, or has more than `MAX_ROWS` rows.

    """
    found: list[Listenzeile | Refusal] = []
    fremd: dict[str, None] = {}
    columns: dict[str, Property] | None = None
    for record in _read_rows(path):
        if isinstance(record, Refusal):
            found.append(record)
            continue
        if columns is None:
            columns = _find_columns(path, list(record.werte), spalten, needed)
            fremd = dict.fromkeys(name for name in record.werte if name and name not in columns)
        found.append(_read_row(record, columns))
        if len(found) > MAX_ROWS:
            raise SourceRefused(path.name, f"Es sind mehr als {MAX_ROWS} Zeilen. Bitte in Teilen einlesen.")
    if not found:
        raise SourceRefused(path.name, "Unter den Überschriften steht keine Zeile.")
    return Listeninhalt(tuple(found), tuple(fremd))


def _read_rows(path: Path) -> Iterator[Record | Refusal]:
    if path.suffix == ".xlsx":
        return read_xlsx(path, "", (), _GRENZEN)
    return read_csv(path, Dialekt(trennzeichen=_find_delimiter(path)), ())


def _find_delimiter(path: Path) -> str:
    """Find what separates the headings: Excel's own depends on the language it is set to."""
    with path.open("rb") as raw:
        heading = raw.readline(10_000).decode("latin-1")
        if heading.lower().startswith(("sep=", "ï»¿sep=")):
            heading = raw.readline(10_000).decode("latin-1")
    return max(_DELIMITERS, key=heading.count)


def _find_columns(
    path: Path, headings: list[str], spalten: tuple[Property, ...], needed: tuple[str, ...]
) -> dict[str, Property]:
    """Find the property each heading stands for."""
    known = {text: each for each in spalten for text in (normal_text(each.titel), normal_text(each.name))}
    columns = {name: known[normal_text(name)] for name in headings if normal_text(name) in known}
    names = [each.name for each in columns.values()]
    if twice := next((each.titel for each in columns.values() if names.count(each.name) > 1), None):
        raise SourceRefused(path.name, f"Die Spalte „{twice}“ kommt mehrfach vor.")
    if missing := [each.titel for each in spalten if each.name in needed and each.name not in names]:
        raise SourceRefused(path.name, f"Es fehlen die Spalten: {', '.join(missing)}. Ist das die Liste von hier?")
    if (OST in names) != (NORD in names):
        raise SourceRefused(path.name, "Ein Punkt braucht beide Spalten mit Koordinaten oder keine.")
    return columns


def _read_row(record: Record, columns: Mapping[str, Property]) -> Listenzeile:
    felder: dict[str, Any] = {}
    falsch: dict[str, str] = {}
    for heading, spalte in columns.items():
        try:
            felder[spalte.name] = _read_cell(record.werte.get(heading), spalte)
        except Refused as error:
            falsch[spalte.name] = f"„{spalte.titel}“: {error}"
    if OST in felder and NORD in felder:
        east, north = felder.pop(OST), felder.pop(NORD)
        if (east is None) != (north is None):
            falsch[GEOMETRIE] = "Dem Punkt fehlt eine der beiden Koordinaten."
        else:
            felder[GEOMETRIE] = None if east is None else round_point((east, north))
    return Listenzeile(zeile=record.zeile or 0, felder=felder, falsch=falsch)


def _read_cell(value: Any, spalte: Property) -> Any:
    """Read a cell; None where nothing stands in it."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if spalte.type == "number":
        return parse_number(_plain(value), ",")
    if spalte.format == "date":
        return parse_date(_plain(value)).isoformat()
    return _read_text(value, spalte)


def _plain(value: Any) -> Any:
    return restore(value).strip() if isinstance(value, str) else value


def _read_text(value: Any, spalte: Property) -> str:
    if isinstance(value, date | datetime):
        raise Refused("Das Tabellenprogramm hat daraus ein Datum gemacht. Bitte als Text eingeben.")
    text = str(tidy({"": restore(value) if isinstance(value, str) else _write_number(value)})[""] or "")
    if spalte.name == "plz" and not isinstance(value, str):
        return text.zfill(_PLZ_DIGITS)
    by_titel = {normal_text(titel): code for code, titel in spalte.werte.items()}
    return text if text in spalte.werte else by_titel.get(normal_text(text), text)


def _write_number(value: Any) -> str:
    """Write a number as the text that was typed; workbooks hand whole numbers on as floats."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
