"""Towns, quarters and villages, and the 100 m cells people live in.

Cells lie on the lattice of the census (EPSG:3035); settlements claim the cells nearest to their middle, measured
with a wobble, so that they look like settlements and never like discs.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from infrastruktur.example.landscape import (
    AACHEN,
    EIFEL,
    GEWERBEGEBIET,
    SEED,
    WALDWEILER,
    Landscape,
    as_points,
    spread_centres,
)

STRIP_PEOPLE = 150_000
_WIDEST_M = 6_000
_PARKS = 0.1
"""Share of the cells within a settlement where nobody lives."""
_STRIP_PLZ = {
    "Düren": "52349",
    "Langerwehe": "52379",
    "Inden": "52459",
    "Aldenhoven": "52457",
    "Jülich": "52428",
    "Linnich": "52441",
    "Geilenkirchen": "52511",
    "Übach-Palenberg": "52531",
    "Hürtgenwald": "52393",
    "Kreuzau": "52372",
    "Nideggen": "52385",
    "Heimbach": "52396",
    "Schleiden": "53937",
    "Hellenthal": "53940",
    "Kall": "53925",
    "Titz": "52445",
}
_STRIP_PLACES = tuple(_STRIP_PLZ)
_WEST = ("Kelmis", "Raeren", "Eupen", "Vaals", "Kerkrade", "Heerlen")
_FROM_3035 = Transformer.from_crs("EPSG:3035", "EPSG:25832", always_xy=True)
_TO_3035 = Transformer.from_crs("EPSG:25832", "EPSG:3035", always_xy=True)


@dataclass(frozen=True)
class Settlement:
    """A place people live in; `raum` is its index in the landscape, -1 outside the region."""

    x: float
    y: float
    ort: str
    plz: str
    raum: int
    ags: str
    einwohner: int
    je_zelle: float
    rank: int
    """0 a town centre, 1 a quarter or the chief village of a Sozialraum, 2 any other village."""


@dataclass(frozen=True)
class Cells:
    """Populated cells of the census.

    `corner` (n, 2) int EPSG:3035, lower left as (east, north); `xy` (n, 2) middle in EPSG:25832 metres;
    `einwohner` (n,) int; `settlement` (n,) int; `raum` (n,) int, -1 outside the region.
    """

    corner: NDArray[np.int64]
    xy: NDArray[np.float64]
    einwohner: NDArray[np.int64]
    settlement: NDArray[np.int64]
    raum: NDArray[np.int64]


def build_settlements(land: Landscape) -> tuple[Settlement, ...]:
    """Give every Sozialraum its quarter, wide ones several villages, and the strip its own towns."""
    rng = np.random.default_rng([SEED, 2])
    places: list[Settlement] = []
    for index in range(len(land.kommunen)):
        places += _settle_kommune(land, index, rng)
    return (*places, *_settle_strip(land, rng))


def build_cells(land: Landscape, places: tuple[Settlement, ...]) -> Cells:
    """Spread the people of each settlement over cells, and a few over lonely farms."""
    rng = np.random.default_rng([SEED, 3])
    corner, xy = _lattice(land)
    raum = _locate(land, xy)
    dry = shapely.buffer(land.with_strip, -400).difference(shapely.buffer(land.river, 130))
    shapely.prepare(dry)
    free = shapely.contains_xy(dry, xy)
    settlement = np.full(len(xy), -1)
    einwohner = np.zeros(len(xy), dtype=np.int64)
    for index, place in enumerate(places):
        claimed, people = _claim(place, xy, free & (raum == place.raum), rng)
        settlement[claimed], einwohner[claimed] = index, people
        free[claimed] = False
    middles = np.array([(place.x, place.y) for place in places])
    gewerbe = [(r.kommune.ags, r.label) for r in land.raeume].index(GEWERBEGEBIET)
    lonely = np.flatnonzero(free & (raum >= 0) & (raum != gewerbe))
    lonely = lonely[shapely.distance(as_points(xy[lonely]), land.river) > 600]  # noqa: PLR2004 - metres
    for index in rng.choice(lonely, 100, replace=False):
        settlement[index] = np.argmin(np.hypot(*(middles - xy[index]).T))
        einwohner[index] = rng.integers(2, 9)
    lived_in = np.flatnonzero(einwohner)
    return Cells(corner[lived_in], xy[lived_in], einwohner[lived_in], settlement[lived_in], raum[lived_in])


def _settle_kommune(land: Landscape, index: int, rng: np.random.Generator) -> list[Settlement]:
    kommune = land.kommunen[index]
    own = [number for number, raum in enumerate(land.raeume) if raum.kommune is kommune]
    shares = rng.lognormal(0, 0.3, len(own)) * np.linspace(1.25, 0.75, len(own))
    labels = [(kommune.ags, land.raeume[number].label) for number in own]
    shares[[label == GEWERBEGEBIET for label in labels]] = 0
    shares[[label == WALDWEILER for label in labels]] = 0.012 * shares.sum()
    people = kommune.einwohner * shares / shares.sum()
    places: list[Settlement] = []
    for order, number in enumerate(own):
        area_km2 = land.raum_geoms[number].area / 1e6
        villages = 1 if labels[order] in {GEWERBEGEBIET, WALDWEILER} else int(np.clip(round(area_km2 / 7.5), 1, 7))
        for place, xy in enumerate(_village_middles(land, index, number, villages, rng)):
            share = (1.6 if place == 0 else 0.7) / (1.6 + 0.7 * (villages - 1))
            rank = 2 if place else min(order, 1)
            plz = kommune.plz[(order * len(kommune.plz)) // len(own)]
            density = _people_a_cell(kommune.ags, rank, order)
            places.append(
                Settlement(*xy, kommune.name, plz, number, kommune.ags, round(people[order] * share), density, rank)
            )
    return [place for place in places if place.einwohner]


def _village_middles(
    land: Landscape, kommune: int, raum: int, count: int, rng: np.random.Generator
) -> list[tuple[float, float]]:
    """Place the villages of a Sozialraum, the one nearest to the town centre first."""
    geom = land.raum_geoms[raum]
    west, south, east, north = geom.bounds
    points = rng.uniform((west, south), (east, north), (1500, 2))
    points = points[shapely.contains_xy(shapely.buffer(geom, -300), points)]
    mitte = land.mitten[kommune]
    if shapely.contains_xy(geom, *mitte):
        points = np.vstack([mitte, points])
    centres = spread_centres(points, np.ones(len(points)), count, rng)
    centres = centres[np.argsort(np.hypot(*(centres - mitte).T), kind="stable")]
    if shapely.contains_xy(geom, *mitte):
        centres[0] = mitte
    return [(float(x), float(y)) for x, y in centres]


def _people_a_cell(ags: str, rank: int, order: int) -> float:
    if ags in EIFEL:
        return 22.0 if rank < 2 else 13.0  # noqa: PLR2004 - rank 2 is a village
    if ags == AACHEN:
        return (95.0 if order < 6 else 48.0) if rank < 2 else 26.0  # noqa: PLR2004 - six inner Sozialräume
    return (60.0, 36.0, 21.0)[rank]


def _settle_strip(land: Landscape, rng: np.random.Generator) -> list[Settlement]:
    west, south, east, north = land.with_strip.bounds
    points = rng.uniform((west, south), (east, north), (5000, 2))
    ring = shapely.buffer(land.with_strip, -1200).difference(shapely.buffer(land.region, 1200))
    points = points[shapely.contains_xy(ring, points)]
    centres = spread_centres(points, np.ones(len(points)), 38, rng)
    people = rng.lognormal(0, 0.8, len(centres))
    people *= STRIP_PEOPLE / people.sum()
    line = shapely.get_coordinates(land.region.centroid)[0]
    places = []
    german = foreign = 0
    for (x, y), count in zip(centres, people, strict=True):
        # The border runs west of the region: what lies there is Belgium or the Netherlands.
        if x < line[0] - 4_000 and y < line[1] + 18_000:
            name, plz = _WEST[foreign % len(_WEST)], ""
            foreign += 1
        else:
            name = _STRIP_PLACES[german % len(_STRIP_PLACES)]
            plz = _STRIP_PLZ[name]
            german += 1
        town = 9_000
        places.append(Settlement(float(x), float(y), name, plz, -1, "", round(count), 30.0, 0 if count > town else 1))
    return places


def _lattice(land: Landscape) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Lay out the census lattice around the region: corners EPSG:3035 and middles EPSG:25832, both (n, 2)."""
    west, south, east, north = _TO_3035.transform_bounds(*land.with_strip.bounds)
    easts = np.arange(int(west // 100) * 100, int(east) + 100, 100)
    norths = np.arange(int(south // 100) * 100, int(north) + 100, 100)
    corner = np.stack(np.meshgrid(easts, norths), axis=-1).reshape(-1, 2)
    xy = np.stack(_FROM_3035.transform(corner[:, 0] + 50, corner[:, 1] + 50), axis=1)
    inside = shapely.contains_xy(shapely.box(*land.with_strip.bounds), xy)
    return corner[inside], xy[inside]


def _locate(land: Landscape, xy: NDArray[np.float64]) -> NDArray[np.int64]:
    """Find the Sozialraum of each point, -1 outside the region; (n, 2) gives (n,)."""
    raum = np.full(len(xy), -1)
    points, polygons = shapely.STRtree(land.raum_geoms).query(as_points(xy), predicate="within")
    raum[points] = polygons
    return raum


def _claim(
    place: Settlement, xy: NDArray[np.float64], free: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Choose a settlement's cells, nearest first, and thin its people out towards the edge."""
    candidates = np.flatnonzero(free & (np.abs(xy - (place.x, place.y)).max(axis=1) < _WIDEST_M))
    candidates = candidates[rng.random(len(candidates)) > _PARKS]
    east, north = (xy[candidates] - (place.x, place.y)).T
    angle, turn = np.arctan2(north, east), rng.uniform(0, 6.28, 3)
    stretch = 1 + 0.25 * np.sin(2 * angle + turn[0]) + 0.2 * np.sin(3 * angle + turn[1])
    stretch += 0.1 * np.sin(7 * angle + turn[2])
    away = np.hypot(east, north) * stretch + rng.normal(0, 60, len(candidates))
    count = int(np.ceil(place.einwohner / place.je_zelle))
    chosen = candidates[np.argsort(away, kind="stable")[:count]]
    weights = np.exp(-1.1 * np.arange(len(chosen)) / len(chosen)) * rng.lognormal(0, 0.4, len(chosen))
    return chosen, np.maximum(1, np.rint(weights / weights.sum() * place.einwohner)).astype(np.int64)
