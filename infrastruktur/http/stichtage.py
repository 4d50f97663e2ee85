"""Frozen Stichtage: freeze one, list them, read one with all that can be asked of it."""

from datetime import date
from typing import Annotated, Any

import anyio.to_thread
import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from infrastruktur.domain.festschreibung import MAX_GRUND, MAX_TITEL, Festschreibung
from infrastruktur.domain.kenntnis import write_moment
from infrastruktur.domain.permission import Handlung, may
from infrastruktur.http.answers import Asking, Opened, answer_as
from infrastruktur.http.bodies import read_body
from infrastruktur.http.geojson import encode_json
from infrastruktur.http.guards import AT_HOME
from infrastruktur.http.links import Link, href, link
from infrastruktur.http.negotiation import FEATURES, HTML, JSON
from infrastruktur.http.parameters import KNOWN_AT, read_question
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.freeze_stichtag import Wunsch, freeze_stichtag, get_stichtag, list_stichtage

PATH = "/stichtage"
ONE = f"{PATH}/{{stichtag_id:str}}"
_SEEN = "^[^\\x00-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069]*$"
"""What has only characters that somebody sees."""


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What shall be frozen."""

    stichtag: date
    titel: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TITEL, pattern=_SEEN)]
    grund: Annotated[str, msgspec.Meta(max_length=MAX_GRUND, pattern=_SEEN)] = ""
    known_at: str = ""


FORMATS = (JSON, HTML)


@get(PATH, sync_to_thread=True)
def get_stichtage(request: Asking, context: Opened) -> Response[bytes]:
    """Answer with all frozen Stichtage, the newest day first."""
    question = read_question(request, (), FORMATS)
    base = context.settings.base_url
    body = {
        "stichtage": [_write(context, each) for each in list_stichtage(context)],
        "links": [link("self", href(base, PATH), JSON.media_type, "Festgeschriebene Stichtage")],
    }
    return answer_as(question.form, request, context, "Festgeschriebene Stichtage", body)


@post(PATH, opt={AT_HOME: True})
async def post_stichtag(request: Asking, context: Opened) -> Response[bytes]:
    """Freeze a Stichtag; the answer is what was frozen, and where."""
    read_question(request, (), (JSON,))
    stated = await read_body(request, Statement)
    known_at = KNOWN_AT.parse(stated.known_at) if stated.known_at else None
    wunsch = Wunsch(stated.stichtag, stated.titel, stated.grund, known_at)
    frozen = await anyio.to_thread.run_sync(freeze_stichtag, context, wunsch)
    headers = {"Location": _address(context, frozen), "Cache-Control": "no-store"}
    return Response(encode_json(_write(context, frozen)), status_code=201, headers=headers, media_type=JSON.media_type)


@get(ONE, sync_to_thread=True)
def get_one_stichtag(request: Asking, context: Opened, stichtag_id: FromPath[str]) -> Response[bytes]:
    """Answer with a frozen Stichtag."""
    question = read_question(request, (), FORMATS)
    frozen = get_stichtag(context, stichtag_id)
    return answer_as(question.form, request, context, frozen.titel, _write(context, frozen))


def _write(context: Context, frozen: Festschreibung) -> dict[str, Any]:
    """Write one; who froze it and why is told to those who may freeze one."""
    told: dict[str, Any] = msgspec.to_builtins(frozen)
    told = {name: told[name] for name in ("id", "titel", "stichtag", "known_at", "pruefsumme", "zeitpunkt")}
    if may(context.leser, Handlung.STICHTAG_FESTSCHREIBEN):
        told |= {"akteur": frozen.akteur, "grund": frozen.grund}
    return {**told, "known_at": write_moment(frozen.known_at), "links": _links(context, frozen)}


def _links(context: Context, frozen: Festschreibung) -> list[Link]:
    """Lead to what was frozen: every layer and figure takes the same day and moment."""
    base, known = context.settings.base_url, {KNOWN_AT.name: write_moment(frozen.known_at)}
    day = frozen.stichtag.isoformat()
    of_layer, of_figure = {"datetime": day, **known}, {"stichtag": day, **known}
    return [
        link("self", _address(context, frozen), JSON.media_type, frozen.titel),
        link("item", href(base, "/collections/angebote/items", of_layer), FEATURES.media_type, "Angebote"),
        link("related", href(base, "/planning/bestand", of_figure), JSON.media_type, "Bestand"),
        link("related", href(base, "/planning/provision", of_figure), JSON.media_type, "Versorgungsquoten"),
    ]


def _address(context: Context, frozen: Festschreibung) -> str:
    return href(context.settings.base_url, f"{PATH}/{frozen.id}")
