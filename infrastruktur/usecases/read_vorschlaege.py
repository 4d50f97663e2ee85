"""Read proposals: those somebody made, and those about what he or she is responsible for; nobody learns of others.

Each stands beside the catalogue as it is now, field by field, so that whoever decides sees what was meanwhile changed.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from infrastruktur.domain import eingabe as entering
from infrastruktur.domain.angebot import is_hidden
from infrastruktur.domain.eingabe import GEOMETRIE, TITEL, Konflikt
from infrastruktur.domain.errors import Forbidden, NotFound
from infrastruktur.domain.permission import Handlung, Rolle, demand, list_rollen, may
from infrastruktur.domain.vorschlag import DES_URHEBERS, OFFEN, Absicht, Vorschlag, Zug, Zustand, list_zuege
from infrastruktur.storage import vorschlaege
from infrastruktur.storage.eingaben import Bestand, find_bestand, list_bestand_of
from infrastruktur.storage.engine import Connection
from infrastruktur.usecases.compare_edits import compare_with_basis, open_akte
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.demand_change import Vorhaben, list_gegenstaende
from infrastruktur.usecases.edit_angebot import begin_bestand, require_person
from infrastruktur.usecases.locate_standorte import locate_standort, recall_umrisse

_SELBST = "Über den eigenen Vorschlag entscheidet jemand anders (vier Augen)."


@dataclass(frozen=True)
class Sache:
    """A proposal, the Angebot it is about as it stands now, and what would come of it."""

    vorschlag: Vorschlag
    found: Bestand
    vorhaben: Vorhaben


class Schritt(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a proposal: who, when, and what was said."""

    nr: int
    zug: Zug
    zustand: Zustand
    zeitpunkt: str
    akteur: str
    text: str


