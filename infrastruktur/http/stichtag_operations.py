"""What the service description says of frozen Stichtage."""

from infrastruktur.http import stichtage
from infrastruktur.http.negotiation import HTML, JSON
from infrastruktur.http.operations import (
    Json,
    describe_content,
    describe_get,
    describe_parameter,
    describe_path_parameter,
    refer_problems,
)
from infrastruktur.http.parameters import format_parameter

_TAG = "Stichtage"


def describe_stichtage() -> Json:
    read = {
        stichtage.PATH: describe_get(
            "Festgeschriebene Stichtage",
            "Alle Tage, die mit dem Stand ihrer Kenntnis festgeschrieben sind, der neueste zuerst. Tag und Zeitpunkt "
            "ergeben immer dieselbe Antwort, die Prüfsumme belegt es.",
            (_TAG, "list_frozen_days"),
            {JSON: "FrozenDays", HTML: ""},
        ),
        stichtage.PATH + "/{stichtagId}": describe_get(
            "Ein festgeschriebener Stichtag",
            "Was festgeschrieben ist, mit den Adressen von Ebenen und Auswertungen dazu.",
            (_TAG, "get_frozen_day"),
            {JSON: "FrozenDay", HTML: ""},
            parameters=[describe_path_parameter("stichtagId", "Name wie 2025-12-31-1.")],
            errors=("400", "404", "406"),
        ),
    }
    read[stichtage.PATH]["post"] = {
        "tags": [_TAG],
        "summary": "Stichtag festschreiben",
        "description": "Gibt einem Tag, wie er jetzt oder zu einem früheren Zeitpunkt bekannt ist, einen Namen zum "
        "Zitieren. Für das Fachamt.",
        "operationId": "freeze_day",
        "parameters": [describe_parameter(format_parameter((JSON,)))],
        "requestBody": {"required": True, "content": describe_content({JSON: "FreezeStatement"})},
        "responses": {
            "201": {"description": "Festgeschrieben", "content": describe_content({JSON: "FrozenDay"})},
            **refer_problems("400", "401", "403", "406", "413", "415", "422", "500"),
        },
    }
    return read
