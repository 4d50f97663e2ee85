"""What layers show: one row for each Angebot and each time its status, main size and areas stay the same.

The catalogue's own tables keep each fact once; a layer wants them side by side. Joined at every
question, the first page of 20,000 Angebote and its count cost PostgreSQL 45 ms, from here 7 ms.
Written only where Angebote, Standorte or their places are written. What no source says is null here.

How many there are is kept beside them, by all that decides whether a layer shows them: a page states the number of the
whole, and to count 20,000 costs PostgreSQL 1.8 ms, to add up these numbers 0.1.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from infrastruktur.domain.angebot import SELBSTVERANTWORTET, Angebot, list_fassungen
from infrastruktur.domain.art import get_art
from infrastruktur.domain.oeffnungszeiten import find_oeffnungszeiten
from infrastruktur.domain.raum import Lagezeit
from infrastruktur.storage.lagezeiten import list_lagezeiten
from infrastruktur.storage.tables import angebot, fassung, fassungszahl, lagezeit, standort
from infrastruktur.storage.zeilenrechte import following

_ADDRESS = ("strasse", "hausnummer", "plz", "ort")
_PLACE = ("kommune", "sozialraum", "geom")
_COUNTED = [fassung.c[name] for name in ("oeffentlich", "art", "gueltig_von", "gueltig_bis")]
_FEW = 500
_BEHIND = 1_000_000_000
"""What has no point comes last: QGIS takes a layer whose first ten features have none for a table without a map."""


def is_public() -> sa.ColumnElement[bool]:
    """Leave out, in a query over angebot and standort, what the public must not see."""
    return sa.and_(
        angebot.c.vertraulich.is_(sa.false()),
        standort.c.vertraulich.is_(sa.false()),
        angebot.c.art != SELBSTVERANTWORTET,
    )


def put_fassungen(conn: Connection, stated: Sequence[Angebot], left: Collection[str] = ()) -> None:
    """Lay out Angebote anew, once they and their Standorte are stored; `left` are Standorte they stood at before."""
    ids = [each.id for each in stated]
    with following(conn), _counting(conn, _few(fassung.c.id, ids)):
        moves = list_lagezeiten(conn, {each.standort_id for each in stated})
        rows = [row for each in stated for row in _rows(each, moves.get(each.standort_id, ()))]
        for begin in range(0, len(ids), _FEW):
            conn.execute(fassung.delete().where(fassung.c.id.in_(ids[begin : begin + _FEW])))
        if rows:
            conn.execute(fassung.insert(), rows)
    place_fassungen(conn, {*left, *(each.standort_id for each in stated)})


def place_fassungen(conn: Connection, standorte: Collection[str]) -> None:
    """Give what is laid out at some Standorte their address and point, and say what there is public."""
    few = _few(standort.c.id, standorte)
    with following(conn), _counting(conn, _few(fassung.c.standort, standorte)):
        _tell_public(conn, few)
        _place(conn, few)


def _few(column: sa.Column[str], ids: Collection[str]) -> sa.ColumnElement[bool]:
    """Say which rows are meant; where they are many, all."""
    return column.in_(ids) if len(ids) <= _FEW else sa.true()


def count_fassungen(conn: Connection) -> None:
    """Count all that is laid out anew."""
    conn.execute(fassungszahl.delete())
    counted = sa.select(*_COUNTED, sa.func.count()).group_by(*_COUNTED)
    conn.execute(fassungszahl.insert().from_select([*(column.name for column in _COUNTED), "anzahl"], counted))


@contextmanager
def _counting(conn: Connection, few: sa.ColumnElement[bool]) -> Iterator[None]:
    """Keep the numbers in step with what is written to some rows meanwhile."""
    before = _count(conn, few)
    yield
    changed = _count(conn, few)
    changed.subtract(before)
    for alike, more in changed.items():
        if more:
            _add(conn, alike, more)
    conn.execute(fassungszahl.delete().where(fassungszahl.c.anzahl == 0))


def _count(conn: Connection, few: sa.ColumnElement[bool]) -> Counter[tuple[Any, ...]]:
    counted = sa.select(*_COUNTED, sa.func.count()).where(few).group_by(*_COUNTED)
    return Counter({tuple(alike): count for *alike, count in conn.execute(counted)})


def _add(conn: Connection, alike: tuple[Any, ...], more: int) -> None:
    values = {column.name: value for column, value in zip(_COUNTED, alike, strict=True)}
    same = [fassungszahl.c[name].is_not_distinct_from(value) for name, value in values.items()]
    raised = conn.execute(fassungszahl.update().where(*same).values(anzahl=fassungszahl.c.anzahl + more))
    if not raised.rowcount:
        conn.execute(fassungszahl.insert(), {**values, "anzahl": more})


def _tell_public(conn: Connection, few: sa.ColumnElement[bool]) -> None:
    """Keep with Angebote and Standorte whether the public may know of them, where that is no longer so."""
    told = angebot.update().values(oeffentlich=is_public())
    wrong = angebot.c.oeffentlich != is_public()
    conn.execute(told.where(standort.c.id == angebot.c.standort, wrong, few))
    some = sa.exists().where(angebot.c.standort == standort.c.id, angebot.c.oeffentlich.is_(sa.true()))
    conn.execute(standort.update().values(oeffentlich=some).where(standort.c.oeffentlich != some, few))


def _place(conn: Connection, few: sa.ColumnElement[bool]) -> None:
    placed = fassung.update().values(
        nr=sa.case((standort.c.geom.is_(None), angebot.c.fid + _BEHIND), else_=angebot.c.fid),
        oeffentlich=is_public(),
        # As they are stored: taken out and put in again, each point would go through Python twice.
        **{name: sa.type_coerce(standort.c[name], sa.types.NullType()) for name in _PLACE},
        **{name: sa.func.nullif(standort.c[name], "") for name in _ADDRESS},
    )
    conn.execute(placed.where(angebot.c.id == fassung.c.id, standort.c.id == fassung.c.standort, few))
    areas = {name: sa.func.nullif(lagezeit.c[name], "") for name in ("kommune", "sozialraum")}
    held = (lagezeit.c.standort == fassung.c.standort, _holds_at_begin(), standort.c.id == fassung.c.standort, few)
    conn.execute(fassung.update().values(**areas).where(*held))


def _holds_at_begin() -> sa.ColumnElement[bool]:
    """Tell which time of a Standort a row is of: none begins or ends within one."""
    begin = sa.func.coalesce(fassung.c.gueltig_von, date.min)
    return sa.and_(
        sa.func.coalesce(lagezeit.c.gueltig_von, date.min) <= begin,
        sa.func.coalesce(lagezeit.c.gueltig_bis, date.max) >= begin,
    )


@dataclass(frozen=True)
class Angebotszeit:
    """A time in which an Angebot's status and main size stay the same, both days inclusive, None open."""

    id: str
    art: str
    name: str
    quelle: str
    kommune: str | None
    status: str
    kapazitaet: float | None
    gueltig_von: date | None
    gueltig_bis: date | None
    anlass: str
    """Why the main size is what it is since it last changed."""


