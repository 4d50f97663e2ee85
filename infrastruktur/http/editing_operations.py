"""How the changes of a layer's features stand in the service description."""

from collections.abc import Sequence
from typing import Any

from infrastruktur.domain.layer import Collection
from infrastruktur.http import bedarfsbestaetigungen, edits, listen
from infrastruktur.http.collections import path_of
from infrastruktur.http.negotiation import FEATURES, HTML, JSON, XLSX
from infrastruktur.http.operations import (
    describe_content,
    describe_get,
    describe_parameter,
    describe_path_parameter,
    refer_problems,
)
from infrastruktur.http.parameters import Parameter, format_parameter
from infrastruktur.http.uploads import FORM, MEDIA_TYPES
from infrastruktur.usecases.describe_layers import MASSNAHMEN
from infrastruktur.usecases.edit_angebot import list_editable

Json = dict[str, Any]
_TAG = "Änderungen"
TAGS = {_TAG: "Angebote anlegen, ändern, schließen und bestätigen (OGC API Features Part 4)"}
_REFUSALS = ("400", "401", "403", "406", "413", "415", "422", "503")
_OF_A_VERSION = ("404", "409", "410", "412", "428")
_SYSTEM = (
    "Die Koordinaten stehen in CRS84 (Länge vor Breite) oder im System, das der Kopf `Content-Crs` nennt. Ohne Punkt "
    "sucht der Katalog ihn zur Adresse; wie gut er ihn kennt, steht in `verortung`."
)
_DATED = "Status und Kapazität gelten ab einem Tag; die Tage davor bleiben, wie sie waren."
_VERSION = (
    "`If-Match` nennt den ETag, auf dem die Änderung beruht. Ohne ihn gilt jedes Feld für sich: Was jemand anders vor "
    "kurzem geändert hat, wird nicht überschrieben."
)


def describe_edits(layer: Collection, paths: Json) -> Json:
    """Give the addresses of a layer with what changes its features; of a layer that is only read, none."""
    if layer.id == MASSNAHMEN:
        return _describe_massnahmen(layer, paths)
    if not list_editable(layer.id):
        return {}
    items = f"{path_of(layer)}/items"
    item = f"{items}/{{featureId}}"
    named = describe_path_parameter("featureId", "Kennung des Objekts.")
    return {
        items: {**paths[items], "post": _create(layer)},
        item: {
            **paths[item],
            "put": _replace(layer, named),
            "patch": _patch(layer, named),
            "delete": _close(layer, named),
        },
        f"{path_of(layer)}/liste": _describe_list(layer),
        f"{item}/bestaetigung": {"post": _confirm(layer, named)},
        f"{path_of(layer)}/bestaetigungen": {"post": _confirm_many(layer)},
        f"{item}/bedarfsbestaetigung": _describe_bedarf(layer, named),
        f"{item}/vergessen": {"post": _erase(layer, named, "`name`, `traeger`, Adresse, Kontaktangaben")},
        f"{item}/history": describe_get(
            f"{layer.titel}: Geschichte eines Objekts",
            "Was wann geändert wurde, auch an geschlossenen Angeboten; wer und warum, sieht, wer dafür zuständig ist.",
            (_TAG, f"history_{layer.id}"),
            {JSON: "History", HTML: ""},
            parameters=[named],
            errors=("400", "404", "406", "410"),
        ),
    }


