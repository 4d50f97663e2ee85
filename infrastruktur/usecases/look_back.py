"""See an installation as it was known at a moment: its catalogue is laid out anew from the history.

What a figure takes from elsewhere is today's, and the figure says so: streets and the installation's own files. The
history is read as the installation reads it, whoever asks: an earlier catalogue is laid out once for all its readers.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import msgspec

from infrastruktur.domain.angebot import Angebot, is_hidden
from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.domain.kenntnis import ORTSZEIT, Kenntnis
from infrastruktur.storage import angebote, bevoelkerung, history, kontext, lage, massnahmen, quellen, raeume
from infrastruktur.storage.engine import Connection
from infrastruktur.storage.fruehere import Frueher
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.lay_tafelwerk import restore_tafeln
from infrastruktur.usecases.locate_standorte import locate_standorte

_TAFELN = "tafeln"
_AREAS = ("kommune", "sozialraum")
_TOLD = {"akteur": "", "grund": ""}


@dataclass(frozen=True)
class Verborgen:
    """What was confidential at some later time, by id."""

    angebote: frozenset[str] = frozenset()
    standorte: frozenset[str] = frozenset()

    @property
    def digest(self) -> str:
        """Name it; nothing where nothing is hidden."""
        ids = sorted(self.angebote | self.standorte)
        return f"-{hashlib.sha256(msgspec.json.encode(ids)).hexdigest()[:16]}" if ids else ""

    def hide(self, angebot: Angebot) -> Angebot:
        """Let an Angebot be as confidential as it became, or its Standort."""
        standort = angebot.standort
        if angebot.standort_id in self.standorte:
            standort = msgspec.structs.replace(standort, vertraulich=True)
        hidden = angebot.vertraulich or angebot.id in self.angebote
        return msgspec.structs.replace(angebot, standort=standort, vertraulich=hidden)


def look_back(context: Context, known_at: datetime | None) -> Context:
    """See an installation as it was known at a moment, None as it is known now.

    Raises
    ------
    InvalidParameter
        The catalogue did not know anything yet.

    """
    if known_at is None:
        return context
    with context.store.of_installation().read() as connection:
        stand = history.find_stand(connection, known_at)
        erased = history.read_revision(connection).get(history.VERGESSEN, 0)
    if stand is None:
        moment = f"{known_at.astimezone(ORTSZEIT):%Y-%m-%d, %H:%M Uhr}"
        raise InvalidParameter("known_at", f"Am {moment} stand noch nichts im Katalog. Bitte später fragen.")
    verborgen = _find_hidden(context, stand) if context.public else Verborgen()
    kenntnis = Kenntnis(zeitpunkt=known_at, stand=stand, verborgen=verborgen.digest, vergessen=erased)
    past = context.fruehere.open(kenntnis.katalog, partial(_lay_out, context, kenntnis, verborgen))
    settings = msgspec.structs.replace(context.settings, tafelordner=past.folder / _TAFELN)
    return replace(context, store=past.store, settings=settings, kenntnis=kenntnis, gegenwart=context)


def look_again(context: Context) -> Context:
    """See an installation as it was seen, where its earlier catalogue may have been put away meanwhile."""
    if context.gegenwart is None or context.kenntnis is None:
        return context
    return look_back(context.gegenwart, context.kenntnis.zeitpunkt)


def _find_hidden(context: Context, stand: int) -> Verborgen:
    """Find what became confidential after an entry: once it is, earlier states must not tell of it either."""

    def find() -> Verborgen:
        with context.store.of_installation().read() as connection:
            later = [each for each in history.list_angebote_since(connection, stand) if is_hidden(each)]
        return Verborgen(
            frozenset(each.id for each in later),
            frozenset(each.standort_id for each in later if each.standort.vertraulich),
        )

    return context.figures.recall(("verborgen", stand, context.catalogue_revision()), find)


def _lay_out(context: Context, kenntnis: Kenntnis, verborgen: Verborgen, past: Frueher) -> None:
    stand = kenntnis.stand
    with context.store.of_installation().read() as present, past.store.write() as connection:
        _restore_raeume(present, connection, stand)
        known = [verborgen.hide(each) for each in history.list_angebote(present, stand)]
        angebote.restore_angebote(connection, known, angebote.list_numbers(present))
        lage.set_lage(connection, lage.list_lagen_of_forgotten(present))
        locate_standorte(connection)
        _restore_people(present, connection, stand)
        for quelle, then in kontext.list_kontext_at(present, stand).items():
            kontext.apply_kontext(connection, quelle, then.indikatoren, then.werte, **_TOLD)
        massnahmen.restore_massnahmen(connection, history.list_statements(present, "massnahme", stand).values())
        for stated in history.list_statements(present, "quelle", stand).values():
            quellen.put_quelle(connection, msgspec.convert(stated, quellen.Quelle), **_TOLD)
        restore_tafeln(present, context.settings, stand, past.folder / _TAFELN)


def _restore_people(present: Connection, past: Connection, stand: int) -> None:
    for quelle, rows in bevoelkerung.list_bevoelkerung_at(present, stand).items():
        bevoelkerung.apply_bevoelkerung(past, quelle, rows, **_TOLD)
    for zellen in bevoelkerung.list_zellen_at(present, stand):
        bevoelkerung.apply_zellen(past, zellen, **_TOLD)


def _restore_raeume(present: Connection, past: Connection, stand: int) -> None:
    region = raeume.get_region(present)
    if region is not None:
        raeume.put_region(past, region)
    for tabelle in _AREAS:
        stated = history.list_statements(present, tabelle, stand).values()
        raeume.restore_raeume(past, [raeume.read_statement(each) for each in stated])
