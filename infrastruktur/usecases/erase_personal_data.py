"""Erase what says something of a person wherever it was kept; a mark stays in its place.

Everything else stays: the entry, its version, when it was made, every count of every day. That something was erased, by
whom and on what ground, is an entry of the history itself.
"""

from collections.abc import Collection
from datetime import UTC, datetime

import msgspec

from infrastruktur.domain.art import Feldfehler
from infrastruktur.domain.errors import InvalidInput, NotFound
from infrastruktur.domain.massnahme import Massnahme
from infrastruktur.domain.massnahme import describe_gegenstand as gegenstand_of_massnahme
from infrastruktur.domain.permission import Gegenstand, Handlung, demand, is_person
from infrastruktur.domain.vergessen import (
    GRUND,
    OF_MASSNAHME,
    OF_STICHTAG,
    OF_SZENARIO,
    check_forgettable,
    forget,
    forget_angebot,
    forget_kennung,
    list_forgettable,
)
from infrastruktur.domain.vorschlag import Vorschlag, Zustand
from infrastruktur.storage import vergessen
from infrastruktur.storage.angebote import apply_angebote
from infrastruktur.storage.eingaben import find_bestand
from infrastruktur.storage.engine import Connection
from infrastruktur.storage.history import Change
from infrastruktur.storage.massnahmen import find_massnahme, put_massnahme
from infrastruktur.storage.vorschlaege import list_vorschlaege
from infrastruktur.storage.zugaenge import revoke_tokens_of
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.demand_change import describe_gegenstand
from infrastruktur.usecases.describe_layers import MASSNAHMEN
from infrastruktur.usecases.edit_angebot import get_bestand
from infrastruktur.usecases.read_layer import no_such_feature

STICHTAGE, SZENARIEN = "stichtage", "szenarien"
_OHNE_GRUND = "Bitte sagen, warum gelöscht wird (ohne die Angaben selbst): Es steht dann in der Geschichte."
_NIEMAND = "Löschen lässt sich, wer in der Geschichte als oidc:… oder token:… steht."


def erase_personal_data(
    context: Context, kollektion: str, id_: str, felder: Collection[str], grund: str
) -> tuple[str, ...]:
    """Erase texts of an Angebot, a Maßnahme, a frozen Stichtag or a scenario for good, and name what was erased.

    Of an Angebot that was proposed and never came, its proposals are erased.

    Raises
    ------
    Forbidden
        Who asks may not, or not there.
    NotFound
        There is none in this layer, or not for this reader.
    InvalidInput
        No field is named, or one that cannot be erased, or no ground.

    """
    _demand_ground(context, grund)
    named = tuple(sorted(set(felder)))
    erase = {MASSNAHMEN: _erase_massnahme, STICHTAGE: _erase_stichtag, SZENARIEN: _erase_szenario}
    with context.store.of_installation().write() as connection:
        if kollektion in erase:
            erase[kollektion](context, connection, id_, named, grund)
        elif find_bestand(connection, id_) is None:
            _erase_proposals(context, connection, (kollektion, id_), named, grund)
        else:
            _erase_angebot(context, connection, (kollektion, id_), named, grund)
    return named


def erase_person(context: Context, kennung: str, grund: str) -> int:
    """Erase for good who did something, as the history names them, and count where they were named.

    What they did stays, and that it was a person; a token of theirs opens nothing any more.

    Raises
    ------
    Forbidden
        Who asks may not everywhere.
    InvalidInput
        It is no person's name in the history, or no ground is given.
    NotFound
        Nobody of this name did anything.

    """
    _demand_ground(context, grund)
    demand(context.leser, Handlung.VERGESSEN, Gegenstand())
    if not is_person(kennung):
        raise InvalidInput([Feldfehler("person", _NIEMAND)])
    with context.store.of_installation().write() as connection:
        revoke_tokens_of(connection, kennung, datetime.now(UTC))
        count = vergessen.forget_person(connection, kennung)
        if not count:
            raise NotFound(f"„{kennung}“ steht nirgends in der Geschichte.")
        _note(context, connection, "person", forget_kennung(kennung), ("person",), grund)
    return count


