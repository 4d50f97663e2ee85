"""Find who lives beyond the region, as far as the grid tells: people who compete for the same Angebote.

The law has adjoining authorities considered (§ 7 Abs. 2 APG NRW), and supply near the border would otherwise be shared
among too few. Neighbours are demand in catchments and nothing else: no number, coverage or layer of the region counts
them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.bevoelkerung import Zellen
from infrastruktur.domain.gruppe import Gruppe
from infrastruktur.domain.raum import Raum
from infrastruktur.planning.raking import split_cells
from infrastruktur.usecases.spread_population import (
    Wohnorte,
    name_kommune_of_cells,
    people_of_cells,
    weigh_cells,
)

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]


@dataclass(frozen=True)
class Nachbarn:
    """People of one group in the m cells of a grid that lie in no area.

    Attributes
    ----------
    cell
        (m,) int32, index into the cells of the grid.
    personen
        (m,) float64; a value the source suppresses counts as the zero it publishes.
    geschaetzt
        Whether the grid does not tell the group, so that its share in the region stands in.

    """

    cell: Indices
    personen: Floats
    geschaetzt: bool


def locate_neighbours(wohnorte: Wohnorte, gruppe: Gruppe) -> Nachbarn:
    """Locate the people of a group beyond the region, in the grid that tells where those of the region live.

    Where the grid does not tell the group, it is taken to be as large a share of a cell's weight (its people, of 65+
    where the grid tells them) as in the region.
    """
    gitter = wohnorte.gitter
    beyond = np.setdiff1d(np.arange(len(gitter.zellen), dtype=np.int32), gitter.pieces.cell)
    told = people_of_cells(gitter.zellen, gruppe)
    if told is not None:
        return Nachbarn(beyond, told[beyond], geschaetzt=False)
    weight = weigh_cells(gitter.zellen, gruppe)
    return Nachbarn(beyond, weight[beyond] * _people_a_weight(wohnorte, weight), geschaetzt=True)


def _people_a_weight(wohnorte: Wohnorte, weight: Floats) -> float:
    """Give the people of the region for a unit of weight (n_cells,), of areas whose number is known."""
    pieces = wohnorte.gitter.pieces
    known = np.isfinite(wohnorte.personen)
    inside = float((weight[pieces.cell] * pieces.share)[known].sum())
    return float(wohnorte.personen[known].sum()) / inside if inside > 0 else 0.0


def count_cells_beyond(zellen: Zellen, kommunen: Sequence[Raum]) -> int:
    """Count the cells of a grid that lie in none of the Kommunen."""
    return split_cells(
        zellen.xy_3035,
        zellen.groesse_m,
        [kommune.geom_25832 for kommune in kommunen],
        kommune_of_cell=name_kommune_of_cells(zellen),
        kommune_of_outline=[kommune.schluessel for kommune in kommunen],
    ).outside
