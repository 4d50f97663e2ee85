"""A village along one street, in which every figure follows from arithmetic.

    S 1 (west)                                   S 2 (east)
    T-----+-----+-----+-----+-----+-----+-----+-----E      one street of 4 km
    0 m   |300        |690              |1500   |2600      the Treff stands at T, cells with people beside the street

Somebody of 75 to 84 walks 3.0 km/h and gets 750 m in 15 minutes, somebody of 85 and over 2.5 km/h and 625 m. So
of the cell at 690 m the younger reach the Treff and the older do not.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import shapely
from routing.drawn import drawn

from infrastruktur.domain.angebot import Angebot, Kapazitaet, Standort, Status, Statuszeit
from infrastruktur.domain.bevoelkerung import Bevoelkerung, Zellen, gitter_id
from infrastruktur.domain.geometry import transform_xy
from infrastruktur.domain.gruppe import Geschlecht
from infrastruktur.domain.raum import Ebene, Raum
from infrastruktur.settings import Audience, Settings
from infrastruktur.storage.angebote import apply_angebote
from infrastruktur.storage.bevoelkerung import apply_bevoelkerung, apply_zellen
from infrastruktur.storage.history import Change
from infrastruktur.storage.raeume import Region, apply_raeume, put_region
from infrastruktur.usecases.context import Context, open_context
from infrastruktur.usecases.locate_standorte import locate_standorte

WEST, STREET_Y = 300_000.0, 5_630_000.0
STICHTAG = date(2025, 12, 31)
QUELLE = "gezeichnet"
S1, S2, KOMMUNE = "05334032-S01", "05334032-S02", "05334032"
PEOPLE = {"75bis79": 60.0, "80bis84": 30.0, "85bis89": 20.0, "90bis94": 8.0, "ab95": 2.0}
"""Of each Sozialraum: 120 people of 75 and over, 90 of them under 85."""
TOLD = {"akteur": "test", "grund": "gezeichnet"}


def box(west_m: float, east_m: float) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([shapely.box(WEST + west_m, STREET_Y - 500, WEST + east_m, STREET_Y + 500)])


RAEUME = tuple(
    Raum(schluessel=key, ebene=ebene, name=name, oberraum=upper, geom_25832=outline, quelle=QUELLE)
    for key, ebene, name, upper, outline in (
        (KOMMUNE, Ebene.KOMMUNE, "Dorf", "05334", box(-200, 4000)),
        (S1, Ebene.SOZIALRAUM, "", KOMMUNE, box(-200, 1000)),
        (S2, Ebene.SOZIALRAUM, "", KOMMUNE, box(1000, 4000)),
    )
)


def angebot(key: str, art: str, at_m: float | None, **more: Any) -> Angebot:
    point = None if at_m is None else (WEST + at_m, STREET_Y)
    place = Standort(schluessel=key, ort=more.pop("ort", ""), punkt_25832=point)
    return Angebot(**({"quelle": QUELLE, "schluessel": key, "art": art, "name": key, "standort": place} | more))


def places(number: float, **dated: date) -> tuple[Kapazitaet, ...]:
    return (Kapazitaet(groesse="plaetze_zugelassen", wert=number, **dated),)


def status(kind: Status, von: date | None = None, bis: date | None = None) -> Statuszeit:
    return Statuszeit(status=kind, gueltig_von=von, gueltig_bis=bis)


def people(of: tuple[str, ...] = (S1, S2)) -> Iterator[Bevoelkerung]:
    for key in of:
        for gruppe, personen in PEOPLE.items():
            yield Bevoelkerung(
                quelle="register",
                stichtag=STICHTAG,
                raum=key,
                geschlecht=Geschlecht.INSGESAMT,
                gruppe=gruppe,
                personen=personen,
            )


def cells(at_m: dict[float, float], merkmal: str = "alle", quelle: str = "zensus") -> Zellen:
    """Lay one cell at each place beside the street, with so many people."""
    centres = np.array([[WEST + at, STREET_Y] for at in at_m])
    corners = np.round(transform_xy(centres, 25832, 3035)) - 50
    return Zellen(
        quelle=quelle,
        stichtag=STICHTAG,
        groesse_m=100,
        gitter_id=gitter_id(100, corners),
        xy_3035=corners,
        kommune=("",) * len(at_m),
        merkmale=(merkmal,),
        werte=np.array(list(at_m.values()), dtype=np.float64)[:, None],
    )


def region(stichtag: date = STICHTAG) -> Region:
    return Region(schluessel="05334", name="Land", titel="Land", hinweis="Erfunden.", stichtag=stichtag)


def build_streets(home: Path) -> None:
    """Draw the street: 40 strokes of 100 m from T to E, and no data behind its ends."""
    home.mkdir(parents=True, exist_ok=True)
    drawing = drawn("T" + "-" * 39 + "E", home)
    assert drawing.folder == home / "network"


@contextmanager
def village(
    settings: Settings,
    angebote: tuple[Angebot, ...] = (),
    zellen: tuple[Zellen, ...] = (),
    zaehlung: tuple[Bevoelkerung, ...] = tuple(people()),
    *,
    audience: Audience = Audience.STAFF,
) -> Iterator[Context]:
    """Open the village with a catalogue of its own."""
    build_streets(settings.home)
    with catalogue(settings, RAEUME, angebote, zellen, zaehlung, audience=audience) as context:
        yield context


@contextmanager
def catalogue(
    settings: Settings,
    raeume: tuple[Raum, ...],
    angebote: tuple[Angebot, ...] = (),
    zellen: tuple[Zellen, ...] = (),
    zaehlung: tuple[Bevoelkerung, ...] = (),
    *,
    audience: Audience = Audience.STAFF,
) -> Iterator[Context]:
    """Fill a catalogue through the doors an import takes, and open it."""
    with closing(open_context(msgspec.structs.replace(settings, audience=audience))) as context:
        with context.store.of_installation().write() as connection:
            put_region(connection, region())
            apply_raeume(connection, Change(quelle=QUELLE, neu=raeume), **TOLD)
            apply_angebote(connection, Change(quelle=QUELLE, neu=angebote), **TOLD)
            if zaehlung:
                apply_bevoelkerung(connection, zaehlung[0].quelle, zaehlung, **TOLD)
            for each in zellen:
                apply_zellen(connection, each, **TOLD)
            locate_standorte(connection)
        yield context


def seen_by(context: Context, audience: Audience) -> Context:
    """Look at the same catalogue as somebody else."""
    seen = replace(context, settings=msgspec.structs.replace(context.settings, audience=audience))
    return seen.for_reader(context.leser)


def state(context: Context, *changed: Angebot, beendet: tuple[tuple[str, date], ...] = ()) -> None:
    """Let the source state some Angebote anew, or end some."""
    with context.store.of_installation().write() as connection:
        apply_angebote(connection, Change(quelle=QUELLE, geaendert=changed, beendet=beendet), **TOLD)
        locate_standorte(connection)


def rows(table: Any, **only: Any) -> list[dict[str, Any]]:
    return [row for row in table.records() if all(row[name] == value for name, value in only.items())]


def row(table: Any, **only: Any) -> dict[str, Any]:
    (found,) = rows(table, **only)
    return found
