"""Count people as registers state them: by area, band and sex, with holes where a source withholds a number."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from infrastruktur.domain.bevoelkerung import Bevoelkerung
from infrastruktur.domain.gruppe import Geschlecht, Gruppe, find_tiling, parse_gruppe


@dataclass(frozen=True)
class Zaehlung:
    """Official counts of one day: of one source, or of several that have no area in common.

    Attributes
    ----------
    je_raum
        People of both sexes per area key and band; a band of which one sex is missing is not there.

    """

    quelle: str
    stichtag: date
    je_raum: Mapping[str, Mapping[Gruppe, float]]

    def count(self, gruppe: Gruppe) -> dict[str, float]:
        """Count a group per area key, by the area's own bands; where they do not make it up, it is unknown."""
        tiled = ((raum, bands, find_tiling(gruppe, bands)) for raum, bands in self.je_raum.items())
        return {raum: sum(bands[tile] for tile in tiles) for raum, bands, tiles in tiled if tiles}


def collect_zaehlungen(rows: Iterable[Bevoelkerung]) -> tuple[Zaehlung, ...]:
    """Collect counts, newest first. What each Kommune counts for itself on the same day is one count."""
    stated: dict[tuple[date, str], dict[str, dict[Gruppe, dict[Geschlecht, float]]]] = {}
    for row in rows:
        of_raum = stated.setdefault((row.stichtag, row.quelle), {}).setdefault(row.raum, {})
        of_raum.setdefault(parse_gruppe(row.gruppe), {})[row.geschlecht] = row.personen
    joined: list[Zaehlung] = []
    for (stichtag, quelle), areas in sorted(stated.items(), reverse=True):
        je_raum = {raum: _both_sexes(bands) for raum, bands in areas.items()}
        last = joined[-1] if joined else None
        if last is not None and last.stichtag == stichtag and not last.je_raum.keys() & je_raum.keys():
            joined[-1] = Zaehlung(f"{quelle}, {last.quelle}", stichtag, {**last.je_raum, **je_raum})
        else:
            joined.append(Zaehlung(quelle, stichtag, je_raum))
    return tuple(joined)


def _both_sexes(bands: Mapping[Gruppe, Mapping[Geschlecht, float]]) -> dict[Gruppe, float]:
    """Take the total where it is stated, else the sum of both sexes; half of the people is no count."""
    sexes = (Geschlecht.WEIBLICH, Geschlecht.MAENNLICH)
    found = {
        band: counts.get(Geschlecht.INSGESAMT, sum(counts.get(sex, math.nan) for sex in sexes))
        for band, counts in bands.items()
    }
    return {band: people for band, people in found.items() if not math.isnan(people)}
