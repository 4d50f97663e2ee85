"""Bodies of requests: JSON, read strictly into the shape a route expects, or a sentence that says what is wrong."""

import re
from typing import TypeVar

import msgspec

from infrastruktur.http.answers import Asking
from infrastruktur.http.negotiation import JSON
from infrastruktur.http.problems import BodyRefused, BodyTooLarge, BodyUnreadable, UnsupportedMedia

T = TypeVar("T")

_UNKNOWN = re.compile(r"unknown field `([^`]{1,100})`")
_MISSING = re.compile(r"missing required field `([^`]+)`")
_PLACE = re.compile(r" - at `\$([^`]{1,100})`$")


async def read_body(request: Asking, shape: type[T], *, most_bytes: int | None = None) -> T:
    """Read a request's JSON body as `shape`, a msgspec struct that forbids fields it does not know, or `msgspec.Raw`.

    Raises
    ------
    UnsupportedMedia
        The body is not said to be JSON, or packed.
    BodyTooLarge
        It has more bytes than this address takes, which is less than any may have.
    BodyUnreadable
        It is no JSON.
    BodyRefused
        It is JSON of another shape.

    """
    demand_media(request, JSON.media_type)
    body = await request.body()
    if most_bytes is not None and len(body) > most_bytes:
        raise BodyTooLarge(f"Das sind {len(body)} Byte, möglich sind {most_bytes}.")
    return decode_body(body, shape)


def demand_media(request: Asking, *media_types: str) -> None:
    """Let pass a body that is said to be of one of these types, and not packed (a small one may unpack to gigabytes).

    Raises
    ------
    UnsupportedMedia
        It is of another, or packed.

    """
    stated = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if stated not in media_types or request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMedia(*media_types)


def decode_body(body: bytes, shape: type[T]) -> T:
    """Read a body's bytes as `read_body` does."""
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        raise BodyRefused(_describe(str(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BodyUnreadable from None


def _describe(message: str) -> str:
    """Say in German what does not fit, and where, as far as msgspec says it."""
    place = _PLACE.search(message)
    where = f" (unter {place[1].lstrip('.')})" if place else ""
    if unknown := _UNKNOWN.search(message):
        return f"Das Feld „{unknown[1]}“ gibt es hier nicht{where}. Bitte die Schreibweise prüfen."
    if missing := _MISSING.search(message):
        return f"Das Feld „{missing[1]}“ fehlt{where}."
    return f"Ein Wert hat eine andere Form als vorgesehen{where}. Welche, steht unter /api.html."
