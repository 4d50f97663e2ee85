"""What changes in the catalogue, for whoever keeps a copy of it: asked again, each time from where it ended."""

import base64
import binascii

import msgspec
from litestar import Response, get

from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.http.answers import Asking, Opened, answer_as
from infrastruktur.http.links import href, link
from infrastruktur.http.negotiation import HTML, JSON
from infrastruktur.http.parameters import Parameter, integer, read_question
from infrastruktur.usecases.follow_changes import Stelle, follow_changes

PATH = "/aenderungen"
FORMATS = (JSON, HTML)
MOST = 1000
_TOKEN_TEXT = 200
_STALE = "Diese Angabe ist keine Stelle. Bitte den Wert „weiter“ der letzten Antwort nehmen, oder von vorn lesen."


def _parse_since(text: str) -> Stelle:
    try:
        return msgspec.json.decode(base64.b64decode(text.encode(), altchars=b"-_", validate=True), type=Stelle)
    except (binascii.Error, msgspec.DecodeError, ValueError):
        raise InvalidParameter("since", _STALE) from None


PARAMETERS = (
    Parameter(
        "since",
        "Wo die vorige Antwort endete, wie dort unter „weiter“; ohne Angabe von Anfang an.",
        {"type": "string", "pattern": "^[A-Za-z0-9_=-]+$", "maxLength": _TOKEN_TEXT},
        _parse_since,
        max_text=_TOKEN_TEXT,
    ),
    integer("limit", "So viele Änderungen, wenn es so viele gibt.", (1, MOST), default=100, clamp=True),
)


@get(PATH, sync_to_thread=True)
def get_changes(request: Asking, context: Opened) -> Response[bytes]:
    """Answer with what changed since the last answer, in the order it was committed."""
    question = read_question(request, PARAMETERS, FORMATS)
    folge = follow_changes(context, question.values["since"], question.values["limit"])
    weiter = "" if folge.weiter is None else base64.urlsafe_b64encode(msgspec.json.encode(folge.weiter)).decode()
    asked = {name: text for name, text in question.written.items() if name != "since"}
    further = {**asked, "since": weiter} if weiter else asked
    base = context.settings.base_url
    body = {
        "aenderungen": [_write(each) for each in msgspec.to_builtins(folge.meldungen)],
        "weiter": weiter,
        "links": [
            link("self", href(base, PATH, question.written), JSON.media_type, "Änderungen"),
            link("next", href(base, PATH, further), JSON.media_type, "Was danach kommt"),
        ],
    }
    return answer_as(question.form, request, context, "Änderungen im Katalog", body)


def _write(meldung: dict[str, object]) -> dict[str, object]:
    """Leave out what is not told."""
    return {name: value for name, value in meldung.items() if value is not None}
