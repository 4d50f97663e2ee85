"""The service description in OpenAPI 3.0.3, built from the same tables the routes read by.

By hand, because clients read it literally: QGIS takes its page size only from
`components.parameters.limit.schema`, and QGIS, GDAL and Masterportal look for the literal path of
each layer with `style`, `explode` and `schema.type` written out; the standard and its test suite
want 3.0, not the 3.1 that frameworks write.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from infrastruktur import __version__
from infrastruktur.domain.layer import Collection
from infrastruktur.domain.tile import LAST_ZOOM, MATRIX_SET
from infrastruktur.http import (
    collections,
    documents,
    downloads,
    items,
    planning,
    reach,
    styles,
    tiles,
)
from infrastruktur.http.aenderung_operations import describe_changes
from infrastruktur.http.editing_operations import TAGS as EDITING
from infrastruktur.http.editing_operations import describe_edits
from infrastruktur.http.explanations import EXPLANATIONS
from infrastruktur.http.figures import FIGURES
from infrastruktur.http.job_operations import describe_jobs, describe_processes
from infrastruktur.http.negotiation import (
    DOWNLOADS,
    FEATURE_FILE,
    FEATURES,
    HTML,
    JSON,
    MVT,
    OPENAPI,
    SCHEMA,
    TILEJSON,
    Format,
)
from infrastruktur.http.operations import (
    FIGURE_DOCUMENTS,
    describe_get,
    describe_parameter,
    describe_path_parameter,
    describe_problem,
)
from infrastruktur.http.parameters import Parameter
from infrastruktur.http.scenario_operations import describe_scenarios
from infrastruktur.http.selection import SELECTION, layer_parameters, property_filters
from infrastruktur.http.shared_parameters import REFERENCE, share_parameters
from infrastruktur.http.stichtag_operations import describe_stichtage
from infrastruktur.http.vorschlag_operations import TAGS as PROPOSING
from infrastruktur.http.vorschlag_operations import describe_making, describe_vorschlaege
from infrastruktur.settings import Limits, Settings
from infrastruktur.usecases.describe_layers import describe_collections
from infrastruktur.usecases.edit_angebot import list_editable

Json = dict[str, Any]
_SCHEMAS = {"schema": "Spalten", "queryables": "wonach sich filtern lässt", "sortables": "wonach sich ordnen lässt"}
_TAGS = {
    "Dienst": "Einstieg und Beschreibung",
    "Kartenebenen": "Ebenen und ihre Objekte (OGC API Features)",
    "Kacheln": "Ebenen als Vektorkacheln (OGC API Tiles)",
    "Auswertungen": "Kennzahlen je Gebiet",
    "Szenarien": "Was wäre, wenn",
    "Erreichbarkeit": "Reisezeiten",
    "Aufträge": "Fragen, die länger dauern: stellen, verfolgen, abbrechen (OGC API Processes)",
}


def build_description(layers: Iterable[Collection], settings: Settings) -> Json:
    """Build the whole document; it depends on the layers' columns and the limits, not on data."""
    layers = tuple(layers)
    limits = settings.limits
    named = {each.name: describe_parameter(each) for each in items.item_parameters(limits)}
    paths, parameters = share_parameters(_paths(layers, limits), named)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "Soziale Infrastruktur",
            "description": "Katalog und Planung sozialer Infrastruktur: Kartenebenen, Kennzahlen und Reisezeiten.",
            "version": __version__,
            "license": {"name": "MIT"},
        },
        "servers": [{"url": settings.base_url}],
        "tags": [{"name": name, "description": text} for name, text in (_TAGS | EDITING | PROPOSING).items()],
        "paths": paths,
        "components": {
            "parameters": parameters,
            "responses": {"Problem": describe_problem()},
            "schemas": dict(documents.SCHEMAS),
            "securitySchemes": {
                "zugang": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Zugang dieser Installation (infrastruktur token) oder Token ihres Anmeldedienstes. "
                    "Ohne Zugang liest jede Person, was öffentlich ist.",
                }
            },
        },
        "security": [{}, {"zugang": []}],
    }


def _paths(layers: Sequence[Collection], limits: Limits) -> Json:
    return {
        **_service_paths(),
        **_layer_paths(layers, limits),
        **describe_vorschlaege(),
        **_tile_paths(layers),
        **_figure_paths(),
        **_explanation_paths(),
        **describe_scenarios(),
        **describe_stichtage(),
        **describe_changes(),
        **_reach_paths(limits),
        **describe_processes(limits),
        **describe_jobs(),
    }


