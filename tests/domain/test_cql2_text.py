"""CQL2 text: what the standard, QGIS and Masterportal write is read; everything else is refused with a reason."""

import re
import time
from contextlib import suppress
from datetime import date

import pyproj
import pytest
import shapely
from counts import examples
from domain.sentences import PROPERTIES, SENTENCE, as_json, as_text
from hypothesis import given, settings
from hypothesis import strategies as st

from infrastruktur.domain.cql2.as_json import parse_json
from infrastruktur.domain.cql2.as_text import parse_text
from infrastruktur.domain.cql2.predicates import MAX_WILDCARDS
from infrastruktur.domain.cql2.vocabulary import MAX_BYTES, MAX_DEPTH, MAX_NODES
from infrastruktur.domain.crs import ALL, CRS84, STORED
from infrastruktur.domain.errors import InvalidParameter
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
    Spatial,
    count_nodes,
)
from infrastruktur.domain.geometry import transform_xy

NAME, ORT = Name("name", Kind.TEXT), Name("ort", Kind.TEXT)
KAPAZITAET, AKTIV = Name("kapazitaet", Kind.NUMBER), Name("aktiv", Kind.BOOLEAN)
STAND, BIS = Name("stand", Kind.DAY), Name("bis", Kind.DAY)
IS_AKTIV = Comparison(AKTIV, Comparator.EQUAL, Literal(value=True))


def read(written: str, crs=STORED) -> Filter:
    return parse_text(written, PROPERTIES, crs)


def refusal(written: str, crs=STORED) -> str:
    with pytest.raises(InvalidParameter) as refused:
        read(written, crs)
    return str(refused.value)


@settings(max_examples=examples(300), deadline=None)
@given(sentence=SENTENCE)
def test_both_encodings_say_the_same(sentence):
    assert parse_text(as_text(sentence), PROPERTIES, STORED) == parse_json(as_json(sentence), PROPERTIES, STORED)


READ = {
    "name = 'Aachen'": Comparison(NAME, Comparator.EQUAL, Literal("Aachen")),
    "'Aachen' <> \"name\"": Comparison(Literal("Aachen"), Comparator.UNEQUAL, NAME),
    "name >= ort": Comparison(NAME, Comparator.GREATER_OR_EQUAL, ORT),
    "kapazitaet < -1.5E1": Comparison(KAPAZITAET, Comparator.LESS, Literal(-15.0)),
    "kapazitaet=+.5": Comparison(KAPAZITAET, Comparator.EQUAL, Literal(0.5)),
    "stand <= date('2026-01-31')": Comparison(STAND, Comparator.LESS_OR_EQUAL, Literal(date(2026, 1, 31))),
    "stand = TIMESTAMP('2026-01-31T23:59:59Z')": Comparison(STAND, Comparator.EQUAL, Literal(date(2026, 1, 31))),
    "'2026-01-31' < stand": Comparison(Literal(date(2026, 1, 31)), Comparator.LESS, STAND),
    "stand > DATE('0000-01-01')": Comparison(STAND, Comparator.GREATER, Literal(date.min)),
    "aktiv": IS_AKTIV,
    "aktiv = true": IS_AKTIV,
    "not aktiv": Not(IS_AKTIV),
    "TRUE": Constant(value=True),
    "True OR False": Or((Constant(value=True), Constant(value=False))),
    "aktiv OR NOT aktiv AND (aktiv OR aktiv)": Or((IS_AKTIV, And((Not(IS_AKTIV), Or((IS_AKTIV, IS_AKTIV)))))),
    "name LIKE 'A%'": Like(NAME, "A%"),
    "name not like 'A\\%\\_'": Not(Like(NAME, "A\\%\\_")),
    "CASEI(name) LIKE casei('ÄRZTE%')": Like(Casei(NAME), "ärzte%"),
    "CASEI(CASEI(name)) = CASEI('STRAẞE')": Comparison(Casei(NAME), Comparator.EQUAL, Literal("strasse")),
    "kapazitaet BETWEEN 1 AND 2 AND aktiv": And(
        (
            And(
                (
                    Comparison(KAPAZITAET, Comparator.GREATER_OR_EQUAL, Literal(1.0)),
                    Comparison(KAPAZITAET, Comparator.LESS_OR_EQUAL, Literal(2.0)),
                )
            ),
            IS_AKTIV,
        )
    ),
    "ort NOT IN ('a','b')": Not(In(ORT, (Literal("a"), Literal("b")))),
    "stand IN ('2026-01-01', bis)": In(STAND, (Literal(date(2026, 1, 1)), BIS)),
    "ort IS NULL": IsNull(ORT),
    "CASEI(ort) is not null": Not(IsNull(ORT)),
    "'' IS NULL": Constant(value=False),
    "geometry IS NOT NULL": Not(IsNull(GEOMETRY)),
    "geom IS NULL": IsNull(GEOMETRY),
    r"name = 'O\'Brien''s \t \\ \x'": Comparison(NAME, Comparator.EQUAL, Literal("O'Brien's \t \\ \\x")),
    "S_INTERSECTS(geometry,POINT(7 50))": Spatial(Relation.INTERSECTS, shapely.Polygon()),
    "S_DISJOINT(POINT(300000 5600000),geom)": Not(Spatial(Relation.INTERSECTS, shapely.Point(300_000, 5_600_000))),
    "S_WITHIN(POINT Z (300000 5600000 9),geometry)": Spatial(Relation.CONTAINS, shapely.Point(300_000, 5_600_000)),
    "S_CROSSES(LINESTRING(0 0,2 2),LINESTRING(0 2,2 0))": Constant(value=True),
    "T_AFTER(stand, DATE('2026-01-01'))": Comparison(STAND, Comparator.GREATER, Literal(date(2026, 1, 1))),
    "t_starts(INTERVAL(stand,bis),INTERVAL('2026-01-01','..'))": And(
        (
            Comparison(STAND, Comparator.EQUAL, Literal(date(2026, 1, 1))),
            Comparison(BIS, Comparator.LESS, Literal(date.max)),
        )
    ),
}


