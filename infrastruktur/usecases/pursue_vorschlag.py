"""Go on with one's own proposal: work on a draft, hand it in, answer a question, withdraw."""

from dataclasses import dataclass

import msgspec

from infrastruktur.domain.art import Feldfehler
from infrastruktur.domain.eingabe import Eingabe
from infrastruktur.domain.errors import Forbidden, InvalidInput, Outdated, PreconditionMissing
from infrastruktur.domain.permission import Handlung, demand
from infrastruktur.domain.vorschlag import Absicht, Vorschlag, Zug, make_move
from infrastruktur.storage.eingaben import find_bestand
from infrastruktur.storage.engine import Connection
from infrastruktur.storage.vorschlaege import append_schritt
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.demand_change import Umstaende, describe_gegenstand
from infrastruktur.usecases.edit_angebot import require_person
from infrastruktur.usecases.propose_angebot import state_angaben
from infrastruktur.usecases.read_vorschlaege import Sache, find_sache

_FREMD = "Das geht nur beim eigenen Vorschlag. Bitte freigeben, ablehnen oder nachfragen."
_OHNE_ANGABEN = "Dass etwas storniert wird, hat keine Angaben. Bitte zurückziehen und neu vorschlagen."
_MISSING = "Bitte im Kopf If-Match den ETag des Vorschlags nennen, wie er gelesen wurde."
_OUTDATED = "Mit dem Vorschlag ist inzwischen etwas geschehen. Bitte neu lesen und noch einmal entscheiden."


@dataclass(frozen=True, kw_only=True)
class Aeusserung:
    """What is said with a step. `erwartet` are the versions of the proposal it may follow, None where nothing was said.

    `eingabe` states anew what is proposed, field by field. Who approves names by `fassung` the version of the Angebot
    that was looked at, where others changed the same since, and by `kein_duplikat` what a new one is known not to be.
    """

    text: str = ""
    erwartet: frozenset[str] | None = None
    eingabe: Eingabe | None = None
    fassung: str = ""
    kein_duplikat: frozenset[str] = frozenset()


def pursue_vorschlag(context: Context, id_: str, zug: Zug, aeusserung: Aeusserung) -> Vorschlag:
    """Take a step with one's own proposal, and state it anew where that is said.

    Raises
    ------
    Unauthenticated, Forbidden
        Nobody known, or another's proposal.
    NotFound
        There is none, or not for this reader.
    NotNow
        From where it stands, no such step leads on.
    InvalidInput, Gone
        It cannot be stated so.
    PreconditionMissing, Outdated
        It does not say which step it follows, or another has come since.

    """
    require_person(context)
    with context.store.write() as connection:
        sache = find_sache(context, connection, id_)
        if sache.vorschlag.urheber != context.leser.kennung:
            raise Forbidden(_FREMD)
        demand(context.leser, Handlung.VORSCHLAGEN)
        check_step(context, sache.vorschlag, aeusserung)
        moved = make_move(sache.vorschlag, zug, context.leser.kennung, aeusserung.text)
        if aeusserung.eingabe is not None:
            moved = _state_anew(context, connection, sache, moved, aeusserung.eingabe)
        return append_schritt(connection, moved)


def check_step(context: Context, vorschlag: Vorschlag, aeusserung: Aeusserung) -> None:
    """Let pass a step that follows the one its author has read.

    Raises
    ------
    PreconditionMissing, Outdated

    """
    if aeusserung.erwartet is None:
        if context.settings.editing.if_match_required:
            raise PreconditionMissing(_MISSING)
    elif not aeusserung.erwartet & {"*", f"{vorschlag.nr}.0"}:
        raise Outdated(_OUTDATED, (), {"id": vorschlag.id, "nr": vorschlag.nr, "zustand": vorschlag.zustand.value})


def _state_anew(
    context: Context, connection: Connection, sache: Sache, moved: Vorschlag, eingabe: Eingabe
) -> Vorschlag:
    """State a proposal anew, on top of the version it was first made on: what others changed since stays in sight."""
    if moved.absicht is Absicht.STORNIEREN:
        raise InvalidInput([Feldfehler("properties", _OHNE_ANGABEN)])
    if find_bestand(connection, moved.angebot) is not None:
        demand(context.leser, Handlung.VORSCHLAGEN, describe_gegenstand(sache.found.angebot, sache.found.ort))
    before = moved.eingabe
    point = before.punkt_25832 if eingabe.punkt_25832 is msgspec.UNSET else eingabe.punkt_25832
    merged = Eingabe(felder={**before.felder, **eingabe.felder}, punkt_25832=point)
    umstaende = Umstaende(kollektion=moved.kollektion, tag=moved.tag, kein_duplikat=frozenset(moved.kein_duplikat))
    return state_angaben(context, connection, moved, sache.found, merged, umstaende)
