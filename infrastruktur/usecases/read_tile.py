"""Read what of a layer a tile shows: points counted where they crowd, outlines as the zoom can show them."""

from functools import reduce

import msgspec

from infrastruktur.domain.crs import Window
from infrastruktur.domain.generalisation import gather_points, join_features, simplify_outlines, take_near
from infrastruktur.domain.layer import Features
from infrastruktur.domain.query import LayerQuery
from infrastruktur.domain.tile import Tile, box_25832
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.read_layer import find_collection, iterate_features, layer_revision


def read_tile(context: Context, query: LayerQuery, tile: Tile) -> Features:
    """Read the features that a query selects on a tile and its buffer, and perhaps some beside it.

    A point has one property more, `anzahl`: how many points of the layer it stands for
    (`domain/generalisation`).

    Raises
    ------
    NotFound
        There is no such layer.

    """
    around_25832 = box_25832(tile)
    if find_collection(query.collection).geometry == "Point":
        here = msgspec.structs.replace(query, window=Window(around_25832=around_25832))
        return gather_points(iterate_features(context, here), tile)
    return take_near(_recall_outlines(context, query, tile.zoom), around_25832)


def _recall_outlines(context: Context, query: LayerQuery, zoom: int) -> Features:
    """Simplify a layer once a zoom, and whole: borders simplified tile by tile would not meet."""
    revision = layer_revision(context, query.collection)
    key = ("tile", query.collection, zoom, query.stichtag, context.public, revision)
    return context.layers.recall(
        key, lambda: simplify_outlines(reduce(join_features, iterate_features(context, query)), zoom)
    )
