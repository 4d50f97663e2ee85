"""Layers as vector tiles: metadata a client can walk, tiles that hold what the items hold, and GDAL's own reader."""

import json
import shutil
import subprocess

import mapbox_vector_tile
import numpy as np
import pytest
import shapely

from infrastruktur.domain.geometry import transform_xy
from infrastruktur.domain.tile import BUFFER, EXTENT, LAST_ZOOM, bounds_3857, parse_tile

QUAD = "tiles/WebMercatorQuad"
MVT = "application/vnd.mapbox-vector-tile"
REL = "http://www.opengis.net/def/rel/ogc/1.0"
CLASSES = ("core", "tileset", "tilesets-list", "geodata-tilesets", "mvt")


def by_rel(document):
    return {each["rel"]: each for each in document["links"]}


def walk_to_tile(api, collection, zoom):
    """Find the first tile of a layer at a zoom, as a client does that knows only the landing page's links."""
    described = api.json(f"/collections/{collection}")
    tilesets = api.json(api.relative(by_rel(described)[f"{REL}/tilesets-vector"]["href"]))
    tileset = api.json(api.relative(by_rel(tilesets["tilesets"][0])["self"]["href"]))
    limits = next(each for each in tileset["tileMatrixSetLimits"] if each["tileMatrix"] == str(zoom))
    template = by_rel(tileset)["item"]
    assert (template["templated"], template["type"]) == (True, MVT)
    address = template["href"].replace("{tileMatrix}", str(zoom))
    address = address.replace("{tileRow}", str(limits["minTileRow"])).replace("{tileCol}", str(limits["minTileCol"]))
    return api.relative(address)


def tile_of(path):
    return parse_tile(*path.partition("?")[0].split("/")[-3:])


def tiles_of(api, collection, zoom):
    """Give the addresses of all tiles of a layer at a zoom."""
    tileset = api.json(f"/collections/{collection}/{QUAD}")
    limits = next(each for each in tileset["tileMatrixSetLimits"] if each["tileMatrix"] == str(zoom))
    return [
        f"/collections/{collection}/{QUAD}/{zoom}/{row}/{column}"
        for row in range(limits["minTileRow"], limits["maxTileRow"] + 1)
        for column in range(limits["minTileCol"], limits["maxTileCol"] + 1)
    ]


def features(api, path):
    response = api.get(path)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == MVT
    if not response.content:
        return []
    (layer,) = mapbox_vector_tile.decode(response.content, default_options={"y_coord_down": True}).values()
    return layer["features"]


def to_4326(tile, xy_units):
    west, _, east, north = bounds_3857(tile)
    unit_m = (east - west) / EXTENT
    xy_3857 = np.column_stack((west + xy_units[:, 0] * unit_m, north - xy_units[:, 1] * unit_m))
    return transform_xy(xy_3857, 3857, 4326)


def geometry_4326(tile, feature):
    return shapely.transform(shapely.geometry.shape(feature["geometry"]), lambda xy: to_4326(tile, xy))


# Metadata


def test_the_classes_that_hold_are_declared(api):
    declared = api.json("/conformance")["conformsTo"]
    assert {f"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/{name}" for name in CLASSES} <= set(declared)


def test_a_client_walks_from_the_landing_page_to_the_tiling(api):
    listed = api.json(api.relative(by_rel(api.json("/"))[f"{REL}/tiling-schemes"]["href"]))["tileMatrixSets"]
    assert [each["id"] for each in listed] == ["WebMercatorQuad"]
    tiling = api.json(api.relative(by_rel(listed[0])["self"]["href"]))
    assert tiling["crs"] == "http://www.opengis.net/def/crs/EPSG/0/3857"
    assert tiling["uri"] == listed[0]["uri"]
    assert len(tiling["tileMatrices"]) == LAST_ZOOM + 1
    first = tiling["tileMatrices"][0]
    assert first["id"] == "0"
    assert first["pointOfOrigin"] == pytest.approx([-20037508.3427892, 20037508.3427892])
    assert (first["tileWidth"], first["matrixWidth"], first["cornerOfOrigin"]) == (256, 1, "topLeft")


@pytest.mark.parametrize("collection", ["angebote", "kommunen", "luecken"])
def test_a_tileset_says_what_the_standard_asks_for(api, collection):
    listed = api.json(f"/collections/{collection}/tiles")["tilesets"][0]
    whole = api.json(f"/collections/{collection}/{QUAD}")
    for each in (listed, whole):
        assert each["dataType"] == "vector"
        assert each["crs"] == "http://www.opengis.net/def/crs/EPSG/0/3857"
        assert each["tileMatrixSetURI"].endswith("/WebMercatorQuad")
        assert api.json(api.relative(by_rel(each)[f"{REL}/tiling-scheme"]["href"]))["id"] == "WebMercatorQuad"
    assert whole["layers"][0]["geometryDimension"] == (0 if collection == "angebote" else 2)


