"""Layers: the right rows in a stable order, found through the spatial index."""

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from counts import examples
from heard import heard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from storage.statements import PLACE, TODAY, angebot, raum, scattered, state, state_raeume, status

from infrastruktur.domain.angebot import Kapazitaet
from infrastruktur.domain.crs import Window
from infrastruktur.domain.errors import UnknownParameter
from infrastruktur.domain.filter import And, Comparator, Comparison, Kind, Literal, Name
from infrastruktur.domain.geometry import Bbox
from infrastruktur.domain.query import Excerpt, Sort
from infrastruktur.storage.engine import Store
from infrastruktur.storage.layers import (
    PointSelection,
    angebot_layer,
    count_features,
    extent_25832,
    select_page,
    standort_layer,
)

LAYERS = [angebot_layer, standort_layer]
WHOLE = Excerpt(10_000)
KINDS = {Kind.TEXT: str, Kind.NUMBER: float, Kind.DAY: date}


def _select(store: Store, layer: Any = angebot_layer, excerpt: Excerpt = WHOLE, **changes: Any) -> Any:
    """Give the rows, their points, and how many fit."""
    with store.read() as conn:
        laid = layer(PointSelection(**{"stichtag": TODAY, "public": True, "at_most": 1_000_000, **changes}))
        features, _ = select_page(conn, laid, excerpt)
        return features.rows(), features.geom_25832, count_features(conn, laid)


def _is(name: str, value: Any) -> Comparison:
    (kind,) = (kind for kind, of in KINDS.items() if isinstance(value, of))
    return Comparison(Name(name, kind), Comparator.EQUAL, Literal(value))


def _box(*edges: float) -> Window:
    return Window(around_25832=Bbox(edges))


def _names(store: Store, **changes: Any) -> list[str]:
    return [row["name"] for row in _select(store, **changes)[0]]


def test_row_of_an_angebot(store: Store) -> None:
    hours = {"oeffnungszeiten": "Mo-Fr 8-16 Uhr"}
    state(store, angebot("A", zuletzt_geprueft=date(2026, 1, 2), ort="Aachen", attribute=hours))
    (row,), xy, matched = _select(store)
    assert row == {
        "id": angebot("A").id,
        "name": "Beispiel Tagespflege",
        "art": "pflege.tagespflege",
        "traeger": "Beispiel gGmbH",
        "status": "in_betrieb",
        "kapazitaet": 14.0,
        "einheit": "Plätze",
        "oeffnungszeiten": "Mo-Fr 8-16 Uhr",
        "stand": "2025-12-31",
        "zuletzt_geprueft": "2026-01-02",
        "strasse": "Beispielweg",
        "hausnummer": "1a",
        "plz": "01067",
        "ort": "Aachen",
        "kommune": None,
        "sozialraum": None,
    }
    assert (xy.tolist(), matched) == ([list(PLACE)], 1)


def test_row_of_a_standort_counts_its_visible_angebote(store: Store) -> None:
    home = angebot("A").standort
    state(store, angebot("A"), angebot("B", standort=home), angebot("C", standort=home, art="pflege.wg_selbst"))
    (row,), _, matched = _select(store, standort_layer)
    assert (row["angebote"], row["barrierefrei"], row["plz"], matched) == (2, "unbekannt", "01067", 1)
    assert _select(store, standort_layer, public=False)[0][0]["angebote"] == 3
    assert _select(store, standort_layer, arten=("pflege.ambulant",))[2] == 0


@pytest.mark.parametrize("layer", LAYERS)
def test_d05_public_layers_hold_nothing_confidential(store: Store, layer: Any) -> None:
    state(
        store,
        angebot("offen"),
        angebot("vertraulich", vertraulich=True),
        angebot("Ort vertraulich", ort_vertraulich=True),
        angebot("WG", art="pflege.wg_selbst"),
    )
    assert _select(store, layer)[2] == 1
    assert _select(store, layer, public=False)[2] == 4
    hidden = [row["id"] for row in _select(store, layer, public=False)[0]][1:]
    assert _select(store, layer, ids=tuple(hidden))[2] == 0


def test_kapazitaet_is_the_main_size_of_the_day(store: Store) -> None:
    sizes = (
        Kapazitaet(groesse="plaetze_zugelassen", wert=1.0, gueltig_bis=date(2026, 1, 31)),
        Kapazitaet(groesse="plaetze_zugelassen", wert=2.0, gueltig_von=date(2026, 2, 1)),
        Kapazitaet(groesse="betten", wert=9.0),
    )
    state(store, angebot("A", kapazitaeten=sizes), angebot("B", kapazitaeten=()))
    assert [row["kapazitaet"] for row in _select(store)[0]] == [2.0, None]
    assert [row["kapazitaet"] for row in _select(store, stichtag=date(2026, 1, 31))[0]] == [1.0, None]


