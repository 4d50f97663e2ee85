"""Change the catalogue: create, change, close, void and confirm Angebote, each in one transaction with its history.

Whoever writes waits for whoever writes, so what is read here is what is changed. Rights are asked for before and after
a change: nobody moves an entry into or out of what they are responsible for.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar
from uuid import uuid4

import msgspec
import numpy as np
from msgspec import UNSET

from infrastruktur.domain import eingabe as entering
from infrastruktur.domain.adresse import SAME_ADDRESS_M, Guete, address_key, find_house
from infrastruktur.domain.angebot import Angebot, Status, is_hidden
from infrastruktur.domain.art import Feldfehler, find_art, list_arten, taxonomie
from infrastruktur.domain.eingabe import ABGELEITET, GEOMETRIE, TITEL, Eingabe, Ort, Punkt
from infrastruktur.domain.errors import Disputed, Gone, InvalidInput, KeyReused, NotFound, Unauthenticated
from infrastruktur.domain.felder import ADRESSE
from infrastruktur.domain.permission import Handlung, Person, demand, may
from infrastruktur.storage import angebote, eingaben
from infrastruktur.storage.adressen import find_adressen
from infrastruktur.storage.eingaben import Antwort, Bestand, Sache
from infrastruktur.storage.engine import Connection
from infrastruktur.storage.history import Change
from infrastruktur.storage.lage import set_lage, set_lagezeiten
from infrastruktur.usecases.compare_edits import check_basis, check_version, open_akte
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.demand_change import (
    Umstaende,
    Vorhaben,
    demand_change,
    demand_edit,
    describe_gegenstand,
    say_gone,
)
from infrastruktur.usecases.describe_layers import MASSNAHMEN
from infrastruktur.usecases.find_duplicates import refuse_duplicates
from infrastruktur.usecases.locate_standorte import locate_standort, recall_umrisse, trace_standorte
from infrastruktur.usecases.read_layer import find_collection, no_such_feature

T = TypeVar("T")

IRRTUM = "irrtümlich angelegt"
DOPPELT = "doppelt angelegt"
BESTAETIGT = "unverändert richtig bestätigt"
_ANMELDEN = "Dafür ist eine Anmeldung nötig."
_KEIN_ERSATZ = "„ersetzt_durch“ nennt kein anderes Angebot, das es an dem Tag gibt. Bitte die Kennung prüfen."


class Ergebnis(msgspec.Struct, frozen=True, kw_only=True):
    """An Angebot as it stands after a change, in the properties of its layer, and how well its point is known."""

    id: str
    version: str
    properties: dict[str, Any]
    punkt_25832: Punkt | None
    guete: Guete | None = None


def create_angebot(context: Context, eingabe: Eingabe, umstaende: Umstaende) -> Ergebnis:
    """Create an Angebot.

    Raises
    ------
    Unauthenticated, Forbidden
        Nobody known, or not responsible for where and what it is.
    InvalidInput
        Properties that cannot be taken, each with its sentence.
    Doubled
        It may be one that is there already, and nobody said that it is another.
    KeyReused
        The request's name stands for another one.

    """
    new = begin_bestand(uuid4().hex)
    return write_once(
        context, umstaende, lambda connection: _change(context, connection, new, eingabe, umstaende), Ergebnis
    )


def begin_bestand(schluessel: str) -> Bestand:
    """Give what the catalogue holds of an Angebot that is not there yet."""
    return Bestand(angebot=entering.begin_angebot(schluessel), ort=Ort(), version="")


def change_angebot(context: Context, id_: str, eingabe: Eingabe, umstaende: Umstaende, *, ganz: bool) -> Ergebnis:
    """Change what is stated of an Angebot; `ganz` takes away what is not stated.

    Raises
    ------
    Unauthenticated, Forbidden, InvalidInput, KeyReused
        As for a new one; before and after the change.
    NotFound
        There is none in this layer, or not for this reader.
    Gone
        It is closed or void on the day, and no status is stated that opens it again.
    PreconditionMissing, Outdated, Disputed
        It does not say on top of what, what it says is past, or somebody else has just stated otherwise.

    """
    stated = _complete(eingabe) if ganz else eingabe

    def act(connection: Connection) -> Ergebnis:
        found = get_bestand(context, connection, umstaende.kollektion, id_)
        return _change(context, connection, found, stated, umstaende)

    return write_once(context, umstaende, act, Ergebnis)


def close_angebot(context: Context, id_: str, umstaende: Umstaende) -> None:
    """Let an Angebot be geschlossen from the day on; it stays in the Bestand of the days before. Raises as a change."""

    def act(connection: Connection) -> None:
        found = get_bestand(context, connection, umstaende.kollektion, id_)
        demand_edit(context, found, umstaende)
        if entering.is_gone(found.angebot, umstaende.tag):
            raise Gone(say_gone(found.angebot), found.angebot.ersetzt_durch)
        stated = {"status": Status.GESCHLOSSEN.value}
        after = entering.close_angebot(found.angebot, umstaende.tag)
        demand_change(context, found, Vorhaben(nachher=after, ort=found.ort, stated=stated), umstaende)
        check_version(context, open_akte(connection, found, umstaende.tag), stated, umstaende.erwartet)
        _store(context, connection, [(after, found.ort)], umstaende.grund)
        eingaben.settle_widerspruch(connection, [id_], stated)

    write_once(context, umstaende, act, type(None))


def void_angebot(context: Context, id_: str, umstaende: Umstaende, ersetzt_durch: str = "") -> None:
    """Declare that an Angebot never was: it leaves every layer and count of every day. Raises as a change.

    `ersetzt_durch` is the id of the one it turned out to be; its address leads there from then on.
    """

    def act(connection: Connection) -> None:
        found = get_bestand(context, connection, umstaende.kollektion, id_)
        void_bestand(context, connection, found, umstaende, ersetzt_durch)

    write_once(context, umstaende, act, type(None))


def void_bestand(
    context: Context, connection: Connection, found: Bestand, umstaende: Umstaende, ersetzt_durch: str
) -> None:
    """Void an Angebot within a transaction, as `void_angebot` does."""
    demand(context.leser, Handlung.STORNIEREN, describe_gegenstand(found.angebot, found.ort))
    after = entering.void_angebot(found.angebot, check_ersatz(context, connection, found, umstaende, ersetzt_durch))
    if not found.angebot.status:
        raise Gone(say_gone(found.angebot), found.angebot.ersetzt_durch)
    demand_change(context, found, Vorhaben(nachher=after, ort=found.ort, stated={"status": None}), umstaende)
    if umstaende.basis:
        check_basis(open_akte(connection, found, umstaende.tag), dict.fromkeys(TITEL), umstaende.basis)
    else:
        check_version(context, open_akte(connection, found, umstaende.tag), dict.fromkeys(TITEL), umstaende.erwartet)
    what = DOPPELT if ersetzt_durch else IRRTUM
    why = f"{what}: {umstaende.grund}" if umstaende.grund else what
    _store(context, connection, [(after, found.ort)], why)
    eingaben.settle_widerspruch(connection, [found.angebot.id])


def check_ersatz(
    context: Context, connection: Connection, found: Bestand, umstaende: Umstaende, ersetzt_durch: str
) -> str:
    """Let pass what may take an Angebot's place: another one that is there, on the day, for this reader."""
    if not ersetzt_durch:
        return ""
    stays = get_bestand(context, connection, "angebote", ersetzt_durch)
    told = is_hidden(stays.angebot) and not is_hidden(found.angebot)
    if told or stays.angebot.id == found.angebot.id or entering.is_gone(stays.angebot, umstaende.tag):
        raise InvalidInput([Feldfehler("ersetzt_durch", _KEIN_ERSATZ)])
    return stays.angebot.id


