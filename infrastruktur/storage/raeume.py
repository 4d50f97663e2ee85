"""The region and its areas: Kommunen, Sozialräume and Bezirke, each in dated versions of its outline."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec
import numpy as np
import shapely
import sqlalchemy as sa
from sqlalchemy import Connection

from infrastruktur.domain.angebot import NAMESPACE
from infrastruktur.domain.errors import NotFound
from infrastruktur.domain.raum import Ebene, Raum
from infrastruktur.storage.history import RAEUME, Aenderung, Change, append, bump
from infrastruktur.storage.tables import kommune, region, sozialraum


class Region(msgspec.Struct, frozen=True, kw_only=True):
    """What an installation covers. `hinweis` is what every reader must know; `stichtag` the day of its data."""

    schluessel: str
    name: str
    titel: str
    hinweis: str
    stichtag: date | None = None


def get_region(conn: Connection) -> Region | None:
    """Give the installation's region; None before the first import."""
    row = conn.execute(sa.select(*(region.c[name] for name in Region.__struct_fields__))).first()
    return None if row is None else Region(**row._asdict())


def put_region(conn: Connection, new: Region) -> None:
    """Set the installation's region; there is one."""
    if get_region(conn) == new:
        return
    conn.execute(region.delete())
    conn.execute(region.insert(), msgspec.structs.asdict(new))
    bump(conn, RAEUME)


def list_raeume(conn: Connection, ebenen: Collection[Ebene], stichtag: date | None) -> list[Raum]:
    """List the areas of some levels that are valid on a day, ordered by key; None lists all versions."""
    found: list[Raum] = []
    for table in (kommune, sozialraum):
        wanted = [ebene.value for ebene in ebenen if _table(ebene) is table and ebene is not Ebene.REGION]
        if wanted:
            query = sa.select(*_columns(table)).where(table.c.ebene.in_(wanted))
            found += _load(conn, query if stichtag is None else query.where(valid_on(table, stichtag)))
    return sorted(found, key=_order)


def list_raeume_of_quelle(conn: Connection, quelle: str) -> dict[str, Raum]:
    """Give the newest version of each area of a source, by key."""
    found: list[Raum] = []
    for table in (kommune, sozialraum):
        found += _load(conn, sa.select(*_columns(table)).where(table.c.quelle == quelle))
    return {raum.schluessel: raum for raum in sorted(found, key=_order)}


def apply_raeume(conn: Connection, change: Change[Raum], *, akteur: str, grund: str) -> None:
    """Store new and changed areas and end others, unless they ended before.

    A changed area with a later begin is a new version: the one before ends the day before. One with
    the same begin corrects the version in place.

    Raises
    ------
    NotFound
        An area that shall end is not known of this source.

    """
    newest = list_raeume_of_quelle(conn, change.quelle)
    entries: list[Aenderung] = []
    for raum in (*change.neu, *change.geaendert):
        for before, after in _steps(newest.get(raum.schluessel), raum):
            entries += _put(conn, before, after, akteur=akteur, grund=grund)
    for key, last in change.beendet:
        if key not in newest:
            raise NotFound(f"Das Gebiet „{key}“ der Quelle „{change.quelle}“ gibt es nicht.")
        current = newest[key]
        if current.gueltig_bis is None or current.gueltig_bis > last:
            ended = msgspec.structs.replace(current, gueltig_bis=last)
            entries += _put(conn, current, ended, akteur=akteur, grund=grund)
    append(conn, entries)
    if entries:
        bump(conn, RAEUME)


def valid_on(table: sa.FromClause, day: date | sa.ColumnElement[date]) -> sa.ColumnElement[bool]:
    """Tell whether a dated row holds on a day; both ends are inclusive, null is open."""
    begins, ends = table.c.gueltig_von, table.c.gueltig_bis
    return sa.and_(sa.or_(begins.is_(None), begins <= day), sa.or_(ends.is_(None), ends >= day))


def raum_id(raum: Raum) -> str:
    """Identify a version of an area by its key and begin."""
    return str(uuid.uuid5(NAMESPACE, f"raum/{raum.schluessel}/{raum.gueltig_von or ''}"))


def _steps(current: Raum | None, stated: Raum) -> Iterable[tuple[Raum | None, Raum]]:
    """Give the pairs of before and after that bring a stated area in."""
    if current is None or stated.gueltig_von is None or (current.gueltig_von or date.min) >= stated.gueltig_von:
        same = current is not None and current.gueltig_von == stated.gueltig_von
        yield (current if same else None), stated
        return
    last = stated.gueltig_von - timedelta(days=1)
    if current.gueltig_bis is None or current.gueltig_bis > last:
        yield current, msgspec.structs.replace(current, gueltig_bis=last)
    yield None, stated


def _put(conn: Connection, before: Raum | None, after: Raum, *, akteur: str, grund: str) -> list[Aenderung]:
    """Store one version; nothing is written where nothing differs."""
    table = _table(after.ebene)
    was, now = (None if before is None else _statement(before)), _statement(after)
    if was == now:
        return []
    row = {**msgspec.structs.asdict(after), "ebene": after.ebene.value}
    row["geom"] = shapely.to_wkb(row.pop("geom_25832"), byte_order=1)
    if before is None:
        conn.execute(table.insert(), {**row, "id": raum_id(after)})
    else:
        known = table.update().where(table.c.id == raum_id(before))
        conn.execute(known.values(version=table.c.version + 1, **row))
    return [Aenderung(tabelle=table.name, id=raum_id(after), akteur=akteur, grund=grund, vorher=was, nachher=now)]


def _statement(raum: Raum) -> dict[str, Any]:
    """Write an area as JSON for the history, its outline as WKB in hex."""
    plain = {**msgspec.structs.asdict(raum), "geom_25832": shapely.to_wkb(raum.geom_25832, hex=True, byte_order=1)}
    built: dict[str, Any] = msgspec.to_builtins(plain)
    return built


def read_statement(stated: dict[str, Any]) -> Raum:
    """Read an area as the history has it."""
    return msgspec.convert({**stated, "geom_25832": shapely.from_wkb(stated["geom_25832"])}, Raum)


def restore_raeume(conn: Connection, known: Sequence[Raum]) -> None:
    """Store versions of areas in a catalogue that has none, as a history tells them."""
    for raum in known:
        _put(conn, None, raum, akteur="", grund="")


def _table(ebene: Ebene) -> sa.Table:
    return kommune if ebene is Ebene.KOMMUNE else sozialraum


def _columns(table: sa.Table) -> list[sa.Column[Any]]:
    return [table.c["geom" if name == "geom_25832" else name] for name in Raum.__struct_fields__]


def _load(conn: Connection, query: sa.Select[Any]) -> list[Raum]:
    rows = [row._asdict() for row in conn.execute(query)]
    outlines = np.atleast_1d(shapely.from_wkb([row.pop("geom") for row in rows]))
    return [
        Raum(**{**row, "ebene": Ebene(row["ebene"]), "geom_25832": outline})
        for row, outline in zip(rows, outlines, strict=True)
    ]


def _order(raum: Raum) -> tuple[str, date]:
    return raum.schluessel, raum.gueltig_von or date.min
