"""People: counts by area, sex and age band, and census cells with their values."""

from collections.abc import Sequence
from datetime import date
from itertools import chain, groupby
from typing import Any

import msgspec
import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy import Connection

from infrastruktur.domain.bevoelkerung import Bevoelkerung, Zellen
from infrastruktur.domain.geometry import transform_xy
from infrastruktur.domain.gruppe import Geschlecht
from infrastruktur.storage.abgeloest import keep_replaced, list_former
from infrastruktur.storage.columns import point_wkb
from infrastruktur.storage.history import BEVOELKERUNG, Aenderung, append, bump
from infrastruktur.storage.tables import bevoelkerung, zelle, zelle_wert

_COLUMNS = [bevoelkerung.c[name] for name in Bevoelkerung.__struct_fields__]


def list_bevoelkerung_of_quelle(conn: Connection, quelle: str) -> list[Bevoelkerung]:
    """List all counts of a source, in the order of the value."""
    return _load(conn, sa.select(*_COLUMNS).where(bevoelkerung.c.quelle == quelle))


def load_bevoelkerung(conn: Connection, stichtag: date | None) -> list[Bevoelkerung]:
    """Load of each source the counts of its newest day not after `stichtag` (None: its newest)."""
    newest = sa.select(bevoelkerung.c.quelle, sa.func.max(bevoelkerung.c.stichtag).label("stichtag"))
    if stichtag is not None:
        newest = newest.where(bevoelkerung.c.stichtag <= stichtag)
    latest = newest.group_by(bevoelkerung.c.quelle).subquery()
    same = sa.and_(bevoelkerung.c.quelle == latest.c.quelle, bevoelkerung.c.stichtag == latest.c.stichtag)
    return _load(conn, sa.select(*_COLUMNS).join(latest, same))


def apply_bevoelkerung(conn: Connection, quelle: str, rows: Sequence[Bevoelkerung], *, akteur: str, grund: str) -> None:
    """Replace a source's counts of the days that `rows` name; the same counts again change nothing."""
    if foreign := {row.quelle for row in rows} - {quelle}:
        raise ValueError(f"rows of {sorted(foreign)} given as those of {quelle!r}")
    days = {row.stichtag for row in rows}
    before = [row for row in list_bevoelkerung_of_quelle(conn, quelle) if row.stichtag in days]
    if before == sorted(rows):
        return
    for day in {row.stichtag for row in before}:
        former = msgspec.msgpack.encode([row for row in before if row.stichtag == day])
        keep_replaced(conn, bevoelkerung.name, (quelle, day.isoformat()), former)
    conn.execute(bevoelkerung.delete().where(bevoelkerung.c.quelle == quelle, bevoelkerung.c.stichtag.in_(days)))
    conn.execute(bevoelkerung.insert(), [msgspec.structs.asdict(row) for row in rows])
    was, now = _summary(before), _summary(rows)
    append(conn, [Aenderung(tabelle=bevoelkerung.name, id=quelle, akteur=akteur, grund=grund, vorher=was, nachher=now)])
    bump(conn, BEVOELKERUNG)


def list_bevoelkerung_at(conn: Connection, stand: int) -> dict[str, list[Bevoelkerung]]:
    """List all counts by source as they stood after an entry of the history.

    Raises
    ------
    InvalidParameter
        As `list_former`.

    """
    former = list_former(conn, bevoelkerung.name, stand)
    stated = [row for row in _load(conn, sa.select(*_COLUMNS)) if (row.quelle, row.stichtag.isoformat()) not in former]
    then = (msgspec.msgpack.decode(each, type=list[Bevoelkerung]) for each in former.values() if each is not None)
    found: dict[str, list[Bevoelkerung]] = {}
    for row in (*stated, *chain.from_iterable(then)):
        found.setdefault(row.quelle, []).append(row)
    return found


def _summary(rows: Sequence[Bevoelkerung]) -> dict[str, Any] | None:
    """Say for the history what a replaced or stored set was; the counts themselves stand in their source."""
    if not rows:
        return None
    days = sorted({row.stichtag.isoformat() for row in rows})
    return {"stichtage": days, "zeilen": len(rows), "personen": sum(row.personen for row in rows)}


