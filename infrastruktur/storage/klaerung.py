"""What the Angebote of a day say of themselves and of their place, for whoever checks it."""

from dataclasses import dataclass
from datetime import date

import msgspec
import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy import Connection

from infrastruktur.domain.angebot import Status
from infrastruktur.storage.columns import points_xy
from infrastruktur.storage.fassungen import is_public
from infrastruktur.storage.raeume import valid_on
from infrastruktur.storage.tables import angebot, angebot_status, standort


class Angabe(msgspec.Struct, frozen=True, kw_only=True):
    """One Angebot with the address of its Standort, and where the point was found to lie; None where unknown."""

    id: str
    name: str
    art: str
    traeger: str
    standort: str
    strasse: str
    hausnummer: str
    plz: str
    ort: str
    kommune: str | None
    lage: str | None
    stand: date | None
    zuletzt_geprueft: date | None


@dataclass(frozen=True)
class Angaben:
    """Angebote of a day, ordered by `fid`, and their points (n, 2) float64 in EPSG:25832, NaN without one."""

    zeilen: tuple[Angabe, ...]
    xy_25832: NDArray[np.float64]

    @property
    def on_map(self) -> NDArray[np.intp]:
        """Rows (k,) that have a point."""
        return np.flatnonzero(np.isfinite(self.xy_25832[:, 0]))


def load_angaben(conn: Connection, stichtag: date, *, public: bool) -> Angaben:
    """Load every Angebot whose status is known on a day and not geschlossen; `public` as in `angebote.load_supply`."""
    of_standort = (standort.c[name] for name in ("strasse", "hausnummer", "plz", "ort", "kommune", "lage"))
    of_angebot = (angebot.c[name] for name in ("id", "name", "art", "standort", "stand", "zuletzt_geprueft"))
    query = (
        sa.select(*of_angebot, angebot.c.traeger_name.label("traeger"), *of_standort, standort.c.geom)
        .join(standort, standort.c.id == angebot.c.standort)
        .join(angebot_status, sa.and_(angebot_status.c.angebot == angebot.c.id, valid_on(angebot_status, stichtag)))
        .where(angebot_status.c.status != Status.GESCHLOSSEN.value, is_public() if public else sa.true())
        .order_by(angebot.c.fid)
    )
    rows = [row._asdict() for row in conn.execute(query)]
    xy_25832 = points_xy([row.pop("geom") for row in rows])
    return Angaben(tuple(Angabe(**row) for row in rows), xy_25832)