def _describe_massnahmen(layer: Collection, paths: Json) -> Json:
    items = f"{path_of(layer)}/items"
    item = f"{items}/{{featureId}}"
    named = describe_path_parameter("featureId", "Kennung des Objekts.")
    rights = "Wer für Fachbereich und Kommune zuständig ist; der Umriss folgt aus dem Gebiet."
    changed = [named, *_parameters(edits.MASSNAHME_PARAMETERS, IF_MATCH, KEY)]
    whole = dict.fromkeys(edits.GEOJSON_BODIES, "MeasureFeature")
    operations = {
        "post": ("anlegen", "create", _parameters(edits.MASSNAHME_PARAMETERS, KEY), whole),
        "put": ("ersetzen", "replace", changed, whole),
        "patch": ("ändern", "update", changed, {edits.MERGE_PATCH: "MeasurePatch"}),
        "delete": (
            "aufgeben",
            "close",
            [named, *_parameters((*edits.MASSNAHME_PARAMETERS, edits.IRRTUEMLICH), IF_MATCH, KEY)],
            None,
        ),
    }
    described = {
        method: _describe(
            f"{layer.titel}: Objekt {word}",
            f"{rights} Der Status gilt ab einem Tag; die Tage davor bleiben, wie sie waren.",
            f"{name}_{layer.id}",
            parameters=parameters,
            body=body,
            created=method == "post",
        )
        for method, (word, name, parameters, body) in operations.items()
    }
    return {
        items: {**paths[items], "post": described.pop("post")},
        item: {**paths[item], **described},
        f"{item}/vergessen": {"post": _erase(layer, named, "`titel`, `zustaendig`, `beschreibung`")},
        f"{item}/history": describe_get(
            f"{layer.titel}: Geschichte eines Objekts",
            "Was wann geändert wurde; wer und warum, sieht, wer dafür zuständig ist.",
            (_TAG, f"history_{layer.id}"),
            {JSON: "History", HTML: ""},
            parameters=[named],
            errors=("400", "404", "406"),
        ),
    }


def _describe_bedarf(layer: Collection, named: Json) -> Json:
    read = describe_get(
        f"{layer.titel}: Bedarfsbestätigung eines Objekts",
        "Von welchem Tag sie ist und wo sie steht (§ 11 Abs. 7 APG NRW), wie sie heute gilt, darum ohne `known_at`; "
        "frühere zeigt die Geschichte.",
        (_TAG, f"need_{layer.id}"),
        {JSON: "NeedConfirmation"},
        parameters=[named],
        errors=("400", "404", "406"),
    )
    asked = _parameters(bedarfsbestaetigungen.PARAMETERS, IF_MATCH, KEY)
    written = {
        "tags": [_TAG],
        "security": [{"zugang": []}],
        "parameters": [named, *asked, describe_parameter(format_parameter((JSON,)))],
    }
    refused = refer_problems(*sorted((*_REFUSALS, *_OF_A_VERSION)), "500")
    answered = {"description": "Festgehalten.", "content": describe_content({JSON: "NeedConfirmation"})}
    return {
        **read,
        "put": {
            **written,
            "summary": f"{layer.titel}: Bedarfsbestätigung festhalten",
            "description": f"Nur in der Pflege, und nur wer dort freigibt. {_VERSION}",
            "operationId": f"confirm_need_{layer.id}",
            "requestBody": {"required": True, "content": describe_content({JSON: "NeedConfirmationStatement"})},
            "responses": {"200": answered, **refused},
        },
        "delete": {
            **written,
            "summary": f"{layer.titel}: Bedarfsbestätigung zurücknehmen",
            "description": f"Die Geschichte behält sie. {_VERSION}",
            "operationId": f"withdraw_need_{layer.id}",
            "responses": {"204": {"description": "Zurückgenommen."}, **refused},
        },
    }


