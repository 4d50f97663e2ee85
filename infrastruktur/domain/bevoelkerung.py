"""Population as sources give it: counts by area, sex and age band, and values of census cells."""

from dataclasses import dataclass
from datetime import date

import msgspec
import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.gruppe import Geschlecht

ANTEIL_AB65 = "anteil_ab65"
"""The one cell value that is not a group code: percent of the cell's people aged 65 and over."""


class Bevoelkerung(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """People of one area, sex and age band on one day, from one source."""

    quelle: str
    stichtag: date
    raum: str
    """Key of a Sozialraum or AGS of a Kommune."""
    geschlecht: Geschlecht
    gruppe: str
    """Code of a `Gruppe`."""
    personen: float

    @property
    def wer(self) -> "Personenkreis":
        """Say whom it counts, whoever states it and however many they are."""
        return (self.raum, self.stichtag, self.geschlecht, self.gruppe)


Personenkreis = tuple[str, date, Geschlecht, str]
"""Area, day, sex and band: what can be withheld."""


@dataclass(frozen=True)
class Zellen:
    """Census cells of one grid, source and day, as columns of equal length n.

    Attributes
    ----------
    gitter_id
        (n,) official ids such as `CRS3035RES100mN3081200E4044900`.
    xy_3035
        (n, 2) float64, lower-left corners in metres.
    kommune
        (n,) AGS as the source joins it, "" where it does not.
    merkmale
        k codes: of a `Gruppe` (people), or `anteil_ab65` (percent).
    werte
        (n, k) float64; NaN is what the source suppresses or lacks, never zero.

    """

    quelle: str
    stichtag: date
    groesse_m: int
    gitter_id: tuple[str, ...]
    xy_3035: NDArray[np.float64]
    kommune: tuple[str, ...]
    merkmale: tuple[str, ...]
    werte: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.gitter_id)


def gitter_id(groesse_m: int, xy_3035: NDArray[np.float64]) -> tuple[str, ...]:
    """Name cells by their lower-left corners (n, 2): INSPIRE form, north first."""
    corners = xy_3035.astype(np.int64)
    size = f"{groesse_m // 1000}km" if groesse_m % 1000 == 0 else f"{groesse_m}m"
    return tuple(f"CRS3035RES{size}N{north}E{east}" for east, north in corners.tolist())
