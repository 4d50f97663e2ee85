"""Filters select the same rows on both stores, in memory, and by an oracle in plain Python."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from random import Random
from typing import Any

import numpy as np
import pytest
import shapely
import sqlalchemy as sa
from counts import examples
from domain.sentences import DAYS, NUMBERS, PROPERTIES, SENTENCE, TEXTS, X0, Y0, as_text, judge, quoted
from hypothesis import HealthCheck, given, settings

from infrastruktur.domain.cql2.as_text import parse_text
from infrastruktur.domain.cql2.vocabulary import MAX_DEPTH, MAX_NODES
from infrastruktur.domain.crs import STORED
from infrastruktur.domain.filter import Filter
from infrastruktur.domain.layer import Features
from infrastruktur.domain.pattern import fold_case
from infrastruktur.domain.selection import select
from infrastruktur.storage.columns import PlaneGeometry
from infrastruktur.storage.engine import Store
from infrastruktur.storage.filters import compile_filter
from infrastruktur.storage.geopackage import describe_features

PROBE = sa.Table(
    "probe",
    sa.MetaData(),
    sa.Column("fid", sa.Integer, sa.Identity(), primary_key=True),
    sa.Column("id", sa.Text),
    sa.Column("name", sa.Text),
    sa.Column("ort", sa.Text),
    sa.Column("kapazitaet", sa.Double),
    sa.Column("plaetze", sa.Integer),
    sa.Column("aktiv", sa.Boolean),
    sa.Column("stand", sa.Date),
    sa.Column("bis", sa.Date),
    sa.Column("geom", PlaneGeometry("GEOMETRY")),
    sa.Index("probe_geom", "geom", postgresql_using="gist").ddl_if(dialect="postgresql"),
)
NAMES = tuple(each.name for each in PROPERTIES)
COLUMNS = {name: PROBE.c[name] for name in NAMES}

Row = dict[str, Any]
Fill = Callable[[Sequence[Row]], tuple[Store, Features]]


def _geometry(place: Any) -> shapely.Geometry | None:
    match place:
        case "points", ((x, y),):
            return shapely.Point(X0 + x, Y0 + y)
        case "box", west, south, east, north:
            return shapely.box(X0 + west, Y0 + south, X0 + east, Y0 + north)
    return None


def _features(rows: Sequence[Row]) -> Features:
    def as_json(value: Any) -> Any:
        return value.isoformat() if isinstance(value, date) else value

    geometries = np.full(len(rows), None, dtype=object)
    geometries[:] = [_geometry(row.get("geometry")) for row in rows]
    columns = {name: [as_json(row.get(name)) for row in rows] for name in NAMES}
    return Features(id=columns["id"], columns=columns, geom_25832=geometries)


def _stored(row: Row) -> Row:
    geometry = _geometry(row.get("geometry"))
    return {**{name: row.get(name) for name in NAMES}, "geom": None if geometry is None else shapely.to_wkb(geometry)}


@pytest.fixture
def fill(store: Store) -> Fill:
    """Give what puts rows into a table of every kind of value, and the same rows in memory."""

    def fill(rows: Sequence[Row]) -> tuple[Store, Features]:
        with store.administer() as conn:
            PROBE.create(conn)
            if store.kind == "postgis":
                conn.exec_driver_sql("GRANT SELECT ON probe TO PUBLIC")
            if store.kind == "geopackage":
                for statement in describe_features("probe", "GEOMETRY", indexed=True):
                    conn.exec_driver_sql(statement)
            conn.execute(PROBE.insert(), [_stored(row) for row in rows])
        return store, _features(rows)

    return fill


def read(written: str) -> Filter:
    return parse_text(written, PROPERTIES, STORED)


def query(written: str) -> sa.Select[Any]:
    return sa.select(PROBE.c.id).where(compile_filter(read(written), COLUMNS, PROBE.c.geom)).order_by(PROBE.c.fid)


def in_store(store: Store, written: str) -> list[str]:
    with store.read() as conn:
        return list(conn.scalars(query(written)))


def in_memory(features: Features, written: str) -> list[str]:
    return [features.id[position] for position in np.flatnonzero(select(read(written), features))]


def _draw_place(random: Random) -> Any:
    x, y = random.randint(0, 5), random.randint(0, 5)
    box = ("box", x, y, x + random.randint(1, 3), y + random.randint(1, 3))
    return random.choice([("points", ((x, y),)), box, None])


def _draw_row(number: int) -> Row:
    random = Random(number)  # noqa: S311 - rows, not secrets
    return {
        "id": f"P-{number}",
        "name": random.choice((*TEXTS, None)),
        "ort": random.choice((*TEXTS, None)),
        "kapazitaet": random.choice((*NUMBERS, None)),
        "plaetze": random.choice((0, 1, 2, 40, None)),
        "aktiv": random.choice((True, False, None)),
        "stand": random.choice((*DAYS, None)),
        "bis": random.choice((*DAYS, None)),
        "geometry": _draw_place(random),
    }


ROWS = [_draw_row(number) for number in range(250)]


@pytest.fixture
def drawn(fill: Fill) -> tuple[Store, Features]:
    """Give rows drawn at random, of every kind and with nulls."""
    return fill(ROWS)


@settings(max_examples=examples(500), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sentence=SENTENCE)
def test_c05_same_rows_in_sql_in_memory_and_by_the_oracle(drawn: tuple[Store, Features], sentence: Any) -> None:
    store, features = drawn
    expected = [row["id"] for row in ROWS if judge(sentence, row)]
    assert in_memory(features, as_text(sentence)) == expected
    assert in_store(store, as_text(sentence)) == expected


THREE: list[Row] = [
    {
        "id": "a",
        "name": "eins",
        "kapazitaet": 1.0,
        "aktiv": True,
        "stand": DAYS[0],
        "bis": DAYS[1],
        "geometry": ("points", ((0, 0),)),
    },
    {"id": "b", "name": "zwei", "kapazitaet": 9.0, "aktiv": False, "stand": DAYS[0], "geometry": ("points", ((9, 0),))},
    {"id": "c"},
]
UNKNOWN = {
    "aktiv": "a",
    "NOT aktiv": "b",
    "aktiv OR NOT aktiv": "ab",
    "aktiv AND FALSE": "",
    "NOT (aktiv AND FALSE)": "abc",
    "aktiv OR TRUE": "abc",
    "NOT (aktiv AND TRUE)": "b",
    "aktiv IS NULL": "c",
    "NOT (aktiv IS NULL)": "ab",
    "name IN ('eins', ort)": "a",
    "name NOT IN ('eins', 'drei')": "b",
    "name NOT IN ('eins', ort)": "",
    "name NOT LIKE 'e%'": "b",
    "kapazitaet NOT BETWEEN 1 AND 5": "b",
    "S_INTERSECTS(geometry, BBOX(289999,5619999,290001,5620001))": "a",
    "S_DISJOINT(geometry, BBOX(289999,5619999,290001,5620001))": "b",
    "NOT S_DISJOINT(geometry, BBOX(289999,5619999,290001,5620001))": "a",
    "NOT S_EQUALS(geometry, POINT(290000 5620000))": "b",
    "S_DISJOINT(geometry, BBOX(0,0,9000000,9000000))": "",
    "S_TOUCHES(geometry, POINT(9000000 9000000))": "",
    "S_DISJOINT(geometry, POINT(9000000 9000000))": "ab",
    "S_INTERSECTS(geometry, GEOMETRYCOLLECTION(POINT(290000 5620000),POINT(290009 5620000)))": "ab",
    "S_EQUALS(geometry, geom)": "ab",
    "S_DISJOINT(geometry, geometry)": "",
    "S_TOUCHES(geometry, geometry)": "",
    "NOT S_TOUCHES(geometry, geometry)": "ab",
    "geometry IS NULL": "c",
    "stand <= bis": "a",
    "T_DISJOINT(stand, bis)": "a",
    "T_BEFORE(stand, INTERVAL(bis, '..'))": "a",
}


def test_unknown_is_not_selected_and_neither_is_its_negation(fill: Fill) -> None:
    """One feature of which a thing is true, one of which it is not, and one that is known by its id only."""
    store, features = fill(THREE)
    assert {written: "".join(in_store(store, written)) for written in UNKNOWN} == UNKNOWN
    assert {written: "".join(in_memory(features, written)) for written in UNKNOWN} == UNKNOWN


PERIODS: list[Row] = [
    {"id": "x", "stand": date(2021, 4, 1), "bis": date(2022, 4, 16)},
    {"id": "y", "stand": date(2022, 4, 13), "bis": date(2023, 6, 1)},
    {"id": "z", "stand": date(2022, 4, 15), "bis": date(2022, 4, 16)},
]
ANNEX_A = {
    "T_AFTER(INTERVAL(stand,bis),INTERVAL('..','2022-04-13'))": "z",
    "T_BEFORE(INTERVAL(stand,bis),INTERVAL('2023-01-01','..'))": "xz",
    "T_DISJOINT(INTERVAL(stand,bis),INTERVAL('2022-04-13','2022-04-14'))": "z",
    "T_EQUALS(INTERVAL(stand,bis),INTERVAL('2021-04-01','2022-04-16'))": "x",
    "T_INTERSECTS(INTERVAL(stand,bis),INTERVAL('2022-04-13','2022-04-14'))": "xy",
    "T_CONTAINS(INTERVAL(stand,bis),INTERVAL('2022-04-13','2022-04-15'))": "x",
    "T_DURING(INTERVAL(stand,bis),INTERVAL('2022-01-01','2022-12-31'))": "z",
    "T_FINISHES(INTERVAL(stand,bis),INTERVAL('2022-04-13','2022-04-16'))": "z",
    "T_FINISHEDBY(INTERVAL(stand,bis),INTERVAL('2022-04-13','2022-04-16'))": "x",
    "T_MEETS(INTERVAL(stand,bis),INTERVAL('2022-04-13','2022-04-15'))": "",
    "T_METBY(INTERVAL(stand,bis),INTERVAL('2022-04-13','2022-04-15'))": "z",
    "T_OVERLAPPEDBY(INTERVAL(stand,bis),INTERVAL('2020-04-13','2022-04-15'))": "xy",
    "T_OVERLAPS(INTERVAL(stand,bis),INTERVAL('2022-04-13','2023-04-15'))": "x",
    "T_STARTEDBY(INTERVAL(stand,bis),INTERVAL('2022-04-13','2022-04-15'))": "y",
    "T_STARTS(INTERVAL(stand,bis),INTERVAL('2022-04-13','2022-04-15'))": "",
}


def test_temporal_functions_give_the_standard_s_counts(fill: Fill) -> None:
    """The test data of OGC 21-065r2, Annex A, /conf/temporal-functions/test-data, with days for its seconds."""
    store, features = fill(PERIODS)
    assert {written: "".join(in_store(store, written)) for written in ANNEX_A} == ANNEX_A
    assert {written: "".join(in_memory(features, written)) for written in ANNEX_A} == ANNEX_A


def test_text_is_ordered_by_code_point_whatever_the_locale(fill: Fill) -> None:
    store, features = fill([{"id": name, "name": name} for name in ("Zoo", "aa", "Ärzte", "ärzte", "\uffee", "😀")])
    for written, expected in {
        "name > 'Zoo'": "aa Ärzte ärzte \uffee 😀",
        "CASEI(name) >= CASEI('Ä')": "Ärzte ärzte \uffee 😀",
    }.items():
        assert in_store(store, written) == in_memory(features, written) == expected.split()


LETTERS = [chr(code) for code in (*range(0x250), *range(0x370, 0x530), *range(0x1E00, 0x2000)) if chr(code).isalpha()]


def test_case_is_folded_alike_on_both_stores(fill: Fill) -> None:
    """All letters of Latin, Greek and Cyrillic scripts, each held against what Python makes of it."""
    store, _ = fill([{"id": letter, "name": letter, "ort": fold_case(letter)} for letter in LETTERS])
    assert in_store(store, "CASEI(name) <> ort") == []
    assert "".join(in_store(store, "CASEI(name) = CASEI('STRASSE') OR CASEI(name) = CASEI('ß')")) == "ßẞ"
    assert [letter for letter in LETTERS if fold_case(letter) != fold_case(letter.casefold())] == []


EXPLOSIVE = ("%_" * 32 + "x", "%a" * 32 + "b", "_%" * 32 + "x", "%aa%aaa%a%aaaa%b", "%" + "_" * 16_000 + "%x")


@pytest.mark.parametrize("pattern", EXPLOSIVE, ids=lambda pattern: pattern[:4])
def test_c04_no_pattern_explodes(fill: Fill, pattern: str) -> None:
    store, features = fill([{"id": "a", "name": "a" * 2000}])
    began = time.perf_counter()
    assert in_store(store, f"name LIKE '{pattern}'") == in_memory(features, f"name LIKE '{pattern}'") == []
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize("kept_bytes", [2_000_000, 0])
def test_literals_of_one_size_and_envelope_are_told_apart(
    fill: Fill, monkeypatch: pytest.MonkeyPatch, kept_bytes: int
) -> None:
    """The two halves of a square; with no room to keep literals they are prepared again for each row."""
    monkeypatch.setattr("infrastruktur.storage.geopackage._LITERAL_BYTES", kept_bytes)
    store, _ = fill([{"id": "a", "geometry": ("points", ((1, 3),))}, {"id": "b", "geometry": ("points", ((3, 1),))}])
    upper = "S_WITHIN(geometry, POLYGON((290000 5620000,290000 5620004,290004 5620004,290000 5620000)))"
    lower = "S_WITHIN(geometry, POLYGON((290000 5620000,290004 5620000,290004 5620004,290000 5620000)))"
    assert in_store(store, upper) == ["a"]
    assert in_store(store, lower) == ["b"]
    assert in_store(store, f"NOT {upper} AND NOT {lower}") == []
    assert in_store(store, f"NOT ({upper} AND {lower})") == ["a", "b"]


AT_THE_CAPS = {
    "NOT (" * MAX_DEPTH + "aktiv" + ")" * MAX_DEPTH: "a",
    " OR ".join(["kapazitaet > 8"] * (MAX_NODES // 3)): "b",
    " OR ".join(["S_EQUALS(geom,POINT(290000 5620000))"] * 400): "a",
    f"id IN ({', '.join(f'{chr(39)}{number}{chr(39)}' for number in range(MAX_NODES - 2))})": "",
}


def test_a_filter_at_the_caps_is_still_answered(fill: Fill) -> None:
    store, features = fill(THREE)
    for written, expected in AT_THE_CAPS.items():
        assert "".join(in_store(store, written)) == "".join(in_memory(features, written)) == expected


@contextmanager
def recorded(store: Store) -> Iterator[list[tuple[str, Any]]]:
    """Record the statements a store is sent, each with its values."""
    seen: list[tuple[str, Any]] = []

    def note(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        seen.append((statement, parameters))

    sa.event.listen(store._engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(store._engine, "before_cursor_execute", note)


CLIENT = ("Mallory', 'x'); DROP TABLE probe; --", "pg_sleep(5)", "%s %(a)s", ":name ?", "\\\\", "zz%zz")


@pytest.mark.parametrize("value", CLIENT)
def test_c01_no_text_of_a_client_is_in_a_statement(fill: Fill, value: str) -> None:
    store, _ = fill([{"id": "a", "name": value}, {"id": "b", "name": "b"}])
    statements = []
    for said in ("tame", value):
        texts = f"(name = {quoted(said)} OR CASEI(name) < {quoted(said)} OR ort IN ({quoted(said)}, 'tame'))"
        rest = "kapazitaet < 12345.75 AND stand > DATE('2011-11-11') AND S_DISJOINT(geom, POINT(290123 5620123))"
        with recorded(store) as seen:
            in_store(store, f"{texts} AND name LIKE {quoted(said)} AND {rest}")
        statements.append([statement for statement, _ in seen])
    assert statements[0] == statements[1]
    assert not [word for word in (value, "tame", "12345", "2011", "290123") if word in "".join(statements[1])]
    assert in_store(store, f"name = {quoted(value)}") == ["a"]


def test_an_area_is_looked_up_in_the_index(fill: Fill) -> None:
    store, _ = fill(ROWS)
    triangle = "POLYGON((290000 5620000,290001 5620000,290001 5620001,290000 5620000))"
    with store.read() as conn, recorded(store) as seen:
        conn.execute(query(f"aktiv AND S_WITHIN(geometry, {triangle})"))
        statement, values = seen[-1]
        if store.kind == "postgis":  # so few rows are sooner read than looked up
            conn.exec_driver_sql("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN" if store.kind == "postgis" else "EXPLAIN QUERY PLAN"
        plan = conn.exec_driver_sql(f"{explain} {statement}", values).all()
    assert "probe_geom" in str(plan)
