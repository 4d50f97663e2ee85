"""GeoJSON (RFC 7946): longitude first, WGS 84; anything else is refused with the CRS it looks like."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geojson
import numpy as np
import shapely
from shapely.geometry import shape

from infrastruktur.domain.errors import SourceRefused
from infrastruktur.domain.geometry import describe_implausible
from infrastruktur.intake.readers.header import check_header
from infrastruktur.intake.record import Record, Refusal

MAX_VERTICES = 200_000
_WGS84 = ("CRS84", "EPSG:4326", "EPSG::4326")
_LIKELY = (
    ("EPSG:25832 (ETRS89/UTM 32N)", (200_000, 5_000_000, 1_000_000, 6_200_000)),
    ("EPSG:4647 (ETRS89/UTM 32N mit Zonenkennung)", (32_200_000, 5_000_000, 33_000_000, 6_200_000)),
    ("EPSG:3857 (Web-Mercator)", (500_000, 5_900_000, 1_800_000, 7_500_000)),
    ("EPSG:3035 (ETRS89/LAEA)", (3_900_000, 2_500_000, 4_800_000, 3_700_000)),
    ("EPSG:31466/31467 (Gauß-Krüger)", (2_300_000, 5_000_000, 3_900_000, 6_200_000)),
)


def read_geojson(path: Path, needed: tuple[str, ...]) -> Iterator[Record | Refusal]:
    """Read the features of a collection; line numbers are feature numbers.

    Raises
    ------
    SourceRefused
        The file is no FeatureCollection, in another CRS, or none of its features has the needed properties.

    """
    features = _load_features(path)
    known = dict.fromkeys(name for feature in features for name in (feature.get("properties") or {}))
    check_header(path.name, list(known) or [""], needed)
    for number, feature in enumerate(features, start=1):
        yield _read_feature(path.name, number, feature, list(known))


def _load_features(path: Path) -> list[Any]:
    try:
        document = geojson.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OSError) as error:
        raise SourceRefused(path.name, "Die Datei ist kein gültiges GeoJSON.") from error
    if not isinstance(document, geojson.FeatureCollection):
        raise SourceRefused(path.name, "Erwartet wird eine FeatureCollection.")
    _check_named_crs(path.name, document.get("crs"))
    features = document["features"]
    if not all(isinstance(feature, geojson.Feature) for feature in features):
        raise SourceRefused(path.name, "In der FeatureCollection steht etwas, das kein Feature ist.")
    if not all(isinstance(feature.get("properties") or {}, dict) for feature in features):
        raise SourceRefused(path.name, "Die Eigenschaften (properties) eines Features sind kein Objekt.")
    return list(features)


def _check_named_crs(source: str, crs: Any) -> None:
    """Take the CRS member of older GeoJSON only where it says WGS 84, or nothing."""
    try:
        name = (crs or {}).get("properties", {}).get("name", "")
    except AttributeError:
        name = crs
    if name and not (isinstance(name, str) and name.endswith(_WGS84)):
        text = f"Die Datei nennt das Bezugssystem {str(name)[:100]!r}. Bitte in WGS 84 (EPSG:4326) ausgeben."
        raise SourceRefused(source, text)


def _read_feature(source: str, number: int, feature: Any, known: list[str]) -> Record | Refusal:
    werte = {name: (feature.get("properties") or {}).get(name) for name in known}
    if feature.geometry is None:
        return Record(number, werte)
    if isinstance(feature.geometry, geojson.GeometryCollection):  # before anything descends into it
        return Refusal(number, "Eine Sammlung von Geometrien (GeometryCollection) ist hier nicht möglich.")
    if not feature.geometry.is_valid:
        return Refusal(number, f"Die Geometrie ist nicht nach RFC 7946 gebaut: {feature.geometry.errors()}")
    try:
        geometry: Any = shapely.force_2d(shape(feature.geometry))
    except (ValueError, TypeError, AttributeError, shapely.errors.ShapelyError):
        return Refusal(number, "Die Geometrie ist nicht lesbar.")
    if geometry.is_empty:
        return Refusal(number, "Die Geometrie ist leer.")
    _check_crs(source, geometry)
    return _check_geometry(number, geometry) or Record(number, werte, geometry)


def _check_crs(source: str, geometry: shapely.Geometry) -> None:
    x, y = (float(value) for value in shapely.get_coordinates(geometry)[0])
    if not (np.isfinite(x) and np.isfinite(y)) or (abs(x) <= 180 and abs(y) <= 90):  # noqa: PLR2004 - degrees
        return
    likely = next((name for name, box in _LIKELY if box[0] <= x <= box[2] and box[1] <= y <= box[3]), None)
    looks = f", sondern sehen aus wie {likely}" if likely else ""
    text = f"Die Koordinaten sind nicht Länge und Breite{looks}. Bitte in WGS 84 (EPSG:4326) ausgeben."
    raise SourceRefused(source, text)


def _check_geometry(number: int, geometry: Any) -> Refusal | None:
    vertices = shapely.get_coordinates(geometry)
    if len(vertices) > MAX_VERTICES:
        return Refusal(number, f"Die Geometrie hat {len(vertices)} Stützpunkte, höchstens {MAX_VERTICES} sind möglich.")
    if not np.isfinite(vertices).all():
        return Refusal(number, "Die Koordinate ist keine Zahl.")
    x, y = vertices.mean(axis=0)
    if wrong := describe_implausible(float(x), float(y), 4326):
        return Refusal(number, wrong)
    if not geometry.is_valid:
        return Refusal(number, f"Die Geometrie ist ungültig: {shapely.is_valid_reason(geometry)}")
    return None
