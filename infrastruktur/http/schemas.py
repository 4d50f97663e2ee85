"""What a layer's columns are, and by which one can filter and order (OGC API Common Part 3, 23-058r2; Features Part 3).

Clients that read these need not guess a column's type from the first ten rows, where it may be null.
"""

from collections.abc import Callable
from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from infrastruktur.domain.eingabe import TITEL
from infrastruktur.domain.layer import Collection, Property
from infrastruktur.http.answers import Asking, Opened, answer_document, answer_page
from infrastruktur.http.collections import path_of
from infrastruktur.http.links import href
from infrastruktur.http.negotiation import HTML, SCHEMA
from infrastruktur.http.parameters import read_question
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.edit_angebot import list_editable
from infrastruktur.usecases.read_layer import get_collection

Json = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_FORMATS = {"Point": "geometry-point", "MultiPolygon": "geometry-multipolygon"}
_UCUM = {"Personen": "{Personen}", "Plätze": "{Plaetze}"}
"""What UCUM has no code for stands in it as an annotation in ASCII (UCUM 2.2, §6); `m`, `min` and `%` are codes."""
_IDS = ("id", "schluessel", "gebiet")
"""The column that repeats a feature's id, whichever a layer has."""


FORMATS = (SCHEMA, HTML)


@get("/collections/{collection_id:str}/schema", sync_to_thread=True)
def get_schema(request: Asking, context: Opened, collection_id: FromPath[str]) -> Response[bytes]:
    """Answer with the columns as the items have them (conformance class returnables and receivables)."""
    return _answer(request, context, collection_id, describe_schema)


@get("/collections/{collection_id:str}/queryables", sync_to_thread=True)
def get_queryables(request: Asking, context: Opened, collection_id: FromPath[str]) -> Response[bytes]:
    """Answer with what a filter may name (Part 3, 7.2)."""
    return _answer(request, context, collection_id, describe_queryables)


@get("/collections/{collection_id:str}/sortables", sync_to_thread=True)
def get_sortables(request: Asking, context: Opened, collection_id: FromPath[str]) -> Response[bytes]:
    """Answer with what `sortby` may name (Common Part 3, conformance class sortables)."""
    return _answer(request, context, collection_id, describe_sortables)


def _answer(
    request: Asking, context: Context, collection_id: str, describe: Callable[[str, Collection], Json]
) -> Response[bytes]:
    question = read_question(request, (), FORMATS)
    collection = get_collection(context, collection_id)
    described = describe(context.settings.base_url, collection)
    if question.form is HTML:
        return answer_page(request, context, f"{collection.titel}: Spalten", described)
    return answer_document(request, described, SCHEMA)


def describe_schema(base: str, collection: Collection) -> Json:
    """Build the JSON Schema of a layer's features; where they can be changed, what is derived is read only."""
    geometry = {"x-ogc-role": "primary-geometry", "format": _FORMATS[collection.geometry]}
    properties = _describe_properties(collection)
    if not list_editable(collection.id):
        return _describe(base, collection, "schema", {**properties, "geometry": geometry})
    for name in TITEL.keys() & properties.keys():
        del properties[name]["readOnly"]
    described = _describe(base, collection, "schema", {**properties, "geometry": geometry})
    return {**described, "additionalProperties": False}


def describe_queryables(base: str, collection: Collection) -> Json:
    """Build the JSON Schema of what a filter may name, and nothing else may be named.

    QGIS knows the geometry by the `$ref` and would filter by place on its own side without it; other clients know it
    by the `format`. Common Part 3 forbids the `$ref`, so of its classes we do not claim `queryables`.
    """
    shape = f"https://geojson.org/schema/{collection.geometry}.json"
    geometry = {"title": "Geometrie", "$ref": shape, "format": _FORMATS[collection.geometry]}
    described = {**_describe_properties(collection), "geometry": geometry}
    return {**_describe(base, collection, "queryables", described), "additionalProperties": False}


def describe_sortables(base: str, collection: Collection) -> Json:
    """Build the JSON Schema of what features can be ordered by."""
    return _describe(base, collection, "sortables", _describe_properties(collection))


def _describe(base: str, collection: Collection, kind: str, properties: Json) -> Json:
    return {
        "$schema": DIALECT,
        "$id": href(base, f"{path_of(collection)}/{kind}"),
        "type": "object",
        "title": collection.titel,
        "description": collection.beschreibung,
        "properties": properties,
    }


def _describe_properties(collection: Collection) -> Json:
    names = [each.name for each in collection.properties]
    own = next(name for name in _IDS if name in names)
    return {
        each.name: {**_describe_property(each, place), **({"x-ogc-role": "id"} if each.name == own else {})}
        for place, each in enumerate(collection.properties, 1)
    }


def _describe_property(prop: Property, place: int) -> Json:
    described: Json = {"type": prop.type, "title": prop.titel, "readOnly": True, "x-ogc-propertySeq": place}
    if prop.format is not None:
        described["format"] = prop.format
    if prop.einheit is not None:
        described["x-ogc-unit"] = _UCUM.get(prop.einheit, prop.einheit)
    if prop.werte and not prop.weitere:
        # Some clients read the one, some the other; only `oneOf` can name a value in German.
        described["enum"] = list(prop.werte)
        described["oneOf"] = [{"const": code, "title": titel} for code, titel in prop.werte.items()]
    return described
