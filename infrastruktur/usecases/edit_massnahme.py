"""Change Maßnahmen: create, change, give up and void them, each in one transaction with its history.

Rights are those of its Fachbereich in its Kommune, before and after a change. Whoever names the version a change is
made on top of meets what others changed since; without one, what another person changed lately is not overwritten.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec

from infrastruktur.domain.art import Feldfehler
from infrastruktur.domain.eingabe import Konflikt, tidy
from infrastruktur.domain.errors import Gone, InvalidInput, NotFound, Outdated, PreconditionMissing
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
from infrastruktur.domain.permission import Handlung, demand, is_person, may
from infrastruktur.domain.raum import Ebene
from infrastruktur.storage import massnahmen, raeume
from infrastruktur.storage.engine import Connection
from infrastruktur.storage.history import Aenderung, list_changes
from infrastruktur.storage.massnahmen import Stand
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.demand_change import Umstaende
from infrastruktur.usecases.describe_layers import MASSNAHMEN, list_default_ziele
from infrastruktur.usecases.edit_angebot import IRRTUM, list_editable, write_once
from infrastruktur.usecases.read_layer import no_such_feature

_MISSING = "Bitte im Kopf If-Match den ETag nennen, auf dem die Änderung beruht."
_OUTDATED = "Die Maßnahme wurde inzwischen von jemand anderem geändert. Bitte neu lesen und noch einmal ändern."
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
        return _store(context, connection, new, _apply(connection, new, stated, umstaende), umstaende)

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
    PreconditionMissing, Outdated
        It does not say on top of what, or others changed the same since.

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
        after = _apply(connection, found.massnahme, stated, umstaende)
        _check_version(context, connection, found, stated, umstaende)
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
        _check_version(context, connection, found, {"status": None}, umstaende)
        massnahmen.put_massnahme(connection, after, akteur=context.leser.kennung, grund=umstaende.grund)

    write_once(context, umstaende, act, type(None))


def _get(context: Context, connection: Connection, id_: str, handlung: Handlung = Handlung.AENDERN) -> Stand:
    """Get a Maßnahme that somebody may do something to."""
    found = massnahmen.find_massnahme(connection, id_)
    if found is None:
        raise no_such_feature(MASSNAHMEN, id_)
    demand(context.leser, handlung, describe_gegenstand(found.massnahme))
    return found


def _apply(connection: Connection, before: Massnahme, stated: Mapping[str, Any], umstaende: Umstaende) -> Massnahme:
    wrong = check_stated(stated, {ziel.code: ziel.titel for ziel in list_default_ziele()})
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


def _check_version(
    context: Context, connection: Connection, found: Stand, stated: Mapping[str, Any], umstaende: Umstaende
) -> None:
    """Let pass a change of what nobody else has changed meanwhile."""
    erwartet = umstaende.erwartet
    if erwartet is None:
        if context.settings.editing.if_match_required:
            raise PreconditionMissing(_MISSING)
        base = _find_recent_base(context, list_changes(connection, found.massnahme.id))
    elif "*" in erwartet or name_version(found.version) in erwartet:
        return
    else:
        base = _find_base(list_changes(connection, found.massnahme.id), erwartet)
    konflikte = _compare(base, stated, found.massnahme, umstaende)
    if erwartet is not None or any(each.widerspricht for each in konflikte):
        raise Outdated(_OUTDATED, konflikte, show_massnahme(found.massnahme, umstaende.tag))


def _find_base(entries: Sequence[Aenderung], erwartet: frozenset[str]) -> Massnahme | None:
    counts = [int(each.partition(".")[0]) for each in erwartet]
    known = [count for count in counts if 0 < count <= len(entries)]
    return _read(entries[max(known) - 1].nachher) if known else None


def _find_recent_base(context: Context, entries: Sequence[Aenderung]) -> Massnahme | None:
    """Find how it stood before other persons changed it lately; as it is, where nobody did."""
    since = datetime.now(UTC) - timedelta(hours=context.settings.editing.conflict_hours)
    recent = [
        each
        for each in entries
        if each.vorher is not None
        and is_person(each.akteur)
        and each.akteur != context.leser.kennung
        and datetime.fromisoformat(each.zeitpunkt) >= since
    ]
    return _read(recent[0].vorher if recent else entries[-1].nachher)


def _read(statement: Mapping[str, Any] | None) -> Massnahme | None:
    return None if statement is None else msgspec.convert(statement, Massnahme)


def _compare(
    base: Massnahme | None, stated: Mapping[str, Any], current: Massnahme, umstaende: Umstaende
) -> list[Konflikt]:
    """Hold what is stated against what stood there and what stands there now."""
    jetzt = show_massnahme(current, umstaende.tag)
    was = {} if base is None else show_massnahme(base, umstaende.tag)
    return [
        Konflikt(
            feld=name,
            titel=TITEL[name],
            vorher=was.get(name),
            ihre_angabe=value,
            jetzt=jetzt[name],
            geaendert_am=None,
            widerspricht=base is None or was[name] != jetzt[name],
        )
        for name, value in stated.items()
        if name in TITEL
    ]