def confirm_angebot(context: Context, id_: str, umstaende: Umstaende) -> Ergebnis:
    """State that an Angebot still holds as it stands; sets the day it was checked, and nothing else.

    Raises as a change; without a version it confirms what stands there now.
    """

    def act(connection: Connection) -> Ergebnis:
        found = get_bestand(context, connection, umstaende.kollektion, id_)
        confirmed = prepare_confirmation(context, connection, found, umstaende)
        store_confirmations(context, connection, [confirmed], umstaende)
        return _result(connection, id_, umstaende.tag)

    return write_once(context, umstaende, act, Ergebnis)


def prepare_confirmation(context: Context, connection: Connection, found: Bestand, umstaende: Umstaende) -> Vorhaben:
    """Say what a confirmation comes to, or why it cannot be; nothing is written. Raises as `confirm_angebot`."""
    demand(context.leser, Handlung.BESTAETIGEN, describe_gegenstand(found.angebot, found.ort))
    if entering.is_gone(found.angebot, umstaende.tag):
        raise Gone(say_gone(found.angebot), found.angebot.ersetzt_durch)
    check_version(context, open_akte(connection, found, umstaende.tag), {}, umstaende.erwartet)
    after = msgspec.structs.replace(found.angebot, zuletzt_geprueft=umstaende.tag)
    return Vorhaben(nachher=after, ort=found.ort, stated={})


