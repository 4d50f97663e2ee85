"""The land of the example: an invented region outline, its Kommunen, their Sozialräume, a river.

Names, keys, areas and inhabitants have the size of the real StädteRegion Aachen (landscape of 2023), so that
figures have a believable scale; every outline is invented, so that nobody takes a figure for a statement.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

SEED = 5334
STRIP_M = 10_000
EIFEL = ("05334020", "05334024", "05334028")
AACHEN = "05334002"
GEWERBEGEBIET = ("05334036", "W 8")
"""The Sozialraum where nobody lives: its ratios have no denominator."""
WALDWEILER = ("05334032", "S 16")
"""The Sozialraum with so few very old people that their number is secret."""

_TO_25832 = Transformer.from_crs("OGC:CRS84", "EPSG:25832", always_xy=True)
_OUTLINE_KM = (
    *((290.5, 5645), (296, 5646), (301, 5648.5), (306, 5646.5), (307, 5641), (313, 5638), (314, 5632), (310, 5627)),
    *((309, 5621), (307, 5616), (312.5, 5613), (315, 5606), (312, 5600), (307, 5597), (301, 5599), (299.5, 5605)),
    *((297.5, 5611), (294.5, 5617), (290.5, 5620.5), (287, 5625), (286, 5631), (289, 5636), (289, 5641)),
)
_RIVER_KM = (
    *((296, 5589), (302, 5600), (305, 5604), (308.5, 5609), (308, 5614), (305.5, 5620), (304.8, 5626), (307, 5631)),
    *((310, 5635), (314, 5643), (318, 5650), (324, 5658)),
)
_MESH_M = 420


@dataclass(frozen=True)
class Kommune:
    """A Kommune as invented: the real key and size under a name that says Beispiel."""

    ags: str
    name: str
    bez: str
    flaeche_km2: float
    einwohner: int
    mitte: tuple[float, float]
    plz: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Raum:
    """A Sozialraum: the official label and the Kommune it lies in."""

    kommune: Kommune
    label: str


@dataclass(frozen=True)
class Landscape:
    """All in EPSG:25832: `kommune_geoms` (10,), `raum_geoms` (93,) polygons; `mitten` (10, 2) town centres."""

    kommunen: tuple[Kommune, ...]
    kommune_geoms: NDArray[np.object_]
    mitten: NDArray[np.float64]
    raeume: tuple[Raum, ...]
    raum_geoms: NDArray[np.object_]
    region: BaseGeometry
    with_strip: BaseGeometry
    river: shapely.LineString


def _labels(prefix: str, numbers: str) -> tuple[str, ...]:
    return tuple(f"{prefix} {number}" for number in numbers.split())


def _counted(last: int) -> str:
    return " ".join(str(number) for number in range(1, last + 1))


_AACHENER_PLZ = ("52062", "52064", "52066", "52068", "52070", "52072", "52074", "52076", "52078", "52080")
KOMMUNEN = (
    Kommune(AACHEN, "Aachen", "Stadt", 160.82, 251_360, (6.084, 50.776), _AACHENER_PLZ, _labels("AC", _counted(14))),
    Kommune(
        *("05334004", "Alsdorf", "Stadt", 31.67, 47_780, (6.163, 50.874), ("52477",)),
        _labels("A", "1a 1b 2a 2b 3 4 5 6 7 8 9 10 11a 11b"),
    ),
    Kommune(
        *("05334008", "Baesweiler", "Stadt", 27.77, 27_470, (6.186, 50.909), ("52499",)),
        _labels("B", "1 2 3a 3b 4a 4b 5"),
    ),
    Kommune("05334012", "Eschweiler", "Stadt", 75.93, 57_300, (6.263, 50.818), ("52249",), _labels("E", _counted(15))),
    Kommune(
        "05334016", "Herzogenrath", "Stadt", 33.40, 47_150, (6.094, 50.869), ("52134",), _labels("H", _counted(11))
    ),
    Kommune("05334020", "Monschau", "Stadt", 94.62, 11_920, (6.242, 50.555), ("52156",), _labels("M", "1 2")),
    Kommune("05334024", "Roetgen", "Gemeinde", 39.03, 8_780, (6.193, 50.647), ("52159",), _labels("R", "1 2")),
    Kommune("05334028", "Simmerath", "Gemeinde", 111.01, 15_630, (6.303, 50.606), ("52152",), _labels("SI", "1 2 3")),
    Kommune(
        *("05334032", "Stolberg (Rhld.)", "Stadt", 98.51, 57_710, (6.226, 50.773), ("52222", "52223", "52224")),
        _labels("S", "1 2 3a 3b 4 5 6 7 8 9 10 11 12 13 14 15 16"),
    ),
    Kommune("05334036", "Würselen", "Stadt", 34.39, 39_340, (6.135, 50.819), ("52146",), _labels("W", _counted(8))),
)


def build_landscape() -> Landscape:
    """Cut the invented region into Kommunen of the real areas and these into Sozialräume.

    The smallest piece is a cell of one irregular mesh, so neighbours share their borders vertex by vertex.
    """
    rng = np.random.default_rng([SEED, 1])
    mesh = _build_mesh(rng)
    middles = shapely.get_coordinates(shapely.centroid(mesh))
    areas = shapely.area(mesh)
    kommune_of = _assign_by_area(middles, areas)
    raeume: list[Raum] = []
    raum_geoms: list[BaseGeometry] = []
    geoms = [shapely.coverage_union_all(mesh[kommune_of == index]) for index in range(len(KOMMUNEN))]
    mitten = np.array([_town_middle(*pair) for pair in zip(KOMMUNEN, geoms, strict=True)])
    for index, kommune in enumerate(KOMMUNEN):
        own = np.flatnonzero(kommune_of == index)
        quarters = _quarter_middles(middles[own], mitten[index], len(kommune.labels), rng)
        raum_of = nearest(middles[own], quarters)
        for number, label in enumerate(kommune.labels):
            raeume.append(Raum(kommune, label))
            raum_geoms.append(shapely.coverage_union_all(mesh[own[raum_of == number]]))
    region = shapely.coverage_union_all(mesh)
    return Landscape(
        kommunen=KOMMUNEN,
        kommune_geoms=np.array(geoms, dtype=object),
        mitten=mitten,
        raeume=tuple(raeume),
        raum_geoms=np.array(raum_geoms, dtype=object),
        region=region,
        with_strip=shapely.simplify(shapely.buffer(region, STRIP_M), 50),
        river=shapely.LineString(_winding(np.array(_RIVER_KM) * 1000)),
    )


def nearest(points: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.intp]:
    """Find the index of the nearest centre for each point; (n, 2) and (k, 2) metres give (n,)."""
    gap = points[:, None, :] - centres[None, :, :]
    return np.asarray(np.argmin((gap**2).sum(axis=2), axis=1))


def as_points(xy: NDArray[np.float64]) -> NDArray[np.object_]:
    """Make points of coordinates; (n, 2) gives (n,)."""
    return np.asarray(shapely.points(xy), dtype=object)


def as_lines(xy: NDArray[np.float64]) -> NDArray[np.object_]:
    """Make straight lines of their ends; (n, 2, 2) gives (n,)."""
    return np.asarray(shapely.linestrings(xy), dtype=object)


def spread_centres(
    points: NDArray[np.float64], weights: NDArray[np.float64], count: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Spread `count` centres over weighted points by Lloyd's iteration; (n, 2), (n,) give (count, 2)."""
    share = weights / weights.sum()
    centres = points[rng.choice(len(points), size=count, replace=False, p=share)]
    for _ in range(25):
        group = nearest(points, centres)
        for index in range(count):
            inside = group == index
            if inside.any():
                centres[index] = np.average(points[inside], axis=0, weights=weights[inside])
    return centres


