"""A layer as a file that a GIS opens and edits: GeoPackage and FlatGeobuf, both written by GDAL.

Batches go to GDAL as Arrow arrays: they alone carry a column's German title along, and nothing is
formatted on the way. The only room that knows pyogrio and nanoarrow, and it only writes.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import nanoarrow as na
import shapely

from infrastruktur.domain.crs import Crs
from infrastruktur.domain.layer import Collection, Features
from infrastruktur.domain.tabelle import Spalte, Typ, Wert
from infrastruktur.reports.layers.columns import describe_herkunft, list_spalten, values_of
from infrastruktur.reports.layers.places import geometries
from infrastruktur.reports.sheets import check_wert, heading

Batches = Iterable[Features]

_GEOMETRY = "geom"
_TITLE = "GDAL:OGR:alternative_name"
_BATCH = 5_000
_VERSION = "1.3"
"""Of GeoPackage: of 1.4, which GDAL would write, the GDAL 3.6 of Debian 12 warns that it may not read all."""
_EPOCH = date(1970, 1, 1).toordinal()
_ARROW: dict[Typ, Callable[[], Any]] = {
    Typ.TEXT: na.string,
    Typ.GANZZAHL: na.int64,
    Typ.ZAHL: na.float64,
    Typ.DATUM: na.date32,
    Typ.WAHRHEIT: na.bool_,
}


def write_geopackage(collection: Collection, batches: Batches, crs: Crs, path: Path) -> None:
    """Write a layer as GeoPackage (OGC 12-128r18) with spatial index, German titles and its origin.

    A feature without a place is a row with null geometry. 200,000 points with 15 columns took 6 s and
    10 MB of memory, 5,000 took 7 MB.

    Raises
    ------
    ValueError
        A number is not finite, or a value is not of its column's type.

    """
    _write_table(collection, batches, crs, path, indexed=True)


def write_flatgeobuf(collection: Collection, batches: Batches, crs: Crs, path: Path) -> None:
    """Write a layer as FlatGeobuf; it has a spatial index exactly when every feature has a place.

    The format's index has no entry for a feature without geometry, and a row is worth more than an
    index. Days become date-times at midnight: the format has no other type for them. GDAL writes it
    from one stream only, so the batches are laid down in a GeoPackage first. To order features by
    place GDAL writes them to a temporary file beside and reads them back through a buffer: 15 columns
    took 100 MB of memory for 200,000 points, 160 MB for 800,000; without an index 22 MB.

    Raises
    ------
    ValueError
        A number is not finite, or a value is not of its column's type.

    """
    laid_down = path.with_name(f"{path.name}.gpkg")
    placed = _write_table(collection, batches, crs, laid_down, indexed=False)
    options = {
        "SPATIAL_INDEX": "YES" if placed else "NO",
        "TEMPORARY_DIR": str(path.parent),
        "TITLE": collection.titel,
        "DESCRIPTION": _origin(collection, crs),
    }
    with _gdal().open_arrow(laid_down, batch_size=_BATCH) as (_, stream):
        _writer(collection, crs, path, "FlatGeobuf")(stream, layer_options=options)
    laid_down.unlink()


def _write_table(collection: Collection, batches: Batches, crs: Crs, path: Path, *, indexed: bool) -> bool:
    """Write a GeoPackage, and tell whether every feature has a place."""
    spalten = list_spalten(collection)
    schema = _schema(spalten)
    write = _writer(collection, crs, path, "GPKG")
    options = {
        "SPATIAL_INDEX": "YES" if indexed else "NO",
        "IDENTIFIER": collection.titel,
        "DESCRIPTION": _origin(collection, crs),
    }
    # Nothing first: a layer without features is one too.
    write(_rows(schema, [[] for _ in spalten], []), dataset_options={"VERSION": _VERSION}, layer_options=options)
    placed = True
    for batch in batches:
        wkb = shapely.to_wkb(geometries(batch, crs)).tolist()
        columns = [_prepared(values_of(batch, spalte), spalte) for spalte in spalten]
        write(_rows(schema, columns, wkb), append=True)
        placed = placed and None not in wkb
    return placed


def _writer(collection: Collection, crs: Crs, path: Path, driver: str) -> Callable[..., None]:
    return partial(
        _gdal().write_arrow,
        path=path,
        layer=collection.id,
        driver=driver,
        geometry_name=_GEOMETRY,
        geometry_type=collection.geometry,
        crs=f"EPSG:{crs.epsg}",
    )


def _gdal() -> Any:
    # Pandas comes along with it, 1.3 s and 90 MB: only a process that writes such a file pays for it.
    from pyogrio import raw  # noqa: PLC0415

    return raw


def _origin(collection: Collection, crs: Crs) -> str:
    return "\n".join(f"{label}: {text}" for label, text in describe_herkunft(collection, crs))


def _schema(spalten: Sequence[Spalte]) -> Any:
    fields = [
        na.c_schema(_ARROW[spalte.typ]()).modify(name=spalte.name, metadata={_TITLE: heading(spalte)})
        for spalte in spalten
    ]
    return na.c_schema(na.struct([*fields, na.c_schema(na.binary()).modify(name=_GEOMETRY)]))


def _rows(schema: Any, columns: Sequence[Sequence[Any]], wkb: Sequence[bytes | None]) -> Any:
    """Build a stream of one struct array; `columns` and `wkb` are of equal length."""
    children = [na.c_array(values, field) for values, field in zip((*columns, wkb), schema.children, strict=True)]
    return na.c_array_stream(na.c_array_from_buffers(schema, len(wkb), [None], children=children))


def _prepared(values: list[Wert], spalte: Spalte) -> list[Any]:
    """Give values as Arrow takes them: days count from 1970; a text ends at NUL for GDAL, so that goes."""
    if spalte.typ is Typ.DATUM:
        return [None if value is None else value.toordinal() - _EPOCH for value in values]  # type: ignore[union-attr]
    if spalte.typ is Typ.TEXT:
        return [value.replace("\0", " ") if isinstance(value, str) else value for value in values]
    return [check_wert(value, spalte) for value in values]
