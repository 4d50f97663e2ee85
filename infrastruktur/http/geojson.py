"""GeoJSON (RFC 7946) as bytes: coordinates are written from arrays, properties by one call for all.

Building dictionaries of coordinates costs many times the whole answer. A number JSON cannot write
is refused here: a quiet null would pass for "not known".
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
import shapely

from infrastruktur.domain.crs import Crs, to_crs
from infrastruktur.domain.geometry import Floats
from infrastruktur.domain.layer import Features

_encode = msgspec.json.Encoder(decimal_format="number").encode
_NOWHERE = msgspec.Raw(b"null")
_NOT_FINITE = "A number that is not finite cannot be written as JSON."


class _Feature(msgspec.Struct, frozen=True, gc=False):
    """Outside the garbage collector, like its properties: neither can hold a cycle, and looking took 25 ms of 140."""

    type: str
    id: str
    geometry: msgspec.Raw
    properties: msgspec.Struct


def encode_json(value: Any) -> bytes:
    """Write JSON. Raises ValueError at a number that is not finite, however deep it lies."""
    _refuse_non_finite(value)
    return _encode(value)


def encode_features(features: Features, crs: Crs, *, geometry: bool = True) -> bytes:
    """Write features as a JSON array, coordinates in a system and the order of its axes.

    A Standort without a point has null geometry, and with `geometry` false everything has.

    Raises
    ------
    ValueError
        A number is not finite.

    """
    return _encode(_lay_out(features, crs, geometry=geometry))


def encode_each(features: Features, crs: Crs) -> list[bytes]:
    """Write features one by one.

    Raises
    ------
    ValueError
        A number is not finite.

    """
    return [_encode(each) for each in _lay_out(features, crs, geometry=True)]


def encode_page(features: bytes, head: Mapping[str, Any]) -> bytes:
    """Write a feature collection of an encoded array; `head` are its other members."""
    opened = encode_json({"type": "FeatureCollection", **head})[:-1]
    return b'%b,"features":%b}' % (opened, features)


def encode_feature(features: Features, crs: Crs, links: Sequence[Mapping[str, str]]) -> bytes:
    """Write the only feature of `features` with its links."""
    (feature,) = encode_each(features, crs)
    return b'%b,"links":%b}' % (feature[:-1], _encode(links))


def encode_row(properties: Mapping[str, Any], geometry_json: bytes | None) -> bytes:
    """Write a feature without identity: a row of a table with the outline of its area."""
    return b'{"type":"Feature","geometry":%b,"properties":%b}' % (geometry_json or b"null", encode_json(properties))


def encode_place(properties: Mapping[str, Any]) -> bytes:
    """Write a row of a table with the point its columns `laenge` and `breite` name."""
    return encode_row(
        properties, encode_json({"type": "Point", "coordinates": [properties["laenge"], properties["breite"]]})
    )


def encode_collection(features: Iterable[bytes], head: Mapping[str, Any]) -> bytes:
    """Write a feature collection of encoded features; `head` are its other members."""
    return encode_page(b"[%b]" % b",".join(features), head)


def _lay_out(features: Features, crs: Crs, *, geometry: bool) -> list[_Feature]:
    for column in features.columns.values():
        _refuse_column(column)
    written = _geometries(features, crs) if geometry else [_NOWHERE] * len(features)
    build = _properties(tuple(features.columns))
    rows = zip(*features.columns.values(), strict=True) if features.columns else [()] * len(features)
    return [
        _Feature("Feature", id_, where, build(*row)) for id_, where, row in zip(features.id, written, rows, strict=True)
    ]


@lru_cache(maxsize=128)
def _properties(names: tuple[str, ...]) -> type[msgspec.Struct]:
    """Give a value with these names: msgspec writes it three times as fast as a dictionary, and names stay shared."""
    return msgspec.defstruct("Properties", names, gc=False)


def _geometries(features: Features, crs: Crs) -> list[msgspec.Raw]:
    if features.geom_25832.ndim == 1:
        return _write_outlines(features, crs)
    known = np.isfinite(features.geom_25832).all(axis=1).tolist()
    points = _write_points(to_crs(features.geom_25832, crs), crs.decimals)
    return [msgspec.Raw(point) if here else _NOWHERE for point, here in zip(points, known, strict=True)]


def _write_points(xy: Floats, decimals: int) -> list[bytes]:
    """Write points of shape (n, 2), all by one call: point by point takes half as long again."""
    point = f'{{"type":"Point","coordinates":[%.{decimals}f,%.{decimals}f]}}\n'
    return (point * len(xy) % tuple(xy.ravel().tolist())).encode().splitlines()


def _write_outlines(features: Features, crs: Crs) -> list[msgspec.Raw]:
    """Write outlines with rings wound as RFC 7946 wants them."""
    wound = shapely.orient_polygons(features.geom_25832)
    rounded = shapely.transform(wound, lambda xy: np.round(to_crs(xy, crs), crs.decimals))
    return [msgspec.Raw(text.encode()) for text in shapely.to_geojson(rounded).tolist()]


def _refuse_column(column: Sequence[Any]) -> None:
    """Refuse a column with a number that is not finite; a column has one type, so that its first value tells."""
    first = next((value for value in column if value is not None), None)
    if isinstance(first, int | float) and not all(map(math.isfinite, filter(None, column))):
        raise ValueError(_NOT_FINITE)


def _refuse_non_finite(value: Any) -> None:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(_NOT_FINITE)
    elif isinstance(value, dict):
        for each in value.values():
            _refuse_non_finite(each)
    elif isinstance(value, list | tuple):
        for each in value:
            _refuse_non_finite(each)
