"""What somebody states of an Angebot, in the properties of its layer, and the Angebot that comes of it.

Pure: nothing here knows who asks or where anything is stored. A desktop GIS sends every column back, so what is equal
to what is there is no statement; what follows from something else is refused by name, not passed over.
"""

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
import numpy as np
from msgspec import UNSET, UnsetType

from infrastruktur.domain.angebot import (
    Angebot,
    Kapazitaet,
    Standort,
    Status,
    Statuszeit,
    find_valid,
    merge_dated,
    put_from,
)
from infrastruktur.domain.art import (
    Feldfehler,
    angebot_record,
    find_art,
    get_art,
    get_groesse,
    get_kategorie,
    list_fehler,
)
from infrastruktur.domain.crs import CRS84, to_crs
from infrastruktur.domain.errors import NotFound
from infrastruktur.domain.felder import ADRESSE, PUNKT, day_of
from infrastruktur.domain.oeffnungszeiten import (
    OEFFNUNGSZEITEN,
    SCHREIBWEISE,
    find_oeffnungszeiten,
    put_oeffnungszeiten,
    read_oeffnungszeiten,
)
from infrastruktur.domain.permission import Handlung

REDAKTION = "redaktion"
"""The source of what is entered here and comes from no list."""
GEOMETRIE = "geometry"
TITEL: Mapping[str, str] = {
    "name": "Name",
    "art": "Art",
    "traeger": "Träger",
    "status": "Status",
    "kapazitaet": "Kapazität",
    OEFFNUNGSZEITEN: "Öffnungszeiten",
    "stand": "Stand der Angaben",
    "strasse": "Straße",
    "hausnummer": "Hausnummer",
    "plz": "Postleitzahl",
    "ort": "Ort",
    GEOMETRIE: "Punkt",
}
"""What may be stated, and what it is called."""
ABGELEITET: Mapping[str, str] = {
    "id": "Die Kennung vergibt der Katalog; sie bleibt, wie sie ist.",
    "einheit": "Die Einheit folgt aus der Art.",
    "zuletzt_geprueft": "Wann geprüft wurde, hält die Bestätigung fest (POST …/bestaetigung).",
    "kommune": "Die Kommune folgt aus dem Punkt. Bitte den Punkt verlegen.",
    "sozialraum": "Der Sozialraum folgt aus dem Punkt. Bitte den Punkt verlegen.",
}
"""What the layers show and nobody states, each with the way to change it."""
SAME_POINT_M = 0.02
"""What coordinates lose on their way through another system's decimals; a point that moved less did not move."""
RELOCATED_M = 500.0
"""A point that was wrong lay in the same street or on the same grounds; who lies farther from it has moved."""

_SCHRIFT = ("name", "art", "traeger", "status", OEFFNUNGSZEITEN, *ADRESSE)
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_FREIGABE = ("art", "status", "kapazitaet", *ADRESSE)

Punkt = tuple[float, float]


class Eingabe(msgspec.Struct, frozen=True, kw_only=True):
    """What is stated: properties by the layer's names, and the point, UNSET where nothing is said of it."""

    felder: Mapping[str, Any]
    punkt_25832: Punkt | UnsetType | None = UNSET


class Ort(msgspec.Struct, frozen=True, kw_only=True):
    """Where a point lies; None where nobody knows."""

    kommune: str | None = None
    sozialraum: str | None = None
    lage: str = "ohne_punkt"


class Konflikt(msgspec.Struct, frozen=True, kw_only=True):
    """A field two people changed, or one of them: what was there, what each says, and whether they contradict."""

    feld: str
    titel: str
    vorher: Any = None
    """What stood there in the version the change was made on top of; None where that is not known."""
    ihre_angabe: Any
    jetzt: Any
    geaendert_am: str | None
    """When what stands there now was stated, UTC, ISO 8601."""
    widerspricht: bool


