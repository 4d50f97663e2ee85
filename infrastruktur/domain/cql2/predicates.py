"""Predicates as they are read: each checked for sense, and said with the nodes of filter.py.

A literal is made to fit what it is compared with: a bare ISO text beside a date is that day. What
does not fit is refused with a sentence that says what to write instead.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

import msgspec
import shapely

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
    Relation,
    Scalar,
    Spatial,
    Unreadable,
    kind_of,
)
from infrastruktur.domain.pattern import fold_case, has_loose_escape
from infrastruktur.domain.shapes import converse, ground_25832, holds

_HINTS = {
    Kind.TEXT: "Text steht in einfachen Anführungszeichen: 'Aachen'.",
    Kind.NUMBER: "Eine Zahl steht ohne Anführungszeichen: 12.5.",
    Kind.BOOLEAN: "Ein Wahrheitswert ist TRUE oder FALSE.",
    Kind.DAY: "Ein Datum steht als DATE('2026-12-31').",
    Kind.GEOMETRY: "Eine Geometrie wird mit S_INTERSECTS(geometry, …) verglichen.",
}
_INSTANT = re.compile(r"([0-9]{4})(-[0-9]{2}-[0-9]{2})(T[0-9:]{8}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2}))?")
_ECHO = 40
MAX_WILDCARDS = 32
"""In a pattern of LIKE; to prepare one with 8,000 takes 0.3 s, and nobody searches with more than a few."""


class Interval(msgspec.Struct, frozen=True):
    """From a first to a last day, both included; an open end is the first or last day of the calendar."""

    start: Scalar
    end: Scalar


Time = Scalar | Interval
Place = Scalar | shapely.Geometry

_TIMES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "t_after": (("start", ">", "end"),),
    "t_before": (("end", "<", "start"),),
    "t_equals": (("start", "=", "start"), ("end", "=", "end")),
    "t_intersects": (("start", "<=", "end"), ("end", ">=", "start")),
    "t_contains": (("start", "<", "start"), ("end", ">", "end")),
    "t_during": (("start", ">", "start"), ("end", "<", "end")),
    "t_finishedby": (("start", "<", "start"), ("end", "=", "end")),
    "t_finishes": (("start", ">", "start"), ("end", "=", "end")),
    "t_meets": (("end", "=", "start"),),
    "t_metby": (("start", "=", "end"),),
    "t_overlappedby": (("start", ">", "start"), ("start", "<", "end"), ("end", ">", "end")),
    "t_overlaps": (("start", "<", "start"), ("end", ">", "start"), ("end", "<", "end")),
    "t_startedby": (("start", "=", "start"), ("end", ">", "end")),
    "t_starts": (("start", "=", "start"), ("end", "<", "end")),
}
"""Which ends of the first stand how to which of the second (OWL-Time; 21-065r2, 7.8).

The standard's table points T_STARTS to intervalStartedBy and the other way round; its own test data
(Annex A, Temporal Functions) and the names say what stands here.
"""
_INSTANTS_TOO = frozenset({"t_after", "t_before", "t_equals", "t_intersects", "t_disjoint"})
TEMPORAL = (*_TIMES, "t_disjoint")
_HOLDS_FOR_ITSELF = frozenset({Relation.INTERSECTS, Relation.EQUALS, Relation.WITHIN, Relation.CONTAINS})
SPATIAL = (*(f"s_{relation}" for relation in Relation), "s_disjoint")


def echo(text: str) -> str:
    """Give a text of the client's as it may stand in a message: printable and short."""
    shown = "".join(character if character.isprintable() else "·" for character in text[:_ECHO])
    return f"„{shown}…“" if len(text) > _ECHO else f"„{shown}“"


def find_name(names: Mapping[str, Name], name: str) -> Name:
    """Find what a filter names.

    Raises
    ------
    Unreadable
        The layer has no such property; the message lists those it has.

    """
    found = names.get(name)
    if found is None:
        raise Unreadable(f"Die Eigenschaft {echo(name)} gibt es hier nicht. Möglich sind: {', '.join(names)}.")
    return found


def number(value: float | str) -> float:
    """Take a number as written; one too large for a double is refused."""
    try:
        taken = float(value)
    except OverflowError:
        taken = math.inf
    if not math.isfinite(taken):
        raise Unreadable(f"Die Zahl {echo(str(value))} ist zu groß.")
    return taken


def text(value: str) -> Literal:
    """Take a text as written; PostgreSQL can hold all but the character zero."""
    if "\x00" in value:
        raise Unreadable("Ein Text enthält das Zeichen mit der Nummer 0. Bitte weglassen.")
    return Literal(value)


