"""A proposal: what somebody who knows would have changed, and what became of it, step by step.

Whoever approves is another person than whoever proposes (four eyes). A proposal states fields in the words of an edit,
on top of the version it was read in; every step is a version of its own, and none is ever changed.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import UNSET

from infrastruktur.domain.eingabe import GEOMETRIE, Eingabe
from infrastruktur.domain.errors import NotNow


class Zustand(StrEnum):
    """Where a proposal stands."""

    ENTWURF = "entwurf"
    VORGESCHLAGEN = "vorgeschlagen"
    RUECKFRAGE = "rueckfrage"
    FREIGEGEBEN = "freigegeben"
    ABGELEHNT = "abgelehnt"
    ZURUECKGEZOGEN = "zurueckgezogen"


class Zug(StrEnum):
    """A step somebody takes with a proposal."""

    ENTWERFEN = "entwerfen"
    VORSCHLAGEN = "vorschlagen"
    NACHFRAGEN = "nachfragen"
    ANTWORTEN = "antworten"
    FREIGEBEN = "freigeben"
    ABLEHNEN = "ablehnen"
    ZURUECKZIEHEN = "zurueckziehen"


class Absicht(StrEnum):
    """What a proposal is for. Closing is a change: of the status, from a day on."""

    ANLEGEN = "anlegen"
    AENDERN = "aendern"
    STORNIEREN = "stornieren"


TITEL: Mapping[Zustand, str] = MappingProxyType(
    {
        Zustand.ENTWURF: "Entwurf",
        Zustand.VORGESCHLAGEN: "Vorgeschlagen",
        Zustand.RUECKFRAGE: "Rückfrage",
        Zustand.FREIGEGEBEN: "Freigegeben",
        Zustand.ABGELEHNT: "Abgelehnt",
        Zustand.ZURUECKGEZOGEN: "Zurückgezogen",
    }
)
ABSICHTEN: Mapping[Absicht, str] = MappingProxyType(
    {Absicht.ANLEGEN: "neu anlegen", Absicht.AENDERN: "ändern", Absicht.STORNIEREN: "zurücknehmen"}
)
OFFEN = (Zustand.ENTWURF, Zustand.VORGESCHLAGEN, Zustand.RUECKFRAGE)
"""What waits for somebody: a draft for its author, the others for an answer."""
WARTEND = (Zustand.VORGESCHLAGEN, Zustand.RUECKFRAGE)
"""What somebody has to decide on."""
ZUEGE: Mapping[tuple[Zustand, Zug], Zustand] = MappingProxyType(
    {
        (Zustand.ENTWURF, Zug.ENTWERFEN): Zustand.ENTWURF,
        (Zustand.ENTWURF, Zug.VORSCHLAGEN): Zustand.VORGESCHLAGEN,
        (Zustand.ENTWURF, Zug.ZURUECKZIEHEN): Zustand.ZURUECKGEZOGEN,
        (Zustand.VORGESCHLAGEN, Zug.NACHFRAGEN): Zustand.RUECKFRAGE,
        (Zustand.VORGESCHLAGEN, Zug.FREIGEBEN): Zustand.FREIGEGEBEN,
        (Zustand.VORGESCHLAGEN, Zug.ABLEHNEN): Zustand.ABGELEHNT,
        (Zustand.VORGESCHLAGEN, Zug.ZURUECKZIEHEN): Zustand.ZURUECKGEZOGEN,
        (Zustand.RUECKFRAGE, Zug.ANTWORTEN): Zustand.VORGESCHLAGEN,
        # The answer may have come by telephone, or never.
        (Zustand.RUECKFRAGE, Zug.FREIGEBEN): Zustand.FREIGEGEBEN,
        (Zustand.RUECKFRAGE, Zug.ABLEHNEN): Zustand.ABGELEHNT,
        (Zustand.RUECKFRAGE, Zug.ZURUECKZIEHEN): Zustand.ZURUECKGEZOGEN,
    }
)
"""Every legal move, and where it leads; what is freigegeben, abgelehnt or zurueckgezogen stays so."""
DES_URHEBERS = frozenset({Zug.ENTWERFEN, Zug.VORSCHLAGEN, Zug.ANTWORTEN, Zug.ZURUECKZIEHEN})
"""Moves of who proposed; all others are another person's."""


class Vorschlag(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal after a step: what is proposed, and the step that led here."""

    id: str
    nr: int
    """Counts the steps from 1 on."""
    zustand: Zustand
    zug: Zug
    akteur: str
    """Who took this step."""
    text: str = ""
    zeitpunkt: str = ""
    """UTC, ISO 8601; set on writing."""
    urheber: str
    absicht: Absicht
    kollektion: str
    angebot: str
    """Its id; of a new one, the id it will have."""
    basis: str = ""
    """The version it was read in; none of what is new."""
    tag: date
    """From when on status and capacity shall hold."""
    grund: str = ""
    felder: dict[str, Any] = {}
    """What is stated, by the layer's names; the point under `geometry`, metres in EPSG:25832."""
    ersetzt_durch: str = ""
    """Where a void one turned out to be the same as another: the id of that one."""
    kein_duplikat: tuple[str, ...] = ()
    """What a new one is known not to be."""
    vertraulich: bool = False
    """Whether only internal readers may know of it."""

    @property
    def angaben(self) -> dict[str, Any]:
        """What is stated, the point as a pair."""
        point = self.felder.get(GEOMETRIE)
        return self.felder if point is None else {**self.felder, GEOMETRIE: (point[0], point[1])}

    @property
    def eingabe(self) -> Eingabe:
        """What is stated, as an edit states it."""
        stated = self.angaben
        felder = {name: value for name, value in stated.items() if name != GEOMETRIE}
        return Eingabe(felder=felder, punkt_25832=stated.get(GEOMETRIE, UNSET))


def make_move(vorschlag: Vorschlag, zug: Zug, akteur: str, text: str) -> Vorschlag:
    """Give a proposal as it stands after a step.

    Raises
    ------
    NotNow
        From where it stands, no such step leads on.

    """
    zustand = ZUEGE.get((vorschlag.zustand, zug))
    if zustand is None:
        possible = ", ".join(each.value for each in list_zuege(vorschlag.zustand)) or "nichts mehr"
        raise NotNow(f"Der Vorschlag ist „{TITEL[vorschlag.zustand]}“. Möglich ist jetzt: {possible}.")
    return msgspec.structs.replace(
        vorschlag, nr=vorschlag.nr + 1, zustand=zustand, zug=zug, akteur=akteur, text=text, zeitpunkt=""
    )


def list_zuege(zustand: Zustand) -> tuple[Zug, ...]:
    """List the steps that lead on from a state, whoever may take them."""
    return tuple(zug for start, zug in ZUEGE if start is zustand)
