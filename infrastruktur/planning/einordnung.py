"""Einordnung: a figure beside that of its Region, of another Stichtag, and beside its target.

It is made of published tables: what one of them hides cannot come back as a difference.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import msgspec

from infrastruktur.domain.errors import Grund
from infrastruktur.domain.raum import Ebene
from infrastruktur.domain.tabelle import Tabelle, Wert
from infrastruktur.domain.zielwert import Zielwert, find_zielwert
from infrastruktur.planning.provision import Indikator

_DECIMALS = 9
"""A difference of published numbers shows no noise of floating point."""


@dataclass(frozen=True)
class Massstab:
    """What the figures of a day are read against."""

    indikatoren: Mapping[str, Indikator]
    zielwerte: tuple[Zielwert, ...]
    vorher: Tabelle | None = None


def place_beside(tabelle: Tabelle, massstab: Massstab) -> Tabelle:
    """Fill the columns of comparison of a table of provision that was published whole.

    A Saldo is a number of places, which a part of the Region has fewer of: it is not held against the Region. A
    target is held only against levels at which the indicator is a judgement.
    """
    records = tabelle.records()
    region = {str(row["indicator"]): row["wert"] for row in records if row["ebene"] == Ebene.REGION}
    before = {} if massstab.vorher is None else _by_place(massstab.vorher.records())
    earlier = None if massstab.vorher is None else massstab.vorher.herkunft.stichtag
    for row in records:
        indikator = massstab.indikatoren[str(row["indicator"])]
        if row["ebene"] != Ebene.REGION and not indikator.saldo:
            row.update(_beside("region", row["wert"], region.get(indikator.code)))
        if earlier is not None:
            row.update(_beside("vergleich", row["wert"], before.get(_place(row))), vergleich_stichtag=earlier)
        row.update(_hold_against_target(row, indikator, massstab.zielwerte, tabelle.herkunft.stichtag))
    return tabelle.with_rows([tuple(row.values()) for row in records])


def say_unmatched(tabelle: Tabelle, vorher: Tabelle) -> Tabelle:
    """Say of how many figures the other day has none, and why: a null beside a number is else read as no change."""
    reasons = {_place(row): row["grund"] for row in vorher.records()}
    silent = Counter(
        str(reasons.get(_place(row)) or Grund.KEINE_DATEN.value)
        for row in tabelle.records()
        if row["wert"] is not None and row["wert_vergleich"] is None
    )
    if not silent:
        return tabelle
    counted = ", ".join(f"{rows} wegen {grund}" for grund, rows in sorted(silent.items()))
    said = f"Am {vorher.herkunft.stichtag:%d.%m.%Y} ohne Wert, darum nicht verglichen: {counted}."
    herkunft = msgspec.structs.replace(tabelle.herkunft, hinweise=(*tabelle.herkunft.hinweise, said))
    return msgspec.structs.replace(tabelle, herkunft=herkunft)


def _by_place(records: Iterable[Mapping[str, Wert]]) -> dict[tuple[Wert, ...], Wert]:
    return {_place(row): row["wert"] for row in records}


def _place(row: Mapping[str, Wert]) -> tuple[Wert, ...]:
    return row["ebene"], row["gebiet"], row["indicator"]


def _beside(name: str, wert: Wert, other: Wert) -> dict[str, Wert]:
    return {f"wert_{name}": other, f"differenz_{name}": _less(wert, other)}


def _less(wert: Wert, other: Wert) -> float | None:
    if not isinstance(wert, int | float) or not isinstance(other, int | float):
        return None
    return round(float(wert) - float(other), _DECIMALS)


def _hold_against_target(
    row: Mapping[str, Wert], indikator: Indikator, zielwerte: tuple[Zielwert, ...], day: date
) -> dict[str, Wert]:
    target = find_zielwert(zielwerte, indikator.code, day)
    if target is None or not indikator.judges(Ebene(str(row["ebene"]))):
        return {}
    return {
        "zielwert": target.wert,
        "abstand_zielwert": _less(row["wert"], target.wert),
        "zielwert_status": f"{target.status} ({target.grundlage})",
    }
