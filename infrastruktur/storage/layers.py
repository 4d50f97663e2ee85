"""Point layers: which Angebote or Standorte fit a selection, in a stable order, as columns with their points.

No ORM and no geometry object stands on the way of a layer: rows come as tuples, points as one array.
Property names are looked up in a table of columns and never reach SQL as text. What two questions of a kind have in
common is written as SQL once; a day, a box or a place in the order are values of it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.engine import Dialect

from infrastruktur.domain.art import list_groessen
from infrastruktur.domain.crs import Window
from infrastruktur.domain.errors import UnknownParameter
from infrastruktur.domain.filter import Filter, Relation
from infrastruktur.domain.geometry import Bbox
from infrastruktur.domain.layer import Features
from infrastruktur.domain.query import Excerpt, Key, Sort
from infrastruktur.storage.columns import bbox_hits, box_near, by_code_point, points_xy, relates, ring_wkb
from infrastruktur.storage.eingaben import VERSION
from infrastruktur.storage.filters import compile_filter
from infrastruktur.storage.history import carry_revision
from infrastruktur.storage.raeume import valid_on
from infrastruktur.storage.statements import Statement, asked, write
from infrastruktur.storage.tables import angebot, fassung, fassungszahl, kommune, lagezeit, sozialraum, standort, zelle

Columns = Mapping[str, sa.ColumnElement[Any]]

_ADDRESS = ("strasse", "hausnummer", "plz", "ort", "kommune", "sozialraum")
_UNITS = {
    sa.literal(groesse.code, literal_execute=True): sa.literal(groesse.einheit, literal_execute=True)
    for groesse in list_groessen()
}
_ANGEBOT: dict[str, sa.ColumnElement[Any]] = {
    **{name: fassung.c[name] for name in ("id", "name", "art", "traeger", "status", "kapazitaet")},
    "einheit": sa.case(_UNITS, value=fassung.c.hauptgroesse),
    **{name: fassung.c[name] for name in ("oeffnungszeiten", "stand", "zuletzt_geprueft", *_ADDRESS)},
}
_LAYERS = {table.name: table for table in (standort, kommune, sozialraum, zelle)}
_EDGES = ("west", "south", "east", "north")
_PUBLIC = fassung.c.oeffentlich.is_(sa.true())
_VALID = {table: valid_on(table, asked("stichtag", sa.Date())) for table in (fassung, fassungszahl)}
Beside = Literal["count", "revision", "version"]
_SMALL_M2 = 7_500_000
"""The region's 707 km² by its 93 Sozialräume."""
_KEPT = 256
"""Statements of pages, and of counts, kept as text: 5 kB each."""


class PointSelection(msgspec.Struct, frozen=True, kw_only=True):
    """What a layer is asked for.

    `arten` None means every kind, `ids` None all. `public` leaves out what the public must not see. What has to be
    counted one by one is counted up to one above `at_most`.
    """

    stichtag: date
    public: bool
    arten: tuple[str, ...] | None = None
    window: Window | None = None
    filter: Filter | None = None
    ids: tuple[str, ...] | None = None
    at_most: int = 0


class _Shape(msgspec.Struct, frozen=True, kw_only=True):
    """What of a selection makes its SQL: whether there is a box and it is bent, how many ids, and all that is rare.

    `few` says that its box or its ids leave few, whichever they are: an index finds them, by one plan for all.
    """

    public: bool
    arten: tuple[str, ...] | None
    boxed: bool
    bent: bool
    filter: Filter | None
    ids: int | None
    few: bool


@dataclass(frozen=True)
class _Layout:
    """A layer as SQL: whence, under which conditions, with which properties; `nr` tells its rows apart.

    `count` says how many fit; where it has to go through them, up to the value `most`.
    """

    source: sa.Table
    conditions: Sequence[sa.ColumnElement[bool]]
    properties: Columns
    nr: sa.Column[int]
    count: sa.Select[Any]


