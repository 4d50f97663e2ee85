"""History and counters: every change leaves one entry, and no change leaves none."""

from datetime import UTC, date, datetime

from storage.statements import ANGEBOT, QUELLE, WHO, angebot, raum, state, state_raeume

from infrastruktur.storage.engine import Store
from infrastruktur.storage.history import Aenderung, Change, append, list_changes, read_revision
from infrastruktur.storage.lage import set_lage
from infrastruktur.storage.results import KEPT, find_result, put_result


def test_change_lists_what_one_source_says() -> None:
    assert Change(quelle="q", neu=(1,)) == Change(quelle="q", neu=(1,), geaendert=(), beendet=())


def test_d11_each_change_is_one_entry_with_before_and_after(store: Store) -> None:
    began = datetime.now(UTC)
    state(store, ANGEBOT)
    state(store, geaendert=(angebot("A-1", name="Umbenannt"),))
    state(store, geaendert=(angebot("A-1", name="Umbenannt"),))
    with store.read() as conn:
        first, second = list_changes(conn, ANGEBOT.id)
    assert (first.tabelle, first.akteur, first.grund, first.vorher) == ("angebot", "pruefung", "Test", None)
    assert first.nachher is not None
    assert first.nachher == second.vorher
    assert first.nachher["attribute"] == ANGEBOT.attribute
    assert second.nachher is not None
    assert (first.nachher["name"], second.nachher["name"]) == ("Beispiel Tagespflege", "Umbenannt")
    assert began <= datetime.fromisoformat(first.zeitpunkt) <= datetime.fromisoformat(second.zeitpunkt)


def test_outline_is_part_of_an_areas_history(store: Store) -> None:
    from infrastruktur.storage.raeume import raum_id  # noqa: PLC0415

    first = raum("05334002-S01", gueltig_von=date(2016, 1, 1))
    state_raeume(store, first)
    with store.read() as conn:
        (entry,) = list_changes(conn, raum_id(first))
    assert entry.nachher is not None
    assert bytes.fromhex(entry.nachher["geom_25832"])[:5] == b"\x01\x06\x00\x00\x00"
    assert entry.nachher["gueltig_von"] == "2016-01-01"


def test_appending_nothing_is_nothing(store: Store) -> None:
    with store.write() as conn:
        append(conn, [])
        append(conn, [Aenderung(tabelle="t", id="x", vorher=None, nachher={"a": [1, None]}, **WHO)])
    with store.read() as conn:
        assert [entry.nachher for entry in list_changes(conn, "x")] == [{"a": [1, None]}]
        assert list_changes(conn, "y") == []


def test_h09_counters_rise_with_changes_only(store: Store) -> None:
    state(store, ANGEBOT)
    state(store, geaendert=(ANGEBOT,))
    state_raeume(store, raum("05334002-S01"))
    with store.read() as conn:
        assert read_revision(conn) == {"angebote": 1, "raeume": 1}
    with store.write() as conn:
        set_lage(conn, [(ANGEBOT.standort_id, "05334002", None, "innerhalb")])
    with store.write() as conn:
        set_lage(conn, [(ANGEBOT.standort_id, "05334002", None, "innerhalb")])
    with store.read() as conn:
        assert read_revision(conn) == {"angebote": 2, "raeume": 1}


def test_results_are_kept_and_replaced(store: Store) -> None:
    with store.write() as conn:
        put_result(conn, "a", b"\x00eins")
        put_result(conn, "a", b"\xffzwei")
        assert find_result(conn, "a") == b"\xffzwei"
        assert find_result(conn, "b") is None


def test_only_the_newest_results_stay(store: Store) -> None:
    with store.write() as conn:
        for number in range(KEPT + 3):
            put_result(conn, str(number), b"x")
        kept = [number for number in range(KEPT + 3) if find_result(conn, str(number))]
    assert kept == list(range(3, KEPT + 3))


def test_quelle_is_the_scope_of_a_change() -> None:
    assert Change(quelle=QUELLE, beendet=(("A", date(2026, 3, 31)),)).beendet[0][0] == "A"
