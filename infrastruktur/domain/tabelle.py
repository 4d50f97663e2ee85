"""A figure table as everybody hands it on: columns with titles and units, rows, and where they come from.

Every figure leaves the house with its Stichtag, sources, parameters, network and data revision.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from functools import lru_cache
from itertools import repeat
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import NotFound

Wert = str | int | float | date | bool | None
Werte = Wert | list[Wert] | NDArray[Any]
"""One value for all rows of a table, or one for each: in a list as they stand there, in an array null if not finite."""


class Typ(StrEnum):
    TEXT = "text"
    GANZZAHL = "ganzzahl"
    ZAHL = "zahl"
    DATUM = "datum"
    WAHRHEIT = "wahrheit"


class Spalte(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """One column. `personen` marks counts of people, which secrecy applies to."""

    name: str
    titel: str
    typ: Typ = Typ.TEXT
    einheit: str | None = None
    nachkommastellen: int | None = 2
    """Decimals a reader is shown; None where nobody has said how many make sense, so all that are there."""
    personen: bool = False


def build_zeile(spalten: tuple[Spalte, ...], werte: Mapping[str, Wert]) -> tuple[Wert, ...]:
    """Order named values by the columns; what is not named is null, a name without a column is an error.

    Numbers that are not finite become null here, so that no table ever carries them.
    """
    names, known = _name_columns(spalten)
    if not werte.keys() <= known:
        raise KeyError(f"no such columns: {sorted(werte.keys() - known)}")
    return tuple(_null_infinite(map(werte.get, names)))


def build_zeilen(spalten: tuple[Spalte, ...], anzahl: int, werte: Mapping[str, Werte]) -> list[tuple[Wert, ...]]:
    """Order many rows as `build_zeile` does one, column by column, which takes a fifth of the time."""
    names, known = _name_columns(spalten)
    if not werte.keys() <= known:
        raise KeyError(f"no such columns: {sorted(werte.keys() - known)}")
    return list(
        zip(*[_lay_out(werte[name], anzahl) if name in werte else repeat(None, anzahl) for name in names], strict=True)
    )


def _lay_out(werte: Werte, anzahl: int) -> Iterable[Wert]:
    if isinstance(werte, np.ndarray):
        listed: list[Any] = werte.tolist()
        finite = werte.dtype.kind != "f" or all(map(math.isfinite, listed))  # of few, faster than asking the array
        return listed if finite else _null_infinite(listed)
    if isinstance(werte, list):
        return werte
    return repeat(None if isinstance(werte, float) and not math.isfinite(werte) else werte, anzahl)


def _null_infinite(werte: Iterable[Wert]) -> list[Wert]:
    return [None if isinstance(wert, float) and not math.isfinite(wert) else wert for wert in werte]


def list_columns(rows: Sequence[Mapping[str, Wert]]) -> dict[str, list[Wert]]:
    """Turn named values by row into named columns; what a row does not name, or is not finite, is null there."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: _null_infinite(row.get(name) for row in rows) for name in names}


@lru_cache(maxsize=64)
def _name_columns(spalten: tuple[Spalte, ...]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Name the columns once a table and not once a row: a region has ten thousand rows."""
    names = tuple(spalte.name for spalte in spalten)
    return names, frozenset(names)


class Herkunft(msgspec.Struct, frozen=True, kw_only=True):
    """Where a table comes from and under which settings it was computed."""

    titel: str
    stichtag: date
    quellen: tuple[str, ...] = ()
    parameter: dict[str, Any] = {}
    netz: str | None = None
    """Generation of the street network, None where no travel time is in the table."""
    datenstand: str = ""
    """Revision of the catalogue."""
    hinweise: tuple[str, ...] = ()


class Tabelle(msgspec.Struct, frozen=True, kw_only=True):
    """Columns, rows of the columns' length, and their origin."""

    name: str
    spalten: tuple[Spalte, ...]
    zeilen: tuple[tuple[Wert, ...], ...]
    herkunft: Herkunft

    def spalte(self, name: str) -> int:
        """Find the position of a column."""
        for position, spalte in enumerate(self.spalten):
            if spalte.name == name:
                return position
        raise NotFound(f"Die Tabelle „{self.name}“ hat keine Spalte „{name}“.")

    def records(self) -> list[dict[str, Wert]]:
        """Give the rows as name → value."""
        names = [spalte.name for spalte in self.spalten]
        return [dict(zip(names, zeile, strict=True)) for zeile in self.zeilen]

    def narrow(self, names: Sequence[str]) -> "Tabelle":
        """Keep only these columns, in this order.

        Raises
        ------
        NotFound
            There is no such column.

        """
        places = [self.spalte(name) for name in names]
        return msgspec.structs.replace(
            self,
            spalten=tuple(self.spalten[at] for at in places),
            zeilen=tuple(tuple(zeile[at] for at in places) for zeile in self.zeilen),
        )

    def with_rows(self, zeilen: list[tuple[Wert, ...]]) -> "Tabelle":
        return msgspec.structs.replace(self, zeilen=tuple(zeilen))
