"""The layers and how each describes itself (OGC API Features Part 1, 7.13 and 7.14; Part 5 schema)."""

from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from infrastruktur.domain.layer import Collection, Property
from infrastruktur.http import pages
from infrastruktur.http.answers import Asking, Opened, answer
from infrastruktur.http.geojson import encode_json
from infrastruktur.http.links import Link, href, link, self_and_alternates
from infrastruktur.http.negotiation import FEATURES, HTML, JSON, SCHEMA
from infrastruktur.http.parameters import read_question
from infrastruktur.usecases.read_layer import get_collection, list_collections

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
SCHEMA_REL = "http://www.opengis.net/def/rel/ogc/1.0/schema"
FORMATS = (JSON, HTML)
_GEOMETRY_FORMAT = {"Point": "geometry-point", "MultiPolygon": "geometry-multipolygon"}


@get("/collections", sync_to_thread=True)
def get_collections(request: Asking, context: Opened) -> Response[bytes]:
    """Answer with all layers."""
    question = read_question(request, (), FORMATS)
    base = context.settings.base_url
    collections = list_collections(context)
    if question.form is HTML:
        return answer(request, _collections_page(base, collections), HTML)
    links = self_and_alternates(base, "/collections", question.written, chosen=question.form, formats=FORMATS)
    described = [describe_collection(base, each, own_links(base, each)) for each in collections]
    return answer(request, encode_json({"links": links, "collections": described}), JSON)


@get("/collections/{collection_id:str}", sync_to_thread=True)
def get_one_collection(request: Asking, context: Opened, collection_id: FromPath[str]) -> Response[bytes]:
    """Answer with one layer's description."""
    question = read_question(request, (), FORMATS)
    base = context.settings.base_url
    collection = get_collection(context, collection_id)
    path = path_of(collection)
    links = self_and_alternates(base, path, question.written, chosen=question.form, formats=FORMATS)
    described = describe_collection(base, collection, [*links, *own_links(base, collection)[1:]])
    if question.form is HTML:
        return answer(request, _collection_page(base, collection, described["links"]), HTML)
    return answer(request, encode_json(described), JSON)


@get("/collections/{collection_id:str}/schema", sync_to_thread=True)
def get_schema(request: Asking, context: Opened, collection_id: FromPath[str]) -> Response[bytes]:
    """Answer with the types and titles of a layer's columns, so that no client has to guess them."""
    read_question(request, (), (SCHEMA,))
    collection = get_collection(context, collection_id)
    return answer(request, encode_json(describe_schema(context.settings.base_url, collection)), SCHEMA)


def path_of(collection: Collection) -> str:
    return f"/collections/{collection.id}"


def own_links(base: str, collection: Collection) -> list[Link]:
    """Link a layer to itself, its features and its schema."""
    path = path_of(collection)
    return [
        link("self", href(base, path), JSON.media_type, collection.titel),
        link("items", href(base, f"{path}/items"), FEATURES.media_type, f"{collection.titel} als GeoJSON"),
        link("items", href(base, f"{path}/items", {"f": "html"}), "text/html", f"{collection.titel} als Webseite"),
        link(SCHEMA_REL, href(base, f"{path}/schema"), SCHEMA.media_type, "Spalten"),
        link("describedby", href(base, f"{path}/schema"), SCHEMA.media_type, "Spalten"),
    ]


def describe_collection(base: str, collection: Collection, links: list[Link]) -> dict[str, Any]:
    """Build a layer's description; members beyond the standard keep the names they have everywhere."""
    described: dict[str, Any] = {
        "id": collection.id,
        "title": collection.titel,
        "description": collection.beschreibung,
        "links": links,
        "itemType": "feature",
        "crs": [CRS84],
        "storageCrs": CRS84,
        "quellen": collection.quellen,
    }
    if collection.extent_4326 is not None:
        described["extent"] = {"spatial": {"bbox": [list(collection.extent_4326)], "crs": CRS84}}
    if collection.stichtag is not None:
        described["stichtag"] = collection.stichtag
    if collection.teilmenge_von is not None:
        described["teilmenge_von"] = collection.teilmenge_von
        whole = href(base, f"/collections/{collection.teilmenge_von}")
        links.append(link("collection", whole, JSON.media_type, "Die ganze Kartenebene"))
    return described


def describe_schema(base: str, collection: Collection) -> dict[str, Any]:
    """Build the JSON Schema of a layer's features (OGC API Common Part 3, 23-058)."""
    geometry = {"x-ogc-role": "primary-geometry", "format": _GEOMETRY_FORMAT[collection.geometry]}
    properties = {each.name: _describe_property(each, place) for place, each in enumerate(collection.properties, 1)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": href(base, f"{path_of(collection)}/schema"),
        "type": "object",
        "title": collection.titel,
        "description": collection.beschreibung,
        "properties": {**properties, "geometry": geometry},
    }


def _describe_property(prop: Property, place: int) -> dict[str, Any]:
    described: dict[str, Any] = {"type": prop.type, "title": prop.titel, "readOnly": True, "x-ogc-propertySeq": place}
    if prop.format is not None:
        described["format"] = prop.format
    if prop.einheit is not None:
        described["x-ogc-unit"] = prop.einheit
    if prop.werte:
        described["enum"] = list(prop.werte)
    if prop.name == "id":
        described["x-ogc-role"] = "id"
    return described


def _collections_page(base: str, collections: tuple[Collection, ...]) -> bytes:
    rows = (
        f"{pages.anchor(href(base, path_of(each), {'f': 'html'}), each.titel)}{pages.paragraph(each.beschreibung)}"
        for each in collections
    )
    return pages.page("Kartenebenen", pages.bullets(rows), home=base)


def _collection_page(base: str, collection: Collection, links: list[Link]) -> bytes:
    columns = [(each.titel, each.name, each.type, each.einheit or "") for each in collection.properties]
    facts = {"Stichtag": collection.stichtag, "Quellen": ", ".join(collection.quellen) or None}
    parts = (
        pages.paragraph(collection.beschreibung),
        pages.definitions(facts),
        pages.table("Spalten", ("Titel", "Name", "Art", "Einheit"), columns),
        pages.heading("Hier weiter"),
        pages.link_list(links),
    )
    return pages.page(collection.titel, *parts, home=base)
