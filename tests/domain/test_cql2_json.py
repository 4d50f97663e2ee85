"""CQL2 JSON: the examples of the standard, caps, and what is refused."""

import json
import time
from contextlib import suppress

import pytest
from counts import examples
from domain.sentences import PROPERTIES
from hypothesis import given, settings
from hypothesis import strategies as st

from infrastruktur.domain.cql2.as_json import parse_json
from infrastruktur.domain.cql2.as_text import parse_text
from infrastruktur.domain.cql2.vocabulary import MAX_BYTES, MAX_DEPTH, MAX_NODES
from infrastruktur.domain.crs import CRS84
from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.domain.filter import Filter, count_nodes


def read(node: object) -> Filter:
    return parse_json(node if isinstance(node, str) else json.dumps(node), PROPERTIES)


def op(name: str, *args: object) -> dict[str, object]:
    return {"op": name, "args": list(args)}


def prop(name: str) -> dict[str, str]:
    return {"property": name}


GEOMETRY, STAND = prop("geometry"), prop("stand")
RING = [[6.0, 50.0], [6.1, 50.0], [6.1, 50.1], [6.0, 50.0]]
SAME = {
    "name LIKE 'Smith%'": op("like", prop("name"), "Smith%"),
    "kapazitaet BETWEEN 100.0 AND 150.0": op("between", prop("kapazitaet"), 100.0, 150),
    "kapazitaet NOT IN (1,2,3,4)": op("not", op("in", prop("kapazitaet"), [1, 2, 3, 4])),
    "CASEI(name) IN (CASEI('Οδος'),CASEI('Straße'))": op(
        "in", op("casei", prop("name")), [op("casei", "Οδος"), op("casei", "Straße")]
    ),
    "geometry IS NOT NULL": op("not", op("isNull", GEOMETRY)),
    "stand >= DATE('1970-01-01')": op(">=", STAND, {"date": "1970-01-01"}),
    "stand < TIMESTAMP('1969-07-20T20:17:40Z')": op("<", STAND, {"timestamp": "1969-07-20T20:17:40Z"}),
    "T_INTERSECTS(stand, INTERVAL('1969-07-16','..'))": op("t_intersects", STAND, {"interval": ["1969-07-16", ".."]}),
    "T_METBY(INTERVAL(stand,bis), INTERVAL('..','1969-07-24'))": op(
        "t_metBy", {"interval": [STAND, prop("bis")]}, {"interval": ["..", "1969-07-24"]}
    ),
    "S_INTERSECTS(geometry,POINT(6 50))": op("s_intersects", GEOMETRY, {"type": "Point", "coordinates": [6, 50]}),
    "S_WITHIN(geometry,BBOX(6,50,7,51))": op("s_within", GEOMETRY, {"bbox": [6, 50, 7, 51]}),
    "S_TOUCHES(geometry,POLYGON((6 50,6.1 50,6.1 50.1,6 50)))": op(
        "s_touches", GEOMETRY, {"type": "Polygon", "coordinates": [RING], "bbox": [6, 50, 6.1, 50.1]}
    ),
    "S_OVERLAPS(geometry,MULTIPOLYGON(((6 50,6.1 50,6.1 50.1,6 50))))": op(
        "s_overlaps", GEOMETRY, {"type": "MultiPolygon", "coordinates": [[RING]]}
    ),
    "S_CROSSES(geometry,MULTILINESTRING((6 50,6.1 50,6.1 50.1,6 50)))": op(
        "s_crosses", GEOMETRY, {"type": "MultiLineString", "coordinates": [RING]}
    ),
    "S_CONTAINS(geometry,MULTIPOINT(6 50,7 51))": op(
        "s_contains", GEOMETRY, {"type": "MultiPoint", "coordinates": [[6, 50], [7, 51, 9.5]]}
    ),
    "S_DISJOINT(geometry,GEOMETRYCOLLECTION(POINT(6 50),LINESTRING(6 50,7 51)))": op(
        "s_disjoint",
        GEOMETRY,
        {
            "type": "GeometryCollection",
            "geometries": [
                {"type": "Point", "coordinates": [6, 50]},
                {"type": "LineString", "coordinates": [[6, 50], [7, 51]]},
            ],
        },
    ),
    "aktiv AND TRUE": {"op": "and", "args": [prop("aktiv"), True]},
}


@pytest.mark.parametrize("written", SAME)
def test_says_the_same_as_text(written):
    assert read(SAME[written]) == parse_text(written, PROPERTIES, CRS84)


