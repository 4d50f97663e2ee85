"""Filters as sentences: drawn at random, printed in both encodings, and judged by plain Python.

A sentence is nested tuples and shares nothing with the package, so that the two can be held against
each other. None is unknown. Geometry is drawn where answers follow from comparing whole numbers: rows
are points and boxes, literals points, sets of points, upright and level lines, boxes and triangles.
"""

import json
from datetime import date
from typing import Any

from hypothesis import strategies as st

from infrastruktur.domain.layer import Property

X0, Y0 = 290_000, 5_620_000
"""Where the drawing board lies in EPSG:25832; its numbers are metres from here."""

PROPERTIES = tuple(
    Property(name=name, titel=name, type=kind, format=form)
    for name, kind, form in (
        ("id", "string", None),
        ("name", "string", None),
        ("ort", "string", None),
        ("kapazitaet", "number", None),
        ("plaetze", "integer", None),
        ("aktiv", "boolean", None),
        ("stand", "string", "date"),
        ("bis", "string", "date"),
    )
)
TEXTS = ("", "Aachen", "AACHEN", "aachen", "Straße", "STRASSE", "straẞe", "Ärztehaus", "ärzteHAUS", "100 %", "100_%")
TEXTS += (
    "a\\b",
    "a%b",
    "axb",
    "O'Brien",
    '"',
    "Zoo",
    "é",
    "e\u0301",
    "\uffee",
    "😀",
    "a\nb",
    "'; DROP TABLE probe; --",
)
NUMBERS = (-1.5, 0.0, 1.0, 2.0, 2.5, 40.0)
DAYS = (date(2019, 12, 31), date(2020, 1, 1), date(2020, 2, 29), date(2021, 6, 1))
COMPARATORS = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}

# ---------------------------------------------------------------- drawn


