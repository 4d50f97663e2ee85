"""Compare a change with what others changed meanwhile, field by field: nothing is overwritten unseen.

It knows neither Angebote nor Maßnahmen, only fields by the names of their layer, and who changed them when.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from infrastruktur.domain.angebot import Angebot
from infrastruktur.domain.eingabe import GEOMETRIE, TITEL, Konflikt, Ort, flat_name, show_angebot, show_point
from infrastruktur.domain.errors import Disputed, Outdated, PreconditionMissing
from infrastruktur.domain.felder import Schritt
from infrastruktur.domain.permission import is_person
from infrastruktur.storage.eingaben import Bestand
from infrastruktur.storage.engine import Connection
from infrastruktur.storage.history import list_schritte
from infrastruktur.usecases.context import Context

_MISSING = "Bitte im Kopf If-Match den ETag nennen, auf dem die Änderung beruht."
_OUTDATED = "wurde inzwischen von jemand anderem geändert. Bitte neu lesen und noch einmal ändern."
_DISPUTED = (
    "hat vor kurzem jemand anders geändert. Nichts wurde überschrieben, und die Sache steht jetzt im Klärungsbedarf. "
    "Bitte die Ebene neu laden und nachsehen, was stimmt."
)
_MEANWHILE = (
    "hat jemand geändert, seit der Vorschlag gemacht wurde. Nichts wurde überschrieben. Soll der Vorschlag trotzdem "
    "gelten, bitte bei der Freigabe die Fassung nennen, die jetzt dasteht."
)


@dataclass(frozen=True)
class Fortgang:
    """One entry of a history: the fields it changed, what was stated before and after, and the version it made."""

    zeitpunkt: str
    akteur: str
    version: str
    vorher: Any
    nachher: Any
    geaendert: Collection[str]


@dataclass(frozen=True)
class Akte:
    """What a change is held against.

    `name` is what people call the thing, `titel` their words for its fields, `jetzt` what stands there, and `version`
    names it. `show` lays out what is stated, None for nothing, and `read` gives all entries, oldest first.
    """

    name: str
    titel: Mapping[str, str]
    jetzt: Mapping[str, Any]
    version: str
    show: Callable[[Any], Mapping[str, Any]]
    read: Callable[[], Sequence[Fortgang]]


def open_akte(connection: Connection, found: Bestand, tag: date) -> Akte:
    """Open the file of an Angebot, with what is dated as it stands on a day."""

    def show(stated: Angebot | None) -> Mapping[str, Any]:
        return {} if stated is None else _show(stated, Ort(), tag)

    def read() -> Sequence[Fortgang]:
        return [_read(schritt, found.angebot) for schritt in list_schritte(connection, found.angebot.id)]

    jetzt = _show(found.angebot, found.ort, tag)
    return Akte(name="Das Angebot", titel=TITEL, jetzt=jetzt, version=found.version, show=show, read=read)


def _show(angebot: Angebot, ort: Ort, tag: date) -> dict[str, Any]:
    return {**show_angebot(angebot, ort, tag), GEOMETRIE: angebot.standort.punkt_25832}


def _read(schritt: Schritt, angebot: Angebot) -> Fortgang:
    changed = set(schritt.geaendert())
    named = [name for name in TITEL if flat_name(name, angebot) in changed]
    made = str(schritt.version)
    return Fortgang(schritt.zeitpunkt, schritt.akteur, made, schritt.vorher, schritt.nachher, named)


def check_version(context: Context, akte: Akte, stated: Mapping[str, Any], erwartet: frozenset[str] | None) -> None:
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
            _check_fields(context, akte, stated)
    elif "*" not in erwartet and akte.version not in erwartet:
        raise Outdated(f"{akte.name} {_OUTDATED}", list(_compare(akte, stated, erwartet)), _describe(akte))


def check_basis(akte: Akte, stated: Mapping[str, Any], basis: str) -> None:
    """Let pass what was stated on top of an older version, where nobody has changed the same fields since.

    Raises
    ------
    Disputed
        Somebody has; which fields, and what they say now.

    """
    disputed = [each for each in compare_with_basis(akte, stated, basis) if each.widerspricht]
    if disputed:
        raise Disputed(f"{_name(disputed)} {_MEANWHILE}", disputed, _describe(akte))


def compare_with_basis(akte: Akte, stated: Mapping[str, Any], basis: str) -> list[Konflikt]:
    """Compare what was stated on top of an older version with what was there then, and what is there now."""
    return list(_compare(akte, stated, {basis}))


def _check_fields(context: Context, akte: Akte, stated: Mapping[str, Any]) -> None:
    since = datetime.now(UTC) - timedelta(hours=context.settings.editing.conflict_hours)
    latest = _list_last(akte.read())
    disputed = [
        Konflikt(
            feld=name,
            titel=akte.titel[name],
            vorher=_say(name, akte.show(last.vorher).get(name)),
            ihre_angabe=_say(name, value),
            jetzt=_say(name, akte.jetzt[name]),
            geaendert_am=last.zeitpunkt,
            widerspricht=True,
        )
        for name, value in stated.items()
        if name in akte.titel
        and (last := latest.get(name)) is not None
        and last.vorher is not None  # who is first to say something takes nobody by surprise
        and _is_of_another(last, context.leser.kennung, since)
    ]
    if disputed:
        raise Disputed(f"{_name(disputed)} {_DISPUTED}", disputed, _describe(akte))


def _list_last(verlauf: Sequence[Fortgang]) -> dict[str, Fortgang]:
    """Give for each field the last entry that changed it."""
    return {name: each for each in verlauf for name in each.geaendert}


def _is_of_another(entry: Fortgang, kennung: str, since: datetime) -> bool:
    other = is_person(entry.akteur) and entry.akteur != kennung
    return other and datetime.fromisoformat(entry.zeitpunkt) >= since


def _compare(akte: Akte, stated: Mapping[str, Any], versions: Collection[str]) -> Iterator[Konflikt]:
    verlauf = akte.read()
    latest, base = _list_last(verlauf), _find_statement(verlauf, versions)
    was = akte.show(base)
    for name, titel in akte.titel.items():
        theirs = base is not None and was.get(name) != akte.jetzt[name]
        mine = name in stated and (base is None or stated[name] != was.get(name))
        if theirs or mine:
            last = latest.get(name)
            yield Konflikt(
                feld=name,
                titel=titel,
                vorher=_say(name, was.get(name)),
                ihre_angabe=_say(name, stated[name] if mine else was.get(name)),
                jetzt=_say(name, akte.jetzt[name]),
                geaendert_am=None if last is None else last.zeitpunkt,
                widerspricht=mine and stated[name] != akte.jetzt[name] and (theirs or base is None),
            )


def _find_statement(verlauf: Sequence[Fortgang], versions: Collection[str]) -> Any:
    """Find what was stated in the newest of some versions; what follows the dot is a Standort's."""
    named = {each.partition(".")[0] for each in versions}
    return next((each.nachher for each in reversed(verlauf) if each.version in named), None)


def _name(disputed: Sequence[Konflikt]) -> str:
    return ", ".join(f"„{each.titel}“" for each in disputed)


def _describe(akte: Akte) -> dict[str, Any]:
    return {**{name: _say(name, value) for name, value in akte.jetzt.items()}, "version": akte.version}


def _say(name: str, value: Any) -> Any:
    return show_point(value) if name == GEOMETRIE else value
