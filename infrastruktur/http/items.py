"""The features of a layer, a page at a time (OGC API Features Part 1, 7.15 and 7.16)."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get
from litestar.params import FromPath

from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.domain.geometry import Bbox, parse_bbox
from infrastruktur.domain.layer import Collection, Feature, LayerQuery, Page, Property
from infrastruktur.http import pages
from infrastruktur.http.answers import Asking, Kept, Opened, answer
from infrastruktur.http.collections import path_of
from infrastruktur.http.geojson import encode_collection, encode_feature
from infrastruktur.http.links import Link, href, link, self_and_alternates
from infrastruktur.http.negotiation import FEATURES, HTML
from infrastruktur.http.parameters import (
    INTEGER,
    NUMBER,
    Parameter,
    Question,
    choice,
    integer,
    read_question,
    words,
)
from infrastruktur.http.stichtag import parse_day, parse_stichtag
from infrastruktur.settings import Limits
from infrastruktur.usecases.read_layer import get_collection, get_feature, read_page

FORMATS = (FEATURES, HTML)
_DEFAULT_PAGE = 1000
_MAX_OFFSET = 100_000_000
_STANDARD = ("limit", "bbox", "datetime", "offset")


@get("/collections/{collection_id:str}/items", sync_to_thread=True)
def get_items(request: Asking, context: Opened, shelf: Kept, collection_id: FromPath[str]) -> Response[bytes]:
    """Answer with one page of features."""
    collection = get_collection(context, collection_id)
    parameters = (*item_parameters(context.settings.limits), *property_filters(collection))
    question = read_question(request, parameters, FORMATS)
    query = _build_query(collection, question.values)
    found = read_page(context, query)
    links = _page_links(context.settings.base_url, query, question, found)
    if question.form is HTML:
        return answer(request, _items_page(context.settings.base_url, collection, found, links), HTML)
    key = f"{collection.id}?{urlencode(sorted(question.written.items()))}"
    return answer(request, shelf.recall(key, found.revision, lambda: _encode_page(found, links)), FEATURES)


@get("/collections/{collection_id:str}/items/{feature_id:str}", sync_to_thread=True)
def get_item(
    request: Asking, context: Opened, collection_id: FromPath[str], feature_id: FromPath[str]
) -> Response[bytes]:
    """Answer with one feature."""
    collection = get_collection(context, collection_id)
    question = read_question(request, (DATETIME,), FORMATS)
    feature = get_feature(context, collection_id, feature_id, question.values["datetime"])
    base = context.settings.base_url
    path = f"{path_of(collection)}/items/{feature.id}"
    links = self_and_alternates(base, path, question.written, chosen=question.form, formats=FORMATS)
    links.append(link("collection", href(base, path_of(collection)), "application/json", collection.titel))
    if question.form is HTML:
        return answer(request, _item_page(base, collection, feature, links), HTML)
    return answer(request, encode_feature(feature, links), FEATURES)


def _parse_box(text: str) -> Bbox:
    """Read a bbox. Python's float also takes other scripts' digits and underscores, which are no numbers here."""
    if not all(NUMBER.fullmatch(part) for part in text.split(",")):
        raise InvalidParameter("bbox", "Erwartet werden vier endliche Zahlen: West,Süd,Ost,Nord.")
    return parse_bbox(text)


BBOX = Parameter(
    "bbox",
    "Nur was dieses Rechteck berührt: West,Süd,Ost,Nord in Grad (CRS84); mit sechs Zahlen zählen die Höhen nicht.",
    {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6},
    _parse_box,
)
DATETIME = Parameter(
    "datetime",
    "Stand an diesem Tag: ein Tag, ein Zeitpunkt oder ein Zeitraum (Beginn/Ende, offen mit `..`); "
    "beim Zeitraum gilt sein Ende. Ohne Angabe der letzte bekannte Stand.",
    {"type": "string"},
    parse_stichtag,
)
OFFSET = integer("offset", "So viele Objekte überspringen; für Links zur nächsten Seite.", (0, _MAX_OFFSET), default=0)


def limit_parameter(limits: Limits) -> Parameter:
    """Describe the page size. Above the maximum the maximum counts (Part 1 1.0.1, fc-limit-response-1 C)."""
    default = min(_DEFAULT_PAGE, limits.page_features)
    described = "Höchstens so viele Objekte auf einer Seite; mehr als das Höchste zählt als das Höchste."
    return integer("limit", described, (1, limits.page_features), default=default, clamp=True)


def item_parameters(limits: Limits) -> tuple[Parameter, ...]:
    """List what every collection's items take."""
    return (limit_parameter(limits), BBOX, DATETIME, OFFSET)


