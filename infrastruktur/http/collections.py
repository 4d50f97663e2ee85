"""The layers and how each describes itself (OGC API Features Part 1, 7.13 and 7.14; Part 2, 6.2)."""

from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from infrastruktur.domain.crs import ALL, CRS84, STORED
from infrastruktur.domain.layer import Collection
from infrastruktur.http import pages
from infrastruktur.http.answers import Asking, Opened, answer, answer_document
from infrastruktur.http.links import Link, href, link, self_and_alternates
from infrastruktur.http.maps import draw_extent
from infrastruktur.http.negotiation import DOWNLOADS, FEATURES, HTML, JSON, SCHEMA
from infrastruktur.http.parameters import read_question
from infrastruktur.http.styles import link_styles
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.read_layer import get_collection, list_collections

OGC_REL = "http://www.opengis.net/def/rel/ogc/1.0"
_GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
FORMATS = (JSON, HTML)


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
    crs = [each.uri for each in ALL]
    return answer_document(request, {"links": links, "crs": crs, "collections": described}, JSON)


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
        return answer(request, _collection_page(context, collection, described["links"]), HTML)
    return answer_document(request, described, JSON)


def path_of(collection: Collection) -> str:
    return f"/collections/{collection.id}"


def own_links(base: str, collection: Collection) -> list[Link]:
    """Link a layer to itself, its features, its schema, its tiles and its files."""
    path = path_of(collection)
    return [
        link("self", href(base, path), JSON.media_type, collection.titel),
        link("items", href(base, f"{path}/items"), FEATURES.media_type, f"{collection.titel} als GeoJSON"),
        link("items", href(base, f"{path}/items", {"f": "html"}), "text/html", f"{collection.titel} als Webseite"),
        link(f"{OGC_REL}/schema", href(base, f"{path}/schema"), SCHEMA.media_type, "Spalten"),
        link("describedby", href(base, f"{path}/schema"), SCHEMA.media_type, "Spalten"),
        link(f"{OGC_REL}/queryables", href(base, f"{path}/queryables"), SCHEMA.media_type, "Wonach sich filtern lässt"),
        link(f"{OGC_REL}/sortables", href(base, f"{path}/sortables"), SCHEMA.media_type, "Wonach sich ordnen lässt"),
        link(f"{OGC_REL}/tilesets-vector", href(base, f"{path}/tiles"), JSON.media_type, "Vektorkacheln"),
        *link_styles(base, collection),
        *_enclosures(base, collection),
    ]


def _enclosures(base: str, collection: Collection) -> list[Link]:
    """Link a layer to the files it can be had as (`enclosure`, RFC 4287, 4.2.7.2)."""
    path = f"{path_of(collection)}/download"
    return [
        link("enclosure", href(base, path, {"f": each.name}), each.media_type, f"{collection.titel}: {each.titel}")
        for each in DOWNLOADS
    ]


def describe_collection(base: str, collection: Collection, links: list[Link]) -> dict[str, Any]:
    """Build a layer's description; members beyond the standard keep the names they have everywhere."""
    described: dict[str, Any] = {
        "id": collection.id,
        "title": collection.titel,
        "description": collection.beschreibung,
        "links": links,
        "itemType": "feature",
        "crs": [each.uri for each in ALL],
        "storageCrs": STORED.uri,
        "quellen": collection.quellen,
        "extent": _describe_extent(collection),
    }
    if collection.stichtag is not None:
        described["stichtag"] = collection.stichtag
    if collection.teilmenge_von is not None:
        described["teilmenge_von"] = collection.teilmenge_von
        whole = href(base, f"/collections/{collection.teilmenge_von}")
        links.append(link("collection", whole, JSON.media_type, "Die ganze Kartenebene"))
    return described


def _describe_extent(collection: Collection) -> dict[str, Any]:
    """Say where and when a layer has something; every day can be asked for, so time is open at both ends."""
    extent: dict[str, Any] = {"temporal": {"interval": [[None, None]], "trs": _GREGORIAN}}
    if collection.extent_4326 is not None:
        extent["spatial"] = {"bbox": [list(collection.extent_4326)], "crs": CRS84.uri}
    return extent


def _collections_page(base: str, collections: tuple[Collection, ...]) -> bytes:
    rows = (
        f"{pages.anchor(href(base, path_of(each), {'f': 'html'}), each.titel)}{pages.paragraph(each.beschreibung)}"
        for each in collections
    )
    return pages.page("Kartenebenen", pages.bullets(rows), home=base)


def _collection_page(context: Context, collection: Collection, links: list[Link]) -> bytes:
    base = context.settings.base_url
    columns = [(each.titel, each.name, each.type, each.einheit or "") for each in collection.properties]
    facts = {"Stichtag": collection.stichtag, "Quellen": ", ".join(collection.quellen) or None}
    parts = (
        pages.paragraph(collection.beschreibung),
        pages.definitions(facts),
        draw_extent(context, collection),
        pages.paragraph(
            f"In QGIS: Layer hinzufügen, WFS / OGC API – Features, neue Verbindung mit der Adresse {base}/, dort die "
            f"Kartenebene „{collection.titel}“ wählen."
        ),
        pages.table("Spalten", ("Titel", "Name", "Art", "Einheit"), columns),
        pages.heading("Hier weiter"),
        pages.link_list(links),
    )
    return pages.page(collection.titel, *parts, home=base)
