"""Filters answered in SQL: the same rows on both stores, and as in memory (domain/selection.py).

Names become columns of a table that the caller gives, values become binds: no text of a client is
ever part of a statement. What SQLite lacks is registered under one name with geopackage.py.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import shapely
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType

from infrastruktur.domain.filter import (
    GEOMETRY,
    And,
    Casei,
    Comparator,
    Comparison,
    Constant,
    Filter,
    In,
    IsNull,
    Kind,
    Like,
    Literal,
    Name,
    Not,
    Or,
    Scalar,
    Spatial,
    kind_of,
)
from infrastruktur.domain.selection import COMPARISONS
from infrastruktur.storage.columns import box_near, by_code_point, relates

Columns = Mapping[str, sa.ColumnElement[Any]]

COLLATION = "und-x-icu"
"""Unicode's own rules for case, in every PostgreSQL built with ICU, whatever the locale of the cluster."""

_EQUALITY = (Comparator.EQUAL, Comparator.UNEQUAL)
"""Needs no order: without a collation an index of the column stays of use."""


class _fold_case(FunctionElement[str]):  # noqa: N801 - reads as the SQL it stands for
    """`_fold_case(text)`: as domain/pattern.fold_case."""

    inherit_cache = True
    type = sa.Text()


class _fits_pattern(FunctionElement[Any]):  # noqa: N801
    """`_fits_pattern(text, pattern)`: LIKE with case, escaped by a backslash.

    The type is unknown on purpose: of a Boolean SQLite would ask `… = 1`, and `… = 0` for its negation.
    """

    inherit_cache = True
    type = NullType()


@compiles(_fold_case, "postgresql")
def _folded_by_icu(element: _fold_case, compiler: SQLCompiler, **kw: Any) -> str:
    return f'lower(upper(lower({compiler.process(element.clauses, **kw)} COLLATE "{COLLATION}")))'


@compiles(_fold_case, "sqlite")
def _folded(element: _fold_case, compiler: SQLCompiler, **kw: Any) -> str:
    return f"fold_case({compiler.process(element.clauses, **kw)})"


@compiles(_fits_pattern, "postgresql")
def _like(element: _fits_pattern, compiler: SQLCompiler, **kw: Any) -> str:
    text, pattern = (compiler.process(each, **kw) for each in element.clauses)
    return f"({text} LIKE {pattern})"


@compiles(_fits_pattern, "sqlite")
def _fitted(element: _fits_pattern, compiler: SQLCompiler, **kw: Any) -> str:
    return f"fits_pattern({compiler.process(element.clauses, **kw)})"


def compile_filter(wanted: Filter, columns: Columns, geom: sa.Column[Any]) -> sa.ColumnElement[bool]:
    """Say a filter as a condition on rows.

    Parameters
    ----------
    wanted
        A filter as parse_text or parse_json give it.
    columns
        What each property that it may name is in the statement; a day is a `sa.Date`.
    geom
        The geometry column, of a table with `fid` and an index.

    """
    condition: sa.ColumnElement[bool] = _compile(wanted, columns, geom, indexed=True)
    return condition


def _compile(wanted: Filter, columns: Columns, geom: sa.Column[Any], *, indexed: bool) -> Any:
    """Compile a node; `indexed` says that false may stand for unknown, as everywhere but under a NOT."""
    match wanted:
        case And(parts=parts):
            return sa.and_(*(_compile(part, columns, geom, indexed=indexed) for part in parts))
        case Or(parts=parts):
            return sa.or_(*(_compile(part, columns, geom, indexed=indexed) for part in parts))
        case Not(of=of):
            return sa.not_(_compile(of, columns, geom, indexed=False))
        case Spatial():
            return _related(wanted, geom, indexed=indexed)
        case IsNull(of=name):
            return (geom if name == GEOMETRY else columns[name.name]).is_(None)
        case _:
            return _compile_scalars(wanted, columns)


def _compile_scalars(wanted: Constant | Comparison | In | Like, columns: Columns) -> Any:
    match wanted:
        case Constant(value=value):
            return sa.true() if value else sa.false()
        case Comparison(left=left, comparator=comparator, right=right):
            read = _scalar if comparator in _EQUALITY else _ordered
            return COMPARISONS[comparator](read(left, columns), read(right, columns))
        case In(value=value, options=options):
            return _scalar(value, columns).in_([_scalar(option, columns) for option in options])
        case Like(value=value, pattern=pattern):
            return _fits_pattern(_scalar(value, columns), _bound(pattern))


def _related(wanted: Spatial, geom: sa.Column[Any], *, indexed: bool) -> Any:
    """Ask the index for what can be so at all, then exactly.

    The index knows nothing of features without geometry: it says false where the answer is unknown.
    """
    exact = relates(wanted.relation, geom, sa.literal(shapely.to_wkb(wanted.geom_25832), geom.type))
    if not indexed or shapely.is_empty(wanted.geom_25832):
        return exact
    return sa.and_(box_near(geom, *shapely.bounds(wanted.geom_25832).tolist()), exact)


def _ordered(scalar: Scalar, columns: Columns) -> Any:
    found = _scalar(scalar, columns)
    return by_code_point(found) if kind_of(scalar) is Kind.TEXT else found


def _scalar(scalar: Scalar, columns: Columns) -> Any:
    match scalar:
        case Name(name=name):
            return columns[name]
        case Casei(of=Name(name=name)):
            return _fold_case(columns[name])
        case Literal(value=value):
            return _bound(value)


def _bound(value: str | float | bool | date) -> sa.ColumnElement[Any]:  # noqa: FBT001 - a value, not a switch
    types = {str: sa.Text, float: sa.Double, bool: sa.Boolean, date: sa.Date}
    return sa.literal(value, types[type(value)]())
