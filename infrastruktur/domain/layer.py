"""What a GIS asks of a layer, and what it gets: a query, a page, a collection's self-description."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

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


@dataclass(frozen=True)
class Features:
    """Features of a layer as columns of equal length n, in a stable order.

    Attributes
    ----------
    id
        (n,) text, unique in the layer.
    columns
        property name → (n,) values as JSON has them: text, number, bool or None; a day is ISO text.
        A number is never NaN.
    geom_25832
        of a point layer (n, 2) float64 with NaN where there is no point; of an area layer (n,) shapely
        outlines.

    """

    id: Sequence[str]
    columns: Mapping[str, Sequence[Any]]
    geom_25832: NDArray[Any]

    def __len__(self) -> int:
        return len(self.id)

    def geometries(self) -> NDArray[np.object_]:
        """Give the geometries (n,) as shapely objects, None where there is none."""
        if self.geom_25832.ndim == 1:
            return self.geom_25832
        built: NDArray[np.object_] = np.full(len(self), None, dtype=object)
        known = np.isfinite(self.geom_25832).all(axis=1)
        built[known] = shapely.points(self.geom_25832[known])
        return built
