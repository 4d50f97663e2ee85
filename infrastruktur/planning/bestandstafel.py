"""The table of § 7 Abs. 4 APG NRW: the Bestand of 31 December of every second year, from 2015 on. No forecast is in it.

What is expected (geplant, genehmigt, im Bau) and what rests stands beside the Bestand, each for itself, and is
never part of it. Beside it stands the Bestand of the report before, two years ago, and how this one came of it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.angebot import Status
from infrastruktur.domain.errors import Grund, InvalidParameter
from infrastruktur.domain.tabelle import Wert
from infrastruktur.planning.bedarfsplanung import Planungsraum
from infrastruktur.planning.supply import BEWEGUNGEN, Platzzeiten, count_places, foresee

ERSTES_JAHR = 2015
_EXPECTED = (Status.GEPLANT, Status.GENEHMIGT, Status.IM_BAU)
_BESIDE = (Status.RUHEND, *_EXPECTED)


def require_berichtstag(tag: date) -> date:
    """Refuse a day the law does not ask for: it wants 31 December of 2015, 2017, 2019, ….

    Raises
    ------
    InvalidParameter
        It is another day.

    """
    if (tag.month, tag.day) == (12, 31) and tag.year >= ERSTES_JAHR and tag.year % 2:
        return tag
    raise InvalidParameter(
        "stichtag",
        f"Die Zusammenstellung nach § 7 Abs. 4 APG NRW gilt für den 31.12. jedes zweiten Jahres ab {ERSTES_JAHR}, "
        f"nicht für den {tag:%d.%m.%Y}. Den Bestand anderer Tage gibt es unter „Bestand“.",
    )


def find_berichtstag(tag: date) -> date:
    """Find the last day up to `tag` the law asks for."""
    year = tag.year if tag >= date(tag.year, 12, 31) else tag.year - 1
    return require_berichtstag(date(year if year % 2 else year - 1, 12, 31))


def find_vorbericht(tag: date) -> date | None:
    """Name the day of the report before, None for the first one."""
    return date(tag.year - 2, 12, 31) if tag.year > ERSTES_JAHR else None


@dataclass(frozen=True)
class Artbestand:
    """The Angebote of one kind on the day of a report and on that of the one before.

    Attributes
    ----------
    zugelassen, betrieben
        The same Angebote with their two numbers of places.
    bestaetigt
        Those of `zugelassen` whose need was confirmed by the day of the report (§ 11 Abs. 7 APG NRW).
    bekannt
        Whether any source states Angebote of this kind; else nought would be silence.
    plaetze
        Whether the size of the kind is places at all.

    """

    zugelassen: Platzzeiten
    betrieben: Platzzeiten
    bestaetigt: Platzzeiten
    bekannt: bool
    plaetze: bool


def list_bestand(raum: Planungsraum, je_art: Mapping[str, Artbestand], stichtag: date) -> Iterator[dict[str, Wert]]:
    """List the rows of the table for `plan_columns.BESTANDSTAFEL`, per Kommune, Region and art.

    Parameters
    ----------
    je_art
        The Angebote of each art, areas as in `raum`.

    Raises
    ------
    InvalidParameter
        The Stichtag is none of § 7 Abs. 4 APG NRW.

    """
    day = require_berichtstag(stichtag)
    vorher = find_vorbericht(day)
    for art, bestand in je_art.items():
        columns = _count(bestand, day, vorher, len(raum.kommunen)) if bestand.bekannt else None
        for at in range(len(raum.gebiete)):
            yield {
                **raum.name(at),
                "art": art,
                **(
                    {"grund": Grund.KEINE_DATEN.value}
                    if columns is None
                    else _row(columns, at, plaetze=bestand.plaetze)
                ),
                "stichtag": day,
                "vergleich_stichtag": vorher,
            }


_Columns = Mapping[str, NDArray[np.float64]]
"""Counts by name: (n_kommunen + 1,), the Region last."""


def _count(bestand: Artbestand, day: date, vorher: date | None, n: int) -> _Columns:
    now, running = count_places(bestand.zugelassen, day, n), count_places(bestand.betrieben, day, n)
    beside = {status: count_places(bestand.zugelassen, day, n, status) for status in _BESIDE}
    columns: dict[str, NDArray[Any]] = {
        "angebote": now.angebote,
        "plaetze": now.plaetze,
        "ohne_platzzahl": now.ohne_platzzahl,
        "plaetze_betrieben": running.plaetze,
        "ohne_betrieben": running.ohne_platzzahl,
        **{f"angebote_{status}": each.angebote for status, each in beside.items()},
        **{f"plaetze_{status}": each.plaetze for status, each in beside.items()},
        **_count_bestaetigt(bestand, day, n),
    }
    if vorher is not None:
        moved = foresee(bestand.zugelassen, vorher, day, n)
        columns |= {
            "angebote_vorher": moved.basis.angebote,
            "plaetze_vorher": moved.basis.plaetze,
            "ohne_vorher": moved.basis.ohne_platzzahl,
            **{name.value: moved.bewegung[:, at] for at, name in enumerate(BEWEGUNGEN)},
        }
    return {name: np.append(each, each.sum()).astype(np.float64) for name, each in columns.items()}


def _count_bestaetigt(bestand: Artbestand, day: date, n: int) -> dict[str, NDArray[Any]]:
    """Divide what is expected into that with and that without a confirmed need."""
    whole, confirmed = (
        [count_places(zeiten, day, n, status) for status in _EXPECTED]
        for zeiten in (bestand.zugelassen, bestand.bestaetigt)
    )
    columns: dict[str, NDArray[Any]] = {}
    for name in ("angebote", "plaetze"):
        with_it = np.sum([getattr(each, name) for each in confirmed], axis=0)
        all_of_them = np.sum([getattr(each, name) for each in whole], axis=0)
        columns |= {f"{name}_mit_bestaetigung": with_it, f"{name}_ohne_bestaetigung": all_of_them - with_it}
    return columns


def _row(columns: _Columns, at: int, *, plaetze: bool) -> dict[str, Wert]:
    """Write one area; a lower bound of nought says nothing, but reads like "there is nothing": it is not stated."""
    row: dict[str, Wert] = {name: float(each[at]) for name, each in columns.items()}
    for places, silent in (
        ("plaetze", "ohne_platzzahl"),
        ("plaetze_betrieben", "ohne_betrieben"),
        ("plaetze_vorher", "ohne_vorher"),
    ):
        if row.get(silent) and row[places] == 0:
            row[places] = None
    del row["ohne_betrieben"]
    row.pop("ohne_vorher", None)
    if plaetze:
        return row
    return {name: value for name, value in row.items() if name.startswith("angebote")}
