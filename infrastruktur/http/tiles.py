"""Layers as vector tiles of WebMercatorQuad (OGC API Tiles Part 1, 20-057; OGC 17-083r4 for the metadata)."""

from typing import Any
from urllib.parse import urlencode

from litestar import Response, get
from litestar.params import FromPath

from infrastruktur.domain.crs import CRS84
from infrastruktur.domain.errors import NotFound
from infrastruktur.domain.generalisation import ANZAHL, MOST_SINGLE, SINGLE_FROM_ZOOM
from infrastruktur.domain.geometry import Bbox
from infrastruktur.domain.layer import Collection
from infrastruktur.domain.query import LayerQuery
from infrastruktur.domain.tile import (
    EDGE_M,
    LAST_ZOOM,
    MATRIX_SET,
    PIXELS,
    WEB_MERCATOR,
    Tile,
    TileLimits,
    TileMatrix,
    limits_of,
    list_matrices,
    parse_tile,
)
from infrastruktur.http.answers import Asking, Opened, answer, answer_document, answer_page, shelf_for
from infrastruktur.http.collections import path_of
from infrastruktur.http.links import Link, href, link, self_and_alternates
from infrastruktur.http.mvt import encode_tile
from infrastruktur.http.negotiation import HTML, JSON, MVT, TILEJSON
from infrastruktur.http.parameters import KNOWN_AT, Parameter, Question, read_question
from infrastruktur.http.selection import DATETIME, layer_parameters, read_vergleich
from infrastruktur.usecases.look_back import look_back
from infrastruktur.usecases.read_layer import find_collection, get_collection, layer_revision
from infrastruktur.usecases.read_tile import read_tile

MATRIX_SET_URI = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{MATRIX_SET}"
SCHEME_REL = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
GEODATA_REL = "http://www.opengis.net/def/rel/ogc/1.0/geodata"
SET_FORMATS = (JSON, HTML)
TILESET_FORMATS = (JSON, TILEJSON, HTML)
CONFORMANCE = tuple(
    f"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/{name}"
    for name in ("core", "tileset", "tilesets-list", "geodata-tilesets", "mvt")
)
BESCHREIBUNG = (
    f"Die Objekte auf einer Kachel und ihrem Rand. Bis Zoomstufe {SINGLE_FROM_ZOOM - 1}, und darüber wo es mehr als "
    f"{MOST_SINGLE} sind, werden Punkte in einem Quadrat von acht Pixeln zu einem: mit ihrer Anzahl und den Angaben, "
    "die allen gemeinsam sind. Umrisse sind auf das vereinfacht, was zu sehen ist."
)
_MATRIX_SETS_PATH = "/tileMatrixSets"
_DIMENSION = {"Point": 0, "MultiPolygon": 2}


@get("/tileMatrixSets", sync_to_thread=True)
def get_matrix_sets(request: Asking, context: Opened) -> Response[bytes]:
    """Answer with the tilings there are: one."""
    question = read_question(request, (), SET_FORMATS)
    base = context.settings.base_url
    path = f"{_MATRIX_SETS_PATH}/{MATRIX_SET}"
    links = [link("self", href(base, path), JSON.media_type, MATRIX_SET)]
    listed = {"id": MATRIX_SET, "title": MATRIX_SET, "uri": MATRIX_SET_URI, "crs": WEB_MERCATOR.uri, "links": links}
    body = {"links": _own_links(base, _MATRIX_SETS_PATH, question), "tileMatrixSets": [listed]}
    if question.form is HTML:
        return answer_page(request, context, "Kachelungen", body)
    return answer_document(request, body, JSON)


@get("/tileMatrixSets/{matrix_set:str}", sync_to_thread=True)
def get_matrix_set(request: Asking, context: Opened, matrix_set: FromPath[str]) -> Response[bytes]:
    """Answer with the tiling's definition (OGC 17-083r4, 7.1)."""
    question = read_question(request, (), SET_FORMATS)
    _check_matrix_set(matrix_set)
    if question.form is HTML:
        return answer_page(request, context, f"Kachelung {MATRIX_SET}", describe_matrix_set())
    return answer_document(request, describe_matrix_set(), JSON)


