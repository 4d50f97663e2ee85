"""Leave out those who live in homes: an old group's figure stated again for the others (R9).

Where nobody knows or assumes how many they are, the second value is null and says why.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.angebot import Status
from infrastruktur.domain.einrichtung import Annahme
from infrastruktur.domain.tabelle import Wert
from infrastruktur.planning.einrichtungen import Heimbevoelkerung, Heime, count_residents
from infrastruktur.planning.provision import Indikator, Versorgung
from infrastruktur.storage.angebote import Supply
from infrastruktur.usecases.place_supply import areas_of
from infrastruktur.usecases.spread_population import Stufe

OLD_FROM = 75
"""From this age on a group is also stated without those who live in homes."""
_PLAETZE, _BEWOHNER = "plaetze_zugelassen", "bewohner"
_NENNER, _WERT, _ANNAHME = (f"{part}_ohne_einrichtungsbevoelkerung" for part in ("nenner", "wert", "annahme"))


@dataclass(frozen=True)
class Heimbestand:
    """The homes in operation on a Stichtag, and what is assumed of them; None where no source states their places."""

    supply: Supply
    annahme: Annahme | None
    public: bool


def find_homes(supply: Supply, counted: set[tuple[str, str]], annahme: Annahme | None, *, public: bool) -> Heimbestand:
    """Find the homes among the supply; `counted` are the (art, size) that somebody states."""
    if annahme is None or not any((art, _PLAETZE) in counted for art in annahme.arten):
        return Heimbestand(supply.take(np.arange(0)), None, public)
    chosen = np.flatnonzero(np.isin(supply.art, annahme.arten) & (supply.status == Status.IN_BETRIEB))
    return Heimbestand(supply.take(chosen), annahme, public)


def is_stated_without_homes(indikator: Indikator) -> bool:
    """Tell whether an indicator is about people so old that many of them live in homes."""
    return indikator.gruppe is not None and indikator.gruppe.von >= OLD_FROM


def leave_out_homes(
    heime: Heimbestand, indikator: Indikator, stufe: Stufe, stated: Versorgung
) -> list[dict[str, Wert]]:
    """Fill the columns `…_ohne_einrichtungsbevoelkerung` of each area; {} for figures of younger people."""
    if not is_stated_without_homes(indikator) or indikator.gruppe is None:
        return [{} for _ in stufe.raeume]
    anteil = None if heime.annahme is None else heime.annahme.find_anteil(indikator.gruppe)
    if heime.annahme is None or anteil is None:
        reason = "Keine Quelle oder Annahme sagt, wie viele Menschen dieser Gruppe in Heimen leben."
        return [{_ANNAHME: reason} for _ in stufe.raeume]
    homes = count_residents(
        lay_out_homes(heime, areas_of(heime.supply, stufe)),
        auslastung=heime.annahme.auslastung_prozent / 100,
        anteil=anteil,
        n_areas=len(stufe.raeume),
    )
    left = stated.nenner - homes.personen
    again = np.full(len(left), np.nan)
    np.divide(indikator.skala * stated.zaehler, left, out=again, where=left > 0)
    said = f"× {heime.annahme.auslastung_prozent:g} %; davon {100 * anteil:.1f} % in der Gruppe".replace(".", ",")
    return [
        _explain_missing(homes, left, at)
        or {_NENNER: float(left[at]), _WERT: float(again[at]), _ANNAHME: _name_homes(homes, at, said)}
        for at in range(len(stufe.raeume))
    ]


def lay_out_homes(heime: Heimbestand, area: NDArray[np.int32]) -> Heime:
    """Give the homes' sizes as columns; how many live in one is for staff only, the public takes the assumption."""
    unknown = np.full(len(heime.supply), np.nan)
    residents = unknown if heime.public else heime.supply.sizes.get(_BEWOHNER, unknown)
    return Heime(area, heime.supply.sizes.get(_PLAETZE, unknown), residents)


def _explain_missing(homes: Heimbevoelkerung, left: NDArray[np.float64], at: int) -> dict[str, Wert] | None:
    if homes.unbekannt[at]:
        return {_ANNAHME: f"Weder Bewohner:innen noch Plätze bekannt: {_count(homes.unbekannt[at])}."}
    if np.isnan(left[at]):
        return {_ANNAHME: "Wie viele Menschen dieser Gruppe hier leben, ist nicht bekannt."}
    if left[at] <= 0:
        return {_ANNAHME: "Nach der Annahme lebt hier niemand dieser Gruppe außerhalb eines Heims."}
    return None


def _name_homes(homes: Heimbevoelkerung, at: int, said: str) -> str:
    counted = f"{_count(homes.gezaehlt[at])} mit gezählten Bewohner:innen, " if homes.gezaehlt[at] else ""
    return f"{counted}{_count(homes.angenommen[at])} mit Plätzen {said}"


def _count(number: int) -> str:
    return f"{number} {'Heim' if number == 1 else 'Heime'}"
