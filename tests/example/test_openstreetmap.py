"""The street network: length, hierarchy, one piece for each mode, and near every populated cell."""

from collections import defaultdict

import numpy as np
import osmium
import pytest
import shapely
from pyproj import Transformer
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

TO_25832 = Transformer.from_crs("OGC:CRS84", "EPSG:25832", always_xy=True)
FROM_3035 = Transformer.from_crs("EPSG:3035", "EPSG:25832", always_xy=True)
NO_CARS = {"footway", "path", "steps", "cycleway", "track", "pedestrian"}
NO_FEET = {"motorway", "motorway_link"}


@pytest.fixture(scope="session")
def streets(written):
    """(tags, node ids, (n, 2) lon/lat) of each street and path."""
    return [
        (dict(way.tags), [node.ref for node in way.nodes], np.array([(node.lon, node.lat) for node in way.nodes]))
        for way in written.osm(osmium.osm.WAY)
        if way.is_way() and "highway" in way.tags
    ]


def length_km(streets):
    return sum(np.hypot(*np.diff(TO_25832.transform(*lonlat.T), axis=1)).sum() for _, _, lonlat in streets) / 1000


def pieces(streets, usable, *, oneway):
    """Sizes of the connected pieces of the usable streets, largest first, in nodes."""
    number = defaultdict(lambda: len(number))
    start, end = [], []
    for tags, nodes, _ in streets:
        if usable(tags):
            ids = [number[node] for node in nodes]
            start += ids[:-1]
            end += ids[1:]
            if not (oneway and tags.get("oneway") == "yes"):
                start += ids[1:]
                end += ids[:-1]
    graph = coo_array((np.ones(len(start)), (start, end)), shape=(len(number), len(number)))
    _, label = connected_components(graph, directed=True, connection="strong")
    return sorted(np.bincount(label).tolist(), reverse=True)


def test_about_five_thousand_kilometres(written, streets):
    assert length_km(streets) == pytest.approx(5_000, rel=0.15)
    assert written.report.strassen_km == pytest.approx(length_km(streets), rel=0.001)


def test_all_classes_of_the_hierarchy_occur(streets):
    km = defaultdict(float)
    for street in streets:
        km[street[0]["highway"]] += length_km([street])
    assert km["residential"] > km["secondary"] > km["primary"] > 100
    assert {"motorway", "motorway_link", "tertiary", "unclassified", "living_street", "service"} <= set(km)
    assert {"footway", "path", "steps", "track", "cycleway"} <= set(km)


@pytest.mark.parametrize(
    ("usable", "oneway"),
    [
        pytest.param(lambda tags: tags["highway"] not in NO_FEET, False, id="walk"),
        pytest.param(lambda tags: tags["highway"] not in {*NO_FEET, "steps"}, True, id="bike"),
        pytest.param(lambda tags: tags["highway"] not in NO_CARS and "access" not in tags, True, id="car"),
    ],
)
def test_one_piece_for_each_mode_beside_the_island(streets, usable, oneway):
    largest, *others = pieces(streets, usable, oneway=oneway)
    # Motorways run out of the data: what lies behind their last junction is a piece of its own for cars.
    assert largest / (largest + sum(others)) > 0.99
    assert 8 in others, "the island is a ring of eight nodes"


def test_some_oneways_private_ways_and_speeds(streets):
    tags = [street[0] for street in streets]
    assert sum(t.get("oneway") == "yes" and t["highway"] == "residential" for t in tags) > 100
    assert sum(t.get("access") == "private" for t in tags) > 100
    assert {"30", "50", "70", "100", "130"} == {t["maxspeed"] for t in tags if "maxspeed" in t}


def test_the_river_has_few_bridges_for_local_traffic(streets):
    bridges = [street for street in streets if "bridge" in street[0] and street[0]["highway"] not in NO_FEET]
    assert 5 <= len(bridges) <= 25


def test_every_populated_cell_lies_within_250_metres_of_a_street(written, streets):
    lines = np.array(
        [
            shapely.LineString(np.stack(TO_25832.transform(*xy.T), axis=1))
            for tags, _, xy in streets
            if tags["highway"] not in NO_FEET
        ]
    )
    rows = written.rows("Beispiel_Zensus2022_Bevoelkerungszahl_100m-Gitter.csv")
    cells = FROM_3035.transform([int(row["x_mp_100m"]) for row in rows], [int(row["y_mp_100m"]) for row in rows])
    points = shapely.points(*cells)
    away = shapely.distance(points, lines[shapely.STRtree(lines).nearest(points)])
    assert away.max() < 250
    assert np.median(away) < 60


def test_header_box_holds_the_region_and_ten_kilometres(written):
    with osmium.io.Reader(str(written.folder / "beispiel.osm.pbf")) as reader:
        box = reader.header().box()
    geoms = [shapely.geometry.shape(f["geometry"]) for f in written.features("beispiel-kommunen.geojson")]
    west, south, east, north = TO_25832.transform_bounds(*shapely.total_bounds(geoms))
    corners = np.array([(box.bottom_left.lon, box.bottom_left.lat), (box.top_right.lon, box.top_right.lat)])
    (box_west, box_east), (box_south, box_north) = TO_25832.transform(*corners.T)
    gaps = [west - box_west, south - box_south, box_east - east, box_north - north]
    assert gaps == pytest.approx([10_000] * 4, abs=2_000)


def test_ids_are_unique_and_rising(written):
    for kind in (osmium.osm.NODE, osmium.osm.WAY):
        ids = [o.id for o in osmium.FileProcessor(written.folder / "beispiel.osm.pbf", kind)]
        assert ids == sorted(set(ids))


def test_everyday_angebote_are_tagged_as_mappers_do(written):
    found = defaultdict(list)
    tagged = osmium.FileProcessor(written.folder / "beispiel.osm.pbf").with_filter(osmium.filter.EmptyTagFilter())
    for thing in tagged:
        tags = dict(thing.tags)
        for key, value in (
            *(("amenity", "pharmacy"), ("amenity", "doctors"), ("amenity", "hospital")),
            *(("shop", "supermarket"), ("highway", "bus_stop")),
        ):
            if tags.get(key) == value:
                found[value].append((tags, thing.is_way()))
    counts = {kind: len(things) for kind, things in found.items()}
    assert counts["pharmacy"] > 100
    assert counts["doctors"] > 200
    assert counts["supermarket"] > 100
    assert 5 < counts["hospital"] < 15
    assert counts["bus_stop"] > 200
    assert all(tags["name"].startswith("Beispiel") for things in found.values() for tags, _ in things)
    assert all(tags["healthcare:speciality"] == "general" for tags, _ in found["doctors"])
    assert all(tags["public_transport"] == "platform" for tags, _ in found["bus_stop"])
    assert all(is_way for _, is_way in found["hospital"])
