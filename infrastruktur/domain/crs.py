"""The coordinate reference systems layers are given in (OGC API Features Part 2).

Each has the axis order of its authority: a client that names EPSG:4326 gets latitude first, one that
names CRS84 longitude first, though both mean the same ellipsoid.
"""

import msgspec

from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.domain.geometry import Floats, transform_xy


class Crs(msgspec.Struct, frozen=True, kw_only=True):
    """One system. `decimals` keep a centimetre and no more; `northing_first` says that y comes before x."""

    uri: str
    epsg: int
    titel: str
    decimals: int
    northing_first: bool = False


def _epsg(code: int, titel: str, decimals: int, *, northing_first: bool = False) -> Crs:
    uri = f"http://www.opengis.net/def/crs/EPSG/0/{code}"
    return Crs(uri=uri, epsg=code, titel=titel, decimals=decimals, northing_first=northing_first)


CRS84 = Crs(uri="http://www.opengis.net/def/crs/OGC/1.3/CRS84", epsg=4326, titel="Länge, Breite (WGS 84)", decimals=7)
STORED = _epsg(25832, "ETRS89 / UTM Zone 32N", 3)
ALL: tuple[Crs, ...] = (
    CRS84,
    STORED,
    _epsg(4326, "Breite, Länge (WGS 84)", 7, northing_first=True),
    _epsg(4258, "Breite, Länge (ETRS89)", 7, northing_first=True),
    _epsg(3857, "Web-Mercator", 3),
    _epsg(3035, "ETRS89 / LAEA Europa", 3, northing_first=True),
)
"""The first is what a client gets that names none (Part 2, requirement 3)."""

_BY_URI = {each.uri: each for each in ALL}


def get_crs(name: str, uri: str) -> Crs:
    """Find the system a parameter names by its URI.

    Raises
    ------
    InvalidParameter
        It is none of `ALL`; the message lists them.

    """
    found = _BY_URI.get(uri)
    if found is None:
        raise InvalidParameter(name, f"„{uri}“ gibt es hier nicht. Möglich sind: {', '.join(_BY_URI)}.")
    return found


def to_crs(xy_25832: Floats, crs: Crs) -> Floats:
    """Transform coordinates of shape (n, 2) from EPSG:25832, in the axis order of the target."""
    xy = transform_xy(xy_25832, STORED.epsg, crs.epsg)
    return xy[:, ::-1] if crs.northing_first else xy