@dataclass(frozen=True)
class PointLayer:
    """A selection of a layer, and how that is laid out."""

    lay: Callable[[_Shape], _Layout]
    selection: PointSelection

    def shape(self) -> _Shape:
        selection = self.selection
        return _Shape(
            public=selection.public,
            arten=selection.arten,
            boxed=selection.window is not None,
            bent=selection.window is not None and selection.window.ring_25832 is not None,
            filter=selection.filter,
            ids=None if selection.ids is None else len(selection.ids),
            few=selection.filter is None and (selection.ids is not None or _is_small(selection.window)),
        )

    def values(self) -> dict[str, Any]:
        """Give the values that the SQL of the selection's shape names."""
        selection = self.selection
        values: dict[str, Any] = {"stichtag": selection.stichtag, "most": selection.at_most + 1}
        if selection.window is not None:
            values.update(zip(_EDGES, selection.window.around_25832, strict=True))
            values["outline"] = ring_wkb(selection.window.ring_25832 or ())
        for number, id_ in enumerate(selection.ids or ()):
            values[f"id_{number}"] = id_
        return values


def _is_small(window: Window | None) -> bool:
    """Tell whether a box is no larger than a Sozialraum on average, so that all it holds may be read and sorted."""
    if window is None:
        return False
    west, south, east, north = window.around_25832
    return (east - west) * (north - south) <= _SMALL_M2


def angebot_layer(selection: PointSelection) -> PointLayer:
    """Lay out the Angebote of a day at their Standorte.

    `kapazitaet` is the value of the kind's main size on the day, None where nobody states it.

    """
    return PointLayer(_lay_angebote, selection)


def standort_layer(selection: PointSelection) -> PointLayer:
    """Lay out the Standorte that hold a visible Angebot on a day; `angebote` is how many they are."""
    return PointLayer(_lay_standorte, selection)


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
    features, following, _ = select_carrying(conn, layer, excerpt, (), names=names, sortby=sortby)
    return features, following


def select_one(conn: Connection, layer: PointLayer, names: Sequence[str] | None) -> tuple[Features, str]:
    """Select the first of a layer with its version as `eingaben.find_bestand` counts it, "" for a Standort's."""
    found, _, carried = select_carrying(conn, layer, Excerpt(1), ("version",), names=names)
    return found, carried.get("version") or ""


def select_carrying(
    conn: Connection,
    layer: PointLayer,
    excerpt: Excerpt,
    carried: tuple[Beside, ...],
    *,
    names: Sequence[str] | None = None,
    sortby: Sequence[Sort] = (),
) -> tuple[Features, Key | None, Mapping[Beside, Any]]:
    """Select one excerpt as `select_page` does, and in the same statement what its rows carry beside.

    That is how many fit; the version of the first; and the counters of the catalogue, as `history.parse_revision` takes
    them. Nothing of it comes where no row came.

    """
    names, statement = _write_page(_ask(layer, excerpt, names, sortby, carried), conn.dialect)
    # One row more tells whether there is a next page.
    values = {**layer.values(), **_place(excerpt), "rows": excerpt.limit + 1}
    *columns, ids, geom, nr = statement.columns(conn, values)
    properties, beside = columns[: len(names)], columns[len(names) : len(names) + len(carried)]
    order = columns[len(names) + len(carried) :]
    limit = excerpt.limit
    following = tuple(column[limit - 1] for column in (*order, nr)) if len(ids) > limit > 0 else None
    shown = {name: column[:limit] for name, column in zip(names, properties, strict=True)}
    told = {name: column[0] for name, column in zip(carried, beside, strict=True) if column}
    return Features(ids[:limit], shown, points_xy(geom[:limit])), following, told


def count_features(conn: Connection, layer: PointLayer) -> int:
    """Count what fits a layer."""
    ((count,),) = _write_count(layer.lay, layer.shape(), conn.dialect).columns(conn, layer.values())
    return int(count)


class _Page(msgspec.Struct, frozen=True, kw_only=True):
    """What of a page makes its SQL.

    `known` tells of the key it begins behind which of its values are, None for a page behind others by number.
    """

    lay: Callable[[_Shape], _Layout]
    shape: _Shape
    names: tuple[str, ...] | None
    sortby: tuple[Sort, ...]
    known: tuple[bool, ...] | None
    carried: tuple[Beside, ...]


