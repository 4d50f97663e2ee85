"""The JSON answers as schemas of OpenAPI 3.0, so that what is described can be held against what is sent.

Open to members that come later, but what a client may build on is required and has its type. The members
of the standards' own documents are those of OGC API Features Part 1, Annex A, and of OGC 17-083r4.
"""

from collections.abc import Mapping

from infrastruktur.domain.crs import ALL
from infrastruktur.domain.festschreibung import MAX_GRUND, MAX_TITEL
from infrastruktur.domain.szenariotext import KINDS
from infrastruktur.domain.tabelle import Typ
from infrastruktur.http.editing_documents import SCHEMAS as EDITS
from infrastruktur.http.shapes import (
    COUNT,
    DAY,
    LINKS,
    MOMENT,
    NULLABLE_TEXT,
    NUMBER,
    TEXT,
    URI,
    Json,
    constant,
    list_of,
    object_of,
    refer,
)

_GEOMETRIES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")

_CRS: Json = {"type": "string", "enum": [each.uri for each in ALL]}
_PROCESS = object_of(
    {
        "id": TEXT,
        "title": TEXT,
        "description": TEXT,
        "version": TEXT,
        "jobControlOptions": list_of({"type": "string", "enum": ["async-execute", "dismiss"]}),
        "outputTransmission": list_of(constant("value")),
        "links": LINKS,
    }
)
_TABLE: Mapping[str, Json] = {
    "name": TEXT,
    "titel": TEXT,
    "herkunft": refer("Herkunft"),
    "spalten": list_of(refer("Spalte")),
}
_ROWS: Json = list_of({"type": "object"})
_ROW_FEATURES = list_of(refer("RowFeature"))

_SCENARIO: Mapping[str, Json] = {
    "id": {"type": "string", "format": "uuid"},
    "version": {"type": "integer", "minimum": 1},
    "zeitpunkt": {"type": "string", "format": "date-time"},
    "name": TEXT,
    "stichtag": {**DAY, "nullable": True},
    "fingerabdruck": TEXT,
    "links": LINKS,
}
_FROZEN: Mapping[str, Json] = {
    "id": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9]+$"},
    "titel": TEXT,
    "stichtag": DAY,
    "known_at": MOMENT,
    "pruefsumme": {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "SHA-256 des Bestands."},
    "zeitpunkt": MOMENT,
    "links": LINKS,
}
_CHANGE = object_of({"was": {"type": "string", "enum": list(KINDS)}})

