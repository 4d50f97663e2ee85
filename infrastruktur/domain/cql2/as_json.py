"""Filters written as CQL2 JSON (OGC 21-065r2, Annex C): `{"op": "=", "args": [{"property": "art"}, "pflege.wg"]}`.

An object is told by its members, and one with any others is refused. Geometry is taken as plain
coordinates: a reader of GeoJSON that follows nested collections can be brought down by them.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, NamedTuple, TypeAlias

import msgspec
import shapely

from infrastruktur.domain.cql2.predicates import (
    SPATIAL,
    TEMPORAL,
    Interval,
    between,
    compare,
    day,
    echo,
    interval,
    is_null,
    like,
    number,
    one_of,
    spatial,
    temporal,
    text,
    without_case,
)
from infrastruktur.domain.cql2.vocabulary import (
    COMPARATORS,
    Operand,
    Vocabulary,
    as_filter,
    as_place,
    as_scalar,
    as_time,
    check_depth,
    check_nodes,
    check_size,
    refusing,
)
from infrastruktur.domain.crs import CRS84, Crs
from infrastruktur.domain.filter import And, Filter, Literal, Not, Or, Scalar, Unreadable
from infrastruktur.domain.layer import Property
from infrastruktur.domain.shapes import build_box, build_shape

_some = msgspec.Meta(min_length=1)
_Position = Annotated[list[float], msgspec.Meta(min_length=2, max_length=3)]
_Positions = Annotated[list[_Position], _some]
_Lines = Annotated[list[_Positions], _some]
_Areas = Annotated[list[_Lines], _some]


class _Geometry(msgspec.Struct, tag_field="type", forbid_unknown_fields=True):
    coordinates: Any
    bbox: list[float] | None = None


class _Point(_Geometry, tag="Point"):
    coordinates: _Position


class _MultiPoint(_Geometry, tag="MultiPoint"):
    coordinates: _Positions


class _LineString(_Geometry, tag="LineString"):
    coordinates: _Positions


class _MultiLineString(_Geometry, tag="MultiLineString"):
    coordinates: _Lines


class _Polygon(_Geometry, tag="Polygon"):
    coordinates: _Lines


class _MultiPolygon(_Geometry, tag="MultiPolygon"):
    coordinates: _Areas


_Simple: TypeAlias = _Point | _MultiPoint | _LineString | _MultiLineString | _Polygon | _MultiPolygon


class _Collection(msgspec.Struct, tag_field="type", tag="GeometryCollection", forbid_unknown_fields=True):
    geometries: Annotated[list[_Simple], _some]
    bbox: list[float] | None = None


class _Here(NamedTuple):
    """Where reading stands: what the words mean, and how many operations are around it."""

    vocabulary: Vocabulary
    depth: int = 0

    def inside(self) -> "_Here":
        check_depth(self.depth + 1)
        return _Here(self.vocabulary, self.depth + 1)


def parse_json(written: str, properties: Iterable[Property], crs: Crs = CRS84) -> Filter:
    """Read a filter on a layer with these properties; its coordinates are in `crs`.

    Raises
    ------
    InvalidParameter
        It cannot be read, asks for what the layer does not have, or is too large; the message says
        what to write instead.

    """
    with refusing():
        node = _decode(check_size(written))
        return check_nodes(_filter(node, _Here(Vocabulary(properties, crs))))


def _decode(written: str) -> Any:
    try:
        return msgspec.json.decode(written)
    except (msgspec.DecodeError, ValueError) as error:
        raise Unreadable(f"Der Filter ist kein JSON ({error}).") from None
    except RecursionError:  # msgspec's own cap; ours is far below and holds for all that it lets through
        raise Unreadable("Der Filter ist zu tief verschachtelt. Bitte vereinfachen.") from None


def _operand(node: Any, here: _Here) -> Operand:
    if isinstance(node, bool):
        return Literal(node)
    if isinstance(node, int | float):
        return Literal(number(node))
    if isinstance(node, str):
        return text(node)
    if not isinstance(node, dict):
        raise Unreadable('Erwartet wird ein Wert oder ein Objekt wie {"property": "name"}, keine Liste und nicht null.')
    if "type" in node:
        return _shape(node, here)
    if node.keys() == {"op", "args"}:
        return _operation(node["op"], node["args"], here.inside())
    if len(node) == 1 and (member := next(iter(node))) in _MEMBERS:
        return _MEMBERS[member](node[member], here)
    members = echo(", ".join(node))
    raise Unreadable(f"Das Objekt mit {members} gibt es nicht. Möglich sind: op mit args, type, {', '.join(_MEMBERS)}.")


def _day(value: Any, _: _Here) -> Literal:
    return day(_string(value))


def _interval(ends: Any, here: _Here) -> Interval:
    start, end = (_scalar(each, here.inside()) for each in _items(ends, "interval", 2))
    return interval(start, end)


def _box(numbers: Any, here: _Here) -> shapely.Geometry:
    listed = _items(numbers, "bbox")
    if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in listed):
        raise Unreadable("In bbox stehen nur Zahlen.")
    return build_box([number(each) for each in listed], here.vocabulary.crs)


_MEMBERS: dict[str, Callable[[Any, _Here], Operand]] = {
    "property": lambda name, here: here.vocabulary.name(_string(name)),
    "date": _day,
    "timestamp": _day,
    "interval": _interval,
    "bbox": _box,
}


def _shape(node: dict[str, Any], here: _Here) -> shapely.Geometry:
    try:
        given: _Simple | _Collection = msgspec.convert(node, _Simple | _Collection)
    except (msgspec.ValidationError, OverflowError):
        kind = echo(str(node["type"]))
        raise Unreadable(
            f"Das ist keine Geometrie nach GeoJSON (type {kind}). Bitte type und coordinates prüfen."
        ) from None
    if isinstance(given, _Collection):
        return shapely.GeometryCollection([_built(each, here) for each in given.geometries])
    return _built(given, here)


def _built(given: _Simple, here: _Here) -> shapely.Geometry:
    kind = str(type(given).__struct_config__.tag)
    return build_shape(kind, given.coordinates, here.vocabulary.crs)


def _operation(operator: Any, args: Any, here: _Here) -> Operand:
    name = _string(operator)
    function = name.lower()
    if function in COMPARATORS:
        left, right = (_scalar(each, here) for each in _items(args, name, 2))
        return compare(left, COMPARATORS[function], right)
    if function in TEMPORAL:
        first, second = (as_time(_operand(each, here)) for each in _items(args, name, 2))
        return temporal(function, first, second)
    if function in SPATIAL:
        one, other = (as_place(_operand(each, here)) for each in _items(args, name, 2))
        return spatial(function, one, other, here.vocabulary.place)
    if function in _OPERATORS:
        count, build = _OPERATORS[function]
        return build(_items(args, name, count), here)
    known = ", ".join((*_OPERATORS, *COMPARATORS, *SPATIAL, *TEMPORAL))
    raise Unreadable(f"Die Funktion {echo(name)} gibt es hier nicht. Möglich sind: {known}.")


def _and(args: Sequence[Any], here: _Here) -> Filter:
    return And(tuple(_filter(each, here) for each in args))


def _or(args: Sequence[Any], here: _Here) -> Filter:
    return Or(tuple(_filter(each, here) for each in args))


def _between(args: Sequence[Any], here: _Here) -> Filter:
    value, low, high = (_scalar(each, here) for each in args)
    return between(value, low, high)


def _in(args: Sequence[Any], here: _Here) -> Filter:
    options = [_scalar(each, here) for each in _items(args[1], "in")]
    return one_of(_scalar(args[0], here), options)


_OPERATORS: dict[str, tuple[int, Callable[[Sequence[Any], _Here], Operand]]] = {
    "and": (0, _and),
    "or": (0, _or),
    "not": (1, lambda args, here: Not(_filter(args[0], here))),
    "like": (2, lambda args, here: like(_scalar(args[0], here), _scalar(args[1], here))),
    "between": (3, _between),
    "in": (2, _in),
    "isnull": (1, lambda args, here: is_null(_scalar(args[0], here))),
    "casei": (1, lambda args, here: without_case(_scalar(args[0], here))),
}
"""How many arguments, 0 for any number, and what is made of them."""


def _items(given: Any, name: str, count: int = 0) -> list[Any]:
    if not isinstance(given, list) or not given or (count and len(given) != count):
        wanted = f"{count} Angaben" if count else "mindestens eine Angabe"
        raise Unreadable(f"Bei {echo(name)} wird eine Liste erwartet, {wanted} lang.")
    return given


def _string(given: Any) -> str:
    if not isinstance(given, str):
        raise Unreadable("Bei op, property, date und timestamp wird ein Text erwartet.")
    return given


def _scalar(node: Any, here: _Here) -> Scalar:
    return as_scalar(_operand(node, here))


def _filter(node: Any, here: _Here) -> Filter:
    return as_filter(_operand(node, here))
