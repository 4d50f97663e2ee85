"""The features of a layer, a page at a time (OGC API Features Part 1, 7.15 and 7.16)."""

from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get
from litestar.params import FromPath

from infrastruktur.domain.crs import Crs
from infrastruktur.domain.layer import Collection, Features, Property
from infrastruktur.domain.oeffnungszeiten import OEFFNUNGSZEITEN, say_oeffnungszeiten
from infrastruktur.domain.query import Excerpt, LayerQuery, Page
from infrastruktur.http import pages
from infrastruktur.http.answers import Asking, Opened, Written, answer, shelf_for
from infrastruktur.http.collections import OGC_REL, path_of
from infrastruktur.http.geojson import encode_feature, encode_features, encode_page
from infrastruktur.http.links import Link, href, link, self_and_alternates
from infrastruktur.http.maps import draw_features
from infrastruktur.http.negotiation import FEATURES, HTML, SCHEMA
from infrastruktur.http.paging import OFFSET, TOKEN, choose_excerpt, limit_parameter, write_token
from infrastruktur.http.parameters import KNOWN_AT, Parameter, Question, choice, read_question
from infrastruktur.http.selection import (
    CRS,
    DATETIME,
    SELECTION,
    SKIP_GEOMETRY,
    build_query,
    layer_parameters,
    property_filters,
    read_vergleich,
)
from infrastruktur.settings import Limits
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.look_back import look_back
from infrastruktur.usecases.read_layer import (
    begin_layer_revision,
    count_features,
    find_collection,
    get_versioned_feature,
    layer_revision,
    read_page,
)

FORMATS = (FEATURES, HTML)
RESULT_TYPE = choice("resultType", "`hits` zählt nur, ohne Objekte.", ("results", "hits"))
ITEM_PARAMETERS = (CRS, DATETIME, KNOWN_AT)


@get("/collections/{collection_id:str}/items", sync_to_thread=True)
def get_items(request: Asking, context: Opened, collection_id: FromPath[str]) -> Response[bytes]:
    """Answer with one page of features."""
    collection = find_collection(collection_id)
    taken = item_parameters(context.settings.limits)
    asked = (*taken, *layer_parameters(collection), *property_filters(collection, taken))
    question = read_question(request, asked, FORMATS)
    context = look_back(context, question.values[KNOWN_AT.name])
    filterable = _queryables_link(context.settings.base_url, collection)
    if question.form is HTML:
        query = build_query(collection, question, taken)
        excerpt = choose_excerpt(collection, query, question.values)
        page = _items_page(context, collection, question, query, excerpt)
        return answer(request, page, HTML, headers=filterable)

    def encode(revision: str | None) -> tuple[bytes, str]:
        query = build_query(collection, question, taken)
        excerpt = choose_excerpt(collection, query, question.values)
        if question.values["resultType"] == "hits":
            revision = revision or layer_revision(context, collection_id)
            links = _page_links(context.settings.base_url, collection, question, excerpt, None)
            return encode_page(b"[]", _head(links, count_features(context, query), 0)), revision
        found = read_page(context, query, excerpt, revision)
        return _encode_items(context.settings.base_url, collection, question, excerpt, found), found.revision

    shelf = shelf_for(request, context)
    key = f"{collection.id}?{urlencode(sorted(question.written.items()))}"
    if shelf.holds(key, begin_layer_revision(context)):
        revision = layer_revision(context, collection_id)
        written = shelf.recall(key, revision, lambda: encode(revision)[0])
    else:  # Nothing is there to be compared, so the revision comes with the page and not before it.
        body, revision = encode(None)
        written = shelf.keep(key, revision, body)
    return answer(request, written, FEATURES, headers=content_crs(question.values["crs"]) | filterable)


@get("/collections/{collection_id:str}/items/{feature_id:str}", sync_to_thread=True)
def get_item(
    request: Asking, context: Opened, collection_id: FromPath[str], feature_id: FromPath[str]
) -> Response[bytes]:
    """Answer with one feature."""
    collection = find_collection(collection_id)
    question = read_question(request, (*ITEM_PARAMETERS, *layer_parameters(collection)), FORMATS)
    context = look_back(context, question.values[KNOWN_AT.name])
    stichtag, vergleich = read_vergleich(question)
    query = LayerQuery(collection=collection_id, stichtag=stichtag, vergleich=vergleich)
    feature, version = get_versioned_feature(context, query, feature_id)
    base = context.settings.base_url
    links = item_links(base, collection, feature.id[0], question)
    if question.form is HTML:
        return answer(request, _item_page(context, collection, feature, links, query.stichtag), HTML)
    crs: Crs = question.values["crs"]
    written = Written(encode_feature(feature, crs, links), version)
    return answer(request, written, FEATURES, headers=content_crs(crs))