class Vorschlagsbild(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal as its reader sees it. `felder` compare; `moeglich` is what this reader may do next.

    `punkt` is where the Angebot would be, as GeoJSON; `entscheidet` are the roles that may decide where they are
    responsible; `alter_tage` counts from the first step until today, or until it was decided.
    """

    id: str
    nr: int
    zustand: Zustand
    absicht: Absicht
    kollektion: str
    angebot: str
    name: str
    art: str
    kommune: str | None
    traeger: str
    punkt: dict[str, Any] | None
    ab: str
    grund: str
    urheber: str
    zeitpunkt: str
    """Of the last step, UTC, ISO 8601."""
    text: str
    begonnen: str
    """When the first step was taken, UTC, ISO 8601."""
    alter_tage: int
    entscheidet: tuple[Rolle, ...]
    ersetzt_durch: str
    felder: tuple[Konflikt, ...]
    moeglich: tuple[Zug, ...]
    schritte: tuple[Schritt, ...] = ()


def list_vorschlaege(
    context: Context, zustaende: Collection[Zustand] = OFFEN, *, angebot: str | None = None
) -> list[Vorschlagsbild]:
    """List what the reader proposed and what is proposed where he or she answers for it, the oldest first.

    Raises
    ------
    Unauthenticated
        Nobody known asks.

    """
    require_person(context)
    with context.store.read() as connection:
        found = vorschlaege.list_vorschlaege(connection, zustaende, angebot=angebot, public=context.public)
        known = list_bestand_of(connection, {each.angebot for each in found})
        seen = (_work_out(context, connection, each, known.get(each.angebot)) for each in found)
        return [_describe(context, connection, each) for each in seen if _may_see(context, each)]


def get_vorschlag(context: Context, id_: str) -> Vorschlagsbild:
    """Get a proposal with all its steps.

    Raises
    ------
    Unauthenticated
        Nobody known asks.
    NotFound
        There is none, or not for this reader; in the same words.

    """
    require_person(context)
    with context.store.read() as connection:
        sache = find_sache(context, connection, id_)
        schritte = vorschlaege.list_schritte(connection, id_)
        return msgspec.structs.replace(
            _describe(context, connection, sache), schritte=tuple(map(_describe_schritt, schritte))
        )


def find_sache(context: Context, connection: Connection, id_: str) -> Sache:
    """Find a proposal this reader may see, and what it is about.

    Raises
    ------
    NotFound
        There is none, or not for this reader; in the same words.

    """
    found = vorschlaege.find_vorschlag(connection, id_)
    known = None if found is None else find_bestand(connection, found.angebot)
    sache = None if found is None else _work_out(context, connection, found, known)
    if sache is None or not _may_see(context, sache):
        raise NotFound(f"Den Vorschlag „{id_}“ gibt es nicht.")
    return sache


def demand_decision(context: Context, sache: Sache) -> None:
    """Let pass who may decide: another person than whoever proposed, with the right that the change itself takes.

    Raises
    ------
    Forbidden

    """
    if sache.vorschlag.urheber == context.leser.kennung:
        raise Forbidden(_SELBST)
    for right in sorted(_list_rights(sache)):
        for thing in list_gegenstaende(sache.found, sache.vorhaben):
            demand(context.leser, right, thing)


def _list_rights(sache: Sache) -> frozenset[Handlung]:
    """List the rights that the change itself takes."""
    vorhaben = sache.vorhaben
    handlung = entering.name_handlung(sache.found.angebot, vorhaben.nachher, vorhaben.stated)
    void = sache.vorschlag.absicht is Absicht.STORNIEREN
    return frozenset({handlung, Handlung.STORNIEREN} if void else {handlung})


def _work_out(context: Context, connection: Connection, vorschlag: Vorschlag, known: Bestand | None) -> Sache:
    """Say what would come of a proposal now; whether it can be is asked when it is approved."""
    found = known or begin_bestand(name_schluessel(vorschlag.id))
    if vorschlag.absicht is Absicht.STORNIEREN:
        void = entering.void_angebot(found.angebot, vorschlag.ersetzt_durch)
        return Sache(vorschlag, found, Vorhaben(nachher=void, ort=found.ort, stated={"status": None}))
    shown = entering.show_angebot(found.angebot, found.ort, vorschlag.tag)
    stated = entering.find_stated(shown, found.angebot, vorschlag.eingabe)
    after = entering.apply_stated(found.angebot, stated, vorschlag.tag)
    moved = after.standort != found.angebot.standort
    ort = locate_standort(recall_umrisse(context, connection), after.standort) if moved else found.ort
    return Sache(vorschlag, found, Vorhaben(nachher=after, ort=ort, stated=stated))


def name_schluessel(vorschlag_id: str) -> str:
    """Name the row of an Angebot that a proposal creates, so that approving twice cannot create two."""
    return vorschlag_id.replace("-", "")


def _may_see(context: Context, sache: Sache) -> bool:
    hidden = sache.vorschlag.vertraulich or is_hidden(sache.found.angebot) or is_hidden(sache.vorhaben.nachher)
    if context.public and hidden:
        return False
    if sache.vorschlag.urheber == context.leser.kennung:
        return True
    things = list_gegenstaende(sache.found, sache.vorhaben)
    return sache.vorschlag.zustand is not Zustand.ENTWURF and any(
        may(context.leser, Handlung.AENDERN, each) for each in things
    )


def _list_moves(context: Context, sache: Sache) -> Iterator[Zug]:
    own = sache.vorschlag.urheber == context.leser.kennung
    for zug in list_zuege(sache.vorschlag.zustand):
        if zug in DES_URHEBERS:
            if own:
                yield zug
        elif _may_decide(context, sache):
            yield zug


def _may_decide(context: Context, sache: Sache) -> bool:
    try:
        demand_decision(context, sache)
    except Forbidden:
        return False
    return True


def _describe(context: Context, connection: Connection, sache: Sache) -> Vorschlagsbild:
    vorschlag, nachher = sache.vorschlag, sache.vorhaben.nachher
    plain = {name: getattr(vorschlag, name) for name in _PLAIN}
    begonnen = vorschlaege.find_beginning(connection, vorschlag.id)
    return Vorschlagsbild(
        **plain,
        name=nachher.name,
        art=nachher.art,
        kommune=sache.vorhaben.ort.kommune,
        traeger=nachher.traeger,
        punkt=entering.show_point(nachher.standort.punkt_25832),
        begonnen=begonnen,
        alter_tage=_count_days(begonnen, vorschlag),
        entscheidet=list_rollen(_list_rights(sache)),
        ab=vorschlag.tag.isoformat(),
        felder=tuple(_compare(connection, sache)),
        moeglich=tuple(_list_moves(context, sache)),
    )


def _count_days(begonnen: str, vorschlag: Vorschlag) -> int:
    end = datetime.now(UTC) if vorschlag.zustand in OFFEN else datetime.fromisoformat(vorschlag.zeitpunkt)
    return (end - datetime.fromisoformat(begonnen)).days


_PLAIN = (
    *("id", "nr", "zustand", "absicht", "kollektion", "angebot", "grund", "urheber", "zeitpunkt", "text"),
    "ersetzt_durch",
)


def _compare(connection: Connection, sache: Sache) -> list[Konflikt]:
    """Compare what is proposed with what was there then and is there now; of a void one, say what changed since."""
    vorschlag = sache.vorschlag
    if not vorschlag.basis:
        return [_state(name, value) for name, value in vorschlag.angaben.items()]
    compared = compare_with_basis(open_akte(connection, sache.found, vorschlag.tag), vorschlag.angaben, vorschlag.basis)
    void = vorschlag.absicht is Absicht.STORNIEREN
    return [each for each in compared if void or each.feld in vorschlag.felder]


def _state(name: str, value: Any) -> Konflikt:
    shown = entering.show_point(value) if name == GEOMETRIE else value
    return Konflikt(feld=name, titel=TITEL[name], ihre_angabe=shown, jetzt=None, geaendert_am=None, widerspricht=False)


def _describe_schritt(schritt: Vorschlag) -> Schritt:
    return Schritt(**{name: getattr(schritt, name) for name in Schritt.__struct_fields__})
