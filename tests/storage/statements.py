"""Statements of an invented source, and ways to write past the functions that check them."""

from datetime import date
from typing import Any

import msgspec
import numpy as np
import shapely
import sqlalchemy as sa

from infrastruktur.domain.angebot import Angebot, Kapazitaet, Standort, Status, Statuszeit
from infrastruktur.domain.raum import Ebene, Raum
from infrastruktur.storage.angebote import apply_angebote
from infrastruktur.storage.columns import point_wkb
from infrastruktur.storage.engine import Store
from infrastruktur.storage.geopackage import wkb_to_blob
from infrastruktur.storage.history import Change
from infrastruktur.storage.raeume import apply_raeume

QUELLE = "Beispielquelle"
WHO = {"akteur": "pruefung", "grund": "Test"}
TODAY = date(2026, 4, 1)
PLACE = (295_000.0, 5_628_000.0)
ANGEBOT = Angebot(
    quelle=QUELLE,
    schluessel="A-1",
    art="pflege.tagespflege",
    name="Beispiel Tagespflege",
    standort=Standort(schluessel="S-1", strasse="Beispielweg", hausnummer="1a", plz="01067", punkt_25832=PLACE),
    traeger="Beispiel gGmbH",
    traeger_art="freigemeinnützig",
    kapazitaeten=(Kapazitaet(groesse="plaetze_zugelassen", wert=14.0),),
    stand=date(2025, 12, 31),
    attribute={"aufnahmestopp_seit": "2026-01-01", "stunden": 7.5, "abends": True},
)


def angebot(key: str, **changes: Any) -> Angebot:
    """Make an Angebot at a Standort of its own; `punkt_25832`, `ort` and `ort_vertraulich` go to the Standort."""
    place = msgspec.structs.replace(
        ANGEBOT.standort,
        schluessel=f"Standort {key}",
        punkt_25832=changes.pop("punkt_25832", PLACE),
        ort=changes.pop("ort", ""),
        vertraulich=changes.pop("ort_vertraulich", False),
    )
    return msgspec.structs.replace(ANGEBOT, schluessel=key, **{"standort": place, **changes})


def status(value: str, von: date | None = None, bis: date | None = None) -> Statuszeit:
    return Statuszeit(status=Status(value), gueltig_von=von, gueltig_bis=bis)


def raum(key: str, ebene: Ebene = Ebene.SOZIALRAUM, **changes: Any) -> Raum:
    square = shapely.MultiPolygon([shapely.box(290_000, 5_620_000, 300_000, 5_630_000)])
    given = {"name": "", "oberraum": "05334002", "geom_25832": square, "quelle": QUELLE, **changes}
    return Raum(schluessel=key, ebene=ebene, **given)


def state(store: Store, *stated: Angebot, **change: Any) -> None:
    with store.write() as conn:
        apply_angebote(conn, Change(quelle=QUELLE, neu=stated, **change), **WHO)


def state_raeume(store: Store, *stated: Raum, **change: Any) -> None:
    with store.write() as conn:
        apply_raeume(conn, Change(quelle=QUELLE, neu=stated, **change), **WHO)


def raw(store: Store, sql: str, **values: Any) -> None:
    """Run SQL as text in a transaction of its own, by the owner's rights, whom nothing but constraints hold."""
    with store.administer() as conn:
        conn.execute(sa.text(sql), values)


def raw_geometry(store: Store, wkb: bytes) -> tuple[str, bytes]:
    """Give the SQL and the value that put WKB into a geometry column past the column's type."""
    if store.kind == "postgis":
        return "ST_GeomFromWKB(:geom, 25832)", wkb
    return ":geom", wkb_to_blob(wkb)


def raw_standort(store: Store, x: float, y: float) -> None:
    sql, geom = raw_geometry(store, point_wkb(x, y))
    columns = "id, schluessel, barrierefrei, vertraulich, geom"
    raw(store, f"INSERT INTO standort ({columns}) VALUES ('s', 's', 'ja', false, {sql})", geom=geom)  # noqa: S608


def raw_sozialraum(store: Store, wkb: bytes) -> None:
    sql, geom = raw_geometry(store, wkb)
    columns = "id, schluessel, ebene, geom"
    raw(store, f"INSERT INTO sozialraum ({columns}) VALUES ('r', 'r', 'sozialraum', {sql})", geom=geom)  # noqa: S608


def count(store: Store, table: str) -> int:
    with store.read() as conn:
        found: int = conn.scalar(sa.text(f"SELECT count(*) FROM {table}"))  # noqa: S608
    return found


def scattered(n: int) -> list[Angebot]:
    """Scatter Angebote over 40 km by 50 km."""
    points = np.random.default_rng(7).uniform((280_000, 5_600_000), (320_000, 5_650_000), (n, 2)).tolist()
    return [angebot(f"P-{row}", punkt_25832=(x, y)) for row, (x, y) in enumerate(points)]
