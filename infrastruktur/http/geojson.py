"""GeoJSON (RFC 7946) as bytes: geometry is passed through, only properties are encoded.

Building dictionaries of coordinates costs many times the whole answer. A number JSON cannot write
is refused here: a quiet null would pass for "not known".
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from infrastruktur.domain.layer import Feature

_encode = msgspec.json.Encoder(decimal_format="number").encode


def encode_json(value: Any) -> bytes:
    """Write JSON. Raises ValueError at a number that is not finite, however deep it lies."""
    _refuse_non_finite(value)
    return _encode(value)


def encode_feature(feature: Feature, links: list[dict[str, str]] | None = None) -> bytes:
    """Write one feature; a Standort without a point has null geometry."""
    tail = b"" if links is None else b',"links":' + _encode(links)
    return b'{"type":"Feature","id":%b,"geometry":%b,"properties":%b%b}' % (
        _encode(feature.id),
        feature.geometry_json or b"null",
        encode_json(feature.properties),
        tail,
    )


def encode_row(properties: Mapping[str, Any], geometry_json: bytes | None) -> bytes:
    """Write a feature without identity: a row of a table with the outline of its area."""
    return b'{"type":"Feature","geometry":%b,"properties":%b}' % (geometry_json or b"null", encode_json(properties))


def encode_collection(features: Iterable[bytes], head: Mapping[str, Any]) -> bytes:
    """Write a feature collection of encoded features; `head` are its other members."""
    opened = encode_json({"type": "FeatureCollection", **head})[:-1]
    return b'%b,"features":[%b]}' % (opened, b",".join(features))


def _refuse_non_finite(value: Any) -> None:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("A number that is not finite cannot be written as JSON.")
    elif isinstance(value, dict):
        for each in value.values():
            _refuse_non_finite(each)
    elif isinstance(value, list | tuple):
        for each in value:
            _refuse_non_finite(each)