@pytest.mark.parametrize("layer", LAYERS)
def test_closed_and_not_yet_known_are_left_out(store: Store, layer: Any) -> None:
    closed = (status("in_betrieb", None, date(2026, 3, 31)), status("geschlossen", TODAY))
    state(store, angebot("zu", status=closed), angebot("später", status=(status("geplant", date(2027, 1, 1)),)))
    assert _select(store, layer)[2] == 0
    assert _select(store, layer, stichtag=date(2026, 3, 31))[2] == 1


def test_filters_by_art_property_and_id(store: Store) -> None:
    state(store, angebot("A", name="Eins", ort="Aachen"), angebot("B", name="Zwei", art="pflege.ambulant"))
    assert _names(store, arten=("pflege.ambulant",)) == ["Zwei"]
    assert _names(store, arten=()) == []
    assert _names(store, filter=_is("ort", "Aachen")) == ["Eins"]
    assert _names(store, filter=And((_is("ort", "Aachen"), _is("name", "Zwei")))) == []
    assert _names(store, filter=_is("stand", date(2025, 12, 31))) == ["Eins", "Zwei"]
    assert _names(store, filter=_is("kapazitaet", 14.0)) == ["Eins"]  # the other's main size is not known
    assert _names(store, ids=(angebot("B").id, "unbekannt")) == ["Zwei"]


@pytest.mark.parametrize("value", ["' OR '1'='1", "'; DROP TABLE angebot; --", "%", "Aachen'--", "\\"])
def test_c01_values_stay_values(store: Store, value: str) -> None:
    state(store, angebot("A", ort="Aachen"), angebot("B", ort=value))
    rows, _, matched = _select(store, filter=_is("ort", value))
    assert ([row["id"] for row in rows], matched) == ([angebot("B").id], 1)


@pytest.mark.parametrize("name", ["geom", "vertraulich", "ort' OR 1=1 --", "pg_sleep(5)", ""])
@pytest.mark.parametrize("layer", LAYERS)
def test_c02_unknown_properties_are_refused(store: Store, layer: Any, name: str) -> None:
    laid = layer(PointSelection(stichtag=TODAY, public=True))
    with store.read() as conn:
        with pytest.raises(UnknownParameter):
            select_page(conn, laid, WHOLE, names=(name,))
        with pytest.raises(UnknownParameter):
            select_page(conn, laid, WHOLE, sortby=(Sort(name),))


@pytest.mark.parametrize("layer", LAYERS)
def test_pages_tile_the_whole_in_order(store: Store, layer: Any) -> None:
    many = scattered(25)
    state(store, *many)
    pages = [_select(store, layer, Excerpt(10, offset)) for offset in (0, 10, 20, 30)]
    ids = [row["id"] for rows, _, _ in pages for row in rows]
    assert ids == [each.id if layer is angebot_layer else each.standort_id for each in many]
    assert [(len(rows), len(xy), matched) for rows, xy, matched in pages] == [
        (10, 10, 25),
        (10, 10, 25),
        (5, 5, 25),
        (0, 0, 25),
    ]


NAMES = ("Ärztehaus", "Zoo", "apfel", "Apfel", "", "z", "Ölmühle")
PLACES = (None, 3.0, 3.0, 14.0, 0.5)


def _mixed() -> list[Any]:
    """Give Angebote with equal and unknown values in every column that is ordered by."""
    return [
        angebot(
            f"M-{number}",
            name=NAMES[number % len(NAMES)],
            stand=None if number % 3 else date(2026, 1, 1 + number % 4),
            kapazitaeten=()
            if PLACES[number % 5] is None
            else (Kapazitaet(groesse="plaetze_zugelassen", wert=PLACES[number % 5]),),
        )
        for number in range(37)
    ]


def _ordered(rows: list[dict[str, Any]], sortby: list[Sort]) -> list[str]:
    """Order by hand: the last property first, unknown values behind known ones either way."""
    for sort in reversed(sortby):
        known = [row for row in rows if row[sort.name] is not None]
        known.sort(key=lambda row: row[sort.name], reverse=sort.descending)
        rows = [*known, *(row for row in rows if row[sort.name] is None)]
    return [row["id"] for row in rows]


def _follow(store: Store, limit: int, sortby: list[Sort], between: Any = lambda _page: None) -> list[str]:
    """Read all pages by their keys; `between` runs after each."""
    found: list[str] = []
    excerpt: Excerpt | None = Excerpt(limit)
    while excerpt is not None:
        with store.read() as conn:
            laid = angebot_layer(PointSelection(stichtag=TODAY, public=True))
            features, key = select_page(conn, laid, excerpt, names=("name",), sortby=sortby)
        found += features.id
        between(len(found))
        excerpt = None if key is None else Excerpt(limit, after=key)
    return found


