"""Maßnahmen as they are stated now; every change of one is an entry of the history, as of Angebote."""

from collections.abc import Iterable
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from infrastruktur.domain.massnahme import Massnahme, Massnahmenzeit
from infrastruktur.storage.editing_tables import massnahme as table
from infrastruktur.storage.history import MASSNAHMEN, Aenderung, append, bump


class Stand(msgspec.Struct, frozen=True, kw_only=True):
    """A Maßnahme and its version, which counts the entries of its history."""

    massnahme: Massnahme
    version: int


def find_massnahme(conn: Connection, id: str) -> Stand | None:  # noqa: A002 - the column's name
    """Find a Maßnahme by its id, those that never were among them."""
    row = conn.execute(_all().where(table.c.id == id)).one_or_none()
    return None if row is None else _build(row)


def list_massnahmen(conn: Connection) -> list[Stand]:
    """List all Maßnahmen in the order they first came, those that never were among them."""
    return [_build(row) for row in conn.execute(_all().order_by(table.c.fid))]


def put_massnahme(conn: Connection, stated: Massnahme, *, akteur: str, grund: str) -> None:
    """Store a Maßnahme as it is stated, with its history; one that does not differ is not written."""
    known = find_massnahme(conn, stated.id)
    if known is not None and known.massnahme == stated:
        return
    if known is None:
        conn.execute(table.insert(), _row(stated))
    else:
        changed = table.update().where(table.c.id == stated.id)
        conn.execute(changed.values(version=table.c.version + 1, **_row(stated)))
    was = None if known is None else msgspec.to_builtins(known.massnahme)
    now = msgspec.to_builtins(stated)
    append(
        conn,
        [Aenderung(tabelle=table.name, id=stated.id, akteur=akteur, grund=grund, vorher=was, nachher=now)],
    )
    bump(conn, MASSNAHMEN)


def restore_massnahmen(conn: Connection, statements: Iterable[dict[str, Any]]) -> None:
    """Store Maßnahmen in a catalogue that has none, as a history tells them."""
    rows = [_row(msgspec.convert(each, Massnahme)) for each in statements]
    if rows:
        conn.execute(table.insert(), rows)


def _all() -> sa.Select[Any]:
    return sa.select(table.c.version, *(table.c[name] for name in Massnahme.__struct_fields__))


def _row(stated: Massnahme) -> dict[str, Any]:
    return {**msgspec.structs.asdict(stated), "status": msgspec.to_builtins(stated.status)}


def _build(row: sa.Row[Any]) -> Stand:
    values = row._asdict()
    version = values.pop("version")
    status = msgspec.convert(values.pop("status"), tuple[Massnahmenzeit, ...])
    return Stand(massnahme=Massnahme(**values, status=status), version=version)