def write_description(path: Path) -> None:
    """Write the description of an installation with default settings, for the repository.

    One line an address, so that a change of the API reads as such in a diff.
    """
    described = build_description(describe_collections(), Settings())
    members = ",\n".join(f"{_line(name)}: {_write_member(value)}" for name, value in described.items())
    path.write_text(f"{{\n{members}\n}}\n", encoding="utf-8")


def _write_member(value: Any) -> str:
    if not isinstance(value, dict):
        return _line(value)
    return "{\n" + ",\n".join(f" {_line(name)}: {_line(each)}" for name, each in value.items()) + "\n}"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _service_paths() -> Json:
    return {
        "/": describe_get("Startseite", "Verweise auf alles Weitere.", _service("getLandingPage"), _page_of("Landing")),
        "/conformance": describe_get(
            "Erfüllte Normen", "Die Konformitätsklassen.", _service("getConformance"), _page_of("Conformance")
        ),
        "/api": describe_get(
            "Beschreibung", "Dieses Dokument.", _service("getApi"), {OPENAPI: "Description", HTML: ""}
        ),
        "/api.html": describe_get(
            "Beschreibung als Webseite", "Dieses für Menschen.", _service("getApiPage"), {HTML: ""}
        ),
        "/health/live": describe_get("Lebenszeichen", "Ob der Dienst läuft.", _service("getLive"), {JSON: "Health"}),
        "/health/ready": describe_get(
            "Bereitschaft",
            "Ob der Katalog lesbar ist.",
            _service("getReady"),
            {JSON: "Health"},
            errors=("400", "406", "503"),
        ),
    }


def _layer_paths(layers: Sequence[Collection], limits: Limits) -> Json:
    paths = {
        "/collections": describe_get("Kartenebenen", "Alle Ebenen.", _layer("getCollections"), _page_of("Collections"))
    }
    for layer in layers:
        paths |= _paths_of_layer(layer, limits)
        paths |= describe_edits(layer, paths)
        paths |= describe_making(layer)
    return paths


def _paths_of_layer(layer: Collection, limits: Limits) -> Json:
    path = collections.path_of(layer)
    taken = items.item_parameters(limits)
    compared = [*map(describe_parameter, layer_parameters(layer))]
    own = [*compared, *map(describe_parameter, property_filters(layer, taken))]
    text = layer.beschreibung
    return {
        path: describe_get(layer.titel, text, _layer(f"describe_{layer.id}"), _page_of("Collection")),
        **{
            f"{path}/{name}": describe_get(
                f"{layer.titel}: {titel}", text, _layer(f"{name}_{layer.id}"), {SCHEMA: "LayerSchema", HTML: ""}
            )
            for name, titel in _SCHEMAS.items()
        },
        f"{path}/items": describe_get(
            f"{layer.titel}: Objekte",
            text,
            _layer(f"items_{layer.id}"),
            {FEATURES: "Features", HTML: ""},
            parameters=[*map(_refer, taken), *own],
        ),
        f"{path}/items/{{featureId}}": describe_get(
            f"{layer.titel}: ein Objekt",
            text,
            _layer(f"item_{layer.id}"),
            {FEATURES: "Feature", HTML: ""},
            parameters=[
                describe_path_parameter("featureId", "Kennung des Objekts."),
                *map(_refer, items.ITEM_PARAMETERS),
                *compared,
            ],
            errors=("400", "404", "406", *(("410",) if list_editable(layer.id) else ())),
        ),
        f"{path}/download": describe_get(
            f"{layer.titel}: Datei",
            "Die ganze Ebene oder eine Auswahl daraus als Datei, vollständig oder gar nicht.",
            _layer(f"download_{layer.id}"),
            {each: "FeatureFile" if each is FEATURE_FILE else "" for each in DOWNLOADS},
            parameters=_download_parameters(layer),
            errors=("400", "404", "406", "503"),
        ),
        **_style_paths(layer),
    }


def _style_paths(layer: Collection) -> Json:
    """Name the one style literally: each layer has it, and none has another."""
    path = styles.path_of_styles(layer)
    drawn = "So wird die Ebene gezeichnet: Zeichen, Klassen und Legende."
    return {
        path: describe_get(
            f"{layer.titel}: Stile", "Die Stile der Ebene.", _layer(f"styles_{layer.id}"), _page_of("Styles")
        ),
        f"{path}/{styles.STANDARD}": describe_get(
            f"{layer.titel}: Stil", drawn, _layer(f"style_{layer.id}"), dict.fromkeys(styles.FORMATS, "")
        ),
    }


