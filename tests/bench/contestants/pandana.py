"""Pandana: its own contraction hierarchies, `nodes_in_range` and `nearest_pois`, with the threads it takes."""

import sys
from functools import cache
from pathlib import Path

import numpy as np
import pandana
import pandas as pd
from bench.question import Answer, Graph, Question, load_graph, serve, within

FOLDER = Path(sys.argv[1])


@cache
def prepared(modus: str) -> tuple[Graph, pandana.Network]:
    graph = load_graph(FOLDER, modus)
    # facilities are put on the nearest node: where two nodes are at one place, on whichever; so nodes stand in a row
    network = pandana.Network(
        pd.Series(np.arange(len(graph.indptr) - 1, dtype=np.float64)),
        pd.Series(np.zeros(len(graph.indptr) - 1)),
        pd.Series(graph.tail),
        pd.Series(graph.head),
        pd.DataFrame({"s": graph.weight_ds / 10}),
        twoway=False,
    )
    return graph, network


def many_to_many(question: Question) -> Answer:
    graph, network = prepared(question.modus)
    sources = graph.source[: question.sources]
    found = network.nodes_in_range(sources.tolist(), question.limit_ds / 10)

    def answer() -> np.ndarray:
        source, node, seconds = (found[name].to_numpy() for name in found.columns[:3])
        dense = np.full((question.checked, len(graph.indptr) - 1), np.inf)
        for row, each in enumerate(sources[: question.checked]):
            mine = source == each
            dense[row, node[mine].astype(np.int64)] = seconds[mine]
        return within(dense[:, graph.target], question.limit_ds)

    return answer


def nearest(question: Question) -> Answer:
    graph, network = prepared(question.modus)
    limit_s, found = question.limit_ds / 10, []
    for number, kind in enumerate(graph.kinds()):
        at = pd.Series(graph.end_source[kind].astype(np.float64))
        network.set_pois(f"kind {number}", limit_s, 1, at, at * 0)
        found.append(network.nearest_pois(limit_s, f"kind {number}", num_pois=1)[1].to_numpy()[graph.begin_target])
    # what is not reached stands at the limit itself
    return lambda: np.where(np.array(found) < limit_s, found, np.inf)


if __name__ == "__main__":
    serve({"many-to-many": many_to_many, "nearest": nearest})
