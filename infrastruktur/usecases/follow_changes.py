"""Follow what changes in the catalogue, in the order it was committed: writers queue, so no later entry comes earlier.

The history is read as the installation reads it, because an Angebot that has become confidential must be told to have
gone; what is told of it is decided here. A place in the order is named by the last change that was told, so that nobody
can count what was not.
"""

from collections.abc import Iterator

import msgspec

from infrastruktur.domain.angebot import Angebot
from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.domain.meldung import Meldung, Vorgang, find_vorgang
from infrastruktur.storage.angebote import list_nachbarn
from infrastruktur.storage.engine import Connection
from infrastruktur.storage.history import Aenderung, find_entry, list_entries_after
from infrastruktur.usecases.context import Context

KOLLEKTIONEN = {"angebot": "angebote", "kommune": "kommunen", "sozialraum": "sozialraeume", "massnahme": "massnahmen"}
"""Which layer the changes of a table are told of; figures follow from them."""
_BATCH = 500
_UNKNOWN = "Diese Stelle kennt der Katalog nicht. Bitte „weiter“ der letzten Antwort nehmen oder von vorn lesen."


class Stelle(msgspec.Struct, frozen=True):
    """A place in the order: behind the entry of a row at a moment."""

    zeitpunkt: str
    id: str


class Folge(msgspec.Struct, frozen=True, kw_only=True):
    """Changes in their order, and the place to go on from; None where nothing was ever told."""

    meldungen: tuple[Meldung, ...]
    weiter: Stelle | None


def follow_changes(context: Context, since: Stelle | None, limit: int) -> Folge:
    """Tell what changed behind a place, from the beginning where none is named.

    All that one entry changed is told together, so there may be a few more than `limit`.

    Raises
    ------
    InvalidParameter
        No entry stands at this place.

    """
    told: list[Meldung] = []
    with context.store.of_installation().read() as connection:
        for entry in _iterate(connection, _find(connection, since)):
            meldungen = list(_tell(context, connection, entry))
            if meldungen:
                told += meldungen
                since = Stelle(entry.zeitpunkt, entry.id)
            if len(told) >= limit:
                break
    return Folge(meldungen=tuple(told), weiter=since)


def _find(connection: Connection, since: Stelle | None) -> int:
    if since is None:
        return 0
    found = find_entry(connection, since.zeitpunkt, since.id)
    if found is None:
        raise InvalidParameter("since", _UNKNOWN)
    return found


def _iterate(connection: Connection, after: int) -> Iterator[Aenderung]:
    while entries := list_entries_after(connection, after, KOLLEKTIONEN, _BATCH):
        yield from (entry for _, entry in entries)
        after = entries[-1][0]


def _tell(context: Context, connection: Connection, entry: Aenderung) -> Iterator[Meldung]:
    akteur = None if context.public else entry.akteur
    kollektion = KOLLEKTIONEN[entry.tabelle]
    if kollektion != "angebote":
        vorgang = Vorgang.NEU if entry.vorher is None else Vorgang.GEAENDERT
        id_ = (entry.nachher or {}).get("schluessel", entry.id)
        yield Meldung(zeitpunkt=entry.zeitpunkt, kollektion=kollektion, id=id_, vorgang=vorgang, akteur=akteur)
        return
    before, after = (None if each is None else msgspec.convert(each, Angebot) for each in (entry.vorher, entry.nachher))
    said = {"zeitpunkt": entry.zeitpunkt, "kollektion": kollektion}
    own = find_vorgang(before, after, public=context.public)
    if own is not None:
        yield Meldung(**said, id=entry.id, vorgang=own, version=entry.version, akteur=akteur)
    if context.public and before is not None and after is not None and _turns(before, after):
        vorgang = Vorgang.ENTFERNT if after.standort.vertraulich else Vorgang.NEU
        for id_, version in list_nachbarn(connection, after.standort_id):
            # One that was stated in the same breath has an entry of its own.
            if id_ != entry.id and find_entry(connection, entry.zeitpunkt, id_) is None:
                yield Meldung(**said, id=id_, vorgang=vorgang, version=version)


def _turns(before: Angebot, after: Angebot) -> bool:
    """Say whether a Standort became confidential, or public: with it go its neighbours, who have no entry of that."""
    return before.standort_id == after.standort_id and before.standort.vertraulich != after.standort.vertraulich
