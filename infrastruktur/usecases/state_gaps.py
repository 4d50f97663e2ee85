"""Say of each area how many people are short of a target, and what is nearest to them, as columns of a table."""

import numpy as np

from infrastruktur.domain.tabelle import Wert
from infrastruktur.planning.gaps import Luecken, Nearest, nearest_for_unserved
from infrastruktur.usecases.choose_areas import Gebietsschnitt
from infrastruktur.usecases.measure_reach import Messung


def name_gap(gaps: Luecken, at: int) -> dict[str, Wert]:
    """Fill the columns of one area's gap."""
    grund = gaps.grund[at]
    return {
        "personen": float(gaps.personen[at]),
        "erreicht": float(gaps.erreicht[at]),
        "ohne_zugang": float(gaps.ohne_zugang[at]),
        "ohne_aussage": float(gaps.ohne_aussage[at]),
        "bis_zum_ziel": float(gaps.bis_zum_ziel[at]),
        "anteil_prozent": float(gaps.anteil_prozent[at]),
        "anteil_beurteilt_prozent": float(gaps.anteil_beurteilt_prozent[at]),
        "grund": None if grund is None else grund.value,
    }


def find_nearest(messung: Messung, schnitt: Gebietsschnitt) -> Nearest:
    """Find the nearest Angebot of the unserved, all parts of the group together, each at its own pace."""
    gitter = messung.teile[0].wohnorte.gitter
    area, share = schnitt.of_pieces(gitter)
    part, piece = np.divmod(messung.unserved, len(area))
    inside = area[piece] >= 0
    part, piece = part[inside], piece[inside]
    personen = np.stack([teil.wohnorte.personen for teil in messung.teile])
    return nearest_for_unserved(
        np.concatenate(messung.nearest),
        np.concatenate([messung.nearest_angebot] * len(messung.teile)),
        personen[part, piece] * share[piece],
        piece_area=area[piece],
        piece_cell=gitter.pieces.cell[piece] + part * len(messung.nearest_angebot),
        states=np.concatenate(messung.zustand),
        n_areas=len(schnitt),
    )


def name_nearest(messung: Messung, nearest: Nearest, at: int) -> dict[str, Wert]:
    """Name the nearest; where several are wanted it is no answer, since most reach it and lack another."""
    owner, cost = int(nearest.owner[at]), float(nearest.cost[at])
    if owner < 0 or messung.ziel.mindestens > 1:
        return {}
    # Walk networks are stated at 1 m/s: where the limit is in metres, seconds along streets are metres.
    unit = {"naechste_minuten": cost / 60} if messung.ziel.max_meter is None else {"naechste_meter": cost}
    return {"naechstes_angebot": str(messung.supply.name[owner]), **unit}
