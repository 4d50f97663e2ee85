"""Say of each area how many people are short of a target, and what is nearest to them, as columns of a table."""

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.tabelle import Wert, Werte
from infrastruktur.planning.gaps import Luecken, Nearest, nearest_for_unserved
from infrastruktur.usecases.choose_areas import Gebietsschnitt
from infrastruktur.usecases.messung import Messung

Ints = NDArray[np.int32]


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
    personen = messung.short if share is None else messung.short * share[messung.unserved.piece]
    return nearest_for_unserved(messung.unserved, personen, of_leaf, len(schnitt))


def name_nearest(messung: Messung, nearest: Nearest) -> dict[str, Werte]:
    """Name the nearest; where several are wanted it is no answer, since most reach it and lack another."""
    if messung.ziel.mindestens > 1:
        return {}
    names: list[Wert] = [None if owner < 0 else str(messung.supply.name[owner]) for owner in nearest.owner.tolist()]
    # Walk networks are stated at 1 m/s: where the limit is in metres, seconds along streets are metres.
    in_meters = messung.ziel.max_meter is not None
    unit = {"naechste_meter": nearest.cost} if in_meters else {"naechste_minuten": nearest.cost / 60}
    return {"naechstes_angebot": names, **unit}
