"""Zielwerte: what an indicator of provision should reach, as dated and sourced data.

There is no binding Richtwert in NRW but for the law a value may name: each says by its `status` how binding it is.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import msgspec

from infrastruktur.domain.errors import SourceRefused


class Zielwert(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The value an indicator should at least have, from a day to a day, both inclusive."""

    indikator: str
    wert: float
    status: str = "Arbeitswert, nicht beschlossen"
    grundlage: str
    gueltig_von: date
    gueltig_bis: date | None = None

    def holds_on(self, day: date) -> bool:
        return self.gueltig_von <= day and (self.gueltig_bis is None or day <= self.gueltig_bis)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    zielwert: tuple[Zielwert, ...] = ()


def parse_zielwerte(data: Mapping[str, Any], source: str) -> tuple[Zielwert, ...]:
    """Read the targets of one file.

    Raises
    ------
    SourceRefused
        A target lacks a field, has one too many, or two of an indicator hold on the same day.

    """
    try:
        found = msgspec.convert(data, _File).zielwert
    except msgspec.ValidationError as error:
        raise SourceRefused(source, f"Ein Zielwert ist nicht lesbar: {error}") from error
    for at, each in enumerate(found):
        if any(other.indikator == each.indikator and _overlap(each, other) for other in found[:at]):
            raise SourceRefused(source, f"Für „{each.indikator}“ gelten zwei Zielwerte am selben Tag.")
    return found


def _overlap(one: Zielwert, other: Zielwert) -> bool:
    ends = (one.gueltig_bis or date.max, other.gueltig_bis or date.max)
    return max(one.gueltig_von, other.gueltig_von) <= min(ends)


def find_zielwert(zielwerte: Iterable[Zielwert], indikator: str, day: date) -> Zielwert | None:
    """Find the target of an indicator that holds on a day."""
    return next((each for each in zielwerte if each.indikator == indikator and each.holds_on(day)), None)