def store_confirmations(
    context: Context, connection: Connection, confirmed: Sequence[Vorhaben], umstaende: Umstaende
) -> None:
    """Write confirmations with their history; whatever was in dispute is settled."""
    store_changes(
        context, connection, confirmed, replace(umstaende, grund=umstaende.grund or BESTAETIGT, bestaetigt=True)
    )


def list_editable(kollektion: str) -> tuple[str, ...]:
    """List the kinds that can be edited in a layer; none where the layer only shows what others hold."""
    if kollektion == "angebote":
        return tuple(art.code for art in list_arten())
    return tuple(
        art.code for each in taxonomie().values() if each.collection == kollektion for art in list_arten(each.code)
    )


def may_edit(context: Context, kollektion: str) -> bool:
    """Say whether somebody may change anything of a layer anywhere."""
    return may(narrow_to_layer(context, kollektion), Handlung.AENDERN)


def narrow_to_layer(context: Context, kollektion: str) -> Person:
    """Give who asks with what they are responsible for in a layer, and nothing else."""
    fachbereiche = {art.partition(".")[0] for art in list_editable(kollektion)}
    responsible = tuple(
        each
        for each in context.leser.zustaendigkeiten
        if fachbereiche and (not each.fachbereich or each.fachbereich in fachbereiche)
    )
    return msgspec.structs.replace(context.leser, zustaendigkeiten=responsible)


def require_person(context: Context) -> None:
    """Let pass who has shown who they are; the history must be able to name them.

    Raises
    ------
    Unauthenticated
        Nobody known asks.

    """
    if not context.leser.bekannt:
        raise Unauthenticated(_ANMELDEN)


# One transaction


def write_once(context: Context, umstaende: Umstaende, act: Callable[[Connection], T], shape: type[T]) -> T:
    """Do something once, however often it is asked for under one name; what was not taken is kept for the worklist."""
    find_collection(umstaende.kollektion)
    require_person(context)
    try:
        with context.store.write() as connection:
            known = _find_answer(context, connection, umstaende)
            if known is not None:
                return msgspec.json.decode(known.ergebnis, type=shape)
            ergebnis = act(connection)
            if umstaende.schluessel:
                antwort = Antwort(pruefsumme=umstaende.pruefsumme, ergebnis=msgspec.json.encode(ergebnis).decode())
                eingaben.keep_antwort(connection, context.leser.kennung, umstaende.schluessel, antwort)
            return ergebnis
    except Disputed as error:
        angaben = {each.feld: each.ihre_angabe for each in error.konflikte}
        sache = Sache.MASSNAHME if umstaende.kollektion == MASSNAHMEN else Sache.ANGEBOT
        with context.store.write() as connection:
            eingaben.add_widerspruch(connection, error.aktuell["id"], context.leser.kennung, angaben, sache)
        raise


