"""In which areas Standorte lay when: kept of those alone that lie in others now than before, or will.

Areas are split and merged on a day. A layer names those of the day it speaks of, and looks them up by key.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from infrastruktur.domain.raum import Lagezeit
from infrastruktur.storage.tables import lagezeit

_FEW = 500

Lagezeiten = Mapping[str, tuple[Lagezeit, ...]]
"""By the id of the Standort, in the order of days; of one that is not named, or has none, nothing ever changed."""


def list_lagezeiten(conn: Connection, standorte: Collection[str]) -> Lagezeiten:
    """List the times of some Standorte."""
    few = lagezeit.c.standort.in_(standorte) if len(standorte) <= _FEW else sa.true()
    columns = [lagezeit.c[name] for name in ("standort", *Lagezeit.__struct_fields__)]
    found: defaultdict[str, list[Lagezeit]] = defaultdict(list)
    for row in conn.execute(sa.select(*columns).where(few).order_by(lagezeit.c.fid)):
        times = {"gueltig_von": row.gueltig_von, "gueltig_bis": row.gueltig_bis}
        found[row.standort].append(Lagezeit(kommune=row.kommune or None, sozialraum=row.sozialraum or None, **times))
    return {standort: tuple(times) for standort, times in found.items()}


def put_lagezeiten(conn: Connection, stated: Lagezeiten) -> list[str]:
    """Store the times of Standorte in the place of those before, and name the Standorte of which they differ."""
    known = list_lagezeiten(conn, stated)
    differing = [standort for standort, times in stated.items() if known.get(standort, ()) != times]
    rows = [_row(standort, time) for standort in differing for time in stated[standort]]
    if differing:
        conn.execute(
            lagezeit.delete().where(lagezeit.c.standort == sa.bindparam("of_standort")),
            [{"of_standort": standort} for standort in differing],
        )
    if rows:
        conn.execute(lagezeit.insert(), rows)
    return differing


def _row(standort: str, time: Lagezeit) -> dict[str, object]:
    row = {"standort": standort, **msgspec.structs.asdict(time)}
    return row | {"kommune": time.kommune or "", "sozialraum": time.sozialraum or ""}
