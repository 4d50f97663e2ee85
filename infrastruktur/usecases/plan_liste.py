"""Say what would come of an editor's changed list, and apply it as a whole or not at all.

Each row is a change like a single one: the same rights, checks and second pair of eyes. With what others changed
meanwhile it is merged field by field; a row that contradicts them, or is wrong, stops the whole list. The plan is what
somebody has looked at: a list is applied only as long as its plan is still the same.
"""

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
from infrastruktur.domain.errors import Forbidden, InvalidInput, NotFound, Outdated, Refused
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
from infrastruktur.domain.permission import Handlung, demand
from infrastruktur.intake.record import Refusal
from infrastruktur.storage.eingaben import Bestand, list_bestand
from infrastruktur.storage.engine import Connection
from infrastruktur.storage.history import list_schritte
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.demand_change import Umstaende, Vorhaben, describe_gegenstand
from infrastruktur.usecases.edit_angebot import (
    begin_bestand,
    list_editable,
    prepare_change,
    store_changes,
    write_once,
)
from infrastruktur.usecases.read_layer import find_collection, no_such_feature
from infrastruktur.usecases.show_history import Feldaenderung
from infrastruktur.usecases.write_liste import KENNUNG, demand_editor

NEU, GEAENDERT, UNVERAENDERT, KONFLIKT, FEHLER = "neu", "geaendert", "unveraendert", "konflikt", "fehler"
ERGEBNISSE = (NEU, GEAENDERT, UNVERAENDERT, KONFLIKT, FEHLER)
EINGESPIELT = "Liste eingespielt"

_VERALTET = "Der Plan ist nicht mehr derselbe: Inzwischen hat sich etwas geändert. Bitte neu planen und ansehen."
_WIDERSPRUCH = (
    "Die Liste widerspricht dem, was jemand anders inzwischen geändert hat; nichts wurde übernommen. Bitte die Zeilen "
    "in einer neu heruntergeladenen Liste ändern oder weglassen."
)
_SCHON_DA = "Diese Zeile wurde schon angelegt. Zum Ändern bitte die Liste neu herunterladen."
_UNBEKANNT = "Diese Fassung kennt der Katalog nicht. Bitte die Liste neu herunterladen."
_OHNE_KENNUNG = "Die Kennung fehlt. Eine neue Zeile hat auch keine Fassung."

Zeilen = Sequence[Listenzeile | Refusal]


class Planzeile(msgspec.Struct, frozen=True, kw_only=True):
    """What comes of a row: one of `ERGEBNISSE`, with what changes, what it meets, or what is wrong.

    `guete` says how well a point was found to an address that changed.
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
        plan, vorhaben = _plan(context, connection, zeilen, umstaende)
        if plan.pruefsumme != pruefsumme:
            raise Outdated(_VERALTET)
        _refuse(plan)
        store_changes(context, connection, vorhaben, replace(umstaende, grund=umstaende.grund or EINGESPIELT))
        return msgspec.structs.replace(plan, angewendet=True)

    return write_once(context, umstaende, act, Plan)


def _refuse(plan: Plan) -> None:
    wrong = [Feldfehler(each.feld, f"Zeile {row.zeile}: {each.meldung}") for row in plan.zeilen for each in row.fehler]
    if wrong:
        raise InvalidInput(wrong)
    if not plan.anwendbar:
        raise Outdated(_WIDERSPRUCH, [each for row in plan.zeilen for each in row.konflikte])


@dataclass(frozen=True)
class _Katalog:
    """What a list is held against: the Angebote that can be changed in its layer, and how it is asked for."""

    context: Context
    connection: Connection
    umstaende: Umstaende
    bestand: Mapping[str, Bestand]


def _plan(
    context: Context, connection: Connection, zeilen: Zeilen, umstaende: Umstaende
) -> tuple[Plan, list[Vorhaben]]:
    katalog = _Katalog(context, connection, umstaende, list_bestand(connection, list_editable(umstaende.kollektion)))
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
    return plan, [each for _, each in planned if each is not None]


def _plan_row(
    katalog: _Katalog, zeile: Listenzeile | Refusal, seen: dict[str, int]
) -> tuple[Planzeile, Vorhaben | None]:
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


def _plan_new(katalog: _Katalog, zeile: Listenzeile, new: Bestand) -> tuple[Planzeile, Vorhaben | None]:
    known = katalog.bestand.get(new.angebot.id)
    if known is not None:
        return _row(zeile, UNVERAENDERT, known.angebot, hinweis=_SCHON_DA), None
    stated = {name: value for name, value in zeile.felder.items() if value is not None}
    return _intend(katalog, zeile, new, stated)


def _plan_change(katalog: _Katalog, zeile: Listenzeile, found: Bestand) -> tuple[Planzeile, Vorhaben | None]:
    demand(katalog.context.leser, Handlung.AENDERN, describe_gegenstand(found.angebot, found.ort))
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


def _intend(
    katalog: _Katalog, zeile: Listenzeile, found: Bestand, stated: Mapping[str, Any]
) -> tuple[Planzeile, Vorhaben]:
    felder = {name: value for name, value in stated.items() if name != GEOMETRIE}
    eingabe = Eingabe(felder=felder, punkt_25832=stated.get(GEOMETRIE, msgspec.UNSET))
    umstaende = replace(katalog.umstaende, erwartet=frozenset({found.version}))
    vorhaben = prepare_change(katalog.context, katalog.connection, found, eingabe, umstaende)
    told = tuple(_tell_changes(katalog.umstaende, found, vorhaben))
    ergebnis = GEAENDERT if found.version else NEU
    return _row(zeile, ergebnis, vorhaben.nachher, felder=told, guete=vorhaben.guete), vorhaben


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
