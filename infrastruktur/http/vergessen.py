"""Erase what says something of a person from an Angebot or a Maßnahme and all its past."""

from typing import Annotated

import msgspec
from litestar import Response, post
from litestar.params import FromPath, RawBody

from infrastruktur.http.answers import Asking, Opened
from infrastruktur.http.bodies import decode_body, demand_media
from infrastruktur.http.edits import ITEM, get_editable
from infrastruktur.http.geojson import encode_json
from infrastruktur.http.negotiation import JSON
from infrastruktur.http.parameters import read_question
from infrastruktur.usecases.describe_layers import MASSNAHMEN
from infrastruktur.usecases.edit_angebot import require_person
from infrastruktur.usecases.erase_personal_data import erase_personal_data

ERASURE = f"{ITEM}/vergessen"
MOST, MAX_GRUND = 50, 500


class Erasure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What shall be erased, by name, and why; the reason stays."""

    felder: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=MOST)]
    grund: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_GRUND)]


@post(ERASURE, status_code=200, sync_to_thread=True)
def post_erasure(
    request: Asking, context: Opened, collection_id: FromPath[str], feature_id: FromPath[str], body: RawBody
) -> Response[bytes]:
    """Erase texts for good; the answer names them."""
    if collection_id == MASSNAHMEN:
        require_person(context)
    else:
        get_editable(context, collection_id, ("POST",))
    read_question(request, (), (JSON,))
    demand_media(request, JSON.media_type)
    stated = decode_body(body, Erasure)
    erased = erase_personal_data(context, collection_id, feature_id, stated.felder, stated.grund)
    written = encode_json({"id": feature_id, "felder": list(erased)})
    return Response(written, headers={"Cache-Control": "no-store"}, media_type=JSON.media_type)
