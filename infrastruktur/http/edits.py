"""Change the features of a layer (OGC API Features Part 4): create, replace, patch, close, void, confirm.

A desktop GIS learns from OPTIONS whether it may edit, sends every column back and no If-Match; a web client names by
If-Match what it has read. The features are GeoJSON in CRS84, or in the system that Content-Crs names.
"""

import re
from datetime import date
from hashlib import sha256
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from litestar import HttpMethod, Response, delete, patch, post, put, route
from litestar.exceptions import MethodNotAllowedException
from litestar.params import FromPath, RawBody
from msgspec import UNSET, UnsetType

from infrastruktur.domain.adresse import GUETE_TITEL
from infrastruktur.domain.art import Feldfehler
from infrastruktur.domain.crs import CRS84, Crs, from_crs, get_crs
from infrastruktur.domain.eingabe import ABGELEITET, GEOMETRIE, Eingabe, Punkt
from infrastruktur.domain.errors import InvalidInput, InvalidParameter, Refused
from infrastruktur.domain.geometry import describe_implausible
from infrastruktur.domain.layer import Collection, Features
from infrastruktur.http.answers import Asking, Opened, Written
from infrastruktur.http.bodies import decode_body, demand_media
from infrastruktur.http.geojson import encode_feature, encode_json
from infrastruktur.http.items import FORMATS as ITEM_FORMATS
from infrastruktur.http.items import content_crs, item_links
from infrastruktur.http.links import href
from infrastruktur.http.massnahmen import answer_massnahme, read_massnahme, read_massnahme_patch
from infrastruktur.http.negotiation import FEATURES, JSON
from infrastruktur.http.parameters import Parameter, Question, choice, day, read_question, words
from infrastruktur.http.problems import list_methods
from infrastruktur.usecases.confirm_angebote import Geprueftes, confirm_angebote
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.demand_change import Umstaende
from infrastruktur.usecases.describe_layers import MASSNAHMEN
from infrastruktur.usecases.edit_angebot import (
    Ergebnis,
    change_angebot,
    close_angebot,
    confirm_angebot,
    create_angebot,
    list_editable,
    may_edit,
    require_person,
    void_angebot,
)
from infrastruktur.usecases.edit_massnahme import (
    cancel_massnahme,
    change_massnahme,
    close_massnahme,
    create_massnahme,
    is_editable,
    may_edit_massnahmen,
)
from infrastruktur.usecases.read_layer import find_collection

ITEMS = "/collections/{collection_id:str}/items"
ITEM = f"{ITEMS}/{{feature_id:str}}"
CONFIRMATION = f"{ITEM}/bestaetigung"
CONFIRMATIONS = "/collections/{collection_id:str}/bestaetigungen"
MOST_CONFIRMED = 500
"""At once; others who write wait so long."""
MERGE_PATCH = "application/merge-patch+json"
GEOJSON_BODIES = (FEATURES.media_type, "application/json")
ON_ITEMS, ON_ITEM = ("POST",), ("PUT", "PATCH", "DELETE")
FORMATS = (FEATURES,)
_ID = "[0-9a-f-]{36}"

AB = day("ab", "Erster Tag, an dem Status und Kapazität so gelten; ohne Angabe heute. Beispiel: 2026-07-01.")
GRUND = words("grund", "Warum geändert wird; steht in der Geschichte des Angebots.", example="Anruf des Trägers")
IRRTUEMLICH = choice(
    "irrtuemlich",
    "`true`: Das Angebot gab es nie. Es verschwindet aus allen Ebenen und Zahlen, auch der Vergangenheit; ohne Angabe "
    "wird es geschlossen.",
    ("true", "false"),
)
ERSETZT_DURCH = words(
    "ersetzt_durch",
    "Mit `irrtuemlich=true`: Es war doppelt angelegt; die Kennung des Angebots, das bleibt. Dorthin verweist die alte "
    "Adresse.",
    pattern=_ID,
)
KEIN_DUPLIKAT = words(
    "kein_duplikat",
    "Kennungen vorhandener Angebote, von denen das neue verschieden ist, durch Komma getrennt; `*`: von jedem.",
    pattern=rf"\*|{_ID}(?:,{_ID})*",
)
BESTAETIGT = choice("bestaetigt", "`true`: Auch was nicht geändert wird, ist geprüft und stimmt.", ("true", "false"))
CREATE_PARAMETERS: tuple[Parameter, ...] = (AB, GRUND, BESTAETIGT, KEIN_DUPLIKAT)
MASSNAHME_PARAMETERS: tuple[Parameter, ...] = (AB, GRUND)
CHANGE_PARAMETERS: tuple[Parameter, ...] = (AB, GRUND, BESTAETIGT)
REMOVE_PARAMETERS: tuple[Parameter, ...] = (AB, GRUND, IRRTUEMLICH, ERSETZT_DURCH)
CONFIRM_PARAMETERS: tuple[Parameter, ...] = (GRUND,)

