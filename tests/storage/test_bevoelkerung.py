"""People: counts by source and day, and census cells in which unknown is never zero."""

from dataclasses import replace
from datetime import date

import msgspec
import numpy as np
import pyproj
import pytest
import sqlalchemy as sa
from storage.statements import WHO, count

from infrastruktur.domain.bevoelkerung import ANTEIL_AB65, Bevoelkerung, Zellen, gitter_id
from infrastruktur.domain.errors import ConstraintViolated
from infrastruktur.domain.gruppe import Geschlecht
from infrastruktur.storage.bevoelkerung import (
    apply_bevoelkerung,
    apply_zellen,
    find_zellen,
    list_bevoelkerung_of_quelle,
    list_zellen,
    load_bevoelkerung,
)
from infrastruktur.storage.engine import Store
from infrastruktur.storage.history import list_changes, read_revision

OLD, NEW = date(2024, 12, 31), date(2025, 12, 31)
XY = np.array([[4_044_900.0, 3_081_300.0], [4_044_900.0, 3_081_200.0], [4_045_000.0, 3_081_200.0]])
ZELLEN = Zellen(
    quelle="zensus",
    stichtag=date(2022, 5, 15),
    groesse_m=100,
    gitter_id=gitter_id(100, XY),
    xy_3035=XY,
    kommune=("05334002", "", "05334002"),
    merkmale=("alle", ANTEIL_AB65),
    werte=np.array([[12.0, 25.5], [3.0, np.nan], [np.nan, np.nan]]),
)


def row(personen: float, *, quelle: str = "amt", stichtag: date = NEW, raum: str = "S1") -> Bevoelkerung:
    return Bevoelkerung(
        quelle=quelle, stichtag=stichtag, raum=raum, geschlecht=Geschlecht.WEIBLICH, gruppe="ab75", personen=personen
    )


def apply(store: Store, *rows: Bevoelkerung, quelle: str = "amt") -> None:
    with store.write() as conn:
        apply_bevoelkerung(conn, quelle, rows, **WHO)


def loaded(store: Store, stichtag: date | None) -> list[Bevoelkerung]:
    with store.read() as conn:
        return load_bevoelkerung(conn, stichtag)


def test_newest_day_not_after_the_stichtag_counts_for_each_source(store: Store) -> None:
    apply(store, row(100, stichtag=OLD), row(110, stichtag=NEW))
    apply(store, row(7, quelle="andere", stichtag=OLD), quelle="andere")
    assert loaded(store, None) == [row(110), row(7, quelle="andere", stichtag=OLD)]
    assert loaded(store, NEW) == loaded(store, date(2026, 6, 1)) == loaded(store, None)
    assert loaded(store, date(2025, 12, 30)) == [row(100, stichtag=OLD), row(7, quelle="andere", stichtag=OLD)]
    assert loaded(store, date(2024, 1, 1)) == []


def test_stated_days_are_replaced_and_others_kept(store: Store) -> None:
    apply(store, row(100, stichtag=OLD), row(110), row(5, raum="S2"))
    apply(store, row(111))
    with store.read() as conn:
        assert list_bevoelkerung_of_quelle(conn, "amt") == [row(100, stichtag=OLD), row(111)]
        assert [(e.vorher, e.nachher) for e in list_changes(conn, "amt")][1] == (
            {"stichtage": ["2025-12-31"], "zeilen": 2, "personen": 115.0},
            {"stichtage": ["2025-12-31"], "zeilen": 1, "personen": 111.0},
        )


def test_f08_the_same_counts_again_change_nothing(store: Store) -> None:
    apply(store, row(110), row(5, raum="S2"))
    apply(store, row(5, raum="S2"), row(110))
    apply(store)
    with store.read() as conn:
        assert read_revision(conn) == {"bevoelkerung": 1}
    assert count(store, "aenderung") == 1