SORTS = st.lists(
    st.builds(Sort, st.sampled_from(["name", "kapazitaet", "stand", "einheit", "ort"]), st.booleans()),
    max_size=3,
    unique_by=lambda sort: sort.name,
)


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sortby=SORTS, limit=st.integers(1, 40))
def test_pages_by_key_see_each_once_in_the_order_asked_for(store: Store, sortby: list[Sort], limit: int) -> None:
    if not _select(store)[2]:
        state(store, *_mixed())
    assert _follow(store, limit, sortby) == _ordered(_select(store)[0], sortby)


@pytest.mark.parametrize("sortby", [[], [Sort("name")], [Sort("kapazitaet", descending=True)], [Sort("stand")]])
def test_an_unchanged_feature_is_seen_once_while_others_come_and_go(store: Store, sortby: list[Sort]) -> None:
    mixed = _mixed()
    state(store, *mixed)
    leaving = iter(mixed[::4])
    coming = iter(range(100))

    def edit(_seen: int) -> None:
        gone = next(leaving, None)
        closed = () if gone is None else ((gone.schluessel, date(2020, 1, 1)),)
        state(store, angebot(f"neu-{next(coming)}", name="Mitte"), beendet=closed)

    seen = _follow(store, 3, sortby, edit)
    stayed = [each.id for each in mixed if each not in mixed[::4]]
    assert sorted(id_ for id_ in seen if id_ in stayed) == sorted(stayed)
    assert len(seen) == len(set(seen))


def test_only_what_is_asked_for_is_read(store: Store) -> None:
    state(store, angebot("A"))
    with store.read() as conn:
        laid = angebot_layer(PointSelection(stichtag=TODAY, public=True))
        features, _ = select_page(conn, laid, Excerpt(1), names=("ort", "art"))
        nothing, _ = select_page(conn, laid, Excerpt(1), names=())
    assert list(features.columns) == ["ort", "art"]
    assert (dict(nothing.columns), len(nothing)) == ({}, 1)


def test_counting_stops_where_it_is_told(store: Store) -> None:
    state(store, *scattered(25))
    with store.read() as conn:
        mosts = [PointSelection(stichtag=TODAY, public=True, at_most=most) for most in (23, 24, 25, 26)]
        assert [count_features(conn, standort_layer(each)) for each in mosts] == [24, 25, 25, 25]


GRID = [(280_000.0 + 0.25 * column, 5_600_000.0 + 0.25 * row) for row in range(8) for column in range(8)]
quarters = st.integers(-2, 10).map(lambda step: 0.25 * step)


