"""CSV as authorities write it: `sep=` line, semicolons, byte order marks, Windows-1252.

A row is either right or refused with its line: fields are never shifted into other columns.
"""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from infrastruktur.domain.errors import SourceRefused
from infrastruktur.intake.readers.header import check_header
from infrastruktur.intake.recipe import Dialekt
from infrastruktur.intake.record import Record, Refusal

_DELIMITERS = ";,\t|"
_HEADING_BYTES = 65_536
"""Text in UTF-16 has NULs in its first line; a NUL in a later row is refused with its line."""


def read_csv(path: Path, dialekt: Dialekt, needed: tuple[str, ...]) -> Iterator[Record | Refusal]:
    """Read row by row; `needed` are the columns the header must have.

    Raises
    ------
    SourceRefused
        The file is empty, in another encoding or with another delimiter, lacks a column, or ends inside quotes.

    """
    with path.open(encoding=_find_encoding(path, dialekt), newline="") as stream:
        lines = _without_sep_line(stream)
        rows = csv.reader(lines, delimiter=dialekt.trennzeichen, strict=True)
        try:
            header = _read_header(path, rows, dialekt, needed)
            for row in rows:
                line = rows.line_num + lines.skipped
                if any(field.strip() for field in row):
                    yield _check_row(row, header, line)
        except csv.Error as error:
            line = rows.line_num + lines.skipped
            raise SourceRefused(path.name, "Die Zeile ist kein gültiges CSV (Anführungszeichen?).", line) from error
        except UnicodeDecodeError as error:
            expected = "UTF-8 oder Windows-1252" if dialekt.kodierung == "auto" else dialekt.kodierung
            raise SourceRefused(path.name, f"Die Datei ist nicht in {expected} geschrieben.") from error


class _without_sep_line:  # noqa: N801 - reads as the filter it is
    """Pass lines on without Excel's `sep=;` at the top, and remember whether one was left out."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._first = True
        self.skipped = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        if self._first and line.strip().strip('"').lower().startswith("sep="):
            self.skipped = 1
            line = next(self._lines)
        self._first = False
        return line


def _find_encoding(path: Path, dialekt: Dialekt) -> str:
    with path.open("rb") as raw:
        heading = raw.readline(_HEADING_BYTES)
    if b"\0" in heading:
        raise SourceRefused(path.name, "Die Datei sieht aus wie UTF-16 oder ist kein Text. Bitte als UTF-8 speichern.")
    if dialekt.kodierung != "auto":
        return "utf-8-sig" if dialekt.kodierung == "utf-8" else dialekt.kodierung
    try:
        with path.open(encoding="utf-8-sig") as stream:
            while stream.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _read_header(path: Path, rows: Iterator[list[str]], dialekt: Dialekt, needed: tuple[str, ...]) -> list[str]:
    header = [name.strip() for name in next(rows, [])]
    other = max(_DELIMITERS, key=lambda sign: header[0].count(sign) if header else 0)
    if len(header) == 1 and len(needed) > 1 and other in header[0]:
        raise SourceRefused(
            path.name, f"Das Trennzeichen ist nicht „{dialekt.trennzeichen}“, es sieht aus wie „{other}“."
        )
    check_header(path.name, header, needed)
    return header


def _check_row(row: list[str], header: list[str], line: int) -> Record | Refusal:
    if len(row) != len(header):
        return Refusal(line, f"Die Zeile hat {len(row)} statt {len(header)} Felder: die Spalten sind verschoben.")
    return Record(line, dict(zip(header, row, strict=True)))
