"""Say what would come of an editor's changed list, and apply it as a whole or not at all.

Each row is a change like a single one, with the same rights and checks; where it takes a second pair of eyes, or its
author may only propose, the whole row becomes a proposal. With what others changed
meanwhile it is merged field by field; a row that contradicts them, or is wrong, stops the whole list. The plan is what
somebody has looked at: a list is applied only as long as its plan is still the same.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Any

import msgspec

from infrastruktur.domain import eingabe as entering
from infrastruktur.domain.angebot import Angebot, is_hidden
from infrastruktur.domain.art import Feldfehler
from infrastruktur.domain.eingabe import ABGELEITET, GEOMETRIE, TITEL, Eingabe, Konflikt
from infrastruktur.domain.errors import Forbidden, InvalidInput, NotFound, OnlyProposable, Outdated, Refused
from infrastruktur.domain.felder import Schritt, find_statement, list_last_changes
from infrastruktur.domain.liste import (
    FASSUNG,
    Abgleich,
    Listenzeile,
    Zeilenstand,
    merge_row,
    read_zeilenstand,
    show_row,
)
from infrastruktur.domain.vorschlag import TITEL as ZUSTAENDE
from infrastruktur.domain.vorschlag import WARTEND, Vorschlag
from infrastruktur.intake.record import Refusal
from infrastruktur.storage.eingaben import Bestand, list_bestand
from infrastruktur.storage.engine import Connection
from infrastruktur.storage.history import list_schritte
from infrastruktur.storage.vorschlaege import append_schritt, find_vorschlag, list_vorschlaege
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.demand_change import Umstaende, Vorhaben, demand_contribution
from infrastruktur.usecases.edit_angebot import (
    begin_bestand,
    list_editable,
    prepare_change,
    store_changes,
    write_once,
)
from infrastruktur.usecases.propose_angebot import prepare_proposal
from infrastruktur.usecases.read_layer import find_collection, no_such_feature
from infrastruktur.usecases.show_history import Feldaenderung
from infrastruktur.usecases.write_liste import KENNUNG, demand_editor

NEU, GEAENDERT, VORSCHLAG = "neu", "geaendert", "vorschlag"
UNVERAENDERT, KONFLIKT, FEHLER = "unveraendert", "konflikt", "fehler"
ERGEBNISSE = (NEU, GEAENDERT, VORSCHLAG, UNVERAENDERT, KONFLIKT, FEHLER)
EINGESPIELT = "Liste eingespielt"

_VERALTET = "Der Plan ist nicht mehr derselbe: Inzwischen hat sich etwas geändert. Bitte neu planen und ansehen."
_WIDERSPRUCH = (
    "Die Liste widerspricht dem, was jemand anders inzwischen geändert hat; nichts wurde übernommen. Bitte die Zeilen "
    "in einer neu heruntergeladenen Liste ändern oder weglassen."
)
_SCHON_DA = "Diese Zeile wurde schon angelegt. Zum Ändern bitte die Liste neu herunterladen."
_UNBEKANNT = "Diese Fassung kennt der Katalog nicht. Bitte die Liste neu herunterladen."
_ALS_GANZES = "Die Zeile wird als Ganzes vorgeschlagen."
_SCHON_VORGESCHLAGEN = "Das ist schon vorgeschlagen und wartet auf eine Entscheidung."
_OHNE_KENNUNG = "Die Kennung fehlt. Eine neue Zeile hat auch keine Fassung."

Zeilen = Sequence[Listenzeile | Refusal]


class Planzeile(msgspec.Struct, frozen=True, kw_only=True):
    """What comes of a row: one of `ERGEBNISSE`, with what changes, what it meets, or what is wrong.

    `guete` says how well a point was found to an address that changed, `vorschlag` names the proposal a row became.
    """

    zeile: int
    ergebnis: str
    id: str = ""
    name: str = ""
    felder: tuple[Feldaenderung, ...] = ()
    konflikte: tuple[Konflikt, ...] = ()
    fehler: tuple[Feldfehler, ...] = ()
    guete: str | None = None
    hinweis: str = ""
    vorschlag: str = ""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What comes of a list; `pruefsumme` names exactly this."""

    kollektion: str
    ab: date
    pruefsumme: str
    anwendbar: bool
    angewendet: bool
    zaehlung: dict[str, int]
    zeilen: tuple[Planzeile, ...]


