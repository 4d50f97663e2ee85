"""Maßnahmen as features that are sent and answered: their outline follows from their area and says nothing."""

from datetime import date
from typing import Any, Literal

import msgspec
import numpy as np
from litestar import Response

from infrastruktur.domain.art import Feldfehler
from infrastruktur.domain.crs import CRS84
from infrastruktur.domain.errors import InvalidInput, NotFound
from infrastruktur.domain.layer import Features
from infrastruktur.domain.massnahme import ABGELEITET, name_version
from infrastruktur.domain.query import LayerQuery
from infrastruktur.http.answers import Written
from infrastruktur.http.bodies import decode_body
from infrastruktur.http.geojson import encode_feature
from infrastruktur.http.items import FORMATS, content_crs, item_links
from infrastruktur.http.links import href
from infrastruktur.http.negotiation import FEATURES
from infrastruktur.http.parameters import Question
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.describe_layers import MASSNAHMEN
from infrastruktur.usecases.edit_massnahme import Massnahmenergebnis
from infrastruktur.usecases.read_layer import find_collection, get_feature


class _Feature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A feature as it is sent; a desktop GIS sends back all it has read."""

    type: Literal["Feature"]
    properties: dict[str, Any]
    geometry: Any = None
    id: str | int | None = None
    links: list[Any] = []
    bbox: list[Any] = []


class _Patch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A merge patch of a feature (RFC 7396): what is not stated stays, null takes away."""

    type: Literal["Feature"] = "Feature"
    properties: dict[str, Any] = {}
    geometry: Any = None
    id: str | int | None = None


def read_massnahme(body: bytes, feature_id: str | None) -> dict[str, Any]:
    """Read what a feature states of a Maßnahme."""
    return _read(decode_body(body, _Feature), feature_id)


def read_massnahme_patch(body: bytes, feature_id: str) -> dict[str, Any]:
    """Read what a merge patch states of a Maßnahme."""
    return _read(decode_body(body, _Patch), feature_id)


def _read(stated: _Feature | _Patch, feature_id: str | None) -> dict[str, Any]:
    if stated.id is not None and stated.id != feature_id:
        raise InvalidInput([Feldfehler("id", ABGELEITET["id"])])
    return stated.properties


def answer_massnahme(
    context: Context, ergebnis: Massnahmenergebnis, tag: date, *, created: bool = False
) -> Response[bytes]:
    """Answer with a Maßnahme as it stands on a day, under the ETag it is read with; a new one with its address."""
    base_url = context.settings.base_url
    links = item_links(base_url, find_collection(MASSNAHMEN), ergebnis.id, Question({}, FORMATS[0], {}))
    body = encode_feature(_find(context, ergebnis, tag), CRS84, links)
    headers = {
        "ETag": Written(body, name_version(ergebnis.version)).etag(None),
        "Cache-Control": "no-store",
        **content_crs(CRS84),
    }
    if created:
        headers["Location"] = href(base_url, f"/collections/{MASSNAHMEN}/items/{ergebnis.id}")
    return Response(body, status_code=201 if created else 200, headers=headers, media_type=FEATURES.media_type)


def _find(context: Context, ergebnis: Massnahmenergebnis, tag: date) -> Features:
    """Find a Maßnahme in its layer; what was given up is in none, and has no outline."""
    try:
        return get_feature(context, LayerQuery(collection=MASSNAHMEN, stichtag=tag), ergebnis.id)
    except NotFound:
        columns = {name: [value] for name, value in ergebnis.properties.items()}
        return Features([ergebnis.id], columns, np.full((1, 2), np.nan))
