"""Two states of one figure side by side: every cell that differs, with before, after and difference.

Compared is what a figure states, not what it was asked: a target's own limit is in the scenario, and who counted the
people is in the table's origin. Nor what stands beside a value to read it by, as that of the Region: that has a row of
its own.
"""

import math
from collections.abc import Iterator
from functools import lru_cache
from operator import itemgetter
from typing import Any

import msgspec

from infrastruktur.domain.tabelle import Spalte, Tabelle, Typ, Wert

_Row = tuple[Wert, ...]

_KEYS = ("ebene", "gebiet", "tag", "variante")
"""What tells rows about one subject apart; a figure that looks ahead has days and variants, too."""
WO = (*_KEYS, "gebiet_name")
"""What a cell that differs says of where it is; null where its table has no such column."""
_ASKED = frozenset({"max_minuten", "max_meter", "mindestens", "ziel_prozent", "gewicht", "version"})
_BESIDE = frozenset({"platz", "index_prozent", "index_beurteilt_prozent"})
"""Stand beside a value and follow from all subjects of an area together."""
_NUMBER = (int, float)
_NOISE = 1e-9
"""Share of a number by which another order of the same sum may miss it, and far less than anybody is told."""
_TEXTS = frozenset({"naechstes_angebot", "grund", "zustand", "zustand_langsamer", "zustand_schneller"})


class Zelle(msgspec.Struct, frozen=True):
    """One cell that differs: where by `WO`, in which column, and what stood and stands there."""

    wo: tuple[Wert, ...]
    spalte: Spalte
    vorher: Wert
    nachher: Wert

    @property
    def differenz(self) -> float | None:
        """After less before; None where one of the two is no number."""
        if isinstance(self.vorher, _NUMBER) and isinstance(self.nachher, _NUMBER):
            return float(self.nachher) - float(self.vorher)
        return None


def compare_states(before: Tabelle, after: Tabelle) -> Iterator[Zelle]:
    """Compare two tables of one figure about one subject, row by row by their keys, in the order of `after`.

    An area without a row has nothing there: noughts where the other table has numbers. Numbers that differ by less than
    1e-9 of the greater one are the same: who scales all people evenly moves no mean, though its last bit may.
    """
    stood, stands = _by_key(before), _by_key(after)
    columns, places = _find_columns(after.spalten)
    for key in dict.fromkeys((*stands, *stood)):
        was, now = stood.get(key), stands.get(key)
        if was == now:
            continue  # most rows of most tables
        was, now = was or _nothing(now), now or _nothing(was)
        wo = tuple([None if at is None else now[at] if key in stands else was[at] for at in places])
        for at, spalte in columns:
            if was[at] != now[at] and not _is_noise(was[at], now[at]):
                yield Zelle(wo, spalte, was[at], now[at])


@lru_cache(maxsize=64)
def _find_columns(spalten: tuple[Spalte, ...]) -> tuple[list[tuple[int, Spalte]], list[int | None]]:
    """Find the columns that are compared, and those of `WO`, once a figure and not once a table."""
    place = {spalte.name: at for at, spalte in enumerate(spalten)}
    return [(at, each) for at, each in enumerate(spalten) if is_compared(each)], [place.get(name) for name in WO]


def is_compared(spalte: Spalte) -> bool:
    """Tell whether a column states something of an area."""
    numbers = {Typ.ZAHL, Typ.GANZZAHL}
    return spalte.name in _TEXTS or (spalte.typ in numbers and spalte.name not in _ASKED | _BESIDE)


def _is_noise(was: Wert, now: Wert) -> bool:
    return isinstance(was, float) and isinstance(now, float) and math.isclose(was, now, rel_tol=_NOISE)


def _by_key(tabelle: Tabelle) -> dict[Any, _Row]:
    name = itemgetter(*[at for at, spalte in enumerate(tabelle.spalten) if spalte.name in _KEYS])
    return dict(zip(map(name, tabelle.zeilen), tabelle.zeilen, strict=True))


def _nothing(other: _Row | None) -> _Row:
    return tuple([0 if isinstance(wert, _NUMBER) else None for wert in other or ()])
