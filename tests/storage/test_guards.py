"""What must never be stored is refused on both stores, also when SQL is written by hand."""

import math
import struct
from datetime import date

import pytest
import shapely
import sqlalchemy as sa
from counts import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from storage.statements import (
    ANGEBOT,
    PLACE,
    angebot,
    count,
    raum,
    raw,
    raw_sozialraum,
    raw_standort,
    state,
    state_raeume,
    status,
)

from infrastruktur.domain.angebot import Kapazitaet
from infrastruktur.domain.errors import ConstraintViolated
from infrastruktur.domain.geometry import PLANE_25832
from infrastruktur.storage.engine import Store
from infrastruktur.storage.geopackage import area_is_valid, point_is_plausible

many = settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
min_x, min_y, max_x, max_y = PLANE_25832
eastings = st.floats(min_x, max_x)
northings = st.floats(min_y, max_y)
no_easting = st.floats().filter(lambda x: not min_x <= x <= max_x)
no_northing = st.floats().filter(lambda y: not min_y <= y <= max_y)
OUTLINE = shapely.to_wkb(shapely.MultiPolygon([shapely.box(290_000, 5_620_000, 291_000, 5_621_000)]))


@many
@given(point=st.one_of(st.tuples(no_easting, northings), st.tuples(eastings, no_northing)))
def test_a01_no_number_and_out_of_range_are_never_stored(store: Store, point: tuple[float, float]) -> None:
    with pytest.raises(ConstraintViolated, match="Punkt"):
        raw_standort(store, *point)
    with pytest.raises(ConstraintViolated, match="Punkt"):
        state(store, angebot("A", punkt_25832=point))
    assert count(store, "standort") == 0


@many
@given(x=eastings, y=northings)
def test_a02_swapped_axes_are_never_stored(store: Store, x: float, y: float) -> None:
    with pytest.raises(ConstraintViolated, match="Ostwert vor Nordwert"):
        raw_standort(store, y, x)


@pytest.mark.parametrize("corner", [(min_x, min_y), (max_x, max_y)])
def test_corners_of_the_plane_are_stored(store: Store, corner: tuple[float, float]) -> None:
    raw_standort(store, *corner)
    assert count(store, "standort") == 1


def test_a07_empty_point_is_refused_and_no_point_is_not(store: Store) -> None:
    with pytest.raises(ConstraintViolated, match="Punkt"):
        raw_standort(store, math.nan, math.nan)  # how WKB writes POINT EMPTY
    state(store, angebot("ohne Punkt", punkt_25832=None))
    assert count(store, "standort") == 1


def test_moving_a_point_is_checked_like_placing_it(store: Store) -> None:
    state(store, ANGEBOT)
    with pytest.raises(ConstraintViolated, match="Punkt"):
        state(store, angebot("A-1", punkt_25832=(PLACE[1], PLACE[0])))


@pytest.mark.parametrize(
    "wkt",
    [
        "MULTIPOLYGON EMPTY",
        "MULTIPOLYGON (((290000 5620000, 291000 5621000, 291000 5620000, 290000 5621000, 290000 5620000)))",
        "MULTIPOLYGON (((290000 5620000, 291000 5620000, 290000 5620000, 290000 5620000)))",
        "MULTIPOLYGON (((5620000 290000, 5621000 290000, 5621000 291000, 5620000 290000)))",
        "MULTIPOLYGON (((7 50, 8 50, 8 51, 7 50)))",
        "POLYGON ((290000 5620000, 291000 5620000, 291000 5621000, 290000 5620000))",
        "POINT (290000 5620000)",
        "MULTIPOLYGON Z (((290000 5620000 1, 291000 5620000 1, 291000 5621000 1, 290000 5620000 1)))",
    ],
    ids=["empty", "bow_tie", "no_area", "swapped", "degrees", "single", "point", "heights"],
)
def test_a05_impossible_outlines_are_refused(store: Store, wkt: str) -> None:
    with pytest.raises(ConstraintViolated):
        raw_sozialraum(store, shapely.to_wkb(shapely.from_wkt(wkt), flavor="iso"))
    assert count(store, "sozialraum") == 0


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a05_outline_with_a_vertex_that_is_no_number_is_refused(store: Store, value: float) -> None:
    at = OUTLINE.index(struct.pack("<d", 290_000.0))  # a vertex in the middle: the ring stays closed
    with pytest.raises(ConstraintViolated):
        raw_sozialraum(store, OUTLINE[:at] + struct.pack("<d", value) + OUTLINE[at + 8 :])


def test_possible_outline_is_stored(store: Store) -> None:
    raw_sozialraum(store, OUTLINE)
    assert count(store, "sozialraum") == 1


@given(st.one_of(st.binary(max_size=40), st.text(), st.none(), st.integers(), st.binary().map(lambda b: b"GP\0\3" + b)))
def test_checks_of_the_geopackage_answer_no_to_anything_else(value: object) -> None:
    assert not point_is_plausible(value)
    assert not area_is_valid(value)


@given(st.binary(max_size=60))
def test_outline_check_survives_damaged_bodies(body: bytes) -> None:
    header = b"GP\x00\x03" + struct.pack("<i4d", 25832, 290_000, 291_000, 5_620_000, 5_621_000)
    assert area_is_valid(header + body) == 0
    assert area_is_valid(header + OUTLINE[: len(body)]) == 0