SCHEMAS: Mapping[str, Json] = {
    **EDITS,
    "Link": object_of(
        {"href": TEXT, "rel": TEXT, "type": TEXT, "title": TEXT, "hreflang": TEXT},
        {"templated": {"type": "boolean"}},
    ),
    "Landing": object_of({"title": TEXT, "description": TEXT, "links": LINKS}),
    "Conformance": object_of({"conformsTo": list_of(URI), "links": LINKS}),
    "Description": object_of(
        {"openapi": TEXT, "info": object_of({"title": TEXT, "version": TEXT}), "paths": {"type": "object"}}
    ),
    "ProcessSummary": _PROCESS,
    "Process": object_of(
        {**_PROCESS["properties"], "inputs": {"type": "object"}, "outputs": {"type": "object"}},
    ),
    "Processes": object_of({"processes": list_of(refer("ProcessSummary"), minItems=1), "links": LINKS}),
    "Job": object_of(
        {
            "jobID": TEXT,
            "processID": TEXT,
            "type": constant("process"),
            "status": {"type": "string", "enum": ["accepted", "running", "successful", "failed", "dismissed"]},
            "message": TEXT,
            "progress": {"type": "integer", "minimum": 0, "maximum": 100},
            "created": MOMENT,
            "links": LINKS,
        },
        {"started": MOMENT, "finished": MOMENT},
    ),
    "Jobs": object_of({"jobs": list_of(refer("Job")), "links": LINKS}, {"hinweis": TEXT}),
    "Health": object_of({"status": {"type": "string", "enum": ["live", "ready"]}}, {"collections": COUNT}),
    "Extent": object_of(
        {"temporal": object_of({"interval": list_of(list_of(NULLABLE_TEXT, minItems=2, maxItems=2), minItems=1)})},
        {"spatial": object_of({"bbox": list_of(list_of(NUMBER, minItems=4, maxItems=4), minItems=1), "crs": URI})},
    ),
    "Collection": object_of(
        {
            "id": TEXT,
            "title": TEXT,
            "description": TEXT,
            "links": LINKS,
            "itemType": constant("feature"),
            "crs": list_of(_CRS, minItems=1),
            "storageCrs": _CRS,
            "extent": refer("Extent"),
            "quellen": list_of(TEXT),
        },
        {"stichtag": DAY, "teilmenge_von": TEXT},
    ),
    "Collections": object_of(
        {"links": LINKS, "crs": list_of(_CRS, minItems=1), "collections": list_of(refer("Collection"))}
    ),
    "LayerSchema": object_of(
        {"$schema": URI, "$id": URI, "type": constant("object"), "title": TEXT, "properties": {"type": "object"}}
    ),
    "Geometry": {
        **object_of({"type": {"type": "string", "enum": list(_GEOMETRIES)}, "coordinates": list_of({})}),
        "nullable": True,
    },
    "Feature": object_of(
        {
            "type": constant("Feature"),
            "id": TEXT,
            "geometry": refer("Geometry"),
            "properties": {"type": "object"},
        },
        {"links": LINKS},
    ),
    "Features": object_of(
        {
            "type": constant("FeatureCollection"),
            "numberReturned": COUNT,
            "timeStamp": {"type": "string", "format": "date-time"},
            "links": LINKS,
            "features": list_of(refer("Feature")),
        },
        {"numberMatched": COUNT},
    ),
    "FeatureFile": object_of({"type": constant("FeatureCollection"), "features": list_of(refer("Feature"))}),
    "MatrixSet": object_of({"id": TEXT, "crs": _CRS, "tileMatrices": list_of({"type": "object"}, minItems=1)}),
    "MatrixSets": object_of(
        {"links": LINKS, "tileMatrixSets": list_of(object_of({"id": TEXT, "uri": URI, "links": LINKS}), minItems=1)}
    ),
    "Tileset": object_of(
        {"title": TEXT, "dataType": constant("vector"), "crs": _CRS, "tileMatrixSetURI": URI, "links": LINKS},
        {"layers": list_of({"type": "object"}), "tileMatrixSetLimits": list_of({"type": "object"})},
    ),
    "Tilesets": object_of({"links": LINKS, "tilesets": list_of(refer("Tileset"), minItems=1)}),
    "TileJson": object_of(
        {
            "tilejson": TEXT,
            "tiles": list_of(TEXT, minItems=1),
            "minzoom": COUNT,
            "maxzoom": COUNT,
            "vector_layers": list_of({"type": "object"}, minItems=1),
        }
    ),
    "Styles": object_of(
        {
            "default": TEXT,
            "styles": list_of(object_of({"id": TEXT, "title": TEXT, "links": LINKS}), minItems=1),
            "links": LINKS,
        }
    ),
    "Herkunft": object_of(
        {
            "titel": TEXT,
            "stichtag": DAY,
            "quellen": list_of(TEXT),
            "parameter": {"type": "object"},
            "netz": NULLABLE_TEXT,
            "datenstand": TEXT,
            "hinweise": list_of(TEXT),
        }
    ),
    "Spalte": object_of(
        {
            "name": TEXT,
            "titel": TEXT,
            "typ": {"type": "string", "enum": [each.value for each in Typ]},
            "einheit": NULLABLE_TEXT,
            "nachkommastellen": {**COUNT, "nullable": True},
            "personen": {"type": "boolean"},
        }
    ),
    "Table": object_of({**_TABLE, "zeilen": _ROWS}, {"befund": {"type": "object"}}),
    "RowFeature": object_of(
        {"type": constant("Feature"), "geometry": refer("Geometry"), "properties": {"type": "object"}}
    ),
    "Explanation": object_of(
        {
            "zelle": {"type": "object"},
            "rechenweg": list_of(TEXT),
            "herleitung": {"type": "object"},
            "weitere": {"type": "object", "additionalProperties": TEXT},
        }
    ),
    "TableLayer": object_of(
        {"type": constant("FeatureCollection"), **_TABLE, "features": _ROW_FEATURES}, {"befund": {"type": "object"}}
    ),
    "Isochrones": object_of(
        {
            "type": constant("FeatureCollection"),
            "title": TEXT,
            "modus": TEXT,
            "herkunft": refer("Herkunft"),
            "links": LINKS,
            "features": _ROW_FEATURES,
        }
    ),
    "ScenarioStatement": {
        **object_of({"name": TEXT}, {"stichtag": {**DAY, "nullable": True}, "aenderungen": list_of(_CHANGE)}),
        "additionalProperties": False,
    },
    "ScenarioHead": object_of(_SCENARIO),
    "Scenario": object_of({**_SCENARIO, "aenderungen": list_of(_CHANGE)}),
    "Scenarios": object_of({"szenarien": list_of(refer("ScenarioHead"))}),
    "FrozenDay": object_of(_FROZEN, {"akteur": TEXT, "grund": TEXT}),
    "FrozenDays": object_of({"stichtage": list_of(refer("FrozenDay")), "links": LINKS}),
    "FreezeStatement": {
        **object_of(
            {"stichtag": DAY, "titel": {"type": "string", "minLength": 1, "maxLength": MAX_TITEL}},
            {
                "grund": {"type": "string", "maxLength": MAX_GRUND},
                "known_at": {"type": "string", "description": "Wie beim Parameter; leer oder ohne Angabe jetzt."},
            },
        ),
        "additionalProperties": False,
    },
    "Problem": object_of(
        {"type": TEXT, "title": TEXT, "status": {"type": "integer"}},
        {
            "detail": TEXT,
            "parameter": {"type": "string", "description": "Die Angabe, um die es geht."},
            "grund": {"type": "string", "description": "Warum sich keine Aussage machen lässt."},
            "fehler": list_of(refer("FieldError")),
            "konflikte": list_of(refer("FieldConflict")),
            "aktuell": {"type": "object", "description": "Was jetzt dasteht, wenn jemand anders geändert hat."},
            "kandidaten": list_of(
                object_of({"id": TEXT, "name": TEXT, "traeger": TEXT, "adresse": TEXT, "gruende": list_of(TEXT)})
            ),
            "ersetzt_durch": {"type": "string", "description": "Unter welcher Kennung es weiter geführt wird."},
        },
    ),
}
"""By name, as `components.schemas` lists them."""
