"""Ask whether somebody may do something to an Angebot, as it stands and as it would stand; if not, say what helps.

Nobody moves an entry into or out of what they are responsible for. In the Pflege, capacity, status and relocation take
who may release them, and, where an installation wants four eyes throughout, a second person always.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from infrastruktur.domain.adresse import Guete
from infrastruktur.domain.angebot import Angebot, is_hidden, traeger_id
from infrastruktur.domain.eingabe import Ort, name_handlung
from infrastruktur.domain.errors import Forbidden, OnlyProposable
from infrastruktur.domain.permission import Gegenstand, Handlung, demand, may, may_contribute
from infrastruktur.storage.eingaben import Bestand
from infrastruktur.usecases.context import Context

_FREIGABE = "In der Pflege gibt das Fachamt Kapazität, Status und Umzug frei."
_ZWEITE = "Kapazität, Status und Umzug in der Pflege gibt hier immer eine zweite Person frei."
_ZUSTAENDIGE = "Das ändert, wer für die Kommune oder den Fachbereich zuständig ist."
_NUR_INTERN = "Angebote dieser Art zeigt der Katalog nur intern. Anlegen und ändern kann sie, wer intern liest."


@dataclass(frozen=True, kw_only=True)
class Umstaende:
    """How a change is asked for.

    Status and capacity change from `tag` on. `erwartet` are the versions it may be made on top of, None where nothing
    was said, `*` any. `schluessel` names the request, so that it can be sent again, and `pruefsumme` tells it from
    others. `bestaetigt` says that whatever is not changed still holds. `kein_duplikat` are Angebote that a new one is
    known not to be, `*` whatever there is. A `freigabe` is a second person's, of what was stated on top of `basis`.
    """

    kollektion: str
    tag: date
    grund: str = ""
    bestaetigt: bool = False
    erwartet: frozenset[str] | None = None
    schluessel: str = ""
    pruefsumme: str = ""
    kein_duplikat: frozenset[str] = frozenset()
    freigabe: bool = False
    basis: str = ""


@dataclass(frozen=True, kw_only=True)
class Vorhaben:
    """What a change comes to, before it is written: `stated` is what differs from what is there."""

    nachher: Angebot
    ort: Ort
    stated: Mapping[str, Any]
    guete: Guete | None = None


def demand_contribution(context: Context, found: Bestand) -> None:
    """Let pass who may change what is there, or at least propose to.

    Raises
    ------
    Forbidden

    """
    thing = describe_gegenstand(found.angebot, found.ort)
    if not may_contribute(context.leser, thing):
        demand(context.leser, Handlung.VORSCHLAGEN, thing)


def demand_edit(context: Context, found: Bestand, umstaende: Umstaende) -> None:
    """Let pass who may change what is there, or create at all; who may only propose is told where.

    Raises
    ------
    Forbidden
        As `OnlyProposable`, where another may do what is proposed.

    """
    thing = describe_gegenstand(found.angebot, found.ort) if found.version else None
    if not may(context.leser, Handlung.AENDERN, thing) and may(context.leser, Handlung.VORSCHLAGEN, thing):
        raise OnlyProposable(_ZUSTAENDIGE, _say_where(found, umstaende))
    demand(context.leser, Handlung.AENDERN, thing)


def demand_change(context: Context, found: Bestand, vorhaben: Vorhaben, umstaende: Umstaende) -> None:
    """Let pass who may do this to what is there and to what comes of it.

    Raises
    ------
    Forbidden
        As `OnlyProposable`, where another may do what is proposed.

    """
    handlung = name_handlung(found.angebot, vorhaben.nachher, vorhaben.stated)
    for thing in list_gegenstaende(found, vorhaben):
        if handlung is Handlung.FREIGEBEN and not may(context.leser, handlung, thing):
            demand(context.leser, Handlung.AENDERN, thing)
            raise OnlyProposable(_FREIGABE, _say_where(found, umstaende))
        demand(context.leser, handlung, thing)
    if handlung is Handlung.FREIGEBEN and context.settings.editing.four_eyes and not umstaende.freigabe:
        raise OnlyProposable(_ZWEITE, _say_where(found, umstaende))
    refuse_hidden(context, vorhaben.nachher)


def refuse_hidden(context: Context, nachher: Angebot) -> None:
    """Refuse what whoever asks could not see afterwards.

    Raises
    ------
    Forbidden

    """
    if context.public and is_hidden(nachher):
        raise Forbidden(_NUR_INTERN)


def list_gegenstaende(found: Bestand, vorhaben: Vorhaben) -> list[Gegenstand]:
    """Say what a change is about: the Angebot as it stands, where there is one, and as it would stand."""
    before = [describe_gegenstand(found.angebot, found.ort)] if found.version else []
    return [*before, describe_gegenstand(vorhaben.nachher, vorhaben.ort)]


def describe_gegenstand(angebot: Angebot, ort: Ort) -> Gegenstand:
    """Say what an act upon an Angebot is about: its Fachbereich, the Kommune of its point, and its Träger."""
    return Gegenstand(
        fachbereich=angebot.art.partition(".")[0],
        ags=ort.kommune or "",
        traeger=traeger_id(angebot.traeger) if angebot.traeger else "",
    )


def say_gone(angebot: Angebot) -> str:
    """Say why an Angebot is not there, and how it comes back."""
    if angebot.ersetzt_durch:
        return say_replaced(angebot.ersetzt_durch)
    how = "ist geschlossen" if angebot.status else "wurde irrtümlich angelegt und zurückgenommen"
    return f"Das Angebot {how}. Wer es wieder öffnen will, nennt einen Status."


def say_replaced(id_: str) -> str:
    return f"Das Angebot war doppelt angelegt. Weiter geführt wird es unter der Kennung {id_}."


def _say_where(found: Bestand, umstaende: Umstaende) -> str:
    items = f"/items/{found.angebot.id}" if found.version else ""
    return f"Bitte dieselben Angaben vorschlagen: POST /collections/{umstaende.kollektion}{items}/vorschlaege."
