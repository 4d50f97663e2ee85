"""Statements written once: other values each time, what is there, and errors as everywhere else."""

from datetime import date

import pytest
import sqlalchemy as sa
from storage.statements import angebot, state

from infrastruktur.domain.errors import StoreUnavailable
from infrastruktur.storage.engine import Store
from infrastruktur.storage.statements import asked, write
from infrastruktur.storage.tables import fassung

NAMED = sa.select(fassung.c.name, fassung.c.geom).where(
    fassung.c.stand >= asked("since", sa.Date()), fassung.c.ort == sa.literal("Aachen")
)


def test_a_statement_is_asked_with_other_values_each_time(store: Store) -> None:
    state(
        store,
        angebot("A", name="Eins", ort="Aachen", stand=date(2026, 1, 1), punkt_25832=None),
        angebot("B", name="Zwei", ort="Aachen", stand=date(2026, 3, 1)),
        angebot("C", name="Drei", ort="Alsdorf", stand=date(2026, 3, 1)),
    )
    with store.read() as conn:
        since = write(NAMED.order_by(fassung.c.nr), conn.dialect)
        found = {day: since.columns(conn, {"since": day}) for day in (date(2026, 1, 1), date(2026, 2, 1))}
        nothing = since.columns(conn, {"since": date(2027, 1, 1)})
        like_sqlalchemy = conn.execute(NAMED, {"since": date(2026, 2, 1)}).all()
    assert [names for names, _ in found.values()] == [("Zwei", "Eins"), ("Zwei",)]
    assert list(zip(*found[date(2026, 2, 1)], strict=True)) == [tuple(row) for row in like_sqlalchemy]
    assert nothing == [(), ()]


def test_a_value_that_is_not_named_is_missed(store: Store) -> None:
    with store.read() as conn, pytest.raises((KeyError, sa.exc.ProgrammingError), match="since"):
        write(NAMED, conn.dialect).columns(conn, {})


def test_what_the_store_refuses_is_the_error_it_always_is(store: Store) -> None:
    missing = sa.select(sa.column("nichts")).select_from(sa.table("nirgends"))
    with store.read() as conn:
        statement = write(missing, conn.dialect)
    kinds = []
    for ask in (statement.columns, lambda conn, _: conn.execute(missing)):
        with pytest.raises((StoreUnavailable, sa.exc.ProgrammingError)) as refused:
            store.glance(lambda conn, ask=ask: ask(conn, {}))
        kinds.append(refused.type)
    assert kinds[0] is kinds[1]


def test_a_statement_is_planned_for_its_values_or_once_for_all(store: Store) -> None:
    plain, once = (sa.select(asked("value", sa.Integer()) + sa.literal(of, literal_execute=True)) for of in (1, 2))

    def ask(conn: sa.Connection) -> list[int]:
        statements = [write(plain, conn.dialect), write(once, conn.dialect, planned_once=True)]
        found = [each.columns(conn, {"value": value}) for value in range(12) for each in statements]
        if store.kind == "postgis":
            plans = "SELECT DISTINCT generic_plans > 0, custom_plans > 0 FROM pg_prepared_statements"
            plans += " WHERE starts_with(statement, 'SELECT $1')"
            assert {tuple(row) for row in conn.exec_driver_sql(plans)} == {(False, True), (True, False)}
        return [number for ((number,),) in found]

    assert store.glance(ask) == [value + of for value in range(12) for of in (1, 2)]


def test_all_connections_lost_at_once_are_replaced(store: Store) -> None:
    if store.kind != "postgis":
        pytest.skip("eine Datei legt nicht auf")
    one = sa.select(sa.literal(1, literal_execute=True))

    def ask_within(times: int) -> list[object]:
        """Hold so many connections at once, each asked before the next is taken."""

        def ask(conn: sa.Connection) -> list[object]:
            found = list(write(one, conn.dialect).columns(conn, {}))
            return found + (ask_within(times - 1) if times > 1 else [])

        return store.glance(ask)

    assert ask_within(3) == [(1,)] * 3
    with store.administer() as conn:
        others = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        assert conn.scalar(sa.text(f"{others} AND datname = current_database()")) >= 3
    assert ask_within(3) == [(1,)] * 3
