"""Statements that are written once, and then asked of a connection's driver with other values each time.

SQLAlchemy builds, compares, wraps and reads a page of a hundred features in 0.8 ms each time; written down and
asked of the driver itself, the same takes 0.2.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeDecorator, TypeEngine

T = TypeVar("T")
Columns = Sequence[Sequence[Any]]
PLAN = "plan_cache_mode"
EACH_TIME, ONCE = "force_custom_plan", "force_generic_plan"
"""How PostgreSQL plans what is asked again: for each question's values, or once for any."""


@dataclass(frozen=True)
class Statement:
    """A SELECT as text of one store's SQL.

    `given` are the values that belong to it, and `order` that of all names where the driver takes values by place.
    `written` says how a value becomes one of the driver's, and `read` the reverse by column, where they differ.
    `plan` is PostgreSQL's way of planning it, None where the store has no choice.
    """

    text: str
    given: Mapping[str, Any]
    order: Sequence[str] | None
    written: Mapping[str, Any]
    read: Mapping[int, Any]
    width: int
    plan: str | None

    def columns(self, conn: Connection, values: Mapping[str, Any]) -> Columns:
        """Ask with values of the remaining names; give the columns of all rows, each empty where there is none."""
        columns = list(zip(*self._fetch(conn, self.take(values)), strict=True)) or [()] * self.width
        for at, read in self.read.items():
            columns[at] = tuple(map(read, columns[at]))
        return columns

    def take(self, values: Mapping[str, Any]) -> dict[str, Any] | tuple[Any, ...]:
        """Give all values as the driver takes them."""
        taken = {**self.given, **values}
        for name, write in self.written.items():
            taken[name] = write(taken[name])
        return taken if self.order is None else tuple(taken[name] for name in self.order)

    def _fetch(self, conn: Connection, asked: Any) -> list[tuple[Any, ...]]:
        """Ask the driver, whose errors become SQLAlchemy's; when it lost a connection, all that lie idle go with it."""
        driver: Any = conn.connection.driver_connection
        try:
            if self.plan is not None:
                self._prepare(conn, driver)
            rows: list[tuple[Any, ...]] = driver.execute(self.text, asked).fetchall()
        except conn.dialect.loaded_dbapi.Error as error:
            lost = conn.dialect.is_disconnect(error, driver, None)
            if lost:
                conn.invalidate(error)
                conn.engine.dispose()
            base = conn.dialect.loaded_dbapi.Error
            raise DBAPIError.instance(self.text, asked, error, base, connection_invalidated=lost) from error
        return rows

    def _prepare(self, conn: Connection, driver: Any) -> None:
        """Tell a connection that keeps plans how to plan this one, where the one before was planned otherwise."""
        if conn.info.get(PLAN, self.plan) != self.plan:
            driver.execute(f"SET {PLAN} = {self.plan}")
            conn.info[PLAN] = self.plan


def asked(name: str, type_: TypeEngine[T]) -> sa.BindParameter[T]:
    """Name a value that each question gives."""
    return sa.bindparam(name, None, type_)


def write(select: sa.Select[Any], dialect: Dialect, *, planned_once: bool = False) -> Statement:
    """Write a SELECT down; what it binds to None (`asked`) has to be given at each question.

    `planned_once` is for what one plan is good for whatever the values: planning a box of a few streets takes 0.25 of
    0.45 ms. A page in the order of its rows would take 400 ms by such a plan, and not 6.
    """
    compiled = select.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    binds = {name: bind.type.dialect_impl(dialect) for name, bind in compiled.binds.items() if name in compiled.params}
    written = {name: type_.bind_processor(dialect) for name, type_ in binds.items()}
    # Numbers and texts come from both drivers as JSON has them; types of our own read what they wrote.
    types = [each.type.dialect_impl(dialect) for each in select.selected_columns]
    own = {at: type_ for at, type_ in enumerate(types) if isinstance(type_, TypeDecorator)}
    read = {at: type_.result_processor(dialect, None) for at, type_ in own.items()}
    return Statement(
        text=compiled.string,
        given={name: value for name, value in compiled.params.items() if value is not None},
        order=compiled.positiontup,
        written={name: process for name, process in written.items() if process is not None},
        read={at: process for at, process in read.items() if process is not None},
        width=len(types),
        plan=None if dialect.name == "sqlite" else ONCE if planned_once else EACH_TIME,
    )