def plan_liste(context: Context, zeilen: Zeilen, umstaende: Umstaende) -> Plan:
    """Say what would come of a list, row by row; nothing is written.

    Raises
    ------
    NotFound
        The layer does not exist, or nothing in it can be changed.
    Unauthenticated, Forbidden
        Nobody known, or nobody who may change anything.

    """
    demand_editor(context, umstaende.kollektion)
    with context.store.read() as connection:
        return _plan(context, connection, zeilen, umstaende)[0]


def apply_liste(context: Context, zeilen: Zeilen, umstaende: Umstaende, pruefsumme: str) -> Plan:
    """Apply a list whose plan somebody has looked at, in one transaction.

    Raises
    ------
    NotFound, Unauthenticated, Forbidden
        As `plan_liste`.
    InvalidInput
        Rows cannot be taken, each with its sentence.
    Outdated
        The plan is another one by now, or rows contradict what others changed.

    """
    demand_editor(context, umstaende.kollektion)

    def act(connection: Connection) -> Plan:
        plan, planned = _plan(context, connection, zeilen, umstaende)
        if plan.pruefsumme != pruefsumme:
            raise Outdated(_VERALTET)
        _refuse(plan)
        at_once = [each for _, each in planned if isinstance(each, Vorhaben)]
        store_changes(context, connection, at_once, replace(umstaende, grund=umstaende.grund or EINGESPIELT))
        rows = tuple(_propose_row(connection, row, each) for row, each in planned)
        return msgspec.structs.replace(plan, angewendet=True, zeilen=rows)

    return write_once(context, umstaende, act, Plan)


def _refuse(plan: Plan) -> None:
    wrong = [Feldfehler(each.feld, f"Zeile {row.zeile}: {each.meldung}") for row in plan.zeilen for each in row.fehler]
    if wrong:
        raise InvalidInput(wrong)
    if not plan.anwendbar:
        raise Outdated(_WIDERSPRUCH, [each for row in plan.zeilen for each in row.konflikte])


def _propose_row(connection: Connection, row: Planzeile, planned: Vorhaben | Vorschlag | None) -> Planzeile:
    if not isinstance(planned, Vorschlag):
        return row
    return msgspec.structs.replace(row, vorschlag=append_schritt(connection, planned).id)


Geplant = tuple[Planzeile, Vorhaben | Vorschlag | None]
"""A row, and what is to be written for it: a change at once, a proposal, or nothing."""


@dataclass(frozen=True)
class _Katalog:
    """What a list is held against: the Angebote that can be changed in its layer, and how it is asked for.

    `wartend` are its author's own proposals that nobody has decided on yet, by Angebot.
    """

    context: Context
    connection: Connection
    umstaende: Umstaende
    bestand: Mapping[str, Bestand]
    wartend: Mapping[str, Sequence[Vorschlag]]


def _open_katalog(context: Context, connection: Connection, umstaende: Umstaende) -> _Katalog:
    waiting: defaultdict[str, list[Vorschlag]] = defaultdict(list)
    for each in list_vorschlaege(connection, WARTEND, public=context.public):
        if each.urheber == context.leser.kennung:
            waiting[each.angebot].append(each)
    return _Katalog(
        context,
        connection,
        umstaende,
        bestand=list_bestand(connection, list_editable(umstaende.kollektion)),
        wartend=waiting,
    )


def _plan(context: Context, connection: Connection, zeilen: Zeilen, umstaende: Umstaende) -> tuple[Plan, list[Geplant]]:
    katalog = _open_katalog(context, connection, umstaende)
    seen: dict[str, int] = {}
    planned = [_plan_row(katalog, zeile, seen) for zeile in zeilen]
    rows = tuple(row for row, _ in planned)
    counted = {name: sum(row.ergebnis == name for row in rows) for name in ERGEBNISSE}
    told = [umstaende.kollektion, context.leser.kennung, umstaende.tag, umstaende.grund, rows]
    plan = Plan(
        kollektion=umstaende.kollektion,
        ab=umstaende.tag,
        pruefsumme=sha256(msgspec.json.encode(told)).hexdigest()[:32],
        anwendbar=not counted[FEHLER] and not counted[KONFLIKT],
        angewendet=False,
        zaehlung=counted,
        zeilen=rows,
    )
    return plan, planned


