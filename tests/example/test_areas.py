"""Kommunen and Sozialräume: keys, labels, areas and borders."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import shapely
from pyproj import Transformer

TO_25832 = Transformer.from_crs("OGC:CRS84", "EPSG:25832", always_xy=True)
KM2 = {
    "05334002": 160.82,
    "05334004": 31.67,
    "05334008": 27.77,
    "05334012": 75.93,
    "05334016": 33.40,
    "05334020": 94.62,
    "05334024": 39.03,
    "05334028": 111.01,
    "05334032": 98.51,
    "05334036": 34.39,
}


def polygons(features):
    """Polygons in EPSG:25832, (n,)."""
    geoms = np.array([shapely.geometry.shape(feature["geometry"]) for feature in features], dtype=object)
    return shapely.transform(geoms, lambda xy: np.stack(TO_25832.transform(*xy.T), axis=1))


def test_ten_kommunen_have_the_real_areas_within_three_per_cent(written):
    features = written.features("beispiel-kommunen.geojson")
    km2 = {
        f["properties"]["AGS"]: area / 1e6 for f, area in zip(features, shapely.area(polygons(features)), strict=True)
    }
    assert km2 == pytest.approx(KM2, rel=0.03)


def test_people_of_the_kommunen_sum_to_the_real_size(written):
    people = [feature["properties"]["EWZ"] for feature in written.features("beispiel-kommunen.geojson")]
    assert sum(people) == pytest.approx(560_000, rel=0.03)


def test_sozialraeume_tile_their_kommune_exactly(written):
    kommunen = written.features("beispiel-kommunen.geojson")
    raeume = written.features("beispiel-sozialraeume.geojson")
    for feature, outline in zip(kommunen, polygons(kommunen), strict=True):
        own = polygons([raum for raum in raeume if raum["properties"]["AGS"] == feature["properties"]["AGS"]])
        assert shapely.area(own).sum() == pytest.approx(outline.area, rel=1e-9)
        assert shapely.symmetric_difference(shapely.union_all(own), outline).area < 1


def test_neighbours_share_their_borders_vertex_by_vertex(written):
    for name in ("beispiel-kommunen.geojson", "beispiel-sozialraeume.geojson"):
        geoms = [shapely.geometry.shape(feature["geometry"]) for feature in written.features(name)]
        assert shapely.coverage_is_valid(geoms)
        assert shapely.is_valid(geoms).all()
        assert all(polygon.exterior.is_ccw for polygon in shapely.get_parts(geoms))


def test_ninety_three_labels_as_on_the_official_map(written):
    labels = [f["properties"]["LABEL"] for f in written.features("beispiel-sozialraeume.geojson")]
    assert len(set(labels)) == len(labels) == 93
    assert {"AC 14", "A 11b", "B 4a", "E 15", "H 11", "M 2", "R 2", "SI 3", "S 3a", "S 16", "W 8"} <= set(labels)
    counts = Counter(label.split()[0] for label in labels)
    assert counts == {"AC": 14, "A": 14, "B": 7, "E": 15, "H": 11, "M": 2, "R": 2, "SI": 3, "S": 17, "W": 8}


def test_labels_equal_the_collected_list(written):
    listed = Path(__file__).parents[2].parent / "shared/data/aachen/sozialraum-codes-93.csv"
    if not listed.is_file():
        pytest.skip("the list of official labels lies outside the repository")
    with listed.open(encoding="utf-8") as file:
        official = {row["code"] for row in csv.DictReader(file)}
    assert {f["properties"]["LABEL"] for f in written.features("beispiel-sozialraeume.geojson")} == official
