"""Frozen Stichtage: each a row that is never changed."""

from datetime import UTC, date, datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from infrastruktur.domain.festschreibung import Festschreibung, name_festschreibung
from infrastruktur.storage.tables import stichtag as table

_COLUMNS = [table.c[name] for name in Festschreibung.__struct_fields__]


def append_stichtag(conn: Connection, stated: Festschreibung) -> Festschreibung:
    """Add one, under the next number of its day."""
    same_day = sa.select(sa.func.count()).where(table.c.stichtag == stated.stichtag)
    kept = msgspec.structs.replace(
        stated,
        id=name_festschreibung(stated.stichtag, (conn.scalar(same_day) or 0) + 1),
        zeitpunkt=_text(datetime.now(UTC)),
    )
    conn.execute(table.insert(), {**msgspec.structs.asdict(kept), "known_at": _text(kept.known_at)})
    return kept


def find_stichtag(conn: Connection, id: str) -> Festschreibung | None:  # noqa: A002 - the column's name
    """Find one by its name."""
    row = conn.execute(sa.select(*_COLUMNS).where(table.c.id == id)).one_or_none()
    return None if row is None else _build(row)


def list_stichtage(conn: Connection, stichtag: date | None = None) -> list[Festschreibung]:
    """List them, the newest day first and the newest state of a day before the older ones; or those of one day."""
    asked = sa.true() if stichtag is None else table.c.stichtag == stichtag
    query = sa.select(*_COLUMNS).where(asked).order_by(table.c.stichtag.desc(), table.c.fid.desc())
    return [_build(row) for row in conn.execute(query)]


def _build(row: sa.Row[tuple[object, ...]]) -> Festschreibung:
    return msgspec.convert(dict(zip(Festschreibung.__struct_fields__, row, strict=True)), Festschreibung)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")
