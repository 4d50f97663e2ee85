"""Errors as RFC 9457 problem documents: one table from error class to status.

Whatever happens below, a client sees one shape and no internals: no SQL, path, stack or version.
"""

import logging
import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, MethodNotAllowedException

from infrastruktur.domain import errors
from infrastruktur.http.languages import ENGLISH, GERMAN, choose_language, find_words, name_languages
from infrastruktur.usecases.edit_massnahme import is_editable

MEDIA_TYPE = "application/problem+json"
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_LOG = logging.getLogger(__name__)


class NotAcceptable(errors.Refused):
    """None of the formats here is one the client takes."""


class UnsupportedMedia(errors.Refused):
    """A body that is not said to be what a route takes, or that is packed."""

    def __init__(self, *expected: str) -> None:
        types = " oder ".join(expected or ("application/json",))
        super().__init__(f"Der Kopf Content-Type muss {types} lauten, und der Inhalt muss das sein, ungepackt.")


class BodyUnreadable(errors.Refused):
    """A body that is not what it is said to be."""

    def __init__(self, message: str = "Der Inhalt der Anfrage ist kein lesbares JSON.") -> None:
        super().__init__(message)


class BodyRefused(errors.Refused):
    """A body that is JSON of another shape than the route takes."""


class BodyTooLarge(errors.Refused):
    """A body of more bytes than its address needs."""


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A problem document (RFC 9457, 3.1); what follows `detail` are extension members."""

    type: str
    title: str
    status: int
    detail: str = ""
    parameter: str = ""
    grund: str = ""
    fehler: tuple[Any, ...] = ()
    konflikte: tuple[Any, ...] = ()
    aktuell: dict[str, Any] = {}
    kandidaten: tuple[Any, ...] = ()
    ersetzt_durch: str = ""


_PROCESSES = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0"
"""What OGC API Processes names itself (Part 1, 7.12 and 7.13) keeps its names."""
_TABLE: dict[type[Exception], tuple[int, str, str]] = {
    errors.NotFound: (404, "not-found", "Nicht gefunden"),
    errors.NoSuchJob: (404, f"{_PROCESSES}/no-such-job", "Auftrag nicht gefunden"),
    errors.ResultNotReady: (404, f"{_PROCESSES}/result-not-ready", "Noch kein Ergebnis"),
    errors.Gone: (410, "gone", "Nicht mehr da"),
    errors.InvalidInput: (422, "invalid-input", "Angaben nicht möglich"),
    errors.PreconditionMissing: (428, "precondition-missing", "Fassung nicht genannt"),
    errors.Outdated: (412, "outdated", "Inzwischen geändert"),
    errors.Disputed: (409, "disputed", "Von jemand anderem geändert"),
    errors.NotNow: (409, "not-now", "Jetzt nicht möglich"),
    errors.Doubled: (409, "doubled", "Vielleicht schon vorhanden"),
    errors.KeyReused: (422, "key-reused", "Schlüssel schon vergeben"),
    errors.UnknownParameter: (400, "unknown-parameter", "Unbekannter Parameter"),
    errors.InvalidParameter: (400, "invalid-parameter", "Ungültiger Wert"),
    errors.LimitExceeded: (400, "limit-exceeded", "Zu viel auf einmal"),
    errors.SourceRefused: (422, "source-refused", "Quelle nicht lesbar"),
    errors.SourceUnavailable: (503, "source-unavailable", "Quelle nicht erreichbar"),
    errors.ImportStopped: (409, "import-stopped", "Import angehalten"),
    errors.ConstraintViolated: (422, "constraint-violated", "Angaben nicht zulässig"),
    errors.StoreUnavailable: (503, "store-unavailable", "Katalog nicht erreichbar"),
    NotAcceptable: (406, "not-acceptable", "Format nicht verfügbar"),
    UnsupportedMedia: (415, "unsupported-media", "Inhalt nicht lesbar"),
    BodyUnreadable: (400, "body-unreadable", "Inhalt nicht lesbar"),
    BodyRefused: (422, "body-refused", "Inhalt passt nicht"),
    BodyTooLarge: (413, "body-too-large", "Zu groß"),
    errors.InvalidSzenario: (422, "invalid-scenario", "Szenario nicht möglich"),
    errors.Busy: (503, "busy", "Ausgelastet"),
    errors.Refused: (400, "refused", "Anfrage nicht möglich"),
    errors.Unauthenticated: (401, "unauthenticated", "Anmeldung ungültig"),
    errors.Forbidden: (403, "forbidden", "Nicht erlaubt"),
    errors.OnlyProposable: (403, "only-proposable", "Nur als Vorschlag möglich"),
    errors.NotAssessable: (409, "not-assessable", "Keine Aussage möglich"),
    errors.Cancelled: (499, "cancelled", "Abgebrochen"),  # nginx's number; guards.admit sends it to nobody
    errors.NetworkRefused: (503, "network-refused", "Kein Straßennetz"),
}
_FRAMEWORK: dict[int, tuple[str, str]] = {
    400: ("Anfrage nicht lesbar", "Die Anfrage ist nicht lesbar. Bitte die Adresse prüfen."),
    404: ("Nicht gefunden", "Diese Adresse gibt es hier nicht. Eine Übersicht steht unter /api.html."),
    405: ("Methode nicht erlaubt", "So lässt sich diese Adresse nicht ansprechen. Was geht, sagt der Kopf Allow."),
    413: ("Zu groß", "Die Anfrage ist größer als erlaubt."),
    500: (
        "Interner Fehler",
        "Hier ist etwas schiefgegangen, und es ist vermerkt. Bitte später noch einmal.",
    ),
    503: ("Nicht bereit", "Der Dienst ist noch nicht bereit. Bitte in einigen Sekunden noch einmal versuchen."),
}


_EXTENSIONS: dict[str, Any] = {"fehler": (), "konflikte": (), "aktuell": {}, "kandidaten": (), "ersetzt_durch": ""}


def describe_error(error: Exception) -> Problem:
    """Turn an error into what a client may know of it."""
    for kind in type(error).__mro__:
        if kind in _TABLE:
            status, code, title = _TABLE[kind]
            return Problem(
                type=code if code.startswith(_PROCESSES) else f"urn:infrastruktur:problem:{code}",
                title=title,
                status=status,
                detail=str(error),
                parameter=getattr(error, "name", ""),
                grund=getattr(error, "grund", ""),
                **{name: getattr(error, name, empty) for name, empty in _EXTENSIONS.items()},
            )
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
    return describe_status(status)


def describe_status(status: int) -> Problem:
    """Describe a failure that has no error of ours: routing, protocol, or a defect."""
    title, detail = _FRAMEWORK.get(status, (HTTPStatus(status).phrase, ""))
    return Problem(type="about:blank", title=title, status=status, detail=detail)


def list_methods(methods: Iterable[str]) -> str:
    """List what an address may be asked with, in one order: whoever may read may ask for the head alone."""
    known = set(methods)
    head = {"HEAD"} if "GET" in known else set()
    return ", ".join(each for each in _METHODS if each in known | head | {"OPTIONS"})


_WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_OF_A_LAYER = re.compile(r"/collections/([^/]+)/items(?:/|$)")


def _known_methods(path: str, error: MethodNotAllowedException) -> set[str]:
    """Name what an address knows: the layers share their routes, and not all of them can be changed."""
    known = set((error.headers or {}).get("allow", "").split(", "))
    layer = _OF_A_LAYER.match(path)
    return known if layer is None or is_editable(layer[1]) else known - _WRITING


def answer_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer any error of any route; a defect is logged with its stack, and told without.

    The kind of problem is said in English to who would rather have that, its reason in German, as the header tells.
    """
    problem = describe_error(error)
    if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        _LOG.error("Unexpected error", exc_info=error)
    headers = {"Cache-Control": "no-store", "Content-Language": GERMAN}
    if choose_language(request.headers.get("accept-language", "")) == ENGLISH:
        title, detail = find_words(problem.title), find_words(problem.detail)
        problem = msgspec.structs.replace(problem, title=title or problem.title, detail=detail or problem.detail)
        headers["Content-Language"] = name_languages(complete=detail is not None)
    if isinstance(error, MethodNotAllowedException):
        headers["Allow"] = list_methods(_known_methods(request.scope["path"], error))
    if problem.ersetzt_durch:
        base_url = request.app.state.context.settings.base_url
        url = f"{base_url}/collections/angebote/items/{problem.ersetzt_durch}"
        headers["Link"] = f'<{url}>; rel="successor-version"'  # RFC 5829, 3.4
    if problem.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="infrastruktur", error="invalid_token"'  # RFC 6750, 3
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = "10"
    return Response(msgspec.json.encode(problem), status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)
