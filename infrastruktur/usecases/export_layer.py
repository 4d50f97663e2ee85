"""Export a layer: everything a query finds, in one file, as of one state of the catalogue."""

from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, cast

import msgspec

from infrastruktur import __version__
from infrastruktur.domain.crs import Crs
from infrastruktur.domain.layer import Collection, Features
from infrastruktur.domain.query import LayerQuery
from infrastruktur.reports.layers.geojson import Encode, iterate_geojson, iterate_geojson_seq
from infrastruktur.reports.layers.gis import write_flatgeobuf, write_geopackage
from infrastruktur.reports.layers.spreadsheets import write_csv, write_german_csv, write_xlsx
from infrastruktur.storage import quellen
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.publish_table import choose_stichtag
from infrastruktur.usecases.read_layer import get_collection, iterate_features, layer_revision

Write = Callable[[Collection, Iterable[Features], Crs, Path], None]


@dataclass(frozen=True)
class Form:
    """A kind of file: how its name ends, and who writes it."""

    ending: str
    write: Write


GEOPACKAGE = Form("gpkg", write_geopackage)
FLATGEOBUF = Form("fgb", write_flatgeobuf)
CSV = Form("csv", write_csv)
GERMAN_CSV = Form("csv", write_german_csv)
XLSX = Form("xlsx", write_xlsx)


def geojson(encode_batch: Encode) -> Form:
    """Give the form of one GeoJSON document; how a feature is encoded is the caller's matter."""

    def write(collection: Collection, batches: Iterable[Features], crs: Crs, path: Path) -> None:
        _write_pieces(path, iterate_geojson(collection, batches, crs, encode_batch))

    return Form("geojson", write)


def geojson_seq(encode_batch: Encode) -> Form:
    """Give the form of a GeoJSON text sequence, whose coordinates are CRS84 and nothing else."""

    def write(_collection: Collection, batches: Iterable[Features], _crs: Crs, path: Path) -> None:
        _write_pieces(path, iterate_geojson_seq(batches, encode_batch))

    return Form("geojsons", write)


def _write_pieces(path: Path, pieces: Iterable[bytes]) -> None:
    with path.open("wb") as stream:
        stream.writelines(pieces)


def export_layer(context: Context, query: LayerQuery, form: Form, crs: Crs) -> BinaryIO:
    """Write all features a query finds to a file, and give it open for reading; its holder closes it.

    It is whole before anybody reads of it: the read transaction lasts as long as the writing, not as
    long as a slow reader, and what fails half-way is an error, not half a table. It has no name any
    more when it is given: whatever becomes of its reader or of this process, nothing of it stays.

    Raises
    ------
    LimitExceeded
        There are more features than the form can hold.

    """
    collection = describe_state(context, query)
    features = cast("Generator[Features, None, None]", iterate_features(context, query))
    with TemporaryDirectory(prefix="infrastruktur-") as folder, closing(features) as batches:
        path = Path(folder) / f"{collection.id}.{form.ending}"
        form.write(collection, batches, crs, path)
        return path.open("rb")


def describe_state(context: Context, query: LayerQuery) -> Collection:
    """Describe a layer as a file of it is: with the columns and the day that are asked for, and with its sources."""
    collection = get_collection(context, query.collection)
    wanted = [each for each in collection.properties if query.properties is None or each.name in query.properties]
    return msgspec.structs.replace(
        collection,
        properties=tuple(wanted),
        stichtag=_stichtag(context, collection, query.stichtag),
        quellen=collection.quellen or _list_quellen(context),
    )


def name_state(context: Context, collection_id: str) -> str:
    """Name the state a layer's file is of; whatever changes in the file changes this, but for when it was retrieved."""
    return f"{layer_revision(context, collection_id)}/{context.settings.audience}/{__version__}"


def _stichtag(context: Context, collection: Collection, asked: date | None) -> date:
    """Tell the day where none was asked for: of figures, which say theirs in a column, the region's, else today."""
    if any(each.name.startswith("stichtag") for each in collection.properties):
        return choose_stichtag(context, asked)
    return asked or context.today()


def _list_quellen(context: Context) -> tuple[str, ...]:
    with context.store.read() as connection:
        return tuple(f"{each.titel} ({each.namensnennung}; {each.lizenz})" for each in quellen.list_quellen(connection))
