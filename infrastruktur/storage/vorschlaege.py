"""Proposals: every step is a row and none is ever changed, so that who said what, when and why can be found again."""

from collections.abc import Collection
from datetime import UTC, datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from infrastruktur.domain.vorschlag import Vorschlag, Zustand
from infrastruktur.storage.editing_tables import vorschlag as table


def append_schritt(conn: Connection, stated: Vorschlag) -> Vorschlag:
    """Add a step with its moment.

    Raises
    ------
    ConstraintViolated
        Somebody else has taken a step of this number; raised when the transaction is asked to store it.

    """
    kept = msgspec.structs.replace(stated, zeitpunkt=datetime.now(UTC).isoformat(timespec="microseconds"))
    row = {**msgspec.structs.asdict(kept), "felder": msgspec.to_builtins(kept.felder)}
    conn.execute(table.insert(), {**row, "kein_duplikat": list(kept.kein_duplikat)})
    return kept


def find_vorschlag(conn: Connection, id: str) -> Vorschlag | None:  # noqa: A002 - the column's name
    """Find a proposal as its last step left it; None where there is none."""
    row = conn.execute(_all().where(table.c.id == id).order_by(table.c.nr.desc()).limit(1)).one_or_none()
    return None if row is None else _build(row)


def list_schritte(conn: Connection, id: str) -> list[Vorschlag]:  # noqa: A002 - the column's name
    """List what became of a proposal, step by step."""
    return [_build(row) for row in conn.execute(_all().where(table.c.id == id).order_by(table.c.nr))]


def find_beginning(conn: Connection, id: str) -> str:  # noqa: A002 - the column's name
    """Say when the first step of a proposal was taken, UTC, ISO 8601."""
    return str(conn.scalar(sa.select(table.c.zeitpunkt).where(table.c.id == id, table.c.nr == 1)))


def list_vorschlaege(
    conn: Connection, zustaende: Collection[Zustand], *, angebot: str | None = None, public: bool
) -> list[Vorschlag]:
    """List proposals as their last step left them, the oldest first; to the `public` none that is confidential."""
    newest = sa.select(table.c.id, sa.func.max(table.c.nr).label("nr"), sa.func.min(table.c.fid).label("first"))
    newest = (newest if angebot is None else newest.where(table.c.angebot == angebot)).group_by(table.c.id)
    last = newest.subquery()
    query = _all().join(last, sa.and_(last.c.id == table.c.id, last.c.nr == table.c.nr)).order_by(last.c.first)
    asked = table.c.zustand.in_(sorted(zustaende))
    shown = table.c.vertraulich.is_(sa.false()) if public else sa.true()
    return [_build(row) for row in conn.execute(query.where(asked, shown))]


def _all() -> sa.Select[tuple[object, ...]]:
    return sa.select(*(table.c[name] for name in Vorschlag.__struct_fields__))


def _build(row: sa.Row[tuple[object, ...]]) -> Vorschlag:
    return msgspec.convert(dict(zip(Vorschlag.__struct_fields__, row, strict=True)), Vorschlag)
