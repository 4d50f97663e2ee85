"""The confirmation that an Angebot's places are needed: read, stated, taken back."""

from typing import Any

import msgspec
from litestar import Response, delete, get, put
from litestar.params import FromPath, RawBody

from infrastruktur.domain.bedarfsbestaetigung import Bedarfsbestaetigung
from infrastruktur.http.answers import Asking, Opened, Written, answer
from infrastruktur.http.bodies import decode_body, demand_media
from infrastruktur.http.edits import GRUND, ITEM, get_editable, read_umstaende
from infrastruktur.http.geojson import encode_json
from infrastruktur.http.negotiation import JSON
from infrastruktur.http.parameters import Parameter, read_question
from infrastruktur.usecases.state_bedarfsbestaetigung import (
    Bestaetigt,
    read_bedarfsbestaetigung,
    state_bedarfsbestaetigung,
)

BEDARF = f"{ITEM}/bedarfsbestaetigung"
PARAMETERS: tuple[Parameter, ...] = (GRUND,)
_METHODS = ("GET", "PUT", "DELETE")


@get(BEDARF, sync_to_thread=True)
def get_bedarf(
    request: Asking, context: Opened, collection_id: FromPath[str], feature_id: FromPath[str]
) -> Response[bytes]:
    """Answer with the confirmation of an Angebot."""
    read_question(request, (), (JSON,))
    return answer(request, _write(read_bedarfsbestaetigung(context, collection_id, feature_id)), JSON)


@put(BEDARF, sync_to_thread=True)
def put_bedarf(
    request: Asking, context: Opened, collection_id: FromPath[str], feature_id: FromPath[str], body: RawBody
) -> Response[bytes]:
    """State the confirmation of an Angebot, in place of one that is there."""
    collection = get_editable(context, collection_id, _METHODS)
    question = read_question(request, PARAMETERS, (JSON,))
    demand_media(request, JSON.media_type)
    stated = decode_body(body, Bedarfsbestaetigung)
    umstaende = read_umstaende(request, collection, question, body)
    written = _write(state_bedarfsbestaetigung(context, feature_id, stated, umstaende))
    headers = {"ETag": written.etag(None), "Cache-Control": "no-store"}
    return Response(written.body, headers=headers, media_type=JSON.media_type)


@delete(BEDARF, sync_to_thread=True, status_code=204)
def delete_bedarf(
    request: Asking, context: Opened, collection_id: FromPath[str], feature_id: FromPath[str]
) -> Response[None]:
    """Take the confirmation of an Angebot back; its history keeps it."""
    collection = get_editable(context, collection_id, _METHODS)
    question = read_question(request, PARAMETERS, (JSON,))
    state_bedarfsbestaetigung(context, feature_id, None, read_umstaende(request, collection, question, b""))
    return Response(None, status_code=204, headers={"Cache-Control": "no-store"})


def _write(stated: Bestaetigt) -> Written:
    told: dict[str, Any] = {"id": stated.id, **msgspec.to_builtins(stated.bedarfsbestaetigung)}
    return Written(encode_json(told), stated.version)
