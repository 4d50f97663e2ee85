"""PySAL `access`: floating catchments in two steps from a table of costs, by its function that does nothing else."""

import sys
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import numpy as np
import pandas as pd
from access.fca import two_stage_fca
from access.weights import step_fn
from bench.planning.questions import LIMIT_MINUTES, ZONES, load_ways
from bench.question import Answer, Question, serve

FOLDER = Path(sys.argv[1])


@cache
def tables() -> dict[str, pd.DataFrame]:
    """Demand, supply and costs, as it wants them."""
    ways = load_ways(FOLDER, "dauerpflege")
    return {
        "demand_df": pd.DataFrame({"demand": ways.personen}).rename_axis("geoid"),
        "supply_df": pd.DataFrame({"supply": ways.kapazitaet}).rename_axis("geoid"),
        "cost_df": pd.DataFrame({"origin": ways.demand, "dest": ways.place, "cost": ways.time_ds / 600}),
    }


def share(_: Question, weight_fn: Callable[[float], float] | None) -> Answer:
    found = two_stage_fca(**tables(), max_cost=LIMIT_MINUTES, weight_fn=weight_fn)

    def answer() -> np.ndarray:
        places = np.zeros(len(tables()["demand_df"]))
        places[found.index.to_numpy()] = found.to_numpy()
        return places[None]

    return answer


if __name__ == "__main__":
    serve({"e2sfca": partial(share, weight_fn=step_fn(ZONES)), "2sfca": partial(share, weight_fn=None)})
