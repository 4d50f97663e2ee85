"""Which format a client gets: `f` says it outright, otherwise Accept (RFC 9110, 12.5.1)."""

from collections.abc import Sequence

import msgspec

from infrastruktur.http.preferences import rank
from infrastruktur.http.problems import NotAcceptable


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """One way to write an answer. `also` are media types a client may ask for and gets this format.

    `packable` tells that it gets smaller when it is packed on its way.
    """

    name: str
    media_type: str
    titel: str
    also: tuple[str, ...] = ()
    packable: bool = True

    def serves(self, pattern: str) -> bool:
        """Tell whether a media range of an Accept header takes this format."""
        main = pattern.partition("/")[0]
        types = (self.media_type.partition(";")[0], *self.also)
        if pattern.endswith("/*"):
            return main == "*" or any(each.partition("/")[0] == main for each in types)
        return pattern in types


JSON = Format(name="json", media_type="application/json", titel="JSON")
HTML = Format(name="html", media_type="text/html", titel="Webseite", also=("application/xhtml+xml",))
FEATURES = Format(name="json", media_type="application/geo+json", titel="GeoJSON", also=("application/json",))
SCHEMA = Format(name="json", media_type="application/schema+json", titel="JSON Schema", also=("application/json",))
OPENAPI = Format(
    name="json",
    media_type="application/vnd.oai.openapi+json;version=3.0",
    titel="OpenAPI 3.0",
    also=("application/openapi+json", "application/json"),
)
GEOJSON = Format(name="geojson", media_type="application/geo+json", titel="GeoJSON mit Umrissen")
MVT = Format(
    name="mvt",
    media_type="application/vnd.mapbox-vector-tile",
    titel="Mapbox Vector Tile",
    also=("application/x-protobuf", "application/octet-stream"),
)
TILEJSON = Format(name="tilejson", media_type="application/json", titel="TileJSON für MapLibre")
CSV = Format(name="csv", media_type="text/csv", titel="CSV (Komma, Dezimalpunkt)")
CSV_DE = Format(name="csv-de", media_type="text/csv", titel="CSV für deutsche Tabellenprogramme")
XLSX = Format(
    name="xlsx",
    media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    titel="Excel-Arbeitsmappe",
    packable=False,
)
GEOPACKAGE = Format(name="gpkg", media_type="application/geopackage+sqlite3", titel="GeoPackage")
FLATGEOBUF = Format(name="fgb", media_type="application/flatgeobuf", titel="FlatGeobuf")
FEATURE_FILE = Format(name="geojson", media_type="application/geo+json", titel="GeoJSON")
FEATURE_LINES = Format(name="geojsonseq", media_type="application/geo+json-seq", titel="GeoJSON, ein Objekt je Zeile")
DOWNLOADS = (GEOPACKAGE, FLATGEOBUF, FEATURE_FILE, FEATURE_LINES, CSV, CSV_DE, XLSX)
"""The files a whole layer can be had as."""


def choose_format(formats: Sequence[Format], asked: str | None, accept: str) -> Format:
    """Choose among `formats`, the first being what a client without a wish gets.

    `asked` is the checked value of `f`. Raises NotAcceptable when Accept takes none of them.
    """
    if asked is not None:
        return next(each for each in formats if each.name == asked)
    for pattern, weight in rank(accept or "*/*"):
        for each in formats:
            if weight > 0 and each.serves(pattern):
                return each
    offered = ", ".join(f"f={each.name} ({each.titel})" for each in formats)
    raise NotAcceptable(f"In den gewünschten Formaten gibt es das nicht. Möglich sind: {offered}.")
