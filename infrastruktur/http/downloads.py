"""A whole layer as one file: for a GIS, for a spreadsheet, for a program.

The file is written to its end before the first byte is sent, and sent at the reader's pace.
"""

from collections.abc import AsyncGenerator
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from http import HTTPStatus
from typing import Any, BinaryIO

import anyio.to_thread
import msgspec
from litestar import Response, get
from litestar.params import FromPath
from litestar.response import Stream

from infrastruktur.domain.crs import CRS84, Crs
from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.domain.layer import Collection, Features
from infrastruktur.http.answers import Asking, Opened, matches
from infrastruktur.http.geojson import encode_each
from infrastruktur.http.negotiation import (
    CSV,
    CSV_DE,
    DOWNLOADS,
    FEATURE_FILE,
    FEATURE_LINES,
    FLATGEOBUF,
    GEOPACKAGE,
    XLSX,
    Format,
)
from infrastruktur.http.parameters import KNOWN_AT, Question, read_question
from infrastruktur.http.selection import CRS, SELECTION, build_query, layer_parameters, property_filters
from infrastruktur.usecases import export_layer as export
from infrastruktur.usecases.export_layer import Form, describe_state, export_layer, name_state
from infrastruktur.usecases.look_back import look_back
from infrastruktur.usecases.read_layer import find_collection

_PIECE_BYTES = 262_144
_FORMS = {
    GEOPACKAGE: export.GEOPACKAGE,
    FLATGEOBUF: export.FLATGEOBUF,
    CSV: export.CSV,
    CSV_DE: export.GERMAN_CSV,
    XLSX: export.XLSX,
}
_CRS = replace(CRS, beschreibung="Bezugssystem der Datei. In Dateien steht x (Ost, Länge) immer vor y (Nord, Breite).")
PARAMETERS = tuple(_CRS if each is CRS else each for each in SELECTION)
"""What a file can be asked for beside the layer's own properties: what items can, but for pages."""


@get("/collections/{collection_id:str}/download", sync_to_thread=True)
def get_download(request: Asking, context: Opened, collection_id: FromPath[str]) -> Response[Any]:
    """Answer with a layer as a file, or with 304 when `If-None-Match` names the state and question it is of."""
    collection = find_collection(collection_id)
    asked = (*PARAMETERS, *layer_parameters(collection), *property_filters(collection, PARAMETERS))
    question = read_question(request, asked, DOWNLOADS)
    context = look_back(context, question.values[KNOWN_AT.name])
    crs = _checked_crs(question)
    query = build_query(collection, question, PARAMETERS)
    etag = _etag(name_state(context, collection.id), collection, question)
    # Weak: when it was retrieved stands in the file, so no two are the same to the byte.
    headers = {"ETag": f"W/{etag}", "Cache-Control": "no-cache", "Vary": "Accept"}
    if matches(request.headers.get("if-none-match", ""), etag):
        return Response(b"", status_code=HTTPStatus.NOT_MODIFIED, headers=headers, media_type=question.form.media_type)
    form = _choose_form(question.form, crs)
    headers["Content-Disposition"] = f'attachment; filename="{_filename(describe_state(context, query), form)}"'
    file = export_layer(context, query, form, crs)
    headers["Content-Length"] = str(_size_bytes(file))
    return Stream(_send(file), headers=headers, media_type=question.form.media_type)


def _checked_crs(question: Question) -> Crs:
    crs: Crs = question.values["crs"]
    if question.form is FEATURE_LINES and crs != CRS84:
        raise InvalidParameter(
            "crs",
            "Eine Folge von GeoJSON-Texten kann nicht sagen, in welchem Koordinatensystem sie steht; es gibt sie nur "
            "in CRS84. Bitte crs weglassen oder ein anderes Format nehmen, zum Beispiel f=gpkg.",
        )
    return crs


def _choose_form(form: Format, crs: Crs) -> Form:
    if form is FEATURE_FILE:
        return export.geojson(partial(_encode_batch, crs))
    if form is FEATURE_LINES:
        return export.geojson_seq(partial(_encode_batch, crs))
    return _FORMS[form]


def _encode_batch(crs: Crs, features: Features) -> list[bytes]:
    """Write features with x first: programs that read a file know no order of axes but this."""
    return encode_each(features, msgspec.structs.replace(crs, northing_first=False))


def _etag(state: str, collection: Collection, question: Question) -> str:
    asked = msgspec.json.encode([state, collection.id, question.form.name, sorted(question.written.items())])
    return f'"{blake2b(asked, digest_size=16).hexdigest()}"'


def _filename(collection: Collection, form: Form) -> str:
    return f"{collection.id}-{collection.stichtag}.{form.ending}"


def _size_bytes(file: BinaryIO) -> int:
    size = file.seek(0, 2)
    file.seek(0)
    return size


async def _send(file: BinaryIO) -> AsyncGenerator[bytes, None]:
    with file:
        while piece := await anyio.to_thread.run_sync(file.read, _PIECE_BYTES):
            yield piece
