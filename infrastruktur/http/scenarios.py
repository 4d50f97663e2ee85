"""Stored scenarios: list, store, read, change, take away, and what one changes.

The ETag is that of the document, which holds the version: who changes one says by If-Match what he or she has read.
"""

from typing import Any

import anyio.to_thread
import msgspec
from litestar import Response, delete, get, post, put
from litestar.params import FromPath

from infrastruktur.domain.errors import Outdated
from infrastruktur.domain.szenario import Szenario, Szenariofassung
from infrastruktur.domain.szenariotext import MAX_BYTES, decode_json, read_szenario, write_szenario
from infrastruktur.http.angaben import SZENARIO
from infrastruktur.http.answers import Asking, Opened, Written, answer, answer_as, answer_page, names_current
from infrastruktur.http.bodies import read_body
from infrastruktur.http.figures import FIGURES
from infrastruktur.http.geojson import encode_json
from infrastruktur.http.guards import AT_HOME
from infrastruktur.http.links import Link, href, link
from infrastruktur.http.negotiation import HTML, JSON
from infrastruktur.http.parameters import KNOWN_AT, read_question
from infrastruktur.http.planning import FORMATS, answer_table, compute_figure
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.keep_szenarien import (
    change_szenario,
    find_szenario,
    list_szenarien,
    open_szenario,
    remove_szenario,
    store_szenario,
)
from infrastruktur.usecases.look_back import look_back

PATH = "/planning/scenarios"
PAGES = (JSON, HTML)
ONE = f"{PATH}/{{szenario_id:str}}"
COMPARISON = f"{ONE}/vergleich"
COMPARISON_PARAMETERS = tuple(each for each in FIGURES["vergleich"].parameters if each.name != SZENARIO.name)


@get(PATH, sync_to_thread=True)
def get_scenarios(request: Asking, context: Opened) -> Response[bytes]:
    """Answer with all stored scenarios."""
    question = read_question(request, (), PAGES)
    stored = [_head(context, each) for each in list_szenarien(context)]
    return answer_as(question.form, request, context, "Szenarien", {"szenarien": stored})


@post(PATH, opt={AT_HOME: True})
async def post_scenario(request: Asking, context: Opened) -> Response[bytes]:
    """Store a scenario; the answer is what was stored, and where."""
    read_question(request, (), (JSON,))
    stored = await anyio.to_thread.run_sync(store_szenario, context, await _read(request))
    written = _write(context, stored)
    headers = {"Location": _href(context, stored.id), "ETag": written.etag(None), "Cache-Control": "no-store"}
    return Response(written.body, status_code=201, headers=headers, media_type=JSON.media_type)


@get(ONE, sync_to_thread=True)
def get_scenario(request: Asking, context: Opened, szenario_id: FromPath[str]) -> Response[bytes]:
    """Answer with the newest version of a scenario."""
    question = read_question(request, (), PAGES)
    stored, _ = find_szenario(context, szenario_id)
    if question.form is HTML:
        return answer_page(
            request, context, (stored.szenario or Szenario()).name or "Szenario", _describe(context, stored)
        )
    return answer(request, _write(context, stored), JSON)


@put(ONE, opt={AT_HOME: True})
async def put_scenario(request: Asking, context: Opened, szenario_id: FromPath[str]) -> Response[bytes]:
    """Store the next version of a scenario."""
    read_question(request, (), (JSON,))
    expected = await anyio.to_thread.run_sync(_expect, request, context, szenario_id)
    szenario = await _read(request)
    stored = await anyio.to_thread.run_sync(change_szenario, context, szenario_id, szenario, expected)
    written = _write(context, stored)
    headers = {"ETag": written.etag(None), "Cache-Control": "no-store"}
    return Response(written.body, headers=headers, media_type=JSON.media_type)


@delete(ONE, sync_to_thread=True, status_code=204, opt={AT_HOME: True})
def delete_scenario(request: Asking, context: Opened, szenario_id: FromPath[str]) -> Response[None]:
    """Take a scenario away."""
    read_question(request, (), (JSON,))
    remove_szenario(context, szenario_id, _expect(request, context, szenario_id))
    return Response(None, status_code=204, headers={"Cache-Control": "no-store"})


@get(COMPARISON, sync_to_thread=True)
def get_comparison(request: Asking, context: Opened, szenario_id: FromPath[str]) -> Response[bytes]:
    """Answer with every cell a stored scenario changes, and what does not react."""
    question = read_question(request, COMPARISON_PARAMETERS, FORMATS)
    figure = FIGURES["vergleich"]
    assumed = look_back(open_szenario(context, szenario_id, "vergleich"), question.values[KNOWN_AT.name])
    return answer_table(request, assumed, figure, compute_figure(assumed, figure, question), question)


async def _read(request: Asking) -> Szenario:
    """Read a scenario as it is read from a file or a link, no name in it twice."""
    return read_szenario(decode_json(bytes(await read_body(request, msgspec.Raw, most_bytes=MAX_BYTES))))


def _expect(request: Asking, context: Context, szenario_id: str) -> int:
    """Find the version a change is made on top of; it is looked at again when the change is stored."""
    current, _ = find_szenario(context, szenario_id)
    if not names_current(request, _write(context, current)):
        raise Outdated(
            f"Das Szenario hat inzwischen die Version {current.version}. Bitte neu lesen und noch einmal ändern."
        )
    return current.version


def _write(context: Context, stored: Szenariofassung) -> Written:
    return Written(encode_json(_describe(context, stored)))


def _describe(context: Context, stored: Szenariofassung) -> dict[str, Any]:
    szenario = stored.szenario or Szenario()
    return {**_head(context, stored), "aenderungen": msgspec.to_builtins(szenario.aenderungen)}


def _head(context: Context, stored: Szenariofassung) -> dict[str, Any]:
    szenario = stored.szenario or Szenario()
    return {
        "id": stored.id,
        "version": stored.version,
        "zeitpunkt": stored.zeitpunkt,
        "name": szenario.name,
        "stichtag": szenario.stichtag,
        "fingerabdruck": szenario.fingerprint,
        "links": _links(context, stored.id, szenario),
    }


def _links(context: Context, szenario_id: str, szenario: Szenario) -> list[Link]:
    base_url = context.settings.base_url
    inline = {SZENARIO.name: write_szenario(szenario)}
    return [
        link("self", _href(context, szenario_id), JSON.media_type, "Dieses Szenario"),
        link("related", f"{_href(context, szenario_id)}/vergleich", JSON.media_type, "Was sich damit ändert"),
        link("related", href(base_url, "/planning/bestand", inline), JSON.media_type, "Zum Weitergeben: der Bestand"),
    ]


def _href(context: Context, szenario_id: str) -> str:
    return href(context.settings.base_url, f"{PATH}/{szenario_id}")