@get("/collections/{collection_id:str}/tiles", sync_to_thread=True)
def get_tilesets(request: Asking, context: Opened, collection_id: FromPath[str]) -> Response[bytes]:
    """Answer with the tilesets of a layer: one."""
    question = read_question(request, (), SET_FORMATS)
    base = context.settings.base_url
    collection = get_collection(context, collection_id)
    path = f"{path_of(collection)}/tiles"
    listed = _tileset_head(collection)
    listed["links"] = [
        link("self", href(base, f"{path}/{MATRIX_SET}"), JSON.media_type, collection.titel),
        _scheme_link(base),
    ]
    body = {"links": _own_links(base, path, question), "tilesets": [listed]}
    if question.form is HTML:
        return answer_page(request, context, f"{collection.titel}: Kachelsätze", body)
    return answer_document(request, body, JSON)


@get("/collections/{collection_id:str}/tiles/{matrix_set:str}", sync_to_thread=True)
def get_tileset(
    request: Asking, context: Opened, collection_id: FromPath[str], matrix_set: FromPath[str]
) -> Response[bytes]:
    """Answer with what a client needs to ask for tiles, as OGC or as MapLibre reads it."""
    collection = get_collection(context, collection_id)
    question = read_question(request, tile_parameters(collection), TILESET_FORMATS)
    _check_matrix_set(matrix_set)
    describe = describe_tilejson if question.form is TILEJSON else describe_tileset
    described = describe(context.settings.base_url, collection, question)
    if question.form is HTML:
        return answer_page(request, context, f"{collection.titel}: Kachelsatz", described)
    return answer_document(request, described, question.form)


@get("/collections/{collection_id:str}/tiles/{matrix_set:str}/{zoom:str}/{row:str}/{column:str}", sync_to_thread=True)
def get_tile(
    request: Asking, context: Opened, collection_id: FromPath[str], matrix_set: FromPath[str]
) -> Response[bytes]:
    """Answer with one tile; one on which nothing lies has no layer, which is no bytes (20-057, req. tc-error B)."""
    collection = find_collection(collection_id)
    question = read_question(request, tile_parameters(collection), (MVT,))
    context = look_back(context, question.values[KNOWN_AT.name])
    _check_matrix_set(matrix_set)
    tile = parse_tile(*(request.path_params[part] for part in ("zoom", "row", "column")))
    stichtag, vergleich = read_vergleich(question)
    query = LayerQuery(collection=collection.id, stichtag=stichtag, vergleich=vergleich)

    def encode() -> bytes:
        written = encode_tile(collection, read_tile(context, query, tile), tile)
        if not written:  # otherwise it is within the limits, whose measuring reads every Standort
            _check_limits(get_collection(context, collection.id), tile)
        return written

    key = f"{collection.id}/{tile.zoom}/{tile.row}/{tile.column}?{urlencode(sorted(question.written.items()))}"
    return answer(request, shelf_for(request, context).recall(key, layer_revision(context, collection.id), encode), MVT)


def tile_parameters(collection: Collection) -> tuple[Parameter, ...]:
    """Give what the tiles of a layer can be asked."""
    return (DATETIME, KNOWN_AT, *layer_parameters(collection))


def describe_matrix_set() -> dict[str, Any]:
    """Build the definition of WebMercatorQuad (OGC 17-083r4, D.1), as far as tiles are given."""
    return {
        "id": MATRIX_SET,
        "title": MATRIX_SET,
        "uri": MATRIX_SET_URI,
        "crs": WEB_MERCATOR.uri,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": [_describe_matrix(each) for each in list_matrices()],
    }


def describe_tileset(base: str, collection: Collection, question: Question) -> dict[str, Any]:
    """Build the metadata of a layer's tileset (OGC 17-083r4, 7.2)."""
    path = f"{path_of(collection)}/tiles/{MATRIX_SET}"
    template = {
        **link("item", _template(base, path, question, "{tileMatrix}/{tileRow}/{tileCol}"), MVT.media_type, MVT.titel),
        "templated": True,
    }
    source = link(GEODATA_REL, href(base, path_of(collection)), JSON.media_type, "Kartenebene")
    links = self_and_alternates(base, path, question.written, chosen=question.form, formats=TILESET_FORMATS)
    described = _tileset_head(collection) | {
        "description": collection.beschreibung,
        "links": [*links, _scheme_link(base), source, template],
        "layers": [_describe_layer(collection)],
    }
    if collection.extent_4326 is not None:
        described["boundingBox"] = _describe_box(collection.extent_4326)
        limits = [limits_of(collection.extent_4326, zoom) for zoom in range(LAST_ZOOM + 1)]
        described["tileMatrixSetLimits"] = [_describe_limits(each) for each in limits]
    return described


