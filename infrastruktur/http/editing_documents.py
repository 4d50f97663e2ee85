"""What editors send and are told, as schemas of OpenAPI 3.0: features, lists, proposals, histories, conflicts."""

from collections.abc import Mapping

from infrastruktur.domain.eingabe import TITEL as STATED
from infrastruktur.domain.massnahme import TITEL as MEASURE
from infrastruktur.domain.meldung import Vorgang
from infrastruktur.domain.permission import Rolle
from infrastruktur.domain.vorschlag import Absicht, Zug, Zustand
from infrastruktur.http.shapes import (
    COUNT,
    DAY,
    LINKS,
    MOMENT,
    NULLABLE_TEXT,
    NUMBER,
    TEXT,
    Json,
    closed,
    constant,
    list_of,
    object_of,
    refer,
)
from infrastruktur.usecases.plan_liste import ERGEBNISSE


def _stated(name: str, titel: str) -> Json:
    """Describe a property as it may be stated; null takes it away."""
    kinds: Mapping[str, Json] = {"kapazitaet": {"type": "number", "minimum": 0}, "stand": DAY}
    return {**kinds.get(name, TEXT), "title": titel, "nullable": True}


_PROPOSAL: Mapping[str, Json] = {
    "id": {"type": "string", "format": "uuid"},
    "nr": {"type": "integer", "minimum": 1, "description": "Zählt die Schritte."},
    "zustand": {"type": "string", "enum": [each.value for each in Zustand]},
    "absicht": {"type": "string", "enum": [each.value for each in Absicht]},
    "kollektion": TEXT,
    "angebot": {"type": "string", "description": "Kennung; bei einem neuen die, die es bekommt."},
    "name": TEXT,
    "art": TEXT,
    "kommune": NULLABLE_TEXT,
    "traeger": TEXT,
    "punkt": refer("PointGeometry"),
    "ab": DAY,
    "grund": TEXT,
    "urheber": TEXT,
    "zeitpunkt": MOMENT,
    "text": {"type": "string", "description": "Was beim letzten Schritt gesagt wurde."},
    "begonnen": MOMENT,
    "alter_tage": {**COUNT, "description": "Seit dem ersten Schritt, bis heute oder bis zur Entscheidung."},
    "entscheidet": list_of({"type": "string", "enum": [each.value for each in Rolle]}),
    "ersetzt_durch": TEXT,
    "felder": list_of(refer("FieldConflict")),
    "moeglich": list_of({"type": "string", "enum": [each.value for each in Zug]}),
    "links": LINKS,
}
_NOTE: Mapping[str, Json] = {"text": {"type": "string", "maxLength": 2000}}

