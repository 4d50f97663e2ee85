"""Where features lie, in the system a file is asked for: always x (east) first, as files hold it.

The order that an authority gives its axes is the API's matter; GeoPackage (OGC 12-128r18, note to
table 2), FlatGeobuf and every spreadsheet of coordinates put x first.
"""

import numpy as np
import shapely
from numpy.typing import NDArray

from infrastruktur.domain.crs import STORED, Crs
from infrastruktur.domain.geometry import Floats, transform_xy
from infrastruktur.domain.layer import Features

_POLYGON = 3


def points_xy(features: Features, crs: Crs) -> Floats:
    """Give the points (n, 2) of a point layer, rounded to a centimetre, NaN where there is none."""
    known = np.isfinite(features.geom_25832).all(axis=1)
    xy = np.full((len(features), 2), np.nan)
    xy[known] = transform_xy(features.geom_25832[known], STORED.epsg, crs.epsg).round(crs.decimals)
    return xy


def geometries(features: Features, crs: Crs) -> NDArray[np.object_]:
    """Give the geometries (n,) unrounded, None where there is none; every outline is a MultiPolygon."""
    moved: NDArray[np.object_]
    moved = shapely.transform(features.geometries(), lambda xy: transform_xy(xy, STORED.epsg, crs.epsg))
    single = shapely.get_type_id(moved) == _POLYGON
    moved[single] = [shapely.MultiPolygon([outline]) for outline in moved[single]]
    return moved


def outlines_wkt(features: Features, crs: Crs) -> list[str | None]:
    """Write the outlines (n,) as WKT, rounded to a centimetre, None where there is none."""
    written: list[str | None] = shapely.to_wkt(geometries(features, crs), rounding_precision=crs.decimals).tolist()
    return written
