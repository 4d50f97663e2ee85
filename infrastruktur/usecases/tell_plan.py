"""Lay the plan of a list out as a table, a row for each thing said, so that it can be read where the list was made."""

from collections.abc import Iterator, Sequence
from typing import Any

from infrastruktur.domain.eingabe import TITEL
from infrastruktur.domain.tabelle import Herkunft, Spalte, Tabelle, Typ, Wert, build_zeile
from infrastruktur.usecases.plan_liste import ERGEBNISSE, Plan, Planzeile
from infrastruktur.usecases.read_layer import find_collection

_WORTE = dict(zip(ERGEBNISSE, ("neu", "geändert", "Vorschlag", "unverändert", "Konflikt", "Fehler"), strict=True))
_SPALTEN = (
    Spalte(name="zeile", titel="Zeile", typ=Typ.GANZZAHL, nachkommastellen=0),
    Spalte(name="ergebnis", titel="Ergebnis"),
    Spalte(name="name", titel="Name"),
    Spalte(name="feld", titel="Spalte"),
    Spalte(name="vorher", titel="Vorher"),
    Spalte(name="nachher", titel="Nachher, wie in der Liste"),
    Spalte(name="jetzt", titel="Inzwischen, von jemand anderem"),
    Spalte(name="meldung", titel="Meldung"),
    Spalte(name="id", titel="Kennung"),
)


def tell_plan(plan: Plan, fremd: Sequence[str]) -> Tabelle:
    """Give the table of a plan; its checksum and counts stand in its origin, and columns that were not read."""
    titel = find_collection(plan.kollektion).titel
    counted = {_WORTE[name]: number for name, number in plan.zaehlung.items()}
    herkunft = Herkunft(
        titel=f"Plan: {titel}",
        stichtag=plan.ab,
        parameter={"pruefsumme": plan.pruefsumme, "uebernommen": "ja" if plan.angewendet else "nein", **counted},
        hinweise=(
            "Mit der Prüfsumme noch einmal gesendet, wird alles übernommen oder nichts.",
            *(f"Die Spalte „{name}“ gehört nicht zur Liste und wurde nicht gelesen." for name in fremd),
        ),
    )
    rows = tuple(build_zeile(_SPALTEN, row) for zeile in plan.zeilen for row in _tell(zeile))
    return Tabelle(name="plan", spalten=_SPALTEN, zeilen=rows, herkunft=herkunft)


def _tell(zeile: Planzeile) -> Iterator[dict[str, Wert]]:
    known: dict[str, Wert] = {
        "zeile": zeile.zeile,
        "ergebnis": _WORTE[zeile.ergebnis],
        "name": zeile.name,
        "id": zeile.id,
    }
    for each in (*_tell_changes(zeile), *_tell_wrong(zeile)) or ({},):
        yield {**known, "meldung": zeile.hinweis, **each}


def _tell_changes(zeile: Planzeile) -> Iterator[dict[str, Wert]]:
    for change in zeile.felder:
        yield {"feld": change.titel, "vorher": _say(change.vorher), "nachher": _say(change.nachher)}
    for konflikt in zeile.konflikte:
        theirs = {"jetzt": _say(konflikt.jetzt)}
        yield {"feld": konflikt.titel, "vorher": _say(konflikt.vorher), "nachher": _say(konflikt.ihre_angabe), **theirs}


def _tell_wrong(zeile: Planzeile) -> Iterator[dict[str, Wert]]:
    for fehler in zeile.fehler:
        yield {"feld": TITEL.get(fehler.feld, fehler.feld), "meldung": fehler.meldung}


def _say(value: Any) -> Wert:
    """Write a value as text; of a point, its coordinates."""
    if isinstance(value, dict):
        return ", ".join(str(part) for part in value["coordinates"])
    return value if value is None else str(value)
