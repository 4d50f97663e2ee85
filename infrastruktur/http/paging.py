"""Pages of a layer, and how one leads to the next.

The next page begins behind a key, the last feature's own values, so that each feature nobody changes
is seen exactly once, whatever others add or delete meanwhile. Beside the key stands the plain
`offset` it belongs to: ArcGIS pages by putting its own number there, and where it does, its number counts.
"""

import base64
import binascii
from typing import Any

import msgspec

from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.domain.layer import Collection
from infrastruktur.domain.query import Excerpt, Key, LayerQuery
from infrastruktur.http.parameters import Parameter, integer
from infrastruktur.settings import Limits
from infrastruktur.usecases.read_layer import key_type

_DEFAULT_PAGE = 1000
_MAX_OFFSET = 100_000_000
_TOKEN_TEXT = 8_000
_STALE = "Diese Angabe passt nicht zur Frage. Bitte dem Verweis „next“ der vorigen Seite unverändert folgen."
_JSON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}

OFFSET = integer("offset", "So viele Objekte überspringen.", (0, _MAX_OFFSET), default=0)


class _Place(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """Where a page ended, as the token says it."""

    offset: int
    key: list[str | int | float | bool | None]


def limit_parameter(limits: Limits) -> Parameter:
    """Describe the page size. Above the maximum the maximum counts (Part 1 1.0.1, fc-limit-response-1 C)."""
    default = min(_DEFAULT_PAGE, limits.page_features)
    described = "Höchstens so viele Objekte auf einer Seite; mehr als das Höchste zählt als das Höchste."
    return integer("limit", described, (1, limits.page_features), default=default, clamp=True)


def _parse_token(text: str) -> _Place:
    try:
        return msgspec.json.decode(base64.b64decode(text.encode(), altchars=b"-_", validate=True), type=_Place)
    except (binascii.Error, msgspec.DecodeError, ValueError):
        raise InvalidParameter("token", _STALE) from None


TOKEN = Parameter(
    "token",
    "Wo die vorige Seite endete; steht im Verweis auf die nächste Seite.",
    {"type": "string", "pattern": "^[A-Za-z0-9_=-]+$", "maxLength": _TOKEN_TEXT},
    _parse_token,
    max_text=_TOKEN_TEXT,
)


def choose_excerpt(collection: Collection, query: LayerQuery, values: dict[str, Any]) -> Excerpt:
    """Say which part of a selection is asked for; where `offset` and `token` disagree, `offset` counts.

    Raises
    ------
    InvalidParameter
        The token is none of ours, or of another question's order.

    """
    place: _Place | None = values["token"]
    limit, offset = values["limit"], values["offset"]
    if place is None or place.offset != offset:
        return Excerpt(limit, offset)
    return Excerpt(limit, offset, _check_key(collection, query, tuple(place.key)))


def write_token(offset: int, key: Key) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(_Place(offset, list(key)))).decode()


def _check_key(collection: Collection, query: LayerQuery, key: Key) -> Key:
    """Compare a key with what it orders by: the store must never be asked whether a word is more than a number."""
    properties = {each.name: each for each in collection.properties}
    last = key_type(collection.id)
    expected = [_JSON_TYPES[properties[sort.name].type] for sort in query.sortby]
    if len(key) != len(expected) + 1 or type(key[-1]) is not last:
        raise InvalidParameter("token", _STALE)
    for value, types in zip(key, expected, strict=False):
        if value is not None and type(value) not in types:
            raise InvalidParameter("token", _STALE)
    return key