def _find_answer(context: Context, connection: Connection, umstaende: Umstaende) -> Antwort | None:
    if not umstaende.schluessel:
        return None
    known = eingaben.find_antwort(connection, context.leser.kennung, umstaende.schluessel)
    if known is not None and known.pruefsumme != umstaende.pruefsumme:
        raise KeyReused("Dieser Idempotency-Key gehört schon zu einer anderen Anfrage. Bitte einen neuen wählen.")
    return known


def get_bestand(context: Context, connection: Connection, kollektion: str, id_: str) -> Bestand:
    """Get an Angebot of a layer, closed and void ones among them.

    Raises
    ------
    NotFound
        There is none, or not for this reader; in the same words.

    """
    return check_bestand(context, eingaben.find_bestand(connection, id_), kollektion, id_)


def check_bestand(context: Context, found: Bestand | None, kollektion: str, id_: str) -> Bestand:
    """Let pass what was found under an id, as `get_bestand` does."""
    if found is None or found.angebot.art not in list_editable(kollektion):
        raise no_such_feature(kollektion, id_)
    if context.public and is_hidden(found.angebot):
        raise no_such_feature(kollektion, id_)
    return found


def _change(
    context: Context, connection: Connection, found: Bestand, eingabe: Eingabe, umstaende: Umstaende
) -> Ergebnis:
    vorhaben = prepare_change(context, connection, found, eingabe, umstaende)
    store_changes(context, connection, [vorhaben], umstaende)
    return _result(connection, vorhaben.nachher.id, umstaende.tag, vorhaben.guete)


def prepare_change(
    context: Context, connection: Connection, found: Bestand, eingabe: Eingabe, umstaende: Umstaende
) -> Vorhaben:
    """Say what comes of a change, or why it cannot be; nothing is written. Raises as `change_angebot`."""
    before, new = found.angebot, not found.version
    demand_edit(context, found, umstaende)
    stated = read_stated(found, eingabe, umstaende)
    if umstaende.basis:
        check_basis(open_akte(connection, found, umstaende.tag), stated, umstaende.basis)
    elif not new:
        check_version(context, open_akte(connection, found, umstaende.tag), stated, umstaende.erwartet)
    vorhaben = work_out_change(context, connection, found, stated, umstaende)
    after, ort = vorhaben.nachher, vorhaben.ort
    demand_change(context, found, vorhaben, umstaende)
    if new:
        refuse_duplicates(context, connection, after, umstaende)
    if not before.status:
        demand(context.leser, Handlung.AENDERN if new else Handlung.STORNIEREN, describe_gegenstand(after, ort))
    if umstaende.bestaetigt:
        demand(context.leser, Handlung.BESTAETIGEN, describe_gegenstand(after, ort))
        after = msgspec.structs.replace(after, zuletzt_geprueft=date.today())  # noqa: DTZ011 - a local day
    return replace(vorhaben, nachher=after)


def read_stated(found: Bestand, eingabe: Eingabe, umstaende: Umstaende) -> dict[str, Any]:
    """Give what is stated and differs from what is there, by the layer's names.

    Raises
    ------
    Gone
        It is closed or void on the day, and no status is stated that opens it again.
    InvalidInput
        Properties that cannot be taken, each with its sentence.

    """
    before = found.angebot
    stated = entering.find_stated(entering.show_angebot(before, found.ort, umstaende.tag), before, eingabe)
    if not found.version:
        stated = {
            "status": Status.IN_BETRIEB.value,
            **{name: each for name, each in stated.items() if each is not None},
        }
    elif entering.is_gone(before, umstaende.tag) and stated.get("status") is None:
        raise Gone(say_gone(before), before.ersetzt_durch)
    wrong = entering.check_stated(stated, list_editable(umstaende.kollektion))
    if [each for each in wrong if each.feld not in ABGELEITET]:
        raise InvalidInput(wrong)
    return stated