def _ask(
    layer: PointLayer,
    excerpt: Excerpt,
    names: Sequence[str] | None,
    sortby: Sequence[Sort],
    carried: tuple[Beside, ...],
) -> _Page:
    return _Page(
        lay=layer.lay,
        shape=layer.shape(),
        names=None if names is None else tuple(names),
        sortby=tuple(sortby),
        known=None if excerpt.after is None else tuple(value is not None for value in excerpt.after),
        carried=carried,
    )


def _place(excerpt: Excerpt) -> dict[str, Any]:
    if excerpt.after is None:
        return {"offset": excerpt.offset}
    return {f"key_{number}": value for number, value in enumerate(excerpt.after)}


@lru_cache(maxsize=_KEPT)
def _write_page(page: _Page, dialect: Dialect) -> tuple[Sequence[str], Statement]:
    """Write a page down: its properties, what its rows carry, their place in the order, their id, point and number."""
    layout = page.lay(page.shape)
    names = tuple(layout.properties) if page.names is None else page.names
    order = [_find(layout.properties, each.name) for each in page.sortby]
    query = (
        sa.select(
            *(_as_json(_find(layout.properties, name)) for name in names),
            *(_carry(layout, each) for each in page.carried),
            *map(_as_json, order),
            layout.properties["id"],
            layout.source.c.geom,
            layout.nr,
        )
        .select_from(layout.source)
        .where(*layout.conditions)
        .order_by(*_ordered(order, page.sortby), layout.nr)
        .limit(asked("rows", sa.Integer()))
    )
    if page.known is None:
        query = query.offset(asked("offset", sa.Integer()))
    else:
        query = query.where(_behind(order, page.sortby, layout.nr, page.known))
    return names, write(query, dialect, planned_once=page.shape.few)


def _carry(layout: _Layout, beside: Beside) -> sa.ColumnElement[Any]:
    if beside == "count":
        return layout.count.scalar_subquery()
    return carry_revision() if beside == "revision" else _version(layout)


def _version(layout: _Layout) -> sa.ColumnElement[Any]:
    if layout.source is not fassung:
        return sa.null()
    of_row = sa.select(VERSION).where(angebot.c.id == fassung.c.id, standort.c.id == angebot.c.standort)
    return of_row.correlate(fassung).scalar_subquery()


@lru_cache(maxsize=_KEPT)
def _write_count(lay: Callable[[_Shape], _Layout], shape: _Shape, dialect: Dialect) -> Statement:
    return write(lay(shape).count, dialect, planned_once=shape.few)


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


def _lay_angebote(shape: _Shape) -> _Layout:
    narrowed = _narrowed(shape, _ANGEBOT, fassung.c.geom)
    conditions = (*_shown(shape), *narrowed)
    count = _go_through(fassung.c.nr, conditions) if narrowed else _add_up(shape)
    return _Layout(fassung, conditions, _ANGEBOT, fassung.c.nr, count)


def _lay_standorte(shape: _Shape) -> _Layout:
    visible = sa.select(fassung.c.id).where(fassung.c.standort == standort.c.id, *_shown(shape)).correlate(standort)
    properties: dict[str, sa.ColumnElement[Any]] = {
        "id": standort.c.id,
        **{name: sa.func.nullif(standort.c[name], "", type_=sa.Text) for name in _ADDRESS},
        **{name: _area(name) for name in ("kommune", "sozialraum")},
        "barrierefrei": standort.c.barrierefrei,
        # Grouped and joined instead, SQLite scans all Angebote for a box of a few (1.7 s for 20,000).
        "angebote": visible.with_only_columns(sa.func.count()).scalar_subquery(),
    }
    conditions = (visible.exists(), *_narrowed(shape, properties, standort.c.geom))
    return _Layout(standort, conditions, properties, standort.c.fid, _go_through(standort.c.fid, conditions))


