"""Erase what says something of a person from an Angebot and all its past; a mark stays in its place.

Everything else stays: the entry, its version, who changed it when, every count of every day. That something was erased,
by whom and on what ground, is an entry of the history itself.
"""

from collections.abc import Collection

from infrastruktur.domain.art import Feldfehler
from infrastruktur.domain.errors import InvalidInput
from infrastruktur.domain.permission import Handlung, demand
from infrastruktur.domain.vergessen import check_forgettable, forget_angebot, list_forgettable
from infrastruktur.storage.angebote import apply_angebote
from infrastruktur.storage.history import Change
from infrastruktur.storage.vergessen import forget_everywhere, tell_forgotten
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.demand_change import describe_gegenstand
from infrastruktur.usecases.edit_angebot import get_bestand

_OHNE_GRUND = "Bitte sagen, warum gelöscht wird (ohne die Angaben selbst): Es steht dann in der Geschichte."


def erase_personal_data(
    context: Context, kollektion: str, id_: str, felder: Collection[str], grund: str
) -> tuple[str, ...]:
    """Erase texts of an Angebot for good, and give the names of what was erased.

    Raises
    ------
    Forbidden
        Who asks may not, or not there.
    NotFound
        There is none in this layer, or not for this reader.
    InvalidInput
        No field is named, or one that cannot be erased, or no ground.

    """
    if not grund.strip():
        raise InvalidInput([Feldfehler("grund", _OHNE_GRUND)])
    demand(context.leser, Handlung.VERGESSEN)
    akteur = context.leser.kennung or "cli"
    with context.store.of_installation().write() as connection:
        found = get_bestand(context, connection, kollektion, id_)
        demand(context.leser, Handlung.VERGESSEN, describe_gegenstand(found.angebot, found.ort))
        check_forgettable(felder, list_forgettable(found.angebot))
        named = tuple(sorted(set(felder)))
        after = forget_angebot(found.angebot, named)
        lagen = {after.standort_id: (found.ort.kommune, found.ort.sozialraum, found.ort.lage)}
        change = Change(quelle=after.quelle, geaendert=(after,))
        apply_angebote(connection, change, akteur=akteur, grund="", lagen=lagen)
        forget_everywhere(connection, after.id, named)
        tell_forgotten(
            connection, after, akteur=akteur, grund=f"Personenbezogene Angaben gelöscht ({', '.join(named)}): {grund}"
        )
    return named
