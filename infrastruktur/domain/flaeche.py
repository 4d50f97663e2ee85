"""A drawn area: a polygon somebody asks about, as text, checked for size before anything is computed."""

from dataclasses import dataclass
from hashlib import blake2b

import shapely

from infrastruktur.domain.cql2.tokens import Cursor, tokenize
from infrastruktur.domain.cql2.vocabulary import Vocabulary
from infrastruktur.domain.cql2.wkt import read_shape, starts_shape
from infrastruktur.domain.crs import Crs
from infrastruktur.domain.errors import InvalidParameter, LimitExceeded
from infrastruktur.domain.filter import Unreadable

EBENE = "flaeche"
"""The level of a drawn area, in the column where others have Sozialraum or Kommune."""
TITEL = "Gezeichnete Fläche"


@dataclass(frozen=True)
class Flaeche:
    """A drawn area in the plane of EPSG:25832."""

    geom_25832: shapely.Polygon | shapely.MultiPolygon

    @property
    def schluessel(self) -> str:
        """Name the area by its shape: the same polygon has the same name in every table."""
        return f"flaeche-{blake2b(shapely.to_wkb(shapely.normalize(self.geom_25832)), digest_size=4).hexdigest()}"

    @property
    def wkt_25832(self) -> str:
        return str(shapely.to_wkt(self.geom_25832, rounding_precision=2))


def parse_flaeche(name: str, text: str, crs: Crs, *, max_km2: float, max_ecken: int) -> Flaeche:
    """Read a polygon from WKT (OGC 06-103r4, 7) in the axis order of `crs`; `name` is the parameter it came by.

    Raises
    ------
    InvalidParameter
        It is no polygon, or crosses itself, or lies far from our data.
    LimitExceeded
        It is larger, or has more corners, than one request may ask for.

    """
    try:
        shape = _read(text, crs)
        corners = int(shapely.get_num_coordinates(shape))
        if corners > max_ecken:
            raise LimitExceeded(f"Die Fläche hat {corners} Ecken, möglich sind {max_ecken}. Bitte vereinfachen.")
        placed = Vocabulary((), crs).place(shape)
    except Unreadable as error:
        raise InvalidParameter(name, str(error)) from error
    if not isinstance(placed, shapely.Polygon | shapely.MultiPolygon) or placed.is_empty:
        raise InvalidParameter(name, "Die Fläche liegt nicht in der Nähe unserer Daten. Stimmt das Koordinatensystem?")
    km2 = placed.area / 1e6
    if km2 > max_km2:
        raise LimitExceeded(f"Die Fläche ist {km2:.0f} km² groß, möglich sind {max_km2:.0f} km². Bitte teilen.")
    return Flaeche(placed)


def _read(text: str, crs: Crs) -> shapely.Geometry:
    cursor = Cursor(tokenize(text), Vocabulary((), crs))
    kind = cursor.peek().text.upper()
    if kind not in {"POLYGON", "MULTIPOLYGON"} or not starts_shape(cursor):
        raise Unreadable("Erwartet wird ein Polygon, etwa POLYGON((6.08 50.77, 6.10 50.77, 6.10 50.78, 6.08 50.77))")
    shape = read_shape(cursor)
    if cursor.peek().what != "end":
        raise Unreadable("Hinter dem Polygon steht noch etwas", cursor.peek().start)
    return shape
