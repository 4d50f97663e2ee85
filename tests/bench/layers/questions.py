"""What every server is asked, and whether all give the same answer."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import mapbox_vector_tile
import numpy as np
from bench.layers.catalogue import SIDE_M, SOUTH_M, WEST_M
from bench.layers.servers import Addresses

from infrastruktur.domain.crs import CRS84, to_crs
from infrastruktur.domain.tile import EXTENT

BOXES, ITEMS, TILES = 40, 200, 20
BOX_DEG = 0.02
ZOOM = 12
FILTERS = tuple(
    f"art = '{art}' AND kapazitaet >= {least}"
    for art in ("pflege.tagespflege", "pflege.kurzzeitpflege", "schule.grundschule")
    for least in (40, 80)
)

Place = tuple[float, float]
Shown = Mapping[str, Place]
"""Id of each feature and its point: degrees, or on a tile parts of its side."""


@dataclass(frozen=True)
class Questions:
    """Names and places to ask for, the same for all: `nr` and `id` of Angebote, boxes in degrees, rows and columns."""

    names: Sequence[Mapping[str, str]]
    boxes: Sequence[tuple[float, float, float, float]]
    tiles: Sequence[tuple[int, int]]

    def paths(self, work: str, addresses: Addresses) -> list[str]:
        """Write the addresses of a work's questions for one server; none where it does not do that work."""
        written: Mapping[str, Callable[[], list[str | None]]] = {
            "items 100": lambda: [addresses.page(100)],
            "items 10000": lambda: [addresses.page(10_000)],
            "bbox": lambda: [addresses.box(box) for box in self.boxes],
            "item": lambda: [addresses.one(names) for names in self.names],
            "cql2": lambda: [addresses.filtered(text) for text in FILTERS],
            "mvt": lambda: [addresses.tile_at(ZOOM, row, column) for row, column in self.tiles],
        }
        return [path for path in written[work]() if path is not None]


WORKS = ("items 100", "items 10000", "bbox", "item", "cql2", "mvt")


def draw_questions(names: Sequence[Mapping[str, str]]) -> Questions:
    """Draw places at random where the Angebote lie, and ids among theirs."""
    random = np.random.default_rng(7)
    inner = [WEST_M, SOUTH_M] + random.uniform(0.1, 0.9, (BOXES, 2)) * SIDE_M
    lonlat = to_crs(inner, CRS84)
    half = BOX_DEG / 2
    boxes = [(lon - half, lat - half, lon + half, lat + half) for lon, lat in np.round(lonlat, 4).tolist()]
    chosen = random.permutation(len(names))[:ITEMS].tolist()
    tiles = sorted({_tile_at(lon, lat) for lon, lat in lonlat.tolist()})[:TILES]
    return Questions([names[number] for number in chosen], boxes, tiles)


def _tile_at(lon_deg: float, lat_deg: float) -> tuple[int, int]:
    """Row and column of the tile a point lies on (OGC 17-083r4, annex D.1)."""
    across = 2**ZOOM
    column = int((lon_deg / 360 + 0.5) * across)
    row = int((0.5 - np.arcsinh(np.tan(np.radians(lat_deg))) / (2 * np.pi)) * across)
    return row, column


def within(shown: Shown, box: tuple[float, float, float, float]) -> Shown:
    """Keep what lies in a box of degrees: it stands askew in the plane, and peers answer with its upright hull."""
    west, south, east, north = box
    return {id_: (lon, lat) for id_, (lon, lat) in shown.items() if west <= lon <= east and south <= lat <= north}


def read_features(body: bytes) -> Shown:
    """Read what a GeoJSON answer shows, one feature or many."""
    said = json.loads(body)
    features = said.get("features", [said])
    return {each["properties"]["id"]: tuple(each["geometry"]["coordinates"][:2]) for each in features}


def read_tile(body: bytes) -> Shown:
    """Read what lies within a tile; how wide a border each server gives beside it is its own affair."""
    shown = {}
    for layer in mapbox_vector_tile.decode(body).values():
        for feature in layer["features"]:
            x, y = feature["geometry"]["coordinates"]
            if 0 < x < EXTENT and 0 < y < EXTENT:
                said = feature["properties"]
                shown[said.get("id_1", said["id"])] = x / EXTENT, y / EXTENT  # pygeoapi's own id is the number
    return shown


def differ(own: Shown, theirs: Shown) -> float:
    """How far two answers lie apart: the share of features only one shows, or a coordinate's relative difference."""
    both = own.keys() & theirs.keys()
    alone = len(own.keys() ^ theirs.keys()) / max(1, len(own.keys() | theirs.keys()))
    places = np.array([own[id_] for id_ in both]), np.array([theirs[id_] for id_ in both])
    apart = np.abs(places[0] - places[1]) / np.maximum(np.abs(places[0]), 1.0) if both else np.zeros(1)
    return float(max(alone, apart.max()))
