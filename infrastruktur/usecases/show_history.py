"""Show what happened to an Angebot: which fields, when, and to those who look after it also who and why."""

from typing import Any

import msgspec

from infrastruktur.domain.angebot import Angebot, is_hidden
from infrastruktur.domain.art import list_groessen
from infrastruktur.domain.bedarfsbestaetigung import FUNDSTELLE, TAG
from infrastruktur.domain.eingabe import GEOMETRIE, REDAKTION, show_point
from infrastruktur.domain.felder import ADRESSE, PUNKT, STATUS, Schritt, list_felder, name_feld
from infrastruktur.domain.massnahme import TITEL as MASSNAHME_TITEL
from infrastruktur.domain.massnahme import describe_gegenstand as gegenstand_of_massnahme
from infrastruktur.domain.oeffnungszeiten import OEFFNUNGSZEITEN
from infrastruktur.domain.permission import Handlung, is_person, may
from infrastruktur.storage.eingaben import Bestand
from infrastruktur.storage.history import Aenderung, list_changes, list_schritte
from infrastruktur.storage.massnahmen import find_massnahme
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.demand_change import describe_gegenstand
from infrastruktur.usecases.describe_layers import MASSNAHMEN
from infrastruktur.usecases.edit_angebot import get_bestand
from infrastruktur.usecases.follow_ersatz import refuse_replaced
from infrastruktur.usecases.read_layer import no_such_feature

_SHOWN = frozenset(
    {
        *("art", "name", "traeger", "stand", "zuletzt_geprueft", "ersetzt_durch", PUNKT, STATUS, *ADRESSE),
        *(OEFFNUNGSZEITEN, TAG, FUNDSTELLE),
        *(groesse.code for groesse in list_groessen()),
    }
)
"""What the layers show; what they do not, their history does not either."""
_OF_AN_EDITOR = (Handlung.BESTAETIGEN, Handlung.AENDERN, Handlung.INTERN_LESEN)


class Feldaenderung(msgspec.Struct, frozen=True, kw_only=True):
    """A field before and after, as JSON has it; of what is dated, every piece with its days."""

    feld: str
    titel: str
    vorher: Any
    nachher: Any


class Eintrag(msgspec.Struct, frozen=True, kw_only=True):
    """A change. `akteur` is `import` or `redaktion` to the public, to others the person's name in the history."""

    zeitpunkt: str
    akteur: str
    grund: str
    felder: tuple[Feldaenderung, ...]


def list_history(context: Context, kollektion: str, id_: str) -> tuple[Eintrag, ...]:
    """List what happened to an Angebot, oldest first, closed ones too.

    Raises
    ------
    NotFound
        There is none in this layer, or not for this reader; a void one only for who may change it.
    Gone
        It was there twice, and goes on under another id.

    """
    with context.store.read() as connection:
        found = get_bestand(context, connection, kollektion, id_)
        schritte = list_schritte(connection, id_)
        trusted = _is_trusted(context, found)
        if not found.angebot.status and not trusted:
            refuse_replaced(context, connection, id_)
            raise no_such_feature(kollektion, id_)
    begin = _first_public(schritte) if context.public else 0
    return tuple(_describe(schritt, trusted=trusted) for schritt in schritte[begin:])


def list_massnahme_history(context: Context, id_: str) -> tuple[Eintrag, ...]:
    """List what happened to a Maßnahme, oldest first.

    Raises
    ------
    NotFound
        There is none; one that never was only for who may change it.

    """
    with context.store.read() as connection:
        found = find_massnahme(connection, id_)
        entries = list_changes(connection, id_)
    trusted = found is not None and any(
        may(context.leser, handlung, gegenstand_of_massnahme(found.massnahme)) for handlung in _OF_AN_EDITOR
    )
    if found is None or (not found.massnahme.status and not trusted):
        raise no_such_feature(MASSNAHMEN, id_)
    return tuple(_describe_entry(each, trusted=trusted) for each in entries)


def _describe_entry(entry: Aenderung, *, trusted: bool) -> Eintrag:
    was, now = entry.vorher or {}, entry.nachher or {}
    felder = tuple(
        Feldaenderung(feld=name, titel=titel, vorher=was.get(name) or None, nachher=now.get(name) or None)
        for name, titel in MASSNAHME_TITEL.items()
        if (was.get(name) or None) != (now.get(name) or None)
    )
    return Eintrag(
        zeitpunkt=entry.zeitpunkt,
        akteur=entry.akteur if trusted else REDAKTION,
        grund=entry.grund if trusted else "",
        felder=felder,
    )


def _is_trusted(context: Context, found: Bestand) -> bool:
    thing = describe_gegenstand(found.angebot, found.ort)
    return any(may(context.leser, handlung, thing) for handlung in _OF_AN_EDITOR)


def _first_public(schritte: list[Schritt]) -> int:
    """Find the entry after which it was never confidential again: what it said until then stays so."""
    hidden = [
        number
        for number, schritt in enumerate(schritte, 1)
        if any(each is not None and is_hidden(each) for each in (schritt.vorher, schritt.nachher))
    ]
    return hidden[-1] if hidden else 0


def _describe(schritt: Schritt, *, trusted: bool) -> Eintrag:
    by_hand = is_person(schritt.akteur)
    was, now = (_write(each) for each in (schritt.vorher, schritt.nachher))
    felder = tuple(
        Feldaenderung(
            feld=GEOMETRIE if name == PUNKT else name,
            titel=name_feld(name),
            vorher=was.get(name),
            nachher=now.get(name),
        )
        for name in schritt.geaendert()
        if name in _SHOWN and was.get(name) != now.get(name)
    )
    return Eintrag(
        zeitpunkt=schritt.zeitpunkt,
        akteur=schritt.akteur if trusted or not by_hand else REDAKTION,
        grund=schritt.grund if trusted or not by_hand else "",
        felder=felder,
    )


def _write(angebot: Angebot | None) -> dict[str, Any]:
    """Write an Angebot's fields as the layers have them, where a text that says nothing is null."""
    if angebot is None:
        return {}
    written: dict[str, Any] = msgspec.to_builtins(list_felder(angebot))
    said = {name: None if value == "" else value for name, value in written.items()}
    return {**said, PUNKT: show_point(angebot.standort.punkt_25832)}
