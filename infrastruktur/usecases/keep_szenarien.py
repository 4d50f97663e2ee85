"""Keep scenarios: store, change, take away, list; and open one for a figure, stored or written into the question.

Who may plan (`domain.permission`) stores and reads them, and everybody in an installation of the administration, where
all is internal. Sharing works without: a link carries the scenario itself.
"""

import re
import uuid
from datetime import date

from infrastruktur.domain.errors import Forbidden, InvalidParameter, InvalidSzenario, NotFound, Outdated, Refused
from infrastruktur.domain.permission import Handlung, may
from infrastruktur.domain.szenario import Szenario, Szenariofassung
from infrastruktur.domain.szenariotext import decode_json, read_szenario
from infrastruktur.settings import Audience
from infrastruktur.storage import szenarien
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.publish_table import choose_stichtag
from infrastruktur.usecases.read_population import read_population
from infrastruktur.usecases.read_supply import read_supply
from infrastruktur.usecases.run_scenario import NUR_VERWALTUNG

_NUR_HIER = (
    "Szenarien speichert und liest, wer planen darf; dafür ist eine Anmeldung nötig. Weitergeben lässt sich ein "
    "Szenario auch ohne Speichern: als JSON im Parameter szenario."
)
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_OHNE_MENSCHEN = frozenset({"bestand", "provision"})
"""Figures that tell the public nothing new of people, as long as a scenario changes Angebote only: a ratio is places,
which the asker knows, over a number that is published without any scenario."""


def open_szenario(context: Context, asked: str | None, figure: str) -> Context:
    """See an installation with a scenario for a figure: the id of a stored one, or the scenario itself as JSON.

    Raises
    ------
    InvalidParameter
        It is neither, or no scenario.
    NotFound
        There is none of this id.
    Forbidden
        Who may not plan asks for a stored one; or the public for a figure of people, or with other people or targets.

    """
    if asked is None:
        return context
    szenario = _read(context, asked)
    if context.public and (figure not in _OHNE_MENSCHEN or szenario.aenderungen != szenario.angebote):
        raise Forbidden(NUR_VERWALTUNG)
    return context.under(szenario)


def _read(context: Context, asked: str) -> Szenario:
    if not asked.lstrip().startswith("{"):
        return find_szenario(context, asked)[1]
    try:
        return read_szenario(decode_json(asked))
    except Refused as error:
        raise InvalidParameter("szenario", str(error)) from error


def list_szenarien(context: Context) -> list[Szenariofassung]:
    """List the stored scenarios.

    Raises
    ------
    Forbidden
        Who asks may not plan.

    """
    _require_planning(context)
    with context.store.read() as connection:
        return szenarien.list_szenarien(connection)


def find_szenario(context: Context, id: str) -> tuple[Szenariofassung, Szenario]:  # noqa: A002
    """Find the newest version of a stored scenario, and the scenario in it.

    Raises
    ------
    Forbidden
        Who asks may not plan.
    NotFound
        There is none of this id, or it was taken away.

    """
    _require_planning(context)
    with context.store.read() as connection:
        found = szenarien.find_szenario(connection, id) if _ID.fullmatch(id) else None
    if found is None or found.szenario is None:
        raise NotFound(f"Das Szenario „{id}“ gibt es nicht.")
    return found, found.szenario


def store_szenario(context: Context, szenario: Szenario) -> Szenariofassung:
    """Store a new scenario as version 1.

    Raises
    ------
    Forbidden
        Who asks may not plan.
    InvalidSzenario
        It has no name, or changes what there is not.

    """
    _require_planning(context)
    _require_possible(context, szenario)
    with context.store.write() as connection:
        return szenarien.append_szenario(connection, str(uuid.uuid4()), 1, szenario)


def change_szenario(context: Context, id: str, szenario: Szenario, expected: int) -> Szenariofassung:  # noqa: A002
    """Store the next version of a scenario, on top of the one the writer has read.

    Raises
    ------
    Forbidden, InvalidSzenario
        As `store_szenario`.
    NotFound
        There is none of this id.
    Outdated
        Another version has come since.

    """
    find_szenario(context, id)
    _require_possible(context, szenario)
    return _append(context, id, szenario, expected)


def remove_szenario(context: Context, id: str, expected: int) -> Szenariofassung:  # noqa: A002
    """Take a scenario away; its versions stay in the store.

    Raises
    ------
    Forbidden, NotFound, Outdated
        As `change_szenario`.

    """
    find_szenario(context, id)
    return _append(context, id, None, expected)


def _append(context: Context, id: str, szenario: Szenario | None, expected: int) -> Szenariofassung:  # noqa: A002
    with context.store.write() as connection:
        current = szenarien.find_szenario(connection, id)
        if current is None or current.szenario is None:
            raise NotFound(f"Das Szenario „{id}“ gibt es nicht.")
        if current.version != expected:
            raise Outdated(
                f"Das Szenario hat inzwischen die Version {current.version}. Bitte neu lesen und noch einmal ändern."
            )
        return szenarien.append_szenario(connection, id, expected + 1, szenario)


def _require_planning(context: Context) -> None:
    """Let pass who may plan, and everybody in an installation that only the administration reaches."""
    if context.settings.audience is not Audience.STAFF and not may(context.leser, Handlung.PLANEN):
        raise Forbidden(_NUR_HIER)


def _require_possible(context: Context, szenario: Szenario) -> None:
    """Refuse to store what no figure could be computed of."""
    if not szenario.name:
        raise InvalidSzenario("Es fehlt der name, unter dem das Szenario zu finden ist.")
    try:
        assumed = context.under(szenario)
        day = choose_stichtag(assumed, None)
        _try_out(assumed, day)
    except NotFound as error:
        raise InvalidSzenario(str(error)) from error


def _try_out(assumed: Context, day: date) -> None:
    read_supply(assumed, day)
    assumed.ziele(day)
    verteilung = read_population(assumed, day)
    for change in assumed.szenario.bevoelkerung:
        verteilung.count(change.gruppe)