@pytest.mark.parametrize("written", READ)
def test_read(written):
    assert read(written) == READ[written]


QGIS = {
    "(kapazitaet > ( - (5)))": "kapazitaet > -5",
    "((\"name\" = 'O''Neil\\\\x') AND (NOT (aktiv = TRUE)))": "name = 'O''Neil\\\\x' AND NOT aktiv",
    "(CASEI(name) LIKE CASEI('haus%'))": "CASEI(name) LIKE CASEI('haus%')",
    "(ort IS NOT NULL)": "ort IS NOT NULL",
    "kapazitaet BETWEEN 1 AND 2": "kapazitaet >= 1 AND kapazitaet <= 2",
    "stand = TIMESTAMP('2026-01-31T00:00:00.000Z')": "stand = DATE('2026-01-31')",
    "name IN ('a','b')": "name IN ('a', 'b')",
    "S_INTERSECTS(geometry,BBOX(290000,5620000,291000,5621000))": "S_INTERSECTS(geometry,POLYGON((291000 5620000,"
    "291000 5621000,290000 5621000,290000 5620000,291000 5620000)))",
    "((name)) = ('a')": "name = 'a'",
}


@pytest.mark.parametrize("written", QGIS)
def test_what_qgis_writes(written):
    """As its compiler of CQL2 text does: everything in brackets, a backslash doubled, milliseconds."""
    assert read(written) == read(QGIS[written])