def _load(conn: Connection, query: sa.Select[Any]) -> list[Bevoelkerung]:
    return sorted(
        Bevoelkerung(**{**row, "geschlecht": Geschlecht(row["geschlecht"])}) for row in conn.execute(query).mappings()
    )


def find_zellen(conn: Connection, quelle: str) -> Zellen | None:
    """Find the newest cells of a source."""
    return max(_list_zellen(conn, zelle.c.quelle == quelle), key=lambda zellen: zellen.stichtag, default=None)


def list_zellen(conn: Connection, groesse_m: int | None = None) -> list[Zellen]:
    """List the cells of every source, day and cell size, each in the order of their ids."""
    return _list_zellen(conn, sa.true() if groesse_m is None else zelle.c.groesse_m == groesse_m)


def _list_zellen(conn: Connection, asked: sa.ColumnElement[bool]) -> list[Zellen]:
    columns = ("quelle", "stichtag", "groesse_m", "fid", "gitter_id", "kommune", "x_3035", "y_3035")
    query = sa.select(*(zelle.c[name] for name in columns))
    query = query.order_by(zelle.c.quelle, zelle.c.stichtag, zelle.c.groesse_m, zelle.c.gitter_id)
    rows = conn.execute(query.where(asked)).all()
    return [_build_zellen(conn, key, list(group)) for key, group in groupby(rows, key=lambda row: tuple(row[:3]))]


def _build_zellen(conn: Connection, key: tuple[Any, ...], rows: Sequence[Any]) -> Zellen:
    quelle, stichtag, groesse_m = key
    _, _, _, fids, ids, kommunen, x, y = zip(*rows, strict=True)
    merkmale, werte = _load_werte(conn, _same_grid(quelle, stichtag, groesse_m), fids)
    return Zellen(
        quelle=quelle,
        stichtag=stichtag,
        groesse_m=groesse_m,
        gitter_id=ids,
        xy_3035=np.column_stack((x, y)).astype(np.float64),
        kommune=kommunen,
        merkmale=merkmale,
        werte=werte,
    )


def _load_werte(
    conn: Connection, grid: sa.ColumnElement[bool], fids: Sequence[int]
) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Load the values of a grid's cells into (n, k); a value that is not there is NaN."""
    query = sa.select(zelle_wert.c.zelle, zelle_wert.c.merkmal, zelle_wert.c.wert)
    rows = conn.execute(query.join(zelle, zelle.c.fid == zelle_wert.c.zelle).where(grid)).all()
    merkmale = tuple(sorted({merkmal for _, merkmal, _ in rows}))
    row_of = {fid: row for row, fid in enumerate(fids)}
    column_of = {merkmal: column for column, merkmal in enumerate(merkmale)}
    werte = np.full((len(fids), len(merkmale)), np.nan)
    for fid, merkmal, wert in rows:
        werte[row_of[fid], column_of[merkmal]] = wert
    return merkmale, werte


def apply_zellen(conn: Connection, zellen: Zellen, *, akteur: str, grund: str) -> None:
    """Replace the cells of the same source, day and cell size; the same cells again change nothing."""
    grid = _same_grid(zellen.quelle, zellen.stichtag, zellen.groesse_m)
    before = next(iter(_list_zellen(conn, grid)), None)
    if before is not None and _is_equal(before, zellen):
        return
    if before is not None:
        keep_replaced(conn, zelle.name, _name_grid(before), _pack(before))
    conn.execute(zelle.delete().where(grid))
    if len(zellen):
        conn.execute(zelle.insert(), _zelle_rows(zellen))
        _insert_werte(conn, zellen, grid)
    was, now = (None if before is None else _zellen_summary(before)), _zellen_summary(zellen)
    append(conn, [Aenderung(tabelle=zelle.name, id=zellen.quelle, akteur=akteur, grund=grund, vorher=was, nachher=now)])
    bump(conn, BEVOELKERUNG)