def list_angebotszeiten(conn: Connection, arten: Collection[str], *, public: bool) -> list[Angebotszeit]:
    """List the times of the Angebote of some kinds, those of an Angebot together and in their order.

    Each in the Kommune it lies in now, so that no time leaves the others when Kommunen merge.
    """
    columns = [fassung.c[name] for name in ("id", "art", "name")]
    times = [fassung.c[name] for name in ("status", "kapazitaet", "gueltig_von", "gueltig_bis")]
    query = (
        sa.select(*columns, angebot.c.quelle, standort.c.kommune, *times, angebot.c.attribute)
        .join(angebot, angebot.c.id == fassung.c.id)
        .join(standort, standort.c.id == fassung.c.standort)
        .where(fassung.c.art.in_(arten), fassung.c.oeffentlich.is_(sa.true()) if public else sa.true())
        .order_by(fassung.c.nr, fassung.c.id, fassung.c.gueltig_von.is_not(None), fassung.c.gueltig_von)
    )
    return [
        Angebotszeit(
            **{each.name: getattr(row, each.name) for each in fields(Angebotszeit) if each.name != "anlass"},
            anlass=str((row.attribute or {}).get("kapazitaet_anlass", "")),
        )
        for row in conn.execute(query)
    ]


def _rows(stated: Angebot, moves: Sequence[Lagezeit]) -> list[dict[str, Any]]:
    art = get_art(stated.art)
    facts = {
        "id": stated.id,
        "nr": 0,
        "oeffentlich": False,
        "standort": stated.standort_id,
        "traeger": stated.traeger or None,
        "hauptgroesse": art.groesse,
        "oeffnungszeiten": find_oeffnungszeiten(stated),
        **{name: getattr(stated, name) for name in ("art", "name", "stand", "zuletzt_geprueft")},
    }
    times = list_fassungen(stated, art.groesse, moves)
    return [{**facts, **msgspec.structs.asdict(time), "status": time.status.value} for time in times]
