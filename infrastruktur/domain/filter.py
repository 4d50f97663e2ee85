"""A filter as frozen values: what CQL2 (OGC 21-065r2) says once it is read, checked and simplified.

The language is larger than this core. BETWEEN, the temporal functions, S_DISJOINT and a boolean
property on its own are said with other nodes while they are read (cql2/predicates.py), so that whoever
evaluates a filter, in memory or in SQL, has nine nodes to know. A predicate is true, false or
unknown; what is unknown is not selected, and its negation is unknown too (21-065r2, 6.2).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import TypeAlias

import msgspec
import shapely

from infrastruktur.domain.layer import Property


class Unreadable(Exception):
    """Why a filter cannot be read, in German. Never leaves the readers: they make an InvalidParameter of it."""

    def __init__(self, reason: str, position: int | None = None) -> None:
        super().__init__(reason if position is None else f"An Stelle {position + 1}: {reason}")
        self.reason = reason
        self.position = position

    def at(self, position: int) -> "Unreadable":
        """Say where in the text, unless something nearer has said so."""
        return self if self.position is not None else Unreadable(self.reason, position)


class Kind(StrEnum):
    """What a value is, and whether two may be compared. A day is a calendar day; there is no finer time."""

    TEXT = "Text"
    NUMBER = "eine Zahl"
    BOOLEAN = "ein Wahrheitswert"
    DAY = "ein Datum"
    GEOMETRY = "eine Geometrie"


class Comparator(StrEnum):
    """Text compares by code point, false before true."""

    EQUAL = "="
    UNEQUAL = "<>"
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="


class Relation(StrEnum):
    """How a feature's geometry lies to a given one (OGC 06-103r4, 6.1.15); the values are shapely's names."""

    INTERSECTS = "intersects"
    EQUALS = "equals"
    TOUCHES = "touches"
    CROSSES = "crosses"
    WITHIN = "within"
    CONTAINS = "contains"
    OVERLAPS = "overlaps"


class Name(msgspec.Struct, frozen=True):
    """A property of the layer."""

    name: str
    kind: Kind


class Literal(msgspec.Struct, frozen=True):
    """A given value; a number is a finite float."""

    value: str | float | bool | date


class Casei(msgspec.Struct, frozen=True):
    """A text property without its case (pattern.fold_case); of a literal the folding is done while reading."""

    of: Name


Scalar: TypeAlias = Name | Literal | Casei


class Constant(msgspec.Struct, frozen=True):
    value: bool


class Comparison(msgspec.Struct, frozen=True):
    """Two scalars of one kind; unknown when either is null."""

    left: Scalar
    comparator: Comparator
    right: Scalar


class Like(msgspec.Struct, frozen=True):
    """Text that fits a whole pattern: `%` any, `_` one character, a backslash takes the next as it is."""

    value: Scalar
    pattern: str


class In(msgspec.Struct, frozen=True):
    """Equal to one of the options; unknown when it is equal to none and one of them is null."""

    value: Scalar
    options: tuple[Scalar, ...]


class IsNull(msgspec.Struct, frozen=True):
    """Never unknown itself."""

    of: Name


class Spatial(msgspec.Struct, frozen=True):
    """The feature's geometry stands in a relation to a given one; unknown for a feature without geometry.

    `geom_25832` is empty when the given one lies wholly outside the plane we measure in.
    """

    relation: Relation
    geom_25832: shapely.Geometry


class Not(msgspec.Struct, frozen=True):
    of: "Filter"


class And(msgspec.Struct, frozen=True):
    parts: tuple["Filter", ...]


class Or(msgspec.Struct, frozen=True):
    parts: tuple["Filter", ...]


Filter: TypeAlias = And | Or | Not | Constant | Comparison | Like | In | IsNull | Spatial

GEOMETRY = Name("geometry", Kind.GEOMETRY)
"""The layer's one geometry, called `geometry` or `geom`."""

_KINDS = {"string": Kind.TEXT, "number": Kind.NUMBER, "integer": Kind.NUMBER, "boolean": Kind.BOOLEAN}


def name_properties(properties: Iterable[Property]) -> Mapping[str, Name]:
    """Give what a filter on a layer may name: its properties and its geometry."""
    names = {each.name: Name(each.name, _kind(each)) for each in properties}
    return {"geometry": GEOMETRY, "geom": GEOMETRY, **names}


def _kind(described: Property) -> Kind:
    return Kind.DAY if described.format == "date" else _KINDS[described.type]


def kind_of(scalar: Scalar) -> Kind:
    """Tell what a scalar is."""
    match scalar:
        case Name(kind=kind):
            return kind
        case Casei():
            return Kind.TEXT
        case Literal(value=bool()):
            return Kind.BOOLEAN
        case Literal(value=float()):
            return Kind.NUMBER
        case Literal(value=date()):
            return Kind.DAY
        case _:
            return Kind.TEXT


def count_nodes(part: Filter | Scalar) -> int:
    """Count the predicates, names and values of a filter, itself included."""
    below: Sequence[Filter | Scalar]
    match part:
        case And(parts=below) | Or(parts=below):
            pass
        case Comparison(left=left, right=right):
            below = (left, right)
        case In(value=value, options=options):
            below = (value, *options)
        case Not(of=of) | IsNull(of=of) | Like(value=of):
            below = (of,)
        case _:
            below = ()
    return 1 + sum(count_nodes(each) for each in below)
