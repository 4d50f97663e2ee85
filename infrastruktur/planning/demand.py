"""Pflegebedürftige and the people who use a kind of care, estimated from age, sex and rates; and the places they need.

PB(area) = Σ over sex s and age a of EW(area, s, a) · q(s, a). Everything stays unrounded; whole places are made
by one rule (`whole_places`), only where a number leaves the house.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.bedarf import Bedarfsregel
from infrastruktur.domain.errors import Grund, NotAssessable
from infrastruktur.domain.herleitung import NOISE_PLAETZE
from infrastruktur.domain.quote import Aufteilung, Quote, Quotentafel
from infrastruktur.planning.pyramide import Alterspyramide, name_missing, regroup, split

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Schaetzung:
    """People expected by rates, per area.

    Attributes
    ----------
    personen
        (n_areas,) float64; NaN where a part of the population is not known.
    mindestens
        (n_areas,) float64, of the people who are known: a lower bound.
    je_band
        (n_areas, 2, n_bands) float64, sexes and bands as the table of rates has them.
    grund
        (n_areas,) why `personen` is NaN, or None.

    """

    personen: Floats
    mindestens: Floats
    je_band: Floats
    grund: tuple[Grund | None, ...]


def estimate(pyramide: Alterspyramide, tafel: Quotentafel, aufteilungen: Iterable[Aufteilung] = ()) -> Schaetzung:
    """Expect people by rates: Σ EW(age, sex) · rate(age, sex).

    Rates are applied to whole bands: the people of a rate's band are summed up exactly. Where the
    population is coarser, a band is split by its stated `Aufteilung` and not otherwise. People whose
    rate is 0 add nothing, also when their number is not known.

    Raises
    ------
    NotAssessable
        A band of the population lies across two rates and nobody states how to split it.

    """
    for aufteilung in aufteilungen:
        pyramide = split(pyramide, aufteilung)
    return _expect(pyramide, tafel)


@lru_cache(maxsize=256)  # every rule and variant of a plan asks it of the same few days: 0.4 ms each
def _expect(pyramide: Alterspyramide, tafel: Quotentafel) -> Schaetzung:
    people = regroup(pyramide, tafel.gruppen)
    counted = tafel.anteile > 0
    je_band = np.where(counted, people.personen * tafel.anteile, 0.0)
    return Schaetzung(
        personen=je_band.sum(axis=(1, 2)),
        mindestens=np.nansum(je_band, axis=(1, 2)),
        je_band=je_band,
        grund=name_missing(people, counted),
    )


@dataclass(frozen=True)
class Standardisierung:
    """Observed people against those expected by rates, per area: above 1 there are more than age and sex explain.

    Attributes
    ----------
    verhaeltnis
        (n_areas,) float64; NaN with the reason in `grund`.

    """

    verhaeltnis: Floats
    grund: tuple[Grund | None, ...]


def standardise(beobachtet: Floats, erwartet: Schaetzung) -> Standardisierung:
    """Compare areas by observed / expected (indirect standardisation), because raw rates follow the mix of ages.

    Parameters
    ----------
    beobachtet
        (n_areas,) people counted, NaN unknown.

    """
    ratio = np.full(len(beobachtet), np.nan)
    np.divide(beobachtet, erwartet.personen, out=ratio, where=erwartet.personen > 0)
    grund = tuple(
        known or (Grund.KEINE_DATEN if math.isnan(seen) else Grund.KEINE_BEVOELKERUNG if hoped == 0 else None)
        for known, seen, hoped in zip(erwartet.grund, beobachtet.tolist(), erwartet.personen.tolist(), strict=True)
    )
    return Standardisierung(ratio, grund)


def calibrate(
    tafel: Quotentafel, pyramide: Alterspyramide, beobachtet: float, *, quelle: str, stichtag: date
) -> Quotentafel:
    """Scale all rates by one factor k so that they give a counted total: Σ EW · min(1, k · rate) = counted.

    Rates of a Land fit a Kreis only after this. A rate stops at 100 %, and k grows until the others make
    up for it; where none stops, k is simply counted / expected.

    Parameters
    ----------
    pyramide
        The areas the total was counted in, together.

    Raises
    ------
    NotAssessable
        The population is not wholly known, or no factor leads to the total: nobody is expected, or more
        people were counted than have a rate above 0.

    """
    people = regroup(pyramide, tafel.gruppen)
    if any(name_missing(people)):
        raise NotAssessable(Grund.KEINE_DATEN, f"„{tafel.code}“ lässt sich nicht kalibrieren: Personen fehlen.")
    living = people.personen.sum(axis=0)
    factor = _find_factor(living, tafel.anteile, beobachtet)
    if factor is None:
        raise NotAssessable(
            Grund.KEINE_DATEN,
            f"„{tafel.code}“ lässt sich nicht auf {beobachtet:g} Personen kalibrieren: "
            "so viele kann es nach dieser Tafel nicht geben.",
        )
    scaled = np.minimum(1.0, factor * tafel.anteile) * 100
    quoten = tuple(
        Quote(altersgruppe=quote.altersgruppe, w_prozent=float(w), m_prozent=float(m))
        for quote, w, m in zip(tafel.quoten, *scaled, strict=True)
    )
    return msgspec.structs.replace(
        tafel,
        code=f"{tafel.code}_kalibriert",
        titel=f"{tafel.titel}, kalibriert",
        stichtag=stichtag,
        quelle=(
            f"{tafel.quelle}; mal {_write(factor)}, höchstens 100 %, damit es {_write(beobachtet)} Personen sind "
            f"({quelle})"
        ),
        quoten=quoten,
    )


def _write(number: float) -> str:
    """Write all the digits that count: a reader is to get the same rates."""
    return f"{number:.10g}".replace(".", ",")


def _find_factor(living: Floats, anteile: Floats, beobachtet: float) -> float | None:
    """Solve Σ living · min(1, k · anteile) = beobachtet for k; the rates that stop only become more."""
    reachable = float(living[anteile > 0].sum())
    if not 0 < beobachtet <= reachable:
        return None
    full = np.zeros(anteile.shape, dtype=np.bool_)
    while True:
        scaled = float((living * anteile)[~full].sum())
        factor = (beobachtet - float(living[full].sum())) / scaled if scaled > 0 else float("inf")
        stopped = full | ((factor * anteile > 1) & (living > 0) & (anteile > 0) if np.isfinite(factor) else False)
        if (stopped == full).all():
            break
        full = stopped
    # Where every rate stops, any larger factor says the same: the one that just fills the smallest.
    return factor if np.isfinite(factor) else float(1 / anteile[anteile > 0].min())


def count_need(regel: Bedarfsregel, personen: Floats) -> Floats:
    """Turn people (n_areas,) into the places they need, unrounded: people / `personen_je_platz`.

    For a rule `je_100` the people are those of its group: people · je_100 / 100.
    """
    if regel.je_100 is not None:
        return personen * regel.je_100 / 100
    return personen / regel.personen_je_platz


def limit_by_places(personen: Floats, plaetze: Floats, auslastung_prozent: float) -> Floats:
    """Limit users to what the places hold: min(people, places · auslastung / 100).

    The Kapazitätsvariante as we assume it; the StädteRegion's own formula is not public. By itself it
    never shows a shortage: whoever finds no place is the difference to `personen`, to be shown beside it.
    """
    return np.minimum(personen, plaetze * auslastung_prozent / 100)


def whole_places(bedarf: Floats) -> Floats:
    """Round a need up to whole places, the one rule for output: half a place short is a place short."""
    return np.ceil(bedarf - NOISE_PLAETZE)
