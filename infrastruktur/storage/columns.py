"""Column types both stores understand, and the one spatial predicate that must use an index.

A geometry column speaks plain WKB (bytes) on both sides: no object per row stands between a driver
and numpy or shapely. On PostGIS it is a `geometry(kind, 25832)`, in a GeoPackage the standard's blob
(OGC 12-128r18, 2.1.3), whose envelope lets a reader skip the body.
"""

# ruff: noqa: S608 - SQLite binds no names of tables; these come from the model
import struct
from collections.abc import Sequence
from itertools import chain
from typing import Any

import msgspec
import numpy as np
import sqlalchemy as sa
from geoalchemy2 import Geometry
from numpy.typing import NDArray
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine, UserDefinedType

from infrastruktur.domain.filter import Relation
from infrastruktur.storage.geopackage import SRID, blob_to_wkb, wkb_to_blob


class GeoPackageBlob(UserDefinedType[bytes]):
    """The column type a GeoPackage names after the geometry it holds."""

    cache_ok = True

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def get_col_spec(self, **_: Any) -> str:
        return self.kind


class PlaneGeometry(TypeDecorator[bytes]):
    """A geometry in EPSG:25832, given and taken as WKB.

    `spatial_index` stays off on the inner type: GeoAlchemy2 would emit SpatiaLite's calls for it.
    """

    impl = Geometry
    cache_ok = True

    def __init__(self, kind: str) -> None:
        super().__init__(kind, srid=SRID, spatial_index=False)
        self.kind = kind

    def load_dialect_impl(self, dialect: Dialect | None) -> TypeEngine[Any]:
        if dialect is not None and dialect.name == "sqlite":  # GeoAlchemy2 also asks without a dialect
            return GeoPackageBlob(self.kind)
        return Geometry(self.kind, srid=SRID, spatial_index=False)

    def bind_expression(self, bindparam: sa.BindParameter[Any]) -> sa.ColumnElement[Any]:
        return _from_wkb(bindparam, type_=self)

    def column_expression(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        return _as_wkb(column, type_=self)

    def bind_processor(self, dialect: Dialect) -> Any:
        return _blob_or_none if dialect.name == "sqlite" else None

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:  # noqa: ARG002 - SQLAlchemy's signature
        return _wkb_or_none if dialect.name == "sqlite" else None


def _blob_or_none(wkb: bytes | None) -> bytes | None:
    return None if wkb is None else wkb_to_blob(wkb)


def _wkb_or_none(blob: bytes | None) -> bytes | None:
    return None if blob is None else blob_to_wkb(blob)


class _Conversion(FunctionElement[bytes]):
    inherit_cache = True

    def __init__(self, *clauses: Any, type_: TypeEngine[Any]) -> None:
        super().__init__(*clauses)
        self.type = type_


class _from_wkb(_Conversion):  # noqa: N801 - reads as the SQL function it stands for
    inherit_cache = True


class _as_wkb(_Conversion):  # noqa: N801
    inherit_cache = True


@compiles(_from_wkb, "postgresql")
def _from_wkb_postgis(element: _from_wkb, compiler: SQLCompiler, **kw: Any) -> str:
    return f"ST_GeomFromWKB({compiler.process(element.clauses, **kw)}, {SRID})"


@compiles(_as_wkb, "postgresql")
def _as_wkb_postgis(element: _as_wkb, compiler: SQLCompiler, **kw: Any) -> str:
    return f"ST_AsBinary({compiler.process(element.clauses, **kw)})"


@compiles(_from_wkb, "sqlite")
@compiles(_as_wkb, "sqlite")
def _as_it_is(element: _Conversion, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


class box_near(FunctionElement[Any]):  # noqa: N801 - reads as the SQL function it stands for
    """`box_near(column, min_x, min_y, max_x, max_y)`: what the index finds of a box, and perhaps some beside it.

    Both indices keep single precision (half a metre at these northings). The type is unknown on purpose: SQLite would
    turn a Boolean into `(…) = 1` and scan.
    """

    inherit_cache = True
    type = NullType()


class bbox_hits(box_near):  # noqa: N801
    """`bbox_hits(column, …)`: the geometry's envelope touches the box, borders included, compared exactly."""

    inherit_cache = True


def _parts(element: box_near, compiler: SQLCompiler, kw: dict[str, Any]) -> tuple[sa.Column[Any], str, list[str]]:
    column, *box = list(element.clauses)
    kw = {**kw, "within_columns_clause": False}
    return column, compiler.process(column, **kw), [compiler.process(edge, **kw) for edge in box]  # type: ignore[return-value]


@compiles(box_near, "postgresql")
def _box_near_postgis(element: box_near, compiler: SQLCompiler, **kw: Any) -> str:
    _, geom, edges = _parts(element, compiler, kw)
    return f"({geom} && ST_MakeEnvelope({', '.join(edges)}, {SRID}))"


@compiles(bbox_hits, "postgresql")
def _bbox_hits_postgis(element: bbox_hits, compiler: SQLCompiler, **kw: Any) -> str:
    _, geom, (min_x, min_y, max_x, max_y) = _parts(element, compiler, kw)
    return (
        f"({_box_near_postgis(element, compiler, **kw)}"
        f" AND ST_XMax({geom}) >= {min_x} AND ST_YMax({geom}) >= {min_y}"
        f" AND ST_XMin({geom}) <= {max_x} AND ST_YMin({geom}) <= {max_y})"
    )


@compiles(box_near, "sqlite")
def _box_near_rtree(element: box_near, compiler: SQLCompiler, **kw: Any) -> str:
    column, _, (min_x, min_y, max_x, max_y) = _parts(element, compiler, kw)
    table = column.table
    fid = compiler.process(table.c.fid, **{**kw, "within_columns_clause": False})
    name = getattr(table, "element", table).name
    return (
        f'({fid} IN (SELECT id FROM "rtree_{name}_{column.name}"'
        f" WHERE maxx >= {min_x} AND maxy >= {min_y} AND minx <= {max_x} AND miny <= {max_y}))"
    )


@compiles(bbox_hits, "sqlite")
def _bbox_hits_rtree(element: bbox_hits, compiler: SQLCompiler, **kw: Any) -> str:
    near = _box_near_rtree(element, compiler, **kw)
    _, geom, edges = _parts(element, compiler, kw)
    return f"({near} AND envelope_touches({geom}, {', '.join(edges)}))"


def relates(relation: Relation, column: sa.Column[Any], wkb_25832: Any) -> sa.ColumnElement[Any]:
    """Tell whether a geometry stands in a relation to another one, without the index; unknown without a geometry."""
    function = getattr(sa.func, f"ST_{relation.title()}")
    related: sa.ColumnElement[Any] = function(sa.type_coerce(column, NullType()), wkb_25832, type_=NullType())
    return related


class by_code_point(FunctionElement[Any]):  # noqa: N801
    """A column ordered and compared by code point, which both stores can: PostgreSQL's own order is the server's."""

    inherit_cache = True

    def __init__(self, column: sa.ColumnElement[Any]) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(by_code_point, "postgresql")
def _c_collation(element: by_code_point, compiler: SQLCompiler, **kw: Any) -> str:
    written = compiler.process(element.clauses, **kw)
    return f'({written}) COLLATE "C"' if isinstance(element.type, sa.String) else written


@compiles(by_code_point, "sqlite")
def _binary_collation(element: by_code_point, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


class Json(TypeDecorator[Any]):
    """JSON: `jsonb` on PostgreSQL, TEXT in a GeoPackage, which GIS programs would not show as JSON."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.Text())
        return dialect.type_descriptor(JSONB(none_as_null=True))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return msgspec.json.encode(value).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return msgspec.json.decode(value)


_POINT = struct.Struct("<BIdd")
_RING = struct.Struct("<BIII")
_POINTS = np.dtype([("order", "u1"), ("kind", "<u4"), ("xy", "<f8", 2)])


def point_wkb(x: float, y: float) -> bytes:
    """Write a point as little-endian WKB."""
    return _POINT.pack(1, 1, x, y)


def ring_wkb(ring: Sequence[tuple[float, float]]) -> bytes:
    """Write a ring as a little-endian WKB polygon."""
    return _RING.pack(1, 3, 1, len(ring)) + struct.pack(f"<{2 * len(ring)}d", *chain.from_iterable(ring))


_NOWHERE = point_wkb(np.nan, np.nan)


def points_xy(wkb: Sequence[bytes | None]) -> NDArray[np.float64]:
    """Read WKB points, None for no point, into (n, 2) float64 with NaN where there is none."""
    joined = b"".join(_NOWHERE if point is None else point for point in wkb)
    return np.frombuffer(joined, dtype=_POINTS)["xy"]