def _download_parameters(layer: Collection) -> list[Json]:
    """Describe what a file can be asked for; where it means the same as for items, by reference."""
    shared = [_refer(each) if each in SELECTION else describe_parameter(each) for each in downloads.PARAMETERS]
    own = (*layer_parameters(layer), *property_filters(layer, downloads.PARAMETERS))
    return [*shared, *map(describe_parameter, own)]


def _refer(parameter: Parameter) -> Json:
    return {"$ref": f"{REFERENCE}{parameter.name}"}


def _tile_paths(layers: Sequence[Collection]) -> Json:
    tilings = "/tileMatrixSets"
    paths = {
        tilings: describe_get(
            "Kachelungen",
            "Wie der Boden in Kacheln geteilt wird.",
            _tile("getTileMatrixSetsList"),
            _page_of("MatrixSets"),
        ),
        f"{tilings}/{MATRIX_SET}": describe_get(
            "Kachelung WebMercatorQuad",
            "Maßstäbe und Zahl der Kacheln.",
            _tile("getTileMatrixSet"),
            _page_of("MatrixSet"),
        ),
    }
    for layer in layers:
        paths |= _tile_paths_of_layer(layer)
    return paths


def _tile_paths_of_layer(layer: Collection) -> Json:
    path = f"{collections.path_of(layer)}/tiles"
    address = [
        describe_path_parameter("tileMatrix", f"Zoomstufe, 0 bis {LAST_ZOOM}."),
        describe_path_parameter("tileRow", "Zeile, von Norden gezählt."),
        describe_path_parameter("tileCol", "Spalte, von Westen gezählt."),
    ]
    asked = [_refer(each) if each in SELECTION else describe_parameter(each) for each in tiles.tile_parameters(layer)]
    return {
        path: describe_get(
            f"{layer.titel}: Kachelsätze", layer.beschreibung, _tile(f"tilesets_{layer.id}"), _page_of("Tilesets")
        ),
        f"{path}/{MATRIX_SET}": describe_get(
            f"{layer.titel}: Kachelsatz",
            layer.beschreibung,
            _tile(f"tileset_{layer.id}"),
            {JSON: "Tileset", TILEJSON: "TileJson", HTML: ""},
            parameters=asked,
        ),
        f"{path}/{MATRIX_SET}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": describe_get(
            f"{layer.titel}: eine Kachel",
            tiles.BESCHREIBUNG,
            _tile(f"tile_{layer.id}"),
            {MVT: ""},
            parameters=[*address, *asked],
            errors=("400", "404", "406"),
        ),
    }


def _figure_paths() -> Json:
    return {
        f"/planning/{name}": describe_get(
            figure.titel,
            figure.beschreibung,
            ("Auswertungen", f"plan_{name.replace('/', '_')}"),
            {each: FIGURE_DOCUMENTS.get(each, "") for each in planning.FORMATS},
            parameters=[describe_parameter(each) for each in figure.parameters],
            errors=("400", "403", "404", "406", "409", "503"),
        )
        for name, figure in FIGURES.items()
    }


def _explanation_paths() -> Json:
    return {
        f"/planning/{name}/explain": describe_get(
            explanation.titel,
            explanation.beschreibung,
            ("Auswertungen", f"explain_{name}"),
            _page_of("Explanation"),
            parameters=[describe_parameter(each) for each in explanation.parameters],
            errors=("400", "403", "404", "406", "409", "503"),
        )
        for name, explanation in EXPLANATIONS.items()
    }


def _reach_paths(limits: Limits) -> Json:
    return {
        f"/reach/{name}": describe_get(
            frage.titel,
            frage.beschreibung,
            ("Erreichbarkeit", f"reach_{name}"),
            {each: FIGURE_DOCUMENTS.get(each, "") for each in frage.formats},
            parameters=[describe_parameter(each) for each in frage.parameters(limits)],
            errors=("400", "403", "404", "406", "409", "503"),
        )
        for name, frage in reach.FRAGEN.items()
    }


def _service(name: str) -> tuple[str, str]:
    return ("Dienst", name)


def _tile(name: str) -> tuple[str, str]:
    return ("Kacheln", name)


def _layer(name: str) -> tuple[str, str]:
    return ("Kartenebenen", name)


def _page_of(document: str) -> dict[Format, str]:
    return {JSON: document, HTML: ""}
