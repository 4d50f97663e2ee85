"""Read a layer: which features, in which order, as the audience of this installation may see them."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

from infrastruktur.domain.art import list_arten, taxonomie
from infrastruktur.domain.errors import NotFound, UnknownParameter
from infrastruktur.domain.geometry import Bbox, bbox_to_4326
from infrastruktur.domain.layer import Collection, Features
from infrastruktur.domain.query import Excerpt, Key, LayerQuery, Page, Sort
from infrastruktur.domain.raum import Ebene
from infrastruktur.domain.selection import select
from infrastruktur.storage import layers, raeume
from infrastruktur.storage.history import parse_revision
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.describe_layers import KLAERUNGSBEDARF, MASSNAHMEN, VERAENDERUNGEN, describe_collections
from infrastruktur.usecases.follow_ersatz import refuse_replaced
from infrastruktur.usecases.list_areas import list_areas
from infrastruktur.usecases.list_klaerungsbedarf import list_klaerungsbedarf
from infrastruktur.usecases.list_massnahmen import list_massnahmen, read_version
from infrastruktur.usecases.list_veraenderungen import list_veraenderungen

_POINTS = {"angebote", "standorte", *(kategorie.collection for kategorie in taxonomie().values())}
_BATCH = 5_000
"""Features held at once while a whole layer goes by: about 10 MB."""


def list_collections(context: Context) -> tuple[Collection, ...]:
    """List all layers with the extent and titles this installation gives them."""
    revision = context.revision()
    return context.figures.recall(("collections", revision), lambda: _list_collections(context))


def _list_collections(context: Context) -> tuple[Collection, ...]:
    with context.store.read() as connection:
        region = raeume.get_region(connection)
        kommunen = raeume.list_raeume(connection, [Ebene.KOMMUNE], None)
        of_points = layers.extent_25832(connection, "standort")
    of_areas = _bounds(shapely.total_bounds([raum.geom_25832 for raum in kommunen]).tolist()) if kommunen else None
    note = "" if region is None else f" {region.titel}. {region.hinweis}"
    return tuple(
        msgspec.structs.replace(
            collection,
            titel=collection.titel if region is None else f"{collection.titel} ({region.titel})",
            beschreibung=collection.beschreibung + note,
            extent_4326=_bounds(of_points) if collection.geometry == "Point" else of_areas,
        )
        for collection in describe_collections()
    )


def _bounds(bounds_25832: Sequence[float] | None) -> Bbox | None:
    if bounds_25832 is None or not np.isfinite(bounds_25832).all():
        return None
    return bbox_to_4326(Bbox(bounds_25832))


def get_collection(context: Context, collection_id: str) -> Collection:
    """Get a layer with the extent and title this installation gives it."""
    return _among(list_collections(context), collection_id)


def find_collection(collection_id: str) -> Collection:
    """Get a layer as every installation has it, without asking the catalogue."""
    return _among(describe_collections(), collection_id)


def _among(collections: Sequence[Collection], collection_id: str) -> Collection:
    for collection in collections:
        if collection.id == collection_id:
            return collection
    raise NotFound(f"Die Kartenebene „{collection_id}“ gibt es nicht. Alle Ebenen stehen unter /collections.")


def key_type(collection_id: str) -> type[int | str]:
    """Say what tells the features of a layer apart in a key: the number of a row, or the id of what is held."""
    return int if collection_id in _POINTS else str


def layer_revision(context: Context, collection_id: str) -> str:
    """Name the state of a layer; it changes whenever its content may have changed.

    Layers of figures depend on the files of settings too: targets, rates, rules, what is assumed of homes.
    """
    named = _name_layers(context, context.whole_revision())
    return named if collection_id in _POINTS else f"{named}/{context.settings_revision()}"


def begin_layer_revision(context: Context) -> str:
    """Begin the name of the state of all layers as it was seen last: what begins otherwise is out of date."""
    return f"{context.last_revision()}/"


def _name_layers(context: Context, catalogue: str) -> str:
    return f"{catalogue}/{context.find_network_generation() or '-'}/{context.today().isoformat()}"


def read_page(context: Context, query: LayerQuery, excerpt: Excerpt, revision: str | None = None) -> Page:
    """Read one excerpt of what a query selects, and count the whole.

    Who does not know the layers' revision gets it with the page, where possible by the same statement.

    Raises
    ------
    NotFound, UnknownParameter, InvalidParameter
        No such layer or property, or a value that its property cannot have.

    """
    points = query.collection in _POINTS
    if revision is None and (context.fixed or not points):
        revision = layer_revision(context, query.collection)
    if points:
        return _read_points(context, query, excerpt, revision)
    areas = _select_areas(context, query)
    begin = excerpt.offset if excerpt.after is None else _find_behind(areas, query.sortby, excerpt.after)
    end = begin + excerpt.limit
    part = areas.take(np.arange(len(areas))[begin:end])
    following = _key_of(areas, query.sortby, end - 1) if end < len(areas) and len(part) else None
    shown = _with_properties(part, query.properties)
    revision = revision or layer_revision(context, query.collection)
    return Page(features=shown, following=following, matched=len(areas), revision=revision)


def count_features(context: Context, query: LayerQuery) -> int | None:
    """Count what a query selects, None when it is more than is worth counting."""
    if query.collection not in _POINTS:
        return len(_select_areas(context, query))
    return _count_points(context, query, layer_revision(context, query.collection))


def get_feature(context: Context, query: LayerQuery, feature_id: str) -> Features:
    """Get one feature of a layer by its id.

    Raises
    ------
    NotFound
        There is none, or not for this reader on this day.
    Gone
        It was there twice, and goes on under another id.

    """
    return get_versioned_feature(context, query, feature_id)[0]


def get_versioned_feature(context: Context, query: LayerQuery, feature_id: str) -> tuple[Features, str]:
    """Get one feature as `get_feature` does, and its version; "" where it is none that can be changed."""
    version = ""
    if query.collection in _POINTS:
        layer = _point_layer(context, query, ids=(feature_id,))
        found, version = context.store.glance(lambda connection: layers.select_one(connection, layer, query.properties))
    else:
        areas = _recall_areas(context, query)
        at = [number for number, id_ in enumerate(areas.id) if id_ == feature_id]
        found = _with_properties(areas.take(np.array(at, dtype=np.intp)), query.properties)
        version = read_version(context, feature_id) if query.collection == MASSNAHMEN else ""
    if not len(found):
        with context.store.read() as connection:
            refuse_replaced(context, connection, feature_id)
        raise no_such_feature(query.collection, feature_id)
    return found, "" if context.kenntnis is not None else version  # nobody changes what was


def no_such_feature(collection_id: str, feature_id: str) -> NotFound:
    """Say it in the same words whether there is none or not for this reader: the words must not tell which."""
    return NotFound(f"In der Kartenebene „{collection_id}“ gibt es kein Objekt „{feature_id}“.")


def iterate_features(context: Context, query: LayerQuery) -> Iterator[Features]:
    """Give all a query selects in batches, as they are at one moment, however long the reader takes."""
    if query.collection not in _POINTS:
        yield _with_properties(_select_areas(context, query), query.properties)
        return
    read = partial(layers.select_page, layer=_point_layer(context, query), names=query.properties, sortby=query.sortby)
    features, following = context.store.glance(lambda connection: read(connection, excerpt=Excerpt(_BATCH)))
    if following is None:
        yield features
        return
    with context.store.read() as connection:
        excerpt: Excerpt | None = Excerpt(_BATCH)
        while excerpt is not None:
            features, following = read(connection, excerpt=excerpt)
            yield features
            excerpt = None if following is None else Excerpt(_BATCH, after=following)


# Points: the catalogue itself


def _read_points(context: Context, query: LayerQuery, excerpt: Excerpt, revision: str | None) -> Page:
    """Read a page in one statement; it counts the whole too, unless that is known or the page likely holds it."""
    layer = _point_layer(context, query)
    narrow = query.window is not None or query.filter is not None
    counted = narrow or (revision is not None and context.counts.find(_count_key(query, revision)) is not None)
    beside: tuple[layers.Beside, ...] = () if counted else ("count",)
    features, following, told = context.store.glance(
        lambda connection: layers.select_carrying(
            connection,
            layer,
            excerpt,
            beside if revision is not None else (*beside, "revision"),
            names=query.properties,
            sortby=query.sortby,
        )
    )
    if revision is None:
        if not told:  # asked afterwards, it might be of a state that came after the page
            return _read_points(context, query, excerpt, layer_revision(context, query.collection))
        revision = _name_layers(context, context.see(parse_revision(told["revision"])))
    if following is None and excerpt == Excerpt(excerpt.limit):
        return Page(features=features, following=None, matched=len(features), revision=revision)
    if "count" in told:
        context.counts.keep(_count_key(query, revision), told["count"])
    matched = _count_points(context, query, revision)
    return Page(features=features, following=following, matched=matched, revision=revision)


def _count_points(context: Context, query: LayerQuery, revision: str) -> int | None:
    """Count once a revision: each page of a layer states the same number, None when it is more than is worth it."""
    most = context.settings.limits.count_features
    layer = _point_layer(context, query)
    found = context.counts.recall(
        _count_key(query, revision),
        lambda: context.store.glance(lambda connection: layers.count_features(connection, layer)),
    )
    return None if found > most else found


def _count_key(query: LayerQuery, revision: str) -> Hashable:
    return query.collection, query.stichtag, query.window, query.filter, revision


def _point_layer(context: Context, query: LayerQuery, ids: tuple[str, ...] | None = None) -> layers.PointLayer:
    own = next((each.code for each in taxonomie().values() if each.collection == query.collection), None)
    selection = layers.PointSelection(
        stichtag=query.stichtag or context.today(),
        public=context.public,
        arten=None if own is None else tuple(art.code for art in list_arten(own)),
        window=query.window,
        filter=query.filter,
        ids=ids,
        at_most=context.settings.limits.count_features,
    )
    return layers.standort_layer(selection) if query.collection == "standorte" else layers.angebot_layer(selection)


# Areas, and what needs care: few enough to be held


def _recall_areas(context: Context, query: LayerQuery) -> Features:
    find_collection(query.collection)
    if query.collection == KLAERUNGSBEDARF:  # keeps its own, of each moment
        return list_klaerungsbedarf(context, query.stichtag or context.today())
    revision = layer_revision(context, query.collection)
    key = (query.collection, query.stichtag, query.vergleich, context.public, revision)
    return context.layers.recall(key, lambda: _list_held(context, query))


def _list_held(context: Context, query: LayerQuery) -> Features:
    if query.collection == VERAENDERUNGEN:
        return list_veraenderungen(context, query.stichtag, query.vergleich)
    if query.collection == MASSNAHMEN:
        return list_massnahmen(context, query.stichtag or context.today())
    return list_areas(context, query.collection, query.stichtag)


def _select_areas(context: Context, query: LayerQuery) -> Features:
    """Narrow and order the areas of a layer."""
    areas = _recall_areas(context, query)
    chosen = np.ones(len(areas), dtype=np.bool_)
    if query.filter is not None:
        chosen &= select(query.filter, areas)
    if query.window is not None:
        chosen &= shapely.intersects(query.window.polygon_25832(), areas.geometries())
    return areas.take(_ordered(areas, np.flatnonzero(chosen).tolist(), query.sortby))


def _column(areas: Features, name: str) -> Sequence[Any]:
    if name not in areas.columns:
        raise UnknownParameter(name, list(areas.columns))
    return areas.columns[name]


def _ordered(areas: Features, rows: list[int], sortby: Sequence[Sort]) -> NDArray[np.intp]:
    """Order rows, the last named property first, for sorting keeps the order of equals; unknown values stand last."""
    for sort in reversed(sortby):
        values = _column(areas, sort.name)
        known = [row for row in rows if values[row] is not None]
        known.sort(key=values.__getitem__, reverse=sort.descending)
        rows = [*known, *(row for row in rows if values[row] is None)]
    return np.array(rows, dtype=np.intp)


def _key_of(areas: Features, sortby: Sequence[Sort], row: int) -> Key:
    return (*(areas.columns[sort.name][row] for sort in sortby), areas.id[row])


def _find_behind(areas: Features, sortby: Sequence[Sort], key: Key) -> int:
    """Find the first row behind a key, whether or not the key's own row is still there."""
    rows = range(len(areas))
    return next((row for row in rows if _is_behind(_key_of(areas, sortby, row), key, sortby)), len(areas))


def _is_behind(one: Key, other: Key, sortby: Sequence[Sort]) -> bool:
    for value, bound, sort in zip(one, other, (*sortby, Sort("id")), strict=True):
        if value != bound:
            if value is None or bound is None:
                return value is None
            return bool(value < bound) if sort.descending else bool(value > bound)
    return False


def _with_properties(features: Features, names: Sequence[str] | None) -> Features:
    if names is None:
        return features
    columns: Mapping[str, Sequence[Any]] = {name: _column(features, name) for name in names}
    return Features(features.id, columns, features.geom_25832)
