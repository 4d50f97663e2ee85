"""The commands `infrastruktur liste`: an own list taken, planned and applied, as `/collections/{id}/liste` does it.

They act as whoever the token in `INFRASTRUKTUR_ZUGANG` is, with the same rights: on the command line too, who may only
propose proposes, and nobody approves what is their own.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.kommandos.rahmen import opened, parse_day
from infrastruktur.settings import Settings
from infrastruktur.terminal import say
from infrastruktur.usecases.context import Context

if TYPE_CHECKING:
    from infrastruktur.domain.tabelle import Tabelle
    from infrastruktur.usecases.plan_liste import Plan

_OHNE_ZUGANG = "Bitte hier den eigenen Zugang nennen. Einen neuen stellt aus: infrastruktur token neu."
Command = Callable[..., None]


@click.group()
def liste() -> None:
    """Holt die eigene Liste einer Ebene als Tabelle, plant, was geändert wurde, und übernimmt es.

    Wessen Liste, sagt der Zugang in INFRASTRUKTUR_ZUGANG.
    """


def _of_a_list(command: Command) -> Command:
    """Add what every command of a list is asked with."""
    for add in (
        click.pass_obj,
        click.option("--ab", metavar="DATE", callback=parse_day, help="Ab diesem Tag gilt es; ohne Angabe ab heute."),
        click.argument("datei", type=click.Path(dir_okay=False, path_type=Path)),
        click.argument("ebene"),
    ):
        command = add(command)
    return command


def _of_a_change(command: Command) -> Command:
    """Add how a changed list is sent."""
    for add in (
        click.option("--kein-duplikat", is_flag=True, help="Neue Zeilen sind keine, die es schon gibt."),
        click.option("--grund", default="", help="Warum; steht in der Geschichte."),
    ):
        command = add(command)
    return _of_a_list(command)


@contextmanager
def _opened_as_owner(settings: Settings) -> Iterator[Context]:
    from infrastruktur.usecases.identify_person import identify_person  # noqa: PLC0415 - reads signed tokens

    if not settings.zugang:
        raise InvalidParameter("INFRASTRUKTUR_ZUGANG", _OHNE_ZUGANG)
    with opened(settings) as context:
        yield context.for_reader(identify_person(context, settings.zugang))


@liste.command(name="holen")
@_of_a_list
def take(settings: Settings, *, ebene: str, datei: Path, ab: date | None) -> None:
    """Schreibt, was man in EBENE ändern oder vorschlagen darf, nach DATEI (.xlsx oder .csv).

    Beispiel: infrastruktur liste holen pflege pflege.xlsx
    """
    from infrastruktur.usecases.write_liste import write_liste  # noqa: PLC0415

    with _opened_as_owner(settings) as context:
        written = write_liste(context, ebene, ab or date.today(), workbook=_is_workbook(datei))  # noqa: DTZ011
    datei.write_bytes(written)
    say(f"Die Liste liegt in {datei}. Nach dem Ändern: infrastruktur liste planen {ebene} {datei}")


@liste.command(name="planen")
@_of_a_change
def plan(settings: Settings, **asked: Any) -> None:
    """Sagt Zeile für Zeile, was aus der geänderten DATEI würde; geändert wird nichts.

    Beispiel: infrastruktur liste planen pflege pflege.xlsx --grund "Rücklauf der Abfrage"
    """
    planned, told = _work_on(settings, asked, "")
    _show(told)
    if not planned.anwendbar:
        say("Übernommen werden kann das noch nicht: Bitte erst Fehler und Konflikte lösen.")
        sys.exit(1)
    say(f"Übernehmen, mit denselben Angaben: infrastruktur liste uebernehmen … --pruefsumme {planned.pruefsumme}")


@liste.command(name="uebernehmen")
@click.option("--pruefsumme", required=True, help="Die des Plans: Nur was angesehen wurde, wird übernommen.")
@_of_a_change
def apply(settings: Settings, *, pruefsumme: str, **asked: Any) -> None:
    """Übernimmt die DATEI, deren Plan angesehen wurde, als Ganzes oder gar nicht.

    Beispiel: infrastruktur liste uebernehmen pflege pflege.xlsx --pruefsumme 0f3a…
    """
    done, told = _work_on(settings, asked, pruefsumme)
    counted = ", ".join(f"{name} {number}" for name, number in told.herkunft.parameter.items() if name in _COUNTED)
    say(f"Übernommen: {counted}.")
    for row in done.zeilen:
        if row.vorschlag:
            say(f"Zeile {row.zeile} ist vorgeschlagen: {row.vorschlag}")


_COUNTED = ("neu", "geändert", "Vorschlag", "unverändert")


def _work_on(settings: Settings, asked: dict[str, Any], pruefsumme: str) -> tuple["Plan", "Tabelle"]:
    """Plan a list, or with a checksum apply it; give the plan, and what it tells a person."""
    from infrastruktur.usecases.demand_change import Umstaende  # noqa: PLC0415 - only these two commands need them
    from infrastruktur.usecases.plan_liste import apply_liste, plan_liste  # noqa: PLC0415
    from infrastruktur.usecases.read_layer import find_collection  # noqa: PLC0415
    from infrastruktur.usecases.tell_plan import tell_plan  # noqa: PLC0415
    from infrastruktur.usecases.write_liste import demand_editor, read_upload  # noqa: PLC0415

    umstaende = Umstaende(
        kollektion=asked["ebene"],
        tag=asked["ab"] or date.today(),  # noqa: DTZ011 - a local day
        grund=asked["grund"],
        kein_duplikat=frozenset("*") if asked["kein_duplikat"] else frozenset(),
    )
    with _opened_as_owner(settings) as context:
        demand_editor(context, umstaende.kollektion)
        datei: Path = asked["datei"]
        collection = find_collection(umstaende.kollektion)
        inhalt = read_upload(collection, datei.read_bytes(), workbook=_is_workbook(datei))
        if pruefsumme:
            planned = apply_liste(context, inhalt.zeilen, umstaende, pruefsumme)
        else:
            planned = plan_liste(context, inhalt.zeilen, umstaende)
        return planned, tell_plan(planned, inhalt.fremd)


def _show(told: "Tabelle") -> None:
    from infrastruktur.reports.text import write_text  # noqa: PLC0415 - only the plan needs it

    click.echo(write_text(told, herkunft=True), nl=False)


def _is_workbook(datei: Path) -> bool:
    return datei.suffix.lower() == ".xlsx"