def test_people_counted_twice_are_refused(store: Store) -> None:
    with pytest.raises(ConstraintViolated, match="gibt es schon"):
        apply(store, row(1), row(2))


def test_counts_of_another_source_are_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="andere"):
        apply(store, row(1, quelle="andere"))


def _apply_zellen(store: Store, zellen: Zellen) -> None:
    with store.write() as conn:
        apply_zellen(conn, zellen, **WHO)


def test_cells_come_back_in_the_order_of_their_ids(store: Store) -> None:
    _apply_zellen(store, ZELLEN)
    with store.read() as conn:
        found = find_zellen(conn, "zensus")
        assert find_zellen(conn, "andere") is None
    assert found is not None
    order = np.argsort(ZELLEN.gitter_id)
    assert found.gitter_id == tuple(sorted(ZELLEN.gitter_id))
    assert found.kommune == tuple(ZELLEN.kommune[at] for at in order)
    assert set(found.merkmale) == {"alle", ANTEIL_AB65}
    np.testing.assert_array_equal(found.xy_3035, ZELLEN.xy_3035[order])
    columns = [ZELLEN.merkmale.index(merkmal) for merkmal in found.merkmale]
    np.testing.assert_array_equal(found.werte, ZELLEN.werte[order][:, columns])


def test_unknown_value_is_no_row_and_never_zero(store: Store) -> None:
    _apply_zellen(store, ZELLEN)
    assert count(store, "zelle_wert") == 3
    assert count(store, "zelle") == 3


def test_stored_centre_is_the_middle_of_the_cell(store: Store) -> None:
    _apply_zellen(store, ZELLEN)
    with store.read() as conn:
        plain = "ST_XMin(geom), ST_YMin(geom)"
        x, y = conn.execute(sa.text(f"SELECT {plain} FROM zelle ORDER BY fid LIMIT 1")).one()  # noqa: S608
    back = pyproj.Transformer.from_crs(25832, 3035, always_xy=True).transform(x, y)
    assert back == pytest.approx((4_044_950, 3_081_350), abs=0.001)


def test_f08_the_same_cells_in_another_order_change_nothing(store: Store) -> None:
    _apply_zellen(store, ZELLEN)
    shuffled = replace(
        ZELLEN,
        gitter_id=ZELLEN.gitter_id[::-1],
        xy_3035=ZELLEN.xy_3035[::-1],
        kommune=ZELLEN.kommune[::-1],
        merkmale=ZELLEN.merkmale[::-1],
        werte=ZELLEN.werte[::-1, ::-1],
    )
    _apply_zellen(store, shuffled)
    assert count(store, "aenderung") == 1


def test_new_cells_replace_those_of_the_same_grid_only(store: Store) -> None:
    coarse = replace(ZELLEN, groesse_m=1000, gitter_id=("a", "b", "c"))
    _apply_zellen(store, ZELLEN)
    _apply_zellen(store, coarse)
    _apply_zellen(store, replace(ZELLEN, werte=ZELLEN.werte + 1))
    with store.read() as conn:
        assert [(z.groesse_m, np.nansum(z.werte)) for z in list_zellen(conn)] == [(100, 43.5), (1000, 40.5)]
        assert [z.groesse_m for z in list_zellen(conn, 1000)] == [1000]
    assert count(store, "zelle_wert") == 6


def test_negative_cell_value_is_refused_and_nothing_is_kept(store: Store) -> None:
    with pytest.raises(ConstraintViolated, match="mindestens 0"):
        _apply_zellen(store, replace(ZELLEN, werte=-ZELLEN.werte))
    assert count(store, "zelle") == 0


def test_value_order_is_the_lists_order(store: Store) -> None:
    rows = [row(1, raum="S2"), row(2, raum="S1"), msgspec.structs.replace(row(3), geschlecht=Geschlecht.MAENNLICH)]
    apply(store, *rows)
    assert loaded(store, None) == sorted(rows)