SCHEMAS: Mapping[str, Json] = {
    "AngebotFeature": object_of(
        {"type": constant("Feature"), "geometry": refer("PointGeometry"), "properties": refer("AngebotProperties")},
        {"id": NULLABLE_TEXT, "links": list_of({}), "bbox": list_of({}), "verortung": {"type": "object"}},
    ),
    "AngebotPatch": object_of(
        {},
        {"type": constant("Feature"), "geometry": refer("PointGeometry"), "properties": refer("AngebotProperties")},
    ),
    "PointGeometry": {
        **object_of({"type": constant("Point"), "coordinates": list_of(NUMBER, minItems=2, maxItems=3)}),
        "nullable": True,
    },
    "AngebotProperties": {
        **object_of({}, {name: _stated(name, titel) for name, titel in STATED.items() if name != "geometry"}),
        "description": "Was abgeleitet ist (Kennung, Einheit, Kommune, Sozialraum, Prüftag), darf so dastehen.",
    },
    "Checked": closed(
        {"angebote": list_of(closed({"id": TEXT, "version": TEXT}, "id"), minItems=1, maxItems=500)}, "angebote"
    ),
    "Confirmed": object_of({"zuletzt_geprueft": DAY, "anzahl": COUNT, "angebote": list_of(TEXT)}),
    "History": object_of(
        {
            "id": TEXT,
            "aenderungen": list_of(
                object_of({"zeitpunkt": TEXT, "akteur": TEXT, "grund": TEXT, "felder": list_of(refer("FieldChange"))})
            ),
            "links": LINKS,
        }
    ),
    "MeasureFeature": object_of(
        {"type": constant("Feature"), "properties": refer("MeasureProperties")},
        {"id": NULLABLE_TEXT, "geometry": {}, "links": list_of({}), "bbox": list_of({})},
    ),
    "MeasurePatch": object_of(
        {},
        {"type": constant("Feature"), "properties": refer("MeasureProperties"), "geometry": {}},
    ),
    "MeasureProperties": object_of(
        {},
        {
            name: {**(DAY if name == "frist" else TEXT), "title": titel, "nullable": True}
            for name, titel in MEASURE.items()
        },
    ),
    "NeedConfirmation": object_of({"id": TEXT, "tag": DAY, "fundstelle": TEXT}),
    "NeedConfirmationStatement": {
        **object_of({"tag": DAY, "fundstelle": {"type": "string", "minLength": 1, "maxLength": 200}}),
        "additionalProperties": False,
    },
    "ErasureStatement": closed(
        {
            "felder": list_of({"type": "string", "minLength": 1}, minItems=1, maxItems=50),
            "grund": {"type": "string", "minLength": 1, "maxLength": 500},
        },
        "felder",
        "grund",
    ),
    "Erased": object_of({"id": TEXT, "felder": list_of(TEXT, minItems=1)}),
    "FieldChange": object_of({"feld": TEXT, "titel": TEXT}, {"vorher": {}, "nachher": {}}),
    "ListPlan": object_of(
        {
            "kollektion": TEXT,
            "ab": DAY,
            "pruefsumme": TEXT,
            "anwendbar": {"type": "boolean"},
            "angewendet": {"type": "boolean"},
            "zaehlung": {"type": "object", "additionalProperties": COUNT},
            "zeilen": list_of(
                object_of(
                    {
                        "zeile": COUNT,
                        "ergebnis": {"type": "string", "enum": list(ERGEBNISSE)},
                        "id": TEXT,
                        "name": TEXT,
                        "felder": list_of(refer("FieldChange")),
                        "konflikte": list_of(refer("FieldConflict")),
                        "fehler": list_of(refer("FieldError")),
                        "guete": NULLABLE_TEXT,
                        "hinweis": TEXT,
                        "vorschlag": TEXT,
                    }
                )
            ),
            "fremde_spalten": list_of(TEXT),
        }
    ),
    "FieldError": object_of({"feld": TEXT, "meldung": TEXT}),
    "FieldConflict": object_of(
        {"feld": TEXT, "titel": TEXT, "widerspricht": {"type": "boolean"}},
        {"vorher": {}, "ihre_angabe": {}, "jetzt": {}, "geaendert_am": NULLABLE_TEXT},
    ),
    "Proposals": object_of(
        {"numberMatched": COUNT, "numberReturned": COUNT, "vorschlaege": list_of(object_of(_PROPOSAL)), "links": LINKS}
    ),
    "ProposalFeatures": object_of(
        {
            "type": constant("FeatureCollection"),
            "numberMatched": COUNT,
            "numberReturned": COUNT,
            "features": list_of(
                object_of(
                    {
                        "type": constant("Feature"),
                        "id": _PROPOSAL["id"],
                        "geometry": refer("PointGeometry"),
                        "properties": {"type": "object"},
                    }
                )
            ),
            "links": LINKS,
        }
    ),
    "Proposal": object_of(
        {
            **_PROPOSAL,
            "schritte": list_of(
                object_of(
                    {
                        "nr": {"type": "integer", "minimum": 1},
                        **{name: _PROPOSAL[name] for name in ("zustand", "zeitpunkt", "text")},
                        "zug": {"type": "string", "enum": [each.value for each in Zug]},
                        "akteur": TEXT,
                    }
                ),
                minItems=1,
            ),
        }
    ),
    "Changes": object_of(
        {
            "aenderungen": list_of(
                object_of(
                    {
                        "zeitpunkt": MOMENT,
                        "kollektion": TEXT,
                        "id": TEXT,
                        "vorgang": {"type": "string", "enum": [each.value for each in Vorgang]},
                    },
                    {"version": {"type": "integer", "minimum": 1}, "akteur": TEXT},
                )
            ),
            "weiter": {"type": "string", "description": "Für „since“ beim nächsten Mal; leer, solange nichts geschah."},
            "links": LINKS,
        }
    ),
    "ProposalNote": closed(_NOTE),
    "ProposalRestatement": closed(
        {**_NOTE, "properties": refer("AngebotProperties"), "geometry": refer("PointGeometry")}
    ),
    "ProposalApproval": closed(
        {
            **_NOTE,
            "fassung": {
                "type": "string",
                "pattern": "^(?:[0-9]{1,9}\\.[0-9]{1,9})?$",
                "description": "Die Fassung des Angebots, auf der die Freigabe beruht, wenn andere es geändert haben.",
            },
            "kein_duplikat": list_of({"type": "string", "pattern": "^(?:\\*|[0-9a-f-]{36})$"}),
        }
    ),
}
"""By name; `documents` lists them among its own."""
