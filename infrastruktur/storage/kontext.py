"""Kontext: what the values of a Sozialraummonitoring mean, and the values by source, indicator, day and area."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from infrastruktur.domain.errors import Grund
from infrastruktur.domain.kontext import Kontextindikator, Kontextwert, Richtung, Thema
from infrastruktur.domain.raum import Ebene
from infrastruktur.storage.abgeloest import keep_replaced, list_former
from infrastruktur.storage.history import KONTEXT, Aenderung, append, bump
from infrastruktur.storage.tables import kontextindikator, kontextwert

_WERT = [kontextwert.c[name] for name in Kontextwert.__struct_fields__]
_INDIKATOR = [kontextindikator.c[name] for name in Kontextindikator.__struct_fields__]


def list_kontextindikatoren_of_quelle(conn: Connection, quelle: str) -> list[Kontextindikator]:
    """List the indicators a source has values of, by code."""
    query = sa.select(*_INDIKATOR).where(kontextindikator.c.quelle == quelle)
    found = (_build_indikator(row) for row in conn.execute(query).mappings())
    return sorted(found, key=lambda each: each.code)


def list_kontextindikatoren(conn: Connection) -> list[Kontextindikator]:
    """List the indicators there are values of, in the order they were first stored; each once, as last stated."""
    query = sa.select(*_INDIKATOR).order_by(kontextindikator.c.fid)
    return list({row["code"]: _build_indikator(row) for row in conn.execute(query).mappings()}.values())


def list_kontextwerte_of_quelle(conn: Connection, quelle: str) -> list[Kontextwert]:
    """List all values of a source, in the order of the value."""
    return _load(conn, sa.select(*_WERT).where(kontextwert.c.quelle == quelle))


def load_kontextwerte(conn: Connection, stichtag: date, *, zeitreihe: bool = False) -> list[Kontextwert]:
    """Load the values up to a day: of each source and indicator its newest day, or with `zeitreihe` all of them."""
    until = sa.select(*_WERT).where(kontextwert.c.stichtag <= stichtag)
    if zeitreihe:
        return _load(conn, until)
    keys = (kontextwert.c.quelle, kontextwert.c.indikator)
    newest = sa.select(*keys, sa.func.max(kontextwert.c.stichtag).label("stichtag"))
    latest = newest.where(kontextwert.c.stichtag <= stichtag).group_by(*keys).subquery()
    same = sa.and_(*(kontextwert.c[name] == latest.c[name] for name in ("quelle", "indikator", "stichtag")))
    return _load(conn, sa.select(*_WERT).join(latest, same))


def apply_kontext(
    conn: Connection,
    quelle: str,
    indikatoren: Sequence[Kontextindikator],
    rows: Sequence[Kontextwert],
    *,
    akteur: str,
    grund: str,
) -> None:
    """Replace a source's values of the days `rows` name, and what its indicators mean; the same changes nothing."""
    if foreign := {row.quelle for row in rows} - {quelle}:
        raise ValueError(f"rows of {sorted(foreign)} given as those of {quelle!r}")
    days = {row.stichtag for row in rows}
    before = [row for row in list_kontextwerte_of_quelle(conn, quelle) if row.stichtag in days]
    known = list_kontextindikatoren_of_quelle(conn, quelle)
    if before == sorted(rows, key=_key) and known == sorted(indikatoren, key=lambda each: each.code):
        return
    for day in {row.stichtag for row in before}:
        former = msgspec.msgpack.encode(Kontextstand(known, [row for row in before if row.stichtag == day]))
        keep_replaced(conn, kontextwert.name, (quelle, day.isoformat()), former)
    conn.execute(kontextwert.delete().where(kontextwert.c.quelle == quelle, kontextwert.c.stichtag.in_(days)))
    conn.execute(kontextindikator.delete().where(kontextindikator.c.quelle == quelle))
    if indikatoren:
        meanings = [{"quelle": quelle, **msgspec.to_builtins(each)} for each in indikatoren]
        conn.execute(kontextindikator.insert(), meanings)
    if rows:
        conn.execute(kontextwert.insert(), [msgspec.structs.asdict(row) for row in rows])
    was, now = _summary(before), _summary(rows)
    append(conn, [Aenderung(tabelle=kontextwert.name, id=quelle, akteur=akteur, grund=grund, vorher=was, nachher=now)])
    bump(conn, KONTEXT)


class Kontextstand(msgspec.Struct, frozen=True):
    """What a source says, and what its indicators mean."""

    indikatoren: list[Kontextindikator]
    werte: list[Kontextwert]


def list_kontext_at(conn: Connection, stand: int) -> dict[str, Kontextstand]:
    """List what each source said after an entry of the history.

    Raises
    ------
    InvalidParameter
        As `list_former`.

    """
    former = list_former(conn, kontextwert.name, stand)
    stated = [row for row in _load(conn, sa.select(*_WERT)) if (row.quelle, row.stichtag.isoformat()) not in former]
    found = {
        quelle: Kontextstand(list_kontextindikatoren_of_quelle(conn, quelle), list(rows))
        for quelle, rows in groupby(stated, key=lambda row: row.quelle)
    }
    for (quelle, _), packed in former.items():
        if packed is not None:
            then = msgspec.msgpack.decode(packed, type=Kontextstand)
            unchanged = found[quelle].werte if quelle in found else []
            found[quelle] = Kontextstand(then.indikatoren, [*unchanged, *then.werte])
    return found


def _key(row: Kontextwert) -> tuple[Any, ...]:
    """Order values, also where one has no number; each key occurs once."""
    return row.quelle, row.indikator, row.stichtag, row.raum


def _summary(rows: Sequence[Kontextwert]) -> dict[str, Any] | None:
    """Say for the history what a replaced or stored set was; the values themselves stand in their source."""
    if not rows:
        return None
    days = sorted({row.stichtag.isoformat() for row in rows})
    return {"stichtage": days, "indikatoren": sorted({row.indikator for row in rows}), "werte": len(rows)}


def _build_indikator(row: Any) -> Kontextindikator:
    kinds = {"thema": Thema, "richtung": Richtung, "unterste_ebene": Ebene}
    return Kontextindikator(**{**row, **{name: kind(row[name]) for name, kind in kinds.items()}})


def _load(conn: Connection, query: sa.Select[Any]) -> list[Kontextwert]:
    rows = (
        Kontextwert(**{**row, "grund": None if row["grund"] is None else Grund(row["grund"])})
        for row in conn.execute(query).mappings()
    )
    return sorted(rows, key=_key)
