"""Two states of one figure side by side: every cell that differs, with before, after and difference.

Compared is what a figure states, not what it was asked: a target's own limit is in the scenario, and who counted the
people is in the table's origin. Nor what stands beside a value to read it by, as that of the Region: that has a row of
its own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from infrastruktur.domain.tabelle import Spalte, Tabelle, Typ, Wert

Record = Mapping[str, Wert]
_Key = tuple[Wert, ...]

KEYS = ("ebene", "gebiet", "tag", "variante")
"""What tells rows about one subject apart; a figure that looks ahead has days and variants, too."""
_ASKED = frozenset({"max_minuten", "max_meter", "mindestens", "ziel_prozent", "gewicht", "version"})
_BESIDE = frozenset({"platz", "index_prozent", "index_beurteilt_prozent"})
"""Stand beside a value and follow from all subjects of an area together."""
_TEXTS = frozenset({"naechstes_angebot", "grund", "zustand", "zustand_langsamer", "zustand_schneller"})


@dataclass(frozen=True)
class Zelle:
    """One cell that differs: in which row, in which column, and what stood and stands there."""

    zeile: Record
    spalte: Spalte
    vorher: Wert
    nachher: Wert

    @property
    def differenz(self) -> float | None:
        """After less before; None where one of the two is no number."""
        if isinstance(self.vorher, int | float) and isinstance(self.nachher, int | float):
            return float(self.nachher) - float(self.vorher)
        return None


def compare_states(before: Tabelle, after: Tabelle) -> Iterator[Zelle]:
    """Compare two tables of one figure about one subject, row by row by their `KEYS`, in the order of `after`.

    An area without a row has nothing there: noughts where the other table has numbers.
    """
    stood, stands = _by_key(before), _by_key(after)
    names = [spalte.name for spalte in after.spalten]
    columns = [spalte for spalte in after.spalten if is_compared(spalte)]
    for key in dict.fromkeys((*stands, *stood)):
        if stood.get(key) == stands.get(key):
            continue  # most rows of most tables
        was, now = (dict(zip(names, rows[key], strict=True)) if key in rows else None for rows in (stood, stands))
        for spalte in columns:
            vorher, nachher = _cell(was, now, spalte.name), _cell(now, was, spalte.name)
            if vorher != nachher:
                yield Zelle(now or was or {}, spalte, vorher, nachher)


def is_compared(spalte: Spalte) -> bool:
    """Tell whether a column states something of an area."""
    numbers = {Typ.ZAHL, Typ.GANZZAHL}
    return spalte.name in _TEXTS or (spalte.typ in numbers and spalte.name not in _ASKED | _BESIDE)


def _by_key(tabelle: Tabelle) -> dict[_Key, tuple[Wert, ...]]:
    places = [at for at, spalte in enumerate(tabelle.spalten) if spalte.name in KEYS]
    return {tuple([zeile[at] for at in places]): zeile for zeile in tabelle.zeilen}


def _cell(own: Record | None, other: Record | None, name: str) -> Wert:
    if own is not None:
        return own[name]
    return 0 if other is not None and isinstance(other[name], int | float) else None
