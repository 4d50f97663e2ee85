"""PySAL `spopt`: sites by PuLP models that the same HiGHS solves, to the end and on one thread like ours."""

import sys
from functools import cache
from pathlib import Path

import numpy as np
import pulp
from bench.planning.questions import BEYOND_MINUTES, SITES, load_ways
from bench.question import Answer, Question, serve
from spopt.locate import MCLP, PMedian

FOLDER = Path(sys.argv[1])


@cache
def costs(name: str, beyond_minutes: float) -> tuple[np.ndarray, np.ndarray]:
    """Minutes (demands, sites) and people (demands,)."""
    ways = load_ways(FOLDER, name)
    return ways.matrix(beyond_minutes), ways.personen


def reach_most(question: Question) -> Answer:
    return solve(MCLP.from_cost_matrix(*costs("stadt", np.inf), question.limit_ds / 600, SITES))


def shorten(_: Question) -> Answer:
    return solve(PMedian.from_cost_matrix(*costs("ort", BEYOND_MINUTES), SITES))


def solve(model: MCLP | PMedian) -> Answer:
    model.solve(pulp.HiGHS(msg=False, threads=1, gapRel=0.0), results=False)
    found = float(model.problem.objective.value())
    return lambda: np.array([[found]])


if __name__ == "__main__":
    serve({"mclp": reach_most, "p-median": shorten})
