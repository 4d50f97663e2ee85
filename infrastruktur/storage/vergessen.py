"""Erase texts of an Angebot wherever they were kept: the one change of the history that its triggers let pass."""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from infrastruktur.domain.angebot import Angebot
from infrastruktur.domain.felder import ADRESSE
from infrastruktur.domain.vergessen import GELOESCHT, GRUND, forget
from infrastruktur.storage.editing_tables import eingabe, vorschlag, widerspruch
from infrastruktur.storage.history import ANGEBOTE, VERGESSEN, Aenderung, append, bump, list_schritte
from infrastruktur.storage.tables import aenderung, angebot, ergebnis, standort, traeger


def forget_everywhere(conn: Connection, id: str, felder: Collection[str]) -> None:  # noqa: A002 - the column's name
    """Erase texts of an Angebot from its history and proposals, and drop what else was kept of them.

    Kept answers to requests and computed figures are dropped whole; both come again when they are asked for.
    """
    _forget_places(conn, {each.standort_id for each in _list_statements(conn, id)}, felder)
    _forget_rows(conn, aenderung, aenderung.c.id == id, felder, (GRUND,))
    _forget_rows(conn, vorschlag, vorschlag.c.angebot == id, felder, (GRUND, "text"))
    said = widerspruch.update().where(widerspruch.c.angebot == id, widerspruch.c.feld.in_(sorted(felder)))
    conn.execute(said.values(angabe=GELOESCHT))
    conn.execute(eingabe.delete().where(eingabe.c.ergebnis.contains(id, autoescape=True)))
    conn.execute(ergebnis.delete())
    left = sa.exists().where(angebot.c.traeger == traeger.c.id)
    conn.execute(traeger.delete().where(~left))
    bump(conn, VERGESSEN)
    bump(conn, ANGEBOTE)


def tell_forgotten(conn: Connection, stated: Angebot, *, akteur: str, grund: str) -> None:
    """Add the entry that says that something was erased, as the next version of what stands there."""
    changed = angebot.update().where(angebot.c.id == stated.id).values(version=angebot.c.version + 1)
    conn.execute(changed)
    version = conn.scalar(sa.select(angebot.c.version).where(angebot.c.id == stated.id)) or 0
    now = msgspec.to_builtins(stated)
    said = Aenderung(
        tabelle=angebot.name, id=stated.id, akteur=akteur, grund=grund, version=version, vorher=now, nachher=now
    )
    append(conn, [said])


def _list_statements(conn: Connection, id: str) -> list[Angebot]:  # noqa: A002 - the column's name
    return [
        each for schritt in list_schritte(conn, id) for each in (schritt.vorher, schritt.nachher) if each is not None
    ]


def _forget_places(conn: Connection, standorte: Collection[str], felder: Collection[str]) -> None:
    """Erase the address of Standorte the Angebot has left and nobody stands at any more."""
    left = (standort.c.id.in_(sorted(standorte)), ~sa.exists().where(angebot.c.standort == standort.c.id))
    for name in felder:
        if name in ADRESSE:
            conn.execute(standort.update().where(*left, standort.c[name] != "").values({name: GELOESCHT}))


def _forget_rows(
    conn: Connection, table: sa.Table, asked: sa.ColumnElement[bool], felder: Collection[str], texts: Collection[str]
) -> None:
    """Erase from the statements of rows, and where reasons are named from what people wrote with them."""
    statements = [name for name in ("vorher", "nachher", "felder") if name in table.c]
    names = [*statements, *texts] if GRUND in felder else statements
    columns = [table.c[name] for name in names]
    for row in conn.execute(sa.select(table.c.fid, *columns).where(asked)).all():
        was = row._asdict()
        fid = was.pop("fid")
        now = {name: _forget_value(value, felder) for name, value in was.items()}
        if now != was:
            conn.execute(table.update().where(table.c.fid == fid).values(**now))


def _forget_value(value: Any, felder: Collection[str]) -> Any:
    if isinstance(value, Mapping):
        return forget(value, felder)
    return GELOESCHT if value else value
