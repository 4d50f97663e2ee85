"""Where the catalogue's rows come from: each source with its publisher, licence and attribution.

Licences ask for the attribution wherever a figure is shown, so it is kept beside the rows.
"""

from datetime import date

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from infrastruktur.storage.history import QUELLEN, Aenderung, append, bump
from infrastruktur.storage.tables import quelle


class Quelle(msgspec.Struct, frozen=True, kw_only=True):
    """A source. `schluessel` is what its rows name in `quelle`; `stichtag` the day its data describe."""

    schluessel: str
    titel: str
    herausgeber: str
    lizenz: str
    namensnennung: str
    stichtag: date | None = None


def list_quellen(conn: Connection) -> list[Quelle]:
    """List all sources by key."""
    columns = [quelle.c[name] for name in Quelle.__struct_fields__]
    return [Quelle(**row._asdict()) for row in conn.execute(sa.select(*columns).order_by(quelle.c.schluessel))]


def put_quelle(conn: Connection, stated: Quelle, *, akteur: str, grund: str) -> None:
    """Store what is said of a source; the same again changes nothing."""
    before = next((known for known in list_quellen(conn) if known.schluessel == stated.schluessel), None)
    if before == stated:
        return
    row = msgspec.structs.asdict(stated)
    if before is None:
        conn.execute(quelle.insert(), row)
    else:
        conn.execute(quelle.update().where(quelle.c.schluessel == stated.schluessel).values(**row))
    was, now = (None if before is None else msgspec.to_builtins(before)), msgspec.to_builtins(stated)
    entry = Aenderung(tabelle=quelle.name, id=stated.schluessel, akteur=akteur, grund=grund, vorher=was, nachher=now)
    append(conn, [entry])
    bump(conn, QUELLEN)
