"""Einrichtungsbevölkerung: how many people of an age live in homes, as a named assumption.

A home puts its residents into the denominator of its Sozialraum (R9). To state a figure without them, their number is
taken from what homes state, or from their places; which of it was assumed, and from where, stands beside the figure.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any

import msgspec

from infrastruktur.domain.errors import InvalidParameter, SourceRefused
from infrastruktur.domain.gruppe import Gruppe, find_tiling, parse_gruppe


class Bewohnerzahl(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Residents of an age band, where the assumption was counted."""

    altersgruppe: str
    personen: Annotated[float, msgspec.Meta(ge=0)]


class Annahme(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who lives in the homes of some arten, from a day to a day, both inclusive.

    `auslastung_prozent` of its places where a home does not state its residents; `bewohner` gives shares by age.
    """

    code: str
    titel: str
    arten: tuple[str, ...]
    auslastung_prozent: Annotated[float, msgspec.Meta(gt=0, le=100)]
    bewohner: tuple[Bewohnerzahl, ...]
    quelle: str
    stichtag: date
    gueltig_von: date
    gueltig_bis: date | None = None

    def find_anteil(self, gruppe: Gruppe) -> float | None:
        """Find the share (0 to 1) of the residents who are of a group; None where the bands do not make it up."""
        counted = {parse_gruppe(each.altersgruppe): each.personen for each in self.bewohner}
        tiles = find_tiling(gruppe, counted)
        return None if tiles is None else sum(counted[tile] for tile in tiles) / sum(counted.values())


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    annahme: tuple[Annahme, ...] = ()


def parse_einrichtungen(data: Mapping[str, Any], source: str) -> tuple[Annahme, ...]:
    """Read the assumptions of one file.

    Raises
    ------
    SourceRefused
        An assumption lacks a field, has one too many, names a group nobody knows, or counts nobody.

    """
    try:
        found = msgspec.convert(data, _File).annahme
        for each in found:
            each.find_anteil(Gruppe(0, 1))
    except (msgspec.ValidationError, InvalidParameter) as error:
        raise SourceRefused(source, f"Eine Annahme ist nicht lesbar: {error}") from error
    for each in found:
        if not sum(band.personen for band in each.bewohner):
            raise SourceRefused(source, f"Die Annahme „{each.code}“ nennt keine Bewohner:innen nach Alter.")
    return found


def find_annahme(annahmen: Iterable[Annahme], day: date) -> Annahme | None:
    """Find the assumption that holds on a day; of several the one counted last."""
    valid = [a for a in annahmen if a.gueltig_von <= day and (a.gueltig_bis is None or day <= a.gueltig_bis)]
    return max(valid, key=lambda each: each.stichtag, default=None)
