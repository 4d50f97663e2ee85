"""What somebody is told who keeps a copy of the catalogue: which entry came, changed or went, and never what it says.

Told is what a reader could see before and after: to the public, an entry that becomes confidential has gone.
"""

from enum import StrEnum

import msgspec

from infrastruktur.domain.angebot import Angebot, is_hidden


class Vorgang(StrEnum):
    NEU = "neu"
    GEAENDERT = "geaendert"
    ENTFERNT = "entfernt"


class Meldung(msgspec.Struct, frozen=True, kw_only=True):
    """One change: of which feature, when, and which version it made.

    `version` is that of an Angebot, None for an area, which has none. `akteur` is told to who reads what is internal.
    """

    zeitpunkt: str
    kollektion: str
    id: str
    vorgang: Vorgang
    version: int | None = None
    akteur: str | None = None


def find_vorgang(before: Angebot | None, after: Angebot | None, *, public: bool) -> Vorgang | None:
    """Say what a change was to a reader; None where it concerns nothing that he or she sees.

    A closed Angebot is changed, since it stays in the Bestand of the days before; a void one has gone.
    """
    was, now = (_is_there(each, public=public) for each in (before, after))
    if was and now:
        return Vorgang.GEAENDERT
    if was != now:
        return Vorgang.NEU if now else Vorgang.ENTFERNT
    return None


def _is_there(angebot: Angebot | None, *, public: bool) -> bool:
    return angebot is not None and bool(angebot.status) and not (public and is_hidden(angebot))
