"""Überlebenstafeln: which share of a five-year group lives in the next one five years later.

The form of the file is schemas/ueberleben.schema.json. A table says whether it holds migration too,
and what happens to the youngest group, because births are not in it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import Grund, InvalidParameter, NotAssessable, SourceRefused
from infrastruktur.domain.gruppe import OLDEST, Gruppe, parse_gruppe
from infrastruktur.domain.quote import require_tiling

SCHRITT_JAHRE = 5

Faktor = Annotated[float, msgspec.Meta(ge=0, le=2)]
"""Above 1 only where more people move in than die."""


class Juengste(StrEnum):
    """Who is in the youngest group after a step."""

    KONSTANT = "konstant"
    """As many as before: an assumption about births."""
    KEINE_DATEN = "keine_daten"


class Ueberlebensfaktor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of a group in five years, women and men."""

    altersgruppe: str
    w: Faktor
    m: Faktor


class Ueberlebenstafel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Survival factors by five-year group and sex, counted on `stichtag`."""

    code: str
    titel: str
    gebiet: str
    stichtag: date
    quelle: str
    mit_wanderung: bool
    juengste: Juengste
    faktoren: tuple[Ueberlebensfaktor, ...]

    @property
    def gruppen(self) -> tuple[Gruppe, ...]:
        return tuple(parse_gruppe(faktor.altersgruppe) for faktor in self.faktoren)

    @property
    def werte(self) -> NDArray[np.float64]:
        """The factors: (2, n_bands) float64, women first."""
        return np.array([[each.w for each in self.faktoren], [each.m for each in self.faktoren]])


def parse_ueberlebenstafel(data: Mapping[str, Any], source: str) -> Ueberlebenstafel:
    """Read the one table of a file, its block `[ueberlebenstafel]`.

    Raises
    ------
    SourceRefused
        The groups are not five years each from 0 to an open one, or a field is missing, unknown or
        out of range.

    """
    try:
        tafel = msgspec.convert(data.get("ueberlebenstafel"), Ueberlebenstafel)
        gruppen = tafel.gruppen
    except (msgspec.ValidationError, InvalidParameter) as error:
        raise SourceRefused(source, f"Die Überlebenstafel ist nicht lesbar: {error}") from error
    require_tiling(Gruppe(0, OLDEST), gruppen, f"Die Überlebenstafel „{tafel.code}“", source)
    if uneven := [each.code for each in gruppen[:-1] if each.unter - each.von != SCHRITT_JAHRE]:
        raise SourceRefused(source, f"Die Altersgruppe „{uneven[0]}“ muss genau fünf Jahre umfassen.")
    return tafel


def select_ueberlebenstafel(tafeln: Iterable[Ueberlebenstafel], gebiete: Sequence[str]) -> Ueberlebenstafel:
    """Take the table of the nearest area, in it the newest.

    Parameters
    ----------
    gebiete
        Keys of areas, the preferred first.

    Raises
    ------
    NotAssessable
        There is none of these areas.

    """
    known = [tafel for tafel in tafeln if tafel.gebiet in gebiete]
    if not known:
        raise NotAssessable(
            Grund.KEINE_DATEN,
            f"Es gibt keine Überlebensfaktoren für {', '.join(gebiete)}. Bitte eine Überlebenstafel einspielen.",
        )
    return min(known, key=lambda tafel: (gebiete.index(tafel.gebiet), -tafel.stichtag.toordinal()))