def _town_middle(kommune: Kommune, geom: BaseGeometry) -> NDArray[np.float64]:
    """Keep the real town centre where the invented outline holds it, else take the outline's middle."""
    real = np.array(_TO_25832.transform(*kommune.mitte))
    inside = shapely.contains_xy(shapely.buffer(geom, -500), *real)
    return real if inside else shapely.get_coordinates(geom.centroid)[0]


def _build_mesh(rng: np.random.Generator) -> NDArray[np.object_]:
    outline = shapely.Polygon(np.array(_OUTLINE_KM) * 1000)
    target = sum(kommune.flaeche_km2 for kommune in KOMMUNEN) * 1e6
    scale = float(np.sqrt(target / outline.area))
    middle = shapely.get_coordinates(outline.centroid)
    outline = shapely.transform(outline, lambda xy: (xy - middle) * scale + middle)
    west, south, east, north = outline.bounds
    easts, norths = np.arange(west - 2000, east + 2000, _MESH_M), np.arange(south - 2000, north + 2000, _MESH_M)
    points = np.stack(np.meshgrid(easts, norths), axis=-1).reshape(-1, 2)
    points = points + rng.uniform(-0.42, 0.42, points.shape) * _MESH_M
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(points)))
    cells = shapely.transform(cells, lambda xy: np.round(xy, 2))
    middles = shapely.get_coordinates(shapely.centroid(cells))
    return np.asarray(cells[shapely.contains_xy(outline, middles)])


def _assign_by_area(middles: NDArray[np.float64], areas: NDArray[np.float64]) -> NDArray[np.intp]:
    """Assign mesh cells to Kommunen by a power diagram whose weights grow until the areas fit."""
    centres = np.array([_TO_25832.transform(*kommune.mitte) for kommune in KOMMUNEN])
    target = np.array([kommune.flaeche_km2 * 1e6 for kommune in KOMMUNEN])
    target *= areas.sum() / target.sum()
    weights = np.zeros(len(centres))
    squared = ((middles[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
    for step in range(600):
        kommune_of = np.argmin(squared - weights, axis=1)
        weights += (target - np.bincount(kommune_of, areas, len(centres))) * (0.3 / (1 + step / 100))
    return np.asarray(kommune_of)


def _quarter_middles(
    points: NDArray[np.float64], mitte: NDArray[np.float64], count: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Spread the Sozialräume, closer towards the town centre; label 1 is the nearest to it."""
    weights = np.exp(-((np.hypot(*(points - mitte).T) / 2500) ** 2)) + 0.12
    centres = spread_centres(points, weights, count, rng)
    return centres[np.argsort(np.hypot(*(centres - mitte).T), kind="stable")]


def _winding(course: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bend a course of (n, 2) metres into meanders with a vertex about every 200 m."""
    line = shapely.LineString(course)
    along = np.arange(0, line.length, 200)
    xy = shapely.get_coordinates(shapely.line_interpolate_point(line, along))
    return np.asarray(xy + np.stack([220 * np.sin(along / 700), 180 * np.cos(along / 900)], axis=1))
