"""Address tables of the region: where an address lies, to hold points against and to find points by."""

from collections.abc import Collection

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy import Connection

from infrastruktur.domain.adresse import Adresse
from infrastruktur.storage.columns import point_wkb, points_xy
from infrastruktur.storage.history import ADRESSEN, bump
from infrastruktur.storage.tables import adresse

_FEW = 500


def list_adressen_of_quelle(conn: Connection, quelle: str) -> frozenset[Adresse]:
    """List what a source said."""
    columns = (adresse.c.strasse, adresse.c.hausnummer, adresse.c.plz, adresse.c.geom)
    rows = conn.execute(sa.select(*columns).where(adresse.c.quelle == quelle)).all()
    places = points_xy([row.geom for row in rows]).tolist()
    return frozenset(Adresse(*row[:3], (x, y)) for row, (x, y) in zip(rows, places, strict=True))


def put_adressen(conn: Connection, quelle: str, stated: Collection[Adresse]) -> None:
    """Replace the addresses of a source as a whole.

    No history is kept: a table of addresses is published as a whole, and what it once said is its publisher's.
    """
    conn.execute(adresse.delete().where(adresse.c.quelle == quelle))
    rows = [
        {
            "quelle": quelle,
            "schluessel": each.schluessel,
            **{name: getattr(each, name) for name in ("strasse", "hausnummer", "plz")},
            "geom": point_wkb(*each.punkt_25832),
        }
        for each in stated
    ]
    if rows:
        conn.execute(adresse.insert(), rows)
    bump(conn, ADRESSEN)


def find_adressen(conn: Connection, keys: Collection[str]) -> dict[str, NDArray[np.float64]]:
    """Give the points (n, 2) in EPSG:25832 of some addresses by their folded key; unknown ones are absent."""
    wanted = sorted(set(keys) - {""})
    found: dict[str, list[bytes]] = {}
    for begin in range(0, len(wanted), _FEW):
        few = adresse.c.schluessel.in_(wanted[begin : begin + _FEW])
        for key, geom in conn.execute(sa.select(adresse.c.schluessel, adresse.c.geom).where(few)):
            found.setdefault(key, []).append(geom)
    return {key: points_xy(points) for key, points in found.items()}