@settings(max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_box_is_exact_though_the_index_is_coarse(store: Store, data: st.DataObject) -> None:
    if not _select(store)[2]:
        state(store, *(angebot(f"G-{row}", punkt_25832=point) for row, point in enumerate(GRID)))
    west, east = sorted((data.draw(quarters), data.draw(quarters)))
    south, north = sorted((data.draw(quarters), data.draw(quarters)))
    box = (280_000 + west, 5_600_000 + south, 280_000 + east, 5_600_000 + north)
    inside = [row for row, (x, y) in enumerate(GRID) if box[0] <= x <= box[2] and box[1] <= y <= box[3]]
    rows, xy, matched = _select(store, window=_box(*box))
    assert [row["id"] for row in rows] == [angebot(f"G-{row}").id for row in inside]
    assert xy.tolist() == [list(GRID[row]) for row in inside]
    assert matched == len(inside)


def test_without_point_is_in_the_layer_but_in_no_box(store: Store) -> None:
    state(store, angebot("A", punkt_25832=None))
    _, xy, matched = _select(store)
    assert (np.isnan(xy).all(), matched) == (True, 1)
    assert _select(store, window=_box(200_000, 5_000_000, 1_000_000, 6_200_000))[2] == 0


def test_moved_and_removed_points_follow_in_the_index(store: Store) -> None:
    there, here = (300_000.0, 5_630_000.0), (PLACE[0] - 1, PLACE[1] - 1, PLACE[0] + 1, PLACE[1] + 1)
    state(store, angebot("A"), angebot("B"), angebot("C", punkt_25832=None))
    state(
        store,
        geaendert=(angebot("A", punkt_25832=there), angebot("B", punkt_25832=None), angebot("C", punkt_25832=PLACE)),
    )
    assert [row["id"] for row in _select(store, window=_box(*here))[0]] == [angebot("C").id]


@pytest.mark.parametrize("layer", LAYERS)
def test_c06_boxes_are_answered_by_the_spatial_index(store: Store, layer: Any) -> None:
    state(store, *scattered(4_000))
    plan = _plan(store, layer, window=_box(290_000.0, 5_610_000.0, 290_500.0, 5_610_500.0))
    table = "fassung" if layer is angebot_layer else "standort"
    if store.kind == "postgis":
        assert f"Index Scan on {table}_geom" in plan or f"using {table}_geom" in plan
        assert f"Seq Scan on {table}" not in plan
    else:
        assert f"SEARCH {table} USING INTEGER PRIMARY KEY" in plan
        assert f"rtree_{table}_geom VIRTUAL TABLE INDEX" in plan
        assert "SCAN standort" not in plan
        assert "SCAN fassung" not in plan


@pytest.mark.parametrize(
    ("index", "narrowed"),
    [("geom", {"window": _box(290_000.0, 5_610_000.0, 292_000.0, 5_612_000.0)}), ("id", {"ids": (angebot("P-7").id,)})],
    ids=["a box of a few streets", "one"],
)
def test_what_leaves_few_is_found_by_its_index_by_the_one_plan_for_all(store: Store, index: str, narrowed: Any) -> None:
    state(store, *scattered(4_000))
    with store.administer() as conn:
        if store.kind == "postgis":
            conn.exec_driver_sql("ANALYZE")
    layer = angebot_layer(PointSelection(stichtag=TODAY, public=True, **narrowed))

    def plan(conn: sa.Connection) -> str:
        for _ in range(6):  # the driver prepares what comes back
            found, _ = select_page(conn, layer, Excerpt(100))
        assert len(found) == (1 if index == "id" else 8)
        if store.kind != "postgis":
            return "fassung_" + index
        asked = "SELECT name, cardinality(parameter_types) FROM pg_prepared_statements WHERE generic_plans > 0"
        ((name, values),) = conn.exec_driver_sql(asked)
        return str(conn.exec_driver_sql(f'EXPLAIN EXECUTE "{name}"({", ".join(["NULL"] * values)})').all())

    planned = store.glance(plan)
    assert f"fassung_{index}" in planned
    assert "Seq Scan" not in planned


def _plan(store: Store, layer: Any, **changes: Any) -> str:
    """Explain the statement a page runs, with its own values."""
    with store.administer() as conn:
        if store.kind == "postgis":
            conn.exec_driver_sql("ANALYZE")
    with store.read() as conn, heard() as statements:
        select_page(conn, layer(PointSelection(stichtag=TODAY, public=True, **changes)), Excerpt(10_000))
        statement, values = statements[-1]
        explain = "EXPLAIN" if store.kind == "postgis" else "EXPLAIN QUERY PLAN"
        rows = conn.exec_driver_sql(f"{explain} {statement}", values)
        return "\n".join(str(row[-1]) for row in rows)


def test_view_of_today_is_the_public_layer_of_today(store: Store) -> None:
    state(
        store,
        angebot("A", kapazitaeten=()),
        angebot("B", ort_vertraulich=True),
        angebot("C", vertraulich=True),
        angebot("D", art="pflege.wg_selbst"),
        angebot("E", status=(status("in_betrieb", None, date(2020, 1, 1)), status("geschlossen", date(2020, 1, 2)))),
        angebot("F"),
    )
    today = datetime.now(UTC).astimezone().date()
    with store.administer() as conn:
        viewed = conn.execute(sa.text("SELECT id, status, kapazitaet FROM angebote_heute ORDER BY fid")).all()
    selected = _select(store, stichtag=today)[0]
    assert [tuple(row) for row in viewed] == [(row["id"], row["status"], row["kapazitaet"]) for row in selected]
    assert len(viewed) == 2


def test_extent_is_of_public_points(store: Store) -> None:
    with store.read() as conn:
        assert extent_25832(conn, "standort") is None
    state(
        store,
        angebot("A", punkt_25832=(280_000.0, 5_600_000.0)),
        angebot("B", punkt_25832=(281_000.0, 5_602_000.0)),
        angebot("C", punkt_25832=None),
        angebot("D", punkt_25832=(500_000.0, 5_900_000.0), ort_vertraulich=True),
        angebot("E", punkt_25832=(500_000.0, 5_900_000.0), vertraulich=True),
        angebot("F", punkt_25832=(500_000.0, 5_900_000.0), art="pflege.wg_selbst"),
    )
    state_raeume(store, raum("R"))
    with store.read() as conn:
        assert extent_25832(conn, "standort") == (280_000, 5_600_000, 281_000, 5_602_000)
        assert extent_25832(conn, "sozialraum") == (290_000, 5_620_000, 300_000, 5_630_000)
        assert extent_25832(conn, "kommune") is None