ANNEX_A = [
    "{text} = 'foo'",
    "'foo' <= {text}",
    "{text} like '\\%\\_'",
    "CASEI({text}) <> casei('FOO')",
    "{number} <> 3.14",
    "{number} between 100.0 and 1.0",
    "{number} IN (1, 2, 3)",
    "{day} >= DATE('2022-04-14')",
    "{day} in ('2022-04-14', '2022-04-15')",
    "{flag} in (true)",
    "{flag} > true",
    "{flag} IS NULL",
    "'foo' = 'foo'",
    "TIMESTAMP('2022-04-14T14:48:46Z') < TIMESTAMP('2022-04-14T14:48:46Z')",
    "((NOT {flag} AND {flag}) OR ({flag} and NOT {flag}) or not ({flag} AND {flag}))",
    "T_DISJOINT({day},INTERVAL('2021-01-01T00:00:00Z','2021-12-31T23:59:59Z'))",
    "T_DISJOINT(INTERVAL('..', '2005-01-10T01:01:01.393216Z'), {day})",
    "T_FINISHEDBY(INTERVAL({day},{day}),INTERVAL('2021-01-01','2021-12-31'))",
    "S_INTERSECTS(geometry,BBOX(-180,-90,180,90))",
    "S_DISJOINT(geometry,POLYGON((-180 -90,180 -90,180 90,-180 90,-180 -90)))",
    "S_INTERSECTS(geometry,BBOX(-180,-90,-90,90)) AND S_INTERSECTS(geometry,BBOX(90,-90,180,90))",
    "S_INTERSECTS(geometry,BBOX(150,-90,-150,90))",
    "S_INTERSECTS(geometry,LINESTRING(-60 -90,-60 90))",
    "S_TOUCHES(geometry,LINESTRING(7 50,10 51))",
    "S_CONTAINS(geometry,MULTIPOINT(7 50,10 51))",
    "S_OVERLAPS(geometry,POLYGON((0 40,10 40,10 50,0 50,0 40)))",
    "S_EQUALS(MULTIPOLYGON(((7 50,8 50,8 51,7 50)),((9 50,10 50,10 51,9 50))),geometry)",
    "S_INTERSECTS(geometry,MULTILINESTRING((7 50,8 51),(9 50,9 51)))",
    "S_INTERSECTS(geometry,GEOMETRYCOLLECTION(POINT(7 50),LINESTRING(7 50,8 51)))",
]


@pytest.mark.parametrize("pattern", ANNEX_A)
def test_predicates_of_the_abstract_test_suite(pattern):
    """OGC 21-065r2, Annex A."""
    read(pattern.format(text="name", number="plaetze", day="stand", flag="aktiv"), CRS84)


def test_whole_world_is_the_same_as_box_and_as_polygon():
    """Annex A, /conf/spatial-functions/s_intersects; both come down to the ground our data can lie on."""
    box = read("S_INTERSECTS(geometry,BBOX(-180,-90,180,90))", CRS84)
    assert box == read("S_INTERSECTS(geometry,POLYGON((-180 -90,180 -90,180 90,-180 90,-180 -90)))", CRS84)
    assert shapely.get_num_coordinates(box.geom_25832) == 5


@pytest.mark.parametrize("crs", ALL, ids=lambda crs: crs.uri)
def test_the_same_place_in_every_crs(crs):
    """The town hall of Aachen, in the axis order of each authority, as PROJ knows it."""
    authority = "OGC:CRS84" if crs is CRS84 else f"EPSG:{crs.epsg}"
    first, second = pyproj.Transformer.from_crs("EPSG:25832", authority).transform(294_378.3, 5_629_015.5)
    found = read(f"S_INTERSECTS(geometry, POINT({first} {second}))", crs)
    assert shapely.distance(found.geom_25832, shapely.Point(294_378.3, 5_629_015.5)) < 0.001


def test_an_edge_along_a_parallel_stays_one():
    found = read("S_INTERSECTS(geometry, LINESTRING(6 50.7, 7 50.7))", CRS84)
    parallel = transform_xy(
        shapely.get_coordinates(shapely.points([[6 + i / 1000, 50.7] for i in range(1001)])), 4326, 25832
    )
    strayed = shapely.distance(found.geom_25832, shapely.points(parallel)).max()
    straight = shapely.distance(shapely.LineString(parallel[[0, -1]]), shapely.points(parallel)).max()
    assert strayed < 0.01
    assert straight > 100