def _describe_list(layer: Collection) -> Json:
    described = describe_get(
        f"{layer.titel}: eigene Liste",
        "Was die fragende Person hier ändern oder vorschlagen darf, als Tabelle zum Ändern und Zurücksenden: Arbeit "
        "von heute, darum ohne `known_at`.",
        (_TAG, f"list_{layer.id}"),
        dict.fromkeys(listen.FORMATS, ""),
        parameters=[*map(describe_parameter, listen.READ_PARAMETERS)],
        errors=("400", "401", "403", "404", "406"),
    )
    sent = {
        "tags": [_TAG],
        "summary": f"{layer.titel}: geänderte Liste planen und übernehmen",
        "description": "Sagt je Zeile, was sich ändern würde, was falsch ist und was anderen widerspricht; geändert "
        "wird nichts. Mit der `pruefsumme` des Plans wird alles übernommen oder nichts. Was jemand anders freigeben "
        "muss (`vorschlag`), wird dabei als Vorschlag eingereicht, je Zeile einer. Fehlende Zeilen und Spalten "
        f"bleiben. {_DATED}",
        "operationId": f"plan_list_{layer.id}",
        "security": [{"zugang": []}],
        "parameters": [
            *_parameters(listen.SEND_PARAMETERS, KEY),
            describe_parameter(format_parameter(listen.PLAN_FORMATS)),
        ],
        "requestBody": {"required": True, "content": {**dict.fromkeys(MEDIA_TYPES, _FILE), FORM: _FORM}},
        "responses": {
            "200": {
                "description": "Der Plan, übernommen oder nicht.",
                "content": describe_content({JSON: "ListPlan", XLSX: ""}),
            },
            **refer_problems(*sorted((*_REFUSALS, "404", "412")), "500"),
        },
    }
    return {**described, "post": sent}


def _create(layer: Collection) -> Json:
    return _describe(
        f"{layer.titel}: Objekt anlegen",
        f"Legt ein Angebot an. {_SYSTEM} Was unter einem `Idempotency-Key` schon angelegt ist, wird nur beantwortet. "
        "Gleicht es einem vorhandenen in Name, Adresse oder Ort, nennt die Antwort (409) diese als `kandidaten`.",
        f"create_{layer.id}",
        parameters=_parameters(edits.CREATE_PARAMETERS, CONTENT_CRS, KEY),
        body=dict.fromkeys(edits.GEOJSON_BODIES, "AngebotFeature"),
        created=True,
    )


def _replace(layer: Collection, named: Json) -> Json:
    return _describe(
        f"{layer.titel}: Objekt ersetzen",
        f"Was nicht genannt ist, wird leer. {_DATED} {_VERSION} {_SYSTEM}",
        f"replace_{layer.id}",
        parameters=[named, *_parameters(edits.CHANGE_PARAMETERS, CONTENT_CRS, IF_MATCH, KEY)],
        body=dict.fromkeys(edits.GEOJSON_BODIES, "AngebotFeature"),
    )


def _patch(layer: Collection, named: Json) -> Json:
    return _describe(
        f"{layer.titel}: Objekt ändern",
        f"Nur was genannt ist, ändert sich; `null` nimmt weg (RFC 7396). {_DATED} {_VERSION} {_SYSTEM}",
        f"update_{layer.id}",
        parameters=[named, *_parameters(edits.CHANGE_PARAMETERS, CONTENT_CRS, IF_MATCH, KEY)],
        body={edits.MERGE_PATCH: "AngebotPatch"},
    )


def _close(layer: Collection, named: Json) -> Json:
    return _describe(
        f"{layer.titel}: Objekt schließen",
        f"Ab dem Tag ist es geschlossen und bleibt im Bestand der Tage davor; gelöscht wird nichts. {_VERSION}",
        f"close_{layer.id}",
        parameters=[named, *_parameters(edits.REMOVE_PARAMETERS, IF_MATCH, KEY)],
    )


def _confirm(layer: Collection, named: Json) -> Json:
    described = _describe(
        f"{layer.titel}: Objekt bestätigen",
        "Hält fest, dass die Angaben unverändert stimmen; ändert sonst nichts.",
        f"confirm_{layer.id}",
        parameters=[named, *_parameters(edits.CONFIRM_PARAMETERS, IF_MATCH, KEY)],
    )
    described["responses"].pop("204")
    return {**described, "responses": {"200": _answered("Bestätigt."), **described["responses"]}}