def day(value: str) -> Literal:
    """Take a date, or of a timestamp the day as written; the year 0 is the first there is.

    Raises
    ------
    Unreadable
        It is neither (RFC 3339).

    """
    found = _INSTANT.fullmatch(value)
    try:
        if found and found[1] == "0000":
            return Literal(date.min)
        return Literal(datetime.fromisoformat(value if found else "").date())
    except ValueError:
        raise Unreadable(f"{echo(value)} ist kein Datum. Beispiele: 2026-12-31, 2026-12-31T12:00:00Z.") from None


def interval(start: Scalar, end: Scalar) -> Interval:
    """Take a period of time; its ends are dates, texts of dates, properties, or '..' for open.

    Raises
    ------
    Unreadable
        An end is no date, or the end lies before the start.

    """
    first, last = _end(start, date.min), _end(end, date.max)
    if isinstance(first, Literal) and isinstance(last, Literal) and first.value > last.value:  # type: ignore[operator]
        raise Unreadable(f"Der Zeitraum endet ({last.value}) vor seinem Beginn ({first.value}).")
    return Interval(first, last)


def _end(given: Scalar, open_end: date) -> Scalar:
    if given == Literal(".."):
        return Literal(open_end)
    return _as_instant(given)


def _as_instant(given: Scalar) -> Scalar:
    if isinstance(given, Literal) and isinstance(given.value, str):
        return day(given.value)
    if kind_of(given) is not Kind.DAY:
        raise Unreadable(f"{_title(given)} ist {kind_of(given)}, gebraucht wird ein Datum. {_HINTS[Kind.DAY]}")
    return given


def without_case(scalar: Scalar) -> Scalar:
    """Take the case out of a text (21-065r2, 7.3)."""
    match scalar:
        case Literal(value=str(value)):
            return Literal(fold_case(value))
        case Name(kind=Kind.TEXT):
            return Casei(scalar)
        case Casei():
            return scalar
    raise Unreadable(f"CASEI braucht einen Text. {_title(scalar)} ist {kind_of(scalar)}.")


def as_predicate(scalar: Scalar) -> Filter:
    """Take a truth value or a boolean property on its own for a predicate."""
    match scalar:
        case Literal(value=bool(value)):
            return Constant(value)
        case Name(kind=Kind.BOOLEAN):
            return Comparison(scalar, Comparator.EQUAL, Literal(value=True))
    raise Unreadable(f"Zu {_title(scalar)} fehlt der Vergleich. Beispiel: name = 'Aachen'.")


def compare(left: Scalar, comparator: Comparator, right: Scalar) -> Comparison:
    """Compare two scalars of one kind."""
    left, right = _fitted((left, right))
    return Comparison(left, comparator, right)


def between(value: Scalar, low: Scalar, high: Scalar) -> And:
    """Hold a scalar against a lower and an upper bound, both included."""
    value, low, high = _fitted((value, low, high))
    return And((Comparison(value, Comparator.GREATER_OR_EQUAL, low), Comparison(value, Comparator.LESS_OR_EQUAL, high)))


def one_of(value: Scalar, options: Sequence[Scalar]) -> In:
    """Hold a scalar against a list."""
    value, *fitted = _fitted((value, *options))
    return In(value, tuple(fitted))


def like(value: Scalar, pattern: Scalar) -> Like:
    """Hold a text against a pattern."""
    if kind_of(value) is not Kind.TEXT:
        raise Unreadable(f"LIKE vergleicht Text. {_title(value)} ist {kind_of(value)}.")
    if not isinstance(pattern, Literal) or not isinstance(pattern.value, str):
        raise Unreadable("Nach LIKE steht ein Muster in einfachen Anführungszeichen: name LIKE 'Haus%'.")
    if has_loose_escape(pattern.value):
        raise Unreadable("Das Muster nach LIKE endet mit einem \\, dem nichts folgt. Für das Zeichen selbst: \\\\.")
    if pattern.value.count("%") > MAX_WILDCARDS:
        raise Unreadable(f"Das Muster nach LIKE hat mehr als {MAX_WILDCARDS} Zeichen %. Bitte vereinfachen.")
    return Like(value, pattern.value)


def is_null(scalar: Scalar) -> Filter:
    """Ask whether a property has no value; a literal always has one."""
    match scalar:
        case Name():
            return IsNull(scalar)
        case Casei(of=name):
            return IsNull(name)
    return Constant(value=False)