def _plan_row(katalog: _Katalog, zeile: Listenzeile | Refusal, seen: dict[str, int]) -> Geplant:
    """Plan a row; `seen` tells in which row an Angebot stood already."""
    if isinstance(zeile, Refusal):
        refused = Feldfehler("", zeile.grund)
        return Planzeile(zeile=zeile.zeile or 0, ergebnis=FEHLER, fehler=(refused,)), None
    try:
        found = _find(katalog, zeile, seen)
        return (_plan_change if found.version else _plan_new)(katalog, zeile, found)
    except InvalidInput as error:
        return _row(zeile, FEHLER, fehler=error.fehler), None
    except (Refused, Forbidden, NotFound) as error:
        return _row(zeile, FEHLER, fehler=(Feldfehler("", str(error)),)), None


def _row(zeile: Listenzeile, ergebnis: str, of: Angebot | None = None, **told: Any) -> Planzeile:
    """Begin a row of the plan with what its Angebot is called; without one, with what the list calls it."""
    named = (zeile.felder.get(KENNUNG), zeile.felder.get("name")) if of is None else (of.id, of.name)
    return Planzeile(zeile=zeile.zeile, ergebnis=ergebnis, id=named[0] or "", name=named[1] or "", **told)


def _find(katalog: _Katalog, zeile: Listenzeile, seen: dict[str, int]) -> Bestand:
    """Find the Angebot of a row that can be read, each once; of a new one, that of which nothing is known yet."""
    if zeile.falsch:
        raise InvalidInput([Feldfehler(name, said) for name, said in zeile.falsch.items()])
    found = _find_named(katalog, zeile)
    first = seen.setdefault(found.angebot.id, zeile.zeile)
    if first != zeile.zeile:
        raise Refused(f"Dasselbe steht schon in Zeile {first}. Bitte nur einmal angeben.")
    return found


def _find_named(katalog: _Katalog, zeile: Listenzeile) -> Bestand:
    kennung = zeile.felder.get(KENNUNG)
    if kennung is None:
        if zeile.felder.get(FASSUNG) is not None:
            raise Refused(_OHNE_KENNUNG)
        return begin_bestand(_name_new(katalog, zeile))
    found = katalog.bestand.get(kennung)
    if found is None or (katalog.context.public and is_hidden(found.angebot)):
        raise no_such_feature(katalog.umstaende.kollektion, kennung)
    return found


def _name_new(katalog: _Katalog, zeile: Listenzeile) -> str:
    """Name a new Angebot by what its row says: sent twice, it is created once."""
    told = [katalog.context.leser.kennung, katalog.umstaende.kollektion, sorted(zeile.felder.items())]
    return sha256(msgspec.json.encode(told)).hexdigest()[:32]


def _plan_new(katalog: _Katalog, zeile: Listenzeile, new: Bestand) -> Geplant:
    known = katalog.bestand.get(new.angebot.id)
    if known is not None:
        return _row(zeile, UNVERAENDERT, known.angebot, hinweis=_SCHON_DA), None
    stated = {name: value for name, value in zeile.felder.items() if value is not None}
    return _intend(katalog, zeile, new, stated)


def _plan_change(katalog: _Katalog, zeile: Listenzeile, found: Bestand) -> Geplant:
    demand_contribution(katalog.context, found)
    stand = read_zeilenstand(str(zeile.felder.get(FASSUNG) or ""))
    current = stand.version == found.version
    schritte = [] if current else list_schritte(katalog.connection, found.angebot.id)
    base = show_row(found.angebot if current else _find_base(katalog.context, schritte, stand), found.ort, stand.tag)
    jetzt = show_row(found.angebot, found.ort, katalog.umstaende.tag)
    abgleich = merge_row(base, {name: zeile.felder[name] for name in TITEL if name in zeile.felder}, jetzt)
    if abgleich.konflikte:
        told = _tell_conflicts(abgleich, found.angebot, schritte, base, jetzt)
        return _row(zeile, KONFLIKT, found.angebot, konflikte=tuple(told)), None
    # Where a point lay when the list was made is not kept: what follows from it is held against today's only.
    derived = [name for name in ABGELEITET if current and zeile.felder.get(name, jetzt[name]) != jetzt[name]]
    stated = {**abgleich.stated, **{name: zeile.felder[name] for name in derived}}
    if not stated:
        return _row(zeile, UNVERAENDERT, found.angebot), None
    return _intend(katalog, zeile, found, stated)


