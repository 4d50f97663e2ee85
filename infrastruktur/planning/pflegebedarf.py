"""Pflegebedürftige of areas by kind of care: those expected by age, sex and rates, beside those counted.

The kinds sum to all Pflegebedürftige in every area; guests of a Tagespflege are among them and beside the sum (R13).
Areas are compared by counted / expected and not by raw rates, which follow the mix of ages.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import Grund
from infrastruktur.domain.pflegestatistik import AUFGETEILT, Leistung, Leistungsanteil, Zaehlung
from infrastruktur.domain.tabelle import Werte
from infrastruktur.planning.demand import Schaetzung, standardise

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Erwartung:
    """People expected to have a kind of care.

    Attributes
    ----------
    personen
        (n_areas,) float64, NaN where `grund` says why.
    weg
        How they were expected, for a reader.

    """

    leistung: Leistung
    personen: Floats
    grund: tuple[Grund | None, ...]
    weg: str


def split_by_leistung(
    gesamt: Schaetzung, stationaer: Schaetzung | None, anteile: Mapping[Leistung, Leistungsanteil]
) -> tuple[Erwartung, ...]:
    """Split the expected Pflegebedürftige of areas by kind of care.

    Those in homes by their own rates, because old people live there far more often; the others share the rest as
    they do in the larger area. Without rates of homes all kinds are shares.

    Parameters
    ----------
    stationaer
        People expected in homes, of the same areas; None where nobody states rates.
    anteile
        What is known of the larger area. A kind of care that is missing there leaves all kinds without a number.

    """
    everybody = Erwartung(
        Leistung.INSGESAMT, gesamt.personen, gesamt.grund, "Einwohner nach Alter und Geschlecht × Quote"
    )
    parts = [_split(leistung, gesamt, stationaer, anteile) for leistung in AUFGETEILT]
    guests = _share_of(Leistung.TEILSTATIONAER, gesamt, anteile)
    return (everybody, *parts, guests)


def _split(
    leistung: Leistung,
    gesamt: Schaetzung,
    stationaer: Schaetzung | None,
    anteile: Mapping[Leistung, Leistungsanteil],
) -> Erwartung:
    if stationaer is None:
        return _share_of(leistung, gesamt, anteile)
    if leistung is Leistung.VOLLSTATIONAER:
        way = "Einwohner nach Alter und Geschlecht × Heimquote"
        return Erwartung(leistung, stationaer.personen, stationaer.grund, way)
    at_home = [each for each in AUFGETEILT if each is not Leistung.VOLLSTATIONAER]
    if any(each not in anteile for each in at_home):
        return _unknown(leistung, gesamt)
    share = anteile[leistung].prozent / sum(anteile[each].prozent for each in at_home)
    way = f"(insgesamt − vollstationär) × {100 * share:.4g} % ({anteile[leistung].quelle})".replace(".", ",", 1)
    grund = tuple(left or right for left, right in zip(gesamt.grund, stationaer.grund, strict=True))
    return Erwartung(leistung, (gesamt.personen - stationaer.personen) * share, grund, way)


def _share_of(leistung: Leistung, gesamt: Schaetzung, anteile: Mapping[Leistung, Leistungsanteil]) -> Erwartung:
    if leistung not in anteile:
        return _unknown(leistung, gesamt)
    prozent = anteile[leistung].prozent
    way = f"insgesamt × {prozent:.4g} % ({anteile[leistung].quelle})".replace(".", ",", 1)
    return Erwartung(leistung, gesamt.personen * prozent / 100, gesamt.grund, way)


def _unknown(leistung: Leistung, gesamt: Schaetzung) -> Erwartung:
    n = len(gesamt.personen)
    return Erwartung(leistung, np.full(n, np.nan), (Grund.KEINE_DATEN,) * n, "Niemand nennt den Anteil dieser Leistung")


def fill_columns(erwartung: Erwartung, gezaehlt: Sequence[Zaehlung | None]) -> dict[str, Werte]:
    """Fill the columns of a table: expected, counted, and counted / expected where somebody counted.

    Parameters
    ----------
    gezaehlt
        (n_areas,) the newest count of each area, None where there is none.

    """
    counted = np.array([np.nan if each is None or each.personen is None else each.personen for each in gezaehlt])
    expected = Schaetzung(erwartung.personen, erwartung.personen, erwartung.personen[:, None, None], erwartung.grund)
    ratio = standardise(counted, expected)
    return {
        "leistung": erwartung.leistung.value,
        "leistung_titel": erwartung.leistung.titel,
        "erwartet": erwartung.personen,
        "beobachtet": counted,
        "verhaeltnis": ratio.verhaeltnis,
        "stichtag_beobachtet": [None if each is None else each.stichtag for each in gezaehlt],
        "quelle_beobachtet": [None if each is None else each.quelle for each in gezaehlt],
        "rechenweg": erwartung.weg,
        "grund": [None if grund is None else grund.value for grund in erwartung.grund],
    }