def merge_patch(target: Any, patch: Any) -> Any:
    """Apply a JSON merge patch (RFC 7396, 2): null takes a member away, an array is replaced as a whole."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


def begin_angebot(schluessel: str) -> Angebot:
    """Give the Angebot of which nothing is known yet, so that what is new is a change like any other."""
    return Angebot(
        quelle=REDAKTION,
        schluessel=schluessel,
        art="",
        name="",
        standort=Standort(schluessel=schluessel),
        status=(),
    )


def show_angebot(angebot: Angebot, ort: Ort, tag: date) -> dict[str, Any]:
    """Give the properties the layers show of an Angebot on a day, in their order; None where nobody says."""
    groesse = get_art(angebot.art).groesse if angebot.art else None
    status = find_valid(angebot.status, "status", tag)
    size = None if groesse is None else find_valid(angebot.kapazitaeten, groesse, tag)
    return {
        "id": angebot.id,
        "name": angebot.name or None,
        "art": angebot.art or None,
        "traeger": angebot.traeger or None,
        "status": None if status is None else status.status.value,
        "kapazitaet": None if size is None else size.wert,
        "einheit": None if groesse is None else get_groesse(groesse).einheit,
        OEFFNUNGSZEITEN: find_oeffnungszeiten(angebot),
        "stand": day_of(angebot.stand),
        "zuletzt_geprueft": day_of(angebot.zuletzt_geprueft),
        **{name: getattr(angebot.standort, name) or None for name in ADRESSE},
        "kommune": ort.kommune,
        "sozialraum": ort.sozialraum,
    }


def show_point(punkt_25832: Punkt | None) -> dict[str, Any] | None:
    """Write a point as GeoJSON, longitude first."""
    if punkt_25832 is None:
        return None
    place = np.round(to_crs(np.array([punkt_25832]), CRS84)[0], CRS84.decimals).tolist()
    return {"type": "Point", "coordinates": place}


def tidy(felder: Mapping[str, Any]) -> dict[str, Any]:
    """Write texts as they are kept: without blanks at their ends, composed (NFC), and nothing where nothing stands."""
    return {name: _tidy(value) for name, value in felder.items()}


def _tidy(value: Any) -> Any:
    return unicodedata.normalize("NFC", value).strip() or None if isinstance(value, str) else value


def find_stated(shown: Mapping[str, Any], angebot: Angebot, eingabe: Eingabe) -> dict[str, Any]:
    """Give what is stated and differs from what is there, by the layer's names; the point under `geometry`.

    Nothing where something is derived says nothing: a desktop GIS sends a new feature's id as null. Opening hours are
    brought to the standard's writing where they are not sent back as they were imported.
    """
    tidied = tidy(eingabe.felder)
    said = {name: value for name, value in tidied.items() if value is not None or name not in ABGELEITET}
    stated = _differing(_standardise(_differing(said, shown)), shown)
    if eingabe.punkt_25832 is not UNSET and _moved(angebot.standort.punkt_25832, eingabe.punkt_25832):
        stated[GEOMETRIE] = eingabe.punkt_25832
    return stated


def _differing(said: Mapping[str, Any], shown: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name not in shown or value != shown[name]}


def _standardise(stated: Mapping[str, Any]) -> Mapping[str, Any]:
    """Write opening hours as the standard does; what is not understood is left for `check_stated` to refuse."""
    hours = stated.get(OEFFNUNGSZEITEN)
    return {**stated, OEFFNUNGSZEITEN: read_oeffnungszeiten(hours) or hours} if isinstance(hours, str) else stated


def _moved(before: Punkt | None, after: Punkt | None) -> bool:
    if before is None or after is None:
        return before is not after
    return bool(np.hypot(*np.subtract(before, after)) > SAME_POINT_M)


def check_stated(stated: Mapping[str, Any], arten: Sequence[str]) -> list[Feldfehler]:
    """Say what of a statement cannot be taken at all: unknown and derived properties, and values of a wrong kind."""
    return [fehler for name, value in stated.items() for fehler in _check(name, value, arten)]


def _check(name: str, value: Any, arten: Sequence[str]) -> Iterator[Feldfehler]:
    if name in ABGELEITET:
        yield Feldfehler(name, ABGELEITET[name])
    elif name not in TITEL:
        yield Feldfehler(name, f"Eine Spalte „{name[:80]}“ gibt es hier nicht. Möglich sind: {', '.join(TITEL)}.")
    elif value is not None and (said := _wrong(name, value, arten)):
        yield Feldfehler(name, f"„{TITEL[name]}“ {said}")


def _wrong(name: str, value: Any, arten: Sequence[str]) -> str | None:
    if name in _SCHRIFT:
        return _wrong_text(name, value, arten)
    if name == "kapazitaet":
        number = isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(value)
        return None if number else "muss eine Zahl sein oder leer bleiben."
    if name == "stand":
        return None if read_day(value) else "muss ein Datum sein (Beispiel: 2026-12-31) oder leer bleiben."
    return None


def _wrong_text(name: str, value: Any, arten: Sequence[str]) -> str | None:
    if not isinstance(value, str):
        return "muss ein Text sein oder leer bleiben."
    if _UNSEEN.search(value):
        return "enthält unsichtbare Zeichen. Bitte neu eintippen."
    if name == "status" and value not in set(Status):
        return f"kennt „{value[:80]}“ nicht. Möglich sind: {', '.join(Status)}."
    if name == "art" and value not in arten:
        known = find_art(value)
        other = f" „{known.titel}“ gehört in eine andere Kartenebene." if known is not None else ""
        return f"kennt „{value[:80]}“ hier nicht.{other} Möglich sind: {', '.join(arten)}."
    if name == OEFFNUNGSZEITEN and read_oeffnungszeiten(value) is None:
        return f"versteht „{value[:80]}“ nicht. {SCHREIBWEISE}"
    return None


def check_text(text: str) -> str | None:
    """Say what is wrong with a text nobody sees all of."""
    return "Der Text enthält unsichtbare Zeichen. Bitte neu eintippen." if _UNSEEN.search(text) else None


def read_day(value: Any) -> date | None:
    """Read a day as ISO 8601 writes it; None where it is none."""
    try:
        is_day = isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) is not None
        return date.fromisoformat(value) if is_day else None
    except ValueError:
        return None


def apply_stated(angebot: Angebot, stated: Mapping[str, Any], tag: date) -> Angebot:
    """Give the Angebot as it shall stand; status and capacity hold from a day on, and the days before stay.

    `stated` has passed `check_stated`. An Angebot whose place changes gets a Standort of its own: others at the old
    one stay where they are.
    """
    texts = {name: stated[name] or "" for name in ("name", "art", "traeger") if name in stated}
    changed = msgspec.structs.replace(angebot, **texts, standort=_apply_place(angebot, stated))
    if OEFFNUNGSZEITEN in stated:
        changed = put_oeffnungszeiten(changed, stated[OEFFNUNGSZEITEN])
    if "stand" in stated:
        changed = msgspec.structs.replace(changed, stand=read_day(stated["stand"]))
    if "status" in stated:
        status = None if stated["status"] is None else Statuszeit(status=Status(stated["status"]))
        opened = put_from(changed.status, "status", status, tag)
        changed = msgspec.structs.replace(changed, status=opened, ersetzt_durch="")
    if "kapazitaet" in stated and changed.art:
        changed = msgspec.structs.replace(changed, kapazitaeten=_apply_kapazitaet(changed, stated["kapazitaet"], tag))
    return changed


def _apply_place(angebot: Angebot, stated: Mapping[str, Any]) -> Standort:
    place: dict[str, Any] = {name: stated[name] or "" for name in ADRESSE if name in stated}
    if GEOMETRIE in stated:
        place[PUNKT] = stated[GEOMETRIE]
    if not place:
        return angebot.standort
    return msgspec.structs.replace(angebot.standort, schluessel=f"{REDAKTION}/{angebot.id}", **place)


def _apply_kapazitaet(angebot: Angebot, wert: float | None, tag: date) -> tuple[Kapazitaet, ...]:
    groesse = get_art(angebot.art).groesse
    if groesse is None:
        return angebot.kapazitaeten
    size = None if wert is None else Kapazitaet(groesse=groesse, wert=float(wert))
    return put_from(angebot.kapazitaeten, groesse, size, tag)


def check_angebot(before: Angebot, after: Angebot, stated: Mapping[str, Any]) -> list[Feldfehler]:
    """Say what the change made wrong; what was wrong before is not this editor's, and is passed over."""
    if not after.art:
        return [Feldfehler("art", "„Art“ fehlt.")]
    found = list(_check_given(after, stated))
    kategorie = get_kategorie(get_art(after.art).kategorie)
    known = set(list_fehler(kategorie, angebot_record(before))) if before.art else set()
    groesse = get_art(after.art).groesse
    new = (each for each in list_fehler(kategorie, angebot_record(after)) if each not in known)
    return [*found, *(Feldfehler("kapazitaet", each.meldung) if each.feld == groesse else each for each in new)]


