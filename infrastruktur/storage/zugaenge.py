"""Personal API tokens as they are kept: never the secret, and revoked ones too, for the history names them."""

from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from infrastruktur.domain.zugang import Zugangstoken
from infrastruktur.storage.tables import zugangstoken


def put_token(conn: Connection, token: Zugangstoken) -> None:
    """Keep a new token."""
    conn.execute(zugangstoken.insert(), msgspec.to_builtins(token))


def find_token(conn: Connection, nummer: str) -> Zugangstoken | None:
    """Find a token by its number, revoked and expired ones among them."""
    row = conn.execute(sa.select(*_columns()).where(zugangstoken.c.nummer == nummer)).one_or_none()
    return None if row is None else _read(row)


def list_tokens(conn: Connection) -> list[Zugangstoken]:
    """List all tokens, oldest first."""
    return [_read(row) for row in conn.execute(sa.select(*_columns()).order_by(zugangstoken.c.fid))]


def revoke_token(conn: Connection, nummer: str, now: datetime) -> bool:
    """Revoke a token; False where there is none that holds."""
    held = (zugangstoken.c.nummer == nummer, zugangstoken.c.widerrufen.is_(None))
    changed = conn.execute(zugangstoken.update().where(*held).values(widerrufen=now.isoformat()))
    return bool(changed.rowcount)


def revoke_tokens_of(conn: Connection, kennung: str, now: datetime) -> None:
    """Revoke whatever opens something as a person."""
    held = (is_of(kennung), zugangstoken.c.widerrufen.is_(None))
    conn.execute(zugangstoken.update().where(*held).values(widerrufen=now.isoformat()))


def is_of(kennung: str) -> sa.ColumnElement[bool]:
    """Say whether a token is a person's; one of before persons were kept is its own."""
    own = sa.and_(zugangstoken.c.inhaber == "", sa.literal("token:") + zugangstoken.c.nummer == kennung)
    return sa.or_(zugangstoken.c.inhaber == kennung, own)


def _columns() -> list[sa.Column[Any]]:
    return [zugangstoken.c[name] for name in Zugangstoken.__struct_fields__]


def _read(row: Any) -> Zugangstoken:
    return msgspec.convert(dict(zip(Zugangstoken.__struct_fields__, row, strict=True)), Zugangstoken)
