"""Say of each area how many people are short of a target, and what is nearest to them, as columns of a table."""

import numpy as np
from numpy.typing import NDArray

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
    n_cells, gitter = len(messung.nearest_angebot), messung.teile[0].wohnorte.gitter
    copies = len(messung.teile)
    area, share = schnitt.of_pieces(gitter)
    return nearest_for_unserved(
        np.concatenate(messung.nearest),
        np.concatenate([messung.nearest_angebot] * copies),
        np.concatenate([teil.wohnorte.personen * share * (area >= 0) for teil in messung.teile]),
        piece_area=_stack(area, copies, 0),
        piece_cell=_stack(gitter.pieces.cell, copies, n_cells),
        states=np.concatenate(messung.zustand),
        n_areas=len(schnitt.namen),
    )


def _stack(index: NDArray[np.int32], copies: int, step: int) -> NDArray[np.int32]:
    """Repeat an index, each copy moved on by `step`, so that parts of a group stand one after another."""
    return np.concatenate([index + copy * step for copy in range(copies)]).astype(np.int32)


def name_nearest(messung: Messung, nearest: Nearest, at: int) -> dict[str, Wert]:
    """Name the nearest; where several are wanted it is no answer, since most reach it and lack another."""
    owner, cost = int(nearest.owner[at]), float(nearest.cost[at])
    if owner < 0 or messung.ziel.mindestens > 1:
        return {}
    # Walk networks are stated at 1 m/s: where the limit is in metres, seconds along streets are metres.
    unit = {"naechste_minuten": cost / 60} if messung.ziel.max_meter is None else {"naechste_meter": cost}
    return {"naechstes_angebot": str(messung.supply.name[owner]), **unit}
