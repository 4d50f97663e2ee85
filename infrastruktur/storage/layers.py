"""Point layers: which Angebote or Standorte fit a selection, in a stable order, as columns with their points.

No ORM and no geometry object stands on the way of a layer: rows come as tuples, points as one array.
Property names are looked up in a table of columns and never reach SQL as text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from infrastruktur.domain.art import list_groessen
from infrastruktur.domain.crs import Window
from infrastruktur.domain.errors import UnknownParameter
from infrastruktur.domain.filter import Filter
from infrastruktur.domain.geometry import Bbox
from infrastruktur.domain.layer import Features
from infrastruktur.domain.query import Excerpt, Key, Sort
from infrastruktur.storage.columns import by_code_point, in_window, points_xy
from infrastruktur.storage.eingaben import VERSION
from infrastruktur.storage.filters import compile_filter
from infrastruktur.storage.raeume import valid_on
from infrastruktur.storage.tables import angebot, fassung, kommune, sozialraum, standort, zelle

Columns = Mapping[str, sa.ColumnElement[Any]]

_ADDRESS = ("strasse", "hausnummer", "plz", "ort", "kommune", "sozialraum")
_UNITS = {groesse.code: groesse.einheit for groesse in list_groessen()}
_ANGEBOT: dict[str, sa.ColumnElement[Any]] = {
    **{name: fassung.c[name] for name in ("id", "name", "art", "traeger", "status", "kapazitaet")},
    "einheit": sa.case(_UNITS, value=fassung.c.hauptgroesse),
    **{name: fassung.c[name] for name in ("stand", "zuletzt_geprueft", *_ADDRESS)},
}
_PUBLIC = fassung.c.oeffentlich.is_(sa.true())
_VERSION = "version"
_LAYERS = {table.name: table for table in (standort, kommune, sozialraum, zelle)}


class PointSelection(msgspec.Struct, frozen=True, kw_only=True):
    """What a layer is asked for.

    `arten` None means every kind, `ids` None all. `public` leaves out what the public must not see.
    """

    stichtag: date
    public: bool
    arten: tuple[str, ...] | None = None
    window: Window | None = None
    filter: Filter | None = None
    ids: tuple[str, ...] | None = None


@dataclass(frozen=True)
class PointLayer:
    """A selection as SQL: whence, under which conditions, with which properties; `nr` tells its rows apart."""

    source: sa.Table
    conditions: Sequence[sa.ColumnElement[bool]]
    properties: Columns
    nr: sa.Column[int]


def angebot_layer(selection: PointSelection) -> PointLayer:
    """Lay out the Angebote of a day at their Standorte.

    `kapazitaet` is the value of the kind's main size on the day, None where nobody states it.

    """
    conditions = (*_shown(selection), *_narrowed(selection, _ANGEBOT, fassung.c.geom))
    return PointLayer(fassung, conditions, _ANGEBOT, fassung.c.nr)


def standort_layer(selection: PointSelection) -> PointLayer:
    """Lay out the Standorte that hold a visible Angebot on a day; `angebote` is how many they are."""
    visible = sa.select(fassung.c.id).where(fassung.c.standort == standort.c.id, *_shown(selection)).correlate(standort)
    properties: dict[str, sa.ColumnElement[Any]] = {
        "id": standort.c.id,
        **{name: sa.func.nullif(standort.c[name], "", type_=sa.Text) for name in _ADDRESS},
        "barrierefrei": standort.c.barrierefrei,
        # Grouped and joined instead, SQLite scans all Angebote for a box of a few (1.7 s for 20,000).
        "angebote": visible.with_only_columns(sa.func.count()).scalar_subquery(),
    }
    conditions = (visible.exists(), *_narrowed(selection, properties, standort.c.geom))
    return PointLayer(standort, conditions, properties, standort.c.fid)


def select_page(
    conn: Connection,
    layer: PointLayer,
    excerpt: Excerpt,
    *,
    names: Sequence[str] | None = None,
    sortby: Sequence[Sort] = (),
) -> tuple[Features, Key | None]:
    """Select one excerpt with some properties, None for all, ordered by `sortby` and then by age.

    Beside it stands the key the next excerpt starts behind, None at the end.

    Raises
    ------
    UnknownParameter
        A property that the layer does not have.

    """
    features, following, _ = select_counted(conn, layer, excerpt, None, names=names, sortby=sortby)
    return features, following


def select_one(conn: Connection, layer: PointLayer, names: Sequence[str] | None) -> tuple[Features, str]:
    """Select the first of a layer with its version as `eingaben.find_bestand` counts it, "" for a Standort's."""
    properties = {**layer.properties, _VERSION: _version(layer)}
    shown = [*(layer.properties if names is None else names), _VERSION]
    found, _ = select_page(conn, replace(layer, properties=properties), Excerpt(1), names=shown)
    columns = {name: values for name, values in found.columns.items() if name != _VERSION}
    version = found.columns[_VERSION][0] if len(found) else ""
    return replace(found, columns=columns), version


def _version(layer: PointLayer) -> sa.ColumnElement[Any]:
    if layer.source is not fassung:
        return sa.literal("")
    of_row = sa.select(VERSION).where(angebot.c.id == fassung.c.id, standort.c.id == angebot.c.standort)
    return of_row.correlate(fassung).scalar_subquery()


