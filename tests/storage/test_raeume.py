"""Areas come in versions: a new outline begins, the one before ends the day before."""

from datetime import date

import pytest
import shapely
from storage.statements import QUELLE, WHO, count, raum, state_raeume

from infrastruktur.domain.errors import NotFound
from infrastruktur.domain.raum import Ebene, Raum
from infrastruktur.storage.engine import Store
from infrastruktur.storage.history import Change, list_changes, read_revision
from infrastruktur.storage.raeume import (
    Region,
    apply_raeume,
    get_region,
    list_raeume,
    list_raeume_of_quelle,
    put_region,
    raum_id,
)

SMALL = shapely.MultiPolygon([shapely.box(290_000, 5_620_000, 295_000, 5_630_000)])
KOMMUNE = raum("05334002", Ebene.KOMMUNE, name="Beispielstadt", oberraum="05334")
S1, S2 = raum("05334002-S01"), raum("05334002-S02", Ebene.BEZIRK)
ALL = (Ebene.KOMMUNE, Ebene.SOZIALRAUM, Ebene.BEZIRK)


def _list(store: Store, *ebenen: Ebene, day: date | None = None) -> list[Raum]:
    with store.read() as conn:
        return list_raeume(conn, ebenen, day)


def test_areas_come_back_as_they_were_given_ordered_by_key(store: Store) -> None:
    state_raeume(store, S2, KOMMUNE, S1)
    assert _list(store, *ALL) == [KOMMUNE, S1, S2]
    assert all(isinstance(each.geom_25832, shapely.MultiPolygon) for each in _list(store, *ALL))


def test_levels_are_told_apart(store: Store) -> None:
    state_raeume(store, S2, KOMMUNE, S1)
    assert _list(store, Ebene.BEZIRK) == [S2]
    assert _list(store, Ebene.KOMMUNE) == [KOMMUNE]
    assert _list(store, Ebene.REGION) == []
    assert _list(store) == []


def test_later_begin_makes_a_new_version(store: Store) -> None:
    old = raum("R", gueltig_von=date(2016, 1, 1))
    new = raum("R", gueltig_von=date(2020, 1, 1), geom_25832=SMALL)
    state_raeume(store, old)
    state_raeume(store, geaendert=(new,))
    assert _list(store, Ebene.SOZIALRAUM, day=date(2015, 12, 31)) == []
    assert [r.geom_25832 for r in _list(store, Ebene.SOZIALRAUM, day=date(2019, 12, 31))] == [old.geom_25832]
    assert [r.geom_25832 for r in _list(store, Ebene.SOZIALRAUM, day=date(2020, 1, 1))] == [SMALL]
    assert [r.gueltig_bis for r in _list(store, Ebene.SOZIALRAUM)] == [date(2019, 12, 31), None]
    with store.read() as conn:
        assert list_raeume_of_quelle(conn, QUELLE) == {"R": new}


def test_same_begin_corrects_in_place_and_counts_the_version(store: Store) -> None:
    state_raeume(store, S1)
    state_raeume(store, geaendert=(raum("05334002-S01", geom_25832=SMALL),))
    assert [r.geom_25832 for r in _list(store, Ebene.SOZIALRAUM)] == [SMALL]
    with store.read() as conn:
        assert conn.exec_driver_sql("SELECT version FROM sozialraum").scalars().all() == [2]
        assert len(list_changes(conn, raum_id(S1))) == 2


def test_f08_the_same_again_changes_nothing(store: Store) -> None:
    state_raeume(store, S1, KOMMUNE)
    with store.read() as conn:
        before = read_revision(conn)
    state_raeume(store, geaendert=(S1, KOMMUNE))
    with store.read() as conn:
        assert read_revision(conn) == before
    assert count(store, "aenderung") == 2


def test_ended_area_is_gone_the_day_after_its_last(store: Store) -> None:
    state_raeume(store, S1)
    state_raeume(store, beendet=(("05334002-S01", date(2025, 12, 31)),))
    assert len(_list(store, Ebene.SOZIALRAUM, day=date(2025, 12, 31))) == 1
    assert _list(store, Ebene.SOZIALRAUM, day=date(2026, 1, 1)) == []


def test_ended_area_is_not_prolonged_by_ending_it_later(store: Store) -> None:
    state_raeume(store, raum("R", gueltig_bis=date(2019, 12, 31)))
    state_raeume(store, beendet=(("R", date(2026, 3, 31)),))
    assert [r.gueltig_bis for r in _list(store, Ebene.SOZIALRAUM)] == [date(2019, 12, 31)]
    assert count(store, "aenderung") == 1


def test_ending_an_area_of_another_source_is_refused(store: Store) -> None:
    state_raeume(store, S1)
    with pytest.raises(NotFound, match="andere"), store.write() as conn:
        apply_raeume(conn, Change(quelle="andere", beendet=((S1.schluessel, date(2025, 12, 31)),)), **WHO)


def test_there_is_one_region(store: Store) -> None:
    region = Region(
        schluessel="05334", name="Beispiel", titel="Beispielregion", hinweis="erfunden", stichtag=date(2026, 1, 1)
    )
    with store.write() as conn:
        assert get_region(conn) is None
        put_region(conn, Region(schluessel="x", name="", titel="", hinweis=""))
        put_region(conn, region)
        put_region(conn, region)
        assert get_region(conn) == region
        assert read_revision(conn) == {"raeume": 2}