def _check_given(after: Angebot, stated: Mapping[str, Any]) -> Iterator[Feldfehler]:
    if "status" in stated and stated["status"] is None:
        yield Feldfehler("status", "„Status“ fehlt. Wer ein Angebot schließen will, löscht es (mit Datum) oder nimmt "
                         "den Status „geschlossen“.")  # fmt: skip
    if stated.get("kapazitaet") is not None and get_art(after.art).groesse is None:
        yield Feldfehler("kapazitaet", "Angebote dieser Art werden nur gezählt. Bitte leer lassen.")


def flat_name(name: str, angebot: Angebot) -> str:
    """Name the field of `felder.list_felder` a property of the layer stands for."""
    if name == "kapazitaet" and angebot.art:
        return get_art(angebot.art).groesse or name
    return PUNKT if name == GEOMETRIE else name


def close_angebot(angebot: Angebot, tag: date) -> Angebot:
    """Let an Angebot be geschlossen from a day on, whatever was expected of it."""
    closed = Statuszeit(status=Status.GESCHLOSSEN, gueltig_von=tag)
    return msgspec.structs.replace(angebot, status=merge_dated(angebot.status, (closed,)))


def void_angebot(angebot: Angebot, ersetzt_durch: str = "") -> Angebot:
    """Take an Angebot that never was out of every layer and count; its history keeps what it said.

    `ersetzt_durch` is the id of the one it turned out to be.
    """
    return msgspec.structs.replace(angebot, status=(), kapazitaeten=(), ersetzt_durch=ersetzt_durch)