def property_filters(collection: Collection) -> tuple[Parameter, ...]:
    """Give each property of a collection as a filter; the standard's own names come first."""
    taken = {*_STANDARD, "f"}
    return tuple(_property_filter(each) for each in collection.properties if each.name not in taken)


def _property_filter(prop: Property) -> Parameter:
    """Build a filter; its value stays text, checked, since the store knows the column's type."""
    described = f"Genau dieser Wert: {prop.titel}."
    if prop.werte:
        return choice(prop.name, described, prop.werte)
    if prop.type == "boolean":
        return Parameter(prop.name, described, {"type": "boolean"}, choice(prop.name, "", ("true", "false")).parse)
    if prop.type in {"integer", "number"}:
        return _number_filter(prop, described)
    if prop.format == "date":
        schema = {"type": "string", "format": "date"}
        return Parameter(prop.name, described, schema, lambda text: parse_day(prop.name, text).isoformat())
    return words(prop.name, described)


def _number_filter(prop: Property, described: str) -> Parameter:
    pattern = INTEGER if prop.type == "integer" else NUMBER

    def parse(text: str) -> str:
        if pattern.fullmatch(text) is None:
            raise InvalidParameter(prop.name, f"„{text}“ ist keine Zahl.")
        return text

    return Parameter(prop.name, described, {"type": prop.type}, parse)


def _build_query(collection: Collection, values: dict[str, Any]) -> LayerQuery:
    filters = {name: text for name, text in values.items() if name not in {*_STANDARD, "f"} and text is not None}
    return LayerQuery(
        collection=collection.id,
        limit=values["limit"],
        bbox_4326=values["bbox"],
        stichtag=values["datetime"],
        offset=values["offset"],
        filters=filters,
    )


def _page_links(base: str, query: LayerQuery, question: Question, found: Page) -> list[Link]:
    path = f"/collections/{query.collection}/items"
    links = self_and_alternates(base, path, question.written, chosen=question.form, formats=FORMATS)
    links.append(link("collection", href(base, f"/collections/{query.collection}"), "application/json", "Kartenebene"))
    after = query.offset + len(found.features)
    if found.features and after < found.matched:
        # A plain number in `offset`: ArcGIS pages by putting its own number there.
        following = {**question.written, "limit": str(query.limit), "offset": str(after)}
        links.append(link("next", href(base, path, following), question.form.media_type, "Nächste Seite"))
    return links


def _encode_page(found: Page, links: list[Link]) -> bytes:
    head = {
        "numberMatched": found.matched,
        "numberReturned": len(found.features),
        "timeStamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "links": links,
    }
    return encode_collection(map(encode_feature, found.features), head)


def _items_page(base: str, collection: Collection, found: Page, links: list[Link]) -> bytes:
    columns = collection.properties
    rows = ([feature.properties.get(each.name) for each in columns] for feature in found.features)
    shown = f"{len(found.features)} von {found.matched} Objekten"
    table = pages.table(shown, [each.titel for each in columns], rows)
    return pages.page(collection.titel, table, pages.heading("Hier weiter"), pages.link_list(links), home=base)


def _item_page(base: str, collection: Collection, feature: Feature, links: list[Link]) -> bytes:
    titles = {each.name: each.titel for each in collection.properties}
    values = {titles.get(name, name): value for name, value in feature.properties.items()}
    parts = (pages.definitions(values), pages.heading("Hier weiter"), pages.link_list(links))
    return pages.page(f"{collection.titel}: {feature.properties.get('name') or feature.id}", *parts, home=base)
