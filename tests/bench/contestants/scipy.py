"""SciPy: `scipy.sparse.csgraph.dijkstra` on the same arrays; one thread, for it holds Python's lock."""

import sys
from functools import cache
from pathlib import Path

import numpy as np
from bench.question import Answer, Graph, Question, load_graph, serve
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

FOLDER = Path(sys.argv[1])


@cache
def graphs(modus: str) -> tuple[Graph, csr_array, csr_array]:
    """The graph, and as a matrix with its transpose."""
    graph = load_graph(FOLDER, modus)
    nodes = len(graph.indptr) - 1
    matrix = csr_array((graph.weight_ds.astype(np.float64), graph.head, graph.indptr), shape=(nodes, nodes))
    order = np.lexsort((graph.tail, graph.head))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(graph.head, minlength=nodes))]).astype(np.int32)
    transposed = (graph.weight_ds[order].astype(np.float64), graph.tail[order], indptr)
    return graph, matrix, csr_array(transposed, shape=(nodes, nodes))


def many_to_many(question: Question) -> Answer:
    graph, matrix, _ = graphs(question.modus)
    found = dijkstra(matrix, indices=graph.source[: question.sources], limit=question.limit_ds)[:, graph.target]
    return lambda: found[: question.checked] / 10


def nearest(question: Question) -> Answer:
    graph, _, transposed = graphs(question.modus)
    found = [
        dijkstra(transposed, indices=graph.end_source[kind], limit=question.limit_ds, min_only=True)[graph.begin_target]
        for kind in graph.kinds()
    ]
    return lambda: np.array(found) / 10


if __name__ == "__main__":
    serve({"many-to-many": many_to_many, "nearest": nearest})
