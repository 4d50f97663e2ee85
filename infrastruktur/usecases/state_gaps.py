"""Say of each area how many people are short of a target, and what is nearest to them, as columns of a table."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.tabelle import Wert, Werte
from infrastruktur.planning.gaps import Luecken, Nearest, luecken, nearest_for_unserved, weigh_owners
from infrastruktur.usecases.choose_areas import Gebietsschnitt, Stufenschnitt
from infrastruktur.usecases.messung import Messung
from infrastruktur.usecases.spread_population import Stufe

Ints = NDArray[np.int32]


def count_gaps(messung: Messung, schnitt: Gebietsschnitt, ziel_prozent: float) -> Luecken:
    """Count the gaps of some areas."""
    if isinstance(schnitt, Stufenschnitt):
        return _count_gaps(messung, schnitt.stufe, ziel_prozent)
    return luecken(schnitt.tally(messung), ziel_prozent)


@lru_cache(maxsize=8)  # a comparison asks for the ranks of all areas of each level, and then for rows
def _count_gaps(messung: Messung, stufe: Stufe, ziel_prozent: float) -> Luecken:
    return luecken(stufe.sum_up(messung.tally), ziel_prozent)


def name_gaps(gaps: Luecken, places: Ints) -> dict[str, Werte]:
    """Fill the columns of the gaps of some areas (k,)."""
    return {
        "personen": gaps.personen[places],
        "erreicht": gaps.erreicht[places],
        "ohne_zugang": gaps.ohne_zugang[places],
        "ohne_aussage": gaps.ohne_aussage[places],
        "bis_zum_ziel": gaps.bis_zum_ziel[places],
        "anteil_prozent": gaps.anteil_prozent[places],
        "anteil_beurteilt_prozent": gaps.anteil_beurteilt_prozent[places],
        "grund": [None if grund is None else grund.value for grund in map(gaps.grund.__getitem__, places.tolist())],
    }


def find_nearest(messung: Messung, schnitt: Gebietsschnitt) -> Nearest:
    """Find the nearest Angebot of the unserved, all parts of the group together, each at its own pace."""
    of_leaf, share = schnitt.of_leaves(messung)
    personen, weight = messung.short, messung.short_by_owner
    if share is not None:
        personen = personen * share[messung.unserved.piece]
        weight = weigh_owners(messung.unserved, personen, len(of_leaf))
    return nearest_for_unserved(messung.unserved, personen, weight, of_leaf, len(schnitt))


def name_nearest(messung: Messung, nearest: Nearest) -> dict[str, Werte]:
    """Name the nearest; where several are wanted it is no answer, since most reach it and lack another."""
    if messung.ziel.mindestens > 1:
        return {}
    names: list[Wert] = [None if owner < 0 else str(messung.supply.name[owner]) for owner in nearest.owner.tolist()]
    # Walk networks are stated at 1 m/s: where the limit is in metres, seconds along streets are metres.
    in_meters = messung.ziel.max_meter is not None
    unit = {"naechste_meter": nearest.cost} if in_meters else {"naechste_minuten": nearest.cost / 60}
    return {"naechstes_angebot": names, **unit}