REFUSED = [
    ("{", "kein JSON"),
    ("[1]", "keine Liste"),
    ("null", "nicht null"),
    ({"property": "vertraulich"}, "gibt es hier nicht"),
    ({"op": "pg_sleep", "args": [5]}, "„pg_sleep“ gibt es hier nicht"),
    ({"op": "not", "args": [True], "extra": 1}, "Das Objekt mit „op, args, extra“"),
    ({"not": True}, "Möglich sind: op mit args"),
    ({"op": ["="], "args": [1, 1]}, "ein Text erwartet"),
    ({"op": "=", "args": [1]}, "2 Angaben"),
    ({"op": "and", "args": []}, "mindestens eine"),
    ({"op": "and", "args": {}}, "eine Liste"),
    ({"op": "in", "args": [{"property": "name"}, "a"]}, "eine Liste"),
    (
        {"op": "=", "args": [{"property": "name"}, {"op": "not", "args": [True]}]},
        "eine Eigenschaft oder ein einzelner Wert",
    ),
    ({"op": "and", "args": [{"bbox": [6, 50, 7, 51]}]}, "fehlt ein Vergleich"),
    (op("=", prop("name"), "a\x00"), "Nummer 0"),
    (op("=", prop("kapazitaet"), 10**400), "zu groß"),
    ({"op": "=", "args": [prop("kapazitaet"), True]}, "ohne Anführungszeichen"),
    (op("=", STAND, {"date": 5}), "ein Text erwartet"),
    (op("s_within", GEOMETRY, {"bbox": [6, 50, True, 51]}), "nur Zahlen"),
    (op("s_within", GEOMETRY, {"type": "Point", "coordinates": [6]}), "keine Geometrie"),
    (op("s_within", GEOMETRY, {"type": "Point", "coordinates": [6, "50"]}), "keine Geometrie"),
    (op("s_within", GEOMETRY, {"type": "Polygon", "coordinates": []}), "keine Geometrie"),
    (op("s_within", GEOMETRY, {"type": "Circle", "coordinates": [6, 50]}), "„Circle“"),
    (op("s_within", GEOMETRY, {"type": "Point", "coordinates": [6, 50], "crs": {}}), "keine Geometrie"),
]


@pytest.mark.parametrize(("node", "reason"), REFUSED)
def test_c02_refused_with_a_reason(node, reason):
    with pytest.raises(InvalidParameter, match=reason):
        read(node)


def _nested(depth: int) -> object:
    return op("not", _nested(depth - 1)) if depth else True


def test_c03_caps_hold_at_the_limit_and_not_above():
    assert read(_nested(MAX_DEPTH))
    with pytest.raises(InvalidParameter, match="32 Klammern tief"):
        read(_nested(MAX_DEPTH + 1))
    most = [1] * (MAX_NODES - 2)
    assert count_nodes(read(op("in", prop("kapazitaet"), most))) == MAX_NODES
    with pytest.raises(InvalidParameter, match="erlaubt sind 500"):
        read(op("in", prop("kapazitaet"), [*most, 1]))
    assert read("true" + " " * (MAX_BYTES - 4))
    with pytest.raises(InvalidParameter, match="erlaubt sind 16384"):
        read("true" + " " * (MAX_BYTES - 3))


def _collections(depth: int) -> str:
    return '{"type":"GeometryCollection","geometries":[' * depth + "]}" * depth


HOSTILE = {
    "brackets": "[" * 16_000,
    "not": '{"op":"not","args":[' * 700,
    "collections": f'{{"op":"s_intersects","args":[{{"property":"geometry"}},{_collections(300)}]}}',
    "intervals": '{"interval":["..",' * 300 + '".."' + "]}" * 300,
    "coordinates": '{"type":"Polygon","coordinates":' + "[" * 900 + "]" * 900 + "}",
    "digits": "9" * 16_000,
    "number": "1e400",
    "surrogate": '"\\ud800"',
    "keys": "{" + ",".join(f'"k{number}":1' for number in range(1500)) + "}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a08_c03_hostile_json_is_refused_in_no_time(name):
    began = time.thread_time()
    with pytest.raises(InvalidParameter):
        read(HOSTILE[name])
    assert time.thread_time() - began < 0.5


NODES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["op", "args", "type", "coordinates", "property", "bbox", "interval"]), inner)
        | st.builds(
            op, st.sampled_from(["and", "not", "=", "in", "like", "casei", "s_within", "t_after"]), inner, inner
        )
    ),
    max_leaves=8,
)


@settings(max_examples=examples(300), deadline=None)
@given(NODES)
def test_any_json_is_read_or_refused(node):
    with suppress(InvalidParameter):
        read(json.dumps(node))
