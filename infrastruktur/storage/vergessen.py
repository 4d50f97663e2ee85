"""Erase texts wherever they were kept: the one change of the history that its triggers let pass.

Kept answers to requests and computed figures are dropped whole; both come again when they are asked for.
"""

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from infrastruktur.domain.angebot import Angebot, traeger_id
from infrastruktur.domain.felder import ADRESSE
from infrastruktur.domain.massnahme import Massnahme
from infrastruktur.domain.vergessen import GELOESCHT, GRUND, forget, forget_kennung
from infrastruktur.storage.editing_tables import eingabe, massnahme, vorschlag, widerspruch
from infrastruktur.storage.history import ANGEBOTE, MASSNAHMEN, VERGESSEN, Aenderung, append, bump, list_schritte
from infrastruktur.storage.tables import (
    aenderung,
    angebot,
    ergebnis,
    standort,
    stichtag,
    szenario,
    traeger,
    zugangstoken,
)
from infrastruktur.storage.zugaenge import is_of

_STATEMENTS = ("vorher", "nachher", "felder", "aenderungen")
"""Columns that hold statements, whatever the table."""
_PERSONS = {aenderung: ("akteur",), vorschlag: ("akteur", "urheber"), widerspruch: ("akteur",), stichtag: ("akteur",)}
"""Where somebody is named who did something."""


def forget_everywhere(conn: Connection, id: str, felder: Collection[str]) -> None:  # noqa: A002 - the column's name
    """Erase texts of an Angebot from its history and proposals, and drop what else was kept of them."""
    statements = _list_statements(conn, id)
    _forget_places(conn, {each.standort_id for each in statements}, felder)
    _forget_rows(conn, aenderung, aenderung.c.id == id, felder, _reasons(felder, GRUND))
    forget_proposals(conn, id, felder)
    _forget_disputed(conn, widerspruch.c.angebot == id, felder)
    if "traeger" in felder:
        _forget_traeger(conn, {traeger_id(each.traeger) for each in statements if each.traeger})
    bump(conn, ANGEBOTE)


def forget_proposals(conn: Connection, id: str, felder: Collection[str]) -> int:  # noqa: A002 - the column's name
    """Erase texts from all that was proposed of an Angebot, whether it ever came or not; count the steps."""
    _drop_answers(conn, id)
    steps = vorschlag.c.angebot == id
    _forget_rows(conn, vorschlag, steps, felder, _reasons(felder, GRUND, "text"))
    return conn.scalar(sa.select(sa.func.count()).select_from(vorschlag).where(steps)) or 0


def forget_massnahme(conn: Connection, id: str, felder: Collection[str]) -> None:  # noqa: A002 - the column's name
    """Erase texts of a Maßnahme from its history."""
    _drop_answers(conn, id)
    _forget_rows(conn, aenderung, aenderung.c.id == id, felder, _reasons(felder, GRUND))
    _forget_disputed(conn, widerspruch.c.massnahme == id, felder)
    bump(conn, MASSNAHMEN)


def forget_stichtag(conn: Connection, id: str, felder: Sequence[str]) -> bool:  # noqa: A002 - the column's name
    """Erase title and reason of a frozen Stichtag; its checksum holds no texts. False where there is none."""
    bump(conn, VERGESSEN)
    return _forget_rows(conn, stichtag, stichtag.c.id == id, (), felder)


def forget_szenario(conn: Connection, id: str, felder: Collection[str]) -> bool:  # noqa: A002 - the column's name
    """Erase names from all versions of a scenario and from the Angebote in it; False where there is none."""
    bump(conn, VERGESSEN)
    return _forget_rows(conn, szenario, szenario.c.id == id, felder, [each for each in felder if each == "name"])


def forget_person(conn: Connection, kennung: str) -> int:
    """Erase who did something, and the name of their token; count the places where they were named."""
    done = 0
    for table, columns in _PERSONS.items():
        for name in columns:
            of_person = table.update().where(table.c[name] == kennung)
            done += conn.execute(of_person.values({name: forget_kennung(kennung)})).rowcount
    conn.execute(eingabe.delete().where(eingabe.c.akteur == kennung))
    own = zugangstoken.update().where(is_of(kennung))
    done += conn.execute(own.values(name=GELOESCHT, inhaber=forget_kennung(kennung))).rowcount
    bump(conn, VERGESSEN)
    return done


def tell_forgotten(conn: Connection, stated: Angebot | Massnahme, *, akteur: str, grund: str) -> None:
    """Add the entry that says that something was erased, as the next version of what stands there."""
    table = angebot if isinstance(stated, Angebot) else massnahme
    conn.execute(table.update().where(table.c.id == stated.id).values(version=table.c.version + 1))
    version = conn.scalar(sa.select(table.c.version).where(table.c.id == stated.id)) or 0
    now = msgspec.to_builtins(stated)
    said = Aenderung(
        tabelle=table.name, id=stated.id, akteur=akteur, grund=grund, version=version, vorher=now, nachher=now
    )
    append(conn, [said])


def note_forgotten(conn: Connection, tabelle: str, id: str, *, akteur: str, grund: str) -> None:  # noqa: A002
    """Add the entry that says that something was erased of what has no history of its own."""
    append(conn, [Aenderung(tabelle=tabelle, id=id, akteur=akteur, grund=grund, vorher=None, nachher=None)])


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


def _forget_disputed(conn: Connection, asked: sa.ColumnElement[bool], felder: Collection[str]) -> None:
    said = widerspruch.update().where(asked, widerspruch.c.feld.in_(sorted(felder)))
    conn.execute(said.values(angabe=GELOESCHT))


def _forget_traeger(conn: Connection, ids: Collection[str]) -> None:
    """Drop the Träger that an Angebot named, where no other names them."""
    left = ~sa.exists().where(angebot.c.traeger == traeger.c.id)
    conn.execute(traeger.delete().where(traeger.c.id.in_(sorted(ids)), left))


def _drop_answers(conn: Connection, id: str) -> None:  # noqa: A002 - the column's name
    conn.execute(eingabe.delete().where(eingabe.c.ergebnis.contains(id, autoescape=True)))
    conn.execute(ergebnis.delete())
    bump(conn, VERGESSEN)


def _reasons(felder: Collection[str], *columns: str) -> Sequence[str]:
    """Name the columns of what people wrote beside a statement, where reasons shall be erased."""
    return columns if GRUND in felder else ()


def _forget_rows(
    conn: Connection, table: sa.Table, asked: sa.ColumnElement[bool], felder: Collection[str], texts: Sequence[str]
) -> bool:
    """Erase fields from the statements of rows, and whole `texts` beside them; False where there is no row."""
    statements = [name for name in _STATEMENTS if name in table.c]
    rows = conn.execute(sa.select(table.c.fid, *(table.c[name] for name in (*statements, *texts))).where(asked)).all()
    for row in rows:
        was = row._asdict()
        fid = was.pop("fid")
        now: dict[str, Any] = {name: forget(was[name], felder) for name in statements}
        now |= {name: GELOESCHT for name in texts if was[name]}
        changed = {name: value for name, value in now.items() if value != was[name]}
        if changed:
            conn.execute(table.update().where(table.c.fid == fid).values(**changed))
    return bool(rows)
