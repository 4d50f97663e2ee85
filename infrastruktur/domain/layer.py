"""What a GIS asks of a layer, and what it gets: a query, a page, a collection's self-description."""

from datetime import date
from typing import Any

import msgspec

from infrastruktur.domain.geometry import Bbox


class Property(msgspec.Struct, frozen=True, kw_only=True):
    """One column of a layer: JSON type, German title, and the closed list of values where there is one."""

    name: str
    titel: str
    type: str
    format: str | None = None
    einheit: str | None = None
    werte: tuple[str, ...] = ()


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    """A layer's self-description. `geometry` is `Point` or `MultiPolygon`."""

    id: str
    titel: str
    beschreibung: str
    geometry: str
    properties: tuple[Property, ...]
    teilmenge_von: str | None = None
    extent_4326: Bbox | None = None
    stichtag: date | None = None
    quellen: tuple[str, ...] = ()


class LayerQuery(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a layer. `filters` are property=value pairs of the collection's own properties."""

    collection: str
    limit: int
    bbox_4326: Bbox | None = None
    stichtag: date | None = None
    offset: int = 0
    filters: dict[str, str] = {}


class Feature(msgspec.Struct, frozen=True, kw_only=True):
    """One feature; `geometry_json` is GeoJSON text in CRS84, ready to be written, or None."""

    id: str
    geometry_json: bytes | None
    properties: dict[str, Any]


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Features in a stable order; `matched` counts all that fit the query, over all pages."""

    features: tuple[Feature, ...]
    matched: int
    revision: str