def _pair(kind: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(st.just("compare"), st.sampled_from(list(COMPARATORS)), kind, kind)


def _list(kind: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(st.just("in"), kind, st.lists(kind, min_size=1, max_size=3))


def _bounds(kind: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(st.just("between"), kind, kind, kind)


def _names(*names: str) -> st.SearchStrategy[Any]:
    return st.sampled_from([("name", name) for name in names])


def _values(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([("value", value) for value in values])


PLAIN = _names("name", "ort") | _values(*TEXTS)
TEXT = PLAIN | PLAIN.map(lambda scalar: ("casei", scalar))
NUMBER = _names("kapazitaet", "plaetze") | _values(*NUMBERS)
BOOLEAN = _names("aktiv") | _values(*(True, False))
DAY = _names("stand", "bis") | _values(*DAYS)
PIECES = ("%", "_", "\\%", "\\_", "\\\\", "a", "A", "ä", "chen", "straße", "\n", "'")
PATTERN = st.lists(st.sampled_from(PIECES), max_size=4).map("".join)
ANY_KIND = st.sampled_from((TEXT, NUMBER, BOOLEAN, DAY))


@st.composite
def interval(draw: Any) -> Any:
    ends = [draw(DAY | st.just(("value", ".."))) for _ in range(2)]
    if all(end[0] == "value" and end[1] != ".." for end in ends):
        ends.sort(key=lambda end: end[1])
    return ("interval", *ends)


BOTH = ("t_after", "t_before", "t_disjoint", "t_equals", "t_intersects")
PERIODS = ("t_contains", "t_during", "t_finishedBy", "t_finishes", "t_meets", "t_metBy", "t_overlappedBy")
PERIODS += ("t_overlaps", "t_startedBy", "t_starts")
TIME = DAY | interval()
TEMPORAL = st.tuples(st.sampled_from(BOTH), TIME, TIME) | st.tuples(st.sampled_from(PERIODS), interval(), interval())

STEP = st.integers(0, 4)
POINT = st.tuples(STEP, STEP)


@st.composite
def box(draw: Any) -> Any:
    west, south = draw(POINT)
    return ("box", west, south, west + draw(st.integers(1, 3)), south + draw(st.integers(1, 3)))


@st.composite
def line(draw: Any) -> Any:
    x, y = draw(POINT)
    length = draw(st.integers(1, 3))
    return ("line", (x, y), draw(st.sampled_from([(x + length, y), (x, y + length)])))


@st.composite
def triangle(draw: Any) -> Any:
    x, y = draw(POINT)
    return ("triangle", x, y, draw(st.integers(1, 4)))


SHAPE = st.one_of(
    POINT.map(lambda point: ("points", (point,))),
    st.lists(POINT, min_size=2, max_size=3, unique=True).map(lambda points: ("points", tuple(points))),
    line(),
    box(),
    triangle(),
)
RELATIONS = ("intersects", "equals", "touches", "crosses", "within", "contains", "overlaps", "disjoint")
SPATIAL = st.tuples(st.sampled_from([f"s_{name}" for name in RELATIONS]), SHAPE, st.booleans())

LEAF = st.one_of(
    ANY_KIND.flatmap(_pair),
    ANY_KIND.flatmap(_list),
    ANY_KIND.flatmap(_bounds),
    st.tuples(st.just("like"), TEXT, PATTERN),
    st.tuples(st.just("caseless like"), TEXT, PATTERN),
    st.tuples(st.just("is null"), _names(*(each.name for each in PROPERTIES), "geometry")),
    st.sampled_from([("value", True), ("value", False), ("name", "aktiv")]),
    TEMPORAL,
    SPATIAL,
)


def _joined(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    many = st.lists(parts, min_size=2, max_size=3)
    return st.tuples(st.just("not"), parts) | st.tuples(st.sampled_from(["and", "or"]), many)


SENTENCE = st.recursive(LEAF, _joined, max_leaves=6)

# ---------------------------------------------------------------- printed as text


def as_text(sentence: Any) -> str:  # noqa: PLR0911 - one case a node
    match sentence:
        case "not", (("like" | "caseless like" | "in" | "between" | "is null"), *_) as inner:
            return _text_condition(inner, "NOT ")
        case "not", inner:
            return f"NOT ({as_text(inner)})"
        case "and" | "or", parts:
            return f" {sentence[0].upper()} ".join(f"({as_text(part)})" for part in parts)
        case "compare", comparator, left, right:
            return f"{_text_value(left)} {comparator} {_text_value(right)}"
        case (("like" | "caseless like" | "in" | "between" | "is null"), *_):
            return _text_condition(sentence, "")
        case (("name" | "value"), _):
            return _text_value(sentence)
        case function, shape, geometry_first if function.startswith("s_"):
            sides = ["geometry", text_shape(shape)]
            return f"{function.upper()}({','.join(sides if geometry_first else sides[::-1])})"
        case function, left, right:
            return f"{function.upper()}({_text_value(left)}, {_text_value(right)})"


def _text_condition(sentence: Any, negation: str) -> str:
    match sentence:
        case "like", value, pattern:
            return f"{_text_value(value)} {negation}LIKE {quoted(pattern)}"
        case "caseless like", value, pattern:
            return f"CASEI({_text_value(value)}) {negation}LIKE CASEI({quoted(pattern)})"
        case "in", value, options:
            return f"{_text_value(value)} {negation}IN ({', '.join(map(_text_value, options))})"
        case "between", value, low, high:
            return f"{_text_value(value)} {negation}BETWEEN {_text_value(low)} AND {_text_value(high)}"
        case "is null", name:
            return f"{_text_value(name)} IS {negation}NULL"


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _text_value(scalar: Any) -> str:  # noqa: PLR0911
    match scalar:
        case "name", name:
            return f'"{name}"' if name == "name" else name
        case "casei", inner:
            return f"CASEI({_text_value(inner)})"
        case "interval", start, end:
            ends = [quoted(str(end[1])) if end[0] == "value" else end[1] for end in (start, end)]
            return f"INTERVAL({', '.join(ends)})"
        case "value", bool() as value:
            return str(value).upper()
        case "value", date() as value:
            return f"DATE('{value}')"
        case "value", str() as value:
            return quoted(value)
        case "value", value:
            return repr(value)


def _at(point: tuple[int, int]) -> str:
    return f"{X0 + point[0]} {Y0 + point[1]}"


def text_shape(shape: Any) -> str:
    match shape:
        case "points", (point,):
            return f"POINT({_at(point)})"
        case "points", points:
            return f"MULTIPOINT({', '.join(f'({_at(point)})' for point in points)})"
        case "line", *ends:
            return f"LINESTRING({', '.join(map(_at, ends))})"
        case "box", west, south, east, north:
            return f"BBOX({X0 + west},{Y0 + south},{X0 + east},{Y0 + north})"
        case "triangle", *_:
            return f"POLYGON(({', '.join(map(_at, _corners(shape)))}))"


def _corners(shape: Any) -> list[tuple[int, int]]:
    _, x, y, side = shape
    return [(x, y), (x + side, y), (x, y + side), (x, y)]


# ---------------------------------------------------------------- printed as JSON


def as_json(sentence: Any) -> str:
    return json.dumps(_json(sentence))


def _op(name: str, *args: Any) -> dict[str, Any]:
    return {"op": name, "args": list(args)}


def _json(sentence: Any) -> Any:  # noqa: C901, PLR0911, PLR0912
    match sentence:
        case "not", inner:
            return _op("not", _json(inner))
        case ("and" | "or") as word, parts:
            return _op(word, *map(_json, parts))
        case "compare", comparator, left, right:
            return _op(comparator, _json(left), _json(right))
        case "like", value, pattern:
            return _op("like", _json(value), pattern)
        case "caseless like", value, pattern:
            return _op("like", _op("casei", _json(value)), _op("casei", pattern))
        case "in", value, options:
            return _op("in", _json(value), [_json(option) for option in options])
        case "between", *values:
            return _op("between", *map(_json, values))
        case "is null", name:
            return _op("isNull", _json(name))
        case "casei", inner:
            return _op("casei", _json(inner))
        case "name", name:
            return {"property": name}
        case "value", value:
            return {"date": str(value)} if isinstance(value, date) else value
        case "interval", *ends:
            return {"interval": [str(end[1]) if end[0] == "value" else _json(end) for end in ends]}
        case function, shape, geometry_first if function.startswith("s_"):
            sides = [{"property": "geometry"}, json_shape(shape)]
            return _op(function, *(sides if geometry_first else sides[::-1]))
        case function, left, right:
            return _op(function, _json(left), _json(right))


def _placed(point: tuple[int, int]) -> list[int]:
    return [X0 + point[0], Y0 + point[1]]


def json_shape(shape: Any) -> Any:
    match shape:
        case "points", (point,):
            return {"type": "Point", "coordinates": _placed(point)}
        case "points", points:
            return {"type": "MultiPoint", "coordinates": [_placed(point) for point in points]}
        case "line", *ends:
            return {"type": "LineString", "coordinates": [_placed(end) for end in ends]}
        case "box", west, south, east, north:
            return {"bbox": [*_placed((west, south)), *_placed((east, north))]}
        case "triangle", *_:
            return {"type": "Polygon", "coordinates": [[_placed(corner) for corner in _corners(shape)]]}


# ---------------------------------------------------------------- judged


def judge(sentence: Any, row: dict[str, Any]) -> bool | None:  # noqa: C901, PLR0911
    """Say whether a sentence is true of a row; `row["geometry"]` is a point, a box or None."""
    match sentence:
        case "not", inner:
            found = judge(inner, row)
            return None if found is None else not found
        case "and", parts:
            return _all(judge(part, row) for part in parts)
        case "or", parts:
            return _any(judge(part, row) for part in parts)
        case "compare", comparator, left, right:
            return _compare(comparator, _value(left, row), _value(right, row))
        case "in", value, options:
            return _any(_compare("=", _value(value, row), _value(option, row)) for option in options)
        case "between", *scalars:
            value, low, high = (_value(scalar, row) for scalar in scalars)
            return _all([_compare("<=", low, value), _compare("<=", value, high)])
        case "like", value, pattern:
            found = _value(value, row)
            return None if found is None else _fits(found, pattern)
        case "caseless like", value, pattern:
            found = _value(value, row)
            return None if found is None else _fits(found.casefold(), pattern.casefold())
        case "is null", (_, name):
            return row[name] is None
        case (("name" | "value"), _):
            return _value(sentence, row)
        case function, shape, geometry_first if function.startswith("s_"):
            return _judge_place(function.removeprefix("s_"), row["geometry"], shape, geometry_first)
        case function, left, right:
            return _judge_time(function, _ends(left, row), _ends(right, row))


def _all(truths: Any) -> bool | None:
    seen = set(truths)
    return False if False in seen else None if None in seen else True


def _any(truths: Any) -> bool | None:
    seen = set(truths)
    return True if True in seen else None if None in seen else False


def _compare(comparator: str, left: Any, right: Any) -> bool | None:
    return None if left is None or right is None else COMPARATORS[comparator](left, right)


def _value(scalar: Any, row: dict[str, Any]) -> Any:
    match scalar:
        case "name", name:
            return row[name]
        case "casei", inner:
            found = _value(inner, row)
            return None if found is None else found.casefold()
        case _, value:
            return value


def _fits(text: str, pattern: str) -> bool:
    if not pattern:
        return not text
    first, rest = pattern[0], pattern[1:]
    if first == "%":
        return any(_fits(text[begin:], rest) for begin in range(len(text) + 1))
    if first == "\\":
        first, rest = rest[0], rest[1:]
    elif first == "_":
        return bool(text) and _fits(text[1:], rest)
    return text[:1] == first and _fits(text[1:], rest)


def _ends(side: Any, row: dict[str, Any]) -> tuple[Any, Any]:
    if side[0] != "interval":
        return _value(side, row), _value(side, row)
    start, end = (_value(scalar, row) for scalar in side[1:])
    return (date.min if start == ".." else start, date.max if end == ".." else end)


def _judge_time(function: str, first: tuple[Any, Any], second: tuple[Any, Any]) -> bool | None:
    """Judge by OWL-Time, each relation from the sentence that defines it there."""
    (a, z), (b, y) = first, second
    before, after = _compare("<", z, b), _compare(">", a, y)
    same_start, same_end = _compare("=", a, b), _compare("=", z, y)
    later_start, earlier_end = _compare(">", a, b), _compare("<", z, y)
    earlier_start, later_end = _compare("<", a, b), _compare(">", z, y)
    disjoint = _any([before, after])
    return {
        "t_before": lambda: before,
        "t_after": lambda: after,
        "t_disjoint": lambda: disjoint,
        "t_intersects": lambda: None if disjoint is None else not disjoint,
        "t_equals": lambda: _all([same_start, same_end]),
        "t_contains": lambda: _all([earlier_start, later_end]),
        "t_during": lambda: _all([later_start, earlier_end]),
        "t_finishes": lambda: _all([later_start, same_end]),
        "t_finishedBy": lambda: _all([earlier_start, same_end]),
        "t_starts": lambda: _all([same_start, earlier_end]),
        "t_startedBy": lambda: _all([same_start, later_end]),
        "t_meets": lambda: _compare("=", z, b),
        "t_metBy": lambda: _compare("=", a, y),
        "t_overlaps": lambda: _all([earlier_start, _compare(">", z, b), earlier_end]),
        "t_overlappedBy": lambda: _all([later_start, _compare("<", a, y), later_end]),
    }[function]()


def _judge_place(relation: str, geometry: Any, shape: Any, geometry_first: bool) -> bool | None:  # noqa: FBT001
    if geometry is None:
        return None
    if not geometry_first:
        relation = {"within": "contains", "contains": "within"}.get(relation, relation)
    meet, inner = _meetings(geometry, shape)
    return {
        "intersects": meet,
        "disjoint": not meet,
        "touches": meet and not inner,
        **_coverings(geometry, shape, inner),
    }[relation]


def _meetings(geometry: Any, shape: Any) -> tuple[bool, bool]:
    """Say whether two share a point at all, and whether their interiors do."""
    if geometry[0] == "points":
        (point,) = geometry[1]
        return _holds_point(shape, point, closed=True), _holds_point(shape, point, closed=False)
    if shape[0] == "points":
        return (
            any(_holds_point(geometry, point, closed=True) for point in shape[1]),
            any(_holds_point(geometry, point, closed=False) for point in shape[1]),
        )
    return _near(geometry, shape, closed=True), _near(geometry, shape, closed=False)


def _holds_point(shape: Any, point: tuple[int, int], *, closed: bool) -> bool:
    x, y = point
    match shape:
        case "points", points:
            return point in points
        case "line", (x1, y1), (x2, y2):
            on = x1 <= x <= x2 and y1 <= y <= y2
            return on and (closed or point not in ((x1, y1), (x2, y2)))
        case "box", west, south, east, north:
            return west <= x <= east and south <= y <= north if closed else west < x < east and south < y < north
        case _, x0, y0, side:
            slack = (x - x0, y - y0, x0 + y0 + side - x - y)
            return min(slack) >= 0 if closed else min(slack) > 0


def _near(box_: Any, shape: Any, *, closed: bool) -> bool:
    """Say whether a box meets a line, box or triangle, edges included or not."""
    _, west, south, east, north = box_
    if shape[0] == "triangle":
        _, x, y, side = shape
        gap = (east - x, north - y, x + y + side - max(west, x) - max(south, y))
        return min(gap) >= 0 if closed else min(gap) > 0
    (x1, y1), (x2, y2) = shape[1:] if shape[0] == "line" else (shape[1:3], shape[3:5])
    if closed:
        return west <= x2 and x1 <= east and south <= y2 and y1 <= north
    wide = west < x2 and x1 < east if x1 < x2 else west < x1 < east
    high = south < y2 and y1 < north if y1 < y2 else south < y1 < north
    return wide and high


def _coverings(geometry: Any, shape: Any, inner: bool) -> dict[str, bool]:  # noqa: FBT001
    """Say of two whether one covers the other, both, or neither while their interiors meet."""
    dimensions = [{"points": 0, "line": 1}.get(each[0], 2) for each in (geometry, shape)]
    inside = inner and _covers(shape, geometry)
    around = inner and _covers(geometry, shape)
    alike = dimensions[0] == dimensions[1]
    partly = inner and not inside and not around
    return {
        "within": inside,
        "contains": around,
        "equals": inside and around,
        "overlaps": partly and alike,
        "crosses": partly and not alike,
    }


def _covers(outer: Any, inner: Any) -> bool:
    """Say whether every corner of one lies in the other, which is enough as all are convex or points."""
    corners = {
        "points": lambda: inner[1],
        "line": lambda: inner[1:],
        "box": lambda: [(x, y) for x in inner[1::2] for y in inner[2::2]],
        "triangle": lambda: _corners(inner),
    }[inner[0]]()
    return all(_holds_point(outer, corner, closed=True) for corner in corners)
