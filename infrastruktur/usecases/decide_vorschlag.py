"""Decide on another's proposal: ask back, refuse, or approve, which changes the catalogue in the same transaction.

Four eyes: nobody decides on what he or she proposed, whatever the role. What others changed since the proposal was made
is never overwritten unseen; whoever approves is shown it, and names the version that was looked at.
"""

from infrastruktur.domain.art import Feldfehler
from infrastruktur.domain.errors import InvalidInput, NotNow
from infrastruktur.domain.vorschlag import Absicht, Vorschlag, Zug, make_move
from infrastruktur.storage.engine import Connection
from infrastruktur.storage.vorschlaege import append_schritt
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.demand_change import Umstaende
from infrastruktur.usecases.edit_angebot import prepare_change, require_person, store_changes, void_bestand
from infrastruktur.usecases.pursue_vorschlag import Aeusserung, check_step
from infrastruktur.usecases.read_vorschlaege import Sache, demand_decision, find_sache

_WARUM = "Bitte mit „text“ sagen, was offen ist oder warum nicht: Wer vorgeschlagen hat, liest es."
_SCHON_DA = "Das Angebot ist schon angelegt. Bitte den Vorschlag ablehnen."


def decide_vorschlag(context: Context, id_: str, zug: Zug, aeusserung: Aeusserung) -> Vorschlag:
    """Ask back, refuse or approve.

    Raises
    ------
    Unauthenticated, Forbidden
        Nobody known, not responsible, or one's own proposal.
    NotFound
        There is none, or not for this reader.
    NotNow
        From where it stands, no such step leads on.
    InvalidInput
        A question or a refusal without words, or what cannot be any more.
    Disputed
        Others changed the same fields since, and no version is named.
    Gone, Doubled
        What it is about is closed or void by now, or what is new is there by now.
    PreconditionMissing, Outdated
        It does not say which step it follows, or another has come since.

    """
    require_person(context)
    with context.store.write() as connection:
        sache = find_sache(context, connection, id_)
        demand_decision(context, sache)
        check_step(context, sache.vorschlag, aeusserung)
        moved = make_move(sache.vorschlag, zug, context.leser.kennung, aeusserung.text)
        if zug is Zug.FREIGEBEN:
            _apply(context, connection, sache, aeusserung)
        elif not aeusserung.text.strip():
            raise InvalidInput([Feldfehler("text", _WARUM)])
        return append_schritt(connection, moved)


def _apply(context: Context, connection: Connection, sache: Sache, aeusserung: Aeusserung) -> None:
    """Change the catalogue as proposed, by the very way an edit goes."""
    vorschlag, found = sache.vorschlag, sache.found
    umstaende = Umstaende(
        kollektion=vorschlag.kollektion,
        tag=vorschlag.tag,
        grund=_name_both(vorschlag),
        kein_duplikat=aeusserung.kein_duplikat | set(vorschlag.kein_duplikat),
        freigabe=True,
        basis=aeusserung.fassung or vorschlag.basis,
    )
    if vorschlag.absicht is Absicht.STORNIEREN:
        void_bestand(context, connection, found, umstaende, vorschlag.ersetzt_durch)
        return
    if vorschlag.absicht is Absicht.ANLEGEN and found.version:
        raise NotNow(_SCHON_DA)
    vorhaben = prepare_change(context, connection, found, vorschlag.eingabe, umstaende)
    store_changes(context, connection, [vorhaben], umstaende)


def _name_both(vorschlag: Vorschlag) -> str:
    """Say for the history on whose word the change was made; who approved is its actor."""
    why = f": {vorschlag.grund}" if vorschlag.grund else ""
    return f"Vorschlag {vorschlag.id} von {vorschlag.urheber}{why}"
