"""Propose: who knows states what should be changed, and the catalogue stays as it is until another approves.

A proposal is worked out like an edit, so that what cannot be is said to whoever proposes it, not to whoever decides.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import msgspec

from infrastruktur.domain.angebot import is_hidden
from infrastruktur.domain.art import Feldfehler
from infrastruktur.domain.eingabe import ABGELEITET, Eingabe, is_gone
from infrastruktur.domain.errors import Gone, InvalidInput
from infrastruktur.domain.permission import Handlung, demand
from infrastruktur.domain.vorschlag import Absicht, Vorschlag, Zug, Zustand
from infrastruktur.storage.eingaben import Bestand
from infrastruktur.storage.engine import Connection
from infrastruktur.storage.vorschlaege import append_schritt
from infrastruktur.usecases.compare_edits import check_version, open_akte
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.demand_change import Umstaende, Vorhaben, describe_gegenstand, refuse_hidden, say_gone
from infrastruktur.usecases.edit_angebot import (
    begin_bestand,
    check_ersatz,
    get_bestand,
    read_stated,
    work_out_change,
    write_once,
)
from infrastruktur.usecases.find_duplicates import refuse_duplicates
from infrastruktur.usecases.read_vorschlaege import name_schluessel

_NICHTS = "Der Vorschlag ändert nichts: Es steht schon alles so da."


def propose_new(context: Context, eingabe: Eingabe, umstaende: Umstaende, *, entwurf: bool) -> Vorschlag:
    """Propose an Angebot that is not there yet; as a draft (`entwurf`), only its author sees it.

    Raises
    ------
    Unauthenticated, Forbidden
        Nobody known, or neither one's own Träger nor one's own Kommune.
    InvalidInput, Doubled, KeyReused
        As `create_angebot`.

    """

    def act(connection: Connection) -> Vorschlag:
        id_ = str(uuid4())
        found = begin_bestand(name_schluessel(id_))
        vorschlag = _begin(context, id_, found, umstaende, Absicht.ANLEGEN, entwurf=entwurf)
        return append_schritt(connection, state_angaben(context, connection, vorschlag, found, eingabe, umstaende))

    return write_once(context, umstaende, act, Vorschlag)


def propose_change(context: Context, id_: str, eingabe: Eingabe, umstaende: Umstaende, *, entwurf: bool) -> Vorschlag:
    """Propose to change what is stated of an Angebot; closing is a change of its status.

    Raises
    ------
    Unauthenticated, Forbidden, NotFound, Gone, InvalidInput, Outdated, KeyReused
        As `change_angebot`; without a version, the proposal is made on top of the one that stands there.

    """

    def act(connection: Connection) -> Vorschlag:
        found = _open(context, connection, id_, umstaende)
        vorschlag = _begin(context, str(uuid4()), found, umstaende, Absicht.AENDERN, entwurf=entwurf)
        stated = state_angaben(context, connection, vorschlag, found, eingabe, umstaende)
        _check_read(context, connection, found, stated.felder, umstaende)
        return append_schritt(connection, stated)

    return write_once(context, umstaende, act, Vorschlag)


def propose_void(
    context: Context, id_: str, umstaende: Umstaende, ersetzt_durch: str = "", *, entwurf: bool
) -> Vorschlag:
    """Propose to declare that an Angebot never was, or was the same as another. Raises as `propose_change`."""

    def act(connection: Connection) -> Vorschlag:
        found = _open(context, connection, id_, umstaende)
        if is_gone(found.angebot, umstaende.tag) and not found.angebot.status:
            raise Gone(say_gone(found.angebot), found.angebot.ersetzt_durch)
        stays = check_ersatz(context, connection, found, umstaende, ersetzt_durch)
        _check_read(context, connection, found, {}, umstaende)
        vorschlag = _begin(context, str(uuid4()), found, umstaende, Absicht.STORNIEREN, entwurf=entwurf)
        return append_schritt(connection, msgspec.structs.replace(vorschlag, ersetzt_durch=stays))

    return write_once(context, umstaende, act, Vorschlag)


def prepare_proposal(
    context: Context, connection: Connection, found: Bestand, eingabe: Eingabe, umstaende: Umstaende
) -> tuple[Vorschlag, Vorhaben]:
    """Say what would be proposed, and what would come of it, or why it cannot be; nothing is written.

    What is new has its key from whoever names it (`begin_bestand`), 32 hexadecimal digits, and its proposal has the
    same. Raises as `propose_new` and `propose_change`.
    """
    if found.version:
        demand(context.leser, Handlung.VORSCHLAGEN, describe_gegenstand(found.angebot, found.ort))
    id_ = str(uuid4()) if found.version else str(UUID(found.angebot.schluessel))
    absicht = Absicht.AENDERN if found.version else Absicht.ANLEGEN
    vorschlag = _begin(context, id_, found, umstaende, absicht, entwurf=False)
    vorhaben = _check_angaben(context, connection, absicht, found, eingabe, umstaende)
    return _put_angaben(vorschlag, vorhaben), vorhaben


def state_angaben(
    context: Context,
    connection: Connection,
    vorschlag: Vorschlag,
    found: Bestand,
    eingabe: Eingabe,
    umstaende: Umstaende,
) -> Vorschlag:
    """Write into a proposal what is stated and differs from what is there, once it is known that it can be.

    Raises
    ------
    Forbidden, Gone, InvalidInput, Doubled
        As `propose_new` and `propose_change`.

    """
    vorhaben = _check_angaben(context, connection, vorschlag.absicht, found, eingabe, umstaende)
    return _put_angaben(vorschlag, vorhaben)


def _check_angaben(
    context: Context,
    connection: Connection,
    absicht: Absicht,
    found: Bestand,
    eingabe: Eingabe,
    umstaende: Umstaende,
) -> Vorhaben:
    stated = read_stated(found, eingabe, umstaende)
    vorhaben = work_out_change(context, connection, found, stated, umstaende)
    refuse_hidden(context, vorhaben.nachher)
    if absicht is Absicht.ANLEGEN:
        demand(context.leser, Handlung.VORSCHLAGEN, describe_gegenstand(vorhaben.nachher, vorhaben.ort))
        refuse_duplicates(context, connection, vorhaben.nachher, umstaende)
    if not set(stated) - set(ABGELEITET):
        raise InvalidInput([Feldfehler("properties", _NICHTS)])
    return vorhaben


def _put_angaben(vorschlag: Vorschlag, vorhaben: Vorhaben) -> Vorschlag:
    felder = {name: each for name, each in vorhaben.stated.items() if name not in ABGELEITET}
    return msgspec.structs.replace(
        vorschlag,
        felder=msgspec.to_builtins(felder),
        vertraulich=vorschlag.vertraulich or is_hidden(vorhaben.nachher),
    )


def _open(context: Context, connection: Connection, id_: str, umstaende: Umstaende) -> Bestand:
    """Get an Angebot of which one may propose anything."""
    found = get_bestand(context, connection, umstaende.kollektion, id_)
    demand(context.leser, Handlung.VORSCHLAGEN, describe_gegenstand(found.angebot, found.ort))
    return found


def _check_read(
    context: Context, connection: Connection, found: Bestand, stated: Mapping[str, Any], umstaende: Umstaende
) -> None:
    """Where a version is named, it must be the one that stands there: who proposes has seen what is to be changed."""
    if umstaende.erwartet is not None:
        check_version(context, open_akte(connection, found, umstaende.tag), stated, umstaende.erwartet)


def _begin(
    context: Context, id_: str, found: Bestand, umstaende: Umstaende, absicht: Absicht, *, entwurf: bool
) -> Vorschlag:
    if absicht is Absicht.ANLEGEN:
        demand(context.leser, Handlung.VORSCHLAGEN)
    return Vorschlag(
        id=id_,
        nr=1,
        zustand=Zustand.ENTWURF if entwurf else Zustand.VORGESCHLAGEN,
        zug=Zug.ENTWERFEN if entwurf else Zug.VORSCHLAGEN,
        akteur=context.leser.kennung,
        urheber=context.leser.kennung,
        absicht=absicht,
        kollektion=umstaende.kollektion,
        angebot=found.angebot.id,
        basis=found.version,
        tag=umstaende.tag,
        grund=umstaende.grund,
        kein_duplikat=tuple(sorted(umstaende.kein_duplikat)),
        vertraulich=bool(found.version) and is_hidden(found.angebot),
    )
