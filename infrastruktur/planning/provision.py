"""Versorgungsquoten: supply in operation against those it is for, the need for it, or another size of its own.

An indicator is data (schemas/indikatoren.toml). Its figure is a ratio of sums, never a mean of
ratios, and a lower bound wherever a capacity is unknown; what cannot be stated is null with a reason.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
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


class Nenner(StrEnum):
    """What an indicator holds the supply against."""

    PERSONEN = "personen"
    PFLEGEBEDUERFTIGE = "pflegebeduerftige"
    BEDARF = "bedarf"
    GROESSE = "groesse"


class Indikator(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One figure: `skala` · `faktor` · Σ `groesse` of `arten` / what `nenner` names.

    That is the people of `altersgruppe`, the Pflegebedürftige by rates, the places that the need rule `regel` asks
    for, or Σ `nenner_groesse` of the same Angebote. A `saldo` is the supply less the need.

    Below `unterste_ebene` it must not be stated; below `bewertung_ab` it may be stated, but is
    information and no judgement of need (R10). The public sees it from `oeffentlich_ab` up.
    """

    code: str
    titel: str
    arten: tuple[str, ...]
    groesse: str
    nenner: Nenner = Nenner.PERSONEN
    altersgruppe: str | None = None
    regel: str | None = None
    nenner_groesse: str | None = None
    saldo: bool = False
    skala: float
    einheit: str
    unterste_ebene: Ebene
    bewertung_ab: Ebene
    oeffentlich_ab: Ebene | None = None
    faktor: float = 1.0
    hinweis: str = ""
    referenzen: tuple[Referenz, ...] = ()

    @property
    def gruppe(self) -> Gruppe | None:
        return None if self.altersgruppe is None else parse_gruppe(self.altersgruppe)

    def allows(self, ebene: Ebene, *, public: bool = False) -> bool:
        """Tell whether the indicator may be stated at this level."""
        lowest = self.oeffentlich_ab if public and self.oeffentlich_ab is not None else self.unterste_ebene
        return _RANK[ebene] >= max(_RANK[lowest], _RANK[self.unterste_ebene])

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
    nenner_groesse
        (n,) float64 the size it is held against, NaN unknown; None for indicators that have none.

    """

    area: NDArray[np.int32]
    in_betrieb: NDArray[np.bool_]
    groesse: Floats
    nenner_groesse: Floats | None = None


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


def hold_against_size(indikator: Indikator, supply: Supply, n_areas: int) -> Versorgung:
    """Compute an indicator whose Nenner is a size: over the Angebote that state both, the others counted beside it.

    So the Auslastung, which is taken Platztage of available ones, and never heads of one day (those are the
    Belegung am Stichtag).
    """
    of = np.full(len(supply.groesse), np.nan) if supply.nenner_groesse is None else supply.nenner_groesse
    both = ~np.isnan(supply.groesse) & ~np.isnan(of)
    counted = supply.in_betrieb & (supply.area >= 0) & both
    nenner = _sum(supply.area[counted], of[counted], n_areas)
    stating_both = replace(supply, groesse=np.where(both, supply.groesse, np.nan))
    return provision(indikator, stating_both, nenner)


def provision(indikator: Indikator, supply: Supply, nenner: Floats, *, angenommen: float | None = None) -> Versorgung:
    """Compute one indicator for the areas of one level.

    Parameters
    ----------
    nenner
        (n_areas,) people of the indicator's group, or places needed; NaN where there are no data.
    angenommen
        Size to assume for each Angebot whose size is unknown; gives `wert_bis`.

    """
    n_areas = len(nenner)
    counted = supply.in_betrieb & (supply.area >= 0)
    area, groesse = supply.area[counted], supply.groesse[counted]
    known = ~np.isnan(groesse)
    zaehler = _sum(area[known], groesse[known] * indikator.faktor, n_areas)
    ohne_platzzahl = np.bincount(area[~known], minlength=n_areas).astype(np.int32)
    # A lower bound of nought says nothing, but reads like "there is nothing": it is not stated.
    unstated = (ohne_platzzahl > 0) & (zaehler == 0)
    grund = tuple(_grund(indikator, n, u) for n, u in zip(nenner.tolist(), unstated.tolist(), strict=True))
    bis = np.full(n_areas, np.nan)
    if angenommen is not None:
        bis = _hold_against(indikator, zaehler + ohne_platzzahl * indikator.faktor * angenommen, nenner)
    return Versorgung(
        wert=np.where(unstated, np.nan, _hold_against(indikator, zaehler, nenner)),
        wert_bis=bis,
        zaehler=np.where(unstated, np.nan, zaehler),
        nenner=nenner,
        ohne_platzzahl=ohne_platzzahl,
        grund=grund,
    )


def _sum(area: NDArray[np.int32], values: Floats, n_areas: int) -> Floats:
    return np.asarray(np.bincount(area, weights=values, minlength=n_areas), dtype=np.float64)


def _hold_against(indikator: Indikator, zaehler: Floats, nenner: Floats) -> Floats:
    if indikator.saldo:
        return zaehler - nenner
    ratio = np.full(len(nenner), np.nan)
    np.divide(indikator.skala * zaehler, nenner, out=ratio, where=nenner > 0)
    return ratio


def _grund(indikator: Indikator, nenner: float, unstated: bool) -> Grund | None:  # noqa: FBT001 - from zip by position
    if math.isnan(nenner):
        return Grund.KEINE_DATEN
    if nenner == 0 and not indikator.saldo:
        return Grund.KEINE_DATEN if indikator.nenner is Nenner.GROESSE else Grund.KEINE_BEVOELKERUNG
    return Grund.KEINE_PLATZZAHL if unstated else None


def parse_indikatoren(data: Mapping[str, Any], source: str) -> tuple[Indikator, ...]:
    """Read the indicators of one file.

    Raises
    ------
    SourceRefused
        An indicator lacks a field, has one too many, or names a level or group nobody knows.

    """
    try:
        indikatoren = msgspec.convert(data.get("indikator", []), tuple[Indikator, ...])
    except msgspec.ValidationError as error:
        raise SourceRefused(source, f"Ein Indikator ist nicht lesbar: {error}") from error
    for indikator in indikatoren:
        _check_nenner(indikator, source)
    return indikatoren


def _check_nenner(indikator: Indikator, source: str) -> None:
    """Refuse an indicator that lacks what its Nenner is made of, or names what it does not use."""
    made_of = {
        Nenner.PERSONEN: indikator.altersgruppe,
        Nenner.BEDARF: indikator.regel,
        Nenner.GROESSE: indikator.nenner_groesse,
    }
    named = {nenner for nenner, field in made_of.items() if field is not None}
    if named != {indikator.nenner} - {Nenner.PFLEGEBEDUERFTIGE}:
        raise SourceRefused(
            source,
            f"Indikator „{indikator.code}“: Zu „{indikator.nenner}“ gehört genau eine Angabe "
            "(personen: altersgruppe, bedarf: regel, groesse: nenner_groesse, pflegebeduerftige: keine).",
        )
    if indikator.saldo and indikator.nenner is not Nenner.BEDARF:
        raise SourceRefused(source, f"Indikator „{indikator.code}“: Ein Saldo ist Bestand weniger Bedarf.")


def get_indikator(indikatoren: Iterable[Indikator], code: str) -> Indikator:
    """Pick an indicator by its code."""
    by_code = {indikator.code: indikator for indikator in indikatoren}
    if code not in by_code:
        raise NotFound(f"Den Indikator „{code}“ gibt es nicht. Bekannt sind: {', '.join(by_code)}.")
    return by_code[code]
