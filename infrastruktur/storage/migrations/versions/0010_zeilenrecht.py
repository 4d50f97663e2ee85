"""Keep beside each Angebot and Standort whether they are public, and number the history, for the rights of rows."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from infrastruktur.storage.columns import Json
from infrastruktur.storage.guards import geopackage_guards

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ADDED = (
    ("standort", "oeffentlich"),
    ("angebot", "oeffentlich"),
    ("angebot", "verborgen_bis"),
    ("aenderung", "version"),
)
_SELBSTVERANTWORTET = "pflege.wg_selbst"
_NUMBERED = """UPDATE aenderung SET version = numbered.nr FROM (
  SELECT fid, row_number() OVER (PARTITION BY id ORDER BY fid) AS nr FROM aenderung WHERE tabelle = 'angebot'
) AS numbered
WHERE numbered.fid = aenderung.fid"""


def upgrade() -> None:
    op.add_column("standort", _flag("some Angebot here is public"))
    op.add_column("angebot", _flag("the public may know of it"))
    op.add_column("angebot", _number("verborgen_bis", "last version that was not public"))
    op.add_column("aenderung", _number("version", "of the Angebot it made"))
    connection = op.get_bind()
    _open_history(connection)
    connection.exec_driver_sql(_NUMBERED)
    _close_history(connection)
    _find_hidden(connection)


def downgrade() -> None:
    for table, column in _ADDED:
        op.drop_column(table, column)


def _flag(comment: str) -> sa.Column[bool]:
    return sa.Column("oeffentlich", sa.Boolean(), server_default=sa.false(), nullable=False, comment=comment)


def _number(name: str, comment: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), server_default="0", nullable=False, comment=comment)


def _open_history(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ALTER TABLE aenderung DISABLE TRIGGER aenderung_nur_anfuegen")
    else:
        connection.exec_driver_sql("DROP TRIGGER aenderung_update_pruefen")


def _close_history(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ALTER TABLE aenderung ENABLE TRIGGER aenderung_nur_anfuegen")
        return
    for statement in geopackage_guards({"aenderung": ()}):
        if "aenderung_update_pruefen" in statement:
            connection.exec_driver_sql(statement)


def _find_hidden(connection: sa.Connection) -> None:
    """Say of each Angebot up to which version it was not public."""
    entries = sa.table("aenderung", *map(sa.column, ("fid", "tabelle", "id", "version")))
    states = [sa.column(name, Json) for name in ("vorher", "nachher")]
    query = sa.select(entries.c.id, entries.c.version, *states).select_from(entries)
    query = query.where(entries.c.tabelle == "angebot").order_by(entries.c.fid)
    hidden = {row.id: row.version for row in connection.execute(query) if _is_hidden(row.vorher, row.nachher)}
    for id_, version in hidden.items():
        connection.execute(
            sa.text("UPDATE angebot SET verborgen_bis = :version WHERE id = :id"), {"id": id_, "version": version}
        )


def _is_hidden(*states: Mapping[str, Any] | None) -> bool:
    return any(
        state is not None
        and (state["vertraulich"] or state["standort"]["vertraulich"] or state["art"] == _SELBSTVERANTWORTET)
        for state in states
    )
