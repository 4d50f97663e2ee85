"""Population groups: age bands as half-open intervals, written as codes a URL can carry.

A group is asked for (`ab75`, `06bis09`); sources bring bands of their own. A group can be stated
from a source when some of its bands tile it exactly; otherwise it is `keine_daten`, never a guess.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

import msgspec

from infrastruktur.domain.errors import InvalidParameter

OLDEST = 200
_CODE = re.compile(r"ab(?P<ab>\d{2})|(?P<von>\d{2})bis(?P<bis>\d{2})|(?P<jahr>\d{2})|(?P<alle>alle)", re.ASCII)


class Geschlecht(StrEnum):
    """Sex as official tables give it: divers and unstated are assigned there at random."""

    WEIBLICH = "w"
    MAENNLICH = "m"
    INSGESAMT = "i"


class Gruppe(msgspec.Struct, frozen=True, order=True):
    """People aged `von` up to, not including, `unter` completed years; `OLDEST` means open."""

    von: int
    unter: int

    @property
    def code(self) -> str:
        """The name in data and URLs, without a plus sign, which URLs eat."""
        if self.unter >= OLDEST:
            return f"ab{self.von:02d}" if self.von else "alle"
        if self.unter == self.von + 1:
            return f"{self.von:02d}"
        return f"{self.von:02d}bis{self.unter - 1:02d}"

    @property
    def titel(self) -> str:
        """The name a person reads."""
        if self.unter >= OLDEST:
            return f"{self.von}+" if self.von else "alle Altersgruppen"
        if self.unter == self.von + 1:
            return f"{self.von}-Jährige"
        return f"{self.von} bis unter {self.unter} Jahre"

    def covers(self, other: "Gruppe") -> bool:
        return self.von <= other.von and other.unter <= self.unter


@lru_cache(maxsize=1024)  # a scenario asks four thousand times, about thirty groups
def parse_gruppe(code: str) -> Gruppe:
    """Read a group code: `alle`, `ab75`, `06bis09` (both ends in) or `06` (one year).

    Raises
    ------
    InvalidParameter
        The code is none of these, or its end lies before its begin.

    """
    match = _CODE.fullmatch(code)
    if match is None:
        raise InvalidParameter("altersgruppe", f"„{code}“ ist keine Altersgruppe. Beispiele: ab75, 06bis09, alle.")
    if match["alle"]:
        return Gruppe(0, OLDEST)
    if match["ab"]:
        return Gruppe(int(match["ab"]), OLDEST)
    if match["jahr"]:
        return Gruppe(int(match["jahr"]), int(match["jahr"]) + 1)
    von, bis = int(match["von"]), int(match["bis"])
    if bis < von:
        raise InvalidParameter("altersgruppe", f"„{code}“ endet vor ihrem Beginn.")
    return Gruppe(von, bis + 1)


def find_tiling(wanted: Gruppe, bands: Iterable[Gruppe]) -> tuple[Gruppe, ...] | None:
    """Find bands that make up `wanted` exactly, each person once; None when there are none.

    The fewest bands win: a source that brings a total and its parts is read by the total.
    """
    return _tile(wanted, frozenset(bands))


@lru_cache(maxsize=4096)
def _tile(wanted: Gruppe, bands: frozenset[Gruppe]) -> tuple[Gruppe, ...] | None:
    """Tile once for all areas of a source: they have the same bands, and a region has a hundred of them."""
    inside = sorted(band for band in bands if wanted.covers(band))
    best: dict[int, tuple[Gruppe, ...]] = {wanted.von: ()}
    for band in inside:
        if band.von in best:
            longer = (*best[band.von], band)
            if band.unter not in best or len(longer) < len(best[band.unter]):
                best[band.unter] = longer
    return best.get(wanted.unter)


STANDARD_BANDS: tuple[Gruppe, ...] = (
    *(Gruppe(year, year + 1) for year in range(18)),
    Gruppe(18, 20),
    *(Gruppe(year, year + 5) for year in range(20, 95, 5)),
    Gruppe(95, OLDEST),
)
"""Single years under 18 (Kita and Grundschule need them), then five-year groups to 95+."""
