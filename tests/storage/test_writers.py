"""Who comes first writes first, who is impatient goes, and nobody who waits keeps a reader from a connection."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from infrastruktur.domain.errors import StoreUnavailable
from infrastruktur.settings import Settings
from infrastruktur.storage.engine import Store, open_store
from infrastruktur.storage.writers import Turns

PATIENT_S = 10.0


def line_up(turns: Turns, count: int, written: list[int]) -> list[threading.Thread]:
    """Let so many come one after another while somebody writes."""

    def write(number: int) -> None:
        with turns.take(PATIENT_S):
            written.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(count)]
    for number, thread in enumerate(threads, 2):
        thread.start()
        while len(turns._line) < number:
            time.sleep(0.001)
    return threads


def test_writers_come_in_the_order_they_came() -> None:
    turns, written = Turns(), list[int]()
    with turns.take(PATIENT_S):
        threads = line_up(turns, 20, written)
        assert written == []
    for thread in threads:
        thread.join(PATIENT_S)
    assert written == list(range(20))


def test_who_does_not_wait_any_more_is_passed_over() -> None:
    turns, written = Turns(), list[int]()
    with turns.take(PATIENT_S):
        with ThreadPoolExecutor(1) as pool, pytest.raises(StoreUnavailable, match="Augenblick"):
            pool.submit(lambda: turns.take(0.01).__enter__()).result()
        threads = line_up(turns, 2, written)
    for thread in threads:
        thread.join(PATIENT_S)
    assert written == [0, 1]


def test_whose_writing_fails_gives_the_turn_on() -> None:
    turns = Turns()
    with pytest.raises(ZeroDivisionError), turns.take(PATIENT_S):
        1 / 0  # noqa: B018 - what fails is of no matter
    with turns.take(0.01):
        pass


def test_more_writers_than_connections_wait_and_leave_some_to_readers(store: Store) -> None:
    """Sixty writers and forty connections: each writes, and a reader is answered while all of them wait."""
    with ThreadPoolExecutor(60) as pool:
        with store.of_installation().write():
            waiting = [pool.submit(write_nothing, store) for _ in range(60)]
            while len(store._turns._line) < len(waiting) + 1:
                time.sleep(0.001)
            with store.read() as connection:
                assert connection.scalar(sa.text("SELECT 1")) == 1
        assert all(each.result(PATIENT_S) == 1 for each in waiting)


def write_nothing(store: Store) -> int:
    with store.of_installation().write() as connection:
        found: int = connection.scalar(sa.text("SELECT 1"))
    return found


def test_no_connection_left_is_a_busy_catalogue(store_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, number in {"_KEPT_OPEN": 1, "_MORE_OPEN": 0}.items():
        monkeypatch.setattr(f"infrastruktur.storage.engine.{name}", number)
    small = open_store(store_settings)
    monkeypatch.setattr(small._engine.pool, "_timeout", 0.01)
    try:
        with small.read(), pytest.raises(StoreUnavailable, match="Augenblick"), small.read():
            pass
    finally:
        small.close()
