"""The JSON answers as schemas of OpenAPI 3.0, so that what is described can be held against what is sent.

Open to members that come later, but what a client may build on is required and has its type. The members
of the standards' own documents are those of OGC API Features Part 1, Annex A, and of OGC 17-083r4.
"""

from collections.abc import Mapping
from typing import Any

from infrastruktur.domain.crs import ALL
from infrastruktur.domain.eingabe import TITEL as STATED
from infrastruktur.domain.festschreibung import MAX_GRUND, MAX_TITEL
from infrastruktur.domain.massnahme import TITEL as MEASURE
from infrastruktur.domain.szenariotext import KINDS
from infrastruktur.domain.tabelle import Typ
from infrastruktur.domain.vorschlag import Absicht, Zug, Zustand
from infrastruktur.usecases.plan_liste import ERGEBNISSE

Json = dict[str, Any]
_TEXT: Json = {"type": "string"}
_NULLABLE_TEXT: Json = {"type": "string", "nullable": True}
_URI: Json = {"type": "string", "format": "uri"}
_MOMENT: Json = {"type": "string", "format": "date-time"}
_DAY: Json = {"type": "string", "format": "date"}
_COUNT: Json = {"type": "integer", "minimum": 0}
_NUMBER: Json = {"type": "number"}
_GEOMETRIES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")


def refer(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _list(items: Json, **more: int) -> Json:
    return {"type": "array", "items": items, **more}


def _object(required: Mapping[str, Json], optional: Mapping[str, Json] | None = None) -> Json:
    return {"type": "object", "required": list(required), "properties": {**required, **(optional or {})}}


def _stated(name: str, titel: str) -> Json:
    """Describe a property as it may be stated; null takes it away."""
    kinds: Mapping[str, Json] = {"kapazitaet": {"type": "number", "minimum": 0}, "stand": _DAY}
    return {**kinds.get(name, _TEXT), "title": titel, "nullable": True}


def _constant(value: str) -> Json:
    return {"type": "string", "enum": [value]}


_LINKS = _list(refer("Link"))
_CRS: Json = {"type": "string", "enum": [each.uri for each in ALL]}
_PROCESS = _object(
    {
        "id": _TEXT,
        "title": _TEXT,
        "description": _TEXT,
        "version": _TEXT,
        "jobControlOptions": _list({"type": "string", "enum": ["async-execute", "dismiss"]}),
        "outputTransmission": _list(_constant("value")),
        "links": _LINKS,
    }
)
_TABLE: Mapping[str, Json] = {
    "name": _TEXT,
    "titel": _TEXT,
    "herkunft": refer("Herkunft"),
    "spalten": _list(refer("Spalte")),
}
_ROWS: Json = _list({"type": "object"})
_ROW_FEATURES = _list(refer("RowFeature"))

_SCENARIO: Mapping[str, Json] = {
    "id": {"type": "string", "format": "uuid"},
    "version": {"type": "integer", "minimum": 1},
    "zeitpunkt": {"type": "string", "format": "date-time"},
    "name": _TEXT,
    "stichtag": {**_DAY, "nullable": True},
    "fingerabdruck": _TEXT,
    "links": _LINKS,
}
_FROZEN: Mapping[str, Json] = {
    "id": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9]+$"},
    "titel": _TEXT,
    "stichtag": _DAY,
    "known_at": _MOMENT,
    "pruefsumme": {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "SHA-256 des Bestands."},
    "zeitpunkt": _MOMENT,
    "links": _LINKS,
}
_CHANGE = _object({"was": {"type": "string", "enum": list(KINDS)}})

_PROPOSAL: Mapping[str, Json] = {
    "id": {"type": "string", "format": "uuid"},
    "nr": {"type": "integer", "minimum": 1, "description": "Zählt die Schritte."},
    "zustand": {"type": "string", "enum": [each.value for each in Zustand]},
    "absicht": {"type": "string", "enum": [each.value for each in Absicht]},
    "kollektion": _TEXT,
    "angebot": {"type": "string", "description": "Kennung; bei einem neuen die, die es bekommt."},
    "name": _TEXT,
    "art": _TEXT,
    "kommune": _NULLABLE_TEXT,
    "traeger": _TEXT,
    "ab": _DAY,
    "grund": _TEXT,
    "urheber": _TEXT,
    "zeitpunkt": _MOMENT,
    "text": {"type": "string", "description": "Was beim letzten Schritt gesagt wurde."},
    "ersetzt_durch": _TEXT,
    "felder": _list(refer("FieldConflict")),
    "moeglich": _list({"type": "string", "enum": [each.value for each in Zug]}),
    "links": _LINKS,
}
_NOTE: Mapping[str, Json] = {"text": {"type": "string", "maxLength": 2000}}


