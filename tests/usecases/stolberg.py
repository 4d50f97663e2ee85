"""The invented figures every planner can check by head: two Sozialräume of Stolberg, and a Gewerbegebiet.

    Stolberg 05334032             Monschau 05334020
    +-----------+-----------+     +-----------+
    |   S03a    |   S03b    |     |    M01    |          each 1 km wide
    |     A     |   K   B   |     | (nobody)  |    D     D is in no Kommune of the region
    +-----------+-----------+     +-----------+
    0           1000        2000  2500        3500 m

Haus A has 80 Dauerpflegeplätze, 8 of them for eingestreute Kurzzeitpflege, and a Tagespflege of 15 at the same
Standort; B is planned with 40 from 1 July 2027; K is a solitäre Kurzzeitpflege of 12.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import msgspec
from usecases.strassendorf import QUELLE, STICHTAG, angebot, box, catalogue, places, status

from infrastruktur.domain.angebot import Angebot, Kapazitaet, Status
from infrastruktur.domain.bevoelkerung import Bevoelkerung
from infrastruktur.domain.gruppe import Geschlecht
from infrastruktur.domain.raum import Ebene, Raum
from infrastruktur.settings import Settings
from infrastruktur.usecases.context import Context

STOLBERG, MONSCHAU, REGION = "05334032", "05334020", "05334"
S03A, S03B, M01 = "05334032-S03a", "05334032-S03b", "05334020-M01"
OPENING = date(2027, 7, 1)
BANDS = ("75bis79", "80bis84", "85bis89", "ab90")
PEOPLE = {S03A: (210, 160, 90, 50), S03B: (120, 70, 30, 9), M01: (0, 0, 0, 0)}
"""300 people of 80 and over in S03a, 109 in S03b."""

RAEUME = tuple(
    Raum(schluessel=key, ebene=ebene, name=name, oberraum=upper, geom_25832=outline, quelle=QUELLE)
    for key, ebene, name, upper, outline in (
        (STOLBERG, Ebene.KOMMUNE, "Stolberg", REGION, box(0, 2000)),
        (MONSCHAU, Ebene.KOMMUNE, "Monschau", REGION, box(2500, 3500)),
        (S03A, Ebene.SOZIALRAUM, "", STOLBERG, box(0, 1000)),
        (S03B, Ebene.SOZIALRAUM, "", STOLBERG, box(1000, 2000)),
        (M01, Ebene.SOZIALRAUM, "", MONSCHAU, box(2500, 3500)),
    )
)


def eingestreut(number: float) -> Kapazitaet:
    return Kapazitaet(groesse="eingestreute_kurzzeitpflege", wert=number)


def at_haus_a(one: Angebot) -> Angebot:
    """Put an Angebot into Haus A."""
    return msgspec.structs.replace(one, standort=HAUS_A.standort)


HAUS_A = angebot("Haus A", "pflege.dauerpflege", 500, kapazitaeten=(*places(80), eingestreut(8)))
TAGESPFLEGE = at_haus_a(angebot("Tagespflege A", "pflege.tagespflege", 500, kapazitaeten=places(15)))
HAUS_B = angebot(
    "Haus B",
    "pflege.dauerpflege",
    1600,
    kapazitaeten=places(40),
    status=(status(Status.GEPLANT, bis=date(2027, 6, 30)), status(Status.IN_BETRIEB, von=OPENING)),
)
KURZZEIT = angebot("Kurzzeit", "pflege.kurzzeit_solitaer", 1400, kapazitaeten=places(12))
ANGEBOTE = (HAUS_A, TAGESPFLEGE, HAUS_B, KURZZEIT)


def heim(key: str, at_m: float | None, number: float | None = None, **more: Any) -> Angebot:
    sizes = () if number is None else places(number)
    return angebot(key, "pflege.dauerpflege", at_m, kapazitaeten=sizes, **more)


def register(people: Mapping[str, tuple[float, ...]] = PEOPLE) -> Iterator[Bevoelkerung]:
    for key, numbers in people.items():
        for gruppe, personen in zip(BANDS, numbers, strict=True):
            yield Bevoelkerung(
                quelle="register",
                stichtag=STICHTAG,
                raum=key,
                geschlecht=Geschlecht.INSGESAMT,
                gruppe=gruppe,
                personen=personen,
            )


def stolberg(settings: Settings, *more: Angebot, **other: Any) -> AbstractContextManager[Context]:
    """Open the catalogue of the figures above, with further Angebote."""
    return catalogue(settings, RAEUME, (*ANGEBOTE, *more), zaehlung=tuple(register()), **other)