def _area(name: str) -> sa.ColumnElement[Any]:
    """Name the area a Standort lies in on the day; its own column holds for one that never lay in another."""
    held = valid_on(lagezeit, asked("stichtag", sa.Date()))
    then = sa.select(lagezeit.c[name]).where(lagezeit.c.standort == standort.c.id, held).correlate(standort)
    area = sa.func.coalesce(then.scalar_subquery(), standort.c[name], type_=sa.Text)
    return sa.func.nullif(area, "", type_=sa.Text)


def _go_through(nr: sa.Column[int], conditions: Sequence[sa.ColumnElement[bool]]) -> sa.Select[Any]:
    fitting = sa.select(nr).where(*conditions).limit(asked("most", sa.Integer()))
    return sa.select(sa.func.count()).select_from(fitting.subquery())


def _add_up(shape: _Shape) -> sa.Select[Any]:
    """Add up what is counted already (storage/fassungen.py)."""
    total = sa.func.coalesce(sa.func.sum(fassungszahl.c.anzahl), 0)
    return sa.select(total).where(*_shown(shape, fassungszahl))


def _shown(shape: _Shape, table: sa.Table = fassung) -> list[sa.ColumnElement[bool]]:
    """Say which Angebote are there at all on the day, for this reader and layer."""
    conditions = [_VALID[table]]
    if shape.public:
        conditions.append(table.c.oeffentlich.is_(sa.true()))
    if shape.arten is not None:
        conditions.append(table.c.art.in_(shape.arten))
    return conditions


def _narrowed(shape: _Shape, properties: Columns, geom: sa.Column[Any]) -> list[sa.ColumnElement[bool]]:
    """Say which of them a reader asked for: filter, box, ids."""
    conditions: list[Any] = []
    if shape.filter is not None:
        conditions.append(compile_filter(shape.filter, properties, geom))
    if shape.boxed:
        # Where the rectangle's edges are bent, they decide, and the index has only to find.
        hits = box_near if shape.bent else bbox_hits
        conditions.append(hits(geom, *(asked(edge, sa.Double()) for edge in _EDGES)))
    if shape.bent:
        conditions.append(relates(Relation.INTERSECTS, geom, asked("outline", geom.type)))
    if shape.ids is not None:
        named = [asked(f"id_{number}", sa.Text()) for number in range(shape.ids)]
        conditions.append(properties["id"].in_(named))
    return conditions


def _find(properties: Columns, name: str) -> sa.ColumnElement[Any]:
    column = properties.get(name)
    if column is None:
        raise UnknownParameter(name, list(properties))
    return column


def _as_json(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Give a column as JSON has it: a day as ISO text, written by the store, without a Python object on the way."""
    return sa.cast(column, sa.Text) if isinstance(column.type, sa.Date) else column


def _ordered(order: Sequence[sa.ColumnElement[Any]], sortby: Sequence[Sort]) -> list[sa.UnaryExpression[Any]]:
    pairs = zip(map(by_code_point, order), sortby, strict=True)
    return [(column.desc() if sort.descending else column.asc()).nulls_last() for column, sort in pairs]


def _behind(
    order: Sequence[sa.ColumnElement[Any]], sortby: Sequence[Sort], nr: sa.Column[int], known: Sequence[bool]
) -> sa.ColumnElement[bool]:
    """Say which rows come behind a key, of which some values are known; what is unknown stands last either way.

    A day is compared as the text the key has it in, which has the same order.
    """
    behind: sa.ColumnElement[bool] = nr > _key(len(order), nr)
    for number, (column, sort) in reversed(list(enumerate(zip(map(_as_json, order), sortby, strict=True)))):
        if not known[number]:
            behind = sa.and_(column.is_(None), behind)
            continue
        bound, placed = _key(number, column), by_code_point(column)
        further = placed < bound if sort.descending else placed > bound
        behind = sa.or_(further, column.is_(None), sa.and_(column == bound, behind))
    return behind


def _key(number: int, column: sa.ColumnElement[Any]) -> sa.BindParameter[Any]:
    return asked(f"key_{number}", column.type)
