"""Compare a change with what others changed meanwhile, field by field: nothing is overwritten unseen."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from infrastruktur.domain.angebot import Angebot
from infrastruktur.domain.eingabe import GEOMETRIE, TITEL, Konflikt, Ort, flat_name, show_angebot, show_point
from infrastruktur.domain.errors import Disputed, Outdated, PreconditionMissing
from infrastruktur.domain.felder import Schritt, find_statement, list_last_changes
from infrastruktur.domain.permission import is_person
from infrastruktur.storage.eingaben import Bestand
from infrastruktur.storage.engine import Connection
from infrastruktur.storage.history import list_schritte
from infrastruktur.usecases.context import Context

_MISSING = "Bitte im Kopf If-Match den ETag nennen, auf dem die Änderung beruht."
_OUTDATED = "Das Angebot wurde inzwischen von jemand anderem geändert. Bitte neu lesen und noch einmal ändern."

_DISPUTED = (
    "hat vor kurzem jemand anders geändert. Nichts wurde überschrieben, und die Sache steht jetzt im Klärungsbedarf. "
    "Bitte die Ebene neu laden und nachsehen, was stimmt."
)
_MEANWHILE = (
    "hat jemand geändert, seit der Vorschlag gemacht wurde. Nichts wurde überschrieben. Soll der Vorschlag trotzdem "
    "gelten, bitte bei der Freigabe die Fassung nennen, die jetzt dasteht."
)


def check_version(
    context: Context,
    connection: Connection,
    found: Bestand,
    stated: Mapping[str, Any],
    erwartet: frozenset[str] | None,
    tag: date,
) -> None:
    """Let pass a change of what nobody else has changed meanwhile.

    `stated` are its fields. `erwartet` are the versions it may be made on top of. Without any, as a desktop GIS
    writes, every field stands for itself: one that another person changed lately is in dispute.

    Raises
    ------
    PreconditionMissing
        No version is named, and this installation wants one.
    Outdated
        The version is another one by now.
    Disputed
        Another person has just stated otherwise.

    """
    if erwartet is None:
        if context.settings.editing.if_match_required:
            raise PreconditionMissing(_MISSING)
        if stated:
            _check_fields(context, connection, found, stated, tag)
    elif "*" not in erwartet and found.version not in erwartet:
        schritte = list_schritte(connection, found.angebot.id)
        konflikte = _compare(found, stated, schritte, find_statement(schritte, erwartet), tag)
        raise Outdated(_OUTDATED, list(konflikte), _describe(found, tag))


def check_basis(connection: Connection, found: Bestand, stated: Mapping[str, Any], basis: str, tag: date) -> None:
    """Let pass what was stated on top of an older version, where nobody has changed the same fields since.

    Raises
    ------
    Disputed
        Somebody has; which fields, and what they say now.

    """
    disputed = [each for each in compare_with_basis(connection, found, stated, basis, tag) if each.widerspricht]
    if disputed:
        named = ", ".join(f"„{each.titel}“" for each in disputed)
        raise Disputed(f"{named} {_MEANWHILE}", disputed, _describe(found, tag))


def compare_with_basis(
    connection: Connection, found: Bestand, stated: Mapping[str, Any], basis: str, tag: date
) -> list[Konflikt]:
    """Compare what was stated on top of an older version with what was there then, and what is there now."""
    schritte = list_schritte(connection, found.angebot.id)
    return list(_compare(found, stated, schritte, find_statement(schritte, {basis}), tag))


def _check_fields(
    context: Context, connection: Connection, found: Bestand, stated: Mapping[str, Any], tag: date
) -> None:
    since = datetime.now(UTC) - timedelta(hours=context.settings.editing.conflict_hours)
    schritte = list_schritte(connection, found.angebot.id)
    latest = list_last_changes(schritte)
    shown = _show(found.angebot, found.ort, tag)
    disputed = [
        Konflikt(
            feld=name,
            titel=TITEL[name],
            vorher=_say(name, _show(last.vorher, Ort(), tag).get(name)),
            ihre_angabe=_say(name, value),
            jetzt=_say(name, shown[name]),
            geaendert_am=last.zeitpunkt,
            widerspricht=True,
        )
        for name, value in stated.items()
        if name in TITEL
        and (last := latest.get(flat_name(name, found.angebot))) is not None
        and last.vorher is not None  # who is first to say something takes nobody by surprise
        and _is_of_another(last, context.leser.kennung, since)
    ]
    if disputed:
        named = ", ".join(f"„{each.titel}“" for each in disputed)
        raise Disputed(f"{named} {_DISPUTED}", disputed, _describe(found, tag))


def _is_of_another(schritt: Schritt, kennung: str, since: datetime) -> bool:
    other = is_person(schritt.akteur) and schritt.akteur != kennung
    return other and datetime.fromisoformat(schritt.zeitpunkt) >= since


def _compare(
    found: Bestand, stated: Mapping[str, Any], schritte: Sequence[Schritt], base: Angebot | None, tag: date
) -> Iterator[Konflikt]:
    shown, latest = _show(found.angebot, found.ort, tag), list_last_changes(schritte)
    was = _show(base, Ort(), tag)
    for name, titel in TITEL.items():
        theirs = base is not None and was.get(name) != shown[name]
        mine = name in stated and (base is None or stated[name] != was.get(name))
        if theirs or mine:
            last = latest.get(flat_name(name, found.angebot))
            yield Konflikt(
                feld=name,
                titel=titel,
                vorher=_say(name, was.get(name)),
                ihre_angabe=_say(name, stated[name] if mine else was.get(name)),
                jetzt=_say(name, shown[name]),
                geaendert_am=None if last is None else last.zeitpunkt,
                widerspricht=mine and stated[name] != shown[name] and (theirs or base is None),
            )


def _show(angebot: Angebot | None, ort: Ort, tag: date) -> dict[str, Any]:
    if angebot is None:
        return {}
    return {**show_angebot(angebot, ort, tag), GEOMETRIE: angebot.standort.punkt_25832}


def _describe(found: Bestand, tag: date) -> dict[str, Any]:
    shown = _show(found.angebot, found.ort, tag)
    return {**shown, GEOMETRIE: _say(GEOMETRIE, shown[GEOMETRIE]), "version": found.version}


def _say(name: str, value: Any) -> Any:
    return show_point(value) if name == GEOMETRIE else value
