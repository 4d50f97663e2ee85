"""What a layer is: its self-description, and its features as columns."""

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
    """One column of a layer: JSON type, German title, and code → title of its values where they are a list.

    The list is closed unless an installation may have `weitere` of its own.
    """

    name: str
    titel: str
    type: str
    format: str | None = None
    einheit: str | None = None
    werte: Mapping[str, str] = {}
    weitere: bool = False


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

    def take(self, rows: NDArray[np.intp]) -> "Features":
        """Give some rows (k,) in their order."""
        picked = rows.tolist()
        columns = {name: [values[row] for row in picked] for name, values in self.columns.items()}
        return Features([self.id[row] for row in picked], columns, self.geom_25832[rows])

    def geometries(self) -> NDArray[np.object_]:
        """Give the geometries (n,) as shapely objects, None where there is none."""
        if self.geom_25832.ndim == 1:
            return self.geom_25832
        built: NDArray[np.object_] = np.full(len(self), None, dtype=object)
        known = np.isfinite(self.geom_25832).all(axis=1)
        built[known] = shapely.points(self.geom_25832[known])
        return built

    def rows(self) -> list[dict[str, Any]]:
        """Give each feature's properties by name."""
        names = tuple(self.columns)
        return [dict(zip(names, values, strict=True)) for values in zip(*self.columns.values(), strict=True)]
