"""State of an Angebot of the Pflege that its places were confirmed as needed, or take that back, with its history."""

from datetime import date

import msgspec

from infrastruktur.domain.art import Feldfehler
from infrastruktur.domain.bedarfsbestaetigung import (
    FUNDSTELLE,
    TAG,
    Bedarfsbestaetigung,
    describe_wrong,
    find_bedarfsbestaetigung,
    put_bedarfsbestaetigung,
)
from infrastruktur.domain.eingabe import check_text, is_gone, tidy
from infrastruktur.domain.errors import Gone, InvalidInput, NotFound
from infrastruktur.domain.permission import Handlung, demand
from infrastruktur.storage.engine import Connection
from infrastruktur.usecases.compare_edits import check_version, open_akte
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.demand_change import Umstaende, Vorhaben, describe_gegenstand, say_gone
from infrastruktur.usecases.edit_angebot import get_bestand, store_changes, write_once

_NUR_PFLEGE = "Eine Bedarfsbestätigung gibt es nur für Angebote der Pflege."


class Bestaetigt(msgspec.Struct, frozen=True, kw_only=True):
    """What is stated of an Angebot now, None for nothing, and the version it stands in."""

    id: str
    version: str
    bedarfsbestaetigung: Bedarfsbestaetigung | None


def read_bedarfsbestaetigung(context: Context, kollektion: str, id_: str) -> Bestaetigt:
    """Give the confirmation of an Angebot.

    Raises
    ------
    NotFound
        There is no such Angebot in the layer, or not for this reader, or it has none.

    """
    with context.store.read() as connection:
        found = get_bestand(context, connection, kollektion, id_)
    stated = find_bedarfsbestaetigung(found.angebot)
    if stated is None or not found.angebot.status:
        raise NotFound("Zu diesem Angebot ist keine Bedarfsbestätigung bekannt.")
    return Bestaetigt(id=id_, version=found.version, bedarfsbestaetigung=stated)


def state_bedarfsbestaetigung(
    context: Context, id_: str, stated: Bedarfsbestaetigung | None, umstaende: Umstaende
) -> Bestaetigt:
    """State a confirmation of an Angebot, None takes it back.

    Raises
    ------
    Unauthenticated, Forbidden
        Nobody known, or nobody who may release places there.
    NotFound, Gone
        There is no such Angebot, or no more.
    InvalidInput
        It is none of the Pflege, or the day or place cannot be.
    PreconditionMissing, Outdated, KeyReused
        As for any change of it.

    """

    def act(connection: Connection) -> Bestaetigt:
        found = get_bestand(context, connection, umstaende.kollektion, id_)
        demand(context.leser, Handlung.FREIGEBEN, describe_gegenstand(found.angebot, found.ort))
        if is_gone(found.angebot, umstaende.tag):
            raise Gone(say_gone(found.angebot), found.angebot.ersetzt_durch)
        kept = None if stated is None else _check(found.angebot.art, stated)
        changed = {TAG: kept and kept.tag.isoformat()}
        check_version(context, open_akte(connection, found, umstaende.tag), changed, umstaende.erwartet)
        after = put_bedarfsbestaetigung(found.angebot, kept)
        store_changes(context, connection, [Vorhaben(nachher=after, ort=found.ort, stated=changed)], umstaende)
        now = get_bestand(context, connection, umstaende.kollektion, id_)
        return Bestaetigt(id=id_, version=now.version, bedarfsbestaetigung=kept)

    return write_once(context, umstaende, act, Bestaetigt)


def _check(art: str, stated: Bedarfsbestaetigung) -> Bedarfsbestaetigung:
    """Let pass what can be, its text tidied."""
    if art.partition(".")[0] != "pflege":
        raise InvalidInput([Feldfehler(TAG, _NUR_PFLEGE)])
    tidied = msgspec.structs.replace(stated, fundstelle=tidy({FUNDSTELLE: stated.fundstelle})[FUNDSTELLE] or "")
    wrong = check_text(tidied.fundstelle) or describe_wrong(tidied, date.today())  # noqa: DTZ011 - a local day
    if wrong is not None:
        raise InvalidInput([Feldfehler(TAG, wrong)])
    return tidied