def _closed(members: Mapping[str, Json], *required: str) -> Json:
    return {**_object({name: members[name] for name in required}, members), "additionalProperties": False}


SCHEMAS: Mapping[str, Json] = {
    "Link": _object(
        {"href": _TEXT, "rel": _TEXT, "type": _TEXT, "title": _TEXT, "hreflang": _TEXT},
        {"templated": {"type": "boolean"}},
    ),
    "Landing": _object({"title": _TEXT, "description": _TEXT, "links": _LINKS}),
    "Conformance": _object({"conformsTo": _list(_URI), "links": _LINKS}),
    "Description": _object(
        {"openapi": _TEXT, "info": _object({"title": _TEXT, "version": _TEXT}), "paths": {"type": "object"}}
    ),
    "ProcessSummary": _PROCESS,
    "Process": _object(
        {**_PROCESS["properties"], "inputs": {"type": "object"}, "outputs": {"type": "object"}},
    ),
    "Processes": _object({"processes": _list(refer("ProcessSummary"), minItems=1), "links": _LINKS}),
    "Job": _object(
        {
            "jobID": _TEXT,
            "processID": _TEXT,
            "type": _constant("process"),
            "status": {"type": "string", "enum": ["accepted", "running", "successful", "failed", "dismissed"]},
            "message": _TEXT,
            "progress": {"type": "integer", "minimum": 0, "maximum": 100},
            "created": _MOMENT,
            "links": _LINKS,
        },
        {"started": _MOMENT, "finished": _MOMENT},
    ),
    "Jobs": _object({"jobs": _list(refer("Job")), "links": _LINKS}, {"hinweis": _TEXT}),
    "Health": _object({"status": {"type": "string", "enum": ["live", "ready"]}}, {"collections": _COUNT}),
    "Extent": _object(
        {"temporal": _object({"interval": _list(_list(_NULLABLE_TEXT, minItems=2, maxItems=2), minItems=1)})},
        {"spatial": _object({"bbox": _list(_list(_NUMBER, minItems=4, maxItems=4), minItems=1), "crs": _URI})},
    ),
    "Collection": _object(
        {
            "id": _TEXT,
            "title": _TEXT,
            "description": _TEXT,
            "links": _LINKS,
            "itemType": _constant("feature"),
            "crs": _list(_CRS, minItems=1),
            "storageCrs": _CRS,
            "extent": refer("Extent"),
            "quellen": _list(_TEXT),
        },
        {"stichtag": _DAY, "teilmenge_von": _TEXT},
    ),
    "Collections": _object(
        {"links": _LINKS, "crs": _list(_CRS, minItems=1), "collections": _list(refer("Collection"))}
    ),
    "LayerSchema": _object(
        {"$schema": _URI, "$id": _URI, "type": _constant("object"), "title": _TEXT, "properties": {"type": "object"}}
    ),
    "Geometry": {
        **_object({"type": {"type": "string", "enum": list(_GEOMETRIES)}, "coordinates": _list({})}),
        "nullable": True,
    },
    "Feature": _object(
        {
            "type": _constant("Feature"),
            "id": _TEXT,
            "geometry": refer("Geometry"),
            "properties": {"type": "object"},
        },
        {"links": _LINKS},
    ),
    "Features": _object(
        {
            "type": _constant("FeatureCollection"),
            "numberReturned": _COUNT,
            "timeStamp": {"type": "string", "format": "date-time"},
            "links": _LINKS,
            "features": _list(refer("Feature")),
        },
        {"numberMatched": _COUNT},
    ),
    "AngebotFeature": _object(
        {"type": _constant("Feature"), "geometry": refer("PointGeometry"), "properties": refer("AngebotProperties")},
        {"id": _NULLABLE_TEXT, "links": _list({}), "bbox": _list({}), "verortung": {"type": "object"}},
    ),
    "AngebotPatch": _object(
        {},
        {"type": _constant("Feature"), "geometry": refer("PointGeometry"), "properties": refer("AngebotProperties")},
    ),
    "PointGeometry": {
        **_object({"type": _constant("Point"), "coordinates": _list(_NUMBER, minItems=2, maxItems=3)}),
        "nullable": True,
    },
    "AngebotProperties": {
        **_object({}, {name: _stated(name, titel) for name, titel in STATED.items() if name != "geometry"}),
        "description": "Was abgeleitet ist (Kennung, Einheit, Kommune, Sozialraum, Prüftag), darf so dastehen.",
    },
    "Checked": _closed(
        {"angebote": _list(_closed({"id": _TEXT, "version": _TEXT}, "id"), minItems=1, maxItems=1000)}, "angebote"
    ),
    "Confirmed": _object({"zuletzt_geprueft": _DAY, "anzahl": _COUNT, "angebote": _list(_TEXT)}),
    "History": _object(
        {
            "id": _TEXT,
            "aenderungen": _list(
                _object({"zeitpunkt": _TEXT, "akteur": _TEXT, "grund": _TEXT, "felder": _list(refer("FieldChange"))})
            ),
            "links": _LINKS,
        }
    ),
    "MeasureFeature": _object(
        {"type": _constant("Feature"), "properties": refer("MeasureProperties")},
        {"id": _NULLABLE_TEXT, "geometry": {}, "links": _list({}), "bbox": _list({})},
    ),
    "MeasurePatch": _object(
        {},
        {"type": _constant("Feature"), "properties": refer("MeasureProperties"), "geometry": {}},
    ),
    "MeasureProperties": _object(
        {},
        {
            name: {**(_DAY if name == "frist" else _TEXT), "title": titel, "nullable": True}
            for name, titel in MEASURE.items()
        },
    ),
    "NeedConfirmation": _object({"id": _TEXT, "tag": _DAY, "fundstelle": _TEXT}),
    "NeedConfirmationStatement": {
        **_object({"tag": _DAY, "fundstelle": {"type": "string", "minLength": 1, "maxLength": 200}}),
        "additionalProperties": False,
    },
    "FieldChange": _object({"feld": _TEXT, "titel": _TEXT}, {"vorher": {}, "nachher": {}}),
    "ListPlan": _object(
        {
            "kollektion": _TEXT,
            "ab": _DAY,
            "pruefsumme": _TEXT,
            "anwendbar": {"type": "boolean"},
            "angewendet": {"type": "boolean"},
            "zaehlung": {"type": "object", "additionalProperties": _COUNT},
            "zeilen": _list(
                _object(
                    {
                        "zeile": _COUNT,
                        "ergebnis": {"type": "string", "enum": list(ERGEBNISSE)},
                        "id": _TEXT,
                        "name": _TEXT,
                        "felder": _list(refer("FieldChange")),
                        "konflikte": _list(refer("FieldConflict")),
                        "fehler": _list(refer("FieldError")),
                        "guete": _NULLABLE_TEXT,
                        "hinweis": _TEXT,
                    }
                )
            ),
            "fremde_spalten": _list(_TEXT),
        }
    ),
    "FieldError": _object({"feld": _TEXT, "meldung": _TEXT}),
    "FieldConflict": _object(
        {"feld": _TEXT, "titel": _TEXT, "widerspricht": {"type": "boolean"}},
        {"vorher": {}, "ihre_angabe": {}, "jetzt": {}, "geaendert_am": _NULLABLE_TEXT},
    ),
    "FeatureFile": _object({"type": _constant("FeatureCollection"), "features": _list(refer("Feature"))}),
    "MatrixSet": _object({"id": _TEXT, "crs": _CRS, "tileMatrices": _list({"type": "object"}, minItems=1)}),
    "MatrixSets": _object(
        {"links": _LINKS, "tileMatrixSets": _list(_object({"id": _TEXT, "uri": _URI, "links": _LINKS}), minItems=1)}
    ),
    "Tileset": _object(
        {"title": _TEXT, "dataType": _constant("vector"), "crs": _CRS, "tileMatrixSetURI": _URI, "links": _LINKS},
        {"layers": _list({"type": "object"}), "tileMatrixSetLimits": _list({"type": "object"})},
    ),
    "Tilesets": _object({"links": _LINKS, "tilesets": _list(refer("Tileset"), minItems=1)}),
    "TileJson": _object(
        {
            "tilejson": _TEXT,
            "tiles": _list(_TEXT, minItems=1),
            "minzoom": _COUNT,
            "maxzoom": _COUNT,
            "vector_layers": _list({"type": "object"}, minItems=1),
        }
    ),
    "Styles": _object(
        {
            "default": _TEXT,
            "styles": _list(_object({"id": _TEXT, "title": _TEXT, "links": _LINKS}), minItems=1),
            "links": _LINKS,
        }
    ),
    "Herkunft": _object(
        {
            "titel": _TEXT,
            "stichtag": _DAY,
            "quellen": _list(_TEXT),
            "parameter": {"type": "object"},
            "netz": _NULLABLE_TEXT,
            "datenstand": _TEXT,
            "hinweise": _list(_TEXT),
        }
    ),
    "Spalte": _object(
        {
            "name": _TEXT,
            "titel": _TEXT,
            "typ": {"type": "string", "enum": [each.value for each in Typ]},
            "einheit": _NULLABLE_TEXT,
            "nachkommastellen": {**_COUNT, "nullable": True},
            "personen": {"type": "boolean"},
        }
    ),
    "Table": _object({**_TABLE, "zeilen": _ROWS}, {"befund": {"type": "object"}}),
    "RowFeature": _object(
        {"type": _constant("Feature"), "geometry": refer("Geometry"), "properties": {"type": "object"}}
    ),
    "Explanation": _object(
        {
            "zelle": {"type": "object"},
            "rechenweg": _list(_TEXT),
            "herleitung": {"type": "object"},
            "weitere": {"type": "object", "additionalProperties": _TEXT},
        }
    ),
    "TableLayer": _object(
        {"type": _constant("FeatureCollection"), **_TABLE, "features": _ROW_FEATURES}, {"befund": {"type": "object"}}
    ),
    "Isochrones": _object(
        {
            "type": _constant("FeatureCollection"),
            "title": _TEXT,
            "modus": _TEXT,
            "herkunft": refer("Herkunft"),
            "links": _LINKS,
            "features": _ROW_FEATURES,
        }
    ),
    "ScenarioStatement": {
        **_object({"name": _TEXT}, {"stichtag": {**_DAY, "nullable": True}, "aenderungen": _list(_CHANGE)}),
        "additionalProperties": False,
    },
    "ScenarioHead": _object(_SCENARIO),
    "Scenario": _object({**_SCENARIO, "aenderungen": _list(_CHANGE)}),
    "Scenarios": _object({"szenarien": _list(refer("ScenarioHead"))}),
    "FrozenDay": _object(_FROZEN, {"akteur": _TEXT, "grund": _TEXT}),
    "FrozenDays": _object({"stichtage": _list(refer("FrozenDay")), "links": _LINKS}),
    "FreezeStatement": {
        **_object(
            {"stichtag": _DAY, "titel": {"type": "string", "minLength": 1, "maxLength": MAX_TITEL}},
            {
                "grund": {"type": "string", "maxLength": MAX_GRUND},
                "known_at": {"type": "string", "description": "Wie beim Parameter; leer oder ohne Angabe jetzt."},
            },
        ),
        "additionalProperties": False,
    },
    "Proposals": _object(
        {"numberMatched": _COUNT, "numberReturned": _COUNT, "vorschlaege": _list(_object(_PROPOSAL)), "links": _LINKS}
    ),
    "Proposal": _object(
        {
            **_PROPOSAL,
            "schritte": _list(
                _object(
                    {
                        "nr": {"type": "integer", "minimum": 1},
                        **{name: _PROPOSAL[name] for name in ("zustand", "zeitpunkt", "text")},
                        "zug": {"type": "string", "enum": [each.value for each in Zug]},
                        "akteur": _TEXT,
                    }
                ),
                minItems=1,
            ),
        }
    ),
    "ProposalNote": _closed(_NOTE),
    "ProposalRestatement": _closed(
        {**_NOTE, "properties": refer("AngebotProperties"), "geometry": refer("PointGeometry")}
    ),
    "ProposalApproval": _closed(
        {
            **_NOTE,
            "fassung": {
                "type": "string",
                "pattern": "^(?:[0-9]{1,9}\\.[0-9]{1,9})?$",
                "description": "Die Fassung des Angebots, auf der die Freigabe beruht, wenn andere es geändert haben.",
            },
            "kein_duplikat": _list({"type": "string", "pattern": "^(?:\\*|[0-9a-f-]{36})$"}),
        }
    ),
    "Problem": _object(
        {"type": _TEXT, "title": _TEXT, "status": {"type": "integer"}},
        {
            "detail": _TEXT,
            "parameter": {"type": "string", "description": "Die Angabe, um die es geht."},
            "grund": {"type": "string", "description": "Warum sich keine Aussage machen lässt."},
            "fehler": _list(refer("FieldError")),
            "konflikte": _list(refer("FieldConflict")),
            "aktuell": {"type": "object", "description": "Was jetzt dasteht, wenn jemand anders geändert hat."},
            "kandidaten": _list(
                _object({"id": _TEXT, "name": _TEXT, "traeger": _TEXT, "adresse": _TEXT, "gruende": _list(_TEXT)})
            ),
            "ersetzt_durch": {"type": "string", "description": "Unter welcher Kennung es weiter geführt wird."},
        },
    ),
}
"""By name, as `components.schemas` lists them."""