INSERT_SIZE = "INSERT INTO kapazitaet (angebot, groesse, wert) VALUES (:angebot, 'betten', :wert)"


@many
@given(wert=st.one_of(st.floats(max_value=-1e-300), st.just(math.nan), st.just(math.inf), st.just(-1)))
def test_impossible_capacities_are_refused(store: Store, wert: float) -> None:
    state(store, ANGEBOT)
    with pytest.raises(ConstraintViolated):
        raw(store, INSERT_SIZE, angebot=ANGEBOT.id, wert=wert)
    assert count(store, "kapazitaet") == 1


@pytest.mark.parametrize("personen", [-1.0, math.nan, math.inf])
def test_impossible_numbers_of_people_are_refused(store: Store, personen: float) -> None:
    columns = "quelle, stichtag, raum, geschlecht, gruppe, personen"
    values = "'q', '2025-12-31', 'r', 'w', 'ab75', :personen"
    with pytest.raises(ConstraintViolated):
        raw(store, f"INSERT INTO bevoelkerung ({columns}) VALUES ({values})", personen=personen)  # noqa: S608


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        ("INSERT INTO angebot_status (angebot, status) VALUES ('unbekannt', 'geplant')", "gibt es nicht|verweist"),
        ("UPDATE angebot_status SET status = 'offen'", "Status"),
        ("UPDATE angebot_status SET gueltig_von = '2026-02-01', gueltig_bis = '2026-01-31'", "Ende der Gültigkeit"),
        ("UPDATE kapazitaet SET wert = NULL", "notwendige Angabe"),
        ("UPDATE standort SET barrierefrei = 'vielleicht'", "Barrierefrei"),
        ("UPDATE standort SET lage = 'daneben'", "Lage"),
        ("UPDATE angebot SET standort = 'weg'", "gibt es nicht|nicht gibt"),
        ("DELETE FROM standort", "."),
    ],
)
def test_broken_rules_are_said_in_german(store: Store, sql: str, sentence: str) -> None:
    state(store, ANGEBOT)
    with pytest.raises(ConstraintViolated, match=sentence):
        raw(store, sql)


@pytest.mark.parametrize("day", ["2026-02-30", "31.12.2026", "gestern"])
def test_days_that_are_no_days_are_refused(store: Store, day: str) -> None:
    state(store, ANGEBOT)
    with pytest.raises(ConstraintViolated):
        raw(store, f"UPDATE angebot SET stand = '{day}'")  # noqa: S608


JAN, FEB, MAR = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((None, None), (None, None)),
        ((None, FEB), (FEB, None)),
        ((JAN, MAR), (FEB, FEB)),
        ((FEB, FEB), (JAN, MAR)),
        ((JAN, None), (None, JAN)),
    ],
)
def test_validity_never_overlaps(store: Store, first: tuple[date, date], second: tuple[date, date]) -> None:
    sizes = tuple(
        Kapazitaet(groesse="betten", wert=1.0, gueltig_von=von, gueltig_bis=bis) for von, bis in (first, second)
    )
    statuses = (status("geplant", *first), status("in_betrieb", *second))
    for overlapping in (angebot("A", kapazitaeten=sizes), angebot("B", status=statuses)):
        with pytest.raises(ConstraintViolated, match="am selben Tag"):
            state(store, overlapping)
    other = raum("R", quelle="andere", gueltig_von=second[0], gueltig_bis=second[1])
    with pytest.raises(ConstraintViolated, match=r"am selben Tag|gibt es schon"):
        state_raeume(store, raum("R", gueltig_von=first[0], gueltig_bis=first[1]), other)
    assert count(store, "angebot") == 0 == count(store, "sozialraum")


def test_validity_may_touch_and_other_slots_may_overlap(store: Store) -> None:
    last = date(2026, 1, 31)
    sizes = (
        Kapazitaet(groesse="betten", wert=1.0, gueltig_bis=last),
        Kapazitaet(groesse="betten", wert=2.0, gueltig_von=FEB),
        Kapazitaet(groesse="stellen", wert=3.0),
    )
    state(store, angebot("A", kapazitaeten=sizes))
    assert count(store, "kapazitaet") == 3


def test_overlap_by_update_is_refused(store: Store) -> None:
    state(store, angebot("A", status=(status("geplant", None, JAN), status("in_betrieb", FEB))))
    with pytest.raises(ConstraintViolated, match="am selben Tag"):
        raw(store, "UPDATE angebot_status SET gueltig_bis = NULL")


@pytest.mark.parametrize("sql", ["UPDATE aenderung SET grund = 'geschönt'", "DELETE FROM aenderung"])
def test_e09_history_cannot_be_changed(store: Store, sql: str) -> None:
    state(store, ANGEBOT)
    with pytest.raises(ConstraintViolated, match="Änderungshistorie"):
        raw(store, sql)
    with store.read() as conn:
        assert conn.scalars(sa.text("SELECT grund FROM aenderung")).all() == ["Test"]


@pytest.mark.parametrize("store_settings", ["postgis"], indirect=True)
def test_e09_history_cannot_be_truncated(store: Store) -> None:
    with pytest.raises(ConstraintViolated, match="Änderungshistorie"):
        raw(store, "TRUNCATE aenderung")