def _find_base(context: Context, schritte: Sequence[Schritt], stand: Zeilenstand) -> Angebot:
    """Find the statement a row was taken from; what was confidential then is none to who reads the public part only."""
    base = find_statement(schritte, {stand.version})
    if base is None or (context.public and is_hidden(base)):
        raise Refused(_UNBEKANNT)
    return base


def _intend(katalog: _Katalog, zeile: Listenzeile, found: Bestand, stated: Mapping[str, Any]) -> Geplant:
    felder = {name: value for name, value in stated.items() if name != GEOMETRIE}
    eingabe = Eingabe(felder=felder, punkt_25832=stated.get(GEOMETRIE, msgspec.UNSET))
    umstaende = replace(katalog.umstaende, erwartet=frozenset({found.version}))
    try:
        vorhaben = prepare_change(katalog.context, katalog.connection, found, eingabe, umstaende)
    except OnlyProposable as error:
        return _intend_proposal(katalog, zeile, found, eingabe, error.warum)
    if not vorhaben.stated:
        return _row(zeile, UNVERAENDERT, found.angebot), None
    told = tuple(_tell_changes(katalog.umstaende, found, vorhaben))
    ergebnis = GEAENDERT if found.version else NEU
    return _row(zeile, ergebnis, vorhaben.nachher, felder=told, guete=vorhaben.guete), vorhaben


def _intend_proposal(katalog: _Katalog, zeile: Listenzeile, found: Bestand, eingabe: Eingabe, warum: str) -> Geplant:
    """Propose a row; what its author has proposed already is not proposed twice."""
    vorschlag, vorhaben = prepare_proposal(katalog.context, katalog.connection, found, eingabe, katalog.umstaende)
    waiting = katalog.wartend.get(found.angebot.id, ())
    if known := next((each for each in waiting if _says_the_same(each, vorschlag)), None):
        return _row(zeile, UNVERAENDERT, vorhaben.nachher, hinweis=_SCHON_VORGESCHLAGEN, vorschlag=known.id), None
    past = None if found.version else find_vorschlag(katalog.connection, vorschlag.id)
    if past is not None:
        raise Refused(
            f"Das wurde schon vorgeschlagen und ist „{ZUSTAENDE[past.zustand]}“. Bitte die Zeile ändern oder weglassen."
        )
    told = tuple(_tell_changes(katalog.umstaende, found, vorhaben))
    hinweis = f"{warum} {_ALS_GANZES}"
    return _row(zeile, VORSCHLAG, vorhaben.nachher, felder=told, guete=vorhaben.guete, hinweis=hinweis), vorschlag


def _says_the_same(known: Vorschlag, new: Vorschlag) -> bool:
    return all(getattr(known, name) == getattr(new, name) for name in ("absicht", "angaben", "tag"))


def _tell_changes(umstaende: Umstaende, found: Bestand, vorhaben: Vorhaben) -> Iterator[Feldaenderung]:
    """Tell what is stated and what follows from it, by the names of the layer."""
    was = show_row(found.angebot, found.ort, umstaende.tag)
    now = show_row(vorhaben.nachher, vorhaben.ort, umstaende.tag)
    titel = {**{each.name: each.titel for each in find_collection(umstaende.kollektion).properties}, **TITEL}
    for name, value in now.items():
        if name != KENNUNG and was[name] != value:
            yield Feldaenderung(feld=name, titel=titel[name], vorher=_say(name, was[name]), nachher=_say(name, value))


def _tell_conflicts(
    abgleich: Abgleich,
    angebot: Angebot,
    schritte: Sequence[Schritt],
    base: Mapping[str, Any],
    jetzt: Mapping[str, Any],
) -> Iterator[Konflikt]:
    latest = list_last_changes(schritte)
    for name in abgleich.konflikte:
        last = latest.get(entering.flat_name(name, angebot))
        yield Konflikt(
            feld=name,
            titel=TITEL[name],
            vorher=_say(name, base[name]),
            ihre_angabe=_say(name, abgleich.stated[name]),
            jetzt=_say(name, jetzt[name]),
            geaendert_am=None if last is None else last.zeitpunkt,
            widerspricht=True,
        )


def _say(name: str, value: Any) -> Any:
    return entering.show_point(value) if name == GEOMETRIE else value
