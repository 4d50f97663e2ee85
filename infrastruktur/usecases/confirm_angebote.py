"""Confirm many Angebote at once: all of them, or none where one cannot be, and each of those is named."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import msgspec

from infrastruktur.domain.art import Feldfehler
from infrastruktur.domain.errors import Forbidden, InvalidInput, NotFound, Refused
from infrastruktur.domain.permission import Handlung, demand
from infrastruktur.storage.eingaben import Bestand, list_bestand_of
from infrastruktur.storage.engine import Connection
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.demand_change import Umstaende, Vorhaben
from infrastruktur.usecases.edit_angebot import (
    check_bestand,
    prepare_confirmation,
    require_person,
    store_confirmations,
    write_once,
)

_ZWEIMAL = "Steht zweimal da. Bitte nur einmal nennen."
_OHNE_FASSUNG = "Bitte die Fassung nennen, die geprüft wurde."


class Geprueftes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An Angebot somebody has checked, and the version that was looked at, "" for the one that stands there."""

    id: str
    version: str = ""


def confirm_angebote(context: Context, geprueft: Sequence[Geprueftes], umstaende: Umstaende) -> tuple[str, ...]:
    """State of many Angebote that they still hold as they stand; give their ids.

    Raises
    ------
    Unauthenticated, Forbidden
        Nobody known, or nobody who may confirm anything.
    InvalidInput
        Some cannot be confirmed: each with its sentence, under its id; nothing was written.
    KeyReused
        The request's name stands for another one.

    """
    require_person(context)
    demand(context.leser, Handlung.BESTAETIGEN)

    def act(connection: Connection) -> tuple[str, ...]:
        times = Counter(each.id for each in geprueft)
        known = list_bestand_of(connection, set(times))
        confirmed: dict[str, Vorhaben] = {}
        wrong = [Feldfehler(id_, _ZWEIMAL) for id_, number in times.items() if number > 1]
        for each in geprueft:
            try:
                confirmed[each.id] = _prepare(context, connection, each, known.get(each.id), umstaende)
            except (NotFound, Forbidden, Refused) as error:
                wrong.append(Feldfehler(each.id, str(error)))
        if wrong:
            raise InvalidInput(wrong)
        store_confirmations(context, connection, list(confirmed.values()), umstaende)
        return tuple(confirmed)

    return write_once(context, umstaende, act, tuple[str, ...])


def _prepare(
    context: Context, connection: Connection, each: Geprueftes, known: Bestand | None, umstaende: Umstaende
) -> Vorhaben:
    """Work one out as if it were alone."""
    found = check_bestand(context, known, umstaende.kollektion, each.id)
    if context.settings.editing.if_match_required and not each.version:
        raise Refused(_OHNE_FASSUNG)
    erwartet = frozenset({each.version}) if each.version else None
    return prepare_confirmation(context, connection, found, replace(umstaende, erwartet=erwartet))