REFUSED = {
    "": "leer",
    "   ": "leer",
    "name = ": r"An Stelle 8: .* zu Ende",
    "name = 'a": r"An Stelle 8: Das Anführungszeichen",
    "name = 'a' §": r"An Stelle 12: Das Zeichen",
    "name = 'a' aktiv": r"An Stelle 12: Erwartet wird AND",
    "name = NULL": r"An Stelle 8: .*IS NULL",
    "name IS 'a'": r"An Stelle 9: Erwartet wird „NULL“",
    "(aktiv": r"An Stelle 7: Erwartet wird „\)“",
    "name NOT = 'a'": r"An Stelle 10: Nach NOT",
    "NOT NOT aktiv": r"An Stelle 5",
    "aktiv AND": "zu Ende",
    "kapazitaet > 1 + 1": r"An Stelle 16",
    "(aktiv AND aktiv) = TRUE": "An Stelle 1: Hier wird eine Eigenschaft",
    "aktiv AND (NOT ort = 5)": "An Stelle 16: „ort“ ist Text",
    "name": "„name“ fehlt der Vergleich",
    "1": "1 fehlt der Vergleich",
    "nmae = 'a'": "„nmae“ gibt es hier nicht.*name, ort",
    "vertraulich": "gibt es hier nicht",
    '"name""; --" = \'a\'': "gibt es hier nicht",
    "name = 5": "Text.*einfachen Anführungszeichen",
    "kapazitaet = '5'": "Zahl.*ohne Anführungszeichen",
    "aktiv = 1": "TRUE oder FALSE",
    "stand = 5": r"DATE\('2026-12-31'\)",
    "stand = 'gestern'": "„gestern“ ist kein Datum",
    "stand = DATE('2026-02-30')": "kein Datum",
    "stand = DATE('20260228')": "kein Datum",
    "stand = TIMESTAMP('2026-02-28T25:00:00Z')": "kein Datum",
    "name = stand": "„name“ ist Text",
    "kapazitaet IN (1, 'a')": "nicht mit „a“",
    "name BETWEEN 'a' AND 1": "nicht mit 1",
    "CASEI(kapazitaet) = 'a'": "CASEI braucht einen Text",
    "kapazitaet LIKE 'a%'": "LIKE vergleicht Text",
    "name LIKE ort": "Muster in einfachen",
    "name LIKE 'a\\\\'": "endet mit einem",
    "kapazitaet = 1e999": "zu groß",
    "name = 'a\x00b'": "Nummer 0",
    "geometry = 'a'": "S_INTERSECTS",
    "name IN ()": "Erwartet wird",
    "pg_sleep(5)": "„pg_sleep“ gibt es hier nicht.*CASEI",
    "name = current_setting('x')": "gibt es hier nicht",
    "S_DWITHIN(geometry, POINT(6 50), 5)": "gibt es hier nicht",
    "S_INTERSECTS(geometry, POINT(6 50), 5)": "zwei Angaben",
    "S_INTERSECTS(name, POINT(6 50))": "„name“ ist keine Geometrie",
    "S_INTERSECTS(geometry, 'POINT(6 50)')": "keine Geometrie",
    "S_INTERSECTS(geometry, POINT EMPTY)": "leere Geometrie",
    "S_INTERSECTS(geometry, POINT(6))": "Erwartet wird eine Zahl",
    "S_INTERSECTS(geometry, POINT(6 50, 7 50))": "MULTIPOINT",
    "S_INTERSECTS(geometry, LINESTRING(6 50))": "zwei Punkte",
    "S_INTERSECTS(geometry, LINESTRING(6 50, 6 50))": "zu wenige",
    "S_INTERSECTS(geometry, POLYGON((0 0,1 1,0 1,1 0,0 0)))": r"schneidet sich selbst \(bei 0.5 0.5\)",
    "S_INTERSECTS(geometry, POLYGON((0 0,1 1,0 1)))": "vier Punkte",
    "S_INTERSECTS(geometry, POLYGON((0 0,1 1,0 1,1 2)))": "gleich dem ersten",
    "S_INTERSECTS(geometry, POLYGON(()))": "Erwartet wird eine Zahl",
    "S_INTERSECTS(geometry, BBOX(1,2,3))": "vier Zahlen",
    "S_INTERSECTS(geometry, BBOX(1,3,2,2))": "unten links",
    "S_WITHIN(geometry, GEOMETRYCOLLECTION(POINT(6 50)))": "nur in S_INTERSECTS",
    "S_INTERSECTS(geometry, GEOMETRYCOLLECTION(GEOMETRYCOLLECTION(POINT(6 50))))": "einfache",
    "POINT(6 50)": "fehlt ein Vergleich",
    "T_DURING(stand, INTERVAL('2026-01-01','..'))": "zwei Zeiträume",
    "T_AFTER(name, ort)": "„name“ ist Text, gebraucht wird ein Datum",
    "T_AFTER(stand, INTERVAL('2026-01-02','2026-01-01'))": "vor seinem Beginn",
    "INTERVAL('2026-01-01','2026-01-02')": "fehlt ein Vergleich",
}


