"""A layer as a sheet: CSV for analysts, CSV and XLSX for German spreadsheets.

Points are two columns of numbers whose names tell the system (`x_25832`, `y_25832`; QGIS finds such
a pair by itself). Outlines are WKT in the CSV for analysts and nowhere else: a spreadsheet cuts a
cell at 32,767 characters, which an outline of 1,400 corners fills.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from infrastruktur.domain.crs import Crs
from infrastruktur.domain.layer import Collection, Features
from infrastruktur.domain.tabelle import Spalte, Typ, Wert
from infrastruktur.reports.layers.columns import describe_herkunft, list_spalten, values_of
from infrastruktur.reports.layers.places import outlines_wkt, points_xy
from infrastruktur.reports.sheets import Zeile, write_csv_rows, write_workbook

Batches = Iterable[Features]


@dataclass(frozen=True)
class _Places:
    """The columns that say where features lie, and their values in batches, one sequence a column."""

    spalten: tuple[Spalte, ...]
    values_of: Callable[[Features], Sequence[Sequence[Wert]]]
    hinweis: str = ""


def write_csv(collection: Collection, batches: Batches, crs: Crs, path: Path) -> None:
    """Write a layer as CSV with commas and decimal points, UTF-8; outlines are WKT in the column `wkt_<EPSG>`."""
    places = _in_two_columns(crs) if collection.geometry == "Point" else _as_wkt(crs)
    _write_csv(collection, batches, places, path, german=False)


def write_german_csv(collection: Collection, batches: Batches, crs: Crs, path: Path) -> None:
    """Write a layer as CSV with semicolons, decimal commas and a byte order mark; areas come without outlines."""
    _write_csv(collection, batches, _in_cells(collection, crs), path, german=True)


def write_xlsx(collection: Collection, batches: Batches, crs: Crs, path: Path) -> None:
    """Write a layer as XLSX under German titles, with a sheet on its origin; areas come without outlines.

    Raises
    ------
    LimitExceeded
        There are more features than a sheet has rows.

    """
    own, places = list_spalten(collection), _in_cells(collection, crs)
    rows, herkunft = _rows(own, batches, places), _herkunft(collection, crs, places)
    write_workbook(path, collection.titel, (*own, *places.spalten), rows, herkunft)


def _write_csv(collection: Collection, batches: Batches, places: _Places, path: Path, *, german: bool) -> None:
    own = list_spalten(collection)
    with path.open("w", encoding="utf-8", newline="") as stream:
        write_csv_rows(stream, (*own, *places.spalten), _rows(own, batches, places), german=german)


def _rows(own: Sequence[Spalte], batches: Batches, places: _Places) -> Iterator[Zeile]:
    for batch in batches:
        yield from zip(*(values_of(batch, spalte) for spalte in own), *places.values_of(batch), strict=True)


def _herkunft(collection: Collection, crs: Crs, places: _Places) -> Iterator[tuple[str, str]]:
    yield from describe_herkunft(collection, crs)
    if places.hinweis:
        yield "Hinweis", places.hinweis


def _in_cells(collection: Collection, crs: Crs) -> _Places:
    return _in_two_columns(crs) if collection.geometry == "Point" else _WITHOUT_OUTLINES


def _in_two_columns(crs: Crs) -> _Places:
    spalten = (
        _coordinate(f"x_{crs.epsg}", f"x (Ost, EPSG:{crs.epsg})", crs),
        _coordinate(f"y_{crs.epsg}", f"y (Nord, EPSG:{crs.epsg})", crs),
    )
    return _Places(spalten, partial(_x_and_y, crs))


def _coordinate(name: str, titel: str, crs: Crs) -> Spalte:
    return Spalte(name=name, titel=titel, typ=Typ.ZAHL, nachkommastellen=crs.decimals)


def _x_and_y(crs: Crs, features: Features) -> list[list[Wert]]:
    return [[None if math.isnan(value) else value for value in each] for each in points_xy(features, crs).T.tolist()]


def _as_wkt(crs: Crs) -> _Places:
    spalte = Spalte(name=f"wkt_{crs.epsg}", titel=f"Umriss (WKT, EPSG:{crs.epsg})")
    return _Places((spalte,), lambda features: (outlines_wkt(features, crs),))


_WITHOUT_OUTLINES = _Places(
    (), lambda _: (), "Umrisse passen in keine Tabellenzelle; es gibt sie als GeoPackage, FlatGeobuf, GeoJSON und CSV."
)
