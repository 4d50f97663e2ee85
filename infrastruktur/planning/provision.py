"""Versorgungsquoten: supply in operation per head of the population group it is for.

An indicator is data (schemas/indikatoren.toml). Its figure is a ratio of sums, never a mean of
ratios, and a lower bound wherever a capacity is unknown; what cannot be stated is null with a reason.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import Grund, NotFound, SourceRefused
from infrastruktur.domain.gruppe import Gruppe, parse_gruppe
from infrastruktur.domain.raum import Ebene

_RANK = {Ebene.SOZIALRAUM: 0, Ebene.BEZIRK: 0, Ebene.KOMMUNE: 1, Ebene.REGION: 2}

Floats = NDArray[np.float64]


class Referenz(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value to read a figure against. There is no binding Richtwert in NRW except where `art` says `gesetz`."""

    wert: float
    art: str
    """`gesetz`, `forderung` (of an association) or `vergleich` (of another area)."""
    gebiet: str
    jahr: int
    quelle: str


class Indikator(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One Versorgungsquote: `skala` · `faktor` · Σ `groesse` of `arten` / people of `altersgruppe`.

    Below `unterste_ebene` it must not be stated; below `bewertung_ab` it may be stated, but is
    information and no judgement of need (R10).
    """

    code: str
    titel: str
    arten: tuple[str, ...]
    groesse: str
    altersgruppe: str
    skala: float
    einheit: str
    unterste_ebene: Ebene
    bewertung_ab: Ebene
    faktor: float = 1.0
    hinweis: str = ""
    referenzen: tuple[Referenz, ...] = ()

    @property
    def gruppe(self) -> Gruppe:
        return parse_gruppe(self.altersgruppe)

    def allows(self, ebene: Ebene) -> bool:
        """Tell whether the indicator may be stated at this level."""
        return _RANK[ebene] >= _RANK[self.unterste_ebene]

    def judges(self, ebene: Ebene) -> bool:
        """Tell whether the figure is more than information at this level."""
        return _RANK[ebene] >= _RANK[self.bewertung_ab]


@dataclass(frozen=True)
class Supply:
    """The Angebote of an indicator's arten at one Stichtag.

    Attributes
    ----------
    area
        (n,) int32 index of the area each lies in, -1 for none.
    in_betrieb
        (n,) bool; geplant, im Bau, ruhend, geschlossen are False (R5).
    groesse
        (n,) float64 size, NaN unknown.

    """

    area: NDArray[np.int32]
    in_betrieb: NDArray[np.bool_]
    groesse: Floats


@dataclass(frozen=True)
class Versorgung:
    """The figure per area; null is NaN, with its reason in `grund`.

    Attributes
    ----------
    wert, wert_bis, zaehler, nenner
        (n_areas,) float64. `wert` is a lower bound where `ohne_platzzahl` > 0; `wert_bis` is NaN
        unless a size was assumed for the unknown ones.
    ohne_platzzahl
        (n_areas,) int32 Angebote in operation whose size is unknown.
    grund
        (n_areas,) reason or None.

    """

    wert: Floats
    wert_bis: Floats
    zaehler: Floats
    nenner: Floats
    ohne_platzzahl: NDArray[np.int32]
    grund: tuple[Grund | None, ...]


def provision(indikator: Indikator, supply: Supply, personen: Floats, *, angenommen: float | None = None) -> Versorgung:
    """Compute one indicator for the areas of one level.

    Parameters
    ----------
    personen
        (n_areas,) people of the indicator's group, NaN where there are no data.
    angenommen
        Size to assume for each Angebot whose size is unknown; gives `wert_bis`.

    """
    n_areas = len(personen)
    counted = supply.in_betrieb & (supply.area >= 0)
    area, groesse = supply.area[counted], supply.groesse[counted]
    known = ~np.isnan(groesse)
    zaehler = _sum(area[known], groesse[known] * indikator.faktor, n_areas)
    ohne_platzzahl = np.bincount(area[~known], minlength=n_areas).astype(np.int32)
    # A lower bound of nought says nothing, but reads like "there is nothing": it is not stated.
    unstated = (ohne_platzzahl > 0) & (zaehler == 0)
    grund = tuple(_grund(p, u) for p, u in zip(personen.tolist(), unstated.tolist(), strict=True))
    assumed = 0.0 if angenommen is None else indikator.faktor * angenommen
    bis = _ratio(indikator.skala, zaehler + ohne_platzzahl * assumed, personen)
    return Versorgung(
        wert=np.where(unstated, np.nan, _ratio(indikator.skala, zaehler, personen)),
        wert_bis=np.full(n_areas, np.nan) if angenommen is None else bis,
        zaehler=np.where(unstated, np.nan, zaehler),
        nenner=personen,
        ohne_platzzahl=ohne_platzzahl,
        grund=grund,
    )


def _sum(area: NDArray[np.int32], values: Floats, n_areas: int) -> Floats:
    return np.asarray(np.bincount(area, weights=values, minlength=n_areas), dtype=np.float64)


def _ratio(skala: float, zaehler: Floats, nenner: Floats) -> Floats:
    ratio = np.full(len(nenner), np.nan)
    np.divide(skala * zaehler, nenner, out=ratio, where=nenner > 0)
    return ratio


def _grund(personen: float, unstated: bool) -> Grund | None:  # noqa: FBT001 - both arrive by position from zip
    if np.isnan(personen):
        return Grund.KEINE_DATEN
    if personen == 0:
        return Grund.KEINE_BEVOELKERUNG
    return Grund.KEINE_PLATZZAHL if unstated else None


def parse_indikatoren(data: Mapping[str, Any], source: str) -> tuple[Indikator, ...]:
    """Read the indicators of one file.

    Raises
    ------
    SourceRefused
        An indicator lacks a field, has one too many, or names a level or group nobody knows.

    """
    try:
        return msgspec.convert(data.get("indikator", []), tuple[Indikator, ...])
    except msgspec.ValidationError as error:
        raise SourceRefused(source, f"Ein Indikator ist nicht lesbar: {error}") from error


def get_indikator(indikatoren: Iterable[Indikator], code: str) -> Indikator:
    """Pick an indicator by its code."""
    by_code = {indikator.code: indikator for indikator in indikatoren}
    if code not in by_code:
        raise NotFound(f"Den Indikator „{code}“ gibt es nicht. Bekannt sind: {', '.join(by_code)}.")
    return by_code[code]
