"""What the service description says of scenarios, which can be stored and changed."""

from collections.abc import Sequence

from infrastruktur.http import planning, scenarios
from infrastruktur.http.figures import FIGURES
from infrastruktur.http.negotiation import GEOJSON, HTML, JSON
from infrastruktur.http.operations import (
    Json,
    describe_content,
    describe_get,
    describe_parameter,
    describe_path_parameter,
    refer_problems,
)
from infrastruktur.http.parameters import format_parameter

_TABLES = {JSON: "Table", GEOJSON: "TableLayer"}


def describe_scenarios() -> Json:
    one = scenarios.PATH + "/{scenarioId}"
    known = describe_path_parameter("scenarioId", "Kennung des Szenarios.")
    version = {
        "name": "If-Match",
        "in": "header",
        "required": True,
        "description": "ETag der gelesenen Fassung, damit niemandes Änderung verloren geht.",
        "schema": {"type": "string"},
    }
    unsaved = ("400", "403", "406", "413", "415", "422")
    read = {
        scenarios.PATH: describe_get(
            "Szenarien",
            "Alle gespeicherten Szenarien. Nur für Personen, die planen dürfen.",
            ("Szenarien", "list_scenarios"),
            {JSON: "Scenarios", HTML: ""},
            errors=("400", "403", "406"),
        ),
        one: describe_get(
            "Ein Szenario",
            "Die neueste Fassung. Nur für Personen, die planen dürfen.",
            ("Szenarien", "get_scenario"),
            {JSON: "Scenario", HTML: ""},
            parameters=[known],
            errors=("400", "403", "404", "406"),
        ),
        f"{one}/vergleich": describe_get(
            "Was ein Szenario ändert",
            FIGURES["vergleich"].beschreibung,
            ("Szenarien", "compare_scenario"),
            {each: _TABLES.get(each, "") for each in planning.FORMATS},
            parameters=[known, *map(describe_parameter, scenarios.COMPARISON_PARAMETERS)],
            errors=("400", "403", "404", "406", "409", "422", "503"),
        ),
    }
    read[scenarios.PATH]["post"] = _describe_write("Szenario speichern", "store_scenario", "201", unsaved)
    read[one]["put"] = _describe_write("Szenario ändern", "change_scenario", "200", (*unsaved, "404", "412", "428"))
    read[one]["put"]["parameters"] = [known, version, *read[one]["put"]["parameters"]]
    read[one]["delete"] = {
        **_describe_write("Szenario löschen", "remove_scenario", "204", ("400", "403", "404", "406", "412", "428")),
        "parameters": [known, version, describe_parameter(format_parameter((JSON,)))],
    }
    del read[one]["delete"]["requestBody"]
    del read[one]["delete"]["responses"]["204"]["content"]
    return read


def _describe_write(titel: str, operation_id: str, status: str, errors: Sequence[str]) -> Json:
    """Build an operation that brings a scenario and answers with what was stored."""
    return {
        "tags": ["Szenarien"],
        "summary": titel,
        "description": f"{titel}. Nur für Personen, die planen dürfen.",
        "operationId": operation_id,
        "parameters": [describe_parameter(format_parameter((JSON,)))],
        "requestBody": {"required": True, "content": describe_content({JSON: "ScenarioStatement"})},
        "responses": {
            status: {"description": titel, "content": describe_content({JSON: "Scenario"})},
            **refer_problems(*sorted((*errors, "401")), "500"),
        },
    }
