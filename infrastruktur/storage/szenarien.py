"""Stored scenarios: an edit adds a version and none is ever changed, so that a figure in minutes can be found again."""

from datetime import UTC, datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from infrastruktur.domain.szenario import Szenario, Szenariofassung
from infrastruktur.storage.tables import szenario as table


def find_szenario(conn: Connection, id: str, version: int | None = None) -> Szenariofassung | None:  # noqa: A002
    """Find a version of a scenario, without a number the newest; None where there is none."""
    asked = table.c.id == id if version is None else sa.and_(table.c.id == id, table.c.version == version)
    row = conn.execute(sa.select(table).where(asked).order_by(table.c.version.desc()).limit(1)).one_or_none()
    return None if row is None else _build(row)


def list_szenarien(conn: Connection) -> list[Szenariofassung]:
    """List the newest version of each scenario that was not taken away, oldest scenario first."""
    newest = sa.select(table.c.id, sa.func.max(table.c.version).label("version")).group_by(table.c.id).subquery()
    same = sa.and_(table.c.id == newest.c.id, table.c.version == newest.c.version)
    first = sa.select(table.c.id, sa.func.min(table.c.fid).label("fid")).group_by(table.c.id).subquery()
    query = sa.select(table).join(newest, same).join(first, first.c.id == table.c.id).order_by(first.c.fid)
    return [each for each in map(_build, conn.execute(query)) if each.szenario is not None]


def append_szenario(conn: Connection, id: str, version: int, szenario: Szenario | None) -> Szenariofassung:  # noqa: A002
    """Add a version; None takes the scenario away, and leaves the versions before it.

    Raises
    ------
    ConstraintViolated
        There is this version already; raised when the transaction is asked to store it.

    """
    stated = Szenario() if szenario is None else szenario
    row = {
        "id": id,
        "version": version,
        "zeitpunkt": datetime.now(UTC).isoformat(timespec="microseconds"),
        "name": stated.name,
        "stichtag": stated.stichtag,
        "aenderungen": None if szenario is None else msgspec.to_builtins(stated.aenderungen),
    }
    conn.execute(table.insert(), row)
    return Szenariofassung(id=id, version=version, zeitpunkt=str(row["zeitpunkt"]), szenario=szenario)


def _build(row: sa.Row[tuple[object, ...]]) -> Szenariofassung:
    values = row._asdict()
    stated = {name: values[name] for name in ("name", "stichtag", "aenderungen")}
    gone = values["aenderungen"] is None
    return Szenariofassung(
        id=values["id"],
        version=values["version"],
        zeitpunkt=values["zeitpunkt"],
        szenario=None if gone else msgspec.convert(stated, Szenario),
    )
