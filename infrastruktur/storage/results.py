"""Computed figures as bytes, so that a restart does not compute them again.

Keys carry the revisions a figure was computed from, so nothing here is ever out of date, only unused;
the newest `KEPT` stay.
"""

import sqlalchemy as sa
from sqlalchemy import Connection

from infrastruktur.storage.tables import ergebnis

KEPT = 200


def find_result(conn: Connection, key: str) -> bytes | None:
    found: bytes | None = conn.scalar(sa.select(ergebnis.c.inhalt).where(ergebnis.c.schluessel == key))
    return found


def put_result(conn: Connection, key: str, payload: bytes) -> None:
    """Keep a figure, in place of an older one of the same key."""
    conn.execute(ergebnis.delete().where(ergebnis.c.schluessel == key))
    conn.execute(ergebnis.insert(), {"schluessel": key, "inhalt": payload})
    newest = sa.select(ergebnis.c.fid).order_by(ergebnis.c.fid.desc()).limit(KEPT)
    conn.execute(ergebnis.delete().where(ergebnis.c.fid.not_in(newest)))