def _confirm_many(layer: Collection) -> Json:
    return {
        "tags": [_TAG],
        "summary": f"{layer.titel}: viele Objekte bestätigen",
        "description": "Hält fest, dass die Angaben aller genannten unverändert stimmen. Wo eines nicht geht, wird "
        "keines bestätigt, und `fehler` nennt jedes mit seiner Kennung. Was fällig ist, zeigt `klaerungsbedarf` mit "
        "`grund=nicht_bestaetigt`.",
        "operationId": f"confirm_many_{layer.id}",
        "security": [{"zugang": []}],
        "parameters": [*_parameters(edits.CONFIRM_PARAMETERS, KEY), describe_parameter(format_parameter((JSON,)))],
        "requestBody": {"required": True, "content": describe_content({JSON: "Checked"})},
        "responses": {
            "200": {"description": "Bestätigt.", "content": describe_content({JSON: "Confirmed"})},
            **refer_problems(*_REFUSALS, "500"),
        },
    }


def _erase(layer: Collection, named: Json, texts: str) -> Json:
    return {
        "tags": [_TAG],
        "summary": f"{layer.titel}: Personenbezogenes löschen",
        "description": f"Löscht Texte ({texts}, mit `grund` die Begründungen) endgültig, auch aus Geschichte, "
        "Vorschlägen und früheren Ständen. „[gelöscht]“ steht an ihrer Stelle; wer wann warum gelöscht hat, bleibt. "
        "Zahlen, Status und Punkt bleiben. Für das Fachamt.",
        "operationId": f"erase_{layer.id}",
        "security": [{"zugang": []}],
        "parameters": [named, describe_parameter(format_parameter((JSON,)))],
        "requestBody": {"required": True, "content": describe_content({JSON: "ErasureStatement"})},
        "responses": {
            "200": {"description": "Gelöscht.", "content": describe_content({JSON: "Erased"})},
            **refer_problems(*sorted((*_REFUSALS, "404")), "500"),
        },
    }


def _describe(
    titel: str,
    beschreibung: str,
    operation_id: str,
    *,
    parameters: Sequence[Json],
    body: dict[str, str] | None = None,
    created: bool = False,
) -> Json:
    done = {"201": {**_answered("Angelegt."), "headers": LOCATION}} if created else {"200": _answered("Geändert.")}
    content = {
        media_type: {"schema": {"$ref": f"#/components/schemas/{name}"}} for media_type, name in (body or {}).items()
    }
    refusals = sorted((*_REFUSALS, "409")) if created else sorted((*_REFUSALS, *_OF_A_VERSION))
    return {
        "tags": [_TAG],
        "summary": titel,
        "description": beschreibung,
        "operationId": operation_id,
        "security": [{"zugang": []}],
        "parameters": [*parameters, describe_parameter(format_parameter(edits.FORMATS))],
        **({"requestBody": {"required": True, "content": content}} if content else {}),
        "responses": {
            **(done if content else {"204": {"description": "Geschlossen."}}),
            **refer_problems(*refusals, "500"),
        },
    }


def _answered(titel: str) -> Json:
    return {"description": titel, "content": describe_content({FEATURES: "Feature"})}


def _parameters(asked: Sequence[Parameter], *headers: Json) -> list[Json]:
    return [*map(describe_parameter, asked), *headers]


def _header(name: str, beschreibung: str, schema: Json | None = None) -> Json:
    return {"name": name, "in": "header", "description": beschreibung, "schema": schema or {"type": "string"}}


CONTENT_CRS = _header("Content-Crs", "Bezugssystem der Koordinaten, als URI in spitzen Klammern; ohne Angabe CRS84.")
IF_MATCH = _header("If-Match", "ETag des Objekts, wie es gelesen wurde.")
_FILE: Json = {"schema": {"type": "string", "format": "binary"}}
_FORM: Json = {"schema": {"type": "object", "properties": {"datei": _FILE["schema"]}, "required": ["datei"]}}
KEY = _header(
    "Idempotency-Key",
    "Ein Name dieser Anfrage: Noch einmal gesendet, wird sie nicht noch einmal ausgeführt, sondern gleich beantwortet.",
    {"type": "string", "pattern": "^[\\x21-\\x7e]{1,200}$"},
)
LOCATION: Json = {
    "Location": {"description": "Adresse des neuen Objekts.", "schema": {"type": "string", "format": "uri"}}
}
