"""What a store's driver is asked by statements that were written once."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from infrastruktur.storage.statements import Columns, Connection, Statement


@contextmanager
def heard() -> Iterator[list[tuple[str, Any]]]:
    """Listen to such statements, each with its values as the driver takes them."""
    statements: list[tuple[str, Any]] = []
    ask = Statement.columns

    def hear(self: Statement, conn: Connection, values: Mapping[str, Any]) -> Columns:
        statements.append((self.text, self.take(values)))
        return ask(self, conn, values)

    with patch.object(Statement, "columns", hear):
        yield statements
