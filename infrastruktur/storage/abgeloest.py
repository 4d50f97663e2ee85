"""What a source stated before it stated otherwise, where the history itself keeps only that it did.

Counts of people, cells, context values and Tafeln are replaced as a whole and are thousands of numbers; each former
statement is kept once, packed, with the last entry of the history for which it held.
"""

import zlib
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.storage.tables import abgeloest, aenderung

Schluessel = tuple[str, str]
"""A source, and which part of what it states: a day, a day and a size of cells, or all of it."""


def keep_replaced(conn: Connection, tabelle: str, schluessel: Schluessel, inhalt: bytes) -> None:
    """Keep what is replaced next. The entry that tells of it comes after this."""
    stand = conn.scalar(sa.select(sa.func.coalesce(sa.func.max(aenderung.c.fid), 0)))
    row = {"tabelle": tabelle, "quelle": schluessel[0], "teil": schluessel[1], "stand": stand}
    conn.execute(abgeloest.insert(), {**row, "inhalt": zlib.compress(inhalt)})


def list_former(conn: Connection, tabelle: str, stand: int) -> dict[Schluessel, bytes | None]:
    """List what was replaced after an entry of the history as it was then, None where there was nothing yet.

    What is not named stands now as it stood then.

    Raises
    ------
    InvalidParameter
        Something was replaced before former statements were kept.

    """
    former: dict[Schluessel, bytes | None] = {}
    for schluessel, there_was in _iterate_replaced(conn, tabelle, stand):
        if schluessel in former:
            continue
        former[schluessel] = _find(conn, tabelle, schluessel, stand) if there_was else None
        if there_was and former[schluessel] is None:
            reason = f"Was die Quelle „{schluessel[0]}“ damals sagte, wurde seither ersetzt und ist nicht aufbewahrt."
            raise InvalidParameter("known_at", reason)
    return former


def _iterate_replaced(conn: Connection, tabelle: str, stand: int) -> Iterator[tuple[Schluessel, bool]]:
    """Give what each later entry states, and whether something was stated of it before, oldest first."""
    later = sa.select(aenderung.c.id, aenderung.c.vorher, aenderung.c.nachher)
    later = later.where(aenderung.c.tabelle == tabelle, aenderung.c.fid > stand).order_by(aenderung.c.fid)
    for row in conn.execute(later):
        before = _name_parts(row.vorher)
        for teil in _name_parts(row.nachher) | before:
            yield (row.id, teil), teil in before


def _name_parts(summary: dict[str, Any] | None) -> set[str]:
    """Name the parts an entry speaks of, as it sums them up."""
    if summary is None:
        return set()
    if "stichtage" in summary:
        return set(summary["stichtage"])
    if "groesse_m" in summary:
        return {f"{summary['stichtag']}/{summary['groesse_m']}"}
    return {""}


def _find(conn: Connection, tabelle: str, schluessel: Schluessel, stand: int) -> bytes | None:
    quelle, teil = schluessel
    same = (abgeloest.c.tabelle == tabelle, abgeloest.c.quelle == quelle, abgeloest.c.teil == teil)
    held = sa.select(abgeloest.c.inhalt).where(*same, abgeloest.c.stand >= stand)
    found = conn.scalar(held.order_by(abgeloest.c.stand, abgeloest.c.fid).limit(1))
    return None if found is None else zlib.decompress(found)
