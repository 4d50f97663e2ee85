"""A Maßnahme: what somebody will do until when, where, and which gap it answers (§ 7 Abs. 1 and 4 APG NRW).

Its status is dated, so that the report of a Stichtag shows what held then, whatever came of it later.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Any

import msgspec

from infrastruktur.domain.angebot import MAX_TEXT, find_valid, merge_dated, put_from
from infrastruktur.domain.art import CATEGORIES, Feldfehler
from infrastruktur.domain.eingabe import check_text, read_day
from infrastruktur.domain.felder import day_of
from infrastruktur.domain.permission import Gegenstand

MAX_BESCHREIBUNG = 2_000


class Massnahmenstatus(StrEnum):
    """How far a Maßnahme is; from the day it is aufgegeben on, it is in no layer and no report."""

    VORGESCHLAGEN = "vorgeschlagen"
    BESCHLOSSEN = "beschlossen"
    IN_UMSETZUNG = "in_umsetzung"
    UMGESETZT = "umgesetzt"
    AUFGEGEBEN = "aufgegeben"


STATUS_TITEL: Mapping[Massnahmenstatus, str] = {
    Massnahmenstatus.VORGESCHLAGEN: "vorgeschlagen",
    Massnahmenstatus.BESCHLOSSEN: "beschlossen",
    Massnahmenstatus.IN_UMSETZUNG: "in Umsetzung",
    Massnahmenstatus.UMGESETZT: "umgesetzt",
    Massnahmenstatus.AUFGEGEBEN: "aufgegeben",
}
TITEL: Mapping[str, str] = {
    "titel": "Titel",
    "fachbereich": "Fachbereich",
    "kommune": "Kommune (AGS)",
    "sozialraum": "Sozialraum (Schlüssel)",
    "zustaendig": "Zuständig",
    "status": "Status",
    "frist": "Frist",
    "ziel": "Ziel, dessen Lücke sie schließt",
    "beschreibung": "Beschreibung",
}
"""What may be stated, and what it is called."""
ABGELEITET: Mapping[str, str] = {
    "id": "Die Kennung vergibt der Katalog; sie bleibt, wie sie ist.",
    "gebiet_name": "Der Name folgt aus Sozialraum oder Kommune.",
    "status_seit": "Ab wann ein Status gilt, sagt man beim Ändern (ab=2026-07-01).",
}
"""What the layer shows and nobody states."""
_NEEDED = ("titel", "fachbereich", "kommune", "zustaendig", "status")


class Massnahmenzeit(msgspec.Struct, frozen=True, kw_only=True):
    """A status from a day to a day, both inclusive, None open."""

    status: Massnahmenstatus
    gueltig_von: date | None = None
    gueltig_bis: date | None = None

    @property
    def slot(self) -> str:
        return "status"


class Massnahme(msgspec.Struct, frozen=True, kw_only=True):
    """A Maßnahme as it is stated; one without any status never was."""

    id: str
    titel: str = ""
    fachbereich: str = ""
    kommune: str = ""
    sozialraum: str = ""
    zustaendig: str = ""
    status: tuple[Massnahmenzeit, ...] = ()
    frist: date | None = None
    ziel: str = ""
    beschreibung: str = ""


def show_massnahme(massnahme: Massnahme, tag: date) -> dict[str, Any]:
    """Give what may be stated, as it stands on a day; None where nothing does."""
    zeit = find_zeit(massnahme, tag)
    texts = {name: getattr(massnahme, name) or None for name in TITEL if name not in ("status", "frist")}
    shown = {**texts, "status": None if zeit is None else zeit.status.value, "frist": day_of(massnahme.frist)}
    return {name: shown[name] for name in TITEL}


def find_zeit(massnahme: Massnahme, tag: date) -> Massnahmenzeit | None:
    """Find what holds on a day; nothing before it was first thought of."""
    return find_valid(massnahme.status, "status", tag)


def is_over(massnahme: Massnahme, tag: date) -> bool:
    """Say whether a Maßnahme never was, or is aufgegeben on a day."""
    zeit = find_zeit(massnahme, tag)
    return not massnahme.status or (zeit is not None and zeit.status is Massnahmenstatus.AUFGEGEBEN)


def check_stated(stated: Mapping[str, Any], ziele: Mapping[str, str]) -> list[Feldfehler]:
    """Say what of a statement cannot be taken; `ziele` are the targets by code, with their titles."""
    return [fehler for name, value in stated.items() for fehler in _check(name, value, ziele)]


def _check(name: str, value: Any, ziele: Mapping[str, str]) -> Iterator[Feldfehler]:
    if name in ABGELEITET:
        yield Feldfehler(name, ABGELEITET[name])
    elif name not in TITEL:
        yield Feldfehler(name, f"Eine Spalte „{name[:80]}“ gibt es hier nicht. Möglich sind: {', '.join(TITEL)}.")
    elif value is None:
        if name in _NEEDED:
            yield Feldfehler(name, f"„{TITEL[name]}“ fehlt.")
    elif said := _wrong(name, value, ziele):
        yield Feldfehler(name, f"„{TITEL[name]}“: {said}")


def _wrong(name: str, value: Any, ziele: Mapping[str, str]) -> str | None:
    if not isinstance(value, str):
        return "Es muss ein Text sein oder leer bleiben."
    longest = MAX_BESCHREIBUNG if name == "beschreibung" else MAX_TEXT
    if len(value) > longest:
        return f"Der Text ist mit {len(value)} Zeichen zu lang (höchstens {longest})."
    known = {"status": tuple(Massnahmenstatus), "fachbereich": tuple(CATEGORIES), "ziel": tuple(ziele)}
    if name in known and value not in known[name]:
        return f"„{value[:80]}“ gibt es nicht. Möglich sind: {', '.join(known[name])}."
    if name == "frist" and read_day(value) is None:
        return "Es muss ein Datum sein (Beispiel: 2026-12-31) oder leer bleiben."
    return check_text(value)


def describe_gegenstand(massnahme: Massnahme) -> Gegenstand:
    """Say what an act upon a Maßnahme is about: its Fachbereich and its Kommune."""
    return Gegenstand(fachbereich=massnahme.fachbereich, ags=massnahme.kommune)


def name_version(version: int) -> str:
    """Write a version as an ETag carries it; a Maßnahme has no Standort whose edits would count beside."""
    return f"{version}.0"


def list_missing(massnahme: Massnahme) -> list[Feldfehler]:
    """Say what a new Maßnahme must have and has not."""
    return [Feldfehler(name, f"„{TITEL[name]}“ fehlt.") for name in _NEEDED if not getattr(massnahme, name)]


def apply_stated(massnahme: Massnahme, stated: Mapping[str, Any], tag: date) -> Massnahme:
    """Give the Maßnahme as it shall stand; its status holds from a day on. `stated` has passed `check_stated`."""
    texts = {name: value or "" for name, value in stated.items() if name not in ("status", "frist")}
    changed = msgspec.structs.replace(massnahme, **texts)
    if "frist" in stated:
        changed = msgspec.structs.replace(changed, frist=read_day(stated["frist"]))
    if "status" in stated:
        zeit = Massnahmenzeit(status=Massnahmenstatus(stated["status"]))
        changed = msgspec.structs.replace(changed, status=put_from(changed.status, "status", zeit, tag))
    return changed


def give_up(massnahme: Massnahme, tag: date) -> Massnahme:
    """Let a Maßnahme be aufgegeben from a day on, whatever was expected of it."""
    over = Massnahmenzeit(status=Massnahmenstatus.AUFGEGEBEN, gueltig_von=tag)
    return msgspec.structs.replace(massnahme, status=merge_dated(massnahme.status, (over,)))


def void_massnahme(massnahme: Massnahme) -> Massnahme:
    """Take a Maßnahme that never was out of every layer and report; its history keeps what it said."""
    return msgspec.structs.replace(massnahme, status=())
