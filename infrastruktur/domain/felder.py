"""An Angebot as fields: to compare two statements, to say who changed what and when, and to keep what a person changed.

A field is what somebody can change by itself: the name, the point, the status with all its dates, one size with all
its dates. A size is named by its code, an attribute by its own name.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from infrastruktur.domain.angebot import Angebot
from infrastruktur.domain.art import name_property
from infrastruktur.domain.permission import is_person

ADRESSE = ("strasse", "hausnummer", "plz", "ort")
PUNKT, STANDORT, STATUS = "punkt_25832", "standort", "status"
_PLAIN = ("art", "name", "traeger", "traeger_art", "stand", "zuletzt_geprueft", "vertraulich", "ersetzt_durch")
_PLACE = (*ADRESSE, PUNKT, "barrierefrei")
_NEWEST = ("stand", "zuletzt_geprueft")
"""Days on which somebody looked: the later one holds, whoever it was."""


class Schritt(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of an Angebot's history: its statement before and after, None where there was none."""

    zeitpunkt: str
    """UTC, ISO 8601."""
    akteur: str
    grund: str
    vorher: Angebot | None
    nachher: Angebot | None
    version: int = 0
    """The Angebot's after this entry."""

    def geaendert(self) -> list[str]:
        """Name the fields this entry changed."""
        return find_changed(self.vorher, self.nachher)


def list_felder(angebot: Angebot) -> dict[str, Any]:
    """Lay an Angebot out as fields; `standort` is the key of the place it stands at."""
    sizes = sorted({piece.groesse for piece in angebot.kapazitaeten})
    return {
        **{name: getattr(angebot, name) for name in _PLAIN},
        STANDORT: angebot.standort.schluessel,
        **{name: getattr(angebot.standort, name) for name in _PLACE},
        STATUS: angebot.status,
        **{size: tuple(piece for piece in angebot.kapazitaeten if piece.groesse == size) for size in sizes},
        **angebot.attribute,
    }


def find_changed(before: Angebot | None, after: Angebot | None) -> list[str]:
    """Name the fields in which two statements differ, in the order of `list_felder`."""
    was = {} if before is None else list_felder(before)
    now = {} if after is None else list_felder(after)
    return [name for name in dict.fromkeys((*was, *now)) if was.get(name) != now.get(name)]


def list_last_changes(schritte: Iterable[Schritt]) -> dict[str, Schritt]:
    """Give for each field the last entry that changed it; `schritte` come oldest first."""
    return {name: schritt for schritt in schritte for name in schritt.geaendert()}


def find_statement(schritte: Sequence[Schritt], versions: Collection[str]) -> Angebot | None:
    """Find what an Angebot was stated to be in the newest of some versions; what follows the dot is its Standort's."""
    named = {each.partition(".")[0] for each in versions}
    return next((each.nachher for each in reversed(schritte) if str(each.version) in named), None)


def find_edited(schritte: Sequence[Schritt]) -> frozenset[str]:
    """Name the fields a person changed after the source had stated them, and no import since."""
    of_source = [schritt for schritt in schritte if schritt.vorher is not None]
    return frozenset(name for name, last in list_last_changes(of_source).items() if is_person(last.akteur))


def keep_edited(draft: Angebot, current: Angebot, edited: Collection[str]) -> tuple[Angebot, tuple[str, ...]]:
    """Keep in a source's new statement what people changed, and name the fields in which it says something else."""
    if not edited:
        return draft, ()
    stated = list_felder(draft)
    kept = {name: value for name, value in list_felder(current).items() if name in edited}
    gone = [name for name in edited if name not in kept]
    for name in _NEWEST:
        if name in kept:
            kept[name] = max((day for day in (kept[name], stated[name]) if day is not None), default=None)
    contradicted = tuple(
        sorted(name for name in edited if name not in (*_NEWEST, STANDORT) and stated.get(name) != kept.get(name))
    )
    return _replace(draft, kept, gone), contradicted


def _replace(draft: Angebot, kept: Mapping[str, Any], gone: Collection[str]) -> Angebot:
    place = {("schluessel" if name == STANDORT else name): kept[name] for name in (STANDORT, *_PLACE) if name in kept}
    plain = {name: kept[name] for name in (*_PLAIN, STATUS) if name in kept}
    rest = {name: value for name, value in kept.items() if name not in (STANDORT, STATUS, *_PLACE, *_PLAIN)}
    sizes = {name: pieces for name, pieces in rest.items() if isinstance(pieces, tuple)}
    taken = {*sizes, *gone}
    return msgspec.structs.replace(
        draft,
        **plain,
        standort=msgspec.structs.replace(draft.standort, **place),
        kapazitaeten=(
            *(piece for piece in draft.kapazitaeten if piece.groesse not in taken),
            *(piece for pieces in sizes.values() for piece in pieces),
        ),
        attribute={
            **{name: value for name, value in draft.attribute.items() if name not in gone},
            **{name: value for name, value in rest.items() if name not in sizes},
        },
    )


def name_feld(name: str) -> str:
    """Call a field what forms call it."""
    return {PUNKT: "Punkt", "ersetzt_durch": "Ersetzt durch"}.get(name) or name_property(name)


def day_of(value: Any) -> Any:
    """Write a day as ISO text and leave everything else as it is."""
    return value.isoformat() if isinstance(value, date) else value
