"""How one operation stands in the service description: its words, parameters, answers and problems."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infrastruktur.http import problems, reach
from infrastruktur.http.negotiation import FEATURES, GEOJSON, JSON, Format
from infrastruktur.http.parameters import Parameter, format_parameter
from infrastruktur.http.shapes import refer

Json = dict[str, Any]
FIGURE_DOCUMENTS = {JSON: "Table", GEOJSON: "TableLayer", reach.GEOJSON: "TableLayer", FEATURES: "Isochrones"}
"""Which document a figure is in a format; in others it is a file."""


@dataclass(frozen=True)
class Operation:
    """One address and method as a person reads about it."""

    path: str
    methode: str
    titel: str
    beschreibung: str
    parameters: tuple[Json, ...]


def describe_get(
    titel: str,
    beschreibung: str,
    tag_and_id: tuple[str, str],
    formats: Mapping[Format, str],
    *,
    parameters: Sequence[Json] = (),
    errors: Sequence[str] = ("400", "406"),
) -> Json:
    """Build a path item that is read only; `formats` names the document each format is, nothing for other files."""
    content = describe_content(formats)
    responses = {"200": {"description": titel, "content": content}, "304": {"description": "Unverändert."}}
    responses |= refer_problems(*sorted((*errors, "401")), "500")
    tag, operation_id = tag_and_id
    return {
        "get": {
            "tags": [tag],
            "summary": titel,
            "description": beschreibung,
            "operationId": operation_id,
            "parameters": [*parameters, describe_parameter(format_parameter(tuple(formats)))],
            "responses": responses,
        }
    }


def describe_content(formats: Mapping[Format, str]) -> Json:
    """Describe what stands under each media type; where two formats share one, it is either."""
    schemas: dict[str, list[Json]] = {}
    for form, document in formats.items():
        taken = schemas.setdefault(form.media_type, [])
        if (schema := _schema_of(form, document)) not in taken:
            taken.append(schema)
    return {
        media_type: {"schema": taken[0] if len(taken) == 1 else {"anyOf": taken}}
        for media_type, taken in schemas.items()
    }


def _schema_of(form: Format, document: str) -> Json:
    if document:
        return refer(document)
    return {"type": "string"} if form.media_type.startswith("text/") else {"type": "string", "format": "binary"}


def describe_parameter(parameter: Parameter) -> Json:
    return {
        "name": parameter.name,
        "in": "query",
        "description": parameter.beschreibung,
        **({"required": True} if parameter.required else {}),
        "schema": parameter.schema,
        "style": "form",
        "explode": False,
    }


def describe_path_parameter(name: str, beschreibung: str) -> Json:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": beschreibung,
        "schema": {"type": "string"},
    }


def refer_problems(*statuses: str) -> Json:
    return {status: {"$ref": "#/components/responses/Problem"} for status in statuses}


def describe_problem() -> Json:
    schema = {"schema": refer("Problem")}
    return {
        "description": "Die Anfrage ist nicht möglich; warum, steht darin.",
        "content": {problems.MEDIA_TYPE: schema},
    }


def list_operations(description: Json) -> Iterator[Operation]:
    """List a description's addresses, shared parameters resolved."""
    shared = description["components"]["parameters"]
    for path, methods in description["paths"].items():
        for methode, each in methods.items():
            refs = each.get("parameters", [])
            resolved = tuple(shared[ref["$ref"].rpartition("/")[2]] if "$ref" in ref else ref for ref in refs)
            yield Operation(path, methode, each["summary"], each["description"], resolved)
