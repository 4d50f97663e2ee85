"""OSMnx: a graph for each mode from OSM XML of its ways, simplified, with speeds and times for cars."""

import sys
from pathlib import Path

import numpy as np
import osmnx
from bench.question import Answer, Question, serve

FOLDER = Path(sys.argv[1])
MODES = ("zu_fuss", "rad", "pkw")


def build(_: Question) -> Answer:
    graphs = [osmnx.graph_from_xml(FOLDER / f"{modus}.osm", retain_all=True) for modus in MODES]
    osmnx.add_edge_travel_times(osmnx.add_edge_speeds(graphs[-1]))
    return lambda: np.array([[graph.size(weight="length") for graph in graphs]])


if __name__ == "__main__":
    serve({"build": build})
