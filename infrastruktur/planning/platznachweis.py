"""Nachweis of places: which Angebote a Bestand consists of, and which of them came, went, grew or shrank.

Of each is named how many places it had on the base day and has on the later one, with who states it.
"""

from collections.abc import Iterable
from datetime import date

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.angebot import Status
from infrastruktur.domain.herleitung import Eingabe, Rechnung, Schritt, build_schritt
from infrastruktur.planning.supply import Bewegung, Platzzeiten, Stand, sort_moves, stand_on

Bools = NDArray[np.bool_]

_LOST = (Bewegung.WEGFALL_SCHLIESSUNG, Bewegung.WEGFALL_ABBAU)


def explain_places(zeiten: Platzzeiten, areas: Iterable[int], tag: date, status: Iterable[Status]) -> Schritt:
    """Sum the places of the Angebote of some areas that are in one of some states on a day."""
    stand = stand_on(zeiten, tag)
    here = np.isin(zeiten.area, list(areas)) & np.isin(stand.status, list(status))
    silent = [zeiten.name[house] for house in np.flatnonzero(here & np.isnan(stand.plaetze)).tolist()]
    parts = tuple(
        _state(zeiten, stand, house, zeiten.name[house], tag)
        for house in np.flatnonzero(here & ~np.isnan(stand.plaetze)).tolist()
    )
    hints = (f"mindestens; ohne Platzzahl: {', '.join(silent)}",) if silent else ()
    formula = f"Plätze der Angebote, die am {tag:%d.%m.%Y} „{', '.join(status)}“ sind"
    return build_schritt("Plätze", "Plätze", formula, Rechnung.SUMME, parts, hinweise=hints)


def explain_silent(zeiten: Platzzeiten, areas: Iterable[int], tag: date) -> Schritt:
    """Count the Angebote of some areas that are in operation on a day and of whose places nobody tells."""
    stand = stand_on(zeiten, tag)
    silent = np.isin(zeiten.area, list(areas)) & (stand.status == Status.IN_BETRIEB) & np.isnan(stand.plaetze)
    parts = tuple(
        Eingabe(name=zeiten.name[house], wert=1.0, einheit="Angebot", quelle=zeiten.quelle[house], stichtag=tag)
        for house in np.flatnonzero(silent).tolist()
    )
    formula = f"Jedes Angebot zählt 1, das am {tag:%d.%m.%Y} in Betrieb ist und keine Plätze nennt"
    return build_schritt("Angebote ohne Platzzahl", "Angebote", formula, Rechnung.SUMME, parts)


def explain_move(zeiten: Platzzeiten, areas: Iterable[int], tage: tuple[date, date], kind: Bewegung) -> Schritt:
    """Sum what a movement between two days brought or took, Angebot by Angebot: after less before, or the reverse."""
    before, after = (stand_on(zeiten, tag) for tag in tage)
    moved = sort_moves(before, after, after.status == Status.IN_BETRIEB)[kind]
    here = np.isin(zeiten.area, list(areas)) & (moved != 0)
    parts = tuple(_move(zeiten, (before, after), house, tage, kind) for house in np.flatnonzero(here).tolist())
    formula = f"Veränderung der Angebote vom {tage[0]:%d.%m.%Y} bis zum {tage[1]:%d.%m.%Y}"
    return build_schritt(kind.value, "Plätze", formula, Rechnung.SUMME, parts)


def _move(
    zeiten: Platzzeiten, staende: tuple[Stand, Stand], house: int, tage: tuple[date, date], kind: Bewegung
) -> Schritt:
    was, now = (
        _state(zeiten, stand, house, f"am {tag:%d.%m.%Y}", tag, running=True)
        for stand, tag in zip(staende, tage, strict=True)
    )
    parts = (was, now) if kind in _LOST else (now, was)
    formula = "vorher − nachher" if kind in _LOST else "nachher − vorher"
    return build_schritt(zeiten.name[house], "Plätze", formula, Rechnung.DIFFERENZ, parts)


def _state(zeiten: Platzzeiten, stand: Stand, house: int, name: str, tag: date, *, running: bool = False) -> Eingabe:
    """State the places of an Angebot on a day; `running` counts none where it is not in operation."""
    status = str(stand.status[house]) or "nicht im Katalog"
    counts = not running or status == Status.IN_BETRIEB
    return Eingabe(
        name=f"{name} ({status})" if running else name,
        wert=float(np.nan_to_num(stand.plaetze[house])) if counts else 0.0,
        einheit="Plätze",
        quelle=zeiten.quelle[house],
        stichtag=tag,
    )