_TAG = re.compile(r'"v(\d{1,9}\.\d{1,9})(?:-[0-9a-z-]{1,60})?"', re.ASCII)
_KEY = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)

Coordinates = Annotated[list[float], msgspec.Meta(min_length=2, max_length=3)]


class Point(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A GeoJSON point; a height is passed over. In a patch, what is not stated stays."""

    type: Literal["Point"] = "Point"
    coordinates: Coordinates | UnsetType = UNSET


class _Feature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A feature as it is sent. `links`, `bbox`, `verortung` come back from who sends what was read, and say nothing."""

    type: Literal["Feature"]
    properties: dict[str, Any]
    geometry: Point | None
    id: str | int | None = None
    links: list[Any] = []
    bbox: list[Any] = []
    verortung: dict[str, Any] = {}


class _Patch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A merge patch of a feature (RFC 7396): what is not stated stays, null takes away."""

    type: Literal["Feature"] = "Feature"
    properties: dict[str, Any] = {}
    geometry: Point | UnsetType | None = UNSET
    id: str | int | None = None


class _Checked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Features somebody has checked."""

    angebote: Annotated[tuple[Geprueftes, ...], msgspec.Meta(min_length=1, max_length=MOST_CONFIRMED)]


@post(ITEMS, sync_to_thread=True)
def post_item(request: Asking, context: Opened, collection_id: FromPath[str], body: RawBody) -> Response[bytes]:
    """Create a feature; the answer says where it is and how well its point is known (Part 4, 6.2)."""
    if collection_id == MASSNAHMEN:
        return _write_massnahme(request, context, body)
    collection = get_editable(context, collection_id, ("GET", *ON_ITEMS))
    question = read_question(request, CREATE_PARAMETERS, FORMATS)
    demand_feature_media(request, *GEOJSON_BODIES)
    eingabe = read_feature(request, body, feature_id=None)
    created = create_angebot(context, eingabe, read_umstaende(request, collection, question, body))
    address = href(context.settings.base_url, f"/collections/{collection.id}/items/{created.id}")
    return _answer(context, collection, created, status=201, headers={"Location": address})


@put(ITEM, sync_to_thread=True)
def put_item(
    request: Asking, context: Opened, collection_id: FromPath[str], feature_id: FromPath[str], body: RawBody
) -> Response[bytes]:
    """Replace a feature: what is not stated is taken away, what no layer shows stays (Part 4, 6.3)."""
    if collection_id == MASSNAHMEN:
        return _write_massnahme(request, context, body, feature_id)
    collection = get_editable(context, collection_id, ("GET", *ON_ITEM))
    question = read_question(request, CHANGE_PARAMETERS, FORMATS)
    demand_feature_media(request, *GEOJSON_BODIES)
    eingabe = read_feature(request, body, feature_id)
    umstaende = read_umstaende(request, collection, question, body)
    return _answer(context, collection, change_angebot(context, feature_id, eingabe, umstaende, ganz=True))


@patch(ITEM, sync_to_thread=True)
def patch_item(
    request: Asking, context: Opened, collection_id: FromPath[str], feature_id: FromPath[str], body: RawBody
) -> Response[bytes]:
    """Change what is stated of a feature, by JSON merge patch (Part 4, 7)."""
    if collection_id == MASSNAHMEN:
        return _write_massnahme(request, context, body, feature_id)
    collection = get_editable(context, collection_id, ("GET", *ON_ITEM))
    question = read_question(request, CHANGE_PARAMETERS, FORMATS)
    demand_feature_media(request, MERGE_PATCH)
    eingabe = read_patch(request, body, feature_id)
    umstaende = read_umstaende(request, collection, question, body)
    return _answer(context, collection, change_angebot(context, feature_id, eingabe, umstaende, ganz=False))


@delete(ITEM, sync_to_thread=True, status_code=204)
def delete_item(
    request: Asking, context: Opened, collection_id: FromPath[str], feature_id: FromPath[str]
) -> Response[None]:
    """Close a feature from a day on, or declare that it never was; nothing is ever erased (Part 4, 6.4)."""
    if collection_id == MASSNAHMEN:
        return _remove_massnahme(request, context, feature_id)
    collection = get_editable(context, collection_id, ("GET", *ON_ITEM))
    question = read_question(request, REMOVE_PARAMETERS, FORMATS)
    umstaende = read_umstaende(request, collection, question, b"")
    ersatz = question.values[ERSETZT_DURCH.name] or ""
    if question.values[IRRTUEMLICH.name] == "true":
        void_angebot(context, feature_id, umstaende, ersatz)
    elif ersatz:
        raise InvalidParameter(ERSETZT_DURCH.name, "Das geht nur zusammen mit irrtuemlich=true.")
    else:
        close_angebot(context, feature_id, umstaende)
    return Response(None, status_code=204, headers={"Cache-Control": "no-store"})


@post(CONFIRMATION, sync_to_thread=True, status_code=200)
def post_confirmation(
    request: Asking, context: Opened, collection_id: FromPath[str], feature_id: FromPath[str], body: RawBody
) -> Response[bytes]:
    """Confirm that a feature still holds as it stands."""
    collection = get_editable(context, collection_id, ())
    question = read_question(request, CONFIRM_PARAMETERS, FORMATS)
    umstaende = read_umstaende(request, collection, question, body)
    return _answer(context, collection, confirm_angebot(context, feature_id, umstaende))


@post(CONFIRMATIONS, sync_to_thread=True, status_code=200)
def post_confirmations(
    request: Asking, context: Opened, collection_id: FromPath[str], body: RawBody
) -> Response[bytes]:
    """Confirm of many features that they still hold as they stand: all or none."""
    collection = get_editable(context, collection_id, ())
    question = read_question(request, CONFIRM_PARAMETERS, (JSON,))
    demand_media(request, JSON.media_type)
    checked = decode_body(body, _Checked).angebote
    umstaende = read_umstaende(request, collection, question, body)
    confirmed = confirm_angebote(context, checked, umstaende)
    told = {"zuletzt_geprueft": umstaende.tag, "anzahl": len(confirmed), "angebote": confirmed}
    return Response(encode_json(told), headers={"Cache-Control": "no-store"}, media_type=JSON.media_type)


@route(ITEMS, http_method=[HttpMethod.OPTIONS], status_code=200, sync_to_thread=False)
def options_items(context: Opened, collection_id: FromPath[str]) -> Response[bytes]:
    """Say whether who asks may create features here."""
    return _answer_options(context, collection_id, ON_ITEMS)


@route(ITEM, http_method=[HttpMethod.OPTIONS], status_code=200, sync_to_thread=False)
def options_item(context: Opened, collection_id: FromPath[str], feature_id: FromPath[str]) -> Response[bytes]:  # noqa: ARG001 - a part of the address
    """Say whether who asks may change features here.

    The same of each feature of a layer: QGIS asks for the first one, and takes its answer for all of them.
    """
    return _answer_options(context, collection_id, ON_ITEM)


def _answer_options(context: Context, collection_id: str, methods: tuple[str, ...]) -> Response[bytes]:
    """Name what who asks may do; a browser asks without saying who, and is told what the address knows."""
    known = methods if is_editable(collection_id) else ()
    may_change = may_edit_massnahmen(context) if collection_id == MASSNAHMEN else may_edit(context, collection_id)
    allowed = known if may_change else ()
    headers = {
        "Allow": list_methods(["GET", *allowed]),
        "Access-Control-Allow-Methods": list_methods(["GET", *known]),
        "Vary": "Authorization",
    }
    if "POST" in allowed:
        headers["Accept-Post"] = ", ".join(GEOJSON_BODIES)
    if "PATCH" in allowed:
        headers["Accept-Patch"] = MERGE_PATCH
    return Response(b"", headers=headers, media_type="text/plain")


def get_editable(context: Context, collection_id: str, methods: tuple[str, ...]) -> Collection:
    """Get a layer whose features can be changed; of the others, reading is all their addresses know."""
    collection = find_collection(collection_id)
    if not list_editable(collection_id):
        raise MethodNotAllowedException(headers={"allow": ", ".join(methods)})
    require_person(context)
    return collection


# Maßnahmen


def _write_massnahme(request: Asking, context: Context, body: bytes, feature_id: str | None = None) -> Response[bytes]:
    """Create, replace or patch a Maßnahme, as the method says."""
    require_person(context)
    question = read_question(request, MASSNAHME_PARAMETERS, FORMATS)
    patched = request.method == "PATCH"
    demand_feature_media(request, *((MERGE_PATCH,) if patched else GEOJSON_BODIES))
    umstaende = read_umstaende(request, find_collection(MASSNAHMEN), question, body)
    if feature_id is None:
        created = create_massnahme(context, read_massnahme(body, None), umstaende)
        return answer_massnahme(context, created, umstaende.tag, created=True)
    felder = (read_massnahme_patch if patched else read_massnahme)(body, feature_id)
    changed = change_massnahme(context, feature_id, felder, umstaende, ganz=not patched)
    return answer_massnahme(context, changed, umstaende.tag)


def _remove_massnahme(request: Asking, context: Context, feature_id: str) -> Response[None]:
    """Give a Maßnahme up from a day on, or declare that it never was."""
    require_person(context)
    question = read_question(request, (*MASSNAHME_PARAMETERS, IRRTUEMLICH), FORMATS)
    umstaende = read_umstaende(request, find_collection(MASSNAHMEN), question, b"")
    remove = cancel_massnahme if question.values[IRRTUEMLICH.name] == "true" else close_massnahme
    remove(context, feature_id, umstaende)
    return Response(None, status_code=204, headers={"Cache-Control": "no-store"})


# What is sent


def demand_feature_media(request: Asking, *media_types: str) -> None:
    """Let pass a body of one of these types; of one that says none, nobody knows how to read it (Part 4, 6.2.1)."""
    if "content-type" not in request.headers:
        raise Refused(f"Der Kopf Content-Type fehlt. Erwartet wird: {' oder '.join(media_types)}.")
    demand_media(request, *media_types)


def read_feature(request: Asking, body: bytes, feature_id: str | None) -> Eingabe:
    stated = decode_body(body, _Feature)
    _refuse_id(stated.id, feature_id)
    if stated.geometry is not None and stated.geometry.coordinates is UNSET:
        raise InvalidInput([Feldfehler(GEOMETRIE, "Dem Punkt fehlen die Koordinaten.")])
    return Eingabe(felder=stated.properties, punkt_25832=read_point(request, stated.geometry))


def read_patch(request: Asking, body: bytes, feature_id: str) -> Eingabe:
    """Read what a merge patch states of a feature."""
    stated = decode_body(body, _Patch)
    _refuse_id(stated.id, feature_id)
    return Eingabe(felder=stated.properties, punkt_25832=read_point(request, stated.geometry))


def _refuse_id(stated: str | int | None, feature_id: str | None) -> None:
    if stated is not None and stated != feature_id:
        raise InvalidInput([Feldfehler("id", ABGELEITET["id"])])


def read_point(request: Asking, geometry: Point | UnsetType | None) -> Punkt | UnsetType | None:
    """Read a point in the system Content-Crs names (Part 2, 6.4), by its URI in angle brackets or, as QGIS, without."""
    stated = request.headers.get("content-crs", "").strip()
    crs = get_crs("Content-Crs", stated.removeprefix("<").removesuffix(">")) if stated else CRS84
    if geometry is None or geometry is UNSET:
        return geometry
    return UNSET if geometry.coordinates is UNSET else _to_plane(geometry.coordinates, crs)


def _to_plane(coordinates: list[float], crs: Crs) -> Punkt:
    xy = np.array([coordinates[:2]])
    x, y = (xy[:, ::-1] if crs.northing_first else xy)[0].tolist()
    wrong = describe_implausible(x, y, crs.epsg) if crs.geographic else None
    east, north = from_crs(xy, crs)[0].tolist()
    wrong = wrong or describe_implausible(east, north, 25832)
    if wrong:
        raise InvalidInput([Feldfehler(GEOMETRIE, wrong)])
    return east, north


def read_umstaende(request: Asking, collection: Collection, question: Question, body: bytes) -> Umstaende:
    schluessel = read_key(request)
    return Umstaende(
        kollektion=collection.id,
        tag=question.values.get(AB.name) or date.today(),  # noqa: DTZ011 - a local day
        grund=question.values[GRUND.name] or "",
        bestaetigt=question.values.get(BESTAETIGT.name) == "true",
        erwartet=read_if_match(request),
        schluessel=schluessel,
        pruefsumme=digest_request(request, body) if schluessel else "",
        kein_duplikat=frozenset((question.values.get(KEIN_DUPLIKAT.name) or "").split(",")) - {""},
    )


def read_if_match(request: Asking) -> frozenset[str] | None:
    """Read the versions a change may be made on top of; None where nothing is said, `*` for any.

    Weak tags match nothing, and neither does what is none of ours (RFC 9110, 13.1.1: strong comparison).
    """
    stated = request.headers.getall("if-match", [])
    if not stated:
        return None
    tags = [tag.strip() for tag in ",".join(stated).split(",")]
    if tags == ["*"]:
        return frozenset(tags)
    return frozenset(match[1] for tag in tags if (match := _TAG.fullmatch(tag)))


def read_key(request: Asking) -> str:
    """Read the name of a request that may be sent again, empty where it has none."""
    stated = request.headers.getall("idempotency-key", [])
    if not stated:
        return ""
    if len(stated) > 1 or _KEY.fullmatch(stated[0]) is None:
        raise InvalidParameter("Idempotency-Key", "Erwartet wird ein Name aus 1 bis 200 sichtbaren ASCII-Zeichen.")
    return stated[0]


def digest_request(request: Asking, body: bytes) -> str:
    """Tell a request from others of the same name: what is asked, of what, and with which body.

    Of the type, without its parameters: each time it is sent, a form has another boundary.
    """
    told = [request.method, request.url.path, request.scope["query_string"].decode("latin-1")]
    told += [request.headers.get("content-type", "").partition(";")[0]]
    told += [request.headers.get(name, "") for name in ("content-crs", "if-match")]
    return sha256("\n".join(told).encode() + b"\n" + body).hexdigest()


# What is answered


def _answer(
    context: Context,
    collection: Collection,
    ergebnis: Ergebnis,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response[bytes]:
    """Answer with the feature as it stands, under the ETag it is read with, and how its point came about."""
    columns = {name: [value] for name, value in ergebnis.properties.items()}
    feature = Features([ergebnis.id], columns, np.array([ergebnis.punkt_25832 or (np.nan, np.nan)]))
    read = Question({}, ITEM_FORMATS[0], {})
    links = item_links(context.settings.base_url, collection, ergebnis.id, read)
    body = encode_feature(feature, CRS84, links)
    sent = {
        "ETag": Written(body, ergebnis.version).etag(None),
        "Cache-Control": "no-store",
        **content_crs(CRS84),
        **(headers or {}),
    }
    if ergebnis.guete is not None:
        found = encode_json({"guete": ergebnis.guete.value, "erlaeuterung": GUETE_TITEL[ergebnis.guete]})
        body = b'%b,"verortung":%b}' % (body[:-1], found)
    return Response(body, status_code=status, headers=sent, media_type=FEATURES.media_type)
