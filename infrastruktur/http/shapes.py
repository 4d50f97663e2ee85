"""Kinds of JSON values as schemas of OpenAPI 3.0, of which the documents are built."""

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]
TEXT: Json = {"type": "string"}
NULLABLE_TEXT: Json = {"type": "string", "nullable": True}
URI: Json = {"type": "string", "format": "uri"}
MOMENT: Json = {"type": "string", "format": "date-time"}
DAY: Json = {"type": "string", "format": "date"}
COUNT: Json = {"type": "integer", "minimum": 0}
NUMBER: Json = {"type": "number"}


def refer(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def list_of(items: Json, **more: int) -> Json:
    return {"type": "array", "items": items, **more}


def object_of(required: Mapping[str, Json], optional: Mapping[str, Json] | None = None) -> Json:
    return {"type": "object", "required": list(required), "properties": {**required, **(optional or {})}}


def constant(value: str) -> Json:
    return {"type": "string", "enum": [value]}


def closed(members: Mapping[str, Json], *required: str) -> Json:
    return {**object_of({name: members[name] for name in required}, members), "additionalProperties": False}


LINKS = list_of(refer("Link"))