def is_gone(angebot: Angebot, tag: date) -> bool:
    """Say whether an Angebot is void, or geschlossen on a day."""
    status = find_valid(angebot.status, "status", tag)
    return not angebot.status or (status is not None and status.status is Status.GESCHLOSSEN)


def needs_freigabe(before: Angebot, after: Angebot, stated: Mapping[str, Any]) -> bool:
    """Say whether a change takes a second pair of eyes: in the Pflege, capacity, status and relocation.

    An address that is only written otherwise is the same one, and a point that is set right is no relocation: not so
    one that comes to lie more than `RELOCATED_M` away, whatever its address says.
    """
    if not any(_is_pflege(each.art) for each in (before, after)):
        return False
    if _measure_move(before.standort.punkt_25832, after.standort.punkt_25832) > RELOCATED_M:
        return True
    touched = {name for name in stated if name in _FREIGABE}
    if before.standort.adresse == after.standort.adresse:
        touched -= set(ADRESSE)
    return bool(touched)


def _measure_move(before: Punkt | None, after: Punkt | None) -> float:
    """Measure how far a point moved; what gets one, or loses it, moved nowhere."""
    return 0.0 if before is None or after is None else math.dist(before, after)


def _is_pflege(art: str) -> bool:
    try:
        return get_art(art).kategorie == "pflege"
    except NotFound:
        return False


def name_handlung(before: Angebot, after: Angebot, stated: Mapping[str, Any]) -> Handlung:
    """Name the right a change takes."""
    return Handlung.FREIGEBEN if needs_freigabe(before, after, stated) else Handlung.AENDERN