def describe_tilejson(base: str, collection: Collection, question: Question) -> dict[str, Any]:
    """Build the TileJSON 3.0 of a layer, from which MapLibre and OpenLayers take all they need."""
    path = f"{path_of(collection)}/tiles/{MATRIX_SET}"
    fields = {name: described["title"] for name, described in _describe_properties(collection).items()}
    described: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": collection.titel,
        "description": collection.beschreibung,
        "scheme": "xyz",
        "tiles": [_template(base, path, question, "{z}/{y}/{x}")],
        "minzoom": 0,
        "maxzoom": LAST_ZOOM,
        "vector_layers": [{"id": collection.id, "description": collection.titel, "fields": fields}],
    }
    if collection.extent_4326 is not None:
        described["bounds"] = list(collection.extent_4326)
    return described


def _check_matrix_set(name: str) -> None:
    if name != MATRIX_SET:
        raise NotFound(f"Die Kachelung „{name}“ gibt es hier nicht. Möglich ist: {MATRIX_SET}.")


def _check_limits(collection: Collection, tile: Tile) -> None:
    """Refuse a tile beside the limits that the tileset states (20-057, requirement tc-error A)."""
    extent = collection.extent_4326
    if extent is not None and not limits_of(extent, tile.zoom).hold(tile):
        raise NotFound(f"So weit reicht die Kartenebene „{collection.id}“ nicht. Ihre Kacheln nennt der Kachelsatz.")


def _own_links(base: str, path: str, question: Question) -> list[Link]:
    return self_and_alternates(base, path, question.written, chosen=question.form, formats=SET_FORMATS)


def _scheme_link(base: str) -> Link:
    return link(SCHEME_REL, href(base, f"{_MATRIX_SETS_PATH}/{MATRIX_SET}"), JSON.media_type, "Kachelung")


def _template(base: str, path: str, question: Question, variables: str) -> str:
    """Build the address of a tile with its variables open; Stichtag and state of knowledge stay in it."""
    asked = {name: text for name, text in question.written.items() if name != "f"}
    return f"{href(base, path)}/{variables}{'?' + urlencode(asked) if asked else ''}"


def _tileset_head(collection: Collection) -> dict[str, Any]:
    return {
        "title": collection.titel,
        "dataType": "vector",
        "crs": WEB_MERCATOR.uri,
        "tileMatrixSetURI": MATRIX_SET_URI,
    }


def _describe_matrix(matrix: TileMatrix) -> dict[str, Any]:
    return {
        "id": str(matrix.zoom),
        "scaleDenominator": matrix.scale_denominator,
        "cellSize": matrix.cell_size_m,
        "cornerOfOrigin": "topLeft",
        "pointOfOrigin": [-EDGE_M, EDGE_M],
        "tileWidth": PIXELS,
        "tileHeight": PIXELS,
        "matrixWidth": matrix.width,
        "matrixHeight": matrix.width,
    }


def _describe_limits(limits: TileLimits) -> dict[str, Any]:
    return {
        "tileMatrix": str(limits.zoom),
        "minTileRow": limits.min_row,
        "maxTileRow": limits.max_row,
        "minTileCol": limits.min_column,
        "maxTileCol": limits.max_column,
    }


def _describe_box(extent_4326: Bbox) -> dict[str, Any]:
    west, south, east, north = extent_4326
    return {"lowerLeft": [west, south], "upperRight": [east, north], "crs": CRS84.uri}


def _describe_layer(collection: Collection) -> dict[str, Any]:
    schema = {"type": "object", "properties": _describe_properties(collection)}
    return {
        "id": collection.id,
        "title": collection.titel,
        "dataType": "vector",
        "geometryDimension": _DIMENSION[collection.geometry],
        "propertiesSchema": schema,
    }


def _describe_properties(collection: Collection) -> dict[str, dict[str, str]]:
    """Describe the attributes of a tile's features: the columns, the id, and how many points one stands for."""
    described = {"id": {"type": "string", "title": "Kennung"}}
    described |= {each.name: {"type": each.type, "title": each.titel} for each in collection.properties}
    if collection.geometry == "Point":
        described[ANZAHL] = {"type": "integer", "title": "Für so viele Objekte steht dieser Punkt"}
    return described