def item_links(base: str, collection: Collection, feature_id: str, question: Question) -> list[Link]:
    """Link a feature to itself, its other forms and its layer."""
    path = f"{path_of(collection)}/items/{feature_id}"
    links = self_and_alternates(base, path, question.written, chosen=question.form, formats=FORMATS)
    return [*links, link("collection", href(base, path_of(collection)), "application/json", collection.titel)]


@cache
def item_parameters(limits: Limits) -> tuple[Parameter, ...]:
    """List what every collection's items take, beside its own properties."""
    return (limit_parameter(limits), *SELECTION, SKIP_GEOMETRY, RESULT_TYPE, OFFSET, TOKEN)


def content_crs(crs: Crs) -> dict[str, str]:
    """Name the system of an answer (Part 2, requirement 16)."""
    return {"Content-Crs": f"<{crs.uri}>"}


def _queryables_link(base: str, collection: Collection) -> dict[str, str]:
    """Lead to what a filter may name, in the header (Part 3, /req/queryables/queryables-link)."""
    url = href(base, f"{path_of(collection)}/queryables")
    return {"Link": f'<{url}>; rel="{OGC_REL}/queryables"; type="{SCHEMA.media_type}"'}


def _encode_items(base: str, collection: Collection, question: Question, excerpt: Excerpt, found: Page) -> bytes:
    links = _page_links(base, collection, question, excerpt, found)
    written = encode_features(found.features, question.values["crs"], geometry=not question.values["skipGeometry"])
    return encode_page(written, _head(links, found.matched, len(found.features)))


def _head(links: list[Link], matched: int | None, returned: int) -> dict[str, Any]:
    return {
        **({} if matched is None else {"numberMatched": matched}),
        "numberReturned": returned,
        "timeStamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "links": links,
    }


def _page_links(
    base: str, collection: Collection, question: Question, excerpt: Excerpt, found: Page | None
) -> list[Link]:
    path = f"{path_of(collection)}/items"
    links = self_and_alternates(base, path, question.written, chosen=question.form, formats=FORMATS)
    links.append(link("collection", href(base, path_of(collection)), "application/json", "Kartenebene"))
    if excerpt.offset:
        before = {name: text for name, text in question.written.items() if name != "token"}
        before |= {"limit": str(excerpt.limit), "offset": str(max(0, excerpt.offset - excerpt.limit))}
        links.append(link("prev", href(base, path, before), question.form.media_type, "Vorige Seite"))
    if found is not None and found.following is not None:
        offset = excerpt.offset + len(found.features)
        following = {
            **question.written,
            "limit": str(excerpt.limit),
            "offset": str(offset),
            "token": write_token(offset, found.following),
        }
        links.append(link("next", href(base, path, following), question.form.media_type, "Nächste Seite"))
    return links


def _items_page(
    context: Context, collection: Collection, question: Question, query: LayerQuery, excerpt: Excerpt
) -> bytes:
    found = read_page(context, query, excerpt)
    base = context.settings.base_url
    links = _page_links(base, collection, question, excerpt, found)
    parts = (
        draw_features(context, collection, found.features, query.stichtag),
        pages.page_turner(links),
        _table(base, collection, found),
        pages.page_turner(links),
        pages.heading("Hier weiter"),
        pages.link_list(links),
    )
    return pages.page(collection.titel, *parts, home=base)


def _table(base: str, collection: Collection, found: Page) -> str:
    """Lay features out as a table, each row named by a link to its own page."""
    features = found.features
    columns = [each for each in collection.properties if each.name in features.columns and each.name != "name"]
    rows = zip(*([_say(each, value) for value in features.columns[each.name]] for each in columns), strict=True)
    names = features.columns.get("name", features.columns.get("gebiet_name", features.id))
    heads = [
        pages.anchor(href(base, f"{path_of(collection)}/items/{id_}", {"f": "html"}), name or id_)
        for id_, name in zip(features.id, names, strict=True)
    ]
    of_all = "" if found.matched is None else f" von {found.matched}"
    titles = ["Objekt", *(each.titel for each in columns)]
    return pages.table(f"{len(features)}{of_all} Objekten", titles, rows if columns else [()] * len(heads), heads=heads)


def _say(prop: Property, value: Any) -> Any:
    """Call a code by its title, say opening hours in German, and leave everything else as it is."""
    if prop.name == OEFFNUNGSZEITEN and value is not None:
        return say_oeffnungszeiten(value)
    return prop.werte.get(value, value)


def _item_page(
    context: Context, collection: Collection, feature: Features, links: list[Link], stichtag: date | None
) -> bytes:
    (properties,) = feature.rows()
    known = {each.name: each for each in collection.properties}
    parts = (
        pages.definitions({known[name].titel: _say(known[name], value) for name, value in properties.items()}),
        draw_features(context, collection, feature, stichtag),
        pages.heading("Hier weiter"),
        pages.link_list(links),
    )
    base = context.settings.base_url
    return pages.page(f"{collection.titel}: {properties.get('name') or feature.id[0]}", *parts, home=base)