@pytest.mark.parametrize("collection", ["angebote", "kommunen"])
def test_the_attributes_of_a_tile_are_those_announced(api, collection):
    announced = api.json(f"/collections/{collection}/{QUAD}")["layers"][0]["propertiesSchema"]["properties"]
    tilejson = api.json(f"/collections/{collection}/{QUAD}?f=tilejson")
    assert set(tilejson["vector_layers"][0]["fields"]) == set(announced)
    for feature in features(api, walk_to_tile(api, collection, 12)):
        assert set(feature["properties"]) <= set(announced)


def test_tilejson_leads_to_the_same_tile(api):
    tilejson = api.json(f"/collections/angebote/{QUAD}?f=tilejson&datetime=2025-06-30")
    assert tilejson["tilejson"] == "3.0.0"
    assert (tilejson["minzoom"], tilejson["maxzoom"]) == (0, LAST_ZOOM)
    path = walk_to_tile(api, "angebote", 13)
    tile = tile_of(path)
    address = tilejson["tiles"][0].replace("{z}", "13").replace("{y}", str(tile.row)).replace("{x}", str(tile.column))
    assert api.relative(address) == f"{path}?datetime=2025-06-30"
    assert api.get(api.relative(address)).status_code == 200
    west, south, east, north = tilejson["bounds"]
    assert west < east
    assert south < north


@pytest.mark.parametrize(
    "path",
    [
        "/tileMatrixSets/WorldCRS84Quad",
        "/collections/angebote/tiles/WorldCRS84Quad",
        "/collections/angebote/tiles/WorldCRS84Quad/0/0/0",
        "/collections/keine/tiles",
        f"/collections/keine/{QUAD}",
        f"/collections/keine/{QUAD}/0/0/0",
        f"/collections/angebote/{QUAD}/0/0/1",
        f"/collections/angebote/{QUAD}/21/0/0",
        f"/collections/angebote/{QUAD}/a/0/0",
    ],
)
def test_what_does_not_exist_is_not_found(api, path):
    problem = api.get(path)
    assert problem.status_code == 404
    assert problem.headers["content-type"] == "application/problem+json"


def test_a_parameter_nobody_knows_and_another_format_are_refused(api):
    path = walk_to_tile(api, "angebote", 12)
    assert api.get(f"{path}?limit=1").status_code == 400
    assert api.get(f"{path}?f=json").status_code == 400
    assert api.get(path, accept="image/png").status_code == 406
    assert api.get(path, accept="application/x-protobuf").headers["content-type"] == MVT


# Tiles


def test_the_tiles_of_a_layer_hold_every_point_once(api):
    items = {each["id"]: each for each in api.json("/collections/angebote/items?limit=1000")["features"]}
    placed = {key: each for key, each in items.items() if each["geometry"] is not None}
    found = {}
    for path in tiles_of(api, "angebote", 14):
        for feature in features(api, path):
            at = np.array(feature["geometry"]["coordinates"])
            if ((at >= 0) & (at < EXTENT)).all():
                assert feature["properties"]["id"] not in found
                found[feature["properties"]["id"]] = (tile_of(path), feature)
    assert set(found) == set(placed)
    for key, (tile, feature) in found.items():
        told = {name: value for name, value in placed[key]["properties"].items() if value is not None}
        assert feature["properties"] == told | {"id": key, "anzahl": 1}
        lon_lat = shapely.get_coordinates(geometry_4326(tile, feature))[0]
        assert lon_lat == pytest.approx(placed[key]["geometry"]["coordinates"], abs=1e-5)


def test_a_far_tile_counts_what_it_cannot_show(api):
    placed = [
        each for each in api.json("/collections/angebote/items?limit=1000")["features"] if each["geometry"] is not None
    ]
    for zoom in (0, 5, 11):
        inner = [
            each["properties"]["anzahl"]
            for path in tiles_of(api, "angebote", zoom)
            for each in features(api, path)
            if all(0 <= value < EXTENT for value in each["geometry"]["coordinates"])
        ]
        assert sum(inner) == len(placed) == 25
        assert len(inner) < 25


def test_neighbouring_tiles_show_their_common_edge_alike(api):
    """What lies in one tile's buffer is in the other tile at the same place."""
    upper, lower = tiles_of(api, "angebote", 12)
    shift = np.array([0, (tile_of(lower).row - tile_of(upper).row) * EXTENT])
    above = {each["properties"]["id"]: np.array(each["geometry"]["coordinates"]) for each in features(api, upper)}
    below = {
        each["properties"]["id"]: np.array(each["geometry"]["coordinates"]) + shift for each in features(api, lower)
    }
    both = {key for key in above if abs(above[key][1] - EXTENT) < BUFFER}
    assert both
    for key in both:
        assert above[key].tolist() == pytest.approx(below[key].tolist(), abs=1)


