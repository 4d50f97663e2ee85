"""RoutingKit's customisable contraction hierarchies by way of `pyroutingkit`; unbounded, for it knows no limit."""

import sys
from functools import cache
from pathlib import Path

import numpy as np
import pyroutingkit
from bench.question import Answer, Graph, Question, load_graph, serve, within

FOLDER = Path(sys.argv[1])
THREADS = 2


@cache
def prepared(modus: str) -> tuple[Graph, pyroutingkit.CCHMetric]:
    graph = load_graph(FOLDER, modus)
    topology = pyroutingkit.CCHTopology()
    lon, lat = graph.lonlat.astype(np.float32).T
    tail, head = graph.tail.astype(np.uint32), graph.head.astype(np.uint32)
    topology.build(tail, head, lat.copy(), lon.copy(), len(graph.indptr) - 1)
    metric = pyroutingkit.CCHMetric(topology)
    metric.customize(graph.weight_ds.astype(np.uint32), THREADS)
    return graph, metric


def many_to_many(question: Question) -> Answer:
    graph, metric = prepared(question.modus)
    sources, targets = graph.source[: question.sources].astype(np.uint32), graph.target.astype(np.uint32)
    found = metric.distances_many_to_many(sources, targets)
    return lambda: within(found[: question.checked].astype(np.float64) / 10, question.limit_ds)


if __name__ == "__main__":
    serve({"many-to-many": many_to_many})
