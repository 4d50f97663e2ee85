"""Transactions: all or nothing, one writer at a time, readers undisturbed."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from storage.statements import ANGEBOT, QUELLE, WHO, angebot, count, state

from infrastruktur.domain.errors import ConstraintViolated, NotFound, Refused
from infrastruktur.settings import Settings
from infrastruktur.storage.angebote import apply_angebote, list_angebote_of_quelle
from infrastruktur.storage.engine import Store, open_store
from infrastruktur.storage.history import Change, bump, read_revision

TABLES = ("angebot", "standort", "traeger", "angebot_status", "kapazitaet", "aenderung", "revision")


def test_store_says_its_kind(store: Store, store_settings: Settings) -> None:
    assert store.kind == ("postgis" if store_settings.database_url else "geopackage")


def test_any_error_rolls_everything_back(store: Store) -> None:
    class Crash(Exception):
        pass

    with pytest.raises(Crash), store.write() as conn:  # noqa: PT012 - the crash follows a change
        apply_angebote(conn, Change(quelle=QUELLE, neu=(ANGEBOT,)), **WHO)
        raise Crash
    assert {table: count(store, table) for table in TABLES} == dict.fromkeys(TABLES, 0)


def test_one_bad_row_among_many_rolls_all_back(store: Store) -> None:
    many = [angebot(f"A-{row}") for row in range(50)]
    with pytest.raises(ConstraintViolated):
        state(store, *many, angebot("schlecht", punkt_25832=(7.0, 50.0)))
    assert {table: count(store, table) for table in TABLES} == dict.fromkeys(TABLES, 0)
    state(store, *many)
    assert count(store, "angebot") == 50


def test_unknown_art_is_refused(store: Store) -> None:
    with pytest.raises(NotFound, match="wellness"):
        state(store, angebot("A", art="pflege.wellness"))
    assert count(store, "angebot") == 0


def test_reader_cannot_write(store: Store) -> None:
    with pytest.raises(sa.exc.DBAPIError, match=r"readonly|read-only"), store.read() as conn:
        bump(conn, "angebote")
    with store.write() as conn:
        bump(conn, "angebote")
    with store.read() as conn:
        assert read_revision(conn) == {"angebote": 1}


def test_a_glance_sees_what_is_written_and_cannot_write(store: Store) -> None:
    assert store.glance(read_revision) == {}
    with pytest.raises(sa.exc.DBAPIError, match=r"readonly|read-only"):
        store.glance(lambda conn: bump(conn, "angebote"))
    state(store, ANGEBOT)
    assert store.glance(read_revision) == {"angebote": 1}


def test_a_connection_lost_while_it_lay_idle_is_replaced(store: Store) -> None:
    if store.kind != "postgis":
        pytest.skip("eine Datei legt nicht auf")
    glancing = store.glance(lambda conn: conn.scalar(sa.select(sa.func.pg_backend_pid())))
    with store.administer() as conn:
        assert conn.scalar(sa.select(sa.func.pg_terminate_backend(glancing)))
    assert store.glance(read_revision) == {}
    assert store.glance(lambda conn: conn.scalar(sa.select(sa.func.pg_backend_pid()))) != glancing


def test_reader_sees_one_state_while_another_writes(store: Store) -> None:
    state(store, ANGEBOT)
    with store.read() as conn:
        before = list_angebote_of_quelle(conn, QUELLE)
        state(store, angebot("A-2"))
        assert list_angebote_of_quelle(conn, QUELLE) == before
    assert count(store, "angebot") == 2


def test_e01_no_update_is_lost_between_two_writers(store: Store) -> None:
    def raise_counter(_: int) -> None:
        with store.write() as conn:
            stand = read_revision(conn).get("angebote", 0)
            conn.execute(sa.text("DELETE FROM revision"))
            conn.execute(
                sa.text("INSERT INTO revision (thema, stand) VALUES ('angebote', :stand)"), {"stand": stand + 1}
            )

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(raise_counter, range(80)))
    with store.read() as conn:
        assert read_revision(conn) == {"angebote": 80}


def test_second_writer_waits_until_the_first_is_done(store_settings: Settings, store: Store) -> None:
    other = open_store(store_settings).of_installation()
    inside, order = threading.Event(), []

    def second() -> None:
        inside.wait()
        with other.write() as conn:
            order.append("second")
            assert len(list_angebote_of_quelle(conn, QUELLE)) == 1

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(second)
        with store.write() as conn:
            inside.set()
            time.sleep(0.2)
            apply_angebote(conn, Change(quelle=QUELLE, neu=(ANGEBOT,)), **WHO)
            order.append("first")
        waiting.result()
    other.close()
    assert order == ["first", "second"]


def test_writes_survive_closing(store_settings: Settings, store: Store) -> None:
    state(store, ANGEBOT)
    store.close()
    again = open_store(store_settings).of_installation()
    assert count(again, "angebot") == 1
    again.close()


def test_g06_file_that_is_no_catalogue_is_refused(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    settings.catalogue.write_text("kein Katalog, sondern ein Brief " * 200)
    with pytest.raises(Refused, match="kein Katalog"):
        open_store(settings).of_installation()


def test_busy_catalogue_asks_for_patience(store_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infrastruktur.storage.engine.BUSY_SECONDS", 0.05)
    first, second = open_store(store_settings).of_installation(), open_store(store_settings).of_installation()
    with first.write(), pytest.raises(Refused, match="noch einmal"), second.write():
        pass
    first.close()
    second.close()


def test_k02_password_is_in_no_refusal() -> None:
    settings = Settings(database_url="postgresql://user:geheim123@127.0.0.1:1/nothing")
    with pytest.raises(Exception, match="nicht erreichbar") as caught:
        open_store(settings).of_installation()
    assert "geheim123" not in str(caught.value)
