"""What changed, when, by whom and why; and the counters that tell a cache its answer is old.

The history is append-only on both stores: it answers what was known on a day, and triggers refuse
to change it. A counter per topic rises with every change inside the same transaction.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Generic, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.engine import Dialect

from infrastruktur.domain.angebot import Angebot
from infrastruktur.domain.felder import Schritt
from infrastruktur.domain.permission import is_person
from infrastruktur.storage.statements import Statement, write
from infrastruktur.storage.tables import aenderung, angebot, revision

T = TypeVar("T")

RAEUME, ANGEBOTE, BEVOELKERUNG, QUELLEN, ADRESSEN = "raeume", "angebote", "bevoelkerung", "quellen", "adressen"
KONTEXT, MASSNAHMEN = "kontext", "massnahmen"
"""The topics that are counted."""
VERGESSEN = "vergessen"
"""Counted whenever something is erased from the history: what was laid out from it before is not given any more."""


class Change(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """What one source has to say: new rows, changed rows as they shall stand, and keys with their last valid day."""

    quelle: str
    neu: tuple[T, ...] = ()
    geaendert: tuple[T, ...] = ()
    beendet: tuple[tuple[str, date], ...] = ()


class Aenderung(msgspec.Struct, frozen=True, kw_only=True):
    """One entry: the row's statement before and after, None where there was none. `zeitpunkt` is set on writing.

    `version` is that of an Angebot after the entry: it counts its entries.
    """

    tabelle: str
    id: str
    akteur: str
    grund: str
    vorher: dict[str, Any] | None
    nachher: dict[str, Any] | None
    version: int = 0
    zeitpunkt: str = ""


def append(conn: Connection, entries: Sequence[Aenderung]) -> None:
    """Add entries, all with the same moment in UTC."""
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    rows = [{**msgspec.structs.asdict(entry), "zeitpunkt": now} for entry in entries]
    if rows:
        conn.execute(aenderung.insert(), rows)


def list_changes(conn: Connection, id: str) -> list[Aenderung]:  # noqa: A002 - the column's name
    """List what happened to a row, oldest first."""
    columns = [aenderung.c[name] for name in Aenderung.__struct_fields__]
    rows = conn.execute(sa.select(*columns).where(aenderung.c.id == id).order_by(aenderung.c.fid))
    return [Aenderung(**row._asdict()) for row in rows]


def find_entry(conn: Connection, zeitpunkt: str, id: str) -> int | None:  # noqa: A002 - the column's name
    """Find the number of a row's entry at a moment."""
    named = (aenderung.c.id == id, aenderung.c.zeitpunkt == zeitpunkt)
    found: int | None = conn.scalar(sa.select(sa.func.max(aenderung.c.fid)).where(*named))
    return found


def list_entries_after(
    conn: Connection, after: int, tabellen: Collection[str], limit: int
) -> list[tuple[int, Aenderung]]:
    """List the next entries of some tables with their numbers, in the order they were committed."""
    columns = [aenderung.c[name] for name in Aenderung.__struct_fields__]
    asked = (aenderung.c.fid > after, aenderung.c.tabelle.in_(sorted(tabellen)))
    query = sa.select(aenderung.c.fid, *columns).where(*asked).order_by(aenderung.c.fid).limit(limit)
    rows = [row._asdict() for row in conn.execute(query)]
    return [(row.pop("fid"), Aenderung(**row)) for row in rows]


def find_stand(conn: Connection, zeitpunkt: datetime) -> int | None:
    """Find how far the history reached at a moment: its last entry then, None before the first."""
    until = zeitpunkt.astimezone(UTC).isoformat(timespec="microseconds")
    newest = sa.select(aenderung.c.fid).where(aenderung.c.zeitpunkt <= until).order_by(aenderung.c.fid.desc()).limit(1)
    found: int | None = conn.scalar(newest)
    return found


def list_statements(conn: Connection, tabelle: str, stand: int) -> dict[str, dict[str, Any]]:
    """List how the rows of a table stood after an entry of the history, by id, in the order they first came."""
    return dict(_iterate(conn, aenderung.c.tabelle == tabelle, aenderung.c.fid <= stand))