@pytest.mark.parametrize("collection", ["kommunen", "sozialraeume", "luecken", "vq_dp80_kommune"])
def test_an_area_is_in_the_tiles_as_in_the_items(api, collection):
    items = {each["id"]: each for each in api.json(f"/collections/{collection}/items")["features"]}
    path = walk_to_tile(api, collection, 10)
    tile = tile_of(path)
    found = {each["properties"]["id"]: each for each in features(api, path)}
    assert set(found) == set(items)
    for key, item in items.items():
        outline = shapely.geometry.shape(item["geometry"])
        drawn = geometry_4326(tile, found[key])
        assert drawn.symmetric_difference(outline).area < 0.05 * outline.area
        told = {name: value for name, value in item["properties"].items() if value is not None}
        assert found[key]["properties"] == told | {"id": key}


def test_even_the_world_shows_every_area(api):
    found = features(api, f"/collections/kommunen/{QUAD}/0/0/0")
    assert {each["properties"]["id"] for each in found} == {"05334001", "05334002"}


def test_a_tile_of_open_country_is_empty_and_no_error(api):
    """The Angebote lie along a road, so most tiles of their extent hold none."""
    answers = [api.get(path) for path in tiles_of(api, "angebote", 18)]
    assert {each.status_code for each in answers} == {200}
    assert any(each.content for each in answers)
    empty = next(each for each in answers if not each.content)
    assert empty.headers["content-type"] == MVT


def test_a_tile_beside_the_limits_a_layer_states_is_not_found(api):
    last = tile_of(tiles_of(api, "angebote", 12)[-1])
    beside = api.get(f"/collections/angebote/{QUAD}/12/{last.row}/{last.column + 1}")
    assert beside.status_code == 404
    assert "angebote" in beside.json()["detail"]


def test_a_tile_is_of_a_day(api):
    path = walk_to_tile(api, "angebote", 12)
    names = {each["properties"]["name"] for each in features(api, f"{path}?datetime={api.closed_on.isoformat()}")}
    assert "Altes Heim" in names
    assert "Altes Heim" not in {each["properties"]["name"] for each in features(api, path)}


def test_a01_what_the_public_may_not_see_is_in_no_tile(api):
    for zoom in (0, 12):
        for path in tiles_of(api, "angebote", zoom):
            assert b"Frauenhaus" not in api.get(path).content
            assert b"beratung.gewaltschutz" not in api.get(path).content


def test_a_tile_has_a_tag_and_is_not_sent_twice(api):
    path = walk_to_tile(api, "angebote", 12)
    first = api.get(path)
    assert first.headers["cache-control"] == "no-cache"
    again = api.get(path, if_none_match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")


# GDAL


def read_with_gdal(file):
    """Read a tile as GDAL's driver for MVT does and give its features in CRS84."""
    command = ["ogr2ogr", "-f", "GeoJSON", "/vsistdout/", f"MVT:{file}", "-t_srs", "OGC:CRS84"]
    run = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return json.loads(run.stdout)["features"]


@pytest.mark.skipif(shutil.which("ogr2ogr") is None, reason="GDAL fehlt: apt-get install gdal-bin")
@pytest.mark.parametrize("collection", ["angebote", "kommunen"])
def test_gdal_reads_a_tile_feature_by_feature(geopackage_api, tmp_path, collection):
    """GDAL places a tile on the ground by its path, zoom/column/row, and cuts it at its edge."""
    path = walk_to_tile(geopackage_api, collection, 12)
    tile = tile_of(path)
    file = tmp_path / "12" / str(tile.column) / f"{tile.row}.mvt"
    file.parent.mkdir(parents=True)
    file.write_bytes(geopackage_api.get(path).content)
    read = {each["properties"]["id"]: each for each in read_with_gdal(file)}

    west, south, east, north = bounds_3857(tile)
    edge = shapely.transform(shapely.box(west, south, east, north), lambda xy: transform_xy(xy, 3857, 4326))
    items = geopackage_api.json(f"/collections/{collection}/items?limit=1000")["features"]
    placed = {each["id"]: each for each in items if each["geometry"] is not None}
    cut = {key: shapely.geometry.shape(each["geometry"]).intersection(edge) for key, each in placed.items()}
    assert set(read) == {key for key, each in cut.items() if not each.is_empty}
    for key, each in read.items():
        assert shapely.hausdorff_distance(shapely.geometry.shape(each["geometry"]), cut[key]) < 2e-4, "ten metres"
        told = {name: value for name, value in placed[key]["properties"].items() if value is not None}
        assert told.items() <= each["properties"].items()
