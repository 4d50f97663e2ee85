"""How proposals stand in the service description."""

from collections.abc import Sequence
from typing import Any

from infrastruktur.domain.layer import Collection
from infrastruktur.http import edits, vorschlaege
from infrastruktur.http.collections import path_of
from infrastruktur.http.editing_operations import CONTENT_CRS, IF_MATCH, KEY, LOCATION
from infrastruktur.http.negotiation import HTML, JSON
from infrastruktur.http.operations import (
    describe_content,
    describe_get,
    describe_parameter,
    describe_path_parameter,
    refer_problems,
)
from infrastruktur.http.parameters import format_parameter
from infrastruktur.http.vorschlaege import Approval, Note, Restatement
from infrastruktur.http.vorschlag_pages import POINTS
from infrastruktur.usecases.edit_angebot import list_editable

Json = dict[str, Any]
_TAG = "Vorschläge"
TAGS = {_TAG: "Vorschlagen, nachfragen, freigeben: vier Augen für Kapazität, Status und Umzug in der Pflege"}
_DOCUMENTS: dict[type[Note], str] = {
    Note: "ProposalNote",
    Restatement: "ProposalRestatement",
    Approval: "ProposalApproval",
}
_OF_A_STEP = ("400", "401", "403", "404", "406", "409", "410", "412", "413", "415", "422", "428", "503")


def describe_making(layer: Collection) -> Json:
    """Give the addresses under which changes of a layer are proposed; of a layer that is only read, none."""
    if not list_editable(layer.id):
        return {}
    path = path_of(layer)
    named = describe_path_parameter("featureId", "Kennung des Objekts.")
    return {
        f"{path}/vorschlaege": {
            "post": _make(
                f"{layer.titel}: neues Objekt vorschlagen",
                "Wie anlegen, mit demselben Inhalt; angelegt wird es, wenn jemand anders freigibt.",
                f"propose_new_{layer.id}",
                parameters=[*map(describe_parameter, vorschlaege.NEW_PARAMETERS), CONTENT_CRS, KEY],
                body=dict.fromkeys(edits.GEOJSON_BODIES, "AngebotFeature"),
            )
        },
        f"{path}/items/{{featureId}}/vorschlaege": {
            "post": _make(
                f"{layer.titel}: Änderung eines Objekts vorschlagen",
                "Wie ändern, mit demselben Inhalt; der Katalog bleibt, wie er ist, bis jemand anders freigibt. "
                "Schließen heißt den Status „geschlossen“ vorschlagen, mit `ab` als erstem Tag. Mit `irrtuemlich=true` "
                "bleibt der Inhalt leer.",
                f"propose_{layer.id}",
                parameters=[
                    named,
                    *map(describe_parameter, vorschlaege.CHANGE_PARAMETERS),
                    CONTENT_CRS,
                    IF_MATCH,
                    KEY,
                ],
                body=dict.fromkeys(vorschlaege.CHANGE_BODIES, "AngebotPatch"),
            )
        },
    }


def describe_vorschlaege() -> Json:
    """Give the addresses at which proposals are read, answered and decided."""
    one = f"{vorschlaege.PATH}/{{vorschlagId}}"
    named = describe_path_parameter("vorschlagId", "Kennung des Vorschlags.")
    return {
        vorschlaege.PATH: describe_get(
            "Vorschläge",
            "Die Arbeitsliste: was Sie vorgeschlagen haben und was vorgeschlagen ist, wofür Sie zuständig sind, neben "
            "dem, was jetzt dasteht; das älteste zuerst. Arbeit von heute, darum ohne `known_at`. Als GeoJSON eine "
            "Kartenebene: am Punkt, wo das Angebot ist oder wäre, mit Zustand, Alter und wer entscheidet.",
            (_TAG, "list_proposals"),
            {JSON: "Proposals", POINTS: "ProposalFeatures", HTML: ""},
            parameters=[*map(describe_parameter, vorschlaege.LIST_PARAMETERS)],
        ),
        one: describe_get(
            "Ein Vorschlag",
            "Was vorgeschlagen ist, was daraus wurde, und was Sie als Nächstes tun können (`moeglich`). Arbeit von "
            "heute, darum ohne `known_at`.",
            (_TAG, "get_proposal"),
            {JSON: "Proposal", HTML: ""},
            parameters=[named],
            errors=("400", "404", "406"),
        ),
        **{f"{one}/{name}": {"post": _describe_step(name, named)} for name in vorschlaege.SCHRITTE},
    }


def _make(
    titel: str, beschreibung: str, operation_id: str, *, parameters: Sequence[Json], body: dict[str, str]
) -> Json:
    content = {media_type: {"schema": {"$ref": f"#/components/schemas/{name}"}} for media_type, name in body.items()}
    return {
        "tags": [_TAG],
        "summary": titel,
        "description": beschreibung,
        "operationId": operation_id,
        "security": [{"zugang": []}],
        "parameters": [*parameters, describe_parameter(format_parameter(vorschlaege.FORMATS))],
        "requestBody": {"content": content},
        "responses": {
            "201": {
                "description": "Vorgeschlagen.",
                "content": describe_content({JSON: "Proposal"}),
                "headers": LOCATION,
            },
            **refer_problems(*_OF_A_STEP, "500"),
        },
    }


def _describe_step(name: str, named: Json) -> Json:
    schritt = vorschlaege.SCHRITTE[name]
    crs = [CONTENT_CRS] if schritt.body is Restatement else []
    return {
        "tags": [_TAG],
        "summary": schritt.titel,
        "description": schritt.beschreibung,
        "operationId": f"proposal_{schritt.zug.value}",
        "security": [{"zugang": []}],
        "parameters": [named, *crs, IF_MATCH, describe_parameter(format_parameter(vorschlaege.FORMATS))],
        "requestBody": {"content": describe_content({JSON: _DOCUMENTS[schritt.body]})},
        "responses": {
            "200": {"description": schritt.titel, "content": describe_content({JSON: "Proposal"})},
            **refer_problems(*_OF_A_STEP, "500"),
        },
    }