def _demand_ground(context: Context, grund: str) -> None:
    if not grund.strip():
        raise InvalidInput([Feldfehler(GRUND, _OHNE_GRUND)])
    demand(context.leser, Handlung.VERGESSEN)


def _erase_angebot(
    context: Context, connection: Connection, of: tuple[str, str], named: tuple[str, ...], grund: str
) -> None:
    found = get_bestand(context, connection, *of)
    demand(context.leser, Handlung.VERGESSEN, describe_gegenstand(found.angebot, found.ort))
    check_forgettable(named, list_forgettable(found.angebot))
    after = forget_angebot(found.angebot, named)
    lagen = {after.standort_id: (found.ort.kommune, found.ort.sozialraum, found.ort.lage)}
    change = Change(quelle=after.quelle, geaendert=(after,))
    apply_angebote(connection, change, akteur=_akteur(context), grund="", lagen=lagen)
    vergessen.forget_everywhere(connection, after.id, named)
    vergessen.tell_forgotten(connection, after, akteur=_akteur(context), grund=_say(named, grund))


def _erase_proposals(
    context: Context, connection: Connection, of: tuple[str, str], named: tuple[str, ...], grund: str
) -> None:
    kollektion, id_ = of
    proposed = list_vorschlaege(connection, tuple(Zustand), angebot=id_, public=context.public)
    if not proposed:
        raise no_such_feature(kollektion, id_)
    for each in proposed:
        art = str(each.felder.get("art") or "")
        demand(context.leser, Handlung.VERGESSEN, Gegenstand(fachbereich=art.partition(".")[0]))
    check_forgettable(named, (*dict.fromkeys(name for each in proposed for name in _list_texts(each)), GRUND))
    vergessen.forget_proposals(connection, id_, named)
    _note(context, connection, "vorschlag", id_, named, grund)


def _list_texts(vorschlag: Vorschlag) -> list[str]:
    return [
        name for name, value in vorschlag.felder.items() if isinstance(value, str) and name not in ("art", "status")
    ]


def _erase_massnahme(context: Context, connection: Connection, id_: str, named: tuple[str, ...], grund: str) -> None:
    found = find_massnahme(connection, id_)
    if found is None:
        raise no_such_feature(MASSNAHMEN, id_)
    demand(context.leser, Handlung.VERGESSEN, gegenstand_of_massnahme(found.massnahme))
    check_forgettable(named, OF_MASSNAHME)
    after = msgspec.convert(forget(msgspec.to_builtins(found.massnahme), named), Massnahme)
    put_massnahme(connection, after, akteur=_akteur(context), grund="")
    vergessen.forget_massnahme(connection, id_, named)
    vergessen.tell_forgotten(connection, after, akteur=_akteur(context), grund=_say(named, grund))


def _erase_stichtag(context: Context, connection: Connection, id_: str, named: tuple[str, ...], grund: str) -> None:
    demand(context.leser, Handlung.VERGESSEN, Gegenstand())
    check_forgettable(named, OF_STICHTAG)
    if not vergessen.forget_stichtag(connection, id_, named):
        raise NotFound(f"Einen festgeschriebenen Stichtag „{id_}“ gibt es nicht.")
    _note(context, connection, "stichtag", id_, named, grund)


def _erase_szenario(context: Context, connection: Connection, id_: str, named: tuple[str, ...], grund: str) -> None:
    demand(context.leser, Handlung.VERGESSEN, Gegenstand())
    check_forgettable(named, OF_SZENARIO)
    if not vergessen.forget_szenario(connection, id_, named):
        raise NotFound(f"Das Szenario „{id_}“ gibt es nicht.")
    _note(context, connection, "szenario", id_, named, grund)


def _note(context: Context, connection: Connection, tabelle: str, id_: str, named: tuple[str, ...], grund: str) -> None:
    vergessen.note_forgotten(connection, tabelle, id_, akteur=_akteur(context), grund=_say(named, grund))


def _akteur(context: Context) -> str:
    return context.leser.kennung or "cli"


def _say(named: tuple[str, ...], grund: str) -> str:
    return f"Personenbezogene Angaben gelöscht ({', '.join(named)}): {grund}"
