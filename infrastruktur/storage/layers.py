"""Pages of point layers: which Angebote or Standorte fit a selection, in a stable order, with their points.

Rows are plain dicts and points one array, so that encoding needs neither an ORM nor a geometry
object. Property names are looked up in a table of columns and never reach SQL as text.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy import Connection

from infrastruktur.domain.angebot import Status
from infrastruktur.domain.errors import InvalidParameter, UnknownParameter
from infrastruktur.domain.geometry import Bbox
from infrastruktur.storage.angebote import is_public
from infrastruktur.storage.columns import bbox_hits, points_xy
from infrastruktur.storage.raeume import valid_on
from infrastruktur.storage.tables import angebot, angebot_status, kapazitaet, kommune, sozialraum, standort, zelle

Page = tuple[list[dict[str, Any]], NDArray[np.float64], int]
"""Rows of one page, their points (n, 2) in EPSG:25832 with NaN for none, and how many fit over all pages."""

_ADDRESS = {name: standort.c[name] for name in ("strasse", "hausnummer", "plz", "ort", "kommune", "sozialraum")}
_ANGEBOT: dict[str, sa.ColumnElement[Any]] = {
    "id": angebot.c.id,
    "name": angebot.c.name,
    "art": angebot.c.art,
    "traeger": angebot.c.traeger_name,
    "status": angebot_status.c.status,
    "kapazitaet": kapazitaet.c.wert,
    "stand": angebot.c.stand,
    "zuletzt_geprueft": angebot.c.zuletzt_geprueft,
    **_ADDRESS,
}
_LAYERS = {table.name: table for table in (standort, kommune, sozialraum, zelle)}


class PointSelection(msgspec.Struct, frozen=True, kw_only=True):
    """What a layer is asked for.

    `arten` None means every kind; `equals` are property=value pairs; `ids` None means all. `public`
    leaves out what the public must not see.
    """

    stichtag: date
    arten: tuple[str, ...] | None = None
    bbox_25832: Bbox | tuple[float, float, float, float] | None = None
    equals: dict[str, str] = {}
    ids: tuple[str, ...] | None = None
    public: bool
    limit: int
    offset: int = 0


def select_angebote(conn: Connection, selection: PointSelection) -> Page:
    """Select one page of the Angebote of a day, ordered by `fid`.

    `kapazitaet` is the value of the kind's main size on the day, None where nobody states it.

    Raises
    ------
    UnknownParameter
        A property that the layer does not have.
    InvalidParameter
        A value that its property cannot have.

    """
    on_the_day = sa.and_(angebot_status.c.angebot == angebot.c.id, valid_on(angebot_status, selection.stichtag))
    main_size = sa.and_(
        kapazitaet.c.angebot == angebot.c.id,
        kapazitaet.c.groesse == angebot.c.hauptgroesse,
        valid_on(kapazitaet, selection.stichtag),
    )
    query = (
        sa.select(*(column.label(name) for name, column in _ANGEBOT.items()), standort.c.geom)
        .select_from(angebot)
        .join(standort, standort.c.id == angebot.c.standort)
        .join(angebot_status, on_the_day)
        .outerjoin(kapazitaet, main_size)
        .where(*_conditions(selection), *_narrowed(selection, _ANGEBOT))
        .order_by(angebot.c.fid)
    )
    return _page(conn, query, selection)


def select_standorte(conn: Connection, selection: PointSelection) -> Page:
    """Select one page of the Standorte that hold a visible Angebot on a day, ordered by `fid`.

    `angebote` is how many they are.

    Raises
    ------
    UnknownParameter
        A property that the layer does not have.
    InvalidParameter
        A value that its property cannot have.

    """
    visible = _visible_angebote(selection)
    properties: dict[str, sa.ColumnElement[Any]] = {
        "id": standort.c.id,
        **_ADDRESS,
        "barrierefrei": standort.c.barrierefrei,
        "angebote": visible.with_only_columns(sa.func.count()).scalar_subquery(),
    }
    query = (
        sa.select(*(column.label(name) for name, column in properties.items()), standort.c.geom)
        .where(visible.exists(), *_narrowed(selection, properties))
        .order_by(standort.c.fid)
    )
    return _page(conn, query, selection)


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
        shown = sa.select(angebot.c.id).where(angebot.c.standort == standort.c.id, is_public()).correlate(standort)
        query = query.where(shown.exists())
    edge = conn.execute(query).one()
    return None if edge[0] is None else Bbox(edge)


def _visible_angebote(selection: PointSelection) -> sa.Select[Any]:
    """Select the visible Angebote of the Standort of the query around this one.

    Grouped and joined instead, SQLite scans all Angebote for a box of a few (1.7 s for 20,000).
    """
    on_the_day = sa.and_(angebot_status.c.angebot == angebot.c.id, valid_on(angebot_status, selection.stichtag))
    return (
        sa.select(angebot.c.id)
        .join(angebot_status, on_the_day)
        .where(angebot.c.standort == standort.c.id, *_conditions(selection))
        .correlate(standort)
    )


def _conditions(selection: PointSelection) -> list[sa.ColumnElement[bool]]:
    """Say which Angebote are there at all on the day, for this reader and layer."""
    conditions: list[sa.ColumnElement[bool]] = [angebot_status.c.status != Status.GESCHLOSSEN.value]
    if selection.public:
        conditions.append(is_public())
    if selection.arten is not None:
        conditions.append(angebot.c.art.in_(selection.arten))
    return conditions


def _narrowed(
    selection: PointSelection, properties: Mapping[str, sa.ColumnElement[Any]]
) -> list[sa.ColumnElement[bool]]:
    """Say which of them a reader asked for: box, property values, ids."""
    conditions: list[Any] = [_equal(properties, name, value) for name, value in selection.equals.items()]
    if selection.bbox_25832 is not None:
        conditions.append(bbox_hits(standort.c.geom, *selection.bbox_25832))
    if selection.ids is not None:
        conditions.append(properties["id"].in_(selection.ids))
    return conditions


def _equal(properties: Mapping[str, sa.ColumnElement[Any]], name: str, value: str) -> sa.ColumnElement[bool]:
    column = properties.get(name)
    if column is None:
        raise UnknownParameter(name, list(properties))
    return column == _parse(column, name, value)


def _parse(column: sa.ColumnElement[Any], name: str, value: str) -> str | float | date:
    kind = column.type.python_type
    try:
        if kind is date:
            return date.fromisoformat(value)
        return float(value) if kind in (int, float) else value
    except ValueError:
        no = "kein Datum (Beispiel: 2026-12-31)" if kind is date else "keine Zahl"
        raise InvalidParameter(name, f"„{value}“ ist {no}.") from None


def _page(conn: Connection, query: sa.Select[Any], selection: PointSelection) -> Page:
    matched = conn.scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())) or 0
    rows = [dict(row) for row in conn.execute(query.limit(selection.limit).offset(selection.offset)).mappings()]
    xy = points_xy([row.pop("geom") for row in rows])
    return rows, xy, matched