@pytest.mark.parametrize("written", REFUSED)
def test_c02_refused_with_the_place_and_what_to_write(written):
    assert re.search(REFUSED[written], refusal(written), re.DOTALL)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("S_INTERSECTS(geometry, POINT(90 180))", "gibt es in http"),
        ("S_INTERSECTS(geometry, BBOX(-180,-91,180,90))", "gibt es in http"),
        ("S_INTERSECTS(geometry, POINT(50.7 6.1))", "vertauscht"),
        (
            f"S_INTERSECTS(geometry, LINESTRING({', '.join(['5 47, 15 55'] * 5)}))",
            "zu groß",
        ),
        (" OR ".join(["S_INTERSECTS(geometry, BBOX(5,47,15,55))"] * 3), "zusammen zu groß"),
    ],
)
def test_coordinates_must_be_of_this_earth_and_in_order(written, reason):
    assert reason in refusal(written, CRS84)


def _nested(depth: int) -> str:
    return "(" * depth + "aktiv" + ")" * depth


def test_c03_caps_hold_at_the_limit_and_not_above():
    assert read(_nested(MAX_DEPTH)) == IS_AKTIV
    assert "32 Klammern tief" in refusal(_nested(MAX_DEPTH + 1))
    options = ", ".join(["1"] * (MAX_NODES - 2))
    assert count_nodes(read(f"kapazitaet IN ({options})")) == MAX_NODES
    assert "erlaubt sind 500" in refusal(f"kapazitaet IN ({options}, 1)")
    assert read(f"name LIKE '{'%a' * MAX_WILDCARDS}'")
    assert "mehr als 32 Zeichen %" in refusal(f"name LIKE '{'%a' * (MAX_WILDCARDS + 1)}'")
    frame = len("name = ''")
    assert read(f"name = '{'ä' * ((MAX_BYTES - frame) // 2)}'")
    assert "erlaubt sind 16384" in refusal(f"name = '{'ä' * ((MAX_BYTES - frame) // 2 + 1)}'")


HOSTILE = {
    "not": "NOT (" * 1100 + "aktiv" + ")" * 1100,
    "open": "(" * 16_000,
    "nots": "NOT " * 4000 + "aktiv",
    "signs": "-" * 16_000,
    "casei": "CASEI(" * 2700,
    "or": "aktiv OR " * 1800 + "aktiv",
    "quotes": "'" * 16_001,
    "double": '"' * 16_001,
    "backslashes": "'" + "\\" * 16_001,
    "digits": "9" * 16_000,
    "exponent": "1e" + "9" * 16_000,
    "dots": "." * 16_000,
    "name": "a." * 8000,
    "spaces": " " * 16_000 + "§",
    "polygons": "S_INTERSECTS(geometry, POLYGON(" + "(" * 15_000,
    "nul": "\x00" * 16_000,
    "surrogate": "name = '\ud800'",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_c03_hostile_text_is_refused_in_no_time(name):
    # Of this thread: that another process had the processor says nothing of the parser.
    began = time.thread_time()
    refusal(HOSTILE[name])
    assert time.thread_time() - began < 0.5


@settings(max_examples=examples(300), deadline=None)
@given(st.text(max_size=60) | st.lists(st.sampled_from([*READ, "(", ")", "'", " AND ", ",", "\\"])).map("".join))
def test_any_text_is_read_or_refused(written):
    with suppress(InvalidParameter):
        read(written)
