"""Whose road the ground is: the nearest of the main network within 60 m, else the nearest of all within 120 m."""

import numpy as np
import pytest
import shapely
from routing.drawn import drawn
from routing.test_search import random_network

from infrastruktur.routing.ground import MAIN_M, REACH_M, SPACING_M, look_up
from infrastruktur.routing.profiles import Modus

WALK = Modus.ZU_FUSS
COLUMNS, ROWS = 60, 55


def by_shapely(network, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distance (rows, columns) from every point to the road it belongs to, the plain way; infinite where none is.

    Where it lies on a limit to the micrometre, rounding decides: those are marked.
    """
    points = shapely.points(*np.meshgrid(x, y))
    near, far = (
        np.min([shapely.distance(line, points) for line in lines], axis=0, initial=np.inf)
        for lines in (network.lines[network.main_index[0]], network.lines[network.edge_stopping])
    )
    doubtful = (np.abs(near - MAIN_M) < 1e-6) | (np.abs(far - REACH_M) < 1e-6)
    return np.where(near <= MAIN_M, near, np.where(far <= REACH_M, far, np.inf)), doubtful


@pytest.mark.parametrize("seed", range(20))
def test_every_point_belongs_to_its_nearest_road(seed):
    rng = np.random.default_rng(seed)
    network = random_network(rng, WALK)
    west, south = -12, -11
    x, y = SPACING_M * (west + np.arange(COLUMNS)), SPACING_M * (south + np.arange(ROWS))
    ground = look_up(network, west, south, COLUMNS, ROWS)
    expected, doubtful = by_shapely(network, x, y)
    assert np.allclose(ground.offroad_m[~doubtful], expected[~doubtful], atol=0.01)
    assert (np.isfinite(expected) == (ground.edge >= 0))[~doubtful].all()
    has = ground.edge >= 0
    place = shapely.line_interpolate_point(
        network.lines[ground.edge[has]], ground.part[has].astype(np.float64), normalized=True
    )
    points = shapely.points(*np.meshgrid(x, y))[has]
    assert np.allclose(shapely.distance(place, points), ground.offroad_m[has], atol=0.01)


def test_a_window_over_several_tiles_is_what_its_parts_are(tmp_path):
    """Tiles of 2,560 m meet somewhere under this drawing; no point changes its road there."""
    network = drawn("A---------B\n|    |    |\nC----D----E\n|         |\nF---------G", tmp_path, grid_m=700).network(
        WALK
    )
    west, south = (np.floor(network.node_xy.min(axis=0) / SPACING_M).astype(int) - 7).tolist()
    whole = look_up(network, west, south, 370, 160)
    for column, row, columns, rows in ((0, 0, 1, 1), (119, 40, 150, 90), (300, 100, 70, 60)):
        part = look_up(network, west + column, south + row, columns, rows)
        for name, values in vars(part).items():
            assert np.array_equal(values, getattr(whole, name)[row : row + rows, column : column + columns])
    coarse = look_up(network, west, south, 100, 50, step=3)
    assert np.array_equal(coarse.edge, whole.edge[:150:3, :300:3])


def test_ground_beside_a_main_road_is_never_an_islands(tmp_path):
    """CD cannot be left; its ground is what lies over 60 m from AB."""
    town = drawn("A-----E----B\n\n\n\n\n   C--D     ", tmp_path, grid_m=20)
    network = town.network(WALK)
    (x, y) = town.places["C"]
    column, row = int(np.ceil(x / SPACING_M)), int(np.floor(y / SPACING_M))
    ground = look_up(network, column, row, 1, 6)
    to_main_m = town.places["A"][1] - SPACING_M * (row + np.arange(6))
    on_island = network.edge_component[ground.edge[:, 0]] != 0
    assert on_island.tolist() == (to_main_m > MAIN_M).tolist()
