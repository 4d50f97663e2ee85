"""Dated changes of places: which Angebot opens, closes, grows or shrinks on which day, and why.

Whatever lies between two days adds up: the sum of the changes of places in operation is the difference of the
two Bestände. What is only announced has a day and no share in the Bestand.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, pairwise
from typing import Generic, Protocol, TypeVar

from infrastruktur.domain.angebot import Status
from infrastruktur.planning.supply import ERWARTET, NICHT_DA, Bewegung

VORHABEN = "vorhaben"
"""Planned, approved or under construction from a day on: no place is in operation yet."""
_OF_STATUS = {
    Status.GEPLANT: Bewegung.ZUGANG_GEPLANT,
    Status.GENEHMIGT: Bewegung.ZUGANG_GENEHMIGT,
    Status.IM_BAU: Bewegung.ZUGANG_IM_BAU,
}


class Zeit(Protocol):
    """A time in which status and places of an Angebot stay the same, both days inclusive, None open."""

    @property
    def id(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def kapazitaet(self) -> float | None: ...
    @property
    def gueltig_von(self) -> date | None: ...
    @property
    def gueltig_bis(self) -> date | None: ...
    @property
    def anlass(self) -> str: ...


Z = TypeVar("Z", bound=Zeit)


@dataclass(frozen=True)
class Veraenderung(Generic[Z]):
    """What changes of one Angebot on one day.

    Attributes
    ----------
    zeit
        A time of the Angebot, to name it by.
    bewegung
        One of `Bewegung`, or `VORHABEN`.
    vorher, nachher
        Status, "" where nothing is stated or it is closed, and places, None unknown.
    differenz
        Places in operation that come or go; 0 for a Vorhaben.

    """

    zeit: Z
    tag: date
    bewegung: str
    vorher: tuple[str, float | None]
    nachher: tuple[str, float | None]
    differenz: float
    anlass: str


def list_veraenderungen(zeiten: Sequence[Z], nach: date, bis: date) -> Iterator[Veraenderung[Z]]:
    """List what changes after one day, up to and on another.

    Parameters
    ----------
    zeiten
        Times of any number of Angebote, those of one together and in their order.

    """
    for _, of_one in groupby(zeiten, key=lambda zeit: zeit.id):
        times = list(of_one)
        changed = _last_change(times)
        for tag, zeit, vorher, nachher in _turns(times):
            if nach < tag <= bis and (found := _sort(vorher, nachher)) is not None:
                bewegung, differenz = found
                anlass = zeit.anlass if tag == changed else ""
                yield Veraenderung(zeit, tag, bewegung, vorher, nachher, differenz, anlass)


_Stand = tuple[str, float | None]


def _turns(times: Sequence[Z]) -> Iterator[tuple[date, Z, _Stand, _Stand]]:
    """Give each day on which something is other than the day before."""
    nothing: _Stand = (NICHT_DA, None)
    first, last = times[0], times[-1]
    if first.gueltig_von is not None:
        yield first.gueltig_von, first, nothing, (first.status, first.kapazitaet)
    for left, right in pairwise(times):
        if left.gueltig_bis is None or right.gueltig_von is None:
            continue
        after = left.gueltig_bis + timedelta(days=1)
        if after < right.gueltig_von:
            yield after, left, (left.status, left.kapazitaet), nothing
            yield right.gueltig_von, right, nothing, (right.status, right.kapazitaet)
        else:
            yield right.gueltig_von, right, (left.status, left.kapazitaet), (right.status, right.kapazitaet)
    if last.gueltig_bis is not None and last.gueltig_bis < date.max:
        yield last.gueltig_bis + timedelta(days=1), last, (last.status, last.kapazitaet), nothing


def _last_change(times: Sequence[Zeit]) -> date | None:
    """Find the day of the last change of places: an Angebot states the reason of that one only."""
    days = [
        right.gueltig_von
        for left, right in pairwise(times)
        if left.kapazitaet != right.kapazitaet and right.gueltig_von is not None
    ]
    return days[-1] if days else times[0].gueltig_von


def _sort(vorher: _Stand, nachher: _Stand) -> tuple[str, float] | None:
    """Sort a change as `supply.foresee` does; None where neither places nor a Vorhaben are touched."""
    (status_before, places_before), (status_after, places_after) = vorher, nachher
    was, now = status_before == Status.IN_BETRIEB, status_after == Status.IN_BETRIEB
    old, new = (places_before or 0.0) if was else 0.0, (places_after or 0.0) if now else 0.0
    if was and now:
        return _sort_running(places_before, places_after)
    if now:
        return _OF_STATUS.get(
            Status(status_before), Bewegung.ZUGANG_SONST
        ) if status_before else Bewegung.ZUGANG_SONST, new
    if was:
        return Bewegung.WEGFALL_SCHLIESSUNG, -old
    return (VORHABEN, 0.0) if status_after in ERWARTET and vorher != nachher else None


def _sort_running(before: float | None, after: float | None) -> tuple[str, float] | None:
    if before == after:
        return None
    change = (after or 0.0) - (before or 0.0)
    if before is None or after is None:
        return Bewegung.UNGEWISS, change
    return (Bewegung.ZUGANG_AUSBAU if change > 0 else Bewegung.WEGFALL_ABBAU), change
