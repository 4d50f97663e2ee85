"""Change Maßnahmen: create, change, give up and void them, each in one transaction with its history.

Rights are those of its Fachbereich in its Kommune, before and after a change. Whoever names the version a change is
made on top of meets what others changed since; without one, what another person changed lately is not overwritten.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

import msgspec

from infrastruktur.domain.art import Feldfehler
from infrastruktur.domain.eingabe import tidy
from infrastruktur.domain.errors import Gone, InvalidInput, NotFound
from infrastruktur.domain.massnahme import (
    ABGELEITET,
    TITEL,
    Massnahme,
    apply_stated,
    check_stated,
    describe_gegenstand,
    give_up,
    is_over,
    list_missing,
    name_version,
    show_massnahme,
    void_massnahme,
)
from infrastruktur.domain.permission import Handlung, demand, may
from infrastruktur.domain.raum import Ebene
from infrastruktur.storage import massnahmen, raeume
from infrastruktur.storage.eingaben import Sache, settle_widerspruch
from infrastruktur.storage.engine import Connection
from infrastruktur.storage.history import Aenderung, list_changes
from infrastruktur.storage.massnahmen import Stand
from infrastruktur.usecases.compare_edits import Akte, Fortgang, check_version
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.demand_change import Umstaende
from infrastruktur.usecases.describe_layers import MASSNAHMEN
from infrastruktur.usecases.edit_angebot import IRRTUM, list_editable, write_once
from infrastruktur.usecases.list_massnahmen import name_ziele
from infrastruktur.usecases.read_layer import no_such_feature

_OVER = "Die Maßnahme ist aufgegeben oder war irrtümlich angelegt. Wer sie wieder aufnimmt, nennt einen Status."


class Massnahmenergebnis(msgspec.Struct, frozen=True, kw_only=True):
    """A Maßnahme after a change, in what may be stated of it, and its version."""

    id: str
    version: int
    properties: dict[str, Any]


def is_editable(kollektion: str) -> bool:
    """Say whether anything of a layer can be changed."""
    return kollektion == MASSNAHMEN or bool(list_editable(kollektion))


def may_edit_massnahmen(context: Context) -> bool:
    """Say whether somebody may change Maßnahmen anywhere."""
    return may(context.leser, Handlung.AENDERN)


def create_massnahme(context: Context, felder: Mapping[str, Any], umstaende: Umstaende) -> Massnahmenergebnis:
    """Create a Maßnahme.

    Raises
    ------
    Unauthenticated, Forbidden
        Nobody known, or not responsible for its Fachbereich in its Kommune.
    InvalidInput
        Properties that cannot be taken, each with its sentence.
    KeyReused
        The request's name stands for another one.

    """

    def act(connection: Connection) -> Massnahmenergebnis:
        demand(context.leser, Handlung.AENDERN)
        new = Massnahme(id=str(uuid4()))
        stated = {name: value for name, value in tidy(felder).items() if value is not None}
        return _store(context, connection, new, _apply(context, connection, new, stated, umstaende), umstaende)

    return write_once(context, umstaende, act, Massnahmenergebnis)


def change_massnahme(
    context: Context, id_: str, felder: Mapping[str, Any], umstaende: Umstaende, *, ganz: bool
) -> Massnahmenergebnis:
    """Change what is stated of a Maßnahme; `ganz` takes away what is not stated.

    Raises
    ------
    Unauthenticated, Forbidden, InvalidInput, KeyReused
        As for a new one; before and after the change.
    NotFound, Gone
        There is none, or no more, and no status is stated that takes it up again.
    PreconditionMissing, Outdated, Disputed
        As `compare_edits.check_version`.

    """
    complete = {**dict.fromkeys(TITEL), **felder} if ganz else felder

    def act(connection: Connection) -> Massnahmenergebnis:
        found = _get(context, connection, id_)
        shown = show_massnahme(found.massnahme, umstaende.tag)
        said = {name: value for name, value in tidy(complete).items() if value is not None or name not in ABGELEITET}
        stated = {name: value for name, value in said.items() if name in TITEL and value != shown[name]}
        stated |= {name: value for name, value in said.items() if name not in TITEL and name not in ABGELEITET}
        if is_over(found.massnahme, umstaende.tag) and stated.get("status") is None:
            raise Gone(_OVER)
        after = _apply(context, connection, found.massnahme, stated, umstaende)
        check_version(context, _open_akte(connection, found, umstaende), stated, umstaende.erwartet)
        settle_widerspruch(connection, [id_], said, Sache.MASSNAHME)
        return _store(context, connection, found.massnahme, after, umstaende)

    return write_once(context, umstaende, act, Massnahmenergebnis)


def close_massnahme(context: Context, id_: str, umstaende: Umstaende) -> None:
    """Give a Maßnahme up from a day on; reports of the days before keep it. Raises as a change."""
    _end(context, id_, umstaende, Handlung.AENDERN, lambda massnahme: give_up(massnahme, umstaende.tag))


def cancel_massnahme(context: Context, id_: str, umstaende: Umstaende) -> None:
    """Declare that a Maßnahme never was: it leaves every report of every day. Raises as a change."""
    why = f"{IRRTUM}: {umstaende.grund}" if umstaende.grund else IRRTUM
    _end(context, id_, replace(umstaende, grund=why), Handlung.STORNIEREN, void_massnahme)


def _end(
    context: Context,
    id_: str,
    umstaende: Umstaende,
    handlung: Handlung,
    change: Callable[[Massnahme], Massnahme],
) -> None:
    def act(connection: Connection) -> None:
        found = _get(context, connection, id_, handlung)
        after = change(found.massnahme)
        if after == found.massnahme:
            raise Gone(_OVER)
        check_version(context, _open_akte(connection, found, umstaende), {"status": None}, umstaende.erwartet)
        settle_widerspruch(connection, [id_], {"status"} if after.status else None, Sache.MASSNAHME)
        massnahmen.put_massnahme(connection, after, akteur=context.leser.kennung, grund=umstaende.grund)

    write_once(context, umstaende, act, type(None))


def _get(context: Context, connection: Connection, id_: str, handlung: Handlung = Handlung.AENDERN) -> Stand:
    """Get a Maßnahme that somebody may do something to."""
    found = massnahmen.find_massnahme(connection, id_)
    if found is None:
        raise no_such_feature(MASSNAHMEN, id_)
    demand(context.leser, handlung, describe_gegenstand(found.massnahme))
    return found


def _apply(
    context: Context, connection: Connection, before: Massnahme, stated: Mapping[str, Any], umstaende: Umstaende
) -> Massnahme:
    wrong = check_stated(stated, name_ziele(context, umstaende.tag))
    if wrong:
        raise InvalidInput(wrong)
    after = apply_stated(before, stated, umstaende.tag)
    if wrong := [*list_missing(after), *_check_place(connection, before, after)]:
        raise InvalidInput(wrong)
    return after


def _check_place(connection: Connection, before: Massnahme, after: Massnahme) -> list[Feldfehler]:
    """Say what is wrong with the area a change states: there is none, or the one is no part of the other."""
    if (before.kommune, before.sozialraum) == (after.kommune, after.sozialraum) or not after.kommune:
        return []
    known = raeume.list_raeume(connection, (Ebene.KOMMUNE, Ebene.SOZIALRAUM, Ebene.BEZIRK), None)
    above = {raum.schluessel: raum.oberraum for raum in known}
    if after.kommune not in {raum.schluessel for raum in known if raum.ebene is Ebene.KOMMUNE}:
        return [Feldfehler("kommune", f"Eine Kommune „{after.kommune[:80]}“ gibt es hier nicht.")]
    if after.sozialraum and above.get(after.sozialraum) != after.kommune:
        return [Feldfehler("sozialraum", f"In der Kommune {after.kommune} gibt es „{after.sozialraum[:80]}“ nicht.")]
    return []


def _store(
    context: Context, connection: Connection, before: Massnahme, after: Massnahme, umstaende: Umstaende
) -> Massnahmenergebnis:
    demand(context.leser, Handlung.AENDERN, describe_gegenstand(after))
    if before.titel and not before.status:
        demand(context.leser, Handlung.STORNIEREN, describe_gegenstand(after))
    massnahmen.put_massnahme(connection, after, akteur=context.leser.kennung, grund=umstaende.grund)
    now = massnahmen.find_massnahme(connection, after.id)
    if now is None:
        raise NotFound(f"Die Maßnahme „{after.id}“ gibt es nicht.")
    properties = show_massnahme(now.massnahme, umstaende.tag)
    return Massnahmenergebnis(id=after.id, version=now.version, properties=properties)


def _open_akte(connection: Connection, found: Stand, umstaende: Umstaende) -> Akte:
    """Open the file of a Maßnahme, its status as it stands on the day."""
    jetzt = {"id": found.massnahme.id, **show_massnahme(found.massnahme, umstaende.tag)}
    return Akte(
        name="Die Maßnahme",
        titel=TITEL,
        jetzt=jetzt,
        version=name_version(found.version),
        show=lambda stated: {} if stated is None else show_massnahme(stated, umstaende.tag),
        read=lambda: [_read(*each) for each in enumerate(list_changes(connection, found.massnahme.id), 1)],
    )


def _read(version: int, entry: Aenderung) -> Fortgang:
    was, now = (None if each is None else msgspec.convert(each, Massnahme) for each in (entry.vorher, entry.nachher))
    changed = [name for name in TITEL if getattr(was, name, None) != getattr(now, name, None)]
    return Fortgang(entry.zeitpunkt, entry.akteur, str(version), was, now, changed)