def work_out_change(
    context: Context, connection: Connection, found: Bestand, stated: Mapping[str, Any], umstaende: Umstaende
) -> Vorhaben:
    """Say what comes of what `read_stated` gives, whoever states it.

    Raises
    ------
    InvalidInput
        It would be wrong; what was wrong before is passed over.

    """
    before = found.angebot
    after, guete = _place(connection, entering.apply_stated(before, stated, umstaende.tag), stated)
    wrong = [
        *entering.check_stated(stated, list_editable(umstaende.kollektion)),
        *entering.check_angebot(before, after, stated),
    ]
    ort = (
        found.ort
        if after.standort == before.standort
        else locate_standort(recall_umrisse(context, connection), after.standort)
    )
    _refuse_wrong(after, ort, stated, wrong, umstaende.tag)
    return Vorhaben(nachher=after, ort=ort, stated=stated, guete=guete)


def store_changes(context: Context, connection: Connection, vorhaben: Sequence[Vorhaben], umstaende: Umstaende) -> None:
    """Write what changes come to, with their history, and settle what was in dispute about them."""
    _store(context, connection, [(each.nachher, each.ort) for each in vorhaben], umstaende.grund)
    if umstaende.bestaetigt:
        eingaben.settle_widerspruch(connection, [each.nachher.id for each in vorhaben])
        return
    for each in vorhaben:
        eingaben.settle_widerspruch(connection, [each.nachher.id], each.stated)


def _complete(eingabe: Eingabe) -> Eingabe:
    """Let nothing be where nothing is stated."""
    felder = {**{name: None for name in TITEL if name != GEOMETRIE}, **eingabe.felder}
    punkt = None if eingabe.punkt_25832 is UNSET else eingabe.punkt_25832
    return Eingabe(felder=felder, punkt_25832=punkt)


def _refuse_wrong(after: Angebot, ort: Ort, stated: Mapping[str, Any], wrong: list[Feldfehler], tag: date) -> None:
    """Refuse what is wrong; what is derived may be stated as it comes out."""
    shown = entering.show_angebot(after, ort, tag) if find_art(after.art) else {}
    left = [each for each in wrong if each.feld not in ABGELEITET or stated.get(each.feld) != shown.get(each.feld)]
    if left:
        raise InvalidInput(left)


def _place(connection: Connection, after: Angebot, stated: Mapping[str, Any]) -> tuple[Angebot, Guete | None]:
    """Find the point of an address that was stated without one; one that stands on the house's grounds stays."""
    standort = after.standort
    if stated.get(GEOMETRIE) is not None:
        return after, Guete.ANGEGEBEN
    if GEOMETRIE in stated or not any(name in stated for name in ADRESSE):
        return after, None
    key = address_key(standort.strasse, standort.hausnummer, standort.plz)
    point, guete = find_house(find_adressen(connection, {key}).get(key))
    if point is None or _is_near(standort.punkt_25832, point):
        return after, guete
    return msgspec.structs.replace(after, standort=msgspec.structs.replace(standort, punkt_25832=point)), guete


def _is_near(known: Punkt | None, point: Punkt) -> bool:
    return known is not None and bool(np.hypot(*np.subtract(known, point)) <= SAME_ADDRESS_M)


def _store(context: Context, connection: Connection, stated: Sequence[tuple[Angebot, Ort]], grund: str) -> None:
    lagen = {after.standort_id: (ort.kommune, ort.sozialraum, ort.lage) for after, ort in stated}
    for quelle in dict.fromkeys(after.quelle for after, _ in stated):
        change = Change(quelle=quelle, geaendert=tuple(after for after, _ in stated if after.quelle == quelle))
        angebote.apply_angebote(connection, change, akteur=context.leser.kennung, grund=grund, lagen=lagen)
    set_lage(connection, [(standort, *placed) for standort, placed in lagen.items()])
    places = {after.standort_id: after.standort for after, _ in stated}
    set_lagezeiten(connection, trace_standorte(recall_umrisse(context, connection), places))


def _result(connection: Connection, id_: str, tag: date, guete: Guete | None = None) -> Ergebnis:
    found = eingaben.find_bestand(connection, id_)
    if found is None:
        raise NotFound(f"Das Angebot „{id_}“ gibt es nicht.")
    return Ergebnis(
        id=id_,
        version=found.version,
        properties=entering.show_angebot(found.angebot, found.ort, tag),
        punkt_25832=found.angebot.standort.punkt_25832,
        guete=guete,
    )
