"""A layer as GeoJSON, batch by batch: one document (RFC 7946), or one text a feature (RFC 8142)."""

import json
from collections.abc import Callable, Iterable, Iterator

from infrastruktur.domain.crs import CRS84, Crs
from infrastruktur.domain.layer import Collection, Features
from infrastruktur.reports.layers.columns import describe_herkunft
from infrastruktur.reports.tables import join_labels

Encode = Callable[[Features], Iterable[bytes]]
"""Gives each feature of a batch as GeoJSON."""

_RECORD, _LINE = b"\x1e", b"\n"
"""RFC 8142, 2.1: a record separator before each text, a line feed after it."""


def iterate_geojson(
    collection: Collection, batches: Iterable[Features], crs: Crs, encode_batch: Encode
) -> Iterator[bytes]:
    """Give a FeatureCollection in pieces, one a batch; its head says where it is from.

    In another system than CRS84 it carries the member `crs` from before RFC 7946, which QGIS and
    GDAL still read: a file on a disk has no header to say it.
    """
    head = {"type": "FeatureCollection", "name": collection.id, **_crs_member(crs)}
    head["herkunft"] = join_labels(describe_herkunft(collection, crs))
    yield json.dumps(head, ensure_ascii=False)[:-1].encode() + b',"features":['
    before = b"\n"
    for batch in batches:
        if len(batch):
            yield before + b",\n".join(encode_batch(batch))
            before = b",\n"
    yield b"\n]}\n"


def iterate_geojson_seq(batches: Iterable[Features], encode_batch: Encode) -> Iterator[bytes]:
    """Give features as a GeoJSON text sequence, one piece a batch; its coordinates have to be CRS84."""
    for batch in batches:
        yield b"".join(_RECORD + feature + _LINE for feature in encode_batch(batch))


def _crs_member(crs: Crs) -> dict[str, object]:
    if crs == CRS84:
        return {}
    return {"crs": {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{crs.epsg}"}}}
