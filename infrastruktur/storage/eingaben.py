"""One Angebot as it stands, for whoever changes it; and what is kept of changes beside the history.

A request that may be sent twice is answered once and its answer kept; a statement that was not taken, because somebody
else had just stated otherwise, is kept until that field is stated anew or the whole is confirmed.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from infrastruktur.domain.angebot import Angebot
from infrastruktur.domain.eingabe import Ort
from infrastruktur.storage.angebote import list_angebote_of_quelle
from infrastruktur.storage.editing_tables import eingabe, widerspruch
from infrastruktur.storage.history import ANGEBOTE, MASSNAHMEN, bump
from infrastruktur.storage.tables import angebot, standort

KEPT_DAYS = 7
"""So long an answer is kept for a request that is sent again."""


class Sache(StrEnum):
    """What statements may be in dispute of."""

    ANGEBOT = "angebot"
    MASSNAHME = "massnahme"

    @property
    def topic(self) -> str:
        return ANGEBOTE if self is Sache.ANGEBOT else MASSNAHMEN


class Bestand(msgspec.Struct, frozen=True, kw_only=True):
    """An Angebot as the catalogue holds it. `version` counts its edits and, behind the dot, those of its Standort."""

    angebot: Angebot
    ort: Ort
    version: str


class Antwort(msgspec.Struct, frozen=True, kw_only=True):
    """What a request was, as a digest, and what came of it, as JSON."""

    pruefsumme: str
    ergebnis: str


def find_bestand(conn: Connection, id: str) -> Bestand | None:  # noqa: A002 - the column's name
    """Find an Angebot by its id, closed and void ones among them."""
    row = conn.execute(_query().where(angebot.c.id == id)).one_or_none()
    if row is None:
        return None
    return _build(row, list_angebote_of_quelle(conn, row.quelle, {row.schluessel})[row.schluessel])


def list_bestand(conn: Connection, arten: Collection[str]) -> dict[str, Bestand]:
    """List the Angebote of some kinds by id, closed and void ones among them."""
    return _list_bestand(conn, angebot.c.art.in_(arten))


def list_bestand_of(conn: Connection, ids: Collection[str]) -> dict[str, Bestand]:
    """List a few Angebote by their ids, closed and void ones among them."""
    return _list_bestand(conn, angebot.c.id.in_(ids))


def _list_bestand(conn: Connection, asked: sa.ColumnElement[bool]) -> dict[str, Bestand]:
    rows = conn.execute(_query().where(asked).order_by(angebot.c.fid)).all()
    stated = {
        quelle: list_angebote_of_quelle(conn, quelle, {row.schluessel for row in rows if row.quelle == quelle})
        for quelle in dict.fromkeys(row.quelle for row in rows)
    }
    return {row.id: _build(row, stated[row.quelle][row.schluessel]) for row in rows}


def _query() -> sa.Select[Any]:
    named = [angebot.c[name] for name in ("id", "quelle", "schluessel")]
    placed = [standort.c[name] for name in ("kommune", "sozialraum", "lage")]
    return sa.select(*named, *placed, VERSION).join(standort, standort.c.id == angebot.c.standort)


def _build(row: sa.Row[Any], found: Angebot) -> Bestand:
    ort = Ort(kommune=row.kommune, sozialraum=row.sozialraum, lage=row.lage or "ohne_punkt")
    return Bestand(angebot=found, ort=ort, version=row.version)


VERSION = (sa.cast(angebot.c.version, sa.Text) + "." + sa.cast(standort.c.version, sa.Text)).label("version")


def find_antwort(conn: Connection, akteur: str, schluessel: str) -> Antwort | None:
    """Find what was answered to a request of this name."""
    asked = (eingabe.c.akteur == akteur, eingabe.c.schluessel == schluessel)
    row = conn.execute(sa.select(eingabe.c.pruefsumme, eingabe.c.ergebnis).where(*asked)).one_or_none()
    return None if row is None else Antwort(pruefsumme=row.pruefsumme, ergebnis=row.ergebnis)


def keep_antwort(conn: Connection, akteur: str, schluessel: str, antwort: Antwort) -> None:
    """Keep what was answered, and forget one's own that is too old."""
    forget_antworten(conn)
    row = {"akteur": akteur, "schluessel": schluessel, "zeitpunkt": _text(datetime.now(UTC))}
    conn.execute(eingabe.insert(), {**row, **msgspec.structs.asdict(antwort)})


def forget_antworten(conn: Connection) -> None:
    """Forget what is older than `KEPT_DAYS`; on PostgreSQL a person's own, and everybody's only at an import."""
    conn.execute(eingabe.delete().where(eingabe.c.zeitpunkt < _text(datetime.now(UTC) - timedelta(days=KEPT_DAYS))))


def add_widerspruch(
    conn: Connection,
    id: str,  # noqa: A002 - the column's name
    akteur: str,
    angaben: Mapping[str, Any],
    sache: Sache = Sache.ANGEBOT,
) -> None:
    """Keep statements (field → what was stated) of an Angebot or a Maßnahme that were not taken."""
    of = widerspruch.c[sache.value]
    now = _text(datetime.now(UTC))
    same = (of == id, widerspruch.c.akteur == akteur, widerspruch.c.feld.in_(sorted(angaben)))
    retried = widerspruch.update().where(*same, widerspruch.c.erledigt.is_(None))
    conn.execute(retried.values(erledigt=now))  # a retry is no second dispute
    rows = [
        {sache.value: id, "feld": feld, "akteur": akteur, "zeitpunkt": now, "angabe": msgspec.to_builtins(angabe)}
        for feld, angabe in angaben.items()
    ]
    conn.execute(widerspruch.insert(), rows)
    bump(conn, sache.topic)


def settle_widerspruch(
    conn: Connection, ids: Collection[str], felder: Collection[str] | None = None, sache: Sache = Sache.ANGEBOT
) -> None:
    """Take fields of a few Angebote or Maßnahmen as settled, None all of them."""
    opened = (widerspruch.c[sache.value].in_(ids), widerspruch.c.erledigt.is_(None))
    named = sa.true() if felder is None else widerspruch.c.feld.in_(sorted(felder))
    settled = conn.execute(widerspruch.update().where(*opened, named).values(erledigt=_text(datetime.now(UTC))))
    if settled.rowcount:
        bump(conn, sache.topic)


def list_widersprueche(
    conn: Connection, known_at: datetime | None = None, sache: Sache = Sache.ANGEBOT
) -> dict[str, Sequence[str]]:
    """List the fields in dispute by the id of their Angebot or Maßnahme, in the order they came up, each once.

    Those of now, or of a moment.
    """
    of = widerspruch.c[sache.value]
    asked: list[sa.ColumnElement[bool]] = [widerspruch.c.erledigt.is_(None)]
    if known_at is not None:
        then = _text(known_at.astimezone(UTC))
        asked = [widerspruch.c.zeitpunkt <= then, sa.or_(*asked, widerspruch.c.erledigt > then)]
    query = sa.select(of, widerspruch.c.feld).where(of.is_not(None), *asked)
    found: dict[str, dict[str, None]] = {}
    for id_, feld in conn.execute(query.order_by(widerspruch.c.fid)):
        found.setdefault(id_, {})[feld] = None
    return {id_: tuple(felder) for id_, felder in found.items()}


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")
