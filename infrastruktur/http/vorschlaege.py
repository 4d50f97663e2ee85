"""Proposals: made where an edit would go, with the body an edit has; then read and decided at their own address.

The ETag of a proposal holds the number of its last step; who takes the next one may name by If-Match what was read.
"""

from dataclasses import dataclass, replace
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, RawBody
from msgspec import UNSET, UnsetType

from infrastruktur.domain.eingabe import Eingabe
from infrastruktur.domain.errors import InvalidParameter, NotFound
from infrastruktur.domain.vorschlag import DES_URHEBERS, OFFEN, Vorschlag, Zug, Zustand
from infrastruktur.http.answers import Asking, Opened, Written, answer, answer_page
from infrastruktur.http.bodies import decode_body, demand_media
from infrastruktur.http.edits import (
    AB,
    ERSETZT_DURCH,
    GEOJSON_BODIES,
    GRUND,
    IRRTUEMLICH,
    ITEM,
    KEIN_DUPLIKAT,
    MERGE_PATCH,
    Point,
    demand_feature_media,
    get_editable,
    read_feature,
    read_if_match,
    read_patch,
    read_point,
    read_umstaende,
)
from infrastruktur.http.geojson import encode_json
from infrastruktur.http.links import Link, href, link
from infrastruktur.http.negotiation import FEATURES, HTML, JSON
from infrastruktur.http.parameters import Parameter, Question, choice, integer, read_question, words
from infrastruktur.http.vorschlag_pages import POINTS, draw_points, list_for_people, name_vorschlag, show_to_people
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.decide_vorschlag import decide_vorschlag
from infrastruktur.usecases.propose_angebot import propose_change, propose_new, propose_void
from infrastruktur.usecases.pursue_vorschlag import Aeusserung, pursue_vorschlag
from infrastruktur.usecases.read_vorschlaege import Vorschlagsbild, get_vorschlag, list_vorschlaege

PATH = "/vorschlaege"
ONE = f"{PATH}/{{vorschlag_id:str}}"
STEP = f"{ONE}/{{schritt:str}}"
OF_LAYER = "/collections/{collection_id:str}/vorschlaege"
OF_ITEM = f"{ITEM}/vorschlaege"
FORMATS = (JSON,)
READ_FORMATS = (JSON, HTML)
LIST_FORMATS = (JSON, POINTS, HTML)
CHANGE_BODIES = (MERGE_PATCH, "application/json")

ENTWURF = choice(
    "entwurf", "`true`: Noch nicht einreichen; einen Entwurf sieht nur, wer ihn schreibt.", ("true", "false")
)
ZUSTAND = choice("zustand", "Nur Vorschläge in diesem Zustand; ohne Angabe alle offenen.", tuple(Zustand))
SICHT = choice(
    "sicht",
    "`zu_entscheiden`: was Sie freigeben oder ablehnen können; `eigene`: was Sie vorgeschlagen haben. Ohne Angabe "
    "beides und was sonst Ihre Zuständigkeit betrifft.",
    ("zu_entscheiden", "eigene"),
)
ANGEBOT = words("angebot", "Nur Vorschläge zu diesem Angebot; seine Kennung.", pattern="[0-9a-f-]{36}")
LIMIT = integer("limit", "Höchstens so viele Vorschläge.", (1, 1000), default=100, clamp=True)
OFFSET = integer("offset", "So viele vom Anfang auslassen.", (0, 1_000_000), default=0)
LIST_PARAMETERS: tuple[Parameter, ...] = (ZUSTAND, SICHT, ANGEBOT, LIMIT, OFFSET)
NEW_PARAMETERS: tuple[Parameter, ...] = (AB, GRUND, KEIN_DUPLIKAT, ENTWURF)
CHANGE_PARAMETERS: tuple[Parameter, ...] = (AB, GRUND, IRRTUEMLICH, ERSETZT_DURCH, ENTWURF)

Text = Annotated[
    str,
    msgspec.Meta(
        max_length=2000,
        pattern="^[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069]*$",
    ),
]
"""What people write to each other, in several lines where they like; nothing in it is unseen."""
Kennung = Annotated[str, msgspec.Meta(pattern="^(?:\\*|[0-9a-f-]{36})$")]
Fassung = Annotated[str, msgspec.Meta(pattern="^(?:[0-9]{1,9}\\.[0-9]{1,9})?$")]


class Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said with a step."""

    text: Text = ""


class Restatement(Note, frozen=True, forbid_unknown_fields=True):
    """What is said, and what is proposed anew: what is not stated stays as it was proposed."""

    properties: dict[str, Any] = {}
    geometry: Point | UnsetType | None = UNSET


class Approval(Note, frozen=True, forbid_unknown_fields=True):
    """What is said, the version of the Angebot that was looked at, and what a new one is known not to be."""

    fassung: Fassung = ""
    kein_duplikat: tuple[Kennung, ...] = ()


@dataclass(frozen=True)
class Schritt:
    """How a step is asked for and described."""

    zug: Zug
    titel: str
    beschreibung: str
    body: type[Note] = Note


SCHRITTE: dict[str, Schritt] = {
    "entwurf": Schritt(Zug.ENTWERFEN, "Entwurf ändern", "Ändert, was im eigenen Entwurf steht.", Restatement),
    "einreichung": Schritt(
        Zug.VORSCHLAGEN, "Entwurf einreichen", "Legt den eigenen Entwurf denen vor, die entscheiden.", Restatement
    ),
    "rueckfrage": Schritt(
        Zug.NACHFRAGEN, "Zu einem Vorschlag nachfragen", "Fragt in `text`, was offen ist; der Vorschlag wartet."
    ),
    "antwort": Schritt(
        Zug.ANTWORTEN,
        "Rückfrage beantworten",
        "Antwortet in `text` und berichtigt, wenn nötig, den eigenen Vorschlag.",
        Restatement,
    ),
    "freigabe": Schritt(
        Zug.FREIGEBEN,
        "Vorschlag freigeben",
        "Ändert den Katalog wie vorgeschlagen; die Geschichte nennt beide. Den eigenen Vorschlag gibt niemand frei. "
        "Hat jemand seitdem dieselben Felder geändert, nennt die Antwort (409) sie als `konflikte` und in `aktuell` "
        "die Fassung, die jetzt dasteht; wer sie mit `fassung` nennt, gibt trotzdem frei.",
        Approval,
    ),
    "ablehnung": Schritt(Zug.ABLEHNEN, "Vorschlag ablehnen", "Sagt in `text`, warum nicht."),
    "rueckzug": Schritt(Zug.ZURUECKZIEHEN, "Vorschlag zurückziehen", "Nimmt den eigenen Vorschlag zurück."),
}
"""By the last part of their address."""


@post(OF_LAYER, sync_to_thread=True)
def post_new(request: Asking, context: Opened, collection_id: FromPath[str], body: RawBody) -> Response[bytes]:
    """Propose a feature that is not there yet."""
    collection = get_editable(context, collection_id, ())
    question = read_question(request, NEW_PARAMETERS, FORMATS)
    demand_feature_media(request, *GEOJSON_BODIES)
    eingabe = read_feature(request, body, feature_id=None)
    umstaende = read_umstaende(request, collection, question, body)
    return _answer_made(context, propose_new(context, eingabe, umstaende, entwurf=_is_draft(question)))


@post(OF_ITEM, sync_to_thread=True)
def post_change(
    request: Asking, context: Opened, collection_id: FromPath[str], feature_id: FromPath[str], body: RawBody
) -> Response[bytes]:
    """Propose to change a feature, or to declare that it never was."""
    collection = get_editable(context, collection_id, ())
    question = read_question(request, CHANGE_PARAMETERS, FORMATS)
    umstaende = read_umstaende(request, collection, question, body)
    entwurf, ersatz = _is_draft(question), question.values[ERSETZT_DURCH.name] or ""
    if question.values[IRRTUEMLICH.name] == "true":
        return _answer_made(context, propose_void(context, feature_id, umstaende, ersatz, entwurf=entwurf))
    if ersatz:
        raise InvalidParameter(ERSETZT_DURCH.name, "Das geht nur zusammen mit irrtuemlich=true.")
    demand_feature_media(request, *CHANGE_BODIES)
    eingabe = read_patch(request, body, feature_id)
    return _answer_made(context, propose_change(context, feature_id, eingabe, umstaende, entwurf=entwurf))


@get(PATH, sync_to_thread=True)
def get_vorschlaege(request: Asking, context: Opened) -> Response[bytes]:
    """Answer with the proposals who asks made or answers for."""
    question = read_question(request, LIST_PARAMETERS, LIST_FORMATS)
    values = question.values
    zustaende = OFFEN if values[ZUSTAND.name] is None else (Zustand(values[ZUSTAND.name]),)
    found = list_vorschlaege(context, zustaende, angebot=values[ANGEBOT.name])
    chosen = [each for each in found if _is_in_sight(context, each, values[SICHT.name])]
    shown = chosen[values[OFFSET.name] :][: values[LIMIT.name]]
    links = _list_links(context, question, values[OFFSET.name] + len(shown), len(chosen))
    if question.form is HTML:
        return answer_page(request, context, "Vorschläge", list_for_people(context.settings.base_url, shown, links))
    counted = {"numberMatched": len(chosen), "numberReturned": len(shown), "links": links}
    if question.form is POINTS:
        return answer(request, encode_json({**draw_points(shown), **counted}), POINTS)
    described = [_describe(context, each) for each in shown]
    return answer(request, encode_json({**counted, "vorschlaege": described}), JSON)


@get(ONE, sync_to_thread=True)
def get_one(request: Asking, context: Opened, vorschlag_id: FromPath[str]) -> Response[bytes]:
    """Answer with a proposal and its steps."""
    question = read_question(request, (), READ_FORMATS)
    bild = get_vorschlag(context, vorschlag_id)
    if question.form is HTML:
        return answer_page(request, context, name_vorschlag(bild), show_to_people(bild, _links(context, bild)))
    return answer(request, _write(context, bild), JSON)


@post(STEP, sync_to_thread=True, status_code=200)
def post_step(
    request: Asking, context: Opened, vorschlag_id: FromPath[str], schritt: FromPath[str], body: RawBody
) -> Response[bytes]:
    """Take a step with a proposal."""
    known = SCHRITTE.get(schritt)
    if known is None:
        raise NotFound(f"Den Schritt „{schritt}“ gibt es nicht. Möglich sind: {', '.join(SCHRITTE)}.")
    read_question(request, (), FORMATS)
    if body:
        demand_media(request, JSON.media_type)
    aeusserung = _read_aeusserung(request, decode_body(body or b"{}", known.body))
    move = pursue_vorschlag if known.zug in DES_URHEBERS else decide_vorschlag
    move(context, vorschlag_id, known.zug, aeusserung)
    written = _write(context, get_vorschlag(context, vorschlag_id))
    headers = {"ETag": written.etag(None), "Cache-Control": "no-store"}
    return Response(written.body, headers=headers, media_type=JSON.media_type)


def _read_aeusserung(request: Asking, said: Note) -> Aeusserung:
    aeusserung = Aeusserung(text=said.text.strip(), erwartet=read_if_match(request))
    if isinstance(said, Restatement) and (said.properties or said.geometry is not UNSET):
        return replace(aeusserung, eingabe=_restate(request, said))
    if isinstance(said, Approval):
        return replace(aeusserung, fassung=said.fassung, kein_duplikat=frozenset(said.kein_duplikat))
    return aeusserung


def _restate(request: Asking, said: Restatement) -> Eingabe:
    return Eingabe(felder=said.properties, punkt_25832=read_point(request, said.geometry))


def _is_draft(question: Question) -> bool:
    return bool(question.values[ENTWURF.name] == "true")


def _is_in_sight(context: Context, bild: Vorschlagsbild, sicht: str | None) -> bool:
    own = bild.urheber == context.leser.kennung
    return {"zu_entscheiden": Zug.FREIGEBEN in bild.moeglich, "eigene": own}.get(sicht or "", True)


# What is answered


def _answer_made(context: Context, made: Vorschlag) -> Response[bytes]:
    written = _write(context, get_vorschlag(context, made.id))
    headers = {"Location": _href(context, made.id), "ETag": written.etag(None), "Cache-Control": "no-store"}
    return Response(written.body, status_code=201, headers=headers, media_type=JSON.media_type)


def _write(context: Context, bild: Vorschlagsbild) -> Written:
    schritte = msgspec.to_builtins(bild.schritte)
    return Written(encode_json({**_describe(context, bild), "schritte": schritte}), f"{bild.nr}.0")


def _describe(context: Context, bild: Vorschlagsbild) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(bild)
    del told["schritte"]
    return {**told, "links": _links(context, bild)}


def _links(context: Context, bild: Vorschlagsbild) -> list[Link]:
    base, own = context.settings.base_url, _href(context, bild.id)
    item = href(base, f"/collections/{bild.kollektion}/items/{bild.angebot}")
    steps = {each.zug: (name, each.titel) for name, each in SCHRITTE.items()}
    return [
        link("self", own, JSON.media_type, "Dieser Vorschlag"),
        link("related", item, FEATURES.media_type, "Das Angebot"),
        *(link("edit", f"{own}/{steps[zug][0]}", JSON.media_type, steps[zug][1]) for zug in bild.moeglich),
    ]


def _list_links(context: Context, question: Question, shown: int, matched: int) -> list[Link]:
    base = context.settings.base_url
    links = [link("self", href(base, PATH, question.written), JSON.media_type, "Diese Vorschläge")]
    if shown < matched:
        following = {**question.written, OFFSET.name: str(shown)}
        links.append(link("next", href(base, PATH, following), JSON.media_type, "Weitere Vorschläge"))
    return links


def _href(context: Context, id_: str) -> str:
    return href(context.settings.base_url, f"{PATH}/{id_}")