def list_angebote(conn: Connection, stand: int) -> list[Angebot]:
    """List all Angebote as they stood after an entry of the history, each at its Standort as it stood then.

    Angebote share a Standort: whoever stated it last has stated it for all of them.
    """
    stated: dict[str, dict[str, Any]] = {}
    places: dict[tuple[str, str], dict[str, Any]] = {}
    for id_, now in _iterate(conn, aenderung.c.tabelle == angebot.name, aenderung.c.fid <= stand):
        stated[id_] = now
        places[_place(now)] = now["standort"]
    return [msgspec.convert({**now, "standort": places[_place(now)]}, Angebot) for now in stated.values()]


def list_angebote_since(conn: Connection, stand: int) -> list[Angebot]:
    """List all that was stated of Angebote after an entry of the history."""
    since = _iterate(conn, aenderung.c.tabelle == angebot.name, aenderung.c.fid > stand)
    return [msgspec.convert(now, Angebot) for _, now in since]


def _place(stated: dict[str, Any]) -> tuple[str, str]:
    return stated["quelle"], stated["standort"]["schluessel"]


def _iterate(conn: Connection, *asked: sa.ColumnElement[bool]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the statements of entries, oldest first."""
    query = sa.select(aenderung.c.id, aenderung.c.nachher).where(*asked, aenderung.c.nachher.is_not(None))
    for row in conn.execute(query.order_by(aenderung.c.fid)):
        yield row.id, row.nachher


def list_schritte(conn: Connection, id: str) -> list[Schritt]:  # noqa: A002 - the column's name
    """List what happened to an Angebot, oldest first.

    On PostgreSQL the public's begins after what was confidential last.
    """
    return [_read_schritt(each) for each in list_changes(conn, id)]


def list_schritte_of_edited(conn: Connection, quelle: str) -> dict[str, list[Schritt]]:
    """List what happened to those Angebote of a source that a person changed, by row key, oldest first."""
    entries = sa.select(aenderung.c.akteur, aenderung.c.id).where(aenderung.c.tabelle == angebot.name).distinct()
    ids = {row.id for row in conn.execute(entries) if is_person(row.akteur)}
    keys = sa.select(angebot.c.id, angebot.c.schluessel).where(angebot.c.quelle == quelle)
    return {row.schluessel: list_schritte(conn, row.id) for row in conn.execute(keys) if row.id in ids}


def _read_schritt(entry: Aenderung) -> Schritt:
    was, now = (None if each is None else msgspec.convert(each, Angebot) for each in (entry.vorher, entry.nachher))
    said = {name: getattr(entry, name) for name in ("zeitpunkt", "akteur", "grund", "version")}
    return Schritt(**said, vorher=was, nachher=now)


def bump(conn: Connection, topic: str) -> None:
    """Count a change of a topic."""
    raised = conn.execute(revision.update().where(revision.c.thema == topic).values(stand=revision.c.stand + 1))
    if not raised.rowcount:
        conn.execute(revision.insert(), {"thema": topic, "stand": 1})


def read_revision(conn: Connection) -> dict[str, int]:
    """Read all counters; a topic nothing was ever written to is absent."""
    topics, counts = _write_revision(conn.dialect).columns(conn, {})
    return dict(zip(topics, counts, strict=True))


def carry_revision() -> sa.ScalarSelect[str]:
    """Read all counters in one value of another statement, which `parse_revision` takes apart."""
    each = revision.c.thema + "=" + sa.cast(revision.c.stand, sa.Text)
    return sa.select(sa.func.coalesce(sa.func.aggregate_strings(each, " "), "")).scalar_subquery()


def parse_revision(carried: str) -> dict[str, int]:
    """Give counters as `read_revision` does."""
    return {topic: int(count) for topic, _, count in (each.partition("=") for each in carried.split())}


@lru_cache(maxsize=16)
def _write_revision(dialect: Dialect) -> Statement:
    """Write down what every answer asks for first."""
    return write(sa.select(revision.c.thema, revision.c.stand), dialect)
