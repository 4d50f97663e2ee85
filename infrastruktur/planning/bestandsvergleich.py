"""What differs between two Bestände, Angebot by Angebot: two days, two states of knowledge, or both.

Differences of capacity in operation add up: their sum is the difference of the two Bestände, as far as both are known.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import hypot

from infrastruktur.domain.angebot import Status, normal_text
from infrastruktur.domain.unterschied import Was

_MOVED_M = 1.0
"""A point that is nearer to the old one is the same, written otherwise."""


@dataclass(frozen=True)
class Angebotsstand:
    """An Angebot as it stands on a day. `xy_25832` in metres, None without a point; texts None where unknown."""

    name: str
    art: str
    traeger: str | None
    oeffnungszeiten: str | None
    status: str
    kapazitaet: float | None
    adresse: str
    xy_25832: tuple[float, float] | None

    @property
    def in_betrieb(self) -> bool:
        return self.status == Status.IN_BETRIEB


@dataclass(frozen=True)
class Unterschied:
    """One difference, in words; `differenz` is that of the capacity in operation, None where it is not known."""

    was: Was
    vorher: str | None
    nachher: str | None
    differenz: float | None = None


def compare(before: Angebotsstand | None, after: Angebotsstand | None, *, void: bool = False) -> Iterator[Unterschied]:
    """Give the differences of an Angebot; `void` where it is no longer there because it never was."""
    was_running, is_running = _is_running(before), _is_running(after)
    more = _difference(before, after)
    statuses = (_status(before), _status(after))
    if after is None:
        if before is not None:
            yield Unterschied(Was.ENTFALLEN if void else Was.GESCHLOSSEN, statuses[0], None, more)
        return
    if is_running and not was_running:
        yield Unterschied(Was.EROEFFNET, *statuses, more)
    elif before is None:
        yield Unterschied(Was.ANGEKUENDIGT, None, statuses[1])
    elif statuses[0] != statuses[1]:
        yield Unterschied(Was.STATUS, *statuses, more)
    elif before.kapazitaet != after.kapazitaet:
        yield Unterschied(Was.KAPAZITAET, _number(before.kapazitaet), _number(after.kapazitaet), more)
    if before is not None:
        yield from _compare_rest(before, after)


def _compare_rest(before: Angebotsstand, after: Angebotsstand) -> Iterator[Unterschied]:
    if _has_moved(before, after):
        yield Unterschied(Was.STANDORT, before.adresse or None, _say_moved(before, after))
    if before.traeger != after.traeger:
        yield Unterschied(Was.TRAEGER, before.traeger, after.traeger)
    if before.art != after.art:
        yield Unterschied(Was.ART, before.art, after.art)
    if before.name != after.name:
        yield Unterschied(Was.NAME, before.name, after.name)
    if before.oeffnungszeiten != after.oeffnungszeiten:
        yield Unterschied(Was.OEFFNUNGSZEITEN, before.oeffnungszeiten, after.oeffnungszeiten)


def _is_running(stand: Angebotsstand | None) -> bool:
    return stand is not None and stand.in_betrieb


def _status(stand: Angebotsstand | None) -> str | None:
    return None if stand is None else stand.status


def _difference(before: Angebotsstand | None, after: Angebotsstand | None) -> float | None:
    """Give how much more capacity is in operation; None where nothing is on either day, or a size is unknown."""
    running = [each for each in (before, after) if each is not None and each.in_betrieb]
    if not running or any(each.kapazitaet is None for each in running):
        return None
    return _running_capacity(after) - _running_capacity(before)


def _running_capacity(stand: Angebotsstand | None) -> float:
    return (stand.kapazitaet or 0.0) if stand is not None and stand.in_betrieb else 0.0


def _has_moved(before: Angebotsstand, after: Angebotsstand) -> bool:
    apart_m = _apart_m(before, after)
    elsewhere = before.xy_25832 != after.xy_25832 if apart_m is None else apart_m > _MOVED_M
    return elsewhere or normal_text(before.adresse) != normal_text(after.adresse)


def _say_moved(before: Angebotsstand, after: Angebotsstand) -> str | None:
    """Say where it is, and how far from where it was."""
    apart_m = _apart_m(before, after)
    away = "" if apart_m is None else f"{apart_m:.0f} m entfernt"
    return ", ".join(part for part in (after.adresse, away) if part) or None


def _apart_m(before: Angebotsstand, after: Angebotsstand) -> float | None:
    one, other = before.xy_25832, after.xy_25832
    return None if one is None or other is None else hypot(one[0] - other[0], one[1] - other[1])


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:g}"
