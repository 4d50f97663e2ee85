"""Where Standorte lie: their points, and the areas that hold them now and held them before."""

from collections.abc import Sequence

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy import Connection

from infrastruktur.domain.vergessen import GELOESCHT
from infrastruktur.storage.angebote import among, list_angebote_at
from infrastruktur.storage.columns import points_xy
from infrastruktur.storage.fassungen import place_fassungen, put_fassungen
from infrastruktur.storage.history import ANGEBOTE, bump
from infrastruktur.storage.lagezeiten import Lagezeiten, put_lagezeiten
from infrastruktur.storage.tables import standort
from infrastruktur.storage.zeilenrechte import following


def list_standort_points(conn: Connection) -> tuple[list[str], NDArray[np.float64]]:
    """List all Standorte: ids, and points (n, 2) in EPSG:25832 with NaN for none."""
    rows = conn.execute(sa.select(standort.c.id, standort.c.geom).order_by(standort.c.fid)).all()
    return [id_ for id_, _ in rows], points_xy([geom for _, geom in rows])


def list_standort_orte(conn: Connection) -> dict[str, str]:
    """Give the Ort of each Standort by id, "" where none is stated."""
    return {row.id: row.ort for row in conn.execute(sa.select(standort.c.id, standort.c.ort))}


def list_lagen_of_forgotten(conn: Connection) -> list[tuple[str, str | None, str | None, str]]:
    """List where Standorte lie that have no point, and whose Ort, which told it, was erased."""
    placed = sa.select(standort.c.id, standort.c.kommune, standort.c.sozialraum, standort.c.lage)
    forgotten = (standort.c.geom.is_(None), standort.c.ort == GELOESCHT, standort.c.lage.is_not(None))
    return [(id_, kommune, raum, lage) for id_, kommune, raum, lage in conn.execute(placed.where(*forgotten))]


def set_lagezeiten(conn: Connection, stated: Lagezeiten) -> None:
    """Store for Standorte in which areas they lay when, and lay out anew what stands there."""
    with following(conn):  # hidden neighbours lie there too
        differing = put_lagezeiten(conn, stated)
        if differing:
            put_fassungen(conn, list_angebote_at(conn, differing))
            bump(conn, ANGEBOTE)


def set_lage(conn: Connection, rows: Sequence[tuple[str, str | None, str | None, str]]) -> None:
    """Store for Standorte in which Kommune and Sozialraum they lie: (id, kommune, sozialraum, lage)."""
    current = sa.select(standort.c.id, standort.c.kommune, standort.c.sozialraum, standort.c.lage)
    few = among(standort.c.id, [id_ for id_, *_ in rows])
    known = {tuple(row) for row in conn.execute(current.where(few))}
    moved = [
        dict(zip(("of_id", "kommune", "sozialraum", "lage"), row, strict=True)) for row in rows if row not in known
    ]
    if moved:
        conn.execute(standort.update().where(standort.c.id == sa.bindparam("of_id")), moved)
        place_fassungen(conn, [row["of_id"] for row in moved if row["of_id"]])
        bump(conn, ANGEBOTE)