def select_counted(
    conn: Connection,
    layer: PointLayer,
    excerpt: Excerpt,
    at_most: int | None,
    *,
    names: Sequence[str] | None = None,
    sortby: Sequence[Sort] = (),
) -> tuple[Features, Key | None, int | None]:
    """Select one excerpt as `select_page` does, and in the same statement count what fits, up to one above `at_most`.

    The count is None where it was not asked for, and where no row came that could carry it.

    """
    shown = list(layer.properties) if names is None else list(names)
    order = [_find(layer.properties, each.name) for each in sortby]
    columns = [_as_json(_find(layer.properties, name)) for name in shown]
    counted = sa.null() if at_most is None else _count(layer, at_most).scalar_subquery()
    query = (
        sa.select(*columns, counted, *map(_as_json, order), layer.properties["id"], layer.source.c.geom, layer.nr)
        .select_from(layer.source)
        .where(*layer.conditions)
        .order_by(*_ordered(order, sortby), layer.nr)
        .limit(excerpt.limit + 1)  # one more tells whether there is a next page
    )
    if excerpt.after is None:
        query = query.offset(excerpt.offset)
    else:
        query = query.where(_behind(order, sortby, layer.nr, excerpt.after))
    rows = conn.execute(query).all()
    more, rows = len(rows) > excerpt.limit, rows[: excerpt.limit]
    *values, ids, geom, _ = zip(*rows, strict=True) if rows else [()] * (len(columns) + len(order) + 4)
    features = Features(ids, dict(zip(shown, values[: len(shown)], strict=True)), points_xy(geom))
    last = (*rows[-1][len(shown) + 1 : -3], rows[-1][-1]) if more and rows else None
    return features, last, rows[0][len(shown)] if rows else None


def count_features(conn: Connection, layer: PointLayer, at_most: int) -> int:
    """Count what fits a layer, up to one above `at_most`, which bounds the effort."""
    return conn.scalar(_count(layer, at_most)) or 0


def _count(layer: PointLayer, at_most: int) -> sa.Select[Any]:
    fitting = sa.select(layer.nr).select_from(layer.source).where(*layer.conditions).limit(at_most + 1)
    return sa.select(sa.func.count()).select_from(fitting.subquery())


def extent_25832(conn: Connection, table: str) -> Bbox | None:
    """Measure the extent of a table's geometries, of Standorte those the public may see; None when there are none."""
    geom = _LAYERS[table].c.geom
    plain = sa.type_coerce(geom, sa.types.NullType())
    edges = [
        sa.func.min(sa.func.ST_XMin(plain)),
        sa.func.min(sa.func.ST_YMin(plain)),
        sa.func.max(sa.func.ST_XMax(plain)),
        sa.func.max(sa.func.ST_YMax(plain)),
    ]
    query = sa.select(*edges).where(geom.is_not(None))
    if table == standort.name:
        shown = sa.select(fassung.c.id).where(fassung.c.standort == standort.c.id, _PUBLIC).correlate(standort)
        query = query.where(shown.exists())
    edge = conn.execute(query).one()
    return None if edge[0] is None else Bbox(edge)


def _shown(selection: PointSelection) -> list[sa.ColumnElement[bool]]:
    """Say which Angebote are there at all on the day, for this reader and layer."""
    conditions = [_valid_on(selection.stichtag)]
    if selection.public:
        conditions.append(_PUBLIC)
    if selection.arten is not None:
        conditions.append(fassung.c.art.in_(selection.arten))
    return conditions


@lru_cache(maxsize=64)
def _valid_on(stichtag: date) -> sa.ColumnElement[bool]:
    """Build once a day what takes 0.3 ms, a tenth of a page of a hundred."""
    return valid_on(fassung, stichtag)


def _narrowed(selection: PointSelection, properties: Columns, geom: sa.Column[Any]) -> list[sa.ColumnElement[bool]]:
    """Say which of them a reader asked for: filter, box, ids."""
    conditions: list[Any] = []
    if selection.filter is not None:
        conditions.append(compile_filter(selection.filter, properties, geom))
    if selection.window is not None:
        conditions.append(in_window(geom, selection.window))
    if selection.ids is not None:
        conditions.append(properties["id"].in_(selection.ids))
    return conditions


def _find(properties: Columns, name: str) -> sa.ColumnElement[Any]:
    column = properties.get(name)
    if column is None:
        raise UnknownParameter(name, list(properties))
    return column


@lru_cache(maxsize=256)
def _as_json(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Give a column as JSON has it: a day as ISO text, written by the store, without a Python object on the way."""
    return sa.cast(column, sa.Text) if isinstance(column.type, sa.Date) else column


def _ordered(order: Sequence[sa.ColumnElement[Any]], sortby: Sequence[Sort]) -> list[sa.UnaryExpression[Any]]:
    pairs = zip(map(by_code_point, order), sortby, strict=True)
    return [(column.desc() if sort.descending else column.asc()).nulls_last() for column, sort in pairs]


def _behind(
    order: Sequence[sa.ColumnElement[Any]], sortby: Sequence[Sort], nr: sa.Column[int], key: Key
) -> sa.ColumnElement[bool]:
    """Say which rows come behind a key; what is unknown stands last in either direction."""
    *values, last = key
    behind: sa.ColumnElement[bool] = nr > last
    for column, sort, value in reversed(list(zip(order, sortby, values, strict=True))):
        if value is None:
            behind = sa.and_(column.is_(None), behind)
            continue
        bound = date.fromisoformat(value) if isinstance(column.type, sa.Date) else value
        placed = by_code_point(column)
        further = placed < bound if sort.descending else placed > bound
        behind = sa.or_(further, column.is_(None), sa.and_(column == bound, behind))
    return behind
