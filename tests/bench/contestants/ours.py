"""Ours, as a server holds it: edge-snapped from the network's files, or on vertices like the others.

What is planned for the cells and which ground belongs to which road is kept from the first answer on, which the run
names and does not count.
"""

import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import shapely
from bench.prepare import find_vertices
from bench.question import Answer, Question, serve

from infrastruktur.routing.build import build_network
from infrastruktur.routing.change import add_source, build_nearest
from infrastruktur.routing.contraction import customise, find_shortcuts
from infrastruktur.routing.isochrone import isochrones
from infrastruktur.routing.nearest import nearest_of_kinds
from infrastruktur.routing.network import Network, load_network
from infrastruktur.routing.profiles import Modus
from infrastruktur.routing.search import iterate_blocks, travel_times
from infrastruktur.routing.snap import Snapped, snap

FOLDER = Path(sys.argv[1])


@cache
def network(modus: str) -> Network:
    return load_network(FOLDER / "network", Modus(modus))


@cache
def places(modus: str, snapping: str) -> tuple[Snapped, Snapped]:
    """Facilities and cells on the network."""
    net = network(modus)
    with np.load(FOLDER / "points.npz") as points:
        both = points["facility_25832"], points["cell_25832"]
    if snapping == "vertex":
        both = tuple(find_vertices(net, xy) for xy in both)
    return snap(net, both[0]), snap(net, both[1])


@cache
def kinds(modus: str, snapping: str) -> list[Snapped]:
    sources = places(modus, snapping)[0]
    with np.load(FOLDER / "points.npz") as points:
        kind = points["kind"]
    return [take(sources, kind == each) for each in np.unique(kind)]


def take(points: Snapped, which: object) -> Snapped:
    return Snapped(**{name: values[which] for name, values in vars(points).items()})


def many_to_many(question: Question, snapping: str) -> Answer:
    """Times as rows on foot; by car, where half of all pairs are reached, in dense blocks as the peers' matrices."""
    sources, cells = places(question.modus, snapping)
    few = take(sources, slice(0, question.sources))
    if question.modus == Modus.PKW:
        return in_blocks(question, few, cells)
    times = travel_times(network(question.modus), few, cells, limit_ds=question.limit_ds)

    def answer() -> np.ndarray:
        dense = np.full((question.checked, len(cells)), np.inf)
        for row in range(question.checked):
            part = slice(times.indptr[row], times.indptr[row + 1])
            dense[row, times.target[part]] = times.time_ds[part] / 10
        return dense

    return answer


def in_blocks(question: Question, sources: Snapped, cells: Snapped) -> Answer:
    """Pass all blocks by, as whoever folds them does, and keep the first."""
    first = None
    for block in iterate_blocks(network(question.modus), sources, cells, limit_ds=question.limit_ds):
        first = block.time_ds[:, : question.checked].T if first is None else first
    return lambda: np.where(first == np.iinfo(first.dtype).max, np.inf, first / 10)


def nearest(question: Question, snapping: str) -> Answer:
    cells = places(question.modus, snapping)[1]
    time_ds, _ = nearest_of_kinds(
        network(question.modus), kinds(question.modus, snapping), cells, limit_ds=question.limit_ds, reverse=True
    )
    return lambda: np.where(time_ds >= 0, time_ds / 10, np.inf)


def isochrone(question: Question) -> Answer:
    sources, _ = places(question.modus, "edge")
    limit_s = question.limit_ds // 10
    net = network(question.modus)
    areas = [isochrones(net, take(sources, slice(i, i + 1)), limits_s=[limit_s])[0] for i in range(question.sources)]
    with np.load(FOLDER / "points.npz") as points:
        cells = points["cell_25832"]
    return lambda: np.array([shapely.contains_xy(area, cells) for area in areas], np.float64)


def add_one(question: Question) -> Answer:
    """One facility more: the nearest of its kind for all cells, and its own catchment."""
    field = kept(question.modus, question.limit_ds)
    sources, cells = places(question.modus, "edge")
    more = take(sources, slice(question.sources, question.sources + 1))
    added = add_source(field, more)
    travel_times(network(question.modus), more, cells, limit_ds=question.limit_ds)
    return lambda: added.time_ds.astype(np.float64)


@cache
def kept(modus: str, limit_ds: int):
    sources, cells = places(modus, "edge")
    with np.load(FOLDER / "points.npz") as points:
        of_kind = points["kind"] == 0
    return build_nearest(network(modus), take(sources, of_kind), cells, limit_ds=limit_ds, reverse=False)


def reweigh(question: Question) -> Answer:
    """New speeds, a closed street: the same contraction, weighed anew."""
    net = network(question.modus)
    customise(find_shortcuts(net).contraction, net.weight_ds)
    return lambda: np.zeros((0, 0))


def build(_: Question, pbf: str) -> Answer:
    """Networks of all modes with everything that is stored with them."""
    with TemporaryDirectory() as folder:
        report = build_network(FOLDER / pbf, Path(folder))
    return lambda: np.array([[report.modes[modus].length_km for modus in Modus]])


def load(question: Question) -> Answer:
    load_network(FOLDER / "network", Modus(question.modus))
    return lambda: np.zeros((0, 0))


if __name__ == "__main__":
    serve(
        {
            "many-to-many vertex": lambda question: many_to_many(question, "vertex"),
            "many-to-many edge": lambda question: many_to_many(question, "edge"),
            "nearest vertex": lambda question: nearest(question, "vertex"),
            "nearest edge": lambda question: nearest(question, "edge"),
            "isochrone edge": isochrone,
            "build streets": lambda question: build(question, "streets.osm.pbf"),
            "build extract": lambda question: build(question, "extract.osm.pbf"),
            "add": add_one,
            "reweigh": reweigh,
            "load": load,
        }
    )