def list_zellen_at(conn: Connection, stand: int) -> list[Zellen]:
    """List the cells of every source, day and cell size as they stood after an entry of the history.

    Raises
    ------
    InvalidParameter
        As `list_former`.

    """
    former = list_former(conn, zelle.name, stand)
    stated = [each for each in list_zellen(conn) if _name_grid(each) not in former]
    return [*stated, *(_unpack(each) for each in former.values() if each is not None)]


def _name_grid(zellen: Zellen) -> tuple[str, str]:
    return zellen.quelle, f"{zellen.stichtag.isoformat()}/{zellen.groesse_m}"


def _pack(zellen: Zellen) -> bytes:
    arrays = {"xy_3035": zellen.xy_3035.tobytes(), "werte": np.ascontiguousarray(zellen.werte).tobytes()}
    return msgspec.msgpack.encode({**vars(zellen), **arrays})


def _unpack(packed: bytes) -> Zellen:
    plain = msgspec.msgpack.decode(packed)
    texts = {name: tuple(plain[name]) for name in ("gitter_id", "kommune", "merkmale")}
    n = len(texts["gitter_id"])
    return Zellen(
        quelle=plain["quelle"],
        stichtag=date.fromisoformat(plain["stichtag"]),
        groesse_m=plain["groesse_m"],
        **texts,
        xy_3035=np.frombuffer(plain["xy_3035"]).reshape(n, 2),
        werte=np.frombuffer(plain["werte"]).reshape(n, len(texts["merkmale"])),
    )


def _same_grid(quelle: str, stichtag: date, groesse_m: int) -> sa.ColumnElement[bool]:
    return sa.and_(zelle.c.quelle == quelle, zelle.c.stichtag == stichtag, zelle.c.groesse_m == groesse_m)


def _is_equal(stored: Zellen, stated: Zellen) -> bool:
    """Compare cells regardless of the order of rows and columns."""
    if set(stored.merkmale) != set(stated.merkmale) or len(stored) != len(stated):
        return False
    order = np.argsort(np.array(stated.gitter_id, dtype=np.str_))
    columns = [stated.merkmale.index(merkmal) for merkmal in stored.merkmale]
    return (
        stored.gitter_id == tuple(stated.gitter_id[row] for row in order)
        and stored.kommune == tuple(stated.kommune[row] for row in order)
        and np.array_equal(stored.xy_3035, stated.xy_3035[order])
        and np.array_equal(stored.werte, stated.werte[order][:, columns], equal_nan=True)
    )


def _zelle_rows(zellen: Zellen) -> list[dict[str, Any]]:
    centres = transform_xy(zellen.xy_3035 + zellen.groesse_m / 2, 3035, 25832).tolist()
    return [
        {
            "quelle": zellen.quelle,
            "stichtag": zellen.stichtag,
            "groesse_m": zellen.groesse_m,
            "gitter_id": gitter_id,
            "kommune": kommune,
            "x_3035": x,
            "y_3035": y,
            "geom": point_wkb(*centre),
        }
        for gitter_id, kommune, (x, y), centre in zip(
            zellen.gitter_id, zellen.kommune, zellen.xy_3035.tolist(), centres, strict=True
        )
    ]


def _insert_werte(conn: Connection, zellen: Zellen, grid: sa.ColumnElement[bool]) -> None:
    fids = {row.gitter_id: row.fid for row in conn.execute(sa.select(zelle.c.gitter_id, zelle.c.fid).where(grid))}
    known = np.argwhere(~np.isnan(zellen.werte)).tolist()
    rows = [
        {
            "zelle": fids[zellen.gitter_id[row]],
            "merkmal": zellen.merkmale[column],
            "wert": float(zellen.werte[row, column]),
        }
        for row, column in known
    ]
    if rows:
        conn.execute(zelle_wert.insert(), rows)


def _zellen_summary(zellen: Zellen) -> dict[str, Any]:
    """Say for the history what a set of cells was; the cells themselves stand in their source."""
    return {
        "stichtag": zellen.stichtag.isoformat(),
        "groesse_m": zellen.groesse_m,
        "zellen": len(zellen),
        "merkmale": list(zellen.merkmale),
    }