def temporal(function: str, left: Time, right: Time) -> Filter:
    """Compare days and periods by one of `TEMPORAL`: a conjunction of comparisons of their ends.

    Raises
    ------
    Unreadable
        A side is no date, or a function of two periods is given a single date.

    """
    first, second = (_as_interval(function, side) for side in (left, right))
    if function == "t_disjoint":
        return Not(temporal("t_intersects", left, right))
    conditions = tuple(
        Comparison(getattr(first, own), Comparator(comparator), getattr(second, other))
        for own, comparator, other in _TIMES[function]
    )
    return And(conditions) if len(conditions) > 1 else conditions[0]


def _as_interval(function: str, side: Time) -> Interval:
    if isinstance(side, Interval):
        return side
    if function not in _INSTANTS_TOO:
        name = function.upper()
        raise Unreadable(f"{name} vergleicht zwei Zeiträume: INTERVAL(von, bis). Für ein Datum gibt es T_INTERSECTS.")
    instant = _as_instant(side)
    return Interval(instant, instant)


def spatial(function: str, left: Place, right: Place, place: Callable[[shapely.Geometry], shapely.Geometry]) -> Filter:
    """Compare geometries by one of `SPATIAL`. `place` brings a shape to EPSG:25832.

    Two given shapes are compared where they are, in the plane of their own CRS.

    Raises
    ------
    Unreadable
        A side is no geometry, or a collection stands where it has no meaning.

    """
    if function == "s_disjoint":
        return Not(spatial("s_intersects", left, right, place))
    relation = Relation(function.removeprefix("s_"))
    match _as_place(left), _as_place(right):
        case shapely.Geometry() as first, shapely.Geometry() as second:
            pairs = [(one, other) for one in _parts(relation, first) for other in _parts(relation, second)]
            return Constant(any(bool(holds(relation, one, other)) for one, other in pairs))
        case Name(), shapely.Geometry() as shape:
            pass
        case shapely.Geometry() as shape, Name():
            relation = converse(relation)
        case _:
            return _to_itself(relation)
    parts = tuple(Spatial(relation, place(part)) for part in _parts(relation, shape))
    return Or(parts) if len(parts) > 1 else parts[0]


def _to_itself(relation: Relation) -> Filter:
    """Compare a feature's geometry with itself: one answer for all that have one, unknown for the rest."""
    there = Spatial(Relation.INTERSECTS, ground_25832())
    return there if relation in _HOLDS_FOR_ITSELF else Not(there)


def _as_place(side: Place) -> Name | shapely.Geometry:
    if isinstance(side, shapely.Geometry) or side == GEOMETRY:
        return side
    raise Unreadable(f"{_title(side)} ist keine Geometrie. Die der Ebene heißt geometry.")


def _parts(relation: Relation, shape: shapely.Geometry) -> Sequence[shapely.Geometry]:
    """Take a collection apart: something meets it when it meets one of its parts."""
    if shapely.get_type_id(shape) != shapely.GeometryType.GEOMETRYCOLLECTION:
        return (shape,)
    if relation is not Relation.INTERSECTS:
        raise Unreadable(
            "GEOMETRYCOLLECTION gibt es nur in S_INTERSECTS und S_DISJOINT. Bitte eine MULTI-Geometrie geben."
        )
    parts: Sequence[shapely.Geometry] = shapely.get_parts(shape).tolist()
    return parts


def _fitted(scalars: Sequence[Scalar]) -> list[Scalar]:
    """Bring scalars to the kind of the first property among them; without one, to that of a date or the first."""
    dated = [each for each in scalars if kind_of(each) is Kind.DAY]
    model = next((each for each in scalars if not isinstance(each, Literal)), (*dated, *scalars)[0])
    return [_fit(each, model) for each in scalars]


def _fit(scalar: Scalar, model: Scalar) -> Scalar:
    wanted = kind_of(model)
    if wanted is Kind.GEOMETRY:
        raise Unreadable(f"{_title(model)} ist {wanted}. {_HINTS[wanted]}")
    if wanted is Kind.DAY and isinstance(scalar, Literal) and isinstance(scalar.value, str):
        return day(scalar.value)
    if kind_of(scalar) is not wanted:
        other = _title(scalar)
        raise Unreadable(f"{_title(model)} ist {wanted} und lässt sich nicht mit {other} vergleichen. {_HINTS[wanted]}")
    return scalar


def _title(scalar: Scalar) -> str:
    match scalar:
        case Name(name=name) | Casei(of=Name(name=name)):
            return f"„{name}“"
        case Literal(value=bool(value)):
            return str(value).upper()
        case Literal(value=float(value)):
            return f"{value:g}"
        case Literal(value=value):
            return echo(str(value))
