"""What a GIS asks of a layer: which features, in which order, a page at a time."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from infrastruktur.domain.crs import Window
from infrastruktur.domain.filter import Filter
from infrastruktur.domain.layer import Features


class Sort(msgspec.Struct, frozen=True):
    """One property to order by; text by code point, what is unknown last either way."""

    name: str
    descending: bool = False


Key = tuple[Any, ...]
"""Where a page ended: its last feature's values of the `sortby` properties, and what tells it apart from all others."""


class Vergleich(msgspec.Struct, frozen=True, kw_only=True):
    """What a layer of differences compares with: an earlier day, and as of when that was known; None as the rest."""

    stichtag: date | None = None
    known_at: datetime | None = None


class LayerQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which features of a layer, in which order, and with which properties (None for all)."""

    collection: str
    stichtag: date | None = None
    vergleich: Vergleich | None = None
    window: Window | None = None
    filter: Filter | None = None
    sortby: tuple[Sort, ...] = ()
    properties: tuple[str, ...] | None = None


class Excerpt(msgspec.Struct, frozen=True):
    """Which part of what a query selects: `limit` features behind a key, or, without one, behind `offset` others."""

    limit: int
    offset: int = 0
    after: Key | None = None


@dataclass(frozen=True)
class Page:
    """One excerpt. `following` is the key the next one starts behind, None at the end.

    `matched` counts all that fit the query, over all pages; None where that was not counted. `revision` names the state
    of the layers it is of.
    """

    features: Features
    following: Key | None
    matched: int | None
    revision: str
